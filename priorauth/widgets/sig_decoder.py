"""SIG decoder: directions piece by piece in words, marks that are easily misread, and a check of the learner's count."""

from __future__ import annotations

import ipywidgets as widgets

from priorauth import sig_coach
from priorauth.sig import Part, error_prone
from priorauth.widgets import base
from priorauth.widgets.fields import text_field


def _pieces(text: str) -> str:
    """What the directions say, and the marks to beware of, as finished HTML."""
    sig, said = sig_coach.read(text)
    html = f"<p><strong>{base.text(text)}</strong></p><p>{base.text(said)}</p>"
    if sig:
        written = _as_written(text, sig.parts)
        rows = [(w, p.kind, p.meaning) for w, p in zip(written, sig.parts, strict=True)]
        html += base.table(["Written", "Piece", "In words"], rows, "Piece by piece")
    marks = error_prone(text)
    if marks:
        rows = [(m.mark, m.may_be_read_as, m.write, "yes" if m.official else "no") for m in marks]
        html += base.table(
            ["Mark", "May be read as", "Safer to write", "On the official list"], rows, "Marks that are easily misread"
        )
    return html


def _as_written(text: str, parts: tuple[Part, ...]) -> list[str]:
    """The pieces in the letters of the person who wrote them; the parser works in lower case."""
    found, start = [], 0
    for part in parts:
        at = text.lower().find(part.text, start)
        start = at + len(part.text) if at >= 0 else start
        found.append(text[at:start] if at >= 0 else part.text)
    return found


def _counted(text: str, quantity: int) -> str:
    sig, _ = sig_coach.read(text)
    return base.definition_list(sig_coach.working(sig, quantity)) if sig else ""


class SigDecoder(base.Tool):
    """The tool itself: practice directions with their whole working, or the learner's own with a check of her count."""

    def __init__(self) -> None:
        names = [(f"{text}, quantity {n}" if n else text, text) for text, n in sig_coach.PRACTICE]
        self.example = base.choice("Practice directions", names)
        self.own = text_field("Or type your own", "", width="34em")
        self.read = base.button("Read my directions", "Say in words what the directions mean")
        self.count = text_field("My most in one day", "", width="16em")
        self.check = base.button("Check my count", "Compare your figure with the directions that are shown")
        everything = "".join(
            f"<h4>{base.text(text)}</h4>{_pieces(text)}{_counted(text, n)}" for text, n in sig_coach.PRACTICE
        )
        super().__init__(
            "SIG decoder",
            "Choose directions, or type your own and press Read my directions. Count the most in one day, then check your count.",
            [self.example, widgets.HBox([self.own, self.read]), widgets.HBox([self.count, self.check])],
            everything,
        )
        self.now, self.seen = self.example.value, ""  # the directions that are shown; own ones that were seen to
        self.example.observe(lambda _: self._open(self.example.value), names="value")
        self.read.on_click(lambda _: self._read_own())
        self.check.on_click(lambda _: self._check())
        self.show(self._card(counted=True))

    def _card(self, counted: bool) -> str:
        quantity = dict(sig_coach.PRACTICE).get(self.now, 0)
        working = _counted(self.now, quantity) if counted else ""
        return base.panel(_pieces(self.now) + working)

    def _open(self, text: str) -> None:
        self.now, self.seen = text, self.own.value.strip()
        self.show(self._card(counted=True))
        self.say(sig_coach.read(text)[1])

    def _read_own(self) -> None:
        text = self.own.value.strip()
        if not text:
            self.say("Type directions first, such as 1 tab PO BID.")
            return
        self.now = self.seen = text
        self.show(self._card(counted=False))
        sig, said = sig_coach.read(text)
        marks = len(error_prone(text))
        beware = f" {marks} mark{'s' if marks > 1 else ''} in it can be misread." if marks else ""
        self.say(said + (" Now count the most in one day." if sig else "") + beware)

    def _check(self) -> None:
        own = self.own.value.strip()
        if own and own != self.seen:
            self.say(f"Press Read my directions first. Now {self.now} is shown, not what you typed.")
            return
        sig, said = sig_coach.read(self.now)
        if sig is None:
            self.say(f"There is nothing to count. {said}")
        else:
            self.say(sig_coach.check_count(sig, self.count.value)[1])


def sig_decoder() -> SigDecoder:
    """Open the decoder."""
    return SigDecoder()
