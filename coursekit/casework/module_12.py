"""Module 12: which records its items use, and the true answers, over the tables of the world and the public stories.

The functions `m12_c1` to `m12_c6` make the cases. The other public functions make the known wrong answers that
`items.yaml` names; the first argument `tables` is the world's tables (`TABLES` in the expressions there).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pandas as pd

from coursekit.casework import Case, like
from coursekit.casework.module_12_coded import DAY_SHOWS, IN_TREATMENT, LOOKS_MET, OBSERVATION
from priorauth import stories

Tables = dict[str, pd.DataFrame]
Rows = list[dict[str, Any]]
Answers = dict[str, list[Any]]


def _one(rows: Rows, **wanted: Any) -> dict[str, Any]:
    found = [r for r in rows if all(r[k] == v for k, v in wanted.items())]
    if len(found) != 1:
        raise LookupError(f"{len(found)} rows fit {wanted}.")
    return found[0]


def _case(key: Answers) -> Case:
    """The records in the order of the tables that stand above the answer."""
    return Case(records=list(key), key=key)


# --- c1: twelve doors -----------------------------------------------------------------------------------------------------


def _rules(tables: Tables, event: dict[str, Any], on_day: bool = True) -> Rows:
    """Rows of the plan's list for the code; with `on_day` only the one in force on the day."""
    rules = tables["pa_list"]
    mine = rules[(rules["plan_id"] == event["plan_id"]) & (rules["code"] == event["code"])]
    if on_day:
        day = pd.Timestamp(event["day"])
        ended = mine["effective_to"].notna() & (mine["effective_to"] < day)
        mine = mine[(mine["effective_from"] <= day) & ~ended]
    return mine.sort_values("effective_from").to_dict("records")


def _doctor_of(event: dict[str, Any]) -> str:
    """The doctor whom the visit is with: the last one that the story names."""
    return "Dr. " + event["story"].split("with Dr. ")[1].split(",")[0].split()[-1]


def _paper(event: dict[str, Any]) -> dict[str, Any] | None:
    papers = [p for p in stories.rows("referral_papers") if p["patient"] == event["patient"]]
    return papers[0] if papers else None


def _holds(paper: dict[str, Any], event: dict[str, Any]) -> bool:
    fits = paper["start"] <= event["day"] <= paper["end"] and paper["used"] < paper["visits"]
    return fits and paper["to"] == _doctor_of(event)


def door(tables: Tables, event: dict[str, Any]) -> list[str]:
    """What an event needs, and the row that says so."""
    (rule,) = _rules(tables, event)
    needed, row = rule["requirement"], rule["rule_id"]
    exempt = [] if pd.isna(rule["exempt_pos"]) else str(rule["exempt_pos"]).split(";")
    if needed == "referral":
        paper = _paper(event)
        return ["nothing", paper["paper"]] if paper and _holds(paper, event) else ["referral", row]
    if needed == "none" or event["place"] in exempt or event["event"] in OBSERVATION:
        return ["nothing", row]
    return [needed, row]


def m12_c1(world: Any) -> Case:
    """Twelve events: papers that hold and do not, places without a rule, changed rules, a bed without an order."""
    return _case({e["event"]: door(world.tables, e) for e in stories.rows("arrivals")})


def by_the_list_alone(tables: Tables, model: Answers) -> Answers:
    """The newest row of the plan's list, whatever the place, the day and the order."""
    answer = {}
    for event in stories.rows("arrivals"):
        rule = _rules(tables, event, on_day=False)[-1]
        answer[event["event"]] = ["nothing" if rule["requirement"] == "none" else rule["requirement"], rule["rule_id"]]
    return {k: answer[k] for k in model}


def any_paper_will_do(model: Answers) -> Answers:
    """A referral on file is good for every visit."""
    papers = {e["event"]: _paper(e) for e in stories.rows("arrivals")}
    return {k: ["nothing", papers[k]["paper"]] if papers[k] else v for k, v in model.items()}


