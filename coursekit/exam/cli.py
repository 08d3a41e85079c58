"""The exam's commands: `python3 course.py exam ...`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from coursekit.errors import CourseError

app = typer.Typer(help="The final exam: practise, start, submit, results.", no_args_is_help=True)
out = Console()
Workspace = Annotated[
    Path | None, typer.Option("--workspace", help="Folder with your notebooks.", show_default="workspace/")
]


def say(words: str) -> None:
    """Print one line as it is, without colors and markup."""
    out.print(words, highlight=False, markup=False, soft_wrap=True)


def _moment(text: str) -> str:
    when = dt.datetime.fromisoformat(text).astimezone()
    return f"{when:%B} {when.day}, {when.year}, {when:%H:%M}"


@app.command(rich_help_panel="Learners")
def start(workspace: Workspace = None) -> None:
    """Start an attempt, or go on with the one that is open."""
    from coursekit.exam import attempts
    from coursekit.exam.blueprint import load_blueprint
    from coursekit.exam.form import shortage
    from coursekit.workspace import locate
    from priorauth.exam import time_words

    place, plan = locate(workspace), load_blueprint()
    begun = attempts.begin(place)
    for words in begun.said:
        say(words)
    for words in shortage() if begun.new else []:
        say(words)
    word = "begins now" if begun.new else "is open"
    say(f"Attempt {begun.number} of {plan.attempts} {word}: {begun.notebook}")
    rest = attempts.minutes_left({"started_at": begun.started.isoformat()}, plan.minutes)
    say(f"You began on {_moment(begun.started.isoformat())}. {time_words(rest)}")
    say("Open it with: python3 course.py lab. When you are done: save, then python3 course.py exam submit")


@app.command(rich_help_panel="Learners")
def status(workspace: Workspace = None) -> None:
    """Say which attempt is open, how much time is left, and what was handed in."""
    from coursekit.exam import attempts
    from coursekit.exam.blueprint import load_blueprint
    from coursekit.workspace import locate
    from priorauth.exam import time_words

    place, plan = locate(workspace), load_blueprint()
    found, said = attempts.load(place)
    for words in said:
        say(words)
    for a in found:
        if "result" in a:
            say(f"Attempt {a['number']}: handed in on {_moment(a['result']['handed_in_at'])}. {attempts.shares(a['result'])}.")  # fmt: skip
        else:
            say(f"Attempt {a['number']}: open since {_moment(a['started_at'])}. {time_words(attempts.minutes_left(a, plan.minutes))} {attempts.place(place, a['number'])}")  # fmt: skip
    say(f"{len(found)} of {plan.attempts} attempts used." if found else "No attempt yet. Start one: python3 course.py exam start")  # fmt: skip


@app.command(rich_help_panel="Learners")
def submit(
    workspace: Workspace = None, yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False
) -> None:
    """Hand in the open attempt; it is marked at once."""
    from coursekit.exam.submit import submit as hand_in
    from coursekit.workspace import locate

    if not yes:
        typer.confirm("Is the notebook saved? A handed-in attempt cannot be changed. Hand in?", abort=True)
    result = hand_in(locate(workspace))
    for words in result["notes"]:
        say(words)
    say(f"Attempt {result['number']} is handed in." + (f" It came {result['late_minutes']} minutes after the three hours and is marked as late." if result["late_minutes"] else ""))  # fmt: skip
    _show(result)


@app.command(rich_help_panel="Learners")
def result(
    attempt: Annotated[int | None, typer.Argument(help="Number of the attempt.", show_default="the best one")] = None,
    workspace: Workspace = None,
) -> None:
    """Show points by part, area and objective, and what to read again."""
    from coursekit.exam import attempts
    from coursekit.exam.submit import best
    from coursekit.workspace import locate

    place = locate(workspace)
    found = attempts.load(place)[0]
    chosen = next((a for a in found if a["number"] == attempt), None) if attempt else best(place)
    if chosen is None or "result" not in chosen:
        raise CourseError("There is no result yet. Hand in an attempt first: python3 course.py exam submit")
    say(f"Attempt {chosen['number']}, handed in on {_moment(chosen['result']['handed_in_at'])}.")
    _show(chosen["result"])


def _show(result: dict[str, Any]) -> None:
    from coursekit.exam.attempts import weak
    from coursekit.programme import AREAS

    table = Table("Part", "Points", "Percent", title="Final exam")
    for name, part in result["parts"].items():
        table.add_row(name, f"{part['points']:g} of {part['max_points']:g}", f"{part['percent']:g}")
    out.print(table)
    for area, (got, most) in result["areas"].items():
        say(f"{area}{'. ' + AREAS[area] if area in AREAS else ''}: {got:g} of {most:g}")
    say("Passed: 70 % in each part." if result["passed"] else "Not passed: 70 % are needed in each part.")
    for name, goal in weak(result):
        say(f"Read again for {name}: section {', '.join(goal['sections'])} ({goal['points']:g} of {goal['max_points']:g})")  # fmt: skip


@app.command(rich_help_panel="Learners")
def practice(
    seed: Annotated[int, typer.Option(help="Another number gives another practice exam.")] = 1,
    workspace: Workspace = None,
) -> None:
    """Make a practice exam of 25 questions with immediate feedback."""
    from coursekit.exam.notebook import write_practice
    from coursekit.workspace import locate

    path = write_practice(locate(workspace), seed)
    say(f"Your practice exam: {path}")


@app.command(rich_help_panel="Instructors")
def build(
    seed: Annotated[int, typer.Option(help="The same seed gives the same form.")],
    name: Annotated[str, typer.Option(help="Name of the assignment, such as final_exam_a.")],
) -> None:
    """Make a form an nbgrader assignment: source, release and keys."""
    from coursekit.exam.blueprint import load_blueprint
    from coursekit.exam.compiled import compile_form
    from coursekit.exam.form import draw_form, shortage
    from coursekit.exam.notebook import write_form
    from coursekit.workspace import EXAM_NAME

    if not EXAM_NAME.fullmatch(name) or name.removeprefix("final_exam_").isdigit():
        raise CourseError(
            f"{name!r} is no name for a form; take final_exam_ and letters, such as final_exam_a (numbers are attempts)."
        )
    for words in shortage():
        say(words)
    files = write_form(name, compile_form(draw_form(seed)), seed, load_blueprint().minutes)
    say(f"{name} is made from seed {seed}: {len(files)} files, the learner's edition in {files[-1].parent}.")


@app.command("class", rich_help_panel="Instructors")
def of_class(name: Annotated[str, typer.Argument(help="The form, such as final_exam_a.")]) -> None:
    """Show a class's results in a form: by learner and part, and by objective."""
    from coursekit.exam.classes import by_objective, class_results

    results = class_results(name)
    table = Table("Learner", "Part A", "Part B", "Passed", title=name)
    for student, one in results.items():
        shares = [f"{p['percent']:g} %" for p in one["parts"].values()]
        table.add_row(student, *shares, "yes" if one["passed"] else "no")
    out.print(table)
    for goal, percent, sections in by_objective(results):
        say(f"{goal}: {percent:g} %" + (f", section {sections}" if sections else ""))


