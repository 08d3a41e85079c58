"""Every item of every module: what earns points, what does not, and what each wrong answer is told."""

from __future__ import annotations

import csv
import functools
import importlib
import json

import pytest
from conftest import MODULES, compiled_module
from typer.testing import CliRunner

from coursekit import cli, guessing, mark, soundness
from coursekit.items import ROOT, load_module
from priorauth import answers, facts

ITEMS = [(name, item.id) for name in MODULES for item in load_module(name).items]


def compiled(name: str, item_id: str):
    return next(c for c in compiled_module(name) if c.item.id == item_id)


@functools.cache
def probed(name: str, item_id: str) -> list[soundness.Probe]:
    """The probes of an item, made once for its own test and the module's report."""
    return soundness.probes(compiled(name, item_id))


@pytest.mark.parametrize(("name", "item_id"), ITEMS, ids=[i for _, i in ITEMS])
def test_item_is_sound(name: str, item_id: str) -> None:
    """Blank 0, model full, accepted forms full, misconceptions capped and answered, guesses 0, mutants caught."""
    found = probed(name, item_id)
    assert len(found) >= 5
    assert not [f"{p.kind} ({p.what}): {p.points:g} of {p.max_points:g}. {p.why}" for p in found if not p.sound]


@pytest.mark.parametrize("name", MODULES)
def test_report_is_printed(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    report = soundness.report(name, probe=lambda c: probed(name, c.item.id))
    with capsys.disabled():
        print("\n" + report.lines()[0])
    assert report.catch_rate == 100 and report.false_reject_rate == 0


@pytest.mark.parametrize(("name", "item_id"), ITEMS, ids=[i for _, i in ITEMS])
def test_misconceptions_are_told_apart(name: str, item_id: str) -> None:
    """Each reject with a message gets that message, and no reject is right by accident."""
    c = compiled(name, item_id)
    for reject, stored in zip(c.item.rejects, c.data["rejects"], strict=True):
        result = mark.mark(c.data, stored["answer"])
        assert result.outcome in (mark.WRONG, mark.PARTLY, mark.UNREADABLE), reject.misconception
        if reject.message:
            start = reject.message.split("{id}")[0].strip() or reject.message.split("{id}")[1].strip()
            assert start[:30].casefold() in result.report().casefold(), reject.misconception


@pytest.mark.parametrize(("name", "item_id"), ITEMS, ids=[i for _, i in ITEMS])
def test_graded_facts_may_be_graded(name: str, item_id: str) -> None:
    for fact in compiled(name, item_id).item.facts:
        assert facts.gradable(fact), f"{item_id} rests on {fact}, which may not be graded"


CASES = [(n, i) for n, i in ITEMS if load_module(n).item(i).key == "casework"]


@pytest.mark.parametrize(("name", "item_id"), CASES, ids=[i for _, i in CASES])
def test_key_by_a_second_route(name: str, item_id: str) -> None:
    """The key computed from the world equals the key computed in plain Python from the public CSV files."""
    c = compiled(name, item_id)
    route = importlib.import_module(f"second_route.{name}")
    again = getattr(route, c.item.answer_name)(tables(), list(c.case.records))
    form = c.data["form"]
    first = answers.read(form, answers.plain(c.model))
    second = answers.read(form, answers.plain(again))
    assert mark.errors_of(c.data, first, second) == set(), item_id
    assert len(first) == len(second) if isinstance(first, (dict, list)) else True


_tables: dict[str, list[dict[str, str]]] = {}


def tables() -> dict[str, list[dict[str, str]]]:
    if not _tables:
        for path in sorted((ROOT / "datasets").glob("*.csv")):
            with path.open(encoding="utf-8", newline="") as file:
                _tables[path.stem] = list(csv.DictReader(file))
        assert len(_tables) > 10
    return _tables


@pytest.mark.parametrize("name", MODULES)
def test_casework_draws_on_varied_records(name: str) -> None:
    """No key hangs on one record, and the answers to choose from really occur."""
    for c in compiled_module(name):
        if c.item.kind in ("mapping", "match") and c.case:
            firsts = [v[0] if isinstance(v, (list, tuple)) else v for v in c.model.values()]
            assert len(c.case.records) >= 6 and len(set(firsts)) >= 3, c.item.id


@pytest.mark.parametrize("name", MODULES)
def test_tricks_earn_little(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Someone who understands nothing stays under 40 % of the points, even if she knew which trick is best."""
    found = guessing.report(name, list(compiled_module(name)))
    with capsys.disabled():
        print("\n" + found.lines()[0])
    assert len(found.items) == len(load_module(name).items)
    assert sum(len(g.tricks) for g in found.items) > 100
    assert found.share < found.angel_share < guessing.MAY_EARN


def test_tricks_find_a_column_that_holds_the_answer() -> None:
    """A leak that is planted on purpose earns full points, so that a real one would show."""
    import pandas as pd

    c = next(
        c
        for c in compiled_module(MODULES[0])
        if c.data["form"]["kind"] == "mapping" and c.item.labels and not c.data["form"].get("pair")
    )
    leak = pd.DataFrame({"record": list(c.model), "note": [f"see: {v}" for v in c.model.values()]})
    assert guessing._guess(c, {}).best.points < c.item.points
    best = guessing._guess(c, {"leak": leak}).best
    assert (best.name, best.points) == ("the labels in leak.note", c.item.points)


def test_items_as_data_say_what_the_table_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """`course.py items --json`: rates, mutants and tricks, and nothing of them is missing."""
    monkeypatch.setattr("coursekit.build.compile.compile_module", lambda module, _: list(compiled_module(module.name)))
    monkeypatch.setenv("COLUMNS", "160")
    table, data = (CliRunner().invoke(cli.app, ["items", MODULES[0], *more]) for more in ([], ["--json"]))
    assert table.exit_code == data.exit_code == 0
    (found,) = json.loads(data.stdout)
    tricks = found["guessing"]
    assert (found["module"], found["catch_rate"], found["false_reject_rate"]) == (MODULES[0], 100, 0)
    assert (
        found["mutants"] == sum(p["kind"] == "mutant" for p in found["probes"]) > 0 and not found["surviving_mutants"]
    )
    assert f"0 of {found['mutants']} mutants survived" in table.stdout
    assert f"earn {tricks['share']:.0%} on average, {tricks['angel_share']:.0%} if" in table.stdout
    assert list(tricks["items"]) == [i.id for i in load_module(MODULES[0]).items]
    for item, guess in tricks["items"].items():
        assert guess["best"]["points"] == max((t["points"] for t in guess["tricks"]), default=0)
        assert not guess["best"]["points"] or f"{item}: {guess['best']['name']} earns" in table.stdout