def a_bed_is_an_admission(model: Answers) -> Answers:
    """Observation is taken for an inpatient stay."""
    return {k: ["notification", v[1]] if k in OBSERVATION else v for k, v in model.items()}


# --- c2: eight stays --------------------------------------------------------------------------------------------------------


def _paid_from(stay: dict[str, Any]) -> str:
    """The first day that the contract can pay: the day of the order, or of the notice where that was late."""
    order, told = pd.Timestamp(stay["inpatient_order"]), pd.Timestamp(stay["plan_told"])
    late = told - order > pd.Timedelta(hours=stay["tell_within"])
    return f"{(told if late else order):%Y-%m-%d}"


def reviewed(stay: dict[str, Any], shows: Iterable[str] | None = None, count_from: str = "", stop: bool = False) -> list[Any]:  # fmt: skip
    """[days covered, first day of the stay that is not]; the arguments make one mistake each."""
    shows = DAY_SHOWS if shows is None else shows
    order, left = stay["inpatient_order"][:10], stay["left"][:10]
    paid_from = count_from or _paid_from(stay)
    days = [d for d in stories.rows("days_to_review") if d["stay"] == stay["stay"]]
    inside = [d for d in days if (min(order, paid_from)) <= d["day"] < left]
    covered = [d["day_id"] for d in inside if d["day"] >= paid_from and d["day_id"] in shows]
    missing = [d["day_id"] for d in inside if d["day_id"] not in covered]
    if stop and missing:
        covered = [d for d in covered if d < missing[0]]
    return [len(covered), missing[0] if missing else days[-1]["day_id"]]


def _stays(**wrong: Any) -> Answers:
    return {s["stay"]: reviewed(s, **wrong) for s in stories.rows("stays_to_review")}


def m12_c2(world: Any) -> Case:
    """Eight stays: late notices, observation first, days that wait, planned minutes, and days that count again."""
    return _case(_stays())


def _as(model: Answers, answer: Answers) -> Answers:
    return {k: answer[k] for k in model}


def notice_forgotten(model: Answers) -> Answers:
    """A late notice costs nothing."""
    return _as(
        model, {s["stay"]: reviewed(s, count_from=s["inpatient_order"][:10]) for s in stories.rows("stays_to_review")}
    )


def from_arrival(model: Answers) -> Answers:
    """Observation counts as the first day of the stay."""
    answer = {}
    for s in stories.rows("stays_to_review"):
        early = s["arrived"][:10] < s["inpatient_order"][:10] and _paid_from(s) == s["inpatient_order"][:10]
        answer[s["stay"]] = reviewed(s, count_from=s["arrived"][:10] if early else "")
    return _as(model, answer)


def looks_sick_enough(model: Answers) -> Answers:
    """Words are enough: a line that stays in, planned minutes, a reading that is nearly out of range."""
    return _as(model, _stays(shows={*DAY_SHOWS, *LOOKS_MET}))


def stops_at_the_first_gap(model: Answers) -> Answers:
    """After the first day that does not meet the sheet nothing counts any more."""
    return _as(model, _stays(stop=True))


# --- c3: ten ways out of the network -------------------------------------------------------------------------------------

TRANSITION_DAYS = 90  # of an active course of treatment, for a new member of a Medicare Advantage plan


def way_out(tables: Tables, ask: dict[str, Any], line_matters: bool = True, treatment_matters: bool = True, within: int = TRANSITION_DAYS, dates_matter: bool = True) -> list[str]:  # fmt: skip
    """What a request to see someone comes to, and the row that says so; the switches make one mistake each."""
    day = pd.Timestamp(ask["first_visit"])
    nets = tables["networks"]
    mine = nets[(nets["plan_id"] == ask["plan_id"]) & (nets["npi"] == ask["npi"])]
    if dates_matter:
        mine = mine[(mine["start"] <= day) & (mine["end"].isna() | (mine["end"] >= day))]
    if len(mine):
        return ["in_network", mine.iloc[0]["network_id"]]
    line = tables["plans"].set_index("plan_id")["line_of_business"][ask["plan_id"]]
    new = (day - pd.Timestamp(ask["in_plan_since"])).days < within
    active = ask["ask"] in IN_TREATMENT or not treatment_matters
    if new and active and (line == "medicare_advantage" or not line_matters):
        return ["continuity", ask["cover"]]
    access = _one(tables["access"].to_dict("records"), plan_id=ask["plan_id"], specialty=ask["specialty"])
    far = access["nearest_miles"] > access["standard_miles"]
    slow = access["wait_days"] > access["standard_wait_days"]
    return ["gap" if far or slow else "no_exception", access["access_id"]]


