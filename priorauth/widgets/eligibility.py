"""Eligibility reader: a card, the plan's 271 answer, and what both mean on a day that you choose."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ipywidgets as widgets

from priorauth import coverage, data, messages, verification
from priorauth.days import as_day
from priorauth.facts import cite
from priorauth.widgets import base

CODES = [
    ("DTP*291", "the day that was asked about"),
    ("DTP*346, DTP*347", "first and last day of the cover; no 347 means no end is known"),
    ("EB*1", "active cover"),
    ("EB*6", "the cover is not active"),
    ("EB*R", "another plan covers this person; its name follows"),
    ("EB*C, EB*A, EB*G", "yearly deductible, coinsurance, out-of-pocket maximum of the plan"),
    ("last place of EB*1", "Y authorization needed, N not needed, U unknown"),
    ("AAA*N**75", "nobody was found under this number, name and birth date"),
]


def _card(case: dict[str, Any], plan: dict[str, Any]) -> list[tuple[str, object]]:
    """The front and back of the card that the clinic has on file."""
    return [
        ("Name", case["name_sent"]),
        ("Plan", f"{plan['name']} ({plan['plan_id']})"),
        ("Design", plan["product"]),
        ("Member number as sent", case["card_id_sent"]),
        ("BIN, PCN, group", ", ".join(base.plain(base.text(plan[k])) for k in ("bin", "pcn", "rx_group"))),
    ]


def _line(plan: dict[str, Any]) -> list[tuple[str, object]]:
    who, rules, fact_id = coverage.LINES[plan["line_of_business"]]
    line = plan["line_of_business"].replace("_", " ")
    return [("Line of business", f"{line}: {who}"), ("Rule book", f"{rules} {cite(fact_id)}")]


def _wanted(found: verification.Verification) -> str:
    """What the plan's list says, with its row."""
    words = {"pa": "PA needed", "none": "nothing needed"}.get(found.requirement, found.requirement)
    return f"{words} (row {found.rule_id})" if found.rule_id else words


