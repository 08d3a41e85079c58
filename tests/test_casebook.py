"""The case book: ten stories, each with records of the world, none of them a graded item's, and where they go on."""

from __future__ import annotations

import re

import pytest
from conftest import MODULES

from coursekit.handbook import casebook
from coursekit.items import ROOT, load_module
from coursekit.prose import reading_grade
from priorauth import data

CASES = casebook.cases()
WRITTEN = {int(name[-2:]) for name in MODULES}


def test_there_are_five_stories_about_drugs_and_five_about_services() -> None:
    assert [c.number for c in CASES] == list(range(1, 11))
    assert [c.kind for c in CASES] == ["drug"] * 5 + ["service"] * 5
    assert len({c.rule for c in CASES}) == 10


def test_the_stories_are_plain_to_read() -> None:
    grade = reading_grade("\n\n".join(c.story + "\n" + c.lesson for c in CASES))
    print(f"\nreading grade of the stories: {grade:.1f}")
    assert grade <= 10


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.rule)
def test_each_story_has_its_records(case: casebook.Case) -> None:
    found = casebook.records()[case.number]
    assert len(found) == (2 if case.rule in ("duplicate", "urgent_or_not") else 1)
    requests = data.load("requests").set_index("request_id")
    for record in found:
        assert record.request_id in requests.index
        assert len(record.log) >= 2 and record.rows
        print(f"\n{case.number} {record.request_id} {record.words}")


def test_no_record_of_a_graded_item_is_told() -> None:
    used = casebook.in_items()
    assert len(used) > 100
    for records in casebook.records().values():
        for record in records:
            told = {record.request_id, *re.findall(r"\b[A-Z]{3}-\d{6}\b", " ".join(record.rows))}
            assert not told & used


def test_the_records_fit_the_stories() -> None:
    """Read again from the public tables, in another way than the rules do."""
    requests = data.load("requests").set_index("request_id")
    lines = data.load("request_lines").drop_duplicates("request_id").set_index("request_id")
    events = data.load("events")
    ids = {c.rule: [r.request_id for r in casebook.records()[c.number]] for c in CASES}

    def said(request_id: str) -> str:
        return " ".join(events.loc[events["request_id"] == request_id, "event"])

    assert requests.loc[ids["wrong_code"][0], "state"] == "approved" and "pended" in said(ids["wrong_code"][0])
    assert not lines.loc[ids["wrong_code"][0], "icd10"].startswith("E11")  # a diabetes drug, another illness's code
    assert requests.loc[ids["step_elsewhere"][0], "reason_code"] == "step_therapy_not_met"
    assert requests.loc[ids["off_label"][0], "decision"] == "denied"
    assert {requests.loc[i, "urgency"] for i in ids["urgent_or_not"]} == {"expedited"}
    assert requests.loc[ids["quantity"][0], "reason_code"] == "quantity_limit"
    assert said(ids["scan_reversed"][0]).endswith("reversed_after_p2p")
    assert lines.loc[ids["wheelchair"][0], "code"] in ("K0823", "K0856")
    assert requests.loc[ids["rehabilitation"][0], "state"] == "overturned"
    early, late = ids["duplicate"]
    assert requests.loc[early, "member_id"] == requests.loc[late, "member_id"]
    assert requests.loc[early, "submitted_at"] < requests.loc[late, "submitted_at"]
    assert "not paid, reason 197" in " ".join(casebook.records()[10][0].rows)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.rule)
def test_the_places_where_a_story_goes_on_exist(case: casebook.Case) -> None:
    assert len(case.continues) >= 3
    for step in case.steps(WRITTEN):
        name = f"module_{casebook.module_of(step):02d}"
        text = (ROOT / "notebooks" / name / f"{name}.md").read_text(encoding="utf-8")
        assert re.search(rf"^## {re.escape(step['section'])} ", text, re.M), step
        known = {i.id for i in load_module(name).items}
        assert set(step["items"]) <= known and step["items"], step
    assert set(case.to_come(WRITTEN)).isdisjoint(WRITTEN)


def test_every_module_takes_up_a_story() -> None:
    assert {casebook.module_of(step) for case in CASES for step in case.continues} == set(range(1, 13))
