"""Module 6: which compendium counts, what a listing is worth, and what to do after "not covered"."""

from __future__ import annotations

import random
from collections.abc import Iterator

from coursekit.casework.module_06_rules import ANOTHER, EXCEPTION, LEFT_OUT, decide, naive, next_step, worth
from coursekit.exam.records import Records, Row, day, table
from coursekit.exam.templates import Draft, template
from priorauth import compendia
from priorauth.references import PROGRAM_OF


def _listings(w: Records, drug: str) -> list[Row]:
    return sorted(w.where("compendium", "drug_id", drug), key=lambda r: (r["dated"], r["listing_id"]))


def _shown(rows: list[Row]) -> str:
    return table(
        [(r["listing_id"], r["compendium"], r["indication"], r["icd10"].replace(";", ", "), r["level"], day(r["dated"])) for r in rows],
        "Listing", "Compendium", "Use", "Codes begin with", "Level", "Dated",
    )  # fmt: skip


def _uses(w: Records) -> Iterator[str]:
    """drug, diagnosis, program, day: uses that some listing or label names, on three days."""
    for row in w.rows("compendium"):
        code = row["icd10"].split(";")[0]
        for program in compendia.PROGRAMS:
            yield from (
                f"{row['drug_id']}|{code}|{program}|{when}" for when in ("2026-02-10", "2026-06-20", "2026-09-15")
            )


_ENDS = {
    compendia.SUPPORTED: "Off-label and supported", compendia.AGAINST: "Off-label, and a compendium that counts speaks against it",
    compendia.SILENT: "Off-label, and no compendium that counts says anything", compendia.ON_LABEL: "On label",
}  # fmt: skip


@template("t06a", "Where does the path end?", "6.2", "M06.1", "single", _uses, tasks=(8,), errors=("E27",), minutes=2.5)
def path(w: Records, record: str) -> Draft | None:
    drug, code, program, when = record.split("|")
    row, made, surface = w.one("drugs", "drug_id", drug), decide(program, drug, code, when), naive(drug, code, when)
    if made.verdict not in _ENDS or made.verdict == compendia.ON_LABEL:
        return None
    ids = [r["listing_id"] for r in _listings(w, drug)]

    def words(verdict: str, proof: str) -> str:
        return _ENDS[verdict] + (f", by {proof}" if proof.startswith("LST") else "")

    wrong = [
        (words(surface.verdict, surface.proof), "The newest listing stands in a compendium that does not count here.")
    ]
    for verdict in (compendia.SUPPORTED, compendia.AGAINST):
        wrong += [
            (words(verdict, i), "This listing does not decide: look at its book, its use, its level and its date.")
            for i in ids
        ]
    wrong += [
        (words(v, ""), "The listings in the books that count say something else.")
        for v in (compendia.SILENT, compendia.ON_LABEL)
    ]
    return Draft(
        f"{row['brand_name']} is {'a' if row['anticancer'] == 'True' else 'no'} cancer drug. Its label names: {row['label_indications']}. The program is {program}.\n\n"
        f"{_shown(_listings(w, drug))}\n\nA request for a diagnosis that begins with {code} goes out on {day(when)}. Where does the path of this course end?",
        words(made.verdict, made.proof), wrong, "Right. Only the compendia that count for the program and the drug are read, in force on the day.",
    )  # fmt: skip


@template("t06b", "What is this listing worth?", "6.3", "M06.3", "single", _uses, tasks=(8,), errors=("E27",))
def listing(w: Records, record: str) -> Draft | None:
    drug, code, program, when = record.split("|")
    row, rows = w.one("drugs", "drug_id", drug), _listings(w, drug)
    mine = [r for r in rows if code in r["icd10"].split(";")]
    asked = random.Random(record).choice(mine)
    right = worth(asked["listing_id"], program, when)
    words = {
        "carries": "It carries the request", "wrong book": "Its compendium does not count for this program and drug",
        "not yet": "It is not in force yet", "too old": "A later listing in the same compendium has replaced it", "too weak": "Its level does not support the use",
    }  # fmt: skip
    order = ["carries", "wrong book", "too weak", "too old", "not yet"]
    return Draft(
        f"{row['brand_name']} is {'a' if row['anticancer'] == 'True' else 'no'} cancer drug. The program is {program}. The request goes out on {day(when)}, for a diagnosis that begins with {code}.\n\n"
        f"{_shown(rows)}\n\nWhat is listing {asked['listing_id']} worth?",
        words[right], [(words[k], "Look at book, date and level in this order.") for k in order if k != right], "Right. Book first, then date, then level.",
    )  # fmt: skip


def _pairs(w: Records) -> Iterator[str]:
    for drug in sorted({r["drug_id"] for r in w.rows("compendium")}):
        for program in compendia.PROGRAMS:
            yield from (f"{drug}|{program}|{n}" for n in range(3))


@template("t06c", "Which listings are read at all?", "6.2", "M06.2", "multiple", _pairs, tasks=(8,), errors=("E27",))
def read_at_all(w: Records, record: str) -> Draft | None:
    drug, program, number = record.split("|")
    row = w.one("drugs", "drug_id", drug)
    books = compendia.books(program, row["anticancer"] == "True")[0]
    if not books:
        return None
    dice = random.Random(record)
    pool = sorted({(r["compendium"], r["level"]) for r in w.rows("compendium")})
    levels = {b: dice.choice([lv for x, lv in pool if x == b]) for b in compendia.BOOKS if any(x == b for x, _ in pool)}
    if len(levels) < 5:
        return None
    right = [f"{b}: {lv}" for b, lv in levels.items() if b in books]
    wrong = [
        (f"{b}: {lv}", f"{b} is not on the list of {program} for this drug, whatever it says.")
        for b, lv in levels.items()
        if b not in books
    ]
    return Draft(
        f"{program} is asked to pay for {row['brand_name']}, {'a cancer drug' if row['anticancer'] == 'True' else 'which is no cancer drug'}, off label. Five compendia say something about the use. "
        "Which of them may be read at all, whether they help or not?",
        right, wrong, "Right. This compendium is on the program's list for such a drug.",
    )  # fmt: skip


