"""The tools of Module 3: what they compute, what they show, what their controls do."""

from __future__ import annotations

import pandas as pd
import pytest

from priorauth import audit, data, draft_case, facts, privacy, stories, urgency
from priorauth.widgets import base
from priorauth.widgets.audit_trail import audit_trail
from priorauth.widgets.packet_redactor import packet_redactor
from priorauth.widgets.urgency_judge import urgency_judge

# --- packets ---------------------------------------------------------------------------------------------------------


def test_packets_have_pages_to_send_and_pages_to_leave_each_with_a_reason():
    assert len(privacy.packets()) >= 3
    for packet in privacy.packets():
        assert {p.send for p in packet.pages} == {True, False} and len(packet.pages) >= 6
        assert all(len(p.why.split()) >= 4 for p in packet.pages)
        late = [p for p in packet.pages if p.dated > packet.sent_on]
        assert not [p for p in late if p.send], "a page from after the packet went out"
        for number in range(1, len(packet.criteria) + 1):
            assert any(f"C{number}" in p.why for p in packet.pages if p.send), (packet.name, number)


def test_review_tells_too_much_and_too_little():
    packet = privacy.packets()[0]
    right = [p.page for p in packet.pages if p.send]
    wrong = next(p.page for p in packet.pages if not p.send)
    assert privacy.review(packet, right).sentence.startswith("This packet is right: 3 pages")
    found = privacy.review(packet, [*right[1:], wrong])
    assert [p.page for p in found.missing] == right[:1] and [p.page for p in found.too_much] == [wrong]
    assert f"{wrong} too much, {right[0]} missing" in found.sentence
    assert "empty" in privacy.review(packet, []).sentence
    assert "4 too much, none missing" in privacy.review(packet, [p.page for p in packet.pages]).sentence
    with pytest.raises(ValueError, match="no page Z"):
        privacy.review(packet, ["Z"])


def test_redactor_explains_each_wrong_page_and_starts_anew_with_another_packet():
    tool = packet_redactor()
    packet = tool.current
    for page in packet.pages:
        tool.boxes[page.page].value = True
    tool.check.click()
    assert "too much" in tool.notice.value
    for page in packet.pages:
        assert base.text(page.why) in tool.result.value
    tool.clear.click()
    assert not any(box.value for box in tool.boxes.values())
    tool.check.click()
    assert "empty" in tool.notice.value
    tool.packet.value = privacy.packets()[1].name
    assert privacy.packets()[1].name in tool.notice.value and "None is marked" in tool.notice.value
    assert list(tool.boxes) == [p.page for p in privacy.packets()[1].pages]
    list(tool.boxes.values())[0].value = True
    tool.packet.value = packet.name
    tool.packet.value = privacy.packets()[1].name
    assert "1 is marked" in tool.notice.value and [box.value for box in tool.boxes.values()].count(True) == 1


def test_criteria_of_a_request_are_those_in_force_on_the_day_of_sending():
    requests = data.load("requests")
    lines = data.load("request_lines")
    knees = requests[requests["request_id"].isin(lines[lines["code"] == "SURG-TKA"]["request_id"])].dropna(
        subset="submitted_at"
    )
    early, late = (
        knees[fits].sort_values("request_id")["request_id"].iloc[0]
        for fits in (knees["submitted_at"] < "2026-02-28", knees["submitted_at"] > "2026-03-02")
    )
    words = privacy.asked([early, late])
    assert set(words["request_id"]) == {early, late}
    first, second = (words[words["request_id"] == r]["criterion"].tolist() for r in (early, late))
    assert len(first) == len(second) == 4 and first != second, "the policy has a new version since March"
    assert [w.split(".")[0] for w in first] == ["C1", "C2", "C3", "C4"]
    with pytest.raises(ValueError, match="REQ-999999"):
        privacy.asked(["REQ-999999"])


# --- urgency ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "who", "said", "verdict"),
    [
        ("ma_service", "physician", "jeopardy", urgency.MUST),
        ("ma_service", "clinician", "jeopardy", urgency.STANDARD),
        ("mcd_service", "clinician", "jeopardy", urgency.MUST),
        ("ma_service", "patient", "jeopardy", urgency.PLAN),
        ("employer", "physician", "pain", urgency.MUST),
        ("ma_service", "physician", "pain", urgency.STANDARD),
        ("employer", "patient", "jeopardy", urgency.PLAN),
        ("mcd_drug", "physician", "jeopardy", urgency.ONE_CLOCK),
        ("ambulance", "physician", "jeopardy", urgency.ONE_CLOCK),
        ("ma_partb", "physician", "jeopardy", urgency.MUST),
        ("opd", "physician", "jeopardy", urgency.PLAN),
        ("part_d", "clinician", "jeopardy", urgency.STANDARD),
        ("ma_service", "patient", "calendar", urgency.PLAN),
    ],
)
def test_whose_word_counts_depends_on_the_line(asked, who, said, verdict):
    assert urgency.judge(asked, who, said).verdict == verdict


