"""Running one submission: which steps, in which process, and what to do when a cell takes its process down."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from coursekit.grading.edition import Edition, is_solution
from coursekit.grading.inside import wire
from coursekit.grading.work import CELL_SECONDS, ENDED, SECONDS, Runner, Work
from coursekit.notebooks import Cell, grade_id

RESTARTS = 5


class RunnerLost(Exception):
    """The process that runs submissions ended, or could not run this one: what came of it must not be marked."""


@dataclass
class Taken:
    """A learner's answer at its check cell: a plain value, or the words that say why it cannot be read."""

    value: Any = None
    unreadable: str = ""
    failed: str = ""  # name of the error that reading it raised
    lost: str = ""  # why its cell could not be run to its end


@dataclass
class Run:
    """What running a submission gave. Cells are named by their position in the mended notebook."""

    answers: dict[str, Taken] = field(default_factory=dict)
    outputs: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    cell_seconds: float = 0.0
    seconds: float = 0.0
    shared: int = 0  # cells that need not be run because they are the lesson's own
    restarts: int = 0


def steps_of(cells: list[Cell], edition: Edition) -> list[dict[str, Any]]:
    """What is to be done, in the order of the cells: run a cell, or take an answer where its check cell stands."""
    steps = []
    for n, cell in enumerate(cells):
        if cell["cell_type"] != "code":
            continue
        item = edition.checks.get(grade_id(cell))
        if item:
            steps.append({"n": n, "take": edition.items[item]["answer_name"]})
        else:
            at = edition.at.get(grade_id(cell)) if grade_id(cell) else None
            given = edition.cells[at] if at is not None else None
            locked = given is not None and not is_solution(given)
            steps.append({"n": n, "run": given["source"] if locked else cell["source"]})
    return steps


def execute(
    runner: Runner,
    cells: list[Cell],
    edition: Edition,
    files: dict[str, bytes],
    cell_seconds: float = CELL_SECONDS,
    seconds: float = SECONDS,
    learner: str = "",
) -> Run:
    """Run a mended submission. A cell that ends or hangs its process is left out, and the rest is run again.

    learner: whose records the cells show where an item has variants.
    A cell that ended its process gets a second chance, as the machine may have ended it (short of memory). Raises
    `RunnerLost` when no cell is to blame; then nothing that was found may be used.
    """
    start = time.perf_counter()
    run = Run()
    steps = steps_of(cells, edition)
    codes = []
    for step in steps:
        if "take" in step:
            break
        codes.append(step["run"])
    run.shared = runner.shared(codes)
    for step, result in zip(steps[: run.shared], runner.outputs, strict=False):
        run.outputs[step["n"]], run.counts[step["n"]] = result["outputs"], result["count"]
    left_out: dict[int, str] = {}
    suspects: set[int] = set()
    while run.restarts <= RESTARTS:
        left = seconds - (time.perf_counter() - start)
        todo = [s for s in steps[run.shared :] if s["n"] not in left_out]
        if left <= 0:
            left_out |= {s["n"]: "the time for the whole notebook was used up" for s in todo}
            break
        asked = {s["n"] for s in todo}
        attempt = runner.run(Work(todo, run.shared, files, edition.module, learner, cell_seconds, left))
        if attempt.ended and (runner.gone or attempt.at not in asked):
            raise RunnerLost(attempt.ended)
        if attempt.ended == ENDED and attempt.at not in suspects:
            suspects.add(attempt.at)
            continue
        _keep(run, attempt.messages, asked, cells, edition)
        if not attempt.ended:
            break
        run.restarts += 1
        left_out[attempt.at] = attempt.ended
    else:
        left_out |= {s["n"]: "too many cells ended the program" for s in todo if s["n"] > attempt.at}
    _tell_lost(run, left_out, cells, edition)
    run.seconds = time.perf_counter() - start
    return run


def _keep(run: Run, messages: list[dict[str, Any]], asked: set[int], cells: list[Cell], edition: Edition) -> None:
    """Take over results that have the right form; the rest of what came is ignored."""
    for message in messages:
        n = message.get("did", message.get("took"))
        if not isinstance(n, int) or n not in asked:
            continue
        item = edition.checks.get(grade_id(cells[n]))
        if "did" in message and not item:
            run.outputs[n] = clean_outputs(message.get("outputs"))
            run.counts[n] = message["count"] if isinstance(message.get("count"), int) else 0
            spent = message.get("seconds")
            run.cell_seconds += spent if isinstance(spent, (int, float)) and 0 <= spent < 1e6 else 0
        elif "took" in message and item:
            run.answers[item] = _taken(message)


def _taken(message: dict[str, Any]) -> Taken:
    if isinstance(message.get("unreadable"), str):
        return Taken(unreadable=_text(message["unreadable"][:600]))
    if isinstance(message.get("failed"), str):
        return Taken(failed=_text(message["failed"][:80]))
    try:
        return Taken(wire.unpack(message.get("value")))
    except wire.Broken:
        return Taken(failed="ValueError")


def _tell_lost(run: Run, left_out: dict[int, str], cells: list[Cell], edition: Edition) -> None:
    for n, why in sorted(left_out.items()):
        name = grade_id(cells[n])
        item = edition.checks.get(name, name)
        if item in edition.items:
            run.answers[item] = Taken(lost=why)
        if name not in edition.checks:
            run.outputs[n] = [
                {"output_type": "error", "ename": "CellLost", "evalue": f"This cell {why}.", "traceback": []}
            ]
    if left_out:
        named = [grade_id(cells[n]) or f"number {n + 1}" for n in sorted(left_out)]
        whys = " and ".join(dict.fromkeys(left_out.values()))
        run.notes.append(
            f"Left out while running ({whys}): {', '.join(named[:6])}{' and others' if len(named) > 6 else ''}."
        )


# --- what comes from outside is made safe -------------------------------------------------------------------------


def _text(words: Any) -> str:
    return words.encode("utf-8", "replace").decode() if isinstance(words, str) else ""


def clean_outputs(found: Any) -> list[dict[str, Any]]:
    """Outputs in nbformat's form; whatever has another form is dropped."""
    outputs: list[dict[str, Any]] = []
    for output in found if isinstance(found, list) else []:
        kind = output.get("output_type") if isinstance(output, dict) else None
        if kind == "stream" and output.get("name") in ("stdout", "stderr"):
            outputs.append({"output_type": kind, "name": output["name"], "text": _text(output.get("text"))})
        elif kind in ("display_data", "execute_result") and isinstance(output.get("data"), dict):
            data = {_text(k): _text(v) for k, v in output["data"].items() if isinstance(v, str)}
            data.pop("application/vnd.jupyter.widget-view+json", None)
            made: dict[str, Any] = {"output_type": kind, "data": data, "metadata": {}}
            if kind == "execute_result":
                made["execution_count"] = (
                    output["execution_count"] if isinstance(output.get("execution_count"), int) else None
                )
            outputs.append(made)
        elif kind == "error":
            lines = output.get("traceback")
            outputs.append(
                {
                    "output_type": kind,
                    "ename": _text(output.get("ename")),
                    "evalue": _text(output.get("evalue")),
                    "traceback": [_text(line) for line in lines] if isinstance(lines, list) else [],
                }
            )
    return outputs
