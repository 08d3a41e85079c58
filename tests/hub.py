"""A real JupyterHub on this machine: hub, proxy, servers as local processes with homes of their own, no containers.

The settings are those of deploy/jupyterhub/jupyterhub_config.py. What a test adds stands in SETTINGS: ports, homes,
a login that asks for one password, and a token for its own requests.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import requests
from browser_tools import free_port
from conftest import compiled_module
from hub_environment import DEPLOY, HubEnvironment

from coursekit.build import compile as building
from coursekit.items import ROOT
from coursekit.learners import write_learners

TOKEN = "a-token-for-tests-of-the-hub"
PASSWORD = "a password for tests"
GRADER = "grader-priorauth"
SETTINGS = """
c = get_config()
c.JupyterHub.bind_url = "http://127.0.0.1:{port}/pa/"  # the hub itself stands behind a prefix, too
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub_port}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
c.ConfigurableHTTPProxy.command = {proxy!r}
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = {password!r}
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r}
c.Spawner.cmd = [{single!r}]
c.Spawner.args = ["--ServerApp.allow_root=True"]
c.Spawner.environment = {environment!r}
c.Spawner.start_timeout = 300
c.Spawner.http_timeout = 300
c.JupyterHub.concurrent_spawn_limit = {starts}
c.JupyterHub.services = [{{"name": "tests", "api_token": {token!r}}}]
c.JupyterHub.load_roles.extend([
    {{"name": "tests", "services": ["tests"], "scopes": ["admin:users", "admin:servers", "access:servers"]}}
])
load_subconfig({config!r})
"""


@dataclass
class Hub:
    """A running hub: its address (with the prefix), the class's folders, and its process."""

    address: str
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def course(self) -> Path:
        return self.folder / "course"

    def home(self, name: str) -> Path:
        return self.folder / "homes" / name

    def api(self, method: str, path: str, accept: str = "*/*", **more: Any) -> requests.Response:
        """A request to the hub's API, or with `user/...` to a server, in the name of the tests."""
        address = self.address + (path if path.startswith("user/") else f"hub/api/{path}")
        headers = {"Authorization": f"token {TOKEN}", "Accept": accept}
        return session().request(method, address, headers=headers, timeout=300, **more)

    def log(self) -> str:
        return (self.folder / "hub.log").read_text()

    def start(self, name: str, server: str = "", seconds: float = 600) -> float:
        """Start somebody's server and wait until it answers; returns the seconds that took."""
        began = time.monotonic()
        self.api("POST", f"users/{name}")
        place = f"servers/{server}" if server else "server"
        while (asked := self.api("POST", f"users/{name}/{place}")).status_code == 429:  # too many at once: wait in line
            assert time.monotonic() - began < seconds, asked.text
            time.sleep(1)
        assert asked.status_code in (201, 202), asked.text
        while not self.api("GET", f"users/{name}").json()["servers"].get(server, {}).get("ready"):
            assert time.monotonic() - began < seconds, f"{name}'s server does not start: {self.log()[-3000:]}"
            time.sleep(0.3)
        return time.monotonic() - began


def session() -> requests.Session:
    """Requests that never go through a proxy of the machine's own settings."""
    made = requests.Session()
    made.trust_env = False
    return made


def new_class(folder: Path) -> None:
    """The folders of a class as docs/deployment.md makes them: the course for the grader, and what learners get."""
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = [n for n in done.stdout.decode().split("\0") if n and (ROOT / n).is_file()]
    assert len(names) > 500
    for name in names:
        target = folder / "course" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    (folder / "course").chmod(0o700)
    (folder / "exchange").mkdir()
    (folder / "exchange").chmod(0o1777)
    write_learners(folder / "learners")


def model_answers(module: str, names: list[str], learner: str) -> dict[str, str]:
    """Answer cells with the right answer to these items, for the learner's own records."""
    items = [c for c in compiled_module(module) if c.item.id in names]
    mine = [building.drawn(c, learner) if "pool" in c.data["form"] else c for c in items]
    return {c.item.id: c.solution for c in mine}


@contextmanager
def running_hub(
    folder: Path, made: HubEnvironment, instructors: str = "ines", starts: int = 4, **variables: str
) -> Iterator[Hub]:
    """Start the hub over the class in `folder`. Ended with all its servers. Its log is `hub.log` in the folder."""
    port = free_port()
    (folder / "homes").mkdir(exist_ok=True)
    share, etc = (str(Path(sys.prefix, *names)) for names in (("share", "jupyter"), ("etc", "jupyter")))
    settings = folder / "jupyterhub_config.py"
    settings.write_text(
        SETTINGS.format(
            port=port, hub_port=free_port(), proxy_port=free_port(), proxy=made.proxy, password=PASSWORD, token=TOKEN,
            homes=str(folder / "homes" / "{username}"), single=str(made.bin / "jupyterhub-singleuser"), starts=starts,
            environment={"JUPYTER_PATH": share, "JUPYTER_CONFIG_PATH": etc},  # of the packages that the servers use
            config=str(DEPLOY / "jupyterhub_config.py"),
        )
    )  # fmt: skip
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "PYTHONPATH", "PRIORAUTH"))}
    env = (
        kept
        | {
            "PATH": os.pathsep.join([str(made.bin), sysconfig.get_path("scripts"), kept.get("PATH", "")]),
            "PRIORAUTH_COURSE": str(folder / "course"),
            "PRIORAUTH_LEARNERS": str(folder / "learners"),
            "PRIORAUTH_EXCHANGE": str(folder / "exchange"),
            "PRIORAUTH_INSTRUCTORS": instructors,
        }
        | variables
    )
    with (folder / "hub.log").open("a") as out:
        process = subprocess.Popen(
            [str(made.bin / "jupyterhub"), "-f", str(settings)], cwd=folder, env=env, stdout=out,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    hub = Hub(f"http://127.0.0.1:{port}/pa/", folder, process)
    try:
        _wait(hub)
        yield hub
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let the hub stop its servers and its proxy; end what it left behind when it was stopped while it started."""
    started = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
    process.terminate()
    try:
        process.wait(timeout=90)
    finally:
        for left in started:
            with contextlib.suppress(psutil.NoSuchProcess):
                left.kill()  # psutil knows it by its time of birth, so this is the same process
        process.kill()


def _wait(hub: Hub) -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end:
        assert hub.process.poll() is None, hub.log()[-3000:]
        try:
            if hub.api("GET", "").ok:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"The hub does not answer: {hub.log()[-3000:]}")
