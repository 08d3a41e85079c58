"""Running submissions in plain Jupyter kernels: for machines that cannot fork, and as the measure of the others."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import queue
import tempfile
import time
from pathlib import Path
from typing import Any

from coursekit.grading.inside.wire import LARGEST_TEXT
from coursekit.grading.work import ENDED, Attempt, Work
from coursekit.workspace import ROOT

_TAKE = "__import__('coursekit.grading.inside.taken', fromlist=['taken_text']).taken_text(globals(), {name!r})"


class Kernels:
    """Starts a kernel for every submission; its limits are those of time and of what it may print."""

    mode = "kernel"
    gone = False
    outputs: list[dict[str, Any]] = []

    def shared(self, codes: list[str]) -> int:
        return 0

    def close(self) -> None:
        return None

    def run(self, work: Work) -> Attempt:
        """Run the steps in a kernel of their own, in a folder of their own with the submission's files."""
        with tempfile.TemporaryDirectory(prefix="grading-", ignore_cleanup_errors=True) as home:
            folder = Path(home) / work.folder
            folder.mkdir()
            for name, content in work.files.items():
                place = folder / name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content)
            try:
                with _kernel(folder, work.learner) as (manager, client):
                    return _Session(manager, client, work.cell_seconds, work.seconds).all(work.steps)
            except (RuntimeError, OSError) as problem:
                return Attempt(ended=f"could not be run: {problem}")


@contextlib.contextmanager
def _kernel(folder: Path, learner: str) -> Any:
    from jupyter_client.manager import KernelManager

    manager = KernelManager(kernel_name="python3", transport_encryption="required")
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PYTHONPATH": path, "NBGRADER_EXECUTION": "autograde", "PRIORAUTH_LEARNER": learner}
    with open(os.devnull, "wb") as nowhere:
        manager.start_kernel(cwd=str(folder), env=environment, stdout=nowhere, stderr=nowhere,
                             extra_arguments=["--HistoryManager.hist_file=:memory:"])  # fmt: skip
        client = manager.blocking_client()
        try:
            client.start_channels()
            client.wait_for_ready(timeout=60)
            yield manager, client
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)


class _Session:
    def __init__(self, manager: Any, client: Any, cell_seconds: float, seconds: float) -> None:
        self.manager, self.client = manager, client
        self.cell_seconds, self.end = cell_seconds, time.monotonic() + seconds

    def all(self, steps: list[dict[str, Any]]) -> Attempt:
        attempt = Attempt()
        for step in steps:
            attempt.at = step["n"]
            begin = time.perf_counter()
            limit = min(self.cell_seconds, self.end - time.monotonic())
            if limit <= 0:
                attempt.ended = "ran too long"
                return attempt
            if "run" in step:
                outputs, reply = self._execute(step["run"], limit)
                if reply is None:
                    attempt.ended = "ran too long" if self.manager.is_alive() else ENDED
                    return attempt
                count = reply.get("execution_count")
                spent = round(time.perf_counter() - begin, 4)
                attempt.messages.append({"did": step["n"], "outputs": outputs, "count": count, "seconds": spent})
            else:
                taken = self._take(step["take"])
                if not self.manager.is_alive():
                    attempt.ended = ENDED
                    return attempt
                attempt.messages.append({"took": step["n"]} | taken)
        attempt.at = None
        return attempt

    def _take(self, name: str) -> dict[str, Any]:
        _, reply = self._execute("", 30, {"answer": _TAKE.format(name=name)})
        try:
            found = (reply or {})["user_expressions"]["answer"]["data"]["text/plain"]
            data = json.loads(ast.literal_eval(found))
            return data if isinstance(data, dict) else {"failed": "ValueError"}
        except (KeyError, ValueError, SyntaxError, TypeError):
            return {"failed": "ValueError"}

    def _execute(self, code: str, limit: float, expressions: dict[str, str] | None = None) -> tuple[list[Any], Any]:
        """Outputs and reply of a piece of code; the reply is None when the kernel died or cannot be interrupted."""
        asked = self.client.execute(code, silent=bool(expressions), store_history=not expressions,
                                    user_expressions=expressions, allow_stdin=False)  # fmt: skip
        outputs: list[dict[str, Any]] = []
        room, end, interrupts = LARGEST_TEXT, time.monotonic() + limit, 0
        while True:
            try:
                message = self.client.get_iopub_msg(timeout=0.25)
            except queue.Empty:
                if not self.manager.is_alive():
                    return outputs, None
                if time.monotonic() > end:
                    interrupts += 1
                    if interrupts > 5:
                        return outputs, None
                    self.manager.interrupt_kernel()
                    end = time.monotonic() + 1.0
                continue
            if message["parent_header"].get("msg_id") != asked:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "status" and content["execution_state"] == "idle":
                break
            if kind in ("stream", "display_data", "execute_result", "error") and room > 0:
                outputs = _joined(
                    outputs, {"output_type": kind} | {k: v for k, v in content.items() if k != "transient"}
                )
                room -= len(json.dumps(content, default=str))
            if time.monotonic() > end and not interrupts:
                interrupts += 1
                self.manager.interrupt_kernel()
        if interrupts:
            outputs.append(
                {
                    "output_type": "error",
                    "ename": "CellTimeoutError",
                    "evalue": "This cell ran for more than a minute.",
                    "traceback": [],
                }
            )
        while True:
            try:
                reply = self.client.get_shell_msg(timeout=10)
            except queue.Empty:
                return outputs, None
            if reply["parent_header"].get("msg_id") == asked:
                return outputs, reply["content"]


def _joined(outputs: list[dict[str, Any]], new: dict[str, Any]) -> list[dict[str, Any]]:
    last = outputs[-1] if outputs else None
    if last and last["output_type"] == new["output_type"] == "stream" and last["name"] == new["name"]:
        last["text"] += new["text"]
        return outputs
    return [*outputs, new]
