"""Model answers: who may see one, and what it shows."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

from coursekit import mark, progress, variants
from coursekit.build.compile import written_out
from coursekit.errors import CourseError
from coursekit.items import Item, load_module
from coursekit.marks import plain_marks
from coursekit.notebooks import grade_id, read_notebook
from coursekit.programme import PASS_POINTS
from coursekit.workspace import ROOT
from priorauth.learner import learner_id

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_SOLUTION = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.DOTALL)


@dataclass(frozen=True)
class ModelAnswer:
    """A model answer ready to show: `code` as text, the rest as safe HTML."""

    item_id: str
    title: str
    code: str
    explained: str
    options: list[tuple[str, str, bool, str]]
    rubric: list[tuple[str, float, str]]


def refusal(workspace: Path, module: str, item_id: str) -> str | None:
    """Why the model answer is not shown yet, or None when it may be: module completed, or an honest attempt made."""
    kept = progress.load(workspace)[0]["modules"].get(module)
    if kept is None:
        return f"The model answer of {item_id} opens after you have tried: answer it in the notebook, save, and grade your work."
    if kept["best"]["points"] >= PASS_POINTS:
        return None
    outcomes = {i["outcome"] for result in (kept["best"], kept["last"]) for i in result["items"] if i["id"] == item_id}
    if outcomes - {"not attempted"}:
        return None
    return f"The model answer of {item_id} opens after you have tried it: your last graded copy had no answer there."


def model_answer(workspace: Path, module: str, item_id: str, root: Path = ROOT) -> ModelAnswer:
    """The model answer of an item. Raises `CourseError` when it may not be seen yet or does not exist."""
    item = load_module(module, root).item(item_id)
    reason = refusal(workspace, module, item_id)
    if reason:
        raise CourseError(reason)
    options = [
        (k, inline(o.text), o.right or k in item.right_letters, inline(o.because)) for k, o in item.options.items()
    ]
    rubric = [(inline(c.criterion), c.points, inline(c.full)) for c in item.rubric]
    return ModelAnswer(
        item_id,
        item.title,
        solution_text(item, module, root, learner_id(workspace)),
        block(item.explain),
        options,
        rubric,
    )


def solution_text(item: Item, module: str, root: Path = ROOT, learner: str = "") -> str:
    """What stands in the answer cell of the instructor's edition; for an item with variants, over the learner's records."""
    compiled = mark.compiled(module)[item.id]
    if "variants" in compiled:
        return written_out(item.answer_name, variants.of_learner(compiled, learner)["key"]).strip()
    path = root / "source" / module / f"{module}.ipynb"
    if path.exists():
        for cell in read_notebook(path)["cells"]:
            if grade_id(cell) == item.id:
                source = cell.get("source", "")
                found = _SOLUTION.search("".join(source) if isinstance(source, list) else source)
                return found.group(1).strip() if found else ""
    return item.solution.strip()


def block(text: str) -> str:
    """Markdown as HTML; raw HTML in it is shown as text."""
    return _MARKDOWN.render(plain_marks(text))


def inline(text: str) -> str:
    """One line of Markdown as HTML without a paragraph around it."""
    return _MARKDOWN.renderInline(plain_marks(text).strip())


def message(text: str) -> str:
    """A sentence of the grader as HTML: escaped, names between backticks as code, lines kept."""
    safe = html.escape(str(text))
    return re.sub(r"`([^`\n]+)`", r"<code>\1</code>", safe).replace("\n", "<br>")
