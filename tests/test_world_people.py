"""Who acts, and when: working hours, one payer for each name, physicians decide what they read; and the records that Module 1 needs."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from world_route import asked_day, by, line1, rows, rule_for

CLINIC = {"PA specialist", "ordering clinician", "scheduler", "biller", "pharmacy", "rendering provider"}
MACHINES = {"plan system"}
ELECTRONIC = {"x12_278", "fhir_pas", "epa_script", "payer_portal", "web_form"}
UNITS = {"plan claims unit", "plan appeals unit", "independent reviewer"}


def _at_work(e: dict, short_clock: bool) -> bool:
    """Is the moment of an event in the working hours of the person who acts?"""
    at = datetime.fromisoformat(e["at"])
    minute, day = at.hour * 60 + at.minute, at.weekday()
    if e["event"] == "submitted" and e["channel"] in ELECTRONIC:
        return 450 <= minute <= 1320
    if e["actor_role"] == "patient":
        return day < 5 and 450 <= minute <= 1200
    if e["actor_role"] in CLINIC or e["channel"] == "phone":
        return day < 5 and 450 <= minute <= 1110
    return (day < 5 and 420 <= minute <= 1140) or (day == 5 and short_clock and 480 <= minute <= 840)


def test_people_act_in_working_hours() -> None:
    """Below one percent of what people do lies outside; only systems act at any hour. Saturday is for answers due within three days."""
    requests = by("requests", "request_id")
    people = outside = saturday = 0
    for e in rows("events"):
        if e["actor_role"] in MACHINES:
            continue
        r = requests[e["request_id"]][0]
        short = r["urgency"] == "expedited" or r["category"] in ("pharmacy_drug", "medical_benefit_drug", "dme")
        people += 1
        outside += not _at_work(e, short)
        saturday += short and datetime.fromisoformat(e["at"]).weekday() == 5
    print(f"{outside} of {people} acts of people outside working hours; {saturday} on a Saturday")
    assert people > 20_000 and outside / people < 0.01


def test_nobody_phones_at_night() -> None:
    calls = [e for e in rows("events") if e["channel"] == "phone"] + [c | {"actor_role": "PA specialist", "event": "", "channel": "phone"} for c in rows("call_log") if c["at"]]  # fmt: skip
    assert len(calls) > 500 and all(_at_work(e, False) for e in calls)


def test_a_name_works_for_one_payer() -> None:
    sent = {r["request_id"]: r["destination_id"] for r in rows("requests")}
    seen: dict[str, set[str]] = {}
    for e in rows("events"):
        if e["actor_role"] not in CLINIC | MACHINES | UNITS | {"patient"}:
            seen.setdefault(e["actor"], set()).add(sent[e["request_id"]])
    for c in rows("call_log"):
        if c["spoke_with"]:
            seen.setdefault(c["spoke_with"], set()).add(c["payer_id"])
    assert len(seen) > 50
    assert not {name: payers for name, payers in seen.items() if len(payers) > 1}


def test_names_do_not_repeat_roles() -> None:
    assert not {e["actor"] for e in rows("events") if e["actor"].lower() == e["actor_role"].lower()}
    assert not [e["detail"] for e in rows("events") if e["detail"].startswith("Wants")]


def test_a_physician_who_read_a_case_decides_it() -> None:
    checked = 0
    for log in by("events", "request_id").values():
        read = next((e for e in log if e["event"] == "second_level_review"), None)
        answer = next((e for e in log if e["event"] in ("approved", "partly_approved", "denied")), None)
        if read and answer:
            checked += 1
            assert answer["actor"] == read["actor"] and read["detail"].startswith(read["actor"] + " reads the ")
    assert checked > 800


def test_callers_for_module_1() -> None:
    """Women in Bluestem's Medicare Advantage plan who wait for an MRI of the lower back, with a full log."""
    steps = ["order_written", "eligibility_checked", "need_checked", "packet_built", "submitted", "received", "first_level_review", "pended"]  # fmt: skip
    found = 0
    for r in rows("requests"):
        if (r["plan_id"], r["state"], r["urgency"]) != ("PLN-06", "pended", "standard") or not r["order_id"]:
            continue
        woman = by("members", "member_id")[r["member_id"]][0]["sex"] == "F"
        log = by("events", "request_id")[r["request_id"]]
        events = [e["event"] for e in log]
        if not woman or line1(r["request_id"])["code"] != "IMG-MRI-LSPINE" or not set(steps) <= set(events):
            continue
        if not "2026-09-23 08:00" <= r["received_at"] < "2026-09-30" or r["decided_at"] or r["info_sent_at"]:
            continue
        assert [e for e in events if e in steps] == steps
        assert "2026-10-01" <= r["info_due_at"] < "2026-10-05" and "therapy notes" in log[-1]["detail"]
        found += 1
    assert found >= 3


def test_exempt_places_and_changed_rules_matter() -> None:
    exempt: Counter[tuple[str, str]] = Counter()
    two = 0
    for r in rows("requests"):
        line = line1(r["request_id"])
        rule = rule_for(r["plan_id"], line["code"], asked_day(r))
        if rule and line["pos"] in rule["exempt_pos"].split(";") and line["pos"]:
            exempt[r["plan_id"], line["code"]] += 1
        two += sum(x["plan_id"] == r["plan_id"] for x in by("pa_list", "code").get(line["code"], [])) == 2
    print(sum(exempt.values()), "exempt by place,", len(exempt), "pairs,", two, "with two rules")
    assert sum(exempt.values()) >= 25 and len({c for _, c in exempt}) >= 5 and len({p for p, _ in exempt}) >= 4
    assert two >= 40


def test_spring_has_logs_whose_state_differs_from_the_event() -> None:
    want = ("reversed_after_p2p", "voided", "info_received", "second_level_review", "no_action_needed")
    seen: Counter[str] = Counter()
    for log in by("events", "request_id").values():
        if 6 <= len(log) <= 20:
            seen.update({e["event"] for e in log if "2026-04" <= e["at"][:7] <= "2026-05"})
    print({k: seen[k] for k in want})
    assert min(seen[k] for k in want) >= 3
