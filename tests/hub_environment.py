"""What a JupyterHub needs beside the course, made once and kept in a cache folder: the packages of
deploy/jupyterhub/requirements.txt and the proxy from npm.

The environment sees the packages of the course's own one, but not the course: what a server may import is up to the
hub's settings, as on a real hub. The course's environment itself is not changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from coursekit.items import ROOT
from coursekit.locks import take_lock

DEPLOY = ROOT / "deploy" / "jupyterhub"
WAIT_SECONDS = 600


@dataclass(frozen=True)
class HubEnvironment:
    """Where the hub's programs are; `seconds` is what making it took now (0 when it was there)."""

    folder: Path
    seconds: float = 0

    @property
    def bin(self) -> Path:
        return self.folder / "venv" / "bin"

    @property
    def proxy(self) -> list[str]:
        """The command of the proxy."""
        return [shutil.which("node") or "node", str(self.folder / "node_modules/.bin/configurable-http-proxy")]


def hub_environment() -> HubEnvironment:
    """The environment for these pins, made when it is missing. Fails with what pip or npm said."""
    pins = [ROOT / "requirements.txt", DEPLOY / "requirements.txt", DEPLOY / "package-lock.json"]
    digest = hashlib.sha256(b"".join(p.read_bytes() for p in pins) + sys.prefix.encode()).hexdigest()[:12]
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "priorauth-course"
    caches.mkdir(parents=True, exist_ok=True)
    folder = caches / f"hub-{digest}"
    began = time.monotonic()
    with _alone(caches / f"hub-{digest}.lock"):
        if (folder / "finished").exists():
            return HubEnvironment(folder)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        _packages(folder / "venv")
        _proxy(folder)
        (folder / "finished").touch()
    return HubEnvironment(folder, time.monotonic() - began)


def _packages(venv: Path) -> None:
    _run([sys.executable, "-m", "venv", "--without-pip", str(venv)])
    site = venv / Path(sysconfig.get_path("purelib")).relative_to(sys.prefix)
    # a plain path: the .pth files in it, which would bring the course in, are not followed
    (site / "course-packages.pth").write_text(sysconfig.get_path("purelib") + "\n")
    _run(
        [sys.executable, "-m", "pip", "--python", str(venv / "bin" / "python"), "install", "-q", "--require-hashes",
         "--only-binary", ":all:", "--disable-pip-version-check", "-r", str(DEPLOY / "requirements.txt")]
    )  # fmt: skip


def _proxy(folder: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(DEPLOY / name, folder / name)
    _run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder)])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_SECONDS)
    assert done.returncode == 0, f"{' '.join(command[:4])} ...: {(done.stderr or done.stdout)[-1500:]}"


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a lock, so that two test runs do not make the same environment."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        end = time.monotonic() + WAIT_SECONDS
        while not take_lock(handle):
            assert time.monotonic() < end, f"{path} is held by another test run"
            time.sleep(0.5)
        yield
    finally:
        os.close(handle)
