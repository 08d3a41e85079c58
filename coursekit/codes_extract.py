"""Make the extract of ICD-10-CM that learners get, from the package simple-icd-10-cm (April 2026 release).

    python -m coursekit.codes_extract        writes priorauth/icd10cm/release.txt.gz
    python -m coursekit.codes_extract check  says whether the shipped extract is that of the package

The package carries two files of the release: the tabular list as XML and the list of all codes. The extract keeps what
a specialist reads: title, notes, seventh characters. It is text, one line an entry, in the order of the tabular list:

    #1<TAB>title<TAB>notes           a chapter
    =A00-A09<TAB>title<TAB>notes     a section
    A00.1<TAB>title<TAB>notes        a category or a code below it, with its point
    @3<TAB>A: initial encounter|...  a set of seventh characters; entries refer to it as 7=3

Notes are fields that begin with a letter and a colon (`MARKS`); several notes of one kind are several fields. A code
whose seventh characters are fewer than its set says which in `7!`. Codes with a seventh character are not written out:
`priorauth.codes` computes them, and the test compares them with the package's list of all codes.
"""

from __future__ import annotations

import gzip
import importlib.util
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

from coursekit.errors import CourseError

#: XML element -> mark of its notes in the extract.
MARKS = {
    "includes": "i",
    "inclusionTerm": "t",
    "excludes1": "1",
    "excludes2": "2",
    "codeFirst": "f",
    "useAdditionalCode": "u",
    "codeAlso": "a",
    "notes": "n",
}
RELEASE = "April 2026"
TABULAR = "icd10c-tabular-April-1-2026.xml"
CODES = "code-list-April-2026.txt"
TARGET = Path(__file__).resolve().parent.parent / "priorauth" / "icd10cm" / "release.txt.gz"


def _source(name: str) -> str:
    """A file of the package; the package itself is not imported, since that takes seconds."""
    spec = importlib.util.find_spec("simple_icd_10_cm")
    if spec is None or not spec.submodule_search_locations:
        raise CourseError("The package simple-icd-10-cm is not installed; run: python3 course.py setup")
    return (Path(next(iter(spec.submodule_search_locations))) / "data" / name).read_text(encoding="utf-8")


def all_codes() -> set[str]:
    """Every code of the package's list without its point, sections and chapters included."""
    return {line.split(" ")[0] for line in _source(CODES).splitlines() if line}


def _clean(text: str | None) -> str:
    return " ".join((text or "").split())


def _notes(node: ET.Element) -> list[str]:
    fields = []
    for child in node:
        if mark := MARKS.get(child.tag):
            fields += [f"{mark}:{note}" for note in (_clean(n.text) for n in child) if note]
    return fields


def _sevenths(node: ET.Element) -> str:
    """`A: initial encounter|D: ...` of a node's own definition, "" without one."""
    found: list[list[str]] = []
    for part in node.iterfind("sevenChrDef/*"):
        if part.tag == "extension":
            found.append([part.attrib["char"], _clean(part.text)])
        elif found and _clean(part.text):
            found[-1][1] += f" ({_clean(part.text)})"
    return "|".join(f"{char}: {meaning}" for char, meaning in found)


def stem(code: str) -> str:
    """The six places before a seventh character, filled with X, without the point."""
    return code.replace(".", "").ljust(6, "X")


def _lines(root: ET.Element, known: set[str]) -> Iterator[str]:
    sets: dict[str, int] = {}

    def entry(node: ET.Element, inherited: str) -> Iterator[str]:
        code = _clean(node.findtext("name"))
        own = _sevenths(node)
        fields = [code, _clean(node.findtext("desc")), *_notes(node)]
        if own and own not in sets:
            sets[own] = len(sets) + 1
            yield f"@{sets[own]}\t{own}"
        if own:
            fields.append(f"7={sets[own]}")
        rule = own or inherited
        children = node.findall("diag")
        if rule and not children:
            chars = [part[0] for part in rule.split("|")]
            exist = [c for c in chars if stem(code) + c in known]
            if exist != chars:
                fields.append(f"7!{''.join(exist)}")
        yield "\t".join(fields)
        for child in children:
            yield from entry(child, rule)

    for chapter in root.iterfind("chapter"):
        yield "\t".join([f"#{_clean(chapter.findtext('name'))}", _clean(chapter.findtext("desc")), *_notes(chapter)])
        for section in chapter.iterfind("section"):
            yield "\t".join([f"={section.attrib['id']}", _clean(section.findtext("desc")), *_notes(section)])
            for category in section.iterfind("diag"):
                yield from entry(category, "")


def extract() -> str:
    """The whole extract as text."""
    root = ET.fromstring(_source(TABULAR))
    return f"ICD-10-CM\t{RELEASE}\n" + "\n".join(_lines(root, all_codes())) + "\n"


def shipped(path: Path = TARGET) -> str:
    """The extract that lies in the learners' package."""
    return gzip.decompress(path.read_bytes()).decode("utf-8")


def write(path: Path = TARGET) -> int:
    """Write the extract; returns its size in bytes. The same text gives the same file on one machine."""
    data = gzip.compress(extract().encode("utf-8"), compresslevel=9, mtime=0)
    path.write_bytes(data)
    return len(data)


def main(arguments: list[str]) -> int:
    if arguments == ["check"]:
        same = TARGET.exists() and shipped() == extract()
        print("The extract is that of the package." if same else "The extract differs. Write it again.")
        return 0 if same else 1
    print(f"{TARGET.name}: {write():,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
