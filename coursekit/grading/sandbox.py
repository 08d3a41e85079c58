"""Where submissions run: how the process that runs them is started, and what is shut off from it.

Three modes. `sandbox`: bubblewrap, and namespaces of its own for every submission. `limits`: the same process without
namespaces, with the kernel's own limits, Landlock and a list of refused calls. `kernel`: plain Jupyter kernels, for
machines that cannot fork (Windows, macOS) and for trusted work.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from coursekit.errors import CourseError
from coursekit.workspace import ROOT

MODES = ("sandbox", "limits", "kernel")
INSIDE = Path(__file__).resolve().parent / "inside"
_VENV = "/environment"  # where the sandbox shows the environment with the packages
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONSAFEPATH": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    "ARROW_IO_THREADS": "1",
    "NBGRADER_EXECUTION": "autograde",
    "PRIORAUTH_LEARNER": "",  # named for each submission
}


@dataclass
class Launch:
    """A command that starts a process for submissions, and what it needs to know about its world."""

    mode: str
    command: list[str]
    environment: dict[str, str]
    folder: str
    home: str  # parent of the private folders of submissions, as the process sees it
    release: str
    readable: list[str]
    scratch: Path | None = None  # to be removed at the end

    def close(self) -> None:
        if self.scratch is not None:
            shutil.rmtree(self.scratch, ignore_errors=True)


def possible(mode: str) -> bool:
    """Whether a mode can be tried at all on this machine."""
    if mode == "kernel":
        return True
    return sys.platform == "linux" and (mode == "limits" or shutil.which("bwrap") is not None)


def candidates(wanted: str = "") -> list[str]:
    """Modes to try, best first. Raises `CourseError` for one that does not exist or is not to be had here."""
    if wanted and wanted not in MODES:
        raise CourseError(f"There is no mode {wanted!r}; modes are {', '.join(MODES)}.")
    if wanted and not possible(wanted):
        need = "bubblewrap (bwrap) on Linux" if wanted == "sandbox" else "Linux"
        raise CourseError(f"The mode {wanted} needs {need}. Leave --mode out to take the best that works here.")
    walls = [m for m in MODES[:2] if possible(m)]  # nobody gets plain kernels without asking where there are walls
    return [wanted] if wanted else walls or ["kernel"]


def best(wanted: str = "") -> str:
    """The mode for a whole run, tried out once, so that every submission of the run is graded in the same one."""
    modes = candidates(wanted)
    return modes[1] if len(modes) > 1 and _missing() else modes[0]


def _missing() -> str:
    """Why the sandbox does not work on this machine; "" when it does."""
    command = [*_bubblewrap("/course", Path("none")), _python_inside(), "-s", "-m", "inside.jail"]
    try:
        done = subprocess.run(
            command, env=_ENVIRONMENT | {"PYTHONPATH": "/course"}, capture_output=True, text=True, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        return str(problem)
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or ["it ended"])[-1]


def launch(mode: str, module: str, descriptor: int) -> Launch:
    """How to start the process that is forked for submissions of `module`, talking on `descriptor`."""
    release = ROOT / "release" / module
    start = ["-s", "-m", "inside.serve", str(descriptor)]
    if mode == "sandbox":
        here = "/course"
        environment = _ENVIRONMENT | {"PYTHONPATH": here, "HOME": "/tmp", "MPLCONFIGDIR": "/tmp/mpl"}
        command = [*_bubblewrap(here, release), _python_inside(), *start]
        return Launch(mode, command, environment, "/", "/tmp", f"{here}/release" if release.is_dir() else "", [])
    scratch = Path(tempfile.mkdtemp(prefix="grading-"))
    course = scratch / "course"
    course.mkdir()
    for name, target in (("inside", INSIDE), ("priorauth", ROOT / "priorauth"), ("datasets", ROOT / "datasets")):
        (course / name).symlink_to(target)
    home = scratch / "home"
    home.mkdir()
    environment = _ENVIRONMENT | {
        "PYTHONPATH": str(course),
        "PRIORAUTH_DATA": str(ROOT / "datasets"),
        "HOME": str(home),
        "MPLCONFIGDIR": str(_font_list().parent if _font_list() else home),
    }
    readable = [
        "/usr",
        "/lib",
        "/lib64",
        "/bin",
        "/etc",
        "/dev/urandom",
        "/dev/null",
        "/dev/zero",
        "/sys/devices/system/cpu",
    ]
    readable += [*_pythons(), str(INSIDE), str(ROOT / "priorauth"), str(ROOT / "datasets"), str(release), str(course)]
    return Launch(
        mode,
        [sys.executable, *start],
        environment,
        str(course),
        str(home),
        str(release) if release.is_dir() else "",
        readable,
        scratch,
    )


def _bubblewrap(here: str, release: Path) -> list[str]:
    """The outer sandbox: only the system, Python, priorauth and the data sets, all read-only; no network."""
    words = ["bwrap", "--die-with-parent", "--new-session"]
    words += ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    if os.geteuid() == 0:  # root's limits do not hold, so the process becomes nobody; for that it needs two powers
        words += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        words += ["--unshare-user"]
    for folder in ("/usr", "/etc/ld.so.cache", "/etc/fonts", "/etc/alternatives", "/etc/localtime", "/etc/mime.types"):
        words += ["--ro-bind-try", folder, folder]
    for folder in ("/bin", "/lib", "/lib64", "/sbin"):
        path = Path(folder)
        if path.is_symlink():
            words += ["--symlink", os.readlink(path), folder]
        elif path.exists():
            words += ["--ro-bind", folder, folder]
    for folder in _pythons():
        inside = _VENV if folder == sys.prefix != sys.base_prefix else folder
        if not inside.startswith("/usr/"):
            for parent in reversed(Path(inside).parents[:-1]):  # open to nobody, where bubblewrap would close them
                words += ["--perms", "0755", "--dir", str(parent)]
            words += ["--ro-bind", folder, inside]
    words += [
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--perms",
        "1777",
        "--tmpfs",
        "/tmp",
        "--perms",
        "1777",
        "--dir",
        "/tmp/mpl",
    ]
    fonts = _font_list()
    if fonts:
        words += ["--ro-bind", str(fonts), f"/tmp/mpl/{fonts.name}"]
    words += ["--perms", "0755", "--dir", here]
    words += ["--ro-bind", str(INSIDE), f"{here}/inside", "--ro-bind", str(ROOT / "priorauth"), f"{here}/priorauth"]
    words += ["--ro-bind", str(ROOT / "datasets"), f"{here}/datasets"]
    if release.is_dir():
        words += ["--ro-bind", str(release), f"{here}/release"]
    return [*words, "--remount-ro", "/", "--hostname", "grading", "--chdir", "/"]


def _python_inside() -> str:
    """The interpreter's place in the sandbox; an environment may lie anywhere outside, below /tmp for one."""
    if sys.prefix == sys.base_prefix:
        return sys.executable
    return f"{_VENV}/{Path(sys.executable).relative_to(sys.prefix).as_posix()}"


def _pythons() -> list[str]:
    """Folders of the interpreter and of its environment."""
    return list(dict.fromkeys([os.path.realpath(sys.base_prefix), sys.base_prefix, sys.prefix]))


def _font_list() -> Path | None:
    """matplotlib's list of fonts, which takes seconds to make anew."""
    folders = [os.environ.get("MPLCONFIGDIR"), os.environ.get("XDG_CACHE_HOME", "~/.cache") + "/matplotlib"]
    for folder in filter(None, folders):
        with contextlib.suppress(OSError):
            found = sorted(Path(folder).expanduser().glob("fontlist-v*.json"))
            if found:
                return found[-1]
    return None
