"""The course's Python environment: is it finished, and if not, make it. Standard library only.

course.py uses this module before any package is installed. The environment counts as finished only when its stamp,
written last, fits requirements.txt and this folder. Environments cannot be moved, so a new one is made in its final
place: the old one is put aside first and comes back if anything fails.
"""

import contextlib
import errno
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
import time

from coursekit.locks import WINDOWS, take_lock

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
REQUIREMENTS = os.path.join(ROOT, "requirements.txt")
FREE_BYTES = 1_500_000_000  # the environment takes about 1 GB, and pip unpacks beside it
WAIT_SECONDS = 1800  # for a set-up that someone else has running


class SetupError(Exception):
    """Set-up cannot go on. The text is one or two sentences: what is wrong, and what to do."""


def _place(path):
    """A folder's path in one spelling, whatever links and slashes lead to it."""
    real = os.path.realpath(path)
    return real if WINDOWS else "/" + real.lstrip("/")


class Environment:
    """Where the environment is, what belongs beside it, and whether it is finished."""

    def __init__(self, path):
        self.path = os.path.abspath(path)
        self.bin = os.path.join(self.path, "Scripts" if WINDOWS else "bin")
        self.python = os.path.join(self.bin, "python.exe" if WINDOWS else "python")
        self.marker = os.path.join(self.path, "priorauth-environment.txt")  # "the course made this folder"
        self.stamp = os.path.join(self.path, "priorauth-finished.json")
        self.old = self.path + ".old"
        self.lock = self.path + ".lock"
        self.log = self.path + ".log"

    def wanted(self):
        with open(REQUIREMENTS, "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
        return {"requirements": digest, "course": _place(ROOT), "environment": _place(self.path)}

    def fault(self):
        """Return None when the environment is good, else in words what is wrong with it."""
        if not os.path.isdir(self.path) or not os.listdir(self.path):
            return "missing"
        try:
            with open(self.stamp, encoding="utf-8") as file:
                stamp = json.load(file)
            base = stamp.pop("base")
        except (OSError, ValueError, KeyError, AttributeError, TypeError):
            return "only half made"
        if not os.path.exists(self.python) or not os.path.exists(base):
            return "made with a Python that is no longer there"
        if not WINDOWS and os.path.realpath(self.python) != base:
            return "made with another Python"
        if stamp.get("requirements") != self.wanted()["requirements"]:
            return "older than requirements.txt"
        return None if stamp == self.wanted() else "made for another folder"


def check_venv_modules():
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        raise SetupError(
            "This Python cannot make environments: its venv or ensurepip module is missing. "
            "On Debian and Ubuntu: sudo apt install python3-venv. Then start course.py again."
        )


def in_words(error, path):
    """Turn an OSError into a sentence with a remedy."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT) or getattr(error, "winerror", None) == 112:
        return f"The disk is full. Free about 2 GB on the disk of {path} and start course.py again."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"No permission to write in {os.path.dirname(path)}. Close other windows of the course, or put the "
            "course in a folder of your own, or name another place in the variable PRIORAUTH_VENV."
        )
    return f"The environment could not be made in {path}: {error}."


def failed(env, output):
    """The error for a failed command, its output kept in a log where the disk still takes one."""
    try:
        with open(env.log, "w", encoding="utf-8") as log:
            log.write(output)
    except OSError:
        return SetupError(pip_in_words(output))
    return SetupError(pip_in_words(output, env.log))


def pip_in_words(output, log=None):
    """Turn pip's last words into a sentence with a remedy."""
    text = output.lower()

    def has(*needles):
        return any(needle in text for needle in needles)

    more = f" (All that pip said is in {log}.)" if log else ""
    if has("no space left", "errno 28", "winerror 112", "disk quota"):
        return "The disk became full during set-up. Free about 2 GB and start course.py again." + more
    if has("permission denied", "errno 13", "winerror 5]", "read-only file system"):
        return "Set-up was not permitted to write a file. Close other windows of the course and start it again." + more
    if has("do not match the hashes"):
        return (
            "A package arrived changed (its hash differs), so nothing was installed. Try again, best on another network."
            + more
        )
    if has("certificate_verify_failed", "sslerror"):
        return (
            "The package index could not be trusted: its certificate was not accepted. In a company network, ask "
            "for the company's certificate file and name it in the variable PIP_CERT." + more
        )
    if has("newconnectionerror", "name resolution", "getaddrinfo", "connection refused", "timed out", "proxyerror",
           "connectionerror", "connection aborted", "network is unreachable", "nameresolutionerror"):  # fmt: skip
        return "The package index cannot be reached. Check the network (or the proxy) and start course.py again." + more
    if has("no matching distribution"):
        version = "{}.{}".format(*sys.version_info[:2])
        return f"A package is not to be had for Python {version} on this system. Try Python 3.11, 3.12 or 3.13." + more
    errors = [line for line in output.splitlines() if line.lower().startswith("error")]
    return "The packages could not be installed: {}.".format((errors or ["pip gave no reason"])[-1].strip(". ")) + more


class Progress:
    """One line that says what is being done, how much of it, for how long, and about how long still."""

    def __init__(self, total, stream=None):
        self.stream = stream or sys.stderr
        self.live = self.stream.isatty()
        self.total = total
        self.began = time.monotonic()
        self.shown = ""
        self.last = 0.0

    def show(self, stage, done, share, force=False):
        now = time.monotonic()
        if not force and now - self.last < (0.2 if self.live else 15):
            return
        spent = now - self.began
        left = f", about {self.span(spent * (1 - share) / share)} left" if share > 0.05 and spent > 3 else ""
        line = f"{stage}: {done} of {self.total} packages, {self.span(spent)}{left}"
        self.stream.write("\r" + line.ljust(len(self.shown)) if self.live else line + "\n")
        self.stream.flush()
        self.shown, self.last = line, now

    def end(self):
        if self.live and self.shown:
            self.stream.write("\n")

    @staticmethod
    def span(seconds):
        return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def say(text):
    print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def locked(env):
    """Hold the set-up lock. The system frees it when its holder ends, so that a crash leaves no stale lock behind.

    pip inherits the lock: should this process be killed, nobody builds in the same place before pip has ended, too.
    """
    os.makedirs(os.path.dirname(env.lock), exist_ok=True)
    handle = os.open(env.lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        said, began = False, time.monotonic()
        while not take_lock(handle):
            holder = os.pread(handle, 20, 0).decode("ascii", "replace").strip() if not WINDOWS else "unknown"
            if time.monotonic() - began > WAIT_SECONDS:
                raise SetupError(
                    f"Another set-up (process {holder}) is still running. Wait for it or end it, then start again."
                )
            if not said:
                say(f"Another set-up of the course is running (process {holder}); waiting for it to end ...")
                said = True
            time.sleep(0.3)
        os.ftruncate(handle, 0)
        os.lseek(handle, 0, os.SEEK_SET)
        os.write(handle, str(os.getpid()).encode())
        yield handle
    finally:
        os.close(handle)


def pip_variables():
    """The environment for pip: own settings stay (index, proxy, certificate), but not those that install elsewhere."""
    elsewhere = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT")
    kept = {name: value for name, value in os.environ.items() if name not in elsewhere}
    return dict(kept, PIP_USER="0", PYTHONIOENCODING="utf-8")


def install(env, lock_handle):
    """Run pip with hash checking and show how far it is."""
    with open(REQUIREMENTS, encoding="utf-8") as file:
        progress = Progress(sum(1 for line in file if "==" in line and not line.lstrip().startswith("#")))
    command = [env.python, "-I", "-m", "pip", "install", "--require-hashes", "--no-input", "--only-binary", ":all:",
               "--disable-pip-version-check", "--progress-bar", "off", "-r", REQUIREMENTS]  # fmt: skip
    extra = {} if WINDOWS else {"pass_fds": (lock_handle,)}
    pip = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace",
        env=pip_variables(), **extra)  # fmt: skip
    lines, state = [], {"collected": 0, "installing": False}

    def listen():
        for line in pip.stdout:
            lines.append(line)
            if line.startswith("Ignoring "):  # for another system or Python
                progress.total -= 1
            elif line.startswith("Collecting "):
                state["collected"] += 1
            elif line.startswith("Installing collected packages:"):
                progress.total = line.count(",") + 1
                state["installing"] = True

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    packages = site_packages(env)
    try:
        while pip.poll() is None:
            total = max(progress.total, 1)
            if state["installing"]:
                done = min(total, sum(name.endswith(".dist-info") for name in os.listdir(packages)) - 1)
                progress.show("Installing", max(done, 0), 0.5 + 0.5 * done / total)
            elif state["collected"]:
                progress.show("Downloading", state["collected"], 0.5 * state["collected"] / total)
            time.sleep(0.1)
    finally:
        if pip.poll() is None:
            pip.terminate()
        pip.wait()
        listener.join(5)
        progress.end()
    if pip.returncode:
        raise failed(env, "".join(lines))


def site_packages(env):
    if WINDOWS:
        return os.path.join(env.path, "Lib", "site-packages")
    return os.path.join(env.path, "lib", "python{}.{}".format(*sys.version_info[:2]), "site-packages")


def build(env, lock_handle):
    """Make the environment anew; the stamp is the last thing written."""
    parent = os.path.dirname(env.path)
    free = shutil.disk_usage(parent).free
    if free < FREE_BYTES:
        raise SetupError(
            f"Only {free / 1e9:.1f} GB are free on the disk of {parent}; the course needs about 2 GB. Free some space first."
        )
    os.mkdir(env.path)
    with open(env.marker, "w", encoding="utf-8") as file:
        file.write("Made by course.py. It may be deleted; course.py makes it again.\n")
    base = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
    made = subprocess.run(
        [base, "-I", "-m", "venv", env.path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if made.returncode:
        raise failed(env, made.stdout)
    install(env, lock_handle)
    with open(os.path.join(site_packages(env), "priorauth-course.pth"), "w", encoding="utf-8") as file:
        file.write(ROOT + "\n")  # priorauth and coursekit are used from this folder
    stamp = dict(env.wanted(), base=base if WINDOWS else os.path.realpath(env.python))
    with open(env.stamp + ".new", "w", encoding="utf-8") as file:
        json.dump(stamp, file, indent=1)
    os.replace(env.stamp + ".new", env.stamp)


def set_up(env):
    """Bring the environment into order. Leaves either a finished one or what was there before."""
    check_venv_modules()
    try:
        with locked(env) as lock_handle:
            fault = env.fault()
            if fault is None:  # another set-up did the work meanwhile
                return
            here = os.path.isdir(env.path) and os.listdir(env.path)
            if here and "PRIORAUTH_VENV" in os.environ and not os.path.exists(env.marker):
                raise SetupError(
                    f"{env.path} (from PRIORAUTH_VENV) holds files that the course did not make. Name an empty or new folder."
                )
            if fault == "missing":
                say("Setting up the course. This happens once and takes a few minutes.")
            else:
                say(f"The environment is {fault}; making it anew.")
            began = time.monotonic()
            shutil.rmtree(env.old, ignore_errors=True)
            if os.path.isdir(env.path):
                os.rename(env.path, env.old)
            try:
                build(env, lock_handle)
            except BaseException:
                shutil.rmtree(env.path, ignore_errors=True)
                if os.path.isdir(env.old):
                    os.rename(env.old, env.path)
                raise
            shutil.rmtree(env.old, ignore_errors=True)
            with contextlib.suppress(OSError):
                os.remove(env.log)
            say(f"Set up in {Progress.span(time.monotonic() - began)}.")
    except OSError as error:
        raise SetupError(in_words(error, env.path)) from error
