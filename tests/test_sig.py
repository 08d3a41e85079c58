"""Directions on a prescription: the grammar, its limits, and properties over whatever people may write."""

from __future__ import annotations

import csv
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit.items import ROOT, load_module
from priorauth import sig_words
from priorauth.sig import SigError, error_prone, parse


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
        ("5 cc PO BID", ["cc"]), ("potassium 4.0", []), ("glucose 5.0 mg/dL", []), ("0.5 mg PO daily", []), ("10 mg PO every other day", []), ("2 tabs PO BID", []),
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
    places = {"in both eyes": "eye", "into each nostril": "nose", "in both ears": "ear", "into the rectum": "rectum"}
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
