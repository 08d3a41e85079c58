"""The item model: the only place that reads `items.yaml`.

An item is data: one YAML entry holds all there is to know about a graded question. Notebooks, marking, the tests
of the items, the fact page and the reports are made from it. A mistake in an entry is reported with file, line
and item.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from coursekit.errors import CourseError
from coursekit.prose import RULES
from coursekit.workspace import module_name

ROOT = Path(__file__).resolve().parent.parent
Model = TypeVar("Model", bound=BaseModel)

Kind = Literal[
    "single",
    "multiple",
    "true_false",
    "numeric",
    "order",
    "match",
    "mapping",
    "id_set",
    "record",
    "table",
    "code",
    "written",
]
CHOICE_KINDS = ("single", "multiple", "true_false")
RECORD_KINDS = ("order", "match", "mapping", "id_set")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Option(_Strict):
    """One option of a choice, with what the learner hears when she takes it."""

    text: str
    because: str
    right: bool = False


class Practice(_Strict):
    """An ungraded question; every option answers back."""

    id: str = Field(pattern=r"^m\d\d-p\d+$")
    section: str
    question: str
    options: dict[str, Option]

    @model_validator(mode="after")
    def _one_right(self) -> Practice:
        if not any(o.right for o in self.options.values()):
            raise ValueError("no option is marked right: true")
        return self


class Compare(_Strict):
    """How an answer is read and compared."""

    as_: Literal["text", "number", "date", "datetime", "bool"] | None = Field(default=None, alias="as")
    tolerance: float | str = 0
    unit: str = ""
    pair: bool | int = False  # True: [answer, id of the evidence]; a number: so many things, the first from the labels
    asks: dict[str, Literal["number", "date"]] = {}  # by record, where the first part is not of one kind in all of them
    shape: Literal["numeric", "order", "mapping", "id_set", "record", "table"] = "numeric"
    fields: dict[str, str] = {}
    columns: dict[str, str] = {}


class Accept(_Strict):
    """Another right answer: an expression over MODEL."""

    why: str
    answer: str


class Reject(_Strict):
    """A wrong answer that people really give, with the message that helps them."""

    misconception: str
    answer: str
    at_most: float = 0
    says: list[str] = []
    message: str = ""


class Part(_Strict):
    """One automatic check of a written answer."""

    name: str
    points: float
    rule: dict[str, Any]
    message: str

    @model_validator(mode="after")
    def _known_rules(self) -> Part:
        for name in self.rule:
            if name not in RULES:
                raise ValueError(f"the rule {name!r} does not exist; rules are {', '.join(RULES)}")
        return self


class Criterion(_Strict):
    """One line of the instructor's rubric."""

    criterion: str
    points: float
    full: str
    half: str = ""
    none: str = ""


class Item(_Strict):
    """A graded question."""

    id: str = Field(pattern=r"^m\d\d-[cqw]\d+$")
    version: int = Field(default=1, ge=1)  # raised when an item changes after its release (`course.py migrate`)
    title: str
    section: str
    objective: str
    tasks: list[int] = []
    errors: list[str] = []
    facts: list[str] = []
    points: float = Field(gt=0)
    minutes: float = Field(gt=0)
    kind: Kind
    pandas: bool | None = None
    prompt: str
    options: dict[str, Option] = {}
    labels: list[str] = []
    answer_name: str = ""
    starter: str = ""
    key: Any = None
    solution: str = ""
    explain: str
    compare: Compare = Compare()
    hints: list[str] = Field(min_length=1)
    accepts: list[Accept] = []
    rejects: list[Reject] = []
    parts: list[Part] = []
    rubric: list[Criterion] = []

    @model_validator(mode="after")
    def _complete(self) -> Item:
        self.answer_name = self.answer_name or self.id.replace("-", "_")
        if self.pandas is None:
            self.pandas = self.kind in ("code", "table")
        if self.kind in ("single", "multiple") and len(self.options) < 3:
            raise ValueError("a choice needs at least three options")
        if self.kind in ("single", "multiple") and not set(self.right_letters) <= set(self.options):
            raise ValueError(f"key {self.key!r} names an option that does not exist")
        if self.kind == "code" and not self.solution:
            raise ValueError("a code item needs its solution")
        if self.kind == "written":
            total = sum(p.points for p in self.parts) + sum(r.points for r in self.rubric)
            if abs(total - self.points) > 1e-9:
                raise ValueError(f"parts and rubric add up to {total:g}, but the item has {self.points:g} points")
        elif self.key is None:
            raise ValueError("the key is missing")
        if self.kind not in (*CHOICE_KINDS, "written") and len(self.rejects) < 3:
            raise ValueError(f"at least three rejects are needed, there are {len(self.rejects)}")
        return self

    @property
    def right_letters(self) -> list[str]:
        """The right option letters of a choice."""
        return [self.key] if isinstance(self.key, str) else list(self.key or [])

    @property
    def auto_points(self) -> float:
        """Points that are marked automatically; the rest belongs to the rubric."""
        return self.points - sum(r.points for r in self.rubric)

    @property
    def module(self) -> str:
        return f"module_{self.id[1:3]}"


