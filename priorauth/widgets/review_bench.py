"""Review bench: a queue of requests with clock, criteria and evidence; a review, and how far it agrees with the reference."""

from __future__ import annotations

import ipywidgets as widgets

from priorauth import review_queue as queue
from priorauth.first_review import ALL, NONE
from priorauth.widgets import base

SHORT_WORDS = 80  # characters of a criterion or a row in its list


def _cut(words: str) -> str:
    return words if len(words) <= SHORT_WORDS else words[: SHORT_WORDS - 3].rstrip() + "..."


class ReviewBench(base.Tool):
    """The tool itself. `made` holds the reviews so far: request -> (verdict, criterion, row)."""

    def __init__(self) -> None:
        self.made: dict[str, tuple[str, str, str]] = {}
        self.marks: dict[str, tuple[bool | None, str]] = {}
        waiting = [queue.waiting(r) for r in queue.PRACTICE]
        self.request = base.choice("Request", [(f"{w.request_id}: {_cut(w.asks)}", w.request_id) for w in waiting])
        self.decision = base.choice("Verdict", [(words, name) for name, words in queue.VERDICTS.items()])
        self.criterion = base.choice("Criterion", [("", "")])
        self.row = base.choice("Row", [("", "")])
        self.enter = base.button("Enter the review", "Write verdict, criterion and row, and compare with the reference")
        self.again = base.button("Clear the queue", "Forget all reviews and begin again")
        super().__init__(
            "Review bench",
            "Choose a request, read its sheet, choose verdict, criterion and row, and press Enter the review.",
            [self.request, self.decision, self.criterion, self.row, widgets.HBox([self.enter, self.again])],
            "".join(self._as_text(w) for w in waiting),
        )
        self.request.observe(lambda _: self._open(), names="value")
        self.enter.on_click(lambda _: self.review())
        self.again.on_click(lambda _: self.clear())
        self._lists()
        self.show(self._html())

    @property
    def here(self) -> queue.Waiting:
        """The chosen request."""
        return queue.waiting(self.request.value)

    def _lists(self) -> None:
        here = self.here
        self.criterion.options = [
            ("all (for an approval)", ALL), *((f"{c}: {_cut(words)}", c) for c, words in here.criteria)
        ]  # fmt: skip
        self.row.options = [("none", NONE), *((f"{key}: {_cut(words)}", key) for key, words in here.rows)]
        self.criterion.value, self.row.value = ALL, NONE

    def _open(self) -> None:
        self._lists()
        self.show(self._html())
        here = self.here
        self.say(
            f"{here.request_id}, {here.asks}. Due {here.due}. {len(here.criteria)} criteria, {len(here.rows)} rows."
        )

    def review(self) -> None:
        """Enter what is chosen, and say how it compares with the reference."""
        chosen = (self.decision.value, self.criterion.value, self.row.value)
        self.made[self.request.value] = chosen
        self.marks[self.request.value] = queue.compare(self.request.value, *chosen)
        agreed = sum(bool(ok) for ok, _ in self.marks.values())
        self.show(self._html())
        self.say(
            f"{self.request.value}: {self.marks[self.request.value][1]} Agreement so far: {agreed} of {len(self.made)}."
        )

    def clear(self) -> None:
        """Begin again with an empty queue."""
        self.made, self.marks = {}, {}
        self.show(self._html())
        self.say(f"The queue is clear. {len(queue.PRACTICE)} requests wait.")

    def _html(self) -> str:
        here = self.here
        rows = []
        for request_id in queue.PRACTICE:
            one = queue.waiting(request_id)
            done = " ".join(self.made.get(request_id, ("waits",)))
            mark = {True: "agrees", False: "look again", None: ""}[self.marks.get(request_id, (None, ""))[0]]
            rows.append((request_id, one.received, one.due, done, mark))
        current = queue.PRACTICE.index(here.request_id)
        head = ["Request", "Received", "Due", "Your review", "Reference"]
        clock = f"<p>{base.text(here.plan)}. Clock: {base.text(here.rule)}</p>"
        return base.panel(base.table(head, rows, "The queue", current)) + clock + _sheet(here.sheet, here.request_id)

    def _as_text(self, one: queue.Waiting) -> str:
        right = queue.reference(one.request_id)
        facts = [
            ("Received", one.received),
            ("Due", f"{one.due}, {one.rule}"),
            ("Reference review", f"{right.decision}, criterion {right.criterion}, row {right.row}. {right.why}"),
        ]
        return base.details(
            f"{one.request_id}: sheet and reference", base.definition_list(facts) + _sheet(one.sheet, one.request_id)
        )


def _sheet(words: str, name: str) -> str:
    return (
        f'<pre tabindex="0" role="region" aria-label="Sheet of {base.text(name)}" style="{base.FRAME} overflow-x: auto; '
        f'white-space: pre-wrap;">{base.text(words)}</pre>'
    )


def review_bench() -> ReviewBench:
    """Open the review bench."""
    return ReviewBench()
