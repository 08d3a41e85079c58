"""Module 4: directions, runs of treatment, word parts, charts, and the tools over them."""

from __future__ import annotations

import csv
import random
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit.items import ROOT, load_module
from priorauth import answers, chart, chart_opening, data, sig_coach, sig_words, therapy, wordparts
from priorauth.sig import SigError, error_prone, parse
from priorauth.therapy import Fill
from priorauth.widgets import base
from priorauth.widgets.chart_explorer import chart_explorer
from priorauth.widgets.sig_decoder import sig_decoder
from priorauth.widgets.word_builder import taken_apart, word_builder

# --- directions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "once", "times", "day", "per_day"),
    [
        ("1-2 tabs PO q4-6h prn pain", 2, 6, 12, 12),
        ("2 puffs INH q4-6h prn wheeze, max 8 puffs/d", 2, 6, 8, 8),
        ("1 gtt OU QID", 2, 4, 8, 8),
        ("1/2 tab PO BID", Fraction(1, 2), 2, 1, 1),
        ("ss tab PO BID", Fraction(1, 2), 2, 1, 1),
        ("1 tab PO qAM and 2 tabs PO qHS", 2, 2, 3, 3),
        ("1 tsp PO TID ac x 10 d", 5, 3, 15, 15),
        ("1 tab PO every other day", 1, 1, 1, Fraction(1, 2)),
        ("1 pen subq q 2 wk", 1, 1, 1, Fraction(1, 14)),
        ("1 pen subq q mo", 1, 1, 1, Fraction(1, 30)),
        ("1 tab PO 3x/wk", 1, 1, 1, Fraction(3, 7)),
        ("1 tab PO at onset, MR x1 in 2 h, max 9/30 d", 1, 2, 2, Fraction(9, 30)),
        ("1 tab SL prn chest pain, MR x2, max 3/d", 1, 3, 3, 3),
        ("1 tab PO prn, max 4/d", 1, 4, 4, 4),
        ("1 cap PO daily x 21 d, off 7 d", 1, 1, 1, Fraction(3, 4)),
        ("1 patch to skin q 72 h", 1, 1, 1, Fraction(1, 3)),
        ("6 units subq ac & qhs", 6, 4, 24, 24),
        ("2 tabs PO ac", 2, 3, 6, 6),
        ("Take one tablet by mouth twice daily.", 1, 2, 2, 2),
        ("q5h is odd: no", None, None, None, None),
    ],
)
def test_directions(text, once, times, day, per_day):
    if once is None:
        with pytest.raises(SigError):
            parse(text)
        return
    sig = parse(text)
    assert (sig.most_at_once, sig.most_times_a_day, sig.most_in_a_day, sig.per_day) == (once, times, day, per_day)


def test_hours_that_do_not_divide_the_day_are_rounded_down():
    assert parse("1 tab PO q5h").most_times_a_day == 4


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no directions"),
        ("1 tab PO UD", "as directed"),
        ("inject per sliding scale", "scale"),
        ("PO BID", "how much"),
        ("1 tab PO", "how often"),
        ("1 tab PO BID TID", "two frequencies"),
        ("1 tab PO BID blorp", '"blorp"'),
        ("2-1 tabs PO BID", "smaller number first"),
        ("1 tab PO q6-4h", "smaller number first"),
        ("1 tab PO 0x/d", "once is the least"),
        ("1 tab and 5 mL PO BID", "how often"),
        ("1 tab PO qAM and 5 mL PO qPM", "mixes"),
        ("1/0 tab PO BID", "not a number"),
    ],
)
def test_what_cannot_be_read_is_named(text, says):
    with pytest.raises(SigError, match=says):
        parse(text)


def test_tapers_are_recognized():
    written_out = parse("40 mg PO daily x 3 d, then 20 mg daily x 3 d, then stop")
    assert written_out.taper and written_out.total == 180 and written_out.days == 6
    assert parse("6 tabs PO day 1, then 5 tabs day 2, then 4 tabs day 3").total == 15
    named = parse("60 mg PO daily, taper over 2 wk")
    assert named.taper and named.total is None and named.most_in_a_day == 60
    with pytest.raises(SigError, match="changes on the way"):
        named.days_supply(30)


