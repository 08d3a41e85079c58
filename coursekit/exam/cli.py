"""The exam's commands: `python3 course.py exam ...`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from coursekit.errors import CourseError

app = typer.Typer(help="The final exam: practise, start, submit, results.", no_args_is_help=True)
out = Console()


def say(words: str) -> None:
    """Print one line as it is, without colors and markup."""
    out.print(words, highlight=False, markup=False, soft_wrap=True)


@app.command(rich_help_panel="Authors")
def check(
    modules: Annotated[list[int] | None, typer.Argument(help="Only these modules.", show_default="all")] = None,
    probe: Annotated[bool, typer.Option("--probe", help="Try good and bad answers on every question, too.")] = True,
) -> None:
    """Check the written questions of the bank: fields, mix, style, marking, near-duplicates."""
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
    for words in found:
        say(words)
    if found:
        raise CourseError(f"{len(found)} thing{'s' if len(found) > 1 else ''} to mend in the item bank.")
    say("The item bank keeps all its rules.")
