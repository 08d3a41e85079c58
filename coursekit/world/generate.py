"""A chunk of the world: plan, then one request after the other, then what follows."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from .after import write_after
from .asks import choose_item, in_network, set_people, set_type, set_units
from .case import Case
from .catalog import Catalog, build_catalog
from .chart import write_chart, write_order
from .clock import DAY
from .criteria import leaves
from .draws import Picker, generator
from .faults import set_sent_to
from .header import write_lines, write_request
from .hours import place
from .log import notice_and_after, write_log
from .logbook import desk_of
from .notices import write_notice
from .packet import write_packet, write_slip
from .people import People
from .plan import make_plan
from .queue import keep_open, mark_queue
from .store import Store
from .times import set_times

SEED = 20260930
REQUESTS = 5900


@lru_cache(maxsize=1)
def catalog() -> Catalog:
    """The catalog, built once."""
    return build_catalog()


@lru_cache(maxsize=256)
def evidence_keys(policy_id: str, version: int, renewal: bool) -> frozenset[str]:
    """What a policy looks at; two requests of one member never share any of it, so that one chart does not disturb another case."""
    from .items import VERSIONS

    policy = next(p for p in VERSIONS[policy_id] if p["version"] == version)
    keys = {f"code:{c}" for c in policy["codes"]}
    for tree in (policy["criteria"], policy["renewal_criteria"]):
        for leaf in leaves(tree) if tree else ():
            kind = leaf["kind"]
            keys |= {f"{kind}:{x}" for x in leaf.get("drugs", []) + leaf.get("therapy", []) + leaf.get("words", [])}
            keys |= {f"code:{x}" for x in leaf.get("drugs", [])}
            if kind in ("lab", "study"):
                keys.add(f"{kind}:{leaf.get('test') or leaf.get('study')}")
    del renewal
    return frozenset(keys)


def _cases(plan: Any, n: int) -> list[Case]:
    lists = [
        getattr(plan, f).tolist()
        for f in (
            "plan",
            "line",
            "category",
            "channel",
            "expedited",
            "complete",
            "submitted",
            "outcome",
            "reason",
            "fault",
            "auto",
            "hours",
            "late",
            "second_level",
        )
    ]
    return [Case(i, *row) for i, row in enumerate(zip(*lists, strict=True))]


def generate_chunk(seed: int, chunk: int, n: int) -> Store:
    """All rows of one chunk of `n` requests, as a Store. Chunks share the catalog and nothing else."""
    rng = generator(seed, chunk)
    cat = catalog()
    store, draw = Store(chunk), Picker(rng)
    plan = make_plan(rng, n)
    cases = _cases(plan, n)
    people = People(store, draw, cat.clinicians["family medicine"])
    ndc = {d["drug_id"]: d["ndc"] for d in cat.tables["drugs"]}
    name_of = {
        r["npi"]: "Dr. " + r["name"].rsplit(",", 1)[0].rsplit(" ", 1)[-1]
        for r in cat.tables["providers"]
        if r["kind"] == "clinician"
    }
    renderer_of = {r["npi"]: r["name"] for r in cat.tables["providers"]}
    twins = plan.twin.tolist()
    mark_queue(cases, twins)
    for c in cases:
        c.request_id = f"REQ-{store.base + c.n + 1:06d}"
        twin = cases[twins[c.n]] if twins[c.n] >= 0 else None
        _write(c, twin, store, draw, cat, people, ndc, name_of, renderer_of)
    write_after(cases, store, draw, cat)
    return store


def _write(
    c: Case,
    twin: Case | None,
    store: Store,
    draw: Picker,
    cat: Catalog,
    people: People,
    ndc: dict[str, str],
    name_of: dict[str, str],
    renderer_of: dict[str, str],
) -> None:
    if twin is not None:
        _copy(c, twin, draw)
    else:
        _invent(c, draw, cat, people)
    set_sent_to(c, draw)
    c.desk = desk_of(c)
    if (
        c.requester == cat.clinicians["pain medicine"][1]
        and twin is None
        and c.outcome != "draft"
        and draw.chance(0.5)
        and not c.hold
    ):
        c.expedited = True
    rich = c.outcome in ("denied", "partly_approved", "draft") or c.fault not in ("",) or c.n % 7 == 0 or c.cast
    full = (c.outcome in ("denied", "draft") and c.n % 2 == 0) or c.n % 40 == 0 or c.cast
    full = full or (c.outcome == "no_action" or c.outcome == "withdrawn" and c.fault == "E16") and c.n % 2 == 0
    if c.outcome == "partly_approved":
        c.approved_units = (
            max(1, c.units // 2) if c.drug or c.units < 4 else max(1, int(c.units * (0.4 + 0.4 * draw.u())))
        )
    if c.fault == "E31":
        c.variant = "not_opened" if draw.chance(0.6) else "indexed_late"
    if c.fault == "E14" and c.outcome == "approved" and c.policy is None:
        c.fault = ""
    if c.fault == "E14" and c.outcome == "approved":
        _another_place(c, cat)
    keep_open(c, draw)
    set_times(c, draw)
    if twin is None:
        write_chart(c, store, draw, cat, rich)
        ordered = write_order(c, store, draw, rich or full or c.n % 8 == 0)
        if c.fault == "E25" and "unsigned" not in c.statuses.values():
            store.tables["orders"][-1]["signed_at"] = None
    else:
        ordered = twin.ordered or place(c.submitted - 90, "clinic", c.submitted - 4 * DAY, c.submitted)
        full = full and c.outcome == "withdrawn"
    log = write_log(
        c, draw, full, ordered, name_of.get(c.requester, "Dr. Juniper"), renderer_of.get(c.renderer, "Juniper Clinic")
    )
    notice = write_notice(c, store, draw) if c.outcome != "draft" else None
    if notice is not None and c.outcome in ("approved", "partly_approved", "denied"):
        notice_and_after(log, notice, full)
    c.appeal = ""
    c.log, c.notice_at, c.full = log, notice, full  # type: ignore[attr-defined]
    write_request(c, store, cat, draw, log, notice)
    write_lines(c, store, draw, ndc)
    write_packet(c, store, draw, rich)
    members = store.tables["members"]
    write_slip(c, store, draw, members[-7]["member_id"] if len(members) > 7 else None)


def _another_place(c: Case, cat: Catalog) -> None:
    """The payer approves, but at a place that its policy accepts, with a provider there who is in network."""
    c.given_pos = c.policy["site_of_care"][0]
    there = [c.requester] if c.given_pos == "11" else cat.places.get(c.given_pos, [c.renderer])
    c.given_renderer = next((n for n in there if (c.plan, n) not in cat.ended), there[0])


def _copy(c: Case, twin: Case, draw: Picker) -> None:
    """A duplicate repeats its twin by another way."""
    for name in (
        "item",
        "code",
        "system",
        "dx",
        "benefit",
        "destination",
        "kind",
        "policy",
        "renewal",
        "member",
        "card",
        "person",
        "requester",
        "renderer",
        "specialty",
        "order",
        "dose",
        "units",
        "supply",
        "pos",
        "service",
        "start",
        "end",
        "note",
        "category",
        "line",
        "plan",
    ):
        setattr(c, name, getattr(twin, name))
    c.twin = twin
    c.expedited = False if not twin.expedited else c.expedited
    if draw.chance(0.4):
        c.start, c.end, c.service = twin.start + 1, twin.end + 1, twin.service + 1
    from .payers import PAYERS

    if c.channel not in PAYERS[c.destination][2].split(";"):
        c.channel = "fax" if twin.channel != "fax" else "phone"
        if c.channel not in PAYERS[c.destination][2].split(";"):
            c.channel = "payer_portal"


def _invent(c: Case, draw: Picker, cat: Catalog, people: People) -> None:
    if c.await_statement:
        c.variant = "formulary" if c.n % 2 else ""
    elif c.drug_side and c.fault == "" and c.outcome in ("approved", "withdrawn") and draw.chance(0.035):
        c.variant = "formulary"
    choose_item(c, cat, draw, "")
    set_type(c, cat, draw)
    set_people(c, cat, draw)
    set_units(c, cat, draw)
    if c.fault != "E15" and not in_network(c, cat):
        for n in [x for x in cat.clinicians.get(c.specialty, []) + cat.places.get(c.pos, [])]:
            if (c.plan, n) not in cat.ended and cat.specialty[n]:
                c.renderer = n
                break
    keys = (
        evidence_keys(c.policy["policy_id"], c.policy["version"], False) if c.policy else frozenset({f"code:{c.code}"})
    )
    sex = "F" if c.cast else c.item.sex if c.item else "M" if c.code == "DRG-129" else ""
    alone = c.fault in ("E7", "E26")  # another request of the member would meet the ended cover or the copied note
    c.person = people.find(c.plan, keys, sex, min(c.service, c.day), alone)
    c.member, c.card = c.person["id"], c.person["card"]
    if c.fault == "E7":
        _end_cover(c, draw, people)


def _end_cover(c: Case, draw: Picker, people: People) -> None:
    """Cover that ended before the service date; half of these members moved to another plan."""
    row = c.person["coverage"]
    last = c.service - draw.between(1, 45)
    row["end"] = max(last, row["start"] + 5)
    if row["end"] >= c.service:
        row["start"], row["end"] = c.service - 200, c.service - 1
    c.person["e7"] = "no cover"
    if draw.chance(0.5):
        same = [
            p
            for p in people.open_plans
            if p != c.plan
            and (p in ("PLN-08", "PLN-09")) == (c.plan in ("PLN-08", "PLN-09"))
            and (p in ("PLN-05", "PLN-06", "PLN-07")) == (c.plan in ("PLN-05", "PLN-06", "PLN-07"))
        ]
        new = draw.one(same)
        people.cover(
            c.person,
            new,
            f"{draw.between(2, 8)}{draw.below(10**8):08d}",
            row["end"] + 1,
            None,
            1,
            row["basis"],
            row["holder"],
            row["employer_size"],
        )
        c.person["e7"] = f"moved to {new}"


__all__ = ["REQUESTS", "SEED", "catalog", "generate_chunk"]
