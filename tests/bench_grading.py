"""How fast grading is, layer by layer: `python tests/bench_grading.py module_01 --number 40 --stock 8 --rounds 5`.

Prints the median of the rounds: seconds of the clock and of the processor for each submission, submissions a minute,
and how many times faster than stock that is. On a busy machine compare the seconds of the processor. They are told
where one worker is used.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from cohort import cohort  # noqa: E402
from course_folders import new_course  # noqa: E402

from coursekit.grading import forks, runners  # noqa: E402
from coursekit.grading.collect import read  # noqa: E402
from coursekit.grading.copies import grade_copy  # noqa: E402
from coursekit.grading.edition import edition  # noqa: E402
from coursekit.grading.repair import mend  # noqa: E402
from coursekit.grading.run import Settings, grade_module  # noqa: E402

_TICK = os.sysconf("SC_CLK_TCK")
_PLAIN = """
import contextlib, io, json, sys, time
codes = json.load(sys.stdin)
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
def run(codes):
    start, used = time.perf_counter(), time.process_time()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        for code in codes:
            shell.run_cell(code)
    return time.perf_counter() - start, time.process_time() - used
cold = run(codes)
print(json.dumps({"cold": cold, "warm": run(codes)}))
"""
_servers: list[float] = []  # seconds of the processor that ended processes for submissions took


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("module")
    words.add_argument("--number", type=int, default=40)
    words.add_argument("--stock", type=int, default=8, help="how many of them stock grades, as it is slow")
    words.add_argument("--rounds", type=int, default=5)
    asked = words.parse_args()
    _watch_servers()
    with tempfile.TemporaryDirectory(prefix="bench-", dir=os.environ.get("BENCH_FOLDER")) as folder:
        _bench(Path(folder), asked.module, asked.number, asked.stock, asked.rounds)


def _bench(folder: Path, module: str, number: int, stock: int, rounds: int) -> None:
    course = new_course(folder / "ours", module)
    names = cohort(course, module, number)
    few = names[:stock]
    lines: dict[str, tuple[float, float, int]] = {}

    def measure(name: str, how_many: int, action: Callable[[], object], before: Callable[[], object] = int) -> None:
        found = []
        for _ in range(rounds):
            before()
            runners.close_all()
            used, start = _processor(), time.perf_counter()
            action()
            wall = time.perf_counter() - start
            runners.close_all()
            found.append((wall, _processor() - used))
        lines[name] = (
            statistics.median(w for w, _ in found) / how_many,
            statistics.median(c for _, c in found) / how_many,
            how_many,
        )
        _show(name, *lines[name], lines)

    def anew() -> None:
        shutil.rmtree(course / "autograded", ignore_errors=True)
        (course / "gradebook.db").unlink(missing_ok=True)

    def ours(only: list[str] | None = None, **settings: object) -> Callable[[], object]:
        return lambda: grade_module(module, course=course, students=only, settings=Settings(**settings))

    print(f"{module}, {number} submissions of mixed quality, {rounds} rounds, load {os.getloadavg()[0]:.1f}")
    if stock:
        other = folder / "stock"
        shutil.copytree(course, other)
        for name in names[stock:]:
            shutil.rmtree(other / "submitted" / name)
        _nbgrader(other, "generate_assignment", module)
        measure("stock nbgrader autograde", stock, lambda: _nbgrader(other, "autograde", module, "--force"))
        measure("the same marking, a kernel for each", stock, ours(few, mode="kernel", workers=1), anew)
    measure("forks, imports ready", number, lambda: _forks(course, module, names), anew)
    measure("and the lesson run ahead", number, ours(mode="limits", workers=1), anew)
    measure("and in a sandbox", number, ours(mode="sandbox", workers=1), anew)
    measure("and two at a time", number, ours(workers=2), anew)
    measure("and as many as it takes by itself", number, ours(), anew)
    ours(workers=1)()
    measure("a second run, nothing changed", number, ours(workers=1))
    print(f"  that is {lines['a second run, nothing changed'][0] * number:.2f} s for all")
    _against_the_limit(course, module, names, lines)


def _forks(course: Path, module: str, names: list[str]) -> None:
    for name in names:
        grade_copy(read(name, module, course / "submitted" / name / module), "limits", lesson=False)


def _against_the_limit(course: Path, module: str, names: list[str], lines: dict) -> None:
    """The cells of some submissions in one plain Python process, with and without what is loaded only once."""
    known, cold, warm = edition(module), [], []
    for name in [n for n in names if n.endswith(("right", "good", "poor", "blank"))][:4]:
        _, cells, _ = mend(read(name, module, course / "submitted" / name / module), known)
        codes = [c["source"] for c in cells if c["cell_type"] == "code"]
        done = subprocess.run([sys.executable, "-c", _PLAIN], input=json.dumps(codes), capture_output=True, text=True)
        found = json.loads(done.stdout.splitlines()[-1])
        cold.append(found["cold"][1])
        warm.append(found["warm"][1])
    print(f"  cells in one plain process: {statistics.median(cold):.3f} s of the processor, "
          f"{statistics.median(warm):.3f} s when all is loaded; grading a submission in a sandbox takes "
          f"{lines['and in a sandbox'][1] / statistics.median(cold):.2f} and "
          f"{lines['and in a sandbox'][1] / statistics.median(warm):.2f} times as long")  # fmt: skip


def _show(name: str, wall: float, used: float, number: int, lines: dict) -> None:
    base = lines.get("stock nbgrader autograde")
    against = f"{base[0] / wall:7.1f} times stock by the clock, {base[1] / used:7.1f} by the processor" if base else ""
    print(f"{name:38} {wall:8.3f} s {used:8.3f} s of the processor {60 / wall:8.1f} a minute {against}", flush=True)


def _processor() -> float:
    """Seconds of the processor of this process, those it waited for, and the processes for submissions."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime + _waited() + sum(_servers)


def _waited() -> float:
    """Seconds of the processor of processes that ended and were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _watch_servers() -> None:
    """Note what a process for submissions took before it is ended; the system tells only about those that end by themselves."""
    close = forks.ForkServer.close

    def watched(server: forks.ForkServer) -> None:
        took = 0.0
        for pid in [server.process.pid, *forks.descendants(server.process.pid)]:
            try:
                fields = (Path("/proc") / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            took += sum(map(int, fields[11:15])) / _TICK
        before = _waited()
        close(server)
        _servers.append(max(0.0, took - (_waited() - before)))

    forks.ForkServer.close = watched


def _nbgrader(course: Path, *words: str) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run([sys.executable, "-m", "nbgrader", *words], cwd=course, env=os.environ | {"PATH": path},
                   capture_output=True, check=True)  # fmt: skip


if __name__ == "__main__":
    main()
