"""Mangled uploads by the hundred: each is accepted or refused with a sentence, and no work goes to another learner."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import pytest
from mangled import KINDS, MODULE, mangled_class

from coursekit.grading.collect import parse_time
from coursekit.grading.receive import receive
from coursekit.grading.roster import read_roster

TAKEN = ("new",)
STATES = {"new", "doubled", "older", "held", "refused", "skipped"}


@pytest.mark.parametrize(
    ("layout", "seed", "uploads", "as_zip"),
    [("canvas", 1, 200, True), ("moodle", 2, 200, False), ("brightspace", 3, 60, True), ("blackboard", 4, 60, False)],
)
def test_every_mangled_upload_is_accepted_or_refused_and_none_is_mixed_up(
    tmp_path: Path, layout: str, seed: int, uploads: int, as_zip: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("PRIORAUTH_LEARNER", "JUPYTERHUB_USER"):
        monkeypatch.delenv(variable, raising=False)
    made = mangled_class(tmp_path, seed, layout, uploads)
    assert len(made.cases) >= uploads and {c.kind.split(":")[0] for c in made.cases} == set(KINDS)
    roster = read_roster(made.roster())
    course = tmp_path / "course"
    report = receive(course, MODULE, made.lay_out(as_zip), roster=roster)

    # each upload has its sentence
    by_name: dict[str, list] = {}
    for row in report:
        assert row.state in STATES
        assert row.state in TAKEN or row.note.rstrip().endswith("."), row
        by_name.setdefault(row.name, []).append(row)
    table: Counter[tuple[str, str]] = Counter()
    wrong = []
    for case in made.cases:
        rows = by_name[case.name]
        table[case.kind, case.state] += 1
        here = [c for c in made.cases if c.name == case.name]  # Moodle has one folder for each learner
        got = sorted(r.state for r in rows)
        as_asked = got == sorted(c.state for c in here)
        if case.kind == "uploaded twice" and not as_asked:  # in two places: either of them is the one that is taken
            as_asked = len(here) == 1 and got[0] in ("new", "doubled")
        if not as_asked or not any(case.says in r.note for r in rows):
            wrong.append((case, rows))
    assert not wrong, wrong[:3]
    assert by_name.keys() == {c.name for c in made.cases}, "rows without an upload"

    # nobody has the work of another, and of two versions the newer one counts
    stored = {p.parent.parent.name: p for p in sorted((course / "submitted").glob(f"*/{MODULE}/{MODULE}.ipynb"))}
    assert len(stored) > uploads / 3
    ids = {p.id for p in made.people}
    for student, path in stored.items():
        content = path.read_bytes()
        assert student in ids
        assert made.owner.get(content, student) == student, f"{student} has the notebook of another"
        if student in made.newest:
            assert content == made.newest[student]
    assert {s for s in made.newest} == {s for s in stored if s in made.newest}, "somebody's accepted work is missing"
    older = list((course / "submitted" / ".collect").glob(f"*/{MODULE}.ipynb"))
    assert len(older) == sum(n for (_, state), n in table.items() if state == "older") > 0

    # a second run changes nothing
    def tree() -> dict[str, str]:
        return {p.relative_to(course).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in course.rglob("*") if p.is_file()}  # fmt: skip

    before = tree()
    again = receive(course, MODULE, made.folder / ("download.zip" if as_zip else "download"), roster=roster)
    assert tree() == before and not [r for r in again if r.state in ("new", "replaced")]

    print(f"\n{layout}, seed {seed}: {len(made.cases)} uploads, {len(made.people)} learners, {len(stored)} stored")
    for (kind, state), n in sorted(table.items()):
        print(f"  {kind:<48} {state:<8} {n}")


def test_times_of_handing_in_come_from_the_receipt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JUPYTERHUB_USER", raising=False)
    made = mangled_class(tmp_path, 5, "canvas", 8)
    receive(tmp_path / "course", MODULE, made.lay_out(False), roster=read_roster(made.roster()))
    stamps = [p.read_bytes() for p in (tmp_path / "course" / "submitted").glob(f"*/{MODULE}/timestamp.txt")]
    assert len(stamps) > 3
    assert {parse_time(s)[0].date().isoformat() for s in stamps} == {"2026-11-20"}
