"""Module 6 by the second route: each key again, in plain Python, from the public rows only.

`tables` maps a table name to its rows as `csv.DictReader` gives them; the further invented references are read from the
learner's own file. Nothing here knows the world's truth, the decision path, or the code that made the keys.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

Tables = dict[str, list[dict[str, str]]]
SHELF = Path(__file__).resolve().parents[2] / "priorauth" / "references.yaml"

# Written out again on purpose, from the tables of sections 6.2 and 6.3.
GOOD = {
    ("NCCN", "category 1"), ("NCCN", "category 2A"), ("DRUGDEX", "Class I"), ("DRUGDEX", "Class IIa"), ("DRUGDEX", "Class IIb"),
    ("AHFS-DI", "supportive"), ("Clinical Pharmacology", "supportive"), ("Lexi-Drugs", "Off-Label, Evidence Level A"),
}  # fmt: skip
SHORT = {"AHFS-DI", "DRUGDEX"}
LONG = SHORT | {"NCCN", "Clinical Pharmacology", "Lexi-Drugs"}
PROGRAM = {"part_d": "Part D", "medicaid": "Medicaid"}


def _shelf() -> dict[str, Any]:
    return yaml.safe_load(SHELF.read_text(encoding="utf-8"))


def _drugs(tables: Tables) -> dict[str, tuple[bool, list[str]]]:
    """Drug -> against cancer, beginnings of the codes of its label."""
    found = {d["drug_id"]: (d["anticancer"] == "True", d["label_icd10"].split(";")) for d in tables["drugs"]}
    return found | {d[0]: (d[5], d[7].split(";")) for d in _shelf()["drugs"]}


def _listings(tables: Tables) -> list[tuple[str, str, str, list[str], str, str]]:
    """(id, compendium, drug, beginnings of codes, level, date as text)."""
    found = [
        (x["listing_id"], x["compendium"], x["drug_id"], x["icd10"].split(";"), x["level"], x["dated"])
        for x in tables["compendium"]
    ]
    return found + [(x[0], x[1], x[2], x[4].split(";"), x[5], str(x[6])) for x in _shelf()["listings"]]


def _begins(code: str, starts: list[str]) -> bool:
    return any(code[: len(s)] == s for s in starts)


def _counting(program: str, cancer: bool) -> set[str]:
    if program == "Medicaid":
        return SHORT
    if program == "Part D":
        return LONG if cancer else SHORT
    return LONG if cancer else set()


def _newest(tables: Tables, drug: str, code: str, day: str, allowed: set[str]) -> list[tuple]:
    """The newest listing in each allowed compendium up to a day, newest first."""
    best: dict[str, tuple] = {}
    for row in _listings(tables):
        if row[2] == drug and row[1] in allowed and row[5] <= day and _begins(code, row[3]):
            best[row[1]] = max(best.get(row[1], row), row, key=lambda r: r[5])
    return sorted(best.values(), key=lambda r: r[5], reverse=True)


def _verdict(tables: Tables, program: str, drug: str, code: str, day: str) -> list[str]:
    cancer, label = _drugs(tables)[drug]
    if _begins(code, label):
        return ["on label", drug]
    rows = _newest(tables, drug, code, day, _counting(program, cancer))
    if not rows:
        return ["no listing that counts", "none"]
    good = {(r[1], r[4]) in GOOD for r in rows}
    assert len(good) == 1, f"{drug} {code}: the compendia disagree"
    return ["supported" if good.pop() else "listed against", rows[0][0]]


def _requests(tables: Tables, records: list[str]) -> dict[str, dict[str, str]]:
    """Request -> its row, with the plan's columns, and the code and diagnosis of its first line."""
    plans = {p["plan_id"]: p for p in tables["plans"]}
    lines = {x["request_id"]: x for x in tables["request_lines"] if x["line_no"] == "1"}
    found = {}
    for row in tables["requests"]:
        if row["request_id"] in records:
            line, plan = lines[row["request_id"]], plans[row["plan_id"]]
            extra = {
                "code": line["code"],
                "icd10": line["icd10"],
                "rules": plan["drug_rules"],
                "line": plan["line_of_business"],
            }
            found[row["request_id"]] = row | extra
    return found


