"""What an exam notebook imports: `check("q001")`, `clock()` and, in practice exams, `question("p01")`.

The file `form.json` beside the notebook holds the public part of the questions: no key. In a practice exam it also says
for each option why it is right or wrong.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import warnings
from html import escape
from pathlib import Path
from typing import Any

from priorauth import answers
from priorauth import check as checks

MINUTES = 180
WARNINGS = (60, 15, 5)  # minutes left at which the clock speaks
_MISSING = object()


def form(folder: Path | None = None) -> dict[str, Any]:
    """The public part of the exam. Raises `LookupError` with one sentence."""
    path = (folder or Path.cwd()) / "form.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise LookupError(
            "The file form.json beside this notebook is missing or damaged. Your answers are safe and count; "
            "only this look at their form is not possible."
        ) from None


def check(name: str, answer: Any = _MISSING) -> None:
    """Say whether an answer can be read. It never says whether it is right."""
    try:
        item = form()["items"][name]
    except LookupError as problem:
        print(problem.args[0] if " " in str(problem.args[0]) else f"There is no question {name}.")
        return
    if answer is _MISSING:
        if checks.stopped_before():
            print("\n".join(checks.not_run(item)))
            return
        answer = sys._getframe(1).f_globals.get(item["answer_name"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lines = checks.report(item, answer)
    print("\n".join(line.replace("Points come from Grade my work.", "Points come after you submit.") for line in lines))


# --- the clock ---------------------------------------------------------------------------------------------------------


def left(started: dt.datetime, now: dt.datetime, minutes: int = MINUTES) -> float:
    """Minutes that are left; below 0 when the time is up."""
    return minutes - (now - started).total_seconds() / 60


def time_words(rest: float) -> str:
    """`2 h 05 min left`, or what holds when the time is up."""
    if rest <= 0:
        return "The three hours are over. Your answers stay as they are. What you still write is marked as late in the result."
    hours, minutes = divmod(int(rest), 60)
    return f"{hours} h {minutes:02d} min left."


def spoken(rest: float, said: set[int]) -> str:
    """A sentence when a mark (60, 15, 5 minutes, the end) was passed since the last look; else an empty text."""
    passed = [m for m in (*WARNINGS, 0) if rest <= m and m not in said]
    if not passed:
        return ""
    said.update(passed)
    mark = min(passed)
    if mark == 0:
        return time_words(0)
    return f"{mark} minutes are left. Save your work (Ctrl+S)."


class Clock:
    """Shows how much time is left. It stores nothing but the moment of the start, and touches no answer."""

    def __init__(self, started: dt.datetime, minutes: int = MINUTES) -> None:
        self.started, self.minutes = started, minutes
        self.said: set[int] = set()

    def now(self) -> float:
        return left(self.started, dt.datetime.now(dt.UTC), self.minutes)

    def html(self) -> str:
        begun = self.started.astimezone()
        return f"<p><strong>{escape(time_words(self.now()))}</strong> You began on {begun:%B} {begun.day} at {begun:%H:%M}.</p>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/plain": time_words(self.now()), "text/html": self.html()}
        try:
            import asyncio

            loop = asyncio.get_running_loop()
        except RuntimeError:  # no kernel that goes on running, such as a grader
            return bundle
        import ipywidgets as widgets

        from priorauth.widgets import base

        face, alert = widgets.HTML(self.html()), widgets.HTML()

        async def tick() -> None:
            for number in range(self.minutes * 4):
                face.value = self.html()
                words = spoken(self.now(), self.said)
                if words:
                    alert.value = base.alert(words, number)
                await asyncio.sleep(30)

        self.task = loop.create_task(tick())  # kept, so that it is not collected while it sleeps
        box = widgets.VBox([face, alert])
        return {**(box._repr_mimebundle_() or {}), **bundle}


def clock(started: str = "", minutes: int = MINUTES, folder: Path | None = None) -> Clock:
    """The clock of this exam. Without a moment of the start it remembers the first look in `.exam_start`."""
    if started:
        return Clock(dt.datetime.fromisoformat(started), minutes)
    path = (folder or Path.cwd()) / ".exam_start"
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    try:
        began = dt.datetime.fromisoformat(path.read_text(encoding="utf-8").strip())
    except (OSError, ValueError):
        began = now
        try:
            path.write_text(began.isoformat(), encoding="utf-8")
        except OSError:
            pass  # a folder that cannot be written to costs the memory of the start, nothing else
    return Clock(began, minutes)


# --- practice exams ---------------------------------------------------------------------------------------------------


def question(name: str) -> Any:
    """One question of a practice exam, with an answer for every option."""
    try:
        data = form()["practice"][name]
    except LookupError as problem:
        print(problem.args[0] if " " in str(problem.args[0]) else f"There is no question {name}.")
        return None
    if data["kind"] == "numeric":
        return Number(data)
    from priorauth.practice import Question

    return Question(data)


def judge_number(data: dict[str, Any], text: str) -> str:
    """What there is to say about a typed answer."""
    if not text.strip():
        return "Type your answer first."
    try:
        value = answers.read(data["form"], answers.plain(text))
        key = answers.read(data["form"], data["key"])
    except answers.Unreadable as problem:
        return str(problem)
    if _near(value, key, data["tolerance"]):
        return f"Yes, that is right. {data['explain']}"
    for reject in data["rejects"]:
        if _near(value, answers.read(data["form"], reject["answer"]), data["tolerance"]):
            return f"Not this one. {reject['message']}"
    if data["form"].get("as") == "datetime" and ":" not in text:
        return "The time of day is missing. Write day and time, such as 2026-09-14 16:20."
    return "Not this one. Work it out once more, step by step."


def _near(one: Any, two: Any, tolerance: float) -> bool:
    if isinstance(one, (int, float)) and isinstance(two, (int, float)):
        return abs(one - two) <= tolerance + 1e-9
    if hasattr(one, "timestamp") and hasattr(two, "timestamp"):
        return abs((one - two).total_seconds()) <= tolerance
    return one == two


class Number:
    """A question whose answer is typed: a number, a date, or a moment."""

    def __init__(self, data: dict[str, Any]) -> None:
        import ipywidgets as widgets

        from priorauth.widgets import base

        self.data = data
        self.field = widgets.Text(description="Your answer", continuous_update=False, style=base.WIDE)
        button = base.button("Check my answer", "Says what there is to say about your answer")
        self.tool = base.Tool(f"Practice {data['id']} (no points). Type your answer.", data["question"], [self.field, button], "<p>The answer is explained when you check it.</p>")  # fmt: skip
        self.tool.first_state = ""
        button.on_click(lambda _: self.tool.say(judge_number(data, self.field.value)))

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        return self.tool._repr_mimebundle_(include, exclude)