def test_every_prescription_of_the_world_is_read_and_agrees_with_its_daily_quantity():
    with (ROOT / "datasets" / "orders.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["sig"]]
    compared = 0
    for row in rows:
        sig = parse(row["sig"])
        if row["daily_quantity"]:
            compared += 1
            assert float(sig.per_day) == pytest.approx(float(row["daily_quantity"]), abs=6e-5), row["sig"]
    print(f"\n{len(rows)} prescriptions read, {compared} daily quantities compared")
    assert len(rows) > 1000 and compared > 400


UNITS = {"tab": "tablet", "caps": "capsule", "mL": "mL", "puffs": "puff", "units": "unit"}
WAYS = {
    "PO": ("by mouth", 1),
    "SL": ("under the tongue", 1),
    "OU": ("in both eyes", 2),
    "each nostril": ("into each nostril", 2),
}
OFTEN = {"BID": 2, "TID": 3, "qid": 4, "q4h": 6, "q 8 hr": 3, "daily": 1, "twice daily": 2, "5 times a day": 5}


@given(
    low=st.integers(1, 20), more=st.integers(0, 5), unit=st.sampled_from(sorted(UNITS)), way=st.sampled_from(sorted(WAYS)),
    often=st.sampled_from(sorted(OFTEN)), needed=st.booleans(), cap=st.none() | st.integers(1, 60),
    shout=st.booleans(), blanks=st.integers(1, 3),
)  # fmt: skip
def test_what_is_written_by_the_grammar_is_read_as_meant(low, more, unit, way, often, needed, cap, shout, blanks):
    dose = f"{low}-{low + more}" if more else f"{low}"
    pieces = [f"{dose} {unit}", way, often] + ["prn pain"] * needed
    text = (" " * blanks).join(pieces) + (f", max {cap}/d" if cap else "")
    sig = parse(text.upper() if shout else text)
    words, places = WAYS[way]
    product = (low + more) * places * OFTEN[often]
    assert sig.unit == UNITS[unit] and sig.route == words and sig.as_needed is needed
    assert sig.most_at_once == (low + more) * places and sig.most_times_a_day == OFTEN[often]
    assert sig.most_in_a_day == min(product, cap or product)


@given(low=st.integers(1, 24), more=st.integers(0, 24))
def test_the_shorter_wait_counts(low, more):
    assert (
        parse(f"1 tab PO q{low}-{low + more}h").most_times_a_day
        == parse(f"1 tab PO q{low}h").most_times_a_day
        == 24 // low
    )


@given(quantity=st.integers(0, 500), each=st.integers(1, 6), wait=st.integers(1, 12))
def test_days_supply_never_promises_a_day_too_many(quantity, each, wait):
    sig = parse(f"{each} pens subq q {wait} wk")
    days = sig.days_supply(quantity)
    assert days * sig.per_day <= quantity < (days + 1) * sig.per_day


@settings(max_examples=300)
@given(st.text(max_size=60) | st.lists(st.sampled_from("1 2 tab tabs PO BID q h 4 - 6 / x d prn max then taper , OU 0 ½ mL units qd and".split()), max_size=12).map(" ".join))  # fmt: skip
def test_any_text_is_read_or_refused_in_words(text):
    try:
        sig = parse(text)
    except SigError as problem:
        assert str(problem) and str(problem)[-1] in '."'
    else:
        assert 0 < sig.most_in_a_day and sig.parts and all(p.meaning for p in sig.parts)


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("i tab po qd", ["qd"]), ("1 tab PO Q.O.D.", ["qod"]), ("10U subq daily", ["U"]), ("400 IU PO daily", ["IU"]),
        ("1.0 mg PO daily", ["trailing zero"]), (".5 mg PO daily", ["no zero before the point"]),
        ("MS 2 mg IV", ["MS, MSO4 or MgSO4"]), ("1 gtt OD BID", ["OD, OS or OU"]), ("1 pen SQ q wk", ["SQ or SC"]),
        ("5 cc PO BID", ["cc"]), ("0.5 mg PO daily", []), ("10 mg PO every other day", []), ("2 tabs PO BID", []),
    ],
)  # fmt: skip
def test_marks_that_are_misread_are_found(text, marks):
    assert [m.mark for m in error_prone(text)] == marks


