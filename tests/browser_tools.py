"""What the browser tests share: Chromium, the learner's server, and a hand on a notebook in JupyterLab.

Set PRIORAUTH_SCREENSHOTS to a folder to keep what the browser saw.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import pytest

from coursekit.items import ROOT
from coursekit.testing import browser as find_browser

CHROMIUM = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
SLOW = 60_000  # ms: JupyterLab's first load and a full run of a module on a busy machine
JUPYTER_PLACES = (
    "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR",
    "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR",
)  # fmt: skip


@contextmanager
def chromium_running() -> Iterator[Any]:
    """A started Chromium; without one the test is skipped with a sentence that says how to get it."""
    found = find_browser()
    if found is None:
        pytest.skip("Chromium is not here (Debian: apt-get install chromium).")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=CHROMIUM)
        yield started
        started.close()


def keep(page: Any, name: str, full_page: bool = False) -> None:
    """Save a screenshot, if the folder for screenshots is set."""
    folder = os.environ.get("PRIORAUTH_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=full_page)


def own_settings(folder: Path) -> dict[str, str]:
    """Environment in which Jupyter neither sees nor changes the settings of the person who runs the tests."""
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "JUPYTER_TOKEN", "JUPYTER_CONFIG_PATH")}
    env |= {name: str(folder / name.lower()) for name in JUPYTER_PLACES}
    return env | {
        "PYTHONUNBUFFERED": "1",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), env.get("PATH", "")]),
    }


@contextmanager
def serving(command: list[str], folder: Path, log: Path, address: str) -> Iterator[str]:
    """Start a server in `folder`; what it says goes to `log`. Yields the first address there that fits. Ended with Ctrl+C."""
    seen = log.stat().st_size if log.exists() else 0
    with log.open("a") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=folder,
            env=own_settings(log.parent / "jupyter"),
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # so that Ctrl+C reaches the server and its children, and not the tests
        )
        try:
            end = time.monotonic() + SLOW / 1000
            while not (found := re.search(address, log.read_text()[seen:])):
                assert server.poll() is None and time.monotonic() < end, f"No start: {log.read_text()[seen:]}"
                time.sleep(0.1)
            yield found[0]
        finally:
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGINT)
            try:
                server.wait(timeout=60)  # kernels are asked to end one after the other
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                raise


def free_port() -> int:
    """A port that nobody uses now; tests that run beside each other must not meet on 8888."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def learner_lab(workspace: Path, log: Path) -> Any:
    """`course.py lab` as a learner starts it; yields the address of the course page that it prints."""
    command = ["coursekit", "lab", "--no-browser", "--workspace", str(workspace), "--port", str(free_port())]
    return serving(command, ROOT, log, r"http://\S+/course\?\S+")


class Traffic:
    """The messages of a page's controls to the kernel, and which of them the kernel has not yet dealt with."""

    def __init__(self) -> None:
        self.waiting: dict[str, float] = {}

    def watch(self, page: Any) -> None:
        page.on("websocket", self._open)

    def _open(self, socket: Any) -> None:
        if "/kernels/" in socket.url:
            socket.on("framesent", self._sent)
            socket.on("framereceived", self._received)

    def _sent(self, frame: str | bytes) -> None:
        found = OWN.search(_text(frame))
        if found and '"msg_type":"comm_msg"' in found[0]:
            self.waiting[found[1]] = time.monotonic()

    def _received(self, frame: str | bytes) -> None:
        text = _text(frame)
        if IDLE in text:
            for sent in [sent for sent in self.waiting if sent in text]:
                del self.waiting[sent]

    def settle(self, page: Any) -> None:
        """Return when all messages of the controls are answered, and the page shows what the answers say."""
        quiet = 0
        while quiet < 2:  # what is shown may make a control send what it had held back
            page.evaluate(NEXT_FRAME)
            quiet = 0 if self.waiting else quiet + 1
            late = [sent for sent, at in self.waiting.items() if time.monotonic() - at > SLOW / 1000]
            assert not late, f"the kernel never dealt with {late}"


NEXT_FRAME = "() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))"
OWN = re.compile(r'\{"date":[^{}]*?"msg_id":"([^"]+)"[^{}]*\}')  # the header of a message that JupyterLab sends
IDLE = '{"execution_state": "idle"}'


def _text(frame: str | bytes) -> str:
    return frame if isinstance(frame, str) else frame.decode("utf-8", "replace")


