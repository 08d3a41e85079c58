"""How much faster two Dask workers grade than one: `python tests/bench_cluster.py module_01 --number 40 --rounds 5`.

The scheduler and the workers (one thread each) are started as processes of their own and stay up. For 1 and for 2
workers the class is graded once to warm them up; this first pass is told apart. Then it is graded anew in every round.
The table has medians: seconds of the clock, and seconds of the processor of each process by its part in the work.
On two cores the grader and the scheduler share them with the workers.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from cohort import cohort  # noqa: E402
from course_folders import new_course  # noqa: E402
from dask_cluster import Cluster, cluster_of  # noqa: E402

from coursekit.grading import runners  # noqa: E402
from coursekit.grading.forks import descendants  # noqa: E402
from coursekit.grading.run import Settings, grade_module  # noqa: E402

_TICK = os.sysconf("SC_CLK_TCK")


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("module")
    words.add_argument("--number", type=int, default=40)
    words.add_argument("--rounds", type=int, default=5)
    words.add_argument("--mode", default="", help="sandbox, limits or kernel; else the best that works")
    asked = words.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        course = new_course(Path(folder) / "course", asked.module)
        cohort(course, asked.module, asked.number)
        cores = len(os.sched_getaffinity(0))
        print(
            f"{asked.module}, {asked.number} submissions, {asked.rounds} rounds, {cores} cores, load {os.getloadavg()[0]:.1f}"
        )
        print("            first pass     seconds    each   of the processor, each: grader  scheduler  workers")
        medians = {n: _bench(Path(folder) / f"w{n}", course, asked, n) for n in (1, 2)}
        print(f"two workers are {medians[1] / medians[2]:.2f} times as fast as one")


def _bench(folder: Path, course: Path, asked: argparse.Namespace, workers: int) -> float:
    """Grade the class again and again with so many workers; the median time."""
    with cluster_of(workers, folder) as cluster:
        cluster.wait_for_workers()
        first, *found = [_round(course, asked, cluster) for _ in range(asked.rounds + 1)]
    wall = statistics.median(w for w, _ in found)
    parts = [statistics.median(used[k] for _, used in found) / asked.number for k in range(3)]
    print(f"{workers} worker{'s' if workers > 1 else ' '} {first[0]:10.2f} s {wall:9.2f} s {wall / asked.number:7.3f}"
          f" {parts[0]:30.3f} {parts[1]:10.3f} {parts[2]:8.3f}", flush=True)  # fmt: skip
    return wall


def _round(course: Path, asked: argparse.Namespace, cluster: Cluster) -> tuple[float, list[float]]:
    for name in ("autograded", "feedback"):
        shutil.rmtree(course / name, ignore_errors=True)
    (course / "gradebook.db").unlink(missing_ok=True)
    before, start = _used(cluster), time.perf_counter()
    done = grade_module(asked.module, course=course, settings=Settings(mode=asked.mode, scheduler=cluster.address))
    wall = time.perf_counter() - start
    after = _used(cluster)
    runners.close_all()
    assert len(done) == asked.number and not [g.problem for g in done if g.problem]
    return wall, [b - a for a, b in zip(before, after, strict=True)]


def _used(cluster: Cluster) -> list[float]:
    """Seconds of the processor until now: this process, the scheduler, the workers with all that they started."""
    workers = [pid for w in cluster.workers for pid in (w.pid, *descendants(w.pid))]
    return [_seconds([os.getpid()]), _seconds([cluster.scheduler.pid]), _seconds(workers)]


def _seconds(pids: list[int]) -> float:
    total = 0.0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15])) / _TICK  # with the processes that it waited for
    return total


if __name__ == "__main__":
    main()
