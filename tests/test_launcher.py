"""course.py sets itself up from plain Python, says in words what is wrong, and never leaves something half-made.

The set-ups here are real (venv, pip, hash checking) but tiny: one hand-made wheel in a folder instead of an index.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections import namedtuple
from pathlib import Path

import pytest

import course
from coursekit import environment

ROOT = Path(course.ROOT)
BIN = "Scripts" if os.name == "nt" else "bin"


def make_wheel(folder: Path, name: str = "tinything", version: str = "1.0") -> str:
    """A smallest wheel; returns its line for requirements.txt."""
    info = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }

    def line(path: str, text: str) -> str:
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        return f"{path},sha256={digest},{len(text.encode())}"

    files[f"{info}/RECORD"] = "\n".join([*(line(p, t) for p, t in files.items()), f"{info}/RECORD,,"]) + "\n"
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A course folder with the real launcher, one package to install and a command that tells what it sees."""
    folder = tmp_path / "a course"
    kit = folder / "coursekit"
    kit.mkdir(parents=True)
    for name in ("environment.py", "locks.py", "__init__.py"):
        shutil.copy(ROOT / "coursekit" / name, kit / name)
    shutil.copy(ROOT / "course.py", folder / "course.py")
    (kit / "__main__.py").write_text(
        "import os, sys, json, tinything\n"
        "if sys.argv[1:] == ['fail']: sys.exit(7)\n"
        "print(json.dumps({'args': sys.argv[1:], 'prefix': sys.prefix, 'path': os.environ['PATH'].split(os.pathsep)[0],"
        " 'version': tinything.VERSION, 'root': os.environ['PRIORAUTH_ROOT']}))\n"
    )
    (tmp_path / "wheels").mkdir()
    (folder / "requirements.txt").write_text("# compiled\n" + make_wheel(tmp_path / "wheels"))
    return folder


def launch(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "PRIORAUTH_", "VIRTUAL_ENV"))}
    env.update(PIP_NO_INDEX="1", PIP_FIND_LINKS=str(folder.parent / "wheels"), PIP_CONFIG_FILE=os.devnull, **variables)
    python = getattr(sys, "_base_executable", sys.executable)
    return subprocess.run(
        [python, str(folder / "course.py"), *arguments],
        env=env,
        capture_output=True,
        text=True,
        timeout=240,
        cwd=folder.parent,
    )


def seen(done: subprocess.CompletedProcess[str]) -> dict:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def leftovers(folder: Path) -> list[str]:
    return sorted(
        p.name for p in folder.iterdir() if p.name.startswith(".venv") and not p.name.endswith((".lock", ".log"))
    )


def test_first_start_makes_the_environment_and_later_starts_are_quick(tiny: Path) -> None:
    done = launch(tiny, "lab", "--port", "9", PIP_USER="1", PIP_TARGET=str(tiny / "wrong"))
    first = seen(done)
    assert first["args"] == ["lab", "--port", "9"]
    assert first["prefix"] == str(tiny / ".venv")
    assert first["path"] == str(tiny / ".venv" / BIN)
    assert first["root"] == str(tiny)
    assert "This happens once" in done.stderr and "Set up in" in done.stderr

    began = time.monotonic()
    again = launch(tiny, "setup")
    spent = time.monotonic() - began
    print(f"overhead of a later start: {spent:.2f} s")
    assert again.stdout.startswith("The environment is ready") and again.stderr == ""
    assert spent < 1.0  # 0.15 s on a quiet machine

    assert launch(tiny, "fail").returncode == 7

    # the folder is importable without being installed
    python = tiny / ".venv" / BIN / "python"
    found = subprocess.run(
        [python, "-c", "import coursekit; print(coursekit.__file__)"], capture_output=True, text=True, cwd="/"
    )
    assert found.stdout.strip() == str(tiny / "coursekit" / "__init__.py")


def test_changed_requirements_renew_the_environment(tiny: Path) -> None:
    assert seen(launch(tiny, "x"))["version"] == "1.0"
    (tiny / "requirements.txt").write_text(make_wheel(tiny.parent / "wheels", version="2.0"))
    done = launch(tiny, "x")
    assert seen(done)["version"] == "2.0"
    assert "older than requirements.txt" in done.stderr
    assert leftovers(tiny) == [".venv"]


