"""What stands in deploy/, .binder/ and .devcontainer/: complete, in step with the course, and without keys for learners."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
import yaml
from browser_tools import free_port, serving
from conftest import MODULES, compiled_module
from traitlets.config import Config

from coursekit import leaks
from coursekit.errors import CourseError
from coursekit.items import ROOT
from coursekit.learners import write_learners

DEPLOY = ROOT / "deploy" / "jupyterhub"


@pytest.fixture(scope="module")
def learners(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_learners(tmp_path_factory.mktemp("class") / "learners")


def hub_settings(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Config:
    """Run jupyterhub_config.py as a hub does; returns what it set."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    c = Config()
    code = compile((DEPLOY / "jupyterhub_config.py").read_text(encoding="utf-8"), "jupyterhub_config.py", "exec")
    exec(code, {"get_config": lambda: c})
    return c


def started(c: Config, name: str) -> Any:
    """A spawner after the hub's hook."""
    spawner = SimpleNamespace(user=SimpleNamespace(name=name), environment={"JUPYTER_PATH": "/env/share"})
    c.Spawner.pre_spawn_hook(spawner)
    return spawner


def test_what_learners_get_holds_no_answer(learners: Path) -> None:
    files = [p for p in learners.rglob("*") if p.is_file()]
    assert len(files) > 150
    names = {p.relative_to(learners).as_posix() for p in files}
    assert not [n for n in names if re.search(r"coursekit|items\.yaml|/keys/|gradebook|source/|second_route", n)]
    texts = [p for p in files if p.suffix in (".py", ".html", ".json", ".csv", ".yaml", ".md", ".js", ".txt")]
    for name in MODULES[:2]:  # test_leaks.py looks for the secrets of all modules in data, package and release
        known, looked, found = leaks.scan(compiled_module(name), learners, texts)
        assert known > 80 and looked > 100
        assert not found


def test_a_learners_python_has_the_tools_and_not_the_course(learners: Path) -> None:
    code = "import priorauth.data as d; print(len(d.load('requests'))); import importlib.util as u; print(u.find_spec('coursekit'))"
    # -S leaves out the .pth file that brings this repository in; a hub has none
    packages = os.pathsep.join([str(learners), *(p for p in sys.path if p.endswith("site-packages"))])
    done = subprocess.run([sys.executable, "-S", "-c", code], cwd=learners, text=True, capture_output=True,
                          env={**os.environ, "PYTHONPATH": packages})  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows, found = done.stdout.split()
    assert int(rows) > 1000 and found == "None"


def test_it_is_written_again_and_never_over_something_else(tmp_path: Path) -> None:
    other = tmp_path / "thesis"
    other.mkdir()
    (other / "chapter.md").write_text("mine")
    with pytest.raises(CourseError, match="holds files that do not come from here"):
        write_learners(other)
    assert [p.name for p in tmp_path.rglob("*")] == ["thesis", "chapter.md"]
    with pytest.raises(CourseError, match="holds files"):
        write_learners(other / "chapter.md")


def test_who_gets_what(monkeypatch: pytest.MonkeyPatch, learners: Path) -> None:
    places = {"PRIORAUTH_COURSE": "/srv/c", "PRIORAUTH_EXCHANGE": "/srv/e", "PRIORAUTH_INSTRUCTORS": "ines omar"}
    c = hub_settings(monkeypatch, PRIORAUTH_LEARNERS=str(learners), PRIORAUTH_GRADER_IMAGE="grader:1", **places)
    grader, ada = started(c, "grader-priorauth"), started(c, "ada")
    assert grader.notebook_dir == "/srv/c" and grader.default_url == "/formgrader" and grader.image == "grader:1"
    assert ada.default_url == "/course" and not hasattr(ada, "notebook_dir") and not hasattr(ada, "image")
    assert "/srv/c" not in json.dumps(ada.environment), "a learner's server is told where the keys are"
    assert ada.environment["JUPYTER_PATH"] == f"{learners}/jupyter{os.pathsep}/env/share"
    assert grader.environment["PRIORAUTH_EXCHANGE"] == ada.environment["PRIORAUTH_EXCHANGE"] == "/srv/e"
    role = c.JupyterHub.load_roles.get_value([])[0]
    assert role["users"] == ["ines", "omar"] and all(s.endswith("user=grader-priorauth") for s in role["scopes"])


