"""The tools of Module 3 in JupyterLab, with the keyboard only."""

from __future__ import annotations

import re
from typing import Any

import pytest
from browser_tools import Notebook, keep
from keyboard import controls_of, practice_by_keyboard

from coursekit.items import load_module
from priorauth import privacy, urgency

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MODULE = "module_03"
REDACTOR, JUDGE, TRAIL = "packet_redactor()", "urgency_judge()", "audit_trail(shown"
TOOLS = {REDACTOR: "Packet redactor", JUDGE: "Urgency judge", TRAIL: "Audit trail viewer"}


@pytest.mark.parametrize("cell", TOOLS)
def test_every_control_has_a_name_of_its_own(notebook: Notebook, cell: str) -> None:
    assert len(controls_of(notebook, cell, TOOLS[cell])) >= 3


def test_redactor_by_keyboard(at: Any) -> None:
    me = at(REDACTOR)
    packet = privacy.packets()[1]
    me.tab_to("list Packet")
    me.press("ArrowDown")
    me.hears(f"^{packet.name}: {len(packet.pages)} pages lie beside the request. None is marked.$")
    missing = next(p for p in packet.pages if p.send)
    wrong = next(p for p in packet.pages if not p.send)
    for page in packet.pages:
        me.tab_to(f"box Page {page.page}: {page.kind}, {page.dated}. {page.summary}")
        if page.send and page is not missing or page is wrong:
            me.press("Space")
    me.tab_to("button Check my packet")
    me.press("Enter")
    me.hears(f"chosen: {wrong.page} too much, {missing.page} missing. Read why below.$")
    row = me.tool.get_by_role("table", name="Your packet").get_by_role(
        "row", name=re.compile(f"^{wrong.page} too much")
    )
    assert wrong.why in row.inner_text()
    keep(me.notebook.page, "tools-redactor")
    me.hears_again("Space")
    me.tab_to("button Clear all pages")
    me.press("Enter")
    me.hears("^All marks are off.$")
    for page in packet.pages:
        if page.send:
            me.tab_to(f"box Page {page.page}: {page.kind}, {page.dated}. {page.summary}", "Shift+Tab")
            me.press("Space")
            me.tab_to("button Check my packet")
    me.press("Enter")
    me.hears("^This packet is right: 3 pages")
    assert me.name == "button Check my packet", "the focus moved"


def test_judge_by_keyboard(at: Any) -> None:
    me = at(JUDGE)
    me.tab_to("list Plan and request")
    me.press("Home")
    me.hears("^Verdict: standard")
    me.tab_to("list What is said")
    me.press("Home")
    me.hears("^Verdict: standard")
    me.tab_to("list Who says it", "Shift+Tab")
    for who in list(urgency.WHO)[-2::-1]:  # up from the desk to the physician
        me.press("ArrowUp")
        me.hears(f"^Verdict: {urgency.judge('ma_service', who, 'jeopardy').verdict}. ")
    keep(me.notebook.page, "tools-judge")
    assert "Verdict: must expedite. Answer due: 72 hours after receipt." in me.heard[-1]
    me.tab_to("list Plan and request", "Shift+Tab")
    me.press("End")
    me.hears("^Verdict: no fast clock. Answer due: 7 calendar days")
    me.tab_to("fold Read all of it as text")
    me.press("Enter")
    me.tool.get_by_role("table", name=re.compile("^Who can make it fast")).wait_for(state="visible", timeout=5000)
    me.press("Enter")


def test_trail_by_keyboard(at: Any) -> None:
    me = at(TRAIL)
    table = me.tool.get_by_role("table", name=re.compile("^Trail of REQ-"))
    every = table.get_by_role("row").count()
    me.tab_to("button Only entries with a question")
    me.press("Enter")
    me.hears(r"^REQ-\d+, everything: \d+ entr(y|ies); an auditor would ask about [A-Z]{3}-")
    assert 1 < table.get_by_role("row").count() < every
    keep(me.notebook.page, "tools-trail")
    me.hears_again("Space")
    me.tab_to("button All entries")
    me.press("Space")
    me.hears(r"^REQ-\d+, everything: \d+ entries; an auditor")
    assert table.get_by_role("row").count() == every
    me.tab_to("list Show", "Shift+Tab")
    me.press("ArrowDown")
    me.hears(r"^REQ-\d+, the event log: \d+ entries, and an auditor would have no question")
    me.tab_to("list Request", "Shift+Tab")
    me.press("End")
    me.hears(r"^REQ-\d+, the event log: \d+ entries, and an auditor would have no question")


@pytest.mark.parametrize("question", load_module(MODULE).practice, ids=lambda q: q.id)
def test_practice_by_keyboard(at: Any, question: Any) -> None:
    practice_by_keyboard(at(f'practice("{question.id}")'), question)
