"""An IPython shell without kernel, history or threads, which runs cells and keeps what they show as outputs."""

from __future__ import annotations

import builtins
import os
import signal
import sys
import time
from typing import Any

from inside.wire import LARGEST_TEXT
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

CUT = "\n... The rest of the output was cut.\n"


class CellTimeoutError(KeyboardInterrupt):
    """A cell ran too long. Not an `Exception`, so that an `except Exception` around a loop does not catch it."""


class Outputs:
    """The outputs of the cell that is running, in nbformat's form, bounded in size."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.shown: list[dict[str, Any]] = []
        self.room = LARGEST_TEXT

    def text(self, name: str, text: str) -> None:
        if self.room <= 0:
            return
        if len(text) > self.room:
            text = text[: self.room] + CUT
        self.room -= len(text)
        last = self.shown[-1] if self.shown else None
        if last is not None and last["output_type"] == "stream" and last["name"] == name:
            last["text"].append(text)
        else:
            self.shown.append({"output_type": "stream", "name": name, "text": [text]})

    def data(self, kind: str, data: dict[str, Any], metadata: dict[str, Any] | None = None, **more: Any) -> None:
        kept = {m: d for m, d in data.items() if isinstance(d, str) and len(d) <= self.room}
        self.room -= sum(map(len, kept.values()))
        if kept:
            self.shown.append({"output_type": kind, "data": kept, "metadata": metadata or {}, **more})

    def error(self, kind: type, value: BaseException, lines: list[str]) -> None:
        self.shown.append(
            {
                "output_type": "error",
                "ename": str(getattr(kind, "__name__", "Error")),
                "evalue": _words(value),
                "traceback": [str(line)[:4000] for line in lines[-100:]],
            }
        )

    def done(self) -> list[dict[str, Any]]:
        return [o | {"text": "".join(o["text"])} if o["output_type"] == "stream" else o for o in self.shown]


def _words(value: BaseException) -> str:
    try:
        return str(value)[:4000]
    except BaseException:
        return ""


class _Stream:
    """Takes the place of sys.stdout or sys.stderr."""

    encoding, errors, closed = "utf-8", "replace", False

    def __init__(self, outputs: Outputs, name: str) -> None:
        self._outputs, self.name = outputs, f"<{name}>"
        self._kind = name

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._outputs.text(self._kind, str.__str__(text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        return None

    def isatty(self) -> bool:
        return False

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def fileno(self) -> int:
        return 1 if self._kind == "stdout" else 2


class _Hook(DisplayHook):
    """The value of a cell's last line becomes an execute_result."""

    def start_displayhook(self) -> None:
        return None

    def write_output_prompt(self) -> None:
        return None

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        self.shell.outputs.data("execute_result", format_dict, md_dict, execution_count=self.prompt_count)

    def finish_displayhook(self) -> None:
        return None


class _Publisher(DisplayPublisher):
    """`display(...)` becomes a display_data."""

    def publish(self, data: dict[str, Any], metadata: Any = None, *_: Any, **__: Any) -> None:
        self.shell.outputs.data("display_data", data, metadata)

    def clear_output(self, wait: bool = False) -> None:
        return None


class Shell(InteractiveShell):
    """What a cell sees as `get_ipython()`."""

    outputs: Outputs

    def __init__(self) -> None:
        settings = Config()
        settings.HistoryManager.enabled = False
        self.outputs = Outputs()
        super().__init__(config=settings, displayhook_class=_Hook, display_pub_class=_Publisher)
        self.InteractiveTB.set_mode(mode="Plain")  # half a second less for each error that comes from pandas

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        self.outputs.error(etype, evalue, stb)

    def showtraceback(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().showtraceback(*args, **kwargs)
        except BaseException as problem:  # an exception whose own text fails
            self.outputs.error(type(problem), problem, [])

    def ask_exit(self) -> None:
        """`exit` ends nothing: the cells below are run as well."""

    def enable_gui(self, gui: Any = None) -> None:
        return None


def _no_input(*_: Any) -> str:
    raise StdinNotImplementedError("A notebook that is graded cannot ask for input.")


def make() -> Shell:
    """The shell of this process; call once. Pictures are not drawn: graded copies need only what cells print."""
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    shell = Shell.instance()
    builtins.input = _no_input
    sys.stdout, sys.stderr = _Stream(shell.outputs, "stdout"), _Stream(shell.outputs, "stderr")
    from matplotlib_inline.config import InlineBackend

    InlineBackend.instance(parent=shell).figure_formats = set()
    shell.run_cell("1/0", store_history=False)  # what tracebacks need is loaded once, not by every submission
    shell.outputs.clear()
    return shell


def run(shell: Shell, code: str, seconds: float) -> dict[str, Any]:
    """Run one cell; return {"outputs", "count", "seconds"}. A cell that takes longer is interrupted, again and again."""
    outputs = shell.outputs
    outputs.clear()
    start = time.perf_counter()
    ring(seconds)
    try:
        try:
            shell.run_cell(code, store_history=True)
        finally:
            ring(0)
    except BaseException as problem:  # the alarm came between two steps of the shell itself
        ring(0)
        outputs.error(type(problem), problem, [])
    return {
        "outputs": outputs.done(),
        "count": shell.execution_count - 1,
        "seconds": round(time.perf_counter() - start, 4),
    }


def _alarm(*_: Any) -> None:
    raise CellTimeoutError("This cell ran for more than a minute.")


def ring(seconds: float) -> None:
    if seconds:
        signal.signal(signal.SIGALRM, _alarm)
    signal.setitimer(signal.ITIMER_REAL, seconds, 1.0 if seconds else 0)
