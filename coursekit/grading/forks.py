"""A process that is forked for every submission, seen from the grader: start it, hand it work, watch it, end it."""

from __future__ import annotations

import base64
import contextlib
import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coursekit.grading.inside import wire
from coursekit.grading.sandbox import Launch, launch
from coursekit.grading.work import ENDED, Attempt, Work

BOOT_SECONDS = 120
GRACE = 6.0  # seconds a cell gets above its limit before it is ended from outside
MEMORY = 3_000_000_000  # bytes that a submission's processes may hold together
SAID_AT_MOST = 60_000_000  # bytes that one submission may send


class CannotStart(Exception):
    """This mode does not work on this machine; the message says why."""


@dataclass
class _Copy:
    control: socket.socket
    steps: int  # so many cells of the lesson are done in it


class ForkServer:
    """The running process with its copies. Several threads may let it run submissions at the same time."""

    def __init__(self, mode: str, module: str, imports: list[str], lesson: list[str], shown: list[str]) -> None:
        """lesson: cells to run ahead. shown: later ones that nobody changes; what they load is loaded ahead, too."""
        self.mode, self.lesson = mode, lesson
        self.outputs: list[dict[str, Any]] = []  # of the lesson's cells, run once
        self.walls: dict[str, Any] = {}
        self.copies: list[_Copy] = []
        self._numbers = itertools.count(1)
        self._dead = False  # a copy does not answer any more
        ours, theirs = socket.socketpair()
        self.launch: Launch = launch(mode, module, theirs.fileno())
        self._log = tempfile.TemporaryFile()
        try:
            self.process = subprocess.Popen(
                self.launch.command, env=self.launch.environment, cwd=self.launch.folder, pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self._log,
            )  # fmt: skip
        except OSError as problem:
            raise CannotStart(str(problem)) from None
        finally:
            theirs.close()
        self._boot = ours
        boot = {"walls": mode, "imports": imports, "lesson": lesson, "shown": shown, "release": self.launch.release}
        boot |= {"readable": self.launch.readable, "writable": ["/dev/null"]}
        with contextlib.suppress(BrokenPipeError):
            wire.send(ours, boot)

    def ready(self) -> None:
        """Wait until every copy stands. Raises `CannotStart`."""
        if self.copies:
            return
        data, handles = bytearray(), []
        self._boot.settimeout(BOOT_SECONDS)
        with contextlib.suppress(TimeoutError, ConnectionError):
            while True:
                got, fds, _, _ = socket.recv_fds(self._boot, 1 << 18, 8)
                handles += fds
                if not got:
                    break
                data += got
        self._boot.close()
        notes = _frames(data)
        if not notes or len(notes) != len(handles) or notes[-1]["copy"] != len(self.lesson):
            why = self._last_words()
            self.close()
            raise CannotStart(why or "the process did not start")
        self.walls = notes[0]["walls"]
        if self.mode == "sandbox" and self.walls.get("namespaces") is not True:
            self.close()
            raise CannotStart(f"namespaces inside the sandbox are not permitted ({self.walls.get('namespaces')})")
        for note, handle in zip(notes, handles, strict=True):
            self.copies.append(_Copy(socket.socket(fileno=handle), note["copy"]))
            self.outputs += note["outputs"]

    def _last_words(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(2)
        try:
            self._log.seek(0)
            lines = self._log.read().decode("utf-8", "replace").strip().splitlines()
        except ValueError:  # closed meanwhile
            return ""
        return lines[-1] if lines else ""

    @property
    def gone(self) -> bool:
        return self._dead or self.process.poll() is not None

    def shared(self, codes: list[str]) -> int:
        """How many of these first cells are the lesson's own and already run in one of the copies."""
        same = 0
        while same < min(len(codes), len(self.lesson)) and codes[same] == self.lesson[same]:
            same += 1
        return max(c.steps for c in self.copies if c.steps <= same)

    def run(self, work: Work) -> Attempt:
        """Run steps after the first `skip` cells of the lesson, in a fork that is gone afterwards."""
        self.ready()
        copy = next(c for c in self.copies if c.steps == work.skip)
        number = next(self._numbers)
        home = self._home(number)
        (ours, theirs), (life, end_of_life) = socket.socketpair(), socket.socketpair()
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        try:
            socket.send_fds(copy.control, [f"run {number}".encode()], [theirs.fileno(), end_of_life.fileno()])
            theirs.close()
            end_of_life.close()
            task = {name: getattr(work, name) for name in ("folder", "steps", "cell_seconds", "seconds", "learner")}
            task["home"] = home
            task["files"] = {name: base64.b64encode(content).decode("ascii") for name, content in work.files.items()}
            ours.settimeout(30)
            wire.send(ours, task)
            ours.settimeout(None)
            return self._listen(ours, work.cell_seconds, work.seconds)
        except OSError as problem:
            self._dead = True
            return Attempt(ended=f"could not be run: the process that runs submissions is gone ({problem})")
        finally:
            for end in (ours, theirs, end_of_life):
                end.close()
            with contextlib.suppress(OSError):
                copy.control.send(f"end {number}".encode())
            self._wait_for_end(life)
            if self.launch.scratch is not None:
                shutil.rmtree(home, ignore_errors=True)

    def _home(self, number: int) -> str:
        if self.launch.scratch is None:
            return self.launch.home
        home = Path(self.launch.home) / str(number)
        home.mkdir()
        return str(home)

    def _listen(self, channel: socket.socket, cell_seconds: float, seconds: float) -> Attempt:
        attempt = Attempt()
        reader = wire.Reader(channel)
        end = time.monotonic() + seconds + GRACE
        cell_end = time.monotonic() + cell_seconds + GRACE
        while True:
            now = time.monotonic()
            if now > end or now > cell_end:
                attempt.ended = "ran too long"
                return attempt
            try:
                message = reader.next(min(0.5, end - now, cell_end - now))
            except wire.Broken:
                attempt.ended = "sent something that is no result"
                return attempt
            if message is None:
                if reader.ended:
                    attempt.ended = ENDED
                    return attempt
                if _memory(reader.sender) > MEMORY:
                    attempt.ended = "used too much memory"
                    return attempt
                continue
            if "end" in message:
                attempt.at = None
                return attempt
            if reader.total > SAID_AT_MOST:
                attempt.ended = "showed too much"
                return attempt
            cell_end = time.monotonic() + cell_seconds + GRACE
            if isinstance(message.get("begin"), int):
                attempt.at = message["begin"]
            elif "broken" in message:
                attempt.ended = f"could not start: {str(message['broken'])[:200]}"
                return attempt
            attempt.messages.append(message)

    def _wait_for_end(self, life: socket.socket) -> None:
        """Wait until the fork is really gone; without that nothing more is run here."""
        life.settimeout(10)
        with contextlib.suppress(OSError), life:
            if life.recv(1):
                return
        self._dead = True  # it has ended, or does not answer

    def close(self) -> None:
        """End the process and all that it started."""
        for copy in self.copies:
            copy.control.close()
        with contextlib.suppress(ProcessLookupError):
            for pid in [*descendants(self.process.pid), self.process.pid]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self._log.close()
        self.launch.close()


def _memory(pid: int) -> int:
    """Bytes in memory of a submission's process and those that it started, without files; none for process 0."""
    total = 0
    for one in (pid, *descendants(pid)) if pid else ():
        with contextlib.suppress(OSError, ValueError, IndexError):
            text = Path(f"/proc/{one}/status").read_text()
            total += sum(1024 * int(text.split(f"{kind}:")[1].split()[0]) for kind in ("RssAnon", "RssShmem"))
    return total


def descendants(pid: int) -> list[int]:
    """Processes started by a process, and by those, the youngest first."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split():
                found = [*descendants(int(child)), int(child), *found]
    return found


def _frames(data: bytearray) -> list[dict[str, Any]]:
    reader = wire.Reader(socket.socket())
    reader.buffer, reader.largest = data, 500_000_000
    found = []
    while True:
        message = reader._whole()
        if message is None:
            reader.channel.close()
            return found
        found.append(message)