def test_the_official_list_is_the_one_that_the_lesson_teaches():
    official = {entry[1] for entry in sig_words.ERROR_PRONE if entry[4]}
    assert official == {"qd", "qod", "U", "IU", "trailing zero", "no zero before the point", "MS, MSO4 or MgSO4"}


def test_the_graded_directions_come_to_their_key():
    """The second route to m04-c1: the parser against the key that was counted by hand."""
    item = load_module("module_04").item("m04-c1")
    places = {"in both eyes": "eye", "into each nostril": "nose"}
    assert len(item.options) == 10
    for name, option in item.options.items():
        sig = parse(option.text.strip("`"))
        found = [sig.most_at_once, sig.most_times_a_day, sig.most_in_a_day]
        assert [places.get(sig.route, sig.route), *map(float, found)] == item.key[name], name


def test_the_table_of_days_supply_in_the_lesson_is_right():
    text = (ROOT / "notebooks" / "module_04" / "module_04.md").read_text(encoding="utf-8")
    rows = text.split("| Directions | Quantity | Per day |")[1].split("\n\n")[0].splitlines()[2:]
    assert len(rows) >= 7
    for row in rows:
        directions, quantity, _, days = (cell.strip() for cell in row.strip("|").split("|"))
        assert parse(directions).days_supply(int(quantity)) == int(days.split()[0]), row


# --- runs of treatment ---------------------------------------------------------------------------------------------------

FILLS = st.lists(
    st.tuples(st.integers(0, 200), st.sampled_from((7, 28, 30, 90))), min_size=1, max_size=9, unique_by=lambda f: f[0]
).map(lambda rows: [Fill(f"F{n}", date(2026, 1, 1) + timedelta(days=d), s) for n, (d, s) in enumerate(rows)])


def by_days(fills: list[Fill], gap: int, until: date | None) -> int:
    """The longest run once more, day by day: put each supply on the first free days, then walk along the calendar."""
    covered: set[date] = set()
    for fill in sorted(fills, key=lambda f: f.filled_on):
        if until and fill.filled_on > until:
            continue
        day = max([fill.filled_on, *(d + timedelta(days=1) for d in covered)])
        covered |= {day + timedelta(days=n) for n in range(fill.days_supply)}
    best, start, last = 0, None, None
    for day in sorted(covered):
        if start is None or (day - last).days - 1 > gap:
            start = day
        last = day
        counted = min(day, until) if until else day
        best = max(best, (counted - start).days + 1)
    return best


@given(FILLS, st.integers(0, 40), st.none() | st.integers(0, 300))
def test_longest_run_is_that_of_walking_day_by_day(fills, gap, until):
    end = date(2026, 1, 1) + timedelta(days=until) if until is not None else None
    run = therapy.longest(fills, gap, until=end)
    assert (run.days if run else 0) == max(0, by_days(fills, gap, end))


@given(FILLS, st.randoms())
def test_the_order_of_rows_does_not_matter(fills, dice):
    mixed = list(fills)
    dice.shuffle(mixed)
    assert therapy.runs(mixed) == therapy.runs(fills)


@given(FILLS)
def test_runs_hold_every_fill_once_and_a_larger_gap_never_shortens(fills):
    found = therapy.runs(fills)
    assert sorted(f for run in found for f in run.fill_ids) == sorted(f.fill_id for f in fills)
    assert therapy.longest(fills, 30).days >= therapy.longest(fills, 14).days
    assert sum(run.days_covered for run in found) == sum(f.days_supply for f in fills)


