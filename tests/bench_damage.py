"""Damaged notebooks through the grader and through stock: `python tests/bench_damage.py --number 3000`.

The course is small, as stock needs seconds for each notebook: one item of each kind of Module 1 and the cell that
imports `check`. The set is the same each time: every rule in every form in turn, then several rules at once, then
files that were cut off (tests/damage.py). All go through `course.py grade`'s functions first, then through
`nbgrader autograde`, a batch at a time, as long as `--seconds` allow. An answer survives when every line of it still
stands in the file. The table says how many notebooks could be graded and how many surviving answers earned less.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).parent))

from conftest import MODULES, compiled_module  # noqa: E402
from course_folders import new_course, scores  # noqa: E402
from damage import FORMS, RULES  # noqa: E402
from same_as_stock import nbgrader  # noqa: E402

from coursekit.grading import runners  # noqa: E402
from coursekit.grading.edition import Edition, edition  # noqa: E402
from coursekit.grading.run import Graded, Settings, grade_module  # noqa: E402

MODULE = MODULES[0]
ITEMS = ("m01-c1", "m01-c2", "m01-c6", "m01-c7", "m01-w1", "m01-q1", "m01-q2", "m01-q6")
SET_UP = "from priorauth.check import check"
CUTTABLE = ("as_saved", "as_bom", "as_lists")
BATCH = 100


@dataclass
class Damaged:
    """One damaged notebook: how it was damaged, the file, and the items whose answers still stand in it."""

    name: str
    rules: tuple[str, ...]
    raw: bytes
    survived: set[str] = field(default_factory=set)


def answers() -> dict[str, str]:
    """A right answer to each item, in three lines, so that it can be cut apart."""
    found = {}
    for c in compiled_module(MODULE):
        if c.item.id in ITEMS:
            name = c.item.answer_name
            value = c.solution if c.item.kind == "written" else f"{name} = {c.model!r}"
            found[c.item.id] = f"# {name}: my answer\n{value.strip()}\n{name} = {name}  # {name} is done"
    return found


def small_course(root: Path) -> Path:
    """A course folder whose Module 1 has a set-up cell and `ITEMS`, for both ways of grading."""
    new_course(root, MODULE)
    path = root / "source" / MODULE / f"{MODULE}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    parts = tuple(f"{i}{end}" for i in ITEMS for end in ("", "-prompt", "-check", "-text"))
    cells = [c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id", "") in parts]
    set_up = {"cell_type": "code", "id": "set-up", "metadata": {}, "outputs": [], "execution_count": None}
    notebook["cells"] = [set_up | {"source": SET_UP}, *cells]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    nbgrader(root, "generate_assignment", MODULE)
    return root


@contextmanager
def small_edition(root: Path) -> Iterator[Edition]:
    """Let the grader grade by the small course."""
    known = edition(MODULE, root)
    own = {name: {i: getattr(known, name)[i] for i in ITEMS} for name in ("items", "public")}
    known = replace(known, **own)
    with mock.patch("coursekit.grading.run.edition", lambda _: known):
        with mock.patch("coursekit.grading.copies.edition", lambda _: known):
            yield known
            runners.close_all()


def damaged_set(root: Path, number: int) -> list[Damaged]:
    """An undamaged notebook, then the set, in an order by chance, so that any first part of it is a fair sample."""
    release = json.loads((root / "release" / MODULE / f"{MODULE}.ipynb").read_text(encoding="utf-8"))
    for cell in release["cells"]:
        cell["source"] = "".join(cell["source"])
    sound = copy.deepcopy(release)
    given = answers()
    for cell in sound["cells"]:
        cell["source"] = given.get(cell["metadata"].get("nbgrader", {}).get("grade_id"), cell["source"])
    sound["release"] = release["cells"]
    single = [((rule,), form) for rule in RULES for form in FORMS]
    dice = random.Random(5)
    found = []
    for n in range(number):
        cut = None
        if n % 10 < 5:
            rules, form = single[(n // 10 * 5 + n % 10) % len(single)]
        elif n % 10 < 9:
            rules, form = tuple(dice.choices(list(RULES), k=dice.randint(2, 5))), dice.choice(list(FORMS))
        else:
            rules, form, cut = ("cut off",), dice.choice(CUTTABLE), dice.uniform(0.05, 1)
        notebook = copy.deepcopy(sound)
        for rule in rules if cut is None else ():
            RULES[rule](notebook, dice)
        raw = FORMS[form](notebook)
        one = Damaged("", (*rules, form), raw if cut is None else raw[: int(len(raw) * cut)])
        one.survived = _survived(given, notebook, one.raw if cut is not None else b"")
        found.append(one)
    dice.shuffle(found)
    found.insert(0, Damaged("", ("undamaged", "as_saved"), FORMS["as_saved"](sound), set(given)))
    for n, one in enumerate(found):
        one.name = f"d{n:05d}"
    return found


def _survived(given: dict[str, str], notebook: dict, cut: bytes) -> set[str]:
    """Items of which every line stands in a cell; in a file that was cut off, with the check behind it begun."""
    if not cut:
        lines = {line for cell in notebook["cells"] for line in cell["source"].split("\n")}
        return {i for i, text in given.items() if lines >= set(text.split("\n"))}
    text = cut.decode("utf-8", "ignore")
    return {
        i
        for i, answer in given.items()
        if f'"{i}-check"' in text
        and all(json.dumps(line, ensure_ascii=text.isascii())[1:-1] in text for line in answer.split("\n"))
    }


def hand_in(course: Path, damaged: list[Damaged]) -> None:
    for one in damaged:
        path = course / "submitted" / one.name / MODULE / f"{MODULE}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes(one.raw)


def grade_here(root: Path) -> list[Graded]:
    """All that were handed in, by the course's grader."""
    with small_edition(root):
        return grade_module(MODULE, course=root, settings=Settings(workers=1))


