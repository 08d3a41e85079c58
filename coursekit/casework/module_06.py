"""Module 6: which records its items use, and the true answers.

The functions `m06_c1` to `m06_c8` make the cases (m06-c5 is an invented set of articles in `references.yaml`, with its key in
`items.yaml`). The other public functions make the known wrong answers that `items.yaml` names.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pandas as pd

from coursekit.casework import Case
from priorauth import compendia, references

NONE = "none"
STEPS = {
    "excluded": "other ways to pay or to treat",
    "not_on_formulary": "formulary exception",
    "covered": "another accepted use or drug",
}


def _shuffled(things: Iterable[str], item_id: str) -> list[str]:
    mixed = list(things)
    random.Random(item_id).shuffle(mixed)
    return mixed


def _pair(decision: compendia.Decision) -> list[str]:
    return [decision.verdict, decision.proof or NONE]


# --- c1: the path, twelve times ----------------------------------------------------------------------------------------


def _kinds(row: Any) -> set[str]:
    """What makes a use worth asking: the kinds of trap in its listings and label."""
    made = compendia.decide(row.program, row.drug_id, row.icd10, row.day)
    mine = compendia.about(row.drug_id, row.icd10)
    mine = mine[mine["dated"] <= row.day]
    current = set(compendia.in_force(row.drug_id, row.icd10, row.day)["listing_id"])
    old = mine[~mine["listing_id"].isin(current)]
    label = references.drugs().set_index("drug_id").loc[row.drug_id, "label_icd10"].split(";")
    return {
        made.verdict,
        f"{made.verdict}, replaced" if len(old) else f"{made.verdict}, plain",
        f"{made.verdict}, other book" if len(mine) and not made.listings else "",
        f"{made.verdict}, one of five" if made.proof in set(mine[mine["compendium"] == "NCCN"]["listing_id"]) else "",
        f"{made.verdict}, later in the label" if made.verdict == "on label" and not row.icd10.startswith(label[0]) else "",
    }  # fmt: skip


WANTED = (
    "supported, replaced",
    "supported, one of five",
    "listed against, replaced",
    "listed against, plain",
    "no listing that counts, other book",
    "on label, later in the label",
)


def m06_c1(world: Any) -> Case:
    """Six requests, one for each entry of WANTED, and six invented questions."""
    taught = {(w.drug_id, w.icd10) for w in references.shelf("worked").itertuples()}
    asked = references.drug_requests()
    asked = asked[asked["drug_id"].isin(references.listings()["drug_id"])].sort_values("request_id")
    seen: dict[tuple, set[str]] = {}
    chosen: dict[str, str] = {}
    for want in WANTED:
        for row in asked.itertuples():
            use = (row.program, row.drug_id, row.icd10)
            if use[1:] in taught or row.request_id in chosen or row.drug_id in chosen.values() and want != WANTED[4]:
                continue
            if use not in seen:
                seen[use] = _kinds(row)
            if want in seen[use]:
                chosen[row.request_id] = row.drug_id
                break
        else:
            raise LookupError(f"No request is {want}.")
    ids = _shuffled([*chosen, *references.shelf("asks")["id"]], "m06-c1")
    rows = references.questions(ids).itertuples()
    return Case(records=ids, key={r.id: _pair(compendia.decide(r.program, r.drug_id, r.icd10, r.day)) for r in rows})


def with_books(records: list[str], model: dict, program: str) -> dict[str, list[str]]:
    """The path walked under one program for all: the wrong compendia count."""
    wrong = {}
    for r in references.questions(records).itertuples():
        made = compendia.decide(program, r.drug_id, r.icd10, r.day)
        wrong[r.id] = model[r.id] if made.verdict == compendia.ASK else _pair(made)
    return wrong


def any_book(records: list[str], model: dict) -> dict[str, list[str]]:
    """Every compendium counts for everything."""
    wrong = dict(model)
    for r in references.questions(records).itertuples():
        if model[r.id][0] == compendia.SILENT:
            rows = compendia.in_force(r.drug_id, r.icd10, r.day).to_dict("records")
            if rows:
                reads = compendia.reads(rows[-1]["compendium"], rows[-1]["level"])
                wrong[r.id] = [
                    compendia.SUPPORTED if reads == "supports" else compendia.AGAINST,
                    rows[-1]["listing_id"],
                ]
    return wrong


def other_date(records: list[str], model: dict) -> dict[str, list[str]]:
    """Where a compendium has an older and a newer listing for the use, the one that is not in force on the day."""
    wrong = dict(model)
    for r in references.questions(records).itertuples():
        mine = compendia.about(r.drug_id, r.icd10)
        proof = model[r.id][1]
        if proof in set(mine["listing_id"]):
            book = mine.set_index("listing_id").loc[proof, "compendium"]
            for row in mine[(mine["compendium"] == book) & (mine["listing_id"] != proof)].to_dict("records"):
                supports = compendia.reads(book, row["level"]) == "supports"
                wrong[r.id] = [compendia.SUPPORTED if supports else compendia.AGAINST, row["listing_id"]]
    return wrong


# --- c2: not a benefit, not on the list, or not an accepted use ----------------------------------------------------------


def _denied(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    lines = tables["request_lines"]
    first = lines[lines["line_no"] == 1][["request_id", "code", "icd10"]]
    plans = tables["plans"][["plan_id", "name", "drug_rules"]]
    denied = tables["requests"][tables["requests"]["decision"] == "denied"]
    return denied.merge(first, on="request_id").merge(plans, on="plan_id").sort_values("request_id")


def m06_c2(world: Any) -> Case:
    """Nine denied requests: two excluded drugs, two excluded services, three off the formulary, two uses listed against.

    The drugs are Part D and Medicaid ones; those off the formulary are Part D only, where the law has an exception for them.
    """
    tables = world.tables
    rows = _denied(tables).merge(
        tables["formulary"][["plan_id", "drug_id", "status", "formulary_id"]],
        left_on=["plan_id", "code"], right_on=["plan_id", "drug_id"], how="left",
    ).merge(tables["exclusions"][["plan_id", "code", "exclusion_id"]], on=["plan_id", "code"], how="left")  # fmt: skip
    rows["program"] = rows["drug_rules"].map(references.PROGRAM_OF)
    key: dict[str, list[str]] = {}
    codes: set[str] = set()
    kinds: list[str] = []
    asked_before = references.questions(m06_c1(world).records)
    rows = rows[~rows["request_id"].isin(asked_before["id"]) & ~rows["code"].isin(asked_before["drug_id"])]
    for row in rows.itertuples():
        kind, answer = _why(row)
        most = {"excluded drug": 2, "excluded service": 2, "not_on_formulary": 3, "against": 2}.get(kind, 0)
        if kinds.count(kind) < most and (row.code not in codes or kind == "not_on_formulary"):
            codes.add(row.code)
            kinds.append(kind)
            key[row.request_id] = answer
    if len(key) < 9:
        raise LookupError(f"Only {len(key)} denied requests fit m06-c2.")
    shown = _shuffled(key, "m06-c2")
    return Case(records=shown, key={k: key[k] for k in shown})


def _why(row: Any) -> tuple[str, list[str]]:
    if isinstance(row.exclusion_id, str):
        return "excluded service", [STEPS["excluded"], row.exclusion_id]
    if row.status == "excluded" and isinstance(row.program, str):
        return "excluded drug", [STEPS["excluded"], row.formulary_id]
    if not isinstance(row.program, str) or not isinstance(row.icd10, str) or not isinstance(row.status, str):
        return "", []
    made = compendia.decide(row.program, row.code, row.icd10, row.received_at)
    if row.status == "not_on_formulary" and made.verdict == compendia.ON_LABEL and row.program == "Part D":
        return "not_on_formulary", [STEPS["not_on_formulary"], row.formulary_id]
    taught = {(w.drug_id, w.icd10) for w in references.shelf("worked").itertuples()}
    if row.status == "covered" and made.verdict == compendia.AGAINST and (row.code, row.icd10) not in taught:
        return "against", [STEPS["covered"], made.proof]
    return "", []


def one_step_for_all(model: dict, step: str, only: str = "") -> dict[str, list[str]]:
    """One next step for every record whose right step is `only` (or for every record)."""
    return {k: [step if not only or v[0] == only else v[0], v[1]] for k, v in model.items()}


def formulary_for_all(tables: dict[str, pd.DataFrame], records: list[str], model: dict) -> dict[str, list[str]]:
    """The formulary row as proof also where a listing decides."""
    rows = _denied(tables).set_index("request_id")
    formulary = tables["formulary"].set_index(["plan_id", "drug_id"])["formulary_id"]
    wrong = dict(model)
    for key in records:
        at = (rows.loc[key, "plan_id"], rows.loc[key, "code"])
        if model[key][1].startswith("LST") and at in formulary.index:
            wrong[key] = [model[key][0], formulary[at]]
    return wrong


def exclusion_of_another_plan(tables: dict[str, pd.DataFrame], model: dict) -> dict[str, list[str]]:
    """The row of the same service or drug in another plan."""
    wrong = dict(model)
    for name, column, code in (("exclusions", "exclusion_id", "code"), ("formulary", "formulary_id", "drug_id")):
        table = tables[name].set_index(column)
        for key, (step, proof) in model.items():
            if proof in table.index:
                others = table[
                    (table[code] == table.loc[proof, code]) & (table["plan_id"] != table.loc[proof, "plan_id"])
                ]
                wrong[key] = [step, others.index[0]]
    return wrong


# --- c3: one use, three programs -------------------------------------------------------------------------------------------

ALL, CANCER, PILLS, NOBODY = "all three", "Part B and Part D", "Part D and Medicaid", "none of them"


def m06_c3(world: Any) -> Case:
    """Eight uses, two for each answer: which programs accept them, and the newest listing that all of these accept."""
    names = {
        ("Part B", "Part D", "Medicaid"): ALL,
        ("Part B", "Part D"): CANCER,
        ("Part D", "Medicaid"): PILLS,
        (): NOBODY,
    }
    key = {}
    for use in references.shelf("uses").itertuples():
        made = {p: compendia.decide(p, use.drug_id, use.icd10, use.day) for p in compendia.PROGRAMS}
        yes = tuple(p for p, d in made.items() if d.verdict == compendia.SUPPORTED)
        proof = made[yes[-1]].proof if yes else NONE  # the last program of each group has the shortest list
        key[use.id] = [names[yes], proof]
    if sorted(v[0] for v in key.values()) != sorted([ALL, CANCER, PILLS, NOBODY] * 2):
        raise LookupError("The eight uses are not two of each kind.")
    return Case(records=list(key), key=key)


def swapped(model: dict, table: dict[str, str]) -> dict[str, list[str]]:
    """Some verdicts taken for others; a verdict other than NOBODY keeps its proof."""
    return {k: [table.get(v[0], v[0]), v[1]] for k, v in model.items()}


def listed_somewhere(model: dict) -> dict[str, list[str]]:
    """A use that any compendium supports is accepted by all three programs, on that listing."""
    wrong = {}
    for use in references.shelf("uses").itertuples():
        rows = compendia.in_force(use.drug_id, use.icd10, use.day).to_dict("records")
        good = [r for r in rows if compendia.reads(r["compendium"], r["level"]) == "supports"]
        wrong[use.id] = [ALL, good[-1]["listing_id"]] if good else model[use.id]
    return wrong


# --- c4: what a listing is worth ---------------------------------------------------------------------------------------------


def m06_c4(world: Any) -> Case:
    """Twelve listings, each with a program and a day: what each is worth."""
    rows = references.shelf("readings").itertuples()
    key = {r.id: compendia.worth(r.listing_id, r.program, r.day) for r in rows}
    return Case(records=list(key), key=key)


def by_mark_of_today(model: dict) -> dict[str, str]:
    """The mark `superseded` read as if today were the day in question."""
    old = set(references.listings().query("superseded")["listing_id"])
    rows = references.shelf("readings").itertuples()
    return {r.id: "too old" if r.listing_id in old else model[r.id] for r in rows}


def any_book_counts(model: dict) -> dict[str, str]:
    """A good level carries, in whatever book."""
    return {k: "carries" if v == "wrong book" else v for k, v in model.items()}


# --- c6: NCD, LCD or the plan's policy --------------------------------------------------------------------------------------------


def _services(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Every request with the code of its first line and its plan's line of business."""
    lines = tables["request_lines"]
    rows = tables["requests"].merge(lines[lines["line_no"] == 1][["request_id", "code"]], on="request_id")
    return rows.merge(tables["plans"][["plan_id", "line_of_business"]], on="plan_id")


