"""Request builder: fill in a request, see how complete it is, and see it as a form, an X12 278 and a FHIR bundle."""

from __future__ import annotations

from html import escape
from typing import Any

import ipywidgets as widgets

from priorauth import building
from priorauth.messages.base import MessageError
from priorauth.widgets import base
from priorauth.widgets.fields import number_field, text_field

VIEWS = ("side by side", "form", "X12 278", "FHIR bundle")
PLACES = (("11 office", "11"), ("12 home", "12"), ("22 hospital outpatient", "22"), ("24 surgery center", "24"))
KINDS = ("initial", "renewal", "extension")


def meter(found: list[building.Gap]) -> str:
    """How many checks are in order, in words and as a bar, and what is not."""
    done = sum(g.fine for g in found)
    bar = "&#9608;" * done + "&#9617;" * (len(found) - done)
    rows = [(g.name, "in order" if g.fine else "not yet", g.words) for g in found]
    head = f'<p><strong>{done} of {len(found)} in order</strong> <span aria-hidden="true">{bar}</span></p>'
    return head + base.table(["Check", "Result", "Why"], rows, "Is it complete?")


def _raw(text: str) -> str:
    return f'<pre tabindex="0" aria-label="Message as text" style="color: {base.INK}; white-space: pre-wrap; overflow-x: auto; max-height: 420px;">{escape(text)}</pre>'


def view(draft: building.Draft, name: str, tables: dict[str, Any]) -> str:
    """One view of the draft as finished HTML. Raises MessageError where no message can be written."""
    if name == "form":
        return base.panel(base.definition_list(building.form_lines(draft)))
    x12, bundle = building.texts(draft, tables)
    if name == "X12 278":
        return _raw(x12)
    if name == "FHIR bundle":
        return f"<p>Resources: {base.text(', '.join(building.resources(bundle)))}</p>" + _raw(bundle)
    rows = building.crosswalk(draft, tables)
    found = building.statements(draft, tables)
    differ = building.disagreements(draft, tables)
    words = f"Read back: {len(found)} statements compared, "
    words += f"differing in {', '.join(differ)}." if differ else "and all three say the same."
    return (
        base.table(
            ["What", "Form", "X12 278 (segment)", "FHIR bundle (place: value)"], rows, "One request, three times"
        )
        + f"<p>{base.text(words)}</p>"
    )


