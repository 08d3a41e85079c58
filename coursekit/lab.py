"""Start JupyterLab on the course page: a quiet server for one learner, ended with Ctrl+C."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Callable
from pathlib import Path

from coursekit import workspace as ws
from coursekit.errors import CourseError
from coursekit.files import in_words

FIRST_PORT = 8888
START_SECONDS = 90
CONFIG = Path(__file__).parent / "page" / "jupyter"
# The settings that do not depend on place and time are files in this folder. They switch the course page on and
# nbgrader's and jupytext's parts off: a learner has no use for them, and they cost start-up time.


def free_port(wanted: int | None, say: Callable[[str], None] = print) -> int:
    """The wanted port, or from 8888 on the first that is free. Raises `CourseError` when the wanted one is taken."""
    if wanted is not None:
        if not 1 <= wanted <= 65535:
            raise CourseError(f"{wanted} is not a port; ports are 1 to 65535, for example {FIRST_PORT}.")
        if not _is_free(wanted):
            raise CourseError(f"Port {wanted} is taken. Leave --port out, and the course finds a free one.")
        return wanted
    for port in range(FIRST_PORT, FIRST_PORT + 50):
        if _is_free(port):
            if port != FIRST_PORT:
                say(f"Port {FIRST_PORT} is taken (is the course open in another window?); using {port}.")
            return port
    raise CourseError(f"No port from {FIRST_PORT} to {FIRST_PORT + 49} is free. Name one with --port.")


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if os.name != "nt":  # as the server does; on Windows the option would mean something else
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def server_command(workspace: Path, port: int, browser: bool) -> list[str]:
    """The command that starts the learner's JupyterLab."""
    command = [
        sys.executable, "-P", "-m", "jupyterlab",
        f"--ServerApp.root_dir={workspace}",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--LabApp.default_url=/course",
        "--ServerApp.default_url=/course",
        f"--ServerApp.open_browser={browser}",
        "--ServerApp.answer_yes=True",
        # Browser and server are on one machine: no pings, since a missed one would cut a learner off from her kernel.
        "--ServerApp.tornado_settings={'ws_ping_interval': 0}",
        "--LabApp.news_url=",
        "--KernelManager.transport_encryption=auto",  # else each kernel warns about plain text
        "--LanguageServerManager.autodetect=False",  # else it starts npm to look for some
        "--LabApp.extension_manager=readonly",
        "--Application.log_level=WARN",
    ]  # fmt: skip
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # containers
        command.append("--ServerApp.allow_root=True")
    return command


def server_environment(workspace: Path, token: str) -> dict[str, str]:
    """Environment of the server and its kernels. The token goes here: command lines can be seen by others."""
    env = dict(os.environ)
    for name in ("JUPYTER_CONFIG_PATH", "JUPYTER_PATH"):  # settings, and the part that mends links in notebooks
        env[name] = os.pathsep.join([str(CONFIG), *filter(None, [env.get(name)])])
    env.update(
        JUPYTER_TOKEN=token,
        PRIORAUTH_WORKSPACE=str(workspace),
        PRIORAUTH_ROOT=str(ws.ROOT),
        PYDEVD_DISABLE_FILE_VALIDATION="1",  # else each kernel warns about frozen modules
    )
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env.get("PATH", "")])
    return env


def lab(
    workspace: Path | str | None = None,
    port: int | None = None,
    browser: bool = True,
    say: Callable[[str], None] = print,
) -> int:
    """Fill the workspace, start JupyterLab on the course page, stay until it ends. Returns the exit code.

    Raises `CourseError` when the workspace cannot be written, the port is taken or the server does not start.
    """
    folder = ws.locate(workspace)
    for sentence in ws.fill(folder).said:
        say(sentence)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise in_words(error, folder) from error
    can_show = browser and _has_browser()
    for _ in range(3):
        number = free_port(port, say)
        code = _serve(folder, number, can_show, say)
        if code is not None:
            say("The course has ended.")
            return code
        if port is not None or _is_free(number):
            break
        say(f"Port {number} was taken by another program meanwhile.")
    raise CourseError("JupyterLab ended at once; its message is above. `course.py doctor` may help.")


def _serve(folder: Path, port: int, can_show: bool, say: Callable[[str], None]) -> int | None:
    """Run the server until it ends; its exit code, or None when it ended before it was ready."""
    token = secrets.token_hex(24)
    command, env = server_command(folder, port, can_show), server_environment(folder, token)
    code = 0
    with _stopping_with(subprocess.Popen(command, env=env)) as server:
        if not _is_ready(server, port, token):
            return None
        opened = "The course is open in your browser:"
        say(opened if can_show else "The course is running. Open this address in a browser:")
        say(f"  http://127.0.0.1:{port}/course?token={token}")
        say("Keep this window open. Press Ctrl+C here to end; save your notebooks before.")
        code = server.wait()
    return code


def _has_browser() -> bool:
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def _is_ready(server: subprocess.Popen, port: int, token: str) -> bool:
    """Wait until the server answers; False when it ended instead. Raises `CourseError` when it never answers."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/status", headers={"Authorization": f"token {token}"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if server.poll() is not None:
            return False
        with contextlib.suppress(OSError, urllib.error.URLError):
            opener.open(request, timeout=2).close()
            return True
        time.sleep(0.1)
    raise CourseError(f"JupyterLab did not answer within {START_SECONDS} seconds. `course.py doctor` may say why.")


@contextlib.contextmanager
def _stopping_with(server: subprocess.Popen):
    """Let the server end with us: on Ctrl+C it hears the signal itself, on other ends we pass it on."""

    def pass_on(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    names = [n for n in ("SIGTERM", "SIGHUP") if hasattr(signal, n)]
    before = {n: signal.signal(getattr(signal, n), pass_on) for n in names}
    try:
        yield server
    except KeyboardInterrupt:
        pass
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
        _end(server)


def _end(server: subprocess.Popen) -> None:
    for ask in (lambda: None, server.terminate, server.kill):
        ask()
        try:
            server.wait(timeout=5 if ask is not server.kill else None)
            return
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            continue