def _of(tables: dict[str, pd.DataFrame], records: list[str]) -> pd.DataFrame:
    return _services(tables).set_index("request_id").loc[records]


def m06_c6(world: Any) -> Case:
    """Ten requests for services: three under an NCD, three under an LCD, four under the plan's own policy."""
    rows = _services(world.tables)
    documents = references.shelf("documents")
    rows = rows[rows["code"].isin(documents["code"]) & rows["policy_id"].notna() & rows["service_date"].notna()]
    wanted = (
        ("SURG-SCS-TRIAL", "medicare_advantage", "NCD"), ("SURG-SCS-TRIAL", "medicare_advantage", "NCD"),
        ("IMG-PET-CT", "medicare_advantage", "NCD"), ("IMG-PET-CT", "medicare_advantage", ""),
        ("SURG-BLEPH", "medicare_advantage", "LCD"), ("SURG-BLEPH", "medicare_advantage", ""),
        ("SURG-FACET-INJ", "medicare_advantage", "LCD"), ("SURG-FACET-INJ", "medicare_advantage", "LCD"),
        ("GEN-PANEL-BRCA", "medicare_advantage", ""), ("SURG-SCS-TRIAL", "commercial", ""),
    )  # fmt: skip
    key: dict[str, list[str]] = {}
    plans: list[str] = []
    for code, line, kind in wanted:
        fits = rows[(rows["code"] == code) & (rows["line_of_business"] == line) & ~rows["request_id"].isin(key)]
        fits = fits[~((fits["code"] == "IMG-PET-CT") & (fits["policy_id"] != "POL-105"))].sort_values("request_id")
        found = [(r, references.governing_document(line, code, r.service_date)) for r in fits.itertuples()]
        found = [(r, doc) for r, doc in found if doc[0] == kind]
        if not found:
            raise LookupError(f"No request for {code} fits m06-c6.")
        row, doc = min(found, key=lambda f: (plans.count(f[0].plan_id), f[0].request_id))
        plans.append(row.plan_id)
        key[row.request_id] = [doc[0] or "plan policy", doc[1] or row.policy_id]
    shown = _shuffled(key, "m06-c6")
    return Case(records=shown, key={k: key[k] for k in shown})


