"""Packet redactor: choose the pages for a request; too much and too little are both explained."""

from __future__ import annotations

import ipywidgets as widgets

from priorauth import privacy
from priorauth.widgets import base


def _case(packet: privacy.Packet) -> str:
    """The request and its criteria as finished HTML."""
    facts = [("Asked for", packet.asked), ("Goes to", packet.to), ("Goes out on", packet.sent_on)]
    rules = "".join(f"<li>{base.text(rule)}</li>" for rule in packet.criteria)
    return base.panel(base.definition_list(facts) + f"<p>The plan's criteria:</p><ul>{rules}</ul>")


def _pages(packet: privacy.Packet) -> str:
    rows = [(p.page, p.kind, p.dated, p.summary) for p in packet.pages]
    return base.table(["Page", "Kind", "Dated", "What is on it"], rows, "Pages beside the request")


def _answer(packet: privacy.Packet) -> str:
    rows = [(p.page, p.summary, "send" if p.send else "leave out", p.why) for p in packet.pages]
    return base.table(["Page", "What is on it", "Verdict", "Why"], rows, f"{packet.name}: every page")


class PacketRedactor(base.Tool):
    """The tool itself, over the practice packets."""

    def __init__(self) -> None:
        self.packets = {packet.name: packet for packet in privacy.packets()}
        self.packet = base.choice("Packet", [(name, name) for name in self.packets])
        self.boxes: dict[str, widgets.Checkbox] = {}
        self.marked: dict[str, set[str]] = {}  # the pages that were marked, by packet
        self.case = widgets.HTML()
        self.choices = widgets.VBox([])
        self.check = base.button("Check my packet", "Compare the chosen pages with the criteria")
        self.clear = base.button("Clear all pages", "Take the mark off every page")
        whole = "".join(f"<h4>{base.text(n)}</h4>{_case(p)}{_pages(p)}" for n, p in self.packets.items())
        whole += base.details("Show which pages go, and why", "".join(_answer(p) for p in self.packets.values()))
        super().__init__(
            "Packet redactor",
            "Choose a packet, mark the pages that you would send, then check them.",
            [self.packet, self.case, self.choices, widgets.HBox([self.check, self.clear])],
            whole,
        )
        self.packet.observe(lambda change: self._change(change["old"]), names="value")
        self.check.on_click(lambda _: self._check())
        self.clear.on_click(lambda _: self._clear())
        self.first_state = _case(self.current) + _pages(self.current)
        self._open()

    @property
    def current(self) -> privacy.Packet:
        """The packet on the desk."""
        return self.packets[self.packet.value]

    def _change(self, old: str) -> None:
        self.marked[old] = {page for page, box in self.boxes.items() if box.value}
        self._open()
        marked = sum(box.value for box in self.boxes.values())
        words = f"{marked} are" if marked > 1 else "1 is" if marked else "None is"
        self.say(f"{self.current.name}: {len(self.boxes)} pages lie beside the request. {words} marked.")

    def _open(self) -> None:
        # New boxes would lose the focus of someone who is just using them, but only the list of packets leads here.
        self.boxes = {
            p.page: widgets.Checkbox(
                description=f"Page {p.page}: {p.kind}, {p.dated}. {p.summary}",
                value=p.page in self.marked.get(self.packet.value, ()),
                indent=False,
                layout=widgets.Layout(width="auto", max_width="100%"),
            )
            for p in self.current.pages
        }
        self.choices.children = list(self.boxes.values())
        self.case.value = _case(self.current)
        self.show("")

    def _check(self) -> None:
        chosen = [page for page, box in self.boxes.items() if box.value]
        found = privacy.review(self.current, chosen)
        wrong = [(p.page, "too much", p.why) for p in found.too_much] + [
            (p.page, "missing", p.why) for p in found.missing
        ]
        right = [p for p in self.current.pages if p.send and p.page in chosen]
        rows = wrong + [(p.page, "right", p.why) for p in right]
        self.show(base.table(["Page", "Verdict", "Why"], sorted(rows), "Your packet"))
        self.say(found.sentence)

    def _clear(self) -> None:
        for box in self.boxes.values():
            box.value = False
        self.show("")
        self.say("All marks are off.")


def packet_redactor() -> PacketRedactor:
    """Open the packet redactor."""
    return PacketRedactor()
