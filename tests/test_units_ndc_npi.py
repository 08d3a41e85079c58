"""Units, package numbers and provider numbers: what is computed, and what is refused."""

from __future__ import annotations

import math
from fractions import Fraction
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from priorauth import data, ndc, npi, units


@pytest.mark.parametrize(
    ("code", "dose", "sizes", "given", "thrown", "vials"),
    [
        ("J1745", 350, [100], 35, 5, "4 x 100"),
        ("J9271", 200, [100], 200, 0, "2 x 100"),
        ("J2506", 6, [6], 12, 0, "1 x 6"),
        ("J0585", 155, [200], 155, 45, "1 x 200"),
        ("J0585", 155, [100, 200], 155, 45, "1 x 200"),
        ("J2357", 300, [150], 60, 0, "2 x 150"),
        ("J2357", 375, [75, 150], 75, 0, "2 x 150 + 1 x 75"),
        ("J9263", 150, [50, 100], 300, 0, "1 x 100 + 1 x 50"),
        ("J1745", 425, [100], 43, 7, "5 x 100"),
    ],
)
def test_a_visit(code, dose, sizes, given, thrown, vials):
    found = units.plan(dose, units.drugs()[code].unit, sizes)
    assert (found.given, found.thrown_away, found.vials_words) == (given, thrown, vials)
    assert ("JW" in units.line_words(found)) == bool(thrown) and ("JZ" in units.line_words(found)) == (not thrown)


def test_each_visit_is_rounded_before_the_visits_are_multiplied():
    assert units.for_order(425, 10, 3) == 129


@given(
    st.integers(1, 3000),
    st.sampled_from(["0.5", "1", "10", "5"]),
    st.sets(st.sampled_from([50, 100, 150, 400]), min_size=1),
)
def test_units_never_fall_short_and_waste_is_less_than_the_smallest_vial(dose, unit, sizes):
    found = units.plan(dose, unit, sizes)
    assert found.given * Fraction(unit) >= dose
    assert 0 <= found.thrown_away * Fraction(unit) < min(sizes)
    assert sum(size * count for size, count in found.vials) >= dose


@pytest.mark.parametrize("bad", ["", "ten", "-5", "0", "1/0", None])
def test_a_dose_that_is_none_gets_a_sentence(bad):
    with pytest.raises(ValueError, match=r"\.$"):
        units.amount(bad)


def test_a_dose_in_the_wrong_measure_is_noticed():
    with pytest.raises(ValueError, match="Check dose and measure"):
        units.plan(350000, 10, [100])


def _by_trying_all(need: Fraction, known: list[Fraction]) -> tuple:
    """The old, slow way to the vials: every mixture, one after the other."""
    found = []

    def fill(left: Fraction, rest: list[Fraction], counts: tuple[int, ...]) -> None:
        enough = max(0, math.ceil(left / rest[0]))
        if len(rest) == 1:
            counts += (enough,)
            found.append((sum(s * c for s, c in zip(known, counts, strict=True)) - need, sum(counts), counts))
            return
        for count in range(enough + 1):
            fill(left - rest[0] * count, rest[1:], (*counts, count))

    fill(need, known, ())
    return tuple((size, count) for size, count in zip(known, min(found)[2], strict=True) if count)


@given(
    st.integers(1, 120).map(lambda n: Fraction(n, 4)),
    st.sets(st.sampled_from([Fraction(n, 4) for n in (2, 3, 4, 6, 8, 10, 16, 20, 30, 40)]), min_size=1, max_size=4),
)
def test_the_vials_are_those_of_trying_every_mixture(need, sizes):
    assert units.fewest_waste(need, sizes) == _by_trying_all(need, sorted(sizes, reverse=True))


@pytest.mark.parametrize(("dose", "sizes"), [(215, range(1, 8)), (240, range(4, 9)), (215, range(1, 16)), (1.5, [1000, 0.001])])  # fmt: skip
def test_many_small_sizes_are_worked_out_at_once(dose, sizes):
    began = monotonic()
    found = units.fewest_waste(dose, sizes)
    assert sum(size * count for size, count in found) == Fraction(str(dose)) and monotonic() - began < 3


@pytest.mark.parametrize("sizes", [[f"{90 + n}.{n * n * 97 % 1000:03}" for n in range(1, 12)], range(1, 500)])
def test_mixtures_without_end_get_a_sentence(sizes):
    began = monotonic()
    with pytest.raises(ValueError, match="too many mixtures"):
        units.fewest_waste(5000, sizes)
    assert monotonic() - began < 10


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("100,50", ["100", "50"]),
        ("100, 50", ["100", "50"]),
        ("100, 500", ["100", "500"]),
        ("50; 100 0.5", ["50", "100", "0.5"]),
        ("100,5000", ["100", "5000"]),
        ("", []),
    ],
)
def test_a_comma_parts_two_sizes(text, sizes):
    assert units.sizes_in(text) == sizes


