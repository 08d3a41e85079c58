"""Exception clock: rule book, request, receipt and statement -> until when the plan must answer, with and without it."""

from __future__ import annotations

from priorauth import exceptions
from priorauth.clocks import ClockError
from priorauth.facts import fact
from priorauth.widgets import base
from priorauth.widgets.fields import text_field

ONE_SOURCE = (
    "In doubt: we found this rule in one source only, and older copies of 42 CFR 423.568 lack it. Check with the plan."
)


def _moment(at: object) -> str:
    return f"{at:%a %Y-%m-%d %H:%M}"


def _note(note: str) -> str:
    """A note of the clock; the doubt about the 14 days says what to do about it."""
    return ONE_SOURCE if note == f"In doubt: {fact('partd-exception-14-day-backstop').note}" else note


def card(clock: exceptions.Clock) -> str:
    """A clock as finished HTML: the answer, then the two ways beside each other."""
    reading = clock.now
    facts = [
        ("Due", f"{_moment(reading.due)} (plan time)"),
        ("Now", f"{exceptions.NOW}. {reading.left}"),
        ("Rule", f"{reading.rule} {' '.join(reading.sources)}"),
        ("Next", clock.next_action),
        *(("Note", _note(note)) for note in reading.notes),
    ]
    steps = base.table(["When", "What", "What it does to the clock"], [(s.when, s.what, s.effect) for s in clock.steps], "How it came about")  # fmt: skip
    if not clock.waits:
        return base.panel(base.definition_list(facts)) + steps
    ways = [
        ("with the statement as written above", _moment(reading.due)),
        ("the wait for a statement ends", _moment(clock.ends_waiting)),
        ("if no statement ever comes", _moment(clock.without.due)),
    ]
    return base.panel(base.definition_list(facts)) + base.table(["Way", "When"], ways, "Three moments") + steps


def all_clocks() -> list[tuple[str, str, str, str]]:
    """Every drug clock of the course, read for one Monday morning: book, request, speed, rule."""
    rows = []
    for book, name in exceptions.BOOKS.items():
        for ask in exceptions.asks_of(book):
            for speed in exceptions.speeds_of(book, ask):
                clock = exceptions.read(book, ask, speed, "2026-09-14 09:00", "2026-09-15 09:00")
                rows.append((name, exceptions.ASKS[ask], speed, clock.now.rule))
    return rows


class ExceptionClock(base.Tool):
    """The tool itself. It opens on one request that has no statement yet."""

    def __init__(self, book: str, ask: str, received: str) -> None:
        self.book = base.choice("Rule book", [(words, name) for name, words in exceptions.BOOKS.items()])
        self.book.value = book
        self.ask = base.choice("Asked for", self._asks(book))
        self.ask.value = ask
        self.speed = base.choice("Speed", self._speeds(book, ask))
        self.received = text_field("Plan received the request", received, "2026-09-14 10:51", "430px")
        self.statement = text_field("Plan received the prescriber's statement", "", "empty: not yet", "500px")
        self.go = base.button("Read the clock", "Work out until when the plan must answer")
        whole = base.table(["Rule book", "Asked for", "Speed", "Rule"], all_clocks(), "Every clock for pharmacy drugs")
        super().__init__(
            "Exception clock",
            "Choose rule book, request and speed, write the moments (year-month-day hour:minute), and read the clock.",
            [self.book, self.ask, self.speed, self.received, self.statement, self.go],
            whole,
        )
        self.book.observe(lambda _: self._book_changed(), names="value")
        self.ask.observe(lambda _: self._ask_changed(), names="value")
        self.go.on_click(lambda _: self.tell())
        self.show(card(self.clock()))

    @staticmethod
    def _asks(book: str) -> list[tuple[str, str]]:
        return [(exceptions.ASKS[ask], ask) for ask in exceptions.asks_of(book)]

    @staticmethod
    def _speeds(book: str, ask: str) -> list[tuple[str, str]]:
        words = {"standard": "standard", "expedited": "expedited (urgent)"}
        return [(words[speed], speed) for speed in exceptions.speeds_of(book, ask)]

    def _book_changed(self) -> None:
        kept = self.ask.value
        self.ask.options = self._asks(self.book.value)
        if kept in [value for _, value in self.ask.options]:
            self.ask.value = kept
        self._ask_changed()

    def _ask_changed(self) -> None:
        kept = self.speed.value
        self.speed.options = self._speeds(self.book.value, self.ask.value)
        if kept in [value for _, value in self.speed.options]:
            self.speed.value = kept

    def clock(self) -> exceptions.Clock:
        """The clock of what stands in the controls. Raises ClockError."""
        return exceptions.read(
            self.book.value, self.ask.value, self.speed.value, self.received.value, self.statement.value
        )

    def tell(self) -> None:
        """Show and say until when the plan must answer, or the one sentence that says why it cannot be said."""
        try:
            clock = self.clock()
        except ClockError as problem:
            self.show(base.panel(f"<p>{base.text(problem)}</p>"))
            self.say(str(problem))
            return
        self.show(card(clock))
        self.say(clock.sentence)


def exception_clock(book: str, ask: str, received: str) -> ExceptionClock:
    """Open the clock on a request: rule book (`plans.drug_rules`), what is asked, and its receipt."""
    return ExceptionClock(book, ask, received)
