"""The minimum necessary, practiced: invented packets with pages to keep or to leave out, each page with its reason.

The packets are plain data in `packets.yaml`. They are made for practice; the records of the graded tasks are others.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

FILE = Path(__file__).with_name("packets.yaml")


@dataclass(frozen=True)
class Page:
    """A page that could be sent: its letter, kind, date, what is on it, whether it belongs, and why."""

    page: str
    kind: str
    dated: str
    summary: str
    send: bool
    why: str


@dataclass(frozen=True)
class Packet:
    """A request with the plan's criteria and the pages that lie beside it."""

    name: str
    asked: str
    to: str
    sent_on: str
    criteria: tuple[str, ...]
    pages: tuple[Page, ...]


@lru_cache(maxsize=1)
def packets() -> tuple[Packet, ...]:
    """All practice packets, in the order of the file."""
    import yaml

    raw = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return tuple(
        Packet(
            p["name"], p["asked"], p["to"], str(p["sent_on"]), tuple(p["criteria"]), tuple(_page(r) for r in p["pages"])
        )
        for p in raw
    )


def _page(row: dict) -> Page:
    return Page(row["page"], row["kind"], str(row["dated"]), row["summary"], row["send"], row["why"])


@dataclass(frozen=True)
class Review:
    """What is wrong with a chosen packet: pages too much, pages missing, and one sentence on both."""

    too_much: tuple[Page, ...]
    missing: tuple[Page, ...]
    sentence: str


def review(packet: Packet, chosen: Collection[str]) -> Review:
    """Compare the chosen pages (letters) with what the criteria ask for. An unknown letter raises ValueError."""
    unknown = set(chosen) - {p.page for p in packet.pages}
    if unknown:
        raise ValueError(f"The packet has no page {min(unknown)}.")
    too_much = tuple(p for p in packet.pages if p.page in chosen and not p.send)
    missing = tuple(p for p in packet.pages if p.page not in chosen and p.send)
    if not chosen:
        words = "The packet is empty. Choose the pages that prove a criterion."
    elif not too_much and not missing:
        words = f"This packet is right: {_count(len(chosen))}, each with a reason, and nothing else."
    else:
        words = f"{_count(len(chosen))} chosen: {_names(too_much)} too much, {_names(missing)} missing. Read why below."
    return Review(too_much, missing, words)


def _count(number: int) -> str:
    return f"{number} page" + ("" if number == 1 else "s")


def _names(pages: tuple[Page, ...]) -> str:
    return " and ".join(p.page for p in pages) if 0 < len(pages) <= 2 else str(len(pages) or "none")


def asked(request_ids: list[str]) -> pd.DataFrame:
    """One row for each criterion of each request: request, when it goes out, what is asked for, the criterion in words.

    The policy is the one for the code of the first line in force on the day of sending, with the criteria for a renewal
    where one is asked for. An unknown id raises ValueError.
    """
    import pandas as pd

    from priorauth import data

    requests = data.load("requests").set_index("request_id")
    lines = data.load("request_lines")
    codes = lines[lines["line_no"] == 1].set_index("request_id")["code"]
    rows = []
    for request_id in request_ids:
        if request_id not in requests.index:
            raise ValueError(f"There is no request {request_id}. Request ids look like REQ-000123.")
        request = requests.loc[request_id]
        day = (data.TODAY if pd.isna(request["submitted_at"]) else request["submitted_at"]).strftime("%Y-%m-%d")
        policy = _policy(codes[request_id], day)
        tree = policy["renewal_criteria"] if request["request_type"] == "renewal" else policy["criteria"]
        words = enumerate(_words(tree or policy["criteria"]), 1)
        rows += [(request_id, day, policy["title"], f"C{number}. {rule}") for number, rule in words]
    return pd.DataFrame(rows, columns=["request_id", "goes_out_on", "asked_for", "criterion"])


def to_cut() -> pd.DataFrame:
    """The packets of the graded task: a row for each criterion with request, patient, what is asked for, day of sending."""
    from priorauth import stories

    table = stories.table("packet_requests").explode("criteria", ignore_index=True)
    return table.rename(columns={"criteria": "criterion"})


def _policy(code: str, day: str) -> dict[str, Any]:
    from priorauth import data

    for policy in data.policies():
        if code in policy["codes"] and policy["effective_from"] <= day <= (policy["effective_to"] or "9999-12-31"):
            return policy
    raise ValueError(f"No policy for {code} is in force on {day}.")


def _words(tree: dict[str, Any]) -> list[str]:
    """The single criteria of a tree in words, from left to right."""
    if "say" in tree:
        return [tree["say"]]
    return [words for branch in tree.get("all", tree.get("any", [])) for words in _words(branch)]
