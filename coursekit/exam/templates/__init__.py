"""Templates: questions computed from the records, with distractors that are computed misconceptions.

A template is a function `(records, record) -> Draft | None` with a pool of records. One record gives one instance; the
same record always gives the same question. A draft whose distractors do not differ from the key and from each other is
not used. `tests/second_route/exam.py` computes every key again.
"""

from __future__ import annotations

import functools
import importlib
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from coursekit.exam.bank import BankItem, BankKind
from coursekit.exam.records import Records, records

INSTANCES = 12  # questions that a template keeps at most
FEWEST = 6  # a template with fewer is not used
OPTIONS = {"single": 4, "multiple": 5}
_LETTERS = "ABCDEF"


@dataclass(frozen=True)
class Draft:
    """A question before its options are put in order.

    right: text of the right option (single), texts of the right ones (multiple), bool, number, or date as text.
    wrong: (text or value, why it is wrong); numbers: (value, misconception and message in one sentence).
    """

    prompt: str
    right: Any
    wrong: list[tuple[Any, str]]
    because: str = "Right."
    explain: str = ""
    compare: dict[str, Any] = field(default_factory=dict)
    right_because: dict[str, str] = field(default_factory=dict)  # multiple: a reason for each right option
    facts: list[str] = field(default_factory=list)
    ordered: bool = False  # keep the options in the order of their values


@dataclass(frozen=True)
class Template:
    """A kind of computed question."""

    id: str
    title: str
    section: str
    objective: str
    kind: BankKind
    pool: Callable[[Records], Iterable[str]]
    make: Callable[[Records, str], Draft | None]
    tasks: tuple[int, ...] = ()
    errors: tuple[str, ...] = ()
    minutes: float = 2

    @property
    def module(self) -> int:
        return int(self.id[1:3])


TEMPLATES: dict[str, Template] = {}


def template(
    name: str, title: str, section: str, objective: str, kind: BankKind,
    pool: Callable[[Records], Iterable[str]], *, tasks: tuple[int, ...] = (), errors: tuple[str, ...] = (), minutes: float = 2,
) -> Callable[[Callable[[Records, str], Draft | None]], Callable[[Records, str], Draft | None]]:  # fmt: skip
    """Register a function as a template; `name` is `t01a`: module 1, template a."""

    def register(make: Callable[[Records, str], Draft | None]) -> Callable[[Records, str], Draft | None]:
        TEMPLATES[name] = Template(name, title, section, objective, kind, pool, make, tasks, errors, minutes)
        return make

    return register


def all_templates() -> dict[str, Template]:
    """Every template by id; the modules with templates are imported on first use."""
    for number in range(1, 13):
        importlib.import_module(f"coursekit.exam.templates.m{number:02d}")
    return dict(sorted(TEMPLATES.items()))


class ComputedItem(BankItem):
    """A question that a template made."""

    id: str
    record: str = ""

    @property
    def template(self) -> str:
        return self.id.split("-")[0]


@functools.cache
def instances(name: str) -> tuple[str, ...]:
    """The records of a template that give a fair question: a fixed sample of its pool, at most `INSTANCES`."""
    made = all_templates()[name]
    pool = sorted(set(made.pool(records())))
    random.Random(name).shuffle(pool)
    chosen: list[str] = []
    texts: set[str] = set()
    answers: Counter[str] = Counter()
    for record in pool:
        item = _try(made, record)
        if item is None or answers[_answer(item)] >= INSTANCES // 2:
            continue  # no answer is the right one in more than half of the questions
        text = item.prompt + "".join(sorted(o.text for o in item.options.values()))
        if text not in texts:
            texts.add(text)
            answers[_answer(item)] += item.kind in ("single", "true_false")
            chosen.append(record)
        if len(chosen) == INSTANCES:
            break
    return tuple(sorted(chosen))


def _answer(item: ComputedItem) -> str:
    return item.options[item.key].text if item.kind == "single" else str(item.key)


def question(name: str, record: str) -> ComputedItem:
    """One instance of a template. Raises `LookupError` if the record gives no fair question."""
    item = _try(all_templates()[name], record)
    if item is None:
        raise LookupError(f"{name} has no fair question for {record}")
    return item


