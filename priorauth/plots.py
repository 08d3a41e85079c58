"""One plotting style for the whole course: readable, calm, and clear to color-blind readers.

Colors are those of Okabe and Ito (2008), which stay apart in the common forms of color blindness. Color never carries
a meaning alone: bars also have their number, a hatch or a label.

JupyterLab shows a figure without a text for those who cannot see it. So in a notebook a figure in this style is shown as
HTML with such a text: what `tell` was given, or else title, axes and values as they stand in the plot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from priorauth import shown

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

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
    "figure.hooks": ["priorauth.plots:show_with_words"],
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


def tell(axes: Axes, words: str) -> None:
    """Give the figure of these axes its text for people who cannot see it."""
    axes.figure.set_label(words)


def in_words(figure: Figure) -> str:
    """The figure as a text: what `tell` was given, or for each of its axes the title, the names of the axes and the values."""
    return str(figure.get_label()) or " ".join(_axes_in_words(axes) for axes in figure.axes) or "An empty plot."


def picture(figure: Figure) -> str | None:
    """The figure as an HTML image with its text; None for a figure with nothing in it."""
    from IPython.core.pylabtools import print_figure

    data = print_figure(figure, base64=True)
    return data and f'<img src="data:image/png;base64,{data}" alt="{escape(in_words(figure))}">'


def _axes_in_words(axes: Axes) -> str:
    title = axes.get_title(loc="left") or axes.get_title()
    across, up = axes.get_xlabel() or "horizontal axis", axes.get_ylabel() or "vertical axis"
    words = [f"Plot: {title}." if title else "Plot.", f"{up} against {across}."]
    for container in axes.containers:
        lying = getattr(container, "orientation", "vertical") == "horizontal"
        places = axes.yaxis if lying else axes.xaxis
        names = dict(zip(places.get_ticklocs(), [t.get_text() for t in places.get_ticklabels()], strict=False))
        bars = []
        for bar in getattr(container, "patches", ()):
            middle = bar.get_y() + bar.get_height() / 2 if lying else bar.get_x() + bar.get_width() / 2
            bars.append(f"{names.get(middle) or f'{middle:g}'} {bar.get_width() if lying else bar.get_height():g}")
        words.append(f"Bars: {', '.join(bars)}.")
    for line in axes.get_lines():
        points = list(zip(line.get_xdata(), line.get_ydata(), strict=True))
        shown = points if len(points) <= 12 else [points[0], points[-1]]
        joined = ", " if len(points) <= 12 else " to "
        words.append(f"Line: {joined.join(f'({x}, {y})' for x, y in shown)}.")
    return " ".join(words)


def show_with_words(figure: Figure) -> None:
    """In a notebook, let figures be shown by `picture`. matplotlib calls this for each new figure in our style.

    Not once at import: IPython forgets what was registered for figures when the first of them is made.
    """
    shown.as_html("matplotlib.figure", "Figure", picture)
