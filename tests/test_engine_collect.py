"""Taking in hand-ins from folders and zips: names, versions, and what must be refused."""

from __future__ import annotations

import io
import json
import os
import stat
import zipfile
from pathlib import Path

import pytest
from conftest import MODULES, read_built

from coursekit.errors import CourseError
from coursekit.grading import archives
from coursekit.grading.collect import read
from coursekit.grading.receive import Received, receive

MODULE = MODULES[0]


def notebook(word: str = "") -> bytes:
    return json.dumps(dict(read_built("release", MODULE)) | {"word": word}).encode()


def zipped(files: dict[str, bytes]) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return whole.getvalue()


def lay_out(place: Path, files: dict[str, bytes], as_zip: bool) -> Path:
    if as_zip:
        place = place.with_suffix(".zip")
        place.write_bytes(zipped(files))
        return place
    for name, content in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return place


def taken(course: Path, origin: Path, update: bool = False) -> dict[str, Received]:
    return {r.student or r.name: r for r in receive(course, MODULE, origin, update)}


LAYOUTS = {
    "one file each": {"ada.ipynb": "ada", f"ben_{MODULE}.ipynb": "ben", f"{MODULE}-cleo.ipynb": "cleo"},
    "one folder each": {"ada/answers.ipynb": "ada", f"Ben Ode/{MODULE}/{MODULE}.ipynb": "Ben_Ode"},
    "nbgrader's submitted": {f"submitted/ada/{MODULE}/{MODULE}.ipynb": "ada", f"submitted/ben/{MODULE}/x.ipynb": "ben"},
    "nbgrader's exchange": {f"inbound/ada+{MODULE}+2026-11-20 08:00:00 UTC+x1/{MODULE}.ipynb": "ada"},
    "Canvas": {f"lovelaceada_4711_90001_{MODULE}.ipynb": "lovelaceada_4711", f"odeben_LATE_12_90002_{MODULE}-1.ipynb": "odeben_12"},
    "Moodle": {f"Ada Lovelace_88_assignsubmission_file_/{MODULE}.ipynb": "Ada_Lovelace", f"Bén Ode_89_assignsubmission_file_{MODULE}.ipynb": "Bén_Ode"},
    "wrapped": {f"{MODULE}/ada.ipynb": "ada", f"{MODULE}/ben.py": "ben"},
}  # fmt: skip


