"""The tools of Module 10 and the plain functions behind them: sheets, reference reviews, reasons, logs, controls."""

from __future__ import annotations

import re

import pytest

from coursekit.items import load_module
from priorauth import criteria, data, denial_audit, first_review, intake, metrics, policies, reasons, review_queue
from priorauth.widgets import base
from priorauth.widgets.metrics_explorer import OWN, REPORTS, figures, metrics_explorer, moved
from priorauth.widgets.notice_builder import FAULT_NAMES, STEP_NAMES, notice_builder
from priorauth.widgets.review_bench import review_bench


def heard(tool: base.Tool) -> str:
    return base.plain(tool.notice.value)


def seen(tool: base.Tool) -> str:
    return base.plain(tool.result.value)


def _cases(item_id: str) -> list[str]:
    try:
        return data.cases(item_id)
    except data.DataError:
        return []


def test_what_the_lesson_shows_is_in_no_item() -> None:
    shown = {denial_audit.OPENING, denial_audit.LOGGED, review_queue.EXAMPLE, *review_queue.PRACTICE, *reasons.PRACTICE}
    used = {r for item in ("m10-c1", "m10-c2", "m10-c3", "m10-c5", "m10-c7") for r in _cases(item)}
    assert len(shown) == 9 and len(used) > 40 and not shown & used


# --- sheets -------------------------------------------------------------------------------------------------------------


def test_an_intake_sheet_has_all_that_the_checks_need() -> None:
    text = str(intake.sheet("REQ-000043"))
    for title in ("Came", "Asks", "Says", "On file", "List", "Before", "Papers"):
        assert f"  {title} " in text
    assert "place 12 home" in text and "nothing needed at 12" in text and max(map(len, text.splitlines())) <= 100
    with pytest.raises(LookupError, match="REQ-999999"):
        intake.sheet("REQ-999999")


def test_a_sheet_knows_only_what_was_known_at_receipt() -> None:
    requests = data.load("requests").set_index("request_id")
    for request_id in data.pool("m10-c1"):
        moment = requests.loc[request_id, "received_at"]
        lines = dict(intake.sheet(request_id).blocks)["Before"]
        for line in lines:
            other = requests.loc[line.split(":")[0]]
            assert other["received_at"] < moment
            assert (other["decided_at"] <= moment) != line.endswith("open")


def test_the_desk_holds_only_what_was_sent() -> None:
    for request_id in data.cases("m10-c2"):
        docs = data.load("attachments")
        sent = set(docs.loc[(docs["request_id"] == request_id) & (docs["quality"] == "readable"), "source_id"].dropna())
        for key, kind, *_ in first_review.desk_rows(request_id):
            assert kind == "fill" or key in sent
        sheet = first_review.sheet(request_id)
        assert "On the desk:" in sheet and max(map(len, sheet.splitlines())) <= 100


def test_the_reference_of_the_practice_queue() -> None:
    told = {r: review_queue.reference(r) for r in review_queue.PRACTICE}
    for request_id, right in told.items():
        print(request_id, right)
    assert sorted(r.decision for r in told.values()) == ["approve"] * 2 + ["pend"] * 2 + ["refer"] * 2
    example = first_review.first_level(review_queue.EXAMPLE)
    assert (example.decision, example.criterion, example.row) == ("pend", "C3", "none")
    assert first_review.first_level(denial_audit.OPENING).row == "STU-000176"


def test_one_met_way_is_enough_and_an_open_way_keeps_it_open() -> None:
    tree = {"all": [{"id": "A", "kind": "note"}, {"any": [{"id": "B", "kind": "lab"}, {"id": "C", "kind": "note"}]}]}
    assert criteria.verdict(tree, {"A": "met", "B": "not met", "C": "not shown"}) == "not shown"
    assert criteria.verdict(tree, {"A": "met", "B": "met", "C": "not shown"}) == "met"
    assert criteria.verdict(tree, {"A": "met", "B": "not met", "C": "not met"}) == "not met"
    assert [leaf["id"] for leaf in policies.leaves(tree)] == ["A", "B", "C"]


