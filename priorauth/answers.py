"""Answers as plain data.

A learner may write the same answer in many ways: a list or a tuple, a number or a number in quotes, a dict or
a pandas Series. `plain` turns whatever she wrote into plain Python data (None, bool, int, float, str, datetime,
list, dict). `read` then reads that data in the form that the item asks for. Comparing happens later, on plain
data only, so an object that claims to equal everything equals nothing here.
"""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import math
import re
import sys
from typing import Any

MAX_ENTRIES = 20_000
MAX_TEXT = 50_000

Form = dict[str, Any]


class Unreadable(ValueError):
    """The answer has a form that cannot be read. The message is one sentence for the learner."""


class UnknownId(Unreadable):
    """The answer names an id that does not belong to the task."""


# --- from whatever was written to plain data ---------------------------------------------------------------


def plain(value: Any, _depth: int = 0) -> Any:
    """Return `value` as plain data.

    Accepts None, bool, numbers, text, dates, lists, tuples, sets, dicts, and the numpy and pandas things that
    hold them. A Series with its own index and a two-column DataFrame become a dict. Raises `Unreadable`.
    """
    if _depth > 4:
        raise Unreadable("Your answer has lists inside lists inside lists. One list or one table is enough.")
    if value is None or value is Ellipsis:
        return None
    if isinstance(value, bool):
        return value is True
    if isinstance(value, str):
        text = str.__str__(value)
        if len(text) > MAX_TEXT:
            raise Unreadable("Your answer is a text of more than 50,000 characters.")
        return text
    if isinstance(value, int):
        return int.__int__(value)
    if isinstance(value, float):
        number = float.__float__(value)
        return None if math.isnan(number) else number
    if isinstance(value, dt.datetime):
        if value != value:  # pandas.NaT
            return None
        return dt.datetime(value.year, value.month, value.day, value.hour, value.minute, value.second)
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day)
    for kind in (dict, list, tuple, set, frozenset):
        if isinstance(value, kind):  # the base's own methods: a subclass of the learner's is not asked
            if kind is dict:
                return _dict(dict.items(value), dict.__len__(value), _depth)
            return _list(list(kind.__iter__(value)), _depth, ordered=kind in (list, tuple))
    return _from_library(value, _depth)


def _list(values: list, depth: int, ordered: bool = True) -> list:
    if len(values) > MAX_ENTRIES:
        raise Unreadable("Your answer has more than 20,000 entries.")
    items = [plain(v, depth + 1) for v in values]
    if not ordered:
        items.sort(key=lambda v: (type(v).__name__, str(v)))
    return items


def _dict(pairs: Any, size: int, depth: int) -> dict:
    if size > MAX_ENTRIES:
        raise Unreadable("Your answer has more than 20,000 entries.")
    return {_key(k): plain(v, depth + 1) for k, v in pairs}


def _key(key: Any) -> Any:
    key = plain(key)
    return tuple(key) if isinstance(key, list) else key


def _from_library(value: Any, depth: int) -> Any:
    """numpy and pandas, told by their own classes, so that look-alikes are refused."""
    name = type(value).__name__
    module = next((m for m in ("numpy", "pandas") if _is_of(value, m)), type(value).__module__)
    if module == "numpy":
        if name == "datetime64":
            import pandas as pd

            return plain(pd.Timestamp(value), depth + 1)
        if name == "ndarray" or hasattr(value, "item"):
            return plain(value.tolist(), depth + 1)
    if module == "pandas":
        if name == "NAType" or name == "NaTType":
            return None
        if name == "Series":
            if name == "Series" and _counts_from_zero(value.index):
                return _list(value.tolist(), depth)
            return _dict(zip(value.index.tolist(), value.tolist(), strict=True), len(value), depth)
        if name.endswith(("Index", "Array")) or name == "Categorical":
            return _list(value.tolist(), depth)
        if name == "DataFrame":
            frame = value if _counts_from_zero(value.index) else value.reset_index()
            rows = [[plain(v, depth + 2) for v in row] for row in frame.itertuples(index=False, name=None)]
            return {"columns": [str(c) for c in frame.columns], "rows": rows}
    if module == "builtins" and name in ("dict_keys", "dict_values", "range"):
        return _list(list(value), depth)
    if callable(value):
        raise Unreadable(
            "Your answer is a function or a method. Did you forget the brackets () at the end of the line?"
        )
    raise Unreadable(f"Your answer is a thing of the type {name}, which cannot be read as an answer.")


