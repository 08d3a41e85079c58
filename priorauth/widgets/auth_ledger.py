"""Authorization ledger: which approvals end, are used up or are recorded wrongly, and the visits of one line."""

from __future__ import annotations

from typing import Any

from priorauth import ledger
from priorauth.widgets import base
from priorauth.widgets.fields import number_field

COLUMNS = ("Request", "Service", "Answered", "Used", "Booked", "Left", "Last day", "Days left", "Renew by", "Look at")


def _row(line: dict[str, Any], ahead: int) -> tuple[object, ...]:
    return (
        line["request_id"], line["service"], line["answered"], line["used"], line["booked"], line["units_left"],
        f"{line['last_day']:%Y-%m-%d}", line["days_left"], f"{line['renew_by']:%Y-%m-%d}", "; ".join(ledger.remarks(line, ahead)) or "-",
    )  # fmt: skip


class AuthLedger(base.Tool):
    """The tool itself. It starts with everything that ends within two weeks or has something to look at."""

    def __init__(self) -> None:
        self.all = ledger.lines().to_dict("records")
        services = [("all services", ""), *((s, s) for s in ledger.SERVICES.values())]
        self.service = base.choice("Service", services)
        self.ahead = number_field("Days ahead", ledger.AHEAD, 0, 90)
        self.list = base.button("Show the list", "List the lines that need an action")
        self.line = base.choice("Open one line", [(x["request_id"], n) for n, x in enumerate(self.all)])
        self.open = base.button("Open the line", "Show the visits of this approval")
        super().__init__(
            "Authorization ledger",
            "Choose service and days ahead, and show what needs an action. Or open one line to see its visits.",
            [self.service, self.ahead, self.list, self.line, self.open],
            _everything(self.all),
        )
        self.list.on_click(lambda _: self.show_list())
        self.open.on_click(lambda _: self.open_line())
        self.show(self._table())

    def due(self) -> list[dict[str, Any]]:
        """The lines of the chosen service with something to look at within the chosen days."""
        mine = [x for x in self.all if self.service.value in ("", x["service"])]
        return [x for x in mine if ledger.remarks(x, self.ahead.value)]

    def _table(self) -> str:
        rows = [_row(x, self.ahead.value) for x in self.due()]
        return base.table(COLUMNS, rows, f"To look at, {self.ahead.value} days ahead")

    def show_list(self) -> None:
        """List what needs an action, and say how much and what comes first."""
        found = self.due()
        self.show(self._table())
        if not found:
            self.say(f"Nothing needs an action within {self.ahead.value} days.")
            return
        first = found[0]
        self.say(
            f"{len(found)} lines need a look. First {first['request_id']}: {'; '.join(ledger.remarks(first, self.ahead.value))}."
        )

    def open_line(self) -> None:
        """Show one approval and its visits."""
        line = self.all[self.line.value]
        visits = ledger.visits(line["request_id"])
        rows = [(f"{v.at:%Y-%m-%d %H:%M}", v.units, v.status) for v in visits.itertuples(index=False)]
        head = [
            ("Service", line["service"]),
            ("Units", f"{line['answered']} answered by the plan, {line['recorded']} in our log"),
            ("Counted", f"{line['used']} used and {line['booked']} booked, so {line['units_left']} left"),
            (
                "Last day",
                f"{line['last_day']:%Y-%m-%d}, in {line['days_left']} days; renew by {line['renew_by']:%Y-%m-%d}",
            ),
            ("Look at", "; ".join(ledger.remarks(line, self.ahead.value)) or "nothing"),
        ]
        self.show(base.panel(base.definition_list(head)) + base.table(["When", "Units", "Status"], rows, "Visits"))
        self.say(
            f"{line['request_id']}: {line['units_left']} units left; the last day is {line['last_day']:%B} {line['last_day'].day}."
        )


def _everything(lines: list[dict[str, Any]]) -> str:
    """Every running approval in a sentence."""
    said = [
        f"{x['request_id']}, {x['service']}: {x['answered']} units answered, {x['used']} used, {x['booked']} booked, {x['units_left']} left; "
        f"last day {x['last_day']:%Y-%m-%d}, renew by {x['renew_by']:%Y-%m-%d}. {'; '.join(ledger.remarks(x))}"
        for x in lines
    ]
    items = "".join(f"<li>{base.text(s)}</li>" for s in said)
    return f"<p>All running approvals on September 30, 2026:</p><ul>{items}</ul>"


def auth_ledger() -> AuthLedger:
    """Open the ledger."""
    return AuthLedger()