def test_every_misreading_gets_its_own_sentence() -> None:
    said = set()
    for request_id in review_queue.PRACTICE:
        right = review_queue.reference(request_id)
        for decision in review_queue.VERDICTS:
            ok, words = review_queue.compare(request_id, decision, right.criterion, right.row)
            assert ok == (decision == right.decision)
            said.add(words)
        assert "another criterion" in review_queue.compare(request_id, right.decision, "C9", right.row)[1] or right.decision == "approve"  # fmt: skip
        assert "Name the" in review_queue.compare(request_id, right.decision, right.criterion, "NOTE-0")[1]
    assert len(said) >= 8


# --- reasons ------------------------------------------------------------------------------------------------------------


def test_a_whole_reason_has_nothing_to_mend() -> None:
    for request_id in reasons.PRACTICE:
        right, fault = first_review.first_level(request_id), reasons.fault_of(request_id)
        whole = reasons.Parts(right.criterion, right.row, fault, fault, True, True, True)
        assert reasons.review_parts(request_id, whole) == []
        assert len(reasons.review_parts(request_id, reasons.Parts())) == 6
        other = next(f for f in reasons.FAULTS if f not in (fault, "nothing"))
        told = dict(reasons.review_parts(request_id, reasons.Parts(right.criterion, right.row, other, fault, True, True, True)))  # fmt: skip
        assert list(told) == ["What we saw"]
        said = " ".join(sentence for _, sentence in reasons.build(request_id, whole))
        assert "Dr. Ferrant, a physician of the plan, decided this on" in said and "call member services" in said
        assert not re.search(r"\d{4}-\d\d", said) and "Date on the notice: " in reasons.denied(request_id).sheet
    assert {reasons.fault_of(r) for r in reasons.PRACTICE} == {"too_old", "not_signed", "too_short"}
    assert set(FAULT_NAMES) == set(STEP_NAMES) == set(reasons.FAULTS) == set(reasons.STEPS)


def test_a_notice_gives_both_numbers() -> None:
    said = [dict(reasons.build(r, reasons.Parts("C2", first_review.first_level(r).row, reasons.fault_of(r))))["What we saw"] for r in reasons.PRACTICE]  # fmt: skip
    assert said == [
        "Your record shows 22 days of wound care, from December 15, 2025 to January 5, 2026. The policy asks for 30.",
        "The note of May 20, 2026 is not signed.",
        "The result of January 22, 2025 (AHI 24.6 events/hour) was 390 days old when the request was sent. The policy allows 365.",
    ]


def test_a_share_of_no_appeals_says_so() -> None:
    rows = metrics.with_plans().head(0)
    words = {m.element: m.words for m in metrics.report(rows, metrics.Definitions())}
    assert words[4] == "none: no appeal was decided" and words[2] == "none: there was no such request"


def test_the_words_of_the_lesson_are_those_of_the_tool() -> None:
    item = next(i for i in load_module("module_10").items if i.id == "m10-c5")
    assert set(item.labels) == set(reasons.FAULTS)


def test_the_last_day_follows_the_line() -> None:
    from datetime import date

    assert "December 4, 2026" in reasons.last_day("medicare_advantage", date(2026, 9, 30))
    assert "November 29, 2026" in reasons.last_day("medicaid_managed", date(2026, 9, 30))
    assert "internal appeal until March 29, 2027, or for 180 days" in reasons.last_day("commercial", date(2026, 9, 30))


def test_vague_reasons_are_known() -> None:
    assert reasons.is_vague("Not medically necessary.") and reasons.is_vague("Criteria not met.")
    assert not reasons.is_vague("Step therapy not shown: POL-310, C2.")
    with pytest.raises(LookupError, match="was not denied"):
        reasons.denied("REQ-000001")


# --- logs ---------------------------------------------------------------------------------------------------------------


def test_a_log_ends_with_the_last_page() -> None:
    for request_id in (*data.cases("m10-c7"), denial_audit.LOGGED):
        log = denial_audit.log(request_id)
        assert {"received", "denied", "notice_sent"} <= set(log["event"]) and log["at"].is_monotonic_increasing
        assert not set(log["event"]) & {"appeal_filed", "p2p_asked", "patient_told"}
        assert len(denial_audit.log_text(request_id).splitlines()) == len(log) + 1