def full_points() -> dict[str, float]:
    """Points of each item when it is right."""
    return {f"{c.item.id}-check": c.data["points"] for c in compiled_module(MODULE) if c.item.id in ITEMS}


@dataclass
class Lost:
    """What became of some damaged notebooks."""

    notebooks: int = 0
    not_graded: int = 0
    survived: int = 0  # answers
    less: list[str] = field(default_factory=list)  # surviving answers that earned less than full points

    def add(self, one: Damaged, rows: dict[str, tuple] | None, full: dict[str, float]) -> None:
        self.notebooks += 1
        self.not_graded += rows is None
        self.survived += len(one.survived)
        for item in sorted(one.survived):
            if (rows or {}).get(f"{item}-check", (0,))[0] != full[f"{item}-check"]:
                self.less.append(f"{one.name} {item} {' '.join(one.rules)}")


def lost(damaged: list[Damaged], root: Path, one_rule: bool) -> Lost:
    """Compare a gradebook with what survived, for notebooks damaged by one rule or by several."""
    found, full, got = Lost(), full_points(), scores(root, MODULE)
    for one in damaged:
        if one_rule == (len(one.rules) == 2):
            rows = got.get(one.name)
            done = (root / "autograded" / one.name / MODULE / f"{MODULE}.ipynb").exists()
            found.add(one, rows if done else None, full)
    return found


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--number", type=int, default=3000)
    words.add_argument("--seconds", type=float, default=2400, help="no new batch of stock after so many")
    words.add_argument("--batch", type=int, default=BATCH)
    asked = words.parse_args()
    with tempfile.TemporaryDirectory(prefix="damage-") as folder:
        ours, stock = (small_course(Path(folder) / kind) for kind in ("ours", "stock"))
        damaged = damaged_set(ours, asked.number)
        start = time.perf_counter()
        hand_in(ours, damaged)
        done = grade_here(ours)
        print(f"{len(damaged)} damaged notebooks, the course's grader: {time.perf_counter() - start:.0f} s")
        said = [g for g in done if g.problem]
        print(
            f"  {len(done) - len(said)} graded; a sentence for {len(said)}, such as: {said[0].problem if said else '-'}"
        )
        _show("course", damaged, ours)
        start, tried = time.perf_counter(), 0
        while tried < len(damaged) and time.perf_counter() - start < asked.seconds:
            _stock_batch(stock, damaged[tried : tried + asked.batch])
            tried = min(tried + asked.batch, len(damaged))
            print(f"\nthe first {tried} of them, stock: {time.perf_counter() - start:.0f} s")
            _show("stock", damaged[:tried], stock)
            _show("course", damaged[:tried], ours)
        print("\nstock, damaged by one rule: notebooks, not graded, surviving answers that earned less")
        _by_kind(damaged[:tried], stock)
        sound = Lost()
        for root in (ours, stock):
            sound.add(damaged[0], scores(root, MODULE).get(damaged[0].name), full_points())
    return int(bool(said or sound.less))


def _stock_batch(course: Path, damaged: list[Damaged]) -> None:
    """Stock grades what it can; it ends with an error when it could not grade all, and would try those each time."""
    shutil.rmtree(course / "submitted", ignore_errors=True)
    hand_in(course, damaged)
    subprocess.run([sys.executable, "-m", "nbgrader", "autograde", MODULE], cwd=course, capture_output=True)


def _show(who: str, damaged: list[Damaged], course: Path) -> None:
    for kind, one_rule in (("one rule, or cut off", True), ("2 to 5 rules", False)):
        found = lost(damaged, course, one_rule)
        print(f"  {who:7} {kind:21} {found.notebooks:5} notebooks, {found.not_graded:4} could not be graded; "
              f"{found.survived:6} answers survived, {len(found.less):5} earned less", flush=True)  # fmt: skip
        for line in found.less[:6] if who == "course" else []:
            print(f"      {line}", flush=True)


def _by_kind(damaged: list[Damaged], course: Path) -> None:
    """For each single rule, and for each form: notebooks, those that could not be graded, answers that earned less."""
    kinds = dict.fromkeys(part for one in damaged if len(one.rules) == 2 for part in one.rules)
    for kind in sorted(kinds):
        found = lost([one for one in damaged if kind in one.rules], course, True)
        print(f"      {kind:20} {found.notebooks:5} {found.not_graded:5} {len(found.less):6} of {found.survived}")


if __name__ == "__main__":
    sys.exit(main())
