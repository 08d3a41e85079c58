"""A form as a notebook: the instructor's edition with keys behind it, the learner's edition without, a practice exam."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from coursekit.build.assemble import _locked, _nbgrader, _set_ids, _text
from coursekit.exam.bank import BankItem
from coursekit.exam.compiled import Part
from coursekit.items import ROOT
from coursekit.marks import plain_marks
from coursekit.programme import AREAS

PRACTICE = "practice_exam_"  # and the seed
KEYS = ROOT / "coursekit" / "keys"
HIDDEN = '### BEGIN HIDDEN TESTS\nfrom coursekit.exam.award import award\naward("{form}", "{id}", globals())\n### END HIDDEN TESTS'  # fmt: skip
STUB = "# Write your answer in the lines above this one.\n"
INTRO = """# Final exam

**Time** {hours} hours · **Part A** 100 questions, 100 points · **Part B** 8 tasks, 40 points · **Pass** 70 % in each part

- Everything is open: the modules, their tools, the records, your notes. Work alone.
- Write each answer into the cell below its question, after the equals sign. Run that cell, then the next one: it says whether the answer can be read.
- Save often (Ctrl+S). You may close everything and go on later; the clock runs on, and your answers stay.
- The clock only tells the time. When it is over, nothing is locked and nothing is lost; what is handed in later is marked as late.
- {hand_in}
- Part B gives points from the level that guessing reaches.

The exam is not proctored, and it is not a credential."""
HAND_IN = "To hand in: save, then open *Hand in* below *Final exam* on the course page, or run `python3 course.py exam submit` in the course folder."
HAND_IN_CLASS = "To hand in: save, and submit this assignment as your instructor told you."


def exam_notebook(name: str, parts: list[Part], minutes: int, started: str = "", keys: bool = True) -> Any:
    """The notebook of a form. With `keys` it is nbgrader's source; without, it is what a learner gets at once."""
    words = INTRO.format(hours=f"{minutes / 60:g}", hand_in=HAND_IN if started else HAND_IN_CLASS)
    cells = [_text(words), new_code_cell(_set_up(started, minutes))]
    area = -1
    for part in parts:
        if part.area != area:
            area = part.area
            cells.append(_text(_heading(area)))
        cells += _cells(name, part, keys)
    cells.append(_text("## The end\n\n" + (HAND_IN if started else HAND_IN_CLASS)))
    return _finish(cells)


def _set_up(started: str, minutes: int) -> str:
    return f'from priorauth.exam import check, clock\n\nclock("{started}", {minutes})'


def _heading(area: int) -> str:
    if not area:
        return "## Part B. The queue\n\nForty requests on both sides of the desk, in eight tasks. All you need stands in the task."
    roman = list(AREAS)[area - 1]
    return f"## Part A, area {roman}. {AREAS[roman]}"


def _cells(name: str, part: Part, keys: bool) -> list[Any]:
    visible = f'check("{part.id}")'
    answer = f"{part.starter}### BEGIN SOLUTION\n{part.solution}### END SOLUTION" if keys else part.starter + STUB
    check = visible + "\n" + HIDDEN.format(form=name, id=part.id) if keys else visible
    return [
        _locked(_text(plain_marks(part.prompt)), f"{part.id}-prompt"),
        _nbgrader(new_code_cell(answer.rstrip("\n")), part.id, solution=True),
        _nbgrader(new_code_cell(check), f"{part.id}-check", grade=True, points=part.data["points"]),
    ]


def _finish(cells: list[Any]) -> Any:
    notebook = new_notebook(cells=cells)
    notebook.metadata = nbformat.from_dict(
        {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}, "language_info": {"name": "python"}}
    )  # fmt: skip
    _set_ids(notebook)
    return notebook


def text_of(notebook: Any) -> str:
    """The notebook as the text of its file."""
    return nbformat.writes(notebook, version=4).rstrip("\n") + "\n"