def test_a_notice_is_needed() -> None:
    with pytest.raises(LookupError, match="REQ-000001"):
        denial_audit.sheet("REQ-000001")
    assert "Not medically necessary." in denial_audit.sheet(denial_audit.OPENING)


# --- controls -------------------------------------------------------------------------------------------------------------


def test_the_bench_s_controls() -> None:
    tool = review_bench()
    assert heard(tool) == ""
    for number, request_id in enumerate(review_queue.PRACTICE, start=1):
        tool.request.value = request_id
        assert number == 1 or "criteria" in heard(tool)
        right = review_queue.reference(request_id)
        tool.decision.value, tool.criterion.value, tool.row.value = right.decision, right.criterion, right.row
        tool.enter.click()
        assert heard(tool).endswith(f"Agreement so far: {number} of {number}.")
    assert seen(tool).split("Clock:")[0].count(" agrees") == 6
    tool.decision.value = "approve"
    tool.enter.click()
    assert "5 of 6" in heard(tool) and "look again" in seen(tool)
    tool.again.click()
    assert heard(tool) == "The queue is clear. 6 requests wait." and seen(tool).count("waits") == 6


def test_the_builder_s_controls() -> None:
    tool = notice_builder()
    tool.write.click()
    assert heard(tool) == "1 of 7 parts in order. First to mend: Criterion. It is missing."
    right = first_review.first_level(tool.request.value)
    tool.criterion.value, tool.row.value, tool.fault.value, tool.step.value = right.criterion, right.row, "too_short", "too_short"  # fmt: skip
    for box in tool.rights.values():
        box.value = True
    tool.write.click()
    assert heard(tool) == "7 of 7 parts in order. The notice can go out."
    assert "reconsideration until" in seen(tool)
    tool.fault.value = "too_old"
    tool.write.click()
    assert "6 of 7" in heard(tool) and "What we saw" in heard(tool)
    tool.request.value = reasons.PRACTICE[1]
    assert tool.criterion.value == "" and not tool.rights["copy"].value and "choose the criterion first" in heard(tool)
    tool.request.value = reasons.PRACTICE[0]
    assert "your choices are still there" in heard(tool) and "in order" not in seen(tool)
    tool.write.click()
    assert "6 of 7" in heard(tool) and "What we saw" in heard(tool)


def test_the_explorer_s_controls() -> None:
    tool = metrics_explorer()
    assert all("PLN-06" not in plans and "PLN-09" not in plans for plans in REPORTS.values()), "Bluestem's own are work"
    tool.compute.click()
    assert "course's definitions: Standard, denied" in heard(tool)
    tool.switches["partials"].value = "approved"
    tool.compute.click()
    assert heard(tool).startswith("Standard, approved up 1 point, now 91.7 %") and "4 figures moved" in heard(tool)
    tool.switches["drugs"].value = "counted"
    tool.switches["appeals_of"].value = "requests"
    tool.compute.click()
    assert "figures moved in all" in heard(tool) and "against the rule" in seen(tool)
    tool.plans.value = "Birchfield (marketplace issuer)"
    tool.reset.click()
    assert tool.chosen == OWN and heard(tool).startswith("Birchfield")
    assert seen(tool).count("2026), as of") == 5


def test_how_a_figure_moved() -> None:
    one = metrics.Metric(2, "x", 90.0, "%", 9, 10)
    assert moved(one, one) == "" and moved(one, metrics.Metric(2, "x", 91.0, "%", 91, 100)) == "up 1 point"
    assert moved(one, metrics.Metric(2, "x", 87.5, "%", 7, 8)) == "down 2.5 points"
    assert moved(one, metrics.Metric(2, "x", 90.0, "%", 18, 20)) == "same share of other numbers"
    assert moved(one, metrics.Metric(2, "x", None, "%", 0, 0)) == "changed"
    assert len(figures(("PLN-05",), OWN)) == 11
