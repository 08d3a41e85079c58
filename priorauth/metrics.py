"""The public metrics of CMS-0057-F, computed from the tables, with every definition as a switch.

The rule names nine elements {fact `cms0057-metrics-list`}: a list of what needs prior authorization, and eight shares and
times. The texts behind the course's facts do not say how to count a partial approval, a withdrawn request or the start of
the time, so each of these is a choice here, and a report has to name it.

What never counts, whatever the switches say: drafts and open requests, requests for which nothing was needed, and
notifications and referrals, which ask for no authorization.

>>> share(1, 3), share(0, 0)
(33.3, None)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from priorauth import data

if TYPE_CHECKING:
    import pandas as pd

DRUGS = ("pharmacy_drug", "medical_benefit_drug")
NO_REQUEST = ("notification", "referral")  # they ask for no authorization
DECIDED = ("approved", "partly_approved", "denied")
ENDED_WITHOUT = ("withdrawn", "dismissed")
TURNED = ("overturned", "partly_overturned")
#: Lines of the world whose payers the rule reaches: see the facts `cms0057-impacted-payers` and `cms0057-metrics-level`.
IMPACTED = ("medicare_advantage", "medicaid_managed", "marketplace_qhp")

#: Switch -> (question, {choice: words}); the first choice is the course's own definition.
SWITCHES: dict[str, tuple[str, dict[str, str]]] = {
    "partials": (
        "A partial approval counts as",
        {"denied": "denied", "approved": "approved", "left_out": "neither, and it is left out"},
    ),
    "withdrawn": (
        "Withdrawn and dismissed requests",
        {"left_out": "are left out", "in_total": "stand in the total, as neither approved nor denied"},
    ),
    "starts": ("The time runs from", {"receipt": "receipt by the plan", "submission": "sending by the clinic"}),
    "appeals_of": (
        "Approved after appeal, as a share of",
        {"appeals": "appeals decided", "denials": "denials", "requests": "all requests decided"},
    ),
    "drugs": ("Drugs", {"left_out": "are left out, as in the rule", "counted": "are counted, against the rule"}),
}


class MetricError(ValueError):
    """A switch or a choice that does not exist. The message is one sentence."""


@dataclass(frozen=True)
class Definitions:
    """One choice for each switch of SWITCHES."""

    partials: str = "denied"
    withdrawn: str = "left_out"
    starts: str = "receipt"
    appeals_of: str = "appeals"
    drugs: str = "left_out"

    def __post_init__(self) -> None:
        for one in fields(self):
            chosen, choices = getattr(self, one.name), SWITCHES[one.name][1]
            if chosen not in choices:
                raise MetricError(f"{one.name} cannot be {chosen!r}; it is one of {', '.join(choices)}.")

    def words(self) -> list[str]:
        """The definitions as sentences, for the foot of a report."""
        return [f"{question} {choices[getattr(self, name)]}." for name, (question, choices) in SWITCHES.items()]


@dataclass(frozen=True)
class Metric:
    """One figure: element of the rule, name, value with its unit, and what was divided by what (None for a time).

    `value` is None where there is nothing to divide by, or nobody to take the time of.
    """

    element: int
    name: str
    value: float | None
    unit: str
    part: int | None
    of: int
    nothing: str = "there was no such request"

    @property
    def words(self) -> str:
        """The figure as it is printed, such as "93.4 % (227 of 243)"."""
        if self.value is None:
            return f"none: {self.nothing}"
        if self.part is None:
            return f"{self.value:g} {self.unit}" + ("" if self.unit == "codes" else f" ({self.of} decisions)")
        return f"{self.value:g} % ({self.part} of {self.of})"


def share(part: int, of: int, digits: int = 1) -> float | None:
    """Percent, rounded; None of nothing."""
    return round(100 * part / of, digits) if of else None


def with_plans(tables: Mapping[str, pd.DataFrame] | None = None) -> pd.DataFrame:
    """Every request with its plan: the columns of `requests`, and `plan`, `payer_id`, `line_of_business`."""
    load = data.load if tables is None else tables.__getitem__
    plans = load("plans").rename(columns={"name": "plan"})
    return load("requests").merge(plans[["plan_id", "plan", "payer_id", "line_of_business"]], on="plan_id")


def counted(rows: pd.DataFrame, chosen: Definitions = Definitions()) -> pd.DataFrame:
    """The requests that a report counts, with two columns more.

    `result` is approved, denied or neither; `hours` is the time from the chosen start to the decision, in hours (empty
    where nobody decided).
    """
    endings = DECIDED + (ENDED_WITHOUT if chosen.withdrawn == "in_total" else ())
    kept = rows[rows["decision"].isin(endings) & ~rows["request_type"].isin(NO_REQUEST)]
    if chosen.drugs == "left_out":
        kept = kept[~kept["category"].isin(DRUGS)]
    if chosen.partials == "left_out":
        kept = kept[kept["decision"] != "partly_approved"]
    names = {"approved": "approved", "denied": "denied", "partly_approved": chosen.partials}
    start = kept["received_at" if chosen.starts == "receipt" else "submitted_at"]
    hours = (kept["decided_at"] - start).dt.total_seconds() / 3600
    return kept.assign(
        result=kept["decision"].map(names).fillna("neither"), hours=hours.where(kept["decision"].isin(DECIDED))
    )


def after_appeal(kept: pd.DataFrame, appeals: pd.DataFrame) -> tuple[int, int]:
    """(requests approved after an appeal, requests with a decided appeal). A peer-to-peer call is no appeal, and one
    that was dismissed or is still open has not been decided."""
    mine = appeals[appeals["request_id"].isin(kept["request_id"]) & (appeals["kind"] != "peer_to_peer")]
    decided = mine[mine["outcome"].isin((*TURNED, "upheld"))]
    turned = decided[decided["outcome"].isin(TURNED)]
    return int(turned["request_id"].nunique()), int(decided["request_id"].nunique())


def extended(kept: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """The requests whose review was extended, by the event of `lifecycle`; the log of the synthetic year has none."""
    return kept[kept["request_id"].isin(events.loc[events["event"] == "extended", "request_id"])]


def listed(plan_ids: object, pa_list: pd.DataFrame, day: Any = data.TODAY, drugs: bool = False) -> pd.DataFrame:
    """Element 1: the items and services of some plans that need prior authorization on a day, one row a code."""
    rows = pa_list[pa_list["plan_id"].isin(plan_ids) & (pa_list["requirement"] == "pa")]
    rows = rows[(rows["effective_from"] <= day) & (rows["effective_to"].isna() | (rows["effective_to"] >= day))]
    if not drugs:
        labels = data.load("hcpcs")
        rows = rows[rows["code_system"] != "DRUG"]
        rows = rows[~rows["code"].isin(labels.loc[labels["category"].isin(DRUGS), "code"])]
    return rows.drop_duplicates("code").sort_values("code")


def report(
    rows: pd.DataFrame, chosen: Definitions = Definitions(), tables: Mapping[str, pd.DataFrame] | None = None
) -> list[Metric]:
    """The nine elements for some requests, as `with_plans` gives them; times are in hours.

    `rows` is the part of the year that is reported, such as one contract of Medicare Advantage. Twelve figures come out,
    because the two elements on time hold an average and a median each, and the list is counted.
    """
    load = data.load if tables is None else tables.__getitem__
    kept = counted(rows, chosen)
    codes = len(listed(rows["plan_id"].unique(), load("pa_list"), drugs=chosen.drugs == "counted"))
    made = [Metric(1, "Items and services that need authorization", codes, "codes", None, codes)]
    groups = {u: kept[kept["urgency"] == u] for u in ("standard", "expedited")}
    standard = groups["standard"]
    made += _shares(standard, "Standard", (2, 3))
    turned, appealed = after_appeal(standard, load("appeals"))
    of = {"appeals": appealed, "denials": int((standard["result"] == "denied").sum()), "requests": len(standard)}
    bottom = of[chosen.appeals_of]
    without = "no appeal was decided" if chosen.appeals_of == "appeals" else "there was no such request"
    made.append(Metric(4, "Standard, approved after appeal", share(turned, bottom), "%", turned, bottom, without))
    longer = extended(kept, load("events"))
    good = int((longer["result"] == "approved").sum())
    made.append(Metric(5, "Approved after an extended review", share(good, len(longer)), "%", good, len(longer)))
    made += _shares(groups["expedited"], "Expedited", (6, 7))
    for element, (name, group) in zip((8, 9), groups.items(), strict=True):
        times = group["hours"].dropna()
        for word, value in (("average", times.mean()), ("median", times.median())):
            made.append(Metric(element, f"{name.capitalize()}, {word} time", _hours(value), "hours", None, len(times)))
    return made


def _shares(group: pd.DataFrame, name: str, elements: tuple[int, int]) -> list[Metric]:
    counts = {word: int((group["result"] == word).sum()) for word in ("approved", "denied")}
    return [
        Metric(element, f"{name}, {word}", share(part, len(group)), "%", part, len(group))
        for element, (word, part) in zip(elements, counts.items(), strict=True)
    ]


def _hours(value: float) -> float | None:
    return None if value != value else round(float(value), 1)


def by_line(rows: pd.DataFrame, drugs: bool = False) -> pd.DataFrame:
    """One row a line of business: requests decided, and the percent denied with partial approvals as denied and as
    approved. Both urgencies together; columns decided, partly, denied_pct, denied_pct_partials_approved."""
    import pandas as pd

    chosen = Definitions(drugs="counted" if drugs else "left_out")
    kept = counted(rows, chosen)
    counts = pd.crosstab(kept["line_of_business"], kept["decision"]).reindex(columns=list(DECIDED), fill_value=0)
    decided = counts.sum(axis=1)
    both = counts["denied"] + counts["partly_approved"]
    return pd.DataFrame(
        {
            "decided": decided,
            "partly": counts["partly_approved"],
            "denied_pct": (100 * both / decided).round(1),
            "denied_pct_partials_approved": (100 * counts["denied"] / decided).round(1),
        }
    )
