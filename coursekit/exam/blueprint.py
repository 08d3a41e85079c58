"""The blueprint: what a form holds, read from `notebooks/final_exam/blueprint.yaml`."""

from __future__ import annotations

import functools
from pathlib import Path

from pydantic import BaseModel, ConfigDict, model_validator

from coursekit.errors import CourseError
from coursekit.items import ROOT, read_model
from coursekit.programme import PLAN

PATH = Path("notebooks") / "final_exam" / "blueprint.yaml"
AREA_OF = {entry.number: entry.area for entry in PLAN}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Quota(_Strict):
    """Questions of a module in a form, and how many of them are computed."""

    questions: int
    computed: int


class PracticePlan(_Strict):
    questions: int
    computed_by_area: int
    kept_instances: tuple[int, ...]


class Blueprint(_Strict):
    """The plan of every form."""

    minutes: int
    attempts: int
    pass_percent: float
    questions: int
    modules: dict[int, Quota]
    kinds: dict[str, tuple[int, int]]
    most_of_one_objective: int
    tasks: tuple[str, ...]
    practice: PracticePlan

    @model_validator(mode="after")
    def _adds_up(self) -> Blueprint:
        if sum(q.questions for q in self.modules.values()) != self.questions:
            raise ValueError(f"the modules do not add up to {self.questions} questions")
        areas: dict[str, int] = {}
        for module, quota in self.modules.items():
            areas[AREA_OF[module]] = areas.get(AREA_OF[module], 0) + quota.questions
        if len(set(areas.values())) != 1 or len(areas) != 5:
            raise ValueError(f"the five areas do not have the same number of questions: {areas}")
        return self


def load_blueprint(root: Path = ROOT) -> Blueprint:
    """The blueprint. Raises `CourseError` naming the file."""
    path = root / PATH
    if not path.exists():
        raise CourseError("This edition of the course has no final exam: the blueprint is not here.")
    return _load(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=2)
def _load(path: Path, _stamp: int) -> Blueprint:
    return read_model(path, PATH.as_posix(), Blueprint)
