"""How many learners does a hub bear? Each gets a module, saves answers, and all hand in at the same moment.

`python tests/load_hub.py 20` prints the figures of docs/deployment.md. Each learner has a server of her own on this
machine and speaks with it as JupyterLab does. What is collected and graded is compared with what she saved.
"""

from __future__ import annotations

import hashlib
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import psutil
from conftest import compiled_module
from course_folders import answered, scores
from hub import Hub, model_answers, new_class, running_hub
from hub_environment import hub_environment

MODULE = "module_01"
TOGETHER_SECONDS = 60  # all hand in within this time


def main() -> None:
    learners = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as folder:
        for line in load(Path(folder), learners):
            print(line, flush=True)


def load(folder: Path, learners: int) -> list[str]:
    """Run it; returns the figures as sentences. Raises AssertionError when anything was lost or mixed up."""
    made = hub_environment()
    new_class(folder)
    nbgrader(folder, "generate_assignment", MODULE)
    nbgrader(folder, "release_assignment", MODULE)
    names = [f"learner{n:02d}" for n in range(1, learners + 1)]
    # made before and one after the other: solving an item changes sys.stdout for a moment
    books = [answered(MODULE, model_answers(MODULE, chosen(name), name)) for name in names]
    said, saved = [], {}
    with running_hub(folder, made, starts=2 * (os.cpu_count() or 1)) as hub, ThreadPoolExecutor(learners) as pool:
        empty = memory(hub)
        began = time.monotonic()
        starts = list(pool.map(hub.start, names))
        said.append(
            f"{learners} servers started in {time.monotonic() - began:.0f} s "
            f"(one took {statistics.median(starts):.0f} s in the middle, {max(starts):.0f} s at most)."
        )
        began = time.monotonic()
        saved = dict(zip(names, pool.map(lambda name, book: work(hub, name, book), names, books), strict=True))
        said.append(f"All got the module and saved answers in {time.monotonic() - began:.0f} s.")
        at_once = threading.Barrier(learners)
        began = time.monotonic()
        waits = list(pool.map(lambda name: hand_in(hub, name, at_once), names))
        took = time.monotonic() - began
        said.append(f"All handed in within {took:.1f} s; one waited {statistics.median(waits):.1f} s in the middle, {max(waits):.1f} s at most.")  # fmt: skip
        assert took < TOGETHER_SECONDS
        full = memory(hub)
        said.append(f"Memory: hub and proxy {empty:.0f} MB, with {learners} servers {full:.0f} MB, {(full - empty) / learners:.0f} MB for each.")  # fmt: skip
    nbgrader(folder, "collect", MODULE)
    nothing_lost(folder, saved)
    began = time.monotonic()
    run(folder, "-m", "coursekit", "grade", MODULE)
    said.append(
        f"{learners} of {learners} collected, as they were saved, and graded in {time.monotonic() - began:.0f} s."
    )
    right_points(folder, names)
    return said


def chosen(name: str) -> list[str]:
    """The items that a learner answers: others for each, the same every time."""
    ids = [c.item.id for c in compiled_module(MODULE) if c.item.kind != "written"]
    return random.Random(name).sample(ids, random.Random(name).randrange(len(ids)))


def work(hub: Hub, name: str, notebook: nbformat.NotebookNode) -> str:
    """Get the module and save answers; returns the hash of the saved file."""
    done = hub.api("POST", f"user/{name}/assignments/fetch", json={"course_id": "priorauth", "assignment_id": MODULE})
    assert done.ok and done.json()["success"], done.text
    place = f"user/{name}/api/contents/{MODULE}/{MODULE}.ipynb"
    done = hub.api("PUT", place, json={"type": "notebook", "content": notebook})
    assert done.ok, done.text
    return digest(hub.home(name) / MODULE / f"{MODULE}.ipynb")


def hand_in(hub: Hub, name: str, at_once: threading.Barrier) -> float:
    """Wait for all others, then hand in; returns the seconds until the server said that it is done."""
    at_once.wait()
    began = time.monotonic()
    done = hub.api("POST", f"user/{name}/assignments/submit", json={"course_id": "priorauth", "assignment_id": MODULE})
    assert done.ok and done.json()["success"], done.text
    return time.monotonic() - began


def nothing_lost(folder: Path, saved: dict[str, str]) -> None:
    """What lies in submitted/ is what each learner saved, byte for byte, and nothing else lies there."""
    found = {p.name: digest(p / MODULE / f"{MODULE}.ipynb") for p in (folder / "course" / "submitted").iterdir()}
    assert found == saved


def right_points(folder: Path, names: list[str]) -> None:
    """Each has the points of the items that she answered."""
    points = {c.item.id: c.item.points for c in compiled_module(MODULE)}
    found = {
        k: sum(auto or 0 for auto, _, _ in cells.values()) for k, cells in scores(folder / "course", MODULE).items()
    }
    assert found == {name: sum(points[i] for i in chosen(name)) for name in names}


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def memory(hub: Hub) -> float:
    """Memory of the hub, its proxy and all servers, shared pages counted once, in MB."""
    top = psutil.Process(hub.process.pid)
    total = 0
    for process in [top, *top.children(recursive=True)]:
        total += process.memory_full_info().pss
    return total / 1e6


def nbgrader(folder: Path, *words: str) -> None:
    run(folder, "-m", "nbgrader", *words)


def run(folder: Path, *words: str) -> None:
    """A command as the grader gives it, in the class's course folder."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PRIORAUTH", "JUPYTER"))}
    env |= {"PYTHONPATH": str(folder / "course"), "PRIORAUTH_EXCHANGE": str(folder / "exchange")}
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env.get("PATH", "")])
    done = subprocess.run([sys.executable, *words], cwd=folder / "course", env=env, text=True, capture_output=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


if __name__ == "__main__":
    main()