def document_of_the_code(tables: dict[str, pd.DataFrame], records: list[str]) -> dict[str, list[str]]:
    """The NCD or LCD of the code, whatever its dates and area and whatever the plan."""
    documents = references.shelf("documents").set_index("code")
    rows = _of(tables, records)
    return {k: [documents.loc[r["code"], "kind"], documents.loc[r["code"], "doc_id"]] for k, r in rows.iterrows()}


def plan_policy_for_all(tables: dict[str, pd.DataFrame], records: list[str]) -> dict[str, list[str]]:
    """The plan's own policy for everything."""
    return {k: ["plan policy", r["policy_id"]] for k, r in _of(tables, records).iterrows()}


def document_by(tables: dict[str, pd.DataFrame], records: list[str], model: dict, slip: str) -> dict[str, list[str]]:
    """One slip only: the dates, the area or the line of business is not looked at."""
    rows, documents = _of(tables, records), references.shelf("documents").set_index("code")
    wrong = dict(model)
    for key, row in rows.iterrows():
        doc = documents.loc[row["code"]]
        other_area = doc["area"] not in references.AREAS
        not_medicare = row["line_of_business"] not in references.MEDICARE
        which = "area" if other_area else "line" if not_medicare else "dates"
        if model[key][0] == "plan policy" and which == slip:
            wrong[key] = [doc["kind"], doc["doc_id"]]
    return wrong


