"""Requests of the course page. Every answer works twice: as JSON for the page's script, as a page without it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jupyter_server.auth.decorator import authorized
from tornado import web

from coursekit import workspace as ws
from coursekit.errors import CourseError
from coursekit.handin import FOLDER, hand_in
from coursekit.page import answers, exam, grader, view
from coursekit.page.base import HERE, CourseHandler
from coursekit.page.handbook import SLUG, CardsHandler, HandbookHandler
from coursekit.update import update

MODULE = r"(?P<module>module_\d\d)"
ITEM = r"(?P<item>m\d\d-[a-z]\d+)"


class ModuleHandler(CourseHandler):
    """What the requests about modules share."""

    def course_page(self, said: str = "", fault: bool = False, opened: str = "", status: int = 200) -> None:
        """The course page with a sentence about what was just done."""
        root_dir = Path(self.settings["priorauth_root_dir"])
        page = view.page_view(self.workspace, self.base_url, root_dir, self.course_root)
        self.page("course.html", page=page, said=said, fault=fault, opened=opened, status=status)

    def answer(self, said: str, module: str, **more: Any) -> None:
        if self.wants_json:
            self.json({"said": said, "module": module, **more})
        else:
            self.course_page(said, opened=module)

    def refuse(self, error: CourseError, module: str) -> None:
        if self.wants_json:
            self.json({"said": str(error), "fault": True, "module": module}, status=409)
        else:
            self.course_page(str(error), fault=True, opened=module, status=409)


class PageHandler(ModuleHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        try:
            await asyncio.to_thread(ws.fill, self.workspace, self.course_root)
            fault = ""
        except CourseError as error:
            fault = str(error)
        self.course_page(fault, fault=bool(fault))


class GradeHandler(ModuleHandler):
    @web.authenticated
    @authorized
    async def post(self, module: str) -> None:
        try:
            result, said = await asyncio.to_thread(grader.grade, self.workspace, module)
        except CourseError as error:
            return self.refuse(error, module)
        right = sum(i["outcome"] == "right" for i in result["items"])
        words = f"Graded Module {int(result['module'][-2:])}: {result['points']:g} of {result['max_points']:g} points; {right} of {len(result['items'])} exercises are right."
        self.answer(" ".join([words, *said]), module, result=result)


class ResetHandler(ModuleHandler):
    @web.authenticated
    @authorized
    async def post(self, module: str, item: str | None = None) -> None:
        try:
            if item:
                kept = await asyncio.to_thread(ws.reset_item, self.workspace, module, item, self.course_root)
            else:
                kept = await asyncio.to_thread(ws.reset_module, self.workspace, module, self.course_root)
        except CourseError as error:
            return self.refuse(error, module)
        copy = f" Your notebook as it was is kept in {kept}." if kept else ""
        note = "If it is open in JupyterLab, choose File, then Reload Notebook from Disk."
        self.answer(f"{item or module} is as it was at the start.{copy} {note}", module, backup=str(kept or ""))


class UpdateHandler(ModuleHandler):
    @web.authenticated
    @authorized
    async def post(self, module: str) -> None:
        try:
            (done,) = await asyncio.to_thread(update, self.workspace, [module], self.course_root)
        except CourseError as error:
            return self.refuse(error, module)
        note = "If the notebook is open in JupyterLab, choose File, then Reload Notebook from Disk."
        self.answer(" ".join([*done.said, *([note] if done.backup else [])]), module, backup=str(done.backup or ""))


class HandInHandler(ModuleHandler):
    """Make the file that is handed in outside of this server, and let the learner download it."""

    @web.authenticated
    @authorized
    async def post(self, module: str) -> None:
        given = self.get_body_argument("learner", "")
        try:
            made = await asyncio.to_thread(hand_in, self.workspace, module, given, None, self.course_root)
        except CourseError as error:
            return self.refuse(error, module)
        words = f"Your file to hand in is ready: {made.path.name}. Download it below and upload it where your class hands in. Your receipt is {made.receipt.code}."
        self.answer(" ".join([words, *made.said]), module, file=made.path.name)

    @web.authenticated
    @authorized
    async def get(self, name: str) -> None:
        path = self.workspace / FOLDER / name
        try:
            content = await asyncio.to_thread(path.read_bytes)
        except OSError:
            return self.page("notice.html", 404, title="Not here", said=f"There is no file {name}.")
        self.set_header("Content-Type", "application/zip")
        self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(name)}")
        self.finish(content)


class AnswerHandler(ModuleHandler):
    @web.authenticated
    @authorized
    async def get(self, module: str, item: str) -> None:
        try:
            answer = await asyncio.to_thread(answers.model_answer, self.workspace, module, item, self.course_root)
        except CourseError as error:
            return self.refuse(error, module)
        self.page("answer.html", answer=answer, module=module)


class ExamHandler(ModuleHandler):
    """Start an attempt at the final exam, hand it in, make a practice exam."""

    @web.authenticated
    @authorized
    async def post(self, action: str) -> None:
        try:
            said = await asyncio.to_thread(exam.ACTIONS[action], self.workspace, self.course_root)
        except CourseError as error:
            return self.refuse(error, exam.NAME)
        self.answer(said, exam.NAME)


class StateHandler(ModuleHandler):
    """The figures of the page as data, for other tools."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        from coursekit import progress

        rows, step, said = await asyncio.to_thread(progress.summary, self.workspace, self.course_root)
        self.json({"modules": [r.as_dict() for r in rows], "next_step": step, "said": said})


class StaticHandler(web.StaticFileHandler):
    """Style and script of the page; nothing personal, so no login is asked for."""

    def set_extra_headers(self, path: str) -> None:
        self.set_header("Cache-Control", "no-cache")
        self.set_header("X-Content-Type-Options", "nosniff")


def add_handlers(app: Any) -> None:
    """Put the page into a running server (its `ServerApp`)."""
    web_app = app.web_app
    root_dir = Path(app.root_dir)
    given = os.environ.get("PRIORAUTH_WORKSPACE")
    web_app.settings["priorauth_root_dir"] = root_dir
    web_app.settings["priorauth_root"] = ws.ROOT
    web_app.settings["priorauth_workspace"] = ws.locate(given)
    base = web_app.settings["base_url"] + "course"
    web_app.add_handlers(
        r".*$",
        [
            (base + r"/?", PageHandler),
            (base + rf"/answer/{MODULE}/{ITEM}", AnswerHandler),
            (base + rf"/api/grade/{MODULE}", GradeHandler),
            (base + rf"/api/reset/{MODULE}", ResetHandler),
            (base + rf"/api/reset/{MODULE}/{ITEM}", ResetHandler),
            (base + rf"/api/update/{MODULE}", UpdateHandler),
            (base + rf"/api/submit/{MODULE}", HandInHandler),
            (base + rf"/api/exam/(?P<action>{'|'.join(exam.ACTIONS)})", ExamHandler),
            (base + r"/handed-in/(?P<name>module_\d\d-[^/]+\.zip)", HandInHandler),
            (base + r"/api/state", StateHandler),
            (base + rf"/{SLUG}", HandbookHandler),
            (base + r"/cards", CardsHandler),
            (base + r"/static/(.*)", StaticHandler, {"path": str(HERE / "static")}),
        ],
    )
