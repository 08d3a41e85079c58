"""The tools of Module 12 and the plain functions behind them: what they compute, what they show, what their controls do."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from priorauth import careers, data, goldcard, ledger, stays, stories
from priorauth.facts import fact
from priorauth.widgets import base
from priorauth.widgets.auth_ledger import auth_ledger
from priorauth.widgets.career_map import career_map
from priorauth.widgets.goldcard import gold_card_simulator
from priorauth.widgets.stay_reviewer import stay_reviewer


def heard(tool: base.Tool) -> str:
    return base.plain(tool.notice.value)


def seen(tool: base.Tool) -> str:
    return base.plain(tool.result.value)


# --- stays ------------------------------------------------------------------------------------------------------------------


def test_the_lesson_s_stays_follow_the_contract() -> None:
    for stay in stays.lesson_stays():
        head = dict(stay.head)
        order, left = head["Inpatient order"][:10], head["Left"][:10]
        assert all(d.day_id in stays.LESSON and d.why.endswith(".") for d in stay.days)
        assert all(order <= d.date < left for d in stay.days if d.covered), "no day before the order, none of leaving"
        assert not [d for d in stay.days if d.covered and not d.line]
        assert {d.line for d in stay.days if d.line} <= set(stays.SHEET)
    late = [s for s in stays.lesson_stays() if s.late]
    assert [s.name for s in late] == ["X2"]
    assert [d.day_id for d in late[0].days if d.line and not d.covered] == ["X2-1", "X2-2"], (
        "met, and lost by the notice"
    )
    assert [(s.covered, s.first_missing) for s in stays.lesson_stays()] == [(3, "X1-4"), (2, "X2-1"), (3, "X3-3")]


def test_nothing_of_the_lesson_gives_away_the_task() -> None:
    lesson = {d["chart"] for d in stories.rows("lesson_stay_days")}
    task = [d for d in stories.rows("days_to_review")]
    assert len(task) >= 40 and not lesson & {d["chart"] for d in task}
    assert all(set(d) == {"day_id", "stay", "day", "chart"} for d in task), "no column that codes the words"
    assert not {d["day_id"] for d in task} & set(stays.LESSON)


def test_the_stay_reviewer_s_buttons() -> None:
    tool = stay_reviewer()
    tool.yes.click()
    assert heard(tool).startswith("No, X1-1 is not covered. Observation comes before") and "Next, X1-2" in heard(tool)
    tool.yes.click()
    assert heard(tool).startswith("Yes, X1-2 is covered. Heparin runs")
    tool.again.click()
    assert heard(tool).startswith("Stay X1, day X1-1:") and "you:" not in seen(tool)
    tool.stay.value = 1
    for day in stays.lesson_stays()[1].days:
        (tool.yes if day.covered else tool.no).click()
    assert "2 days are covered" in heard(tool) and "You agree with the review on 6 of 6 days" in seen(tool)
    tool.no.click()
    assert heard(tool) == "This stay is finished. Begin again, or choose another stay."


@settings(max_examples=40)
@given(st.integers(0, 2), st.lists(st.booleans(), min_size=1, max_size=8))
def test_whatever_is_pressed_the_review_stays_the_same(which: int, presses: list[bool]) -> None:
    tool = stay_reviewer()
    tool.stay.value = which
    stay = stays.lesson_stays()[which]
    for press in presses:
        tool.answer(press)
    assert len(tool.given) == min(len(presses), len(stay.days))
    assert len(re.findall(r"review: (?:not )?covered", seen(tool))) == len(tool.given)


# --- ledger -----------------------------------------------------------------------------------------------------------------


def test_the_ledger_s_lines_add_up() -> None:
    lines, appointments = ledger.lines(), data.load("appointments")
    first = data.load("request_lines").drop_duplicates("request_id").set_index("request_id")
    assert 60 <= len(lines) <= 120 and lines["request_id"].is_unique and lines["last_day"].is_monotonic_increasing
    assert (lines["days_left"] >= 0).all()
    for row in lines.sample(12, random_state=1).to_dict("records"):
        mine = appointments[appointments["request_id"] == row["request_id"]]
        counted = mine[mine["status"].isin(["done", "booked"])]["units"].sum()
        assert row["units_left"] == first["units_approved"][row["request_id"]] - counted
        assert row["renew_by"] == row["last_day"] - pd.Timedelta(days=14)
    wrong = lines[lines["recorded"] != lines["answered"]]
    print(
        f"{len(lines)} running approvals, {(lines['days_left'] <= 14).sum()} end within 14 days, {len(wrong)} recorded wrongly"
    )
    assert len(wrong) >= 3


def test_the_opening_case_shows_the_slip() -> None:
    case = ledger.opening_case()
    assert case["recorded"] > case["answered"] == case["used"] and case["units_left"] == 0
    assert (ledger.visits(case["request_id"])["status"] == "done").any()
    assert any("the plan answered" in r for r in ledger.remarks(case))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, []),
        ({"recorded": 20}, ["our log says 20 units"]),
        ({"units_left": -2}, ["booked 2 units too many"]),
        ({"units_left": 0, "booked": 0}, ["all units are used"]),
        ({"units_left": 0, "booked": 4}, []),
        ({"days_left": 14}, ["ends in 14 days"]),
        ({"days_left": 1}, ["ends in 1 day"]),
    ],
)
def test_what_a_line_is_remarked_for(change: dict[str, int], words: list[str]) -> None:
    line = {"recorded": 12, "answered": 12, "units_left": 6, "booked": 2, "days_left": 40} | change
    found = ledger.remarks(line)
    assert len(found) == len(words) and all(w in f for w, f in zip(words, found, strict=True))


def test_the_ledger_s_controls() -> None:
    tool = auth_ledger()
    tool.list.click()
    assert re.match(r"\d+ lines need a look\. First REQ-\d{6}: ", heard(tool)) and "Renew by" in seen(tool)
    many = len(tool.due())
    tool.ahead.value = 0
    tool.service.value = "behavioral health"
    tool.list.click()
    assert len(tool.due()) < many and "0 days ahead" in seen(tool)
    wanted = ledger.opening_case()["request_id"]
    tool.line.value = [x["request_id"] for x in tool.all].index(wanted)
    tool.open.click()
    assert heard(tool).startswith(f"{wanted}: 0 units left") and "5 answered by the plan, 12 in our log" in seen(tool)


# --- gold card and automation -------------------------------------------------------------------------------------------------


def test_a_stricter_card_frees_fewer_requests() -> None:
    freed = [goldcard.cards(5, share).freed for share in (0, 80, 90, 95, 100)]
    assert freed == sorted(freed, reverse=True) and freed[0] > freed[-1] > 0
    assert [goldcard.cards(least, 90).cards for least in (1, 5, 20, 200)] == sorted(
        (goldcard.cards(least, 90).cards for least in (1, 5, 20, 200)), reverse=True
    )
    assert goldcard.cards(200, 100).sentence.startswith("None of ")
    some = goldcard.cards()
    assert 0 < some.freed_denied < some.freed < some.later and f"{some.freed} of {some.later}" in some.sentence


def test_cards_by_hand_for_one_clinician() -> None:
    requests = data.load("requests")
    fits = requests["decision"].isin(["approved", "partly_approved", "denied"]) & requests["decided_at"].notna()
    fits &= requests["request_type"].isin(["initial", "renewal"]) & ~requests["category"].isin(
        ["pharmacy_drug", "other"]
    )
    table = requests[fits]
    later = table[table["received_at"] >= "2026-07-01"]
    one = goldcard.cards(1, 0, "clinician")
    assert one.later == len(later)
    known = set(table[table["received_at"] < "2026-07-01"]["requesting_npi"])
    assert one.freed == later["requesting_npi"].isin(known).sum() and one.cards == one.pairs == len(known)


def test_what_the_tools_would_have_done() -> None:
    yes, no = goldcard.automatic("yes"), goldcard.automatic("no")
    print(yes.sentence, no.sentence)
    assert yes.later == no.later and 0 < yes.against < 0.2 * yes.at_once
    assert no.against > 0.6 * no.at_once, "most of what is incomplete is approved in the end, as the lesson says"
    assert no.at_once / no.later == pytest.approx(0.2, abs=0.03), "every fifth, as the practice question says"


def test_the_simulator_s_controls() -> None:
    tool = gold_card_simulator()
    tool.run.click()
    assert heard(tool) == goldcard.cards().sentence and "Automatic tool" not in seen(tool)
    tool.share.value, tool.by.value, tool.tool.value = 100, "clinician", "no"
    tool.run.click()
    assert (
        "clinicians earn a card" in heard(tool) and "says no at once" in heard(tool) and "Automatic tool" in seen(tool)
    )


# --- careers ----------------------------------------------------------------------------------------------------------------------


def test_each_role_says_what_is_known_of_its_pay() -> None:
    roles = careers.roles()
    assert len(roles) >= 7
    for role in roles:
        assert role.side in careers.SIDES and role.does.endswith(".") and len(role.skills) >= 3
        for key, line in zip(role.pay, role.pay_lines(), strict=False):
            assert str(fact(key).year) in line and "as of" in line
        assert role.pay or role.pay_lines()[0].startswith("No published figure")
    assert len(careers.paths_to("Authorization lead")) >= 4


def test_the_pay_table_repeats_the_facts() -> None:
    rows = careers.pay_table()
    survey = fact("car_bls_439041").value
    assert any(f"{survey['median']:,}" in r[1] and f"{survey['p90']:,}" in r[1] and r[2] == "2020" for r in rows)
    assert len(rows) == 4 and all(r[3] for r in rows)


def test_the_map_s_controls() -> None:
    tool = career_map()
    tool.look.click()
    assert heard(tool).startswith("PA specialist, clinic or hospital: ") and "2 published figures" in heard(tool)
    tool.pay.click()
    assert heard(tool).startswith("Four sources, four answers") and "42,050" in seen(tool)
    tool.step.click()
    assert "Denials and appeals specialist" in heard(tool) and "no published figure" in heard(tool)
    tool.role.value = len(careers.roles()) - 1
    tool.step.click()
    assert heard(tool) == "Authorization lead has no next step on this map."
