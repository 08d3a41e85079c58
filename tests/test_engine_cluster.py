"""Grading on a Dask cluster: a scheduler and two workers of their own, the same scores, lost workers and schedulers."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cohort import cohort
from conftest import MODULES
from course_folders import hand_in, new_course, right, scores
from dask_cluster import Cluster, cluster_of
from extra_packages import extra_packages

from coursekit.errors import CourseError
from coursekit.grading import runners
from coursekit.grading.run import LOG, Settings, grade_module
from coursekit.grading.sandbox import possible
from coursekit.items import ROOT

extra_packages("cluster")  # Dask is not installed with the course
MODULE = MODULES[0]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not possible("limits"), reason="Linux only")]


@pytest.fixture
def wide(tmp_path: Path) -> Iterator[Cluster]:
    with cluster_of(1, tmp_path, threads=3) as found:
        yield found


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with cluster_of(2, tmp_path) as found:
        yield found


@pytest.mark.parametrize("kind", ["cluster", "wide"])
def test_the_same_scores_as_here(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """With two workers of one thread, and with one of three."""
    cluster = request.getfixturevalue(kind)
    here, there = (new_course(tmp_path / name, MODULE) for name in ("here", "there"))
    for course in (here, there):
        cohort(course, MODULE, 7)
    cluster.wait_for_workers()
    grade_module(MODULE, course=here, settings=Settings(workers=1))
    runners.close_all()
    done = grade_module(MODULE, course=there, settings=Settings(scheduler=cluster.address))
    assert not [g.problem for g in done if g.problem] and len({g.mode for g in done}) == 1
    assert scores(here, MODULE) == scores(there, MODULE)
    assert all(g.skipped for g in grade_module(MODULE, course=there, settings=Settings(scheduler=cluster.address)))


def test_a_worker_is_lost(cluster: Cluster, tmp_path: Path) -> None:
    course = new_course(tmp_path / "course", MODULE)
    names = cohort(course, MODULE, 8)
    cluster.wait_for_workers()
    killed = []

    def kill_one(_: object) -> None:
        if not killed:
            cluster.workers[0].send_signal(signal.SIGKILL)
            killed.append(True)

    done = grade_module(MODULE, course=course, progress=kill_one, settings=Settings(scheduler=cluster.address))
    assert not [g.problem for g in done if g.problem] and set(scores(course, MODULE)) == set(names)


def test_the_scheduler_is_lost(cluster: Cluster, tmp_path: Path) -> None:
    """One sentence; what was graded stays; the next run, here, does the rest."""
    course = new_course(tmp_path / "course", MODULE)
    names = cohort(course, MODULE, 10)
    cluster.wait_for_workers()
    with pytest.raises(CourseError, match="scheduler at .* was lost"):
        grade_module(MODULE, course=course, progress=lambda _: cluster.scheduler.kill(), settings=Settings(scheduler=cluster.address))  # fmt: skip
    before = scores(course, MODULE)
    assert 0 < len(before) < len(names) and (course / LOG).read_text(encoding="utf-8").count("\n") == len(before)
    done = grade_module(MODULE, course=course, settings=Settings(workers=1))
    assert sum(g.skipped for g in done) == len(before) and set(scores(course, MODULE)) == set(names)
    runners.close_all()


def test_dask_knows_the_settings() -> None:
    """Each line of deploy/dask.yaml changes a setting that this edition of Dask has."""
    import dask.config
    import distributed
    import yaml

    def leaves(tree: dict, path: str = "") -> dict[str, object]:
        found = {}
        for name, value in tree.items():
            found |= leaves(value, f"{path}{name}.") if isinstance(value, dict) else {path + name: value}
        return found

    ours = leaves(yaml.safe_load((ROOT / "deploy" / "dask.yaml").read_text(encoding="utf-8")))
    theirs = leaves(
        yaml.safe_load(Path(distributed.__file__).with_name("distributed.yaml").read_text(encoding="utf-8"))
    )
    taken = leaves(dask.config.collect([str(ROOT / "deploy" / "dask.yaml")], env={}))
    assert len(ours) >= 5 and ours.keys() <= theirs.keys() and ours == taken
    assert not [name for name in ours if ours[name] == theirs[name]]


def test_no_scheduler_and_no_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course = new_course(tmp_path, MODULE)
    hand_in(course, "ada", MODULE, right(MODULE))
    monkeypatch.setattr("coursekit.grading.cluster.PATIENCE", "1s")
    begin = time.monotonic()
    for address in ("tcp://127.0.0.1:9", "nonsense"):
        with pytest.raises(CourseError, match="There is no Dask scheduler at"):
            grade_module(MODULE, course=course, settings=Settings(scheduler=address))
    assert time.monotonic() - begin < 60
