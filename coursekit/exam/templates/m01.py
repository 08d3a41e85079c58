"""Module 1: states, proofs, clocks and shares, computed from logs and lists."""

from __future__ import annotations

from collections.abc import Iterator

from coursekit.exam.records import Records, Row, date, day, hours, moment, stamp, table
from coursekit.exam.templates import Draft, template
from priorauth.coverage import holds
from priorauth.lifecycle import EVENTS, STATES
from priorauth.routing import wanted


def _logs(w: Records) -> Iterator[str]:
    """Requests whose log is short enough to read, with states that change."""
    for row in w.rows("requests"):
        log = w.log(row["request_id"])
        if 6 <= len(log) <= 12 and len({e["at"][:10] for e in log}) >= 3:
            yield row["request_id"]


def _middle(log: list[Row]) -> str:
    """A day inside the log on which something happened, not the last one."""
    days = sorted({e["at"][:10] for e in log})
    return days[len(days) // 2]


def _lines(log: list[Row]) -> str:
    return table(
        [(e["event_id"], stamp(e["at"]), f"`{e['event']}`", e["detail"]) for e in log], "Row", "When", "Event", "What"
    )


def _cause(log: list[Row]) -> Row | None:
    changed = [e for e in log if EVENTS[e["event"]].state]
    return changed[-1] if changed else None


@template("t01a", "The state on a day", "1.4", "M01.4", "single", _logs, tasks=(15,))
def state(w: Records, record: str) -> Draft | None:
    log = w.log(record)
    when = _middle(log)
    before = [e for e in log if e["at"][:10] <= when]
    cause, today = _cause(before), _cause(log)
    if cause is None or today is None or EVENTS[today["event"]].state == EVENTS[cause["event"]].state:
        return None
    right = EVENTS[cause["event"]].state
    later = [EVENTS[e["event"]].state for e in log if e["at"][:10] > when and EVENTS[e["event"]].state]
    earlier = [EVENTS[e["event"]].state for e in before if EVENTS[e["event"]].state]
    wrong = [
        (EVENTS[today["event"]].state, "That is the state after the whole log. Rows after the day do not count."),
        *((s, "A row after that day caused this state.") for s in later),
        *((s, "The request was in this state before, and a later row changed it.") for s in reversed(earlier)),
        *((s, "No row up to that day causes this state.") for s in ("received", "in_review", "pended", "submitted")),
    ]
    ends = f"The row `{cause['event']}` of {stamp(cause['at'])} is the last one up to that day that changes the state."
    return Draft(
        f"This is the log of a request.\n\n{_lines(log)}\n\nIn which state was the request at the end of {day(when)}?",
        right, [(s, y) for s, y in wrong if s in STATES], f"Right. {ends}",
    )  # fmt: skip


@template("t01b", "The row that proves it", "1.4", "M01.4", "single", _logs, tasks=(15,))
def proof(w: Records, record: str) -> Draft | None:
    log = w.log(record)
    when = _middle(log)
    before = [e for e in log if e["at"][:10] <= when]
    cause, today = _cause(before), _cause(log)
    if cause is None or today is None or before[-1] is cause:
        return None
    first = next((e for e in log if EVENTS[e["event"]].state), log[0])
    wrong = [
        (before[-1]["event_id"], "This is the last row of the day, but its event changes no state."),
        (today["event_id"], "This row stands after the day."),
        (first["event_id"], "This row changed the state first; a later one changed it again."),
        *((e["event_id"], "This event is part of the story and changes no state.") for e in before[::-1] if not EVENTS[e["event"]].state),
    ]  # fmt: skip
    return Draft(
        f"This is the log of a request.\n\n{_lines(log)}\n\n"
        f"Which row put the request into the state in which it was at the end of {day(when)}?",
        cause["event_id"], wrong, f"Right. `{cause['event']}` is the last event up to that day that changes the state.",
    )  # fmt: skip


def _decided(w: Records) -> Iterator[str]:
    for row in w.rows("requests"):
        if row["decided_at"] and row["received_at"] and hours(row["submitted_at"], row["received_at"]) >= 0.3:
            yield row["request_id"]


@template("t01c", "How long the plan had it", "1.3", "M01.2", "numeric", _decided, tasks=(15,))
def clock(w: Records, record: str) -> Draft | None:
    row, log = w.request(record), w.log(record)
    ordered = next((e["at"] for e in log if e["event"] == "order_written"), "")
    told = next((e["at"] for e in log if e["event"] in ("patient_told", "decision_recorded", "notice_sent")), "")
    if not ordered or hours(row["received_at"], row["decided_at"]) < 2:
        return None
    told = told or f"{row['decided_at'][:10]} 23:59"
    rows = [("order written", stamp(ordered)), ("sent", stamp(row["submitted_at"])), ("received by the plan", stamp(row["received_at"])), ("decided", stamp(row["decided_at"])), ("the clinic knows", stamp(told))]  # fmt: skip
    wrong = [
        (hours(row["submitted_at"], row["decided_at"]), "You began when the clinic sent it. The clock starts with receipt."),
        (hours(ordered, row["decided_at"]), "You began with the order. The plan's clock starts when the plan receives the request."),
        (hours(row["received_at"], told), "You went on until the clinic knew. The clock stops with the decision."),
        (hours(row["submitted_at"], told), "You took the clinic's view: from sending to knowing."),
    ]  # fmt: skip
    return Draft(
        f"{table(rows, 'What', 'When')}\n\nHow many hours did the plan's clock run? Give the hours with one decimal.",
        hours(row["received_at"], row["decided_at"]), wrong, explain="The clock runs from receipt to decision, through nights and weekends.",
        compare={"tolerance": 0.1, "unit": "hours"},
    )  # fmt: skip


def _listed(w: Records) -> Iterator[str]:
    lists: dict[tuple[str, str], list[Row]] = {}
    for rule in w.rows("pa_list"):
        lists.setdefault((rule["plan_id"], rule["code"]), []).append(rule)
    for row in w.rows("requests"):
        if row["service_date"]:
            asked = w.request(row["request_id"])
            rules = lists.get((row["plan_id"], asked.get("code", "")), [])
            if asked.get("pos") and (len(rules) > 1 or any(r["exempt_pos"] for r in rules)):
                yield row["request_id"]


@template("t01d", "What does the list want?", "1.2", "M01.1", "single", _listed, tasks=(3,), errors=("E17",))
def requirement(w: Records, record: str) -> Draft | None:
    row = w.request(record)
    rules = [r for r in w.where("pa_list", "code", row["code"]) if r["plan_id"] == row["plan_id"]]
    now = [r for r in rules if holds(r, row["service_date"], "effective_from", "effective_to")]
    if len(now) != 1:
        return None
    rule, others = now[0], [r for r in rules if r is not now[0]]
    right = f"{wanted(rule, row['pos'])}, by {rule['rule_id']}"
    wrong = [
        (
            f"{rule['requirement']}, by {rule['rule_id']}",
            "The row names places where nothing is needed, and the place of this service is one of them.",
        )
    ]
    wrong += [
        (f"{r['requirement']}, by {r['rule_id']}", "This row does not hold on the day of service.") for r in others
    ]
    kinds = ("pa", "none", "notification", "referral")
    wrong += [(f"{k}, by {rule['rule_id']}", "The row and its place of service say something else.") for k in kinds]
    shown = [(r["rule_id"], r["code"], r["requirement"], r["exempt_pos"].replace(";", ", "), day(r["effective_from"]), day(r["effective_to"]) if r["effective_to"] else "") for r in rules]  # fmt: skip
    return Draft(
        f"The plan's list has these rows for the code {row['code']}:\n\n"
        f"{table(shown, 'Rule', 'Code', 'Wants', 'Nothing needed at place', 'From', 'To')}\n\n"
        f"The service is on {day(row['service_date'])} at place of service {row['pos']}. What does the plan want, and by which row?",
        right, wrong, "Right. This row holds on the day of service, and the place is read, too.",
    )  # fmt: skip


def _months(w: Records) -> Iterator[str]:
    seen: dict[tuple[str, str], int] = {}
    for row in w.rows("requests"):
        if row["received_at"]:
            key = (row["received_at"][:7], row["category"])
            seen[key] = seen.get(key, 0) + 1
    yield from (f"{month} {category}" for (month, category), n in seen.items() if n >= 25)


@template("t01e", "The share approved", "1.6", "M01.6", "numeric", _months, tasks=(28,))
def share(w: Records, record: str) -> Draft | None:
    month, category = record.split()
    count: dict[str, int] = {}
    for row in w.rows("requests"):
        if row["received_at"][:7] == month and row["category"] == category:
            count[row["decision"] or "no decision yet"] = count.get(row["decision"] or "no decision yet", 0) + 1
    full, part, no = (count.get(k, 0) for k in ("approved", "partly_approved", "denied"))
    if not (full and part and no) or len(count) < 4:
        return None
    total, decided = sum(count.values()), full + part + no

    def percent(top: int, base: int) -> float:
        return round(100 * top / base, 1)

    wrong = [
        (percent(full, total), "You divided by all requests. Those without a decision on their merits do not belong below the line."),
        (percent(full + part, decided), "You counted approvals in part as approvals in full."),
        (percent(full, full + no), "You left the approvals in part out of the base. They are decisions, too."),
        (percent(full + part, total), "You counted approvals in part above the line, and all requests below it."),
    ]  # fmt: skip
    rows = [(k.replace("_", " "), n) for k, n in sorted(count.items())]
    return Draft(
        f"A report on {category.replace('_', ' ')} requests received in {day(month + '-01').split()[0]} 2026:\n\n"
        f"{table(rows, 'Decision', 'Requests')}\n\n"
        "Decided means approved, partly approved or denied. What share of the decided requests was approved in full? Give percent with one decimal.",
        percent(full, decided), wrong, explain="Approved in full, divided by approved, partly approved and denied together.",
        compare={"tolerance": 0.1, "unit": "%"},
    )  # fmt: skip


def _asked(w: Records) -> Iterator[str]:
    for row in w.rows("requests"):
        codes = {e["event"] for e in w.log(row["request_id"])} if row["info_asked_at"] else set()
        if {"info_asked", "info_sent", "info_received", "received"} <= codes and row["decided_at"]:
            yield row["request_id"]


@template("t01f", "Whose turn?", "1.3", "M01.2", "numeric", _asked, tasks=(15, 16))
def waited(w: Records, record: str) -> Draft | None:
    log = {e["event"]: e["at"] for e in reversed(w.log(record))}
    asked, sent, came = log["info_asked"], log["info_sent"], log["info_received"]
    decided = w.one("requests", "request_id", record)["decided_at"]
    right = round((moment(sent) - moment(asked)).total_seconds() / 3600, 1)
    if right < 3:
        return None
    rows = [("request received", stamp(log["received"])), ("question of the plan", stamp(asked)), ("answer sent by the clinic", stamp(sent)), ("answer received by the plan", stamp(came)), ("decided", stamp(decided))]  # fmt: skip
    wrong = [
        (hours(asked, came), "You went on until the plan had the answer. On the way it is out of the clinic's hands."),
        (
            hours(log["received"], sent),
            "You began with the receipt. The clinic is asked only when the question goes out.",
        ),
        (hours(asked, decided), "You went on until the decision. After the answer it is the plan's turn."),
        (hours(came, decided), "That is how long the plan needed after the answer."),
        (float((date(sent) - date(asked)).days * 24), "You counted whole days. The log has the minutes."),
    ]
    return Draft(
        f"{table(rows, 'What', 'When')}\n\nFor how many hours did the request lie with the clinic because of the question? Give the hours with one decimal.",
        right, wrong, explain="From the plan's question to the moment in which the clinic sent its answer.",
        compare={"tolerance": 0.1, "unit": "hours"},
    )  # fmt: skip
