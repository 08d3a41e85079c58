"""Red team: no attack gains a point, sees or changes anything, or harms a neighbour. In both modes that build walls.

With ENGINE_ALL=1 every attack runs in both modes; else they are dealt out to the two in turn.
"""

from __future__ import annotations

import contextlib
import copy
import hashlib
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from attacks import ATTACKS, Attack
from conftest import MODULES, compiled_module, read_built
from course_folders import right

from coursekit import mark
from coursekit.grading import autograded, forks, runners
from coursekit.grading.collect import Submission, read
from coursekit.grading.copies import Copy, grade_copy
from coursekit.grading.edition import edition
from coursekit.grading.sandbox import possible
from coursekit.items import ROOT

MODULE = MODULES[0]
DEALT = ("sandbox", "limits")
CANARY = "CANARY-7f3a"
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not possible("limits"), reason="Linux only")]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A service on this machine that gives its secret away to whoever connects."""
    server = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = server.accept()
                connection.sendall(CANARY.encode())
                connection.close()

    threading.Thread(target=answer, daemon=True).start()
    yield server.getsockname()[1]
    server.close()


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A class's folder with things to steal and to break."""
    folder = tmp_path_factory.mktemp("class")
    for name in (
        "gradebook.db",
        "submitted/neighbour/module_01/module_01.ipynb",
        "submitted/attacker/module_01/module_01.ipynb",
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(CANARY, encoding="utf-8")
    return folder


@pytest.fixture(scope="module", params=["sandbox", "limits"])
def mode(request: pytest.FixtureRequest) -> Iterator[str]:
    if not possible(request.param):
        pytest.skip(f"{request.param} is not to be had here")
    os.environ["GRADER_SECRET"] = CANARY
    grace, forks.GRACE = forks.GRACE, 2.0
    yield request.param
    runners.close_all()
    forks.GRACE = grace
    del os.environ["GRADER_SECRET"]


def submit(student: str, notebook: dict, **files: bytes) -> Submission:
    content = {f"{MODULE}.ipynb": json.dumps(notebook).encode("utf-8", "surrogatepass")} | files
    return Submission(student, MODULE, "", content, dict.fromkeys(content, 0))


def grade(submission: Submission, mode: str) -> Copy:
    """An honest submission, with the usual limits: on a busy machine an honest cell may take more than a second."""
    return grade_copy(submission, mode)


def grade_attack(submission: Submission, mode: str) -> Copy:
    return grade_copy(submission, mode, cell_seconds=1.0, seconds=12.0)


def with_attack(attack: Attack, **places: object) -> dict:
    """The release with the attack in it and no answer."""

    def filled(text: str, name: str = "") -> str:
        for word, value in (places | {"name": name}).items():
            text = text.replace("{" + word + "}", str(value))
        return text

    notebook = copy.deepcopy(read_built("release", MODULE))
    known = edition(MODULE)
    first = next(i for i, c in enumerate(notebook.cells) if c.metadata.get("nbgrader", {}).get("solution"))
    for cell in notebook.cells[first:]:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if attack.answers and name in list(known.items)[:3]:
            cell.source = filled(attack.answers, known.items[name]["answer_name"])
    if attack.code:
        notebook.cells.insert(
            first,
            {
                "cell_type": "code",
                "id": "attack",
                "metadata": {},
                "outputs": [],
                "execution_count": None,
                "source": filled(attack.code),
            },
        )
    return json.loads(json.dumps(notebook))


def tree(*folders: Path) -> str:
    """Fingerprint of names, content, permissions and times."""
    whole = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
            if "__pycache__" in path.parts or not os.path.lexists(path):
                continue
            status = path.lstat()
            whole.update(
                f"{path} {status.st_mode} {status.st_mtime_ns if path.is_file() else 0} {status.st_uid}\n".encode()
            )
            if path.is_file():
                whole.update(path.read_bytes())
    return whole.hexdigest()


WATCHED = [ROOT / p for p in ("coursekit/keys", "priorauth", "datasets", "README.md", "source")]
# Single files, as other programs write to these folders, too.
WATCHED += [Path(p) / "poison.py" for p in ("/", "/usr/lib", "/var/tmp", "/etc", "/root", "/dev/shm", ROOT)]
WATCHED += [Path(p) for p in ("/dev/shm/left-behind", "/tmp/left-behind", "/tmp/sitecustomize.py", "/sitecustomize.py")]


@pytest.fixture(scope="module")
def neighbour(mode: str) -> list[dict]:
    """An honest submission, graded before any attack."""
    return grade(submit("neighbour", json.loads(json.dumps(right(MODULE)))), mode).items


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda a: a.name.replace(" ", "-"))
def test_attack(attack: Attack, mode: str, course: Path, port: int, neighbour: list[dict]) -> None:
    if not os.environ.get("ENGINE_ALL") and possible("sandbox") and mode != DEALT[ATTACKS.index(attack) % 2]:
        pytest.skip("in the other mode")
    before = tree(course, *WATCHED)
    start = time.monotonic()
    attacked = grade_attack(submit("attacker", with_attack(attack, root=ROOT, course=course, port=port)), mode)
    seconds = time.monotonic() - start
    assert not attacked.problem
    assert sum(i["points"] for i in attacked.items) == 0, "points were gained"
    assert tree(course, *WATCHED) == before, "something was changed"
    secrets = [CANARY, '"guess"', "'guess':", "BEGIN HIDDEN", "root:"]
    shown = json.dumps([c.get("outputs") for c in json.loads(attacked.notebook)["cells"] if c.get("id") == "attack"])
    assert not [s for s in secrets if s in shown], shown[:2000]
    assert len(attacked.notebook) < 30_000_000
    assert seconds < 60
    after = grade(submit("neighbour", json.loads(json.dumps(right(MODULE)))), mode)
    assert after.items == neighbour and not after.problem, "a neighbour was harmed"
    assert after.mode == mode


