"""The tools of Module 5: what they compute, what they show, what their controls do."""

from __future__ import annotations

import re

import pytest

from coursekit.items import load_module
from priorauth import code_steps, codes, coding_case, data, ndc, npi, pairs, units
from priorauth.widgets import base
from priorauth.widgets.code_builder import code_builder
from priorauth.widgets.icd_browser import icd_browser, pair_words
from priorauth.widgets.ndc_converter import BOX, HAND, SHEET, ndc_converter
from priorauth.widgets.unit_calculator import unit_calculator


def said(tool: base.Tool) -> str:
    assert 'role="alert"' in tool.notice.value
    return base.plain(tool.notice.value)


# --- the keys that stand in items.yaml -----------------------------------------------------------------------------


def items() -> dict:
    return {item.id: item for item in load_module(5).items}


def test_every_code_of_the_keys_can_be_billed_and_the_verdicts_are_those_of_the_list():
    coded = {k: v for k, v in items()["m05-c1"].key.items() if k.endswith("code")}
    assert len(coded) == 8
    for note, code in coded.items():
        assert codes.status(code, data.TODAY).billable, (note, code)
        assert items()["m05-c1"].key[note.replace("code", "category")] == code[:3]
    mended = items()["m05-c2"]
    sent = dict(re.findall(r"\| (K\d+) \| (\S+) \|", mended.prompt))
    assert len(sent) == 10
    for name, (verdict, code) in mended.key.items():
        kind = codes.status(sent[name]).kind
        assert codes.status(code, data.TODAY).billable, (name, code)
        assert (verdict == kind) if kind != "billable" else verdict in ("fine", "says something else"), name
        assert (verdict == "fine") == (sent[name] == code), name


def test_package_and_provider_numbers_of_the_keys():
    packages = items()["m05-c5"]
    rows = re.findall(r"\| (P\d+) \| (\S+) \| ([^|]+) \|", packages.prompt)
    assert len(rows) == 11
    for name, number, source in rows:
        by_hand, as_number = "split them" in source, "saved as a number" in source
        found = (ndc.split_by_hand if by_hand else ndc.restored if as_number else ndc.to_eleven)(number)
        assert (found.eleven or "ask") == packages.key[name], name
    assert npi.check_digit("946003817") == items()["m05-q8"].key


def test_verdicts_and_entries_of_the_diagnosis_task():
    task = items()["m05-c3"]
    right = dict(zip(task.key, "L97.412 K22.70 I97.2 H02.401 M17.32 J33.9 D50.0 C61 M05.9 G47.31".split(), strict=True))
    rows = re.findall(r"\| (D\d+) \| (\S+) \| [^|]+ \| ([^|]+) \|", task.prompt)
    assert len(rows) == 10
    for name, sent, listed in rows:
        entries = listed.strip().split("; ")
        found = "supports" if pairs.entry_for(sent, entries) else "not on the list"
        found = found if codes.status(sent).billable else "cannot be sent"
        assert codes.status(right[name]).billable, name
        assert task.key[name] == [found, pairs.entry_for(right[name], entries) or "none"], name


def test_units_of_the_orders():
    task = items()["m05-c4"]
    rows = re.findall(r"\| (O\d) \| [^|]+ \| (J\d+), [^|]+ \| ([\d,]+) \w+ \| (\d) \| ([^|]+) \|", task.prompt)
    assert len(rows) == 8
    for name, code, dose, visits, shelf in rows:
        drug = units.drugs()[code]
        drug = units.drugs()[drug.replaced_by] if drug.ended_on else drug
        visit = units.plan(dose, drug.unit, re.findall(r"[\d,]+(?= (?:mg|units))", shelf))
        assert task.key[f"{name} units"] == visit.given * int(visits), name
        assert task.key[f"{name} JW"] == (0 if "multi" in shelf else visit.thrown_away), name


def test_partners_of_the_pairs_task():
    task = items()["m05-c6"]
    partner = pairs.partners(data.load("services"), data.load("hcpcs"))
    rows = re.findall(r"\| (R\d+) \| [^|]+ \| ([^|]+) \|", task.prompt)
    assert len(rows) == 12
    for name, asked in rows:
        sent = asked.strip().split(", ")
        verdict, proof = task.key[name]
        needed = [partner[code] for code in sent if code in partner]
        if verdict == "partner missing":
            assert needed == [proof] and proof not in sent, name
        elif verdict == "complete":
            assert all(code in sent for code in needed) and proof in (needed or sent), name
        else:
            assert proof not in sent and not needed, name


