"""Module 6: which records its items use (m06-c5 is an invented set of articles, with its key in `items.yaml`).

The functions `m06_c1` to `m06_c8` make the cases, `m06_c6` in `module_06_services`; the answers to single questions stand in
`module_06_rules`. The other public functions make the known wrong answers that `items.yaml` names.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pandas as pd

from coursekit.casework import Case, once
from coursekit.casework.module_06_rules import (
    ANOTHER,
    EXCEPTION,
    LEFT_OUT,
    NONE,
    Answer,
    decide,
    naive,
    next_step,
    worth,
)
from coursekit.casework.module_06_services import (  # noqa: F401 - the item, and names for the expressions in items.yaml
    document_by,
    document_of_the_code,
    m06_c6,
    plan_policy_for_all,
)
from priorauth import compendia, references


def _shuffled(things: Iterable[str], item_id: str) -> list[str]:
    mixed = list(things)
    random.Random(item_id).shuffle(mixed)
    return mixed


def _taught() -> set[tuple[str, str]]:
    return {(w.drug_id, w.icd10) for w in references.shelf("worked").itertuples()}


# --- c1: the path, twelve times ----------------------------------------------------------------------------------------


def _kinds(row: Any) -> set[str]:
    """What makes a use worth asking: where the path ends, and the trap on the way."""
    made, surface = (
        decide(row.program, row.drug_id, row.icd10, row.day),
        naive(row.drug_id, row.icd10, row.day),
    )
    mine = compendia.about(row.drug_id, row.icd10)
    label = references.drugs().set_index("drug_id").loc[row.drug_id, "label_icd10"].split(";")
    return {
        f"{made.verdict}, newest in the wrong book" if made != Answer(surface.verdict, surface.proof, made.listings) else "",
        f"{made.verdict}, one of five" if made.proof in set(mine[mine["compendium"] == "NCCN"]["listing_id"]) else "",
        f"{made.verdict}, later in the label" if made.verdict == "on label" and not row.icd10.startswith(label[0]) else "",
    }  # fmt: skip


WANTED = (
    "supported, newest in the wrong book",
    "listed against, newest in the wrong book",
    "no listing that counts, newest in the wrong book",
    "supported, one of five",
    "on label, later in the label",
)


@once
def m06_c1(world: Any) -> Case:
    """Five requests, one for each entry of WANTED, and seven invented questions; reading every book fails in most of them."""
    taught = _taught()
    asked = references.drug_requests()
    asked = asked[asked["drug_id"].isin(references.listings()["drug_id"])].sort_values("request_id")
    seen: dict[tuple, set[str]] = {}
    chosen: dict[str, tuple[str, str]] = {}
    for want in WANTED:
        for row in asked.itertuples():
            use = (row.drug_id, row.icd10)
            if use in taught or row.request_id in chosen or use in chosen.values() or use == _charted():
                continue
            if (row.program, *use) not in seen:
                seen[row.program, *use] = _kinds(row)
            if want in seen[row.program, *use]:
                chosen[row.request_id] = use
                break
        else:
            raise LookupError(f"No request is {want}.")
    ids = _shuffled([*chosen, *references.shelf("asks")["id"]], "m06-c1")
    rows = references.questions(ids).itertuples()
    key = {r.id: decide(r.program, r.drug_id, r.icd10, r.day).pair for r in rows}
    if sum(any_book(ids, key)[i] == key[i] for i in ids) > 5:
        raise LookupError("Reading every compendium is right too often.")
    return Case(records=ids, key=key)


def with_books(records: list[str], model: dict, program: str) -> dict[str, list[str]]:
    """The path walked under one program for all: the wrong compendia count."""
    wrong = {}
    for r in references.questions(records).itertuples():
        made = decide(program, r.drug_id, r.icd10, r.day)
        wrong[r.id] = model[r.id] if made.verdict == compendia.ASK else made.pair
    return wrong


def any_book(records: list[str], model: dict) -> dict[str, list[str]]:
    """Every compendium counts for everything, and the newest listing decides."""
    return {r.id: naive(r.drug_id, r.icd10, r.day).pair for r in references.questions(records).itertuples()}


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


def m06_c2(world: Any) -> Case:
    """Two denied requests (an excluded drug, a labeled one off the formulary) and the seven invented denials."""
    tables = world.tables
    before = set(references.questions(m06_c1(world).records)["drug_id"]) | {drug for drug, _ in _taught()}
    requests = tables["requests"]
    ids = requests[(requests["decision"] == "denied") & requests["received_at"].notna()]["request_id"].tolist()
    rows = references.denials(sorted(ids))
    key: dict[str, list[str]] = {}
    wanted = {LEFT_OUT: "FRM", EXCEPTION: "FRM"}
    for row in rows[rows["code"].isin(tables["drugs"]["drug_id"]) & ~rows["code"].isin(before)].itertuples():
        answer = next_step(row.plan_id, references.PROGRAM_OF.get(row.drug_rules), row.code, row.icd10, row.day)
        if answer and answer[0] in wanted and answer[1].startswith(wanted[answer[0]]):
            key[row.id] = answer
            del wanted[answer[0]]
    if wanted:
        raise LookupError(f"No denied request fits {', '.join(wanted)} of m06-c2.")
    shown = _shuffled([*key, *references.shelf("denials")["id"]], "m06-c2")
    for row in references.denials(shown).itertuples():
        key[row.id] = next_step(row.plan_id, references.PROGRAM_OF.get(row.drug_rules), row.code, row.icd10, row.day)
    return Case(records=shown, key={k: key[k] for k in shown})


def by_status(records: list[str], model: dict) -> dict[str, list[str]]:
    """The status of the formulary tells the next step; where the drug is covered, the newest listing is the reason."""
    wrong = {}
    for r in references.denials(records).itertuples():
        rows = references.plan_rows(r.code)
        rows = rows[(rows["plan_id"] == r.plan_id) & (rows["list"] == "formulary")].iloc[0]
        steps = {"excluded": [LEFT_OUT, rows["row_id"]], "not_on_formulary": [EXCEPTION, rows["row_id"]]}
        wrong[r.id] = steps.get(rows["says"], [ANOTHER, naive(r.code, r.icd10, r.day).proof])
    return wrong


def one_step_for_all(model: dict, step: str, only: str = "") -> dict[str, list[str]]:
    """One next step for every record whose right step is `only` (or for every record)."""
    return {k: [step if not only or v[0] == only else v[0], v[1]] for k, v in model.items()}


def formulary_for_all(records: list[str], model: dict) -> dict[str, list[str]]:
    """The formulary row as proof for everything."""
    wrong = {}
    for r in references.denials(records).itertuples():
        rows = references.plan_rows(r.code)
        rows = rows[(rows["plan_id"] == r.plan_id) & (rows["list"] == "formulary")]
        wrong[r.id] = [model[r.id][0], rows.iloc[0]["row_id"]]
    return wrong


def row_of_another_plan(records: list[str], model: dict) -> dict[str, list[str]]:
    """The row of the same drug in another plan, on the same list."""
    wrong = dict(model)
    for r in references.denials(records).itertuples():
        rows = references.plan_rows(r.code)
        mine = rows[rows["row_id"] == model[r.id][1]]
        if len(mine):
            others = rows[(rows["plan_id"] != r.plan_id) & (rows["list"] == mine.iloc[0]["list"])]
            wrong[r.id] = [model[r.id][0], others.iloc[0]["row_id"]]
    return wrong


def wrong_book_against(records: list[str], model: dict) -> dict[str, list[str]]:
    """The newest listing that speaks against the use, whatever the compendium."""
    wrong = dict(model)
    for r in references.denials(records).itertuples():
        rows = compendia.in_force(r.code, r.icd10, r.day).to_dict("records")
        bad = [x["listing_id"] for x in rows if compendia.reads(x["compendium"], x["level"]) == "against"]
        if bad and model[r.id][1].startswith(("LST", "FRM")):
            wrong[r.id] = [ANOTHER, bad[-1]]
    return wrong


# --- c3: one use, three programs -------------------------------------------------------------------------------------------

ALL, CANCER, PILLS, NOBODY = "all three", "Part B and Part D", "Part D and Medicaid", "none of them"


def m06_c3(world: Any) -> Case:
    """Eight uses: which programs accept them, and the newest listing that all of these accept."""
    names = {
        ("Part B", "Part D", "Medicaid"): ALL,
        ("Part B", "Part D"): CANCER,
        ("Part D", "Medicaid"): PILLS,
        (): NOBODY,
    }
    key = {}
    for use in references.shelf("uses").itertuples():
        made = {p: decide(p, use.drug_id, use.icd10, use.day) for p in compendia.PROGRAMS}
        yes = tuple(p for p, d in made.items() if d.verdict == compendia.SUPPORTED)
        proof = made[yes[-1]].proof if yes else NONE  # the last program of each group has the shortest list
        key[use.id] = [names[yes], proof]
    counts = [[v[0] for v in key.values()].count(name) for name in names.values()]
    if min(counts) == 0 or max(counts) == min(counts):
        raise LookupError(f"The eight uses should show every answer, unevenly: {counts}.")
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
    key = {r.id: worth(r.listing_id, r.program, r.day) for r in rows}
    return Case(records=list(key), key=key)


def by_mark_of_today(model: dict) -> dict[str, str]:
    """The mark `superseded` read as if today were the day in question."""
    old = set(references.listings().query("superseded")["listing_id"])
    rows = references.shelf("readings").itertuples()
    return {r.id: "too old" if r.listing_id in old else model[r.id] for r in rows}


def any_book_counts(model: dict) -> dict[str, str]:
    """A good level carries, in whatever book."""
    return {k: "carries" if v == "wrong book" else v for k, v in model.items()}


# --- c7: the evidence table -----------------------------------------------------------------------------------------------------------

ROWS = ("diagnosis", "order", "listing", "second listing", "first fill", "last fill", "formulary")


def _chart(tables: dict[str, pd.DataFrame], request: pd.Series) -> dict[str, list[str]]:
    """Record ids of a request's member that a learner sees, by table."""
    ids = {"notes": "note_id", "problems": "problem_id", "orders": "order_id", "fills": "fill_id"}
    return {
        name: tables[name].loc[tables[name]["member_id"] == request["member_id"], column].tolist()
        for name, column in ids.items()
    }


