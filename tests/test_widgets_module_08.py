"""The tools of Module 8 and the plain functions behind them: what they compute, what they show, what their controls do."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from priorauth import building, calls, data, due_clock, messages, packet_sheet, response_log, worklist
from priorauth.clocks import ClockError
from priorauth.widgets import base
from priorauth.widgets.call_simulator import call_simulator
from priorauth.widgets.due_clock import due_clock as open_clock
from priorauth.widgets.request_builder import VIEWS, request_builder

ROOT = Path(__file__).resolve().parents[1]


def heard(tool: base.Tool) -> str:
    return base.plain(tool.notice.value)


def seen(tool: base.Tool) -> str:
    return base.plain(tool.result.value)


# --- packet sheet, log line, open requests -----------------------------------------------------------------------------------


def test_the_example_sheet_shows_a_paper_that_stayed_in_the_chart() -> None:
    request_id = packet_sheet.example()
    assert request_id not in data.pool("m08-c1")
    sheet = packet_sheet.sheet(request_id)
    sent = {line.split(" = ")[1].split(",")[0] for line in sheet.packet if " = " in line}
    assert len(sheet.wanted) == 2 and {line.split()[0] for line in sheet.chart} - sent
    assert str(sheet).startswith(request_id) and max(map(len, str(sheet).splitlines())) <= 100
    with pytest.raises(KeyError, match="REQ-000123"):
        packet_sheet.sheet("REQ-1")


def test_the_chart_of_a_sheet_stops_at_the_day_of_sending() -> None:
    for request_id in data.pool("m08-c1"):
        sheet = packet_sheet.sheet(request_id)
        sent = dict(sheet.head)["sent"][:10]
        assert all(line.split()[1] <= sent for line in sheet.chart)


def test_six_kinds_of_answer_become_a_log_line() -> None:
    kinds = {}
    for name in messages.files():
        if name.endswith(("_278_response.x12", "_fhir_response.json")):
            answer = messages.read(name)
            line = response_log.log_line(answer)
            kinds.setdefault(answer["decision_code"], []).append(line)
            approval = answer["decision_code"] in ("A1", "A2", "A6")
            assert bool(line.units and line.start and line.end) == approval
            assert line.number == ((answer["auth_number"] if approval else answer["case_ref"]) or "")
            assert line.next_step.endswith(".")
    assert set(kinds) >= set(response_log.KINDS)
    assert {lines[0].kind for code, lines in kinds.items() if code in response_log.KINDS} == {
        "approved_in_full", "approved_in_part", "modified", "pended", "not_approved", "call_payer",
    }  # fmt: skip
    with pytest.raises(ValueError, match="'A9'"):
        response_log.log_line({"decision_code": "A9"})


def test_the_labels_follow_the_fact() -> None:
    from priorauth.facts import fact

    said = fact("x12-hcr01").statement
    for code, word in {"A1": "in total", "A2": "partial", "A3": "not certified", "A4": "pended", "A6": "modified", "CT": "contact"}.items():  # fmt: skip
        assert re.search(rf"{code} [a-z ]*{word}", said), (code, said)
        assert code in response_log.KINDS


def test_open_requests_are_the_undecided_ones() -> None:
    view, requests = worklist.open_requests(), data.load("requests")
    mine = requests.set_index("request_id").loc[view["request_id"]]
    assert mine["decided_at"].isna().all() and mine["received_at"].notna().all()
    late = (view["due_at"] < data.TODAY).sum()
    print(f"{len(view)} open, {late} overdue, {(view['urgency'] == 'expedited').sum()} expedited, {view['answer_by'].notna().sum()} wait for the clinic")  # fmt: skip
    assert 90 <= len(view) <= 150 and late >= 10 and view["answer_by"].notna().sum() >= 15
    assert view["received_at"].is_monotonic_increasing
    known = view[view["due_at"].notna()]
    assert (known["due_at"] > known["received_at"]).all() and (known["source"] != "").all()
    assert set(view[view["due_at"].isna()]["rule"]) <= {"no confirmed clock"}
    truth = pd.read_csv(ROOT / "coursekit" / "world" / "truth" / "requests.csv", dtype=str).set_index("request_id")[
        "due_at"
    ]
    agree = [str(d)[:16] == truth[r] for r, d in zip(known["request_id"], known["due_at"], strict=True) if isinstance(truth[r], str)]  # fmt: skip
    print(f"{sum(agree)} of {len(agree)} due moments agree with those of the world")
    assert len(agree) > 60 and sum(agree) / len(agree) > 0.8  # the world plans some waits otherwise


def test_next_action_in_words() -> None:
    view = worklist.open_requests()
    actions = set(view.apply(worklist.next_action, axis=1))
    assert {"answer the question", "call: the plan is late", "wait until due"} <= actions


# --- due-date clock ----------------------------------------------------------------------------------------------------------


def test_the_clock_shows_every_row_of_the_table() -> None:
    from priorauth.clocks import clock_rows

    rows = due_clock.all_rows()
    with_clock = [r for r in rows if r[1] != "-"]
    assert len(with_clock) == len(clock_rows()) and all("as of" in r[5] for r in with_clock)
    assert {r[0] for r in rows if r[1] == "-"} == {due_clock.LINES[x] for x in ("tricare", "va", "integrated_dsnp", "other")}  # fmt: skip


def test_the_clock_s_controls() -> None:
    tool = open_clock()
    tool.tell()
    assert heard(tool) == "Due Friday, October 2, 2026, 16:20. 56 hours are left. Next: Wait, and look again one working day before it is due."  # fmt: skip
    tool.events["info_asked_at"].value = "2026-09-28 10:00"
    tool.tell()
    assert "October 2" in heard(tool) and "a question does not move the clock" in seen(tool)
    tool.line.value = "commercial"
    tool.tell()
    assert "December 9" in heard(tool) and "stands still" in seen(tool) and "2560.503-1" in seen(tool)
    tool.events["info_received_at"].value = "2026-09-29 10:00"
    tool.tell()
    assert "October 26" in heard(tool)
    tool.line.value = "part_d"
    assert tool.kind.value in due_clock.kinds_of("part_d")
    tool.kind.value = "drug_exception"
    for box in tool.events.values():
        box.value = ""
    tool.tell()
    assert "Ask the prescriber" in heard(tool) and "In doubt" in seen(tool)
    tool.line.value = "traditional_medicare"
    tool.kind.value = "ambulance"
    assert [v for _, v in tool.urgency.options] == ["standard"]


@pytest.mark.parametrize(
    ("line", "received", "words"),
    [
        ("tricare", "2026-09-25 16:20", "no confirmed clock for TRICARE"),
        ("medicare_advantage", "last week", "write it like"),
        ("medicare_advantage", "", "write it like"),
    ],
)
def test_what_the_clock_cannot_do_it_says_in_a_sentence(line: str, received: str, words: str) -> None:
    tool = open_clock()
    tool.line.value, tool.received.value = line, received
    tool.tell()
    assert words in heard(tool) and words in seen(tool)
    assert "_at" not in heard(tool)


def test_a_late_answer_is_called_late_and_what_that_means_is_cited() -> None:
    late = due_clock.read_clock("medicare_advantage", "service", "standard", "2026-09-18 08:05")
    assert late.late and "4 days late" in late.sentence and "counts as a denial" in late.next_action
    assert "422.568" in late.next_action
    with pytest.raises(ClockError, match="Payer asked for more"):
        due_clock.read_clock("commercial", "service", "standard", "2026-09-18 08:05", {"info_asked_at": "2026-09-01 10:00"})  # fmt: skip


def test_a_change_of_clocks_is_noted() -> None:
    fall = due_clock.read_clock("medicare_advantage", "service", "expedited", "2026-10-30 12:00")
    assert any("go back" in note for note in fall.notes) and f"{fall.due:%H:%M}" == "11:00"
    none = due_clock.read_clock("medicare_advantage", "service", "expedited", "2026-09-18 12:00")
    assert none.notes == []


# --- request builder -----------------------------------------------------------------------------------------------------------


def test_each_order_starts_with_slips_and_can_be_made_clean() -> None:
    assert len(building.orders()) == 3
    slips = set()
    for order in building.orders():
        found = building.gaps(building.draft_of(order))
        slips |= {g.name for g in found if not g.fine}
        assert 3 <= sum(not g.fine for g in found) < len(found) == 10
        assert all(g.fine for g in building.gaps(building.clean(order))), order["name"]
    assert len(slips) >= 6


def test_the_builder_s_controls() -> None:
    tool = request_builder()
    tool.tell()
    assert re.match(r"\d of 10 in order. First to mend: Destination\.", heard(tool))
    right = building.clean(tool.orders[0])
    for name in ("destination", "channel", "form", "request_type", "urgency", "place", "units"):
        getattr(tool, name).value = getattr(right, name)
    tool.call_back.value = "555-0161"
    for paper, box in zip(tool.orders[0]["papers"], tool.papers.children, strict=True):
        box.value = paper["wanted"]
    for view in VIEWS:
        tool.show_as.value = view
        tool.tell()
        assert heard(tool) == "10 of 10 in order. The request can go out."
        assert "10 of 10 in order" in seen(tool)
        wanted = {"side by side": "all three say the same", "form": "Summit Radiology Review", "X12 278": "SV1*ZZ:IMG-MRI-LSPINE**UN*1", "FHIR bundle": '"use": "preauthorization"'}  # fmt: skip
        assert wanted[view] in seen(tool)
    tool.days[1].value = "soon"
    tool.show_as.value = "X12 278"
    tool.tell()
    assert "First to mend: Days" in heard(tool) and "No message can be written yet" in seen(tool)
    tool.order.value = 1
    assert tool.units.value == 6 and len(tool.papers.children) == 4 and not any(b.value for b in tool.papers.children)
    tool.tell()
    assert "Kind of request" in heard(tool)


def test_another_order_shows_its_own_check_and_the_edits_of_both_stay() -> None:
    tool = request_builder()
    tool.call_back.value, tool.days[1].value, tool.papers.children[2].value = "555-0161", "soon", True
    tool.tell()
    first_check = seen(tool)
    tool.order.value = 1
    name = tool.orders[1]["name"]
    assert heard(tool) == f"{name}: a colleague's draft. Mend it and check."
    assert seen(tool) != first_check and "Kind of request" in seen(tool) and "SV1" not in tool.result.value
    tool.units.value = 7
    tool.order.value = 0
    assert heard(tool).endswith("your draft as you left it. Mend it and check.")
    assert (tool.call_back.value, tool.days[1].value) == ("555-0161", "soon")
    assert [box.value for box in tool.papers.children].index(True) == 2
    tool.order.value = 1
    assert tool.units.value == 7


@settings(max_examples=60)
@given(
    st.sampled_from(range(3)),
    st.sampled_from(["x12_278", "fhir_pas", "payer_portal", "fax", "phone"]),
    st.sampled_from(["initial", "renewal", "extension"]),
    st.sampled_from(["standard", "expedited"]),
    st.sampled_from(["11", "12", "22", "24"]),
    st.integers(1, 9999),
    st.dates(pd.Timestamp("2026-10-01").date(), pd.Timestamp("2027-03-01").date()),
    st.integers(0, 300),
    st.sets(st.integers(0, 4)),
)
def test_whatever_is_filled_in_the_three_say_the_same(order: int, channel: str, kind: str, speed: str, place: str, units: int, first: Any, length: int, papers: set[int]) -> None:  # fmt: skip
    base_order = building.orders()[order]
    last = pd.Timestamp(first) + pd.Timedelta(days=length)
    chosen = frozenset(p["doc_id"] for n, p in enumerate(base_order["papers"]) if n in papers and p["kind"] != "form")
    draft = building.changed(
        building.clean(base_order), channel=channel, request_type=kind, urgency=speed, place=place, units=units,
        first=f"{first}", last=f"{last:%Y-%m-%d}", papers=chosen,
    )  # fmt: skip
    assert building.disagreements(draft) == []


# --- call simulator ------------------------------------------------------------------------------------------------------------


def test_every_way_through_every_call_ends_and_says_what_it_cost() -> None:
    for call in calls.calls():
        paths = call.paths()
        print(f"{call.name}: {len(paths)} ways, {len(call.endings)} endings")
        assert len(call.endings) >= 5 and {p[-1] for p in paths} == set(call.endings)
        assert all(1 <= len(path) - 1 <= 8 for path in paths)
        assert all(len(e.cost.split()) >= 3 and e.lesson.endswith((".", "!")) for e in call.endings.values())
        assert all(2 <= len(choices) <= 3 for _, choices in call.nodes.values())
        assert all(len(c.note.split()) >= 4 for _, choices in call.nodes.values() for c in choices)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: c["nodes"]["hello"]["choices"][0].update(goes="nowhere"), "neither a node nor an ending"),
        (lambda c: c["nodes"]["dated"]["choices"][0].update(goes="hello"), "round in circles"),
        (lambda c: c["endings"].update(extra=c["endings"]["soon"]), "never reaches 'extra'"),
        (lambda c: c["endings"]["soon"].pop("cost"), "lacks a part"),
        (lambda c: c["endings"].update(found=c["endings"]["soon"]), "for a node and for an ending"),
    ],
)
def test_a_broken_script_is_refused_in_a_sentence(change: Any, words: str) -> None:
    import yaml

    script = copy.deepcopy(yaml.safe_load(calls.FILE.read_text(encoding="utf-8"))[0])
    change(script)
    with pytest.raises(calls.CallError, match=words) as refused:
        calls.read_call(script)
    assert "\n" not in str(refused.value)


def test_the_call_s_buttons() -> None:
    tool = call_simulator()
    assert heard(tool) == ""
    tool.options[0].click()
    assert "Payer: Found it" in heard(tool) and "Found it" in seen(tool)
    tool.options[1].click()
    tool.options[0].click()
    assert "The call is over: Decision the same day" in heard(tool) and "What it cost the patient" in seen(tool)
    assert all("the call is over" in b.description for b in tool.options)
    tool.say_this(0)
    assert heard(tool) == "The call is over. Begin again, or choose another call."
    tool.again.click()
    assert heard(tool).startswith("New call. ") and "Good morning" in tool.options[0].description
    tool.options[1].click()
    tool.options[2].click()
    assert heard(tool) == "There is nothing to say here. Take one of the others."
    tool.call.value = 1
    assert "Bluestem Medicare" in heard(tool)
    for call_number, call in enumerate(calls.calls()):  # every button of every node can be pressed
        tool.call.value = call_number
        for path in call.paths():
            tool.begin()
            for here, there in zip(path, path[1:], strict=False):
                goes = [c.goes for c in call.nodes[here][1]]
                tool.options[goes.index(there)].click()
            assert call.endings[path[-1]].title in seen(tool)