def _is_of(value: Any, package: str) -> bool:
    """Whether the exact class of a value is the one that the package has under this name (if it is loaded at all)."""
    kind = type(value)
    found = getattr(sys.modules.get(kind.__module__), kind.__qualname__, None)
    return kind.__module__.split(".")[0] == package and (found is kind or _public(package, kind))


def _public(package: str, kind: type) -> bool:
    home = sys.modules.get(package)
    return home is not None and any(getattr(home, n, None) is kind for n in (kind.__name__, f"{kind.__name__}Type"))


def _counts_from_zero(index: Any) -> bool:
    return type(index).__name__ == "RangeIndex"


def is_blank(value: Any) -> bool:
    """True where nothing was written: None, empty text, or a container that holds only blanks."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return True
    if isinstance(value, dict):
        return all(is_blank(v) for v in value.values())
    if isinstance(value, list):
        return all(is_blank(v) for v in value)
    return False


# --- one value in the form that is asked for -----------------------------------------------------------------

_NUMBER = re.compile(r"[-+]?\d[\d,]*(\.\d+)?|[-+]?\.\d+")
_DATE_FORMATS = ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y", "%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y")
_TIME_FORMATS = ("", " %H:%M", " %H:%M:%S", "T%H:%M", "T%H:%M:%S", " %I:%M %p", " %I:%M%p")


def norm_text(value: Any) -> str:
    """Text without differences of case, blanks, quotes, or dashes against underscores."""
    return (_norm if len(text := str(value)) < 200 else _norm.__wrapped__)(text)


@functools.lru_cache(maxsize=10_000)  # the same ids and labels are compared again and again
def _norm(text: str) -> str:
    text = re.sub(r"[\s_]+", " ", text).strip().strip("\"'.,;").casefold()
    return text.replace("–", "-").replace("—", "-")


def as_number(value: Any) -> float:
    """A number, also from text such as "1,234", "$12.50" or "45 %". Raises `Unreadable`."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise Unreadable(f"A number is asked for here, and {_show(value)} is not one.")
    if isinstance(value, str):
        text = value.strip().replace("$", "").replace("%", "").strip()
        if not _NUMBER.fullmatch(text):
            raise Unreadable(f"A number is asked for here, and {_show(value)} cannot be read as one.")
        value = float(text.replace(",", ""))
    if not math.isfinite(value):
        raise Unreadable("A number is asked for here, and infinity is not one.")
    return float(value)


def as_datetime(value: Any) -> dt.datetime:
    """A date and time, from a Timestamp, a date, or text such as "2026-09-14 16:20". Raises `Unreadable`."""
    if isinstance(value, dt.datetime):
        return value
    if isinstance(value, str):
        text = " ".join(value.split())
        for day in _DATE_FORMATS:
            for time in _TIME_FORMATS:
                try:
                    return dt.datetime.strptime(text, day + time)
                except ValueError:
                    continue
    raise Unreadable(f'A date like "2026-09-14" is asked for here, and {_show(value)} cannot be read as one.')


def as_bool(value: Any) -> bool:
    """True or False, also from the words. Raises `Unreadable`."""
    if isinstance(value, bool):
        return value
    word = norm_text(value)
    if word in ("true", "t", "yes"):
        return True
    if word in ("false", "f", "no"):
        return False
    raise Unreadable(f"True or False is asked for here, and {_show(value)} is neither.")


def as_letters(value: Any, options: list[str]) -> list[str]:
    """Option letters in order, from "A", ["A", "C"], {"A", "C"}, "A, C" or "AC". Raises `Unreadable`."""
    if isinstance(value, str):
        parts = [p for p in re.split(r"[\s,;/&+]+|\band\b", value.strip()) if p]
        if len(parts) == 1 and len(parts[0]) > 1 and all(c.upper() in options for c in parts[0]):
            parts = list(parts[0])
    elif isinstance(value, list):
        parts = value
    else:
        raise Unreadable(f'A letter like "{options[0]}" is asked for here, and {_show(value)} is not one.')
    letters = []
    for part in parts:
        letter = str(part).strip().strip("().:'\"").upper()
        if letter not in options:
            raise Unreadable(f"The options are {', '.join(options)}; {_show(part)} is none of them.")
        letters.append(letter)
    return sorted(set(letters))