def _charted() -> tuple[str, str]:
    """Drug and diagnosis of m06-c7, which no other item asks about."""
    return references.shelf("papers")["for_drug"].iloc[0], "L50.1"


def m06_c7(world: Any) -> Case:
    """One approved off-label Part D request: its chart and the further papers, with two listings that carry the use."""
    tables = world.tables
    asked = references.drug_requests().sort_values("request_id")
    asked = asked[
        (asked["program"] == "Part D") & (asked["drug_id"] == _charted()[0]) & (asked["icd10"] == _charted()[1])
    ]
    requests = tables["requests"].set_index("request_id")
    drugs = tables["drugs"].set_index("drug_id")
    for row in asked.itertuples():
        request = requests.loc[row.request_id]
        if request["decision"] != "approved" or not isinstance(request["order_id"], str):
            continue
        made = decide(row.program, row.drug_id, row.icd10, row.day)
        if made.verdict != compendia.SUPPORTED or len(made.listings) != 2:
            continue
        key = _evidence(tables, row, request, drugs.loc[row.drug_id], made)
        if key:
            papers = references.shelf("papers")["id"]
            shown = [row.request_id, *(i for ids in _chart(tables, request).values() for i in ids), *papers]
            if len(shown) >= 20:
                return Case(records=shown, candidates=list(ROWS), key=key)
    raise LookupError("No request fits m06-c7.")