class Module(_Strict):
    """A module's data: head, practice questions and graded items."""

    module: int
    title: str
    area: str
    minutes: int
    needs: str
    objectives: dict[str, str]
    practice: list[Practice] = []
    items: list[Item]

    @model_validator(mode="after")
    def _ids(self) -> Module:
        ids = [i.id for i in self.items] + [p.id for p in self.practice]
        for name in ids:
            if ids.count(name) > 1:
                raise ValueError(f"the id {name} is used twice")
            if not name.startswith(f"m{self.module:02d}-"):
                raise ValueError(f"the id {name} does not belong to module {self.module}")
        for item in self.items:
            if item.objective not in self.objectives:
                raise ValueError(f"{item.id}: the objective {item.objective} is not in the list of objectives")
        return self

    @property
    def name(self) -> str:
        return f"module_{self.module:02d}"

    def item(self, item_id: str) -> Item:
        """The item with this id, or `CourseError`."""
        for item in self.items:
            if item.id == item_id:
                return item
        raise CourseError(f"{self.name} has no item {item_id}; its items are {', '.join(i.id for i in self.items)}.")


def written_modules(root: Path = ROOT) -> list[str]:
    """Names of the modules that have an `items.yaml`, in order."""
    return sorted(p.parent.name for p in (root / "notebooks").glob("module_*/items.yaml"))


def load_module(module: int | str, root: Path = ROOT) -> Module:
    """Read and check one module's `items.yaml`. Raises `CourseError` naming file, line and item."""
    name = module_name(module)
    path = root / "notebooks" / name / "items.yaml"
    if not path.exists():
        known = ", ".join(written_modules(root)) or "none"
        raise CourseError(f"{name} is not in this edition of the course; modules here: {known}.")
    return _load(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=32)
def _load(path: Path, _stamp: int) -> Module:
    return read_model(path, f"notebooks/{path.parent.name}/{path.name}", Module)


def read_model(path: Path, shown: str, model: type[Model]) -> Model:
    """A YAML file as a checked model. Raises `CourseError` naming the file as `shown`, line and item."""
    text = path.read_text(encoding="utf-8")
    try:
        data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else "?"
        raise CourseError(f"{shown}, line {line}: this is not YAML: {getattr(error, 'problem', error)}.") from None
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise CourseError("\n".join(_explained(shown, text, data, e) for e in error.errors())) from None


def _explained(shown: str, text: str, data: Any, error: Any) -> str:
    """One line a person can act on: file, line, item, field, what is wrong."""
    path = [p for p in error["loc"]]
    item = ""
    if len(path) >= 2 and path[0] in ("items", "practice") and isinstance(path[1], int):
        item = f" item {data[path[0]][path[1]].get('id', path[1])}:"
    field = ".".join(str(p) for p in path[2:] if p) if item else ".".join(map(str, path))
    message = error["msg"].removeprefix("Value error, ")
    return f"{shown}, line {_line(text, path)}:{item} {field + ': ' if field else ''}{message}"


def _line(text: str, path: list[Any]) -> int:
    """Line (from 1) of the YAML node at `path`, or of the nearest node above it."""
    node = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    line = node.start_mark.line if node else 0
    for step in path:
        if isinstance(node, yaml.MappingNode):
            pair = next(((k, v) for k, v in node.value if k.value == str(step).rstrip("_")), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line
        else:
            break
    return line + 1
