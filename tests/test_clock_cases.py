"""Every row of the decision-clock table and of the appeals table as cases worked out by hand, with the citation shown.

Received on Thursday, July 2, 2026, 22:45: Friday is the observed holiday, then comes a weekend. What the sources leave
in doubt must be refused in one sentence instead of being computed.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime

import pytest

from priorauth import due_clock
from priorauth.clocks import ClockError, appeal_window, due_at

NIGHT = "2026-07-02 22:45"
STD, EXP = "standard", "expedited"
MA, D, OM, MCO, FFS = "medicare_advantage", "part_d", "traditional_medicare", "medicaid_managed", "medicaid_ffs"
EMPLOYER_TYPE = ("commercial", "individual_market", "marketplace_qhp")

# (row of the table, line, kind, urgency, events, expected, part of the citation); expected is July 2026 as "day hh:mm",
# a whole moment, or "no: ..." with words of the refusal. A seventh entry of the events is another receipt.
DECISIONS: list[tuple[str, str, str, str, dict[str, str], str, str]] = [
    ("MA service that needs PA", MA, "service", STD, {}, "09 22:45", "422.568"),
    ("MA service that needs PA", MA, "service", EXP, {}, "05 22:45", "422.572"),
    ("MA service that needs PA", MA, "service", STD, {"extended_at": "2026-07-08 12:00"}, "23 22:45", "422.568"),
    ("MA service that needs PA", MA, "service", EXP, {"extended_at": "2026-07-04 12:00"}, "19 22:45", "422.572"),
    ("MA service that needs PA", MA, "service", STD, {"info_asked_at": "2026-07-06 09:00", "info_received_at": "2026-07-20 09:00"}, "09 22:45", "422.568"),
    ("MA service that needs PA", MA, "service", EXP, {"received": "2026-03-06 12:00"}, "2026-03-09 13:00", "422.572"),
    ("MA service that needs PA", MA, "service", EXP, {"received": "2026-10-30 12:00"}, "2026-11-02 11:00", "422.572"),
    ("MA service that needs PA", MA, "service", STD, {"received": "2026-10-28 08:00"}, "2026-11-04 08:00", "422.568"),
    ("MA service without PA", MA, "service_without_pa", STD, {}, "16 22:45", "422.568"),
    ("MA service without PA", MA, "service_without_pa", EXP, {}, "05 22:45", "422.572"),
    ("MA service without PA", MA, "service_without_pa", STD, {"extended_at": "2026-07-08 12:00"}, "30 22:45", "422.568"),
    ("MA Part B drug", MA, "part_b_drug", STD, {}, "05 22:45", "422.568"),
    ("MA Part B drug", MA, "part_b_drug", EXP, {}, "03 22:45", "422.572"),
    ("MA Part B drug", MA, "part_b_drug", STD, {"extended_at": "2026-07-04 12:00"}, "no: no extension", ""),
    *(("MA care after an emergency", MA, "post_stabilization", speed, {}, "02 23:45", "422.113") for speed in (STD, EXP)),
    ("Integrated D-SNP", "integrated_dsnp", "service", STD, {}, "no: no confirmed clock", ""),
    ("Part D, criteria met", D, "drug", STD, {}, "05 22:45", "423.568"),
    ("Part D, criteria met", D, "drug", EXP, {}, "03 22:45", "423.572"),
    ("Part D, criteria met", D, "drug", STD, {"extended_at": "2026-07-04 12:00"}, "no: no extension", ""),
    ("Part D, exception", D, "drug_exception", STD, {"statement_at": "2026-07-04 01:15"}, "07 01:15", "423.568"),
    ("Part D, exception", D, "drug_exception", EXP, {"statement_at": "2026-07-04 01:15"}, "05 01:15", "423.5"),
    ("Part D, exception", D, "drug_exception", STD, {}, "19 22:45", "423.568"),
    ("Part D, exception", D, "drug_exception", EXP, {}, "17 22:45", "423.5"),
    ("Part D, payment", D, "payment", STD, {}, "16 22:45", "423.568"),
    ("Original Medicare, outpatient list", OM, "outpatient_list", STD, {}, "09 22:45", ""),
    ("Original Medicare, outpatient list", OM, "outpatient_list", EXP, {}, "07 22:45", ""),
    ("Original Medicare, DMEPOS list", OM, "dmepos_list", STD, {}, "09 22:45", ""),
    ("Original Medicare, DMEPOS list", OM, "dmepos_list", STD, {"received": "2026-07-06 09:00"}, "13 09:00", ""),
    ("Original Medicare, DMEPOS list", OM, "dmepos_list", EXP, {}, "07 22:45", ""),
    ("Original Medicare, ambulance", OM, "ambulance", STD, {}, "09 22:45", ""),
    ("Original Medicare, ambulance", OM, "ambulance", EXP, {}, "no: there is standard", ""),
    ("Original Medicare, WISeR", OM, "wiser", STD, {}, "05 22:45", ""),
    ("Original Medicare, WISeR", OM, "wiser", EXP, {}, "no: there is standard", ""),
    ("Medicaid managed care, service", MCO, "service", STD, {}, "09 22:45", "438.210"),
    ("Medicaid managed care, service", MCO, "service", EXP, {}, "05 22:45", "438.210"),
    ("Medicaid managed care, service", MCO, "service", STD, {"extended_at": "2026-07-08 12:00"}, "23 22:45", "438.210"),
    ("Medicaid managed care, service", MCO, "service", STD, {"info_asked_at": "2026-07-06 09:00"}, "09 22:45", "438.210"),
    ("Medicaid by the state, service", FFS, "service", STD, {}, "09 22:45", "440.230"),
    ("Medicaid by the state, service", FFS, "service", EXP, {}, "05 22:45", "440.230"),
    ("Medicaid by the state, service", FFS, "service", STD, {"extended_at": "2026-07-08 12:00"}, "23 22:45", "440.230"),
    *(("Medicaid, drug", line, "drug", speed, {}, "03 22:45", "1927") for line in (MCO, FFS) for speed in (STD, EXP)),
    *(("CHIP", line, "service", STD, {}, "09 22:45", "457") for line in ("chip_ffs", "chip_managed")),
    *(("CHIP", line, "service", EXP, {}, "05 22:45", "457") for line in ("chip_ffs", "chip_managed")),
    *(("CHIP", line, "service", STD, {"extended_at": "2026-07-08 12:00"}, "no: no extension", "") for line in ("chip_ffs", "chip_managed")),
    *(("Employer type, pre-service", line, kind, STD, {}, "17 22:45", "2560.503-1") for line in EMPLOYER_TYPE for kind in ("service", "drug")),
    *(("Employer type, pre-service", line, kind, EXP, {}, "05 22:45", "2560.503-1") for line in EMPLOYER_TYPE for kind in ("service", "drug")),
    *(("Employer type, pre-service", line, "service", STD, {"extended_at": "2026-07-08 12:00"}, "2026-08-01 22:45", "2560.503-1") for line in EMPLOYER_TYPE),
    *(("Employer type, pre-service", line, "service", STD, {"info_asked_at": "2026-07-06 09:00", "info_received_at": "2026-07-16 09:00"}, "2026-08-11 22:45", "2560.503-1") for line in EMPLOYER_TYPE),
    ("Employer type, pre-service", "commercial", "service", STD, {"info_asked_at": "2026-07-06 09:00"}, "2026-09-15 22:45", "2560.503-1"),
    ("Employer type, urgent and incomplete", "commercial", "service", EXP, {"info_asked_at": "2026-07-03 10:00", "info_received_at": "2026-07-04 10:00"}, "06 10:00", "2560.503-1"),
    ("Employer type, urgent and incomplete", "commercial", "service", EXP, {"info_asked_at": "2026-07-03 10:00"}, "07 10:00", "2560.503-1"),
    ("Employer type, urgent and incomplete", "commercial", "service", EXP, {"info_asked_at": "2026-07-04 10:00"}, "05 22:45", "2560.503-1"),
    *(("Employer type, running treatment", line, "concurrent_extension", EXP, {}, "03 22:45", "2560.503-1") for line in EMPLOYER_TYPE),
    ("Employer type, running treatment", "commercial", "concurrent_extension", STD, {}, "no: there is expedited", ""),
    *(("Employer type, post-service", line, "post_service", STD, {}, "2026-08-01 22:45", "2560.503-1") for line in EMPLOYER_TYPE),
    ("Employer type, post-service", "commercial", "post_service", STD, {"extended_at": "2026-07-20 12:00"}, "2026-08-16 22:45", "2560.503-1"),
    *(("Drug not on the formulary", line, "drug_exception", STD, {}, "05 22:45", "156.122") for line in ("marketplace_qhp", "individual_market")),
    *(("Drug not on the formulary", line, "drug_exception", EXP, {}, "03 22:45", "156.122") for line in ("marketplace_qhp", "individual_market")),
    ("Drug not on the formulary", "commercial", "drug_exception", STD, {}, "no: there is no kind", ""),
    ("TRICARE", "tricare", "service", STD, {}, "no: no confirmed clock", ""),
    ("VA community care", "va", "service", STD, {}, "no: no confirmed clock", ""),
    # decision times of the appeals table
    ("MA 1 reconsideration", MA, "appeal_service", STD, {}, "2026-08-01 22:45", "422.590"),
    ("MA 1 reconsideration", MA, "appeal_service", STD, {"extended_at": "2026-07-20 12:00"}, "2026-08-15 22:45", "422.590"),
    ("MA 1 reconsideration", MA, "appeal_service", EXP, {}, "05 22:45", "422.590"),
    ("MA 1 reconsideration", MA, "appeal_payment", STD, {}, "2026-08-31 22:45", "422.590"),
    ("MA 1 reconsideration", MA, "appeal_part_b_drug", STD, {}, "09 22:45", "422.590"),
    ("MA 1 reconsideration", MA, "appeal_part_b_drug", EXP, {}, "05 22:45", "422.590"),
    ("MA 1 reconsideration", MA, "appeal_part_b_drug", STD, {"extended_at": "2026-07-06 12:00"}, "no: no extension", ""),
    ("Part D 1 redetermination", D, "appeal_drug", STD, {}, "09 22:45", "423.590"),
    ("Part D 1 redetermination", D, "appeal_drug", EXP, {}, "05 22:45", "423.590"),
    ("Part D 1 redetermination", D, "appeal_payment", STD, {}, "16 22:45", "423.590"),
    ("Original Medicare 1 redetermination", OM, "appeal_service", STD, {}, "2026-08-31 22:45", "405"),
    *(("Medicaid managed care 1 plan appeal", MCO, kind, STD, {}, "2026-08-01 22:45", "438.408") for kind in ("appeal_service", "appeal_drug")),
    ("Medicaid managed care 1 plan appeal", MCO, "appeal_service", STD, {"extended_at": "2026-07-20 12:00"}, "2026-08-15 22:45", "438.408"),
    *(("Medicaid managed care 1 plan appeal", MCO, kind, EXP, {}, "05 22:45", "438") for kind in ("appeal_service", "appeal_drug")),
    *(("Group internal appeal", line, kind, EXP, {}, "05 22:45", "2560.503-1") for line in EMPLOYER_TYPE for kind in ("appeal_service", "appeal_drug")),
    *(("Group internal appeal", line, kind, STD, {}, "2026-08-01 22:45", "2560.503-1") for line in EMPLOYER_TYPE for kind in ("appeal_service", "appeal_drug")),
    *(("Group internal appeal", line, "appeal_payment", STD, {}, "2026-08-31 22:45", "2560.503-1") for line in EMPLOYER_TYPE),
    *(("External review", line, "external_review", STD, {}, "2026-08-16 22:45", "147.136") for line in EMPLOYER_TYPE),
    *(("External review", line, "external_review", EXP, {}, "05 22:45", "147.136") for line in EMPLOYER_TYPE),
]  # fmt: skip

# (row, line, level, last day by the notice of 2026-03-02, last day by shown receipt on 2026-03-09, part of the citation)
FILINGS: list[tuple[str, str, str, str, str, str]] = [
    ("MA 1 reconsideration", MA, "reconsideration", "2026-05-06", "2026-05-08", "422.582"),
    ("MA 2 independent review", MA, "ire_reconsideration", "no: plan itself sends", "no: plan itself sends", ""),
    ("MA 3 hearing", MA, "alj_hearing", "2026-05-06", "2026-05-08", "422.602"),
    ("MA 4 council, 5 court", MA, "council", "no: there is reconsideration", "no: there is reconsideration", ""),
    ("MA fast track", MA, "fast_track", "no: there is reconsideration", "no: there is reconsideration", ""),
    ("Part D 1 redetermination", D, "redetermination", "2026-05-06", "2026-05-08", "423.582"),
    ("Part D 2 independent review", D, "ire_reconsideration", "2026-05-06", "2026-05-08", "423.600"),
    ("Part D 3 hearing", D, "alj_hearing", "no: received", "2026-05-08", "423"),
    ("Part D 4 council, 5 court", D, "council", "no: there is redetermination", "no: there is redetermination", ""),
    ("Original Medicare 1 redetermination", OM, "redetermination", "2026-07-05", "2026-07-07", "405"),
    ("Original Medicare 2 reconsideration", OM, "qic_reconsideration", "2026-09-03", "2026-09-05", "405"),
    ("Original Medicare 3 hearing", OM, "alj_hearing", "no: received", "2026-05-08", "405"),
    ("Original Medicare, hospital discharge", OM, "qio_discharge", "no: there is redetermination", "no: there is", ""),
    ("Original Medicare, ending services", OM, "qio_services", "no: there is redetermination", "no: there is", ""),
    ("Medicaid managed care 1 plan appeal", MCO, "plan_appeal", "2026-05-01", "2026-05-01", "438.402"),
    ("Medicaid managed care 2 fair hearing", MCO, "state_fair_hearing", "2026-05-31", "2026-05-31", "438.408"),
    ("Medicaid managed care, keep benefits", MCO, "keep_benefits", "2026-03-12", "2026-03-12", "438.420"),
    ("Medicaid by the state, fair hearing", FFS, "state_fair_hearing", "2026-05-31", "2026-05-31", "431"),
    *(("Group internal appeal", line, "internal_appeal", "no: received", "2026-09-05", "2560.503-1") for line in EMPLOYER_TYPE),
    *(("External review", line, "external_review", "no: received", "2026-07-09", "147.136") for line in EMPLOYER_TYPE),
    ("TRICARE reconsideration", "tricare", "reconsideration", "no: no confirmed clock", "no: no confirmed clock", ""),
]  # fmt: skip


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text if len(text) > 8 else f"2026-07-{text}")


def test_the_cases_cover_both_tables(capsys: pytest.CaptureFixture[str]) -> None:
    """Every row of the two tables has a case, and every combination of the product's own table is among them."""
    from priorauth.clocks import clock_rows, filing_rows

    rows = Counter(row for row, *_ in DECISIONS)
    filed = Counter(row for row, *_ in FILINGS)
    with capsys.disabled():
        print(f"\n{len(rows)} rows with decision times in {len(DECISIONS)} cases; {len(filed)} rows with filing windows in {len(FILINGS)}")  # fmt: skip
    mine = {(line, kind, urgency) for _, line, kind, urgency, *_ in DECISIONS}
    assert mine >= set(clock_rows()), sorted(set(clock_rows()) - mine)
    assert {(line, level) for _, line, level, *_ in FILINGS} >= set(filing_rows())


