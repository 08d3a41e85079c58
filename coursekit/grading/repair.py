"""Mending: a submission's cells are matched with the release, and put so that every answer that survives counts.

Nothing of the learner's is thrown away but copies that hold no answer. What was done is said in notes. The submitted
file itself is never changed.
"""

from __future__ import annotations

import ast
import copy
import itertools
import re

from coursekit.errors import CourseError
from coursekit.grading.collect import Submission
from coursekit.grading.edition import Edition, is_solution, nbgrader
from coursekit.grading.reading import read_cells
from coursekit.notebooks import NEW_EDITION, Cell, filled, grade_id

SHORTEST = 14  # letters of a release cell's text by which it is found inside another cell
PARTS = 4  # pieces of a cut answer that are put together in any order


def mend(submission: Submission, edition: Edition) -> tuple[str, list[Cell], list[str]]:
    """Name of the submitted notebook, its cells mended, and notes. Raises `CourseError` when there is nothing to grade."""
    name, cells, notes = _find(submission, edition)
    if untouched(cells, edition):
        return name, cells, notes
    mended, more = mend_cells(cells, edition)
    return name, mended, notes + more


def _find(submission: Submission, edition: Edition) -> tuple[str, list[Cell], list[str]]:
    """The file that holds the exercises: the one with its usual name, else the one with most of their cells.

    A file without any answer gives way to one that has some. The others are named.
    """
    usual = f"{edition.module}.ipynb"
    notebooks = [
        n
        for n in submission.files
        if n.lower().endswith((".ipynb", ".ipynb.txt")) and NEW_EDITION not in n and n != usual
    ]
    texts = [n for n in submission.files if n.endswith((".py", ".md"))]
    problems, found = [], []
    for name in [*([usual] if usual in submission.files else []), *notebooks, *texts]:
        if found and name in texts:
            break
        try:
            cells, notes = read_cells(name, submission.files[name])
        except CourseError as problem:
            if name not in texts:
                problems.append(str(problem))
            continue
        known = len({i for i in edition.items if any(holds(c, i, edition) for c in cells)})
        if known:
            some = any(
                filled(c["source"], edition.cells[edition.at[i]]["source"])
                for i in edition.items
                for c in cells
                if holds(c, i, edition)
            )
            found.append((some, name == usual, known, submission.times.get(name, 0), name, cells, notes))
        elif name not in texts:
            problems.append(f"{name} holds no exercise of {edition.module}.")
    if not found:
        if problems:
            raise CourseError(" ".join(problems) + " Ask the learner to hand in the file again.")
        raise CourseError(f"There is no notebook of {edition.module} in {submission.folder}.")
    *_, name, cells, notes = max(found, key=lambda f: f[:5])
    others = sorted(f[4] for f in found if f[4] != name)
    if name != usual:
        why = f"{usual} is not there"
        if usual in others:
            why = f"{usual} holds no answer"
        elif usual in submission.files and problems:
            why = problems[0].rstrip(".")
        notes = [f"{why}; {name} holds the same exercises and was used.", *notes]
    left = [n for n in others if n != usual or name == usual]
    if left:
        notes = [*notes, f"There was more than one notebook: {name} was graded, and {', '.join(left)} left aside."]
    return name, cells, notes


def holds(cell: Cell, item: str, edition: Edition) -> bool:
    """Whether a cell is, or gives, the answer to an item."""
    return (
        grade_id(cell) == item or cell.get("id") == item or assigns(cell["source"], edition.items[item]["answer_name"])
    )


def assigns(source: str, name: str) -> bool:
    """Whether a text has a line that gives the answer's name a value."""
    return name in source and re.search(rf"^{re.escape(name)}\s*(?::[^=\n]+)?=(?!=)", source, re.M) is not None


def _assigns_any(source: str, edition: Edition) -> bool:
    return any(assigns(source, i["answer_name"]) for i in edition.items.values())


def untouched(cells: list[Cell], edition: Edition) -> bool:
    """Whether every cell of the release is there once, in order, with its type and id; learners may add cells."""
    seen = -1
    for cell in cells:
        name = grade_id(cell)
        at = edition.at.get(name or str(cell.get("id")))
        if at is None:
            if name:
                return False
            if cell["cell_type"] != "markdown" and _assigns_any(cell["source"], edition):
                return False
            continue
        if at != seen + 1 or cell["cell_type"] != edition.cells[at]["cell_type"]:
            return False
        if name != grade_id(edition.cells[at]):
            return False
        if name and nbgrader(cell).get("solution") != nbgrader(edition.cells[at]).get("solution"):
            return False
        seen = at
    return seen == len(edition.cells) - 1