# --- c7: the evidence table -----------------------------------------------------------------------------------------------------------

ROWS = ("diagnosis", "order", "listing", "second listing", "first fill", "last fill", "formulary")


def _chart(tables: dict[str, pd.DataFrame], request: pd.Series) -> dict[str, list[str]]:
    """Record ids of a request's member that a learner sees, by table."""
    ids = {"notes": "note_id", "problems": "problem_id", "orders": "order_id", "fills": "fill_id"}
    return {
        name: tables[name].loc[tables[name]["member_id"] == request["member_id"], column].tolist()
        for name, column in ids.items()
    }


def m06_c7(world: Any) -> Case:
    """One approved off-label Part D request with two supporting listings, its order, a note, and three fills of the first drug."""
    tables = world.tables
    asked = references.drug_requests()
    taught = {(w.drug_id, w.icd10) for w in references.shelf("worked").itertuples()}
    requests = tables["requests"].set_index("request_id")
    drugs = tables["drugs"].set_index("drug_id")
    for row in asked[asked["program"] == "Part D"].sort_values("request_id").itertuples():
        request = requests.loc[row.request_id]
        if (
            (row.drug_id, row.icd10) in taught
            or request["decision"] != "approved"
            or not isinstance(request["order_id"], str)
        ):
            continue
        made = compendia.decide(row.program, row.drug_id, row.icd10, row.day)
        if made.verdict != compendia.SUPPORTED or len(made.listings) != 2:
            continue
        key = _evidence(tables, row, request, drugs.loc[row.drug_id], made)
        if key:
            shown = [row.request_id, *(i for ids in _chart(tables, request).values() for i in ids)]
            if len(shown) >= 12:
                return Case(records=shown, candidates=list(ROWS), key=key)
    raise LookupError("No request fits m06-c7.")


