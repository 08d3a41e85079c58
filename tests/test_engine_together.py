"""Submissions that run at the same time in one warm process: none sees, harms or waits for another.

In both modes that fork.
"""

from __future__ import annotations

import concurrent.futures as futures
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cohort import cohort
from conftest import MODULES
from course_folders import new_course, scores
from test_engine_loss import full, grade, kill, later, warm

from coursekit.grading import forks, pool, runners
from coursekit.grading.collect import read, submissions
from coursekit.grading.forks import ForkServer
from coursekit.grading.run import Settings, grade_module
from coursekit.grading.sandbox import possible
from coursekit.grading.work import Attempt, Work

MODULE = MODULES[0]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not possible("limits"), reason="Linux only")]
HOLDS = "import time\nheld = bytearray(%d)\nheld[::4096] = b'x' * len(held[::4096])\ntime.sleep(2)\nprint('kept')"
HANDLES = """
import os
found = []
for number in range(3, 256):
    try:
        os.fstat(number)
        found.append(number)
    except OSError:
        pass
print(len(found))
"""


@pytest.fixture(scope="module", params=["sandbox", "limits"])
def mode(request: pytest.FixtureRequest) -> Iterator[str]:
    if not possible(request.param):
        pytest.skip(f"{request.param} is not to be had here")
    yield request.param
    runners.close_all()


def together(server: ForkServer, *codes: str) -> list[Attempt]:
    """Run pieces of code at the same time, a submission each."""
    with futures.ThreadPoolExecutor(len(codes)) as threads:
        works = [Work([{"n": 0, "run": code}], 0, {}, MODULE, "", 30, 60) for code in codes]
        return list(threads.map(server.run, works))


def printed(attempt: Attempt) -> str:
    assert not attempt.ended, attempt
    return "".join(o.get("text", "") for m in attempt.messages for o in m.get("outputs", []))


def test_they_run_at_the_same_time(mode: str) -> None:
    start = time.monotonic()
    found = together(warm(mode), *["import time\ntime.sleep(2)\nprint(1)"] * 4)
    assert [printed(a).strip() for a in found] == ["1"] * 4
    assert time.monotonic() - start < 7


def test_each_has_its_own_folder(mode: str) -> None:
    own = "import os, time\nopen('mine.txt', 'a').write('%s')\ntime.sleep(1)\nprint(open('mine.txt').read())"
    found = together(warm(mode), *(own % name for name in "abc"))
    assert [printed(a).strip() for a in found] == ["a", "b", "c"]


def test_none_holds_a_handle_of_another(mode: str) -> None:
    """The second is forked while the first is there, so it would inherit what the warm process holds for the first."""
    server = warm(mode)
    alone = printed(together(server, HANDLES)[0])
    with futures.ThreadPoolExecutor(2) as threads:
        waiting = threads.submit(together, server, "import time\ntime.sleep(2)")
        time.sleep(0.7)
        assert printed(together(server, HANDLES)[0]) == alone
        assert not waiting.result()[0].ended


def test_memory_is_counted_for_each(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that hold 300 MB each are under a limit of 600 MB; one that holds 700 MB is ended, and its neighbour is not.

    What a fork shares with the warm process counts, too.
    """
    monkeypatch.setattr(forks, "MEMORY", 600_000_000)
    small, large = HOLDS % 300_000_000, HOLDS % 700_000_000
    assert [printed(a).strip() for a in together(warm(mode), small, small)] == ["kept"] * 2
    first, second = together(warm(mode), large, small)
    assert first.ended == "used too much memory" and printed(second).strip() == "kept"


SENDS_FILES = """
import array, os, socket, stat
for number in range(3, 256):
    try:
        if stat.S_ISSOCK(os.fstat(number).st_mode):
            channel = socket.socket(fileno=os.dup(number))
            files = array.array("i", [number] * 50)
            for _ in range(20):
                channel.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, files)])
    except OSError:
        pass
"""


def test_open_files_that_are_sent_to_the_grader_are_not_taken(mode: str) -> None:
    """Whoever finds the channel can add open files to a message; the grader must not run out of room for its own."""
    server = warm(mode)
    before = len(os.listdir("/proc/self/fd"))
    assert [a.ended for a in together(server, *[SENDS_FILES] * 3)] == ["sent something that is no result"] * 3
    assert len(os.listdir("/proc/self/fd")) == before


def test_one_that_takes_the_warm_process_down_each_time_costs_only_itself(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its neighbours are run again in processes of their own, where it cannot reach them."""
    begin = ForkServer.run

    def run(server: ForkServer, work: Work) -> Attempt:
        if any("# deadly" in step.get("run", "") for step in work.steps):
            later(0.5, lambda: kill(server.process.pid))
        return begin(server, work)

    monkeypatch.setattr(ForkServer, "run", run)
    slow = "import time\ntime.sleep(1)"
    with futures.ThreadPoolExecutor(3) as threads:
        warm(mode)
        deadly, *others = threads.map(lambda code: grade(mode, code), [f"# deadly\n{slow}", slow, slow])
    assert deadly.scores is None and deadly.problem.startswith("It was not graded")
    assert all(full(one) for one in others), [one.problem for one in others]
    monkeypatch.undo()
    assert full(grade(mode))


