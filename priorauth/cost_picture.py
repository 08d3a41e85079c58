"""A picture of a patient's year: what she owes as the allowed amounts add up."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from priorauth import costs, plots

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def corners(plan: costs.Terms, most: int) -> list[tuple[Decimal, Decimal]]:
    """The points where the line bends: (allowed so far, paid by the patient so far), from 0 to `most` dollars."""
    found = [(Decimal(0), Decimal(0)), (plan.deductible, plan.deductible)]
    if plan.oop_max is not None and plan.coinsurance:
        found.append((plan.deductible + (plan.oop_max - plan.deductible) / plan.coinsurance, plan.oop_max))
    kept = [point for point in found if point[0] < most]
    return [*kept, (Decimal(most), costs.line(most, plan).owes)]


def year(plan: costs.Terms, name: str, most: int = 40_000) -> Axes:
    """Draw the line with its two bends labeled."""
    import matplotlib.pyplot as plt

    points = corners(plan, most)
    with plt.rc_context(plots.STYLE):
        _, axes = plt.subplots(layout="constrained")
        axes.plot(
            [float(x) for x, _ in points], [float(y) for _, y in points], color=plots.BLUE, linewidth=2.5, marker="o"
        )
        labels = ("", "deductible met", "maximum reached")
        for (x, y), words in zip(points[:-1], labels, strict=False):
            if words:
                axes.annotate(f"{words}: {costs.dollars(y)}", (float(x), float(y)), xytext=(8, -16), textcoords="offset points")  # fmt: skip
        axes.set(title=f"One year in {name} (invented)", xlabel="Allowed amounts so far, dollars", ylabel="Patient has paid, dollars")  # fmt: skip
        axes.set_ylim(0, float(points[-1][1]) * 1.15)
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.yaxis.set_major_formatter("{x:,.0f}")
    bends = "; ".join(f"at {costs.dollars(x)} allowed the patient has paid {costs.dollars(y)}" for x, y in points)
    plots.tell(axes, f"Plot: one year in {name} (invented). A line of what the patient has paid: {bends}.")
    return axes
