"""The handbook's text as HTML: Markdown, citations as numbers with a list of sources, boxes to tick, words with a link."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

from markdown_it import MarkdownIt

from coursekit.errors import CourseError
from coursekit.marks import INLINE
from priorauth import facts, glossary

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_CITATION = re.compile(r"⟦(\d+)⟧")
_AGAIN = re.compile(r"(⟦\d+⟧)(?:\s*\1)+")
_BEFORE = re.compile(r"\s+(?=⟦)")
_WORD = re.compile(r"⟪([^|⟫]+)\|([^⟫]+)⟫")
_BOX = '<span class="box" aria-hidden="true"></span>'
_BLANK = re.compile(r"_{4,}")


class Text:
    """Renders the parts of one page and remembers what it cited, in order.

    `word_url` gives the address of a glossary entry; without it words stand in bold.
    """

    def __init__(self, where: str, word_url: Callable[[str], str] | None = None) -> None:
        self.where = where
        self.word_url = word_url
        self.cited: list[str] = []

    def html(self, markdown: str) -> str:
        """A block of Markdown as safe HTML. Raises `CourseError` for an unknown fact or word."""
        html = _MARKDOWN.render(INLINE.sub(self._mark, markdown))
        html = html.replace("<li>[ ] ", f'<li class="tick">{_BOX}')
        html = re.sub(r"<ul>(?=\s*<li class=\"tick\")", '<ul class="ticks">', html)
        html = _BLANK.sub(lambda m: f'<span class="blank" style="width:{len(m[0]) * 0.55:.1f}em"></span>', html)
        html = _WORD.sub(lambda m: self._word(m[1], m[2]), html)
        html = _BEFORE.sub("\u202f", _AGAIN.sub(r"\1", html))  # a number never begins a line
        html = _CITATION.sub(r'<sup class="cite"><a href="#source-\1" aria-label="Source \1">\1</a></sup>', html)
        return re.sub(r"<table>(.*?)</table>", self._table, html, flags=re.DOTALL)

    def inline(self, markdown: str) -> str:
        """One line, without a paragraph around it."""
        return re.sub(r"^<p>|</p>$", "", self.html(markdown).strip())

    def sources(self) -> list[tuple[int, str]]:
        """The sources cited so far, by number. Two facts from one place share it."""
        return list(enumerate(self.cited, 1))

    def _mark(self, match: re.Match[str]) -> str:
        kind, argument, shown = match.groups()
        try:
            if kind == "cite":
                source = facts.cite(argument).strip("()")
                if source not in self.cited:
                    self.cited.append(source)
                return f"⟦{self.cited.index(source) + 1}⟧"
            if kind == "term":
                return f"⟪{glossary.term(argument).term}|{shown or argument}⟫"
        except LookupError as problem:
            raise CourseError(f"{self.where}: {problem}") from None
        raise CourseError(f"{self.where}: the mark {match[0]} is unknown.")

    def _word(self, term: str, shown: str) -> str:
        if self.word_url is None:
            return f"<strong>{shown}</strong>"
        return f'<a href="{escape(self.word_url(term))}"><strong>{shown}</strong></a>'

    @staticmethod
    def _table(match: re.Match[str]) -> str:
        """A frame that scrolls by keyboard; the first column names the row; empty cells are room to write."""
        inner = match[1].replace("<td></td>", '<td class="room"></td>')
        inner = re.sub(r"<td>(?=[^\n]*:</td>)", '<td class="room write">', inner)
        inner = re.sub(r"<th></th>", "<td></td>", inner)
        columns = inner.split("</tr>", 1)[0].count("<th") - inner.count("<thead")
        return (
            '<div class="wide" tabindex="0" role="group" aria-label="Table">'
            f'<table class="cols-{columns}">{inner}</table></div>'
        )


def anchor(term: str) -> str:
    """The id of a term on the glossary page."""
    return term.replace(" ", "-")