def test_calendar_habit_and_a_tick_by_the_desk_never_make_it_urgent():
    """Only the patient may ask the plan with any reason; then the plan decides."""
    for asked in urgency.ASKED:
        for who in set(urgency.WHO) - {"patient"}:
            assert urgency.judge(asked, who, "calendar").verdict in (urgency.STANDARD, urgency.ONE_CLOCK)
        for said in urgency.SAID:
            assert urgency.judge(asked, "desk", said).verdict in (urgency.STANDARD, urgency.ONE_CLOCK)


def test_every_judgment_has_a_next_step_and_a_source():
    for asked, (_, fact, clock) in urgency.ASKED.items():
        assert facts.fact(fact).confirmation != "unconfirmed"
        for who in urgency.WHO:
            for said in urgency.SAID:
                found = urgency.judge(asked, who, said)
                assert found.next_step.endswith((".", "?")) and "as of" in found.source
                assert found.clock.startswith(clock) == (found.verdict != urgency.STANDARD)


def test_the_text_form_has_one_row_for_each_plan_and_says_what_the_judge_says():
    rows = {name: (must, plan) for name, must, plan, _ in urgency.summary()}
    assert len(rows) == len(urgency.ASKED)
    assert rows["Employer or individual plan: before care"] == (
        "physician (serious risk, severe pain)",
        "patient or family, to the plan (anything)",
    )
    assert rows["Medicare Part D: drug"][0] == "prescriber (serious risk)"
    assert "other clinician (serious risk)" in rows["Medicaid managed care: item or service"][0]
    assert rows["Medicaid: outpatient drug"] == ("nothing", "nothing")


def test_clocks_in_words_are_those_of_the_facts():
    hours = {"ma_service": 72, "ma_partb": 24, "part_d": 24, "mcd_service": 72, "employer": 72}
    for asked, number in hours.items():
        _, fact, words = urgency.ASKED[asked]
        assert facts.fact(fact).number("hours") == number and words.startswith(f"{number} hours")


def test_unknown_words_are_refused():
    with pytest.raises(ValueError, match="tricare"):
        urgency.judge("tricare", "physician", "jeopardy")


def test_judge_changes_its_verdict_with_each_list():
    tool = urgency_judge()
    assert "standard" in tool.result.value
    tool.who.value = "physician"
    tool.said.value = "jeopardy"
    assert "Verdict: must expedite. Answer due: 72 hours" in tool.notice.value
    tool.asked.value = "mcd_drug"
    assert "no fast clock" in tool.notice.value and "24 hours" in tool.result.value


# --- the trail ----------------------------------------------------------------------------------------------------------------

EVENTS = [
    {"event_id": "EVT-1", "at": pd.Timestamp("2026-03-02 09:00"), "actor": "Dana R.", "actor_role": "PA specialist", "event": "submitted", "detail": "Sent <b>all</b>."},
    {"event_id": "EVT-2", "at": pd.Timestamp("2026-03-02 12:00"), "actor": "Jordan", "actor_role": "plan intake coordinator", "event": "received", "detail": "Stamped."},
]  # fmt: skip
CALL = {"call_id": "CAL-1", "request_id": "REQ-1", "at": pd.Timestamp("2026-03-02 10:00"), "staff": "Dana R.", "payer_id": "PAY-01", "spoke_with": "Lou", "reference_number": "R1", "summary": "Receipt confirmed, clinical review under way."}  # fmt: skip
PAGE = {"doc_id": "DOC-1", "kind": "note", "pages": 2, "of_member_id": "MBR-1"}


def test_a_complete_call_raises_no_question_and_each_gap_raises_its_own():
    assert audit.questions(CALL) == ()
    for column, ask in audit.ASKS.items():
        assert audit.questions(CALL | {column: None}) == (ask,)
    assert "too short" in audit.questions(CALL | {"summary": "ok"})[0]


def test_trail_is_in_order_of_time_and_entries_without_a_time_stand_last():
    rows = audit.trail(EVENTS, [CALL, CALL | {"call_id": "CAL-2", "at": pd.NaT}], [PAGE], "MBR-1")
    assert [r.id for r in rows] == ["EVT-1", "DOC-1", "CAL-1", "EVT-2", "CAL-2"]
    assert "CAL-2" in audit.summary(rows) and "5 entries" in audit.summary(rows)
    assert "no question" in audit.summary(rows[:2])


