"""Module 1: which records its items use, and the true answers, with pandas over the tables of the world.

The functions `m01_c1` to `m01_c6` make the cases. The other public functions make the known wrong answers that
`items.yaml` names; their first argument is the world's tables (`TABLES` in the expressions there).
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pandas as pd

from coursekit.casework import Case
from priorauth.journey import state_on
from priorauth.lifecycle import EVENTS

DAY = "2026-05-15"
DECIDED = ("approved", "partly_approved", "denied")
LETTERS = "ABCDEFGHIJKL"

#: Twelve events whose order needs no guessing; logs that lack one of them are not used for c1.
CARDS = (
    "order_written", "need_checked", "packet_built", "submitted", "received", "first_level_review", "pended", "info_sent",
    "info_received", "approved", "notice_sent", "decision_recorded",
)  # fmt: skip

#: Ten events for "who did it?": the event, and the role that must have acted.
ACTS = (
    ("order_written", "ordering clinician"),
    ("need_checked", "PA specialist"),
    ("info_sent", "PA specialist"),
    ("scheduled", "scheduler"),
    ("p2p_held", "ordering clinician"),
    ("received", "plan intake coordinator"),
    ("notice_sent", "plan intake coordinator"),
    ("first_level_review", "plan nurse reviewer"),
    ("second_level_review", "plan physician reviewer"),
    ("denied", "plan physician reviewer"),
)

#: States to find on DAY, each with the trap that the log must hold: "later" = another state today, "quiet" = the last
#: row up to DAY changes nothing, "" = none.
STATES = (
    ("received", "later"),
    ("in_review", "later"),
    ("pended", "quiet"),
    ("pended", "later"),
    ("approved", "quiet"),
    ("denied", "later"),
    ("appeal_open", "later"),
    ("denied", "quiet"),
)


def _shuffled(things: Iterable[str], item_id: str) -> list[str]:
    mixed = list(things)
    random.Random(item_id).shuffle(mixed)
    return mixed


def _logs(tables: dict[str, pd.DataFrame], records: list[str] | None = None) -> dict[str, list[dict]]:
    """Request id -> its events in order of time, as plain rows; of some requests or of all."""
    events = tables["events"]
    if records is not None:
        events = events[events["request_id"].isin(records)]
    logs: dict[str, list[dict]] = {}
    for row in events.sort_values(["request_id", "at", "event_id"]).to_dict("records"):
        logs.setdefault(row["request_id"], []).append(row)
    return logs


# --- c1: twelve cards ------------------------------------------------------------------------------------------------


def _cards_of(log: list[dict]) -> list[dict]:
    """The twelve events of CARDS in a log, in order of time; [] if one is missing or stands twice or out of order."""
    cards = [row for row in log if row["event"] in CARDS]
    in_order = tuple(row["event"] for row in cards) == CARDS
    return cards if in_order and len({row["at"] for row in cards}) == len(CARDS) else []


def m01_c1(world: Any) -> Case:
    """One request with a pend that holds the twelve events of CARDS; its cards get letters in a shuffled order."""
    found = (_cards_of(log) for _, log in sorted(_logs(world.tables).items()))
    cards = next((cards for cards in found if cards), None)
    if cards is None:
        raise LookupError("No request has the twelve events of m01-c1 in order.")
    shown = _shuffled([row["event_id"] for row in cards], "m01-c1")
    letter = dict(zip(shown, LETTERS, strict=True))
    return Case(records=shown, key=[letter[row["event_id"]] for row in cards], candidates=list(LETTERS))


def _moved(
    tables: dict[str, pd.DataFrame],
    model: list[str],
    records: list[str],
    codes: tuple[str, ...],
    anchor: str,
    after: bool,
) -> list[str]:
    """`model` with the cards of some event codes moved right behind (or before) the card of `anchor`."""
    events = tables["events"].set_index("event_id")["event"]
    code = {letter: events[record] for letter, record in zip(LETTERS, records, strict=True)}
    moving = [letter for letter in model if code[letter] in codes]
    rest = [letter for letter in model if letter not in moving]
    at = next(n for n, letter in enumerate(rest) if code[letter] == anchor) + after
    return rest[:at] + moving + rest[at:]


def checks_after_sending(tables: dict[str, pd.DataFrame], model: list[str], records: list[str]) -> list[str]:
    """The request is sent first, and the plan's list is checked when the plan already has it."""
    return _moved(tables, model, records, ("eligibility_checked", "need_checked"), "received", True)


def pend_after_decision(tables: dict[str, pd.DataFrame], model: list[str], records: list[str]) -> list[str]:
    """The pend and the answer to it stand behind the decision."""
    return _moved(tables, model, records, ("pended", "info_sent", "info_received"), "approved", True)