def test_practice_has_the_whole_course(monkeypatch: pytest.MonkeyPatch) -> None:
    ada = started(hub_settings(monkeypatch, PRIORAUTH_LEARNERS=str(ROOT)), "ada")
    assert ada.environment["PRIORAUTH_WORKSPACE"] == "~/prior-authorization"
    assert "PRIORAUTH_EXCHANGE" not in ada.environment
    assert (Path(ada.environment["JUPYTER_CONFIG_PATH"]) / "jupyter_server_config.d").is_dir()


def test_zero_to_jupyterhub_gets_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The chart runs the file where `c` is there and get_config is another function."""
    values = yaml.safe_load((DEPLOY / "values.yaml").read_text(encoding="utf-8"))
    for name, value in values["hub"]["extraEnv"].items():
        monkeypatch.setenv(name, value)
    c = Config()
    text = (DEPLOY / "jupyterhub_config.py").read_text(encoding="utf-8")
    asked = set(re.findall(r'environ\.get\("(\w+)"', text))
    assert set(values["hub"]["extraEnv"]) <= asked and len(asked) == 6
    exec(compile(text, "priorauth.py", "exec"), {"c": c, "get_config": lambda name: 1 / 0})
    assert started(c, "grader-priorauth").image.startswith("REGISTRY/priorauth-grader:")
    claim = yaml.safe_load((DEPLOY / "exchange.yaml").read_text(encoding="utf-8"))
    volumes = values["singleuser"]["storage"]["extraVolumes"]
    assert [v["persistentVolumeClaim"]["claimName"] for v in volumes] == [claim["metadata"]["name"]]


def test_the_images_are_made_of_what_is_here() -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    copied = [w for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE) for w in line.split()[:-1]]
    assert {"requirements.txt", "deploy/jupyterhub/requirements.txt"} <= set(copied)
    assert all((ROOT / name).exists() for name in copied)
    values = (DEPLOY / "values.yaml").read_text(encoding="utf-8")
    for target in re.findall(r"^FROM base AS (learner|grader)$", text, re.MULTILINE):
        assert f"REGISTRY/priorauth-{target}" in values
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert {"gradebook.db*", "submitted", "workspace", ".venv*"} <= set(ignored)


def test_the_hub_and_the_course_agree_on_versions() -> None:
    """Both files go into one environment."""
    pins = [
        dict(re.findall(r"^([a-z0-9.-]+)==([^\s;]+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))
        for name in ("requirements.txt", "deploy/jupyterhub/requirements.txt")
    ]
    both = set(pins[0]) & set(pins[1])
    assert len(both) > 30 and "jupyterhub" in pins[1] and "jupyterhub" not in pins[0]
    assert {n: pins[0][n] for n in both} == {n: pins[1][n] for n in both}


@pytest.mark.slow
def test_the_commands_for_one_machine(tmp_path: Path) -> None:
    """The commands of the guide, word for word but for the places, which lie in a folder here, and without root.

    What installs packages or changes the machine's accounts is left out; docs_story.py says where that is tested.
    """
    text = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    lines = [n for block in re.findall(r"^```text\n(.*?)^```", text, re.S | re.M) for n in block.splitlines()]
    here = {name: str(tmp_path / name.strip("/")) for name in ("/srv/priorauth", "/etc/jupyterhub", "/opt/priorauth")}
    here |= {
        "/opt/tljh/user/bin/python": sys.executable,
        "/opt/tljh/config": str(tmp_path / "tljh"),
        "ADDRESS": f"file://{ROOT}",
    }
    (tmp_path / "tljh" / "jupyterhub_config.d").mkdir(parents=True)
    done = []
    for line in lines:
        words = line.removeprefix("sudo ")
        if not words.startswith(("git clone", "/opt/tljh/user/bin/python", "install", "chmod", "cp", "mkdir")):
            continue
        for name, place in here.items():
            words = words.replace(name, place)
        # without -P, `python -m coursekit` takes the clone in which it stands
        folder = tmp_path / "srv/priorauth/course"
        env = {k: v for k, v in os.environ.items() if k != "PYTHONSAFEPATH"}
        ran = subprocess.run(
            words, shell=True, cwd=folder if folder.is_dir() else tmp_path, env=env, text=True, capture_output=True
        )
        assert ran.returncode == 0, f"{line}\n{ran.stderr}"
        done.append(line)
    assert len(done) == 8
    srv = tmp_path / "srv/priorauth"
    assert (srv / "learners" / "modules.json").exists() and not (srv / "learners" / "coursekit").exists()
    assert (srv / "exchange").stat().st_mode & 0o7777 == 0o1777 and (srv / "course").stat().st_mode & 0o077 == 0
    assert (tmp_path / "tljh/jupyterhub_config.d/priorauth.py").read_bytes() == (
        DEPLOY / "jupyterhub_config.py"
    ).read_bytes()
    assert {p.name for p in (tmp_path / "opt/priorauth/proxy").iterdir()} == {"package.json", "package-lock.json"}


@pytest.fixture
def grader_home(tmp_path: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """A container's grader: an edition in the image, and a home volume."""
    edition = tmp_path / "edition"
    edition.mkdir()
    (edition / "built.json").write_text("1")
    script = (DEPLOY / "start-grader").read_text(encoding="utf-8").replace("/srv/priorauth/edition", str(edition))
    (tmp_path / "start-grader").write_text(script)
    yield tmp_path, {**os.environ, "PRIORAUTH_COURSE": str(tmp_path / "home" / "course")}


