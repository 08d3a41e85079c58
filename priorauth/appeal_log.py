"""The appeals of the clinic as one table: the request, the line whose rules govern it, the notice, the filing, the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from priorauth import data
from priorauth.clocks import clock_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

COLUMNS = ["appeal_id", "request_id", "line", "category", "reason_code", "kind", "filed_at", "decided_at", "outcome"]


def appeals(tables: Mapping[str, pd.DataFrame] | None = None) -> pd.DataFrame:
    """One row for each appeal and each peer-to-peer call, in the order of filing.

    `line` is the line whose rules govern: for a pharmacy drug the drug rules of the plan, else its line of business.
    `outcome` is overturned, partly_overturned, upheld, dismissed, withdrawn or open.
    """
    names = ("appeals", "requests", "plans")
    rows, requests, plans = (data.load(name) if tables is None else tables[name] for name in names)
    joined = rows.merge(
        requests[["request_id", "plan_id", "category", "request_type", "reason_code"]], on="request_id"
    ).merge(plans[["plan_id", "line_of_business", "drug_rules"]], on="plan_id")
    keys = ("line_of_business", "category", "request_type", "drug_rules")
    joined["line"] = [clock_key(*(row[name] for name in keys))[0] for row in joined.to_dict("records")]
    return joined.sort_values(["filed_at", "appeal_id"], ignore_index=True)[COLUMNS]
