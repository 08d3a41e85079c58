"""Forms of the final exam: the blueprint, the seed, overlap, solving, guessing, release without keys."""

from __future__ import annotations

import itertools
import json
import random
import statistics
import time
from collections import Counter
from pathlib import Path

import pytest
from exam_bank import stand_in

from coursekit import mark
from coursekit.errors import CourseError
from coursekit.exam import alike, notebook
from coursekit.exam.bank import load_bank
from coursekit.exam.blueprint import AREA_OF, load_blueprint
from coursekit.exam.compiled import compile_form
from coursekit.exam.form import Form, draw_form, draw_practice, fits, module_of, overlap, shortage
from coursekit.exam.templates import ComputedItem
from coursekit.items import ROOT, load_module, written_modules

SEEDS = 200
GUESSERS = 1000


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course itself; a stand-in bank as long as its own one is not complete."""
    return stand_in(tmp_path_factory.mktemp("exam")) if shortage(ROOT) else ROOT


@pytest.fixture(scope="module")
def forms(root: Path) -> list[Form]:
    return [draw_form(seed, root) for seed in range(SEEDS)]


def test_bank_is_counted(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At least 300 questions, at least 60 of them computed."""
    from coursekit.exam.computed import computed_items

    written, made = load_bank(root), computed_items()
    assert len(written) + len(made) >= 300 and len({i.template for i in made}) >= 60
    rows = [*((i, "written") for i in written), *((i, "computed") for i in made)]
    with capsys.disabled():
        print("\nItem bank" + ("" if root == ROOT else " (stand-in for the written questions)"))
        print("  by source", dict(Counter(s for _, s in rows)), "templates", len({i.template for i in made}))
        print("  by area", dict(Counter(AREA_OF[module_of(i)] for i, _ in rows)))
        print("  by module", dict(Counter(module_of(i) for i, _ in rows)))
        print("  by kind", dict(Counter(i.kind for i, _ in rows)))


def test_blueprint_is_met_by_every_form(root: Path, forms: list[Form]) -> None:
    plan = load_blueprint(root)
    for form in forms:
        assert fits(plan, list(form.questions))
        areas = Counter(AREA_OF[module_of(q)] for q in form.questions)
        assert set(areas.values()) == {20}
        assert [t.id for t, _ in form.tasks] == list(plan.tasks)
        assert sum(len(s) for _, s in form.tasks) == 40


def test_two_forms_share_little(forms: list[Form], capsys: pytest.CaptureFixture[str]) -> None:
    shares = [overlap(a, b) for a, b in itertools.combinations(forms, 2)]
    with capsys.disabled():
        print(f"\nOverlap of {len(shares)} pairs: mean {statistics.fmean(shares):.3f}, most {max(shares):.2f}")
    assert max(shares) < 0.35


def test_same_seed_same_form(root: Path, forms: list[Form]) -> None:
    again = draw_form(7, root)
    assert again == forms[7] and again.ids != forms[8].ids
    texts = [notebook.public_text("x", compile_form(f)) for f in (again, forms[7])]
    assert texts[0] == texts[1]


