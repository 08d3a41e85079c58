"""A class whose hand-ins were mangled in every way that learners and learning platforms know, by rule from a seed."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import random
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from conftest import MODULES, compiled_module
from course_folders import answered

from coursekit.handin import HandIn, hand_in
from coursekit.items import ROOT

MODULE, OTHER = MODULES[0], MODULES[1]
FIRST = ["Ada", "Bén", "Cleo", "Dörte", "Eve Marie", "Faïza", "Gül", "Hanna", "Ivo", "Jo", "Kaya", "Łucja", "Max"]
LAST = ["Lovelace", "Ode", "O'Neil", "Müller", "van der Berg", "Šimić", "Nguyễn", "Ito", "Ålund", "Garcia-Paz", "Xu"]
Files = dict[str, bytes]


def zipped(files: Files) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return whole.getvalue()


def unzip(content: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {n: archive.read(n) for n in archive.namelist()}


@dataclass
class Person:
    """A learner: id, name, the number on the platform."""

    id: str
    name: str
    number: int


@dataclass
class Case:
    """One upload and what has to become of it."""

    kind: str
    name: str
    state: str
    says: str = ""  # words that its sentence must hold
    files: Files = field(default_factory=dict)


class Class:
    """The people, their own notebooks, and one upload after the other."""

    def __init__(self, folder: Path, seed: int, layout: str) -> None:
        self.folder, self.dice, self.layout = folder, random.Random(seed), layout
        self.people: list[Person] = []
        self.cases: list[Case] = []
        self.owner: dict[bytes, str] = {}  # notebook -> learner's id
        self.newest: dict[str, bytes] = {}  # learner's id -> the notebook that counts
        self.began = dt.datetime(2026, 11, 20, 8, tzinfo=dt.UTC)
        self.uploads = 90_000
        self.seen: set[str] = set()  # names of all who were ever asked for

    # --- people and their work

    def person(self) -> Person:
        n = len(self.seen)
        name = f"{FIRST[n % len(FIRST)]} {LAST[(n // len(FIRST) + n) % len(LAST)]}"
        while name in self.seen:
            name += "ABCDEFGH"[n % 8]
        self.seen.add(name)
        one = Person(f"u{self.dice.randrange(10**6):06d}x{n}", name, 4000 + n)
        self.people.append(one)
        return one

    def work(self, who: Person, module: str = MODULE, blank: bool = False) -> bytes:
        """A notebook of her own: some answers right, and a cell that is hers alone."""
        from nbformat import v4, writes

        items = compiled_module(module)
        chosen = [] if blank else self.dice.sample(items, self.dice.randint(1, 5))
        notebook = answered(module, {c.item.id: c.solution for c in chosen})
        if not blank:
            notebook.cells.insert(1, v4.new_code_cell(f"note = {self.dice.random()!r}", id=f"mine-{len(self.owner)}"))
        content = writes(notebook).encode()
        if not blank:
            self.owner[content] = who.id
        return content

    def made(self, who: Person, content: bytes, hours: float = 0, module: str = MODULE) -> HandIn:
        """Hand in with the course's own command."""
        space = self.folder / "spaces" / f"{who.id}-{len(self.cases)}-{hours:g}"
        path = space / module / f"{module}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return hand_in(space, module, who.id, now=self.began + dt.timedelta(hours=hours))

    def zip_of(self, who: Person, content: bytes, hours: float = 0, module: str = MODULE) -> tuple[str, bytes]:
        made = self.made(who, content, hours, module)
        return made.path.name, made.path.read_bytes()

    # --- putting it where the platform puts it

    def put(self, kind: str, who: Person, name: str, content: bytes, state: str, says: str = "") -> Case:
        """One uploaded file under the name that the platform gives it."""
        self.uploads += 1
        late = "LATE_" if self.dice.random() < 0.2 else ""
        first, last = who.name.split(" ", 1)
        top, path = {
            "canvas": lambda: (f"{_squeezed(last)}{_squeezed(first)}_{late}{who.number}_{self.uploads}_{name}",) * 2,
            "moodle": lambda: (f"{who.name}_{who.number + 700}_assignsubmission_file_", None),
            "brightspace": lambda: (f"{who.number}-778 - {who.name} - Nov {1 + self.uploads % 20}, 2026 1030 AM", None),
            "blackboard": lambda: (f"Module 1_{who.id}_attempt_2026-11-{1 + self.uploads % 20:02d}-10-30-00_{name}",) * 2,
        }[self.layout]()  # fmt: skip
        case = Case(kind, top, state, says, {path or f"{top}/{name}": content})
        self.cases.append(case)
        return case

    def lay_out(self, as_zip: bool) -> Path:
        """Write all uploads as one download."""
        whole: Files = {}
        for case in self.cases:
            assert not whole.keys() & case.files.keys()
            whole |= case.files
        if as_zip:
            place = self.folder / "download.zip"
            place.write_bytes(zipped(whole))
            return place
        place = self.folder / "download"
        for name, content in whole.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(content)
        return place

    def roster(self) -> Path:
        """The class as the platform exports it."""
        path = self.folder / "roster.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            out = csv.writer(file)
            out.writerow(["Student", "ID", "SIS User ID", "SIS Login ID", "Section"])
            out.writerow(["    Points Possible", "", "", "", ""])
            for p in self.people:
                first, last = p.name.split(" ", 1)
                out.writerow([f"{last}, {first}", p.number, f"S{p.number}", p.id, "Room 1"])
        return path


