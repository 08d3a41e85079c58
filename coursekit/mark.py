"""Marking: one answer against one key, with points and words.

`mark` is a pure function over plain data. It works on the compiled form of an item (`coursekit/keys/`), so that
neither YAML nor pydantic has to be loaded while a class is graded.

Points are corrected for chance. With `s` the share that is right and `g` the share that guessing reaches, the
credit is (s - g) / (1 - g), never below 0, rounded down to a quarter of a point.
"""

from __future__ import annotations

import functools
import itertools
import json
import math
import random
import warnings
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from coursekit import variants
from priorauth import answers
from priorauth.answers import Unreadable, norm_text
from priorauth.learner import learner_id
from priorauth.variants import ANOTHER, FIRST, not_yours

KEYS = Path(__file__).parent / "keys"
MIME = "application/vnd.priorauth.mark+json"
NOT_ATTEMPTED, UNREADABLE, WRONG, PARTLY, RIGHT = "not attempted", "cannot be read", "wrong", "partly right", "right"


@dataclass(frozen=True)
class Marked:
    """What an answer earned: points of `max_points`, one of five outcomes, messages that teach."""

    id: str
    points: float
    max_points: float
    outcome: str
    messages: list[str] = field(default_factory=list)
    hint: str = ""
    note: str = ""  # for the instructor: whose records the answer is about, where they are not the learner's own

    def report(self) -> str:
        """The lines that a learner reads."""
        head = f"{self.id} · {self.outcome.capitalize()}. {self.points:g} of {self.max_points:g} points."
        lines = [head, *self.messages]
        if self.hint:
            lines.append(f"Hint: {self.hint}")
        return "\n".join(lines)


# --- entry points -----------------------------------------------------------------------------------------


@functools.cache
def compiled(module: str) -> dict[str, Any]:
    """Compiled items of a module: {item id: item}."""
    return json.loads((KEYS / f"{module}.json").read_text(encoding="utf-8"))["items"]


class Points(float):
    """Points as nbgrader reads them (a number as text), with the whole result beside them for the course's pages."""

    result: Marked

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {MIME: asdict(self.result)}


def award(item_id: str, namespace: dict[str, Any]) -> Points:
    """Mark an answer inside a notebook (the hidden part of a check cell): print the report, return the points."""
    item = compiled(f"module_{item_id[1:3]}")[item_id]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = mark(item, namespace.get(item["answer_name"]), learner_id())
    print(result.report())
    points = Points(result.points)
    points.result = result
    return points


def mark(item: dict[str, Any], answer: Any, learner: str = "") -> Marked:
    """Mark one answer (any Python object) against the compiled item. Never raises for a bad answer.

    learner: whose records an item with variants has ("": nobody's, the first ones).
    """
    full, total, note = item, item["points"], ""
    try:
        value = answers.plain(answer)
        if answers.is_blank(value) or value == item.get("blank"):
            return Marked(item["id"], 0, total, NOT_ATTEMPTED, ["There is no answer yet."], item["hints"][0])
        item, whose = variants.answered(item, value, learner)
        if whose == ANOTHER:
            return _not_hers(full, learner)
        if whose == FIRST:
            note = f"{item['id']} was answered for the records that are shown where no learner is named."
        value = answers.read(item["form"], value)
    except Unreadable as problem:
        return unread(item, str(problem))
    except Exception as problem:  # an answer object that misbehaves while being read
        return unread(item, f"Your answer could not be read ({type(problem).__name__}).")
    if item["form"]["kind"] == "written":
        return _written(item, value)
    key = restore(item, item["key"])
    share, words = _SHARES[item["form"]["kind"]](item, key, value)
    points = credit(share, item["guess"], total)
    if share >= 1:
        return Marked(item["id"], total, total, RIGHT, [item["praise"]] if item.get("praise") else [], note=note)
    messages = words + _reject_messages(item, key, value)
    return Marked(item["id"], points, total, PARTLY if points else WRONG, messages, item["hints"][0], note)


def without_messages(item: dict[str, Any]) -> dict[str, Any]:
    """The same item with nothing to say to known mistakes: it gives the same points, sooner."""
    return item | {"rejects": [r | {"message": ""} for r in item["rejects"]]}


def _not_hers(item: dict[str, Any], learner: str) -> Marked:
    """The mark of an answer about another learner's records."""
    words = not_yours(item["form"], item["id"], learner)
    note = f"{item['id']} was answered for another learner's records."
    return Marked(item["id"], 0, item["points"], WRONG, [words], item["hints"][0], note)


def unread(item: dict[str, Any], why: str) -> Marked:
    """The mark of an answer that cannot be read, with the sentence that says why."""
    return Marked(item["id"], 0, item["points"], UNREADABLE, [why], item["hints"][0])


def credit(share: float, guess: float, total: float) -> float:
    """Points for a share that is right, corrected for chance, rounded down to quarters."""
    if share >= 1:
        return total
    if guess >= 1:
        return 0.0
    return math.floor(max(0.0, (share - guess) / (1 - guess)) * total * 4 + 1e-9) / 4


