"""Testing the items themselves: does the grader give what it should, and only that?

For each item, good answers (model, other right forms) must earn full points, and bad answers (blank, known
misconceptions, answers without knowledge, mutants of a code solution) must not.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import functools
import io
import random
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from coursekit import lesson, mark
from coursekit.build.compile import Compiled, compile_module, drawn, evaluate
from coursekit.guessing import Guesses
from coursekit.items import ROOT, load_module

RANDOM_TRIES = 200
LEARNERS = ("ada", "ben", "carla", "dora", "emil")


@dataclass(frozen=True)
class Probe:
    """One answer that was tried on an item, and what came of it."""

    item: str
    kind: str  # blank, model, accept, variant, reject, constant, random, mutant
    what: str
    points: float
    max_points: float
    sound: bool
    why: str = ""


@dataclass
class Report:
    """All probes of a module's items."""

    module: str
    items: int
    points: float
    no_pandas_share: float
    probes: list[Probe] = field(default_factory=list)

    @property
    def bad(self) -> list[Probe]:
        return [p for p in self.probes if p.kind not in ("model", "accept", "variant")]

    @property
    def good(self) -> list[Probe]:
        return [p for p in self.probes if p.kind in ("model", "accept", "variant")]

    @property
    def catch_rate(self) -> float:
        """Share of bad answers that earned no more than they may, in percent."""
        return 100 * sum(p.sound for p in self.bad) / max(1, len(self.bad))

    @property
    def false_reject_rate(self) -> float:
        """Share of good answers that earned less than full points, in percent."""
        return 100 * sum(not p.sound for p in self.good) / max(1, len(self.good))

    @property
    def mutants(self) -> list[Probe]:
        """Code solutions with one change that makes them wrong."""
        return [p for p in self.probes if p.kind == "mutant"]

    @property
    def surviving_mutants(self) -> list[Probe]:
        """Mutants that earned more than they may."""
        return [p for p in self.mutants if not p.sound]

    @property
    def sound(self) -> bool:
        return all(p.sound for p in self.probes)

    def table(self) -> Any:
        from rich.table import Table

        table = Table(
            "Item", "Points", "Good answers", "Bad answers", "Mutants", "Survivors", title=f"Items of {self.module}"
        )
        for name in dict.fromkeys(p.item for p in self.probes):
            mine = [p for p in self.probes if p.item == name]
            good = [p for p in mine if p in self.good]
            mutants = [p for p in mine if p.kind == "mutant"]
            others = [p for p in mine if p not in self.good and p.kind != "mutant"]
            table.add_row(
                name,
                f"{mine[0].max_points:g}",
                _of(good),
                _of(others),
                _of(mutants) if mutants else "-",
                str(sum(not p.sound for p in mine)),
            )
        return table

    def lines(self) -> list[str]:
        head = (
            f"{self.module}: {self.items} items, {self.points:g} points, {self.no_pandas_share:.0f} % of points without pandas; "
            f"{len(self.bad)} bad answers, catch rate {self.catch_rate:.1f} %; {len(self.good)} good answers, false-reject rate {self.false_reject_rate:.1f} %; "
            f"{len(self.surviving_mutants)} of {len(self.mutants)} mutants survived."
        )
        return [
            head,
            *(
                f"NOT SOUND {p.item} {p.kind} ({p.what}): {p.points:g} of {p.max_points:g}. {p.why}"
                for p in self.probes
                if not p.sound
            ),
        ]

    def as_dict(self) -> dict[str, Any]:
        counts = {"catch_rate": self.catch_rate, "false_reject_rate": self.false_reject_rate}
        return counts | {
            "module": self.module,
            "items": self.items,
            "points": self.points,
            "no_pandas_share": self.no_pandas_share,
            "mutants": len(self.mutants),
            "surviving_mutants": [f"{p.item} ({p.what})" for p in self.surviving_mutants],
            "probes": [asdict(p) for p in self.probes],
        }


def overview(reports: list[Report], guesses: list[Guesses]) -> Any:
    """One line for each module: rates, mutants, and what is earned without the subject."""
    from rich.table import Table

    heads = ("Module", "Items", "Catch rate", "False rejects", "Mutants survived", "Tricks earn", "best known")
    table = Table(*heads, title="Items of all modules")
    for r, g in zip(reports, guesses, strict=True):
        rates = (f"{r.catch_rate:.1f} %", f"{r.false_reject_rate:.1f} %")
        survived = f"{len(r.surviving_mutants)} of {len(r.mutants)}"
        table.add_row(r.module, str(r.items), *rates, survived, f"{g.share:.0%}", f"{g.angel_share:.0%}")
    return table


def _of(probes: list[Probe]) -> str:
    return f"{sum(p.sound for p in probes)} of {len(probes)}"