def value_as(value: Any, kind: str) -> Any:
    """One value in the form `kind` (text, number, date, datetime, bool); None stays None."""
    if is_blank(value):
        return None
    if kind == "number":
        return as_number(value)
    if kind == "date":
        return as_datetime(value).replace(hour=0, minute=0, second=0)
    if kind == "datetime":
        return as_datetime(value)
    if kind == "bool":
        return as_bool(value)
    if isinstance(value, (list, dict)):
        raise Unreadable(f"A word is asked for here, and {_show(value)} is a list or a table.")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return norm_text(value)


def _show(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


# --- the whole answer -----------------------------------------------------------------------------------------


def read(form: Form, value: Any) -> Any:
    """Read plain data `value` in the form of an item; the result can be compared.

    `form` has `kind` and, by kind, `records`, `labels`, `options`, `as`, `pair`, `asks`, `fields`, `columns`.
    `asks` is what each part of a record is asked to be, one list for all records or a list for each.
    Returns None for a blank answer. Raises `Unreadable` with one sentence.
    """
    if is_blank(value):
        return None
    return _READERS[form["kind"]](form, value)


def _read_one(form: Form, value: Any) -> Any:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict) and len(value) == 1:
        value = next(iter(value.values()))
    return value_as(value, form.get("as", "number"))


def _read_single(form: Form, value: Any) -> str:
    letters = as_letters(value, form["options"])
    if len(letters) != 1:
        raise Unreadable(f"Exactly one letter is asked for here, and you gave {len(letters)}.")
    return letters[0]


def _read_ids(form: Form, value: Any) -> list[str]:
    if isinstance(value, str):
        value = [v for v in re.split(r"[\s,;]+", value) if v]
    if isinstance(value, dict):
        if set(value) == {"columns", "rows"}:
            raise Unreadable("A list of ids is asked for here, and you gave a table. Take one column of it.")
        ticked = all(isinstance(v, bool) or v is None for v in value.values())
        value = [k for k, v in value.items() if v is True or not ticked]
    if not isinstance(value, list):
        raise Unreadable(f"A list of ids is asked for here, and {_show(value)} is not a list.")
    known = {norm_text(r): r for r in form.get("records", [])}
    ids = []
    for entry in value:
        if is_blank(entry):
            continue
        name = norm_text(entry)
        if known and name not in known:
            raise UnknownId(f"{_show(entry)} is not one of the ids of this task.")
        ids.append(known.get(name, str(entry).strip()))
    return ids


def _read_order(form: Form, value: Any) -> list[str]:
    ids = _read_ids(form, value)
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise Unreadable(f"{twice[0]} stands in your list more than once.")
    missing = [r for r in form["records"] if r not in ids]
    if missing:
        raise Unreadable(f"Your list has {len(ids)} of {len(form['records'])} ids; {missing[0]} is missing.")
    return ids


def _read_id_set(form: Form, value: Any) -> list[str]:
    return sorted(set(_read_ids(form, value)))


def _read_mapping(form: Form, value: Any) -> dict[str, Any]:
    records = form["records"]
    if isinstance(value, dict) and set(value) == {"columns", "rows"}:
        if len(value["columns"]) < 2:
            raise Unreadable("Your table needs two columns: the id, and your answer for it.")
        value = {row[0]: (row[1] if len(row) == 2 else list(row[1:])) for row in value["rows"]}
    if isinstance(value, list):
        pairs = all(isinstance(v, list) and len(v) == 2 and norm_text(v[0]) in map(norm_text, records) for v in value)
        if not (value and pairs):
            raise Unreadable("Write your answer as {id: answer, id: answer, ...}, so that each answer has its id.")
        value = dict(value)
    if not isinstance(value, dict):
        raise Unreadable(f"Write your answer as {{id: answer, ...}}; {_show(value)} is not of that form.")
    known = {norm_text(r): r for r in records}
    result: dict[str, Any] = dict.fromkeys(records)
    for key, entry in value.items():
        if norm_text(key) not in known:
            raise UnknownId(f"{_show(key)} is not one of the ids of this task.")
        record = known[norm_text(key)]
        try:
            result[record] = _entry(form, entry, asked_of(form, record))
        except Unreadable as problem:
            raise Unreadable(f"{record}: {problem}") from None
    return result


