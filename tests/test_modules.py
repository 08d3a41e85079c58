"""Every module by the lines of "a module is done": shape, points, prose, code, outputs."""

from __future__ import annotations

import re
import statistics

import pytest
from conftest import MODULES, compiled_module, read_built

from coursekit import prose
from coursekit.items import ROOT, load_module

SHAPE = ("Casework", "Case study", "Post-quiz", "Key points", "Words of this module", "Sources", "What comes next")


@pytest.fixture(params=MODULES)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


def lesson_cells(name: str) -> list:
    return [c for c in read_built("release", name).cells if "nbgrader" not in c.metadata]


def test_points_and_parts(name: str) -> None:
    items = load_module(name).items
    by_part = {part: sum(i.points for i in items if i.id[4] == part) for part in "cwq"}
    assert by_part == {"c": 30, "w": 10, "q": 10}
    assert 5 <= sum(i.id[4] == "c" for i in items) <= 8
    assert sum(i.id[4] == "q" for i in items) == 10


def test_every_objective_is_tested_twice(name: str) -> None:
    module = load_module(name)
    assert 4 <= len(module.objectives) <= 6
    for objective in module.objectives:
        assert sum(i.objective == objective for i in module.items) >= 2, objective


def test_most_points_need_no_pandas(name: str) -> None:
    items = load_module(name).items
    share = sum(i.points for i in items if not i.pandas) / sum(i.points for i in items)
    print(f"{name}: {share:.0%} of points without pandas")
    assert share >= 0.70


def test_shape(name: str) -> None:
    text = "\n".join(c.source for c in read_built("release", name).cells if c.cell_type == "markdown")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    for part in SHAPE:
        assert any(h.startswith(part) for h in headings), f"{part} is missing from {headings}"
    sections = [h for h in headings if re.match(r"\d+\.\d+ ", h)]
    assert 4 <= len(sections) <= 7, sections
    for item in load_module(name).items:
        assert any(h.startswith(item.section + " ") for h in sections), f"{item.id} sends to {item.section}"
    for question in load_module(name).practice:
        assert any(h.startswith(question.section + " ") for h in sections), question.id


def test_lesson_size_and_code(name: str) -> None:
    cells = lesson_cells(name)
    assert 26 <= len(cells) <= 60, len(cells)
    shown = [
        c.source for c in cells if c.cell_type == "code" and not c.metadata.get("jupyter", {}).get("source_hidden")
    ]
    lengths = [len(s.splitlines()) for s in shown]
    print(
        f"{name}: {len(cells)} lesson cells, {len(shown)} with visible code, median {statistics.median(lengths)}, most {max(lengths)}"
    )
    assert statistics.median(lengths) <= 5 and max(lengths) <= 15


def prose_of(name: str) -> str:
    """The author's prose: no code, tables, headings, links' addresses, quotations or marks."""
    text = (ROOT / "notebooks" / name / f"{name}.md").read_text(encoding="utf-8")
    text = re.sub(r"\A---.*?---\n", "", text, flags=re.DOTALL)
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    text = re.sub(r"\{\{(?:term):\s*(?:[^}|]*\|)?\s*([^}|]*?)\s*\}\}", r"\1", text)
    text = re.sub(r"\{\{.*?\}\}", "", text)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    lines = [s for s in text.splitlines() if s.strip() and not s.lstrip().startswith(("|", "#", ">", "+++", "!", "<"))]
    return "\n\n".join(line.strip().lstrip("-*0123456789. ") for line in lines)


def test_reading_grade(name: str) -> None:
    grade = prose.reading_grade(prose_of(name))
    print(f"{name}: reading grade {grade:.1f}, {len(prose.words(prose_of(name)))} words")
    assert 3 < grade <= 10


def test_one_sentence_a_line(name: str) -> None:
    text = (ROOT / "notebooks" / name / f"{name}.md").read_text(encoding="utf-8")
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    for line in text.splitlines():
        if line.startswith(("|", "#", "{{")):
            continue
        assert not re.search(r"[a-z]{3}[.!?] [A-Z][a-z]+ ", re.sub(r"\*\*[^*]+[.!?]\*\*", "", line)), line


def test_messages_teach(name: str) -> None:
    """Each option, reject and part says why in a sentence, not only that it is wrong."""
    module = load_module(name)
    texts = [(p.id, o.because) for p in module.practice for o in p.options.values()]
    texts += [(i.id, o.because) for i in module.items for o in i.options.values()]
    texts += [(i.id, r.message) for i in module.items for r in i.rejects if r.message]
    texts += [(i.id, p.message) for i in module.items for p in i.parts]
    assert len(texts) > 40
    for owner, text in texts:
        assert len(prose.words(text)) >= 5, f"{owner}: {text!r}"


def test_rejects_are_there(name: str) -> None:
    """Three plausible misconceptions, each with its message, two other right forms for casework."""
    for item in load_module(name).items:
        if item.id[4] == "c":
            assert len([r for r in item.rejects if r.message]) >= 3, item.id
            assert len(item.accepts) >= 2, item.id
            assert len(item.hints) >= 2, item.id


def test_notebook_is_executed_and_quiet(name: str) -> None:
    code = [c for c in read_built("notebooks", name).cells if c.cell_type == "code"]
    assert len(code) > 20
    for cell in code:
        assert cell.execution_count, cell.source[:60]
        assert not [o for o in cell.outputs if o.output_type == "error" or o.get("name") == "stderr"], cell.source[:60]


def test_model_answers_earn_all_in_the_built_notebook(name: str) -> None:
    cells = {c.id: c for c in read_built("notebooks", name).cells}
    for c in compiled_module(name):
        outputs = cells[f"{c.item.id}-check"].outputs
        points = [float(o["data"]["text/plain"]) for o in outputs if o.output_type == "execute_result"]
        assert points == [c.item.auto_points], c.item.id


def test_widgets_have_a_static_first_state(name: str) -> None:
    """Two to four tools, each readable without a kernel, and no saved widget state."""
    notebook = read_built("release", name)
    assert "widgets" not in notebook.metadata
    text = [
        o["data"]["text/html"]
        for c in notebook.cells
        if c.cell_type == "code"
        for o in c.get("outputs", [])
        if "text/html" in o.get("data", {})
    ]
    tools = [t for t in text if "Read all of it as text" in t and "Practice m" not in t]
    assert 2 <= len(tools) <= 4


def test_pictures_have_alt_text(name: str) -> None:
    for cell in read_built("release", name).cells:
        if cell.cell_type == "markdown":
            for alt in re.findall(r"!\[([^\]]*)\]\(", cell.source):
                assert len(alt.split()) >= 5, alt


def test_release_has_no_graded_outputs_and_keeps_the_lessons(name: str) -> None:
    cells = read_built("release", name).cells
    graded = [c for c in cells if c.cell_type == "code" and "nbgrader" in c.metadata]
    assert len(graded) == 2 * len(load_module(name).items)
    assert not any(c.outputs for c in graded)
    assert sum(bool(c.get("outputs")) for c in lesson_cells(name)) >= 8
