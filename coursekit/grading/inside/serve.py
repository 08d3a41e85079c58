"""The process that is forked for every submission: imports done, the unchanged part of the lesson already run.

Started as `python -m inside.serve DESCRIPTOR`. It reads one message on the socket (what to import, which cells come
first, which walls to build), then waits. It runs the lesson once for what is loaded and remembered by it, so that also
those who changed the lesson find that done. Then it runs the lesson again, and leaves a copy of itself behind after
each costly cell; each copy serves submissions that are unchanged up to there. For a submission the grader hands over
a socket; the copy forks, and the fork talks to the grader on that socket alone. Several may run at the same time.
"""

from __future__ import annotations

import base64
import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import time
from typing import Any

from inside import jail, wire

COSTLY = 0.03  # seconds of the lesson's cells after which a copy is left behind
COPIES = 8
GONE = b"."  # a submission's process has ended
AT_ALL = 600  # seconds of processor time for one submission


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    boot = wire.Reader(control).next(60)
    if boot is None:
        return
    walls = boot["walls"]
    if walls == "sandbox":
        jail.drop_root()
    jail.die_with_parent()
    with contextlib.suppress(OSError):
        jail.hide()
    for name in boot["imports"]:
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    from inside import shell as shells

    shell = shells.make()
    _one_thread()
    if boot["lesson"]:
        _load(shell, [*boot["lesson"], *boot["shown"]])
    _run_lesson(control, shell, boot)


def _one_thread() -> None:
    arrow = sys.modules.get("pyarrow")
    if arrow is not None:
        with contextlib.suppress(Exception):
            arrow.set_cpu_count(1)
            arrow.set_io_thread_count(1)


def _load(shell: Any, codes: list[str]) -> None:
    """Run cells for the tables and results that the course's functions keep; no name and no output of them is left."""
    from inside import shell as shells

    names, count, typed = dict(shell.user_ns), shell.execution_count, len(shell.user_ns["In"])
    for code in codes:
        shells.run(shell, code, 120)
    shell.user_ns["Out"].clear()
    del shell.user_ns["In"][typed:]
    shell.user_ns.clear()
    shell.user_ns.update(names)
    shell.execution_count = count
    shell.outputs.clear()


def _run_lesson(control: socket.socket, shell: Any, boot: dict[str, Any]) -> None:
    """Run the lesson's first cells; serve submissions from each copy that is left behind. Returns in no process."""
    from inside import shell as shells

    outputs: list[dict[str, Any]] = []
    since, left = 0.0, COPIES
    built = _try_walls(boot)
    if boot["lesson"]:
        gc.collect()
    for position, code in enumerate([*boot["lesson"], None]):
        if position == 0 or (since > COSTLY and left) or code is None:
            gc.freeze()  # so that forks do not touch, and thereby copy, what is there already
            mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)  # two messages never run together
            data = wire.frame({"copy": position, "outputs": outputs, "walls": built})
            control.sendall(
                data[socket.send_fds(control, [data], [theirs.fileno()]) :]
            )  # before the next can send its own
            theirs.close()
            outputs = []
            child = 0 if code is None else os.fork()
            if child == 0 and code is not None:  # the child goes on with the lesson; its parent stays as it is now
                mine.close()
                jail.die_with_parent()
                since, left = 0.0, left - 1
            else:
                control.close()
                _serve(mine, shell, boot, {child} - {0})
        result = shells.run(shell, code, 120)
        outputs.append(result)
        since += result["seconds"]


def _try_walls(boot: dict[str, Any]) -> dict[str, Any]:
    """Build the walls once in a child that ends, and tell which ones stand."""
    told, asked = os.pipe()
    child = os.fork()
    if child == 0:
        state: dict[str, Any] = {}
        try:
            if boot["walls"] == "sandbox":
                try:
                    jail.namespaces()
                    state["namespaces"] = True
                except OSError as problem:
                    state["namespaces"] = str(problem)
            jail.no_new_privileges()
            state["landlock"] = jail.landlock()
            try:
                jail.calls(alone=False)
                state["calls"] = True
            except OSError as problem:
                state["calls"] = str(problem)
            os.write(asked, wire.frame(state)[4:])
        finally:
            os._exit(0)
    os.close(asked)
    with os.fdopen(told, "rb") as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text or b"{}")


# --- waiting for submissions ------------------------------------------------------------------------------------


