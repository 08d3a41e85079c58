"""Points without the subject: a scripted test-taker who reads what is shown and understands none of it.

She knows the notebook's forms (options, labels, records) and the tables that stand between a question and its check,
and she has tricks: the longest option, the option that repeats the question's words, a column that holds the labels,
the label whose words stand in the row, rows sorted by a column, the odd ones out, numbers that are printed or summed,
the question pasted as the written answer. `report` says what the tricks earn on average, and what she would earn if
an angel told her for every question which of them is best. A column that holds the answer shows in both.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import random
import re
import statistics
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from coursekit import lesson, mark
from coursekit.build.compile import Compiled, compile_module
from coursekit.items import ROOT, load_module
from priorauth.answers import norm_text

MAY_EARN = 0.40  # share of a module's points that must not be reached without the subject
_WORD = re.compile(r"[a-z][a-z]+|\d+")
_ID = re.compile(r"\b[A-Z][A-Z0-9]*-\d[\w-]*\b")
_NUMBER = re.compile(r"(?<![\w.-])\d[\d,]*(?:\.\d+)?(?![\w-])")

Rows = dict[str, dict[str, str]]  # record -> column -> what the cell shows


@dataclass(frozen=True)
class Trick:
    """One answer found without knowledge: its name, the answer, the points it earns."""

    name: str
    points: float


@dataclass
class Guess:
    """What the tricks earn on one item."""

    item: str
    max_points: float
    tricks: list[Trick] = field(default_factory=list)

    @property
    def mean(self) -> float:
        return statistics.fmean(t.points for t in self.tricks) if self.tricks else 0.0

    @property
    def best(self) -> Trick:
        return max(self.tricks, key=lambda t: t.points, default=Trick("nothing", 0.0))


@dataclass
class Guesses:
    """What the tricks earn on a module."""

    module: str
    points: float
    items: list[Guess]

    @property
    def share(self) -> float:
        """Share of the points that she earns who takes a trick at random, 0 to 1."""
        return sum(g.mean for g in self.items) / self.points

    @property
    def angel_share(self) -> float:
        """Share of the points if the best trick of every item were known, 0 to 1."""
        return sum(g.best.points for g in self.items) / self.points

    def lines(self) -> list[str]:
        head = f"{self.module}: tricks without the subject earn {self.share:.0%} on average, {self.angel_share:.0%} if the best were known."
        return [
            head,
            *(
                f"  {g.item}: {g.best.name} earns {g.best.points:g} of {g.max_points:g}"
                for g in self.items
                if g.best.points
            ),
        ]

    def as_dict(self) -> dict[str, Any]:
        """Shares of the module's points, 0 to 1, and every trick of every item with its points."""
        items = {
            g.item: {"mean": g.mean, "best": asdict(g.best), "tricks": [asdict(t) for t in g.tricks]}
            for g in self.items
        }
        return {"share": self.share, "angel_share": self.angel_share, "items": items}


def report(name: str, compiled: list[Compiled] | None = None) -> Guesses:
    """Try every trick on every item of a module (compiled anew where that is not handed over)."""
    from coursekit.world import World

    module = load_module(name)
    compiled = compiled or compile_module(module, World.load(ROOT))
    shown = _shown(module.name)
    items = [_guess(c, shown.get(c.item.id, {})) for c in compiled]
    return Guesses(module.name, sum(i.points for i in module.items), items)


def _guess(c: Compiled, tables: dict[str, Any]) -> Guess:
    kind = c.data["form"]["kind"]
    make = _TRICKS.get(kind, _no_tricks)
    guess = Guess(c.item.id, c.item.points)
    quick = mark.without_messages(c.data)
    for name, answer in make(c, tables).items():
        guess.tricks.append(Trick(name, mark.mark(quick, answer).points))
    return guess


def _no_tricks(c: Compiled, tables: dict[str, Any]) -> dict[str, Any]:
    return {}


# --- what she sees ---------------------------------------------------------------------------------------------


def _shown(module: str) -> dict[str, dict[str, Any]]:
    """{item: {name: table}}: the tables that the notebook shows between an item's question and its check."""
    import pandas as pd

    found: dict[str, dict[str, Any]] = {}
    item = ""
    for step in lesson.steps(module):
        if step.name.endswith("-prompt"):
            item = step.name.removesuffix("-prompt")
            found[item] = {f"prompt {n}": t for n, t in enumerate(_markdown_tables(step.source))}
        elif step.name.endswith("-check"):
            item = ""
        elif item and not step.name and isinstance(step.value, pd.DataFrame):
            found[item][f"cell {step.number}"] = step.value.reset_index()
    return found


