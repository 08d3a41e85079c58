"""nbgrader from Python: its settings read once, its converters run quietly, its gradebook opened safely."""

from __future__ import annotations

import glob
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from nbformat.v4 import new_code_cell
from nbgrader.exchange.default import ExchangeReleaseFeedback
from nbgrader.preprocessors import Execute, NbGraderPreprocessor
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from coursekit.errors import CourseError
from coursekit.grading.feedback import EXCHANGE_FILES
from coursekit.items import ROOT


class ClearItemOutputs(NbGraderPreprocessor):
    """Clears the outputs of nbgrader's cells only; the lesson keeps its own."""

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> tuple[Any, Any]:
        if cell.cell_type == "code" and "nbgrader" in cell.metadata:
            cell.outputs, cell.execution_count = [], None
            cell.metadata.pop("execution", None)
        return cell, resources


class ExecuteAsLearner(Execute):
    """Runs a submission with its learner named, so that items with variants show and mark her own records."""

    def preprocess(self, nb: Any, resources: Any, **kwargs: Any) -> tuple[Any, Any]:
        self._learner = resources["nbgrader"]["student"]
        return super().preprocess(nb, resources, **kwargs)

    @contextmanager
    def setup_kernel(self, **kwargs: Any) -> Iterator[None]:
        with super().setup_kernel(env=os.environ | {"PRIORAUTH_LEARNER": self._learner}, **kwargs):
            yield


class ForgetRemovedItems(NbGraderPreprocessor):
    """Fits a submission of an earlier edition to the items that the gradebook holds now (`course.py migrate`).

    Stock autograding stops at a graded cell that the gradebook does not know, and cannot put in a check cell whose
    answer cell is missing. So cells of removed items lose nbgrader's marks, and items that were added get their answer
    cell at the end, as it was released.
    """

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        from nbgrader.api import Gradebook

        about = resources["nbgrader"]
        with Gradebook(about["db_url"]) as book:
            notebook = book.find_notebook(about["notebook"], about["assignment"])
            known = {c.name: c.source or "" for c in notebook.source_cells}
            answers = [c.name for c in notebook.solution_cells]
        there = set()
        for cell in nb.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if name and name not in known:
                self.log.info("%s is no longer part of %s.", name, about["assignment"])
                del cell.metadata["nbgrader"]
            there.add(name)
        for name in answers:
            if not {name, f"{name}-check"} & there:
                marks = {"grade": False, "grade_id": name, "locked": False, "schema_version": 3, "solution": True, "task": False}  # fmt: skip
                nb.cells.append(new_code_cell(known.get(name, ""), id=name, metadata={"nbgrader": marks}))
        return nb, resources


class ReleaseFeedback(ExchangeReleaseFeedback):
    """Releases feedback to those who handed in through the exchange; it has no way back to anybody else.

    Stock nbgrader stops at the first learner whose hand-in came as a file, and the rest of the class gets nothing.
    """

    def copy_files(self) -> None:
        apart, skipped = [], set((self.coursedir.student_id_exclude or "").split(","))
        for folder in sorted(glob.glob(self.src_path)):
            learner = Path(folder).parent.name
            if all(Path(folder, name).is_file() for name in EXCHANGE_FILES):
                self.src_path = glob.escape(folder)
                super().copy_files()
            elif learner not in skipped and any(Path(folder).glob("*.html")):
                apart.append(learner)
        if apart:
            module = self.coursedir.assignment_id
            self.log.warning(
                "Not handed in through the exchange: %s. Their pages: python3 course.py feedback %s --out FOLDER",
                ", ".join(apart), module,
            )  # fmt: skip


def course_config(course: Path, root: Path = ROOT, **changes: Any) -> Config:
    """The settings of `nbgrader_config.py`, applied to the folder `course`; `changes` as {"Class.trait": value}."""
    config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    config.CourseDirectory.root = str(course)
    config.CourseDirectory.db_url = f"sqlite:///{(course / 'gradebook.db').as_posix()}"
    for name, value in changes.items():
        owner, trait = name.split(".")
        setattr(config[owner], trait, value)
    return config


@contextmanager
def tools_on_path() -> Iterator[None]:
    """nbgrader calls `alembic` by name: the environment's programs have to be on PATH."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before


def run_converter(converter: type, config: Config, module: str, student: str = "*") -> str:
    """Run one nbgrader converter for one module; return its log. Raises `CourseError` with the log's last error."""
    from nbgrader.converters.base import NbGraderException
    from nbgrader.coursedir import CourseDirectory

    lines: list[str] = []
    logger = logging.getLogger(f"course.{converter.__name__}")
    logger.handlers, logger.propagate = [_Keep(lines)], False
    logger.setLevel(logging.INFO)
    config = Config(config)
    config.CourseDirectory.assignment_id = module
    config.CourseDirectory.student_id = student
    directory = CourseDirectory(config=config)
    with tools_on_path(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SQLAlchemy's notes about nbgrader's own sessions
        app = converter(coursedir=directory, config=config)
        app.log = logger
        try:
            app.start()
        except (NbGraderException, SystemExit, Exception) as problem:
            errors = [line for line in lines if line.startswith("ERROR")]
            words = errors[0].removeprefix("ERROR ").splitlines()[0] if errors else str(problem)
            raise CourseError(f"nbgrader could not {converter.__name__} {module}: {words}") from problem
    return "\n".join(lines)


class _Keep(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.levelname} {record.getMessage()}")
