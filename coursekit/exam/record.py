"""The completion record: what a learner did, as HTML and PDF, sealed with a key that stays in the gradebook.

Each record has a key of its own in the gradebook (table `course_records`). The seal is an HMAC-SHA256 of the record's
content with that key. `verify` needs the gradebook: it makes the page again from the data in the file, compares it
character by character, and computes the seal again. A PDF carries the same data behind its last line.
"""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import hashlib
import hmac
import json
import re
import secrets
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from coursekit.errors import CourseError
from coursekit.files import write_whole
from coursekit.programme import AREAS, PASS_POINTS, POINTS, programme

Content = dict[str, Any]
TEMPLATES = Path(__file__).parent / "pages"
_KEYS = "CREATE TABLE IF NOT EXISTS course_records (id TEXT PRIMARY KEY, key TEXT NOT NULL, made_on TEXT NOT NULL)"
_DATA = re.compile(r'<script type="application/json" id="record">(.*?)</script>', re.DOTALL)
_TAIL = b"\n%priorauth-record "


# --- what it says -----------------------------------------------------------------------------------------------------


def content(name: str, results: dict[str, Content], exam: Content | None, made: dt.date | None = None) -> Content:
    """The record as plain data. `results`: best result by module; `exam`: best attempt with its number."""
    if not name.strip() or len(name) > 80 or any(c in name for c in "<>{}\n"):
        raise CourseError(
            "Give the name that should stand on the record, with --name (up to 80 characters, no brackets)."
        )
    modules, areas = [], {a: [0.0, 0] for a in AREAS}
    for entry in programme():
        best = results.get(entry.name)
        points = float(best["points"]) if best else 0.0
        areas[entry.area][0] += points
        areas[entry.area][1] += POINTS
        state = "complete" if points >= PASS_POINTS else "begun" if best else "not graded"
        modules.append({"number": entry.number, "title": entry.title, "points": f"{points:g} of {POINTS}", "state": state, "on": best["graded_at"][:10] if best else "-"})  # fmt: skip
    exam_areas = exam["result"]["areas"] if exam else {}
    rows = [
        {"area": a, "title": AREAS[a], "points": f"{got:g} of {most}", "exam": "{:g} of {:g}".format(*exam_areas[a]) if a in exam_areas else "-"}
        for a, (got, most) in areas.items()
    ]  # fmt: skip
    return {
        "id": secrets.token_hex(6), "name": name.strip(), "made_on": (made or dt.date.today()).isoformat(), "modules": modules, "areas": rows,
        "exam": _exam(exam) if exam else None,
    }  # fmt: skip


def _exam(attempt: Content) -> Content:
    result = attempt["result"]
    words = "Passed: at least 70 % in each part." if result["passed"] else "Not passed: 70 % are needed in each part."
    late = (
        f" It was handed in {result['late_minutes']} minutes after the three hours." if result["late_minutes"] else ""
    )
    when = result["handed_in_at"][:10]
    parts = [{"part": k, "points": f"{p['points']:g} of {p['max_points']:g}", "percent": f"{p['percent']:g} %"} for k, p in result["parts"].items()]  # fmt: skip
    return {"words": f"Attempt {attempt['number']}, handed in on {when}. {words}{late}", "parts": parts}


def gather(workspace: Path) -> tuple[dict[str, Content], Content | None]:
    """Best result by module and best attempt of a lone learner."""
    from coursekit import progress
    from coursekit.exam.submit import best

    store, _ = progress.load(workspace)
    return {name: m["best"] for name, m in store["modules"].items()}, best(workspace)


# --- the seal ---------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _book(gradebook: Path) -> Iterator[sqlite3.Connection]:
    try:
        with contextlib.closing(sqlite3.connect(gradebook, timeout=5)) as base, base:
            yield base
    except sqlite3.DatabaseError as problem:
        raise CourseError(f"The gradebook {gradebook} cannot be used ({problem}). Nothing was changed.") from None


def _seal(key: str, record: Content) -> str:
    text = json.dumps(record, sort_keys=True, ensure_ascii=False).encode()
    return hmac.new(bytes.fromhex(key), text, hashlib.sha256).hexdigest()


def sealed(record: Content, gradebook: Path) -> str:
    """The seal of a new record; its key goes into the gradebook."""
    if not gradebook.exists():
        raise CourseError(f"There is no gradebook {gradebook} yet. Grade a module or hand in an exam first.")
    key = secrets.token_hex(32)
    with _book(gradebook) as base:
        base.execute(_KEYS)
        base.execute("INSERT INTO course_records VALUES (?, ?, ?)", (record["id"], key, record["made_on"]))
    return _seal(key, record)


def html(record: Content, seal: str) -> str:
    """The page: the same text for the same record, always."""
    import jinja2
    from markupsafe import Markup

    page = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True).get_template("record.html")
    data = json.dumps({"record": record, "seal": seal}, sort_keys=True, ensure_ascii=False).replace("<", "\\u003c")
    return page.render(r=record, seal=seal, data=Markup(data)) + "\n"


