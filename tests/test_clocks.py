"""The clocks: one hand-computed case for every row, and properties that hold for all of them."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from priorauth import calendars as cal
from priorauth.clock_table import table
from priorauth.clocks import ClockError, appeal_window, clock_key, clock_rows, due_at, filing_rows
from priorauth.facts import fact

CHICAGO = ZoneInfo("America/Chicago")
FRIDAY = "2026-09-11 16:20"
EMPLOYER_TYPE = ("commercial", "individual_market", "marketplace_qhp")

# Worked by hand from the rule. Friday 2026-09-11 16:20; Labor Day (2026-09-07) is past.
DECISIONS = {
    ("medicare_advantage", "service", "standard"): "2026-09-18 16:20",
    ("medicare_advantage", "service", "expedited"): "2026-09-14 16:20",
    ("medicare_advantage", "service_without_pa", "standard"): "2026-09-25 16:20",
    ("medicare_advantage", "service_without_pa", "expedited"): "2026-09-14 16:20",
    ("medicare_advantage", "part_b_drug", "standard"): "2026-09-14 16:20",
    ("medicare_advantage", "part_b_drug", "expedited"): "2026-09-12 16:20",
    ("medicare_advantage", "post_stabilization", "standard"): "2026-09-11 17:20",
    ("medicare_advantage", "post_stabilization", "expedited"): "2026-09-11 17:20",
    ("medicare_advantage", "appeal_service", "standard"): "2026-10-11 16:20",
    ("medicare_advantage", "appeal_service", "expedited"): "2026-09-14 16:20",
    ("medicare_advantage", "appeal_part_b_drug", "standard"): "2026-09-18 16:20",
    ("medicare_advantage", "appeal_part_b_drug", "expedited"): "2026-09-14 16:20",
    ("medicare_advantage", "appeal_payment", "standard"): "2026-11-10 16:20",
    ("part_d", "drug", "standard"): "2026-09-14 16:20",
    ("part_d", "drug", "expedited"): "2026-09-12 16:20",
    ("part_d", "drug_exception", "standard"): "2026-09-28 16:20",  # no statement: 14 days, then 72 hours
    ("part_d", "drug_exception", "expedited"): "2026-09-26 16:20",
    ("part_d", "payment", "standard"): "2026-09-25 16:20",
    ("part_d", "appeal_drug", "standard"): "2026-09-18 16:20",
    ("part_d", "appeal_drug", "expedited"): "2026-09-14 16:20",
    ("part_d", "appeal_payment", "standard"): "2026-09-25 16:20",
    ("traditional_medicare", "outpatient_list", "standard"): "2026-09-18 16:20",
    ("traditional_medicare", "outpatient_list", "expedited"): "2026-09-15 16:20",
    ("traditional_medicare", "dmepos_list", "standard"): "2026-09-18 16:20",
    ("traditional_medicare", "dmepos_list", "expedited"): "2026-09-15 16:20",
    ("traditional_medicare", "ambulance", "standard"): "2026-09-18 16:20",
    ("traditional_medicare", "wiser", "standard"): "2026-09-14 16:20",
    ("traditional_medicare", "appeal_service", "standard"): "2026-11-10 16:20",
    ("medicaid_managed", "service", "standard"): "2026-09-18 16:20",
    ("medicaid_managed", "service", "expedited"): "2026-09-14 16:20",
    ("medicaid_managed", "drug", "standard"): "2026-09-12 16:20",
    ("medicaid_managed", "drug", "expedited"): "2026-09-12 16:20",
    ("medicaid_managed", "appeal_service", "standard"): "2026-10-11 16:20",
    ("medicaid_managed", "appeal_service", "expedited"): "2026-09-14 16:20",
    ("medicaid_managed", "appeal_drug", "standard"): "2026-10-11 16:20",
    ("medicaid_managed", "appeal_drug", "expedited"): "2026-09-14 16:20",
    ("medicaid_ffs", "service", "standard"): "2026-09-18 16:20",
    ("medicaid_ffs", "service", "expedited"): "2026-09-14 16:20",
    ("medicaid_ffs", "drug", "standard"): "2026-09-12 16:20",
    ("medicaid_ffs", "drug", "expedited"): "2026-09-12 16:20",
    ("chip_ffs", "service", "standard"): "2026-09-18 16:20",
    ("chip_ffs", "service", "expedited"): "2026-09-14 16:20",
    ("chip_managed", "service", "standard"): "2026-09-18 16:20",
    ("chip_managed", "service", "expedited"): "2026-09-14 16:20",
    ("marketplace_qhp", "drug_exception", "standard"): "2026-09-14 16:20",
    ("marketplace_qhp", "drug_exception", "expedited"): "2026-09-12 16:20",
    ("individual_market", "drug_exception", "standard"): "2026-09-14 16:20",
    ("individual_market", "drug_exception", "expedited"): "2026-09-12 16:20",
}
for _line in EMPLOYER_TYPE:
    DECISIONS |= {
        (_line, "service", "standard"): "2026-09-26 16:20",
        (_line, "service", "expedited"): "2026-09-14 16:20",
        (_line, "drug", "standard"): "2026-09-26 16:20",
        (_line, "drug", "expedited"): "2026-09-14 16:20",
        (_line, "concurrent_extension", "expedited"): "2026-09-12 16:20",
        (_line, "post_service", "standard"): "2026-10-11 16:20",
        (_line, "appeal_service", "standard"): "2026-10-11 16:20",
        (_line, "appeal_service", "expedited"): "2026-09-14 16:20",
        (_line, "appeal_drug", "standard"): "2026-10-11 16:20",
        (_line, "appeal_drug", "expedited"): "2026-09-14 16:20",
        (_line, "appeal_payment", "standard"): "2026-11-10 16:20",
        (_line, "external_review", "standard"): "2026-10-26 16:20",
        (_line, "external_review", "expedited"): "2026-09-14 16:20",
    }

# notice dated 2026-06-01, received 2026-06-03
FILINGS = {
    ("medicare_advantage", "reconsideration"): ("2026-08-05", "2026-08-02"),  # presumed receipt; shown receipt
    ("medicare_advantage", "alj_hearing"): ("2026-08-05", "2026-08-02"),
    ("part_d", "redetermination"): ("2026-08-05", "2026-08-02"),
    ("part_d", "ire_reconsideration"): ("2026-08-05", "2026-08-02"),
    ("part_d", "alj_hearing"): (None, "2026-08-02"),
    ("traditional_medicare", "redetermination"): ("2026-10-04", "2026-10-01"),
    ("traditional_medicare", "qic_reconsideration"): ("2026-12-03", "2026-11-30"),
    ("traditional_medicare", "alj_hearing"): (None, "2026-08-02"),
    ("medicaid_managed", "plan_appeal"): ("2026-07-31", "2026-07-31"),  # the date on the notice alone counts
    ("medicaid_managed", "state_fair_hearing"): ("2026-08-30", "2026-08-30"),
    ("medicaid_managed", "keep_benefits"): ("2026-06-11", "2026-06-11"),
    ("medicaid_ffs", "state_fair_hearing"): ("2026-08-30", "2026-08-30"),
}
for _line in EMPLOYER_TYPE:
    FILINGS |= {
        (_line, "internal_appeal"): (None, "2026-11-30"),
        (_line, "external_review"): (None, "2026-10-05"),  # 3 October 2026 is a Saturday
    }


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def instant(due_moment: datetime) -> datetime:
    """The real point in time behind a plan time without a zone."""
    return due_moment.replace(tzinfo=CHICAGO).astimezone(UTC)


def test_every_decision_row_gives_the_time_worked_out_by_hand():
    assert set(DECISIONS) == set(clock_rows())
    covered = [key for row in table()["decisions"] for key in _keys(row)]
    assert len(covered) == len(set(covered)) == len(DECISIONS), "two rows claim the same combination"
    print(f"\n{len(table()['decisions'])} rows, {len(DECISIONS)} combinations; received {FRIDAY}")
    for key, expected in DECISIONS.items():
        due = due_at(*key, FRIDAY)
        print(f"  {' / '.join(key):<52} {due.at:%a %Y-%m-%d %H:%M}  {due.fact_id} {due.citation}")
        assert due.at == moment(expected), key
        assert due.gradable, f"{key} rests on a fact that may not be graded"


def _keys(row):
    return [(line, kind, urgency) for line in row["lines"] for kind in row["kinds"] for urgency in row["urgency"]]


def test_every_filing_row_gives_the_day_worked_out_by_hand():
    open_rows = {key for key, row in filing_rows().items() if "not_filed" not in row}
    assert set(FILINGS) == open_rows
    print(f"\n{len(FILINGS)} filing windows; notice dated 2026-06-01, received 2026-06-03")
    for key, (by_notice, by_receipt) in FILINGS.items():
        due = appeal_window(*key, notice_date="2026-06-01", received_on="2026-06-03")
        print(f"  {' / '.join(key):<46} {due.last_day:%a %Y-%m-%d}  {due.fact_id} {due.citation}")
        assert due.last_day == date.fromisoformat(by_receipt), key
        assert due.at.time() == cal.LAST_MINUTE and due.gradable
        if by_notice:
            assert appeal_window(*key, notice_date="2026-06-01").last_day == date.fromisoformat(by_notice), key
        else:
            with pytest.raises(ClockError, match="received"):
                appeal_window(*key, notice_date="2026-06-01")


def test_the_numbers_come_from_the_facts():
    refs = 0
    for row in [*table()["decisions"], *table()["appeals"]]:
        for ref in (
            row,
            row.get("extension"),
            row.get("presumed"),
            row.get("without_statement"),
            row.get("missing_information"),
        ):
            if not ref or "not_filed" in ref:
                continue
            names = {"field", "wait", "then", "ask_hours", "answer_hours", "answer_days", "decide_hours", "latest"}
            for name in names & set(ref):
                assert fact(ref["fact"]).number(ref[name]) > 0
                refs += 1
            assert fact(ref["fact"]).gradable, ref["fact"]
        digits = [c for c in row.get("rule", "") if c.isdigit()]
        assert not digits, f"a number is written into the words of {row['fact']}"
    assert refs > 70


@pytest.mark.parametrize(
    ("kind", "statement", "expected"),
    [
        ("standard", "2026-09-15 09:00", "2026-09-18 09:00"),  # the clock waits for the statement
        ("standard", "2026-09-10 09:00", "2026-09-14 16:20"),  # it lay there already: the request starts the clock
        ("standard", "2026-10-20 09:00", "2026-09-28 16:20"),  # too late: the plan may not wait longer
        ("expedited", "2026-09-15 09:00", "2026-09-16 09:00"),
    ],
)
def test_an_exception_waits_for_the_statement_but_not_for_ever(kind, statement, expected):
    due = due_at("part_d", "drug_exception", kind, FRIDAY, {"statement_at": statement})
    assert due.at == moment(expected)


def test_extensions():
    late = {"extended_at": "2026-09-16 10:00"}
    assert due_at("medicare_advantage", "service", "standard", FRIDAY, late).at == moment("2026-10-02 16:20")
    assert due_at("medicaid_managed", "service", "standard", FRIDAY, late).at == moment("2026-10-02 16:20")
    assert due_at("commercial", "service", "standard", FRIDAY, late).at == moment("2026-10-11 16:20")
    with pytest.raises(ClockError, match="no extension"):
        due_at("medicare_advantage", "part_b_drug", "standard", FRIDAY, late)
    with pytest.raises(ClockError, match="after the time was up"):
        due_at("medicare_advantage", "service", "standard", FRIDAY, {"extended_at": "2026-09-19 10:00"})


def test_a_question_stops_the_clock_of_an_employer_plan_and_of_nobody_else():
    asked = {"info_asked_at": "2026-09-14 10:00", "info_received_at": "2026-09-24 10:00"}
    assert due_at("medicare_advantage", "service", "standard", FRIDAY, asked).at == moment("2026-09-18 16:20")
    assert due_at("medicaid_managed", "service", "standard", FRIDAY, asked).at == moment("2026-09-18 16:20")
    stopped = due_at("commercial", "service", "standard", FRIDAY, asked)
    assert stopped.at == moment("2026-10-21 16:20")  # 15 + 15 days, and the 10 days of waiting
    assert "erisa-missing-information-45-days-tolling" in stopped.fact_ids
    silent = due_at("commercial", "service", "standard", FRIDAY, {"info_asked_at": "2026-09-14 10:00"})
    assert silent.at == moment("2026-11-25 16:20")  # 15 + 15 + 45


def test_an_incomplete_urgent_claim():
    def urgent(**events):
        return due_at("commercial", "service", "expedited", FRIDAY, events).at

    assert urgent(info_asked_at="2026-09-11 18:00") == moment("2026-09-15 18:00")  # 48 to answer, 48 to decide
    assert urgent(info_asked_at="2026-09-11 18:00", info_received_at="2026-09-12 08:00") == moment("2026-09-14 08:00")
    assert urgent(info_asked_at="2026-09-13 18:00") == moment("2026-09-14 16:20")  # asked too late: 72 hours stand


def test_business_days_skip_weekends_and_federal_holidays_and_stop_at_seven_days():
    # Friday before Labor Day: 5 business days would be the 14th, but 7 calendar days end on the 11th
    assert due_at("traditional_medicare", "dmepos_list", "standard", "2026-09-04 10:00").at == moment(
        "2026-09-11 10:00"
    )
    assert due_at("traditional_medicare", "dmepos_list", "standard", "2026-09-08 10:00").at == moment(
        "2026-09-15 10:00"
    )
    assert due_at("traditional_medicare", "dmepos_list", "expedited", "2026-09-04 10:00").at == moment(
        "2026-09-09 10:00"
    )
    # received on a Saturday: two full business days, Monday and Tuesday
    assert due_at("traditional_medicare", "dmepos_list", "expedited", "2026-09-12 10:00").at == moment(
        "2026-09-15 23:59"
    )
    with pytest.raises(ClockError, match="federal holidays"):
        due_at("traditional_medicare", "outpatient_list", "expedited", "2029-06-01 10:00")


def test_federal_holidays_agree_with_a_second_source():
    from pandas.tseries.holiday import USFederalHolidayCalendar

    second = USFederalHolidayCalendar().holidays("2025-01-01", "2028-12-31")
    assert len(cal.federal_holidays()) == 44
    assert sorted(cal.federal_holidays()) == [day.date() for day in second]


def test_hours_are_real_hours_when_clocks_change():
    # 8 March 2026: the night has 23 hours; 1 November 2026: it has 25
    assert due_at("medicare_advantage", "part_b_drug", "expedited", "2026-03-07 16:20").at == moment("2026-03-08 17:20")
    assert due_at("medicare_advantage", "part_b_drug", "expedited", "2026-10-31 16:20").at == moment("2026-11-01 15:20")
    assert due_at("medicare_advantage", "service", "standard", "2026-03-05 16:20").at == moment("2026-03-12 16:20")
    assert due_at("medicare_advantage", "service", "standard", "2026-03-01 02:30").at == moment("2026-03-08 03:00")


def test_a_time_with_a_zone_is_counted_in_plan_time_and_keeps_a_zone():
    east = datetime(2026, 9, 11, 17, 20, tzinfo=ZoneInfo("America/New_York"))
    due = due_at("medicare_advantage", "service", "standard", east)
    assert due.at == datetime(2026, 9, 18, 16, 20, tzinfo=CHICAGO)
    assert due_at("medicare_advantage", "service", "standard", pd.Timestamp(east)).at == due.at
    assert type(due_at("part_d", "drug", "standard", pd.Timestamp(FRIDAY)).at) is datetime


def test_a_date_without_a_time():
    assert due_at("medicare_advantage", "service", "standard", "2026-09-11").at == moment("2026-09-18 23:59")
    assert due_at("medicare_advantage", "service", "standard", date(2026, 9, 11)).at == moment("2026-09-18 23:59")
    with pytest.raises(ClockError, match="time of receipt"):
        due_at("part_d", "drug", "standard", "2026-09-11")


def test_missing_events_from_a_table_are_no_events():
    blanks = {"statement_at": pd.NaT, "extended_at": None, "info_asked_at": float("nan"), "info_received_at": ""}
    assert due_at("commercial", "service", "standard", FRIDAY, blanks).at == moment("2026-09-26 16:20")
    with pytest.raises(ClockError, match="not a date"):
        due_at("commercial", "service", "standard", pd.NaT)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("medicare", "service", "standard", FRIDAY), "is not a line of business"),
        (("tricare", "service", "standard", FRIDAY), "no confirmed clock"),
        (("medicare_advantage", "servce", "standard", FRIDAY), "Did you mean 'service'"),
        (("medicare_advantage", "service", "rush", FRIDAY), "standard, expedited"),
        (("traditional_medicare", "ambulance", "expedited", FRIDAY), "there is standard"),
        (("medicare_advantage", "service", "standard", "2025-12-31 10:00"), "applies from 2026-01-01"),
        (("medicare_advantage", "service", "standard", "last Friday"), "write it like"),
        (("commercial", "service", "standard", FRIDAY, {"asked": FRIDAY}), "is not an event"),
        (("commercial", "service", "standard", FRIDAY, {"info_asked_at": "2026-09-01 10:00"}), "before the receipt"),
    ],
)
def test_what_cannot_be_computed_is_said_in_one_sentence(arguments, words):
    with pytest.raises(ClockError) as raised:
        due_at(*arguments)
    assert words in str(raised.value) and "\n" not in str(raised.value)


def test_appeal_errors_and_special_cases():
    with pytest.raises(ClockError, match="plan itself sends"):
        appeal_window("medicare_advantage", "ire_reconsideration", notice_date="2026-06-01")
    with pytest.raises(ClockError, match="before its own date"):
        appeal_window("medicare_advantage", "reconsideration", notice_date="2026-06-05", received_on="2026-06-01")
    with pytest.raises(ClockError, match="there is reconsideration"):
        appeal_window("medicare_advantage", "redetermination", notice_date="2026-06-05")
    kept = appeal_window("medicaid_managed", "keep_benefits", notice_date="2026-06-01", effective_on="2026-07-01")
    assert kept.last_day == date(2026, 7, 1)
    # 31 October + 4 months: there is no 31 February, so 1 March
    assert appeal_window("qhp", "external_review", received_on="2026-10-31").last_day == date(2027, 3, 1)


def test_the_world_s_rows_find_their_clock():
    assert clock_key("medicare_advantage", "pharmacy_drug", "step_exception", "part_d") == ("part_d", "drug_exception")
    assert clock_key("medicare_advantage", "medical_benefit_drug", "initial", "part_d") == (
        "medicare_advantage",
        "part_b_drug",
    )
    assert clock_key("medicaid_managed", "pharmacy_drug", "initial", "medicaid") == ("medicaid_managed", "drug")
    assert clock_key("commercial", "pharmacy_drug", "quantity_exception", "employer") == ("commercial", "drug")
    assert clock_key("marketplace_qhp", "pharmacy_drug", "formulary_exception", "qhp") == (
        "marketplace_qhp",
        "drug_exception",
    )
    assert clock_key("traditional_medicare", "dme", "initial") == ("traditional_medicare", "dmepos_list")
    known = {key[:2] for key in clock_rows()}
    for line in ("commercial", "medicare_advantage", "medicaid_managed", "marketplace_qhp", "traditional_medicare"):
        for drug_rules in ("part_d", "medicaid", "employer", "qhp", "none"):
            for category in ("pharmacy_drug", "advanced_imaging", "dme", "medical_benefit_drug"):
                if (
                    category == "pharmacy_drug"
                    and drug_rules == "none"
                    and line in ("medicare_advantage", "traditional_medicare")
                ):
                    continue  # a Medicare product without drug cover has no pharmacy drug
                assert clock_key(line, category, "initial", drug_rules) in known


moments = st.datetimes(datetime(2026, 1, 1), datetime(2028, 9, 30)).map(lambda m: m.replace(second=0, microsecond=0))
combinations = st.sampled_from(sorted(DECISIONS))


@settings(max_examples=400)
@given(combinations, moments)
def test_no_answer_is_due_before_the_request_came(key, received):
    if key[1] == "wiser" and received < datetime(2026, 1, 6):
        return
    due = due_at(*key, received)
    real_start = instant(cal.to_moment(received)[0].replace(tzinfo=None))
    assert instant(due.at) > real_start


@settings(max_examples=400)
@given(combinations, moments, st.timedeltas(timedelta(minutes=1), timedelta(days=10)))
def test_what_comes_later_is_never_due_earlier(key, first, gap):
    if key[1] == "wiser" and first < datetime(2026, 1, 6):
        return
    second = (first + gap).replace(second=0, microsecond=0)
    if instant(first) > instant(second):  # the hour that a clock change repeats
        return
    assert instant(due_at(*key, first).at) <= instant(due_at(*key, second).at)


@settings(max_examples=200)
@given(moments, st.timedeltas(timedelta(0), timedelta(days=30)), st.timedeltas(timedelta(0), timedelta(days=5)))
def test_a_later_statement_or_answer_never_brings_the_deadline_forward(received, wait, more):
    def exception(at):
        return instant(due_at("part_d", "drug_exception", "standard", received, {"statement_at": at}).at)

    assert exception(received + wait) <= exception(received + wait + more) + timedelta(hours=1)
    asked = received + timedelta(days=3)

    def tolled(at):
        events = {"info_asked_at": asked, "info_received_at": at}
        return due_at("commercial", "service", "standard", received, events).at

    assert tolled(asked + wait) <= tolled(asked + wait + more) + timedelta(hours=1)


@settings(max_examples=200)
@given(st.sampled_from(sorted(FILINGS)), st.dates(date(2025, 6, 1), date(2027, 12, 31)), st.integers(0, 20))
def test_filing_windows_end_after_the_notice_and_move_with_it(key, notice, days):
    first = appeal_window(*key, notice_date=notice, received_on=notice + timedelta(days=3)).last_day
    later = notice + timedelta(days=days)
    assert notice < first <= appeal_window(*key, notice_date=later, received_on=later + timedelta(days=3)).last_day


def test_importing_the_clocks_is_cheap():
    code = (
        "import sys, time; t = time.perf_counter(); import priorauth.clocks; s = time.perf_counter() - t;"
        "assert not {'pandas', 'numpy', 'pydantic', 'yaml', 'coursekit'} & set(sys.modules), sorted(sys.modules); print(s)"
    )
    best = min(
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(3)
    )
    print(f"\nimport priorauth.clocks: {best * 1000:.0f} ms")
    assert best < 0.15
