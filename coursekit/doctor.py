"""Look at this computer and say what is wrong and how to mend it. Changes nothing."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from packaging.requirements import Requirement

from course import NEEDED
from coursekit import workspace as ws
from coursekit.testing import browser as find_browser

State = Literal["ok", "warn", "fail"]
MAIN = ("jupyterlab", "nbgrader", "pandas", "ipywidgets", "matplotlib", "nbval")
ANEW = "Delete the folder .venv and run: python3 course.py setup"


@dataclass(frozen=True)
class Check:
    """One finding: `fail` keeps the course from working, `warn` takes something away from it."""

    name: str
    state: State
    found: str
    mend: str = ""


def doctor(workspace: Path | str | None = None, root: Path = ws.ROOT) -> list[Check]:
    """All checks, in the order in which one would mend them. No check stops another."""
    folder = ws.locate(workspace)
    checks: list[Check] = []
    for name, look in (
        ("Python", lambda: python()),
        ("Packages", lambda: packages(root / "requirements.txt")),
        ("Programs", lambda: programs()),
        ("Kernel", lambda: kernel()),
        ("Course files", lambda: course_files(root)),
        ("Workspace", lambda: writable("Workspace", folder, "fail")),
        ("Disk", lambda: disk(folder)),
        ("Progress record", lambda: progress_record(folder)),
        ("Your gradebook", lambda: gradebook("Your gradebook", ws.course_folder(folder) / "grading" / "gradebook.db")),
        ("Class gradebook", lambda: gradebook("Class gradebook", root / "gradebook.db")),
        ("Exchange", lambda: writable("Exchange", exchange(root), "warn")),
        ("Browser for tests", lambda: browser()),
        ("Sandbox for grading", lambda: sandbox()),
    ):
        try:
            checks += look()
        except Exception as error:  # a check that breaks is a finding, and the others still run
            checks.append(Check(name, "warn", f"could not be looked at: {type(error).__name__}: {error}", ""))
    return checks


def python() -> Iterator[Check]:
    version = "{}.{}.{}".format(*sys.version_info[:3])
    good = sys.version_info >= NEEDED
    yield Check(
        "Python",
        "ok" if good else "fail",
        f"{version}, {sys.executable}",
        "" if good else "Install Python 3.11 or later.",
    )
    inside = sys.prefix != sys.base_prefix
    mend = "Start commands as: python3 course.py COMMAND"
    yield Check(
        "Environment",
        "ok" if inside else "warn",
        sys.prefix if inside else "not the course's own",
        "" if inside else mend,
    )


def pinned(requirements: Path) -> Iterator[Requirement]:
    """The pins that count for this system and Python."""
    for line in requirements.read_text(encoding="utf-8").splitlines():
        if re.match(r"[A-Za-z0-9]", line):
            requirement = Requirement(line.rstrip("\\").strip())
            if requirement.marker is None or requirement.marker.evaluate():
                yield requirement


def packages(requirements: Path) -> Iterator[Check]:
    wrong, shown, count = [], [], 0
    for requirement in pinned(requirements):
        count += 1
        try:
            version = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            wrong.append(f"{requirement.name} is missing")
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            wrong.append(f"{requirement.name} is {version}, not {str(requirement.specifier).lstrip('=')}")
        elif requirement.name in MAIN:
            shown.append(f"{requirement.name} {version}")
    if wrong:
        more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        yield Check("Packages", "fail", "; ".join(wrong[:5]) + more, ANEW)
    else:
        yield Check("Packages", "ok", f"all {count} as pinned: {', '.join(shown)}")


def programs() -> Iterator[Check]:
    here = Path(sys.executable).parent
    for name, why in (("alembic", "nbgrader calls it by name"), ("jupyter", "stock commands need it")):
        found = shutil.which(name)
        if found and Path(found).parent.resolve() == here.resolve():
            yield Check(f"Program {name}", "ok", found)
        else:
            where = f"another one comes first on PATH: {found}" if found else "not on PATH"
            yield Check(f"Program {name}", "warn", f"{where} ({why})", "Start commands as: python3 course.py COMMAND")


def kernel() -> Iterator[Check]:
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        spec = KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel:
        yield Check("Kernel", "fail", "no kernel named python3", ANEW)
        return
    inside = Path(spec.resource_dir).is_relative_to(sys.prefix)
    mend = "" if inside else f"Another kernel of this name comes first; remove the folder {spec.resource_dir}"
    yield Check("Kernel", "ok" if inside else "warn", f"python3 in {spec.resource_dir}", mend)


def course_files(root: Path) -> Iterator[Check]:
    modules = ws.released_modules(root)
    tables = len(list((root / "datasets").glob("*.csv")))
    good = bool(modules and tables)
    mend = "" if good else "Get the course again (git clone), or build it: python3 course.py build"
    yield Check("Course files", "ok" if good else "fail", f"{len(modules)} modules, {tables} tables in {root}", mend)


def writable(name: str, folder: Path, otherwise: State) -> Iterator[Check]:
    """Try to make a file in the folder, or in the nearest folder above that exists."""
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        mend = "Make the folder writable for you, or name another one."
        yield Check(name, otherwise, f"{folder} cannot be written: {error.strerror}", mend)
        return
    yield Check(name, "ok", str(folder) if folder.exists() else f"{folder} (made when it is first used)")


def disk(folder: Path) -> Iterator[Check]:
    place = folder
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free / 1e9
    state: State = "ok" if free > 1 else "warn" if free > 0.1 else "fail"
    yield Check("Disk", state, f"{free:.1f} GB free for {folder}", "" if state == "ok" else "Free some space.")


def progress_record(folder: Path) -> Iterator[Check]:
    from coursekit.progress import progress_file, readable

    path = progress_file(folder)
    if not path.exists():
        yield Check("Progress record", "ok", "none yet")
    elif readable(path):
        yield Check("Progress record", "ok", str(path))
    else:
        mend = "Open the course page or run: python3 course.py progress. The copy before it is put back; the damaged file is kept."
        yield Check("Progress record", "warn", f"{path} is damaged", mend)


def gradebook(name: str, path: Path) -> Iterator[Check]:
    if not path.exists():
        yield Check(name, "ok", f"{path} (made when it is first used)")
        return
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=0.5)) as database:
            database.execute("BEGIN IMMEDIATE")
            found = database.execute("PRAGMA quick_check").fetchone()[0]
            database.rollback()
    except sqlite3.OperationalError as error:
        locked = "locked" in str(error)
        mend = (
            "Wait for grading to end, or close the program that has it open."
            if locked
            else "Check the file's permissions."
        )
        yield Check(name, "warn" if locked else "fail", f"{path}: {error}", mend)
    except sqlite3.DatabaseError as error:
        yield Check(
            name,
            "fail",
            f"{path} is damaged: {error}",
            "Put back your last copy, or move the file away and grade again.",
        )
    else:
        good = found == "ok"
        yield Check(
            name,
            "ok" if good else "fail",
            str(path) if good else f"{path}: {found}",
            "" if good else "Put back your last copy.",
        )


def exchange(root: Path) -> Path:
    """The exchange folder that nbgrader's settings name."""
    from coursekit.nbgrader_support import course_config

    config = course_config(root)
    return Path(str(config.Exchange.root)) if config.Exchange.root else root / "exchange"


def browser() -> Iterator[Check]:
    found = find_browser()
    mend = "" if found else "Only the browser tests need it. Debian, Ubuntu: sudo apt install chromium"
    yield Check("Browser for tests", "ok" if found else "warn", found or "no Chromium found", mend)


def sandbox() -> Iterator[Check]:
    name = "Sandbox for grading"
    if os.name != "posix" or sys.platform == "darwin":
        yield Check(
            name,
            "warn",
            "not to be had on this system",
            "Grade a class's work on Linux; your own work needs no sandbox.",
        )
        return
    program = shutil.which("bwrap")
    if not program:
        yield Check(
            name,
            "warn",
            "bubblewrap is missing: other people's code would run with your rights",
            "sudo apt install bubblewrap",
        )
        return
    tried = subprocess.run(
        [program, "--ro-bind", "/", "/", "--unshare-all", "--die-with-parent", "true"],
        capture_output=True,
        text=True,
        timeout=20,
    )
    if tried.returncode:
        said = tried.stderr.strip().splitlines()[-1:] or ["no reason given"]
        yield Check(
            name,
            "warn",
            f"{program} does not work here: {said[0]}",
            "Allow user namespaces, or grade with resource limits alone.",
        )
    else:
        yield Check(name, "ok", program)
