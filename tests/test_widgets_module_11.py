"""The tools of Module 11 and the plain functions behind them: what they compute, what they show, what their controls do."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursekit.items import load_module
from coursekit.mark import compiled
from priorauth import appeal_ladder as ladder
from priorauth import appeal_log, data, denials, letter, triage
from priorauth.clock_table import ClockError, filing_rows
from priorauth.clocks import appeal_window, due_at
from priorauth.facts import fact
from priorauth.widgets import base
from priorauth.widgets.appeal_ladder import appeal_ladder
from priorauth.widgets.denial_triage import denial_triage
from priorauth.widgets.letter_workshop import LetterWorkshop, letter_workshop

MA, D, OM, MCO, ER, QHP = "medicare_advantage", "part_d", "traditional_medicare", "medicaid_managed", "commercial", "marketplace_qhp"  # fmt: skip


def heard(tool: base.Tool) -> str:
    return base.plain(tool.notice.value)


def seen(tool: base.Tool) -> str:
    return base.plain(tool.result.value)


# --- sheets of denials and the log of appeals --------------------------------------------------------------------------------


def test_the_example_is_a_page_that_nobody_opened_and_can_still_be_appealed() -> None:
    key = denials.example()
    assert key not in data.pool("m11-c1") and key not in set(data.load("appeals")["request_id"])
    sheet = denials.sheet(key)
    assert any("0 attachments opened" in line for line in sheet.log) and sheet.sent
    assert "Decided by Summit Radiology Review (PAY-08)" in sheet.head
    assert max(map(len, str(sheet).splitlines())) <= 110
    notice = data.load("notices").set_index("request_id").loc[key, "sent_at"]
    assert (notice.date(), sheet.asks.split(":")[0]) == (date(2026, 8, 28), "C2"), (
        "the text of the module tells this case"
    )
    place = ladder.place(MA, "reconsideration", notice_date=f"{notice:%Y-%m-%d}")
    assert place.last_day == date(2026, 11, 1) and place.decide_by == datetime(2026, 10, 30, 8, 0)


def test_a_sheet_shows_no_verdict_and_nothing_after_the_day_of_sending() -> None:
    for key in data.pool("m11-c1"):
        sheet = denials.sheet(key)
        sent = sheet.head[0].rsplit("sent ", 1)[1]
        assert all(line.split()[1] <= sent for line in sheet.chart)
        assert not re.search(rf"\b({'|'.join(denials.CAUSES)})\b", str(sheet))
    with pytest.raises(LookupError, match="was not denied"):
        denials.sheet(data.load("authorizations")["request_id"].iloc[0])


def test_the_twelve_denials_hide_many_causes_behind_few_codes() -> None:
    key = compiled("module_11")["m11-c1"]["key"]
    codes = data.load("requests").set_index("request_id")["reason_code"]
    causes = {cause for cause, _ in key.values()}
    print({cause: sum(v[0] == cause for v in key.values()) for cause in sorted(causes)})
    assert len(key) == 12 and len(causes) >= 8 and len({codes[k] for k in key}) <= 3
    assert causes < set(denials.CAUSES), "one label is never right"


def test_the_log_of_appeals_has_every_row_once_with_the_line_that_governs() -> None:
    log, plans = appeal_log.appeals(), data.load("plans").set_index("plan_id")
    assert (
        len(log) == len(data.load("appeals")) and log["appeal_id"].is_unique and log["filed_at"].is_monotonic_increasing
    )
    mine = log.merge(data.load("requests")[["request_id", "plan_id"]], on="request_id")
    drugs = mine[(mine["category"] == "pharmacy_drug") & (mine["plan_id"].map(plans["drug_rules"]) == "part_d")]
    assert len(drugs) > 10 and set(drugs["line"]) == {"part_d"}


# --- the ladder ----------------------------------------------------------------------------------------------------------------

#: Level of the answers -> line, and the dates of the story, as a colleague would pick them out.
STORIES: dict[str, tuple[str, str, dict[str, str]]] = {
    "A01": (MA, "reconsideration", {"notice_date": "2026-08-03"}),
    "A02": (D, "redetermination", {"notice_date": "2026-09-01", "received_on": "2026-09-14"}),
    "A03": (MCO, "plan_appeal", {"notice_date": "2026-08-12"}),
    "A04": (ER, "internal_appeal", {"received_on": "2026-07-10"}),
    "A05": (QHP, "external_review", {"received_on": "2026-07-11"}),
    "A07": (D, "ire_reconsideration", {"notice_date": "2026-08-20"}),
    "A08": (MCO, "keep_benefits", {"notice_date": "2026-09-25", "effective_on": "2026-10-09"}),
    "A09": (OM, "redetermination", {"notice_date": "2026-07-02"}),
    "A10": (MA, "reconsideration", {"notice_date": "2026-07-30"}),
    "A11": (D, "redetermination", {"notice_date": "2026-08-17"}),
    "A12": (ER, "external_review", {"received_on": "2026-06-30"}),
}


def test_the_days_of_task_c3_follow_from_the_table() -> None:
    key = dict(load_module("module_11").item("m11-c3").key)
    assert key.pop("A06") == ["none_needed", "none"]
    assert not ladder.place(MA, "ire_reconsideration").files
    assert set(key) == set(STORIES)
    for story, (level, last) in key.items():
        line, name, dates = STORIES[story]
        due = appeal_window(line, name, **dates)
        assert (level, last) == (name, str(due.last_day)), story
        assert due.gradable, story


APPEALS = {
    "B01": (MA, "appeal_service", "2026-09-25 15:40"), "B02": (MA, "appeal_service", "2026-09-14 10:15"),
    "B03": (MA, "appeal_part_b_drug", "2026-09-21 11:30"), "B04": (D, "appeal_drug", "2026-09-26 08:20"),
    "B05": (D, "appeal_payment", "2026-09-17 09:05"), "B06": (MCO, "appeal_service", "2026-08-31 13:00"),
    "B07": (ER, "appeal_service", "2026-09-03 16:00"), "B08": (ER, "appeal_payment", "2026-09-08 09:30"),
    "B09": (QHP, "external_review", "2026-09-29 18:45"), "B10": (OM, "appeal_service", "2026-08-10 12:00"),
}  # fmt: skip


def test_the_moments_of_task_c5_follow_from_the_clocks() -> None:
    key = load_module("module_11").item("m11-c5").key
    assert set(key) == set(APPEALS)
    for story, (track, until) in key.items():
        line, kind, received = APPEALS[story]
        events = {"extended_at": "2026-09-24 12:00"} if story == "B06" else {}
        due = due_at(line, kind, track, received, events)
        assert f"{due.at:%Y-%m-%d %H:%M}" == until and due.gradable, story


def test_other_dates_of_the_module() -> None:
    order = {
        "A": (MA, "appeal_payment", "2026-04-01"), "B": (ER, "appeal_service", "2026-05-04"), "C": (D, "appeal_payment", "2026-05-13"),
        "D": (QHP, "external_review", "2026-04-07"), "E": (MA, "appeal_part_b_drug", "2026-05-18"), "F": (D, "appeal_drug", "2026-05-22"),
    }  # fmt: skip
    due = {k: due_at(line, kind, "standard", day).at for k, (line, kind, day) in order.items()}
    module = load_module("module_11")
    assert sorted(due, key=due.__getitem__) == module.item("m11-q5").key
    left = appeal_window(D, "ire_reconsideration", notice_date="2026-11-02").last_day - date(2026, 12, 20)
    assert left.days == module.item("m11-q3").key
    assert appeal_window(ER, "internal_appeal", received_on="2026-09-18").last_day == date(2027, 3, 17)
    assert (date(2026, 8, 1) - date(2026, 5, 4)).days + 1 == 90 and (date(2026, 9, 8) - date(2026, 8, 1)).days == 38
    lesson = [
        (MA, "reconsideration", {"notice_date": "2026-03-02"}, "05-06"),
        (MA, "reconsideration", {"notice_date": "2026-03-02", "received_on": "2026-03-12"}, "05-11"),
        (MCO, "plan_appeal", {"notice_date": "2026-03-02"}, "05-01"),
        (ER, "internal_appeal", {"received_on": "2026-03-05"}, "09-01"),
        (MCO, "keep_benefits", {"notice_date": "2026-03-04", "effective_on": "2026-03-20"}, "03-20"),
        (D, "redetermination", {"notice_date": "2026-04-10", "received_on": "2026-04-21"}, "06-20"),
        (MCO, "keep_benefits", {"notice_date": "2026-05-04", "effective_on": "2026-05-08"}, "05-14"),
    ]
    for line, level, dates, day in lesson:
        assert f"{appeal_window(line, level, **dates).last_day:%m-%d}" == day


def test_the_ladder_says_every_window_and_promises_nothing_in_doubt() -> None:
    rows = ladder.all_rows()
    levels = {(line, rung.level) for line, rungs in ladder.LADDERS.items() for rung in rungs}
    have = {key for key in filing_rows() if key[0] in ladder.LADDERS}
    assert levels == have and len(rows) == len(have) and all("as of" in row[5] for row in rows)
    for rungs in ladder.LADDERS.values():
        for rung in rungs:
            assert rung.late_payer is None or fact(rung.late_payer[1]).gradable
    assert all(sources for *_, sources in ladder.times())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("tricare", "reconsideration"), "no confirmed ladder for 'tricare'"),
        ((MA, "redetermination"), "Medicare Advantage has no level 'redetermination'"),
        ((MA, "reconsideration"), "needs the date on the notice"),
        ((ER, "internal_appeal", "service", "standard", "2026-08-03"), "the day on which the notice was received"),
        ((OM, "redetermination", "service", "expedited", "2026-08-03"), "only the standard track"),
        ((MA, "reconsideration", "service", "standard", "last week"), "write it like"),
        ((MA, "reconsideration", "service", "standard", "2026-08-03", "2026-08-01"), "before its own date"),
    ],
)
def test_what_the_ladder_cannot_do_it_says_in_a_sentence(arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(ClockError, match=words) as refused:
        ladder.place(*arguments)
    assert "\n" not in str(refused.value)


@given(st.sampled_from([(MA, "reconsideration"), (D, "redetermination"), (OM, "redetermination"), (MCO, "plan_appeal")]), st.dates(date(2026, 1, 1), date(2026, 9, 1)))  # fmt: skip
def test_a_later_notice_never_ends_earlier(rung: tuple[str, str], day: date) -> None:
    first = ladder.place(*rung, notice_date=str(day)).last_day
    later = ladder.place(*rung, notice_date=str(date.fromordinal(day.toordinal() + 1))).last_day
    assert first is not None and later is not None and (later - first).days == 1


def test_the_ladder_s_controls() -> None:
    tool = appeal_ladder()
    tool.tell()
    assert heard(tool) == "Reconsideration: file by Sunday, November 1, 2026. 32 days are left. If it is filed now, the decision is due October 30, 2026, 08:00."  # fmt: skip
    tool.speed.value = "expedited"
    tool.tell()
    assert "October 3, 2026, 08:00" in heard(tool)
    assert "prescriber" not in seen(tool) and "prescriber, without being named" in ladder.who_files(D)
    tool.level.value = "ire_reconsideration"
    tool.tell()
    assert "the plan itself sends an upheld denial" in heard(tool) and "nothing to file" in seen(tool)
    tool.line.value = MCO
    tool.level.value, tool.dated.value, tool.effective.value = "keep_benefits", "2026-09-25", "2026-10-01"
    tool.tell()
    assert "Monday, October 5" in heard(tool) and "438.420" in seen(tool)
    tool.line.value = ER
    tool.received.value = "2026-07-11"
    tool.dated.value = ""
    tool.level.value = "external_review"
    tool.tell()
    assert "Thursday, November 12" in heard(tool)
    tool.received.value = "soon"
    tool.tell()
    assert "write it like" in heard(tool) and "write it like" in seen(tool)


# --- triage ----------------------------------------------------------------------------------------------------------------------


def test_every_state_of_the_triage_has_an_advice_that_fits_the_rules() -> None:
    steps = set()
    for cause in triage.FOUND:
        for call in triage.CALLS:
            for given_ in (True, False):
                for harm in (True, False):
                    advice = triage.triage(cause, call, given_, harm)
                    steps.add(advice.step)
                    assert advice.step in triage.STEPS and advice.kind in ("administrative", "clinical", "coverage")
                    if given_:
                        assert advice.step not in ("new_try", "peer_to_peer", "wait")
                    if call == "closed":
                        assert advice.step != "peer_to_peer"
                    assert not (given_ and any("expedited track" in words for words in advice.also))
    assert steps == set(triage.STEPS)
    with pytest.raises(LookupError, match="no cause of the triage"):
        triage.triage("unlucky")


def test_the_answers_of_task_c2_follow_the_rules_of_the_desk() -> None:
    key = load_module("module_11").item("m11-c2").key
    closed = {"D02", "D09"}
    for story, (step, cause) in key.items():
        call = "closed" if story in closed else "open"
        assert triage.triage(cause, call, given=story == "D04").step == step, story
    assert {step for step, _ in key.values()} == set(triage.STEPS)


def test_the_triage_s_controls() -> None:
    tool = denial_triage()
    tool.cause.value = "left_out"
    assert heard(tool).startswith("A clinical denial. Send a new request")
    tool.given.value = True
    assert "File the appeal of the line" in heard(tool)
    tool.cause.value = "excluded"
    assert heard(tool).startswith("A coverage denial. No appeal on medical grounds") and "other_way" in seen(tool)
    tool.given.value = False
    tool.cause.value, tool.call.value, tool.harm.value = "overlooked", "closed", True
    assert "File the appeal" in heard(tool) and "expedited track" in heard(tool)


# --- letter ------------------------------------------------------------------------------------------------------------------------


def test_drafts_go_from_gaps_to_finished() -> None:
    for case in letter.cases():
        found = [letter.check(text, case.pages) for text in case.drafts.values()]
        print([(c.there, len(c.loose), round(c.grade, 1), c.length) for c in found])
        assert found[0].there <= 2 and len(found[0].loose) >= 2 and found[0].grade > letter.GRADE
        last = found[-1]
        assert last.there == len(letter.PARTS) and not last.loose and not last.unknown
        assert last.grade <= letter.GRADE and last.length <= letter.LONGEST
        assert last.linked["P3"] == last.linked["P4"] == 0 < last.linked["P1"]


def test_a_letter_can_be_empty_or_name_pages_that_are_not_there() -> None:
    pages = letter.cases()[0].pages
    assert letter.check("", pages).sentence == "The letter is empty. Write it, or take a draft."
    assert letter.check("The test showed it (P9).", pages).unknown == ("P9",)


def test_a_frame_that_nobody_filled_has_no_parts() -> None:
    case = letter.cases()[0]
    found = letter.check(case.drafts["the frame to fill in"], case.pages)
    assert found.there == 0 and found.unfilled > 10 and "Brackets still to fill" in found.sentence
    half = letter.check("Please reverse the denial and approve [code]. We appeal your notice of May 4.", case.pages)
    assert [part.name for part, there in half.parts if there] == ["Which decision"] and half.unfilled == 1


@given(st.text(max_size=300))
def test_any_text_can_be_checked(text: str) -> None:
    found = letter.check(text, letter.cases()[0].pages)
    assert 0 <= found.there <= len(letter.PARTS) and found.sentence.endswith(".")


def test_the_workshop_s_controls() -> None:
    tool = letter_workshop()
    tool.tell()
    assert heard(tool).startswith("0 of 8 parts are there. First to add: Who and what. 3 claims without a page.")
    tool.draft.value = "the finished letter"
    assert heard(tool).startswith("8 of 8 parts are there. Every claim names its page.") and "MISSING" not in seen(tool)
    tool.box_of_text.value = "<b>He tried it</b>"
    tool.tell()
    assert "<b>" not in tool.result.value and "1 claim without a page" in heard(tool)
    tool.box_of_text.value = ""
    tool.tell()
    assert heard(tool).startswith("The letter is empty")


def test_the_workshop_loses_no_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LetterWorkshop, "written", {})
    tool = letter_workshop()
    tool.box_of_text.value = "My own letter. (P1)"
    tool.draft.value = "the finished letter"
    assert tool.box_of_text.value == tool.case.drafts["the finished letter"]
    tool.box_of_text.value = "The finished letter, in my words. (P2)"
    tool.draft.value = "my letter 1"
    assert tool.box_of_text.value == "My own letter. (P1)"
    tool.box_of_text.value += " And more. (P3)"
    tool.draft.value = "my letter 2"
    assert tool.box_of_text.value == "The finished letter, in my words. (P2)"
    tool.box_of_text.value = ""
    tool.draft.value = "a first draft with gaps"
    assert list(tool.draft.options)[-2:] == [("my letter 1", "my letter 1"), ("my letter 2", "my letter 2")]
    again = letter_workshop()
    assert again.box_of_text.value == again.case.drafts["a first draft with gaps"]
    again.draft.value = "my letter 1"
    assert again.box_of_text.value == "My own letter. (P1) And more. (P3)"
    again.draft.value = "my letter 2"
    assert again.box_of_text.value == "The finished letter, in my words. (P2)"
