"""Denial triage: from what really went wrong to the next step. The rules are those of our desk (sections 11.2 and 11.3)."""

from __future__ import annotations

from dataclasses import dataclass

from priorauth.denials import CAUSES

#: What the desk can do next, in words.
STEPS = {
    "new_try": "Send a new request that brings what was missing, and say what is new",
    "peer_to_peer": "Ask for a call between the clinicians",
    "appeal": "File the appeal of the line, with the page that answers the reason",
    "exception": "Ask for an exception, with the prescriber's statement",
    "other_way": "No appeal on medical grounds: look for another covered way, or for help with the cost",
    "wait": "Let the clinician treat or test first, and ask again when the criterion is met",
}
#: A tenth thing to find, beside the causes of a sheet: a rule of the drug list stands in the way.
DRUG_RULE = "drug_rule"
FOUND = {**{name: words for name, (_, words) in CAUSES.items()}, DRUG_RULE: "a rule of the drug list does not suit this patient, and the record says why"}  # fmt: skip
KINDS = {**{name: kind for name, (kind, _) in CAUSES.items()}, DRUG_RULE: "coverage"}
CALLS = {"open": "yes, its window is open", "closed": "no: it has passed, or the payer takes none"}
_PAYERS_SLIP = ("overlooked", "not_opened", "filed_late")
_NEW_PAPER = ("left_out", "not_signed", "too_old")


@dataclass(frozen=True)
class Advice:
    """The next step of one denial, why, and what else to do at once."""

    kind: str
    step: str
    why: str
    also: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Kind, step and reason in words."""
        return f"A {self.kind} denial. {STEPS[self.step]}. {self.why}"


def triage(cause: str, call: str = "open", given: bool = False, harm: bool = False) -> Advice:
    """The next step for a cause. `call`: is the window for a peer-to-peer call open; `given`: was the care given already;
    `harm`: does the record say that waiting could seriously harm. LookupError for an unknown cause."""
    if cause not in FOUND:
        raise LookupError(f"'{cause}' is no cause of the triage; there is {', '.join(FOUND)}.")
    step, why = _step(cause, call, given)
    also = ["Write the last filing day of the appeal into the log today, whatever you do first."]
    if step == "peer_to_peer":
        also.append("A call that fails must leave time for the appeal: set its day.")
    if step == "new_try":
        also.append("The new request does not stop the appeal's window.")
    if harm and not given and step in ("appeal", "new_try", "exception", "peer_to_peer"):
        also.append("Ask for the expedited track, with the clinician's sentence about the harm.")
    if given and harm:
        also.append("Care that was given has only the standard track: it is a matter of payment.")
    return Advice(KINDS[cause], step, why, tuple(also))


def _step(cause: str, call: str, given: bool) -> tuple[str, str]:
    if cause == "excluded":
        return "other_way", "No page about the patient changes what the contract leaves out."
    if cause == DRUG_RULE:
        return (
            "exception",
            "The rule was applied rightly. The exception is the door for patients whom it does not suit.",
        )
    if cause == "not_met" and given:
        return (
            "appeal",
            "A new request comes too late for care that was given, so only the appeal is left. Tell the clinician that its chances are poor.",
        )
    if cause == "not_met":
        return "wait", "The records say no. Another letter about the same records will not change that."
    if cause in _PAYERS_SLIP:
        if call == "open" and not given:
            return "peer_to_peer", "The payer has the page already, so somebody only has to look at it."
        return "appeal", "The payer has the page already, and it is too late for a call, or none is taken."
    if given:
        return "appeal", "A new request is for care to come. Care that was given needs the appeal, with the paper."
    if cause in _NEW_PAPER:
        return "new_try", "The payer never had a usable page. A new request with it is decided sooner than an appeal."
    return "new_try", "Nobody judged the care. Mend the detail, and send it again."


def all_rows() -> list[tuple[str, str, str, str]]:
    """Every cause: kind, what you see, step with an open call window, step once the care was given."""
    return [
        (cause, KINDS[cause], words, f"{triage(cause).step}; care given: {triage(cause, given=True).step}")
        for cause, words in FOUND.items()
    ]
