"""Appeal ladder: line, level and dates -> last filing day, who decides, by when, and what a missed deadline does."""

from __future__ import annotations

import ipywidgets as widgets

from priorauth import appeal_ladder as ladder
from priorauth.clock_table import ClockError
from priorauth.widgets import base
from priorauth.widgets.fields import text_field

TITLE = "Appeal ladder"
NOW = "2026-09-30 08:00"


def card(found: ladder.Place, line: str) -> str:
    """A place on the ladder as finished HTML."""
    if not found.files:
        last = "nothing to file"
    else:
        last = f"{found.last_day:%A, %B} {found.last_day.day}, {found.last_day.year}"
        last += f".{found.ahead}" if found.ahead else ""
    by = (
        ""
        if found.decide_by is None
        else f"; filed now, by {found.decide_by:%B} {found.decide_by.day}, {found.decide_by:%Y, %H:%M}"
    )
    pairs = [
        ("Last filing day", last),
        ("Rule", f"{found.rule} {' '.join(found.sources)}" if found.files else found.rule),
        ("Who decides", found.rung.decider),
        ("Time to decide", f"{found.decision}{by}"),
        ("If the payer is late", found.if_payer_late),
        ("If we are late", ladder.TOO_LATE),
        ("What comes after", found.rung.after or "-"),
        ("Who may file", ladder.who_files(line)),
    ]
    levels = [(r.name, r.decider, r.after or "-") for r in ladder.rungs(line)]
    here = [r.level for r in ladder.rungs(line)].index(found.rung.level)
    steps = base.table(
        ["Level", "Who decides", "What comes after"], levels, f"The ladder: {ladder.LINES[line][0]}", here
    )
    return base.panel(base.definition_list(pairs)) + steps


class AppealLadder(base.Tool):
    """The tool itself. It starts with a first-level appeal in Medicare Advantage."""

    def __init__(self) -> None:
        self.line = base.choice("Line", [(name, line) for line, (name, _) in ladder.LINES.items()])
        self.level = base.choice("Level", self._levels("medicare_advantage"))
        self.matter = base.choice("It is about", self._matters("medicare_advantage"))
        self.speed = base.choice("Track", [(words, speed) for speed, words in ladder.SPEEDS.items()])
        self.dated = self._day("Date on the notice", "2026-08-28")
        self.received = self._day("Received on, if it can be shown")
        self.effective = self._day("Day on which a cut takes effect")
        self.read = base.button("Climb the ladder", "Work out last day, decider and decision time")
        whole = base.table(["Line", "Level", "File within", "Who decides", "What comes after", "Source"], ladder.all_rows(), "Every level")  # fmt: skip
        whole += base.table(["Line", "About", "Standard", "Expedited", "Source"], ladder.times(), "Time to decide")
        super().__init__(
            TITLE,
            "Choose line, level and matter, write the dates (year-month-day), and press the button.",
            [self.line, self.level, widgets.HBox([self.matter, self.speed]), self.dated, self.received, self.effective, self.read],
            whole,
        )  # fmt: skip
        self.line.observe(lambda _: self._line_changed(), names="value")
        self.read.on_click(lambda _: self.tell())
        self.show(card(self.place(), self.line.value))

    @staticmethod
    def _day(label: str, value: str = "") -> widgets.Text:
        return text_field(label, value, "2026-08-28", "430px")

    @staticmethod
    def _levels(line: str) -> list[tuple[str, str]]:
        return [(rung.name, rung.level) for rung in ladder.rungs(line)]

    @staticmethod
    def _matters(line: str) -> list[tuple[str, str]]:
        return [(ladder.MATTERS[matter], matter) for matter in ladder.LINES[line][1]]

    def _line_changed(self) -> None:
        self.level.options = self._levels(self.line.value)
        self.matter.options = self._matters(self.line.value)

    def place(self) -> ladder.Place:
        """The place on the ladder of what stands in the controls. Raises ClockError."""
        dates = (box.value.strip() for box in (self.dated, self.received, self.effective))
        return ladder.place(self.line.value, self.level.value, self.matter.value, self.speed.value, *dates, now=NOW)

    def tell(self) -> None:
        """Show and say the last day, or the one sentence that says why there is none."""
        try:
            found = self.place()
        except ClockError as problem:
            self.show(base.panel(f"<p>{base.text(problem)}</p>"))
            self.say(str(problem))
            return
        self.show(card(found, self.line.value))
        self.say(found.sentence)


def appeal_ladder() -> AppealLadder:
    """Open the appeal ladder."""
    return AppealLadder()