def test_a_page_of_another_person_and_a_whole_chart_raise_questions():
    rows = audit.trail(
        [], [], [PAGE | {"of_member_id": "MBR-2"}, PAGE | {"doc_id": "DOC-2", "kind": "whole_chart"}], "MBR-1"
    )
    assert "another person" in rows[0].asks[0] and "whole chart" in rows[1].asks[0]


@pytest.fixture
def tables() -> dict[str, pd.DataFrame]:
    return {
        "requests": pd.DataFrame([{"request_id": "REQ-1", "member_id": "MBR-1"}]),
        "events": pd.DataFrame(EVENTS).assign(request_id="REQ-1"),
        "call_log": pd.DataFrame([CALL, CALL | {"call_id": "CAL-2", "staff": None}]),
        "attachments": pd.DataFrame([PAGE]).assign(request_id="REQ-1"),
    }


def test_viewer_filters_by_source_and_by_question(tables):
    tool = audit_trail(["REQ-1"], tables)
    assert tool.result.value.count("<tr") == 6
    tool.only.click()
    assert "CAL-2" in tool.result.value and "CAL-1" not in tool.result.value
    assert "Only entries with a question are shown" in tool.notice.value
    tool.source.value = "event"
    assert "no entry with a question" in tool.notice.value
    tool.all.click()
    assert "2 entries" in tool.notice.value and "CAL-" not in tool.result.value
    assert "EVT-2" in tool.result.value
    assert "<b>all</b>" not in tool.static_html() and "&lt;b&gt;all" in tool.static_html()


def test_viewer_keeps_its_filter_for_the_next_request(tables):
    both = {name: pd.concat([rows, rows.assign(request_id="REQ-2")]) for name, rows in tables.items()}
    tool = audit_trail(["REQ-1", "REQ-2"], both)
    tool.only.click()
    filtered = tool.result.value.count("<tr")
    tool.request.value = "REQ-2"
    assert "Trail of REQ-2" in tool.result.value and tool.result.value.count("<tr") == filtered < 6
    tool.all.click()
    assert tool.result.value.count("<tr") == 6


def test_viewer_without_the_request_names_it(tables):
    with pytest.raises(ValueError, match="REQ-9"):
        audit_trail(["REQ-9"], tables)


# --- the stories of the graded tasks ---------------------------------------------------------------------------------------


def test_packets_to_cut_name_a_patient_and_each_page_belongs_to_one_of_them():
    asked, pages = privacy.to_cut(), stories.table("packet_pages")
    assert set(pages["request"]) == set(asked["request"]) and pages["page"].is_unique
    assert (pages["name_on_page"].isin(asked["patient"])).mean() > 0.9
    assert all(len(words) < 160 for words in pages["summary"])


def test_fast_lane_has_a_row_for_each_request_and_every_reason_occurs():
    fast = urgency.fast_lane()
    assert len(fast) == sum(sum(row["counts"].values()) for row in stories.rows("fast_counts"))
    assert fast["request"].is_unique and set(fast["reason_no"]) == {
        r["reason_no"] for r in stories.rows("fast_reasons")
    }


# --- what all tools keep --------------------------------------------------------------------------------------------------


# --- the opening case and the example of the lesson -----------------------------------------------------------------------------


def test_opening_case_is_a_draft_that_is_ticked_as_expedited():
    case = draft_case.draft_case()
    row = data.load("requests").set_index("request_id").loc[case.request_id]
    assert pd.isna(row["submitted_at"]) and row["urgency"] == "expedited" and row["urgency_reason"] == case.reason
    assert case.request_id in str(case) and case.note in str(case)
    shown = case.model_answer()._repr_mimebundle_()
    assert shown["text/html"].count("<li>") == 3 and shown["text/html"].startswith("<details>")


def test_the_lesson_says_what_the_opening_case_holds():
    """The text tells of an employer plan, a renewal, a habit, and a drug that works."""
    case = draft_case.draft_case()
    row = data.load("requests").set_index("request_id").loc[case.request_id]
    line = data.load("plans").set_index("plan_id").loc[row["plan_id"], "line_of_business"]
    assert (line, row["request_type"], case.reason) == ("commercial", "renewal", draft_case.HABIT)
    assert "Good response on tx" in case.note


def test_the_lesson_examples_are_not_graded_rows():
    shown = set(data.load("disclosures")["disclosure_id"].head(3)) | {"DSC-000007"}
    assert not shown & set(data.cases("m03-c2"))