@app.command("build-bank", rich_help_panel="Authors")
def build_bank() -> None:
    """Compute the questions of all templates and the records of Part B anew."""
    from coursekit.exam import computed
    from coursekit.files import write_whole

    data = computed.build()
    write_whole(computed.PATH, computed.text(data))
    say(f"{len(data['questions'])} computed questions and {sum(map(len, data['tasks'].values()))} records of Part B are in {computed.PATH}.")  # fmt: skip


@app.command(rich_help_panel="Authors")
def check(
    modules: Annotated[list[int] | None, typer.Argument(help="Only these modules.", show_default="all")] = None,
    probe: Annotated[
        bool, typer.Option("--probe/--no-probe", help="Try good and bad answers on every question, too.")
    ] = True,
) -> None:
    """Check the written questions of the bank: fields, mix, style, marking, near-duplicates."""
    from coursekit.exam.alike import too_alike
    from coursekit.exam.bank import FOLDER, load_file
    from coursekit.exam.lint import problems
    from coursekit.exam.probe import unsound
    from coursekit.items import ROOT

    found: list[str] = []
    for path in sorted((ROOT / FOLDER).glob("module_*.yaml")):
        if modules and int(path.stem[-2:]) not in modules:
            continue
        file = load_file(path)
        found += problems(file)
        found += unsound(file.items) if probe else []
        say(f"{path.name}: {len(file.items)} questions read.")
    found += [p.words for p in too_alike() if not modules or any(int(x[1:3]) in modules for x in (p.one, p.two))]
    for words in found:
        say(words)
    if found:
        raise CourseError(f"{len(found)} thing{'s' if len(found) > 1 else ''} to mend in the item bank.")
    say("The item bank keeps all its rules.")


def record(
    name: Annotated[str, typer.Option(help="The name that stands on the record.")],
    folder: Annotated[Path | None, typer.Option("--out", help="Where to write.", show_default="the workspace")] = None,
    workspace: Workspace = None,
) -> None:
    """Write your completion record as HTML and PDF."""
    from coursekit.exam.record import make, own_gradebook
    from coursekit.workspace import locate

    place = locate(workspace)
    for path in make(place, name, folder or place, own_gradebook(place)):
        say(f"Written: {path}")


def verify(
    file: Annotated[Path, typer.Argument(help="A completion record, HTML or PDF.")],
    gradebook: Annotated[
        Path | None, typer.Option(help="The gradebook that made it.", show_default="the workspace's")
    ] = None,
    workspace: Workspace = None,
) -> None:
    """Check a completion record against the gradebook."""
    from coursekit.exam.record import own_gradebook
    from coursekit.exam.record import verify as look
    from coursekit.workspace import locate

    say(look(file, gradebook or own_gradebook(locate(workspace))))
