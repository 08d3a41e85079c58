"""The shipped world: same bytes from one seed, joined keys, ordered logs, honest ids, valid codes, no truth among the learner's files."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import simple_icd_10_cm as icd
from world_route import TODAY, by, line1, rows

from coursekit.world import World, build_world, write_datasets
from coursekit.world.world import generate
from priorauth import data, schema
from priorauth.lifecycle import EVENTS, STATES, state_after

ROOT = Path(__file__).resolve().parents[1]
DATASETS = ROOT / "datasets"


def test_same_seed_same_bytes() -> None:
    assert generate(11, 900) == generate(11, 900)
    assert generate(11, 900) != generate(12, 900)


def test_shipped_files_are_what_the_seed_gives(tmp_path: Path) -> None:
    world = build_world()
    write_datasets(world, tmp_path / "datasets", tmp_path / "truth")
    names = sorted(
        p.relative_to(tmp_path / "datasets").as_posix() for p in (tmp_path / "datasets").rglob("*") if p.is_file()
    )
    assert len(names) > 40
    for name in names:
        assert (tmp_path / "datasets" / name).read_bytes() == (DATASETS / name).read_bytes().replace(b"\r\n", b"\n"), (
            name
        )
    for path in (tmp_path / "truth").iterdir():
        assert path.read_bytes() == (ROOT / "coursekit/world/truth" / path.name).read_bytes().replace(b"\r\n", b"\n"), (
            path.name
        )


def test_another_process_makes_the_same_bytes() -> None:
    code = "import hashlib; from coursekit.world.world import generate; a, b = generate(5, 400); print(hashlib.sha256(repr((a, b)).encode()).hexdigest())"
    made = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": s, "PATH": ""},
        ).stdout
        for s in ("1", "2")
    }
    a, b = generate(5, 400)
    assert made == {hashlib.sha256(repr((a, b)).encode()).hexdigest() + "\n"}


def test_size() -> None:
    total = sum(p.stat().st_size for p in DATASETS.glob("*.csv"))
    print(f"{total / 1e6:.2f} MB in {len(list(DATASETS.glob('*.csv')))} tables")
    assert total < 10_000_000
    assert 5900 <= len(rows("requests")) <= 6100


def test_keys_join() -> None:
    checked = 0
    for table in schema.TABLES.values():
        if table.optional:
            continue
        if table.key:
            ids = [r[table.key] for r in rows(table.name)]
            assert len(ids) == len(set(ids)) and ids, table.name
        for c in table.columns:
            if not c.fk:
                continue
            other, key = c.fk.split(".")
            have = {r[key] for r in rows(other)}
            orphans = {r[c.name] for r in rows(table.name) if r[c.name]} - have
            assert not orphans, (table.name, c.name, sorted(orphans)[:3])
            checked += 1
    assert checked > 60


def test_events_in_order_and_states_follow_from_them() -> None:
    logs = by("events", "request_id")
    assert len(logs) == len(rows("requests"))
    for r in rows("requests"):
        log = logs[r["request_id"]]
        times = [e["at"] for e in log]
        assert times == sorted(times) and times[-1] <= "2026-09-30 08:00", r["request_id"]
        assert {e["event"] for e in log} <= set(EVENTS), r["request_id"]
        assert state_after(e["event"] for e in log) == r["state"], r["request_id"]
        for a, b in (
            ("submitted_at", "received_at"),
            ("received_at", "decided_at"),
            ("info_asked_at", "info_sent_at"),
            ("received_at", "info_asked_at"),
        ):
            assert not (r[a] and r[b]) or r[a] <= r[b], (r["request_id"], a, b)
    assert {r["state"] for r in rows("requests")} <= set(STATES)
    rich = sum(len(x) >= 12 for x in logs.values())
    print(f"{rich} logs of twelve events or more")
    assert rich >= 300


def test_roles_fit_their_events() -> None:
    """The actor of an event is one of the roles that the life cycle names for it."""
    odd = {(e["event"], e["actor_role"]) for e in rows("events") if e["actor_role"] not in EVENTS[e["event"]].roles}
    assert not odd, odd


def _due(r: dict, plan: dict) -> str:
    """When the answer to a request is due by the course's clock, as text; empty where it has no clock."""
    from priorauth.clocks import ClockError, clock_key, due_at

    if r["request_type"] in ("referral", "notification"):
        return ""
    moved = {
        "statement_at": r["statement_at"],
        "info_asked_at": r["info_asked_at"],
        "info_received_at": r["info_sent_at"],
    }
    try:
        line, kind = clock_key(plan["line_of_business"], r["category"], r["request_type"], plan["drug_rules"])
        due = due_at(line, kind, r["urgency"], r["received_at"], {k: v for k, v in moved.items() if v})
    except ClockError:
        return ""
    return due.at.strftime("%Y-%m-%d %H:%M")


