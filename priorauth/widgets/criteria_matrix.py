"""Criteria-to-evidence matrix: choose a criterion, a verdict and the row that proves it; gaps light up, and say so."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets as widgets

from priorauth import casefile, criteria, matrix
from priorauth.widgets import base

SHORT_WORDS = 70  # characters of a row in the list of rows


class CriteriaMatrix(base.Tool):
    """The tool itself, over some requests.

    `filled` holds what was put in for the chosen request: criterion -> (verdict, row); `marks` what its check said.
    """

    def __init__(self, request_ids: Sequence[str]) -> None:
        self.cells = {r: matrix.cells(r) for r in request_ids}
        self.charts = {r: casefile.table(r) for r in request_ids}
        self.all_filled: dict[str, dict[str, tuple[str, str]]] = {r: {} for r in request_ids}
        self.all_marks: dict[str, dict[str, str]] = {r: {} for r in request_ids}
        self.request = base.choice("Request", [(self._name(r), r) for r in request_ids])
        self.criterion = base.choice("Criterion", [("", "")])
        self.row = base.choice("Row", [("", "")])
        self.verdict = base.choice("Verdict", [(v, v) for v in criteria.VERDICTS])
        self.put = base.button("Put it into the matrix", "Write verdict and row beside the criterion")
        self.check = base.button("Check the matrix", "Say which lines are right, and what helps with the others")
        super().__init__(
            "Criteria-to-evidence matrix",
            "Choose a criterion, the row that speaks to it and your verdict, then press Put it into the matrix.",
            [self.request, self.criterion, self.row, self.verdict, widgets.HBox([self.put, self.check])],
            "".join(self._as_text(r) for r in request_ids),
        )
        self.request.observe(lambda _: self._open(), names="value")
        self.put.on_click(lambda _: self._put())
        self.check.on_click(lambda _: self._check())
        self._lists()
        self.show(self._html())

    @staticmethod
    def _name(request_id: str) -> str:
        row = casefile.request(request_id)
        return f"{request_id}: {row['code']}, sent {casefile.day_of(row)}"

    @property
    def mine(self) -> list[matrix.Cell]:
        """The criteria of the chosen request."""
        return self.cells[self.request.value]

    @property
    def filled(self) -> dict[str, tuple[str, str]]:
        """What was put in for the chosen request."""
        return self.all_filled[self.request.value]

    @property
    def marks(self) -> dict[str, str]:
        """What the check said about it."""
        return self.all_marks[self.request.value]

    def _lists(self) -> None:
        rows = self.charts[self.request.value].to_dict("records")
        self.criterion.options = [(f"{c.criterion}: {_cut(c.asks_for)}", c.criterion) for c in self.mine]
        named = [(f"{r['row']}, {r['day']}: {_cut(r['says'])}", r["row"]) for r in rows]
        self.row.options = [("none: nothing in the chart", matrix.NOTHING), *named]
        self.criterion.value, self.row.value = self.mine[0].criterion, matrix.NOTHING

    def _open(self) -> None:
        self._lists()
        self.show(self._html())
        done = f" {len(self.filled)} filled before." if self.filled else ""
        rows = len(self.charts[self.request.value])
        self.say(f"{self.request.value}: {len(self.mine)} criteria to fill, {rows} rows in the chart.{done}")

    def _put(self) -> None:
        self.filled[self.criterion.value] = (self.verdict.value, self.row.value)
        self.marks.pop(self.criterion.value, None)
        self.show(self._html())
        left = [c.criterion for c in self.mine if c.criterion not in self.filled]
        rest = f"Still empty: {', '.join(left)}." if left else "All are filled. Press Check the matrix."
        self.say(f"{self.criterion.value}: {self.verdict.value}, row {self.row.value}. {rest}")

    def _check(self) -> None:
        if not self.filled:
            self.say("The matrix is empty. Put in at least one criterion first.")
            return
        told = {
            c.criterion: matrix.feedback(c, *self.filled[c.criterion]) for c in self.mine if c.criterion in self.filled
        }
        self.all_marks[self.request.value] = {
            k: ("right. " if ok else "not yet. ") + words.split(": ", 1)[1] for k, (ok, words) in told.items()
        }
        right = sum(ok for ok, _ in told.values())
        whole = len(told) == len(self.mine)
        end = (
            matrix.outcome(self.request.value, {k: v for k, (v, _) in self.filled.items()})
            if whole
            else "Some are still empty."
        )
        self.show(self._html())
        self.say(f"{right} of {len(self.mine)} criteria are right. {end}")

    def _html(self) -> str:
        lines = []
        for cell in self.mine:
            verdict, row = self.filled.get(cell.criterion, ("", ""))
            gap = {
                "": "empty",
                criteria.MET: "",
                criteria.NOT_MET: "GAP: another way?",
                criteria.NOT_SHOWN: "GAP: find it or ask",
            }[verdict]
            lines.append((cell.criterion, cell.asks_for, verdict, row, gap, self.marks.get(cell.criterion, "")))
        head = ["Criterion", "It asks for", "Verdict", "Row", "Gap", "Check"]
        chart = self.charts[self.request.value]
        rows = chart[["row", "day", "signed", "says"]].itertuples(index=False)
        return base.panel(base.table(head, lines, f"The matrix of {self.request.value}")) + base.table(
            ["Row", "Day", "Signed", "It says"], rows, "The chart up to the day of the request"
        )

    def _as_text(self, request_id: str) -> str:
        lines = [(c.criterion, c.asks_for, c.verdict, c.row, c.why) for c in self.cells[request_id]]
        head = ["Criterion", "It asks for", "Verdict", "Row", "Why"]
        chart = self.charts[request_id][["row", "day", "signed", "says"]].itertuples(index=False)
        return base.details(
            f"{self._name(request_id)}: the finished matrix",
            base.table(head, lines, "Finished matrix")
            + base.table(["Row", "Day", "Signed", "It says"], chart, "Chart"),
        )


def _cut(words: str) -> str:
    return words if len(words) <= SHORT_WORDS else words[: SHORT_WORDS - 3].rstrip() + "..."


def criteria_matrix(request_ids: Sequence[str]) -> CriteriaMatrix:
    """Open the matrix over some requests. An unknown request raises LookupError."""
    return CriteriaMatrix(list(request_ids))