def mend_cells(cells: list[Cell], edition: Edition) -> tuple[list[Cell], list[str]]:
    """Cells in the release's order, each of its cells once, the learner's own cells where they stood; and notes."""
    notes: list[str] = []
    cells = [piece for cell in cells for piece in _unmerged(cell, edition, notes)]
    places = _places(cells, edition)
    answers = {i: _answer(i, cells, places, edition, notes) for i in edition.items}
    used = {id(c) for found in answers.values() for c in found}
    blank = {edition.cells[edition.at[i]]["source"].strip() for i in edition.items}
    kept: dict[int, list[Cell]] = {}
    own: dict[int, list[Cell]] = {-1: []}  # position in the release -> the learner's cells that stand behind it
    behind = -1
    order = []
    for cell, at in zip(cells, places, strict=True):
        if at is not None:
            order.append(at)
            behind = at
        if id(cell) in used or (at is not None and is_solution(edition.cells[at])):
            continue
        if (
            at is None and cell["source"].strip() in blank
        ):  # a copy that holds no answer must not undo the one that does
            continue
        if at is None:
            own.setdefault(behind, []).append(cell)
        else:
            kept.setdefault(at, []).append(cell)
    if order != sorted(order):
        notes.append("Cells stood in another order; they were put back in the order of the release.")
    mended = list(own[-1])
    missing = []
    for at, given in enumerate(edition.cells):
        name = grade_id(given)
        if name in answers:
            parts = answers[name]
            if not parts:
                missing.append(name)
            mended += [_plain(p) for p in parts[:-1]] + [_as(given, parts[-1] if parts else given)]
        elif at in kept:
            mended.append(_as(given, kept[at][-1]))
            if len(kept[at]) > 1 and name:
                notes.append(f"The cell {name} stood there twice; the last one counts.")
        else:
            if given["cell_type"] == "code":
                missing.append(name or "of the lesson")
            mended.append(_as(given, given))
        mended += own.get(at, [])
    if missing:
        lesson = missing.count("of the lesson")
        named = [m for m in missing if m != "of the lesson"] + ([f"{lesson} of the lesson"] if lesson else [])
        notes.append(f"Missing cells were put back: {', '.join(named)}.")
    return mended, notes


def _plain(cell: Cell) -> Cell:
    """A code cell without nbgrader's marks."""
    return {"cell_type": "code", "metadata": {}, "source": cell["source"]}


def _as(given: Cell, cell: Cell) -> Cell:
    """A cell in the role that the release gives it, with the learner's text where she may write."""
    role = copy.deepcopy({k: v for k, v in given.items() if k not in ("outputs", "execution_count")})
    if not grade_id(given) or is_solution(given):
        role["source"] = cell["source"]
    return role


def _places(cells: list[Cell], edition: Edition) -> list[int | None]:
    """For each cell its position in the release: by nbgrader's id, by the cell's id, by its text."""
    texts: dict[str, list[int]] = {}
    for i, c in enumerate(edition.cells):
        texts.setdefault(c["source"].strip(), []).append(i)
    places: list[int | None] = [edition.at.get(grade_id(c)) if grade_id(c) else None for c in cells]
    taken = {p for p in places if p is not None}
    for by_text in (False, True):
        for i, cell in enumerate(cells):
            if places[i] is not None or grade_id(cell) in edition.at:
                continue
            if by_text:
                found = next((p for p in texts.get(cell["source"].strip(), []) if p not in taken), None)
            else:
                found = edition.at.get(str(cell.get("id")))
            if found is not None and found not in taken:
                places[i] = found
                taken.add(found)
    return places


def _answer(item: str, cells: list[Cell], places: list[int | None], edition: Edition, notes: list[str]) -> list[Cell]:
    """The cells that hold the answer to an item, in order; the last one takes the answer's place."""
    at = edition.at[item]
    starter = edition.cells[at]["source"].strip()
    name = edition.items[item]["answer_name"]
    mine = [c for c, p in zip(cells, places, strict=True) if p == at]
    if not any(c["source"].strip() not in ("", starter) for c in mine):
        strays = [c for c, p in zip(cells, places, strict=True) if p is None and assigns(c["source"], name)]
        if strays:
            if mine:
                notes.append(f"The answer to {item} stands in a cell of its own; it was used.")
            else:
                notes.append(f"The answer cell of {item} was found by its text.")
            mine += strays
    written = _without_blanks([c for c in mine if c["source"].strip()], starter)
    if len(mine) > 1 and written:
        if len(written) < len(mine):
            notes.append(f"The cell {item} stood there twice; the copy with an answer counts.")
        elif not any(_whole(c["source"]) for c in written):
            notes.append(f"The answer cell of {item} was split; its parts were joined.")
        else:
            notes.append(f"The cell {item} stood there twice; the last one counts.")
    if len(written) > 1 and not all(_whole(c["source"]) for c in written):
        for parts in itertools.permutations(written[:PARTS]):  # as they stand, or in another order
            joined = "\n".join(c["source"] for c in (*parts, *written[PARTS:]))
            if _whole(joined):
                for part in written:
                    part["source"] = ""
                written[0]["source"] = joined
                return written[:1]
    if written and not _whole(written[-1]["source"]):
        written[-1] = _joined(written[-1], cells, places, item, notes)
    if mine and mine[-1]["cell_type"] != "code":
        notes.append(f"The answer cell of {item} was no code cell any more; it is one again.")
    return written or mine[-1:]


