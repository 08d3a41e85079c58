"""Taking in what learners handed in elsewhere: a folder or a zip with files, folders or zips of learners.

Whose it is: the receipt inside says it, when it fits the notebook; the name of the file or folder must not say
something else. Without such a receipt the roster decides, then what earlier runs showed, then the name. What speaks
against itself is held, with a sentence, until somebody decides. Nothing in `submitted/` is ever lost: another version
waits for `update`, and every version is kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from coursekit.errors import CourseError
from coursekit.files import in_words, readable
from coursekit.grading import names
from coursekit.grading.archives import Entry, entries
from coursekit.grading.edition import Edition, edition
from coursekit.grading.names import Named, named, squeezed, tokens
from coursekit.grading.roster import Memory, Roster
from coursekit.grading.shelf import Shelf
from coursekit.grading.uploads import COURSE, OtherModule, Upload, uploads_in
from coursekit.receipts import NAME

NOTEBOOKS = (".ipynb", ".py", ".md")
ENDINGS = (*NOTEBOOKS, ".zip", ".ipynb.txt", ".ipynb.json", ".rar", ".7z")
_MODULE = re.compile(r"module_\d\d.*", re.I)
_WRAPPERS = {"submitted", "submissions", "inbound", "exchange", "priorauth", "handed_in"}
_HER_OWN = _WRAPPERS | COURSE | {"workspace"}  # folders that stand in a learner's folder


@dataclass
class Received:
    """What became of one thing that was handed in.

    `state` is new, unchanged, replaced; doubled, older (kept aside); waiting, held (for a person); refused, skipped.
    """

    name: str
    student: str = ""
    state: str = "refused"
    note: str = ""


@dataclass
class _Desk:
    """What decides about all uploads of one run."""

    module: str
    known: Edition
    roster: Roster | None
    memory: Memory
    shelf: Shelf
    accepted: set[str]
    report: list[Received] = field(default_factory=list)
    pairs: list[tuple[str, str, str]] = field(default_factory=list)  # receipt's id, name, number: not shown to be one

    def say(self, upload: Upload, state: str, note: str) -> None:
        late = f"{names.PLATFORMS.get(upload.named.kind, 'The name')} marks it as late." if upload.late else ""
        words = " ".join(filter(None, [note, *upload.notes, late]))
        self.report.append(Received(upload.name, upload.student, state, words))

    def allowed(self, upload: Upload) -> bool:
        """Whether a person said to take it as it is."""
        return bool({upload.name, PurePosixPath(upload.name).stem, upload.student} & self.accepted)


def receive(
    course: Path, module: str, origin: Path, update: bool = False, roster: Roster | None = None, accept: list[str] | None = None
) -> list[Received]:  # fmt: skip
    """Put hand-ins from `origin` (folder or zip) into `submitted/`. Raises `CourseError` when it cannot be read.

    `accept` names hand-ins (as the report names them) or learners that a person has looked at: they are not held.
    """
    desk = _Desk(module, edition(module), roster, Memory(course), Shelf(course, module), set(accept or []))
    found = _taken_apart(entries(origin), readable(origin.name), desk)
    found = [u for u in found if _identified(u, found, desk)]
    found = _without_strangers(found, desk)
    found = _without_copies(found, desk)
    for learner in sorted({u.student.casefold() for u in found}):
        _stored([u for u in found if u.student.casefold() == learner], update, desk)
    if not desk.report:
        raise CourseError(f"{origin} holds nothing that was handed in for {module}.")
    try:
        desk.memory.save()
        if desk.pairs:
            path = desk.memory.suggest(desk.pairs)
            held = next(r for r in desk.report if r.state == "held" and "--roster" in r.note)
            held.note += f" The pairs to look through are in {path}."
    except OSError as error:
        raise in_words(error, desk.memory.folder) from error
    return sorted(desk.report, key=lambda r: (r.student, r.name, r.state))


# --- what is there ------------------------------------------------------------------------------------------------


def _taken_apart(found: list[Entry], origin: str, desk: _Desk) -> list[Upload]:
    """Uploads in all files and folders; what holds none is reported."""
    module = desk.module
    for _ in range(4):
        tops = {e.path.parts[0] for e in found}
        if len(tops) != 1 or any(len(e.path.parts) == 1 for e in found):
            break
        inner = {e.path.parts[1] for e in found}
        around = next(iter(tops)).lower() in _WRAPPERS | {module}
        if not around and not all(named(PurePosixPath(n).stem, module, True).kind in names.PLATFORMS for n in inner):
            break
        found = [e.below(1) for e in found]
    by_top: dict[str, list[Entry]] = {}
    if any(e.path.as_posix() == NAME for e in found):  # the file of one learner, and not a folder of them
        found = [Entry(PurePosixPath(origin, e.path), e.size, e.reader, e.problem) for e in found]
    for entry in found:
        by_top.setdefault(entry.path.parts[0], []).append(entry)
    uploads: list[Upload] = []
    for top, mine in sorted(by_top.items()):
        alone = len(mine[0].path.parts) == 1
        says = named(PurePosixPath(top).stem if alone else top, module, not alone)
        if says.module not in ("", module):
            continue  # nbgrader's exchange holds all modules beside each other
        if alone and not top.lower().endswith(ENDINGS) and PurePosixPath(top).suffix:
            desk.report.append(Received(top, state="skipped", note="It is neither a notebook nor a zip."))
            continue
        people = _folders_with_work(mine) if len(by_top) == 1 and not says.strong and top not in desk.accepted else []
        try:
            made = uploads_in(top, mine, says, desk.known)
            if len(people) > 1 and sum(u.receipt is not None for u in made) < len(people):
                desk.report.append(Received(top, state="held", note=_one_level_more(top, people)))
            else:
                uploads += made
        except OtherModule as problem:
            desk.report.append(Received(top, note=f"{problem}"))
        except CourseError as problem:
            words = _one_level_more(top, people) if len(people) > 1 else ""
            desk.report.append(Received(top, note=" ".join(filter(None, [str(problem), words]))))
    return uploads


def _folders_with_work(found: list[Entry]) -> list[str]:
    """Folders of one folder that may be learners': a notebook or zip is in each, and none beside them."""
    work = [
        e.path.parts for e in found if e.path.name.lower().endswith((".ipynb", ".zip", ".ipynb.txt", ".ipynb.json"))
    ]
    names_ = set() if any(len(parts) == 2 for parts in work) else {parts[1] for parts in work if len(parts) > 2}
    return sorted(n for n in names_ if n.lower() not in _HER_OWN and not _MODULE.fullmatch(n))