def test_there_are_enough_attacks() -> None:
    assert len(ATTACKS) >= 30 and len({a.name for a in ATTACKS}) == len(ATTACKS)
    assert {a.aim for a in ATTACKS} == {"stop", "see", "change", "cheat"}


def test_changed_check_cells_and_planted_results(mode: str) -> None:
    """Check cells replaced, points raised, results planted in the file, cells that pose as checks."""
    notebook = json.loads(json.dumps(read_built("release", MODULE)))
    planted = {"output_type": "execute_result", "execution_count": 1, "metadata": {},
               "data": {"text/plain": "50.0", mark.MIME: {"points": 50, "outcome": "right", "messages": [], "hint": ""}}}  # fmt: skip
    for cell in list(notebook["cells"]):
        told = cell["metadata"].get("nbgrader", {})
        if told.get("grade_id", "").endswith("-check"):
            cell["source"], cell["outputs"] = "50.0", [planted]
            told["points"] = 1000
        if told.get("solution"):
            told |= {"grade": True, "points": 1000, "locked": False}
    posing = {"cell_type": "code", "id": "posing", "source": "50.0", "outputs": [planted], "execution_count": 1}
    notebook["cells"].append(
        posing
        | {
            "metadata": {
                "nbgrader": {
                    "grade_id": "m01-c1-check",
                    "grade": True,
                    "points": 50,
                    "locked": False,
                    "solution": False,
                    "schema_version": 3,
                }
            }
        }
    )
    notebook["cells"].append(
        posing
        | {
            "id": "other",
            "metadata": {
                "nbgrader": {
                    "grade_id": "bonus",
                    "grade": True,
                    "points": 50,
                    "locked": False,
                    "solution": False,
                    "schema_version": 3,
                }
            },
        }
    )
    graded = grade(submit("attacker", notebook), mode)
    assert sum(i["points"] for i in graded.items) == 0
    assert {i["max_points"] for i in graded.items} == {
        i["max_points"] for i in grade(submit("b", json.loads(json.dumps(right(MODULE)))), mode).items
    }
    cells = json.loads(graded.notebook)["cells"]
    points = [c["metadata"]["nbgrader"]["points"] for c in cells if c["metadata"].get("nbgrader", {}).get("grade")]
    assert max(points) <= 10 and not [c for c in cells if c["metadata"].get("nbgrader", {}).get("grade_id") == "bonus"]


def test_links_and_paths_that_lead_out(mode: str, tmp_path: Path) -> None:
    """A link to the keys, a folder that is a link, and names with dots are not followed."""
    folder = tmp_path / "submitted" / "ada" / MODULE
    folder.mkdir(parents=True)
    (folder / f"{MODULE}.ipynb").write_text(json.dumps(right(MODULE)), encoding="utf-8")
    (folder / "keys.json").symlink_to(ROOT / "coursekit" / "keys" / f"{MODULE}.json")
    (folder / "all").symlink_to(ROOT)
    submission = read("ada", MODULE, folder)
    assert set(submission.files) == {f"{MODULE}.ipynb"} and len(submission.notes) == 2
    submission.files |= {"../../../escaped.txt": b"x", "/tmp/escaped.txt": b"x"}
    graded = grade(submission, mode)
    assert sum(i["points"] for i in graded.items) == sum(c.data["points"] for c in compiled_module(MODULE))
    autograded.write(tmp_path / "autograded" / "ada" / MODULE, graded.notebook, submission, edition(MODULE))
    assert not list(tmp_path.rglob("escaped.txt")) and not Path("/tmp/escaped.txt").exists()


def test_nothing_stays_behind(mode: str) -> None:
    """When grading has ended, so have all processes that it started."""
    runner = runners.start(edition(MODULE), mode)
    pid = runner.process.pid
    runners.close_all()
    assert not Path(f"/proc/{pid}").exists()
    time.sleep(0.5)
    mine = [
        p
        for p in Path("/proc").glob("[0-9]*/cmdline")
        if b"inside.serve" in _read(p) and str(os.getpid()).encode() in _parents(p)
    ]
    assert not mine


def _read(path: Path) -> bytes:
    with contextlib.suppress(OSError):
        return path.read_bytes()
    return b""


def _parents(path: Path) -> bytes:
    with contextlib.suppress(OSError):
        return (path.parent / "status").read_bytes()
    return b""
