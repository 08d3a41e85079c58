"""Module 9: which records its items use, and the true answers.

Slips, letters, statements and members are stories (`priorauth/stories/counter.yaml`) on formulary rows of the world;
how a story reads in the terms of the rules stands here, on the instructor's side. `m09_c3` stands in `module_09_letters`,
`m09_c6`, `m09_c7` and `m09_c8` in `module_09_records`. The other public functions make the known wrong answers that
`items.yaml` names.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pandas as pd

from coursekit.casework import Case
from coursekit.casework.module_09_letters import (  # noqa: F401 - the item, and names for the expressions in items.yaml
    any_lower,
    generics_for_all,
    harm_is_enough,
    lowest_row,
    m09_c3,
)
from coursekit.casework.module_09_records import (  # noqa: F401 - items, and names for the expressions in items.yaml
    FIRST_STEP,
    any_question,
    as_frame,
    every_exception,
    letter_counts,
    m09_c6,
    m09_c7,
    m09_c8,
    no_question,
    review_counts,
    seventy_two,
    span,
    spans,
    steps,
)
from priorauth import rejects, stories, supply, therapy
from priorauth.clocks import due_at

YEAR_END = pd.Timestamp("2026-12-31")


def _shuffled(things: Iterable[str], item_id: str) -> list[str]:
    mixed = list(things)
    random.Random(item_id).shuffle(mixed)
    return mixed


def _rows(name: str, **wanted: str) -> list[dict[str, Any]]:
    return [r for r in stories.rows(name) if all(r[k] == v for k, v in wanted.items())]


def _formulary(tables: dict[str, pd.DataFrame], plan_id: str, drug_id: str) -> dict[str, Any]:
    rows = tables["formulary"]
    (row,) = rows[(rows["plan_id"] == plan_id) & (rows["drug_id"] == drug_id)].to_dict("records")
    return {k: None if pd.isna(v) else v for k, v in row.items()}


# --- c1: twelve slips -----------------------------------------------------------------------------------------------------


def _run(slip: dict[str, Any], rule: dict[str, Any]) -> therapy.Run | None:
    """The longest run of one step drug whose last fill lies inside the look-back."""
    day = date.fromisoformat(slip["day"])
    oldest = day - timedelta(days=int(rule["step_lookback"] or 0))
    found = []
    for drug in (rule["step_drugs"] or "").split(";"):
        fills = [f | {"fill_id": f["row"]} for f in _rows("counter_fills", slip=slip["slip"], drug_id=drug)]
        last = {f["row"]: date.fromisoformat(f["filled_on"]) for f in fills}
        found += [r for r in therapy.runs(therapy.fills_of(fills), until=day) if last[r.fill_ids[-1]] >= oldest]
    return max(found, key=lambda r: r.days, default=None)


def _approval(slip: dict[str, Any]) -> str | None:
    rows = _rows("counter_log", slip=slip["slip"], drug_id=slip["drug_id"])
    return next((r["row"] for r in rows if r["first_day"] <= slip["day"] <= r["last_day"]), None)


def _earlier(slip: dict[str, Any]) -> dict[str, Any] | None:
    rows = [
        f for f in _rows("counter_fills", slip=slip["slip"], drug_id=slip["drug_id"]) if f["filled_on"] < slip["day"]
    ]
    return max(rows, key=lambda f: f["filled_on"], default=None)


def _clash(tables: dict[str, pd.DataFrame], slip: dict[str, Any]) -> str | None:
    """The last fill of another drug of the same class."""
    classes = tables["drugs"].set_index("drug_id")["drug_class"]
    rows = [f for f in _rows("counter_fills", slip=slip["slip"]) if f["drug_id"] != slip["drug_id"]]
    rows = [f for f in rows if classes[f["drug_id"]] == classes[slip["drug_id"]]]
    return max(rows, key=lambda f: f["filled_on"])["row"] if rows else None


def decide(tables: dict[str, pd.DataFrame], slip: dict[str, Any]) -> list[str]:
    """[what to ask for, id of the row that proves it] of one slip."""
    rule = _formulary(tables, slip["plan_id"], slip["drug_id"])
    run, earlier = _run(slip, rule), _earlier(slip)
    same = all(slip[mine] == slip[f"claim_{mine}"] for mine in ("quantity", "days", "ndc"))
    seen = rejects.Slip(
        slip["reject"],
        rejects.per_day(slip["directions"]),
        slip["quantity"],
        slip["days"],
        same,
        _approval(slip) is not None,
        run.days if run else 0,
        earlier["quantity"] / earlier["days_supply"] if earlier else 0,
    )
    advice = rejects.guide(seen, rule)
    proofs = {
        "the claim": slip["claim"],
        "the prescription": slip["rx"],
        "the formulary row": rule["formulary_id"],
        "the row of our log": _approval(slip),
        "the last fill of the run": run.fill_ids[-1] if run else None,
        "the last fill of this drug": earlier["row"] if earlier else None,
        "the fill that clashes": _clash(tables, slip),
    }
    proof = proofs[advice.proof]
    if proof is None or advice.ask == "call the plan":
        raise LookupError(f"{slip['slip']}: {advice.why} Nothing proves it.")
    return [advice.ask, proof]


NAIVE = {"70": rejects.FORMULARY, "75": rejects.PA, "76": rejects.QUANTITY, "79": rejects.WAIT, "88": rejects.QUERY}


def m09_c1(world: Any) -> Case:
    """Twelve slips; reading the code alone is wrong for more than half of them."""
    slips = [s for s in stories.rows("counter_slips") if s["slip"].startswith("S")]
    key = {s["slip"]: decide(world.tables, s) for s in slips}
    if sum(NAIVE[s["reject"]] == key[s["slip"]][0] for s in slips) > 5:
        raise LookupError("The reject code alone says what to ask for too often.")
    return Case(records=list(key), key=key)


def _slip(slip_id: str) -> dict[str, Any]:
    (slip,) = _rows("counter_slips", slip=slip_id)
    return slip


def by_code(tables: dict[str, pd.DataFrame], model: dict[str, list[str]]) -> dict[str, list[str]]:
    """The code alone tells what to ask for; the formulary row is the proof where that is wrong."""
    wrong = {}
    for slip_id, right in model.items():
        slip = _slip(slip_id)
        ask = NAIVE[slip["reject"]]
        row = _formulary(tables, slip["plan_id"], slip["drug_id"])["formulary_id"]
        wrong[slip_id] = right if ask == right[0] else [ask, row]
    return wrong


def days_added_up(tables: dict[str, pd.DataFrame], model: dict[str, list[str]]) -> dict[str, list[str]]:
    """All days of the step drug are added up, over any gap."""
    wrong = {}
    for slip_id, right in model.items():
        slip = _slip(slip_id)
        rule = _formulary(tables, slip["plan_id"], slip["drug_id"])
        fills = [
            f for d in (rule["step_drugs"] or "").split(";") for f in _rows("counter_fills", slip=slip_id, drug_id=d)
        ]
        enough = rule["step_days"] and sum(f["days_supply"] for f in fills) >= rule["step_days"]
        wrong[slip_id] = [rejects.PA, fills[-1]["row"]] if right[0] == rejects.STEP and enough else right
    return wrong


def claim_is_right(tables: dict[str, pd.DataFrame], model: dict[str, list[str]]) -> dict[str, list[str]]:
    """Nobody compares claim and log: what needs mending is asked for."""
    return {k: by_code(tables, model)[k] if v[0] == rejects.MEND else v for k, v in model.items()}


def quantity_itself(model: dict[str, list[str]]) -> dict[str, list[str]]:
    """The number of tablets is compared with the limit, and nobody reads the directions."""
    wrong = dict(model)
    for slip_id, right in model.items():
        slip = _slip(slip_id)
        if right[0] in (rejects.QUERY, rejects.MEND) and slip["reject"] == "76":
            wrong[slip_id] = [rejects.QUANTITY, slip["rx"]]
        if right[0] == rejects.QUANTITY and slip["reject"] == "79":
            wrong[slip_id] = [rejects.WAIT, _earlier(slip)["row"]]
    return wrong


# --- c2: ten clocks ---------------------------------------------------------------------------------------------------------

#: Story -> (what is asked, speed, receipt, statement that counts). What a story tells beside that moves nothing.
CLOCKS = {
    "K01": ("step_exception", "standard", "2026-09-08 10:20", "2026-09-10 15:52"),
    "K02": ("formulary_exception", "standard", "2026-09-14 09:15", ""),
    "K03": ("initial", "standard", "2026-09-17 13:40", ""),
    "K04": ("quantity_exception", "expedited", "2026-09-19 12:10", "2026-09-21 08:05"),
    "K05": ("tiering_exception", "standard", "2026-09-09 08:30", "2026-09-11 14:25"),
    "K06": ("step_exception", "expedited", "2026-09-01 16:00", "2026-09-15 20:30"),
    "K07": ("step_exception", "standard", "2026-09-25 17:20", "2026-09-28 09:40"),
    "K08": ("formulary_exception", "standard", "2026-09-21 11:30", "2026-09-22 16:10"),
    "K09": ("initial", "standard", "2026-09-10 15:00", ""),
    "K10": ("quantity_exception", "standard", "2026-09-08 09:45", "2026-09-14 09:45"),
}


def _due(tables: dict[str, pd.DataFrame], story: str, **changed: str) -> str:
    from priorauth.exceptions import key_of

    plan = next(s["plan"] for s in stories.rows("exception_stories") if s["story"] == story)
    book = tables["plans"].set_index("name")["drug_rules"][plan]
    ask, speed, received, statement = CLOCKS[story]
    line, kind = key_of(changed.get("book", book), changed.get("ask", ask))
    events = {"statement_at": changed.get("statement", statement)}
    return f"{due_at(line, kind, speed, changed.get('received', received), events).at:%Y-%m-%d %H:%M}"


def m09_c2(world: Any) -> Case:
    """Ten stories; their clocks are those of the clock table."""
    return Case(records=list(CLOCKS), key={story: _due(world.tables, story) for story in CLOCKS})


def _part_d(tables: dict[str, pd.DataFrame]) -> set[str]:
    books = tables["plans"].set_index("name")["drug_rules"]
    return {s["story"] for s in stories.rows("exception_stories") if books[s["plan"]] == "part_d"}


def from_receipt(tables: dict[str, pd.DataFrame], model: dict[str, str]) -> dict[str, str]:
    """Every clock of Part D starts with the request."""
    return {s: _due(tables, s, ask="initial") if s in _part_d(tables) else due for s, due in model.items()}


def statement_everywhere(tables: dict[str, pd.DataFrame], model: dict[str, str]) -> dict[str, str]:
    """The statement starts the clock of any plan, and of a PA, too."""
    late = {"K03": "2026-09-18 09:00"}
    wrong = dict(model)
    for story in ("K03", "K07", "K08", "K10"):
        statement = late.get(story, CLOCKS[story][3])
        wrong[story] = _due(tables, story, received=statement, statement="")
    return wrong


def any_paper(tables: dict[str, pd.DataFrame], model: dict[str, str]) -> dict[str, str]:
    """Any page with reasons is a statement, and a call is none."""
    return model | {
        "K02": _due(tables, "K02", statement="2026-09-15 11:00"),
        "K05": _due(tables, "K05", statement="2026-09-15 10:00"),
    }


def no_backstop(tables: dict[str, pd.DataFrame], model: dict[str, str]) -> dict[str, str]:
    """Day 14 itself is the limit, or a late statement gets its hours in full."""
    return model | {"K02": "2026-09-28 09:15", "K06": "2026-09-16 20:30"}


def seventy_two_for_all(model: dict[str, str]) -> dict[str, str]:
    """72 hours for every plan that is not Part D."""
    wrong = dict(model)
    for story in ("K07", "K09", "K10"):
        wrong[story] = f"{pd.Timestamp(CLOCKS[story][2]) + pd.Timedelta(hours=72):%Y-%m-%d %H:%M}"
    return wrong


# --- c4: eleven people at the counter ------------------------------------------------------------------------------------------

#: Medicaid: the desk's notes that describe an emergency.
EMERGENCIES = {"N05", "N10"}


def _began(case: dict[str, Any]) -> dict[str, Any]:
    """The row of cover with which the present plan began, without a break."""
    rows = sorted(_rows("cover_rows", case=case["case"], plan_id=case["plan_id"]), key=lambda r: r["first_day"])
    first = rows[-1]
    for row in reversed(rows[:-1]):
        if date.fromisoformat(row["last_day"]) + timedelta(days=1) == date.fromisoformat(first["first_day"]):
            first = row
    return first


def meanwhile(tables: dict[str, pd.DataFrame], case: dict[str, Any]) -> list[Any]:
    """[verdict, units, row that decides] of one person."""
    book = tables["plans"].set_index("plan_id")["drug_rules"][case["plan_id"]]
    rule, cover = _formulary(tables, case["plan_id"], case["drug_id"]), _began(case)
    had = next((r["row"] for r in _rows("paid_claims", case=case["case"], drug_id=case["drug_id"], paid_as="transition fill")), None)  # fmt: skip
    made = supply.check(
        book,
        rule,
        date.fromisoformat(cover["first_day"]),
        date.fromisoformat(case["day"]),
        rejects.per_day(case["directions"]),
        case["days"],
        had is not None,
        case["case"] in EMERGENCIES,
    )
    inside = supply.window_ends(date.fromisoformat(cover["first_day"])) >= date.fromisoformat(case["day"])
    if book not in ("part_d", "medicaid"):
        row = case["plan_id"]
    elif rule["status"] == "excluded":
        row = rule["formulary_id"]
    elif book == "medicaid":
        row = case["note"]
    else:
        row = had if inside and had else cover["row"]
    return [made.verdict, made.units, row]


def m09_c4(world: Any) -> Case:
    """Eleven people; being new and needing PA is enough for only some of them."""
    key = {c["case"]: meanwhile(world.tables, c) for c in stories.rows("new_members")}
    return Case(records=list(key), key=key)


def _case(case_id: str) -> dict[str, Any]:
    (case,) = _rows("new_members", case=case_id)
    return case


def as_written(model: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The whole prescription is dispensed."""
    return {k: [v[0], _case(k)["quantity"], v[2]] if v[1] else v for k, v in model.items()}


