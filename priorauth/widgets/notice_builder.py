"""Notice builder: choose the parts of a specific reason, read the notice as the patient will, and see what is missing."""

from __future__ import annotations

import ipywidgets as widgets

from priorauth import first_review, reasons
from priorauth.widgets import base
from priorauth.widgets.review_bench import _cut, _sheet

NOTHING = ("(choose)", "")
STEP_NAMES = {
    "too_old": "send a newer one",
    "not_signed": "sign it and send it again",
    "too_short": "complete the time, or show another way",
    "value": "have the clinician speak for this patient",
    "nothing": "send the page that shows it",
}
FAULT_NAMES = {
    "too_old": "it is too old",
    "not_signed": "it is not signed",
    "too_short": "it lasted too short a time",
    "value": "its result is not one that the policy accepts",
    "nothing": "nothing that came speaks to it",
}
RIGHTS = {
    "appeal": "How and until when to appeal",
    "fast": "A fast answer, if waiting could harm",
    "copy": "A free copy of the policy",
}


class NoticeBuilder(base.Tool):
    """The tool itself, over the practice denials of `priorauth.reasons`."""

    def __init__(self) -> None:
        cases = [reasons.denied(r) for r in reasons.PRACTICE]
        self.request = base.choice("Denial", [(f"{c.request_id}: {c.service}", c.request_id) for c in cases])
        self.criterion = base.choice("Criterion", [NOTHING])
        self.row = base.choice("Row", [NOTHING])
        self.fault = base.choice("What is wrong", [NOTHING, *((words, name) for name, words in FAULT_NAMES.items())])
        self.step = base.choice("What would help", [NOTHING, *((words, name) for name, words in STEP_NAMES.items())])
        self.rights = {name: widgets.Checkbox(description=words, indent=False) for name, words in RIGHTS.items()}
        self.write = base.button("Write the notice", "Put the parts together and say what is missing")
        super().__init__(
            "Notice builder",
            "Read the sheet, choose the parts of the reason and the rights, and press Write the notice.",
            [self.request, self.criterion, self.row, self.fault, self.step, *self.rights.values(), self.write],
            "".join(self._as_text(c) for c in cases),
        )
        self.kept: dict[str, reasons.Parts] = {}  # what was left in the lists, by denial
        self.request.observe(lambda change: self._open(change["old"]), names="value")
        self.write.on_click(lambda _: self.tell())
        self._lists()
        self.show(self._html(None))

    def _lists(self) -> None:
        case = reasons.denied(self.request.value)
        self.criterion.options = [NOTHING, *((f"{c}: {_cut(words)}", c) for c, words in case.criteria)]
        self.row.options = [NOTHING, *((f"{key}, {kind} of {day}", key) for key, day, kind, _ in case.rows)]
        before = self.kept.get(self.request.value, reasons.Parts())
        for name in ("criterion", "row", "fault", "step"):
            getattr(self, name).value = getattr(before, name)
        for name, box in self.rights.items():
            box.value = getattr(before, name)

    def _open(self, old: str) -> None:
        self.kept[old] = self.parts
        self._lists()
        self.show(self._html(None))
        begun = self.parts != reasons.Parts()
        then = "your choices are still there. Press Write the notice" if begun else "choose the criterion first"
        self.say(f"{self.request.value}: read the sheet, and {then}.")

    @property
    def parts(self) -> reasons.Parts:
        """What is chosen now."""
        rights = {name: box.value for name, box in self.rights.items()}
        return reasons.Parts(self.criterion.value, self.row.value, self.fault.value, self.step.value, **rights)

    def tell(self) -> None:
        """Write the notice, and say how many parts are in order."""
        faults = reasons.review_parts(self.request.value, self.parts)
        total = len(reasons.build(self.request.value, self.parts))
        self.show(self._html(faults))
        good = total - len({name for name, _ in faults})
        first = f"First to mend: {faults[0][0]}. {faults[0][1]}" if faults else "The notice can go out."
        self.say(f"{good} of {total} parts in order. {first}")

    def _html(self, faults: list[tuple[str, str]] | None) -> str:
        """Notice and sheet; `faults` is None as long as the notice is not checked."""
        told = dict(faults or [])
        rows = [
            (name, sentence or "(missing)", "" if faults is None else told.get(name, "in order"))
            for name, sentence in reasons.build(self.request.value, self.parts)
        ]
        case = reasons.denied(self.request.value)
        return base.panel(base.table(["Part", "The notice says", "Check"], rows, f"Notice of {case.plan}")) + _sheet(
            case.sheet, case.request_id
        )

    def _as_text(self, case: reasons.Denied) -> str:
        right, fault = first_review.first_level(case.request_id), reasons.fault_of(case.request_id)
        whole = reasons.Parts(right.criterion, right.row, fault, fault, True, True, True)
        rows = [(name, sentence) for name, sentence in reasons.build(case.request_id, whole)]
        return base.details(
            f"{case.request_id}: a finished notice",
            base.table(["Part", "The notice says"], rows, "Finished notice") + _sheet(case.sheet, case.request_id),
        )


def notice_builder() -> NoticeBuilder:
    """Open the notice builder."""
    return NoticeBuilder()
