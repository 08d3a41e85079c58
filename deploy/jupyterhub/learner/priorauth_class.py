"""The course page of a graded class: a Jupyter Server extension that serves `{base_url}course` on a learner's server.

It gets modules from nbgrader's exchange, hands them in and fetches feedback, through nbgrader's own server extension,
and shows the reading edition. No key, no solution and no grader is on this server, so nothing here imports coursekit.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import AuthenticatedFileHandler, JupyterHandler
from tornado import web

HERE = Path(__file__).resolve().parent
COURSE = "priorauth"
DONE = {
    "fetch": "The module is in your files. Open it, work, save, and hand it in.",
    "submit": "Handed in, as the notebook was saved last. You can hand it in again; the last copy counts.",
    "feedback": "The feedback is here.",
}
_PAGE = jinja2.Environment(loader=jinja2.FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True)


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "priorauth_class"}]


def _load_jupyter_server_extension(app: Any) -> None:
    base = app.web_app.settings["base_url"] + "course"
    app.web_app.add_handlers(
        r".*$",
        [
            (base + r"(?:/|/index|/index\.html)?", PageHandler),  # "All modules" of the reading edition leads here
            (base + r"/do/(?P<action>fetch|submit|feedback)/(?P<assignment>\w+)", ActionHandler),
            (base + r"/(.*)", ReadingHandler, {"path": str(HERE / "site")}),
        ],
    )


def _exam(name: str) -> str:
    """A form of the exam in words: `final_exam_a` is the final exam, form A."""
    form = name.removeprefix("final_exam_")
    return name if form == name else f"Final exam, form {form.upper()}"


def rows(listed: list[dict[str, Any]], modules: dict[str, str], base: str) -> list[dict[str, Any]]:
    """What the page shows, one row for each assignment, from nbgrader's list of released and handed-in ones."""
    found: dict[str, dict[str, Any]] = {}
    for entry in listed:
        name = entry["assignment_id"]
        row = found.setdefault(
            name, {"name": name, "title": modules.get(name) or _exam(name), "url": "", "handed_in": []}
        )
        if entry["status"] == "fetched":
            row["url"] = f"{base}lab/tree/{quote(name)}/{quote(name)}.ipynb"
        for copy in entry.get("submissions", []):
            page = (
                f"{base}files/{quote(copy['local_feedback_path'])}/{quote(name)}.html"
                if copy["local_feedback_path"]
                else ""
            )
            ready = copy["has_exchange_feedback"] and (not page or copy["feedback_updated"])
            mark = digest(Path(copy["path"]) / f"{name}.ipynb")
            row["handed_in"].append({"when": copy["timestamp"][:16], "mark": mark, "page": page, "ready": ready})
    for row in found.values():
        row["handed_in"].reverse()  # the newest first
    return [found[name] for name in sorted(found)]


def digest(path: Path) -> str:
    """The beginning of a file's SHA-256, so that two copies can be told apart; "missing" without a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else "missing"


def reason(problem: str) -> str:
    """The last line of nbgrader's traceback, without the name of the error."""
    last = (problem.strip().splitlines() or ["no reason was given"])[-1]
    return last.split(": ", 1)[-1]


class ClassHandler(JupyterHandler):
    """What the requests share: the page, with a sentence about what was just done."""

    auth_resource = "contents"

    @property
    def exchange(self) -> Any:
        return self.settings["assignment_list_manager"]

    def show(self, said: str = "", fault: bool = False) -> None:
        modules = json.loads((HERE / "modules.json").read_text(encoding="utf-8"))
        listed = self.exchange.list_assignments(course_id=COURSE)
        if not listed["success"]:
            said, fault = f"The exchange cannot be read: {reason(listed['value'])} Tell your instructor.", True
        table = rows(listed["value"], modules, self.base_url) if listed["success"] else []
        self.set_status(409 if fault else 200)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        xsrf = jinja2.utils.markupsafe.Markup(self.xsrf_form_html())
        names = {"rows": table, "said": said, "fault": fault, "base": self.base_url, "xsrf": xsrf}
        self.finish(_PAGE.get_template("class.html").render(**names))


class PageHandler(ClassHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        self.show(DONE.get(self.get_query_argument("done", ""), ""))


class ActionHandler(ClassHandler):
    """Get a module, hand it in, fetch its feedback. nbgrader changes the working directory, so no thread is used.

    What went well leads back to the page, so that loading it again repeats nothing.
    """

    @web.authenticated
    @authorized
    async def post(self, action: str, assignment: str) -> None:
        do = {
            "fetch": self.exchange.fetch_assignment,
            "submit": self.exchange.submit_assignment,
            "feedback": self.exchange.fetch_feedback,
        }[action]
        done = do(COURSE, assignment)
        if not done["success"]:
            return self.show(f"That did not work: {reason(done['value'])}", fault=True)
        self.redirect(f"{self.base_url}course?done={action}#{assignment}", status=303)


class ReadingHandler(AuthenticatedFileHandler):
    """The pages of the reading edition, such as `toolkit-01`; they hold no script and nothing personal."""

    @property
    def content_security_policy(self) -> str:
        return JupyterHandler.content_security_policy.fget(self)  # type: ignore[attr-defined]

    def parse_url_path(self, url_path: str) -> str:
        name = "index" if url_path == "read" else url_path
        return super().parse_url_path(name if Path(name).suffix else f"{name}.html")
