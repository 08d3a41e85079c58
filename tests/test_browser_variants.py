"""A learner's own records in JupyterLab: running the answer cell puts her lines into it, and her work is never replaced."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from browser_tools import chromium_running, keep, learner_lab, open_module
from conftest import compiled_module
from test_variants import ITEMS

from coursekit.build.compile import drawn
from priorauth import answers, data, learner

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_answer_cell_fills_itself_with_the_learners_lines(tmp_path: Path) -> None:
    module, item = ITEMS[0]
    space = tmp_path / "workspace"
    path = space / module / f"{module}.ipynb"
    learner.keep("ada", space)
    own = data.cases(item, "ada")
    c = next(c for c in compiled_module(module) if c.item.id == item)
    with chromium_running() as chromium, learner_lab(space, tmp_path / "server.log") as address:
        context = chromium.new_context(viewport={"width": 1280, "height": 900})
        _, notebook = open_module(context, address, path)
        notebook.run_all()
        filled = notebook.source(item)
        assert [r for r in data.pool(item) if r in filled] == [r for r in data.pool(item) if r in own]
        assert answers.is_blank(_value(filled, c.item.answer_name)) and "answer_lines" not in filled
        keep(notebook.page, "variants-lines")

        check = notebook.cell(f"{item}-check")
        check.locator(".jp-InputPrompt").click()
        check.get_by_text("Not attempted yet").wait_for()
        notebook.write(item, drawn(c, "ben").solution)  # a neighbor's answer, and the way out that the notice names
        notebook.run_all()
        said = check.get_by_text("These are not your records").first.text_content()
        notebook.write(item, re.findall("`(.+?)`", said)[0])
        notebook.cell(item).locator(".cm-line").filter(has_text=own[0]).wait_for()
        assert notebook.source(item) == filled
        notebook.write(item, drawn(c, "ada").solution)
        notebook.run_all()
        assert notebook.source(item).strip() == drawn(c, "ada").solution.strip()
        check.get_by_text(f"{len(own)} of {len(own)} filled in").wait_for()
        notebook.save()
        saved = {cell.id: cell.source for cell in nbformat.read(path, as_version=4).cells}
        assert saved[item].strip() == drawn(c, "ada").solution.strip()
        context.close()


def _value(source: str, name: str) -> object:
    names: dict[str, object] = {}
    exec(source, names)
    return answers.plain(names[name])
