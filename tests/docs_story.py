"""The commands of the docs in an order in which they can be typed, with what each of them must say or make.

`shown` is the command as the page has it, `typed` the same with a real name for FILE, FOLDER and the like.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat


@dataclass(frozen=True)
class Step:
    """One command, what has to be there before it, and what must be there after it."""

    shown: str
    typed: str = ""
    before: Callable[[Path, Any], object] | None = None
    says: tuple[str, ...] = ()
    makes: tuple[str, ...] = ()
    serves: bool = False  # it goes on until Ctrl+C; `says` is waited for


def _answers(course: Path, right: Any) -> None:
    """The learner worked on what she fetched."""
    nbformat.write(right("module_01"), course / "module_01" / "module_01.ipynb")


def _own_copy(course: Path, right: Any) -> None:
    place = course / "workspace" / "module_01" / "module_01.ipynb"
    place.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(right("module_01"), place)


def _hand_ins(course: Path, right: Any) -> None:
    place = course / "in" / "bo_module_01.ipynb"
    place.parent.mkdir(exist_ok=True)
    work = right("module_01")
    work.cells.append(nbformat.v4.new_code_cell("# notes of my own", id="own-notes"))
    nbformat.write(work, place)
    shutil.make_archive(str(course / "hand-ins"), "zip", place.parent)


def _sat_exam(course: Path, _: Any) -> None:
    shutil.copytree(course / "release" / "final_exam_a", course / "submitted" / "bo" / "final_exam_a")


def _roster(course: Path, _: Any) -> None:
    (course / "class.csv").write_text("learner,name\nbo,Bo Lind\nada,Ada Berg\n")


STORY = [
    # a learner without the course page
    Step("python3 course.py doctor", says=("Python",)),
    Step("python3 course.py lab", "python3 course.py lab --no-browser", says=("http://",), serves=True),
    Step("py course.py lab", "py course.py lab --no-browser", says=("http://",), serves=True),
    Step(
        "python3 course.py lab --workspace FOLDER",
        "python3 course.py lab --workspace other --no-browser",
        says=("http://",),
        makes=("other/module_01/module_01.ipynb",),
        serves=True,
    ),
    Step(
        "python3 course.py lab --learner ada",
        "python3 course.py lab --workspace hers --learner ada --no-browser",
        says=("http://",),
        serves=True,
    ),
    Step("python3 course.py grade 1 --me", before=_own_copy, says=("46",)),
    Step("python3 course.py check 1", says=("can be read",)),
    Step("python3 course.py progress", says=("46",)),
    Step("python3 course.py update", says=("present edition",)),
    Step("python3 course.py submit 1 --learner ada", says=("SHA-256",), makes=("workspace/handed_in/*.zip",)),
    Step("python3 course.py submit 1"),
    Step("python3 course.py submit module_01"),
    Step("python3 course.py submit module_01 --learner ada"),
    Step("python3 course.py reset 1 m01-c1", says=("as it was released", "kept in")),
    # an author
    Step("python3 course.py build --check", says=("as the last build left",)),
    Step("python3 course.py build"),
    Step("python3 course.py items module_01", says=("catch rate 100.0 %",)),
    Step("python3 course.py map", says=("0 holes",)),
    # a class on nbgrader's commands
    Step("nbgrader generate_assignment module_01", makes=("release/module_01/*.ipynb", "gradebook.db")),
    Step('nbgrader db assignment add module_01 --duedate "2026-11-30 23:59 UTC"'),
    Step("nbgrader release_assignment module_01", makes=("exchange/*/outbound/module_01/*.ipynb",)),
    Step("nbgrader fetch_assignment module_01", makes=("module_01/*.ipynb",)),
    Step("nbgrader submit module_01", before=_answers, makes=("exchange/*/inbound/*",)),
    Step("nbgrader collect module_01", makes=("submitted/*/module_01/*.ipynb",)),
    Step("nbgrader autograde module_01"),
    Step("nbgrader generate_feedback module_01", makes=("feedback/*/module_01/*.html",)),
    Step("nbgrader release_feedback module_01"),
    Step("nbgrader fetch_feedback module_01", makes=("module_01/feedback/**/*.html",)),
    # what came as files
    Step(
        "python3 course.py collect module_01 FOLDER_OR_ZIP",
        "python3 course.py collect module_01 in",
        _hand_ins,
        makes=("submitted/bo/module_01/*.ipynb",),
    ),
    Step("python3 course.py collect module_01 hand-ins.zip"),
    Step("python3 course.py collect module_01 hand-ins.zip --roster class.csv", before=_roster),
    Step("python3 course.py grade module_01", says=("bo", "46"), makes=("autograded/bo/module_01/*.ipynb",)),
    Step("python3 course.py feedback module_01 --out back", makes=("back/feedback_module_01.zip",)),
    Step("nbgrader export", makes=("grades.csv",)),
    Step("python3 course.py report", makes=("reports/index.html", "reports/long.csv")),
    # the exam
    Step("python3 course.py exam --help", says=("practice",)),
    Step("python3 course.py exam practice --seed 1"),
    Step("python3 course.py exam start", makes=("workspace/final_exam_1/final_exam_1.ipynb",)),
    Step("python3 course.py exam status", says=("min",)),
    Step("python3 course.py exam submit"),
    Step("python3 course.py exam result"),
    Step("python3 course.py exam build --seed 2026 --name final_exam_a", makes=("release/final_exam_a/*.ipynb",)),
    Step("python3 course.py grade final_exam_a", before=_sat_exam, makes=("autograded/bo/final_exam_a/*.ipynb",)),
    Step("python3 course.py exam class final_exam_a"),
    Step("python3 course.py exam check"),
    Step('python3 course.py record --name "Your Name"'),
    Step("python3 course.py verify FILE", "python3 course.py verify workspace/completion-record.html"),
]

#: Commands that have a test of their own, because they take minutes, install, or need several processes.
ELSEWHERE = {
    "python3 course.py build --check --full": "tests/test_build.py::test_a_full_rebuild_gives_the_same_bytes",
    "python3 course.py build --site": "tests/test_site.py::test_a_module_is_there_whole",
    "python -m coursekit.codes_extract": "tests/test_codes.py::test_the_shipped_extract_is_a_rebuild_byte_for_byte",
    "python3 course.py exam build-bank": "tests/test_exam_computed.py::test_file_is_as_the_templates_make_it",
    "dask scheduler": "tests/test_engine_cluster.py::test_the_same_scores_as_here",
    "dask worker tcp://HOST:8786 --nthreads 4": "tests/test_engine_cluster.py::test_the_same_scores_as_here",
    "python3 course.py grade module_01 --scheduler tcp://HOST:8786": "tests/test_engine_cluster.py::test_the_same_scores_as_here",
    "python3 course.py migrate module_01": "tests/test_migrate.py::test_a_killed_run_goes_on_where_it_was",
    "python3 course.py migrate module_01 --dry-run": "tests/test_migrate.py::test_a_dry_run_says_what_then_happens",
    "nbgrader db student remove ada_2 --force": "tests/test_reports.py::test_a_wrong_id_leaves_nothing_behind",
    "pip install -r deploy/cluster.txt": "tests/test_engine_cluster.py::test_the_same_scores_as_here",
}

#: What no test can run: this one itself, and what changes the machine it is typed on.
BY_HAND = {
    "python3 course.py test": "runs all tests, this one, too",
    "pytest tests/test_world_*.py -s": "these are among the tests",
    "git clone <address of this repository> prior-authorization": "needs the address",
}

_FIGURES = "a measurement: from minutes to an hour"
BY_HAND |= {
    "python tests/bench_grading.py module_01 --number 40 --stock 8 --rounds 5": _FIGURES,
    "python tests/bench_class.py module_01 --number 1000": _FIGURES,
    "python tests/bench_cluster.py module_01 --number 40 --rounds 5": _FIGURES,
    "python tests/same_as_stock.py --number 17": _FIGURES,
    "python tests/bench_damage.py --number 3000": _FIGURES,
}

# A class on a server: what needs no root is run as it stands, with the places in a folder of the test.
_HERE = "tests/test_deploy.py::test_the_commands_for_one_machine"
_HUB = "tests/test_hub.py::test_a_class_from_release_to_feedback"
ELSEWHERE |= {
    "sudo git clone ADDRESS /srv/priorauth/course": _HERE,
    "sudo /opt/tljh/user/bin/python -m coursekit learners /srv/priorauth/learners": _HERE,
    "sudo install -d -m 1777 /srv/priorauth/exchange": _HERE,
    "sudo chmod 700 /srv/priorauth/course": _HERE,
    "sudo cp deploy/jupyterhub/jupyterhub_config.py /opt/tljh/config/jupyterhub_config.d/priorauth.py": _HERE,
    "sudo mkdir -p /opt/priorauth/proxy /etc/jupyterhub": _HERE,
    "sudo cp deploy/jupyterhub/jupyterhub_config.py /etc/jupyterhub/": _HERE,
    "sudo cp deploy/jupyterhub/package*.json /opt/priorauth/proxy/": _HERE,
    "sudo /opt/priorauth/bin/pip install --require-hashes -r deploy/jupyterhub/requirements.txt": _HUB,
    "sudo npm ci --prefix /opt/priorauth/proxy": _HUB,
    "sudo PATH=/opt/priorauth/bin:/opt/priorauth/proxy/node_modules/.bin:$PATH jupyterhub -f /etc/jupyterhub/jupyterhub_config.py": _HUB,
    "sudo PRIORAUTH_VENV=/opt/priorauth python3 course.py setup": "tests/test_launcher.py::test_first_start_makes_the_environment_and_later_starts_are_quick",
}
_ROOT = "changes the machine: accounts, or a hub that is there"
BY_HAND |= {
    "sudo -E /opt/tljh/user/bin/pip install --require-hashes -r requirements.txt": "needs TLJH; the same file makes the course's environment",
    "sudo useradd --create-home jupyter-grader-priorauth": _ROOT,
    "sudo useradd --create-home grader-priorauth": _ROOT,
    "sudo chown -R jupyter-grader-priorauth: /srv/priorauth/course": _ROOT,
    "sudo nano /opt/tljh/config/jupyterhub_config.d/priorauth.py": "an editor",
    "sudo tljh-config reload hub": "needs TLJH",
}
