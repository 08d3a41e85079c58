"""Module 3 by the second route: each key again, in plain Python, from the public CSV rows only.

`tables` maps a table name to its rows as `csv.DictReader` gives them (all text, empty cells are ""); `records` are the
ids that learners see. Nothing here knows the world's truth or the code that made the keys.
"""

from __future__ import annotations

import datetime as dt

Tables = dict[str, list[dict[str, str]]]

#: Service code -> words of the pages that order it or prove a criterion of its policy, as a reader would look for them.
#: A page must hold all words of one entry; "kind:" asks for the kind of page.
PROOF = {
    "SURG-TKA": (("kind:test report", "narrowing"), ("kind:therapy record", "home exercise"), ("kind:lab result", "BMI"), ("kind:visit note", "osteoarthritis", "knee")),
    "SURG-SCS-TRIAL": (("kind:therapy record", "physical therapy"), ("no psychological barrier",), ("spinal cord stimulator trial",)),
    "K0856": (("Mobility exam",), ("fits through doorways",), ("power wheelchair",)),
    "K0823": (("Mobility exam",), ("fits through doorways",), ("power wheelchair",)),
}  # fmt: skip


def m03_c1(tables: Tables, records: list[str]) -> list[str]:
    """The pages whose words order the service or prove a criterion of its policy."""
    codes = {r["request_id"]: r["code"] for r in tables["request_lines"] if r["line_no"] == "1"}
    members = {r["request_id"]: r["member_id"] for r in tables["requests"]}
    sent = {r["request_id"]: r["submitted_at"][:10] for r in tables["requests"]}
    found = []
    for page in tables["pages"]:
        request = page["request_id"]
        if page["page_id"] not in records or page["of_member_id"] != members[request] or page["dated"] > sent[request]:
            continue
        for words in PROOF[codes[request]]:
            if all(
                w.removeprefix("kind:") == page["kind"] if w.startswith("kind:") else w in page["summary"]
                for w in words
            ):
                found.append(page["page_id"])
                break
    return sorted(found)


def m03_c2(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """The eight rules of section 3.1, read from the top for each row."""
    answer = {}
    for row in tables["disclosures"]:
        if row["disclosure_id"] not in records:
            continue
        what = row["what"].casefold()
        if "psychotherapy" in what:
            verdict = ["authorization first", "R5"]
        elif "paid in full" in what:
            verdict = ["do not send", "R6"]
        elif row["signed_authorization"] == "True":
            verdict = ["no limit", "R3"]
        elif row["purpose"] == "treatment":
            verdict = ["no limit", "R1"]
        elif row["purpose"] == "individual_request":
            verdict = ["no limit", "R2"]
        elif row["purpose"] == "payment":
            more = any(w in what for w in ("whole chart", "hiv", "relatives", "family history"))
            verdict = ["cut first" if more else "minimum", "R4"]
        else:
            verdict = ["authorization first", "R8"]
        answer[row["disclosure_id"]] = verdict
    return answer


def m03_c5(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """The four questions of section 3.6, in their order."""
    answer = {}
    for row in tables["incidents"]:
        if row["incident_id"] not in records:
            continue
        last = (dt.date.fromisoformat(row["discovered_on"]) + dt.timedelta(days=60)).isoformat()
        if row["encrypted"] == "True":
            verdict = ["no breach", "none"]
        elif row["recipient_kind"] == "own_staff" and "curiosity" not in row["what"]:
            verdict = ["no breach", "none"]
        elif row["recipient_kind"] in ("wrong_clinic", "wrong_payer") and row["returned_unread"] == "True":
            verdict = ["low risk", "none"]
        else:
            verdict = ["large breach" if int(row["people"]) >= 500 else "breach", last]
        answer[row["incident_id"]] = verdict
    return answer


def m03_c6(tables: Tables, records: list[str]) -> float:
    """A reason counts if it speaks of harm, danger or a state that cannot wait; the others are weak."""
    counts = (
        "risk",
        "harm",
        "jeopardize",
        "endanger",
        "cannot wait",
        "could cost",
        "not managed",
        "decline",
        "worsening",
    )
    fast: dict[str, int] = {}
    weak: dict[str, int] = {}
    for row in tables["requests"]:
        if row["urgency"] != "expedited":
            continue
        npi = row["requesting_npi"]
        fast[npi] = fast.get(npi, 0) + 1
        if not any(word in row["urgency_reason"].casefold() for word in counts):
            weak[npi] = weak.get(npi, 0) + 1
    most = max(weak, key=lambda npi: weak[npi])
    return round(100 * weak[most] / fast[most], 1)
