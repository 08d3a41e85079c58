"""Policy finder: plan, code and day in, the policy version in force out, with its checklist and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets

from priorauth import data, policies
from priorauth.days import as_day
from priorauth.widgets import base

WANTS = {"pa": "PA", "none": "nothing"}  # requirements of a rule that read better in other words


def checklist_html(tree: policies.Tree) -> str:
    """A policy tree as nested lists; each criterion starts with its id."""
    if "kind" in tree:
        return f"<li><strong>{base.text(tree['id'])}</strong> {base.text(policies.sentence(tree))}</li>"
    head = policies.ALL if "all" in tree else policies.ANY
    inside = "".join(checklist_html(branch) for branch in policies.branches(tree))
    return f'<li>{base.text(head.capitalize())}:<ul style="margin: 2px 0; padding-left: 22px;">{inside}</ul></li>'


def policy_html(policy: dict[str, Any], renewal: bool = False) -> str:
    """One policy version: dates, places, length of an approval, and the checklist of a first request or a renewal."""
    facts = [
        ("Policy", f"{policy['policy_id']}, {policy['title']}"),
        ("Version", f"{policy['version']}, {policies.dates(policy)}"),
        ("Places of service", policies.places(policy)),
        ("An approval lasts", f"{policy['approval_days']} days"),
    ]
    try:
        tree = policies.tree_for(policy, renewal)
    except policies.NoPolicy as problem:
        return base.definition_list(facts) + f"<p>{base.text(problem)}</p>"
    title = "Renewal criteria" if renewal else "Criteria of a first request"
    return f"{base.definition_list(facts)}<p><strong>{title}</strong></p><ul>{checklist_html(tree)}</ul>"


def found_html(found: policies.Found, renewal: bool) -> str:
    """The plan's rule, the policy in force, and what differs from its other versions."""
    rule = found.rule
    line = f"Rule {rule['rule_id']}: {rule['plan_id']} wants {WANTS.get(rule['requirement'], rule['requirement'])} for {rule['code']}, {rule['benefit']} benefit."
    html = f"<p>{base.text(line)}</p>"
    if found.policy is None:
        return html + "<p>The rule names no policy.</p>"
    html += policy_html(found.policy, renewal)
    for number in found.others:
        other = next(p for p in policies.versions(found.policy["policy_id"]) if p["version"] == number)
        rows = [(c, a, b) for c, a, b in policies.changes(found.policy, other)]
        caption = f"What version {number} ({policies.dates(other)}) says instead"
        html += base.table(["Criterion", f"Version {found.policy['version']}", f"Version {number}"], rows, caption)
    return html


class PolicyFinder(base.Tool):
    """The tool itself. `cases` are the (plan, code, day) to begin with."""

    def __init__(self, plan_id: str, code: str, day: str) -> None:
        plans = data.load("plans")
        listed = data.load("pa_list")
        codes = sorted(listed.loc[listed["policy_id"].notna(), "code"].unique())
        self.plan = base.choice("Plan", [(f"{r.plan_id} {r.name}", r.plan_id) for r in plans.itertuples(index=False)])
        self.code = base.choice("Code", [(c, c) for c in codes])
        self.day = widgets.Text(
            description="Day sent (YYYY-MM-DD)",
            value=day,
            continuous_update=False,
            style=base.WIDE,
            layout=widgets.Layout(width="26em", max_width="100%"),
        )
        self.set_of = base.choice("Criteria", [("first request", False), ("renewal", True)])
        self.find = base.button("Find the policy", "Show the policy version in force on the day")
        self.plan.value, self.code.value = plan_id, code
        super().__init__(
            "Policy finder",
            "Choose plan and code, type the day on which the request is sent, and press Find the policy.",
            [self.plan, self.code, self.day, self.set_of, self.find],
            _everything(data.policies()),
        )
        self.find.on_click(lambda _: self._find())
        self.show(self._result()[0])

    def _result(self) -> tuple[str, str]:
        """(what to show, what to say)."""
        try:
            day = as_day(self.day.value)
        except ValueError as problem:
            return f"<p>{base.text(problem)}</p>", str(problem)
        try:
            found = policies.find(self.plan.value, self.code.value, day)
        except (policies.NoPolicy, data.DataError) as problem:
            return f"<p>{base.text(problem)}</p>", str(problem)
        html = base.panel(found_html(found, self.set_of.value))
        if found.policy is None:
            return html, f"The rule for {self.code.value} names no policy."
        more = " Another version holds on other days." if found.others else ""
        version = f"{found.policy['policy_id']} version {found.policy['version']} holds on {day}"
        try:
            count = len(policies.leaves(policies.tree_for(found.policy, self.set_of.value)))
        except policies.NoPolicy:
            return html, f"{version}. It has no renewal criteria.{more}"
        return html, f"{version}, with {count} criteria for a {self.set_of.label}.{more}"

    def _find(self) -> None:
        html, said = self._result()
        self.show(html)
        self.say(said)


def _everything(known: Sequence[dict[str, Any]]) -> str:
    """Every policy version with its checklist, as finished HTML."""
    parts = []
    for policy in known:
        parts.append(
            base.details(f"{policy['policy_id']} version {policy['version']}, {policy['title']}", policy_html(policy))
        )
    return "".join(parts)


def policy_finder(plan_id: str = "PLN-06", code: str = "IMG-MRI-LSPINE", day: str = "2026-05-31") -> PolicyFinder:
    """Open the finder at a plan, a code and a day."""
    return PolicyFinder(plan_id, code, day)