def follow_up_before_decision(tables: dict[str, pd.DataFrame], model: list[str], records: list[str]) -> list[str]:
    """What follows a decision stands before the first review."""
    later = ("notice_sent", "decision_recorded", "patient_told", "scheduled", "service_given", "claim_sent")
    return _moved(tables, model, records, later, "first_level_review", False)


# --- c2: who did it -----------------------------------------------------------------------------------------------------


def m01_c2(world: Any) -> Case:
    """Ten events of ten requests, one for each entry of ACTS."""
    events = world.tables["events"]
    clinical = set(world.tables["requests"].query("reason_code == 'criteria_not_met'")["request_id"])
    chosen, used = {}, set()
    for number, (code, role) in enumerate(ACTS):
        some = events[(events["event"] == code) & (events["actor_role"] == role) & ~events["request_id"].isin(used)]
        if code == "denied":
            some = some[some["request_id"].isin(clinical)]
        some = some.sort_values("event_id")
        row = some.iloc[(37 * (number + 1)) % len(some)]
        used.add(row["request_id"])
        chosen[row["event_id"]] = role
    shown = _shuffled(chosen, "m01-c2")
    return Case(records=shown, key={event_id: chosen[event_id] for event_id in shown})


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
    """Eight requests that were under way on DAY, one for each entry of STATES; short logs first."""
    logs = {key: log for key, log in _logs(world.tables).items() if 6 <= len(log) <= 20}
    open_then = [key for key, log in logs.items() if _until(log, DAY) and len(_until(log, DAY)) < len(log)]
    chosen: list[str] = []
    for state, trap in STATES:
        fits = [
            k for k in open_then if k not in chosen and state_on(logs[k], DAY)[0] == state and trap in _traps(logs[k])
        ]
        if not fits:
            raise LookupError(f"No request is {state} on {DAY} with the trap {trap!r}.")
        chosen.append(min(fits, key=lambda k: (-len(_traps(logs[k])), len(logs[k]), k)))
    shown = sorted(chosen)
    return Case(records=shown, key={key: list(state_on(logs[key], DAY)) for key in shown})


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
    """Eight requests: two whose rule changed, one in an exempt place, and each requirement at least once."""
    asked = _asked(world.tables)
    asked = asked.assign(now=_in_force(asked), exempt=_exempt(asked))
    rows = asked.groupby("request_id")["rule_id"].transform("count")
    asked = asked.assign(two_rules=rows > 1)[asked["now"]]
    asked = asked[~asked.duplicated("request_id", keep=False)].sort_values("request_id")
    old = asked["effective_to"].notna()
    wanted = (
        asked["two_rules"] & old & ~asked["exempt"],
        asked["two_rules"] & ~old & ~asked["exempt"],
        asked["exempt"] & (asked["requirement"] == "pa"),
        (asked["requirement"] == "notification") & ~asked["exempt"],
        (asked["requirement"] == "referral") & ~asked["exempt"],
        (asked["requirement"] == "none") & ~asked["exempt"],
        (asked["requirement"] == "pa") & ~asked["two_rules"] & ~asked["exempt"],
        (asked["requirement"] == "pa") & ~asked["two_rules"] & ~asked["exempt"],
    )
    key: dict[str, list[str]] = {}
    codes: set[str] = set()
    for number, fits in enumerate(wanted):
        some = asked[fits & ~asked["request_id"].isin(key)]
        if some.empty:
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
    """Requests received in March."""
    return Case(records=[], key=count_in_month(world.tables, "received_at", 3))


def count_in_month(tables: dict[str, pd.DataFrame], column: str, month: int) -> int:
    """Requests with `column` in a month."""
    return int((tables["requests"][column].dt.month == month).sum())


def patients_in_month(tables: dict[str, pd.DataFrame], month: int) -> int:
    """Different members among the requests received in a month."""
    requests = tables["requests"]
    return int(requests[requests["received_at"].dt.month == month]["member_id"].nunique())


def m01_c6(world: Any) -> Case:
    """Share approved in full of the decided requests received in September, in percent to one decimal."""
    return Case(records=[], key=share_in_september(world.tables))


def share_in_september(
    tables: dict[str, pd.DataFrame],
    column: str = "received_at",
    top: tuple[str, ...] = ("approved",),
    below: str = "decided",
    rounded: bool = True,
) -> float:
    """The share with one of its definitions changed. `below`: decided, any decision, or received."""
    requests = tables["requests"]
    september = requests[requests[column].dt.month == 9]
    bases = {
        "decided": september[september["decision"].isin(DECIDED)],
        "any decision": september[september["decision"].notna()],
        "received": september,
    }
    share = 100 * september["decision"].isin(top).sum() / len(bases[below])
    return round(float(share), 1) if rounded else float(share)
