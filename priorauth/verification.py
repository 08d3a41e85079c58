"""Benefits verification: one request read against the tables for its day of service, and the opening case of Module 2.

`verify` puts together what `coverage` and `routing` say: cover, plan, rule book, reviewer, need, network, terms. The
opening case is found by a rule, so the notebook's text stays true when the world is generated again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from priorauth import costs, coverage, data, routing

if TYPE_CHECKING:
    import pandas as pd

    from priorauth.opening import ModelAnswer

ANSWERS = {
    "active": "The plan covers this person on the day.",
    "inactive": "The plan knows this person, but does not cover this person on the day.",
    "active_other_plan": "The plan does not cover this person on the day, and it names another plan that does.",
    "not_found": "The plan found nobody under this number, name and birth date. This says nothing about cover: mend the identity and ask again.",
}  # fmt: skip


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table as dicts."""
    return table.to_dict("records")


@dataclass(frozen=True)
class Desk:
    """The tables that a verification needs, as plain rows."""

    plans: Mapping[str, dict[str, Any]]
    payers: Mapping[str, str]
    coverage: Mapping[str, list[dict[str, Any]]]
    networks: list[dict[str, Any]]
    pa_list: list[dict[str, Any]]


def desk_of(tables: Mapping[str, pd.DataFrame]) -> Desk:
    """The desk with all rows of coverage in some tables: plans, payers, coverage, networks, pa_list."""
    payers, rows = tables["payers"], tables["coverage"]
    return Desk(
        {row["plan_id"]: row for row in records(tables["plans"])},
        dict(zip(payers["payer_id"], payers["name"], strict=True)),
        {key: records(group) for key, group in rows.groupby("member_id")},
        records(tables["networks"]),
        records(tables["pa_list"]),
    )


def desk(member_ids: list[str]) -> Desk:
    """The desk with the coverage rows of some members, from the course's own tables."""
    tables = {name: data.load(name) for name in ("plans", "payers", "coverage", "networks", "pa_list")}
    rows = tables["coverage"]
    return desk_of(tables | {"coverage": rows[rows["member_id"].isin(member_ids)]})


@dataclass(frozen=True)
class Verification:
    """What is true for a request on one day. Texts are for people; empty where nothing can be said."""

    day: str
    verdict: coverage.Verdict
    plan: dict[str, Any] | None
    cover: dict[str, Any] | None
    requirement: str
    rule_id: str
    destination: str
    network: str


def verify(case: Mapping[str, Any], on: Desk, day: Any = None) -> Verification:
    """Read one request on its day of service, or on another `day`.

    `case` has member_id, plan_id, category, benefit, code, pos, rendering_npi, service_date.
    """
    when = coverage.day_of(day if day is not None else case["service_date"])
    mine = on.coverage[case["member_id"]]
    verdict = coverage.status(mine, on.plans, case["plan_id"], when, case["benefit"] == "pharmacy")
    if verdict.verdict == coverage.NO_COVER:
        return Verification(when, verdict, None, None, "", "", "", "")
    cover = next(row for row in mine if row["coverage_id"] == verdict.coverage_id)
    plan = on.plans[cover["plan_id"]]
    rule = routing.rule_for(on.pa_list, plan["plan_id"], case["code"], when)
    wanted = routing.wanted(rule, case["pos"]) if rule else "not on the list"
    place = routing.destination(plan, case["category"], case["benefit"])
    network = coverage.network_status(plan, on.networks, case["rendering_npi"], when)
    return Verification(
        when, verdict, plan, cover, wanted, rule["rule_id"] if rule else "", on.payers[place], network
    )  # fmt: skip


def asked(request_ids: list[str]) -> pd.DataFrame:
    """Requests with the code, place and name that a verification needs, in the given order."""
    lines = data.load("request_lines")
    first = lines[lines["line_no"] == 1].set_index("request_id")[["code", "pos"]]
    members = data.load("members").set_index("member_id")
    found = data.load("requests").set_index("request_id").join(first).loc[request_ids].reset_index()
    names = members["first_name"] + " " + members["last_name"]
    return found.assign(patient=found["member_id"].map(names), sex=found["member_id"].map(members["sex"]))


# --- the opening case ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Opening:
    """A request that was dismissed although the answer that would have saved it lay in the inbox."""

    request_id: str
    patient: str
    lines: tuple[tuple[str, str], ...]
    answers: list[tuple[str, str]]

    def __str__(self) -> str:
        return "\n".join(f"{label + ':':<14} {words}" for label, words in self.lines)

    def model_answer(self) -> ModelAnswer:
        """The answers to the five questions of the tool kit, folded in a notebook."""
        from priorauth.opening import ModelAnswer

        return ModelAnswer(self)  # type: ignore[arg-type]