def _markdown_tables(text: str) -> list[Any]:
    import pandas as pd

    tables: list[list[list[str]]] = [[]]
    for line in text.splitlines():
        if line.startswith("|"):
            tables[-1].append([cell.strip() for cell in line.strip("|").split("|")])
        elif tables[-1]:
            tables.append([])
    return [pd.DataFrame(t[2:], columns=t[0]) for t in tables if len(t) > 2 and len({len(r) for r in t}) == 1]


def _rows(c: Compiled, tables: dict[str, Any]) -> Rows:
    """What stands beside each record: columns of the shown tables, and of the public tables, by the record's id."""
    records = [str(r) for r in c.data["form"].get("records") or []]
    rows: Rows = {r: {} for r in records}
    for name, text in [*((n, _text(t)) for n, t in tables.items()), *_public().items()]:
        home = next((column for column, values in text.items() if rows and rows.keys() <= set(values)), None)
        for n in [n for n, r in enumerate(text[home]) if r in rows] if home else []:
            seen = rows[text[home][n]]
            for column, values in text.items():
                place = f"{name}.{column}"
                if values[n]:
                    seen[place] = f"{seen[place]} {values[n]}" if place in seen else values[n]
    return rows


def _text(table: Any) -> dict[str, list[str]]:
    """What each column shows, as text; an empty cell is empty text."""
    return {
        name: column.astype(object).where(column.notna(), "").astype(str).tolist() for name, column in table.items()
    }


@functools.cache
def _public() -> dict[str, dict[str, list[str]]]:
    from priorauth import data

    return {name: _text(table) for name, table in data.load_all().items()}


def _words(text: Any) -> set[str]:
    return set(_WORD.findall(str(text).casefold().replace("_", " ")))


# --- tricks by kind --------------------------------------------------------------------------------------------