def _evidence(
    tables: dict[str, pd.DataFrame], row: Any, request: pd.Series, drug: pd.Series, made: Answer
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
    papers = references.shelf("papers")
    early = papers[(papers["date"] <= row.day) & ((papers["from"] != "notes") | papers["signed"].notna())]
    proofs = early[early["says"].str.contains(drug["brand_name"]) & early["signed"].notna()]
    tried = early[(early["from"] == "fills") & early["says"].str.startswith(tuple(first))]
    if len(mine) != 1 or len(fills) < 3 or len(formulary) != 1 or len(proofs) or len(tried):
        return {}
    newest, older = made.listings[-1], made.listings[0]
    values = (
        mine.iloc[0]["note_id"], request["order_id"], newest, older,
        fills.iloc[0]["fill_id"], fills.iloc[-1]["fill_id"], formulary.iloc[0]["formulary_id"],
    )  # fmt: skip
    return dict(zip(ROWS, map(str, values), strict=True))


def late_papers(records: list[str], model: dict) -> dict[str, str]:
    """The newest note, order and fill that name the right thing, though they came after the request."""
    papers = references.shelf("papers").sort_values("date").drop_duplicates("from", keep="last").set_index("from")["id"]
    return {**model, "diagnosis": papers["notes"], "order": papers["orders"], "last fill": papers["fills"]}


def unsigned(records: list[str], model: dict) -> dict[str, str]:
    """A note and an order that nobody signed."""
    papers = references.shelf("papers")
    papers = papers[papers["signed"].isna()].drop_duplicates("from").set_index("from")["id"]
    return {**model, "diagnosis": papers["notes"], "order": papers["orders"]}


def any_good_listing(records: list[str], model: dict) -> dict[str, str]:
    """The two newest listings that praise the use, whatever the compendium."""
    drug, dx = _charted()
    day = references.questions(records[:1])["day"].iloc[0]
    rows = compendia.in_force(drug, dx, day)["listing_id"].tolist()
    return {**model, "listing": rows[-1], "second listing": rows[-2]}


def problem_as_note(records: list[str], model: dict) -> dict[str, str]:
    """The problem list instead of a signed note."""
    return {**model, "diagnosis": next(i for i in records if i.startswith("PRB"))}


# --- c8: unmatched rows without a listing --------------------------------------------------------------------------------


def m06_c8(world: Any) -> Case:
    """Part D drug requests with no label row for their group and no DRUGDEX listing for it either."""
    return Case(records=[], key=unmatched())


def unmatched(
    program: str | None = "Part D", book: str | None = "DRUGDEX", rows: bool = False, label: bool = True
) -> int:
    """The count with one thing changed: program, compendium (None: any), rows for requests, or labels not looked at."""
    asked = references.drug_requests()
    asked = asked[asked["program"] == program] if program else asked
    joined = asked.merge(references.label_groups(), on=["drug_id", "dx3"], how="left", indicator=True)
    off = joined[joined["_merge"] == "left_only"] if label else joined
    found = off.drop(columns="_merge").merge(references.listing_groups(), on=["drug_id", "dx3"])
    found = found[found["compendium"] == book] if book else found
    return len(off) - (len(found) if rows else int(found["request_id"].nunique()))