class EligibilityReader(base.Tool):
    """The tool itself, over some requests. A day is typed as 2026-09-09; the button reads card, cover and network on it."""

    def __init__(self, request_ids: list[str]) -> None:
        if not request_ids:
            raise ValueError("The reader needs at least one request.")
        self.cases = {row["request_id"]: row for row in verification.records(verification.asked(request_ids))}
        self.desk = verification.desk([case["member_id"] for case in self.cases.values()])
        checks = data.load("eligibility").set_index("request_id")
        self.checks = {key: checks.loc[key] for key in self.cases}
        self.providers = data.load("providers").set_index("npi")["name"]
        names = [(f"{case['patient']}, {key}", key) for key, case in self.cases.items()]
        self.request = base.choice("Request", names)
        self.day = widgets.Text(description="Day (year-month-day)", style=base.WIDE, continuous_update=False)
        self.read = base.button("Read this day", "Show cover, payer, network and primary doctor on this day")
        everything = "".join(self._all(key) for key in self.cases)
        super().__init__(
            "Eligibility reader",
            "Choose a request, type a day, then press Read this day. It starts with the day of the visit.",
            [self.request, widgets.HBox([self.day, self.read], layout=widgets.Layout(flex_flow="row wrap"))],
            base.table(["In a 271", "What it means"], CODES, "Parts of a 271 answer") + everything,
        )
        self.request.observe(lambda _: self._choose(), names="value")
        self.read.on_click(lambda _: self._read())
        self.day.value = coverage.day_of(self.case["service_date"])
        self.show(self._page(self.case, self.day.value))

    @property
    def case(self) -> dict[str, Any]:
        """The chosen request."""
        return self.cases[self.request.value]

    def _choose(self) -> None:
        self.day.value = coverage.day_of(self.case["service_date"])
        self._read()

    def _read(self) -> None:
        try:
            day = as_day(self.day.value).isoformat()
        except ValueError as problem:
            self.show(base.panel(f"<p>{base.text(problem)}</p>"))
            self.say(str(problem))
            return
        self.show(self._page(self.case, day))
        self.say(self._sentence(self.case, day))

    def _sentence(self, case: dict[str, Any], day: str) -> str:
        """What is true on the day, in words."""
        try:
            found = verification.verify(case, self.desk, day)
        except ValueError as problem:
            return str(problem)
        if found.plan is None:
            return f"On {day} nothing that pays for this is active: {found.verdict.verdict}."
        return f"On {day}: {found.verdict.verdict}. {found.plan['name']} pays first. Network: {found.network}."

    def _on_day(self, case: dict[str, Any], day: str) -> list[tuple[str, object]]:
        try:
            found = verification.verify(case, self.desk, day)
        except ValueError as problem:
            return [("Cover", str(problem))]
        rows = [("Cover", f"{found.verdict.verdict} ({found.verdict.coverage_id})"), ("Why", found.verdict.why)]
        if found.plan is None:
            return rows
        doctor, pcp = self.providers.get(case["rendering_npi"], "not named"), found.cover["pcp_npi"]
        return [
            *rows,
            ("Pays first", found.plan["name"]),
            ("Network", f"{doctor}: {found.network}"),
            ("Primary doctor on file", self.providers.get(pcp, "none; this plan does not ask for one")),
            ("The plan's list", _wanted(found)),
            ("Request belongs to", found.destination),
            *_line(found.plan),
        ]

    def _answer(self, key: str) -> list[tuple[str, object]]:
        check = self.checks[key]
        first, last = coverage.day_of(check["cover_from"]), coverage.day_of(check["cover_to"])
        span = f"{first} to {last or 'no end known'}" if first else "none"
        return [
            ("Asked about", coverage.day_of(check["service_date"])),
            ("Answer came", str(check["answered_at"])[:16]),
            ("Answer", verification.ANSWERS[check["answer"]]),
            ("Cover in the answer", span),
        ]

    def _page(self, case: dict[str, Any], day: str) -> str:
        plan = self.desk.plans[case["plan_id"]]
        parts = (
            (f"On {day}", self._on_day(case, day)),
            ("What the 271 says", self._answer(case["request_id"])),
            ("Card on file", _card(case, plan)),
        )
        spans = [
            (r["coverage_id"], self.desk.plans[r["plan_id"]]["name"], coverage.day_of(r["start"]), coverage.day_of(r["end"]))
            for r in self.desk.coverage[case["member_id"]]
        ]  # fmt: skip
        raw = messages.text(messages.name_of(case["request_id"], "271"))
        return "".join(
            base.panel(f"<p><strong>{base.text(name)}</strong></p>{base.definition_list(pairs)}") for name, pairs in parts
        ) + base.table(["Row", "Plan", "First day", "Last day"], spans, "All rows of cover of this person") + base.details(
            "The 271 as it came", f"<pre>{base.text(raw)}</pre>"
        )  # fmt: skip

    def _all(self, key: str) -> str:
        case = self.cases[key]
        days = {coverage.day_of(case["service_date"])}
        for row in self.desk.coverage[case["member_id"]]:  # where a cover ends, also its last day and the day after it
            if last := coverage.day_of(row["end"]):
                days |= {last, (date.fromisoformat(last) + timedelta(days=1)).isoformat()}
        parts = [("What the 271 says", self._answer(key))]
        parts += [(f"On {day}", self._on_day(case, day)) for day in sorted(days)]
        told = "".join(f"<p><strong>{name}</strong></p>{base.definition_list(pairs)}" for name, pairs in parts)
        return f"<h4>{base.text(case['patient'])}, {key}</h4>{told}"


def eligibility_reader(request_ids: list[str]) -> EligibilityReader:
    """Open the reader for some requests that have a 271 among the messages."""
    return EligibilityReader(request_ids)