def make(workspace: Path, name: str, folder: Path, gradebook: Path) -> list[Path]:
    """Write `completion-record.html` and `.pdf` into a folder; returns the files."""
    results, exam = gather(workspace)
    if not results and exam is None:
        raise CourseError("There is nothing to record yet. Grade a module or hand in an exam first.")
    record = content(name, results, exam)
    seal = sealed(record, gradebook)
    page = html(record, seal)
    first, second = folder / "completion-record.html", folder / "completion-record.pdf"
    write_whole(first, page)
    data = pdf(page, record)
    tail = base64.b64encode(
        json.dumps({"record": record, "seal": seal, "pdf": hashlib.sha256(data).hexdigest()}).encode()
    )
    proof = _pdf_seal(gradebook, record["id"], data)
    write_whole(second, data + _TAIL + tail + b" " + proof.encode() + b"\n")
    return [first, second]


def _key(gradebook: Path, name: str) -> str:
    if not gradebook.exists():
        raise CourseError(f"There is no gradebook {gradebook}; name it with --gradebook.")
    with _book(gradebook) as base:
        base.execute(_KEYS)
        row = base.execute("SELECT key FROM course_records WHERE id = ?", (name,)).fetchone()
    if row is None:
        raise CourseError(
            f"The gradebook {gradebook} did not make a record {name}. It cannot say whether the file is genuine."
        )
    return row[0]


def _pdf_seal(gradebook: Path, name: str, data: bytes) -> str:
    return hmac.new(bytes.fromhex(_key(gradebook, name)), data, hashlib.sha256).hexdigest()


def verify(path: Path, gradebook: Path) -> str:
    """One sentence if the file is genuine and unchanged. Raises `CourseError` that says what is wrong otherwise."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}.") from error
    changed = CourseError(f"{path.name} is not as it was made: something in it was changed.")
    try:
        if raw.startswith(b"%PDF"):
            body, _, tail = raw.rpartition(_TAIL)
            packed, proof = tail.split()
            data = json.loads(base64.b64decode(packed))
        else:
            text = raw.decode("utf-8").replace("\r\n", "\n")
            found = _DATA.search(text)
            data = json.loads(found[1]) if found else None
        record, seal = data["record"], data["seal"]
        name = str(record["id"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise CourseError(f"{path.name} is no completion record of this course, or it was cut.") from None
    key = _key(gradebook, name)
    if not hmac.compare_digest(_seal(key, record), str(seal)):
        raise changed
    if raw.startswith(b"%PDF"):
        if not hmac.compare_digest(_pdf_seal(gradebook, name, body), proof.decode()):
            raise changed
    elif html(record, seal) != text:
        raise changed
    return f"Genuine and unchanged: record {name} of {record['name']}, made on {record['made_on']}."


# --- PDF --------------------------------------------------------------------------------------------------------------


def pdf(page: str, record: Content) -> bytes:
    """The page as PDF: printed by Chromium where there is one, else a plain page drawn by matplotlib."""
    from coursekit.testing import browser

    program = browser()
    if program:
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder) / "record.html", Path(folder) / "record.pdf"
            source.write_text(page, encoding="utf-8")
            command = [program, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", f"--user-data-dir={folder}/profile", f"--print-to-pdf={target}", source.as_uri()]  # fmt: skip
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                subprocess.run(command, capture_output=True, timeout=60, stdin=subprocess.DEVNULL)
            if target.exists() and target.read_bytes().startswith(b"%PDF"):
                return target.read_bytes()
    return plain_pdf(record)


def plain_pdf(record: Content) -> bytes:
    """The record as lines of text on a page."""
    import io

    import matplotlib

    matplotlib.use("Agg")
    from matplotlib.backends.backend_pdf import PdfPages
    from matplotlib.figure import Figure

    lines = ["Completion record", "", f"{record['name']}, made on {record['made_on']}", "The exam is not proctored. This record is not a credential.", ""]  # fmt: skip
    lines += [f"Module {m['number']}. {m['title']}: {m['points']}, {m['state']}" for m in record["modules"]]
    lines += ["", *(f"Area {a['area']}: modules {a['points']}, exam {a['exam']}" for a in record["areas"]), ""]
    exam = record["exam"]
    lines += [exam["words"], *(f"Part {p['part']}: {p['points']} ({p['percent']})" for p in exam["parts"])] if exam else ["No exam was handed in."]  # fmt: skip
    lines += ["", f"Record {record['id']}. Check it: python3 course.py verify FILE"]
    figure = Figure(figsize=(8.27, 11.69))
    figure.text(0.08, 0.95, "\n".join(x.replace("$", r"\$") for x in lines), va="top", fontsize=9, linespacing=1.6)
    out = io.BytesIO()
    with PdfPages(out, metadata={"Title": "Completion record", "CreationDate": None}) as pages:
        pages.savefig(figure)
    return out.getvalue()


def own_gradebook(workspace: Path) -> Path:
    """Where a lone learner's gradebook lies."""
    from coursekit.workspace import course_folder

    return course_folder(workspace) / "grading" / "gradebook.db"


__all__ = ["content", "html", "make", "own_gradebook", "pdf", "plain_pdf", "verify"]
