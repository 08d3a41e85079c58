"""Tables that real payers posted for 2025, from the fact base, in the names of the metrics module."""

from __future__ import annotations

from dataclasses import dataclass

from priorauth.facts import Fact, cite_full, fact

#: Payer -> facts of its table: standard, expedited, times (ids of the fact base; "" where the course has none).
TABLES = {
    "Paramount, marketplace plans": ("posted_paramount_qhp_std", "posted_paramount_qhp_exp", "", ""),
    "GlobalHealth, Oklahoma": ("posted_globalhealth_ma", "", "", ""),
    "CCHA, Medicaid in Colorado": ("posted_ccha_std", "posted_ccha_exp", "posted_ccha_time_std", "posted_ccha_time_exp"),
    "Louisiana Blue, LHSIC marketplace plans": ("posted_lablue_lhsic", "", "", ""),
    "Louisiana Blue, HMO marketplace plans": ("posted_lablue_hmo", "", "", ""),
}  # fmt: skip
NOT_READ = "-"


@dataclass(frozen=True)
class Posted:
    """One payer's figures as text; NOT_READ where the course did not read one."""

    payer: str
    requests: str
    denied: str
    appeals: str
    expedited_denied: str
    standard_time: str
    sources: tuple[str, ...]


def _get(fact_id: str) -> Fact | None:
    return fact(fact_id) if fact_id else None


def _plain(found: Fact | None) -> dict:
    return dict(found.value) if found is not None and found.value is not None else {}


def tables() -> list[Posted]:
    """Every posted table of the fact base, with the ids of its facts."""
    made = []
    for payer, ids in TABLES.items():
        standard, expedited, slow, _ = (_plain(_get(i)) for i in ids)
        days = (standard.get("mean_days"), standard.get("median_days"))
        hours = (slow.get("mean_hours"), slow.get("median_hours"))
        if all(days):
            time = f"average {days[0]:g}, median {days[1]:g} days"
        else:
            time = f"average {hours[0]:g}, median {hours[1]:g} hours" if all(hours) else NOT_READ
        made.append(
            Posted(
                payer,
                f"{standard['requests']:,}",
                f"{standard['denied_pct']:g} %",
                f"{standard['appeals_overturned']} of {standard['appeals']}",
                f"{expedited['denied_pct']:g} % of {expedited['requests']:,}" if expedited else NOT_READ,
                time,
                tuple(i for i in ids if i),
            )
        )
    return made


def sources() -> list[str]:
    """Where the posted tables were read, one line a fact."""
    return [cite_full(i) for one in tables() for i in one.sources]
