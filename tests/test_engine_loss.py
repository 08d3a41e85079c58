"""Processes that are lost while grading: the scores are as without the loss, or there are none. Never wrong ones.

With ENGINE_ALL=1 in both modes that fork, else in the one without a sandbox.
"""

from __future__ import annotations

import copy
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import MODULES
from course_folders import right

from coursekit.grading import runners
from coursekit.grading.collect import Submission
from coursekit.grading.copies import Copy, grade_copy
from coursekit.grading.edition import edition
from coursekit.grading.forks import ForkServer, descendants
from coursekit.grading.sandbox import possible
from coursekit.grading.work import Work

MODULE = MODULES[0]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not possible("limits"), reason="Linux only")]
TRIED = ["sandbox", "limits"] if os.environ.get("ENGINE_ALL") else ["limits"]
LONG = "import time\ntime.sleep(0.8)"


@pytest.fixture(scope="module", params=TRIED)
def mode(request: pytest.FixtureRequest) -> Iterator[str]:
    if not possible(request.param):
        pytest.skip(f"{request.param} is not to be had here")
    yield request.param
    runners.close_all()


def grade(mode: str, first: str = "", student: str = "ada") -> Copy:
    """Grade a right submission that runs `first` before the first answer."""
    notebook = copy.deepcopy(right(MODULE))
    if first:
        at = next(i for i, c in enumerate(notebook.cells) if c.metadata.get("nbgrader", {}).get("solution"))
        cell = {"cell_type": "code", "id": "first", "metadata": {}, "outputs": [], "execution_count": None}
        notebook.cells.insert(at, cell | {"source": first})
    content = {f"{MODULE}.ipynb": json.dumps(notebook).encode()}
    return grade_copy(Submission(student, MODULE, "", content, dict.fromkeys(content, 0)), mode)


def full(graded: Copy) -> bool:
    return not graded.problem and all(i["points"] == i["max_points"] for i in graded.items)


def warm(mode: str) -> ForkServer:
    runner = runners.start(edition(MODULE), mode)
    assert isinstance(runner, ForkServer)
    return runner


def later(seconds: float, action: Callable[[], None]) -> threading.Thread:
    def act() -> None:
        time.sleep(seconds)
        action()

    thread = threading.Thread(target=act)
    thread.start()
    return thread