@pytest.mark.parametrize("seconds", [0.01, 0.3, 1.2, 2.5])
def test_stopped_from_outside(mode: str, seconds: float) -> None:
    """What runs is given up at once and not tried again, at whatever moment: also while the warm process starts."""
    runners.close_all()
    start = time.monotonic()
    with futures.ThreadPoolExecutor(2) as threads:
        graded = [threads.submit(grade, mode, "import time\ntime.sleep(30)", student=name) for name in ("ada", "ben")]
        time.sleep(seconds)
        with runners.stopped():
            found = [g.result() for g in graded]
    assert time.monotonic() - start < 20 and not runners._running
    assert all(one.scores is None and one.problem for one in found), [one.problem for one in found]


def test_an_interrupt_ends_a_class_at_once(tmp_path: Path) -> None:
    """Ctrl+C while two submissions sleep: the run ends, no process of it is left, no thread either."""
    course = new_course(tmp_path, MODULE)
    cohort(course, MODULE, 2)
    found = submissions(course, MODULE)
    tasks = [read(name, MODULE, folder) for name, folder in found.items()]
    for task in tasks:
        (name,) = (n for n in task.files if n.endswith(".ipynb"))
        text = task.files[name].decode().replace("from priorauth", "import time; time.sleep(30)\\nfrom priorauth", 1)
        task.files[name] = text.encode()
    threads, main = threading.active_count(), threading.main_thread().ident
    later(4, lambda: signal.pthread_kill(main, signal.SIGINT))
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        list(pool.graded_copies(iter(tasks), Settings(workers=2), 2))
    assert time.monotonic() - start < 15 and not runners._running
    end = time.monotonic() + 5
    while threading.active_count() > threads and time.monotonic() < end:
        time.sleep(0.05)
    assert threading.active_count() <= threads


def test_a_fault_of_the_recorder_ends_a_class_at_once(tmp_path: Path) -> None:
    """The first is recorded and then something fails, while the second sleeps: nobody waits for it."""
    course = new_course(tmp_path, MODULE)
    quick, slow = (course / "submitted" / name / MODULE / f"{MODULE}.ipynb" for name in cohort(course, MODULE, 2))
    text = slow.read_text(encoding="utf-8")
    slow.write_text(text.replace("from priorauth", "import time; time.sleep(30)\\nfrom priorauth", 1), encoding="utf-8")

    def fail(_: object) -> None:
        raise OSError("no more room")

    start = time.monotonic()
    with pytest.raises(OSError, match="no more room"):
        grade_module(MODULE, course=course, settings=Settings(workers=2), progress=fail)
    assert time.monotonic() - start < 20 and set(scores(course, MODULE)) == {quick.parent.parent.name}


@pytest.mark.parametrize("how", ["sandbox", "limits", "kernel"])
def test_the_number_of_workers_changes_no_score(how: str, tmp_path: Path) -> None:
    """Two at a time in kernels, four in forks: the gradebook is the same as one by one."""
    if not possible(how):
        pytest.skip(f"{how} is not to be had here")
    together, one_by_one = (new_course(tmp_path / kind, MODULE) for kind in ("together", "one"))
    number, workers = (4, 2) if how == "kernel" else (16, 4)
    for course, most in ((together, workers), (one_by_one, 1)):
        cohort(course, MODULE, number)
        done = grade_module(MODULE, course=course, settings=Settings(mode=how, workers=most))
        assert len(done) == number and not [g.problem for g in done if g.problem]
        runners.close_all()
    assert scores(together, MODULE) == scores(one_by_one, MODULE)


def test_one_process_is_warm_for_all_workers(tmp_path: Path) -> None:
    course = new_course(tmp_path, MODULE)
    cohort(course, MODULE, 6)
    began: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        make = ForkServer.__init__
        patch.setattr(ForkServer, "__init__", lambda self, *words: (make(self, *words), began.append(1))[0])
        grade_module(MODULE, course=course, settings=Settings(workers=3))
    runners.close_all()
    assert began == [1]
