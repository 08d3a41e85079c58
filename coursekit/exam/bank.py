"""The item bank: written questions in `notebooks/final_exam/bank/module_NN.yaml`, read and checked here.

A bank question is an item like those of the modules (`coursekit/items.py`) with fewer fields: one point, no hints,
no name to assign. The form that draws it gives it a number and a name.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from coursekit.errors import CourseError
from coursekit.items import ROOT, Item, read_model

BankKind = Literal["single", "multiple", "true_false", "numeric"]
FOLDER = Path("notebooks") / "final_exam" / "bank"


class BankItem(Item):
    """One question of the bank. `practice: true` keeps it out of the forms, for practice exams."""

    id: str = Field(pattern=r"^x\d\d-\d\d$")
    kind: BankKind
    practice: bool = False
    shuffle: bool = True  # False where the options have an order of their own, such as amounts
    points: float = 1
    minutes: float = 1.5
    hints: list[str] = []
    explain: str = ""

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, data: Any) -> Any:
        """What every bank question has in common."""
        if isinstance(data, dict) and "section" in data:
            return {"hints": [f"Section {data['section']}."]} | data
        return data

    @model_validator(mode="after")
    def _fit_for_the_exam(self) -> BankItem:
        if self.kind == "true_false" and set(self.options) != {"True", "False"}:
            raise ValueError('a true_false question has the options "True" and "False", in quotes')
        if self.kind == "true_false" and not isinstance(self.key, bool):
            raise ValueError("the key of a true_false question is true or false")
        if self.kind == "single" and not isinstance(self.key, str):
            raise ValueError("the key of a single choice is one letter")
        if self.kind == "multiple" and not (isinstance(self.key, list) and len(self.key) >= 2):
            raise ValueError("the key of a multiple choice is a list of two letters or more")
        if self.kind == "numeric" and not self.explain:
            raise ValueError("a numeric question needs explain")
        return self


class BankFile(BaseModel):
    """All written questions of one module."""

    model_config = ConfigDict(extra="forbid")
    module: int = Field(ge=1, le=12)
    items: list[BankItem]

    @model_validator(mode="after")
    def _ids(self) -> BankFile:
        ids = [i.id for i in self.items]
        for item in self.items:
            if ids.count(item.id) > 1:
                raise ValueError(f"the id {item.id} is used twice")
            if not item.id.startswith(f"x{self.module:02d}-"):
                raise ValueError(f"the id {item.id} does not belong to module {self.module}")
            if not item.objective.startswith(f"M{self.module:02d}."):
                raise ValueError(f"{item.id}: the objective {item.objective} is not one of module {self.module}")
        return self


def load_bank(root: Path = ROOT) -> list[BankItem]:
    """All written questions, module by module. Raises `CourseError` naming file, line and question."""
    files = sorted((root / FOLDER).glob("module_*.yaml"))
    if not files:
        raise CourseError("This edition of the course has no final exam: the item bank is not here.")
    return [item for path in files for item in load_file(path).items]


def load_file(path: Path) -> BankFile:
    """One file of the bank."""
    return _load(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=32)
def _load(path: Path, _stamp: int) -> BankFile:
    return read_model(path, (FOLDER / path.name).as_posix(), BankFile)
