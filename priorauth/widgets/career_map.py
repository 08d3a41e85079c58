"""Career map: roles, what they do, skills, published pay with source and year, and the next step."""

from __future__ import annotations

from priorauth import careers
from priorauth.widgets import base


def card(role: careers.Role) -> str:
    """A role as finished HTML."""
    pairs = [
        ("Works at", careers.SIDES[role.side]),
        ("Does", role.does),
        ("Skills", ", ".join(role.skills)),
        ("Modules of this course", role.modules),
        *(("Published pay", line) for line in role.pay_lines()),
        ("Next steps", "; ".join(role.next) or "whatever you make of it"),
        ("Often comes from", "; ".join(careers.paths_to(role.role)) or "a first job"),
    ]
    return base.panel(f"<p><strong>{base.text(role.role)}</strong></p>" + base.definition_list(pairs))


class CareerMap(base.Tool):
    """The tool itself. It starts with the role that this course is about."""

    def __init__(self) -> None:
        self.roles = careers.roles()
        self.role = base.choice("Role", [(r.role, n) for n, r in enumerate(self.roles)])
        self.look = base.button("Show the role", "Show what this role does, needs and earns")
        self.pay = base.button("Compare published pay", "Put all published figures side by side")
        self.step = base.button("Follow the next step", "Go to the first next step of this role")
        whole = "".join(card(r) for r in self.roles) + self._pay_table()
        super().__init__(
            "Career map",
            "Choose a role and show it, compare what sources say about pay, or follow a role's next step.",
            [self.role, self.look, self.pay, self.step],
            whole,
        )
        self.look.on_click(lambda _: self.tell())
        self.pay.on_click(lambda _: self.compare())
        self.step.on_click(lambda _: self.follow())
        self.show(card(self.roles[0]))

    @staticmethod
    def _pay_table() -> str:
        return base.table(
            ["Who was counted", "US dollars a year", "Year", "Source"],
            careers.pay_table(),
            "Published pay, lowest first",
        )

    def tell(self) -> None:
        """Show and say the chosen role."""
        role = self.roles[self.role.value]
        self.show(card(role))
        figures = (
            f"{len(role.pay)} published figure{'s' if len(role.pay) != 1 else ''}"
            if role.pay
            else "no published figure"
        )
        self.say(f"{role.role}: {role.does} There is {figures}.")

    def compare(self) -> None:
        """Show and say how far apart the published figures are."""
        self.show(self._pay_table())
        self.say(
            "Four sources, four answers: they count different people in different years. Ask of each figure who was counted, when, and by whom."
        )

    def follow(self) -> None:
        """Go to the first next step of the chosen role."""
        role = self.roles[self.role.value]
        if not role.next:
            self.say(f"{role.role} has no next step on this map.")
            return
        self.role.value = [r.role for r in self.roles].index(role.next[0])
        self.tell()


def career_map() -> CareerMap:
    """Open the career map."""
    return CareerMap()