def _one_level_more(top: str, people: list[str]) -> str:
    return (
        f"There is work in several of its folders ({', '.join(people[:4])}). If they are learners, name the folder "
        f"{top} itself as the origin (unpack a zip first); if it is all of one learner, take it with --accept."
    )


# --- whose is it --------------------------------------------------------------------------------------------------


def _identified(upload: Upload, others: list[Upload], desk: _Desk) -> bool:
    """Whether it is known whose it is; if not, it is reported as held or refused."""
    says, receipt = upload.named, upload.receipt
    try:
        by_name = (desk.roster.find(says) if desk.roster else "") or desk.memory.find(says)
        if receipt is not None:
            upload.student = names.learner_id(receipt.learner)
            if desk.roster and not desk.roster.id_of(upload.student):
                return _hold(upload, desk, f"Its receipt is of {upload.student}, who is not in the roster.")
            upload.student = desk.roster.id_of(upload.student) if desk.roster else upload.student
        if receipt is not None and upload.fits:
            return _fits_the_name(upload, by_name, others, desk)
        mine = by_name or ("" if desk.roster and not says.nameless else says.default)
        if not mine and receipt is None:
            return _hold(upload, desk, f"There is no receipt, and nobody in the roster is called {says.label}.")
        if receipt is not None and not (says.fits(upload.student) or by_name.casefold() == upload.student.casefold()):
            return _hold(upload, desk, f"The receipt of another state of it is of {upload.student}, and {says.words}.")
        upload.student = upload.student if receipt is not None else mine
        upload.proven = bool(by_name)
        if by_name and receipt is None:
            upload.notes.append(f"{mine} by {'the roster' if desk.roster else 'what an earlier hand-in showed'}.")
        return True
    except CourseError as problem:
        desk.say(upload, "refused", str(problem))
        return False


def _fits_the_name(upload: Upload, by_name: str, others: list[Upload], desk: _Desk) -> bool:
    """A receipt that fits: does the name on the upload agree?"""
    says, me = upload.named, upload.student.casefold()
    if by_name:
        upload.proven = by_name.casefold() == me
        known_as = f"{says.label or says.number} is {by_name}"
        return upload.proven or _hold(upload, desk, f"Its receipt is of {upload.student}, but {known_as}.")
    if says.fits(upload.student) or says.nameless:
        upload.proven = not says.nameless
        return True
    if says.strong:
        words = f"Its receipt is of {upload.student}, and {says.words}. Say with --roster whether they are the same."
        held = _hold(upload, desk, words)
        if not held:
            desk.pairs.append((upload.student, says.label, says.number))
        return held
    known = {u.receipt.learner for u in others if u.receipt} | desk.shelf.students()
    known |= set(desk.roster.ids) if desk.roster else set()
    said = {squeezed(says.label), *tokens(says.label)}
    strangers = sorted(k for k in known if squeezed(k) in said and k.casefold() != me)
    if strangers and not said & {squeezed(upload.student)}:
        return _hold(upload, desk, f"Its receipt is of {upload.student}, but its name names {strangers[0]}.")
    upload.notes.append(f"{upload.student} by the receipt, whatever the name says.")
    return True


