"""The question set of a pharmacy drug and the clinic's answers, both taken from the tables: formulary, request, fills."""

from __future__ import annotations

from .record import Row

_EXCEPTIONS = {
    "formulary_exception": "a drug that is not on the list",
    "step_exception": "skipping a step drug",
    "quantity_exception": "more than the quantity limit",
    "tiering_exception": "a lower copay tier",
}


def questions(record: Row, line: Row) -> list[Row]:
    """Questions in order: id, kind (text, choice), text, choices. Step drugs and limits come from the plan's formulary row."""
    listed = record["formulary"].get(line["code"])
    found = [
        ("choice", "Is this a first request for the drug, or does it continue treatment?", ["first", "continues"]),
        ("text", "Which diagnosis is the drug for? Give the ICD-10-CM code.", []),
        ("text", "How many units for how many days?", []),
        ("choice", "Do you ask for an exception, and which?", ["none", *_EXCEPTIONS.values()]),
    ]
    for step in _steps(listed):
        found.append(
            (
                "text",
                f"Which fills of {_name(record, step)} does the patient have? Give number, days in all and the last date.",
                [],
            )
        )
    if listed and listed["quantity_limit"] is not None:
        found.append(
            (
                "text",
                f"The plan covers at most {listed['quantity_limit']} units in {listed['per_days']} days. If you need more, why?",
                [],
            )
        )
    found.append(("text", "Can the patient wait for the standard time? If not, why?", []))
    return [{"id": f"Q{n}", "kind": k, "text": t, "choices": c} for n, (k, t, c) in enumerate(found, start=1)]


def answers(record: Row, line: Row) -> dict[str, str]:
    """Question id -> answer, from the tables alone: what was asked for, and the fills up to the day of submission."""
    r, listed = record["request"], record["formulary"].get(line["code"])
    days = f" for {_some(line['days_supply'], 'day')}" if line["days_supply"] is not None else ""
    found = [
        "continues" if r["request_type"] == "renewal" else "first",
        line["icd10"],
        f"{_some(line['units_asked'], 'unit')}{days}",
        _EXCEPTIONS.get(r["request_type"], "none"),
    ]
    found += [_fills(record, step) for step in _steps(listed)]
    if listed and listed["quantity_limit"] is not None:
        found.append(
            "an exception is asked for; see the letter or note"
            if r["request_type"] == "quantity_exception"
            else "no exception is asked for"
        )
    found.append(f"no: {r['urgency_reason'] or 'no reason given'}" if r["urgency"] == "expedited" else "yes")
    return {f"Q{n}": a for n, a in enumerate(found, start=1)}


def _steps(listed: Row | None) -> list[str]:
    return [s for s in ((listed or {}).get("step_drugs") or "").split(";") if s]


def _name(record: Row, drug_id: str) -> str:
    row = record["drugs"].get(drug_id)
    return row["generic_name"] if row else drug_id


def _fills(record: Row, drug_id: str) -> str:
    until = (record["request"]["submitted_at"] or "9999")[:10]
    mine = [f for f in record["fills"] if f["drug_id"] == drug_id and f["filled_on"] <= until]
    if not mine:
        return "no fills on file"
    return f"{_some(len(mine), 'fill')}, {_some(sum(f['days_supply'] for f in mine), 'day')}, last {max(f['filled_on'] for f in mine)}"


def _some(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
