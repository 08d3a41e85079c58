"""From a module's text and items to a notebook: markers become cells, terms become links, facts become citations."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from coursekit.build import first_use
from coursekit.build.compile import Compiled
from coursekit.errors import CourseError
from coursekit.items import Module
from coursekit.marks import INLINE, cited
from coursekit.notebooks import OWN_RECORDS
from priorauth import facts, glossary
from priorauth.shown import FOLD

MARKER = re.compile(r"^\{\{(\w+)(?::\s*([^}]+?))?\s*\}\}$")
_INLINE = ("term", "cite")
#: What the prompt of an item with variants says.
OWN = "These records are your own; your neighbor has others. Run each cell of this task with Shift+Enter, from here to your answer: they show your records."
WORDS_ANCHOR = "#Words-of-this-module"
HIDDEN = '### BEGIN HIDDEN TESTS\nfrom coursekit.mark import award\naward("{id}", globals())\n### END HIDDEN TESTS'


class _Assembly:
    """One pass over the text; remembers terms and facts as they are used."""

    def __init__(self, module: Module, compiled: list[Compiled], path: Path) -> None:
        self.module = module
        self.items = {c.item.id: c for c in compiled}
        self.practice = {p.id: p for p in module.practice}
        self.path = path
        self.terms: dict[str, Any] = {}
        self.facts: dict[str, None] = {}
        self.linked: set[str] = set()
        self.prompted: list[str] = []
        self.used: list[str] = []
        self.showing = False  # between the prompt and the answer of an item with variants
        self.words_cell: Any = None

    def fail(self, words: str) -> CourseError:
        return CourseError(f"notebooks/{self.module.name}/{self.path.name}: {words}")

    # --- markers -------------------------------------------------------------------------------------------

    def cells(self, cell: Any) -> list[Any]:
        """The notebook cells that one cell of the text becomes."""
        if cell.cell_type == "code":
            made = _code(cell.source, cell.metadata)
            if self.showing:
                made.metadata["tags"] = [*made.metadata.get("tags", []), OWN_RECORDS]
            return [made]
        made: list[Any] = []
        text: list[str] = []
        for line in [*cell.source.splitlines(), None]:
            marker = MARKER.match(line.strip()) if line is not None else None
            if marker and marker.group(1) in _INLINE:
                marker = None
            if line is not None and not marker:
                text.append(line)
                continue
            if "".join(text).strip():
                made.append(_text(self.inline(self.first_uses("\n".join(text).strip()))))
            text = []
            if marker:
                made += self.marked(*marker.groups())
        return made

    def marked(self, name: str, argument: str | None) -> list[Any]:
        """The cells that a marker on a line of its own becomes."""
        make = getattr(self, f"make_{name}", None)
        if make is None:
            raise self.fail(f"the marker {name} is unknown.")
        return make(argument) if argument else make()

    def make_title(self) -> list[Any]:
        m = self.module
        graded = 5 * round(sum(i.minutes for i in m.items) / 5)
        text = (
            f"# Module {m.module}. {m.title}\n\n"
            f"**Focus area** {m.area} · **Time** about {m.minutes} minutes to read and try, {graded} for the graded work · **You need** {m.needs}\n\n"
            f"50 points: casework 30, case study 10, post-quiz 10. You complete the module with 35.\n"
            f"Go back to the course page in your other browser tab at any time. Your work is saved in this notebook."
        )
        return [_text(text)]

    def make_objectives(self) -> list[Any]:
        lines = "\n".join(f"- **{k}** {v}" for k, v in self.module.objectives.items())
        return [_text(f"## What you will be able to do\n\n{lines}")]

    def make_practice(self, name: str) -> list[Any]:
        if name not in self.practice:
            raise self.fail(f"there is no practice question {name} in items.yaml.")
        self._use(name)
        question = self.practice[name]
        for text in (question.question, *(o.because for o in question.options.values())):
            self.facts.update(dict.fromkeys(cited(text)))
        return [_code(f'practice("{name}")', {"jupyter": {"source_hidden": True}})]

    def make_item(self, name: str) -> list[Any]:
        return self.make_prompt(name) + self.make_answer(name)

    def make_prompt(self, name: str) -> list[Any]:
        """The prompt alone; the cells that show the records follow in the text, then `{{answer: ...}}`."""
        if name not in self.items:
            raise self.fail(f"there is no item {name} in items.yaml.")
        compiled = self.items[name]
        self.facts.update(dict.fromkeys(compiled.item.facts))
        self.prompted.append(name)
        self.showing = "pool" in compiled.data["form"]
        return [_locked(_text(self.inline(_prompt(compiled))), f"{name}-prompt")]

    def make_answer(self, name: str) -> list[Any]:
        if name not in self.prompted:
            raise self.fail(f"the answer of {name} stands before its prompt.")
        self._use(name)
        self.showing = False
        compiled = self.items[name]
        rubric = sum(r.points for r in compiled.item.rubric)
        answer = f"{compiled.starter}### BEGIN SOLUTION\n{compiled.solution}### END SOLUTION"
        visible = f'check("{name}")'
        return [
            _nbgrader(new_code_cell(answer), name, solution=True, grade=bool(rubric), points=rubric or None),
            _nbgrader(
                new_code_cell(visible + "\n" + HIDDEN.format(id=name)),
                f"{name}-check",
                grade=True,
                points=compiled.item.auto_points,
            ),
        ]

    def make_words(self) -> list[Any]:
        """A place for the words; they are known when the whole text was read."""
        self.words_cell = _text("")
        return [self.words_cell]

    def _words(self) -> str:
        rows = "\n".join(f"- **{t.term}**: {t.short}" for t in self.terms.values())
        return f"## Words of this module\n\n{rows}"

    def make_sources(self) -> list[Any]:
        lines = "\n".join(f"- {facts.cite_full(f)}" for f in self.facts)
        lead = f"The {len(self.facts)} figures and rules of this module, each with where it comes from and how well it is confirmed."
        found = re.findall(r"\b[A-Z]{2,6}\b", " ".join(facts.fact(f).citation for f in self.facts))
        short = [f"{name} ({words})" for name, words in glossary.short_forms().items() if name in found]
        forms = f"\n\nShort forms: {'; '.join(short)}." if short else ""
        return [
            _text(f'## Sources\n\n<details><summary style="{FOLD}">{lead}</summary>\n\n{lines}{forms}\n\n</details>')
        ]

    def _use(self, name: str) -> None:
        if name in self.used:
            raise self.fail(f"{name} stands in the text twice.")
        self.used.append(name)

    # --- inline marks --------------------------------------------------------------------------------------------

    def inline(self, text: str) -> str:
        return INLINE.sub(self._inline, text)

    def first_uses(self, text: str) -> str:
        """A paragraph with a mark at each word of the glossary that the module uses here first."""
        try:
            return first_use.marked(text, self.linked)
        except LookupError as problem:
            raise self.fail(str(problem)) from None

    def _inline(self, match: re.Match[str]) -> str:
        name, argument, shown = match.groups()
        if name in ("term", "word"):  # set by the author, in bold; or found by the build
            try:
                term = glossary.term(argument)
            except LookupError as problem:
                raise self.fail(str(problem)) from None
            self.terms.setdefault(term.term, term)
            tip = term.short.replace('"', "'").replace("\n", " ").strip()
            bold = "**" if name == "term" else ""
            return f'[{bold}{shown or argument}{bold}]({WORDS_ANCHOR} "{tip}")'
        if name == "cite":
            try:
                self.facts.setdefault(argument)
                return facts.cite(argument)
            except LookupError as problem:
                raise self.fail(str(problem)) from None
        raise self.fail(f"the mark {match.group(0)} is unknown.")

    def finish(self) -> None:
        left = [n for n in (*self.practice, *self.items) if n not in self.used]
        if left:
            raise self.fail(f"these stand in items.yaml but not in the text: {', '.join(left)}.")
        if self.words_cell is not None:
            self.words_cell.source = _text(self._words()).source


def assemble(module: Module, compiled: list[Compiled], path: Path) -> nbformat.NotebookNode:
    """The module's notebook, not yet executed. Raises `CourseError` naming the file and the mark."""
    text = jupytext.read(path, fmt="md:myst")
    work = _Assembly(module, compiled, path)
    cells = [made for cell in text.cells for made in work.cells(cell)]
    work.finish()
    notebook = new_notebook(cells=cells)
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    _set_ids(notebook)
    return notebook


