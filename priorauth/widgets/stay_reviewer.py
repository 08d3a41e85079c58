"""Stay reviewer: read a stay day by day, say whether each day is covered, and hear why."""

from __future__ import annotations

import ipywidgets as widgets

from priorauth import stays
from priorauth.widgets import base

MARK = {True: "covered", False: "not covered"}


class StayReviewer(base.Tool):
    """The tool itself. It starts at the first day of the first stay."""

    def __init__(self) -> None:
        self.stays = stays.lesson_stays()
        self.stay = base.choice("Stay", [(f"{s.name}, {s.kind}", n) for n, s in enumerate(self.stays)])
        self.yes = base.button("Covered", "This day is covered", slow=True)
        self.no = base.button("Not covered", "This day is not covered", slow=True)
        self.again = base.button("Begin again", "Go back to the first day of this stay")
        self.given: list[bool] = []
        super().__init__(
            "Stay reviewer",
            "Read the day, then press Covered or Not covered. After the last day the whole stay is summed up.",
            [self.stay, widgets.HBox([self.yes, self.no, self.again])],
            _everything(),
        )
        self.stay.observe(lambda _: self.begin(), names="value")
        self.yes.on_click(lambda _: self.answer(True))
        self.no.on_click(lambda _: self.answer(False))
        self.again.on_click(lambda _: self.begin())
        self.show(self._page())

    @property
    def current(self) -> stays.Stay:
        """The chosen stay."""
        return self.stays[self.stay.value]

    def _page(self) -> str:
        stay, done = self.current, len(self.given)
        rows = [
            (d.day_id, d.date, d.chart, f"you: {MARK[g]}; review: {MARK[d.covered]}{' ' + d.line if d.line else ''}")
            for d, g in zip(stay.days, self.given, strict=False)
        ]
        if done < len(stay.days):
            now = stay.days[done]
            rows.append((now.day_id, now.date, now.chart, "your turn"))
            return base.panel(base.definition_list(stay.head)) + base.table(
                ["Day", "Date", "Chart", "Verdict"], rows, f"Stay {stay.name} so far", current=done
            )
        return base.panel(base.definition_list([*stay.head, ("Result", self._sum())])) + base.table(
            ["Day", "Date", "Chart", "Verdict"], rows, f"Stay {stay.name}, all days"
        )

    def _sum(self) -> str:
        stay = self.current
        right = sum(g == d.covered for g, d in zip(self.given, stay.days, strict=True))
        days = f"{stay.covered} days are covered, and the first day of the stay that is not is {stay.first_missing}"
        return f"{days}. You agree with the review on {right} of {len(stay.days)} days."

    def begin(self) -> None:
        """Go to the first day of the chosen stay."""
        self.given = []
        self.show(self._page())
        self.say(f"Stay {self.current.name}, day {self.current.days[0].day_id}: {self.current.days[0].chart}")

    def answer(self, covered: bool) -> None:
        """Take the verdict on the present day, say what the review says and why, and show the next day."""
        stay = self.current
        if len(self.given) == len(stay.days):
            self.say("This stay is finished. Begin again, or choose another stay.")
            return
        day = stay.days[len(self.given)]
        self.given.append(covered)
        self.show(self._page())
        heard = f"{'Yes' if covered == day.covered else 'No'}, {day.day_id} is {MARK[day.covered]}. {day.why}"
        if len(self.given) < len(stay.days):
            following = stay.days[len(self.given)]
            heard += f" Next, {following.day_id}: {following.chart}"
        else:
            heard += f" {self._sum()}"
        self.say(heard)


def _everything() -> str:
    """The sheet, and all stays with their verdicts."""
    parts = [base.table(["Line", "The chart shows"], list(stays.SHEET.items()), "Level-of-care sheet (invented)")]
    for stay in stays.lesson_stays():
        rows = [(d.day_id, d.date, d.chart, MARK[d.covered], d.why) for d in stay.days]
        parts.append(base.definition_list(stay.head))
        parts.append(base.table(["Day", "Date", "Chart", "Verdict", "Why"], rows, f"Stay {stay.name}"))
    return "".join(parts)


def stay_reviewer() -> StayReviewer:
    """Open the stay reviewer."""
    return StayReviewer()