def public_text(name: str, parts: list[Part]) -> str:
    """`form.json`: what the notebook needs to look at the form of answers."""
    return dump({"module": name, "title": "Final exam", "items": {p.id: p.public for p in parts}, "practice": {}})


def keys_text(name: str, parts: list[Part], seed: int) -> str:
    """The keys of a form, for marking."""
    return dump({"module": name, "seed": seed, "items": {p.id: p.data for p in parts}})


def dump(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=None, separators=(",", ":")).replace('},"', '},\n"') + "\n"


# --- practice -----------------------------------------------------------------------------------------------------------


def practice_notebook(items: list[BankItem], seed: int) -> tuple[Any, str]:
    """A practice exam and its `form.json`. Answers are told at once, so keys are part of it."""
    from coursekit.build.compile import compile_item

    cells = [
        _text(f"# Practice exam {seed}\n\n25 questions that no form of the final exam uses. Every answer is explained at once; nothing is recorded.\n\nRun a cell with Shift+Enter, then choose."),
        new_code_cell("from priorauth.exam import question"),
    ]  # fmt: skip
    asked: dict[str, Any] = {}
    for number, item in enumerate(items, 1):
        name = f"p{number:02d}"
        made = compile_item(item, None, {}).data
        right = [str(item.key)] if item.kind == "true_false" else item.right_letters if item.options else []
        options = {k: {"text": plain_marks(o.text), "because": plain_marks(o.because), "right": k in right} for k, o in item.options.items()}  # fmt: skip
        asked[name] = {
            "id": name,
            "kind": item.kind,
            "question": "Choose after reading the text above.",
            "options": options,
        }
        if item.kind == "numeric":
            keep = {k: made[k] for k in ("form", "key", "tolerance", "rejects")}
            asked[name] |= keep | {"question": "Type your answer.", "explain": plain_marks(item.explain)}
        cells.append(
            _text(
                f"## Question {number}\n\n*Objective {item.objective}, section {item.section}*\n\n{plain_marks(item.prompt.strip())}"
            )
        )
        code = new_code_cell(f'question("{name}")')
        code.metadata["jupyter"] = {"source_hidden": True}
        cells.append(code)
    return _finish(cells), dump(
        {"module": "practice", "title": f"Practice exam {seed}", "items": {}, "practice": asked}
    )


def write_form(name: str, parts: list[Part], seed: int, minutes: int, root: Path = ROOT) -> list[Path]:
    """Make a form an nbgrader assignment: source, release, keys and public part. Returns the files."""
    from coursekit.build.release import make_release
    from coursekit.files import write_whole

    source, release = root / "source" / name, root / "release" / name
    files = {
        source / f"{name}.ipynb": text_of(exam_notebook(name, parts, minutes)),
        source / "form.json": public_text(name, parts),
        root / "coursekit" / "keys" / f"{name}.json": keys_text(name, parts, seed),
        root / "priorauth" / "public" / f"{name}.json": public_text(name, parts),
    }
    for path, text in files.items():
        write_whole(path, text)
    make_release(source, release, root)
    return [*files, *sorted(p for p in release.rglob("*") if p.is_file())]


def practice_path(workspace: Path, seed: int) -> Path:
    """Where the practice exam of a seed is."""
    return workspace / f"{PRACTICE}{seed}" / f"{PRACTICE}{seed}.ipynb"


def write_practice(workspace: Path, seed: int, root: Path = ROOT) -> Path:
    """The practice exam of a seed in the workspace; one that is there already stays as it is."""
    from coursekit.exam.form import draw_practice
    from coursekit.files import write_whole
    from coursekit.notebooks import trust

    path = practice_path(workspace, seed)
    if not path.exists():
        notebook, public = practice_notebook(draw_practice(seed, root), seed)
        write_whole(path.with_name("form.json"), public)
        write_whole(path, text_of(notebook))
        trust(path)
    return path