def _evidence(
    tables: dict[str, pd.DataFrame], row: Any, request: pd.Series, drug: pd.Series, made: Any
) -> dict[str, str]:
    notes = tables["notes"]
    mine = notes[
        (notes["member_id"] == request["member_id"]) & (notes["service_date"] <= row.day) & notes["signed_at"].notna()
    ]
    mine = mine[mine["text"].str.contains(drug["brand_name"])]
    first = str(drug["alternatives"]).split(";")
    fills = tables["fills"]
    fills = fills[(fills["member_id"] == request["member_id"]) & fills["drug_id"].isin(first)].sort_values("filled_on")
    formulary = tables["formulary"]
    formulary = formulary[(formulary["plan_id"] == request["plan_id"]) & (formulary["drug_id"] == row.drug_id)]
    if len(mine) != 1 or len(fills) < 3 or len(formulary) != 1:
        return {}
    newest, older = made.listings[-1], made.listings[0]
    values = (
        mine.iloc[0]["note_id"], request["order_id"], newest, older,
        fills.iloc[0]["fill_id"], fills.iloc[-1]["fill_id"], formulary.iloc[0]["formulary_id"],
    )  # fmt: skip
    return dict(zip(ROWS, map(str, values), strict=True))


def latest_of_chart(tables: dict[str, pd.DataFrame], records: list[str], model: dict) -> dict[str, str]:
    """The newest note and the newest order of the chart, whatever they are about."""
    notes = tables["notes"].set_index("note_id")["service_date"]
    orders = tables["orders"].set_index("order_id")["ordered_at"]
    last_note = max((i for i in records if i in notes.index), key=lambda i: notes[i])
    last_order = max((i for i in records if i in orders.index), key=lambda i: orders[i])
    return {**model, "diagnosis": last_note, "order": last_order}


def problem_as_note(records: list[str], model: dict) -> dict[str, str]:
    """The problem list instead of a signed note."""
    return {**model, "diagnosis": next(i for i in records if i.startswith("PRB"))}


# --- c8: unmatched rows -------------------------------------------------------------------------------------------------------------


def m06_c8(world: Any) -> Case:
    """Part D drug requests whose drug and diagnosis group are not in a label."""
    return Case(records=[], key=unmatched())


def unmatched(program: str | None = "Part D", matched: bool = False, on: tuple[str, ...] = ("drug_id", "dx3")) -> int:
    """The count with one thing changed: another program, the matched rows instead, or fewer columns to match on."""
    asked = references.drug_requests()
    if program:
        asked = asked[asked["program"] == program]
    labels = references.label_groups()[list(on)].drop_duplicates()
    joined = asked.merge(labels, on=list(on), how="left", indicator=True)
    return int((joined["_merge"] == ("both" if matched else "left_only")).sum())


def listed_but_not_labeled() -> int:
    """Unmatched rows that do have a listing for the diagnosis group: half of the question."""
    asked = references.drug_requests()
    asked = asked[asked["program"] == "Part D"]
    joined = asked.merge(
        references.label_groups()[["drug_id", "dx3"]], on=["drug_id", "dx3"], how="left", indicator=True
    )
    off = joined[joined["_merge"] == "left_only"].drop(columns="_merge")
    return int(len(off.merge(references.listing_groups()[["drug_id", "dx3"]].drop_duplicates(), on=["drug_id", "dx3"])))