def m06_c1(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """The path for requests and invented questions."""
    asks = {a[0]: a for a in _shelf()["asks"]}
    requests = _requests(tables, records)
    answer = {}
    for key in records:
        if key in asks:
            _, program, drug, code, _, day = asks[key]
        else:
            row = requests[key]
            program, drug, code, day = PROGRAM[row["rules"]], row["code"], row["icd10"], row["received_at"][:10]
        answer[key] = _verdict(tables, program, drug, code, str(day))
    return answer


def m06_c2(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """Left out for this use? Then: accepted? Then: on the list?"""
    shelf = _shelf()
    plans = {p["plan_id"]: p["drug_rules"] for p in tables["plans"]}
    asked = {d[0]: (d[1], d[2], d[3], str(d[5])) for d in shelf["denials"]}
    for key, row in _requests(tables, records).items():
        asked[key] = (row["plan_id"], row["code"], row["icd10"], row["received_at"][:10])
    lists = [(r[0], r[2], r[3], r[4]) for r in shelf["plan_rows"]]
    lists += [(x["exclusion_id"], x["plan_id"], x["code"], x["wording"]) for x in tables["exclusions"]]
    lists += [(x["formulary_id"], x["plan_id"], x["drug_id"], x["status"]) for x in tables["formulary"]]
    answer = {}
    for key in records:
        plan, drug, dx, day = asked[key]
        mine = [(row_id, says) for row_id, p, d, says in lists if (p, d) == (plan, drug)]
        out = [i for i, says in mine if i[:3] == "EXC" and _for_this_use(says, dx)]
        (listed,) = [(i, says) for i, says in mine if i[:3] == "FRM"]
        if out or listed[1] == "excluded":
            answer[key] = ["other ways to pay or to treat", out[0] if out else listed[0]]
            continue
        verdict, proof = _verdict(tables, PROGRAM[plans[plan]], drug, dx, day)
        if verdict == "listed against":
            answer[key] = ["another accepted use or drug", proof]
        else:
            assert verdict in ("on label", "supported") and (listed[1], plans[plan]) == ("not_on_formulary", "part_d")
            answer[key] = ["formulary exception", listed[0]]
    return answer


def _for_this_use(says: str, dx: str) -> bool:
    if "when it is used for" not in says:
        return True
    return ("weight loss" in says and dx[:3] == "E66") or ("hair growth" in says and dx[:3] == "L64")


def m06_c3(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """Good listings by who reads them: the short list is everybody's, the long one that of cancer drugs."""
    answer = {}
    for key, drug, code, _, day in _shelf()["uses"]:
        cancer = _drugs(tables)[drug][0]
        rows = _newest(tables, drug, code, str(day), LONG)
        short = [r[0] for r in rows if r[1] in SHORT and (r[1], r[4]) in GOOD]
        long = [r[0] for r in rows if (r[1], r[4]) in GOOD]
        if short:
            answer[key] = ["all three" if cancer else "Part D and Medicaid", short[0]]
        else:
            answer[key] = ["Part B and Part D", long[0]] if cancer and long else ["none of them", "none"]
    return answer


def m06_c4(tables: Tables, records: list[str]) -> dict[str, str]:
    """Compendium, date, replaced, level: the first question that fails names the flaw."""
    rows = {r[0]: r for r in _listings(tables)}
    answer = {}
    for key, listing_id, program, day in _shelf()["readings"]:
        _, book, drug, codes, level, dated = rows[listing_id]
        newer = [r for r in rows.values() if r[1:3] == (book, drug) and r[3] == codes and dated < r[5] <= str(day)]
        if book not in _counting(program, _drugs(tables)[drug][0]):
            answer[key] = "wrong book"
        elif dated > str(day):
            answer[key] = "not yet"
        elif newer:
            answer[key] = "too old"
        else:
            answer[key] = "carries" if (book, level) in GOOD else "too weak"
    return answer


def m06_c6(tables: Tables, records: list[str]) -> dict[str, list[str]]:
    """Line of business, code, dates, area."""
    answer = {}
    for key, row in _requests(tables, records).items():
        day = row["service_date"]
        fits = [
            [kind, doc_id]
            for doc_id, kind, _, code, area, start, end, _ in _shelf()["documents"]
            if row["line"] == "medicare_advantage"
            and code == row["code"]
            and "Saltmarsh" not in area
            and str(start) <= day <= str(end or "9999-12-31")
        ]
        answer[key] = fits[0] if fits else ["plan policy", row["policy_id"]]
    return answer


def m06_c7(tables: Tables, records: list[str]) -> dict[str, str]:
    """The evidence table from the records that the learner sees, the listings and the formulary."""
    (row,) = _requests(tables, records[:1]).values()
    drug, day = row["code"], row["received_at"][:10]
    names = next(d for d in tables["drugs"] if d["drug_id"] == drug)
    brand = names["brand_name"]
    notes = [(n["note_id"], n["service_date"], n["signed_at"], n["text"]) for n in tables["notes"]]
    orders = [(o["order_id"], o["ordered_at"], o["signed_at"], o["drug_id"]) for o in tables["orders"]]
    fills = [(f["fill_id"], f["filled_on"], "", f["drug_id"]) for f in tables["fills"]]
    for paper, kind, date, signed, _, says in _shelf()["papers"]:
        {"notes": notes, "orders": orders, "fills": fills}[kind].append((paper, str(date), signed, says))

    def early(rows: list[tuple], words: list[str]) -> list[tuple]:
        """Records of this chart up to the day of receipt that say one of some words."""
        return [r for r in rows if r[0] in records and r[1][:10] <= day and any(w in r[3] for w in words)]

    note = [r[0] for r in early(notes, [brand]) if r[2]]
    order = [r[0] for r in early(orders, [drug]) if r[2]]
    tried = sorted((r[1], r[0]) for r in early(fills, names["alternatives"].split(";")))
    good = [r[0] for r in _newest(tables, drug, row["icd10"], day, SHORT) if (r[1], r[4]) in GOOD]
    (plan,) = (f for f in tables["formulary"] if (f["plan_id"], f["drug_id"]) == (row["plan_id"], drug))
    assert len(note) == len(order) == 1 and len(good) == 2
    return {
        "diagnosis": note[0], "order": order[0], "listing": good[0], "second listing": good[1],
        "first fill": tried[0][1], "last fill": tried[-1][1], "formulary": plan["formulary_id"],
    }  # fmt: skip


def m06_c8(tables: Tables, records: list[str]) -> int:
    """Part D drug requests whose diagnosis group stands neither in the drug's label nor in a DRUGDEX listing of it."""
    plans = {p["plan_id"]: p["drug_rules"] for p in tables["plans"]}
    lines = {x["request_id"]: x for x in tables["request_lines"] if x["line_no"] == "1"}
    known = {(d, c[:3]) for d, (_, codes) in _drugs(tables).items() for c in codes}
    known |= {(x[2], c[:3]) for x in _listings(tables) if x[1] == "DRUGDEX" for c in x[3]}
    number = 0
    for row in tables["requests"]:
        line = lines.get(row["request_id"])
        if row["category"] == "pharmacy_drug" and plans[row["plan_id"]] == "part_d" and line and line["icd10"]:
            number += (line["code"], line["icd10"][:3]) not in known
    return number
