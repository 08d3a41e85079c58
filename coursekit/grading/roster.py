"""The list of the class: which learner's id belongs to which name on the learning platform.

Any CSV with a column for the id does, as Canvas (grades, export) and Moodle (participants, download) write it. The
other columns are names by which a learner may appear. Beside it stands what earlier runs of `collect` have found.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field
from pathlib import Path

from coursekit.errors import CourseError
from coursekit.files import write_json, write_whole
from coursekit.grading.names import Named, learner_id, squeezed, tokens

#: Names of the column with the id, the better one first.
ID_COLUMNS = ("learner", "sis login id", "username", "login id", "login", "student_id", "id number", "sis user id", "email address", "email", "id")  # fmt: skip
_FIRST, _LAST = ("first name", "firstname", "vorname"), ("last name", "lastname", "surname", "nachname")


@dataclass
class Roster:
    """Learners of the class: {id in lower case: id} and {name in one form: ids}."""

    ids: dict[str, str] = field(default_factory=dict)
    names: dict[str, set[str]] = field(default_factory=dict)

    def find(self, named: Named) -> str:
        """The id of the one whom a name names, "" for nobody. Raises `CourseError` when two fit."""
        if named.number and named.kind == "canvas" and len(found := self.names.get(named.number, set())) == 1:
            return next(iter(found))
        parts = named.whole.split("_") if named.whole else [named.label]  # the longest name that is known counts
        labels = [squeezed("_".join(parts[n:])) for n in range(len(parts))]
        found = set() if named.nameless else next((self.names[x] for x in labels if x in self.names), set())
        if len(found) > 1:
            raise CourseError(f"{named.label} fits {len(found)} learners of the roster: {', '.join(sorted(found))}.")
        return next(iter(found), "")

    def id_of(self, learner: str) -> str:
        """The id as the roster writes it, "" for nobody of the class."""
        return self.ids.get(learner.casefold(), "")

    def _add(self, learner: str, name: str) -> None:
        if name:
            self.names.setdefault(name, set()).add(learner)


def read_roster(path: Path) -> Roster:
    """Read a roster. Raises `CourseError` when it cannot be read or has no column with ids."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise CourseError(f"The roster {path} cannot be read: {error.strerror}.") from error
    try:
        text = raw.decode("utf-16") if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else raw.decode("utf-8-sig", "replace")
        first = text.split("\n", 1)[0]
        sign = max(",;\t", key=first.count)
        rows = [[c.strip() for c in row] for row in csv.reader(io.StringIO(text), delimiter=sign) if any(row)]
    except (UnicodeError, csv.Error) as error:
        raise CourseError(f"The roster {path} is damaged or no table ({error}). Export it again as CSV.") from None
    head = [c.casefold() for c in rows[0]] if rows else []
    at = next((head.index(name) for name in ID_COLUMNS if name in head), None)
    if at is None:
        raise CourseError(
            f"The roster {path} has no column with the learners' ids. Its first line must name one `learner`; it is: {first.strip()[:80]!r}."
        )
    roster = Roster()
    first_at, last_at = (next((head.index(n) for n in names if n in head), None) for names in (_FIRST, _LAST))
    for row in rows[1:]:
        row += [""] * (len(head) - len(row))
        if not row[at] or not tokens(row[at]) or row[at] == "Points Possible":
            continue
        learner = learner_id(row[at])
        if learner.casefold() in roster.ids:
            raise CourseError(f"The roster {path} names {learner} twice.")
        roster.ids[learner.casefold()] = learner
        cells = list(row)
        if first_at is not None and last_at is not None:
            cells += [f"{row[first_at]} {row[last_at]}", f"{row[last_at]} {row[first_at]}"]
            cells = [c for n, c in enumerate(cells) if n not in (first_at, last_at)]
        for cell in cells:
            words = tokens(cell)
            roster._add(learner, "".join(words))
            if 1 < len(words) <= 8 and "@" not in cell:  # "Lovelace, Ada" is also Ada Lovelace
                for n in range(1, len(words)):
                    roster._add(learner, "".join(words[n:] + words[:n]))
    if not roster.ids:
        raise CourseError(f"The roster {path} names no learner.")
    return roster


class Memory:
    """What was found in earlier runs, in `submitted/.collect/known.json`: names of people, and of what was taken."""

    def __init__(self, course: Path) -> None:
        self.folder = course / "submitted" / ".collect"
        self.path = self.folder / "known.json"
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
            self.people: dict[str, str] = dict(found["people"])
            self.taken: dict[str, dict[str, dict[str, str]]] = dict(found["taken"])
        except (OSError, ValueError, KeyError, TypeError):
            self.people, self.taken = {}, {}

    def find(self, named: Named) -> str:
        return self.people.get(named.key, "") if named.strong and not named.nameless else ""

    def taken_as(self, module: str, learner: str) -> str:
        """The name under which a learner's hand-in came, "" for none."""
        return self.taken.get(module, {}).get(learner, {}).get("name", "")

    def remember(self, module: str, learner: str, named: Named, name: str, proven: bool) -> None:
        """Whose name it is, when that was shown, and under which name the hand-in came (feedback goes back under it)."""
        if proven and named.strong and not named.nameless:
            self.people[named.key] = learner
        self.taken.setdefault(module, {})[learner] = {"kind": named.kind, "name": name}

    def save(self) -> None:
        write_json(self.path, {"people": self.people, "taken": self.taken})

    def suggest(self, rows: list[tuple[str, str, str]]) -> Path:
        """Write pairs of receipt and name for the instructor to look through and use as a roster; says where."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([("learner", "name", "number"), *sorted(set(rows))])
        path = self.folder / "roster-to-check.csv"
        write_whole(path, text.getvalue())
        return path