def m12_c3(world: Any) -> Case:
    """Ten requests: holes by distance and by waiting, new members, old members, contracts that ended or run."""
    return _case({a["ask"]: way_out(world.tables, a) for a in stories.rows("network_asks")})


def ways_out(tables: Tables, model: Answers, **wrong: Any) -> Answers:
    """All ten with one mistake."""
    answer = {a["ask"]: way_out(tables, a, **wrong) for a in stories.rows("network_asks")}
    return {k: answer[k] for k in model}


def believes_the_patient(tables: Tables, model: Answers) -> Answers:
    """Nobody looks up the network: every request is for somebody outside."""
    asks = {a["ask"]: {**a, "npi": ""} for a in stories.rows("network_asks")}
    return {k: way_out(tables, asks[k]) for k in model}


def distance_only(tables: Tables, model: Answers) -> Answers:
    """The wait is overlooked."""
    miles = tables["access"].set_index("access_id")
    far = miles["nearest_miles"] > miles["standard_miles"]
    return {k: ["no_exception", v[1]] if v[0] == "gap" and not far[v[1]] else v for k, v in model.items()}


# --- c4: nine lines of the ledger -----------------------------------------------------------------------------------------

LEDGER_LINES = 9  # for each learner; the other stories stand in for them


def ledger_line(approval: dict[str, Any], count: tuple[str, ...] = ("done", "booked")) -> list[str]:
    """Verdict and visit: the first visit that units or days do not cover; else the last one that counts."""
    used, last = 0, ""
    visits = [v for v in stories.rows("tracker_visits") if v["approval"] == approval["approval"]]
    for visit in sorted(visits, key=lambda v: (v["day"], v["visit"])):
        if visit["status"] not in count:
            continue
        used, last = used + visit["units"], visit["visit"]
        limit = "days" if visit["day"] > approval["last_day"] else "units" if used > approval["units"] else ""
        if limit:
            return [f"{'renew' if visit['status'] == 'booked' else 'overdrawn'}_{limit}", last]
    return ["enough", last]


def m12_c4(world: Any) -> Case:
    """Nine approvals: by units and by days, given and booked, with visits that never took place and wrong records.

    Beside each stand others with the same verdict and as many visits, on which the same mistakes go wrong.
    """
    right = {a["approval"]: ledger_line(a) for a in stories.rows("plan_answers")}
    mistakes = [make(right) for make in (by_the_tracker, counts_everything, what_was_given_only)]
    visits = Counter(v["approval"] for v in stories.rows("tracker_visits"))
    kinds = {k: (right[k][0], visits[k], *(wrong[k] == right[k] for wrong in mistakes)) for k in right}
    shown = list(right)[:LEDGER_LINES]
    pool = like(shown, right, kinds.get)
    return Case(records=shown, key={k: right[k] for place in pool for k in place}, pool=pool)


def by_the_tracker(model: Answers) -> Answers:
    """The tracker is believed, the answer is not opened."""
    lines = {t["approval"]: {**t, "last_day": t["ends"]} for t in stories.rows("tracker_lines")}
    return {k: ledger_line(lines[k]) for k in model}


def counts_everything(model: Answers) -> Answers:
    """Cancelled and missed visits use units, too."""
    answers = {a["approval"]: a for a in stories.rows("plan_answers")}
    return {k: ledger_line(answers[k], ("done", "booked", "cancelled", "missed")) for k in model}


