"""The tools of Module 6 and the decision path behind them."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
import simple_icd_10_cm

from coursekit.casework import module_06_rules as rules
from priorauth import compendia, data, evidence, facts, references
from priorauth.widgets.compendium_reader import compendium_reader, on_day
from priorauth.widgets.evidence_ladder import evidence_ladder
from priorauth.widgets.indication_path import indication_path

TEXT = (Path(__file__).resolve().parents[1] / "notebooks" / "module_06" / "module_06.md").read_text(encoding="utf-8")
DAY = "2026-06-10"


# --- the path ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("program", "drug", "dx", "day", "verdict", "proof"),
    [
        ("Part D", "DRG-101", "E11.9", DAY, "on label", "DRG-101"),
        ("Part D", "DRG-108", "L73.2", DAY, "supported", "LST-0006"),  # the newer of two
        ("Medicaid", "DRG-108", "M10.9", DAY, "listed against", "LST-0007"),
        ("Part B", "DRG-905", "C16.9", DAY, "supported", "LST-0901"),  # NCCN, a drug against cancer
        ("Part D", "DRG-905", "C16.9", DAY, "supported", "LST-0901"),
        ("Medicaid", "DRG-905", "C16.9", DAY, "no listing that counts", ""),  # NCCN does not count
        ("Part D", "DRG-904", "D47.3", DAY, "supported", "LST-0968"),  # Lexi-Drugs, a drug against cancer
        ("Medicaid", "DRG-904", "D47.3", DAY, "no listing that counts", ""),
        ("Part D", "DRG-905", "C49.9", "2026-02-11", "supported", "LST-0903"),  # before it was replaced
        ("Part D", "DRG-905", "C49.9", "2026-03-16", "listed against", "LST-0904"),  # from its date on
        ("Part B", "DRG-905", "C67.9", DAY, "ask the payer", "LST-0902"),  # category 2B is never yes or no
        ("Part B", "DRG-108", "L73.2", DAY, "ask the payer", ""),
        ("Part D", "DRG-102", "E66.813", DAY, "excluded", ""),
        ("Medicaid", "DRG-102", "E66.813", DAY, "ask the payer", ""),  # a state may leave it out
    ],
)
def test_path(program, drug, dx, day, verdict, proof):
    made = compendia.decide(program, drug, dx, day)
    assert (made.verdict, made.proof) == (verdict, proof)
    assert made.steps and all(step.question and step.answer for step in made.steps)


@pytest.mark.parametrize("program", compendia.PROGRAMS)
def test_answers_agree_with_the_path_of_the_lesson(program):
    for use in references.shelf("worked").itertuples():
        made = compendia.decide(program, use.drug_id, use.icd10, use.day)
        if made.verdict in (compendia.ON_LABEL, compendia.SUPPORTED, compendia.AGAINST, compendia.SILENT):
            answer = rules.decide(program, use.drug_id, use.icd10, use.day)
            assert answer.pair == [made.verdict, made.proof or "none"], use.name


def test_the_path_walks_the_uses_of_the_lesson_only():
    with pytest.raises(ValueError, match="Walk this path yourself"):
        compendia.decide("Part D", "DRG-108", "D89.811", DAY)
    assert rules.decide("Part D", "DRG-108", "D89.811", DAY).pair == ["no listing that counts", "none"]


@pytest.mark.parametrize(
    ("plan", "program", "code", "dx", "step"),
    [
        ("PLN-08", "Medicaid", "DRG-128", "L64.9", [rules.LEFT_OUT, "FRM-0238"]),
        ("PLN-05", "Part D", "DRG-109", "L40.0", [rules.EXCEPTION, "FRM-0129"]),
        ("PLN-05", "Part D", "DRG-109", "M45.9", [rules.EXCEPTION, "FRM-0129"]),
        ("PLN-05", "Part D", "DRG-109", "L73.2", [rules.ANOTHER, "LST-0008"]),  # off the list, and not accepted
        ("PLN-12", "Part D", "DRG-906", "E66.9", [rules.LEFT_OUT, "EXC-901"]),  # one use only
        ("PLN-12", "Part D", "DRG-906", "G40.209", []),  # nothing is in the way
    ],
)
def test_next_step(plan, program, code, dx, step):
    assert rules.next_step(plan, program, code, dx, DAY) == step


def test_an_article_is_a_way_for_cancer_drugs_of_part_b_and_none_for_medicaid():
    ways = [compendia.decide(p, "DRG-905", "C22.0", DAY).steps[-1].question for p in ("Part B", "Medicaid")]
    assert ways[0] == "Is there another way?" and ways[1] != ways[0]


def test_compendia_that_disagree_go_to_the_payer(monkeypatch):
    row = ["LST-9999", "AHFS-DI", "DRG-109", "ankylosing spondylitis", "M45", "not supportive", pd.Timestamp("2026-01-05"), False]  # fmt: skip
    both = pd.concat([references.listings(), pd.DataFrame([row], columns=references.LISTING)], ignore_index=True)
    monkeypatch.setattr(references, "listings", lambda: both)
    for decide in (compendia.decide, rules.decide):
        assert decide("Part D", "DRG-109", "M45.9", DAY).verdict == "ask the payer"
        assert decide("Part D", "DRG-109", "M45.9", "2026-01-04").verdict == "supported"


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="no program 'Part C'"):
        compendia.decide("Part C", "DRG-108", "M10.9", DAY)
    with pytest.raises(ValueError, match="no drug 'DRG-000'"):
        compendia.decide("Part D", "DRG-000", "M10.9", DAY)
    with pytest.raises(ValueError, match="no shelf"):
        references.shelf("cellar")
    with pytest.raises(ValueError, match="no setting"):
        evidence.ladder("Part C")


def test_every_step_of_every_use_cites_a_fact_that_exists():
    named = {s.fact for w in references.shelf("worked").itertuples() for p in compendia.PROGRAMS
             for s in compendia.decide(p, w.drug_id, w.icd10, w.day).steps if s.fact}  # fmt: skip
    named |= {f for rung in evidence.RUNGS for f in rung.facts}
    assert len(named) >= 9
    for name in named:
        assert facts.fact(name).confirmation != "unconfirmed", name


def test_rules_of_the_path_rest_on_gradable_facts():
    rules = [compendia.books(p, c)[1] for p in compendia.PROGRAMS for c in (True, False)]
    assert sum(map(bool, rules)) == 5 and all(facts.gradable(r) for r in rules if r)


def test_the_tables_of_the_text_are_those_of_the_path():
    levels = TEXT.split("| Compendium | Supports the use |")[1].split("\n\n")[0].splitlines()[2:]
    assert len(levels) == 5
    for line in levels:
        book, good, bad = line.strip("| ").split(" | ")
        split = [good] if book == "Lexi-Drugs" else good.split(", ")
        assert tuple(split) == compendia.SUPPORTS[book] and (bad,) == compendia.SPEAKS_AGAINST[book]


def test_every_level_of_every_listing_is_read_and_only_2b_is_unclear():
    found = references.listings()
    reads = [compendia.reads(r.compendium, r.level) for r in found.itertuples()]
    print(len(found), "listings", {how: reads.count(how) for how in set(reads)})
    assert set(found[[r == "unclear" for r in reads]]["level"]) == {"category 2B"}


# --- the shelf -----------------------------------------------------------------------------------------------------


def test_the_shelf_adds_to_the_tables_and_repeats_no_id():
    assert references.listings()["listing_id"].is_unique and references.drugs()["drug_id"].is_unique
    assert set(references.listings()["drug_id"]) <= set(references.drugs()["drug_id"])
    assert set(references.listings()["compendium"]) == set(compendia.BOOKS)


def test_superseded_means_that_a_newer_listing_of_the_same_compendium_stands_on_the_shelf():
    found = references.listings()
    key = ["compendium", "drug_id", "icd10"]
    newest = found.groupby(key)["dated"].transform("max")
    assert (found["superseded"] == (found["dated"] < newest)).all()


def test_codes_of_the_shelf_are_real():
    uses = [c for name in ("worked", "asks", "uses", "denials") for c in references.shelf(name)["icd10"]]
    for code in uses:
        assert simple_icd_10_cm.is_valid_item(code) and simple_icd_10_cm.is_leaf(code), code
    starts = ";".join([*references.shelf("listings")["icd10"], *references.shelf("drugs")["label_icd10"]]).split(";")
    assert len(starts) > 30 and all(simple_icd_10_cm.is_valid_item(code) for code in starts)


def test_worked_uses_are_not_graded_ones():
    worked = set(zip(references.shelf("worked")["drug_id"], references.shelf("worked")["icd10"], strict=True))
    graded = references.questions(data.cases("m06-c1"))
    graded = set(zip(graded["drug_id"], graded["icd10"], strict=True))
    uses = references.shelf("uses")
    graded |= set(zip(uses["drug_id"], uses["icd10"], strict=True))
    denials = references.denials(data.cases("m06-c2"))
    graded |= set(zip(denials["code"], denials["icd10"], strict=True))
    assert len(graded) == 28 and not worked & graded  # two denials are of one use


@pytest.mark.parametrize(
    ("line", "code", "day", "found"),
    [
        ("medicare_advantage", "SURG-BLEPH", "2026-03-31", ("", "")),
        ("medicare_advantage", "SURG-BLEPH", "2026-04-01", ("LCD", "LCD-901")),
        ("traditional_medicare", "IMG-PET-CT", "2026-05-31", ("NCD", "NCD-902")),
        ("medicare_advantage", "IMG-PET-CT", "2026-06-01", ("", "")),
        ("medicare_advantage", "SURG-FACET-INJ", "2026-04-15", ("LCD", "LCD-903")),
        ("medicare_advantage", "SURG-FACET-INJ", "2026-04-16", ("LCD", "LCD-905")),
        ("medicare_advantage", "GEN-PANEL-BRCA", "2026-06-01", ("", "")),  # another contractor's area
        ("commercial", "SURG-SCS-TRIAL", "2026-06-01", ("", "")),
    ],
)
def test_governing_document(line, code, day, found):
    assert rules.documents(line, code, day) == ([found] if found[0] else [])


def test_opening_case_is_open_and_listed_against():
    told = references.opening_case()
    request_id = re.search(r"REQ-\d{6}", told).group()
    row = references.questions([request_id]).iloc[0]
    made = compendia.decide(row["program"], row["drug_id"], row["icd10"], row["day"])
    assert "not decided" in told and "Medicaid" in told and (made.verdict, made.proof) == ("listed against", "LST-0007")


def test_plan_rows_and_papers_repeat_no_id():
    for column, tables in (
        (references.shelf("plan_rows")["row_id"], {"formulary": "formulary_id", "exclusions": "exclusion_id"}),
        (references.shelf("papers")["id"], {"notes": "note_id", "orders": "order_id", "fills": "fill_id"}),
    ):
        taken = {i for table, key in tables.items() for i in data.load(table)[key]}
        assert column.is_unique and not taken & set(column)
    rows = references.plan_rows("DRG-906")
    assert set(rows["list"]) == {"exclusions", "formulary"} and (rows["code"] == "DRG-906").all()


def test_groups_have_one_row_for_each_pair():
    assert not references.label_groups().duplicated(["drug_id", "dx3"]).any()
    assert not references.listing_groups().duplicated(["listing_id", "dx3"]).any()


def test_chart_shows_each_record_once():
    ids = data.cases("m06-c7")
    shown = references.chart(ids)
    assert set(shown["id"]) == set(ids[1:]) and len(shown) == len(ids) - 1
    assert shown["says"].str.len().min() > 3 and not shown["says"].str.contains("nan").any()


# --- the tools -----------------------------------------------------------------------------------------------------


def test_path_tool_changes_with_program_and_use():
    tool = indication_path()
    assert "LST-0007" in tool.result.value and "listed against" in tool.result.value
    tool.use.value = "Ovarixa for stomach cancer"
    assert "no listing that counts" in tool.notice.value and "Set aside" in tool.result.value
    tool.program.value = "Part B"
    assert "supported, after 5 steps. Proof: LST-0901." in tool.notice.value
    assert "as of 2026-11" in tool.result.value
    tool.use.value = "Ovarixa for bladder cancer"
    assert "Listing to ask about: LST-0902." in tool.notice.value and "Proof" not in tool.result.value


def test_reader_sets_aside_what_is_not_in_force():
    tool = compendium_reader()
    tool.drug.value = "DRG-905"
    assert "on all dates: 4 listings." in tool.notice.value
    tool.day.value = pd.Timestamp("2026-02-28")
    assert "on February 28: 3 listings in force, 1 set aside" in tool.notice.value
    assert tool.result.value.index("LST-0904") > tool.result.value.index("Set aside")
    tool.day.value = data.TODAY.normalize()
    assert tool.result.value.index("LST-0903") > tool.result.value.index("Set aside")


def test_reader_agrees_with_the_path():
    found = references.listings()
    for day in pd.to_datetime(["2025-06-01", "2026-02-01", "2026-09-30"]):
        there, aside = on_day(found, day)
        assert len(there) + len(aside) == len(found)
        for row in there.itertuples():
            assert row.listing_id in set(compendia.in_force(row.drug_id, row.icd10.split(";")[0], day)["listing_id"])


def test_reader_names_an_unknown_drug():
    with pytest.raises(ValueError, match="DRG-000"):
        compendium_reader(["DRG-108", "DRG-000"])
    with pytest.raises(ValueError, match="no drug"):
        compendium_reader([])


def test_ladder_steps_and_stops_in_words():
    tool = evidence_ladder()
    tool.up.click()
    assert "top of the ladder" in tool.notice.value
    for _ in range(2):
        tool.down.click()
    assert "Rung 3 of 9, Medicaid, any drug" in tool.notice.value and "does not count" in tool.notice.value
    tool.setting.value = "Part B cancer"
    assert "Rung 3 of 9, Part B" in tool.notice.value and tool.notice.value.count("does not") == 0
    for _ in range(9):
        tool.down.click()
    assert "foot of the ladder" in tool.notice.value and "Rung" not in tool.notice.value


def test_ladder_agrees_with_the_path():
    """The third rung counts where the path reads NCCN, and nowhere else."""
    for setting, (program, cancer) in {
        "Medicaid": ("Medicaid", True), "Part D": ("Part D", False), "Part D cancer": ("Part D", True), "Part B cancer": ("Part B", True),
    }.items():  # fmt: skip
        counts = evidence.ladder(setting)[2][1] == "counts"
        assert counts == ("NCCN" in compendia.books(program, cancer)[0]), setting