def _try(made: Template, record: str) -> ComputedItem | None:
    draft = made.make(records(), record)
    if draft is None:
        return None
    dice = random.Random(f"{made.id} {record}")
    data: dict[str, Any] = {
        "id": f"{made.id}-{record}", "record": record, "title": made.title, "section": made.section,
        "objective": made.objective, "kind": made.kind, "tasks": list(made.tasks), "errors": list(made.errors),
        "minutes": made.minutes, "prompt": draft.prompt, "explain": draft.explain or draft.because, "facts": draft.facts,
        "shuffle": not draft.ordered,
    }  # fmt: skip
    filled = {"numeric": _numeric, "true_false": _truth, "single": _single, "multiple": _multiple}[made.kind](
        draft, dice
    )
    return ComputedItem.model_validate(data | filled) if filled else None


def same(one: Any, two: Any) -> bool:
    """Whether two answers cannot be told apart: texts by their words, numbers within a thousandth, moments in 5 minutes."""
    if isinstance(one, (int, float)) and isinstance(two, (int, float)):
        return abs(one - two) < 1e-3
    moments = [datetime.fromisoformat(str(x)) for x in (one, two) if re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", str(x))]
    if len(moments) == 2:
        return abs((moments[0] - moments[1]).total_seconds()) <= 300
    return re.sub(r"\W+", " ", str(one)).strip().casefold() == re.sub(r"\W+", " ", str(two)).strip().casefold()


def _distinct(right: list[Any], wrong: list[tuple[Any, str]], gap: float = 0) -> list[tuple[Any, str]]:
    """Wrong answers that differ from the right ones and from each other, in their order."""
    kept: list[tuple[Any, str]] = []
    for value, why in wrong:
        taken = [*right, *(v for v, _ in kept)]
        if value is None or any(same(value, t) for t in taken):
            continue
        if gap and any(abs(value - t) <= 2 * gap for t in taken):
            continue
        kept.append((value, why))
    return kept


def _single(draft: Draft, dice: random.Random) -> dict[str, Any]:
    wrong = _distinct([draft.right], draft.wrong)[: OPTIONS["single"] - 1]
    if len(wrong) < 3:
        return {}
    return _options([(draft.right, draft.because, True), *((v, w, False) for v, w in wrong)], draft, dice, single=True)


def _multiple(draft: Draft, dice: random.Random) -> dict[str, Any]:
    wrong = _distinct(list(draft.right), draft.wrong)
    if len(draft.right) < 2 or not wrong or not 5 <= len(draft.right) + len(wrong) <= 6:
        return {}
    parts = [(t, draft.right_because.get(t, draft.because), True) for t in draft.right]
    return _options([*parts, *((v, w, False) for v, w in wrong)], draft, dice, single=False)


def _options(parts: list[tuple[Any, str, bool]], draft: Draft, dice: random.Random, single: bool) -> dict[str, Any]:
    if draft.ordered:
        parts.sort(key=lambda p: str(p[0]))
    else:
        dice.shuffle(parts)
    options = {k: {"text": str(t), "because": why} for k, (t, why, _) in zip(_LETTERS, parts, strict=False)}
    keys = [k for k, (_, _, right) in zip(_LETTERS, parts, strict=False) if right]
    return {"options": options, "key": keys[0] if single else keys}


def _truth(draft: Draft, dice: random.Random) -> dict[str, Any]:
    other = draft.wrong[0][1] if draft.wrong else draft.because
    right, wrong = str(bool(draft.right)), str(not draft.right)
    words = {right: draft.because, wrong: other}
    texts = {"True": "The sentence is true.", "False": "The sentence is false."}
    options = {k: {"text": texts[k], "because": words[k]} for k in ("True", "False")}
    return {"options": options, "key": bool(draft.right)}


def _numeric(draft: Draft, dice: random.Random) -> dict[str, Any]:
    gap = float(draft.compare.get("tolerance", 0) or 0) if not isinstance(draft.compare.get("tolerance"), str) else 0
    wrong = _distinct([draft.right], draft.wrong, gap)
    if len(wrong) < 3:
        return {}
    rejects = [{"misconception": why.split(".")[0], "answer": repr(v), "message": why} for v, why in wrong[:5]]
    return {"key": draft.right, "compare": {"as": "number"} | draft.compare, "rejects": rejects}
