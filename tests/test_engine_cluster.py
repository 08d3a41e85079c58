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
from coursekit.grading import cluster as dask
from coursekit.grading import runners
from coursekit.grading.collect import Submission
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


def test_one_that_takes_its_workers_down_costs_only_itself(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Submissions travel in batches. Those of a batch that was given up are sent again one by one."""
    course = new_course(tmp_path / "course", MODULE)
    names = cohort(course, MODULE, 16)
    cluster.wait_for_workers()
    result, sizes = dask._result, []

    def given_up(*words: object) -> object:
        copies = result(*words)
        sizes.append(len(copies))
        return None if names[0] in [c.student for c in copies] else copies

    monkeypatch.setattr(dask, "_result", given_up)
    done = grade_module(MODULE, course=course, settings=Settings(scheduler=cluster.address))
    assert [g.student for g in done if g.problem] == names[:1] and "again and again" in done[0].problem
    assert set(scores(course, MODULE)) == set(names[1:])
    assert max(sizes) == 2 and sum(sizes) == 16 + 2


def test_batches() -> None:
    """Large ones first, single ones last; files of many bytes travel alone; nothing is left out or doubled."""

    def sizes(most: int, threads: int, length: int = 10) -> list[int]:
        tasks = [Submission(str(n), MODULE, "", {"a": b"x" * length}) for n in range(most)]
        found = list(dask._batches(iter(tasks), most, threads))
        assert [s.student for batch in found for s in batch] == [s.student for s in tasks]
        return [len(batch) for batch in found]

    assert sizes(0, 2) == [] and sizes(3, 2) == [1, 1, 1] and sizes(150, 2)[:3] == [8, 8, 8]
    assert sizes(150, 2) == sorted(sizes(150, 2), reverse=True) and sizes(150, 2)[-2:] == [1, 1]
    assert set(sizes(40, 1, 3_000_000)) == {1}


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