def _choice(c: Compiled, tables: dict[str, Any]) -> dict[str, Any]:
    options = {k: o.text for k, o in c.item.options.items()}
    asked = _words(c.item.prompt)
    order = {
        "the longest option": sorted(options, key=lambda k: -len(options[k])),
        "the shortest option": sorted(options, key=lambda k: len(options[k])),
        "the option that repeats the question": sorted(options, key=lambda k: -len(_words(options[k]) & asked)),
        "the option with figures": sorted(options, key=lambda k: -len(_NUMBER.findall(options[k]))),
        "the option most like the others": sorted(options, key=lambda k: -_alike(k, options)),
        "the middle option": list(options)[len(options) // 2 - 1 :],
    }
    if c.item.kind == "single":
        return {name: letters[0] for name, letters in order.items()}
    return {f"{name} and the next {n - 1}": sorted(letters[:n]) for name, letters in order.items() for n in (2, 3)}


def _alike(letter: str, options: dict[str, str]) -> float:
    return sum(len(_words(options[letter]) & _words(t)) for k, t in options.items() if k != letter)


def _true_false(c: Compiled, tables: dict[str, Any]) -> dict[str, Any]:
    return {"always true": True, "always false": False}


def _numeric(c: Compiled, tables: dict[str, Any]) -> dict[str, Any]:
    import pandas as pd

    text = c.item.prompt + " " + " ".join(c.item.hints)
    tries = {f"a printed number, {n}": n for n in dict.fromkeys(_NUMBER.findall(text))}
    for name, table in tables.items():
        tries[f"rows of {name}"] = len(table)
        for column in table.columns:
            numbers = pd.to_numeric(table[column].astype(str).str.replace(r"[$,%]", "", regex=True), errors="coerce")
            if numbers.notna().mean() > 0.6:
                for what in ("sum", "mean", "max", "min"):
                    tries[f"{what} of {name}.{column}"] = round(float(getattr(numbers, what)()), 2)
    return tries


def _order(c: Compiled, tables: dict[str, Any]) -> dict[str, Any]:
    rows = _rows(c, tables)
    tries: dict[str, Any] = {}
    for column in _columns(rows):
        for back in (False, True):
            tries[f"sorted by {column}{', backwards' if back else ''}"] = sorted(
                rows, key=lambda r: _sortable(rows[r].get(column, "")), reverse=back
            )
    tries["sorted by name"] = sorted(rows)
    return tries


def _sortable(text: str) -> tuple[float, str]:
    number = text.replace(",", "").replace("$", "")
    with contextlib.suppress(ValueError):
        return float(number), ""
    return 0.0, text


def _columns(rows: Rows) -> list[str]:
    return list(dict.fromkeys(column for row in rows.values() for column in row))


def _id_set(c: Compiled, tables: dict[str, Any]) -> dict[str, Any]:
    rows = _rows(c, tables)
    tries: dict[str, Any] = {}
    for column in _columns(rows):
        values = Counter(row.get(column, "") for row in rows.values())
        if 2 <= len(values) <= 4:
            for value in values:
                tries[f"{column} is {value!r}"] = [r for r in rows if rows[r].get(column, "") == value]
    return tries


def _mapping(c: Compiled, tables: dict[str, Any]) -> dict[str, Any]:
    form, rows = c.data["form"], _rows(c, tables)
    size = 2 if form.get("pair") is True else int(form.get("pair") or 1)
    firsts = _label_tricks(rows, c.item.labels, 60 if size == 1 else 1) if c.item.labels else _copy_tricks(rows)
    dice = random.Random(c.item.id)
    choices = list(c.item.labels) or [v for row in rows.values() for v in row.values()] or [""]
    firsts.setdefault("labels by chance", {r: dice.choice(choices) for r in rows})
    if size == 1:
        return firsts
    seconds = {"its own id": {r: r for r in rows}, "the first id in the row": {}, "the last id in the row": {}}
    for r, row in rows.items():
        ids = [i for value in row.values() for i in _ID.findall(value) if i != r] or [r]
        seconds["the first id in the row"][r], seconds["the last id in the row"][r] = ids[0], ids[-1]
    seconds |= _copy_tricks(rows)
    return {
        f"{a}, {b}": {r: [one.get(r), *[two.get(r)] * (size - 1)] for r in rows}
        for a, one in firsts.items()
        for b, two in seconds.items()
    }


def _label_tricks(rows: Rows, labels: list[str], turns: int) -> dict[str, dict[str, Any]]:
    plain = {norm_text(x): x for x in labels}
    found: dict[str, dict[str, Any]] = {}
    for column in _columns(rows):
        cells = {r: norm_text(row.get(column, "")) for r, row in rows.items()}
        hits = {r: plain.get(v) or next((x for n, x in plain.items() if n and n in v), None) for r, v in cells.items()}
        if sum(h is not None for h in hits.values()) >= 0.6 * len(rows):
            found[f"the labels in {column}"] = hits
    found["the label whose words stand in the row"] = {
        r: max(labels, key=lambda x: len(_words(x) & _words(" ".join(row.values())))) for r, row in rows.items()
    }
    seen = set()
    for column in _columns(rows):
        values = list(dict.fromkeys(row.get(column, "") for row in rows.values()))
        groups = tuple(values.index(row.get(column, "")) for row in rows.values())
        if groups in seen:
            continue
        seen.add(groups)
        if 2 <= len(values) <= min(3, len(labels)):
            for turn in itertools.islice(itertools.permutations(labels, len(values)), turns):
                names = dict(zip(values, turn, strict=True))
                found[f"{column} read as {', '.join(turn)}"] = {
                    r: names[row.get(column, "")] for r, row in rows.items()
                }
    return found


def _copy_tricks(rows: Rows) -> dict[str, dict[str, Any]]:
    return {f"copied from {column}": {r: row.get(column) for r, row in rows.items()} for column in _columns(rows)}


def _written(c: Compiled, tables: dict[str, Any]) -> dict[str, Any]:
    tables_text = " ".join(t.to_string(index=False) for t in tables.values())
    most = max((p.rule.get("max_words", 0) for p in c.item.parts), default=0) or 400
    asked = c.item.prompt.split()
    return {
        "the question pasted": " ".join(asked),
        "the question cut to length": " ".join(asked[:most]),
        "the end of the question": " ".join(asked[-most:]),
        "the tables pasted": " ".join(tables_text.split()[:most]),
        "the hints pasted": " ".join(" ".join(c.item.hints).split()[:most]),
    }


_TRICKS = {
    "single": _choice,
    "multiple": _choice,
    "true_false": _true_false,
    "numeric": _numeric,
    "order": _order,
    "id_set": _id_set,
    "mapping": _mapping,
    "match": _mapping,
    "record": _no_tricks,
    "table": _no_tricks,
    "written": _written,
}
