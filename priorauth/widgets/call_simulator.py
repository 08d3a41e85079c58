"""Call simulator: a call to a payer, choice by choice; each ending says what it cost the patient."""

from __future__ import annotations

import ipywidgets as widgets

from priorauth import calls
from priorauth.widgets import base

YOU, OTHER = "You", "Payer"


def _talk(said: list[tuple[str, str, str]]) -> str:
    """The call so far as a table: who, what, and why it helped or not."""
    return base.table(["Who", "Says", "How it worked"], said, "The call so far", len(said) - 1)


def as_text(call: calls.Call) -> str:
    """A whole script as finished HTML: every node, choice and ending."""
    parts = [f"<h4>{base.text(call.name)}</h4><p>{base.text(call.setting)}</p>"]
    for name, (says, choices) in call.nodes.items():
        rows = [(f"{letter}. {c.text}", c.note, c.goes) for letter, c in zip("ABCD", choices, strict=False)]
        parts.append(base.table(["You may say", "How it works", "Leads to"], rows, f"{name}: {says}"))
    endings = [(name, e.title, e.cost, e.lesson) for name, e in call.endings.items()]
    parts.append(base.table(["Ending", "What happens", "What it cost the patient", "Keep"], endings, "Endings"))
    return "".join(parts)


class CallSimulator(base.Tool):
    """The tool itself: a list of calls, a button for each thing that you may say, and a button to begin again."""

    def __init__(self) -> None:
        self.calls = calls.calls()
        self.call = base.choice("Call", [(c.name, n) for n, c in enumerate(self.calls)])
        self.options = [base.button(letter, "Say this", slow=True) for letter in "ABC"]
        self.scene = widgets.HTML()
        self.again = base.button("Begin again", "Start the same call once more")
        super().__init__(
            "Call simulator",
            "Read the setting, then choose what you say. The call goes on from there.",
            [self.call, self.scene, widgets.VBox(self.options), self.again],
            "".join(as_text(call) for call in self.calls),
        )
        for number, option in enumerate(self.options):
            option.on_click(lambda _, n=number: self.say_this(n))
        self.again.on_click(lambda _: self.begin())
        self.call.observe(lambda _: self.begin(), names="value")
        self.begin()
        self.notice.value = ""

    @property
    def script(self) -> calls.Call:
        """The chosen call."""
        return self.calls[self.call.value]

    def begin(self) -> None:
        """Start the chosen call from its first node."""
        self.node = self.script.start
        self.said = [(OTHER, self.script.nodes[self.node][0], "")]
        self._offer()
        self._show()
        self.say(f"New call. {self.said[0][1]}")

    def _offer(self) -> None:
        """Put what may be said now on the buttons. None is taken away, so that the focus stays where it is."""
        choices = self.script.nodes[self.node][1] if self.node in self.script.nodes else []
        for number, (letter, option) in enumerate(zip("ABC", self.options, strict=True)):
            if number < len(choices):
                option.description = f"{letter}. {choices[number].text}"
            else:
                option.description = f"{letter}. ({'nothing more to say' if choices else 'the call is over'})"

    def _show(self, ending: calls.Ending | None = None) -> None:
        html = _talk(self.said)
        facts = [("Setting", self.script.setting), self.said[-1][:2]]
        self.scene.value = base.panel(base.definition_list(facts[: 1 if ending else 2]))
        if not self.first_state:
            now = [f"{letter}. {c.text}" for letter, c in zip("ABC", self.script.nodes[self.node][1], strict=False)]
            choices = "<p>You may say:</p><ul>" + "".join(f"<li>{base.text(line)}</li>" for line in now) + "</ul>"
            self.first_state = self.scene.value + choices  # without a kernel there are no buttons that show them
        if ending:
            facts = [("How it ended", ending.title), ("What it cost the patient", ending.cost), ("Keep this", ending.lesson)]  # fmt: skip
            html += base.panel(base.definition_list(facts))
        self.show(html)

    def say_this(self, number: int) -> None:
        """Say choice `number` (from 0) of the present node."""
        if self.node not in self.script.nodes:
            self.say("The call is over. Begin again, or choose another call.")
            return
        if number >= len(self.script.nodes[self.node][1]):
            self.say("There is nothing to say here. Take one of the others.")
            return
        choice = self.script.nodes[self.node][1][number]
        self.said.append((YOU, choice.text, choice.note))
        self.node = choice.goes
        ending = self.script.endings.get(self.node)
        if ending is None:
            answer = self.script.nodes[self.node][0]
            self.said.append((OTHER, answer, ""))
        self._offer()
        self._show(ending)
        if ending:
            self.say(f"{choice.note} The call is over: {ending.title}. What it cost the patient: {ending.cost}")
        else:
            self.say(f"{choice.note} {OTHER}: {answer}")


def call_simulator() -> CallSimulator:
    """Open the call simulator."""
    return CallSimulator()
