"""A large class, as an instructor sees it: `python tests/bench_class.py module_01 --number 1000`.

`course.py grade` runs in a copy of the course, in a terminal of its own. At each hundred the table has: the seconds it
took, the line of progress as it stood on the screen, and the peak memory until then of the largest process of each
kind. Time is linear when each hundred takes as long as another; memory is flat when the columns do not grow.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from cohort import cohort  # noqa: E402

from coursekit.grading.forks import descendants  # noqa: E402
from coursekit.items import ROOT  # noqa: E402

KINDS = ("grader", "warm", "fork")
LOOK = 0.05  # seconds between two looks at the processes; forks live for some tenths
_LINE = re.compile(r"Grading\b.*?(\d+)/(\d+).*?left: +[-\d:]+")
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_LEAVE = shutil.ignore_patterns(
    ".git", ".venv*", "workspace", "exchange", "submitted", "autograded", "feedback", "site", "*.db", "__pycache__"
)


class Memory:
    """Peak memory in MB of every process that a command started, by kind."""

    def __init__(self, grader: int) -> None:
        self.grader = grader
        self.peak: dict[str, float] = defaultdict(float)
        self.seen: dict[int, str] = {}

    def look(self, begun: bool) -> None:
        """begun: submissions are being graded, so a process for submissions that is new now is a fork."""
        for pid in [self.grader, *descendants(self.grader)]:
            if self.seen.get(pid, "other") == "other":  # just born, a process still has its parent's name
                self.seen[pid] = self._kind(pid, begun)
            with contextlib.suppress(OSError, IndexError):
                held = int(Path(f"/proc/{pid}/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
                self.peak[self.seen[pid]] = max(self.peak[self.seen[pid]], held)

    def _kind(self, pid: int, begun: bool) -> str:
        if pid == self.grader:
            return "grader"
        with contextlib.suppress(OSError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
            if "inside.serve" in words:
                return "fork" if begun else "warm"
        return "other"


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("module")
    words.add_argument("--number", type=int, default=1000)
    words.add_argument("--step", type=int, default=100)
    words.add_argument("--workers", type=int, default=0, help="0 = one more than there are cores")
    asked = words.parse_args()
    with tempfile.TemporaryDirectory(prefix="class-") as folder:
        course = Path(folder) / "course"
        shutil.copytree(ROOT, course, ignore=_LEAVE)
        cohort(course, asked.module, asked.number)
        print(f"{asked.module}, {asked.number} submissions, load {os.getloadavg()[0]:.1f}")
        return _run(course, asked)


def _run(course: Path, asked: argparse.Namespace) -> int:
    command = [sys.executable, "-P", "-m", "coursekit", "grade", asked.module, "--workers", str(asked.workers)]
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    environment = os.environ | {"PYTHONPATH": str(course), "TERM": "xterm", "COLUMNS": "100"}
    start = last = time.perf_counter()
    said = tempfile.TemporaryFile("w+")  # a pipe that nobody reads would stop the command when it is full
    process = subprocess.Popen(command, cwd=course, env=environment, stdout=said, stderr=theirs)
    os.close(theirs)
    memory, screen, due = Memory(process.pid), "", asked.step
    print(f"  graded   seconds  {''.join(f'{k:>8}' for k in KINDS)} MB   on the screen")
    while text := _read(ours):
        screen = (screen + text)[-4000:]
        done, line = _progress(screen)
        memory.look(done > 0)
        if line and (done >= due or done == asked.number > due - asked.step):
            now = time.perf_counter()
            peaks = "".join(f"{memory.peak[k]:8.0f}" for k in KINDS)
            print(f"{done:8} {now - last:9.1f}  {peaks}      {line}", flush=True)
            last, due = now, (done // asked.step + 1) * asked.step
    process.wait()
    wall = time.perf_counter() - start
    graded = len(list((course / "autograded").glob(f"*/{asked.module}/{asked.module}.ipynb")))
    print(f"{graded} graded in {wall:.1f} s, {60 * graded / wall:.0f} a minute; the last words of the command:")
    said.seek(0)
    print("".join(f"  {line}\n" for line in said.read().strip().splitlines()[-3:]))
    return int(process.returncode != 0 or graded != asked.number)


def _read(terminal: int) -> str:
    """What was written to the terminal since, or a blank after a moment; nothing when the command has ended."""
    if not select.select([terminal], [], [], LOOK)[0]:
        return " "
    with contextlib.suppress(OSError):  # the other end was closed
        return os.read(terminal, 1 << 16).decode("utf-8", "replace")
    return ""


def _progress(screen: str) -> tuple[int, str]:
    """How many are graded by the newest line of progress, and that line."""
    lines = list(_LINE.finditer(_CONTROL.sub("", screen)))
    return (int(lines[-1][1]), " ".join(lines[-1][0].split())) if lines else (0, "")


if __name__ == "__main__":
    sys.exit(main())