def test_clocks_are_kept_but_for_a_known_share() -> None:
    plans = {p["plan_id"]: p for p in rows("plans")}
    late = decided = 0
    for r in rows("requests"):
        if (
            r["decision"] not in ("approved", "partly_approved", "denied")
            or r["auto_decided"] == "True"
            or r["request_type"] in ("referral", "notification")
        ):
            continue
        due = _due(r, plans[r["plan_id"]])
        if not due:
            continue
        decided += 1
        late += r["decided_at"] > due
    print(f"{late} of {decided} decisions by people are late ({100 * late / decided:.1f} %)")
    assert decided > 3000 and 0.02 < late / decided < 0.055


def test_npis_pass_and_cannot_be_real() -> None:
    import csv

    assert len(rows("providers")) >= 60 and all(_luhn(r["npi"]) for r in rows("providers"))
    bad = {r["request_id"] for r in rows("requests") if not _luhn(r["requesting_npi"])}
    with (ROOT / "coursekit/world/truth/bad_npis.csv").open(encoding="utf-8", newline="") as f:
        assert bad == {r["request_id"] for r in csv.DictReader(f)} and len(bad) >= 15
    numbers = {r["npi"] for r in rows("providers")} | {
        r[c] for r in rows("requests") for c in ("requesting_npi", "rendering_npi") if r[c]
    }
    assert all(re.fullmatch(r"9\d{9}", n) for n in numbers)


def _luhn(npi: str) -> bool:
    digits = [int(c) for c in "80840" + npi]
    total = sum(d if i % 2 == 0 else sum(divmod(2 * d, 10)) for i, d in enumerate(reversed(digits)))
    return total % 10 == 0


def test_phones() -> None:
    seen = 0
    for table in schema.TABLES.values():
        for c in table.columns:
            if c.name in ("phone", "fax", "contact_phone"):
                for r in rows(table.name):
                    assert not r[c.name] or re.fullmatch(r"555-01\d\d", r[c.name]), (table.name, r[c.name])
                    seen += 1
    assert seen > 1000


def test_diagnosis_codes_are_billable_outside_the_planted_faults() -> None:
    import csv

    with (ROOT / "coursekit/world/truth/errors.csv").open(encoding="utf-8", newline="") as f:
        faulty = {r["request_id"] for r in csv.DictReader(f) if r["error"] == "E9"}
    codes = (
        {r["icd10"] for r in rows("problems")}
        | {r["icd10"] for r in rows("orders")}
        | {r["icd10"] for r in rows("request_lines") if r["request_id"] not in faulty}
    )
    codes.discard("")
    wrong = [c for c in sorted(codes) if not (icd.is_valid_item(c) and icd.is_leaf(c))]
    assert len(codes) > 80 and not wrong, wrong
    # the December 2025 and April 2026 lists agree on every code that is used: none of them starts or ends inside the span
    assert not {"D69.1", "I42.0", "I42.8", "I49.8", "M72.2", "Z68.1", "Z87.890"} & codes