def _squeezed(name: str) -> str:
    """As Canvas writes names: small letters only, accents gone where there is a plain letter."""
    text = unicodedata.normalize("NFKD", name.lower())
    return "".join(c for c in text if c.isalnum())


# --- the kinds ----------------------------------------------------------------------------------------------------


def _as_made(c: Class, kind: str) -> None:
    who = c.person()
    name, content = c.zip_of(who, c.newest.setdefault(who.id, c.work(who)))
    c.put(kind, who, name, content, "new")


def _renamed(c: Class, kind: str) -> None:
    who = c.person()
    _, content = c.zip_of(who, c.newest.setdefault(who.id, c.work(who)))
    c.put(kind, who, c.dice.choice(["final FINAL.zip", "hand in (1).zip", "module_01 - Kopie.zip", "Übung.zip"]), content, "new")  # fmt: skip


def _doubled(c: Class, kind: str) -> None:
    who = c.person()
    name, content = c.zip_of(who, c.newest.setdefault(who.id, c.work(who)))
    c.put(kind, who, name, content, "new")
    c.put(kind, who, name.replace(".zip", " (1).zip"), content, "doubled")


def _two_versions(c: Class, kind: str) -> None:
    who = c.person()
    early, late = c.work(who), c.work(who)
    c.newest[who.id] = late
    pairs = [(c.zip_of(who, early, 1), "older"), (c.zip_of(who, late, 2.5), "new")]
    for (name, content), state in c.dice.sample(pairs, 2):
        c.put(kind, who, name, content, state)


def _zipped_again(c: Class, kind: str) -> None:
    who = c.person()
    _, content = c.zip_of(who, c.newest.setdefault(who.id, c.work(who)))
    c.put(kind, who, "again.zip", zipped({f"my module/{n}": x for n, x in unzip(content).items()}), "new")


def _zip_in_zip(c: Class, kind: str) -> None:
    who = c.person()
    name, content = c.zip_of(who, c.newest.setdefault(who.id, c.work(who)))
    c.put(kind, who, "outer.zip", zipped({"inner folder/middle.zip": zipped({name: content})}), "new")


def _mac(c: Class, kind: str) -> None:
    who = c.person()
    _, content = c.zip_of(who, c.newest.setdefault(who.id, c.work(who)))
    inside = {f"Archiv/{unicodedata.normalize('NFD', n)}": x for n, x in unzip(content).items()}
    junk = {f"__MACOSX/Archiv/._{MODULE}.ipynb": b"\0\5\x16\7", "Archiv/.DS_Store": b"\0\0\0\1Bud1"}
    c.put(kind, who, "Archiv.zip", zipped(inside | junk), "new")


def _notebook_alone(c: Class, kind: str) -> None:
    who = c.person()
    c.put(kind, who, f"{MODULE}.ipynb", c.newest.setdefault(who.id, c.work(who)), "new", "by the roster")


def _txt(c: Class, kind: str) -> None:
    who = c.person()
    c.put(kind, who, f"{MODULE}.ipynb.txt", c.newest.setdefault(who.id, c.work(who)), "new")


def _zip_called_notebook(c: Class, kind: str) -> None:
    who = c.person()
    _, content = c.zip_of(who, c.newest.setdefault(who.id, c.work(who)))
    c.put(kind, who, f"{MODULE}.ipynb", content, "new")


def _damaged(c: Class, kind: str) -> None:
    who = c.person()
    whole = c.work(who)
    cut = whole[: whole.index(b"m01-w1")]  # all before the case study is there
    c.owner[cut] = who.id
    c.newest[who.id] = cut
    c.put(kind, who, f"{MODULE}.ipynb", cut, "new", "damaged")


def _changed_after(c: Class, kind: str) -> None:
    who = c.person()
    _, content = c.zip_of(who, c.work(who))
    c.newest[who.id] = c.work(who)
    files = unzip(content) | {f"{MODULE}.ipynb": c.newest[who.id]}
    c.put(kind, who, "changed.zip", zipped(files), "new", "changed after its receipt")


def _blank(c: Class, kind: str) -> None:
    who = c.person()
    name, content = c.zip_of(who, c.work(who, blank=True))
    c.put(kind, who, name, content, "new")


def _with_own_files(c: Class, kind: str) -> None:
    who = c.person()
    content = c.newest.setdefault(who.id, c.work(who))
    files = {f"{MODULE}.ipynb": content, "data/my numbers.csv": b"a,b\n1,2\n", f"{MODULE}.new-edition.ipynb": c.work(who, blank=True)}  # fmt: skip
    c.put(kind, who, "everything.zip", zipped({f"{MODULE}/{n}": x for n, x in files.items()}), "new")


