"""The case book: ten stories, each with records of the synthetic world that are found by rule.

Text lies in `casebook.yaml`. A rule below gets the public tables and returns request ids, the best first. What a graded
item uses is never shown here. Nothing is stored: a new world brings new records, and a test says if a rule finds none.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
Tables = dict[str, Any]
NEEDED = (
    "requests request_lines events notices plans members drugs services hcpcs coverage pharmacy_claims claims "
    "authorizations appeals"
).split()


@dataclass(frozen=True)
class Case:
    """One story of the case book, as written."""

    number: int
    title: str
    kind: str
    story: str
    lesson: str
    rule: str
    ask: list[str]
    continues: list[dict[str, Any]]

    def steps(self, written: set[int]) -> list[dict[str, Any]]:
        """Where written modules take the story up: section and items."""
        return [s for s in self.continues if module_of(s) in written]

    def to_come(self, written: set[int]) -> list[int]:
        """Modules that are not written yet and will take it up."""
        return sorted({module_of(s) for s in self.continues} - written)


def module_of(step: dict[str, Any]) -> int:
    """The number of the module of a section such as 8.4."""
    return int(step["section"].split(".")[0])


@dataclass(frozen=True)
class Record:
    """A request of the world that belongs to a story: its id, what it is in words, its log, and other rows to look at."""

    request_id: str
    words: str
    log: list[tuple[str, str, str, str]]
    rows: list[str]


def cases() -> list[Case]:
    """The ten stories in order."""
    return [Case(**entry) for entry in yaml.safe_load((HERE / "casebook.yaml").read_text(encoding="utf-8"))]


@functools.lru_cache(maxsize=1)
def records() -> dict[int, list[Record]]:
    """Story number -> its one or two requests. Reads the data set once."""
    from priorauth import data

    tables = {name: data.load(name) for name in NEEDED}
    used = in_items()
    found = {}
    for case in cases():
        ids = [i for i in RULES[case.rule](tables) if not set(_touched(tables, i)) & used]
        found[case.number] = [_record(tables, i) for i in _chosen(case.rule, tables, ids)]
    return found


def in_items() -> set[str]:
    """Every record id that a graded item uses."""
    from priorauth import data

    path = data.folder() / "casework.csv"
    lines = path.read_text(encoding="utf-8").splitlines()[1:] if path.exists() else []
    return {line.rsplit(",", 1)[1] for line in lines}


# ---------------------------------------------------------------- the rules


def _codes(tables: Tables, *codes: str) -> set[str]:
    """Requests for one of these codes; a code that ends in * stands for a beginning."""
    column = tables["request_lines"]["code"]
    hit = column.isin(codes)
    for code in codes:
        if code.endswith("*"):
            hit |= column.str.startswith(code[:-1])
    return set(tables["request_lines"].loc[hit, "request_id"])


def _said(tables: Tables, event: str, words: str = "") -> set[str]:
    events = tables["events"]
    hit = (events["event"] == event) & events["detail"].str.contains(words, regex=False, na=False)
    return set(events.loc[hit, "request_id"])


def _where(tables: Tables, **values: str) -> set[str]:
    frame = tables["requests"]
    for column, value in values.items():
        frame = frame[frame[column] == value]
    return set(frame["request_id"])


def _of_lines(tables: Tables, *lines: str) -> set[str]:
    plans = tables["plans"]
    wanted = plans.loc[plans["line_of_business"].isin(lines), "plan_id"]
    return set(tables["requests"].loc[tables["requests"]["plan_id"].isin(wanted), "request_id"])


def wrong_code(tables: Tables) -> list[str]:
    """A weekly diabetes injection, pended for a valid diagnosis code, then approved."""
    return sorted(
        _codes(tables, "DRG-101")
        & _said(tables, "info_asked", "specific diagnosis code")
        & _where(tables, decision="approved")
    )


def step_elsewhere(tables: Tables) -> list[str]:
    """A biologic denied for the step, for a member whose cover in this plan began less than a year before."""
    requests = tables["requests"]
    ids = _codes(tables, "DRG-108", "DRG-109", "DRG-110", "DRG-112") & _where(
        tables, reason_code="step_therapy_not_met"
    )
    mine = requests[requests["request_id"].isin(ids)].merge(
        tables["coverage"][["member_id", "plan_id", "start"]], on=["member_id", "plan_id"]
    )
    mine["days"] = (mine["submitted_at"] - mine["start"]).dt.days
    return list(mine[mine["days"] >= 0].sort_values(["days", "request_id"])["request_id"])


def off_label(tables: Tables) -> list[str]:
    """A drug against cancer denied because the use is neither labelled nor supported."""
    drugs = tables["drugs"]
    notices = tables["notices"]
    hit = notices["reason_text"].str.contains("neither labelled nor supported", na=False)
    cancer = _codes(tables, *drugs.loc[drugs["anticancer"], "drug_id"])
    return sorted(set(notices.loc[hit, "request_id"]) & cancer)


def urgent_or_not(tables: Tables) -> list[str]:
    """Expedited requests: one for an operation whose reason names a date, and one for a drug against clots."""
    requests = tables["requests"]
    fast = requests[requests["urgency"] == "expedited"]
    tick = fast[(fast["category"] == "outpatient_procedure") & fast["urgency_reason"].notna()]
    clots = fast[fast["request_id"].isin(_codes(tables, "DRG-116")) & fast["urgency_reason"].notna()]
    return [*sorted(clots["request_id"]), *sorted(tick["request_id"])]


def quantity(tables: Tables) -> list[str]:
    """Tablets against migraine: a claim rejected with 76, then a request denied for the limit."""
    claims = tables["pharmacy_claims"]
    hit = set(claims.loc[claims["reject_code"] == "76", "request_id"].dropna())
    return sorted(hit & _codes(tables, "DRG-113") & _where(tables, reason_code="quantity_limit"))


def scan_reversed(tables: Tables) -> list[str]:
    """An MRI of the lower back, denied, and reversed after a call between the clinicians."""
    return sorted(_codes(tables, "IMG-MRI-LSPINE") & _said(tables, "denied") & _said(tables, "reversed_after_p2p"))


def wheelchair(tables: Tables) -> list[str]:
    """A power wheelchair in traditional Medicare, not approved."""
    return sorted(
        _codes(tables, "K08*") & _of_lines(tables, "traditional_medicare") & _where(tables, decision="denied")
    )


def rehabilitation(tables: Tables) -> list[str]:
    """A facility for rehabilitation or nursing, denied at first and then reversed; after a stroke where there is one."""
    lines = tables["request_lines"]
    stroke = set(lines.loc[lines["icd10"].str.match(r"I6[0-9]", na=False), "request_id"])
    won = tables["requests"].loc[tables["requests"]["state"] == "overturned", "request_id"]
    found = _codes(tables, "FAC-IRF", "FAC-SNF") & set(won)
    return sorted(found & stroke) + sorted(found - stroke)


def duplicate(tables: Tables) -> list[str]:
    """A knee replacement that was asked for twice: the later request, dismissed, and the earlier one, approved."""
    requests = tables["requests"]
    knees = requests[requests["request_id"].isin(_codes(tables, "SURG-TKA"))]
    found = []
    for _, late in knees[knees["request_id"].isin(_said(tables, "dismissed", "Same request is on file"))].iterrows():
        same = knees[(knees["member_id"] == late["member_id"]) & (knees["decision"] == "approved")]
        found += [pair for early in sorted(same["request_id"]) for pair in (early, late["request_id"])]
    return found


def expired(tables: Tables) -> list[str]:
    """An infusion given after the last day of its approval, and the claim refused for that (197)."""
    claims = tables["claims"]
    bad = claims[(claims["carc"] == "197") & claims["auth_number"].notna() & claims["code"].str.startswith("J")]
    both = bad.merge(tables["authorizations"][["auth_number", "request_id", "end"]], on="auth_number")
    return sorted(set(both.loc[both["service_date"] > both["end"], "request_id"]))


RULES: dict[str, Callable[[Tables], list[str]]] = {
    f.__name__: f
    for f in (
        wrong_code, step_elsewhere, off_label, urgent_or_not, quantity,
        scan_reversed, wheelchair, rehabilitation, duplicate, expired,
    )
}  # fmt: skip


def _chosen(rule: str, tables: Tables, ids: list[str]) -> list[str]:
    """The first request; for two rules a pair of them."""
    if rule == "duplicate":
        return ids[:2]
    if rule == "urgent_or_not":
        drug = set(_where(tables, category="pharmacy_drug"))
        return [i for i in ids if i in drug][:1] + [i for i in ids if i not in drug][:1]
    return ids[:1]


# ---------------------------------------------------------------- a request in words


def _touched(tables: Tables, request_id: str) -> list[str]:
    """Ids of the request and of all rows that hang on it, to keep clear of graded items."""
    found = [request_id]
    for name in ("events", "notices", "appeals", "authorizations", "request_lines", "pharmacy_claims"):
        frame = tables[name]
        found += list(frame.loc[frame["request_id"] == request_id, frame.columns[0]])
    return found


def _record(tables: Tables, request_id: str) -> Record:
    row = tables["requests"].set_index("request_id").loc[request_id]
    plan = tables["plans"].set_index("plan_id").loc[row["plan_id"]]
    member = tables["members"].set_index("member_id").loc[row["member_id"]]
    lines = tables["request_lines"]
    line = lines[lines["request_id"] == request_id].iloc[0]
    title = "Ms" if member["sex"] == "F" else "Mr."
    reason = f' Reason given for speed: "{row["urgency_reason"]}"' if isinstance(row["urgency_reason"], str) else ""
    words = (
        f"{title} {member['last_name']}, {plan['name']} ({plan['line_of_business'].replace('_', ' ')}): "
        f"{_what(tables, line['code'])}, diagnosis code {line['icd10']}, {row['urgency']}.{reason}"
    )
    events = tables["events"]
    log = [
        (f"{e.at:%b} {e.at.day}, {e.at:%H:%M}", e.actor_role, e.event.replace("_", " "), e.detail)
        for e in events[events["request_id"] == request_id].itertuples()
    ]
    return Record(request_id, words, log, _rows(tables, request_id))


def _what(tables: Tables, code: str) -> str:
    for name, key, label in (
        ("drugs", "drug_id", "brand_name"),
        ("services", "code", "description"),
        ("hcpcs", "code", "label"),
    ):
        hit = tables[name][tables[name][key] == code]
        if len(hit):
            return f"{hit.iloc[0][label]} ({code})" if name != "drugs" else str(hit.iloc[0][label])
    return code


def _rows(tables: Tables, request_id: str) -> list[str]:
    """Other rows of the request, in words: notice, rejected claim, appeal, approval and the claim after it."""
    request = _of(tables, "requests", request_id).iloc[0]
    cover = tables["coverage"]
    mine = cover[(cover["member_id"] == request["member_id"]) & (cover["plan_id"] == request["plan_id"])]
    words = [
        f"{c.coverage_id}, cover in this plan since {c.start:%B} {c.start.day}, {c.start.year}"
        for c in mine.itertuples()
    ]
    for n in _of(tables, "notices", request_id).itertuples():
        words.append(f'{n.notice_id}, notice of {n.sent_at:%B} {n.sent_at.day}: "{n.reason_text}"')
    for c in _of(tables, "pharmacy_claims", request_id).itertuples():
        if isinstance(c.reject_code, str):
            words.append(f"{c.rx_claim_id}, claim at the pharmacy: reject {c.reject_code}, {c.message}")
    for a in _of(tables, "authorizations", request_id).itertuples():
        words.append(
            f"{a.auth_id}, approval {a.auth_number}: {a.units} unit{'' if a.units == 1 else 's'}, {a.start:%B} {a.start.day} to {a.end:%B} {a.end.day}"
        )
        claims = tables["claims"]
        for c in claims[(claims["auth_number"] == a.auth_number) & (claims["carc"].fillna("") != "")].itertuples():
            words.append(f"{c.claim_id}, claim for {c.service_date:%B} {c.service_date.day}: not paid, reason {c.carc}")
    for a in _of(tables, "appeals", request_id).itertuples():
        words.append(f"{a.appeal_id}, {a.kind.replace('_', ' ')} of {a.filed_at:%B} {a.filed_at.day}: {a.outcome}")
    return words


def _of(tables: Tables, name: str, request_id: str) -> Any:
    return tables[name][tables[name]["request_id"] == request_id]
