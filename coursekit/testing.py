"""`course.py test`: everything the course promises, in one command."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time

from coursekit.items import ROOT

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


def browser() -> str | None:
    """Path of a Chromium for the browser tests, if there is one."""
    return os.environ.get("PRIORAUTH_CHROMIUM") or next((p for b in BROWSERS if (p := shutil.which(b))), None)


def unmarked() -> dict[str, str]:
    """Marks of tests that cannot run here, each with how to get what they need."""
    words = {}
    if browser() is None:
        words["browser"] = "browser tests (install Chromium: apt-get install chromium)"
    if shutil.which("npm") is None or shutil.which("node") is None:
        words["hub"] = "the class on a JupyterHub (install Node: apt-get install nodejs npm)"
    return words


def left_out() -> list[str]:
    """What cannot be tested here, each with how to get it."""
    words = list(unmarked().values())
    if shutil.which("bwrap") is None and os.name == "posix":
        words.append("the sandbox check (install bubblewrap: apt-get install bubblewrap)")
    return words


def run_tests(extra: list[str]) -> int:
    """Run pytest on the tests and nbval on the notebooks; print what was left out; return the exit code."""
    start = time.monotonic()
    env = os.environ | {"PYTHONHASHSEED": "0", "JUPYTER_PLATFORM_DIRS": "1"}
    missing = left_out()
    marks = ["-m", " and ".join(f"not {mark}" for mark in unmarked())] if unmarked() else []
    # by files, in the order that tests/conftest.py gives them
    workers = ["-n", str(min(4, os.cpu_count() or 1)), "--dist", "loadfile", "--no-loadscope-reorder"]
    codes = [_pytest(["tests", *marks, *(extra or workers)], env)]
    if codes[0] == 1 and not extra:
        # A browser or a clock can lose a race on a busy machine. What fails twice is broken.
        print("Some tests failed. Running these once more, one after the other:")
        codes[0] = _pytest(["tests", *marks, "--last-failed", "-rA"], env)
    if not extra:
        nobody = env | {"PRIORAUTH_LEARNER": ""}  # the notebooks were built with the records that nobody's name draws
        sanitize = ["--nbval-sanitize-with", str(ROOT / "tests" / "nbval.cfg")]
        codes.append(_pytest(["--nbval", *sanitize, "notebooks", "-p", "no:cacheprovider", *workers], nobody))
    minutes, seconds = divmod(int(time.monotonic() - start), 60)
    print(f"Tests took {minutes} min {seconds} s.")
    print("Left out: " + ("; ".join(missing) if missing else "nothing") + ".")
    return max(codes)


def _pytest(words: list[str], env: dict[str, str]) -> int:
    return subprocess.run([sys.executable, "-m", "pytest", *words], cwd=ROOT, env=env).returncode
