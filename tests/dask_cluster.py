"""A Dask scheduler and workers, started as processes of their own, as on separate machines."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from extra_packages import extra_packages

from coursekit.items import ROOT


@dataclass
class Cluster:
    """Its address and its processes."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def wait_for_workers(self) -> None:
        """Wait until all workers have told the scheduler about themselves."""
        from distributed import Client

        with Client(self.address, timeout="60s", set_as_default=False) as client:
            client.wait_for_workers(len(self.workers), timeout=90)


@contextmanager
def cluster_of(workers: int, folder: Path, threads: int = 1) -> Iterator[Cluster]:
    """A scheduler with so many workers of so many threads each; all are ended at the end."""
    extra = extra_packages("cluster")  # Dask is not installed with the course
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    scheduler = _start(extra, "scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
    found = Cluster(address, scheduler)
    try:
        for n in range(workers):
            place = str(folder / f"worker{n}")
            words = ("--nthreads", str(threads), "--no-nanny", "--no-dashboard", "--local-directory", place)
            found.workers.append(_start(extra, "worker", address, *words))
        yield found
    finally:
        for process in [*found.workers, found.scheduler]:
            process.kill()
            process.wait()


def _start(extra: Path, *words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "dask", *words]
    more = {"PYTHONPATH": f"{ROOT}{os.pathsep}{extra}", "DASK_CONFIG": str(ROOT / "deploy" / "dask.yaml")}
    silent = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=ROOT, stdout=silent, stderr=silent, env=os.environ | more)
