"""What `check` says about the form of an answer: what is open, what cannot be read, and nothing about right or wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from coursekit import mark
from coursekit.items import ROOT, module_name, written_modules
from priorauth import answers
from priorauth.check import report

FORM = {"kind": "mapping", "records": ["N1", "N2", "N3"], "as": "text", "labels": ["fits", "no fill"], "pair": 3, "asks": ["text", "number", "date"]}  # fmt: skip
ITEM = {"id": "m99-c1", "answer_name": "m99_c1", "blank": {n: [None] * 3 for n in FORM["records"]}, "form": FORM}
WHOLE = {n: ["fits", 2, "2026-09-28"] for n in FORM["records"]}


def said(**changed: object) -> str:
    return "\n".join(report(ITEM, WHOLE | changed))


def test_a_whole_answer_is_said_to_be_whole():
    assert "can be read: 3 of 3 filled in." in said() and "open" not in said()
    assert "Not attempted yet" in "\n".join(report(ITEM, ITEM["blank"]))


def test_a_row_with_an_open_part_is_not_filled_in():
    words = said(N3=["no fill", None, "2026-09-28"], N2=[None, 2, ""], N1=[None, None, None])
    assert "0 of 3 filled in." in words
    assert "N3: the second part is still None." in words and "N2: the first and third parts are still None." in words
    assert "Still open: N1." in words


@pytest.mark.parametrize(("entry", "why"), [
    (["fits", "half", "2026-09-28"], "N2: A number is asked for here, and 'half' cannot be read"),
    (["fits", "84.6 kg", "2026-09-28"], "N2: A number is asked for here"),
    (["fits", 2, "18 Febuary"], "N2: A date like"),
])  # fmt: skip
def test_a_part_that_cannot_be_read_is_named_and_the_marker_takes_the_rest(entry, why):
    words = said(N2=entry)
    assert "can be read, but not all of it" in words and why in words and "filled in" not in words
    read = answers.read(FORM, WHOLE | {"N2": entry})
    assert read["N1"] == answers.read(FORM, WHOLE)["N1"]


@pytest.mark.parametrize("entry", [
    ["fits", "2.0", "9/28/2026"], ["Fits", 2.0, "9/28/26"], "fits, 2, 2026-09-28", ["fits", "2", "September 28, 2026"],
])  # fmt: skip
def test_one_number_and_one_day_in_many_spellings_are_the_same_answer(entry):
    assert answers.read(FORM, {"N1": entry})["N1"] == answers.read(FORM, WHOLE)["N1"]


def test_parts_may_differ_by_record():
    form = FORM | {"pair": True, "labels": [], "asks": {"N1": ["number"], "N2": ["date"]}}
    item = ITEM | {"form": form}
    rows = {"N1": ["84.6", "R1"], "N2": ["2/18/2026", "R2"], "N3": ["sulfa", "R3"]}
    assert "3 of 3" in report(item, rows)[0]
    assert answers.read(form, rows)["N2"] == ["2026-02-18", "r2"]
    assert "N1: A number" in "\n".join(report(item, rows | {"N1": ["heavy", "R1"]}))


def test_many_mistakes_are_not_all_told():
    names = [f"N{n}" for n in range(1, 10)]
    form = FORM | {"records": names}
    lines = report(ITEM | {"form": form}, {n: ["fits", "many", None] for n in names})
    assert len(lines) <= 5 and "And 6 more of this kind." in lines


def every_item():
    root = Path(__file__).parent.parent
    for name in map(module_name, written_modules()):
        keys = json.loads((root / "coursekit" / "keys" / f"{name}.json").read_text(encoding="utf-8"))["items"]
        yield from keys.values()


def test_the_key_of_every_item_passes_its_check():
    found = 0
    for item in every_item():
        if item["form"]["kind"] in ("mapping", "match"):
            found += 1
            lines = report(item, mark.restore(item, item["key"]))
            n = len(item["form"]["records"])
            assert f"{n} of {n} filled in." in lines[0], lines
    assert found > 40


def test_a_cell_that_stopped_is_named_and_not_the_answer_of_before() -> None:
    """In a shell, as in JupyterLab: an older answer under the name must not be praised after the cell failed."""
    code = (
        "from IPython.core.interactiveshell import InteractiveShell as S\n"
        "shell = S.instance()\n"
        "run = lambda cell: shell.run_cell(cell, store_history=True)\n"
        "run('from priorauth.check import check')\n"
        "run('m01_q1 = \"B\"')\nrun('check(\"m01-q1\")')\n"
        "for cell in ('m01_q1 = “C”', 'm01_q1 = C'):\n    print('@@@'); run(cell); print('%%%'); run('check(\"m01-q1\")')\n"
        "print('@@@'); print('%%%'); run('m01_q1 = \"C\"'); run('check(\"m01-q1\")')\n"
    )
    env = {k: v for k, v in os.environ.items() if k != "NBGRADER_EXECUTION"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, env=env)
    first, *rest = done.stdout.split("@@@")
    curly, name, mended = (part.split("%%%")[1] for part in rest)
    assert "can be read: B" in first and "can be read: C" in mended
    for words in (curly, name):
        assert (
            "m01-q1 · The cell that ran before this one stopped with an error" in words and "can be read" not in words
        )
