"""Attempts of a lone learner under faults: nothing is lost, and every trouble has one clear sentence."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from exam_bank import stand_in

from coursekit.errors import CourseError
from coursekit.exam import attempts
from coursekit.exam.form import draw_practice
from coursekit.exam.notebook import practice_notebook
from coursekit.exam.submit import best, submit
from priorauth import exam as learner

NOW = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stand_in(tmp_path_factory.mktemp("course"))


def write(begun: attempts.Begun, workspace: Path, root: Path, share: float = 1.0, extra: str = "") -> None:
    """Fill in the model answers of the first part of all questions, as a learner's saved notebook."""
    parts, _ = attempts.unseal(workspace, begun.number, root)
    keep = {p.id: p.solution for p in parts[: round(share * len(parts))]}
    book = json.loads(begun.notebook.read_text(encoding="utf-8"))
    for cell in book["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if name in keep:
            cell["source"] = keep[name] + (extra if name == "q005" else "")
    begun.notebook.write_text(json.dumps(book), encoding="utf-8")


def test_the_whole_way(tmp_path: Path, root: Path) -> None:
    begun = attempts.begin(tmp_path, root, NOW)
    assert begun.new and begun.number == 1 and begun.notebook.exists()
    write(begun, tmp_path, root)
    before = begun.notebook.read_bytes()
    result = submit(tmp_path, root, NOW + dt.timedelta(hours=2))
    assert result["passed"] and result["late_minutes"] == 0
    assert {k: p["percent"] for k, p in result["parts"].items()} == {"A": 100, "B": 100}
    assert all(most == 20 for a, (_, most) in result["areas"].items() if a != "Part B")
    assert begun.notebook.read_bytes() == before
    assert (attempts.folder(tmp_path) / "handed_in" / "1" / begun.notebook.name).read_bytes() == before
    text = json.dumps(result["objectives"])
    assert "q001" not in text and "key" not in text  # by objective, not by question


def test_browser_closed_and_kernel_killed(tmp_path: Path, root: Path) -> None:
    """What was saved is what counts; start goes on with the same attempt, the same form and the same clock."""
    begun = attempts.begin(tmp_path, root, NOW)
    write(begun, tmp_path, root, share=0.5)
    saved = begun.notebook.read_bytes()
    again = attempts.begin(tmp_path, root, NOW + dt.timedelta(minutes=50))
    assert (again.number, again.new, again.started) == (1, False, NOW) and again.notebook.read_bytes() == saved


def test_clock_past_three_hours(tmp_path: Path, root: Path) -> None:
    begun = attempts.begin(tmp_path, root, NOW)
    write(begun, tmp_path, root)
    result = submit(tmp_path, root, NOW + dt.timedelta(hours=3, minutes=25))
    assert result["late_minutes"] == 25 and result["parts"]["A"]["percent"] == 100


def test_attempt_five(tmp_path: Path, root: Path) -> None:
    """Four attempts, each its own form; then one sentence. The best one stays."""
    seeds = set()
    for number in range(1, 5):
        begun = attempts.begin(tmp_path, root, NOW)
        assert begun.number == number
        seeds.add(attempts.load(tmp_path)[0][-1]["seed"])
        attempts.finish(tmp_path, number, {"passed": number == 2, "parts": {"A": {"percent": 60 + number}, "B": {"percent": 80}}, "handed_in_at": NOW.isoformat(), "late_minutes": 0})  # fmt: skip
    assert len(seeds) == 4
    with pytest.raises(CourseError, match="used all 4 attempts"):
        attempts.begin(tmp_path, root, NOW)
    assert best(tmp_path)["number"] == 2


def test_edited_and_damaged_notebook(tmp_path: Path, root: Path) -> None:
    begun = attempts.begin(tmp_path, root, NOW)
    write(begun, tmp_path, root)
    good = begun.notebook.read_text(encoding="utf-8")
    begun.notebook.write_text('{"cells": 5}', encoding="utf-8")
    with pytest.raises(CourseError, match="Nothing was handed in"):
        submit(tmp_path, root, NOW)
    assert begun.notebook.read_text(encoding="utf-8") == '{"cells": 5}'
    assert attempts.open_attempt(attempts.load(tmp_path)[0])["number"] == 1

    book = json.loads(good)  # prompts rewritten, checks rewritten, cells deleted, copied and moved
    for cell in book["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if name.endswith("-check"):
            cell["source"] = "999"
        if name.endswith("-prompt"):
            cell["source"] = "something else"
    book["cells"] = [c for c in book["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") != "q007"]
    book["cells"].append(book["cells"].pop(4))
    begun.notebook.write_text(json.dumps(book), encoding="utf-8")
    result = submit(tmp_path, root, NOW)
    assert result["parts"]["A"]["points"] == 99 and any("q007" in n for n in result["notes"])


def test_a_cell_that_ends_the_process_costs_itself_only(tmp_path: Path, root: Path) -> None:
    begun = attempts.begin(tmp_path, root, NOW)
    write(begun, tmp_path, root, extra="\nimport os\nos._exit(1)\n")
    assert submit(tmp_path, root, NOW)["parts"]["A"]["points"] >= 99


def test_lost_files_are_put_back(tmp_path: Path, root: Path) -> None:
    begun = attempts.begin(tmp_path, root, NOW)
    original = begun.notebook.read_text(encoding="utf-8")
    begun.notebook.unlink()
    again = attempts.begin(tmp_path, root, NOW)
    assert again.notebook.read_text(encoding="utf-8") == original and "missing" in again.said[0]
    again.notebook.with_name("form.json").unlink()
    attempts.begin(tmp_path, root, NOW)
    assert again.notebook.with_name("form.json").exists()
    renamed = begun.notebook.with_name("my exam.ipynb")
    write(again, tmp_path, root)
    begun.notebook.rename(renamed)
    assert attempts.begin(tmp_path, root, NOW).said == ()
    assert submit(tmp_path, root, NOW)["passed"] and renamed.exists()


def test_damaged_record_of_attempts(tmp_path: Path, root: Path) -> None:
    """The copy takes its place; without it the sealed forms still count as attempts."""
    begun = attempts.begin(tmp_path, root, NOW)
    write(begun, tmp_path, root)
    submit(tmp_path, root, NOW)
    attempts.begin(tmp_path, root, NOW)
    path = attempts.folder(tmp_path) / "attempts.json"
    path.write_text("{", encoding="utf-8")
    found, said = attempts.load(tmp_path)
    assert "damaged" in said[0] and found[0]["result"]["passed"] and list(path.parent.glob("attempts-damaged-*.json"))
    for name in ("attempts.json", "attempts.json.bak"):
        (path.parent / name).write_text("{", encoding="utf-8")
    assert [a["number"] for a in attempts.load(tmp_path)[0]] == [1, 2]


def test_a_lost_seal_is_drawn_again(tmp_path: Path, root: Path) -> None:
    begun = attempts.begin(tmp_path, root, NOW)
    parts, _ = attempts.unseal(tmp_path, 1, root)
    (attempts.folder(tmp_path) / "final_exam_1.sealed").write_bytes(b"?")
    again, _ = attempts.unseal(tmp_path, begun.number, root)
    assert attempts.fingerprint(again) == attempts.fingerprint(parts)


def test_nothing_is_open(tmp_path: Path, root: Path) -> None:
    with pytest.raises(CourseError, match="No attempt is open"):
        submit(tmp_path, root, NOW)
    (tmp_path / "final_exam_1").mkdir()
    with pytest.raises(CourseError, match="is in the way"):
        attempts.begin(tmp_path, root, NOW)


def test_the_clock_tells_and_stores_only_its_start(tmp_path: Path) -> None:
    said: set[int] = set()
    start = NOW
    times = {119: "", 121: "60 minutes", 160: "", 166: "15 minutes", 176: "5 minutes", 181: "three hours are over"}
    for minute, words in times.items():
        rest = learner.left(start, start + dt.timedelta(minutes=minute))
        found = learner.spoken(rest, said)
        assert words in found and bool(found) == bool(words), minute
    first = learner.clock(folder=tmp_path)
    assert learner.clock(folder=tmp_path).started == first.started
    assert [p.name for p in tmp_path.iterdir()] == [".exam_start"]
    assert "left" in first._repr_mimebundle_()["text/plain"]
    assert "role" not in learner.clock(NOW.isoformat()).html() and "over" in learner.time_words(-1)


def test_check_reads_the_form_of_an_answer(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    begun = attempts.begin(tmp_path, root, NOW)
    monkeypatch.chdir(begun.notebook.parent)
    learner.check("q001", None)
    assert "Not attempted" in capsys.readouterr().out
    learner.check("b1", {})
    begun.notebook.with_name("form.json").unlink()
    learner.check("q001", "A")
    assert "Your answers are safe" in capsys.readouterr().out


def test_practice_exam_answers_back(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook, public = practice_notebook(draw_practice(2, root), 2)
    assert len(notebook.cells) == 52
    (tmp_path / "form.json").write_text(public, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name, data in learner.form()["practice"].items():
        shown = learner.question(name)
        assert "text/html" in shown._repr_mimebundle_()
        if data["kind"] == "numeric":
            assert not shown.field.continuous_update  # sent as a whole, before the button's press
            assert learner.judge_number(data, str(data["key"])).startswith("Yes")
            assert learner.judge_number(data, str(data["rejects"][0]["answer"])).startswith("Not this one. ")
            assert "Not this one" not in learner.judge_number(data, "?")
            assert learner.judge_number(data, " ") == "Type your answer first."


def test_a_day_without_its_time_is_no_wrong_answer() -> None:
    data = {"form": {"kind": "numeric", "as": "datetime"}, "key": "2026-10-02 16:20", "tolerance": 0, "explain": "So.",
            "rejects": [{"answer": "2026-10-03 16:20", "message": "One day too many."}]}  # fmt: skip
    for typed in ("2026-10-02", "10/3/2026"):
        assert learner.judge_number(data, typed).startswith("The time of day is missing. ")
    assert learner.judge_number(data, "2026-10-03 16:20") == "Not this one. One day too many."
    assert learner.judge_number(data, "2026-10-02 16:20").startswith("Yes")
