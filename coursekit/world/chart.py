"""The chart behind a request: evidence for each criterion, the visit note, the problem list, the order."""

from __future__ import annotations

from .case import Case
from .catalog import Catalog
from .clock import DAY, office_time
from .criteria import leaves
from .draws import Picker
from .drugs import DRUGS, HCPCS, NEVER_COVERED, SERVICES
from .evidence import Evidence
from .hours import place
from .items import describe
from .store import Store
from .words import ABSENT, CLOSE, COPIED, OPEN, sig_for

EVIDENCED = ("note", "lab", "study", "therapy", "drug_trial")
SETTING = {
    "11": "office",
    "12": "home",
    "22": "hospital_outpatient",
    "19": "hospital_outpatient",
    "24": "surgery_center",
    "21": "inpatient",
    "49": "infusion_suite",
}


def thing(case: Case) -> str:
    """What is asked for, in plain words."""
    never = NEVER_COVERED.get(case.category)
    return never[1] if never and never[0] == case.code else describe(case.code)


def _chosen(tree: dict, draw: Picker, need: str | None) -> list[dict]:
    """Leaves to satisfy: all of an `all`, one of an `any` (the first one mostly, or one of the kind that the mistake needs)."""
    if "kind" in tree:
        return [tree]
    if "all" in tree:
        return [leaf for n in tree["all"] for leaf in _chosen(n, draw, need)]
    options = tree["any"]
    fit = [o for o in options if need and o.get("kind") == need]
    return _chosen(fit[0] if fit else options[0] if draw.chance(0.82) else options[-1], draw, need)


def _ways(case: Case, wanted: list[dict], draw: Picker) -> dict[str, str]:
    """How each leaf comes out: met, but for the one that carries the mistake."""
    ways = {leaf["id"]: "met" for leaf in wanted if leaf["kind"] in EVIDENCED}
    f = case.fault
    of = {
        "E24": ("lab", "study") if case.code not in ("K0856", "K0823") else ("note",),
        "E25": ("note",),
        "E26": ("drug_trial",),
        "E3": ("drug_trial", "therapy"),
    }.get(f, EVIDENCED)
    if f == "E3" and case.reason == "conservative_care_not_tried":
        of = ("therapy",)
    options = [leaf for leaf in wanted if leaf["kind"] in of]
    if not options:
        return ways
    leaf = draw.one(options)
    if f == "not_met":
        ways[leaf["id"]] = "not_met"
    elif f == "E2" or f == "E29":
        ways[leaf["id"]] = "not_shown"
    elif f == "E24":
        ways[leaf["id"]] = "stale"
    elif f == "E25":
        ways[leaf["id"]] = "unsigned"
    elif f == "E26":
        ways[leaf["id"]] = "claimed"
    elif f == "E3":
        ways[leaf["id"]] = (
            draw.one(("short", "short", "self", "not_shown"))
            if leaf["kind"] == "therapy"
            else draw.one(("short", "short", "gap", "not_shown"))
        )
        if leaf["kind"] == "drug_trial" and leaf["min_days"] <= 31:
            ways[leaf["id"]] = "not_shown"
        case.variant = ways[leaf["id"]]
    return ways