def _without_blanks(parts: list[Cell], starter: str) -> list[Cell]:
    """What is left without copies of the text that was given, also cut into pieces: they must undo no answer."""
    blank = "".join(starter.split())
    begin = 0
    while begin < len(parts):
        text = ""
        for end in range(begin, min(begin + PARTS, len(parts))):
            text += "".join(parts[end]["source"].split())
            if text == blank:
                parts = parts[:begin] + parts[end + 1 :]
                break
        else:
            begin += 1
    return parts


def _joined(half: Cell, cells: list[Cell], places: list[int | None], item: str, notes: list[str]) -> Cell:
    """A cut answer with the cells without marks right behind it, if together they can be read."""
    begin = next(i for i, c in enumerate(cells) if c is half)
    text = half["source"]
    for end in range(begin + 1, min(begin + 5, len(cells))):
        if places[end] is not None:
            break
        text += "\n" + cells[end]["source"]
        if _whole(text):
            for cell in cells[begin + 1 : end + 1]:
                cell["source"] = ""
            half["source"] = text
            notes.append(f"The answer cell of {item} was split; its parts were joined.")
            break
    return half


def _whole(source: str) -> bool:
    """Whether a text is Python that can be read (lines for IPython are left aside)."""
    try:
        ast.parse(re.sub(r"^[ \t]*[%!].*$", "pass", source, flags=re.M))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _unmerged(cell: Cell, edition: Edition, notes: list[str]) -> list[Cell]:
    """A cell that swallowed others of the release, cut into them again; else the cell alone."""
    source = cell["source"]
    own = edition.at.get(grade_id(cell) or str(cell.get("id")))
    found = []
    for i, given in enumerate(edition.cells):
        piece = given["source"].strip()
        if i == own or len(piece) < SHORTEST or len(piece) >= len(source.strip()) or piece not in source:
            continue
        if is_solution(given):
            continue
        start = source.find(piece)
        end = start + len(piece)
        if (start == 0 or source[start - 1] == "\n") and (end == len(source) or source[end] == "\n"):
            found.append((start, -len(piece), i))
    if own is not None and not is_solution(edition.cells[own]):
        piece = edition.cells[own]["source"].strip()
        start = source.find(piece)
        more = source.replace(piece, "", 1)
        if start >= 0 and more.strip() and (found or _assigns_any(more, edition)):
            found.append((start, -len(piece), own))
    holds = any(i == own for *_, i in found)  # a cell of the lesson that swallowed others
    if not found or (_is_merely_code(cell, found, edition) and not (holds and _assigns_any(more, edition))):
        return [cell]
    pieces: list[Cell] = []
    at = 0
    for start, length, i in sorted(found):
        if start < at:
            continue
        pieces += _rest(source[at:start], cell, edition)
        given = edition.cells[i]
        pieces.append({"cell_type": given["cell_type"], "metadata": {"nbgrader": nbgrader(given)} if nbgrader(given) else {},
                       "source": given["source"], "id": given.get("id")})  # fmt: skip
        at = start - length
    pieces += _rest(source[at:], cell, edition)
    notes.append(f"Cells that had been merged were parted again ({len(pieces)} parts).")
    return pieces


def _is_merely_code(cell: Cell, found: list[tuple[int, int, int]], edition: Edition) -> bool:
    """A code cell that swallowed only code works as it is, unless answers to several items stand in it."""
    if cell["cell_type"] != "code" or any(edition.cells[i]["cell_type"] != "code" for *_, i in found):
        return False
    return not any(nbgrader(edition.cells[i]) for *_, i in found)


def _rest(text: str, cell: Cell, edition: Edition) -> list[Cell]:
    """What stands between pieces: an answer where it gives an answer's name a value, else a cell like its origin."""
    if not text.strip():
        return []
    for item, known in edition.items.items():
        if assigns(text, known["answer_name"]):
            given = edition.cells[edition.at[item]]
            return [{"cell_type": "code", "metadata": {"nbgrader": nbgrader(given)}, "source": text.strip("\n")}]
    own = is_solution(cell)
    return [
        {"cell_type": cell["cell_type"], "metadata": dict(cell["metadata"]) if own else {}, "source": text.strip("\n")}
    ]
