"""Answers as plain data: many ways to write the same, and no way around."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursekit import mark
from priorauth import answers
from priorauth.answers import Unreadable, plain, read

MAPPING = {
    "kind": "mapping",
    "records": ["REQ-1", "REQ-2"],
    "labels": ["approved", "denied"],
    "as": "text",
    "pair": False,
}


@pytest.mark.parametrize(
    "value",
    [
        {"REQ-1": "approved", "REQ-2": "denied"},
        {" req-1": "Approved ", "REQ-2": "DENIED"},
        [("REQ-1", "approved"), ("REQ-2", "denied")],
        pd.Series({"REQ-1": "approved", "REQ-2": "denied"}),
        pd.DataFrame({"id": ["REQ-2", "REQ-1"], "state": ["denied", "approved"]}),
        {np.str_("REQ-1"): np.str_("approved"), "REQ-2": ["denied"]},
    ],
)
def test_one_mapping_written_in_many_ways(value: object) -> None:
    assert read(MAPPING, plain(value)) == {"REQ-1": "approved", "REQ-2": "denied"}


@pytest.mark.parametrize(
    "value", [3, 3.0, "3", " 3.0 ", "$3", "3 %", np.int64(3), np.float32(3), np.array([3]), [3], pd.Series([3])]
)
def test_numbers(value: object) -> None:
    assert read({"kind": "numeric", "as": "number"}, plain(value)) == 3


@pytest.mark.parametrize(
    "value",
    [
        "2026-09-14 16:20",
        "9/14/2026 4:20 PM",
        "September 14, 2026 16:20",
        dt.datetime(2026, 9, 14, 16, 20),
        pd.Timestamp("2026-09-14 16:20"),
        np.datetime64("2026-09-14T16:20"),
    ],
)
def test_moments(value: object) -> None:
    assert read({"kind": "numeric", "as": "datetime"}, plain(value)) == dt.datetime(2026, 9, 14, 16, 20)


@pytest.mark.parametrize(
    "value", [["A", "C"], ("c", "a"), {"A", "C"}, "A, C", "AC", "a and c", "A;C", pd.Series(["A", "C"])]
)
def test_letters(value: object) -> None:
    assert read({"kind": "multiple", "options": list("ABCD")}, plain(value)) == ["A", "C"]


@pytest.mark.parametrize(
    ("form", "value", "words"),
    [
        (MAPPING, {"REQ-9": "approved"}, "not one of the ids"),
        (MAPPING, {"REQ-1": "maybe"}, "choose from"),
        (MAPPING, 7, "of that form"),
        ({"kind": "numeric", "as": "number"}, "many", "number is asked for"),
        ({"kind": "numeric", "as": "number"}, True, "number is asked for"),
        ({"kind": "numeric", "as": "date"}, "soon", "date like"),
        ({"kind": "single", "options": list("AB")}, "E", "options are"),
        ({"kind": "single", "options": list("AB")}, ["A", "B"], "Exactly one"),
        ({"kind": "order", "records": ["x", "y"]}, ["x"], "missing"),
        ({"kind": "order", "records": ["x", "y"]}, ["x", "x", "y"], "more than once"),
        ({"kind": "id_set", "records": ["x", "y"]}, ["z"], "not one of the ids"),
        ({"kind": "written"}, 5, "text in quotes"),
    ],
)
def test_what_cannot_be_read_says_why(form: dict, value: object, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read(form, plain(value))


class Liar(str):
    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 1


class Everything:
    def __eq__(self, other: object) -> bool:
        return True


def test_objects_that_claim_to_equal_everything_equal_nothing() -> None:
    with pytest.raises(Unreadable):
        plain(Everything())
    assert type(plain(Liar("x"))) is str and plain(Liar("x")) == "x"
    with pytest.raises(Unreadable):
        plain(print)


nested = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(
    nested,
    st.sampled_from(
        ["single", "multiple", "true_false", "numeric", "order", "id_set", "mapping", "record", "table", "written"]
    ),
)
def test_any_answer_is_marked_and_never_crashes(value: object, kind: str) -> None:
    """Whatever is written gets one of five outcomes, points in range, and words."""
    form = {
        "kind": kind,
        "options": ["A", "B", "C"],
        "records": ["x", "y", "z"],
        "labels": ["p", "q"],
        "as": "text",
        "pair": False,
        "fields": {"f": "text"},
        "columns": {"k": "text", "v": "number"},
    }
    key = {
        "single": "A",
        "multiple": ["A", "B"],
        "true_false": True,
        "numeric": "word",
        "order": ["x", "y", "z"],
        "id_set": ["x"],
        "mapping": {"x": "p", "y": "q", "z": "p"},
        "record": {"f": "g"},
        "table": {"columns": ["k", "v"], "rows": [["a", 1]]},
        "written": "",
    }[kind]
    item = {
        "id": "m01-c1",
        "form": form,
        "points": 4,
        "hints": ["look"],
        "key": key,
        "guess": 0.3,
        "rejects": [],
        "parts": [{"name": "n", "points": 4, "rule": {"min_words": 3}, "message": "m"}],
        "blank": None,
    }
    result = mark.mark(item, value)
    assert 0 <= result.points <= 4
    assert result.outcome in (mark.NOT_ATTEMPTED, mark.UNREADABLE, mark.WRONG, mark.PARTLY, mark.RIGHT)
    assert (result.outcome == mark.RIGHT) == (result.points == 4)


TWELVE = {f"R{i}": "abc"[i % 3] for i in range(12)}
FORM = {"kind": "mapping", "records": list(TWELVE), "labels": ["a", "b", "c"], "as": "text", "pair": False}
ITEM = {"id": "m01-c1", "form": FORM, "points": 6, "hints": ["look"], "key": TWELVE, "rejects": [], "blank": None}
ITEM["guess"] = mark.guess_level(ITEM)


@given(st.dictionaries(st.sampled_from(list(TWELVE)), st.sampled_from(["a", "b", "c"]), max_size=12))
def test_more_right_never_earns_less(given_answers: dict[str, str]) -> None:
    points = mark.mark(ITEM, given_answers).points
    for record in TWELVE:
        assert mark.mark(ITEM, {**given_answers, record: TWELVE[record]}).points >= points


def test_blank_is_not_wrong() -> None:
    assert answers.is_blank({"a": None, "b": [None, ""]}) and not answers.is_blank(0) and not answers.is_blank(False)


class Greedy(dict):
    def items(self):  # noqa: ANN201
        raise AssertionError("a learner's method was called")


class Fake:
    def tolist(self) -> list:
        raise AssertionError("a learner's method was called")


def test_no_method_of_a_learners_class_is_called() -> None:
    assert plain(Greedy(a=1)) == {"a": 1}
    Fake.__module__, Fake.__name__, Fake.__qualname__ = "pandas.core.series", "Series", "Series"
    with pytest.raises(Unreadable):
        plain(Fake())


def test_numpy_and_pandas_are_known() -> None:
    assert plain(np.arange(3)) == [0, 1, 2] and plain(pd.NA) is None and plain(pd.NaT) is None
    assert plain(pd.Index(["a"])) == ["a"] and plain(pd.Series([1.5]).array) == [1.5]
    assert plain(pd.Categorical(["x", "y"])) == ["x", "y"] and plain({}.keys()) == []
    assert plain(pd.DatetimeIndex(["2026-01-01"])) == [dt.datetime(2026, 1, 1)]
