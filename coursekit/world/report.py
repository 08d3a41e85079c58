"""Generated rates beside their targets, and counts of planted mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .rates import RATES, rate

if TYPE_CHECKING:
    import pandas as pd

    from .world import World

Row = dict[str, Any]
ELECTRONIC = ("x12_278", "fhir_pas", "epa_script", "payer_portal", "web_form")


def _row(parameter: str, cell: str, target: float, got: float, n: int, slack: float = 0.0) -> Row:
    """One line. Tolerance: three standard errors of a share of n, at least one point, plus `slack` points."""
    p = min(max(target / 100, 0.005), 0.995)
    tolerance = max(1.0, 300 * (p * (1 - p) / max(n, 1)) ** 0.5) + slack
    return {"parameter": parameter, "cell": cell, "target": round(target, 2), "generated": round(got, 2), "n": int(n), "tolerance": round(tolerance, 2), "ok": bool(abs(got - target) <= tolerance),
            "strength": RATES[parameter].strength if parameter in RATES else "assumption"}  # fmt: skip


def _hours(parameter: str, cell: str, target: float, got: float, n: int, share: float) -> Row:
    return {"parameter": parameter, "cell": cell, "target": target, "generated": round(float(got), 2), "n": int(n), "tolerance": round(target * share, 2), "ok": bool(abs(got - target) <= target * share),
            "strength": RATES[parameter].strength}  # fmt: skip


def _mix(parameter: str, values: pd.Series, target: dict[str, float]) -> list[Row]:
    share = values.value_counts(normalize=True) * 100
    return [_row(parameter, k, v, float(share.get(k, 0.0)), len(values)) for k, v in target.items()]


def calibration_table(tables: dict[str, pd.DataFrame]) -> list[Row]:
    """Rows (parameter, cell, target, generated, n, tolerance, ok, strength) for every rate that the tables can show."""
    r = tables["requests"].merge(tables["plans"][["plan_id", "line_of_business", "drug_rules"]], on="plan_id")
    drug = r["category"] == "pharmacy_drug"
    merits = r[
        r["decision"].isin(["approved", "partly_approved", "denied"])
        & ~r["request_type"].isin(["referral", "notification"])
    ]
    merits = merits.assign(adverse=merits["decision"] != "approved", drug=merits["category"] == "pharmacy_drug")
    out = _mix("line_of_business_mix", r["line_of_business"], rate("line_of_business_mix"))
    out += _mix("service_category_mix", r["category"], rate("service_category_mix"))
    out += _mix("channel_mix_medical", r.loc[~drug, "channel"], rate("channel_mix_medical"))
    out += _mix("channel_mix_drug", r.loc[drug, "channel"], rate("channel_mix_drug"))
    out += _mix("urgency_mix", r["urgency"], rate("urgency_mix"))
    sent = r[r["complete_at_receipt"].notna()]
    out.append(
        _row(
            "completeness_overall",
            "all",
            rate("completeness_overall"),
            float(sent["complete_at_receipt"].mean() * 100),
            len(sent),
        )
    )
    for name, target in rate("denial_rate_non_drug_by_lob").items():
        cell = merits[~merits["drug"] & (merits["line_of_business"] == name)]
        if len(cell):
            out.append(
                _row("denial_rate_non_drug_by_lob", name, target, float(cell["adverse"].mean() * 100), len(cell))
            )
    for name, target in rate("denial_rate_by_category").items():
        cell = merits[merits["category"] == name]
        out.append(
            _row(
                "denial_rate_by_category",
                name,
                target,
                float(cell["adverse"].mean() * 100),
                len(cell),
                slack=2.0 if name != "pharmacy_drug" else 0.0,
            )
        )
    out.append(
        _row(
            "partial_approval_share",
            "all",
            rate("partial_approval_share"),
            float((r["decision"] == "partly_approved").mean() * 100),
            len(r),
        )
    )
    out.append(
        _row(
            "withdrawn_or_void_share",
            "all",
            rate("withdrawn_or_void_share"),
            float((r["decision"] == "withdrawn").mean() * 100),
            len(r),
        )
    )
    denied = merits[merits["decision"] == "denied"]
    out += _mix(
        "denial_reason_mix_non_drug", denied.loc[~denied["drug"], "reason_code"], rate("denial_reason_mix_non_drug")
    )
    out += _mix("denial_reason_mix_drug", denied.loc[denied["drug"], "reason_code"], rate("denial_reason_mix_drug"))
    return out + _appeal_rows(tables, denied) + _time_rows(r, merits, tables)


def _appeal_rows(tables: dict[str, pd.DataFrame], denied: pd.DataFrame) -> list[Row]:
    out = []
    appeals = tables["appeals"].merge(denied[["request_id", "line_of_business", "drug", "category"]], on="request_id")
    cell_of = lambda f: f["line_of_business"].where(~f["drug"], "drug")  # noqa: E731
    formal = appeals[appeals["kind"] != "peer_to_peer"]
    for name, group in denied.groupby(cell_of(denied)):
        mine = formal[cell_of(formal) == name]
        target = rate("appeal_rate").get(name, rate("appeal_rate")["default"])
        out.append(_row("appeal_rate", name, target, 100 * mine["request_id"].nunique() / len(group), len(group)))
        done = mine[mine["outcome"].isin(["overturned", "upheld"])]
        if len(done):
            out.append(
                _row(
                    "overturn_rate",
                    name,
                    rate("overturn_rate").get(name, rate("overturn_rate")["default"]),
                    100 * (done["outcome"] == "overturned").mean(),
                    len(done),
                    slack=5.0,
                )
            )
    calls = appeals[appeals["kind"] == "peer_to_peer"]
    for name, image in (("advanced_imaging", True), ("default", False)):
        base = denied[~denied["drug"] & ((denied["category"] == "advanced_imaging") == image)]
        mine = calls[(calls["category"] == "advanced_imaging") == image]
        out.append(
            _row(
                "peer_to_peer_rate",
                name,
                rate("peer_to_peer_rate")[name],
                100 * len(mine) / max(1, len(base)),
                len(base),
            )
        )
        held = mine[mine["outcome"] != "open"]
        if len(held):
            out.append(
                _row(
                    "peer_to_peer_reversal",
                    name,
                    rate("peer_to_peer_reversal")[name],
                    100 * (held["outcome"] == "overturned").mean(),
                    len(held),
                    slack=5.0,
                )
            )
    return out


def _time_rows(r: pd.DataFrame, merits: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> list[Row]:
    out = []
    hours = (merits["decided_at"] - merits["received_at"]).dt.total_seconds() / 3600
    whole = merits["complete_at_receipt"].astype(bool)
    plain = whole & ~merits["drug"]
    std = hours[plain & (merits["urgency"] == "standard") & (merits["category"] != "medical_benefit_drug")]
    out.append(
        _hours(
            "hours_standard",
            "median, complete, items",
            rate("hours_standard")["median_h"],
            std.median(),
            len(std),
            0.15,
        )
    )
    exp = hours[plain & (merits["urgency"] == "expedited")]
    out.append(
        _hours(
            "hours_expedited",
            "median, complete, items",
            rate("hours_expedited")["median_h"],
            exp.median(),
            len(exp),
            0.25,
        )
    )
    for name, channels in (
        ("hours_drug_electronic", ["epa_script", "web_form"]),
        ("hours_drug_manual", ["fax", "phone"]),
    ):
        got = hours[whole & merits["drug"] & merits["channel"].isin(channels)]
        out.append(_hours(name, "median, complete", rate(name)["median_h"], got.median(), len(got), 0.35))
    able = merits[whole & merits["channel"].isin(ELECTRONIC)]
    out.append(
        _row(
            "auto_decision_share",
            "complete electronic",
            rate("auto_decision_share"),
            float(able["auto_decided"].astype(bool).mean() * 100),
            len(able),
            slack=1.0,
        )
    )
    day = r["submitted_at"].dropna().dt.dayofweek.value_counts(normalize=True) * 100
    for k, (name, target) in enumerate(rate("arrival_weekday").items()):
        out.append(_row("arrival_weekday", name, target, float(day.get(k, 0)), int(r["submitted_at"].notna().sum())))
    hour = r["submitted_at"].dropna().dt.hour
    out.append(
        _row(
            "arrival_hour",
            "08-18",
            rate("arrival_hour")["share_08_18"],
            float(hour.between(8, 17).mean() * 100),
            len(hour),
            slack=1.0,
        )
    )
    month = r["submitted_at"].dropna().dt.month.value_counts()
    weekdays = {1: 22, 2: 20, 3: 22, 4: 22, 5: 21, 6: 22, 7: 23, 8: 21}
    usual = sum(month[m] for m in range(2, 9)) / sum(weekdays[m] for m in range(2, 9))
    out.append(
        {
            **_row(
                "january_factor",
                "January per weekday",
                100 * rate("january_factor"),
                100 * month[1] / (weekdays[1] - 0.9) / usual,
                len(hour),
            ),
            "tolerance": 8.0,
        }
    )
    out[-1]["ok"] = abs(out[-1]["generated"] - out[-1]["target"]) <= 8.0
    del tables
    return out


def error_counts(world: World) -> dict[str, int]:
    """Planted mistakes by type, E1 to E34."""
    counts = world.truth["errors"]["error"].value_counts()
    return {f"E{k}": int(counts.get(f"E{k}", 0)) for k in range(1, 35)}


def print_report(world: World) -> None:
    """Both tables as text."""
    rows = calibration_table(world.tables)
    print(f"{'parameter':30} {'cell':32} {'target':>8} {'made':>8} {'n':>6} {'tol':>6}")
    for r in rows:
        print(
            f"{r['parameter']:30} {r['cell']:32} {r['target']:8.2f} {r['generated']:8.2f} {r['n']:6d} {r['tolerance']:6.2f} {'' if r['ok'] else '  OUT'}"
        )
    print(f"{sum(r['ok'] for r in rows)} of {len(rows)} within tolerance")
    print("  ".join(f"{k} {v}" for k, v in error_counts(world).items()))


__all__ = ["calibration_table", "error_counts", "print_report"]