def opening_case() -> Opening:
    """A woman whose request named a plan that she had left, for a scan. DataError if there is none.

    Best are requests where the new plan has another reviewer and the 271 is among the messages; then the latest visit.
    """
    from priorauth import messages

    checks = data.load("eligibility")
    checks = checks[checks["answer"] == "active_other_plan"].set_index("request_id")
    cases = asked(checks.index.tolist())
    cases = cases[(cases["sex"] == "F") & cases["decided_at"].notna()]
    if cases.empty:
        raise data.DataError("No woman has left the plan that her request names, so Module 2 has no opening case.")
    on = desk(cases["member_id"].tolist())
    found = []
    for case in records(cases):
        truth = verify(case, on)
        other = truth.destination != on.payers[case["destination_id"]]
        has_271 = any(name.endswith("_271.x12") for name in messages.files(case["request_id"]))
        scan = case["category"] == "advanced_imaging"
        found.append(((scan, other, has_271, coverage.day_of(case["service_date"])), case, truth))
    _, case, truth = max(found, key=lambda f: f[0])
    return _tell(case, truth, checks.loc[case["request_id"]], on)


def _long(value: Any) -> str:
    return (
        f"{value:%A, %B} {value.day}, {value:%H:%M}" if f"{value:%H:%M}" != "00:00" else f"{value:%A, %B} {value.day}"
    )


def _tell(case: dict[str, Any], truth: Verification, check: pd.Series, on: Desk) -> Opening:
    services = data.load("services").set_index("code")["description"]
    events = data.load("events")
    log = events[events["request_id"] == case["request_id"]].sort_values("at", kind="stable")
    named, cover, plan = on.plans[case["plan_id"]], truth.cover, truth.plan
    terms, left = costs.terms(plan), costs.money(max(0, plan["deductible"] - cover["deductible_met"]))
    lines = (
        ("Patient", f"Ms {case['patient']} (invented)"),
        ("Request", f"{case['request_id']}, {services.get(case['code'], case['code'])}"),
        ("Plan named", named["name"]),
        ("Day of visit", _long(case["service_date"])),
        ("271 answered", _long(check["answered_at"])),
        ("Sent", f"{_long(case['submitted_at'])}, to {on.payers[case['destination_id']]}"),
        ("Last line", f"{_long(log['at'].iloc[-1])}, {log['detail'].iloc[-1]}"),
    )
    answers = [
        ("Is the cover active on the day?", f"Not in {named['name']}. She has been in {plan['name']} since {_long(cover['start'])} ({truth.verdict.coverage_id})."),
        ("Who pays first?", f"{plan['name']}. {truth.verdict.why}"),
        ("Which benefit, and which door?", f"The {case['benefit']} benefit. The request belongs to {truth.destination}, not to {on.payers[case['destination_id']]}."),
        ("What does the plan want, and is the place in its network?", f"{truth.requirement.upper() if truth.requirement == 'pa' else truth.requirement.capitalize()} ({truth.rule_id}). On that day the place is: {truth.network}."),
        ("What will she owe?", f"She has {costs.dollars(left)} of the deductible left, then pays {float(terms.coinsurance):.0%} of the allowed amount."),
    ]  # fmt: skip
    return Opening(case["request_id"], case["patient"], lines, answers)


def readers(most: int = 4) -> list[str]:
    """Requests for the eligibility reader: one for each kind of answer, from those whose 271 is among the messages.

    The opening case comes first; of each other kind, the lowest request id.
    """
    from priorauth import messages

    checks = data.load("eligibility").sort_values("request_id")
    have = {name[:10] for name in messages.files() if name.endswith("_271.x12")}
    checks = checks[checks["request_id"].isin(have)]
    firsts = [opening_case().request_id]
    for answer in ("active", "inactive", "not_found"):
        firsts += checks[checks["answer"] == answer]["request_id"].head(1).tolist()
    return list(dict.fromkeys(firsts))[:most]


# --- the records of the casework, as tables ----------------------------------------------------------------------------


#: Codes of places of service, as schedulers say them.
PLACES = {"11": "doctor's office", "12": "the patient's home", "22": "hospital, outpatient department", "24": "surgery center", "49": "independent clinic"}  # fmt: skip


def moved_visits(request_ids: list[str]) -> pd.DataFrame:
    """Requests whose visits were put off by nine weeks and swapped their place; first and new day and place in words."""
    rows = []
    for case in records(asked(request_ids)):
        move = routing.moved(case["service_date"], case["pos"])
        rows.append([case["request_id"], case["plan_id"], case["code"], move.first_day, PLACES.get(move.first_place, move.first_place), move.new_day, PLACES.get(move.new_place, move.new_place)])  # fmt: skip
    import pandas as pd

    return pd.DataFrame(
        rows, columns=["request_id", "plan_id", "code", "first_day", "first_place", "new_day", "new_place"]
    )