def any_new_card(model: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Whoever has a row of cover that is about three months old gets a month."""
    wrong = dict(model)
    for case_id in ("N02", "N06", "N07", "N08"):
        case = _case(case_id)
        newest = max(_rows("cover_rows", case=case_id), key=lambda r: r["first_day"])
        wrong[case_id] = [supply.TRANSITION, math.ceil(rejects.per_day(case["directions"]) * min(30, case["days"])), newest["row"]]  # fmt: skip
    return wrong


def part_d_for_all(model: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """A transition fill in any plan."""
    wrong = dict(model)
    for case_id in ("N04", "N10", "N11"):
        case = _case(case_id)
        (cover,) = _rows("cover_rows", case=case_id)
        wrong[case_id] = [supply.TRANSITION, case["quantity"], cover["row"]]
    return wrong


def every_pending_pa(model: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """In Medicaid each pending PA gives three days."""
    return model | {"N04": [supply.EMERGENCY, 3, "D04"]}


# --- c5: ten statements -----------------------------------------------------------------------------------------------------

COMPLETE, LEFT_OUT, WRONG_REASON, NOT_PRESCRIBER, AGAINST = (
    "complete",
    "listed drug left out",
    "reason that does not count",
    "not the prescriber's",
    "against the fills",
)
#: Statement -> rows of the list that it speaks about, and sentences that carry a reason of cost or convenience alone.
SPEAKS = {"V1": ["R01"], "V2": ["R03"], "V3": [], "V4": ["R04"], "V5": ["R05", "R06"], "V6": ["R07"], "V7": [], "V8": [], "V9": ["R09", "R10"], "V10": ["R11"]}  # fmt: skip
CONVENIENT = {"V3": "b", "V8": "b"}
SIGNED_BY_ANOTHER = {"V5"}
#: Statement -> sentence with a run that it claims: drug, first and last day at least.
CLAIMED = {"V6": ("b", "Glumetor", "2026-01-31", "2026-06-01")}


def _judged(statement: str) -> list[str]:
    if statement in SIGNED_BY_ANOTHER:
        return [NOT_PRESCRIBER, f"{statement}s"]
    if statement in CONVENIENT:
        return [WRONG_REASON, statement + CONVENIENT[statement]]
    if statement in CLAIMED:
        letter, drug, first, last = CLAIMED[statement]
        fills = [f | {"fill_id": f["row"]} for f in _rows("statement_fills", statement=statement, drug=drug)]
        run = therapy.longest(therapy.fills_of(fills))
        if run is None or run.first > date.fromisoformat(first) or run.last < date.fromisoformat(last):
            return [AGAINST, statement + letter]
    left = [r["row"] for r in _rows("statement_lists", statement=statement) if r["row"] not in SPEAKS[statement]]
    return [LEFT_OUT, left[0]] if left else [COMPLETE, statement]


def m09_c5(world: Any) -> Case:
    """Ten statements; four are complete."""
    key = {s["statement"]: _judged(s["statement"]) for s in stories.rows("statements")}
    return Case(records=list(key), key=key)


def all_speak(model: dict[str, list[str]]) -> dict[str, list[str]]:
    """One listed drug is enough."""
    return {k: [COMPLETE, k] if v[0] == LEFT_OUT else v for k, v in model.items()}


def tried_only(model: dict[str, list[str]]) -> dict[str, list[str]]:
    """A drug that was never taken counts as left out, and a call counts as no statement."""
    return model | {"V9": [LEFT_OUT, "R10"], "V4": [NOT_PRESCRIBER, "V4s"]}


def on_its_face(model: dict[str, list[str]]) -> dict[str, list[str]]:
    """What stands on the page is believed: nobody looks at the fills or at who signed."""
    return {k: [COMPLETE, k] if v[0] in (AGAINST, NOT_PRESCRIBER) else v for k, v in model.items()}


def need_counts(model: dict[str, list[str]]) -> dict[str, list[str]]:
    """A need of the patient is a reason."""
    return {k: [COMPLETE, k] if v[0] == WRONG_REASON else v for k, v in model.items()}