def _serve(control: socket.socket, shell: Any, boot: dict[str, Any], lesson: set[int]) -> None:
    """Fork a child for each pair of sockets handed over: on one it talks, on the other this process says that it has ended.

    Also ends a child when told.
    """
    woken, waker = os.pipe()
    os.set_blocking(waker, False)
    os.set_blocking(woken, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    children: dict[int, tuple[int, socket.socket]] = {}  # process: number of the submission, where to say its end
    while True:
        ready = select.select([control, woken], [], [])[0]
        if woken in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(woken, 4096)
            _reap(children, lesson)
        if control not in ready:
            continue
        words, handles, _, _ = socket.recv_fds(control, 64, 2)
        if not words:
            os._exit(0)  # the grader has gone; children die with this process
        verb, number = words.decode().split()
        if verb == "end":
            for pid in [p for p, (n, _) in children.items() if n == int(number)]:
                os.kill(pid, signal.SIGTERM if boot["walls"] == "sandbox" else signal.SIGKILL)
            continue
        channel, life = (socket.socket(fileno=handle) for handle in handles)
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for handle in (woken, waker):
                os.close(handle)
            for other in (control, life, *(end for _, end in children.values())):
                other.close()
            _child(channel, shell, boot)
        channel.close()
        children[pid] = (int(number), life)


def _reap(children: dict[int, tuple[int, socket.socket]], lesson: set[int]) -> None:
    while children or lesson:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        lesson.discard(pid)
        if pid in children:
            with contextlib.suppress(OSError), children.pop(pid)[1] as life:
                life.send(GONE)


# --- one submission ---------------------------------------------------------------------------------------------


def _child(channel: socket.socket, shell: Any, boot: dict[str, Any]) -> None:
    """Build the walls and run the submission. Never returns."""
    try:
        jail.die_with_parent()
        os.setsid()  # a signal to the process group reaches nobody else
        task = wire.Reader(channel, 200_000_000).next(60)
        if task is None:
            os._exit(3)
        size = jail.size()
        if boot["walls"] == "sandbox":
            jail.namespaces()
            inner = os.fork()
            if inner:  # the guard: when process 1 of the new world ends, all it started has ended before
                signal.signal(signal.SIGTERM, lambda *_: os.kill(inner, signal.SIGKILL))
                channel.close()
                _, status = os.waitpid(inner, 0)
                os._exit(max(0, os.waitstatus_to_exitcode(status)) or (9 if os.WIFSIGNALED(status) else 0))
            jail.die_with_parent()
            os.setsid()
            jail.private_files()
        with open(os.devnull, "r+b") as nowhere:
            for handle in (0, 1, 2):
                os.dup2(nowhere.fileno(), handle)
        _settle(task, boot)
        jail.limits(AT_ALL, size)
        if boot["walls"] == "sandbox":
            jail.no_capabilities()
        jail.no_new_privileges()
        if boot["walls"] == "limits":
            with contextlib.suppress(jail.NoWall):
                jail.only_files(boot["readable"], [*boot["writable"], task["home"]])
        with contextlib.suppress(jail.NoWall):
            jail.calls(alone=boot["walls"] == "limits")
        _run(channel, shell, task)
    except BaseException as problem:
        with contextlib.suppress(BaseException):
            wire.send(channel, {"broken": f"{type(problem).__name__}: {problem}"})
    finally:
        os._exit(0)


def _settle(task: dict[str, Any], boot: dict[str, Any]) -> None:
    """The submission's own folder with its files, and links to the files that came with the release."""
    home = task["home"]
    work = os.path.join(home, task["folder"])
    os.makedirs(work, exist_ok=True)
    for name, content in task["files"].items():
        place = os.path.normpath(os.path.join(work, name))
        if place.startswith(work + os.sep):
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, "wb") as file:
                file.write(base64.b64decode(content))
    for folder, _, files in os.walk(boot["release"]) if boot["release"] else ():
        for file in files:
            place = os.path.join(work, os.path.relpath(folder, boot["release"]), file)
            if not file.endswith(".ipynb") and not os.path.lexists(place):
                os.makedirs(os.path.dirname(place), exist_ok=True)
                os.symlink(os.path.join(folder, file), place)
    os.environ.update(PRIORAUTH_LEARNER=task["learner"])
    os.environ.update(HOME=home, TMPDIR=home, MPLCONFIGDIR=home, IPYTHONDIR=os.path.join(home, ".ipython"))
    os.chdir(work)


def _run(channel: socket.socket, shell: Any, task: dict[str, Any]) -> None:
    from inside import shell as shells
    from inside.taken import taken

    send = wire.send
    end = time.monotonic() + task["seconds"]
    for step in task["steps"]:
        number = step["n"]
        left = end - time.monotonic()
        if left <= 0:
            send(channel, {"late": number})
            break
        send(channel, {"begin": number})
        if "run" in step:
            send(channel, {"did": number} | shells.run(shell, step["run"], min(task["cell_seconds"], left)))
            continue
        shells.ring(min(10.0, left))
        try:
            said = taken(shell.user_ns, step["take"])
        except BaseException as problem:  # time was up
            said = {"failed": type(problem).__name__}
        finally:
            shells.ring(0)
        send(channel, {"took": number} | said)
    send(channel, {"end": True})


if __name__ == "__main__":
    main()
