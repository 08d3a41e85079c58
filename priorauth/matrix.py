"""The criteria-to-evidence matrix as plain data: cells that a person fills, and what is right about them.

A cell is one criterion with a verdict and the row that stands for it. Of a run of fills the last fill stands for all.
"""

from __future__ import annotations

from dataclasses import dataclass

from priorauth import casefile, criteria, policies

NOTHING = "none"


@dataclass(frozen=True)
class Cell:
    """One criterion: its words, the right verdict, the rows that may be named for it, and the reason."""

    criterion: str
    asks_for: str
    verdict: str
    rows: tuple[str, ...]
    why: str

    @property
    def row(self) -> str:
        """The one row that stands for the cell: the newest one."""
        return self.rows[0]


def cells(request_id: str) -> list[Cell]:
    """The matrix of a request, filled by the course's own functions, without what the request itself answers."""
    found, tree = casefile.judged(request_id)
    made = []
    for leaf in policies.leaves(tree):
        if leaf["kind"] in ("diagnosis", "compendium", "prescriber"):
            continue
        finding = found.of(leaf["id"])
        rows = finding.evidence[::-1] if leaf["kind"] == "drug_trial" else finding.evidence
        made.append(Cell(leaf["id"], policies.sentence(leaf), finding.verdict, tuple(rows) or (NOTHING,), finding.why))
    return made


def feedback(cell: Cell, verdict: str, row: str) -> tuple[bool, str]:
    """Whether verdict and row are right, and a sentence that helps. Any row of a run of fills may be named."""
    right_verdict = verdict == cell.verdict
    right_row = row in cell.rows
    if right_verdict and right_row:
        return True, f"{cell.criterion}: right. {cell.why}"
    if right_verdict:
        where = "Nothing in the chart speaks to it." if cell.row == NOTHING else "Another row speaks to it."
        return False, f"{cell.criterion}: the verdict is right, the row is not. {where}"
    hints = {
        (criteria.MET, criteria.NOT_SHOWN): "Look at its age and its signature, or whether it is there at all.",
        (criteria.MET, criteria.NOT_MET): "Compare the value or the days with the number in the criterion.",
        (criteria.NOT_MET, criteria.NOT_SHOWN): "Nothing usable says no. Could another page still show it?",
        (criteria.NOT_SHOWN, criteria.NOT_MET): "Usable rows are there, and they say no.",
        (criteria.NOT_SHOWN, criteria.MET): "A usable row shows it. Look once more at the days and the signature.",
        (criteria.NOT_MET, criteria.MET): "A usable row shows it. Compare it once more with the number.",
    }
    return False, f'{cell.criterion}: "{verdict}" is not it. {hints[verdict, cell.verdict]}'


def outcome(request_id: str, filled: dict[str, str]) -> str:
    """What a filled matrix means for the request, in one sentence. Criteria that the request answers count as met."""
    row = casefile.request(request_id)
    _, tree = casefile.tree_of(row)
    known = {leaf["id"]: filled.get(leaf["id"], criteria.MET) for leaf in policies.leaves(tree)}
    whole = criteria.verdict(tree, known)
    if whole == criteria.MET:
        return "With these verdicts the criteria are met, and the request can go."
    gaps = criteria.still_open(tree, known)
    names = " and ".join(gaps)
    return f"With these verdicts the request is {whole}. Open: {names}."