def test_a_form_is_drawn_quickly(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start = time.process_time()
    for seed in range(1000, 1020):
        draw_form(seed, root)
    each = (time.process_time() - start) / 20
    with capsys.disabled():
        print(f"\nDrawing a form: {1000 * each:.0f} ms")
    assert each < 0.5


def test_shuffling_keeps_the_key(root: Path, forms: list[Form]) -> None:
    """The letters of a form point to the same texts as in the bank."""
    known = {i.id: i for i in load_bank(root)}
    for question in (q for f in forms[:20] for q in f.questions if q.id in known and q.options):
        bank = known[question.id]
        if question.kind != "true_false":
            assert {question.options[k].text for k in question.right_letters} == {
                bank.options[k].text for k in bank.right_letters
            }


def test_five_forms_are_solved_by_their_model_answers(forms: list[Form]) -> None:
    for form in forms[:5]:
        names: dict[str, object] = {}
        parts = compile_form(form)
        for part in parts:
            exec(part.solution, names)
        got = {p.id: mark.mark(p.data, names[p.data["answer_name"]]).points for p in parts}
        assert sum(got.values()) == 140, [k for p in parts if got[k := p.id] < p.data["points"]]
        blank: dict[str, object] = {}
        for part in parts:
            exec(part.starter, blank)
        assert sum(mark.mark(p.data, blank[p.data["answer_name"]]).points for p in parts) == 0


def _guess(part, dice: random.Random) -> object:
    """What somebody writes who reads only the choices: letters, labels, and things that stand in the question."""
    form = part.data["form"]
    if form["kind"] == "single":
        return dice.choice(form["options"])
    if form["kind"] == "multiple":
        return [o for o in form["options"] if dice.random() < 0.5] or form["options"][:1]
    if form["kind"] == "true_false":
        return dice.random() < 0.5
    if form["kind"] == "numeric":
        return dice.randrange(0, 100) if form["as"] == "number" else "2026-06-15"
    seconds = [v[1] for v in part.data["key"].values()] if form["pair"] else []
    labels = form["labels"] or [1, 10, 20, 40]
    return {r: [dice.choice(labels), dice.choice(seconds)] if seconds else dice.choice(labels) for r in form["records"]}


def test_blind_guessing_does_not_pass(forms: list[Form], capsys: pytest.CaptureFixture[str]) -> None:
    """A guesser who even knows the second halves of all pairs stays far below 70 %."""
    totals: list[tuple[float, float]] = []
    compiled = [compile_form(f) for f in forms[:5]]
    for n in range(GUESSERS):
        dice = random.Random(f"guesser {n}")
        a = b = 0.0
        for part in compiled[n % 5]:
            points = mark.mark(part.data, _guess(part, dice)).points
            a, b = (a + points, b) if part.area else (a, b + points)
        totals.append((a, 100 * b / 40))
    for name, shares in zip("AB", zip(*totals, strict=True), strict=True):
        mean, spread, high = statistics.fmean(shares), statistics.pstdev(shares), sorted(shares)[int(0.99 * GUESSERS)]
        with capsys.disabled():
            print(f"\nGuessing, Part {name}: mean {mean:.1f} %, 99th percentile {high:.1f} %, (70 - mean) / sd = {(70 - mean) / max(spread, 0.1):.1f}")  # fmt: skip
        assert max(shares) < 70 and (70 - mean) / max(spread, 0.1) > 4  # above 4 standard deviations: under 1 in 10,000
    assert not any(a >= 70 and b >= 70 for a, b in totals)


def test_practice_exams_use_other_questions(root: Path, forms: list[Form]) -> None:
    used = frozenset().union(*(f.ids for f in forms))
    for seed in range(40):
        items = draw_practice(seed, root)
        assert len(items) == 25 == len({i.id for i in items})
        assert not {i.id for i in items} & used
        assert set(Counter(AREA_OF[module_of(i)] for i in items).values()) == {5}


def test_computed_questions_stand_in_for_missing_ones(tmp_path: Path) -> None:
    """A bank without some modules still gives whole forms, and says what is missing."""
    stand_in(tmp_path)
    for name in ("module_03.yaml", "module_10.yaml"):
        (tmp_path / "notebooks" / "final_exam" / "bank" / name).unlink()
    words = shortage(tmp_path)
    assert len(words) == 2 and "0 of 3 written questions" in words[0] and "Module 10" in words[1]
    plan = load_blueprint(tmp_path)
    for seed in range(20):
        form = draw_form(seed, tmp_path)
        assert len(form.ids) == 100
        assert Counter(map(module_of, form.questions)) == {m: q.questions for m, q in plan.modules.items()}
        assert len(draw_practice(seed, tmp_path)) == 25


def test_without_a_bank_there_is_no_exam(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="has no final exam"):
        draw_form(1, tmp_path)


def test_no_question_of_the_bank_is_in_a_quiz() -> None:
    """Near-duplicates: word pairs in common, within the bank and against quizzes and practice questions."""
    assert not [p.words for p in alike.too_alike()]
    texts = {
        " ".join(i.prompt.split()).casefold() for m in written_modules() for i in load_module(m).items if "-q" in i.id
    }
    own = [q for q in load_bank()]
    assert not [q.id for q in own if " ".join(q.prompt.split()).casefold() in texts]


def test_near_duplicates_are_found() -> None:
    one = "A policy holds until June 30. A request is sent on July 1 and received on July 3. Which version counts?"
    two = "A policy holds until May 31. A request is sent on June 1 and received on June 4. Which version counts?"
    known = {"x": one, "y": two, "z": "Who may ask for a peer-to-peer call after a denial of a scan?"}
    found = alike.pairs(known, alike.LIMIT)
    assert [(p.one, p.two) for p in found] == [("x", "y")] and found[0].share > 0.9


def _secrets(part) -> list[str]:
    return [line for line in part.solution.splitlines() if len(line.strip()) > 3 and line not in part.starter]


def test_learners_edition_holds_no_key(forms: list[Form]) -> None:
    parts = compile_form(forms[3])
    made = notebook.exam_notebook("final_exam_1", parts, 180, "2026-11-22T07:00:00+00:00", keys=False)
    text = "\n".join(c["source"] for c in made.cells) + notebook.public_text("final_exam_1", parts)
    assert "award" not in text and "SOLUTION" not in text and "coursekit" not in text
    for part in parts:
        assert not [s for s in _secrets(part) if s in text], part.id
        assert "key" not in json.dumps(part.public)


def test_source_becomes_a_release_without_keys(forms: list[Form], tmp_path: Path) -> None:
    """nbgrader's own edition of a form: no key, no hidden test, every question there."""
    parts = compile_form(forms[4])
    notebook.write_form("final_exam_z", parts, 4, 180, tmp_path) if _has_settings(tmp_path) else None
    text = (tmp_path / "release" / "final_exam_z" / "final_exam_z.ipynb").read_text(encoding="utf-8")
    assert "award(" not in text and "BEGIN SOLUTION" not in text and "coursekit" not in text
    cells = json.loads(text)["cells"]
    names = [c["metadata"]["nbgrader"]["grade_id"] for c in cells if "nbgrader" in c["metadata"]]
    assert len(names) == 3 * 108 == len(set(names))
    sources = "\n".join("".join(c["source"]) for c in cells)
    assert not [s for p in parts for s in _secrets(p) if s in sources]


def _has_settings(folder: Path) -> bool:
    (folder / "nbgrader_config.py").write_bytes((ROOT / "nbgrader_config.py").read_bytes())
    return True


def test_instances_differ_inside_a_template(forms: list[Form]) -> None:
    for form in forms[:30]:
        names = [q.template for q in form.questions if isinstance(q, ComputedItem)]
        assert len(names) == len(set(names)) == 45


BUILT = sorted(p.stem for p in mark.KEYS.glob("final_exam_*.json"))


@pytest.mark.parametrize("name", BUILT)
def test_built_forms_are_whole(name: str) -> None:
    """A form in the repository: every question is released, no key is, and the keys earn all points."""
    keys = mark.compiled(name)
    text = (ROOT / "release" / name / f"{name}.ipynb").read_text(encoding="utf-8")
    ids = {c["metadata"]["nbgrader"]["grade_id"] for c in json.loads(text)["cells"] if "nbgrader" in c["metadata"]}
    assert ids >= {*keys, *(f"{k}-check" for k in keys)} and len(keys) == 108
    assert "award(" not in text and '"key"' not in (ROOT / "release" / name / "form.json").read_text(encoding="utf-8")
    assert sum(mark.mark(k, k["key"]).points for k in keys.values()) == 140
