"""The call simulator's scripts: branching calls as data, read and checked here.

A call is a walk through nodes; each choice leads to another node or to an ending, and each ending says what it cost the
patient. Writers edit `calls.yaml` only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "calls.yaml"


class CallError(ValueError):
    """A script that cannot be played. The message names the call and what is wrong, in one sentence."""


@dataclass(frozen=True)
class Choice:
    """Something that you may say: where it leads, and why it helped or not."""

    text: str
    goes: str
    note: str


@dataclass(frozen=True)
class Ending:
    """How a call ended, what that cost the patient, and what to keep."""

    title: str
    cost: str
    lesson: str


@dataclass(frozen=True)
class Call:
    """A whole script. `nodes` maps a name to (what the other side says, the choices)."""

    name: str
    setting: str
    start: str
    nodes: dict[str, tuple[str, list[Choice]]]
    endings: dict[str, Ending]

    def paths(self) -> list[list[str]]:
        """Every way through the call, from the start to an ending, as names."""
        return list(self._walk([self.start]))

    def _walk(self, path: list[str]) -> Any:
        if path[-1] in self.endings:
            yield path
            return
        for choice in self.nodes[path[-1]][1]:
            yield from self._walk([*path, choice.goes])


@lru_cache(maxsize=1)
def calls() -> list[Call]:
    """The calls of the course. Raises CallError if a script is broken."""
    import yaml

    return [read_call(entry) for entry in yaml.safe_load(FILE.read_text(encoding="utf-8"))]


def read_call(entry: dict[str, Any]) -> Call:
    """One script as a Call: every choice leads somewhere, everything is reached, nothing goes round in circles."""
    name = entry.get("name", "?")
    try:
        nodes = {k: (v["says"], [Choice(**c) for c in v["choices"]]) for k, v in entry["nodes"].items()}
        endings = {k: Ending(**v) for k, v in entry["endings"].items()}
        call = Call(name, " ".join(entry["setting"].split()), entry["start"], nodes, endings)
    except (KeyError, TypeError) as problem:
        raise CallError(f"The call {name!r} lacks a part or has one too many: {problem}.") from None
    known = set(nodes) | set(endings)
    goals = {c.goes for _, choices in nodes.values() for c in choices} | {call.start}
    for goal in sorted(goals):
        if goal not in known:
            raise CallError(f"The call {name!r} leads to {goal!r}, which is neither a node nor an ending.")
    if set(nodes) & set(endings):
        raise CallError(
            f"The call {name!r} uses a name for a node and for an ending: {sorted(set(nodes) & set(endings))[0]}."
        )
    _no_circles(call, call.start, [])
    reached = {step for path in call.paths() for step in path}
    if known - reached:
        raise CallError(f"The call {name!r} never reaches {sorted(known - reached)[0]!r}.")
    return call


def _no_circles(call: Call, node: str, above: list[str]) -> None:
    if node in above:
        raise CallError(f"The call {call.name!r} goes round in circles at {node!r}.")
    if node in call.nodes:
        for choice in call.nodes[node][1]:
            _no_circles(call, choice.goes, [*above, node])