def test_the_edges_of_the_rule():
    first = Fill("A", date(2026, 5, 1), 30)
    at = lambda days: Fill("B", date(2026, 5, 31) + timedelta(days=days), 30)  # noqa: E731
    assert therapy.runs([first])[0].last == date(2026, 5, 30)
    assert len(therapy.runs([first, at(14)])) == 1 and len(therapy.runs([first, at(15)])) == 2
    assert therapy.longest([first], until=date(2026, 5, 1)).days == 1
    assert therapy.longest([first], until=date(2026, 4, 30)) is None
    early = Fill("B", date(2026, 5, 21), 30)
    assert therapy.longest([first, early]).days == 60 and therapy.longest([first, early], carry_over=False).days == 50
    with pytest.raises(ValueError, match="one day or more"):
        Fill("A", date(2026, 5, 1), 0)
    with pytest.raises(ValueError, match="0 days or more"):
        therapy.runs([first], allowed_gap=-1)


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
    carried = {"D06": "[copied fwd", "D12": "Exam as on"}
    for page in packet["pages"]:
        if page["head"] != packet["patient"].replace("Marguerite Oldcastle, born ", "Oldcastle, Marguerite, "):
            verdict = "wrong patient"
        elif (
            "clinician who orders" in page["fact"] and page["author"] not in packet["asks"].replace("Dr. ", "") + ", MD"
        ):
            verdict = "wrong author"
        elif page["signed"] != "-" and (isinstance(page["signed"], str) or page["signed"] > packet["request_day"]):
            verdict = "not signed"
        elif page["doc"] in carried:
            assert carried[page["doc"]] in page["text"]
            verdict = "copied"
        else:
            old = (packet["request_day"] - page["dated"]).days > page["at_most"]
            verdict = "too old" if old else "usable"
        assert item.key[page["doc"]] == verdict, page["doc"]
    assert len(packet["pages"]) == 12


def test_rows_of_the_extraction_key_say_what_the_key_says():
    """The second route to m04-c8: each value stands in its row, or follows from it."""
    rows = {row.row_id: row for row in chart.charts("wexcombe")[0].rows}
    key = load_module("module_04").item("m04-c8").key
    for fact, (value, row_id) in key.items():
        row = rows[row_id]
        if fact == "G":
            assert "DISCONTINUED" not in row.text and parse("1 pen subq q 2 wk").per_day * 28 == int(value)
        else:
            assert value in (row.text if fact in "ADF" else row.day), fact
        assert row.signed != "not signed" and "RETURNED" not in row.text and "no result" not in row.text


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


def test_pieces_stand_as_they_were_written():
    assert ">PO<" in sig_decoder().result.value and ">BID<" in sig_decoder().result.value


def test_answers_of_four_things_are_read():
    form = {"kind": "mapping", "records": ["S01"], "labels": ["by mouth"], "as": "text", "pair": 4}
    for given_answer in (["by mouth", 0.5, 2, 1], ("By Mouth", "0.5", 2.0, "1"), "by mouth, 0.5, 2, 1"):
        assert answers.read(form, answers.plain({"S01": given_answer})) == {"S01": ["by mouth", "0.5", "2", "1"]}
    with pytest.raises(answers.Unreadable, match="S01: 4 things"):
        answers.read(form, {"S01": ["by mouth", 2]})


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
    assert "Choose a root or a suffix" in said(tool)
    tool.word.value = "polyneuropathy"
    tool.split.click()
    assert said(tool) == "polyneuropathy: disease of many nerves."


def test_every_tool_reads_without_a_kernel():
    for tool in (chart_explorer(chart.charts()), sig_decoder(), word_builder()):
        static = tool._repr_mimebundle_()["text/html"]
        assert "Read all of it as text" in static and tool.lead.split(",")[0] in static
    assert "BW-24" in chart_explorer(chart.charts()).static_html()
    assert "max 12/30 d" in sig_decoder().static_html()
