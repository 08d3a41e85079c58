"""Handing in without an exchange: the learner's file and receipt, and what the instructor's side makes of names."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import MODULES, compiled_module
from course_folders import answered
from mangled import zipped
from nbformat import writes

from coursekit import receipts
from coursekit.errors import CourseError
from coursekit.grading.give_back import give_back
from coursekit.grading.receive import receive
from coursekit.grading.roster import read_roster
from coursekit.handin import hand_in
from coursekit.items import ROOT
from coursekit.workspace import fill

MODULE = MODULES[0]
NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("PRIORAUTH_LEARNER", raising=False)
    monkeypatch.delenv("JUPYTERHUB_USER", raising=False)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))


def work(n: int = 1) -> bytes:
    """A notebook with `n` answers."""
    return writes(answered(MODULE, {c.item.id: c.solution for c in compiled_module(MODULE)[:n]})).encode()


def space(folder: Path, content: bytes) -> Path:
    path = folder / MODULE / f"{MODULE}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return folder


def handed_in(tmp_path: Path, who: str, content: bytes, hours: int = 0) -> bytes:
    made = hand_in(space(tmp_path / f"space-{who}-{hours}", content), MODULE, who, now=NOON + dt.timedelta(hours=hours))
    return made.path.read_bytes()


def states(course: Path, origin: Path, **more: object) -> dict[str, tuple[str, str]]:
    return {r.name: (r.student, r.state) for r in receive(course, MODULE, origin, **more)}


def put(folder: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


# --- the learner's side -------------------------------------------------------------------------------------------


def test_submit_makes_one_file_and_a_receipt(tmp_path: Path) -> None:
    mine = space(tmp_path / "w", work(3))
    put(
        mine / MODULE,
        {"my numbers.csv": b"a,b\n", ".ipynb_checkpoints/x.ipynb": b"{}", f"{MODULE}.new-edition.ipynb": b"{}"},
    )
    before = {p: p.read_bytes() for p in (mine / MODULE).rglob("*") if p.is_file()}
    made = hand_in(mine, MODULE, "Ada", now=NOON)
    with zipfile.ZipFile(made.path) as archive:
        files = {n: archive.read(n) for n in archive.namelist()}
    assert files.keys() == {f"{MODULE}.ipynb", "my numbers.csv", "receipt.json", "receipt.txt"}
    data = json.loads(files["receipt.json"])
    assert data["learner"] == "ada" and data["module"] == MODULE and data["handed_in"] == "2026-11-20T12:00:00Z"
    assert data["files"][f"{MODULE}.ipynb"] == hashlib.sha256(work(3)).hexdigest()
    assert receipts.parse(files["receipt.json"]) == made.receipt
    assert made.receipt.code in made.receipt_path.read_text() and made.receipt_path.parent == mine / "handed_in"
    assert any(re.match(r"3 of \d+ answers are filled in\.", s) for s in made.said)
    assert {p: p.read_bytes() for p in before} == before
    again = hand_in(mine, MODULE, now=NOON)  # the id was kept, and the first file stays
    assert again.receipt == made.receipt and again.path != made.path and made.path.exists()


def test_submit_asks_who_it_is_and_warns_of_an_empty_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = tmp_path / "w"
    fill(mine)
    with pytest.raises(CourseError, match="Say once who you are"):
        hand_in(mine, MODULE)
    assert not (mine / "handed_in").exists()
    assert any("Did you save" in s for s in hand_in(mine, MODULE, "ada").said)
    monkeypatch.setenv("JUPYTERHUB_USER", "ben")
    assert hand_in(mine, MODULE).receipt.learner == "ben"
    with pytest.raises(CourseError, match="Here you are ben"):
        hand_in(mine, MODULE, "ada")


def test_submit_hands_in_a_damaged_notebook_and_says_so(tmp_path: Path) -> None:
    made = hand_in(space(tmp_path / "w", work()[:5000]), MODULE, "ada")
    assert any("damaged" in s and "handed in as it is" in s for s in made.said)
    (tmp_path / "w" / MODULE / f"{MODULE}.ipynb").unlink()
    with pytest.raises(CourseError, match="There is no notebook"):
        hand_in(tmp_path / "w", MODULE)


def test_submit_and_collect_on_the_command_line(tmp_path: Path) -> None:
    mine = space(tmp_path / "w", work(2))

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        env = os.environ | {"PRIORAUTH_WORKSPACE": str(mine), "COLUMNS": "200"}
        return subprocess.run(
            [sys.executable, "-m", "coursekit", *words], cwd=ROOT, capture_output=True, text=True, env=env
        )

    refused = run("submit", MODULE)
    assert refused.returncode == 1 and "--learner" in refused.stderr and "Traceback" not in refused.stderr
    done = run("submit", MODULE, "--learner", "ada", "--out", str(tmp_path / "usb stick"))
    assert done.returncode == 0 and "Receipt " in done.stdout and "Learner    ada" in done.stdout
    (made,) = (tmp_path / "usb stick").glob("*.zip")
    assert str(made) in done.stdout
    assert run("submit", "13").returncode == 1
    lost = run("collect", MODULE, str(made), "--roster", str(tmp_path / "none.csv"))
    assert lost.returncode == 1 and "roster" in lost.stderr and "Traceback" not in lost.stderr


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff\xfe\x00", b'{"course": "other"}', b'{"course": "priorauth", "form": 1, "files": 3}'])  # fmt: skip
def test_a_receipt_that_is_none(raw: bytes) -> None:
    with pytest.raises(CourseError, match="receipt cannot be read"):
        receipts.parse(raw)


# --- whose it is --------------------------------------------------------------------------------------------------


def test_without_a_roster_receipts_decide_for_files_that_people_named(tmp_path: Path) -> None:
    a, b = handed_in(tmp_path, "ada", work(1)), handed_in(tmp_path, "ben", work(2))
    origin = put(tmp_path / "in", {"final.zip": a, "Handed in (1).zip": b, "cleo.ipynb": work(3)})
    course = tmp_path / "course"
    assert states(course, origin) == {"final.zip": ("ada", "new"), "Handed in (1).zip": ("ben", "new"), "cleo.ipynb": ("cleo", "new")}  # fmt: skip
    assert (course / "submitted" / "ben" / MODULE / f"{MODULE}.ipynb").read_bytes() == work(2)
    # now ben is known, and a file with his name that holds ada's work is looked at by a person
    other = put(tmp_path / "in2", {"ben final.zip": handed_in(tmp_path, "ada", work(4), 5)})
    assert states(course, other) == {"ben final.zip": ("ada", "held")}


def test_one_file_of_submit_can_be_collected_by_itself(tmp_path: Path) -> None:
    made = hand_in(space(tmp_path / "w", work()), MODULE, "ada", now=NOON)
    assert states(tmp_path / "course", made.path) == {made.path.name: ("ada", "new")}
    assert (tmp_path / f"course/submitted/ada/{MODULE}/timestamp.txt").read_text() == "2026-11-20 12:00:00 UTC"


def test_a_platform_name_that_says_something_else_is_held_until_a_roster_says_they_are_one(tmp_path: Path) -> None:
    files = {f"lovelaceada_4711_90001_{MODULE}.zip": handed_in(tmp_path, "u100", work(1)), f"adalovelace_4712_90002_{MODULE}.zip": handed_in(tmp_path, "ada.lovelace", work(2))}  # fmt: skip
    course, origin = tmp_path / "course", put(tmp_path / "in", files)
    first = {r.student: r for r in receive(course, MODULE, origin)}
    assert {s: r.state for s, r in first.items()} == {"u100": "held", "ada.lovelace": "new"}
    assert "Canvas says lovelaceada (4711)" in first["u100"].note and "roster-to-check.csv" in first["u100"].note
    assert not (course / "submitted" / "u100").exists()
    suggested = course / "submitted" / ".collect" / "roster-to-check.csv"
    assert list(csv.reader(suggested.open())) == [["learner", "name", "number"], ["u100", "lovelaceada", "4711"]]
    roster = tmp_path / "roster.csv"
    roster.write_text(suggested.read_text() + "ada.lovelace,Ada Lovelace,4712\n")
    assert {s for _, s in states(course, origin, roster=read_roster(roster)).values()} == {"new", "unchanged"}
    # what was shown once is known from then on: without the roster, and for a bare notebook, too
    later = put(tmp_path / "later", {f"lovelaceada_LATE_4711_91000_{MODULE}.ipynb": work(5)})
    assert states(course, later, update=True) == {f"lovelaceada_LATE_4711_91000_{MODULE}.ipynb": ("u100", "replaced")}
    wrong = put(tmp_path / "wrong", {f"lovelaceada_4711_92000_{MODULE}.zip": handed_in(tmp_path, "eve", work(6))})
    assert states(course, wrong) == {f"lovelaceada_4711_92000_{MODULE}.zip": ("eve", "held")}


def test_accept_takes_what_a_person_has_looked_at(tmp_path: Path) -> None:
    name = f"lovelaceada_4711_90001_{MODULE}.zip"
    origin = put(tmp_path / "in", {name: handed_in(tmp_path, "u100", work(1))})
    assert states(tmp_path / "course", origin) == {name: ("u100", "held")}
    assert states(tmp_path / "course", origin, accept=[name]) == {name: ("u100", "new")}


def test_two_people_with_one_name_are_not_mixed(tmp_path: Path) -> None:
    files = {f"Ada Lovelace_{n}_assignsubmission_file_/{MODULE}.ipynb": work(n) for n in (1, 2)}
    found = states(tmp_path / "course", put(tmp_path / "in", files))
    assert {s for _, s in found.values()} == {"held"} and len(found) == 2
    assert not list((tmp_path / "course" / "submitted").glob(f"*/{MODULE}"))


def test_blackboard_names_that_end_alike_are_not_mixed(tmp_path: Path) -> None:
    names = [
        f"Module 1_{who}_lovelace_attempt_2026-11-20-12-00-0{n}_{MODULE}.ipynb" for n, who in enumerate(["ada", "bob"])
    ]
    found = states(tmp_path / "course", put(tmp_path / "in", {name: work(n + 1) for n, name in enumerate(names)}))
    assert found == {name: ("lovelace", "held") for name in names}
    # one after the other
    alone = [put(tmp_path / who, {name: work(n)}) for n, (who, name) in enumerate(zip("ab", names, strict=True), 1)]
    assert [list(states(tmp_path / "c3", a, update=True).values()) for a in alone] == [
        [("lovelace", "new")],
        [("lovelace", "held")],
    ]
    # a roster tells them apart
    (tmp_path / "r.csv").write_text("learner\nada_lovelace\nbob_lovelace\n")
    found = states(tmp_path / "c4", tmp_path / "in", roster=read_roster(tmp_path / "r.csv"))
    assert found == {names[0]: ("ada_lovelace", "new"), names[1]: ("bob_lovelace", "new")}
    again = names[0].replace("12-00-00", "13-00-00")  # two attempts of one learner: the later one counts
    found = states(tmp_path / "c2", put(tmp_path / "in2", {names[0]: work(1), again: work(2)}))
    assert found == {names[0]: ("lovelace", "older"), again: ("lovelace", "new")}


@pytest.mark.parametrize("inner", ["", f"{MODULE}/"])
def test_a_folder_around_the_learners_folders_is_no_learner(tmp_path: Path, inner: str) -> None:
    files = {f"{who}/{inner}{MODULE}.ipynb": work(n) for who, n in (("ada", 1), ("bob", 0))}
    course, origin = tmp_path / "course", put(tmp_path / "in", {f"Class/{n}": c for n, c in files.items()})
    (held,) = receive(course, MODULE, origin)
    assert (held.name, held.state) == ("Class", "held") and "ada, bob" in held.note
    assert states(course, origin / "Class") == {"ada": ("ada", "new"), "bob": ("bob", "new")}
    mine = put(tmp_path / "mine", {f"cleo/{n}/{MODULE}.ipynb": work(k) for k, n in enumerate(("old", "now"))})
    assert states(course, mine, accept=["cleo"]) == {"cleo": ("cleo", "new")}


def test_receipts_say_whose_the_folders_in_a_folder_are(tmp_path: Path) -> None:
    files = {f"Class/{who}/x.zip": handed_in(tmp_path, who, work(n)) for who, n in (("ada", 1), ("bob", 2))}
    course, origin = tmp_path / "course", put(tmp_path / "in", files)
    assert {(r.student, r.state) for r in receive(course, MODULE, origin)} == {("ada", "new"), ("bob", "new")}
    put(origin, {f"Class/cleo/{MODULE}.ipynb": work(3)})  # without a receipt: she is not passed over
    assert [r.state for r in receive(course, MODULE, origin)] == ["held"]


def test_a_learner_does_not_set_the_time_of_handing_in(tmp_path: Path) -> None:
    stamp = b"2020-01-01 00:00:00 UTC"
    ada = {f"{MODULE}.ipynb": work(1), "timestamp.txt": stamp, "data/timestamp.txt": b"hers"}
    inbound = f"ben+{MODULE}+2026-11-20 12:00:00 UTC"
    files = {f"Ada_1_assignsubmission_file_/{n}": c for n, c in ada.items()}
    files["cleo.zip"] = zipped(ada | {f"{MODULE}.ipynb": work(3)})
    course = tmp_path / "course"
    found = receive(course, MODULE, put(tmp_path / "in", files))
    assert all(r.state == "new" and "timestamp.txt was left out" in r.note for r in found)
    receive(
        course, MODULE, put(tmp_path / "x", {f"{inbound}/{MODULE}.ipynb": work(2), f"{inbound}/timestamp.txt": stamp})
    )
    assert [p.parent.parent.name for p in (course / "submitted").glob(f"*/{MODULE}/timestamp.txt")] == ["ben"]
    assert (course / f"submitted/Ada/{MODULE}/data/timestamp.txt").read_bytes() == b"hers"


def test_names_in_a_zip_that_does_not_say_it_is_utf8(tmp_path: Path) -> None:
    made = zipped({f"Jos??_1_assignsubmission_file_/{MODULE}.ipynb": work(1)})
    (tmp_path / "in.zip").write_bytes(made.replace(b"Jos??", "José".encode()))
    assert states(tmp_path / "course", tmp_path / "in.zip") == {"José_1_assignsubmission_file_": ("José", "new")}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders")
def test_what_is_no_file_or_cannot_be_read_is_said_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course, bob = tmp_path / "course", tmp_path / f"course/submitted/bob/{MODULE}"
    (bob / "notes.ipynb").mkdir(parents=True)
    (bob / "x.ipynb").symlink_to(bob / "nowhere")
    origin = put(tmp_path / "in", {"ada.ipynb": work(1), f"bob/{MODULE}.ipynb": work(2)})
    (origin / "cleo").mkdir()
    os.mkfifo(origin / "cleo" / f"{MODULE}.ipynb")
    found = {r.name: r for r in receive(course, MODULE, origin)}
    assert {n: r.state for n, r in found.items()} == {"ada.ipynb": "new", "bob": "waiting", "cleo": "refused"}
    assert "neither a file nor a folder" in found["cleo"].note
    plain = Path.read_bytes

    def closed(path: Path) -> bytes:
        if path.name == shut.name and path.parent == shut.parent:
            raise PermissionError(13, "Permission denied", str(path))
        return plain(path)

    monkeypatch.setattr(Path, "read_bytes", closed)
    shut = origin / "ada.ipynb"
    assert "ada.ipynb cannot be read: Permission denied." in receive(course, MODULE, origin)[0].note
    shut = course / f"submitted/ada/{MODULE}/{MODULE}.ipynb"
    with pytest.raises(CourseError, match="cannot be read: Permission denied"):
        receive(course, MODULE, origin)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere names of files are Unicode")
def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    other = os.fsdecode(b"caf\xe9")
    origin = put(tmp_path / "in", {f"{other}/{MODULE}.ipynb": work(1), f"d\udce8/{MODULE}.ipynb": work(1)})
    found = receive(tmp_path / "course", MODULE, put(origin, {f"ada/{MODULE}.ipynb": work(2)}))
    assert {(r.student, r.state) for r in found} == {("ada", "new"), ("café", "held"), ("dè", "held")}
    put(tmp_path / "c2/submitted", {f"{other}/{MODULE}/{MODULE}.ipynb": work(1)})
    found = receive(tmp_path / "c2", MODULE, put(tmp_path / "in2", {"eve.ipynb": work(1)}))
    assert found[0].note.isprintable() and "as that of caf" in found[0].note


def test_an_older_file_does_not_replace_a_newer_one(tmp_path: Path) -> None:
    course = tmp_path / "course"
    receive(course, MODULE, put(tmp_path / "a", {"x.zip": handed_in(tmp_path, "ada", work(2), 5)}))
    (old,) = receive(
        course, MODULE, put(tmp_path / "b", {"y.zip": handed_in(tmp_path, "ada", work(1), 1)}), update=True
    )
    assert old.state == "older" and (course / f"submitted/ada/{MODULE}/{MODULE}.ipynb").read_bytes() == work(2)
    assert Path(re.search(r"kept in (\S+)\.( |$)", old.note)[1], f"{MODULE}.ipynb").read_bytes() == work(1)


def test_anonymous_uploads_are_known_by_their_receipt_only(tmp_path: Path) -> None:
    files = {
        "Participant_31_assignsubmission_file_/a.zip": handed_in(tmp_path, "ada", work(1)),
        f"Participant_32_assignsubmission_file_/{MODULE}.ipynb": work(2),
    }
    found = states(tmp_path / "course", put(tmp_path / "in", files))
    assert found == {"Participant_31_assignsubmission_file_": ("ada", "new"), "Participant_32_assignsubmission_file_": ("", "refused")}  # fmt: skip


def test_a_folder_of_clones_is_a_folder_of_hand_ins(tmp_path: Path) -> None:
    """Learners who use git put the file of `submit`, or their notebook, into a repository of their own."""
    for who, n in (("ada", 1), ("ben", 2)):
        repo = tmp_path / "clones" / who
        made = handed_in(tmp_path, who, work(n))
        put(repo, {"hand-ins/m1.zip": made} if who == "ada" else {f"workspace/{MODULE}/{MODULE}.ipynb": work(n)})
        put(repo, {"README.md": b"My work\n", f"release/{MODULE}/{MODULE}.ipynb": work(0)})
        for words in (
            ["init", "-q"],
            ["add", "-A"],
            ["-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "x"],
        ):
            subprocess.run(["git", *words], cwd=repo, check=True)
    assert states(tmp_path / "course", tmp_path / "clones") == {"ada": ("ada", "new"), "ben": ("ben", "new")}
    for who, n in (("ada", 1), ("ben", 2)):
        assert (tmp_path / f"course/submitted/{who}/{MODULE}/{MODULE}.ipynb").read_bytes() == work(n)


@pytest.mark.parametrize(
    ("text", "says"),
    [("", "no column"), ("a,b\n1,2\n", "no column"), ("learner,name\n", "names no learner"), ("learner,name\nada,A\nAda,B\n", "twice"), ("learner\nada" + "a" * 140_000, "damaged or no table"), ("learner\nada".encode("utf-16")[:-1], "damaged or no table")],
)  # fmt: skip
def test_a_roster_that_is_none(tmp_path: Path, text: str | bytes, says: str) -> None:
    (tmp_path / "r.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(CourseError, match=says):
        read_roster(tmp_path / "r.csv")


# --- feedback goes back -------------------------------------------------------------------------------------------


def test_feedback_goes_back_under_the_names_of_the_platform(tmp_path: Path) -> None:
    course = tmp_path / "course"
    files = {
        f"lovelaceada_LATE_4711_90001_{MODULE}-1.ipynb": work(1),
        f"Ben Ode_88_assignsubmission_file_/{MODULE}.ipynb": work(2),
        f"John Q. Public_1234_assignsubmission_file_/{MODULE}.ipynb": work(5),
        "cleo.ipynb": work(3),
        "dan.ipynb": work(4),
    }
    receive(course, MODULE, put(tmp_path / "in", files))
    with pytest.raises(CourseError, match="There is no feedback"):
        give_back(course, MODULE, tmp_path / "out")
    students = sorted(p.parent.name for p in (course / "submitted").glob(f"*/{MODULE}"))
    assert students == ["Ben_Ode", "John_Q._Public", "cleo", "dan", "lovelaceada_4711"]
    put(course / "feedback", {f"{s}/{MODULE}/{MODULE}.html": s.encode() for s in students if s != "dan"})
    given = give_back(course, MODULE, tmp_path / "out")
    expected = {
        f"lovelaceada_LATE_4711_90001_{MODULE}-1.html": b"lovelaceada_4711",
        f"Ben Ode_88_assignsubmission_file_/{MODULE}.html": b"Ben_Ode",
        f"John Q. Public_1234_assignsubmission_file_/{MODULE}.html": b"John_Q._Public",
        f"cleo_{MODULE}.html": b"cleo",
    }
    assert {n: (tmp_path / "out" / n).read_bytes() for n in expected} == expected
    with zipfile.ZipFile(given.archive) as archive:
        assert {n: archive.read(n) for n in archive.namelist()} == expected
    assert given.missing == ["dan"]


def test_a_notebook_with_a_byte_order_mark_and_a_zip_without_a_name_are_read(tmp_path: Path) -> None:
    inner = zipped({f"{MODULE}.ipynb": b"\xef\xbb\xbf" + work(1)})
    assert states(tmp_path / "c", put(tmp_path / "in", {"ada": inner})) == {"ada": ("ada", "new")}
