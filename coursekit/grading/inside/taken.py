"""Taking an answer out of a learner's namespace, as data that can be sent."""

from __future__ import annotations

import json
from typing import Any

from priorauth.answers import Unreadable, plain

try:
    from inside.wire import pack
except ImportError:  # in a plain kernel
    from coursekit.grading.inside.wire import pack


def taken(namespace: dict[str, Any], name: str) -> dict[str, Any]:
    """{"value": packed}, {"unreadable": sentence} or {"failed": name of the error}."""
    try:
        value = pack(plain(namespace.get(name)))
        json.dumps(value)
        return {"value": value}
    except Unreadable as problem:
        return {"unreadable": str(problem)}
    except Exception as problem:
        return {"failed": type(problem).__name__}


def taken_text(namespace: dict[str, Any], name: str) -> str:
    return json.dumps(taken(namespace, name))
