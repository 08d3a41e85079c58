"""The course's commands: `python3 course.py COMMAND`. Each is a few lines over the part that does the work."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from coursekit import handover
from coursekit.errors import CourseError
from coursekit.exam import cli as exam
from coursekit.files import in_words
from coursekit.terminal import ModuleName, Workspace, err, out

app = typer.Typer(
    help="Prior authorization, hands on. Learners start with `lab`; instructors grade with `grade`; authors use `build`.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
app.add_typer(exam.app, name="exam", rich_help_panel="Learners")
app.command(rich_help_panel="Learners")(exam.record)
app.command(rich_help_panel="Learners")(exam.verify)
for learners in (handover.submit, handover.update):
    app.command(rich_help_panel="Learners")(learners)
for instructors in (handover.collect, handover.feedback, handover.migrate):
    app.command(rich_help_panel="Instructors")(instructors)


@app.command(rich_help_panel="Learners")
def lab(
    workspace: Workspace = None,
    port: Annotated[int | None, typer.Option(help="Port to use.", show_default="8888 or the next free one")] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open a browser, or only print the address.")
    ] = True,
    learner: Annotated[str, typer.Option(help="Your id in the class; it is kept.", show_default="as kept")] = "",
) -> None:
    """Start JupyterLab on the course page."""
    from coursekit.lab import lab as start

    if learner:
        from coursekit.handin import who
        from coursekit.workspace import locate

        who(locate(workspace), learner)
    raise typer.Exit(start(workspace, port, browser))


@app.command(rich_help_panel="Learners")
def check(module: ModuleName, workspace: Workspace = None) -> None:
    """Say which answers of your saved copy can be read, without points."""
    from coursekit.grading.look import look
    from coursekit.workspace import locate

    for report in look(locate(workspace), module):
        out.print(report, highlight=False, markup=False)


@app.command(rich_help_panel="Learners")
def progress(workspace: Workspace = None) -> None:
    """Show your points by module and what comes next."""
    from coursekit.progress import summary
    from coursekit.workspace import locate

    rows, step, said = summary(locate(workspace))
    table = Table("Module", "Title", "Minutes to read", "Points", "State", title="Your progress")
    for row in rows:
        table.add_row(
            row.module, row.title, str(row.minutes or "-"), f"{row.points:g} of {row.max_points:g}", row.state
        )
    out.print(table)
    for words in [*said, step]:
        out.print(words, highlight=False, markup=False)


@app.command(rich_help_panel="Learners")
def reset(
    module: ModuleName,
    item: Annotated[
        str, typer.Argument(help="Item such as m01-c1; leave it out to reset the whole module.", show_default=False)
    ] = "",
    workspace: Workspace = None,
) -> None:
    """Put one item (or a whole module) back as it was released. A backup is kept."""
    from coursekit.items import module_name
    from coursekit.workspace import locate, reset_item, reset_module

    name, place = module_name(module), locate(workspace)
    backup = reset_item(place, name, item) if item else reset_module(place, name)
    out.print(
        f"{item or name} is as it was released." + (f" Your version is kept in {backup}." if backup else ""),
        highlight=False,
        markup=False,
    )


@app.command(rich_help_panel="Instructors")
def grade(
    module: ModuleName,
    students: Annotated[
        list[str] | None, typer.Argument(help="Only these learners.", show_default="all who submitted")
    ] = None,
    me: Annotated[bool, typer.Option("--me", help="Grade your own copy in the workspace instead.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Grade also what was graded and has not changed.")] = False,
    mode: Annotated[str, typer.Option(help="sandbox, limits or kernel.", show_default="the best that works here")] = "",
    workers: Annotated[
        int, typer.Option(help="Submissions that run at a time.", show_default="one more than cores", min=0)
    ] = 0,
    scheduler: Annotated[str, typer.Option(help="Address of a Dask scheduler whose workers do the work.")] = "",
    workspace: Workspace = None,
) -> None:
    """Grade submissions into the gradebook and write feedback pages (in place of `nbgrader autograde`)."""
    if me:
        _grade_me(module, workspace, as_json, mode)
        return
    from coursekit.grading.collect import submissions
    from coursekit.grading.run import Settings, grade_module
    from coursekit.grading.show import as_data, show
    from coursekit.workspace import ROOT, module_name

    total = len(students or submissions(ROOT, module_name(module)))
    bar = _bar(total)
    with bar:
        task = bar.add_task("Grading", total=total)
        graded = grade_module(
            module,
            students=students or None,
            progress=lambda _: bar.advance(task),
            settings=Settings(mode=mode, workers=workers, force=force, scheduler=scheduler),
        )
    if as_json:
        print(json.dumps([as_data(g) for g in graded], indent=1))
    else:
        show(out, module_name(module), ROOT, graded)
    if any(g.problem for g in graded):
        raise typer.Exit(1)


@app.command(rich_help_panel="Instructors")
def report(
    out_dir: Annotated[Path | None, typer.Option("--out", help="Folder to write to.", show_default="reports/")] = None,
) -> None:
    """Write pages on the class, its items and learners, and lists for Canvas, Moodle and table programs."""
    from coursekit.reports.pages import write_report
    from coursekit.workspace import ROOT

    written = write_report(ROOT, out_dir or ROOT / "reports")
    out.print(f"{len(written)} files were written. Open {written[0]}.", highlight=False, markup=False, soft_wrap=True)


@app.command(rich_help_panel="Instructors")
def learners(
    folder: Annotated[Path, typer.Argument(help="Where to write it, such as /srv/priorauth/learners.")],
) -> None:
    """Write the folder that learners' servers get in a graded class: data, tools, pages; no keys (docs/deployment.md)."""
    from coursekit.learners import write_learners

    made = write_learners(folder)
    out.print(f"{made} is ready for learners' servers.", highlight=False, markup=False, soft_wrap=True)


