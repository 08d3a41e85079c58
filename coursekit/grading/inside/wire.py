"""Messages between the grader and the process that runs a submission: JSON in frames, answers with their types.

The grader trusts nothing that comes from the other side: a frame has a largest size, and a value that does not
have the form written by `pack` is refused. So the worst that a forged message can do is to forge the learner's own
answer.
"""

from __future__ import annotations

import datetime as dt
import json
import select
import socket
import struct
import time
from typing import Any

LARGEST = 16_000_000
LARGEST_TEXT = 200_000  # characters that one cell may print and show
_HEAD = struct.Struct(">I")
_WHO = struct.Struct("3i")  # process, user, group


class Broken(Exception):
    """What came is no message."""


def pack(value: Any) -> Any:
    """Plain data (as made by `priorauth.answers.plain`) as JSON that keeps dates and keys that are not text."""
    if isinstance(value, dt.datetime):
        return {"at": value.isoformat()}
    if isinstance(value, tuple):
        return {"tuple": [pack(v) for v in value]}
    if isinstance(value, list):
        return [pack(v) for v in value]
    if isinstance(value, dict):
        return {"dict": [[pack(k), pack(v)] for k, v in value.items()]}
    return value


def unpack(data: Any, depth: int = 0) -> Any:
    """The plain data back. Raises `Broken` for anything that `pack` does not write."""
    if depth > 12:
        raise Broken("too deep")
    if data is None or isinstance(data, (bool, int, float, str)):
        return data
    if isinstance(data, list):
        return [unpack(v, depth + 1) for v in data]
    if not isinstance(data, dict) or len(data) != 1:
        raise Broken("not a packed value")
    ((kind, inner),) = data.items()
    try:
        if kind == "at":
            return dt.datetime.fromisoformat(inner)
        if kind == "tuple":
            return tuple(unpack(v, depth + 1) for v in inner)
        if kind == "dict":
            return {unpack(k, depth + 1): unpack(v, depth + 1) for k, v in inner}
    except (TypeError, ValueError) as problem:
        raise Broken(str(problem)) from None
    raise Broken("not a packed value")


def frame(message: dict[str, Any]) -> bytes:
    body = json.dumps(message, default=repr).encode("ascii")
    return _HEAD.pack(len(body)) + body


def send(channel: socket.socket, message: dict[str, Any]) -> None:
    channel.sendall(frame(message))


class Reader:
    """Reads frames from a socket without ever waiting longer than told.

    `sender` is the process that sent the first bytes, on a channel that tells it (SO_PASSCRED), else 0. The number is
    the system's word, not the sender's.
    """

    def __init__(self, channel: socket.socket, largest: int = LARGEST) -> None:
        self.channel, self.largest = channel, largest
        self.buffer = bytearray()
        self.total = 0
        self.sender = 0
        self.ended = False

    def next(self, seconds: float | None) -> dict[str, Any] | None:
        """The next message, or None when time is up or the other side has closed (then `ended` is True).

        Raises `Broken` for a frame that is too large or no JSON.
        """
        end = None if seconds is None else time.monotonic() + seconds
        while True:
            found = self._whole()
            if found is not None:
                return found
            left = None if end is None else max(0.0, end - time.monotonic())
            if not select.select([self.channel], [], [], left)[0]:
                return None
            try:
                got = self.channel.recv(1 << 18) if self.total else self._first()
            except ConnectionError:
                got = b""
            if not got:
                self.ended = True
                return None
            self.total += len(got)
            self.buffer += got

    def _first(self) -> bytes:
        """The first bytes, and who sent them. There is no room for open files, which a sender could add."""
        got, told, _, _ = self.channel.recvmsg(1 << 18, socket.CMSG_SPACE(_WHO.size))
        for level, kind, data in told:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
                self.sender = _WHO.unpack(data)[0]
        return got

    def _whole(self) -> dict[str, Any] | None:
        if len(self.buffer) < _HEAD.size:
            return None
        (size,) = _HEAD.unpack_from(self.buffer)
        if size > self.largest:
            raise Broken(f"a message of {size} bytes")
        if len(self.buffer) < _HEAD.size + size:
            return None
        body = bytes(self.buffer[_HEAD.size : _HEAD.size + size])
        del self.buffer[: _HEAD.size + size]
        try:
            message = json.loads(body)
        except (ValueError, RecursionError) as problem:
            raise Broken(str(problem)) from None
        if not isinstance(message, dict):
            raise Broken("a message that is no table")
        return message
