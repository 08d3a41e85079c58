"""Module 11: windows, levels, results and causes of denials."""

from __future__ import annotations

import random
from collections.abc import Iterator

from coursekit.exam.records import Records, Row, day, later, sentence, table
from coursekit.exam.templates import Draft, template
from coursekit.exam.templates.m08 import LINES
from priorauth.clocks import appeal_window, clock_key

FIRST = {
    "medicare_advantage": ("reconsideration", "ma-reconsideration-filing-60-plus-5"), "part_d": ("redetermination", "partd-redetermination-filing"),
    "traditional_medicare": ("redetermination", "ffs-appeal-level1"), "medicaid_managed": ("plan_appeal", "mcd-appeal-filing-60-days"),
    "commercial": ("internal_appeal", "erisa-appeal-filing-180-days"), "marketplace_qhp": ("internal_appeal", "erisa-appeal-filing-180-days"),
}  # fmt: skip
NAMES = {
    "reconsideration": "Reconsideration by the plan", "redetermination": "Redetermination", "plan_appeal": "Appeal to the plan",
    "internal_appeal": "Internal appeal", "external_review": "External review", "state_fair_hearing": "State fair hearing",
}  # fmt: skip


def line_of(row: Row) -> str:
    return clock_key(row["line_of_business"], row["category"], row["request_type"], row["drug_rules"])[0]


def _noticed(w: Records) -> Iterator[str]:
    for row in w.rows("notices"):
        if row["kind"] == "denial" and row["received_on"] and row["received_on"] > row["sent_at"][:10]:
            if line_of(w.request(row["request_id"])) in FIRST:
                yield row["notice_id"]


def _window(w: Records, notice: Row) -> tuple[str, str, str, str]:
    """Line, notice date, day of receipt if it can be shown, last day."""
    line = line_of(w.request(notice["request_id"]))
    sent, got = notice["sent_at"][:10], notice["received_on"]
    proof = (
        ""
        if line in ("medicare_advantage", "part_d", "traditional_medicare")
        and random.Random(notice["notice_id"]).random() < 0.6
        else got
    )
    last = appeal_window(line, FIRST[line][0], sent, proof or None).at.date().isoformat()
    return line, sent, proof, last


def _story(line: str, sent: str, proof: str) -> str:
    words = (
        f"It was received on {day(proof)}, and the stamp on the envelope shows it."
        if proof
        else "When it was received cannot be shown."
    )
    return f"{LINES[line][0].upper() + LINES[line][1:]}: a request was denied. The notice is dated {day(sent)}. {words}"


@template("t11a", "The last day to appeal", "11.3", "M11.3", "numeric", _noticed, tasks=(23,), errors=("E20", "E30"))
def last_day(w: Records, record: str) -> Draft | None:
    notice = w.one("notices", "notice_id", record)
    line, sent, proof, right = _window(w, notice)
    base = proof or sent
    wrong = [
        (
            later(sent, 60),
            "You counted 60 days from the date on the notice. Ask from which day this line counts, and how many.",
        ),
        (later(base, 180), "180 days are the window of employer and Marketplace plans, counted from receipt."),
        (later(base, 65), "Five days are presumed only where receipt cannot be shown, and only in Medicare."),
        (later(base, 60), "You counted from another day, or took the days of another line."),
        (later(base, 30), "Thirty days are no filing window of the course's lines."),
        (later(base, 84), "You counted working days."),
        (later(sent, 180), "You counted from the date on the notice."),
        (later(base, 120), "That is the window of other levels or lines."),
    ]
    return Draft(
        f"{_story(line, sent, proof)}\n\nWhich is the last day on which the first level of appeal may be filed? Give the date.",
        right, wrong, explain=sentence(appeal_window(line, FIRST[line][0], sent, proof or None).rule_words), compare={"as": "date"}, facts=[FIRST[line][1]],
    )  # fmt: skip


@template("t11b", "Still in time?", "11.3", "M11.3", "true_false", _noticed, tasks=(23,), errors=("E20",))
def in_time(w: Records, record: str) -> Draft | None:
    notice = w.one("notices", "notice_id", record)
    line, sent, proof, last = _window(w, notice)
    filed = later(last, random.Random(f"filed {record}").choice((-6, -2, 0, 1, 2, 4)))
    right = filed <= last
    return Draft(
        f"{_story(line, sent, proof)} The first-level appeal reaches the plan on {day(filed)}.\n\nTrue or false: it is in time.",
        right, [("", f"The last day is {day(last)}.")], f"Right. The last day is {day(last)}.", facts=[FIRST[line][1]],
    )  # fmt: skip


def _denied(w: Records) -> Iterator[str]:
    seen: set[tuple[str, str]] = set()
    for row in w.rows("requests"):
        if row["decision"] == "denied":
            key = (row["plan_id"], row["category"])
            if key not in seen and line_of(w.request(row["request_id"])) in FIRST:
                seen.add(key)
                yield row["request_id"]


