"""Word-part builder: put prefix, root and suffix together, or take a term apart."""

from __future__ import annotations

import ipywidgets as widgets

from priorauth import wordparts
from priorauth.widgets import base
from priorauth.widgets.fields import text_field

HEADS = ["Part", "Kind", "Meaning", "Seen in", "Which means"]


def _rows(parts: list[wordparts.WordPart]) -> list[tuple[str, ...]]:
    return [(p.part, p.kind, p.meaning, p.word, p.means) for p in parts]


def described(built: wordparts.Built) -> str:
    """What was built, in one sentence."""
    if built.meaning:
        return f"{built.word}: {built.meaning}."
    return f"{built.word}: the parts say {built.literal}. It is not on the word list, so look it up before you use it."


def taken_apart(word: str) -> tuple[list[wordparts.WordPart], str]:
    """The parts of a typed word, and one sentence about them."""
    word = word.strip().lower()
    if not word.isalpha():
        return [], "Type one word of letters, such as nephritis."
    parts = wordparts.split(word)
    if not parts:
        return [], f"{word}: not all of its parts are in the table. Read from the end, and look the rest up."
    listed = wordparts.words().get(word)
    if listed:
        return parts, f"{word}: {listed[1]}."
    return parts, f"{word} has {len(parts)} parts from the table. Read them from the end, and say the meaning yourself."


class WordBuilder(base.Tool):
    """The tool itself: three lists and a button to build, a field and a button to take apart."""

    def __init__(self) -> None:
        def options(kind: str) -> list[tuple[str, str]]:
            return [("none", "")] + [(f"{p.part} ({p.meaning})", p.part) for p in wordparts.parts(kind)]

        self.prefix, self.root, self.suffix = (
            base.choice(label, options(kind))
            for label, kind in (("Prefix", "prefix"), ("Root", "root"), ("Suffix", "suffix"))
        )
        self.root.value, self.suffix.value = "arthr/o", "-itis"
        self.build = base.button("Build the word", "Put the chosen parts together and say what they mean")
        self.word = text_field("A term", "", width="20em")
        self.split = base.button("Take it apart", "Find the parts of the term")
        tables = "".join(
            base.table(HEADS, _rows(list(wordparts.parts(kind))), f"All parts of the kind {kind}")
            for kind in wordparts.KINDS
        )
        words = base.table(
            ["Word", "Parts", "Meaning"],
            [(word, " + ".join(parts), meaning) for word, (parts, meaning) in wordparts.words().items()],
            "Words of the list",
        )
        super().__init__(
            "Word-part builder",
            "Choose parts and press Build the word, or type a term and press Take it apart.",
            [
                self.prefix,
                self.root,
                self.suffix,
                self.build,
                widgets.HBox([self.word, self.split]),
            ],
            tables + words,
        )
        self.build.on_click(lambda _: self._build())
        self.split.on_click(lambda _: self._split())
        self.show(self._card())

    def _chosen(self) -> list[wordparts.WordPart]:
        return [wordparts.part(c.value) for c in (self.prefix, self.root, self.suffix) if c.value]

    def _card(self) -> str:
        built = wordparts.build(self.prefix.value, self.root.value, self.suffix.value)
        return base.panel(
            f"<p>{base.text(described(built))}</p>" + base.table(HEADS, _rows(self._chosen()), "Its parts")
        )

    def _build(self) -> None:
        try:
            self.show(self._card())
            built = wordparts.build(self.prefix.value, self.root.value, self.suffix.value)
            self.say(described(built))
        except ValueError as problem:
            self.show(base.panel(f"<p>{base.text(problem)}</p>"))
            self.say(str(problem))

    def _split(self) -> None:
        parts, said = taken_apart(self.word.value)
        table = base.table(HEADS, _rows(parts), "Its parts") if parts else ""
        self.show(base.panel(f"<p>{base.text(said)}</p>{table}"))
        self.say(said)


def word_builder() -> WordBuilder:
    """Open the builder."""
    return WordBuilder()