def what_was_given_only(model: Answers) -> Answers:
    """Booked visits are left out, so nothing ever has to be renewed."""
    answers = {a["approval"]: a for a in stories.rows("plan_answers")}
    return {k: ledger_line(answers[k], ("done",)) for k in model}


# --- c5: fourteen charges -------------------------------------------------------------------------------------------------


def match(charge: dict[str, Any]) -> list[str]:
    """The code with which our payers would answer, or `bill`, and the approval that decides."""
    mine = [a for a in stories.rows("approvals_on_file") if a["patient"] == charge["patient"]]
    named = [a for a in mine if a["number"] == charge["number"]]
    inside = [a for a in named if a["start"] <= charge["day"] <= a["end"]]
    if not inside:
        same = [a for a in mine if a["code"] == charge["code"]]
        covering = [a for a in same if a["start"] <= charge["day"] <= a["end"]]
        return ["197", max(covering or same, key=lambda a: a["end"])["approval"]]
    approval = inside[0]
    if approval["code"] != charge["code"]:
        return ["284", approval["approval"]]
    if approval["provider"] != charge["provider"]:
        return ["296", approval["approval"]]
    if approval["billed_before"] + charge["units"] > approval["units"]:
        return ["198", approval["approval"]]
    return ["bill", approval["approval"]]


def m12_c5(world: Any) -> Case:
    """Fourteen charges: wrong, missing and outdated numbers, another service or provider, and units used before."""
    return _case({c["charge"]: match(c) for c in stories.rows("charges_to_check")})


def _charge(name: str) -> dict[str, Any]:
    return _one(stories.rows("charges_to_check"), charge=name)


def a_number_is_a_number(model: Answers) -> Answers:
    """Whatever carries a number that stands in the file may be billed."""
    numbers = {a["number"]: a["approval"] for a in stories.rows("approvals_on_file")}
    return {k: ["bill", numbers[n]] if (n := _charge(k)["number"]) in numbers else v for k, v in model.items()}


def units_of_this_charge(model: Answers) -> Answers:
    """Units that were billed before are forgotten."""
    return {k: ["bill", v[1]] if v[0] == "198" else v for k, v in model.items()}


def all_absent(model: Answers) -> Answers:
    """Anything that does not fit is called absent."""
    return {k: v if v[0] == "bill" else ["197", v[1]] for k, v in model.items()}


def wrong_is_wrong(model: Answers) -> Answers:
    """Wrong service and wrong provider are mixed up."""
    swap = {"284": "296", "296": "284"}
    return {k: [swap.get(v[0], v[0]), v[1]] for k, v in model.items()}


# --- c6: the trend ------------------------------------------------------------------------------------------------------------

CODES = ("197", "198", "284", "296")


def trend(tables: Tables, first: int = 4, codes: tuple[str, ...] = CODES, share_of: str = "lines", dollars: str = "billed", by: str = "service_date") -> dict[str, Any]:  # fmt: skip
    """Claim lines by month of service from April to August; the switches change one definition each."""
    claims = tables["claims"]
    claims = claims[(claims[by].dt.month >= first) & (claims[by].dt.month <= 8)]
    month, lost = claims[by].dt.strftime("%Y-%m"), claims["carc"].isin(codes)
    counts = claims.groupby(month).size()
    bad = claims[lost].groupby(month).size()
    cost = claims[lost].groupby(month)[dollars].sum().round().astype(int)
    base = {"lines": counts, "paid": counts - bad}[share_of]
    share = (100 * bad / base).round(1)
    rows = [[m, int(counts[m]), int(bad[m]), float(share[m]), int(cost[m])] for m in counts.index]
    return {"columns": ["month", "lines", "auth_denied", "share", "lost"], "rows": rows}


def m12_c6(world: Any) -> Case:
    """Five months of claim lines: how many, how many denied over an authorization, which share, how many dollars."""
    return Case(records=[], key=trend(world.tables))


def as_frame(model: dict[str, Any]) -> pd.DataFrame:
    """A trend table as the learner has it: a DataFrame with the month as a column."""
    return pd.DataFrame(model["rows"], columns=model["columns"])
