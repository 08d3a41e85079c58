"""A receipt: who handed in what, and when. It travels inside the hand-in and stays with the learner.

It is plain text, not a seal. It finds mistakes (a wrong file, a mangled name, a notebook that was changed afterwards);
against somebody who wants to cheat, the time that the learning platform writes down is what counts.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath

from coursekit.errors import CourseError

NAME, TEXT = "receipt.json", "receipt.txt"
COURSE, FORM = "priorauth", 1
TIME = "%Y-%m-%dT%H:%M:%SZ"
_LARGEST = 200_000  # bytes


@dataclass(frozen=True)
class Receipt:
    """What was handed in: `files` as {name: SHA-256 of its bytes}, the notebook among them; `handed_in` in UTC."""

    learner: str
    module: str
    handed_in: str
    edition: str
    notebook: str
    files: dict[str, str]

    @property
    def data(self) -> dict[str, object]:
        return {"course": COURSE, "form": FORM} | asdict(self)

    @property
    def code(self) -> str:
        """Twelve characters by which two people see that they speak of the same receipt."""
        text = json.dumps(self.data, sort_keys=True, ensure_ascii=False).encode()
        short = hashlib.sha256(text).hexdigest()[:12]
        return "-".join(short[i : i + 4] for i in (0, 4, 8))

    @property
    def moment(self) -> dt.datetime:
        """When it was handed in, UTC, without a zone."""
        return dt.datetime.strptime(self.handed_in, TIME)

    def as_json(self) -> str:
        return json.dumps(self.data, indent=1, ensure_ascii=False) + "\n"

    def as_text(self) -> str:
        """The receipt for people."""
        lines = [
            f"Receipt {self.code}",
            "",
            f"Learner    {self.learner}",
            f"Module     {self.module}",
            f"Made at    {self.moment:%Y-%m-%d %H:%M:%S} UTC, by the clock of the learner's computer",
            f"Edition    {self.edition}",
            "",
            "Files and their SHA-256:",
        ]
        lines += [f"  {name}\n    {digest}" for name, digest in self.files.items()]
        return "\n".join(lines) + "\n"

    def fits(self, files: dict[str, bytes]) -> bool:
        """Whether the notebook and all other files that it lists are there, byte for byte."""
        return all(
            name in files and hashlib.sha256(files[name]).hexdigest() == digest for name, digest in self.files.items()
        )


def parse(raw: bytes) -> Receipt:
    """The receipt in `receipt.json`. Raises `CourseError` with one sentence when it is none of ours."""
    try:
        if len(raw) > _LARGEST:
            raise ValueError
        data = json.loads(raw.decode("utf-8-sig"))
        if data["course"] != COURSE or not isinstance(data["form"], int):
            raise ValueError
        texts = {k: data[k] for k in ("learner", "module", "handed_in", "edition", "notebook")}
        files = dict(data["files"])
        if not all(isinstance(v, str) for v in (*texts.values(), *files, *files.values())):
            raise ValueError
        receipt = Receipt(**texts, files=files)
        _ = receipt.moment
        if not receipt.learner.strip() or receipt.notebook not in files:
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise CourseError("Its receipt cannot be read.") from None
    if data["form"] > FORM:
        raise CourseError("Its receipt comes from a newer edition of the course. Update the course here first.")
    return receipt


def is_receipt(path: PurePosixPath) -> bool:
    return path.name.lower() == NAME
