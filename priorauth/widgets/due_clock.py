"""Due-date clock: line, kind, urgency and moments -> the deadline, how it came about, and what to do next."""

from __future__ import annotations

import ipywidgets as widgets

from priorauth import due_clock as clock
from priorauth.clocks import ClockError
from priorauth.widgets import base
from priorauth.widgets.fields import text_field

NOW = "2026-09-30 08:00"
EXAMPLE = {"received": "2026-09-25 16:20"}
#: Clocks of first decisions in the lines that the desk meets each day; the text form shows them before all others.
DAILY = {
    "medicare_advantage": ("service", "part_b_drug"),
    "part_d": ("drug", "drug_exception"),
    "traditional_medicare": ("outpatient_list", "dmepos_list"),
    "medicaid_managed": ("service", "drug"),
    "commercial": ("service", "drug"),
}
FIRST = {(clock.LINES[line], clock.KINDS[kind]) for line, kinds in DAILY.items() for kind in kinds}


def card(reading: clock.Reading) -> str:
    """A reading as finished HTML."""
    facts = [
        ("Due", f"{reading.due:%A, %B} {reading.due.day}, {reading.due:%Y, %H:%M} (plan time)"),
        ("Now", f"{NOW}. {reading.left}"),
        ("Rule", f"{reading.rule} {' '.join(reading.sources)}"),
        ("Next", reading.next_action),
        *(("Note", note) for note in reading.notes),
    ]
    steps = base.table(
        ["When", "What", "What it does to the clock"],
        [(s.when, s.what, s.effect) for s in reading.steps],
        "How it came about",
    )
    return base.panel(base.definition_list(facts)) + steps


def _moment(label: str, value: str = "") -> widgets.Text:
    return text_field(label, value, "2026-09-28 10:00", "430px")


class DueClock(base.Tool):
    """The tool itself. It starts with a standard request for a service in Medicare Advantage."""

    def __init__(self) -> None:
        self.line = base.choice("Line", [(words, name) for name, words in clock.LINES.items()])
        self.kind = base.choice("Asked for", self._kinds("medicare_advantage"))
        self.urgency = base.choice("Speed", self._urgencies("medicare_advantage", "service"))
        self.received = _moment("Payer received it", EXAMPLE["received"])
        self.events = {name: _moment(words) for name, words in clock.EVENTS.items()}
        self.read = base.button("Read the clock", "Work out when the answer is due")
        head = ["Line", "Asked for", "Speed", "Rule", "Longer?", "Source"]
        first = [row for row in clock.all_rows() if (row[0], row[1]) in FIRST]
        rest = [row for row in clock.all_rows() if row not in first]
        whole = base.table(head, first, "First decisions, the clocks that the desk needs each day")
        whole += base.details("All other clocks of the course", base.table(head, rest, "All other clocks"))
        super().__init__(
            "Due-date clock",
            "Choose line, request and speed, write the moments (year-month-day hour:minute, plan time), and read the clock.",
            [self.line, self.kind, self.urgency, self.received, *self.events.values(), self.read],
            whole,
        )
        self.line.observe(lambda _: self._line_changed(), names="value")
        self.kind.observe(lambda _: self._kind_changed(), names="value")
        self.read.on_click(lambda _: self.tell())
        self.show(card(self.reading()))

    @staticmethod
    def _kinds(line: str) -> list[tuple[str, str]]:
        return [(clock.KINDS[k], k) for k in clock.kinds_of(line)] or [("nothing with a confirmed clock", "")]

    @staticmethod
    def _urgencies(line: str, kind: str) -> list[tuple[str, str]]:
        words = {"standard": "standard", "expedited": "expedited (urgent)"}
        return [(words[u], u) for u in clock.urgencies_of(line, kind)] or [("-", "")]

    def _line_changed(self) -> None:
        kept = self.kind.value
        self.kind.options = self._kinds(self.line.value)
        if kept in [value for _, value in self.kind.options]:
            self.kind.value = kept
        self._kind_changed()

    def _kind_changed(self) -> None:
        kept = self.urgency.value
        self.urgency.options = self._urgencies(self.line.value, self.kind.value)
        if kept in [value for _, value in self.urgency.options]:
            self.urgency.value = kept

    def reading(self) -> clock.Reading:
        """The clock of what stands in the controls. Raises ClockError."""
        events = {name: box.value for name, box in self.events.items()}
        return clock.read_clock(
            self.line.value, self.kind.value, self.urgency.value, self.received.value, events, now=NOW
        )

    def tell(self) -> None:
        """Show and say the deadline, or the one sentence that says why there is none."""
        try:
            reading = self.reading()
        except ClockError as problem:
            self.show(base.panel(f"<p>{base.text(problem)}</p>"))
            self.say(str(problem))
            return
        self.show(card(reading))
        self.say(reading.sentence)


def due_clock() -> DueClock:
    """Open the due-date clock."""
    return DueClock()
