"""A real Jupyter server with the course page over a tiny course; the grader is replaced by one that answers from a file.

Used by the page tests: `python page_server.py COURSE WORKSPACE PORT TOKEN BASE_URL`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

TOKEN = "a-token-for-tests"
FAKE = """
import json, pathlib, sys, time
space = pathlib.Path(sys.argv[1])
for line in sys.stdin:
    time.sleep(float((space / "seconds.txt").read_text()) if (space / "seconds.txt").exists() else 0)
    if (space / "death.txt").exists():
        sys.exit((space / "death.txt").read_text())
    if (space / "fault.txt").exists():
        print(json.dumps({"problem": (space / "fault.txt").read_text()}), flush=True)
    else:
        print((space / "answer.json").read_text(), flush=True)
"""


def main() -> None:
    course, space, port, base = sys.argv[1:]
    os.environ.update(PRIORAUTH_WORKSPACE=space, JUPYTER_TOKEN=TOKEN)
    from coursekit import workspace
    from coursekit.page import grader

    workspace.ROOT = Path(course)
    real = grader.command
    grader.command = lambda *a: [sys.executable, "-c", FAKE, *real(*a)[3:]]

    from jupyterlab.labapp import LabApp

    from coursekit.lab import server_command, server_environment

    os.environ.update(server_environment(Path(space), TOKEN))
    arguments = server_command(Path(space), int(port), browser=False)[4:]
    LabApp.launch_instance([*arguments, f"--ServerApp.base_url={base}"])


@contextmanager
def running(course: Path, space: Path, base: str = "/"):
    """Start the server; yields its address without the token. Its log is `server.log` beside the workspace."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = space.parent / "server.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            [sys.executable, __file__, str(course), str(space), str(port), base],
            stdout=out,
            stderr=subprocess.STDOUT,
            env=os.environ
            | {f"JUPYTER_{n}_DIR": str(space.parent / f"jupyter-{n.lower()}") for n in ("DATA", "CONFIG")},
        )
        address = f"http://127.0.0.1:{port}{base}"
        try:
            for _ in range(300):
                try:
                    urllib.request.urlopen(f"{address}api", timeout=2).close()
                    break
                except OSError:
                    assert server.poll() is None, log.read_text()
                    time.sleep(0.1)
            yield address
        finally:
            server.terminate()
            server.wait(timeout=20)


if __name__ == "__main__":
    main()
