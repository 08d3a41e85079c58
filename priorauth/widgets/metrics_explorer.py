"""Metrics explorer: change a definition, see each public figure move, and compare with tables that payers posted."""

from __future__ import annotations

from functools import cache

from priorauth import metrics, posted
from priorauth.facts import cite
from priorauth.widgets import base

#: Contracts, plans and issuers of the synthetic year at the level at which the rule asks for a report. Bluestem's own are left to the reader.
REPORTS = {
    "Harbor Advantage HMO (Medicare contract)": ("PLN-05",),
    "Larkmead Senior POS (Medicare contract)": ("PLN-07",),
    "Cedar Valley Medicaid (plan)": ("PLN-08",),
    "Birchfield (marketplace issuer)": ("PLN-10",),
    "Larkmead (marketplace issuer)": ("PLN-14",),
}
OWN = metrics.Definitions()


@cache
def figures(plans: tuple[str, ...], chosen: metrics.Definitions) -> tuple[metrics.Metric, ...]:
    """The report of some plans under some definitions."""
    rows = metrics.with_plans()
    return tuple(metrics.report(rows[rows["plan_id"].isin(plans)], chosen))


def moved(before: metrics.Metric, after: metrics.Metric) -> str:
    """How a figure moved, in words; "" if it did not."""
    if before.words == after.words:
        return ""
    if before.value is None or after.value is None:
        return "changed"
    step = round(after.value - before.value, 1)
    if not step:
        return "same share of other numbers"
    unit = after.unit if after.unit != "%" else "point" if abs(step) == 1 else "points"
    return f"{'up' if step > 0 else 'down'} {abs(step):g} {unit}"


class MetricsExplorer(base.Tool):
    """The tool itself. It starts with the course's own definitions."""

    def __init__(self) -> None:
        self.plans = base.choice("Report of", [(name, name) for name in REPORTS])
        self.switches = {
            name: base.choice(question, [(words, choice) for choice, words in choices.items()])
            for name, (question, choices) in metrics.SWITCHES.items()
        }
        self.compute = base.button("Compute", "Compute every figure under these definitions")
        self.reset = base.button("Back to the course's definitions", "Set every list to its first choice")
        super().__init__(
            "Metrics explorer",
            "Choose a report, change one definition at a time, and press Compute.",
            [self.plans, *self.switches.values(), self.compute, self.reset],
            self._as_text(),
        )
        self.compute.on_click(lambda _: self.tell())
        self.reset.on_click(lambda _: self.back())
        self.show(self._html())

    @property
    def chosen(self) -> metrics.Definitions:
        """The definitions that stand in the lists."""
        return metrics.Definitions(**{name: box.value for name, box in self.switches.items()})

    def tell(self) -> None:
        """Show the figures, and say which of them moved."""
        self.show(self._html())
        before = figures(REPORTS[self.plans.value], OWN)
        after = figures(REPORTS[self.plans.value], self.chosen)
        changes = [f"{b.name} {moved(b, a)}, now {a.words}" for b, a in zip(before, after, strict=True) if moved(b, a)]
        if self.chosen == OWN:
            self.say(f"{self.plans.value}, course's definitions: {after[2].name} {after[2].words}.")
        elif changes:
            more = f" {len(changes)} figures moved in all." if len(changes) > 1 else ""
            self.say(f"{changes[0]}.{more}")
        else:
            self.say("No figure of this report moved: there is no such case in it.")

    def back(self) -> None:
        """Every switch to its first choice."""
        for box in self.switches.values():
            box.value = box.options[0][1]
        self.tell()

    def _html(self) -> str:
        plans = REPORTS[self.plans.value]
        rows = [
            (str(a.element), a.name, b.words, a.words, moved(b, a))
            for b, a in zip(figures(plans, OWN), figures(plans, self.chosen), strict=True)
        ]
        head = ["Element", "Figure", "Course's definitions", "Your definitions", "Moved"]
        foot = "".join(f"<li>{base.text(words)}</li>" for words in self.chosen.words())
        return (
            base.panel(
                base.table(head, rows, f"{self.plans.value}, January to September 2026, invented data")
                + f"<p>Definitions used:</p><ul>{foot}</ul>"
            )
            + posted_table()
        )

    def _as_text(self) -> str:
        parts = [posted_table()]
        for name, plans in REPORTS.items():
            rows = [(str(m.element), m.name, m.words) for m in figures(plans, OWN)]
            table = base.table(["Element", "Figure", "Value"], rows, "Course's definitions")
            parts.append(base.details(name, table))
        return "".join(parts)


def posted_table() -> str:
    """The tables that real payers posted for 2025, with where they were read."""
    rows = [
        (p.payer, p.requests, p.denied, p.appeals, p.expedited_denied, p.standard_time, " ".join(cite(p.sources[0]).split()))
        for p in posted.tables()
    ]  # fmt: skip
    head = [
        "Payer",
        "Standard requests",
        "Denied",
        "Approved after appeal",
        "Expedited, denied",
        "Standard time",
        "Read in",
    ]
    return base.table(head, rows, "Posted by real payers for 2025 (a dash: not read)")


def metrics_explorer() -> MetricsExplorer:
    """Open the metrics explorer."""
    return MetricsExplorer()
