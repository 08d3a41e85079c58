"""A drawn form as marking needs it: compiled items with keys, and the public part without."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from coursekit.build.compile import compile_item, to_json
from coursekit.exam.bank import BankItem
from coursekit.exam.capstone import Shown, Task
from coursekit.exam.form import Form, module_of
from coursekit.exam.records import table

PUBLIC = ("id", "title", "section", "answer_name", "form", "blank", "hints", "points")
ASK = {
    "single": "Write one letter",
    "multiple": 'More than one answer may be right. Write all right letters as a list, such as `["A", "C"]`,',
    "true_false": "Write `True` or `False`",
}


@dataclass(frozen=True)
class Part:
    """A question of a form: its text, its answer cell, its key."""

    data: dict[str, Any]  # what marking needs
    prompt: str
    starter: str
    solution: str
    area: int  # 1 to 5; 0 for Part B
    source: str  # id in the bank, or the task

    @property
    def id(self) -> str:
        return self.data["id"]

    @property
    def public(self) -> dict[str, Any]:
        """What a learner's side may know."""
        return {k: self.data[k] for k in PUBLIC}


_AREA = {1: 1, 2: 1, 3: 1, 4: 2, 5: 2, 6: 2, 7: 3, 8: 3, 9: 4, 10: 4, 11: 5, 12: 5}


def compile_form(form: Form) -> list[Part]:
    """Every question of Part A and every task of Part B, numbered."""
    parts = [_question(n, item) for n, item in enumerate(form.questions, 1)]
    return parts + [_task(task, shown) for task, shown in form.tasks]


def _question(number: int, item: BankItem) -> Part:
    name = f"q{number:03d}"
    own = item.model_copy(update={"id": name, "answer_name": name, "title": f"Question {number}"})
    made = compile_item(own, None, {})
    data = made.data | {"because": {}, "rejects": [], "hints": [f"Read section {item.section} again."]}
    options = "\n".join(f"- **{k}.** {o.text}" for k, o in item.options.items()) if item.kind != "true_false" else ""
    prompt = f"### Question {number}\n\n{item.prompt.strip()}\n\n{options}\n\n{_ask(item)} under the name `{name}`."
    return Part(data, prompt, made.starter, made.solution, _AREA[module_of(item)], item.id)


def _ask(item: BankItem) -> str:
    if item.kind != "numeric":
        return ASK[item.kind]
    kind = item.compare.as_ or "number"
    if kind == "date":
        return 'Write the date as text, such as `"2026-01-31"`,'
    if kind == "datetime":
        return 'Write day and time as text, such as `"2026-01-31 14:05"`,'
    return f"Write the number ({item.compare.unit})" if item.compare.unit else "Write the number"


def _task(task: Task, shown: tuple[Shown, ...]) -> Part:
    """A task as one item. Guessing reaches one label in so many, and of the second thing at most one in two."""
    ids = [s.record for s in shown]
    key = {s.record: s.answer for s in shown}
    pair = bool(task.compare.get("pair"))
    form = {"kind": "mapping", "records": ids, "as": task.compare.get("as", "text"), "labels": list(task.labels), "pair": pair}  # fmt: skip
    blank: dict[str, Any] = {r: [None, None] if pair else None for r in ids}
    data = {
        "id": task.id, "title": task.title, "section": task.section, "objective": task.objective, "answer_name": task.id,
        "form": form, "points": float(len(ids)), "hints": [f"Read section {task.section} again."], "blank": blank,
        "key": to_json(key), "tolerance": 0.0, "because": {}, "rejects": [], "parts": [], "guess": 0.0,
    }  # fmt: skip
    data["guess"] = round(1 / len(task.labels) / (2 if pair else 1), 4) if task.labels else 0.0
    body = table([s.cells for s in shown], *task.heads) if task.heads else "\n\n".join(s.block for s in shown)
    labels = f"\n\nChoose from: {', '.join(f'`{x}`' for x in task.labels)}." if task.labels else ""
    prompt = f"### Task {task.id[1:]}. {task.title}\n\n*{len(ids)} points*\n\n{task.prompt}{labels}\n\n{body}"
    starter = f"{task.id} = {{\n" + "".join(f'    "{r}": {"[None, None]" if pair else "None"},\n' for r in ids) + "}\n"
    solution = f"{task.id} = {{\n" + "".join(f"    {r!r}: {a!r},\n" for r, a in key.items()) + "}\n"
    return Part(data, prompt, starter, solution, 0, task.id)