def report(
    name: str, compiled: list[Compiled] | None = None, probe: Callable[[Compiled], list[Probe]] | None = None
) -> Report:
    """Probe every item of a module (compiled anew where that is not handed over).

    probe: another way to the probes of an item, for who has tried it already.
    """
    from coursekit.world import World

    module = load_module(name)
    compiled = compiled or compile_module(module, World.load(ROOT))
    total = sum(i.points for i in module.items)
    free = sum(i.points for i in module.items if not i.pandas)
    result = Report(module.name, len(module.items), total, 100 * free / total)
    for c in compiled:
        result.probes += (probe or probes)(c)
    return result


def probes(c: Compiled) -> list[Probe]:
    """Every probe of one item; of an item with variants over some learners' draws as well."""
    own = [drawn(c, learner) for learner in LEARNERS] if "pool" in c.data["form"] else []
    makes = (_blank, _model, _accepts, _forms, _rejects, _without_knowledge, _mutants)
    return [p for one in (c, *own) for make in makes for p in make(one)]


def _probe(
    c: Compiled, kind: str, what: str, answer: Any, most: float | None = None, says: list[str] = (), outcome: str = ""
) -> Probe:
    result = mark.mark(c.data, answer)
    full = result.max_points
    why = []
    if most is None and result.points < full:
        why.append("Should earn full points: " + " ".join(result.messages))
    if most is not None and result.points > most:
        why.append(f"May earn {most:g} at most.")
    report = result.report().casefold()
    why += [f"Feedback lacks {w!r}: {report}" for w in says if w.casefold() not in report]
    if outcome and result.outcome != outcome:
        why.append(f"Should be called {outcome!r}, is called {result.outcome!r}.")
    return Probe(c.item.id, kind, what, result.points, full, not why, " ".join(why))


def _blank(c: Compiled) -> Iterator[Probe]:
    yield _probe(c, "blank", "starter", run(c.starter, c.item.answer_name), 0, outcome=mark.NOT_ATTEMPTED)
    yield _probe(c, "blank", "nothing", None, 0, outcome=mark.NOT_ATTEMPTED)


def _model(c: Compiled) -> Iterator[Probe]:
    names = lesson_names(c) if c.item.kind in ("code", "table") else {}
    yield _probe(c, "model", "solution", run(c.solution, c.item.answer_name, names), outcome=mark.RIGHT)


def _accepts(c: Compiled) -> Iterator[Probe]:
    for accept in c.item.accepts:
        yield _probe(c, "accept", accept.why, evaluate(c, accept.answer))


def _forms(c: Compiled) -> Iterator[Probe]:
    """The same answer in other types; tried on every item without being asked for."""
    import numpy as np
    import pandas as pd

    model, kind = c.model, c.data["form"]["kind"]
    tries: dict[str, Any] = {}
    if kind == "single":
        tries = {"lower case": model.lower(), "in a list": [model], "with a point": f"{model}."}
    elif kind == "multiple":
        tries = {
            "tuple": tuple(model),
            "set": set(model),
            "Series": pd.Series(model),
            "text": ", ".join(model),
            "array": np.array(model),
            "backwards": model[::-1],
        }
    elif kind == "true_false":
        tries = {"numpy": np.bool_(model), "word": str(model), "lower case word": str(model).lower()}
    elif kind == "numeric" and c.data["form"]["as"] == "number":
        tries = {
            "float": float(model),
            "numpy": np.float64(model),
            "text": str(model),
            "array": np.array([model]),
            "Series": pd.Series([model]),
        }
    elif kind in ("order", "id_set"):
        tries = {
            "tuple": tuple(model),
            "Series": pd.Series(model),
            "Index": pd.Index(model),
            "array": np.array(model),
            "lower case": [str(m).lower() for m in model],
        }
        if kind == "id_set":
            tries |= {
                "set": set(model),
                "backwards": list(model)[::-1],
                "twice": [*model, *model],
                "text": ", ".join(model),
            }
    elif kind in ("mapping", "match"):
        tries = {
            "Series": pd.Series(model),
            "backwards": dict(reversed(model.items())),
            "upper case": {k: _shout(v) for k, v in model.items()},
            "blanks around": {f" {k} ": v for k, v in model.items()},
            "two columns": pd.DataFrame([[k, *(v if isinstance(v, (list, tuple)) else [v])] for k, v in model.items()]),
        }
    elif kind == "written":
        tries = {"lines": run(c.solution, c.item.answer_name).splitlines()}
    for what, answer in tries.items():
        yield _probe(c, "variant", what, answer)


def _shout(value: Any) -> Any:
    if isinstance(value, str):
        return value.upper()
    return [_shout(v) for v in value] if isinstance(value, (list, tuple)) else value


