"""Module 12: units, claims, stays, referrals and network gaps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from coursekit.exam.records import Records, Row, date, day, hours, iso, later, moment, stamp, table
from coursekit.exam.templates import Draft, template


def _used(w: Records) -> Iterator[str]:
    for row in w.rows("authorizations"):
        visits = w.where("appointments", "request_id", row["request_id"])
        if len(visits) >= 4 and len({v["status"] for v in visits}) >= 2:
            yield row["auth_id"]


@template("t12a", "Units left", "12.4", "M12.4", "numeric", _used, tasks=(18,), errors=("E21",))
def left(w: Records, record: str) -> Draft | None:
    row = w.one("authorizations", "auth_id", record)
    visits = sorted(w.where("appointments", "request_id", row["request_id"]), key=lambda v: v["at"])
    units, each = (
        int(row["units"]),
        {s: sum(int(v["units"]) for v in visits if v["status"] == s) for s in ("done", "booked", "cancelled")},
    )
    right = units - each["done"] - each["booked"]
    wrong = [
        (units - each["done"], "You left out the visits that are booked."),
        (units - sum(each.values()), "You counted cancelled visits, too."),
        (units - len([v for v in visits if v["status"] != "cancelled"]), "You counted visits. Each one uses units."),
        (units - len(visits), "You counted visits, and the cancelled ones with them."),
        (each["done"] + each["booked"], "Those are the units used and booked."),
        (units, "Those are the units at the beginning."),
    ]
    shown = [(stamp(v["at"]), v["units"], v["status"]) for v in visits]
    return Draft(
        f"An authorization for {units} units, from {day(row['start'])} to {day(row['end'])}. Its visits:\n\n{table(shown, 'When', 'Units', 'Status')}\n\n"
        "How many units are left when all booked visits have taken place? (A number below 0 means overdrawn.)",
        right, wrong, explain=f"{units} less {each['done']} done and {each['booked']} booked.", compare={"unit": "units"},
    )  # fmt: skip


_WHY = {
    "197": ("197: authorization absent", "The number is there and holds on the day."), "198": ("198: authorization exceeded", "No more units than approved were billed."),
    "284": ("284: the number may be valid, but not for the billed service", "Code and place agree with the approval."),
    "296": ("296: the number may be valid, but not for this provider", "The provider is the approved one."), "": ("Paid; claim and authorization agree", "They do not agree."),
}  # fmt: skip


def mismatch(claim: Row, auth: Row | None) -> str | None:
    """The adjustment reason that the differences lead to; None where there are several."""
    if auth is None:
        return "197"
    found = set()
    if not auth["start"] <= claim["service_date"] <= auth["end"]:
        found.add("197")
    if int(claim["units"]) > int(auth["units"]):
        found.add("198")
    if claim["code"] != auth["code"] or (auth["pos"] and claim["pos"] != auth["pos"]):
        found.add("284")
    if auth["rendering_npi"] and claim["rendering_npi"] != auth["rendering_npi"]:
        found.add("296")
    return None if len(found) > 1 else next(iter(found), "")


def _claims(w: Records) -> Iterator[str]:
    for n, row in enumerate(w.rows("claims")):
        if row["carc"] or n % 40 == 0:
            yield row["claim_id"]


@template(
    "t12b",
    "Claim and authorization",
    "12.5",
    "M12.4",
    "single",
    _claims,
    tasks=(21,),
    errors=("E18", "E21", "E22", "E23"),
)
def claim(w: Records, record: str) -> Draft | None:
    row = w.one("claims", "claim_id", record)
    found = w.where("authorizations", "auth_number", row["auth_number"]) if row["auth_number"] else []
    auth = found[0] if found else None
    right = mismatch(row, auth)
    if right is None or right != row["carc"] or (auth is None and row["auth_number"]):
        return None
    fields = ("number", "code", "units", "place", "provider")
    mine = (row["auth_number"], row["code"], row["units"], row["pos"], row["rendering_npi"])
    theirs = (
        (auth["auth_number"], auth["code"], auth["units"], auth["pos"], auth["rendering_npi"])
        if auth
        else ("", "", "", "", "")
    )
    days = (
        "day of service / days approved",
        day(row["service_date"]),
        f"{day(auth['start'])} to {day(auth['end'])}" if auth else "",
    )
    order = ["284", "198", "197", "", "296"]
    return Draft(
        f"Before billing:\n\n{table([*zip(fields, mine, theirs, strict=True), days], 'Field', 'On the claim', 'On the authorization')}\n\nWhat is the payer's answer if the claim goes out as it is?",
        _WHY[right][0], [_WHY[k] for k in order if k != right], "Right. Compare number, code and place, units, days and provider, one after the other.",
    )  # fmt: skip


def _stays(w: Records) -> Iterator[str]:
    yield from (r["stay_id"] for r in w.rows("stays") if r["notified_at"] and r["notice_hours"])


@template("t12c", "Told in time?", "12.2", "M12.2", "numeric", _stays, tasks=(25,), errors=("E20",))
def told(w: Records, record: str) -> Draft | None:
    row = w.one("stays", "stay_id", record)
    n, came, said = int(row["notice_hours"]), row["admitted_at"], row["notified_at"]
    right = iso(moment(came) + dt.timedelta(hours=n))
    wrong = [
        (f"{later(came, 1)} 23:59", "You went on to the end of the next day. Hours end at the minute."),
        (iso(moment(came) + dt.timedelta(hours=n + 24)), "You counted one day too many."),
        (iso(moment(said) + dt.timedelta(hours=n)), "You counted from the notification."),
        (f"{came[:10]} 23:59", "You went on to the end of the day of admission."),
        (iso(moment(came) + dt.timedelta(hours=72)), "That is the time of another clock."),
    ]
    return Draft(
        f"A patient is admitted ({row['status'].replace('_', ' ')}) on {stamp(came)}. The plan wants to be told within {n} hours of admission. The hospital told it on {stamp(said)}, {hours(came, said):g} hours after admission.\n\n"
        "Until when could the plan have been told in time? Give day and time.",
        right, wrong, explain=f"{n} hours after admission, through night and weekend.", compare={"as": "datetime", "tolerance": "1min"},
    )  # fmt: skip


def _visits(w: Records) -> Iterator[str]:
    for row in w.rows("referrals"):
        yield from (f"{row['referral_id']} {later(row['end'], n)} {k}" for n in (-20, 0, 1) for k in ("same", "other"))


@template("t12d", "Does the referral hold?", "12.1", "M12.1", "single", _visits, tasks=(25,), errors=("E21",))
def referral(w: Records, record: str) -> Draft | None:
    name, when, who = record.split()
    row = w.one("referrals", "referral_id", name)
    clinicians = [p for p in w.rows("providers") if p["kind"] == "clinician" and p["npi"] != row["to_npi"]]
    to = w.one("providers", "npi", row["to_npi"])
    seen = (
        to
        if who == "same"
        else next(
            (p for p in clinicians if p["specialty"] == to["specialty"]), clinicians[int(name[-2:]) % len(clinicians)]
        )
    )
    faults = [
        k
        for k, bad in (
            ("who", who != "same"),
            ("days", not row["start"] <= when <= row["end"]),
            ("visits", int(row["used"]) >= int(row["visits"])),
        )
        if bad
    ]
    words = {
        "": ("It holds for this visit", "Compare clinician, days and visits."), "who": ("It is for another clinician", "It is for this clinician."),
        "days": ("Its days are over", "The last day belongs to it."), "visits": ("Its visits are used up", "A visit is left."),
    }  # fmt: skip
    if len(faults) > 1:
        return None
    right = words[faults[0] if faults else ""]
    return Draft(
        f"A referral to {to['name']} for {row['visits']} visits, from {day(row['start'])} to {day(row['end'])}. {row['used']} visits are used. A visit with {seen['name']} is planned for {day(when)}.\n\nDoes the referral hold for it?",
        right[0], [v for v in words.values() if v is not right], "Right. Clinician, days and visits all have to fit.",
    )  # fmt: skip


@template(
    "t12e",
    "A gap in the network?",
    "12.3",
    "M12.3",
    "single",
    lambda w: [r["access_id"] for r in w.rows("access")],
    tasks=(25,),
    errors=("E15",),
)
def gap(w: Records, record: str) -> Draft | None:  # fmt: skip
    row = w.one("access", "access_id", record)
    far = float(row["nearest_miles"]) > float(row["standard_miles"])
    slow = int(row["wait_days"]) > int(row["standard_wait_days"])
    words = {
        (True, False): "Yes, because of the distance alone", (False, True): "Yes, because of the wait alone",
        (True, True): "Yes, because of both", (False, False): "No, the network meets both standards",
    }  # fmt: skip
    shown = [("Distance to the nearest clinician", f"{row['nearest_miles']} miles", f"{row['standard_miles']} miles"), ("Wait for a first visit", f"{row['wait_days']} days", f"{row['standard_wait_days']} days")]  # fmt: skip
    return Draft(
        f"{w.one('plans', 'plan_id', row['plan_id'])['name']}, {row['specialty']}. The plan's own standard, and what the network offers:\n\n{table(shown, 'What', 'Found', 'At most')}\n\n"
        "The plan grants a gap exception where the network misses its standard. Is there a ground?",
        words[far, slow], [(t, "Compare each figure with its own limit.") for k, t in words.items() if k != (far, slow)], "Right. Each figure is compared with its own limit.",
    )  # fmt: skip


def _reviewed(w: Records) -> Iterator[str]:
    count: dict[str, set[str]] = {}
    for row in w.rows("stay_days"):
        count.setdefault(row["stay_id"], set()).add(row["outcome"])
    yield from (s for s, kinds in count.items() if len(kinds) >= 2)


@template("t12f", "Days covered", "12.2", "M12.2", "numeric", _reviewed, tasks=(25,), errors=("E21",))
def covered(w: Records, record: str) -> Draft | None:
    rows = sorted(w.where("stay_days", "stay_id", record), key=lambda r: r["day"])
    if not 3 <= len(rows) <= 16:
        return None
    right = sum(r["level_met"] == "met" for r in rows)
    first_no = next((i for i, r in enumerate(rows) if r["level_met"] != "met"), len(rows))
    span = (date(rows[-1]["day"]) - date(rows[0]["day"])).days
    wrong = [
        (len(rows), "Those are all days of the stay."),
        (len(rows) - right, "Those are the days that are not covered."),
        (sum(r["level_met"] != "not_met" for r in rows) + (0 if any(r["level_met"] == "not_reviewed" for r in rows) else 1), "A day that was not reviewed is not covered yet."),
        (first_no if first_no != right else right - 1, "Later days that meet the level count, too."),
        (span, "You subtracted the dates."),
        (right + 1, "You counted one day too many."),
    ]  # fmt: skip
    shown = [(day(r["day"]), r["clinical"], r["level_met"].replace("_", " ")) for r in rows]
    return Draft(
        f"A stay under concurrent review. The plan covers each day for which its reviewer finds the level of care met:\n\n{table(shown, 'Day', 'Chart', 'Level of care')}\n\nHow many days are covered by now?",
        right, wrong, explain="Count the days with the level met.", compare={"unit": "days"},
    )  # fmt: skip


def _ending(w: Records) -> Iterator[str]:
    for row in w.rows("authorizations"):
        visits = [v for v in w.where("appointments", "request_id", row["request_id"]) if v["status"] != "cancelled"]
        if len(visits) >= 2:
            yield from (f"{row['auth_id']} {n} {k}" for n in (-1, 0, 4) for k in ("enough", "more"))


@template("t12g", "Booked beyond the end?", "12.4", "M12.4", "single", _ending, tasks=(18,), errors=("E21",))
def beyond(w: Records, record: str) -> Draft | None:
    name, shift, wish = record.split()
    row = w.one("authorizations", "auth_id", name)
    visits = [v for v in w.where("appointments", "request_id", row["request_id"]) if v["status"] != "cancelled"]
    free = int(row["units"]) - sum(int(v["units"]) for v in visits)
    if free < 1:
        return None
    units = str(free if wish == "enough" else free + 1)
    more = {"at": f"{later(row['end'], int(shift))} 10:00", "units": units, "status": "planned"}
    visits = sorted([*visits, more], key=lambda v: v["at"])
    late = [v for v in visits if v["at"][:10] > row["end"]]
    used = sum(int(v["units"]) for v in visits)
    over = used > int(row["units"])
    words = {
        (False, False): "Nothing; all visits are covered", (True, False): "Ask for an extension of the days; the units are enough",
        (False, True): "Ask for more units; the days are enough", (True, True): "Ask for more days and more units",
    }  # fmt: skip
    shown = [(stamp(v["at"]), v["units"], v["status"]) for v in visits]
    return Draft(
        f"An authorization: {row['units']} units, {day(row['start'])} to {day(row['end'])}. Its visits, cancelled ones left out, with one more that the clinician wants:\n\n{table(shown, 'When', 'Units', 'Status')}\n\nWhat has to be done for the planned one?",
        words[bool(late), over], [(t, "Compare the days with the last day, and the sum of the units with those approved.") for k, t in words.items() if k != (bool(late), over)],
        "Right. Days and units are two questions.",
    )  # fmt: skip