def test_the_opening_case_lacks_a_character():
    case = coding_case.coding_case()
    assert codes.status(case.sent).kind in ("seventh missing", "parent")
    assert case.request_id in str(case) and case.notice in str(case)


# --- building a code --------------------------------------------------------------------------------------------------


def test_what_may_come_next():
    assert [c for c, _ in code_steps.next_characters("S83.51")] == ["1", "2", "9"]
    assert [c for c, _ in code_steps.next_characters("W19")] == ["A", "D", "S"]
    assert code_steps.next_characters("M54.50") == [] and code_steps.next_characters("nothing") == []
    assert code_steps.add("W19", "A") == "W19.XXXA" and code_steps.add("M54", "5") == "M54.5"


@pytest.mark.parametrize(
    "code", ["S83.511A", "W19.XXXA", "S72.8X1D", "H35.3211", "M1A.3721", "T16.2XXA", "M54.50", "B20"]
)
def test_each_place_is_spelled(code):
    rows = code_steps.spelled(code)
    assert "".join(char for _, char, _ in rows) == code.replace(".", "")
    assert all(words for _, _, words in rows)
    assert "complete" in code_steps.sentence(code)


def test_builder_walks_down_to_a_complete_code():
    tool = code_builder("S83")
    for place, char in zip(tool.places, "511A", strict=True):
        place.value = char
    assert tool.code == "S83.511A" and "S83.511A is complete" in said(tool)
    tool.places[1].value = "2"
    assert tool.code == "S83.52" and [p.value for p in tool.places] == ["5", "2", "", ""]


def test_builder_fills_in_x():
    tool = code_builder("S83")
    tool.category.value = "w19"
    assert "choose the seventh" in said(tool)
    tool.places[3].value = "A"
    assert tool.code == "W19.XXXA" and [p.value for p in tool.places] == ["X", "X", "X", "A"]
    tool.places[3].value = ""
    assert tool.code == "W19"


def test_builder_strips_blanks_and_says_what_it_leaves_out():
    tool = code_builder("M17")
    tool.category.value = " S83"
    assert tool.code == "S83" and "no category" not in said(tool) and "longer" not in said(tool)
    tool.category.value = "m17.11"
    assert tool.code == "M17" and said(tool).startswith("M17.11 is longer than a category, so only M17 is open. M17")


def test_builder_names_a_category_that_is_none():
    tool = code_builder("S83")
    tool.category.value = "ZZZ"
    assert "no category" in said(tool) and tool.code == "S83"
    with pytest.raises(ValueError, match="three characters"):
        code_builder("S83.5")


def test_every_step_of_the_builder_is_a_real_code():
    """From some categories, every list of every place leads on, and ends with a billable code."""
    for category in ("S83", "T38", "M17", "B20", "S72", "H35"):
        tool = code_builder(category)
        for place in tool.places:
            if len(place.options) > 1 and not place.value:
                place.value = place.options[-1][1]
        assert codes.status(tool.code).billable, tool.code


# --- the browser -------------------------------------------------------------------------------------------------------


def test_browser_searches_opens_and_goes_up():
    tool = icd_browser()
    tool.query.value = "sleep apnea"
    assert "found. Open: G47.3" in said(tool)
    tool.found.value = "G47.33"
    assert "G47.33 can be billed" in said(tool) and "G47.33" in tool.result.value
    tool.up.click()
    assert tool.code == "G47.3"
    for _ in range(6):
        tool.up.click()
    assert "nothing above" in said(tool) and tool.code == "#6"
    tool.below.value = tool.below.options[1][1]
    assert tool.code.startswith("=") and "Chapter 6" in tool.result.value


def test_browser_says_what_it_does_not_find():
    tool = icd_browser()
    tool.query.value = "zebra stripes"
    assert "Nothing found" in said(tool) and "other words" in said(tool)
    tool.query.value = "M54.50X"
    assert "M54.50 is complete" in said(tool)
    with pytest.raises(ValueError, match="not in the list"):
        icd_browser("M54.5X")


