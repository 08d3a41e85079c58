"""A grader that stays ready: it reads a module's name from each line and answers with a line of JSON.

Started by `grader` as `python -m coursekit.page.warm WORKSPACE`. After its first answer the imports and the unchanged
part of the lesson are loaded, so the next answer comes in well under a second. It ends when nobody asks for a while,
and when the server that started it ends.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

from coursekit.errors import CourseError
from coursekit.grading import runners
from coursekit.grading.edition import edition
from coursekit.grading.me import grade_me

IDLE = 600  # seconds


def main() -> None:
    """Answer until the input ends or nobody has asked for `IDLE` seconds."""
    workspace = Path(sys.argv[1])
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever else is printed is no answer
    asked: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_listen, args=[asked], daemon=True).start()
    warm = ""
    while module := _next(asked):
        print(json.dumps(_graded(workspace, module), ensure_ascii=False), file=answers, flush=True)
        if warm != module:  # one module at a time, as its processes hold some hundred MB
            runners.close_all()
            runners.begin(edition(module))
            warm = module


def _listen(asked: queue.Queue[str]) -> None:
    for line in sys.stdin:
        asked.put(line.strip())
    asked.put("")


def _next(asked: queue.Queue[str]) -> str:
    try:
        return asked.get(timeout=IDLE)
    except queue.Empty:
        return ""


def _graded(workspace: Path, module: str) -> dict[str, Any]:
    try:
        return grade_me(workspace, module)
    except CourseError as problem:
        return {"problem": str(problem)}
    except Exception as fault:
        traceback.print_exc()
        return {"problem": f"The grader failed: {type(fault).__name__}: {fault}"}


if __name__ == "__main__":
    main()
