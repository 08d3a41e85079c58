"""The ledger of approvals: units answered, used and booked, days left, and the day by which to renew.

A line joins four tables: `authorizations` (what the clinic wrote down), `request_lines` (what the payer answered),
`appointments` (visits given and booked) and `requests` (the service).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from priorauth import data

if TYPE_CHECKING:
    import pandas as pd

AHEAD = 14  # days: the desk's own rule for asking again before an approval ends
#: Services that are given in several visits.
SERVICES = {"therapy_pt_ot_st": "therapy", "home_health": "home health", "behavioral_health": "behavioral health"}


@lru_cache(maxsize=1)
def _lines() -> pd.DataFrame:
    import pandas as pd

    today = data.TODAY.normalize()
    first = data.load("request_lines").drop_duplicates("request_id").set_index("request_id")
    visits = data.load("appointments")
    sums = visits.groupby(["request_id", "status"])["units"].sum().unstack(fill_value=0)
    table = data.load("authorizations").merge(
        data.load("requests")[["request_id", "category", "rendering_npi"]], on="request_id", suffixes=("", "_asked")
    )
    table = table[table["category"].isin(SERVICES) & (table["end"] >= today) & (table["start"] <= today)]
    table = table[table["request_id"].isin(sums.index)].drop_duplicates("request_id")
    line = pd.DataFrame({"request_id": table["request_id"], "service": table["category"].map(SERVICES)})
    line["recorded"] = table["units"].astype(int)
    line["answered"] = table["request_id"].map(first["units_approved"]).astype(int)
    for status, name in (("done", "used"), ("booked", "booked")):
        line[name] = table["request_id"].map(sums[status]).astype(int)
    line["units_left"] = line["answered"] - line["used"] - line["booked"]
    line["last_day"] = table["end"]
    line["days_left"] = (table["end"] - today).dt.days
    line["renew_by"] = table["end"] - pd.Timedelta(days=AHEAD)
    return line.sort_values(["last_day", "request_id"]).reset_index(drop=True)


def lines() -> pd.DataFrame:
    """Approvals for care in several visits whose days run on TODAY, the earliest end first; a fresh copy.

    Columns: request_id, service, recorded (units in our log), answered (units of the payer's answer), used, booked,
    units_left (answered - used - booked), last_day, days_left, renew_by (14 days before the last day).
    """
    return _lines().copy()


def remarks(line: dict, ahead: int = AHEAD) -> list[str]:
    """What calls for an action on one line, in words; empty if nothing does."""
    found = []
    if line["recorded"] != line["answered"]:
        found.append(f"our log says {line['recorded']} units, the plan answered {line['answered']}")
    if line["units_left"] < 0:
        found.append(f"booked {-line['units_left']} units too many")
    elif line["units_left"] == 0 and line["booked"] == 0:
        found.append("all units are used")
    if line["days_left"] <= ahead:
        found.append(f"ends in {line['days_left']} day{'s' if line['days_left'] != 1 else ''}")
    return found


def visits(request_id: str) -> pd.DataFrame:
    """The visits of one approval in time order: at, units, status."""
    table = data.load("appointments")
    mine = table[table["request_id"] == request_id].sort_values("at")
    return mine[["at", "units", "status"]].reset_index(drop=True)


def opening_case() -> dict:
    """A running approval of which all answered units are used, while our log still shows some. LookupError if there is none."""
    table = _lines()
    fits = table[(table["recorded"] > table["answered"]) & (table["units_left"] == 0) & (table["service"] == "therapy")]
    if fits.empty:
        raise LookupError("No running approval with a wrong record and no units left.")
    return fits.iloc[0].to_dict()
