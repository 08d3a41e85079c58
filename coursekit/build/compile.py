"""From items to what marking and notebooks need: the compiled items (with key) and their public part (without)."""

from __future__ import annotations

import ast
import contextlib
import datetime as dt
import importlib
import io
import pprint
import re
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

from coursekit import mark, variants
from coursekit.build import pools
from coursekit.casework import Case
from coursekit.errors import CourseError
from coursekit.items import RECORD_KINDS, Item, Module
from coursekit.marks import plain_marks
from priorauth import answers
from priorauth.lines import frame
from priorauth.variants import draw, salt

CASEWORK = "casework"
#: The first text of the answer cell of an item with variants; running it puts the learner's own lines in its place.
OWN_LINES = """# Press Shift+Enter in this cell: a line for each of your records appears here.
from priorauth.lines import answer_lines
{name} = {{}}
answer_lines("{item}", {name})"""


@dataclass(frozen=True)
class Compiled:
    """An item with its key, its case and the texts of its answer cell."""

    item: Item
    case: Case | None
    model: Any  # the right answer as plain Python data
    data: dict[str, Any]  # what marking needs, as JSON
    starter: str
    solution: str
    tables: dict[str, Any]  # the world's tables, for expressions of wrong answers

    @property
    def public(self) -> dict[str, Any]:
        """What a learner's side may know: form, hints, points. No key, no rejects, no rubric."""
        keep = ("id", "title", "section", "answer_name", "form", "blank", "hints", "points")
        return {k: self.data[k] for k in keep}


def compile_module(module: Module, world: Any) -> list[Compiled]:
    """All items of a module with their keys computed. Raises `CourseError` naming the item."""
    return [compile_item(item, _case(module, item, world), world.tables) for item in module.items]


def casework_module(name: str) -> ModuleType | None:
    """The module's Python file of cases, or None where all its keys are literals."""
    try:
        return importlib.import_module(f"coursekit.casework.{name}")
    except ModuleNotFoundError as problem:
        if problem.name == f"coursekit.casework.{name}":
            return None
        raise


def _case(module: Module, item: Item, world: Any) -> Case | None:
    functions = casework_module(module.name)
    function = getattr(functions, item.answer_name, None) if functions else None
    if function is None:
        if item.key == CASEWORK:
            raise CourseError(f"{item.id}: coursekit/casework/{module.name}.py has no function {item.answer_name}.")
        return None
    try:
        return function(world)
    except LookupError as problem:
        raise CourseError(f"{item.id}: no fair set of records was found: {problem}") from problem


def compile_item(item: Item, case: Case | None, tables: dict[str, Any]) -> Compiled:
    """One item with its key, its answer form and the level that guessing reaches."""
    model = whole = case.key if case is not None and item.key == CASEWORK else item.key
    if case is not None and case.pool:
        pools.examine(item, case)
        model = variants.part(whole, case.records)
    form = _form(item, case, model)
    starter = (item.starter or _starter(item, form)).rstrip() + "\n"
    data = {
        "id": item.id,
        "title": item.title,
        "section": item.section,
        "objective": item.objective,
        "answer_name": item.answer_name,
        "form": form,
        "points": item.auto_points,
        "hints": [plain_marks(h) for h in item.hints],
        "blank": to_json(_value_of(item, starter)),
        "key": to_json(model),
        "tolerance": _tolerance(item.compare.tolerance),
        "because": {k: plain_marks(o.because) for k, o in item.options.items()},
        "rejects": [],
        "parts": [p.model_dump() | {"message": plain_marks(p.message)} for p in item.parts],
        "guess": 0.0,
    }
    if item.version > 1:
        data["version"] = item.version
    if item.kind != "written":
        try:
            mark.restore(data, data["key"])
        except answers.Unreadable as problem:
            raise CourseError(f"{item.id}: its own key cannot be read: {problem}") from None
        data["guess"] = mark.guess_level(data)
    compiled = Compiled(item, case, model, data, starter, _solution(item, model), tables)
    data["rejects"] = _rejects(compiled)
    if case is not None and case.pool:
        _add_variants(compiled, whole)
    return compiled


def _rejects(c: Compiled) -> list[dict[str, Any]]:
    found = []
    for reject in c.item.rejects:
        answer = to_json(answers.plain(evaluate(c, reject.answer)))
        words = {"misconception": reject.misconception, "message": plain_marks(reject.message)}
        found.append(words | {"answer": answer})
    return found


def _add_variants(c: Compiled, whole: Any) -> None:
    """Put key and wrong answers of the whole pool beside those of the first records, and try some draws."""
    every = [record for place in c.case.pool for record in place]
    over_all = _rejects(replace(c, case=replace(c.case, records=every), model=whole))
    c.data["variants"] = {"key": to_json(whole), "rejects": [r["answer"] for r in over_all]}
    pools.examine_traps(c.data)
    for learner in ("ada", "ben", "carla"):
        mine = drawn(c, learner)
        for said, stored in zip(_rejects(mine), mine.data["rejects"], strict=True):
            if said["answer"] != stored["answer"]:
                raise CourseError(
                    f"{c.item.id}: {said['misconception']}: this wrong answer must look at each record by itself."
                )


def drawn(c: Compiled, learner: str) -> Compiled:
    """An item with variants as one learner has it: her records, her key, the wrong answers over her records."""
    records = draw(c.data["form"]["pool"], c.item.id, learner, salt())
    model = variants.part(c.case.key, records)
    case = replace(c.case, records=records, key=model, pool=[])
    return replace(c, case=case, model=model, data=variants.over(c.data, records), solution=_solution(c.item, model))