def test_a_failed_renewal_keeps_the_old_environment(tiny: Path) -> None:
    seen(launch(tiny, "x"))
    good = (tiny / "requirements.txt").read_text()
    (tiny / "requirements.txt").write_text("nothere==1.0 --hash=sha256:" + "0" * 64 + "\n")
    done = launch(tiny, "x")
    assert done.returncode == 1 and "A package is not to be had for Python" in done.stderr
    (tiny / "requirements.txt").write_text(good)
    again = launch(tiny, "x")
    assert seen(again)["version"] == "1.0" and "anew" not in again.stderr


def test_a_changed_package_is_refused_and_nothing_is_left(tiny: Path) -> None:
    (tiny / "requirements.txt").write_text("tinything==1.0 --hash=sha256:" + "0" * 64 + "\n")
    done = launch(tiny, "lab")
    assert done.returncode == 1
    assert "hash differs" in done.stderr and "Traceback" not in done.stderr
    assert leftovers(tiny) == []


def test_a_half_made_environment_is_made_anew(tiny: Path) -> None:
    seen(launch(tiny, "x"))
    (tiny / ".venv" / "priorauth-finished.json").unlink()
    shutil.rmtree(tiny / ".venv" / "lib", ignore_errors=True)
    done = launch(tiny, "x")
    assert "only half made; making it anew" in done.stderr
    assert seen(done)["version"] == "1.0"
    assert leftovers(tiny) == [".venv"]


def test_a_moved_course_gets_an_environment_of_its_own(tiny: Path) -> None:
    seen(launch(tiny, "x"))
    moved = tiny.rename(tiny.parent / "elsewhere")
    done = launch(moved, "x")
    assert "made for another folder" in done.stderr
    assert seen(done)["prefix"] == str(moved / ".venv")


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_a_killed_setup_is_not_taken_for_finished(tiny: Path) -> None:
    wrapper = tiny / "kill_me.py"
    wrapper.write_text(
        "import os, signal, sys; sys.path.insert(0, os.path.dirname(__file__))\n"
        "from coursekit import environment\n"
        "environment.install = lambda env, lock: os.kill(os.getpid(), signal.SIGKILL)\n"
        "import course; course.main(['lab'])\n"
    )
    python = getattr(sys, "_base_executable", sys.executable)
    env = {k: v for k, v in os.environ.items() if not k.startswith("PRIORAUTH_")}
    killed = subprocess.run([python, str(wrapper)], env=env, capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL
    assert leftovers(tiny) == [".venv"]
    done = launch(tiny, "x")
    assert "only half made" in done.stderr and seen(done)["version"] == "1.0"


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_ctrl_c_leaves_nothing_half_made(tiny: Path) -> None:
    python = getattr(sys, "_base_executable", sys.executable)
    env = {k: v for k, v in os.environ.items() if not k.startswith("PRIORAUTH_")}
    started = subprocess.Popen(
        [python, str(tiny / "course.py"), "lab"], env=env, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    assert "This happens once" in started.stderr.readline()
    time.sleep(0.5)
    os.killpg(started.pid, signal.SIGINT)
    assert "Nothing half-made was left behind" in started.stderr.read()
    assert started.wait(timeout=20) == 1 and leftovers(tiny) == []


def test_help_needs_no_environment(tiny: Path) -> None:
    for arguments in ([], ["--help"], ["-h"], ["help"]):
        done = launch(tiny, *arguments)
        assert done.returncode == 0 and "python3 course.py lab" in done.stdout
    assert leftovers(tiny) == []


def test_priorauth_venv_places_it_elsewhere_but_never_over_other_files(tiny: Path) -> None:
    place = tiny.parent / "cache" / "env"
    assert seen(launch(tiny, "x", PRIORAUTH_VENV=str(place)))["prefix"] == str(place)
    assert leftovers(tiny) == []

    mine = tiny.parent / "thesis"
    mine.mkdir()
    (mine / "chapter1.txt").write_text("precious")
    done = launch(tiny, "x", PRIORAUTH_VENV=str(mine))
    assert done.returncode == 1 and "holds files that the course did not make" in done.stderr
    assert (mine / "chapter1.txt").read_text() == "precious"


@pytest.mark.skipif(os.name == "nt", reason="reads the lock as POSIX does")
def test_a_second_setup_waits_and_then_uses_the_first(tiny: Path) -> None:
    import fcntl

    lock = tiny / ".venv.lock"
    with open(lock, "w") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        holder.write("4242")
        holder.flush()
        python = getattr(sys, "_base_executable", sys.executable)
        env = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "PRIORAUTH_"))}
        env.update(PIP_NO_INDEX="1", PIP_FIND_LINKS=str(tiny.parent / "wheels"), PIP_CONFIG_FILE=os.devnull)
        second = subprocess.Popen([python, str(tiny / "course.py"), "x"], env=env, stderr=subprocess.PIPE, text=True)
        assert "process 4242" in second.stderr.readline()
        assert not (tiny / ".venv").exists()
    said = second.stderr.read()
    assert second.wait(timeout=120) == 0, said


