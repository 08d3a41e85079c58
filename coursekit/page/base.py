"""What all requests of the course page share: templates, the learner's folders, answers as a page or as JSON."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import jinja2
from jupyter_server.base.handlers import JupyterHandler

from coursekit.handbook.pages import MENU

HERE = Path(__file__).parent
_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


def clock(text: str | None) -> str:
    """A UTC time as people read it here; the page's script puts it into the reader's own time zone."""
    try:
        return f"{dt.datetime.fromisoformat(text or '').astimezone():%b %d, %H:%M}"
    except ValueError:
        return "an unknown time"


_TEMPLATES.filters["clock"] = clock


class CourseHandler(JupyterHandler):
    """What all requests of the page share."""

    auth_resource = "contents"

    @property
    def workspace(self) -> Path:
        return self.settings["priorauth_workspace"]

    @property
    def course_root(self) -> Path:
        return self.settings["priorauth_root"]

    @property
    def wants_json(self) -> bool:
        return "application/json" in self.request.headers.get("Accept", "")

    def page(self, template: str, status: int = 200, **names: Any) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        names = {"here": "course", "menu": MENU} | names
        names.update(base=self.base_url, xsrf=jinja2.utils.markupsafe.Markup(self.xsrf_form_html()))
        self.finish(_TEMPLATES.get_template(template).render(**names))

    def json(self, data: dict[str, Any], status: int = 200) -> None:
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.finish(data)
