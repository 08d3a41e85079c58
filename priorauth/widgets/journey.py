"""Request journey: choose a request and step through its real event log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets as widgets

from priorauth import journey
from priorauth.widgets import base

if TYPE_CHECKING:
    import pandas as pd


def _card(steps: list[journey.Step], current: int) -> str:
    """One step in full and the log up to it, as finished HTML."""
    step = steps[current]
    facts = [
        ("When", step.at),
        ("Who", step.who),
        ("What", step.what),
        ("In the log", step.detail),
        ("Clock", step.clock),
        ("State of the request", f"{step.state}. {step.state_meaning}"),
        ("What could go wrong here", step.risk),
    ]
    title = f"<p><strong>Step {current + 1} of {len(steps)}</strong> ({base.text(step.event_id)})</p>"
    return base.panel(title + base.definition_list(facts)) + _log(steps[: current + 1], current)


def _log(steps: list[journey.Step], current: int | None = None) -> str:
    rows = [(s.event_id, s.at, s.who, s.what, s.clock, s.state) for s in steps]
    return base.table(["Event", "When", "Who", "What", "Clock", "State"], rows, "The log so far", current)


class RequestJourney(base.Tool):
    """The tool itself, over one or more requests: `journeys` maps a shown name to the steps of that request."""

    def __init__(self, journeys: dict[str, list[journey.Step]]) -> None:
        if not journeys or not all(journeys.values()):
            raise ValueError("A journey needs at least one request, and every request needs at least one event.")
        self.journeys = journeys
        self.position = 0
        named = [(f"{name}: {len(steps)} events, now {steps[-1].state}", name) for name, steps in journeys.items()]
        self.request = base.choice("Request", named)
        self.back = base.button("Back", "Go to the event before this one")
        self.next = base.button("Next", "Go to the event after this one")
        everything = "".join(f"<h4>{base.text(name)}</h4>{_log(steps)}" for name, steps in journeys.items())
        super().__init__(
            "Request journey",
            "Choose a request, then use Back and Next to walk through its log.",
            [self.request, widgets.HBox([self.back, self.next])],
            everything,
        )
        self.request.observe(lambda _: self._go_to(0), names="value")
        self.back.on_click(lambda _: self._step(-1))
        self.next.on_click(lambda _: self._step(+1))
        self.show(_card(self.steps, 0))

    @property
    def steps(self) -> list[journey.Step]:
        """The steps of the chosen request."""
        return self.journeys[self.request.value]

    def _step(self, by: int) -> None:
        wanted = self.position + by
        if wanted < 0:
            self.say("This is the first event. Use Next to go on.")
        elif wanted >= len(self.steps):
            self.say("This is the last event in the log. Choose another request, or use Back.")
        else:
            self._go_to(wanted)

    def _go_to(self, position: int) -> None:
        self.position = position
        step = self.steps[position]
        self.show(_card(self.steps, position))
        self.say(f"Step {position + 1} of {len(self.steps)}: {step.what} Clock {step.clock}. State: {step.state}.")


def request_journey(request_ids: list[str], events: pd.DataFrame) -> RequestJourney:
    """Open the journey of some requests. `events` is the table `events`. An id without events raises ValueError."""
    wanted = list(request_ids)
    mine = events[events["request_id"].isin(wanted)]
    rows = {key: group.to_dict("records") for key, group in mine.groupby("request_id")}
    missing = [request_id for request_id in wanted if request_id not in rows]
    if missing:
        raise ValueError(f"There are no events of request {missing[0]}. Request ids look like REQ-000123.")
    return RequestJourney({request_id: journey.steps(rows[request_id]) for request_id in wanted})
