"""The tools of Module 2 and the functions behind them: cover, payer order, benefit, door, network, money."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from coursekit.casework.module_02_coded import DOORS, DRUG_ORDERS, TWO_COVERS
from priorauth import cost_picture, costs, coverage, data, facts, messages, routing, stories, verification
from priorauth.widgets.costs import cost_estimator
from priorauth.widgets.eligibility import eligibility_reader
from priorauth.widgets.router import benefit_router

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "notebooks" / "module_02" / "module_02.md").read_text(encoding="utf-8")
EMPTY = {"basis": None, "employer_size": None, "holder_birth_date": None, "start": None, "months": None}


def cover(basis: str, **more: object) -> dict:
    return EMPTY | {"basis": basis} | more


def taught_table(head: str) -> list[list[str]]:
    """Rows of a table of the lesson, without marks."""
    lines = TEXT.split(head)[1].split("\n\n")[0].splitlines()[2:]
    clean = re.sub(r"\{\{term:\s*(?:[^}|]*\|)?([^}]*)\}\}", r"\1", "\n".join(lines))
    clean = re.sub(r"\s*\{\{cite:[^}]*\}\}|\*", "", clean)
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in clean.splitlines()]


# --- who pays first ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("medicare", "other", "first", "rule"),
    [
        (cover("medicare_age"), cover("employment", employer_size=20), "employment", "R3"),
        (cover("medicare_age"), cover("spouse_employment", employer_size=19), "medicare_age", "R3"),
        (cover("medicare_disability"), cover("employment", employer_size=100), "employment", "R4"),
        (cover("medicare_disability"), cover("spouse_employment", employer_size=99), "medicare_disability", "R4"),
        (cover("medicare_kidney", months=30), cover("employment", employer_size=3), "employment", "R2"),
        (cover("medicare_kidney", months=31), cover("employment", employer_size=9000), "medicare_kidney", "R2"),
        (cover("medicare_kidney", months=5), cover("retiree"), "retiree", "R2"),
        (cover("medicare_age"), cover("retiree", employer_size=9000), "medicare_age", "R5"),
        (cover("medicare_age"), cover("medicaid"), "medicare_age", "R1"),
        (cover("employment", employer_size=4), cover("medicaid"), "employment", "R1"),
        (cover("employment", employer_size=4), cover("spouse_employment", employer_size=900), "employment", "R6"),
    ],
)
def test_who_pays_first_whatever_the_order_of_the_rows(medicare: dict, other: dict, first: str, rule: str) -> None:
    for pair in ([medicare, other], [other, medicare]):
        found, by = coverage.first_payer(pair)
        assert (found["basis"], by) == (first, rule)


def test_birthdays_by_month_and_day_then_by_the_age_of_the_cover() -> None:
    def parent(born: str, start: str) -> dict:
        return cover("parent_employment", holder_birth_date=born, start=start)

    old, young = parent("1980-11-02", "2015-01-01"), parent("1995-02-27", "2025-01-01")
    assert coverage.first_payer([old, young])[0] is young
    twin = parent("1991-11-02", "2012-01-01")
    assert coverage.first_payer([old, twin])[0] is twin and coverage.first_payer([twin, old]) == (twin, "R7")


def test_a_pair_without_a_rule_is_refused_and_so_is_nobody() -> None:
    with pytest.raises(ValueError, match="no rule"):
        coverage.first_payer([cover("individual"), cover("retiree")])
    with pytest.raises(ValueError, match="no cover"):
        coverage.first_payer([])


def test_the_numbers_of_the_rules_are_those_of_the_fact_base() -> None:
    for rule, fact_id, key in (
        ("R2", "msp-esrd-30-months", "months"),
        ("R3", "msp-working-aged-20", "employees"),
        ("R4", "msp-disability-100", "employees"),
    ):
        assert str(facts.fact(fact_id).number(key)) in coverage.RULES[rule]
        assert facts.gradable(fact_id)


def test_the_rules_of_the_lesson_are_those_of_the_code() -> None:
    taught = taught_table("| Rule | Who has what | Who pays first |")
    assert [row[0] for row in taught] == list(coverage.RULES)
    for rule, _, first in taught:
        assert set(re.findall(r"\d+", first)) == set(re.findall(r"\d+", coverage.RULES[rule]))
    benefits = taught_table("| Rule | What happens | Benefit for the drug |")
    assert [row[0] for row in benefits] == list(routing.BENEFITS)
    for rule, _, benefit in benefits:
        assert benefit.split(",")[0] == routing.BENEFITS[rule][1]


def test_the_designs_of_the_lesson_are_those_of_the_plans() -> None:
    taught = {row[0].split(" (")[0]: row for row in taught_table("| Design | Primary doctor and referral |")}
    for plan in verification.records(data.load("plans")):
        if plan["product"] in ("PPO", "POS", "HMO", "EPO"):
            _, referral, outside = taught[plan["product"]]
            assert outside.startswith("yes") == plan["oon_cover"] == (plan["product"] in coverage.PAYS_OUTSIDE)
            assert (referral == "yes") == plan["referral_required"], plan["name"]


def test_every_line_of_business_has_a_rule_book_with_a_source() -> None:
    lines = set(data.load("plans")["line_of_business"])
    assert lines == set(coverage.LINES)
    for _, _, fact_id in coverage.LINES.values():
        assert facts.fact(fact_id).citation


# --- cover on a day ------------------------------------------------------------------------------------------------


def test_first_and_last_day_count() -> None:
    row = {"start": "2026-02-01", "end": "2026-02-28"}
    assert [coverage.holds(row, d) for d in ("2026-01-31", "2026-02-01", "2026-02-28", "2026-03-01")] == [
        False,
        True,
        True,
        False,
    ]
    assert coverage.holds({"start": "2026-02-01", "end": float("nan")}, "2030-01-01")


def test_a_drug_plan_does_not_pay_for_a_scan() -> None:
    plans = {row["plan_id"]: row for row in verification.records(data.load("plans"))}
    assert not coverage.pays_for(plans["PLN-12"], pharmacy=False) and coverage.pays_for(plans["PLN-12"], pharmacy=True)
    assert coverage.pays_for(plans["PLN-11"], pharmacy=False) and not coverage.pays_for(plans["PLN-11"], pharmacy=True)
    rows = [
        {"coverage_id": "A", "plan_id": "PLN-11", "basis": "medicare_age", "start": "2026-01-01", "end": "2026-05-01"},
        {"coverage_id": "B", "plan_id": "PLN-12", "basis": "medicare_age", "start": "2026-01-01", "end": None},
    ]
    assert coverage.status(rows, plans, "PLN-11", "2026-05-02").verdict == coverage.NO_COVER
    assert coverage.status(rows, plans, "PLN-11", "2026-05-01").coverage_id == "A"
    assert coverage.status(rows, plans, "PLN-12", "2026-05-02", pharmacy=True).coverage_id == "B"


def test_the_payer_order_agrees_with_the_world_and_not_with_the_recorded_rank() -> None:
    truth = (ROOT / "coursekit" / "world" / "truth" / "cob.csv").read_text(encoding="utf-8").splitlines()[1:]
    rows = {row["coverage_id"]: row for row in verification.records(data.load("coverage"))}
    wrong_rank = 0
    for line in truth:
        _, primary, secondary = line.split(",")[:3]
        first, rule = coverage.first_payer([rows[secondary], rows[primary]])
        assert first["coverage_id"] == primary and rule
        wrong_rank += first["rank"] == 2
    print(len(truth), "members with two covers,", wrong_rank, "recorded wrong")
    assert len(truth) > 50 and wrong_rank > 10


def test_cover_agrees_with_every_271_that_found_the_person() -> None:
    checks = data.load("eligibility")
    found = checks[checks["answer"] != "not_found"]
    cases = verification.asked(found["request_id"].tolist()).set_index("request_id")
    on = verification.desk(cases["member_id"].unique().tolist())
    agree = 0
    for check in verification.records(found):
        case = cases.loc[check["request_id"]]
        mine = [
            r for r in on.coverage[check["member_id"]]
            if r["plan_id"] == check["plan_id"] and coverage.holds(r, check["service_date"])
        ]  # fmt: skip
        assert bool(mine) == (check["answer"] == "active"), check["check_id"]
        agree += case["plan_id"] == check["plan_id"]
    print(agree, "of", len(found), "answers agree with the tables")
    assert agree == len(found) > 500


# --- doors, lists, network ----------------------------------------------------------------------------------------------


def test_doors_agree_with_every_row_of_the_list_that_wants_pa() -> None:
    plans = {row["plan_id"]: row for row in verification.records(data.load("plans"))}
    kinds = dict(data.load("services").set_index("code")["category"])
    kinds |= dict(data.load("hcpcs").set_index("code")["category"])
    rules = [r for r in verification.records(data.load("pa_list")) if r["requirement"] == "pa"]
    for rule in rules:
        category = kinds.get(rule["code"], "pharmacy_drug")
        door = routing.destination(plans[rule["plan_id"]], category, rule["benefit"])
        assert door == rule["destination_id"], rule["rule_id"]
    print(len(rules), "rules agree")
    assert len(rules) > 700


def test_a_plan_without_pharmacy_benefit_says_so() -> None:
    plans = {row["plan_id"]: row for row in verification.records(data.load("plans"))}
    with pytest.raises(ValueError, match="Part D"):
        routing.destination(plans["PLN-11"], "pharmacy_drug", "pharmacy")
    with pytest.raises(ValueError, match="only"):
        routing.destination(plans["PLN-12"], "advanced_imaging", "medical")


def test_benefit_rules_and_what_does_not_fit() -> None:
    assert routing.benefit_rule("staff", "clinic", "stock") == "B2"
    assert routing.benefit_rule("self", "clinic", "carried") == "B5"
    assert routing.benefit_rule("staff", "inpatient", "carried") == "B1"
    for odd in (("staff", "home", "stock"), ("self", "home", "shipped"), ("home_nurse", "clinic", "stock")):
        with pytest.raises(ValueError, match="does not fit"):
            routing.benefit_rule(*odd)
    with pytest.raises(ValueError, match="no choice"):
        routing.benefit_rule("robot", "home", "stock")


def test_every_order_of_the_stories_has_a_rule_and_all_rules_occur() -> None:
    rules = [routing.benefit_rule(*DRUG_ORDERS[row["order"]]) for row in stories.rows("drug_orders")]
    assert set(rules) == set(routing.BENEFITS) and len(rules) == 10
    assert sum(routing.benefit_of(r) == "medical" for r in rules) == 5


def test_a_move_of_nine_weeks_and_of_the_place() -> None:
    assert routing.moved("2026-01-20", "11") == routing.Move("2026-01-20", "11", "2026-03-24", "22")
    assert routing.moved("2026-01-20", "12").new_place == "12"
    assert routing.change("none", "pa") == "now needed" and routing.change("pa", "none") == "no longer needed"


def test_network_by_date_and_design() -> None:
    networks = [{"plan_id": "P", "npi": "1", "start": "2024-01-01", "end": "2026-07-15"}]
    ppo, hmo, ffs = ({"plan_id": "P", "product": p} for p in ("PPO", "HMO", "FFS"))
    assert coverage.network_status(hmo, networks, "1", "2026-07-15") == coverage.IN
    assert coverage.network_status(ppo, networks, "1", "2026-07-16") == coverage.OUT_PAID
    assert coverage.network_status(hmo, networks, "1", "2026-07-16") == coverage.OUT_UNPAID
    assert coverage.network_status(ffs, networks, "2", "2026-07-16") == coverage.NO_NETWORK


# --- money ------------------------------------------------------------------------------------------------------------------


def plan(deductible: int = 500, share: str = "0.15", most: int | None = 2000) -> costs.Terms:
    return costs.Terms(costs.money(deductible), Decimal(share), None if most is None else costs.money(most))


def test_half_a_cent_goes_up() -> None:
    assert [costs.money(x) for x in ("20.835", "286.125", "0.005", 0.145)] == [
        Decimal("20.84"), Decimal("286.13"), Decimal("0.01"), Decimal("0.15"),
    ]  # fmt: skip
    for bad in ("-1", "abc", "nan"):
        with pytest.raises(ValueError, match="not a sum"):
            costs.money(bad)


def test_deductible_then_coinsurance_then_maximum() -> None:
    one = costs.line("615.50", costs.Terms(Decimal(500), Decimal("0.1"), None), "460", "460")
    assert (one.from_deductible, one.from_coinsurance, one.owes) == (Decimal("40"), Decimal("57.55"), Decimal("97.55"))
    assert costs.line(300, plan()).owes == 300 and costs.line(300, plan()).plan_pays == 0
    capped = costs.line(100_000, plan(), 500, "1999.99")
    assert capped.owes == Decimal("0.01") and capped.cut_by_maximum == Decimal("14999.99")
    assert costs.line(100, plan(), 500, 2000).owes == 0
    assert costs.line(100_000, plan(most=None), 500, 99_999).owes == 15_000


def test_lines_carry_over_and_never_pass_the_maximum() -> None:
    found = costs.lines(["300", "300.10", "50000"], plan())
    assert [x.owes for x in found] == [Decimal("300"), Decimal("215.02"), Decimal("1484.98")]
    assert found[-1].oop_met == 2000 and found[-1].deductible_met == 500
    assert sum(x.owes + x.plan_pays for x in found) == Decimal("50600.10")


def test_a_maximum_of_zero_in_the_table_means_none() -> None:
    plans = data.load("plans").set_index("plan_id")
    assert costs.terms(plans.loc["PLN-11"]).oop_max is None and costs.terms(plans.loc["PLN-01"]).oop_max == 6500


def test_copay_cards_stay_out_of_federal_programs() -> None:
    for line, allowed in {
        "commercial": True, "marketplace_qhp": True, "other": True,
        "medicare_advantage": False, "medicaid_managed": False, "traditional_medicare": False,
    }.items():  # fmt: skip
        fill = costs.fill(180, 5000, line, has_card=True)
        assert costs.card_allowed(line) is allowed
        assert fill.patient_pays == (10 if allowed else 180)
    assert costs.fill(180, "12.50", "commercial").patient_pays == Decimal("12.50")
    assert costs.fill(180, 5000, "commercial", True, card_left=50).patient_pays == 130


def test_the_worked_example_of_the_lesson_is_right() -> None:
    terms = costs.terms(data.load("plans").set_index("plan_id").loc["PLN-13"])
    sums = [costs.dollars(x.owes) for x in costs.lines(["640.25", "93.90", "38000.00"], terms, "870.00", "870.00")]
    lesson = TEXT.replace("\\$", "$")
    assert len(sums) == 3 and all(found in lesson for found in sums), sums
    for words in ("deductible of $1,000", "coinsurance of 15%", "maximum of $4,500"):
        assert words in lesson


def test_the_picture_bends_at_deductible_and_maximum() -> None:
    import matplotlib

    matplotlib.use("agg")
    points = cost_picture.corners(plan(), 40_000)
    assert points[1] == (500, 500) and points[2] == (10_500, 2000) and points[-1] == (40_000, 2000)
    axes = cost_picture.year(plan(), "a plan")
    assert {t.get_text() for t in axes.texts} == {"deductible met: $500.00", "maximum reached: $2,000.00"}


# --- stories and the opening case -------------------------------------------------------------------------------------------


def test_stories_by_name_and_unknown_ones_are_refused() -> None:
    assert len(stories.table("two_covers")) == 10 and len(stories.table("claim_lines")) == 11
    with pytest.raises(KeyError, match="two_covers"):
        stories.rows("nothing")


def test_stories_are_told_in_words_and_the_codes_stay_with_the_instructor() -> None:
    for name, key, coded in (
        ("two_covers", "case", TWO_COVERS), ("drug_orders", "order", DRUG_ORDERS), ("doors", "order", DOORS),
    ):  # fmt: skip
        rows = stories.rows(name)
        assert [row[key] for row in rows] == list(coded)
        assert all(isinstance(value, str) for row in rows for value in row.values())


def test_names_of_providers_and_places_hold() -> None:
    pairs = dict(row for row in taught_table("| Code | {{term: place of service|Place of service}} |"))
    assert pairs == verification.PLACES
    numbers = {row["npi"] for row in stories.rows("put_off")}
    assert numbers <= set(data.load("providers")["npi"])
    for row in stories.rows("desk_covers") + stories.rows("directory"):
        assert not row["end"] or row["start"] <= row["end"], row


def test_opening_case_had_its_answer_before_it_was_sent() -> None:
    case = verification.opening_case()
    check = data.load("eligibility").set_index("request_id").loc[case.request_id]
    request = data.load("requests").set_index("request_id").loc[case.request_id]
    assert check["answer"] == "active_other_plan" and check["answered_at"] < request["submitted_at"]
    assert (request["submitted_at"] - check["answered_at"]).days < 1, "the text says: the day before"
    assert request["category"] == "advanced_imaging" and f"September {request['service_date'].day}" in TEXT
    shown = case.model_answer()._repr_mimebundle_()
    assert shown["text/html"].count("<li>") == 5 and case.request_id in str(case)


def test_lesson_and_tasks_share_no_request() -> None:
    lesson = set(verification.readers())
    assert len(lesson) == 4
    assert not lesson & set(data.cases("m02-c6"))


def test_reader_as_text_holds_the_days_around_a_change() -> None:
    tool = eligibility_reader(verification.readers())
    assert "On 2026-08-05" in tool.whole_text and "On 2026-08-06" in tool.whole_text
    assert "`2026-08-05`" in TEXT and "PA needed (row RUL-" in tool.whole_text and "- to " not in tool.whole_text


def test_readers_show_the_four_kinds_of_answers() -> None:
    checks = data.load("eligibility").set_index("request_id")
    assert {checks.loc[r, "answer"] for r in verification.readers()} == set(verification.ANSWERS)
    for request_id in verification.readers():
        answer = messages.read(messages.name_of(request_id, "271"))
        assert answer["answer"] == checks.loc[request_id, "answer"]


# --- the tools ---------------------------------------------------------------------------------------------------------------


def test_reader_reads_another_day_and_says_so() -> None:
    tool = eligibility_reader(verification.readers())
    assert "other plan" in tool.result.value and "Pays first" in tool.result.value
    span = next(r for r in tool.desk.coverage[tool.case["member_id"]] if coverage.day_of(r["end"]))
    tool.day.value = coverage.day_of(span["end"])
    tool.read.click()
    assert "right plan" in tool.notice.value and tool.desk.plans[span["plan_id"]]["name"] in tool.notice.value
    tool.day.value = "2024-01-01"
    tool.read.click()
    assert "no cover" in tool.notice.value
    tool.day.value = "1/1/2024"
    tool.read.click()
    assert "no cover" in tool.notice.value and "2024-01-01" in tool.notice.value
    tool.day.value = "5 August"
    tool.read.click()
    assert "is not a day" in tool.notice.value and "no cover" not in tool.result.value, "an old result stays"


def test_choosing_another_request_goes_to_its_own_day() -> None:
    tool = eligibility_reader(verification.readers())
    for request_id in verification.readers()[1:]:
        tool.request.value = request_id
        assert tool.day.value == coverage.day_of(tool.case["service_date"])
        assert tool.day.value in tool.notice.value and tool.case["name_sent"] in tool.result.value


def test_reader_without_requests_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        eligibility_reader([])


def test_router_finds_the_way_and_explains_what_does_not_fit() -> None:
    tool = benefit_router()
    assert "B2" in tool.result.value and "medical" in tool.result.value
    tool.source.value = "shipped"
    assert "Pharmacy benefit by rule B3" in tool.notice.value
    tool.plan.value = "PLN-11"
    assert "Part D" in tool.notice.value
    tool.kind.value = "advanced imaging, such as an MRI"
    tool.plan.value = "PLN-07"
    assert "Summit Radiology Review" in tool.notice.value and "another company" in tool.result.value
    tool.kind.value, tool.place.value = "a drug", "inpatient"
    assert "B1" in tool.notice.value and "none for the drug" in tool.notice.value
    tool.place.value, tool.giver.value = "home", "staff"
    assert "does not fit" in tool.notice.value


def test_estimator_works_it_out_and_carries_over() -> None:
    tool = cost_estimator()
    tool.plan.value, tool.price.value, tool.met.value, tool.spent.value = "PLN-13", 640.25, 870, 870
    tool.go.click()
    assert "owes $206.54 of $640.25" in tool.notice.value
    tool.next.click()
    assert (tool.met.value, tool.spent.value) == (1000, 1076.54)
    tool.price.value = 93.9
    tool.go.click()
    assert "owes $14.09" in tool.notice.value


def test_estimator_asks_for_an_amount() -> None:
    tool = cost_estimator()
    before = tool.met.value, tool.spent.value
    tool.price.value = 0  # what the page sends of an emptied field
    for button in (tool.go, tool.next):
        button.click()
        assert "Type the allowed amount first" in tool.notice.value and "owes" not in tool.result.value
    assert (tool.met.value, tool.spent.value) == before


def test_estimator_keeps_the_card_out_of_medicare() -> None:
    tool = cost_estimator()
    tool.card.value, tool.copay.value = True, 180
    tool.go.click()
    assert "patient $10.00" in tool.notice.value
    tool.plan.value = "PLN-06"
    tool.go.click()
    assert "patient $180.00" in tool.notice.value and "federal program" in tool.notice.value