def test_no_truth_among_the_learners_files() -> None:
    names = {p.name for p in DATASETS.iterdir()}
    assert not names & {"errors.csv", "criteria.csv", "cob.csv"}
    secret = re.compile(r"root_cause|planted_|right_benefit|recorded_wrong")
    files = [*DATASETS.glob("*"), *(ROOT / "priorauth").rglob("*.py")]
    assert len(files) > 60
    for path in files:
        if path.is_file():
            assert not secret.search(path.read_text(encoding="utf-8")), path.name


def test_world_load_reads_what_was_written() -> None:
    world = World.load(ROOT)
    assert set(world.tables) == set(schema.required()) and len(world.truth["errors"]) > 1000
    assert len(world.policies) == len(data.policies())


def test_there_is_a_queue_to_work_on() -> None:
    """Open requests on TODAY: every line, fast ones, overdue ones, pends with their own due times, exceptions without a statement."""
    plans = {p["plan_id"]: p for p in rows("plans")}
    still = [r for r in rows("requests") if not r["decision"] and r["submitted_at"]]
    by_line = Counter(plans[r["plan_id"]]["line_of_business"] for r in still)
    states = Counter(r["state"] for r in still)
    late = [r for r in still if (due := _due(r, plans[r["plan_id"]])) and due < TODAY]
    fast = sum(r["urgency"] == "expedited" for r in still)
    waits = {r["info_due_at"] for r in still if r["info_asked_at"] and not r["info_sent_at"]}
    bare = [
        r for r in still
        if plans[r["plan_id"]]["drug_rules"] == "part_d" and r["request_type"].endswith("_exception") and not r["statement_at"]
    ]  # fmt: skip
    old = sum(r["received_at"] < "2026-09-16 08:00" for r in bare)
    print(len(still), dict(by_line), dict(states))
    print(
        f"expedited {fast}, overdue {len(late)}, pends {len(waits)}, exceptions without statement {len(bare)} ({old} past day 14)"
    )
    assert 100 <= len(still) <= 150 and len(by_line) == 6 and min(by_line.values()) >= 5
    assert min(states[s] for s in ("received", "in_review", "pended")) >= 15
    assert fast >= 12 and len(late) >= 10 and len(waits) >= 20 and len(bare) >= 12 and old >= 3
    assert 3 <= sum(r["outcome"] == "pending" for r in rows("stay_days")) <= 20


def test_modified_answers_name_what_the_payer_changed() -> None:
    """A6: units, days supply or place differ from what was asked, and the log says so; nothing else that was approved in full differs."""
    auth, logs = by("authorizations", "request_id"), by("events", "request_id")
    modified = other = 0
    for r in rows("requests"):
        if r["decision"] != "approved":
            assert r["decision_code"] != "A6"
            continue
        line, mine = line1(r["request_id"]), auth.get(r["request_id"], [None])[0]
        detail = next(e["detail"] for e in logs[r["request_id"]] if e["event"] == "approved")
        changed = line["units_approved"] != line["units_asked"] or bool(mine and mine["pos"] != line["pos"])
        if r["decision_code"] == "A6":
            modified += 1
            assert detail.startswith("Approved with a change: ") and not r["reason_code"]
            assert changed or detail.endswith(" days supply."), r["request_id"]
        else:
            other += 1
            assert not changed and "change" not in detail, r["request_id"]
    print(modified, "modified,", other, "as asked")
    assert modified >= 20


def test_answers_that_ask_for_a_call() -> None:
    """CT: dismissed because another benefit or reviewer is right; the log asks for a call."""
    logs = by("events", "request_id")
    called = [r for r in rows("requests") if r["decision_code"] == "CT"]
    assert len(called) >= 20 and {r["decision"] for r in called} == {"dismissed"}
    for r in rows("requests"):
        asks = any(e["event"] == "dismissed" and e["detail"].endswith("Call us.") for e in logs[r["request_id"]])
        assert asks == (r["decision_code"] == "CT"), r["request_id"]