def _clone(c: Class, kind: str) -> None:
    """A whole clone of the course, with the learner's work where `lab` puts it."""
    who = c.person()
    content = c.newest.setdefault(who.id, c.work(who))
    blank = (ROOT / "release" / MODULE / f"{MODULE}.ipynb").read_bytes()
    files = {f"course/{k}/{MODULE}/{MODULE}.ipynb": blank for k in ("release", "source")}
    files |= {f"course/workspace/{MODULE}/{MODULE}.ipynb": content, "course/.git/config": b"[core]\n"}
    files |= {f"course/workspace/.course/backups/{MODULE}/old.ipynb": c.work(who)}
    c.put(kind, who, "course.zip", zipped(files), "new")


def _anothers_file(c: Class, kind: str) -> None:
    """She uploads the file of a friend, who uploads it, too."""
    friend, who = c.person(), c.person()
    name, content = c.zip_of(friend, c.newest.setdefault(friend.id, c.work(friend)))
    c.put(f"{kind}: the friend's own", friend, name, content, "new")
    c.put(kind, who, name, content, "held", friend.id)


def _anothers_notebook(c: Class, kind: str) -> None:
    """The friend's notebook, handed in under her own name."""
    friend, who = c.person(), c.person()
    content = c.work(friend)
    for one in (friend, who):
        c.put(kind, one, *c.zip_of(one, content), "held", "same notebook, byte for byte")


def _stranger(c: Class, kind: str) -> None:
    who = c.person()
    name, content = c.zip_of(who, c.work(who))
    c.put(kind, who, name, content, "held", "roster")
    c.people.remove(who)


def _refused(make: Callable[[Class, Person], tuple[str, bytes, str]]) -> Callable[[Class, str], None]:
    def case(c: Class, kind: str) -> None:
        who = c.person()
        name, content, says = make(c, who)
        c.put(kind, who, name, content, "refused", says)

    return case


def _cut(c: Class, who: Person) -> tuple[str, bytes, str]:
    name, content = c.zip_of(who, c.work(who))
    return name, content[: len(content) // 2], "not a readable zip"


def _broken_inside(c: Class, who: Person) -> tuple[str, bytes, str]:
    name, content = c.zip_of(who, c.work(who))
    middle = len(content) // 3
    return name, content[:middle] + bytes(400) + content[middle + 400 :], "cannot be read"


def _other_module(c: Class, who: Person) -> tuple[str, bytes, str]:
    return (*c.zip_of(who, c.work(who, OTHER), module=OTHER), OTHER)


def _plain_notebook(c: Class, who: Person) -> tuple[str, bytes, str]:
    cells = [{"cell_type": "code", "source": "print('hello')", "metadata": {}, "outputs": [], "execution_count": None}]
    return "Untitled.ipynb", json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode(), "no exercise"  # fmt: skip


KINDS: dict[str, Callable[[Class, str], None]] = {
    "as made by submit": _as_made,
    "renamed": _renamed,
    "uploaded twice": _doubled,
    "two versions": _two_versions,
    "unpacked and zipped again": _zipped_again,
    "zip in zip in zip": _zip_in_zip,
    "zipped on a Mac": _mac,
    "notebook alone": _notebook_alone,
    "notebook called .txt": _txt,
    "zip called .ipynb": _zip_called_notebook,
    "damaged notebook": _damaged,
    "changed after the receipt": _changed_after,
    "no answer in it": _blank,
    "folder with other files": _with_own_files,
    "clone of the course": _clone,
    "another learner's file": _anothers_file,
    "another learner's notebook": _anothers_notebook,
    "nobody of the class": _stranger,
    "empty file": _refused(lambda c, _: (f"{MODULE}.zip", b"", "empty")),
    "empty zip": _refused(lambda c, _: (f"{MODULE}.zip", zipped({}), "no notebook")),
    "cut off zip": _refused(_cut),
    "zip damaged inside": _refused(_broken_inside),
    "another module": _refused(_other_module),
    "some other notebook": _refused(_plain_notebook),
    "other module's notebook alone": _refused(lambda c, w: (f"{MODULE}.ipynb", c.work(w, OTHER), OTHER)),
    "a picture called .ipynb": _refused(lambda c, _: ("photo.ipynb", b"\x89PNG\r\n\x1a\n" + bytes(99), "")),
    "a RAR archive": _refused(lambda c, _: ("work.rar", b"Rar!\x1a\x07\0" + bytes(60), "RAR")),
}


def mangled_class(folder: Path, seed: int, layout: str, uploads: int) -> Class:
    """A class with so many uploads of all kinds in turn."""
    made = Class(folder, seed, layout)
    kinds = list(KINDS)
    n = 0
    while len(made.cases) < uploads:
        KINDS[kinds[n % len(kinds)]](made, kinds[n % len(kinds)])
        n += 1
    made.dice.shuffle(made.cases)
    return made
