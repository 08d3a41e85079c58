"""Everyone can read it: the rules that a text alone can break, a planted fault for each, and all modules without one."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest
from conftest import MODULES, read_built

from coursekit import access
from coursekit.items import ROOT, load_module

# a fault; what is said about it; the same without the fault
FAULTS = {
    "no alt": ('<img src="a.png">', "no text for those", '<img src="a.png" alt="Three boxes in a row">'),
    "empty alt": ('<img src="a.png" alt=" ">', "no text for those", '<img src="a.png" alt="A bar for each month">'),
    "alt is 'image'": ('<img src="a.png" alt="Image">', "says only", '<img src="a.png" alt="A path of five steps">'),
    "alt is a file": ('<img src="a.png" alt="life_cycle.svg">', "says only", '<img src="a.png" alt="The life of a request">'),
    "svg without a name": ("<svg></svg>", "no text for those", '<svg aria-label="One bar a month"></svg>'),
    "two titles": ("<h1>Again</h1>", "headings of level 1", "<h2>Again</h2>"),
    "a level left out": ("<h2>A</h2><h4>B</h4>", "leave no level out", "<h2>A</h2><h3>B</h3>"),
    "an empty heading": ("<h2> </h2>", "is empty", "<h2>Words</h2>"),
    "a vague link": ('<a href="a">Read more</a>', "where it leads", '<a href="a">Read the rule</a>'),
    "a link without words": ('<a href="a"></a>', "has no words", '<a href="a"><img alt="To the next page"></a>'),
    "a bare address": ('<a href="https://a.b">https://a.b/c</a>', "bare address", '<a href="https://a.b">Read it at a.b</a>'),
    "a table without headers": ("<table><tr><td>1</td></tr></table>", "no headers", "<table><tr><th>a</th></tr></table>"),
    "an empty header": ("<table><tr><th></th><th>a</th></tr></table>", "is empty", "<table><tr><th>b</th></tr></table>"),
    "a tooltip only": ('<abbr title="more">PA</abbr>', "tooltip only", '<abbr title="more">PA</abbr> <p>more</p>'),
    "color alone": ("<p>Look at the red bars.</p>", "color alone", "<p>Look at the red, hatched bars.</p>"),
    "color alone, marked": ("<p>It is marked in green.</p>", "color alone", "<p>The word right stands beside it.</p>"),
    "place alone": ("<p>Press the button on the right.</p>", "place or shape", "<p>Press the button Next.</p>"),
    "click here": ("<p>Click here for the rule.</p>", "where it leads", "<p>Click on the cell.</p>"),
    "shouting": ("<p>DO NOT SEND THIS.</p>", "capitals", "<p>Do <strong>not</strong> send this.</p>"),
    "an emoji": ("<p>Well done \U0001f389</p>", "emoji", "<p>Well done ✓</p>"),
    "another script": ("<p>Это</p>", "not read aloud", "<p>José takes 20 µg.</p>"),
    "a short form": ("<p>Send it to the XYZ.</p>", "not written out", "<p>Send it to the Xylo Yard Zone (XYZ).</p>"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found_and_its_mended_form_is_not(fault: str) -> None:
    html, said, mended = FAULTS[fault]

    def found(part: str) -> list[str]:
        cells = [nbformat.v4.new_markdown_cell("# A title\n"), nbformat.v4.new_markdown_cell(part)]
        return access.of_notebook(nbformat.v4.new_notebook(cells=cells))

    assert [words for words in found(html) if said in words], found(html)
    assert found(mended) == []


def test_a_plot_without_words_is_found() -> None:
    """JupyterLab shows a plain PNG as a picture without a text."""
    plot = nbformat.v4.new_output("display_data", {"image/png": "AAAA", "text/plain": "<Figure size 640x480>"})
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("# Title"), nbformat.v4.new_code_cell("plt.show()", outputs=[plot])]
    )
    assert access.of_notebook(notebook) == ["A picture has no text for those who cannot see it: <img/>"]


def test_a_page_says_its_language_and_has_a_title() -> None:
    found = access.of_page("<html><body><h1>A</h1></body></html>")
    assert len(found) == 2 and "language" in found[0] and "title" in found[1]
    assert access.of_page('<html lang="en"><head><title>A</title></head><body><h1>A</h1></body></html>') == []


def test_a_fault_in_the_message_of_an_item_is_found() -> None:
    module = load_module(MODULES[0]).model_copy(deep=True)
    notebook = read_built("notebooks", MODULES[0])
    module.items[0].hints[0] = "Look at the green row."
    assert [w for w in access.of_module(module, notebook) if w.startswith(f"{module.items[0].id}: 'the green row'")]


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_without_a_fault(name: str) -> None:
    notebook = read_built("release", name)
    assert len(notebook.cells) > 60
    assert access.of_module(load_module(name), notebook) == []


def test_the_build_refuses_a_module_that_not_everyone_can_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import coursekit.build as build
    from coursekit.errors import CourseError

    name = MODULES[0]
    shutil.copytree(ROOT / "notebooks" / name, tmp_path / "notebooks" / name)
    (tmp_path / "datasets").mkdir()
    before = (tmp_path / "notebooks" / name / f"{name}.ipynb").read_bytes()
    fault = read_built("notebooks", name).copy()
    fault.cells = [*fault.cells, nbformat.v4.new_markdown_cell("![](img/life_cycle.svg)")]
    monkeypatch.setattr(build, "execute", lambda *_: fault)
    monkeypatch.setattr(build, "ROOT", tmp_path)
    monkeypatch.setattr(build, "compile_module", lambda *_: [])
    monkeypatch.setattr(build, "assemble", lambda *_: None)
    monkeypatch.setattr("coursekit.world.World.load", lambda *_: None)
    with pytest.raises(CourseError, match=f"{name}: not everyone can read this.\nA picture has no text"):
        build.build_module(load_module(name))
    assert (tmp_path / "notebooks" / name / f"{name}.ipynb").read_bytes() == before


def test_figures_are_shown_with_words() -> None:
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    from priorauth import plots, supply_plot

    axes = plots.bars({"May": 3, "Jun": 5}, "Requests, 2026", "Month", "Requests")
    shown = plots.picture(axes.figure)
    assert shown.startswith('<img src="data:image/png;base64,')
    assert 'alt="Plot: Requests, 2026. Requests against Month. Bars: May 3, Jun 5."' in shown
    figure, lying = plt.subplots()
    lying.barh(["lost", "late"], [4, 2.5])
    plots.picture(figure)  # the names of the bars are known once it is drawn
    assert "Bars: lost 4, late 2.5." in plots.in_words(figure)
    assert "after a gap of 78 days" in plots.in_words(supply_plot.example().figure)
    assert plots.picture(plt.figure()) is None
    plt.close("all")


def test_the_plots_of_the_lessons_have_words_with_figures_in_them() -> None:
    texts = []
    for name in MODULES:
        for cell in read_built("release", name).cells:
            for output in cell.get("outputs", []):
                if any(kind.startswith("image/") for kind in output.get("data", {})):
                    texts.append(output.data["text/html"].split('alt="')[1].split('"')[0])
    print(*texts, sep="\n")
    assert len(texts) >= 6
    assert all(sum(c.isdigit() for c in text) > 5 and len(text.split()) > 12 for text in texts)
