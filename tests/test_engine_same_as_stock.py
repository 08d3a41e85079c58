"""The grader against `nbgrader autograde` on a class of mixed quality: the same gradebook, cell by cell.

ENGINE_COHORT says how many submissions (default 2; 7 has one of each quality). `python tests/same_as_stock.py` does
the same for every module and prints a table.
"""

from __future__ import annotations

import os

import pytest
from conftest import MODULES
from course_folders import scores
from same_as_stock import Both, copies, gradebooks, graded_twice, nbgrader, scores_of

pytestmark = pytest.mark.slow
NUMBER = int(os.environ.get("ENGINE_COHORT", "2"))


@pytest.fixture(scope="module", params=MODULES[:1])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Both:
    made = graded_twice(tmp_path_factory.mktemp("both"), request.param, NUMBER)
    print(f"\n{NUMBER} submissions: course {made.seconds['ours']:.1f} s, stock {made.seconds['stock']:.1f} s")
    return made


def test_every_score_is_the_same(both: Both) -> None:
    found = scores_of(both)
    got = scores(both.ours, both.module)
    assert not found.different and found.compared >= 10 * NUMBER and len(got) == NUMBER
    assert len({sum(v[0] or 0 for v in rows.values()) for rows in got.values()}) > min(3, NUMBER - 1)


def test_the_gradebooks_hold_the_same(both: Both) -> None:
    found = gradebooks(both)
    assert not found.different and found.compared >= 40


def test_graded_copies_are_what_nbgrader_reads(both: Both) -> None:
    """Valid notebooks with the same cells; nbgrader's feedback and export work on them."""
    found = copies(both)
    assert not found.different and found.compared >= 40 * NUMBER
    nbgrader(both.ours, "generate_feedback", both.module, "--force")
    nbgrader(both.ours, "export")
    assert (both.ours / "grades.csv").read_text(encoding="utf-8").count(both.module) == NUMBER
