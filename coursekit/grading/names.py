"""Whose a file is by its name: as nbgrader's exchange and learning platforms write names, and as people do."""

from __future__ import annotations

import datetime as dt
import itertools
import re
import unicodedata
from dataclasses import dataclass

from coursekit.errors import CourseError
from coursekit.grading.collect import parse_time

PLATFORMS = {"canvas": "Canvas", "moodle": "Moodle", "brightspace": "Brightspace", "blackboard": "Blackboard"}
_CANVAS = re.compile(r"(?P<who>[^_]+)_(?P<late>late_)?(?P<id>\d+)_(?P<file>\d+)(?:_.*)?", re.I)
_MOODLE = re.compile(r"(?P<who>.+?)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)_?.*", re.I)
_BRIGHTSPACE = re.compile(
    r"(?P<id>\d+)-\d+ - (?P<who>.+?) - (?P<time>[A-Z][a-z]{2} \d{1,2}, \d{4} \d{3,4} [AP]M)(?: - .*)?"
)
_BLACKBOARD = re.compile(r"(?P<whole>.+?_(?P<who>[^_]+))_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_.*)?")
_NAMELESS = {"anon", "anonymous", "participant", "teilnehmer", "student"}
# What programs and people put at the end of a name; it says nothing about whose the file is.
_ENDING = re.compile(r"(?:[-_ .]*(?:\(\d+\)|\b(?:copy|kopie|copie)\b(?: \d+)?|\.ipynb|\.zip|\.txt|\.json))+$", re.I)
_STAMP = re.compile(r"[-_ .]*\d{8}-\d{6}(?:-\d+)?(?=$|[-_ .(])")


@dataclass(frozen=True)
class Named:
    """What a name says. `label` is the person as the name has it, `number` the platform's number for her."""

    kind: str  # canvas, moodle, brightspace, blackboard, exchange, folder or file
    label: str
    number: str = ""
    order: str = ""  # of two names of the same kind and person, the later has the greater one
    moment: dt.datetime | None = None  # when it was handed in, UTC, if the name tells
    stamp: str = ""
    late: bool = False
    module: str = ""  # of nbgrader's exchange
    whole: str = ""  # of Blackboard: assignment and person, as nothing says where her name begins

    @property
    def strong(self) -> bool:
        """Whether a machine wrote the person into the name."""
        return self.kind in PLATFORMS or self.kind == "exchange"

    @property
    def nameless(self) -> bool:
        """Whether the platform hides who it is."""
        return self.label.casefold() in _NAMELESS or not self.label

    @property
    def key(self) -> str:
        """What stays the same for a person from one assignment to the next."""
        if self.kind == "canvas":  # Moodle's number is another one for each assignment
            return f"canvas:{self.number}"
        return f"{self.kind}:{squeezed(self.label)}"

    @property
    def source(self) -> str:
        """What tells two people with the same name apart within one download."""
        return f"{self.kind}:{self.number or self.whole or squeezed(self.label)}"

    @property
    def default(self) -> str:
        """The learner's id where nothing but the name tells it. Raises `CourseError` when it names nobody."""
        if self.nameless:
            raise CourseError("Its name names no learner, and there is no receipt that fits.")
        return learner_id(f"{self.label}_{self.number}" if self.kind == "canvas" else self.label)

    @property
    def words(self) -> str:
        who = f"{self.label} ({self.number})" if self.kind == "canvas" else self.label
        if self.kind in PLATFORMS:
            return f"{PLATFORMS[self.kind]} says {who}"
        return f"its name says {who}"

    def fits(self, learner: str) -> bool:
        """Whether the label is this id, with the parts of the id in any order and nothing left over."""
        if not self.label or self.nameless:
            return False
        parts = tokens(learner)
        orders = itertools.permutations(parts) if len(parts) <= 4 else [parts]
        return bool(parts) and squeezed(self.label) in {"".join(p) for p in orders}


def named(name: str, module: str, folder: bool) -> Named:
    """What the name of a file (without its ending) or folder says."""
    parts = name.split("+")
    if len(parts) >= 3:  # learner+module+time(+random)
        return Named("exchange", parts[0], order=parts[2], moment=parse_time(parts[2].encode())[0], stamp=parts[2], module=parts[1])  # fmt: skip
    if found := _MOODLE.fullmatch(name):
        return Named("moodle", found["who"].strip(), number=found["id"])
    if found := _BRIGHTSPACE.fullmatch(name):
        return Named("brightspace", found["who"].strip(), order=_order(found["time"], "%b %d, %Y %I%M %p"))
    if found := _BLACKBOARD.fullmatch(name):
        return Named("blackboard", found["who"], order=found["time"], whole=found["whole"])
    if found := _CANVAS.fullmatch(name):
        return Named("canvas", found["who"], number=found["id"], order=found["file"].zfill(20), late=bool(found["late"]))  # fmt: skip
    label = _ENDING.sub("", name)
    label = _STAMP.sub("", label)
    label = re.sub(rf"[-_ .]*{module}[-_ .]*", " ", label, flags=re.I)
    return Named("folder" if folder else "file", _ENDING.sub("", label).strip(" -_."))


def _order(text: str, form: str) -> str:
    try:
        hour = re.sub(r" (\d{3}) ", r" 0\1 ", text)
        return dt.datetime.strptime(hour, form).strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return ""


def learner_id(name: str) -> str:
    """A name that can be a folder and a learner's id in nbgrader. Raises `CourseError` for a name without letters."""
    plain = re.sub(r"[^\w.@-]+", "_", unicodedata.normalize("NFC", name.strip())).strip("._-")
    if not plain:
        raise CourseError("Its name names no learner.")
    return plain[:100]


def tokens(name: str) -> list[str]:
    """The words of a name, without accents, case and signs: "Lovelace, Áda" is lovelace, ada."""
    text = unicodedata.normalize("NFKD", name.casefold())
    return re.findall(r"[^\W_]+", "".join(c for c in text if not unicodedata.combining(c)))


def squeezed(name: str) -> str:
    """A name as Canvas writes it: its words without anything between."""
    return "".join(tokens(name))
