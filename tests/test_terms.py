"""Words of the trade in the modules: each is defined, and linked where a module uses it first."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from conftest import MODULES

from coursekit.build import first_use
from coursekit.build.assemble import assemble
from coursekit.items import ROOT, load_module
from coursekit.marks import INLINE
from priorauth import glossary

WORDS = "#Words-of-this-module"
# Abbreviations that patients and newspapers use, marks that nobody should write (SQ, HS), codes on a claim, and the marks of this course's own records.
COMMON = frozenset(
    "SQ HS CO PR MR MRI CT PET ECG IV FDA CMS BMI LDL COPD CPAP US OK ID ON IT LST PLN POL SOC THER XXXA III II".split()
)
CITATION = re.compile(r"\((?:[^()]|\([^()]*\))*as of \d{4}-\d\d\)")
CODE = re.compile(r"(?s:```.*?```)|`[^`\n]*`|https?://\S+|\{\{(?!term)[^}]*\}\}")


def text_of(name: str) -> str:
    return (ROOT / "notebooks" / name / f"{name}.md").read_text(encoding="utf-8").split("---", 2)[2]


def plain(name: str) -> str:
    """The module's text without code and marks."""
    return INLINE.sub(lambda m: m[3] or m[2], CODE.sub(" ", text_of(name)))


def explained(short: str, text: str) -> bool:
    """An abbreviation stands in brackets after its words, before its meaning in brackets, or in a table of meanings."""
    word = re.escape(short)
    return bool(
        re.search(rf"\w[^.\n(]* \((?:the )?\**{word}s?\**[),]", text)
        or re.search(rf"\b{word}s?\**,? \((?!\d)\w", text)
        or re.search(rf"^\|[^\n]*\b{word}\b[^\n]*\|", text, re.M)
        or re.search(rf"\*\*[^*\n]*\b{word}s?\b[^*\n]*\*\*", text)
        or re.search(rf"\b{word}, \"", text)
        or re.search(rf"\w, the {word},", text)
        or re.search(rf"such as [^.\n]*\b{word} for ", text)
    )


def test_no_abbreviation_is_used_that_nobody_explains() -> None:
    """In the glossary, or explained in this module or one before it."""
    known = {w for t in glossary.all_terms() for n in (t.term, *t.aliases) for w in re.findall(r"[A-Za-z&]+", n)}
    before, found, looked = "", {}, 0
    for name in MODULES:
        text = plain(name)
        before += text
        for short in {m[0].rstrip("s") for m in re.finditer(r"\b[A-Z][A-Z&]{1,6}s?\b", text)}:
            looked += 1
            if len(short) > 1 and short not in known | COMMON and not explained(short, before):
                found.setdefault(name, []).append(short)
    assert looked > 100
    assert not found


def test_an_abbreviation_without_words_is_found() -> None:
    assert not explained("XYZ", "The XYZ decides. Ask XYZ.")
    assert explained("XYZ", "The external yes zone (XYZ) decides.")
    assert explained("XYZ", "The XYZ (external yes zone) decides.")


@pytest.mark.parametrize("name", MODULES)
def test_each_word_is_linked_where_a_module_uses_it_first(name: str) -> None:
    """In the notebook as it is built: no use before the first link, and each linked word is defined at its end."""
    module, path = load_module(name), ROOT / "notebooks" / name / f"{name}.md"
    compiled: list = [SimpleNamespace(item=item, data={"form": {}}, starter="", solution="") for item in module.items]
    cells = assemble(module, compiled, path).cells
    lesson = [c.source for c in cells if c.cell_type == "markdown" and not c.id.endswith("-prompt")]
    words = next(s for s in lesson if s.startswith("## Words of this module"))
    defined = set(re.findall(r"^- \*\*(.+?)\*\*:", words, re.M))
    linked: set[str] = set()
    for source in lesson[: lesson.index(words)]:
        if source.startswith(("# Module", "## What you will be able to do")):
            continue
        source = CITATION.sub("", source)
        links = [
            (m.start(), glossary.term(_term(m))) for m in re.finditer(rf"\[[^\]]+\]\({WORDS} \"([^\"]+)\"\)", source)
        ]
        early = [
            t.term
            for start, _, t in first_use.uses(source)
            if t.term not in linked | {x.term for p, x in links if p < start}
        ]
        assert not early, (name, early, source[:200])
        linked |= {t.term for _, t in links}
    assert linked <= defined and len(linked) >= 7


def _term(link: re.Match[str]) -> str:
    """The term whose definition is the title of a link."""
    return next(t.term for t in glossary.all_terms() if t.short.replace('"', "'") == link[1])


def test_marks_are_set_once_and_only_in_running_text() -> None:
    text = "## A payer\n\n| payer |\n\nA payer pays. `payer` [payer](x) {{term: pend}} and a Payer. Harbor Advantage HMO. An HMO."
    linked: set[str] = set()
    made = first_use.marked(text, linked)
    assert made.count("{{word: ") == 2
    assert "A {{word: payer|payer}} pays." in made and "An {{word: HMO|HMO}}." in made
    assert linked == {"payer", "HMO", "pend"}
    assert first_use.marked("A payer and a pend.", linked) == "A payer and a pend."
    assert first_use.marked("Two payers.", set()) == "Two {{word: payer|payers}}."


def test_every_core_word_is_used_by_a_module(capsys: pytest.CaptureFixture[str]) -> None:
    used = {t.term for name in MODULES for _, _, t in first_use.uses(CODE.sub(" ", text_of(name)))}
    used |= {glossary.term(m[2]).term for name in MODULES for m in INLINE.finditer(text_of(name)) if m[1] == "term"}
    missing = [t.term for t in glossary.all_terms() if t.term not in used]
    core = [t.term for t in glossary.all_terms() if t.core and t.term in missing]
    with capsys.disabled():
        print(f"\n{len(missing)} of 140 words are used by no module: {', '.join(missing)}")
    assert len(MODULES) < 12 or not core
