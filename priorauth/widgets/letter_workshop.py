"""Letter workshop: write an appeal letter and see its parts, its loose claims, the pages it names, and its reading grade."""

from __future__ import annotations

from typing import ClassVar

import ipywidgets as widgets

from priorauth import letter
from priorauth.widgets import base

TITLE = "Letter workshop"
KEPT = (
    "What you write stays in the list Start from for as long as this notebook runs, also when you run the cell again. "
    "It is not saved with the notebook: to keep it, copy it into a file or into the cell of your answer."
)


def card(found: letter.Check, pages: dict[str, str]) -> str:
    """A check as finished HTML."""
    parts = [(part.name, "yes" if there else "MISSING", part.says) for part, there in found.parts]
    named = [(page, says, found.linked.get(page, 0)) for page, says in pages.items()]
    loose = "".join(f"<li>{base.text(claim)}</li>" for claim in found.loose)
    pairs = [
        ("Reading grade", f"{found.grade:.1f} ({letter.GRADE:g} or less is easy to follow)"),
        ("Words", f"{found.length} (at most {letter.LONGEST})"),
        ("Pages named that are not there", ", ".join(found.unknown) or "none"),
    ]
    return (
        base.table(["Part", "There?", "What it says"], parts, "The eight parts")
        + base.table(["Page", "What it says", "Times named"], named, "The pages")
        + base.panel(base.definition_list(pairs) + (f"<p>Claims without a page:</p><ul>{loose}</ul>" if loose else ""))
    )


class LetterWorkshop(base.Tool):
    """The tool itself. It starts with a draft that has gaps. `mine` is the name of the learner's letter in the box, if any."""

    written: ClassVar[dict[str, str]] = {}  # the learner's own letters, kept as long as the kernel lives

    def __init__(self) -> None:
        self.case = letter.cases()[0]
        self.mine = ""
        self._quiet = False
        self.draft = base.choice("Start from", self._names())
        self.box_of_text = widgets.Textarea(
            description="Letter",
            value=self.case.drafts[self.draft.value],
            continuous_update=False,
            style=base.WIDE,
            layout=widgets.Layout(width="98%", height="230px"),
        )
        self.check = base.button("Check the letter", "Say which parts are there and which claims name no page")
        facts = "".join(f"<li>{base.text(fact)}</li>" for fact in self.case.facts)
        self.about = f"<p>{base.text(self.case.name)} (invented)</p><ul>{facts}</ul>"
        drafts = "".join(
            f"<h4>{base.text(name)}</h4><p>{base.text(words)}</p><p>{base.text(self._of(words).sentence)}</p>"
            for name, words in self.case.drafts.items()
        )
        super().__init__(
            TITLE,
            "Read the case, change the letter, and press Check the letter. Name pages as P1, P2 and so on.",
            [widgets.HTML(self.about), self.draft, self.box_of_text, widgets.HTML(f"<p>{KEPT}</p>"), self.check],
            self.about + drafts,
        )
        self.box_of_text.observe(lambda _: self._keep(), names="value")
        self.draft.observe(lambda _: self._take(), names="value")
        self.check.on_click(lambda _: self.tell())
        self.show(card(self._of(self.box_of_text.value), self.case.pages))

    def _of(self, words: str) -> letter.Check:
        return letter.check(words, self.case.pages)

    def _names(self) -> list[tuple[str, str]]:
        return [(name, name) for name in (*self.case.drafts, *self.written)]

    def _keep(self) -> None:
        """Keep what the learner wrote: as a letter of its own, or as the newer words of the one in the box."""
        words = self.box_of_text.value
        if self._quiet or not words.strip() or words in self.case.drafts.values():
            return
        self.mine = self.mine or f"my letter {len(self.written) + 1}"
        self.written[self.mine] = words

    def _take(self) -> None:
        """Put the chosen letter into the box. The one that the learner wrote before comes into the list."""
        if self._quiet:
            return
        name = self.draft.value
        self._quiet = True
        if self._names() != list(self.draft.options):
            with self.draft.hold_sync():  # new options choose the first one, and the page need not see that
                self.draft.options = self._names()
                self.draft.value = name
        self.mine = name if name in self.written else ""
        self.box_of_text.value = self.written.get(name) or self.case.drafts[name]
        self._quiet = False
        self.tell()

    def tell(self) -> None:
        """Show and say what the check found."""
        found = self._of(self.box_of_text.value)
        self.show(card(found, self.case.pages))
        self.say(found.sentence)


def letter_workshop() -> LetterWorkshop:
    """Open the letter workshop."""
    return LetterWorkshop()