def kill(*pids: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def running(server: ForkServer, standing: list[int]) -> list[int]:
    """Processes of the submissions that are running."""
    return [p for p in descendants(server.process.pid) if p not in standing]


def test_messages_that_arrive_together_are_two(mode: str) -> None:
    """A copy that was held up finds the end of one submission and the start of the next."""
    server = ForkServer(mode, MODULE, [], [], [])
    try:
        server.ready()
        last = [*descendants(server.process.pid), server.process.pid][0]
        control = server.copies[0].control
        os.kill(last, signal.SIGSTOP)
        (ours, theirs), (life, end_of_life) = socket.socketpair(), socket.socketpair()
        control.send(b"end 1")
        socket.send_fds(control, [b"run 2"], [theirs.fileno(), end_of_life.fileno()])
        theirs.close()
        end_of_life.close()
        os.kill(last, signal.SIGCONT)
        life.settimeout(20)
        ours.close()  # the fork finds nobody and ends
        assert life.recv(1) and server.process.poll() is None
        life.close()
    finally:
        server.close()


def test_the_warm_process_is_killed_between_submissions(mode: str) -> None:
    server = warm(mode)
    kill(server.process.pid)
    server.process.wait()
    assert full(grade(mode)) and warm(mode) is not server


@pytest.mark.parametrize("which", ["the first", "all that stand"])
def test_the_warm_process_is_killed_while_a_cell_runs(mode: str, which: str) -> None:
    server = warm(mode)
    pids = [server.process.pid] if which == "the first" else descendants(server.process.pid)
    thread = later(0.5, lambda: kill(*pids))
    graded = grade(mode, LONG)
    thread.join()
    assert full(graded), (graded.problem, graded.notes)
    assert full(grade(mode)), "a neighbour was harmed"


def test_a_submissions_process_is_killed_from_outside_once(mode: str) -> None:
    server = warm(mode)
    standing = descendants(server.process.pid)
    thread = later(0.5, lambda: kill(*running(server, standing)))
    graded = grade(mode, LONG)
    thread.join()
    assert full(graded), graded.notes


def test_a_cell_that_ends_its_process_each_time_costs_only_itself(mode: str) -> None:
    graded = grade(mode, "import os\nos._exit(0)")
    assert full(graded) and "ended the program" in " ".join(graded.notes)


def test_lost_twice_is_not_graded(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No score, one sentence; the next submission is graded."""
    begin = ForkServer.run

    def lost(self: ForkServer, *args: object) -> object:
        thread = later(0.4, lambda: kill(self.process.pid))
        try:
            return begin(self, *args)
        finally:
            thread.join()

    monkeypatch.setattr(ForkServer, "run", lost)
    graded = grade(mode, LONG)
    assert graded.scores is None and not graded.items and not graded.notebook
    assert graded.problem.startswith("It was not graded") and graded.problem.count(".") == 1
    monkeypatch.undo()
    assert full(grade(mode))


def test_deaths_at_random_moments_change_no_score(mode: str) -> None:
    """Warm processes are killed again and again while submissions are graded one after the other."""
    stop = threading.Event()

    def reaper() -> None:
        turn = 0
        while not stop.wait(0.37 + 0.61 * (turn % 4)):
            turn += 1
            found = list(runners._running.values())
            server = found[0] if found else None
            if isinstance(server, ForkServer) and server.copies and not server.gone:
                kill(server.process.pid if turn % 2 else max(descendants(server.process.pid)))

    thread = threading.Thread(target=reaper)
    thread.start()
    try:
        graded = [grade(mode, student=f"s{n}") for n in range(6)]
    finally:
        stop.set()
        thread.join()
    for one in graded:
        assert full(one) or (one.scores is None and one.problem.startswith("It was not graded")), one.notes


def test_nothing_of_a_lost_submission_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A class of two: the one that could not be run is named and not recorded, the other is."""
    from course_folders import hand_in, new_course, scores

    from coursekit.grading import execute
    from coursekit.grading.run import Settings, grade_module

    course = new_course(tmp_path, MODULE)
    for name in ("ada", "ben"):
        hand_in(course, name, MODULE, copy.deepcopy(right(MODULE)))
    monkeypatch.setattr("coursekit.grading.copies.execute", lambda *a: _lost_for("ada", execute.execute, *a))
    (course / "submitted" / "ada" / MODULE / "data.txt").write_text("ada", encoding="utf-8")
    done = {g.student: g for g in grade_module(MODULE, course=course, settings=Settings(workers=1))}
    assert done["ada"].summary is None and done["ada"].problem.startswith("It was not graded")
    assert done["ben"].summary and set(scores(course, MODULE)) == {"ben"}
    assert not (course / "autograded" / "ada").exists() and not (course / "feedback" / "ada").exists()
    monkeypatch.undo()
    again = {g.student: g for g in grade_module(MODULE, course=course, settings=Settings(workers=1))}
    assert again["ada"].summary and again["ben"].skipped
    runners.close_all()


def _lost_for(student: str, run: Callable, *args: object) -> object:
    from coursekit.grading.execute import RunnerLost

    if args[3].get("data.txt") == student.encode():
        raise RunnerLost("the machine was out of memory")
    return run(*args)


def test_loading_ahead_leaves_no_names(mode: str) -> None:
    """Who deleted the lesson finds nothing of it: the same as in a process that never ran it."""
    known = edition(MODULE)
    look = "print('requests' in globals(), sorted(n for n in globals() if n[:1] != '_'), len(Out), len(In), get_ipython().execution_count)"
    found = []
    for lesson, shown in ((known.lesson, known.shown), ([], [])):
        server = ForkServer(mode, MODULE, known.imports, lesson, shown)
        try:
            server.ready()
            attempt = server.run(Work([{"n": 0, "run": look}], 0, {}, MODULE, "", 30, 60))
            assert not attempt.ended
            found += [(m["outputs"][0]["text"], m["count"]) for m in attempt.messages if "did" in m]
        finally:
            server.close()
    assert found[0] == found[1] and found[0][0].startswith("False")