def write_chart(case: Case, store: Store, draw: Picker, cat: Catalog, rich: bool) -> None:
    """Write the evidence and the visit note; fills case.statuses, case.evidence, case.note."""
    ev = Evidence(store, draw, case.member, case.day, case.requester, cat.places["pharmacy"][draw.below(2)])
    if case.item and case.policy and case.kind not in ("notification",):
        tree = case.policy["renewal_criteria"] if case.renewal else case.policy["criteria"]
        need = {
            **({"E1": "note", "E20": "note"} if case.drug else {}),
            "E3": "therapy" if case.reason == "conservative_care_not_tried" else "drug_trial",
            "E26": "drug_trial",
            "E25": "note",
        }.get(case.fault)
        if case.fault == "E32" and case.reason == "step_therapy_not_met":
            need = "drug_trial"
        wanted = _chosen(tree, draw, need)
        trial = next((x for x in leaves(tree) if x["kind"] == "drug_trial"), None)
        ev.first_choices = tuple(trial["drugs"]) if trial else ()
        case.statuses = _ways(case, wanted, draw)
        for leaf in wanted:
            if leaf["id"] in case.statuses and not (case.kind == "step_exception" and leaf["kind"] == "drug_trial"):
                ev.write(leaf, case.statuses[leaf["id"]])
        if case.drug and (case.renewal or case.variant == "as_initial"):
            ev.own_drug(case.code, draw.between(4, 6))
    seen = case.day - draw.between(1, 9)
    what, dx = thing(case), case.dx[1]
    parts = [draw.one(OPEN).format(dx=dx, wk=draw.between(3, 30))]
    if rich and draw.chance(0.6):
        parts.append(draw.one(COPIED))
    parts += ev.lines
    if rich and not ev.lines:
        parts.append(draw.one(ABSENT))
    parts.append(draw.one(CLOSE).format(dx=dx, what=what))
    text = " ".join(parts)
    signed = None if ev.unsigned else seen * DAY + draw.between(960, 1200)
    kind = (
        "office_visit"
        if draw.chance(0.75)
        else "consult"
        if not any(
            "consult" in x.get("note_kinds", ()) for x in (leaves(case.policy["criteria"]) if case.policy else [])
        )
        else "office_visit"
    )
    visit = any(i == "VISIT" for _, _, ids in ev.rows for i in ids)
    if rich or visit or ev.lines:
        case.note = store.add(
            "notes",
            "note_id",
            member_id=case.member,
            kind=kind,
            service_date=seen,
            author_npi=case.requester,
            signed_at=signed,
            text=text[0].upper() + text[1:],
        )
    case.evidence = [(leaf, k, [case.note if i == "VISIT" else i for i in ids]) for leaf, k, ids in ev.rows]
    if not rich and case.n % 8:
        return
    noted = case.day - draw.between(20, 900)
    reviewed = case.day - draw.between(1, 60) if draw.chance(0.8) else noted
    store.add(
        "problems",
        "problem_id",
        member_id=case.member,
        icd10=case.dx[0],
        description=case.dx[1],
        noted_on=noted,
        resolved_on=None,
        reviewed_on=max(noted, reviewed),
    )


def write_order(case: Case, store: Store, draw: Picker, keep: bool) -> int:
    """The order behind the request, in shorthand; returns its minute. Not `keep`: the order came from outside and is not on file."""
    at = office_time(max(case.submitted - draw.between(90, 4 * DAY), -3 * DAY))
    if at >= case.submitted:
        at = case.submitted - draw.between(40, 120)
        at = place(at, "clinic", case.submitted - 4 * DAY, case.submitted)
    if not keep:
        return at
    row: dict = {
        "member_id": case.member,
        "orderer_npi": case.requester,
        "ordered_at": at,
        "signed_at": at + draw.between(1, 25),
        "dx_text": case.dx[1],
        "icd10": case.dx[0],
        "wanted_on": case.service,
    }
    given = "self"
    if case.drug:
        d = DRUGS[case.code]
        sig = sig_for(d[4], d[3], d[17], d[7], draw.below(3))
        row |= {"kind": "drug", "drug_id": case.code, "sig": sig, "daily_quantity": round(d[17], 4) if draw.chance(0.5) else None, "quantity": case.units, "days_supply": case.supply,
                "refills": draw.one((0, 2, 5, 11)), "daw": draw.chance(0.08), "given_by": "self", "acquisition": "specialty_pharmacy" if d[9] else "retail_pharmacy", "setting": "home",
                "order_text": f"{d[draw.below(2)]} {d[5]:g} {d[6]} {d[4]}, #{case.units}"}  # fmt: skip
    elif case.dose:
        dose, unit, times = case.dose
        given = "professional"
        name = HCPCS[case.code][0].split(",")[0]
        row |= {"kind": "drug", "hcpcs": case.code, "dose": float(dose), "dose_unit": unit, "administrations": times, "given_by": given, "acquisition": "buy_and_bill", "setting": SETTING.get(case.pos, "office"),
                "order_text": f"{name} {dose:g} {unit} x {times} doses"}  # fmt: skip
    else:
        kind = {"dme": "equipment", "inpatient_admission": "admission"}.get(
            case.category, "referral" if case.kind == "referral" else "service"
        )
        words = SERVICES[case.code][6] if case.code in SERVICES else thing(case)
        times = f" x {case.units}" if case.units > 1 else ""
        row |= {
            "kind": kind,
            "administrations": case.units,
            "setting": SETTING.get(case.pos, "facility"),
            "order_text": f"{words}{times}",
        }
        if case.system == "HCPCS":
            row["hcpcs"] = case.code
    case.order, case.ordered = store.add("orders", "order_id", **row), at
    return at


__all__ = ["write_chart", "write_order"]