@dataclass
class Notebook:
    """A notebook in a JupyterLab page. Cells are named by their id, or by some of the code in them."""

    page: Any
    path: Path
    cells: list[nbformat.NotebookNode]
    traffic: Traffic = field(default_factory=Traffic)

    def cell(self, name: str) -> Any:
        """The cell's place in the page, scrolled into view."""
        numbers = [i for i, c in enumerate(self.cells) if c.get("id") == name]
        numbers = numbers or [i for i, c in enumerate(self.cells) if c.cell_type == "code" and name in c.source]
        assert len(numbers) == 1, f"{name} stands in {len(numbers)} cells"
        cells = self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook-cell")
        found = cells.and_(self.page.locator(f'[data-windowed-list-index="{numbers[0]}"]'))
        found.scroll_into_view_if_needed()
        return found

    def tool(self, name: str) -> Any:
        """The live tool below a cell."""
        found = self.cell(name).locator(".priorauth-tool")
        found.wait_for(timeout=SLOW)
        found.scroll_into_view_if_needed()
        return found

    def run_all(self) -> None:
        """Menu Run, Run All Cells; returns when the last code cell, unrun in a fresh notebook, has got its number."""
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        last = [c.id for c in self.cells if c.cell_type == "code"][-1]
        self.cell(last).get_by_text(re.compile(r"^\[\d+\]:$")).first.wait_for(timeout=SLOW)
        self.page.get_by_text(re.compile(r"\| Idle")).wait_for(timeout=SLOW)

    def write(self, cell: str, source: str) -> None:
        """Type over the content of a cell and run it, as a learner does."""
        place = self.cell(cell)
        place.locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(source)
        self.page.keyboard.press("Shift+Enter")

    def source(self, cell: str) -> str:
        """What stands in a cell now."""
        lines = self.cell(cell).locator(".cm-line")
        lines.first.wait_for()
        return "\n".join(lines.all_text_contents()).replace("\u200b", "")

    def save(self) -> None:
        """Ctrl+S; returns when the notebook's tab has no mark of unsaved changes."""
        self.page.keyboard.press("ControlOrMeta+s")
        self.page.locator(".lm-TabBar-tab.jp-mod-current:not(.jp-mod-dirty)").first.wait_for()


def open_module(context: Any, address: str, path: Path) -> tuple[Any, Notebook]:
    """From the course page to a module by its link: the course page and the notebook `path` in its own tab."""
    page = context.new_page()
    page.goto(address)
    traffic = Traffic()
    context.once("page", traffic.watch)
    with context.expect_page() as opened:
        page.get_by_role("link", name=re.compile(rf"^Open Module {int(path.stem[-2:])}\b")).first.click()
    lab = opened.value
    lab.get_by_role("tab", name=path.name).wait_for(timeout=SLOW)
    lab.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=SLOW)
    lab.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=SLOW)
    return page, Notebook(lab, path, nbformat.read(path, as_version=4).cells, traffic)


def open_path(context: Any, address: str, path: Path, space: Path) -> Notebook:
    """A notebook of the workspace in JupyterLab by its address, with nothing else open. `address` is that of the course page."""
    page = context.new_page()
    traffic = Traffic()
    traffic.watch(page)
    page.goto(address)  # the token becomes a cookie
    page.goto(re.sub(r"/course.*", f"/lab/tree/{path.relative_to(space).as_posix()}?reset", address))
    page.get_by_role("tab", name=path.name).wait_for(timeout=SLOW)
    page.locator(".jp-Notebook .jp-Cell").first.wait_for(timeout=SLOW)
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=SLOW)
    return Notebook(page, path, nbformat.read(path, as_version=4).cells, traffic)


def stop_kernels(page: Any) -> None:
    """Stop the kernels of the server that a page shows; closing the page leaves them running."""
    page.evaluate(STOP_KERNELS)


STOP_KERNELS = """async () => {
  const base = JSON.parse(document.getElementById('jupyter-config-data').textContent).baseUrl;
  const headers = {'X-XSRFToken': (document.cookie.match(/_xsrf=([^;]*)/) || [])[1] || ''};
  for (const kernel of await (await fetch(base + 'api/kernels')).json())
    await fetch(base + 'api/kernels/' + kernel.id, {method: 'DELETE', headers});
}"""


@contextmanager
def jupyter_lab(folder: Path, log: Path) -> Iterator[str]:
    """Stock `jupyter lab` in a folder, as an instructor starts it; yields its address with the token."""
    port = free_port()
    command = ["jupyterlab", "--no-browser", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    command += ["--LabApp.news_url=", "--ServerApp.allow_root=True"]  # no news from the internet; root in containers
    with serving(command, folder, log, rf"http://127\.0\.0\.1:{port}/lab\?token=\S+") as address:
        yield address


def low_contrast(page: Any, selector: str = "body") -> list[str]:
    """Texts with less than 4.5:1 between their color and the ground behind it, by the WCAG formula; code has JupyterLab's colors."""
    return page.evaluate(CONTRAST, selector)


CONTRAST = r"""(selector) => {
  const parse = c => { const [r, g, b, a = 1] = (c.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number); return {rgb: [r, g, b], a}; };
  const over = (top, below) => top.rgb.map((v, i) => v * top.a + below[i] * (1 - top.a));
  const behind = e => { const layers = [];
    for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c.a) layers.push(c); if (c.a === 1) break; }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]); };
  const light = rgb => { const [r, g, b] = rgb.map(v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const low = [];
  for (const root of document.querySelectorAll(selector)) {
    const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const text = walk.currentNode.textContent.trim(), e = walk.currentNode.parentElement;
      if (!text || !e.offsetParent || e.closest('.skip, .away, style, script, pre')) continue;
      const ground = behind(e), [a, b] = [light(over(parse(getComputedStyle(e).color), ground)), light(ground)];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (ratio < 4.5) low.push(text.slice(0, 40) + ' ' + ratio.toFixed(2));
    }
  }
  return low;
}"""
