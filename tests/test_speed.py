"""The times that a learner feels, as processor time on one core: what else runs on the machine does not count.

Each is the best of up to three.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

from conftest import MODULES

from coursekit.items import ROOT, load_module


def best(action: Callable[[], object], times: int = 3) -> float:
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        taken.append(time.perf_counter() - start)
    return min(taken)


def in_fresh_python(code: str, enough: float) -> float:
    """Seconds that the code takes: of up to three times the best, or the first that is short enough."""
    words = f"import time, pandas\nstart = time.process_time()\n{code}\nprint(time.process_time() - start)"
    best = float("inf")
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", words], cwd=ROOT, capture_output=True, text=True, check=True)
        best = min(best, float(done.stdout))
        if best < enough:
            break
    return best


def test_import_is_light() -> None:
    code = "import priorauth\nfrom priorauth import data, facts\nfrom priorauth.check import check"
    seconds = in_fresh_python(code, enough=0.15)
    print(f"import priorauth: {seconds:.3f} s beyond pandas")
    assert seconds < 0.15


def test_learners_import_nothing_of_the_course_runner() -> None:
    words = (
        "import sys\nfrom priorauth import data\nfrom priorauth.check import check\nfrom priorauth.practice import practice\ndata.load('requests')\n"
        "print([m for m in ('coursekit', 'nbgrader', 'dask', 'pydantic', 'pyarrow.parquet') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", words], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_loading_all_tables() -> None:
    seconds = in_fresh_python("from priorauth import data\ndata.load_all()", enough=1.0)
    print(f"loading all tables: {seconds:.2f} s")
    assert seconds < 1.0


def test_check_answers_at_once(capsys) -> None:
    from priorauth.check import check

    for name in MODULES:
        for item in load_module(name).items:
            assert best(lambda item=item: check(item.id, {"a": 1})) < 0.2


def test_lesson_runs_quickly() -> None:
    """The lesson's own cells, as plain Python in a fresh process."""
    for name in MODULES:
        last = load_module(name).items[-1].id
        code = f"from coursekit.soundness import _lesson\n_lesson({name!r}, {last!r})"
        seconds = in_fresh_python(code, enough=5)
        print(f"{name}: lesson cells {seconds:.2f} s")
        assert seconds < 5
