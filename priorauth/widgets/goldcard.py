"""Gold-card and automation simulator: set a rule, and see what it would have let through or stopped."""

from __future__ import annotations

from priorauth import goldcard
from priorauth.widgets import base
from priorauth.widgets.fields import number_field

TOOLS = (
    ("no tool, people read everything", ""),
    ("yes at once to what is electronic and complete", "yes"),
    ("no at once to what is incomplete", "no"),
)


class GoldCardSimulator(base.Tool):
    """The tool itself. It starts with five requests and 90 percent, and with no automatic tool."""

    def __init__(self) -> None:
        self.by = base.choice(
            "A card for", [("each kind of service", "service"), ("all that a clinician orders", "clinician")]
        )
        self.least = number_field("Requests at least", 5, 1, 200)
        self.share = number_field("Approved at least, %", 90, 0, 100)
        self.least.layout.width = self.share.layout.width = "260px"
        self.tool = base.choice("Automatic tool", TOOLS)
        self.run = base.button("Try it", "Apply the rule to the requests of this year")
        rows = [
            (c.who, least, f"{share} %", c.cards, c.freed, c.freed_denied)
            for by in ("service", "clinician")
            for least in (5, 20)
            for share in (80, 90, 95, 100)
            for c in [goldcard.cards(least, share, by)]
        ]
        whole = base.table(
            ["A card for", "Requests", "Approved", "Cards", "Requests freed", "Of these denied by a person"],
            rows,
            "Cards earned January to June, used July to September",
        ) + "".join(f"<p>{base.text(goldcard.automatic(rule).sentence)}</p>" for rule in ("yes", "no"))  # fmt: skip
        super().__init__(
            "Gold-card and automation simulator",
            "Set who earns a card and what a tool may decide, then press Try it. All requests are invented.",
            [self.by, self.least, self.share, self.tool, self.run],
            whole,
        )
        self.run.on_click(lambda _: self.tell())
        self.show(self._card())

    def outcome(self) -> list[str]:
        """What the cards do, and what the tool does, in words."""
        found = [goldcard.cards(self.least.value, self.share.value, self.by.value).sentence]
        if self.tool.value:
            found.append(goldcard.automatic(self.tool.value).sentence)
        return found

    def _card(self) -> str:
        names = ("Gold card", "Automatic tool")
        return base.panel(base.definition_list(zip(names, self.outcome(), strict=False)))

    def tell(self) -> None:
        """Show and say the result."""
        self.show(self._card())
        self.say(" ".join(self.outcome()))


def gold_card_simulator() -> GoldCardSimulator:
    """Open the simulator."""
    return GoldCardSimulator()
