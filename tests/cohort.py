"""A made-up class: submissions of mixed quality, the same every time for the same seed."""

from __future__ import annotations

import random
from pathlib import Path

import nbformat
from conftest import compiled_module
from course_folders import answered, hand_in

from coursekit.build.compile import drawn

QUALITIES = ("mixed", "crashing", "right", "poor", "blank", "good", "slow")
_SHARES = {  # how often an item is right, otherwise written, a known mistake, blank, crashing
    "right": (1.0, 0.0, 0.0, 0.0, 0.0),
    "good": (0.5, 0.3, 0.2, 0.0, 0.0),
    "mixed": (0.3, 0.1, 0.3, 0.2, 0.1),
    "poor": (0.1, 0.0, 0.5, 0.3, 0.1),
    "blank": (0.0, 0.0, 0.0, 1.0, 0.0),
    "crashing": (0.3, 0.0, 0.1, 0.0, 0.6),
    "slow": (0.6, 0.1, 0.3, 0.0, 0.0),
}
CRASHES = (
    "1 / 0",
    "this is not Python",
    "{name} = undefined_name",
    "{name} = [1, 2,",
    "{name} = print",
    "raise SystemExit(1)",
    "{name} = requests['no such column']",
    "import no_such_module\n{name} = 3",
    "{name} = {name}\nassert False, 'stop'",
    "{name} = open('nothing.csv').read()",
    "input('your answer: ')",
)


def source(c, kind: str, dice: random.Random, learner: str = "") -> str:
    """An answer cell of one kind for a compiled item; a right one is about the learner's own records."""
    if learner and c.data.get("variants"):
        c = drawn(c, learner)
    name = c.item.answer_name
    known = [r.answer for r in c.item.rejects]
    head = f"import datetime\nimport numpy as np\nimport pandas as pd\nMODEL = {c.model!r}\n"
    if kind == "otherwise" and c.item.accepts:
        return f"{head}{name} = {dice.choice(c.item.accepts).answer}"
    if kind in ("right", "otherwise"):
        return c.solution
    if kind == "mistake":
        if c.item.kind in ("single", "multiple"):
            letters = list(c.item.options)
            return f"{name} = {dice.sample(letters, dice.randint(1, 2) if c.item.kind == 'multiple' else 1)!r}"
        if c.item.kind == "written":
            return f'{name} = """{" ".join(c.solution.split()[3 : dice.randint(8, 60)])}"""'.replace("\\", "")
        plain = [r["answer"] for r in c.data["rejects"]]
        if plain:
            return f"{name} = {dice.choice(plain)!r}"
        return f"{name} = {dice.choice(known or ['None'])}" if not known else c.starter
    if kind == "crash":
        return dice.choice(CRASHES).replace("{name}", name)
    return c.starter


def submission(module: str, quality: str, dice: random.Random, learner: str = "") -> nbformat.NotebookNode:
    """One submission; learners of mixed quality also add cells of their own and change the lesson's."""
    kinds = ("right", "otherwise", "mistake", "blank", "crash")
    answers = {}
    for c in compiled_module(module):
        answers[c.item.id] = source(c, dice.choices(kinds, _SHARES[quality])[0], dice, learner)
        if quality == "slow" and dice.random() < 0.15:
            answers[c.item.id] = f"import time\ntime.sleep(0.1)\n{answers[c.item.id]}"
    notebook = answered(module, answers)
    if quality in ("mixed", "poor", "crashing"):
        for _ in range(dice.randint(0, 3)):
            cell = nbformat.v4.new_code_cell(
                dice.choice(["x = 1", "requests.head(2)", "print('note')", "1 / 0", "%time sum(range(9))", "!echo hi"])
            )
            notebook.cells.insert(dice.randrange(5, len(notebook.cells)), cell)
    return notebook


def cohort(course: Path, module: str, number: int, seed: int = 1) -> list[str]:
    """Hand in `number` submissions; returns the learners' names, in whose order the qualities take turns."""
    dice = random.Random(seed)
    names = []
    for n in range(number):
        quality = QUALITIES[n % len(QUALITIES)]
        names.append(f"{n:04d}-{quality}")
        hand_in(course, names[-1], module, submission(module, quality, dice, names[-1] if n % 2 else ""))
    return names