def _hold(upload: Upload, desk: _Desk, note: str) -> bool:
    """Report it as held for a person, unless a person has said to take it."""
    if upload.student and desk.allowed(upload):
        upload.proven = True
        return True
    desk.say(upload, "held", note)
    return False


def _without_strangers(found: list[Upload], desk: _Desk) -> list[Upload]:
    """Several people's uploads under one learner's id are held; those whose name was shown to be hers are not."""
    kept = []
    for upload in found:
        before = desk.memory.taken_as(desk.module, upload.student)
        if before and not upload.proven and _somebody_else(upload.named, before):
            if not _hold(upload, desk, f"{before} was taken for {upload.student}, and comes from somebody else."):
                continue
        mine = [u for u in found if u.student.casefold() == upload.student.casefold() and u.named.kind != "file"]
        sources = {u.named.source for u in mine if u.proven} or {u.named.source for u in mine}
        if upload.named.kind == "file" or (len(sources) == 1 and upload.named.source in sources):
            kept.append(upload)
        elif upload.named.kind == "exchange" and all(u.named.kind == "exchange" for u in mine):
            kept.append(upload)
        else:
            other = next(u.name for u in mine if u.named.source != upload.named.source)
            if _hold(upload, desk, f"{other} was handed in for {upload.student}, too, and comes from somebody else."):
                kept.append(upload)
    return kept


def _somebody_else(says: Named, name: str) -> bool:
    """Whether the same platform wrote another person into the name of what was taken before."""
    before = named(PurePosixPath(name).stem if name.lower().endswith(ENDINGS) else name, "", False)
    return says.kind in names.PLATFORMS and says.kind == before.kind and says.source != before.source


def _without_copies(found: list[Upload], desk: _Desk) -> list[Upload]:
    """The same notebook, byte for byte, of two learners is held; one without answers is nobody's."""
    owners: dict[str, set[str]] = {d: {s.casefold() for s in names_} for d, names_ in desk.shelf.digests().items()}
    for upload in found:
        owners.setdefault(upload.digest, set()).add(upload.student.casefold())
    kept = []
    for upload in found:
        others = sorted(owners[upload.digest] - {upload.student.casefold()})
        same = f"It is the same notebook, byte for byte, as that of {', '.join(others)}."
        if upload.blank or not others or desk.shelf.holds(upload.student, upload.digest) or _hold(upload, desk, same):
            kept.append(upload)
    return kept


# --- which one counts ---------------------------------------------------------------------------------------------


def _stored(mine: list[Upload], update: bool, desk: _Desk) -> None:
    """Of one learner's uploads the newest is stored; the others are kept and named."""
    mine.sort(key=_order)
    last = mine[-1]
    unclear = [u for u in mine if u.digest != last.digest and not _before(u, last)]
    if unclear:
        chosen = [u for u in mine if u.name in desk.accepted or PurePosixPath(u.name).stem in desk.accepted]
        if len({u.digest for u in chosen}) != 1:
            for upload in mine:
                other = next(u.name for u in mine if u.digest != upload.digest)
                desk.say(upload, "held", f"{upload.name} and {other} are of the same learner, and nothing says which is newer. Keep one of them, or name it with --accept.")  # fmt: skip
            return
        last = chosen[-1]
    try:
        state, note = desk.shelf.put(last, update)
        desk.say(last, state, note)
        if state in ("new", "replaced", "unchanged"):
            desk.memory.remember(desk.module, last.student, last.named, last.name, last.proven)
        for upload in mine:
            if upload is last:
                continue
            if upload.digest == last.digest:
                desk.say(upload, "doubled", f"The same notebook as {last.name}, which was taken.")
            else:
                kept = desk.shelf.aside(upload)
                desk.say(upload, "older", f"{last.name} is newer and was taken. This version is kept in {kept}.")
    except CourseError as problem:
        desk.say(last, "refused", str(problem))


def _moment(upload: Upload):  # noqa: ANN202
    return upload.receipt.moment if upload.receipt and upload.fits else upload.named.moment


def _order(upload: Upload) -> tuple[str, str, str]:
    moment = _moment(upload)
    return (moment.isoformat() if moment else "", upload.named.order, upload.name)


def _before(one: Upload, other: Upload) -> bool:
    """Whether it can be told that `one` was handed in before `other`."""
    a, b = _moment(one), _moment(other)
    if a and b:
        return a < b
    x, y = one.named, other.named
    return not (a or b) and x.kind == y.kind and bool(x.order and y.order) and x.order < y.order


__all__ = ["Named", "Received", "receive"]
