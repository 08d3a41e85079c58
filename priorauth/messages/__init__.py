"""Messages between the clinic and payers: X12 270/271 and 278, an electronic prior authorization exchange, FHIR bundles.

    from priorauth import messages
    messages.files("REQ-000123")                     # names of the files of a request
    messages.text("REQ-000123_278_request.x12")      # a file as it stands
    messages.read("REQ-000123_278_response.x12")     # a file as a dict with the field names of the tables

Each kind has a module with write and read functions: eligibility, review and review_answer, epa, fhir and fhir_read. They are pure functions:
`record.gather(tables, request_id)` collects the rows, a write function turns them into text, a read function turns text into a dict. Errors are MessageError,
one sentence each. X12 codes carry labels in the course's own words; the ePA exchange is shaped after NCPDP SCRIPT but is not that standard.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .base import MessageError

#: Kind of message -> end of the file name. A file is called REQ-000123_<kind>.<ending>.
ENDINGS = {
    "270": "x12",
    "271": "x12",
    "278_request": "x12",
    "278_response": "x12",
    "epa_initiation_request": "xml",
    "epa_initiation_response": "xml",
    "epa_request": "xml",
    "epa_response": "xml",
    "fhir_request": "json",
    "fhir_response": "json",
}


def folder() -> Path:
    """The folder with the message files."""
    from ..data import folder as data_folder

    return data_folder() / "messages"


def name_of(request_id: str, kind: str) -> str:
    """File name for a request and a kind of message."""
    return f"{request_id}_{kind}.{ENDINGS[kind]}"


def files(request_id: str | None = None) -> list[str]:
    """Names of the message files of a request, in the order in which they were exchanged (all files if no request is named)."""
    if not folder().is_dir():
        raise MessageError(f"The folder {folder()} is missing: run git checkout -- datasets/messages to get it back.")
    found = [p.name for p in folder().iterdir() if p.suffix[1:] in ENDINGS.values()]
    order = list(ENDINGS)
    mine = [n for n in found if request_id is None or n.startswith(f"{request_id}_")]
    return sorted(mine, key=lambda n: (n.split("_", 1)[0], order.index(_kind(n))))


def _kind(name: str) -> str:
    kind = name.rsplit(".", 1)[0].partition("_")[2]
    if kind not in ENDINGS or name != name_of(name.split("_", 1)[0], kind):
        raise MessageError(f"{name!r} is not the name of a message: names look like REQ-000123_278_request.x12.")
    return kind


def text(name: str) -> str:
    """The text of a message file. MessageError if there is none of that name."""
    _kind(name)
    path = folder() / name
    if not path.is_file():
        others = files(name.split("_", 1)[0])
        raise MessageError(
            f"There is no message {name!r}. "
            + (
                f"This request has: {', '.join(others)}."
                if others
                else "This request has no messages; see datasets/messages/index.csv."
            )
        )
    raw = path.read_bytes()
    from ..data import _edited

    changed = _edited(f"messages/{name}", raw)
    if changed:
        raise MessageError(changed)
    try:
        return raw.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise MessageError(
            f"The message {name} is not UTF-8 text: get the original back with git checkout -- datasets/messages/{name}"
        ) from None


def read(name: str) -> dict[str, Any]:
    """A message file as a dict. MessageError (one sentence) if the file is damaged."""
    return read_text(_kind(name), text(name))


def read_text(kind: str, content: str) -> dict[str, Any]:
    """The text of a message of a known kind as a dict."""
    if kind in ("270", "271"):
        from . import eligibility

        return eligibility.read_question(content) if kind == "270" else eligibility.read_answer(content)
    if kind == "278_request":
        from . import review

        return review.read_request(content)
    if kind == "278_response":
        from . import review_answer

        return review_answer.read_answer(content)
    if kind.startswith("epa_"):
        from . import epa

        row = epa.read(content)
        if row["kind"] != kind:
            raise MessageError(f"The file is named {kind}, but holds an {row['kind']}: rename it.")
        return row
    if kind in ("fhir_request", "fhir_response"):
        from . import fhir_read

        return fhir_read.read_request(content) if kind == "fhir_request" else fhir_read.read_answer(content)
    raise MessageError(f"There is no kind of message called {kind!r}: use one of {', '.join(ENDINGS)}.")


__all__ = ["ENDINGS", "MessageError", "files", "folder", "name_of", "read", "read_text", "text"]
