"""`course.py lab`: a free port, a quiet start on the course page, a clean end."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from coursekit import lab
from coursekit.errors import CourseError


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def test_a_taken_port_gives_one_sentence(taken: int) -> None:
    with pytest.raises(CourseError, match=f"Port {taken} is taken. Leave --port out"):
        lab.free_port(taken)


def test_without_a_port_the_next_free_one_is_taken_and_told(monkeypatch: pytest.MonkeyPatch, taken: int) -> None:
    monkeypatch.setattr(lab, "FIRST_PORT", taken)
    said: list[str] = []
    assert lab.free_port(None, said.append) > taken
    assert said and f"Port {taken} is taken" in said[0]


@pytest.mark.parametrize("port", [0, -1, 70000])
def test_impossible_ports(port: int) -> None:
    with pytest.raises(CourseError, match="is not a port"):
        lab.free_port(port)


def test_the_token_is_not_on_the_command_line() -> None:
    place = Path("/somewhere")
    assert lab.server_environment(place, "t0ps3cret")["JUPYTER_TOKEN"] == "t0ps3cret"
    assert not any("token" in word.lower() for word in lab.server_command(place, 8888, True))


def test_a_server_that_ends_at_once_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(lab, "server_command", lambda *_: [sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(CourseError, match="ended at once"):
        lab.lab(tmp_path / "workspace", browser=False, say=lambda _: None)


def test_a_port_that_is_lost_meanwhile_is_replaced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ports = iter([9001, 9002])
    monkeypatch.setattr(lab, "free_port", lambda *_: next(ports))
    monkeypatch.setattr(lab, "_is_free", lambda port: port != 9001)
    monkeypatch.setattr(lab, "_serve", lambda folder, port, *_: None if port == 9001 else 0)
    said: list[str] = []
    assert lab.lab(tmp_path / "workspace", browser=False, say=said.append) == 0
    assert any("Port 9001 was taken" in sentence for sentence in said)


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_start_and_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, end: signal.Signals) -> None:
    code = "import sys; from coursekit.lab import lab; sys.exit(lab(sys.argv[1], None, False, say=lambda s: print(s, flush=True)))"
    began = time.monotonic()
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    running = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "work space")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    said = ""
    while "Press Ctrl+C" not in said:
        line = running.stdout.readline()
        assert line, running.stderr.read()
        said += line
    print(f"ready in {time.monotonic() - began:.1f} s")
    address = re.search(r"http://\S+", said)[0]
    session = requests.Session()
    session.trust_env = False
    assert "Prior authorization, hands on" in session.get(address).text
    # the server's own start page is the course page
    assert session.get(address.split("course?")[0], allow_redirects=True).url.split("?")[0].endswith("/course")
    os.killpg(running.pid, end) if end == signal.SIGINT else running.send_signal(end)
    out, loud = running.communicate(timeout=30)
    assert running.returncode == 0 and "The course has ended." in out
    assert not re.search(r"^\[[WE] |Traceback|Error", loud, re.MULTILINE), loud
    with pytest.raises(requests.ConnectionError):
        session.get(address)


def test_the_address_is_in_a_log_file_while_the_server_runs(tmp_path: Path) -> None:
    """`lab --no-browser > file` says where the course is at once, not when it ends."""
    log = tmp_path / "lab.log"
    words = [sys.executable, "-m", "coursekit", "lab", "--no-browser", "--workspace", str(tmp_path / "space")]
    with log.open("w") as out:
        server = subprocess.Popen(words, stdout=out, stderr=subprocess.STDOUT, cwd=tmp_path)
    try:
        end = time.monotonic() + 60
        while "/course?token=" not in log.read_text() and time.monotonic() < end:
            time.sleep(0.2)
        assert "/course?token=" in log.read_text()
        assert server.poll() is None
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=20)