def restore(item: dict[str, Any], stored: Any) -> Any:
    """A stored answer (JSON) in the same read form as a learner's answer."""
    return answers.read(item["form"], stored)


# --- how much is right, by kind ------------------------------------------------------------------------------


def same(item: dict[str, Any], right: Any, given: Any) -> bool:
    """Whether one value equals the key's, within the item's tolerance."""
    if given is None or right is None:
        return given is right
    if isinstance(right, list) and isinstance(given, list):
        return len(right) == len(given) and all(same(item, r, g) for r, g in zip(right, given, strict=True))
    if isinstance(right, bool) or isinstance(given, bool):
        return right is given
    if isinstance(right, (int, float)) and isinstance(given, (int, float)):
        return abs(right - given) <= item.get("tolerance", 0) + 1e-9
    if type(right) is not type(given):
        return False
    if hasattr(right, "timestamp"):
        return abs((right - given).total_seconds()) <= item.get("tolerance", 0)
    return right == given


def _share_choice(item: dict[str, Any], key: Any, value: Any) -> tuple[float, list[str]]:
    if value == key:
        return 1.0, []
    because = item.get("because", {})
    given = value if isinstance(value, list) else [value]
    keyed = key if isinstance(key, list) else [key]
    words = [
        f"{g}: {because[g]}" for g in map(_option_name, given) if g in because and g not in map(_option_name, keyed)
    ]
    missed = [k for k in keyed if k not in given]
    if isinstance(key, list) and missed:
        words.append(f"{len(missed)} right option{'s are' if len(missed) > 1 else ' is'} missing from your answer.")
    return 0.0, words


def _option_name(value: Any) -> str:
    return str(value)


def _share_one(item: dict[str, Any], key: Any, value: Any) -> tuple[float, list[str]]:
    return (1.0, []) if same(item, key, value) else (0.0, [])


def _share_mapping(item: dict[str, Any], key: dict, value: dict) -> tuple[float, list[str]]:
    wrong = [r for r in key if not same(item, key[r], value.get(r))]
    right = len(key) - len(wrong)
    words = [f"{right} of {len(key)} are right."]
    if wrong and right:
        words.append("Look again at " + ", ".join(map(str, wrong[:3])) + (" and others." if len(wrong) > 3 else "."))
    if right and item["guess"] > 0:
        words.append(_guess_words(item["guess"] * len(key), "of them"))
    return right / len(key), words


def _share_order(item: dict[str, Any], key: list, value: list) -> tuple[float, list[str]]:
    place = {r: i for i, r in enumerate(value)}
    pairs = list(itertools.combinations(key, 2))
    right = sum(place[a] < place[b] for a, b in pairs)
    first = next((b for a, b in itertools.pairwise(key) if place[a] > place[b]), None)
    words = [f"{right} of {len(pairs)} pairs stand in the right order."]
    if first and right / len(pairs) > 0.5:
        words.append(f"{first} stands too early.")
    return right / len(pairs), words


def _share_set(item: dict[str, Any], key: list, value: list) -> tuple[float, list[str]]:
    others = [r for r in item["form"]["records"] if r not in key]
    hits = [v for v in value if v in key]
    false = [v for v in value if v not in key]
    share = len(hits) / len(key) - (len(false) / len(others) if others else 0)
    words = [f"You found {len(hits)} of {len(key)}; {len(false)} of those you named do not belong."]
    return (1.0 if not false and len(hits) == len(key) else max(0.0, share)), words


def _share_table(item: dict[str, Any], key: dict, value: dict) -> tuple[float, list[str]]:
    columns = list(item["form"]["columns"])[1:]
    cells = [(r, c) for r in key for c in columns]
    lines = {norm_text(r): row for r, row in value.items()}
    right = [(r, c) for r, c in cells if same(item, key[r][c], lines.get(norm_text(r), {}).get(c))]
    extra = max(0, len(value) - len(key))
    share = len(right) / len(cells) if not extra else min(len(right) / len(cells), len(key) / len(value))
    words = [f"{len(right)} of {len(cells)} cells are right."]
    if extra:
        words.append(f"Your table has {extra} row{'s' if extra > 1 else ''} too many.")
    return share, words


def _guess_words(n: float, what: str) -> str:
    return f"Guessing alone reaches about {math.floor(n + 0.5)} {what}; points count from there."


_SHARES = {
    "single": _share_choice,
    "multiple": _share_choice,
    "true_false": _share_choice,
    "numeric": _share_one,
    "order": _share_order,
    "mapping": _share_mapping,
    "match": _share_mapping,
    "record": _share_mapping,
    "id_set": _share_set,
    "table": _share_table,
}


# --- misconceptions -------------------------------------------------------------------------------------------