@template("t11c", "The first rung", "11.3", "M11.3", "single", _denied, tasks=(23,), errors=("E30",))
def rung(w: Records, record: str) -> Draft | None:
    row = w.request(record)
    line = line_of(row)
    right = NAMES[FIRST[line][0]]
    what = "a drug from a pharmacy" if row["category"] == "pharmacy_drug" else row["category"].replace("_", " ")
    card = [
        ("Plan", row["name"]),
        ("Design", row["product"]),
        ("Drugs from a pharmacy", {"part_d": "Part D", "none": "not covered"}.get(row["drug_rules"], "in the plan")),
    ]
    wrong = [(n, "That is a rung of another line, or a later one.") for n in NAMES.values() if n != right]
    random.Random(record).shuffle(wrong)
    return Draft(
        f"Denied: {w.what(row)} ({what}).\n\n{table(card, 'Card', 'Says')}\n\nHow is the first level of appeal called in this line?",
        right, wrong, "Right. The rule book that governs this benefit names the rung.",
    )  # fmt: skip


def _groups(w: Records) -> Iterator[str]:
    yield from (f"{line}|{kind}" for line in ("commercial", "medicaid_managed", "medicare_advantage", "marketplace_qhp", "all") for kind in ("appeals", "calls", "both"))  # fmt: skip


@template("t11d", "How often it helped", "11.6", "M11.6", "numeric", _groups, tasks=(24, 28))
def overturned(w: Records, record: str) -> Draft | None:
    line, kind = record.split("|")
    count: dict[str, int] = {}
    for a in w.rows("appeals"):
        row = w.request(a["request_id"])
        call = a["kind"] == "peer_to_peer"
        if (line in ("all", row["line_of_business"])) and (kind == "both" or call == (kind == "calls")):
            count[a["outcome"]] = count.get(a["outcome"], 0) + 1
    full, part, kept = (count.get(k, 0) for k in ("overturned", "partly_overturned", "upheld"))
    other = sum(count.values()) - full - part - kept
    if full < 2 or kept < 2 or other < 1:
        return None
    total, decided = sum(count.values()), full + part + kept

    def percent(top: int, base: int) -> float:
        return round(100 * top / base, 1)

    wrong = [
        (
            percent(full + part, total),
            "You divided by all. What was dismissed, withdrawn or is open was not decided on its merits.",
        ),
        (percent(full, total), "You left out the part successes and divided by all."),
        (percent(kept, decided), "That is the share that was upheld."),
        (
            percent(full + part, decided + count.get("open", 0) + 1),
            "Something without a decision stands below the line.",
        ),
        (percent(other, total), "That is the share without a decision on the merits."),
    ]
    what = {"appeals": "appeals", "calls": "peer-to-peer calls", "both": "appeals and peer-to-peer calls"}[kind]
    where = "all lines" if line == "all" else LINES[line]
    return Draft(
        f"Results of {what} in {where}:\n\n{table([(k.replace('_', ' '), n) for k, n in sorted(count.items())], 'Outcome', 'Number')}\n\n"
        "What share of those decided on the merits was overturned, in full or in part? Give percent with one decimal.",
        percent(full + part, decided), wrong, explain=f"{full + part} of {decided}; dismissed, withdrawn and open ones stand outside.", compare={"tolerance": 0.1, "unit": "%"},
    )  # fmt: skip


def _causes(w: Records) -> Iterator[str]:
    yield from (f"{p['plan_id']} {s}" for p in w.rows("plans") for s in (60, 70, 80))


@template("t11e", "The few that matter", "11.6", "M11.6", "numeric", _causes, tasks=(24, 28), errors=("E31",))
def pareto(w: Records, record: str) -> Draft | None:
    plan, share = record.split()
    count: dict[str, int] = {}
    for row in w.where("requests", "plan_id", plan):
        if row["decision"] == "denied" and row["reason_code"]:
            count[row["reason_code"]] = count.get(row["reason_code"], 0) + 1
    ranked = sorted(count.values(), reverse=True)
    total, running, right = sum(ranked), 0, 0
    if total < 15 or len(ranked) < 5:
        return None
    while running < total * int(share) / 100:
        running += ranked[right]
        right += 1
    listed = [count[k] for k in sorted(count)]
    run2, naive = 0, 0
    while run2 < total * int(share) / 100:
        run2 += listed[naive]
        naive += 1
    big = sum(n > total / len(ranked) for n in ranked)
    wrong = [
        (naive, "You went down the table as it stands. Sort the causes by their number first."),
        (big, "You counted the causes above the average."),
        (len(ranked), "Those are all causes."),
        (right - 1, "They do not reach the share yet."),
        (right + 1, "Fewer are enough."),
        (1, "The largest cause alone does not reach the share."),
    ]
    return Draft(
        f"Denials of {w.one('plans', 'plan_id', plan)['name']} by coded reason:\n\n{table([(k.replace('_', ' '), count[k]) for k in sorted(count)], 'Reason', 'Denials')}\n\n"
        f"What is the smallest number of reasons that together make up at least {share} % of the denials?",
        right, wrong, explain=f"Sorted by number, the first {right} reach {100 * running / total:.0f} %.", compare={"unit": "reasons"},
    )  # fmt: skip
