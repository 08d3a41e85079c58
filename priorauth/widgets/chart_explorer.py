"""Chart explorer: the tabs of a chart, and a search through all of them."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets as widgets

from priorauth.chart import TABS, Chart, Row
from priorauth.widgets import base
from priorauth.widgets.fields import text_field

HEADS = ["Row", "Day", "Who", "Signed", "Text"]


def _table(rows: Sequence[Row], caption: str) -> str:
    return base.table(HEADS, [(r.row_id, r.day, r.who, r.signed, r.text) for r in rows], caption)


def _count(rows: Sequence[Row]) -> str:
    return f"{len(rows)} row{'' if len(rows) == 1 else 's'}"


class ChartExplorer(base.Tool):
    """The tool itself, over one or more charts."""

    def __init__(self, charts: Sequence[Chart]) -> None:
        if not charts:
            raise ValueError("The explorer needs at least one chart.")
        self.charts = {c.patient: c for c in charts}
        self._changing = False
        self.patient = base.choice("Chart", [(name, name) for name in self.charts])
        self.tab = base.choice("Tab", self._tabs())
        self.words = text_field("Search for", "", width="24em")
        self.search = base.button("Search all tabs", "Find the rows of this chart that hold your words")
        everything = "".join(
            f"<h4>{base.text(c.patient)}</h4><p>{base.text(c.asks)}</p>"
            + "".join(_table(c.tab(tab), name) for tab, name in TABS.items() if c.tab(tab))
            for c in charts
        )
        super().__init__(
            "Chart explorer",
            "Choose a chart and a tab, or type a word and press Search all tabs.",
            [self.patient, self.tab, widgets.HBox([self.words, self.search])],
            everything,
        )
        self.patient.observe(lambda _: self._change_chart(), names="value")
        self.tab.observe(lambda change: self._open(change["new"]), names="value")
        self.search.on_click(lambda _: self._search())
        self.show(self._card())

    @property
    def chart(self) -> Chart:
        """The chosen chart."""
        return self.charts[self.patient.value]

    def _tabs(self) -> list[tuple[str, str]]:
        chart = self.charts[self.patient.value]
        return [(f"{name}: {_count(chart.tab(tab))}", tab) for tab, name in TABS.items()]

    def _card(self) -> str:
        rows = self.chart.tab(self.tab.value)
        name = TABS[self.tab.value]
        body = _table(rows, f"{name}, newest first") if rows else f"<p>Nothing stands under {base.text(name)}.</p>"
        return base.panel(
            f"<p><strong>{base.text(self.chart.patient)}</strong>. {base.text(self.chart.asks)}</p>{body}"
        )

    def _change_chart(self) -> None:
        kept, self._changing = self.tab.value, True
        self.tab.options = self._tabs()  # names carry the counts of the chart
        self.tab.value = kept
        self._changing = False
        self.show(self._card())
        self.say(f"Chart of {self.chart.patient}. {TABS[kept]}: {_count(self.chart.tab(kept))}.")

    def _open(self, tab: str | None) -> None:
        if tab is None or self._changing:
            return
        self.show(self._card())
        self.say(f"{TABS[tab]}: {_count(self.chart.tab(tab))}.")

    def _search(self) -> None:
        words = self.words.value.strip()
        if not words:
            self.say("Type a word first, such as knee.")
            return
        found = self.chart.search(words)
        if not found:
            problem = f"No row of this chart holds {words}. Try another word, an abbreviation, or a day as 9/24."
            self.show(base.panel(f"<p>{base.text(problem)}</p>"))
            self.say(problem)
            return
        rows = [(r.row_id, TABS[r.tab], r.day, r.who, r.signed, r.text) for r in found]
        heads = ["Row", "Tab", "Day", "Who", "Signed", "Text"]
        self.show(base.panel(base.table(heads, rows, f"Rows that hold: {words}")))
        tabs = dict.fromkeys(TABS[r.tab] for r in found)
        self.say(f"{_count(found)} with {words}, under {', '.join(tabs)}.")


def chart_explorer(charts: Sequence[Chart]) -> ChartExplorer:
    """Open the explorer over charts made by `priorauth.chart`."""
    return ChartExplorer(charts)