def test_a_lock_left_by_a_dead_process_does_not_hold_anyone(tiny: Path) -> None:
    (tiny / ".venv.lock").write_text("99999999")
    assert seen(launch(tiny, "x"))["version"] == "1.0"


# ---------------------------------------------------------------- what can go wrong, one sentence each


@pytest.fixture
def env(tmp_path: Path) -> environment.Environment:
    return environment.Environment(str(tmp_path / "env"))


def test_an_old_python_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    Version = namedtuple("Version", "major minor micro releaselevel serial")
    monkeypatch.setattr(course.sys, "version_info", Version(3, 9, 2, "final", 0))
    assert course.main(["lab"]) == 1
    assert "needs Python 3.11 or later; this is 3.9.2" in capsys.readouterr().err


def test_the_launcher_can_be_read_by_old_pythons() -> None:
    found = [p for v in ("2.7", "3.6", "3.8", "3.9") if (p := shutil.which(f"python{v}"))]
    for python in found:
        done = subprocess.run([python, str(ROOT / "course.py"), "lab"], capture_output=True, text=True)
        if "not found" in done.stderr:  # a version manager's placeholder
            continue
        assert done.returncode == 1 and "needs Python 3.11" in done.stderr, (python, done.stderr)
    source = (ROOT / "course.py").read_text(encoding="utf-8")
    assert "print(f" not in source and "->" not in source.replace('"->"', ""), (
        "newer syntax than an old Python can read"
    )


def test_missing_venv_modules_name_the_package(monkeypatch: pytest.MonkeyPatch, env: environment.Environment) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else object())
    with pytest.raises(environment.SetupError, match="sudo apt install python3-venv"):
        environment.set_up(env)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "The disk is full"),
        (errno.EACCES, "No permission to write"),
        (errno.EROFS, "No permission to write"),
    ],
)
def test_system_errors_are_said_in_words(
    monkeypatch: pytest.MonkeyPatch, env: environment.Environment, code: int, words: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(environment, "install", fail)
    with pytest.raises(environment.SetupError, match=words):
        environment.set_up(env)
    assert not Path(env.path).exists()


def test_a_nearly_full_disk_is_said_before_anything_is_made(
    monkeypatch: pytest.MonkeyPatch, env: environment.Environment
) -> None:
    Usage = namedtuple("Usage", "total used free")
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda _: Usage(10**12, 10**12, 3 * 10**8))
    with pytest.raises(environment.SetupError, match="Only 0.3 GB are free"):
        environment.set_up(env)
    assert not Path(env.path).exists()


@pytest.mark.parametrize(
    ("pip_said", "words"),
    [
        ("WARNING: Retrying ... NewConnectionError ... Temporary failure in name resolution\n"
         "ERROR: No matching distribution found for alembic==1", "package index cannot be reached"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk became full"),
        ("ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: 'x'", "not permitted"),
        ("SSLError(SSLCertVerificationError(1, 'CERTIFICATE_VERIFY_FAILED'))", "PIP_CERT"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "hash differs"),
        ("ERROR: Something else happened.", "Something else happened"),
        ("", "pip gave no reason"),
    ],
)  # fmt: skip
def test_pip_errors_are_said_in_words(pip_said: str, words: str) -> None:
    said = environment.pip_in_words(pip_said, "x.log")
    assert words in said and "x.log" in said and "\n" not in said
    assert "None" not in environment.pip_in_words(pip_said)


def test_progress_is_one_line_on_a_terminal_and_plain_lines_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    shown = {}
    for stream in (io.StringIO(), Terminal()):
        progress = environment.Progress(10, stream)
        progress.began -= 20
        progress.show("Installing", 5, 0.5, force=True)
        progress.show("Installing", 9, 0.9, force=True)
        progress.end()
        shown[stream.isatty()] = stream.getvalue()
    assert shown[False].splitlines() == [
        "Installing: 5 of 10 packages, 20 s, about 20 s left",
        "Installing: 9 of 10 packages, 20 s, about 2 s left",
    ]
    assert shown[True].count("\n") == 1 and shown[True].count("\r") == 2