@pytest.mark.parametrize("text", ["1,000", "100,500", "50; 1,000", "1,000,50"])
def test_a_comma_that_may_be_a_thousand_is_asked_about(text):
    with pytest.raises(ValueError, match="no comma within a number"):
        units.sizes_in(text)


def test_a_comma_in_a_dose_marks_a_thousand_and_nothing_else():
    assert units.amount("1,200") == 1200 and units.amount("1,200.5") == Fraction("1200.5")
    for typed in ("100,50", "0,5", "0,500", ",5"):
        with pytest.raises(ValueError, match="not a number"):
            units.amount(typed)


@pytest.mark.parametrize("typed", ["1e400", "9" * 400, "9" * 5000, "1e99999999"])
def test_sizes_beyond_all_measure_get_a_sentence(typed):
    with pytest.raises(ValueError, match=r"not a number|not be more than 1,000,000"):
        units.plan(215, 10, [typed])


def test_one_unit_is_no_plural():
    assert units.line_words(units.plan(10, 10, [10])) == "1 unit on one line with JZ"


def test_codes_on_a_day():
    assert units.in_force("J0135", "2024-12-31")[0] and not units.in_force("J0135", "2025-01-01")[0]
    assert "J0139" in units.in_force("J0135", data.TODAY)[1]
    assert units.in_force("J1745", data.TODAY)[0]
    with pytest.raises(KeyError, match="no billing unit for J9999"):
        units.in_force("J9999", data.TODAY)
    for drug in units.drugs().values():
        assert bool(drug.ended_on) == bool(drug.replaced_by) and (
            not drug.replaced_by or drug.replaced_by in units.drugs()
        )


def test_the_worlds_units_are_those_of_the_fact_base():
    rows = data.load("hcpcs").set_index("code")
    both = [code for code in rows.index if code in units.drugs()]
    assert len(both) >= 10
    for code in both:
        assert rows["unit_quantity"][code] == float(units.drugs()[code].unit), code
        ended = rows["ended_on"][code]
        assert ("" if ended != ended else str(ended)[:10]) == units.drugs()[code].ended_on, code


@pytest.mark.parametrize(
    ("text", "verdict", "eleven"),
    [
        ("0002-7597-01", "padded", "00002759701"),
        ("50242-040-62", "padded", "50242004062"),
        ("60575-4112-1", "padded", "60575411201"),
        (" 60575-4112-1 ", "padded", "60575411201"),
        ("50242-0040-62", "as it is", "50242004062"),
        ("50242004062", "as it is", "50242004062"),
        ("5024204062", "ask", ""),
        ("5.0242E+09", "ask", ""),
        ("2759701", "ask", ""),
        ("2759701.0", "ask", ""),
        ("0002-7597-1", "ask", ""),
        ("0002-7597-O1", "ask", ""),
        ("", "ask", ""),
        (float("nan"), "ask", ""),
    ],
)
def test_eleven_digits(text, verdict, eleven):
    found = ndc.to_eleven(text)
    assert (found.verdict, found.eleven) == (verdict, eleven) and found.why.endswith(".")


def test_ten_digits_without_hyphens_have_three_readings():
    found = ndc.to_eleven("5024204062")
    assert dict(found.readings) == {"4-4-2": "05024204062", "5-3-2": "50242004062", "5-4-1": "50242040602"}


def test_every_package_of_the_world_can_be_turned():
    numbers = data.load("drugs")["ndc"]
    assert len(numbers) >= 30 and {ndc.pattern(n) for n in numbers} == {"4-4-2", "5-3-2", "5-4-1"}
    assert all(len(ndc.to_eleven(n).eleven) == 11 for n in numbers)


def test_check_digits():
    assert npi.check_digit("123456789") == 3
    assert npi.judge("1234567893").verdict == "passes" and npi.judge("1234567890").verdict == "fails"
    assert {npi.judge(bad).verdict for bad in ("123456789", "12345678901", "12345678O3", "", None)} == {
        "not ten digits"
    }
    assert {npi.judge(n).verdict for n in data.load("providers")["npi"]} == {"passes"}
    assert "= 67" in npi.explain("1234567893") and "no NPI" in npi.explain("12")


@given(st.from_regex(r"[0-9]{9}", fullmatch=True), st.integers(0, 9), st.integers(0, 9))
def test_one_wrong_digit_is_always_noticed(nine, place, digit):
    number = nine + str(npi.check_digit(nine))
    wrong = number[:place] + str(digit) + number[place + 1 :]
    assert npi.judge(wrong).verdict == ("passes" if wrong == number else "fails")
