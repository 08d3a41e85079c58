"""The tools of Module 1: what they compute, what they show, what their buttons do."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pandas as pd
import pytest

from priorauth import data, facts, journey, lifecycle, opening, plots, roles, timeline
from priorauth.widgets.journey import request_journey
from priorauth.widgets.timeline import history_timeline
from priorauth.widgets.who_acts import who_acts

ROOT = Path(__file__).resolve().parents[1]
CODES = [
    "order_written",
    "submitted",
    "received",
    "first_level_review",
    "pended",
    "status_checked",
    "info_received",
    "approved",
]


def rows(codes: list[str], request_id: str = "REQ-000001") -> list[dict]:
    """A log with one event every six hours from March 2."""
    start = pd.Timestamp("2026-03-02 09:00")
    return [
        {
            "event_id": f"EVT-{request_id[-1]}{n:05d}",
            "request_id": request_id,
            "at": start + pd.Timedelta(hours=6 * n),
            "actor_role": lifecycle.EVENTS[code].roles[0],
            "actor": "Dana W.",
            "channel": "internal",
            "event": code,
            "detail": f"Detail {n} with <b>markup</b> & more.",
        }
        for n, code in enumerate(codes)
    ]


@pytest.fixture
def events() -> pd.DataFrame:
    return pd.DataFrame(rows(CODES) + rows(["order_written", "submitted", "received", "denied"], "REQ-000002"))


# --- the journey -------------------------------------------------------------------------------------------------


def test_steps_come_in_order_of_time_whatever_the_order_of_rows():
    shuffled = rows(CODES)
    random.Random(1).shuffle(shuffled)
    assert [s.event_id for s in journey.steps(shuffled)] == [r["event_id"] for r in rows(CODES)]


def test_clock_starts_with_receipt_survives_a_pend_and_stops_with_the_decision():
    clocks = {step.event_id[-1]: step.clock for step in journey.steps(rows(CODES))}
    assert [clocks[str(n)] for n in range(8)] == ["not started"] * 2 + ["running"] * 2 + [journey.PENDED] * 2 + [
        "running",
        "stopped",
    ]


def test_clock_of_an_exception_waits_for_the_statement():
    codes = ["submitted", "received", "statement_received", "approved"]
    assert [s.clock for s in journey.steps(rows(codes))] == ["not started", "not started", "running", "stopped"]


def test_an_appeal_has_its_own_clock():
    codes = ["submitted", "received", "denied", "appeal_filed", "appeal_overturned"]
    assert [s.clock for s in journey.steps(rows(codes))][-2:] == [journey.APPEAL, "stopped"]


def test_state_of_each_step_is_that_of_the_life_cycle():
    for n, step in enumerate(journey.steps(rows(CODES)), start=1):
        assert step.state == lifecycle.state_after(CODES[:n])


def test_every_event_of_the_life_cycle_says_what_could_go_wrong():
    assert len(lifecycle.EVENTS) > 30
    assert set(journey.RISKS) == set(lifecycle.EVENTS)


def test_the_table_of_section_1_4_is_that_of_the_life_cycle():
    text = (ROOT / "notebooks" / "module_01" / "module_01.md").read_text(encoding="utf-8")
    table = text.split("| Event in the log | State after it |")[1].split("\n\n")[0]
    taught = {}
    for line in table.splitlines()[2:]:
        codes, state = line.strip("| ").split(" | ")
        for code in re.findall(r"`(\w+)`", codes):
            taught[code] = code if state == "the word itself" else state
    assert taught == {code: kind.state for code, kind in lifecycle.EVENTS.items() if kind.state}


def test_unknown_event_is_named():
    bad = rows(["submitted"])
    bad[0]["event"] = "teleported"
    with pytest.raises(ValueError, match="teleported"):
        journey.steps(bad)


def test_state_on_a_day_names_the_event_that_caused_it():
    log = rows(CODES)  # six hours apart: pended March 3 09:00, status_checked 15:00, info_received 21:00
    assert journey.state_on(log, "2026-03-02") == ("received", log[2]["event_id"])
    assert journey.state_on(log, "2026-03-03") == ("in_review", log[6]["event_id"])
    assert journey.state_on(log[:6], "2026-03-03") == ("pended", log[4]["event_id"])
    assert journey.state_on(log, "2026-02-01") == ("", "")


def test_journey_walks_forward_and_back_and_says_so(events):
    tool = request_journey(["REQ-000001", "REQ-000002"], events)
    assert "Step 1 of 8" in tool.result.value
    tool.next.click()
    tool.next.click()
    assert "Step 3 of 8" in tool.result.value and "The payer receives the request." in tool.result.value
    assert 'role="alert"' in tool.notice.value and "Clock running" in tool.notice.value
    tool.back.click()
    assert "Step 2 of 8" in tool.result.value


def test_journey_stops_at_both_ends_in_words(events):
    tool = request_journey(["REQ-000002"], events)
    tool.back.click()
    assert "first event" in tool.notice.value
    for _ in range(9):
        tool.next.click()
    assert "last event" in tool.notice.value and "Step 4 of 4" in tool.result.value


def test_choosing_another_request_starts_its_journey_anew(events):
    tool = request_journey(["REQ-000001", "REQ-000002"], events)
    tool.next.click()
    tool.request.value = "REQ-000002"
    assert "Step 1 of 4" in tool.result.value and "Step 1 of 4" in tool.notice.value


def test_journey_without_events_names_the_request(events):
    with pytest.raises(ValueError, match="REQ-999999"):
        request_journey(["REQ-000001", "REQ-999999"], events)


def test_an_actor_without_a_name_is_not_named_twice():
    log = rows(["order_written"])
    log[0]["actor"] = "Ordering clinician"
    assert journey.steps(log)[0].who == "ordering clinician"
    assert journey.steps(rows(["order_written"]))[0].who == "Dana W., ordering clinician"


def test_text_of_tables_is_escaped(events):
    tool = request_journey(["REQ-000001"], events)
    assert "<b>markup</b>" not in tool.static_html() + tool.result.value
    assert "&lt;b&gt;markup&lt;/b&gt; &amp; more" in tool.result.value


# --- the timeline --------------------------------------------------------------------------------------------------


def test_every_milestone_rests_on_the_fact_base_and_time_runs_forward():
    assert len(timeline.MILESTONES) >= 20
    for milestone in timeline.MILESTONES:
        assert facts.fact(milestone.fact).citation
        assert milestone.era in timeline.ERAS
    years = [m.year for m in timeline.MILESTONES]
    assert years[0] == 1965 and max(years) >= 2026
    for era in timeline.ERAS:
        some = [m.year for m in timeline.of_era(era)]
        assert some == sorted(some) and len(some) >= 3
    assert timeline.of_era("all") == list(timeline.MILESTONES)


def test_no_milestone_rests_on_an_unconfirmed_fact():
    for milestone in timeline.MILESTONES:
        assert facts.fact(milestone.fact).confirmation != "unconfirmed", milestone.fact


def test_unknown_era_is_refused():
    with pytest.raises(ValueError, match="no era"):
        timeline.of_era("stone age")


def test_timeline_steps_and_changes_era():
    tool = history_timeline("start")
    assert "Medicare begins" in tool.result.value and "1965" in tool.result.value
    tool.next.click()
    assert "1972" in tool.notice.value
    tool.era.value = "clocks"
    assert "Milestone 1 of" in tool.notice.value and "2023" in tool.result.value
    tool.back.click()
    assert "first milestone" in tool.notice.value
    assert "as of" in tool.result.value  # the citation


# --- who acts ----------------------------------------------------------------------------------------------------------


def test_right_matches_are_all_right():
    answers = roles.feedback({n: match.role for n, match in enumerate(roles.MATCHES)})
    assert len(answers) == 8 and all(ok for ok, _ in answers)


def test_each_wrong_match_says_what_that_person_does_and_what_the_step_needs():
    for n, match in enumerate(roles.MATCHES):
        for role, duty in roles.DUTIES.items():
            if role != match.role:
                ok, why = roles.feedback({n: role})[n]
                assert not ok and duty in why and match.needs in why


def test_who_acts_counts_and_explains():
    tool = who_acts()
    tool.check.click()
    assert "0 of 8" in tool.notice.value
    for choice, match in zip(tool.choices, roles.MATCHES, strict=True):
        choice.value = match.role
    tool.choices[0].value = "scheduler"
    tool.check.click()
    assert "7 of 8" in tool.notice.value and "Not the scheduler" in tool.result.value
    tool.choices[0].value = roles.MATCHES[0].role
    tool.check.click()
    assert "8 of 8" in tool.notice.value


def test_unknown_role_is_refused():
    with pytest.raises(ValueError, match="no role"):
        roles.feedback({0: "wizard"})


# --- what all tools keep --------------------------------------------------------------------------------------------------


# --- the plot ----------------------------------------------------------------------------------------------------------------


def test_bars_carry_their_numbers_and_marked_bars_a_hatch():
    import matplotlib

    matplotlib.use("agg")
    axes = plots.bars({"May": 3, "Jun": 5}, "Title", "Month", "Requests", marked=["Jun"])
    assert [text.get_text() for text in axes.texts] == ["3", "5"]
    assert [bool(bar.get_hatch()) for bar in axes.patches] == [False, True]
    assert axes.get_xlabel() == "Month" and axes.get_title(loc="left") == "Title"


def test_months_are_counted_in_calendar_order():
    moments = pd.Series(pd.to_datetime(["2026-06-30 23:59", "2026-02-01 00:00", None, "2026-06-01 08:00"]))
    counts = plots.per_month(moments)
    assert counts.to_dict() == {"Feb": 1, "Jun": 2} and list(counts.index) == ["Feb", "Jun"]
    assert plots.bars(counts, "t", "x", "y").patches[1].get_height() == 2


# --- the opening case, on the course's own data ----------------------------------------------------------------------------------


def test_opening_case_is_a_woman_who_waits_for_an_mri_of_the_lower_back():
    case = opening.opening_case()
    requests = data.load("requests").set_index("request_id")
    lines = data.load("request_lines")
    row = requests.loc[case.request_id]
    assert set(lines[lines["request_id"] == case.request_id]["code"]) >= {"IMG-MRI-LSPINE"}
    assert data.load("members").set_index("member_id").loc[row["member_id"], "sex"] == "F"
    assert pd.isna(row["decided_at"]) and pd.isna(row["decision"]) and row["received_at"] <= data.TODAY
    assert case.request_id in str(case) and "Received:" in str(case)


def test_opening_case_prefers_a_full_pended_log_in_medicare_advantage():
    requests, events = data.load("requests"), data.load("events")
    members, plans = data.load("members").set_index("member_id"), data.load("plans").set_index("plan_id")
    lines = data.load("request_lines")
    wanted = requests["request_id"].isin(lines[lines["code"] == "IMG-MRI-LSPINE"]["request_id"])
    wanted &= requests["request_id"].isin(events[events["event"] == "order_written"]["request_id"])
    wanted &= requests["member_id"].map(members["sex"]) == "F"
    wanted &= requests["plan_id"].map(plans["line_of_business"]) == "medicare_advantage"
    wanted &= (requests["state"] == "pended") & requests["decided_at"].isna()
    best = set(requests[wanted]["request_id"])
    print(len(best), "best callers")
    assert not best or opening.opening_case().request_id in best


def test_model_answer_of_the_opening_case_answers_five_questions_and_is_folded():
    case = opening.opening_case()
    shown = case.model_answer()._repr_mimebundle_()
    assert shown["text/html"].startswith("<details>") and shown["text/html"].count("<li>") == 5
    assert shown["text/plain"].count("?") >= 5 and case.state in shown["text/plain"]
    assert "as of" in case.by_when or "Ask the plan" in case.by_when


def test_journeys_leave_out_logs_that_puzzle():
    events = data.load("events")
    for request_id in opening.journeys():
        log = events[events["request_id"] == request_id]
        second = set(log[log["event"] == "second_level_review"]["actor_role"])
        approved = set(log[log["event"] == "approved"]["actor_role"])
        assert not second or approved <= second, request_id


def test_shares_of_the_example_are_none_of_the_published_figures():
    """Section 1.6 works out two shares of one month; by chance they must not repeat a figure of section 1.5."""
    text = (ROOT / "notebooks" / "module_01" / "module_01.md").read_text(encoding="utf-8")
    month = int(re.search(r"dt\.month == (\d+)", text).group(1))
    requests = data.load("requests")
    some = requests[requests["received_at"].dt.month == month]
    decided = some[some["decision"].isin(["approved", "partly_approved", "denied"])]
    for refused in (["denied"], ["denied", "partly_approved"]):
        share = round(100 * decided["decision"].isin(refused).mean(), 1)
        print(month, refused, share)
        assert f"{share:g}%" not in text


def test_journeys_show_a_pend_a_plain_approval_and_an_appeal():
    events = data.load("events")
    tool = request_journey(opening.journeys(), events)
    logs = [{step.state for step in steps} for steps in tool.journeys.values()]
    assert len(logs) >= 4 and max(len(steps) for steps in tool.journeys.values()) <= 18
    assert any("approved" in log and "pended" not in log for log in logs)
    assert any({"pended", "approved"} <= log for log in logs)
    assert any({"denied", "appeal_open", "overturned"} <= log for log in logs)


def test_state_of_the_journey_agrees_with_the_record():
    """The record's state on TODAY is that of the last step of its log, for every request."""
    events = data.load("events").to_dict("records")
    logs: dict[str, list[dict]] = {}
    for row in events:
        logs.setdefault(row["request_id"], []).append(row)
    states = data.load("requests").set_index("request_id")["state"].to_dict()
    print(len(logs), "logs compared with their records")
    assert len(logs) > 1000
    wrong = {key: (states[key], journey.state_on(log, "2026-09-30")[0]) for key, log in logs.items()}
    assert not {key: pair for key, pair in wrong.items() if pair[0] != pair[1]}