@pytest.mark.parametrize("as_zip", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_layouts(tmp_path: Path, layout: str, as_zip: bool) -> None:
    names = LAYOUTS[layout]
    origin = lay_out(tmp_path / "in", {n: notebook() for n in names} | {"__MACOSX/._x": b"", ".DS_Store": b""}, as_zip)
    course = tmp_path / "course"
    found = taken(course, origin)
    assert {r.student: r.state for r in found.values()} == dict.fromkeys(names.values(), "new")
    for student in names.values():
        submission = read(student, MODULE, course / "submitted" / student / MODULE)
        assert list(submission.files.values()) == [notebook()]
        assert (submission.timestamp is not None) == (layout == "nbgrader's exchange")
    assert {r.state for r in taken(course, origin).values()} == {"unchanged"}


def test_a_zip_for_each_learner_and_other_files(tmp_path: Path) -> None:
    inner = zipped({f"{MODULE}/mine.ipynb": notebook(), f"{MODULE}/data/my.csv": b"a,b"})
    origin = lay_out(tmp_path / "in", {"ada.zip": inner, "ben/work.zip": inner, "list.xlsx": b"x"}, True)
    found = taken(tmp_path, origin)
    assert {s: r.state for s, r in found.items()} == {"ada": "new", "ben": "new", "list.xlsx": "skipped"}
    assert (tmp_path / "submitted/ada" / MODULE / "data/my.csv").read_bytes() == b"a,b"


def test_versions(tmp_path: Path) -> None:
    """Another version waits; with --update it takes the place, and the earlier one is kept."""
    origin = lay_out(tmp_path / "in", {"ada.ipynb": notebook("first")}, False)
    receive(tmp_path, MODULE, origin)
    (origin / "ada.ipynb").write_bytes(notebook("second"))
    assert taken(tmp_path, origin)["ada"].state == "waiting"
    mine = tmp_path / "submitted" / "ada" / MODULE / f"{MODULE}.ipynb"  # the name by which stock nbgrader finds it
    assert mine.read_bytes() == notebook("first")
    replaced = taken(tmp_path, origin, update=True)["ada"]
    assert replaced.state == "replaced" and mine.read_bytes() == notebook("second")
    assert (tmp_path / f"submitted/.collect/ada-{MODULE}.1/{MODULE}.ipynb").read_bytes() == notebook("first")


def test_the_last_of_several_counts_where_names_tell(tmp_path: Path) -> None:
    files = {f"ada+{MODULE}+2026-11-2{d} 08:00:00 UTC+x{d}/{MODULE}.ipynb": notebook(str(d)) for d in (1, 2, 0)}
    files |= {f"ode_7_9{d}_{MODULE}-{d}.ipynb": notebook(str(d)) for d in (1, 2, 0)}
    files |= {"ben.ipynb": notebook(), "ben/x.ipynb": notebook("other"), f"x+module_99+2026+r/{MODULE}.ipynb": b""}
    report = receive(tmp_path, MODULE, lay_out(tmp_path / "in", files, True))
    for student in ("ada", "ode_7"):
        (path,) = (tmp_path / "submitted" / student / MODULE).glob("*.ipynb")
        assert json.loads(path.read_bytes())["word"] == "2"
    assert [r.state for r in report if r.student == "ben"] == ["held", "held"], "nothing says which is newer"
    assert not (tmp_path / "submitted" / "ben").exists()
    assert not [r for r in report if "99" in r.name]


@pytest.mark.parametrize("name", ["../../evil.ipynb", "/tmp/evil.ipynb", "ada/../../../evil.ipynb", "C:\\evil.ipynb", "ada\\..\\..\\evil.ipynb"])  # fmt: skip
def test_names_that_lead_out(tmp_path: Path, name: str) -> None:
    course = tmp_path / "deep" / "course"
    course.mkdir(parents=True)
    good, bad = zipped({"x.ipynb": notebook()}), zipped({name: notebook(), "x.ipynb": notebook()})
    origin = lay_out(tmp_path / "in", {"ada.zip": bad, "ben.zip": good}, True)
    found = taken(course, origin)
    assert found["ben"].state == "new"
    assert found["ada.zip"].state == "refused" and "leads out of its folder" in found["ada.zip"].note
    whole = receive(course, MODULE, lay_out(tmp_path / "whole", {name: notebook(), "cleo.ipynb": notebook()}, True))
    assert {r.state for r in whole if r.student != "cleo"} == {"refused"}
    assert not list(tmp_path.rglob("evil*")) and not Path("/tmp/evil.ipynb").exists()


def test_links_are_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("link.ipynb")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    origin = lay_out(tmp_path / "in", {"ada.zip": inner.getvalue()}, False)
    os.symlink("/etc/passwd", origin / "ben.ipynb")
    found = receive(tmp_path, MODULE, origin)
    assert [r.state for r in found] == ["refused", "refused"] and all("link" in r.note for r in found)


def test_bad_zips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = zipped({"x.ipynb": notebook()})
    changed = good.replace(good[200:220], bytes(20))
    files = {"ada.zip": good, "ben.zip": good[:100], "cleo.zip": b"", "dan.zip": changed, "eve.zip": zipped({})}
    found = receive(tmp_path, MODULE, lay_out(tmp_path / "in", files, False))
    assert [r.state for r in found if r.student == "ada"] == ["new"]
    assert len([r for r in found if r.state == "refused" and r.note.count(".") >= 1]) == 4
    monkeypatch.setattr(archives, "LARGEST_FILE", 1_000_000)
    bomb = lay_out(tmp_path / "bomb", {"ada.zip": zipped({"x.ipynb": b" " * 30_000_000})}, False)
    (big,) = receive(tmp_path / "other", MODULE, bomb)
    assert big.state == "refused" and "too large" in big.note
    for content in (good[:100], b"PK", b""):
        path = tmp_path / "class.zip"
        path.write_bytes(content)
        with pytest.raises(CourseError, match=r"^.* is not a readable zip file .*$"):
            receive(tmp_path, MODULE, path)
    with pytest.raises(CourseError, match="does not exist"):
        receive(tmp_path, MODULE, tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CourseError, match="holds nothing"):
        receive(tmp_path, MODULE, tmp_path / "empty")