def _rejects(c: Compiled) -> Iterator[Probe]:
    for reject in c.item.rejects:
        says = reject.says or ([reject.message.split("{id}")[0].strip()[:40]] if reject.message else [])
        yield _probe(c, "reject", reject.misconception, evaluate(c, reject.answer), reject.at_most, says)
    if c.item.kind in ("single", "true_false"):
        options = list(c.item.options) or ["True", "False"]
        for letter in options:
            if str(letter).casefold() != str(c.model).casefold():
                because = c.data["because"].get(letter, "")
                yield _probe(c, "reject", f"option {letter}", letter, 0, [because[:40]] if because else [])
    if c.item.kind == "multiple":
        yield _probe(
            c, "reject", "all options", list(c.item.options), 0 if len(c.model) < len(c.item.options) else None
        )
        for letter in c.item.options:
            near = sorted(set(c.model) ^ {letter})
            if near:
                yield _probe(c, "reject", f"one off: {letter}", near, 0)


def _without_knowledge(c: Compiled) -> Iterator[Probe]:
    yield _probe(c, "constant", "an object that equals everything", _Chameleon(), 0)
    form = c.data["form"]
    if form["kind"] not in ("order", "mapping", "match", "id_set"):
        return
    key = mark.restore(c.data, c.data["key"])
    for n, answer in enumerate(mark.constant_answers(form, key), 1):
        yield _probe(c, "constant", f"no knowledge {n}", answer, 0)
    dice = random.Random(f"{c.item.id} probe")
    quick = mark.without_messages(c.data)
    points = [mark.mark(quick, a).points for a in mark.random_answers(form, key, dice, RANDOM_TRIES)]
    mean, most = sum(points) / len(points), c.data["points"]
    fine = mean <= 0.03 * most and sorted(points)[int(0.9 * len(points))] == 0
    why = "" if fine else f"Random answers earn {mean:.2f} on average; the best of {RANDOM_TRIES} {max(points):g}."
    yield Probe(c.item.id, "random", f"{RANDOM_TRIES} random answers, mean {mean:.3f}", round(mean, 3), most, fine, why)


class _Chameleon:
    """Claims to equal everything."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


# --- code: the lesson's names, and mutants of the solution ------------------------------------------------------


def run(source: str, name: str, names: dict[str, Any] | None = None) -> Any:
    """The value of `name` after running `source`."""
    space = dict(names or {})
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(source, "<answer>", "exec"), space)
    return space.get(name)


def lesson_names(c: Compiled) -> dict[str, Any]:
    """The names that the lesson's code has defined before the item (its notebook run as plain Python)."""
    return copy.copy(_lesson(c.item.module, c.item.id))


@functools.cache
def _lesson(module: str, item_id: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for step in lesson.steps(module, until=item_id):
        names = step.names
    return names


def _mutants(c: Compiled) -> Iterator[Probe]:
    if c.item.kind not in ("code", "table"):
        return
    names = lesson_names(c)
    for what, source in mutate(c.solution):
        try:
            answer = run(source, c.item.answer_name, names)
        except Exception as problem:
            yield Probe(c.item.id, "mutant", f"{what} (stops: {type(problem).__name__})", 0, c.data["points"], True)
            continue
        result = mark.mark(c.data, answer)
        fine = result.points < result.max_points
        yield Probe(
            c.item.id, "mutant", what, result.points, result.max_points, fine, "" if fine else f"Survives: {source}"
        )


_COMPARE = {ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt}
_BINARY = {
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
}
_METHODS = {
    "sum": "mean",
    "mean": "sum",
    "min": "max",
    "max": "min",
    "count": "nunique",
    "nunique": "count",
    "median": "mean",
    "head": "tail",
    "any": "all",
    "all": "any",
    "isin": "ne",
}


def mutate(source: str) -> Iterator[tuple[str, str]]:
    """Small plausible changes of a solution: (what was changed, new source), each once."""
    tree = ast.parse(source)
    seen = {ast.unparse(tree)}
    for position, node in enumerate(ast.walk(tree)):
        for what, change in _changes(node):
            mutant = copy.deepcopy(tree)
            target = list(ast.walk(mutant))[position]
            change(target)
            text = ast.unparse(ast.fix_missing_locations(mutant))
            if text not in seen:
                seen.add(text)
                yield what, text


def _changes(node: ast.AST) -> Iterator[tuple[str, Any]]:
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARE:
        yield "comparison turned", lambda n: n.ops.__setitem__(0, _COMPARE[type(n.ops[0])]())
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        yield "operator turned", lambda n: setattr(n, "op", _BINARY[type(n.op)]())
    if isinstance(node, ast.Attribute) and node.attr in _METHODS:
        yield f"{node.attr} -> {_METHODS[node.attr]}", lambda n: setattr(n, "attr", _METHODS[n.attr])
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        yield f"{node.value} -> {node.value + 1}", lambda n: setattr(n, "value", n.value + 1)
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) > 1:
        yield f"{node.value!r} cut", lambda n: setattr(n, "value", n.value[:-1])
    if (
        isinstance(node, ast.Subscript)
        and isinstance(node.slice, (ast.Compare, ast.BinOp, ast.Name))
        and isinstance(node.value, ast.Name)
    ):
        yield "filter dropped", lambda n: setattr(n, "slice", ast.Slice())
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
        yield "negation dropped", lambda n: setattr(n, "op", ast.UAdd())
