"""One plotting style for the whole course: readable, calm, and clear to color-blind readers.

Colors are those of Okabe and Ito (2008), which stay apart in the common forms of color blindness. Color never carries
a meaning alone: bars also have their number, a hatch or a label.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

BLUE, ORANGE, GREEN, PINK, SKY = "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9"
HATCHES = ("", "//", "..", "xx", "\\\\")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
STYLE = {
    "figure.figsize": (7.5, 3.6),
    "figure.dpi": 100,
    "figure.facecolor": "white",
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "savefig.facecolor": "white",
}


def per_month(moments: pd.Series) -> pd.Series:
    """How many of the dates fall into each month, as `Jan`, `Feb`, ... in calendar order; empty dates are left out."""
    by_number = moments.dropna().dt.month.value_counts().sort_index()
    return by_number.rename(index=dict(enumerate(MONTHS, start=1))).rename_axis("month")


def bars(
    heights: Mapping[str, float] | pd.Series, title: str, xlabel: str, ylabel: str, marked: Sequence[str] = ()
) -> Axes:
    """A bar for each entry of `heights`, each with its number above; bars in `marked` are hatched as well as orange."""
    import matplotlib.pyplot as plt

    labels, values = list(dict(heights)), list(dict(heights).values())
    with plt.rc_context(STYLE):
        _, axes = plt.subplots(layout="constrained")
        drawn = axes.bar(labels, values, color=BLUE, edgecolor="#222222", linewidth=0.6)
        for label, bar in zip(labels, drawn, strict=True):
            if label in marked:
                bar.set(facecolor=ORANGE, hatch="//")
        axes.bar_label(drawn, padding=2)
        axes.margins(y=0.12)
        axes.set(title=title, xlabel=xlabel, ylabel=ylabel)
    return axes