def test_browser_takes_codes_with_blanks_and_chapters():
    tool = icd_browser()
    tool.query.value = "m 17.11"
    assert tool.code == "M17.11" and "Nothing found" not in said(tool)
    tool.query.value = "Chapter 13"
    assert tool.code == "#13" and "Open: Chapter 13" in said(tool) and tool.found.options[1][0].startswith("Chapter 13")
    for typed, words in (("Chapter 99", "1 to 22"), ("1234", "begins with a letter"), ("zebra 7", "other words")):
        tool.query.value = typed
        assert said(tool).startswith(f"Nothing found for '{typed}'.") and words in said(tool), typed
        assert "shape" not in said(tool)


def test_browser_asks_for_the_second_code():
    assert pair_words("M54.50", " ") == "Type a second code first, such as E10.9."
    assert pair_words("M54.50", "1234").startswith("1234 is not in the list")


def test_browser_shows_seventh_characters_and_what_a_day_changes():
    tool = icd_browser("H35.321")
    assert "Seventh characters" in tool.result.value and len(tool.below.options) == 5
    tool.day.value = "2026-11-20"
    assert "not covered" in said(tool)


def test_browser_compares_two_codes():
    tool = icd_browser("E11.9")
    tool.second.value = "E10.9"
    tool.both.click()
    assert said(tool).startswith("Excludes1 at E11")
    assert pair_words("C90.02", "M25.551").endswith("If the patient has both, send both.")
    assert "No note" in pair_words("M54.50", "G47.33") and "not in the list" in pair_words("M54.50", "X1")


# --- units and packages ---------------------------------------------------------------------------------------------------


def test_unit_calculator_parts_sizes_at_a_comma_and_counts_one_as_one():
    tool = unit_calculator()
    for sizes, said in (("100,50", "22 units at each visit, 22 for 1 visit, 3 thrown away"), ("1,000", "a comma may part two sizes")):  # fmt: skip
        tool.sizes.value, tool.visits.value = sizes, 1
        tool.work.click()
        assert said in tool.notice.value, sizes


def test_calculator_works_out_units_and_waste():
    tool = unit_calculator()
    tool.dose.value, tool.visits.value = "350", 4
    tool.work.click()
    assert said(tool) == "35 units at each visit, 140 for 4 visits, 5 thrown away at each visit."
    tool.code.value, tool.dose.value, tool.sizes.value = "J9263", "150", "50; 100"
    tool.work.click()
    assert said(tool).startswith("300 units") and "1 x 100 + 1 x 50" in tool.result.value


def test_calculator_refuses_ended_codes_and_bad_numbers_in_words():
    tool = unit_calculator()
    tool.code.value = "J0135"
    tool.work.click()
    assert "J0139" in said(tool)
    tool.code.value, tool.dose.value = "J1745", "<b>many</b>"
    tool.work.click()
    assert "not a number" in said(tool) and "<b>" not in tool.result.value
    tool.dose.value, tool.sizes.value = "100", ""
    tool.work.click()
    assert "size of vial" in said(tool)


def test_converter_pads_asks_and_restores():
    tool = ndc_converter()
    assert "90001013802" in tool.result.value
    tool.number.value = "9000013802"
    tool.convert.click()
    assert said(tool).startswith("Ask") and "Three readings" in tool.result.value
    tool.source.value = SHEET
    tool.convert.click()
    assert said(tool).startswith("09000013802")
    tool.number.value, tool.source.value = "9000-0138-02", HAND
    tool.convert.click()
    assert said(tool).startswith("Ask: Hyphens put in by hand") and "Three readings" in tool.result.value
    tool.number.value = "90000-0138-02"
    tool.convert.click()
    assert said(tool).startswith("90000013802")
    tool.source.value = BOX
    for typed in ("NDC 9000-0138-02", "ndc: 9000-0138-02", "NDC#9000-0138-02"):
        tool.number.value = typed
        tool.convert.click()
        assert said(tool).startswith("09000013802") and "Part by part" in tool.result.value, typed


# --- what all tools keep ----------------------------------------------------------------------------------------------------