@pytest.mark.parametrize(("row", "line", "kind", "urgency", "events", "expected", "source"), DECISIONS)
def test_decision(row: str, line: str, kind: str, urgency: str, events: dict, expected: str, source: str) -> None:
    happened = dict(events)
    received = happened.pop("received", NIGHT)
    if expected.startswith("no: "):
        with pytest.raises(ClockError) as refused:
            due_at(line, kind, urgency, received, happened)
        assert expected[4:] in str(refused.value) and "\n" not in str(refused.value)
        return
    due = due_at(line, kind, urgency, received, happened)
    assert due.at == _moment(expected)
    assert source in due.citation and "as of 20" in due.citation and due.gradable
    shown = due_clock.read_clock(line, kind, urgency, received, happened, now="2026-07-03 08:00")
    assert shown.due == due.at and any(source in cited for cited in shown.sources), "the tool shows another source"
    assert shown.late == (due.at < datetime(2026, 7, 3, 8, 0))
    assert len(shown.steps) == 1 + len(happened)


@pytest.mark.parametrize(("row", "line", "level", "by_notice", "by_receipt", "source"), FILINGS)
def test_filing_window(row: str, line: str, level: str, by_notice: str, by_receipt: str, source: str) -> None:
    for expected, dates in (
        (by_notice, {"notice_date": "2026-03-02"}),
        (by_receipt, {"notice_date": "2026-03-02", "received_on": "2026-03-09"}),
    ):
        if expected.startswith("no: "):
            with pytest.raises(ClockError, match=expected[4:]):
                appeal_window(line, level, **dates)
            continue
        due = appeal_window(line, level, **dates)
        assert due.last_day == date.fromisoformat(expected)
        assert source in due.citation and due.gradable


def test_two_special_ends_of_filing_windows() -> None:
    kept = appeal_window(MCO, "keep_benefits", notice_date="2026-03-02", effective_on="2026-03-20")
    assert kept.last_day == date(2026, 3, 20)
    rolled = appeal_window("commercial", "external_review", received_on="2026-03-04")  # July 4, 2026 is a Saturday
    assert rolled.last_day == date(2026, 7, 6)