class RequestBuilder(base.Tool):
    """The tool itself, over the orders of `requests_to_build.yaml`."""

    def __init__(self) -> None:
        self.orders = building.orders()
        self.kept: dict[int, building.Draft] = {}  # what was left in the fields, by order
        self.tables = building._tables()
        names = list(self.tables["payers"]["name"])
        self.order = base.choice("Order", [(o["name"], n) for n, o in enumerate(self.orders)])
        self.said = widgets.HTML()
        self.destination = base.choice("Send to", [(n, n) for n in names])
        self.channel = base.choice("By", [(words, c) for c, words in building.CHANNELS.items()])
        self.form = base.choice("Form", [(words, f) for f, words in building.FORMS.items()])
        self.request_type = base.choice("Kind of request", [(k, k) for k in KINDS])
        self.urgency = base.choice("Speed", [("standard", "standard"), ("expedited", "expedited")])
        self.place = base.choice("Place of service", PLACES)
        self.units = number_field("Units", 1, 1, 9999)
        self.days = [text_field("First day", "", "2026-10-14"), text_field("Last day", "", "2026-12-12")]
        self.call_back = text_field("Call-back number", "", "555-0100")
        self.papers = widgets.VBox()
        self.show_as = base.choice("Show as", [(v, v) for v in VIEWS])
        self.check = base.button("Check and show", "Check the request and show it in the chosen view")
        super().__init__(
            "Request builder",
            "A colleague began these requests. Mend the fields, choose the papers, then check and look at the result.",
            [self.order, self.said, self.destination, self.channel, self.form, self.request_type, self.urgency, self.place, self.units, *self.days, self.call_back, widgets.HTML("<strong>Papers in the packet</strong>"), self.papers, self.show_as, self.check],
            self._everything(),
        )  # fmt: skip
        self.order.observe(lambda change: self._open(change["old"]), names="value")
        self.check.on_click(lambda _: self.tell())
        self._load()
        self._show_order()

    def _open(self, old: int) -> None:
        """Keep what stands in the fields for the order that was open, and show the chosen one."""
        begun = self.order.value in self.kept
        self.kept[old] = self._draft_of(self.orders[old])
        self._load()
        self._show_order()
        whose = "your draft as you left it" if begun else "a colleague's draft"
        self.say(f"{self.orders[self.order.value]['name']}: {whose}. Mend it and check.")

    def _show_order(self) -> None:
        self.show(self._order_words() + meter(building.gaps(self.draft(), self.tables)))

    def _load(self) -> None:
        """Put the draft of the chosen order into the fields: as it was left here, else the colleague's."""
        order = self.orders[self.order.value]
        draft = self.kept.get(self.order.value) or building.draft_of(order)
        for name in ("destination", "channel", "form", "request_type", "urgency", "place", "units", "call_back"):
            getattr(self, name).value = getattr(draft, name)
        self.days[0].value, self.days[1].value = draft.first, draft.last
        self.papers.children = [
            widgets.Checkbox(description=f"{p['doc_id']}: {p['what']}, {p['pages']} page(s)", value=p["doc_id"] in draft.papers, indent=False, layout=widgets.Layout(width="auto", max_width="100%"))
            for p in draft.order["papers"]
        ]  # fmt: skip
        self.said.value = self._order_words()

    def _order_words(self) -> str:
        order = self.orders[self.order.value]
        who = order["patient"]
        facts = [
            ("Patient", f"{who['name']}, {order['plan']}"),
            ("Order", order["order"]),
            ("Also", order["note"]),
            ("Code", f"{order['line']['code']} ({order['line']['what']}), diagnosis {order['line']['icd10']}"),
        ]
        return base.panel(base.definition_list(facts))

    def draft(self) -> building.Draft:
        """What stands in the fields now."""
        return self._draft_of(self.orders[self.order.value])

    def _draft_of(self, order: dict[str, Any]) -> building.Draft:
        chosen = [p["doc_id"] for p, box in zip(order["papers"], self.papers.children, strict=True) if box.value]
        names = ("destination", "channel", "form", "request_type", "urgency", "place", "units", "call_back")
        values = {name: getattr(self, name).value for name in names}
        first, last = (box.value.strip() for box in self.days)
        return building.Draft(order=order, first=first, last=last, papers=frozenset(chosen), **values)

    def tell(self) -> None:
        """Check the draft, show the meter and the chosen view, and say what is open."""
        draft = self.draft()
        found = building.gaps(draft, self.tables)
        open_now = [g for g in found if not g.fine]
        try:
            picture = view(draft, self.show_as.value, self.tables)
        except MessageError as problem:
            picture = base.panel(f"<p>No message can be written yet: {base.text(problem)}</p>")
        self.show(meter(found) + picture)
        done = f"{len(found) - len(open_now)} of {len(found)} in order."
        self.say(f"{done} First to mend: {open_now[0].name}. {open_now[0].words}" if open_now else f"{done} The request can go out.")  # fmt: skip

    def _everything(self) -> str:
        """Each order: what is wrong with the colleague's draft, and the clean request in all views."""
        parts = []
        for order in self.orders:
            draft = building.clean(order)
            papers = [(p["doc_id"], p["what"], "in" if p["wanted"] else "out", p["why"]) for p in order["papers"]]
            slips = [g for g in building.gaps(building.draft_of(order), self.tables) if not g.fine]
            parts.append(
                f"<h4>{base.text(order['name'])}, as the colleague left it</h4><p>{base.text(order['order'])}</p>"
            )
            parts.append(base.table(["Check", "What to mend"], [(g.name, g.words) for g in slips], "Slips"))
            parts.append(f"<h4>{base.text(order['name'])}, as it should go out</h4>")
            parts.append(base.table(["Paper", "What", "In the packet", "Why"], papers, "Papers"))
            parts += [view(draft, name, self.tables) for name in ("side by side", "X12 278")]
        return "".join(parts)


def request_builder() -> RequestBuilder:
    """Open the request builder."""
    return RequestBuilder()