def facts_of(module: Module, compiled: list[Compiled], path: Path) -> set[str]:
    """Ids of all facts that a module's text and items use."""
    return set(cited(path.read_text(encoding="utf-8"))) | {f for c in compiled for f in c.item.facts}


def _prompt(compiled: Compiled) -> str:
    item = compiled.item
    points = f"{item.points:g} point{'' if item.points == 1 else 's'}"
    parts = [
        f"### {item.id} · {item.title}\n\n*{points} · about {item.minutes:g} min · objective {item.objective} · section {item.section}*",
        item.prompt.strip(),
    ]
    if "pool" in compiled.data["form"]:
        parts.append(OWN)
    if item.options:
        parts.append("\n".join(f"- **{k}.** {o.text}" for k, o in item.options.items()))
    if item.labels:
        parts.append("Choose from: " + ", ".join(f"`{x}`" for x in item.labels) + ".")
    hints = "\n".join(
        f'<details><summary style="{FOLD}">Hint {n}</summary>\n\n{h.strip()}\n\n</details>'
        for n, h in enumerate(item.hints, 1)
    )
    return "\n\n".join([*parts, hints])


def _text(source: str) -> Any:
    """A text cell. A dollar sign outside code is money here, not the beginning of a formula."""
    parts = re.split(r"(```.*?```|`[^`\n]*`)", source, flags=re.DOTALL)
    parts[::2] = [re.sub(r"(?<!\\)\$", r"\\$", part) for part in parts[::2]]
    return new_markdown_cell("".join(parts))


def _code(source: str, metadata: Any) -> Any:
    cell = new_code_cell(source)
    tags = list(metadata.get("tags", []))
    if "hide-input" in tags or metadata.get("jupyter", {}).get("source_hidden"):
        cell.metadata["jupyter"] = {"source_hidden": True}
    if tags:
        cell.metadata["tags"] = tags
    return cell


def _nbgrader(
    cell: Any,
    grade_id: str,
    *,
    solution: bool = False,
    grade: bool = False,
    locked: bool | None = None,
    points: float | None = None,
) -> Any:
    data: dict[str, Any] = {
        "grade": grade,
        "grade_id": grade_id,
        "locked": not solution if locked is None else locked,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    if grade:
        data["points"] = points
    cell.metadata["nbgrader"] = data
    if solution and cell.cell_type == "code":  # Run All goes on below an answer that is not Python yet
        cell.metadata["tags"] = [*cell.metadata.get("tags", []), "raises-exception"]
    return cell


def _locked(cell: Any, grade_id: str) -> Any:
    return _nbgrader(cell, grade_id, locked=True)


def _set_ids(notebook: Any) -> None:
    """Stable cell ids: the grade id, else a short hash of type and source with a counter for repeats."""
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if not name:
            name = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:10]
            seen[name] = seen.get(name, 0) + 1
            name = name if seen[name] == 1 else f"{name}-{seen[name]}"
        cell["id"] = name
