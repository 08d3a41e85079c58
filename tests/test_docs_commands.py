"""Every command that the docs show is run: here, in one story on a copy of the course, or in a test that is named.

A reader types a command as it stands. So each one is taken from the pages, word for word, and must end well.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from course_folders import right
from docs_story import BY_HAND, ELSEWHERE, STORY, Step

from coursekit.items import ROOT

pytestmark = pytest.mark.slow

PROGRAMS = ("python3 course.py", "py course.py", "nbgrader", "pytest", "python -m", "python tests/")
SHELL = (*PROGRAMS, "git", "pip", "dask", "jupyter", "npm", "docker", "podman", "helm", "kubectl", "sudo", "source")
PAGES = [ROOT / "README.md", *sorted(p for p in (ROOT / "docs").glob("*.md") if p.name != "decisions.md")]


@dataclass(frozen=True)
class Shown:
    """A command on a page."""

    page: str
    words: str


def _heads(programs: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(p if p.endswith("/") else f"{p} " for p in programs)


def shown(page: Path) -> list[Shown]:
    """The commands of a page: lines of shell blocks, and code inside sentences that begins with a program."""
    text = page.read_text(encoding="utf-8")
    found: list[str] = []
    for kind, block in re.findall(r"^ *```(\w*)\n(.*?)^ *```", text, re.S | re.M):
        if kind in ("sh", "text", "bash"):
            lines = [re.sub(r"\s+#.*", "", line).strip() for line in block.splitlines()]
            found += [line for line in lines if line.startswith(_heads(SHELL))]
    outside = re.sub(r"^ *```.*?^ *```", "", text, flags=re.S | re.M)
    found += [c for c in re.findall(r"`([^`\n]+)`", outside) if c.startswith(_heads(PROGRAMS))]
    return [Shown(page.name, words) for words in dict.fromkeys(found)]


ALL = [s for page in PAGES for s in shown(page)]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the course in which commands may write."""
    place = tmp_path_factory.mktemp("docs") / "course"
    leave = shutil.ignore_patterns(
        ".git", ".venv*", "workspace", "exchange", "submitted", "autograded", "feedback", "site", "*.db", "__pycache__"
    )
    shutil.copytree(ROOT, place, ignore=leave, symlinks=True)
    return place


def typed(course: Path, words: str) -> tuple[list[str], dict[str, str]]:
    """A command line as it is typed in the course folder with the environment active, and its variables."""
    tools = Path(sys.executable).parent
    env = os.environ | {
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(course),
        "PRIORAUTH_ROOT": str(course),
        "NO_COLOR": "1",
        "COLUMNS": "200",
    }
    # course.py would make an environment for the copy; what it starts in one is this module.
    kit = f"{shlex.quote(sys.executable)} -P -m coursekit"
    return shlex.split(re.sub(r"^(python3|py) course\.py", kit, words)), env


def run(course: Path, words: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; a question is answered with y."""
    line, env = typed(course, words)
    return subprocess.run(line, cwd=course, env=env, text=True, input="y\n", capture_output=True, timeout=600)


def serve(course: Path, words: str) -> subprocess.CompletedProcess[str]:
    """Start a server, wait for its address, press Ctrl+C."""
    line, env = typed(course, words)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(line, cwd=course, env=env, text=True, start_new_session=True, **pipes) as process:
        said = ""
        for row in process.stdout or ():
            said += row
            if "http://" in row:
                break
        os.killpg(process.pid, signal.SIGINT)
        rest, _ = process.communicate(timeout=120)
    return subprocess.CompletedProcess(line, process.returncode, said + rest, "")


def test_every_command_has_its_place() -> None:
    assert len(PAGES) >= 8 and len(ALL) >= 60
    known = {s.shown for s in STORY} | set(ELSEWHERE) | set(BY_HAND)
    named = {" ".join(words.split()[:2]) for words in known if words.startswith("nbgrader ")}  # said without a module
    missing = [f"{s.page}: {s.words}" for s in ALL if s.words not in known | named]
    assert not missing, "no test runs these commands:\n" + "\n".join(missing)
    gone = sorted(known - {s.words for s in ALL})
    assert not gone, f"these commands are not in the docs any more: {gone}"
    for words, test in ELSEWHERE.items():
        path, _, name = test.partition("::")
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), f"{words}: there is no test {test}"
    print(
        f"{len(ALL)} commands on {len(PAGES)} pages; {len(STORY)} run here, {len(ELSEWHERE)} in tests of their own, "
        f"{len(BY_HAND)} not run"
    )


@pytest.mark.parametrize("step", STORY, ids=[s.shown for s in STORY])
def test_the_story_of_the_docs(course: Path, step: Step) -> None:
    if step.before:
        step.before(course, right)
    done = (serve if step.serves else run)(course, step.typed or step.shown)
    said = done.stdout + done.stderr
    assert done.returncode == 0, f"{step.shown}\n{said}"
    assert "Traceback" not in said
    for word in step.says:
        assert word in said, f"{word!r} is not in:\n{said}"
    for name in step.makes:
        assert list(course.glob(name)), f"{step.shown} did not make {name}"
