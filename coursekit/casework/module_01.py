"""Module 1: which records its items use, and the true answers, with pandas over the tables of the world.

The functions `m01_c3` to `m01_c6` make the cases; the other items are invented stories in `items.yaml`. The other
public functions make the known wrong answers that `items.yaml` names; their first argument is the world's tables
(`TABLES` in the expressions there).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

import pandas as pd

from coursekit.casework import Case, kinds, like
from priorauth.journey import state_on
from priorauth.lifecycle import EVENTS

DAY = "2026-05-15"
DECIDED = ("approved", "partly_approved", "denied")

#: Requests to find on DAY: the event that must have caused the state (the first that occurs), and the traps that the
#: log should hold: "later" = another state today, "quiet" = the last row up to DAY changes nothing. Most events have
#: another name than the state that they cause.
WANTED = (
    (("info_received",), {"later"}),
    (("second_level_review", "first_level_review"), {"later"}),
    (("appeal_filed", "appeal_dismissed"), {"later"}),
    (("reversed_after_p2p", "appeal_overturned"), {"quiet"}),
    (("voided", "withdrawn"), set()),
    (("no_action_needed",), set()),
    (("order_written", "partly_approved", "approved"), {"later", "quiet"}),
    (("pended",), {"later", "quiet"}),
    (("denied",), {"later", "quiet"}),
)
#: What stands in where the world has none of the events of an entry; these occur in every world.
STANDS_IN = ("first_level_review", "submitted", "received", "approved", "dismissed")
LONGEST = 20  # events; a longer log takes too long to read
ALIKE = 6  # requests that hold the same traps; with fewer, neighbors would have the same one too often


def _shuffled(things: Iterable[str], item_id: str) -> list[str]:
    mixed = list(things)
    random.Random(item_id).shuffle(mixed)
    return mixed


def moved(model: list[str], letters: str, before: str) -> list[str]:
    """An order with some of its entries, in their own order, moved right before another one; behind it if they stood
    before it."""
    moving = [x for x in model if x in letters]
    rest = [x for x in model if x not in letters]
    at = rest.index(before) + (model.index(moving[0]) < model.index(before))
    return rest[:at] + moving + rest[at:]


def _logs(tables: dict[str, pd.DataFrame], records: list[str] | None = None) -> dict[str, list[dict]]:
    """Request id -> its events in order of time, as plain rows; of some requests or of all."""
    events = tables["events"]
    if records is not None:
        events = events[events["request_id"].isin(records)]
    logs: dict[str, list[dict]] = {}
    for row in events.sort_values(["request_id", "at", "event_id"]).to_dict("records"):
        logs.setdefault(row["request_id"], []).append(row)
    return logs


# --- c3: the state on a day ------------------------------------------------------------------------------------------------


def _until(log: list[dict], day: str) -> list[dict]:
    return [row for row in log if str(row["at"])[:10] <= day]


def _traps(log: list[dict]) -> set[str]:
    """Which traps a log holds on DAY."""
    state, proof = state_on(log, DAY)
    today, _ = state_on(log, "9999-12-31")
    traps = {""}
    if today != state:
        traps.add("later")
    if _until(log, DAY)[-1]["event_id"] != proof:
        traps.add("quiet")
    return traps


def m01_c3(world: Any) -> Case:
    """Nine requests, one for each entry of WANTED; as many of its traps as there are, then short logs first.

    Beside each stand others with the same event behind the same state, on which the same mistakes go wrong.
    """
    logs = {key: log for key, log in _logs(world.tables).items() if 3 <= len(log) <= LONGEST and _until(log, DAY)}
    causes = {key: _cause(log) for key, log in logs.items()}
    traps = {key: _traps(log) for key, log in logs.items()}
    right = {key: list(state_on(log, DAY)) for key, log in logs.items()}
    slips = [make(world.tables, list(logs)) for make in (state_today, last_row, one_event_too_far)]
    alike = {k: (causes[k], *kind) for k, kind in kinds(right, *slips).items()}
    many = {kind for kind, number in Counter(alike.values()).items() if number >= ALIKE}
    chosen: list[str] = []
    for codes, wanted in WANTED:
        free = [k for k in logs if alike[k] in many and k not in chosen]
        fits = next((f for code in codes + STANDS_IN if (f := [k for k in free if causes[k] == code])), None)
        if fits is None:
            raise LookupError(f"On {DAY} no request is where {codes[0]} puts it.")
        chosen.append(min(fits, key=lambda k: (-len(traps[k] & wanted), len(logs[k]), k)))
    pool = like(sorted(chosen), sorted(logs, key=lambda k: (len(logs[k]), k)), alike.get, right)
    return Case(records=sorted(chosen), key={key: right[key] for place in pool for key in place}, pool=pool)


def _cause(log: list[dict]) -> str:
    """The event that put a request into its state on DAY."""
    _, proof = state_on(log, DAY)
    return next((row["event"] for row in log if row["event_id"] == proof), "")


def event_as_state(tables: dict[str, pd.DataFrame], model: dict[str, list[str]]) -> dict[str, list[str]]:
    """The right rows, with the state that sounds most like the name of the event."""
    looks = {
        "info_received": "received", "second_level_review": "received", "first_level_review": "received",
        "appeal_filed": "submitted", "reversed_after_p2p": "approved", "appeal_overturned": "approved",
        "voided": "closed", "withdrawn": "closed", "no_action_needed": "approved", "order_written": "submitted",
        "appeal_dismissed": "dismissed",
    }  # fmt: skip
    codes = tables["events"].set_index("event_id")["event"]
    return {key: [looks.get(codes[proof], state), proof] for key, (state, proof) in model.items()}


def state_today(tables: dict[str, pd.DataFrame], records: list[str]) -> dict[str, list[str]]:
    """The state after the whole log, with the event that caused it."""
    logs = _logs(tables, records)
    return {key: list(state_on(logs[key], "9999-12-31")) for key in records}


def last_row(tables: dict[str, pd.DataFrame], records: list[str]) -> dict[str, list[str]]:
    """The right state, proved by the last row up to the day."""
    logs = _logs(tables, records)
    return {key: [state_on(logs[key], DAY)[0], _until(logs[key], DAY)[-1]["event_id"]] for key in records}


def one_event_too_far(tables: dict[str, pd.DataFrame], records: list[str]) -> dict[str, list[str]]:
    """The first change of state after the day, as if it had happened already."""
    logs = _logs(tables, records)
    wrong = {}
    for key in records:
        later = [row for row in logs[key][len(_until(logs[key], DAY)) :] if EVENTS[row["event"]].state]
        wrong[key] = (
            [EVENTS[later[0]["event"]].state, later[0]["event_id"]] if later else list(state_on(logs[key], DAY))
        )
    return wrong


# --- c4: the plan's list ----------------------------------------------------------------------------------------------------


def _asked(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """First lines of requests with a day of service, joined with every rule of the same plan and code."""
    lines = tables["request_lines"]
    first = lines[lines["line_no"] == 1][["request_id", "code", "pos"]]
    asked = first.merge(tables["requests"][["request_id", "plan_id", "service_date"]], on="request_id")
    return asked[asked["service_date"].notna()].merge(tables["pa_list"], on=["plan_id", "code"])


def _in_force(asked: pd.DataFrame) -> pd.Series:
    open_end = asked["effective_to"].isna() | (asked["service_date"] <= asked["effective_to"])
    return (asked["effective_from"] <= asked["service_date"]) & open_end


def _exempt(asked: pd.DataFrame) -> pd.Series:
    pairs = zip(asked["pos"], asked["exempt_pos"], strict=True)
    return pd.Series([isinstance(e, str) and str(p) in e.split(";") for p, e in pairs], index=asked.index)


def m01_c4(world: Any) -> Case:
    """Eight requests: up to three with two rules and three in an exempt place, and rules that want no PA.

    Where the world has too few of a kind, the next best stands in, so that the item is always complete.
    """
    asked = _asked(world.tables)
    asked = asked.assign(now=_in_force(asked), exempt=_exempt(asked))
    rows = asked.groupby("request_id")["rule_id"].transform("count")
    asked = asked.assign(two_rules=rows > 1)[asked["now"]]
    asked = asked[~asked.duplicated("request_id", keep=False)].sort_values("request_id")
    old, exempt = asked["effective_to"].notna(), asked["exempt"]
    before = asked["two_rules"] & old & ~exempt
    after = asked["two_rules"] & ~old & ~exempt
    freed = exempt & (asked["requirement"] == "pa")
    told, passed, free = (
        (asked["requirement"] == word) & ~exempt & ~asked["two_rules"] for word in ("notification", "referral", "none")
    )
    plain = (asked["requirement"] == "pa") & ~asked["two_rules"] & ~exempt
    wanted = (
        (freed,),
        (freed, free),
        (freed, after, plain),
        (before & (asked["requirement"] != "pa"), before, plain),
        (before, plain),
        (after, plain),
        (told,),
        (passed,),
    )
    key: dict[str, list[str]] = {}
    codes: set[str] = set()
    for number, choices in enumerate(wanted):
        some = next((found for fits in choices if len(found := asked[fits & ~asked["request_id"].isin(key)])), None)
        if some is None:
            raise LookupError(f"No request fits number {number + 1} of m01-c4.")
        fresh = some[~some["code"].isin(codes)]
        row = (fresh if len(fresh) else some).iloc[0]
        codes.add(row["code"])
        key[row["request_id"]] = ["none" if row["exempt"] else row["requirement"], row["rule_id"]]
    shown = _shuffled(key, "m01-c4")
    return Case(records=shown, key={request_id: key[request_id] for request_id in shown})


def rule_of_other_dates(
    tables: dict[str, pd.DataFrame], records: list[str], model: dict[str, list[str]]
) -> dict[str, list[str]]:
    """Where a plan has two rules for the code, the one that is not in force on the day of service."""
    asked = _asked(tables)
    other = asked[asked["request_id"].isin(records) & ~_in_force(asked)].drop_duplicates("request_id")
    return {**model, **{row["request_id"]: [row["requirement"], row["rule_id"]] for _, row in other.iterrows()}}


def place_ignored(
    tables: dict[str, pd.DataFrame], records: list[str], model: dict[str, list[str]]
) -> dict[str, list[str]]:
    """The requirement of the right row, though the place of service is exempt."""
    rules = tables["pa_list"].set_index("rule_id")["requirement"]
    return {key: [rules[model[key][1]], model[key][1]] for key in records}


def rule_of_another_plan(
    tables: dict[str, pd.DataFrame], records: list[str], model: dict[str, list[str]]
) -> dict[str, list[str]]:
    """The first rule for the code in another plan, where there is one."""
    rules = tables["pa_list"].set_index("rule_id")
    wrong = {}
    for key in records:
        right = rules.loc[model[key][1]]
        others = rules[(rules["code"] == right["code"]) & (rules["plan_id"] != right["plan_id"])].sort_index()
        wrong[key] = [others.iloc[0]["requirement"], others.index[0]] if len(others) else model[key]
    return wrong


# --- c5 and c6: count and share -----------------------------------------------------------------------------------------------


def m01_c5(world: Any) -> Case:
    """Requests received by fax in March and April."""
    return Case(records=[], key=faxes(world.tables))


def faxes(
    tables: dict[str, pd.DataFrame],
    column: str = "received_at",
    months: Collection[int] = (3, 4),
    channel: str | None = "fax",
    patients: bool = False,
) -> int:
    """The count with one of its conditions changed: another date, other months, all channels, or patients."""
    requests = tables["requests"]
    some = requests[requests[column].dt.month.isin(list(months))]
    if channel:
        some = some[some["channel"] == channel]
    return int(some["member_id"].nunique() if patients else len(some))


def m01_c6(world: Any) -> Case:
    """Share approved in full of the decided drug requests received in August, in percent to one decimal."""
    return Case(records=[], key=share_approved(world.tables))


def share_approved(
    tables: dict[str, pd.DataFrame],
    category: str | None = "pharmacy_drug",
    top: tuple[str, ...] = ("approved",),
    below: str = "decided",
    rounded: bool = True,
) -> float:
    """The share with one of its definitions changed. `below`: decided, full decisions, or received."""
    requests = tables["requests"]
    august = requests[requests["received_at"].dt.month == 8]
    if category:
        august = august[august["category"] == category]
    bases = {
        "decided": august[august["decision"].isin(DECIDED)],
        "full decisions": august[august["decision"].isin(("approved", "denied"))],
        "received": august,
    }
    share = 100 * august["decision"].isin(top).sum() / len(bases[below])
    return round(float(share), 1) if rounded else float(share)
