"""Who acts here? Match eight steps of a request with six roles; each wrong match is explained."""

from __future__ import annotations

import ipywidgets as widgets

from priorauth import roles
from priorauth.widgets import base


class WhoActs(base.Tool):
    """The tool itself: a drop-down list for each step, and one button that checks them all."""

    def __init__(self) -> None:
        names = [("choose a role", "")] + [(role, role) for role in roles.DUTIES]
        self.choices = [base.choice(f"Step {n}: who acts?", names) for n, _ in enumerate(roles.MATCHES, start=1)]
        self.check = base.button("Check my matches", "Say which matches are right, and why the others are not")
        lines = [
            widgets.VBox([widgets.HTML(f"<strong>Step {n}.</strong> {base.text(match.happens)}"), choice])
            for n, (match, choice) in enumerate(zip(roles.MATCHES, self.choices, strict=True), start=1)
        ]
        super().__init__(
            "Who acts here?",
            "Choose who acts at each step, then press Check my matches. You can try as often as you like.",
            [*lines, self.check],
            base.table(["Role", "What this person does"], roles.DUTIES.items(), "The six roles"),
        )
        self.check.on_click(lambda _: self._check())
        steps = [(f"Step {n}", match.happens) for n, match in enumerate(roles.MATCHES, start=1)]
        self.first_state = base.definition_list(steps)

    def _check(self) -> None:
        answers = roles.feedback({n: choice.value or None for n, choice in enumerate(self.choices)})
        right = sum(ok for ok, _ in answers)
        rows = [(f"Step {n}", "right" if ok else "not yet", why) for n, (ok, why) in enumerate(answers, start=1)]
        self.show(base.table(["Step", "Result", "Why"], rows, "Your matches"))
        done = (
            " All of them: you know who is who."
            if right == len(answers)
            else " Read why below, change them, check again."
        )
        self.say(f"{right} of {len(answers)} matches are right.{done}")


def who_acts() -> WhoActs:
    """Open the matching tool."""
    return WhoActs()