def errors_of(item: dict[str, Any], key: Any, value: Any) -> set[Any]:
    """What is wrong in an answer, as a set of small facts; two answers with the same mistake share them."""
    kind = item["form"]["kind"]
    if kind in ("mapping", "match", "record"):
        return {(r, repr(value.get(r))) for r in key if not same(item, key[r], value.get(r))}
    if kind == "order":
        place = {r: i for i, r in enumerate(value)}
        return {(a, b) for a, b in itertools.combinations(key, 2) if place[a] > place[b]}
    if kind == "id_set":
        return set(key) ^ set(value)
    if kind == "table":
        return {
            (r, c, repr(value.get(r, {}).get(c)))
            for r in key
            for c in key[r]
            if not same(item, key[r][c], value.get(r, {}).get(c))
        }
    return set() if same(item, key, value) else {repr(value)}


def _reject_messages(item: dict[str, Any], key: Any, value: Any) -> list[str]:
    mine = errors_of(item, key, value)
    found = []
    for reject in item["rejects"]:
        if not reject["message"]:
            continue
        wrong = restore(item, reject["answer"])
        if item["form"]["kind"] == "numeric":
            shared, theirs = int(same(item, wrong, value)), 1
        else:
            signature = errors_of(item, key, wrong)
            shared, theirs = len(mine & signature), len(signature)
        if theirs and shared / theirs >= 0.5:
            found.append((shared / len(mine) if mine else 0, shared / theirs, reject, wrong))
    found.sort(key=lambda f: (-f[0] * f[1], f[2]["misconception"]))
    return [_fill(item, key, value, reject, wrong) for _, _, reject, wrong in found[:2]]


def _fill(item: dict[str, Any], key: Any, value: Any, reject: dict[str, Any], wrong: Any) -> str:
    concerned = ""
    if isinstance(key, dict):
        concerned = next(
            (r for r in key if not same(item, key[r], value.get(r)) and same(item, wrong.get(r), value.get(r))), ""
        )
    elif isinstance(key, list):
        concerned = next((str(r) for r in sorted(set(value) ^ set(key))), "") or (str(value[0]) if value else "")
    return reject["message"].replace("{id}", str(concerned)).strip()


# --- written answers --------------------------------------------------------------------------------------------


def _written(item: dict[str, Any], text: str) -> Marked:
    from coursekit.prose import passes

    points, messages = 0.0, []
    for part in item["parts"]:
        if passes(part["rule"], text):
            points += part["points"]
        else:
            messages.append(f"{part['name']} (0 of {part['points']:g}): {part['message']}")
    outcome = RIGHT if points >= item["points"] else PARTLY if points else WRONG
    return Marked(item["id"], points, item["points"], outcome, messages, "" if outcome == RIGHT else item["hints"][0])


# --- what guessing reaches ----------------------------------------------------------------------------------------


def guess_level(item: dict[str, Any], tries: int = 500) -> float:
    """The share that guessing reaches: the 95th percentile of random answers, at least the best constant answer.

    Deterministic (its own seed). Choices, numbers and written answers are all or nothing: 0.
    """
    form, kind = item["form"], item["form"]["kind"]
    if kind not in ("order", "mapping", "match", "id_set"):
        return 0.0
    key = restore(item, item["key"])
    dice = random.Random(item["id"])
    shares = sorted(_SHARES[kind](item | {"guess": 0}, key, g)[0] for g in random_answers(form, key, dice, tries))
    level = shares[int(0.95 * len(shares))]
    constant = max((_SHARES[kind](item | {"guess": 0}, key, c)[0] for c in constant_answers(form, key)), default=0.0)
    return round(min(max(level, constant), 0.9), 4)


def constant_answers(form: dict[str, Any], key: Any) -> list[Any]:
    """Answers that need no knowledge: the same for all, everything, nothing, as listed, backwards."""
    if form["kind"] == "order":
        return [list(form["records"]), list(reversed(form["records"]))]
    if form["kind"] == "id_set":
        return [list(form["records"]), []]
    values = {repr(v): v for v in key.values()}
    if form.get("pair") is True:
        firsts, seconds = {v[0] for v in key.values()}, {v[1] for v in key.values()}
        return [dict.fromkeys(key, [a, b]) for a in sorted(firsts) for b in sorted(seconds)]
    return [dict.fromkeys(key, v) for v in values.values()]


def random_answers(form: dict[str, Any], key: Any, dice: random.Random, tries: int) -> Any:
    """Answers at random over the choices that a guesser sees."""
    records = list(form["records"])
    for n in range(tries):
        if form["kind"] == "order":
            yield dice.sample(records, len(records))
        elif form["kind"] == "id_set":  # half the guesses know how many there are
            size = len(key) if n % 2 else dice.randint(1, len(records))
            yield sorted(dice.sample(records, size))
        else:
            choices = [norm_text(x) for x in form.get("labels", [])] if not form.get("pair") else []
            pool = choices or [v for v in key.values()]
            yield {r: dice.choice(pool) for r in key}