_LEVELS = [(b, lv, True) for b, v in compendia.SUPPORTS.items() for lv in v] + [(b, lv, False) for b, v in compendia.SPEAKS_AGAINST.items() for lv in v]  # fmt: skip


@template(
    "t06d",
    "How a level reads",
    "6.3",
    "M06.3",
    "multiple",
    lambda w: [str(n) for n in range(40)],
    tasks=(8,),
    errors=("E27",),
)
def levels(w: Records, record: str) -> Draft | None:
    chosen = random.Random(f"levels {record}").sample(_LEVELS, 5)
    drug = random.Random(record).choice(w.rows("drugs"))
    right = [f"{b}: {lv}" for b, lv, good in chosen if good]
    wrong = [
        (f"{b}: {lv}", "This level speaks against the use, or does not carry it.") for b, lv, good in chosen if not good
    ]
    return Draft(
        f"Five listings on an off-label use of {drug['brand_name']}, each from another page and each in force. Read each level as this course reads it. Which of them support the use?",
        right, wrong, "Right. This level supports the use.",
    )  # fmt: skip


def _denied(w: Records) -> Iterator[str]:
    for row in w.rows("requests"):
        if row["category"] == "pharmacy_drug" and row["received_at"]:
            yield row["request_id"]


@template("t06e", "After: not covered", "6.4", "M06.4", "single", _denied, tasks=(8, 22), errors=("E28",))
def after(w: Records, record: str) -> Draft | None:
    row = w.request(record)
    program = PROGRAM_OF.get(row["drug_rules"])
    step = next_step(row["plan_id"], program, row["code"], row["icd10"], row["received_at"][:10]) if program else []
    if not step:
        return None
    drug = w.one("drugs", "drug_id", row["code"])
    words = {
        LEFT_OUT: "Look for other ways to pay or to treat; no evidence changes a benefit",
        EXCEPTION: "Ask for a formulary exception; the use is accepted",
        ANOTHER: "Look for another drug or another accepted use; the evidence speaks against this one",
    }  # fmt: skip
    status = next(f["status"] for f in w.where("formulary", "drug_id", row["code"]) if f["plan_id"] == row["plan_id"])
    out = [x["wording"] for x in w.where("exclusions", "code", row["code"]) if x["plan_id"] == row["plan_id"]]
    listings = _listings(w, row["code"])
    wrong = [
        (t, "Ask three things in order: left out of the benefit, accepted use, on the formulary.")
        for k, t in words.items()
        if k != step[0]
    ]
    wrong.append(
        (
            "Send the same request again with more pages",
            "The answer is about the benefit, the list or the use, and not about missing pages.",
        )
    )
    return Draft(
        f"The pharmacy side of a plan under {program} answers \"not covered\" for {drug['brand_name']} on {day(row['received_at'])}. Diagnosis: {row['icd10']}. "
        f"Label: {drug['label_indications']} ({drug['label_icd10'].replace(';', ', ')}). Formulary: {status.replace('_', ' ')}. Exclusions of the contract: {'; '.join(out) or 'none for this drug'}."
        + (f"\n\n{_shown(listings)}" if listings else " No compendium lists another use.") + "\n\nWhich step can help?",
        words[step[0]], wrong, "Right. The benefit comes first, then the use, then the formulary.",
    )  # fmt: skip


@template(
    "t06f",
    "Rows without a match",
    "6.6",
    "M06.6",
    "numeric",
    lambda w: [str(n) for n in range(60)],
    tasks=(28,),
    errors=(),
)
def unmatched(w: Records, record: str) -> Draft | None:
    dice = random.Random(f"match {record}")
    asked = [
        w.request(r["request_id"])
        for r in dice.sample([r for r in w.rows("requests") if r["category"] == "pharmacy_drug"], 9)
    ]
    left = [(r["request_id"], r["code"]) for r in asked]
    listed = dice.sample(w.rows("compendium"), 7)
    extra = [r for r in w.rows("compendium") if r["drug_id"] in {c for _, c in left[:3]}][:3]
    right_rows = sorted({(r["listing_id"], r["drug_id"]) for r in [*listed, *extra]})
    have = {d for _, d in right_rows}
    none = sum(c not in have for _, c in left)
    joined = sum(sum(d == c for _, d in right_rows) for _, c in left)
    if not 0 < none < 9:
        return None
    wrong = [
        (9 - none, "Those are the requests that find a match."),
        (sum(d not in {c for _, c in left} for _, d in right_rows), "Those are the listings that no request needs."),
        (joined, "Those are the rows with a match in the joined table."),
        (joined + none, "That is the length of the joined table."),
        (len({c for _, c in left} - have), "You counted drugs. Count requests."),
    ]  # fmt: skip
    return Draft(
        f"Table A:\n\n{table(left, 'request_id', 'drug_id')}\n\nTable B:\n\n{table(right_rows, 'listing_id', 'drug_id')}\n\n"
        '`A.merge(B, on="drug_id", how="left")` keeps every row of A. How many requests have an empty `listing_id` in the result?',
        none, wrong, explain="Count the requests whose drug does not occur in table B.", compare={"unit": "requests"},
    )  # fmt: skip