def test_a_new_image_never_touches_the_graders_volume(grader_home: tuple[Path, dict[str, str]]) -> None:
    folder, env = grader_home
    (folder / "home").mkdir()
    start = ["sh", str(folder / "start-grader"), "echo", "started"]
    first = subprocess.run(start, env=env, text=True, capture_output=True)
    assert first.stdout == "started\n" and not first.stderr
    course = folder / "home" / "course"
    (course / "gradebook.db").write_text("grades")
    (folder / "edition" / "built.json").write_text("2")
    second = subprocess.run(start, env=env, text=True, capture_output=True)
    assert second.stdout == "started\n" and "another edition" in second.stderr
    assert (course / "gradebook.db").read_text() == "grades" and (course / "built.json").read_text() == "1"
    assert course.stat().st_mode & 0o077 == 0


def asked(address: str) -> requests.Response:
    """Ask a server that may not listen yet."""
    end = time.monotonic() + 60
    while True:
        try:
            return requests.get(address, headers={"Authorization": "token t"}, timeout=60)
        except requests.ConnectionError:
            assert time.monotonic() < end
            time.sleep(0.3)


def test_binder_serves_the_course_page_behind_its_prefix(tmp_path: Path) -> None:
    assert (ROOT / ".binder" / "requirements.txt").read_text() == "-r ../requirements.txt\n"
    copy = tmp_path / "repository"
    for name in ("coursekit", "priorauth", "release", "notebooks", "toolkit", "datasets", ".binder"):
        (copy / name).parent.mkdir(exist_ok=True)
        subprocess.run(["cp", "-a", str(ROOT / name), str(copy / name)], check=True)
    port = free_port()
    options = [f"--ServerApp.port={port}", "--ServerApp.base_url=/user/x-y-1/", "--ServerApp.token=t"]
    command = ["start", sys.executable, "-m", "jupyterlab", "--no-browser", "--ServerApp.allow_root=True", *options]
    (copy / "binder.py").write_text(f"import os; os.execv('.binder/start', {command!r})")
    place = f"http://127.0.0.1:{port}/user/x-y-1/"
    with serving(["binder"], copy, tmp_path / "server.log", rf"{re.escape(place)}lab\?token=\S+"):
        answer = asked(f"{place}course")
    assert answer.status_code == 200
    assert f'href="/user/x-y-1/lab/tree/workspace/{MODULES[0]}/{MODULES[0]}.ipynb"' in answer.text
    assert (copy / "workspace" / MODULES[0] / f"{MODULES[0]}.ipynb").exists()


def test_the_dev_container_sets_up_and_starts_the_course() -> None:
    file = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    for key, command in (("postCreateCommand", "setup"), ("postAttachCommand", "lab")):
        words = file[key].split()
        assert words[:3] == ["python3", "course.py", command]
    assert f"--port {file['forwardPorts'][0]}" in file["postAttachCommand"]


def test_the_page_of_a_class_names_the_exam(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(DEPLOY / "learner")
    from priorauth_class import rows

    listed = [
        {"assignment_id": name, "status": "released", "submissions": []}
        for name in ("final_exam_a", "module_01", "an_essay")
    ]
    titles = {row["name"]: row["title"] for row in rows(listed, {"module_01": "What it is"}, "/")}
    assert titles == {"final_exam_a": "Final exam, form A", "module_01": "What it is", "an_essay": "an_essay"}
