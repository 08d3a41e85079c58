"""Module 4: word parts, charts, and the tools over them."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursekit.items import load_module
from priorauth import answers, chart, chart_opening, data, sig_coach, wordparts
from priorauth.sig import parse
from priorauth.widgets import base
from priorauth.widgets.chart_explorer import chart_explorer
from priorauth.widgets.sig_decoder import sig_decoder
from priorauth.widgets.word_builder import taken_apart, word_builder

# --- words -------------------------------------------------------------------------------------------------------------


def test_every_word_of_the_list_is_taken_apart_as_the_list_says_and_built_again():
    assert len(wordparts.parts()) > 95 and len(wordparts.words()) > 50
    for word, (names, meaning) in wordparts.words().items():
        assert tuple(p.part for p in wordparts.split(word)) == names, word
        kinds = {wordparts.part(n).kind: n for n in names}
        if len(kinds) == len(names):
            assert wordparts.build(**kinds).word == word and wordparts.build(**kinds).meaning == meaning


def test_graded_terms_can_be_taken_apart_and_are_not_explained():
    for option in load_module("module_04").item("m04-c7").options.values():
        parts, said = taken_apart(option.text)
        assert len(parts) >= 2, option.text
        assert option.text not in wordparts.words() and "say the meaning yourself" in said


def test_what_is_no_word_is_said():
    assert "Type one word" in taken_apart("  ")[1]
    assert "not all of its parts" in taken_apart("blorpitis")[1]
    with pytest.raises(ValueError, match="a prefix alone"):
        wordparts.build(prefix="hyper-")
    with pytest.raises(ValueError, match="is not in the course's table"):
        wordparts.part("-foo")


@given(st.text(max_size=30))
def test_any_text_is_taken_apart_or_not(text):
    parts, said = taken_apart(text)
    assert said and (not parts or all(p.meaning for p in parts))


# --- charts ------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world() -> dict:
    return {name: data.load(name) for name in chart.TABLES}


def test_thick_charts_have_rows_in_known_tabs_with_ids_of_their_own():
    for one in chart.charts():
        ids = [row.row_id for row in one.rows]
        assert len(ids) == len(set(ids)) >= 15
        assert len({row.tab for row in one.rows}) >= 7 <= len(chart.TABS)
        assert any(row.signed == "not signed" for row in one.rows)
        assert any("[copied fwd]" in row.text for row in one.rows)


def test_newest_row_stands_on_top_of_its_tab():
    one = chart.charts("wexcombe")[0]
    for tab in chart.TABS:
        days = [row.day for row in one.tab(tab)]
        assert days == sorted(days, reverse=True)
    with pytest.raises(ValueError, match="no tab"):
        one.tab("attic")
    with pytest.raises(ValueError, match="no chart"):
        chart.charts("nobody")


def test_search_needs_all_words_and_finds_beginnings():
    one = chart.charts("thornquist")[0]
    assert {"IT-01", "IT-03", "IT-04", "IT-17"} <= {row.row_id for row in one.search("smok")}
    assert {row.row_id for row in one.search("BMI 38.6")} == {"IT-10"}
    assert one.search("unicorn") == one.search("  ") == []


def test_chart_of_a_member_holds_all_of_her_rows(world):
    counts = world["notes"]["member_id"].value_counts()
    for member in [*counts.index[:3], *random.Random(4).sample(list(counts.index), 5)]:
        made = chart.from_tables(member, world)
        tables = ("notes", "problems", "fills", "labs", "imaging", "therapy", "orders")
        assert len(made.rows) == sum((world[t]["member_id"] == member).sum() for t in tables)
        assert all("nan" not in row.text.lower().split() for row in made.rows)
    with pytest.raises(ValueError, match="MBR-999999"):
        chart.from_tables("MBR-999999", world)


def test_unsigned_notes_of_the_world_say_so(world):
    notes = world["notes"]
    bare = notes[notes["signed_at"].isna()].iloc[0]
    row = next(r for r in chart.from_tables(bare["member_id"], world).rows if r.row_id == bare["note_id"])
    assert row.signed == "not signed"


def test_pages_of_the_packet_fail_by_the_rules_of_the_lesson():
    """The second route to m04-c3, by the fields of each page; what only reading shows is named here."""
    item = load_module("module_04").item("m04-c3")
    packet = chart.cases()["packet"]
    carried = {"D12": "Exam as on", "D16": "same as in April"}
    silent = {"D13": "manual chair is not enough", "D15": "at rest"}  # no word of why, no value at rest
    for page in packet["pages"]:
        if page["head"] != packet["patient"].replace("Marguerite Oldcastle, born ", "Oldcastle, Marguerite, "):
            verdict = "wrong patient"
        elif (
            "clinician who orders" in page["fact"] and page["author"] not in packet["asks"].replace("Dr. ", "") + ", MD"
        ):
            verdict = "wrong author"
        elif "occupational therapist" in page["fact"] and not page["author"].endswith("OT"):
            verdict = "wrong author"
        elif page["signed"] != "-" and (isinstance(page["signed"], str) or page["signed"] > packet["request_day"]):
            verdict = "not signed"
        elif page["doc"] in carried:
            assert carried[page["doc"]] in page["text"]
            verdict = "copied"
        else:
            old = (packet["request_day"] - page["dated"]).days > page["at_most"]
            verdict = "too old" if old else "not shown" if page["doc"] in silent else "usable"
            assert page["doc"] not in silent or silent[page["doc"]] in page["fact"]
        assert item.key[page["doc"]] == verdict, page["doc"]
    assert len(packet["pages"]) == 16


def test_rows_of_the_extraction_key_say_what_the_key_says():
    """The second route to m04-c8: each value stands in its row, or follows from it."""
    rows = {row.row_id: row for row in chart.charts("wexcombe")[0].rows}
    key = load_module("module_04").item("m04-c8").key
    for fact, (value, row_id) in key.items():
        row = rows[row_id]
        if fact == "G":
            assert row.day == "2026-09-22" and parse("1 pen subq q 2 wk").per_day * 28 == int(value)
        else:
            assert value in (row.text if fact in "ADF" else row.day), fact
        # Other rows void these, or they were only told.
        assert row.signed != "not signed" and row_id not in {"BW-10", "BW-21", "BW-24", "BW-28"}


def test_the_opening_case_is_a_claim_without_a_fill():
    case = chart_opening.opening_case()
    fills = data.load("fills")
    names = {case.drug, case.other_name}
    assert not len(fills[(fills["member_id"] == case.member_id) & fills["drug_name"].isin(names)])
    assert "Tried and failed" in str(case) and len(case.model_answer().pairs()) >= 5
    assert "<details" in case.model_answer()._repr_html_()


# --- the tools -----------------------------------------------------------------------------------------------------------


def said(tool: base.Tool) -> str:
    assert 'role="alert"' in tool.notice.value
    return base.plain(tool.notice.value)


def test_explorer_changes_tab_chart_and_searches():
    tool = chart_explorer(chart.charts())
    tool.tab.value = "fills"
    assert said(tool) == "Pharmacy fills: 2 rows." and "IT-08" in tool.result.value
    tool.patient.value = tool.patient.options[1][0]
    assert (
        said(tool).startswith("Chart of Barnaby Wexcombe")
        and tool.tab.value == "fills"
        and "BW-11" in tool.result.value
    )
    tool.search.click()
    assert "Type a word first" in said(tool)
    tool.words.value = "tb test"
    tool.search.click()
    assert said(tool).startswith("4 rows with tb test, under ") and "BW-21" in tool.result.value
    tool.words.value = "<b>zebra</b>"
    tool.search.click()
    assert "No row" in said(tool) and "<b>zebra" not in tool.notice.value
    assert "BW-21" not in tool.result.value and "No row" in tool.result.value, "the old result is gone"
    with pytest.raises(ValueError, match="at least one chart"):
        chart_explorer([])


def test_decoder_explains_practice_and_leaves_the_counting_of_own_directions_to_the_learner():
    tool = sig_decoder()
    assert "lasts 30 days" in tool.result.value
    tool.example.value = "1 tab PO UD"
    assert "Ask the prescriber" in said(tool)
    tool.own.value = "1-2 caps PO q6-8h prn nausea"
    tool.read.click()
    assert said(tool).startswith("1 to 2 capsules by mouth each time, every 6 to 8 hours, only when needed.")
    assert "Most in one day" not in tool.result.value and "8 capsules" not in tool.result.value
    for figure, word in (
        ("4", "it can be more"),
        ("12", "too much"),
        ("x", "Write a number"),
        ("8", "Right: 8 capsules"),
    ):
        tool.count.value = figure
        tool.check.click()
        assert word in said(tool)
    tool.own.value = "10U subq qd"
    tool.read.click()
    assert "2 marks in it can be misread." in said(tool) and "a zero or a four" in tool.result.value
    tool.own.value = "blorp"
    tool.read.click()
    tool.check.click()
    assert "nothing to count" in said(tool)


@pytest.mark.parametrize(("text", "words"), [
    ("1 tab PO qAM and 1/2 tab PO qPM", "1 tablet by mouth every morning, and 0.5 tablet by mouth every evening."),
    ("1 gtt OU q8h and 2 gtts OU qHS", "1 drop in both eyes every 8 hours, and 2 drops in both eyes at bedtime."),
    ("2 tsp PO TID ac x 10 d", "2 teaspoons by mouth each time, 3 times a day, before meals, for 10 days."),
    ("2 puffs INH q4-6h prn wheeze, max 8 puffs/d", "2 puffs inhaled each time, every 4 to 6 hours, only when needed, no more than 8 puffs a day."),
    ("2 tabs PO prn, max 4/d", "2 tablets by mouth each time, when it is needed, up to the maximum, no more than 4 a day."),
])  # fmt: skip
def test_the_sentence_leaves_no_dose_no_meal_and_no_maximum_out(text, words):
    assert sig_coach.read(text)[1] == words


def test_a_taper_has_no_single_daily_amount():
    steps = "40 mg PO daily x 3 d, then 20 mg daily x 3 d, then stop"
    assert "no single daily amount" in dict(sig_coach.working(parse(steps)))["Most in one day"]


def test_pieces_stand_as_they_were_written():
    assert ">PO<" in sig_decoder().result.value and ">BID<" in sig_decoder().result.value


def test_answers_of_four_things_are_read():
    form = {"kind": "mapping", "records": ["S01"], "labels": ["by mouth"], "as": "text", "pair": 4}
    for given_answer in (["by mouth", 0.5, 2, 1], ("By Mouth", "0.5", 2.0, "1"), "by mouth, 0.5, 2, 1"):
        assert answers.read(form, answers.plain({"S01": given_answer})) == {"S01": ["by mouth", "0.5", "2", "1"]}
    with pytest.raises(answers.Unreadable, match="S01: 4 things"):
        answers.read(form, {"S01": ["by mouth", 2]})


def test_the_search_finds_a_day_however_it_is_typed():
    one = chart.charts()[0]
    rows = one.search("2026-09-16")
    assert len(rows) == 3
    for typed in ("9/16", "09/16", "9/16/26", "9/16/2026"):
        assert set(rows) <= set(one.search(typed)), typed
    assert not set(rows) & set(one.search("9/16/25")) and not set(rows) & set(one.search("9/1"))


def test_the_decoder_counts_no_directions_that_it_has_not_read():
    tool = sig_decoder()
    tool.own.value, tool.count.value = "1 tab PO TID", "3"
    tool.check.click()
    assert said(tool).startswith("Press Read my directions first.") and tool.example.value in said(tool)
    tool.read.click()
    tool.check.click()
    assert said(tool).startswith("Right: 3 tablets")
    tool.example.value = tool.example.options[1][1]
    tool.check.click()
    assert "Read my directions" not in said(tool), "practice directions were chosen after her own"


def test_a_count_that_is_an_average_or_above_the_maximum_is_told():
    assert "average" in sig_coach.check_count(parse("2 tabs PO qod"), "1")[1]
    assert "maximum" in sig_coach.check_count(parse("2 puffs INH q4h, max 8/d"), "12")[1]
    assert sig_coach.check_count(parse("1/2 tab PO daily"), "0,5")[0]


@pytest.mark.parametrize(("text", "quantity"), sig_coach.PRACTICE)
def test_practice_directions_are_explained(text, quantity):
    sig, words = sig_coach.read(text)
    assert words.endswith(".")
    if sig:
        labels = dict(sig_coach.working(sig, quantity))
        assert "Most in one day" in labels
        assert not quantity or f"Quantity {quantity}" in labels


def test_builder_builds_and_takes_apart():
    tool = word_builder()
    assert "arthritis: inflammation of a joint" in tool.result.value
    tool.root.value, tool.suffix.value = "nephr/o", "-pexy"
    tool.build.click()
    assert said(tool).startswith("nephropexy: the parts say fixing in place + kidney")
    tool.root.value = tool.suffix.value = ""
    tool.build.click()
    assert "Choose a root or a suffix" in said(tool) and "nephropexy" not in tool.result.value
    tool.word.value = "polyneuropathy"
    tool.split.click()
    assert said(tool) == "polyneuropathy: disease of many nerves." and "neur/o" in tool.result.value
    tool.word.value = "blorpitis"
    tool.split.click()
    assert "not all of its parts" in said(tool) and "neur/o" not in tool.result.value, "the old parts are gone"


def test_every_tool_reads_without_a_kernel():
    for tool in (chart_explorer(chart.charts()), sig_decoder(), word_builder()):
        static = tool._repr_mimebundle_()["text/html"]
        assert "Read all of it as text" in static and tool.lead.split(",")[0] in static
    assert "BW-24" in chart_explorer(chart.charts()).static_html()
    assert "max 12/30 d" in sig_decoder().static_html()