def _grade_me(module: str, workspace: Path | None, as_json: bool, mode: str) -> None:
    from coursekit.grading.me import grade_me
    from coursekit.progress import record
    from coursekit.workspace import locate

    place = locate(workspace)
    result = grade_me(place, module, mode)
    said = record(place, result)
    if as_json:
        print(json.dumps(result | {"said": said}, ensure_ascii=False))
        return
    for item in result["items"]:
        lines = [
            f"{item['id']} · {item['title']}: {item['outcome']}, {item['points']:g} of {item['max_points']:g} points",
            *item["messages"],
        ]
        if item["outcome"] != "right":
            lines.append(f"Hint: {item['hint']} (section {item['section']})")
        out.print("\n  ".join(lines), highlight=False, markup=False, soft_wrap=True)
    out.print(
        f"\n{result['points']:g} of {result['max_points']:g} points; {result['rubric_points_open']:g} more by rubric.",
        highlight=False,
    )
    for words in [*result["notes"], *said]:
        out.print(words, highlight=False, markup=False)


def _bar(total: int):  # noqa: ANN202
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = [
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
    ]
    return Progress(*columns, console=err, disable=not total)


@app.command(rich_help_panel="Authors")
def build(
    modules: Annotated[list[str] | None, typer.Argument(help="Only these modules.", show_default="all")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Build nothing; fail if anything changed since the last build.")
    ] = False,
    full: Annotated[
        bool, typer.Option("--full", help="With --check: rebuild everything in a copy and compare bytes.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Build also what is up to date.")] = False,
    site: Annotated[
        bool, typer.Option("--site", help="Build the reading edition (web pages) into site/ instead.")
    ] = False,
) -> None:
    """Build data, keys, notebooks, source and release from text and items."""
    if check:
        _build_check(full)
        return
    if site:
        from coursekit.handbook.pdf import print_sheets
        from coursekit.items import ROOT
        from coursekit.site import build_site
        from coursekit.testing import browser

        chromium = browser()
        pages = build_site(ROOT / "site", pdf=bool(chromium))
        printed = len(print_sheets(ROOT / "site", chromium)) if chromium else 0
        sheets = f", {printed} sheets as PDF" if printed else " (no PDF of the sheets: that needs Chromium)"
        out.print(
            f"{len(pages)} pages{sheets} are in {ROOT / 'site'}. Open {pages[0]}.",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
        return
    from coursekit.build import build as run

    changed = run(modules, force=force, say=lambda words: out.print(words, highlight=False))
    out.print(f"Built. {len(changed)} file{'' if len(changed) == 1 else 's'} changed.", highlight=False)
    for name in changed[:40]:
        out.print(f"  {name}", highlight=False)


def _build_check(full: bool) -> None:
    from coursekit.build import ledger
    from coursekit.build.fresh import rebuilt_differences

    words = ledger.differences() or (rebuilt_differences() if full else [])
    for line in words:
        err.print(line, highlight=False, markup=False, soft_wrap=True)
    if words:
        raise CourseError(
            f"{len(words)} file{'s are' if len(words) > 1 else ' is'} not fresh. Build the course: python3 course.py build"
        )
    out.print(
        "Everything is as the last build left it." + (" A full rebuild gives the same bytes." if full else ""),
        highlight=False,
    )


@app.command(rich_help_panel="Authors")
def items(
    modules: Annotated[list[str] | None, typer.Argument(help="Only these modules.", show_default="all")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Report on the items: blank, model, accepted, rejected and mutated answers, and tricks without the subject."""
    from coursekit import guessing, soundness
    from coursekit.build.compile import compile_module
    from coursekit.items import ROOT, load_module, module_name, written_modules
    from coursekit.world import World

    reports, guesses = [], []
    for name in [module_name(m) for m in modules or written_modules()]:
        compiled = compile_module(load_module(name), World.load(ROOT))
        reports.append(soundness.report(name, compiled))
        guesses.append(guessing.report(name, compiled))
        if not as_json:
            out.print(reports[-1].table())
            for line in [*reports[-1].lines(), *guesses[-1].lines()]:
                out.print(line, highlight=False, markup=False, soft_wrap=True)
    if as_json:
        found = [r.as_dict() | {"guessing": g.as_dict()} for r, g in zip(reports, guesses, strict=True)]
        print(json.dumps(found, indent=1))
    elif len(reports) > 1:
        out.print(soundness.overview(reports, guesses))
    if not all(r.sound for r in reports):
        raise typer.Exit(1)


@app.command(rich_help_panel="Authors", name="map")
def program_map() -> None:
    """Print the program map: each topic, outcome, task and kind of error against the modules, with the holes."""
    from coursekit.handbook.programme import lines, programme_map

    found = programme_map()
    out.print("\n".join(lines(found)), highlight=False, markup=False, soft_wrap=True)
    if found.holes:
        raise typer.Exit(1)


@app.command(rich_help_panel="Authors")
def data(
    requests: Annotated[int, typer.Option(help="How many requests.")] = 6000,
    format: Annotated[str, typer.Option(help="parquet or csv")] = "parquet",
    out_dir: Annotated[Path | None, typer.Option("--out", help="Folder to write to.", show_default=False)] = None,
    rates: Annotated[bool, typer.Option("--rates", help="Print generated rates beside their targets.")] = False,
) -> None:
    """Write a synthetic world of any size, or print its rates beside the targets."""
    if rates:
        from coursekit.items import ROOT
        from coursekit.world import World
        from coursekit.world.report import print_report

        print_report(World.load(ROOT))
        return
    if out_dir is None:
        raise CourseError("Name a folder with --out; the course's own data set is made by `build`.")
    if format not in ("parquet", "csv"):
        raise CourseError(f"The format {format!r} is unknown; take parquet or csv.")
    if requests < 1:
        raise CourseError("--requests must be at least 1.")
    from coursekit.world.large import write_large

    bar = _bar(requests)
    with bar:
        task = bar.add_task("Chunks", total=None)
        try:
            done = write_large(
                out_dir, requests, format, progress=lambda n, total, _left: bar.update(task, completed=n, total=total)
            )
        except ValueError as problem:
            raise CourseError(str(problem)) from None
        except OSError as problem:
            raise in_words(problem, out_dir) from problem
    for table, rows in sorted(done["rows_by_table"].items()):
        out.print(f"{table}: {rows:,} rows", highlight=False)
    out.print(
        f"{done['rows']:,} rows in {done['seconds']:.0f} s ({done['reused']} of {done['chunks']} chunks were there already), in {out_dir}.",
        highlight=False,
        soft_wrap=True,
    )


@app.command(rich_help_panel="Authors", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(context: typer.Context) -> None:
    """Run all tests: code, items, notebooks (nbval), browser where there is one. Extra words go to pytest."""
    from coursekit.testing import run_tests

    raise typer.Exit(run_tests(context.args))


@app.command(rich_help_panel="Instructors")
def doctor(workspace: Workspace = None) -> None:
    """Look at versions, paths, exchange, gradebook, browser and sandbox; say how to mend what is wrong."""
    from coursekit.doctor import doctor as run

    checks = run(workspace)
    table = Table("", "What")
    table.add_column("Found", overflow="fold")
    table.add_column("What to do", overflow="fold")
    words = {"ok": "[green]ok[/]", "warn": "[yellow]look[/]", "fail": "[red]fail[/]"}
    for c in checks:
        table.add_row(words[c.state], escape(c.name), escape(c.found), escape(c.mend))
    out.print(table)
    if any(c.state == "fail" for c in checks):
        raise typer.Exit(1)


def main() -> None:
    """Run a command; a `CourseError` becomes one sentence on stderr and exit code 1."""
    sys.stdout.reconfigure(line_buffering=True)  # a server's address is read while it runs, also from a log file
    try:
        app()
    except CourseError as problem:
        err.print(str(problem), style="bold", highlight=False, markup=False, soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        err.print("Stopped.", highlight=False)
        sys.exit(130)
    except subprocess.CalledProcessError as problem:
        sys.exit(problem.returncode)


if __name__ == "__main__":
    main()