def _entry(form: Form, entry: Any, asked: list[str]) -> Any:
    if is_blank(entry):
        return None
    if not form.get("pair"):
        if isinstance(entry, list) and len(entry) == 1:
            entry = entry[0]
        return _label(form, value_as(entry, form.get("as", "text")))
    if isinstance(entry, str):
        entry = [p.strip() for p in entry.split(",")]
    size = 2 if form["pair"] is True else form["pair"]
    if not isinstance(entry, list) or len(entry) != size:
        what = 'two things are asked for, like ["answer", "id of the evidence"]'
        raise Unreadable(f"{what}." if size == 2 else f"{size} things are asked for, in square brackets.")
    first = None if is_blank(entry[0]) else _label(form, value_as(entry[0], form.get("as", "text")))
    others = [value_as(e, "text") for e in entry[1:]]
    pattern = form.get("evidence")
    if others[0] is not None and pattern and not re.fullmatch(pattern, others[0], re.IGNORECASE):
        raise Unreadable(f"{_show(entry[1])} is not a whole id. Copy the id as it stands in the table.")
    parts = [first, *others]
    return [_as_asked(p, kind) for p, kind in itertools.zip_longest(parts, asked[: len(parts)], fillvalue="text")]


def asked_of(form: Form, record: str) -> list[str]:
    """What the parts of a record's answer are asked to be: text, number or date. All of them are compared as text."""
    asks = form.get("asks", [])
    return asks.get(record, []) if isinstance(asks, dict) else asks


def _as_asked(part: Any, kind: str) -> Any:
    """A text part that can be read as the number or the day that is asked for, in its one spelling."""
    if kind == "text" or not isinstance(part, str):
        return part
    try:
        value = value_as(part, kind)
    except Unreadable:
        return part
    return f"{value:%Y-%m-%d}" if kind == "date" else value_as(value, "text")


def _label(form: Form, value: Any) -> Any:
    labels = form.get("labels")
    if labels and isinstance(value, str) and value not in [norm_text(x) for x in labels]:
        raise Unreadable(f'"{value}" is not one of the answers to choose from: {", ".join(labels)}.')
    return value


def _read_record(form: Form, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unreadable("Fill in the form as {field: value, ...}.")
    known = {norm_text(f): f for f in form["fields"]}
    result: dict[str, Any] = dict.fromkeys(form["fields"])
    for key, entry in value.items():
        if norm_text(key) not in known:
            raise Unreadable(f"The form has no field {_show(key)}.")
        field = known[norm_text(key)]
        try:
            result[field] = value_as(entry, form["fields"][field])
        except Unreadable as problem:
            raise Unreadable(f"{field}: {problem}") from None
    return result


def _read_table(form: Form, value: Any) -> dict[str, dict[str, Any]]:
    """A table as {first column: {column: value}}; columns by name, rows in any order."""
    if isinstance(value, dict) and set(value) != {"columns", "rows"}:
        value = {"columns": list(form["columns"])[:2], "rows": [[k, v] for k, v in value.items()]}
    if not isinstance(value, dict):
        raise Unreadable("A table (DataFrame) is asked for here.")
    names = [norm_text(c) for c in value["columns"]]
    missing = [c for c in form["columns"] if norm_text(c) not in names]
    if missing:
        raise Unreadable(f'Your table has no column "{missing[0]}".')
    columns = list(form["columns"])
    at = [names.index(norm_text(c)) for c in columns]
    result = {}
    for row in value["rows"]:
        cells = {c: value_as(row[i], form["columns"][c]) for c, i in zip(columns, at, strict=True)}
        result[str(cells[columns[0]])] = cells
    return result


def _read_written(form: Form, value: Any) -> str:
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        value = "\n".join(value)
    if not isinstance(value, str):
        raise Unreadable("A text in quotes is asked for here.")
    return value.strip()


_READERS = {
    "single": _read_single,
    "multiple": lambda form, value: as_letters(value, form["options"]),
    "true_false": lambda form, value: as_bool(value[0] if isinstance(value, list) and len(value) == 1 else value),
    "numeric": _read_one,
    "order": _read_order,
    "id_set": _read_id_set,
    "mapping": _read_mapping,
    "match": _read_mapping,
    "record": _read_record,
    "table": _read_table,
    "written": _read_written,
}
