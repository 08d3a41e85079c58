"""The commands by which work goes from learners to instructors and back, without an exchange."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from coursekit.terminal import ModuleName, Workspace, out


def submit(
    module: ModuleName,
    learner: Annotated[str, typer.Option(help="Your id in the class; it is kept.", show_default="as kept")] = "",
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Folder for the file.", show_default="handed_in/ in your workspace")
    ] = None,
    workspace: Workspace = None,
) -> None:
    """Make one file to hand in anywhere, with a receipt."""
    from coursekit.handin import hand_in
    from coursekit.workspace import locate

    made = hand_in(locate(workspace), module, learner, out_dir)
    for words in [made.receipt.as_text(), *made.said, f"Upload this file as it is: {made.path}", f"Keep the receipt: {made.receipt_path}"]:  # fmt: skip
        out.print(words, highlight=False, markup=False, soft_wrap=True)


def update(
    modules: Annotated[list[str] | None, typer.Argument(help="Only these modules.", show_default="all")] = None,
    workspace: Workspace = None,
) -> None:
    """Bring your notebooks to the present edition of the course, with all your answers. Backups are kept."""
    from coursekit.update import update as run
    from coursekit.workspace import locate

    for done in run(locate(workspace), modules):
        for words in done.said:
            out.print(words, highlight=False, markup=False, soft_wrap=True)


def collect(
    module: ModuleName,
    origin: Annotated[
        Path, typer.Argument(help="Folder or zip with a file, folder or zip for each learner.", show_default=False)
    ],
    update: Annotated[
        bool, typer.Option("--update", help="Replace earlier versions; they are kept in submitted/.collect/.")
    ] = False,
    roster: Annotated[
        Path | None, typer.Option(help="CSV of the class: a column `learner` with the ids, others with names.")
    ] = None,
    accept: Annotated[
        list[str] | None, typer.Option(help="A hand-in or learner that was held and that you have looked at.")
    ] = None,
) -> None:
    """Take in what learners handed in elsewhere (exchange, Canvas, Moodle, a folder); then `grade`."""
    from coursekit.grading.receive import receive
    from coursekit.grading.roster import read_roster
    from coursekit.workspace import ROOT, module_name

    of_class = read_roster(roster) if roster else None
    received = receive(ROOT, module_name(module), origin, update, of_class, accept)
    table = Table("Learner", "State", "From", "Notes", title=module_name(module))
    for r in received:
        table.add_row(escape(r.student or "-"), r.state, escape(r.name), escape(r.note))
    out.print(table)
    if any(r.state in ("refused", "waiting", "held") for r in received):
        raise typer.Exit(1)


def feedback(
    module: ModuleName,
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Folder to write to.", show_default="reports/feedback/MODULE")
    ] = None,
) -> None:
    """Write each learner's feedback page as a file that can be uploaded where the work was handed in."""
    from coursekit.grading.give_back import give_back
    from coursekit.workspace import ROOT, module_name

    name = module_name(module)
    given = give_back(ROOT, name, out_dir or ROOT / "reports" / "feedback" / name)
    words = [f"{len(given.files)} pages were written; all of them in one zip: {given.archive}"]
    if given.missing:
        words.append(f"No page yet, because they were not graded: {', '.join(given.missing)}.")
    for line in words:
        out.print(line, highlight=False, markup=False, soft_wrap=True)


def migrate(
    module: ModuleName,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what it would do, and change nothing.")] = False,
    workers: Annotated[
        int, typer.Option(help="Submissions that run at a time.", show_default="one more than cores", min=0)
    ] = 0,
    mode: Annotated[str, typer.Option(help="sandbox, limits or kernel.", show_default="the best that works here")] = "",
) -> None:
    """Carry a class's grades over a change of items: kept, graded again, added, removed; with a report."""
    from coursekit.grading.migrate import migrate as run
    from coursekit.grading.migrate import words
    from coursekit.grading.work import Settings

    done = run(module, dry_run=dry_run, settings=Settings(mode=mode, workers=workers))
    for line in words(done):
        out.print(line, highlight=False, markup=False, soft_wrap=True)
    if done.open:
        raise typer.Exit(1)
