"""NDC converter: the package's number to the eleven digits of a claim, or why one has to read the box."""

from __future__ import annotations

from priorauth import ndc
from priorauth.widgets import base, fields

BOX, SHEET, HAND = "box", "sheet", "hand"
SOURCES = (
    ("box, label or claim", BOX),
    ("spreadsheet column that held eleven digits", SHEET),
    ("hyphens put in by hand", HAND),
)
READERS = {BOX: ndc.to_eleven, SHEET: ndc.restored, HAND: ndc.split_by_hand}
EXAMPLES = ("9000-0101-01", "90001-138-02", "90002-0175-3", "90001-0138-02", "9000013802", "9000-0101-1", "9.0002E+10")


def page(number: str, source: str) -> tuple[str, str]:
    """(finished HTML, the sentence to say) for one number."""
    found = READERS[source](number)
    said = f"{found.eleven}. {found.why}" if found.eleven else f"Ask: {found.why}"
    html = f"<p><strong>{base.text(found.eleven or 'Ask, or read the box')}</strong>. {base.text(found.why)}</p>"
    parts = ndc.parts_of(number)
    if parts and found.eleven and source != HAND:
        rows = [(name, part, f"{len(part)} of {width}", becomes) for name, part, width, becomes in parts]
        html += base.table(["Part", "On the box", "Digits", "On the claim"], rows, "Part by part")
    if found.readings:
        html += base.table(
            ["If the box says", "Eleven digits would be"], found.readings, "Three readings, and no way to tell"
        )
    return base.panel(html), said


class NdcConverter(base.Tool):
    """The tool itself."""

    def __init__(self, number: str) -> None:
        self.number = fields.text_field("Package number", number, "as you see it, with hyphens")
        self.source = base.choice("Where it comes from", SOURCES)
        self.convert = base.button("Convert", "Turn it into eleven digits, or say why that cannot be done")
        rows = [(n, ndc.to_eleven(n).eleven or "ask", ndc.to_eleven(n).why) for n in EXAMPLES]
        super().__init__(
            "NDC converter",
            "Type a package number, say where it comes from, then press Convert.",
            [self.number, self.source, self.convert],
            base.table(["You see", "Eleven digits", "Why"], rows, "Examples, all invented"),
        )
        self.convert.on_click(lambda _: self._convert())
        self.show(page(number, BOX)[0])

    def _convert(self) -> None:
        html, sentence = page(self.number.value, self.source.value)
        self.show(html)
        self.say(sentence)


def ndc_converter(number: str = "90001-138-02") -> NdcConverter:
    """Open the converter with a number."""
    return NdcConverter(number)
