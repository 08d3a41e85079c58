"""House rules of the item bank that a single question cannot check: mix, balance, style that gives answers away."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from coursekit.errors import CourseError
from coursekit.exam.bank import BankFile, BankItem
from coursekit.items import ROOT, load_module
from coursekit.prose import reading_grade
from priorauth import facts

FOR_FORMS, FOR_PRACTICE = 20, 5
#: Questions of each kind among the 25 of a module: (least, most).
KINDS = {"single": (11, 15), "multiple": (5, 7), "true_false": (2, 3), "numeric": (2, 6)}
LONGEST = 0.45  # the right option of a single choice may be the longest one in at most this share
_NAMES = re.compile(r"under the name|`x\d\d_\d\d`|`m\d\d_q\d+`")
_LETTERS = re.compile(r"\b(?:[Oo]ptions?|[Aa]nswers?|both|[Cc]hoices?) [A-F]\b|\b[A-F] and [A-F] are\b")
_LAZY = re.compile(
    r"\b(?:all|none|both|neither) of (?:the|these) (?:above|options|answers)\b|\ball of the above\b", re.I
)


def problems(file: BankFile, root: Path = ROOT, complete: bool = True) -> list[str]:
    """One sentence for each rule that a file of the bank breaks. `complete=False` leaves the counts out."""
    found = [words for item in file.items for words in of_item(item, _objectives(file.module, root))]
    return found + (list(_counts(file, root)) if complete else [])


def of_item(item: BankItem, objectives: set[str]) -> Iterator[str]:
    """Rules for one question."""
    texts = [item.prompt, *(t for o in item.options.values() for t in (o.text, o.because))]
    if objectives and item.objective not in objectives:
        yield f"{item.id}: the objective {item.objective} is not in the module's list."
    if _NAMES.search(item.prompt):
        yield f"{item.id}: the prompt names a variable; the form gives the name and says what to write."
    if item.shuffle and any(_LETTERS.search(t) for t in texts):
        yield f"{item.id}: a text names an option by its letter, and forms shuffle the letters."
    if any(_LAZY.search(o.text) for o in item.options.values()):
        yield f"{item.id}: an option speaks of the other options."
    if any(not o.because.strip() for o in item.options.values()):
        yield f"{item.id}: an option has no feedback."
    if item.kind == "single" and not 3 <= len(item.options) <= 5:
        yield f"{item.id}: a single choice has 3 to 5 options."
    if item.kind == "multiple" and (not 5 <= len(item.options) <= 6 or len(item.key) >= len(item.options)):
        yield f"{item.id}: a multiple choice has 5 or 6 options, and one at least is wrong."
    lowered = [re.sub(r"\W+", " ", o.text.casefold()).strip() for o in item.options.values()]
    if len(set(lowered)) < len(lowered):
        yield f"{item.id}: two options say the same."
    for name in item.facts:
        if not facts.gradable(name):
            yield f"{item.id}: it rests on {name}, which may not be graded."


def _counts(file: BankFile, root: Path) -> Iterator[str]:
    items, name = file.items, f"module {file.module}"
    practice = [i for i in items if i.practice]
    forms = [i for i in items if not i.practice]
    if (len(forms), len(practice)) != (FOR_FORMS, FOR_PRACTICE):
        yield f"{name}: {len(forms)} questions for forms and {len(practice)} for practice; {FOR_FORMS} and {FOR_PRACTICE} are wanted."
    kinds = Counter(i.kind for i in items)
    for kind, (least, most) in KINDS.items():
        if not least <= kinds[kind] <= most:
            yield f"{name}: {kinds[kind]} questions are {kind}; {least} to {most} are wanted."
    singles = [i for i in items if i.kind == "single"]
    longest = sum(_right_is_longest(i) for i in singles)
    if singles and longest / len(singles) > LONGEST:
        yield f"{name}: the right option is the longest one in {longest} of {len(singles)} single choices."
    letters = Counter(i.key for i in singles)
    if singles and max(letters.values()) > 0.45 * len(singles):
        yield f"{name}: the key is {letters.most_common(1)[0][0]} in {max(letters.values())} of {len(singles)} single choices."
    truths = {i.key for i in items if i.kind == "true_false"}
    if len(truths) < 2:
        yield f"{name}: all true_false questions have the same key."
    goals = _objectives(file.module, root)
    tested = Counter(i.objective for i in forms)
    for goal in sorted(goals):
        if tested[goal] < 2:
            yield f"{name}: {tested[goal]} questions for forms test {goal}; two at least are wanted."
    grade = reading_grade("\n\n".join(i.prompt for i in items))
    if grade > 10:
        yield f"{name}: the reading grade of the prompts is {grade:.1f}; 10 is the most."


def _right_is_longest(item: BankItem) -> bool:
    right = len(item.options[item.key].text)
    return all(right > len(o.text) for k, o in item.options.items() if k != item.key)


def _objectives(module: int, root: Path) -> set[str]:
    """The module's objectives; empty where the module is not written yet."""
    try:
        return set(load_module(module, root).objectives)
    except CourseError:
        return set()
