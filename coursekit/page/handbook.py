"""The handbook on the course page: glossary, tool kit, case book, map, and flash cards that remember."""

from __future__ import annotations

import asyncio
import datetime as dt

from jupyter_server.auth.decorator import authorized
from tornado import web

from coursekit import cards
from coursekit.errors import CourseError
from coursekit.handbook.pages import Links, page
from coursekit.handbook.text import anchor
from coursekit.items import ROOT
from coursekit.page.base import CourseHandler
from coursekit.workspace import released_modules
from priorauth import glossary

SLUG = r"(?P<slug>glossary|toolkit(?:-\d\d)?|casebook|map)"


class HandbookHandler(CourseHandler):
    """A page of the handbook; its text is the same as in the reading edition."""

    @web.authenticated
    @authorized
    async def get(self, slug: str) -> None:
        released = set(released_modules(self.course_root))
        course = f"{self.base_url}course"

        def module(number: int) -> str | None:
            name = f"module_{number:02d}"
            return f"{course}#{name}" if name in released else None

        def place(name: str) -> str | None:
            """A section leads to its module on the course page; an item has no place of its own here."""
            return module(int(name.split(".")[0])) if "." in name else None

        links = Links(page=lambda name: f"{course}/{name}", module=module, place=place)
        try:
            made = await asyncio.to_thread(page, slug, links, ROOT)
        except CourseError as error:
            return self.page("notice.html", 404, here=slug, title="Not here", said=str(error))
        self.page("handbook.html", here=slug.split("-")[0], made=made)


class CardsHandler(CourseHandler):
    """The flash cards: a word, its meaning when asked for, and what the learner says about it."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        await self.show(asked=self.get_query_argument("card", ""))

    @web.authenticated
    @authorized
    async def post(self) -> None:
        term = self.get_body_argument("card", "")
        knew = self.get_body_argument("knew", "") == "yes"
        turn = self.get_body_argument("turn", "")
        try:
            number = int(turn) if turn.isdecimal() else 0
            said = await asyncio.to_thread(cards.answer, self.workspace, term, knew, number, dt.date.today(), ROOT)
        except CourseError as error:
            return await self.show(said=str(error), fault=True)
        await self.show(said=said)

    async def show(self, asked: str = "", said: str = "", fault: bool = False) -> None:
        """The card that is next; with its meaning when it is the one that was asked for."""
        today = dt.date.today()
        try:
            store, repaired = await asyncio.to_thread(cards.load, self.workspace)
        except CourseError as error:
            return self.page("notice.html", 409, here="cards", title="Flash cards", said=str(error))
        deck = await asyncio.to_thread(cards.deck, ROOT)
        sitting = cards.sitting(store, deck, today)
        term = glossary.term(sitting.card.term) if sitting.card else None
        self.page(
            "cards.html", 409 if fault else 200, here="cards", sitting=sitting, term=term, turn=cards.next_turn(store),
            shown=bool(term and asked == term.term), said=" ".join([*repaired, said]).strip(), fault=fault,
            wait=cards.WAIT, last_box=cards.LAST_BOX, words=len(deck), new_a_day=cards.NEW_A_DAY, anchor=anchor,
        )  # fmt: skip