def evaluate(compiled: Compiled, expression: str) -> Any:
    """The value of an `accepts` or `rejects` expression. Raises `CourseError` naming the item."""
    import numpy as np
    import pandas as pd

    functions = casework_module(compiled.item.module)
    names = {k: v for k, v in vars(functions).items() if not k.startswith("_")} if functions else {}
    records = list(compiled.case.records) if compiled.case else []
    names |= {"MODEL": compiled.model, "CASE": records, "TABLES": compiled.tables, "pd": pd, "np": np, "dt": dt}
    try:
        return eval(expression, names)
    except Exception as problem:
        raise CourseError(
            f"{compiled.item.id}: the expression {expression!r} fails: {type(problem).__name__}: {problem}"
        ) from None


def _form(item: Item, case: Case | None, model: Any) -> dict[str, Any]:
    kind = item.compare.shape if item.kind == "code" else item.kind
    form: dict[str, Any] = {"kind": kind}
    if kind in ("single", "multiple"):
        form["options"] = list(item.options)
    if kind == "numeric":
        form["as"] = item.compare.as_ or "number"
    if kind in RECORD_KINDS:
        if case is not None:
            form["records"] = list(case.candidates or case.records)
        else:
            form["records"] = list(item.options or model)
            if kind == "order" and not item.options:
                raise CourseError(
                    f"{item.id}: an order needs its entries in options, so that the key is not their order."
                )
    if kind in ("mapping", "match"):
        form |= {"as": item.compare.as_ or "text", "labels": item.labels, "pair": item.compare.pair}
        if item.compare.pair is True:
            known = case.key if case and case.pool else model
            form["evidence"] = _id_pattern([str(v[1]) for v in known.values()])
        if asks := _asks(item, model):
            form["asks"] = asks
        unknown = [r for r in model if r not in form["records"]]
        if unknown or len(model) != len(form["records"]):
            raise CourseError(f"{item.id}: key and records do not fit: {unknown or form['records']}.")
    if kind == "written":
        limits = [p.rule for p in item.parts if "max_words" in p.rule]
        form["words"] = [limits[0].get("min_words", 0), limits[0]["max_words"]] if limits else []
    if kind == "record":
        form["fields"] = item.compare.fields
    if kind == "table":
        form["columns"] = item.compare.columns
    if case is not None and case.pool:
        form["pool"] = case.pool
    return form


_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def _asks(item: Item, model: dict[str, Any]) -> list[str] | dict[str, list[str]]:
    """What each part of an answer is asked to be: as the item says, else by the key, where that part is a number, or a
    day, in all records. Empty where all parts are text."""
    if item.compare.asks:
        return {record: [kind] for record, kind in item.compare.asks.items()}
    if not item.compare.pair:
        return []
    kinds = []
    for part in zip(*model.values(), strict=True):
        numbers = all(isinstance(p, (int, float)) and not isinstance(p, bool) for p in part)
        kinds.append("number" if numbers else "date" if all(_DAY.fullmatch(str(p)) for p in part) else "text")
    return kinds if set(kinds) != {"text"} else []


def _id_pattern(ids: list[str]) -> str:
    """The shape that ids share, such as EVT-000123: letters as they are, digits as places. Empty if they differ."""
    shapes = {re.sub(r"\d", r"\\d", re.escape(i)) for i in ids}
    return shapes.pop() if len(shapes) == 1 else ""


def _starter(item: Item, form: dict[str, Any]) -> str:
    name, kind = item.answer_name, form["kind"]
    if kind in ("order", "id_set", "multiple"):
        return f"{name} = []"
    if kind in ("mapping", "match"):
        return OWN_LINES.format(name=name, item=item.id) if "pool" in form else frame(name, form, form["records"])
    if kind == "record":
        return f"{name} = {{\n" + "".join(f'    "{f}": None,\n' for f in form["fields"]) + "}"
    if kind == "written":
        return f'{name} = """\n\n"""'
    return f"{name} = None"


def _solution(item: Item, model: Any) -> str:
    if item.solution:
        return item.solution.rstrip() + "\n"
    if item.kind == "written":
        raise CourseError(f"{item.id}: a written item needs a model answer in `solution`.")
    return written_out(item.answer_name, model)


def written_out(name: str, model: Any) -> str:
    """A model answer as the code of an answer cell."""
    literal = pprint.pformat(model, width=100, sort_dicts=False)
    if isinstance(model, dict):
        literal = "{\n" + "".join(f"    {k!r}: {v!r},\n" for k, v in model.items()) + "}"
    return f"{name} = {literal}\n"


def _value_of(item: Item, starter: str) -> Any:
    try:
        tree = ast.parse(starter)
        names: dict[str, Any] = {}
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(tree, item.id, "exec"), names)
        return answers.plain(names[item.answer_name])
    except Exception as problem:
        raise CourseError(f"{item.id}: the starter does not run: {type(problem).__name__}: {problem}") from None


def _tolerance(value: float | str) -> float:
    """A tolerance as a number; times such as "1min" in seconds."""
    if isinstance(value, str):
        import pandas as pd

        return pd.Timedelta(value).total_seconds()
    return float(value)


def to_json(value: Any) -> Any:
    """Plain data with dates as text, ready for JSON."""
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(k): to_json(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [to_json(v) for v in (sorted(value) if isinstance(value, set) else value)]
    return value
