"""Unit calculator: dose, vials and visits to HCPCS units, what is thrown away, and codes that have ended."""

from __future__ import annotations

from priorauth import units
from priorauth.widgets import base, fields

TODAY = "2026-09-30"


def page(code: str, dose: str, sizes: str, visits: int, day: str) -> tuple[str, str]:
    """(finished HTML, the sentence to say) for one order. Bad input gives its sentence in both."""
    drug = units.drugs()[code]
    try:
        active, words = units.in_force(code, day)
        if not active:
            return base.panel(f"<p>{base.text(words)} Choose the new code and work it out from the dose.</p>"), words
        visit = units.plan(dose, drug.unit, units.sizes_in(sizes))
        amount = units.amount(dose)
    except ValueError as problem:
        return base.panel(f"<p>{base.text(problem)}</p>"), str(problem)
    exact = amount / drug.unit
    rounded = "" if exact == visit.given else f", rounded up from {units.number(exact)}"
    total = visit.given * visits
    rows = [
        ("Units given at one visit", f"{units.number(amount)} / {units.number(drug.unit)} = {visit.given}{rounded}"),
        ("Units for all visits", f"{visit.given} x {visits} = {total:,}"),
        ("Vials at one visit", f"{visit.vials_words} {drug.measure}"),
        ("Units in these vials", f"{visit.total}"),
        ("Units thrown away at one visit", f"{visit.total} - {visit.given} = {visit.thrown_away}"),
        ("On a Part B claim, single-dose vials", units.line_words(visit)),
    ]
    head = f"<p><strong>{base.text(code)}</strong>, {base.text(drug.label)}. One unit is {base.text(drug.unit_words)}. {base.text(words)}</p>"
    said = f"{units.units_words(visit.given)} at each visit, {total:,} for {visits} visit{'' if visits == 1 else 's'}, {visit.thrown_away} thrown away at each visit."
    return base.panel(head + base.table(["What", "How much"], rows, "The order in units")), said


class UnitCalculator(base.Tool):
    """The tool itself."""

    def __init__(self) -> None:
        listed = [(f"{d.code}: {d.label}, unit {d.unit_words}", d.code) for d in units.drugs().values()]
        self.code = base.choice("Drug code", listed)
        self.code.value = "J1745"
        self.dose = fields.text_field("Dose at one visit", "215", "in the measure of the unit", "260px")
        self.sizes = fields.text_field("Sizes of single-dose vials", "100", "such as 50; 100", "320px")
        self.visits = fields.number_field("Visits", 3, 1, 60)
        self.day = fields.text_field("Day of the visit", TODAY, "such as 2026-09-30", "240px")
        self.work = base.button("Work it out", "Units, vials and what is thrown away")
        rows = [
            (d.code, d.label, d.unit_words, d.ended_on or "-", d.replaced_by or "-") for d in units.drugs().values()
        ]
        super().__init__(
            "Unit calculator",
            "Choose a code, type the dose and the sizes of the vials, then press Work it out.",
            [self.code, self.dose, self.sizes, self.visits, self.day, self.work],
            base.table(
                ["Code", "Drug", "One unit", "Last day", "Successor"], rows, "Codes with a confirmed billing unit"
            ),
        )
        self.work.on_click(lambda _: self._work())
        self.show(self._page()[0])

    def _page(self) -> tuple[str, str]:
        return page(self.code.value, self.dose.value, self.sizes.value, self.visits.value, self.day.value)

    def _work(self) -> None:
        html, sentence = self._page()
        self.show(html)
        self.say(sentence)


def unit_calculator() -> UnitCalculator:
    """Open the calculator."""
    return UnitCalculator()
