"""The handbook and the flash cards over HTTP, on a real Jupyter server under a prefix."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
import requests
from page_server import TOKEN, running
from tiny_course import make_course

from coursekit import cards
from coursekit.handbook.pages import MENU, slugs

BASE = "/user/ana%40clinic/"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("handbook")
    root = make_course(folder / "course")
    space = folder / "work space"
    space.mkdir()
    with running(root, space, BASE) as address:
        yield address, space


@pytest.fixture
def person(server: tuple[str, Path]) -> requests.Session:
    address, space = server
    for path in (space / ".course").glob("cards*"):
        path.unlink()
    session = requests.Session()
    session.trust_env = False
    session.get(f"{address}course?token={TOKEN}").raise_for_status()
    return session


def read(session: requests.Session, server: tuple[str, Path], slug: str, **query: str) -> str:
    answer = session.get(f"{server[0]}course/{slug}", params=query)
    answer.raise_for_status()
    return answer.text


def field(text: str, name: str) -> str:
    return unescape(re.search(rf'name="{name}" value="([^"]*)"', text)[1])


def answer(session: requests.Session, server: tuple[str, Path], text: str, knew: str) -> requests.Response:
    data = {name: field(text, name) for name in ("_xsrf", "card", "turn")} | {"knew": knew}
    return session.post(f"{server[0]}course/cards", data=data)


def test_every_page_is_there_and_every_link_of_the_menu_leads_to_one(person, server) -> None:
    for slug in [*slugs(), "cards"]:
        text = read(person, server, slug)
        assert text.count("<h1>") == 1 and "<title>" in text
        for name, title in MENU:
            assert re.search(rf'href="{re.escape(BASE)}course/{name}"[^>]*>{title}<', text), (slug, title)
    assert 'aria-current="page">Tool kit' in read(person, server, "toolkit-03")
    for link in re.findall(r'href="(/[^"#]+)', read(person, server, "toolkit")):
        assert person.get(server[0].split("/user/")[0] + link).status_code == 200, link


def test_a_sheet_that_does_not_exist_is_said_in_words(person, server) -> None:
    page = person.get(f"{server[0]}course/toolkit-44")
    assert page.status_code == 404 and "no sheet 44" in page.text


def test_strangers_see_nothing(server) -> None:
    for slug in ("glossary", "cards", "toolkit-01"):
        page = requests.get(f"{server[0]}course/{slug}", allow_redirects=False)
        assert page.status_code in (302, 403) and "Flash" not in page.text


def test_a_card_shows_its_meaning_when_asked_and_remembers_the_answer(person, server) -> None:
    first = read(person, server, "cards")
    word = field(first, "card")
    short = next(c.short for c in cards.deck() if c.term == word)
    assert short not in unescape(first) and "New word" in first
    shown = read(person, server, "cards", card=word)
    assert short in unescape(shown) and "I knew it" in shown and "Not yet" in shown
    after = answer(person, server, shown, "yes")
    assert after.status_code == 200
    assert f"{word}: box 2 of 5; it comes back tomorrow." in unescape(after.text)
    assert field(after.text, "card") != word
    kept = json.loads((server[1] / ".course" / "cards.json").read_text(encoding="utf-8"))
    assert kept["cards"][word]["box"] == 2
    again = answer(person, server, shown, "no")  # the same form once more: the browser's way back
    assert "counted already" in again.text


def test_an_answer_without_the_page_s_token_is_refused(person, server) -> None:
    page = person.post(f"{server[0]}course/cards", data={"card": "pend", "turn": "1", "knew": "yes"})
    assert page.status_code == 403
    assert not (server[1] / ".course" / "cards.json").exists()


@pytest.mark.parametrize("card,turn", [("<script>", "1"), ("pend", "x"), ("", "")])
def test_nonsense_is_answered_in_words_and_changes_nothing(person, server, card: str, turn: str) -> None:
    text = read(person, server, "cards", card=field(read(person, server, "cards"), "card"))
    data = {"_xsrf": field(text, "_xsrf"), "card": card, "turn": turn, "knew": "yes"}
    page = person.post(f"{server[0]}course/cards", data=data)
    assert page.status_code in (200, 409) and "<script>alert" not in page.text and "Traceback" not in page.text
    assert not (server[1] / ".course" / "cards.json").exists()


def test_a_damaged_record_is_said_on_the_page(person, server) -> None:
    text = read(person, server, "cards", card=field(read(person, server, "cards"), "card"))
    answer(person, server, text, "yes")
    (server[1] / ".course" / "cards.json").write_text("{", encoding="utf-8")
    page = read(person, server, "cards")
    assert "The record of your flash cards was damaged" in page and "A new record begins" in page


def test_the_day_ends_when_all_is_done(person, server) -> None:
    text = read(person, server, "cards")
    for _ in range(cards.NEW_A_DAY):
        shown = read(person, server, "cards", card=field(text, "card"))
        text = answer(person, server, shown, "yes").text
    assert "Done for today" in text and "The next cards come on" in text
