"""A picture of the days that fills cover, one bar a fill, with the gaps between them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from priorauth import chart, plots, therapy
from priorauth.days import as_day
from priorauth.therapy import Line

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def supply(lines: Sequence[Line], until: str, title: str) -> Axes:
    """Draw the working of a printout. `until` is the day of the request, such as "2026-07-20"; days after it are hatched."""
    import matplotlib.dates as mdates
    import matplotlib.pyplot as plt

    end = as_day(until)
    with plt.rc_context(plots.STYLE | {"figure.figsize": (7.5, 2.6)}):
        _, axes = plt.subplots(layout="constrained")
        for row, line in enumerate(lines):
            counted = min(line.covers_to, end)
            _bar(axes, row, line.covers_from, counted, plots.BLUE, "")
            if line.covers_to > end:
                _bar(axes, row, end + timedelta(days=1), line.covers_to, plots.ORANGE, "//")
            if line.gap_before:
                words = f"gap of {line.gap_before} days "
                axes.text(mdates.date2num(line.covers_from), row, words, ha="right", va="center", fontsize=10)
        axes.axvline(mdates.date2num(end) + 1, color="#222222", linestyle="--", linewidth=1.2)
        axes.set_yticks(range(len(lines)), [line.fill_id for line in lines])
        axes.invert_yaxis()
        axes.xaxis_date()
        axes.xaxis.set_major_formatter(mdates.ConciseDateFormatter(mdates.AutoDateLocator()))
        axes.set(title=title, xlabel="2026; dashed line: day of the request", ylabel="Fill")
    plots.tell(axes, in_words(lines, end, title))
    return axes


def in_words(lines: Sequence[Line], end: date, title: str) -> str:
    """The picture for people who cannot see it: each fill with its days, and the gaps."""
    rows = []
    for line in lines:
        gap = f"after a gap of {line.gap_before} days, " if line.gap_before else ""
        cut = f", of which the days after {end:%B} {end.day} are hatched" if line.covers_to > end else ""
        first, last = (f"{day:%B} {day.day}" for day in (line.covers_from, line.covers_to))
        rows.append(f"{line.fill_id}: {gap}{first} to {last}{cut}")
    return f"Plot: {title}. One bar for each fill. {'; '.join(rows)}. A dashed line stands at the day of the request, {end:%B} {end.day}."


def example() -> Axes:
    """The printout that section 4.5 counts by hand."""
    fills = chart.table("Example")
    fills = fills[fills["status"] == "picked up"].rename(columns={"fill": "fill_id"})
    lines = therapy.working(therapy.fills_of(fills.to_dict("records")))
    return supply(lines, until="2026-07-20", title="Days with supply, Example (invented data)")


def _bar(axes: Axes, row: int, first: date, last: date, color: str, hatch: str) -> None:
    width = (last - first).days + 1
    axes.barh(row, width, left=first.toordinal() - date(1970, 1, 1).toordinal(), color=color, hatch=hatch, edgecolor="#222222", linewidth=0.6)  # fmt: skip
