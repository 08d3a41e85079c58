"""Who works here: the learner's id, by which items with variants draw her records (`priorauth.variants`).

The first of these that is there: the environment variable PRIORAUTH_LEARNER (also where it is empty: then nobody), the
account on a JupyterHub (JUPYTERHUB_USER), the id that was kept in the workspace. Else "": nobody is named, and every item
shows its first records.
"""

from __future__ import annotations

import os
import tempfile
import unicodedata
from pathlib import Path

VARIABLES = ("PRIORAUTH_LEARNER", "JUPYTERHUB_USER")
LONGEST = 120  # characters


def normal(name: str) -> str:
    """An id in its one form: "  Ada " and "ada" are the same learner.

    Letter case, blanks around it and the ways to write an accent make no difference. Raises `ValueError` with one
    sentence for an id that is too long or holds a line break.
    """
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", str(name)).strip().casefold())
    if len(text) > LONGEST or not text.isprintable():
        raise ValueError(f"A learner's id is one line of at most {LONGEST} characters.")
    return text


def learner_id(workspace: Path | str | None = None) -> str:
    """The id of the learner who works here, in its normal form; "" where nobody is named.

    workspace: the folder that may hold a kept id; without it PRIORAUTH_WORKSPACE, else `workspace` in the course folder.
    """
    for variable in VARIABLES:
        if variable in os.environ:
            return _normal_or_nobody(os.environ[variable])
    try:
        return _normal_or_nobody(kept_in(workspace).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return ""


def _normal_or_nobody(name: str) -> str:
    try:
        return normal(name)
    except ValueError:
        return ""


def kept_in(workspace: Path | str | None = None) -> Path:
    """The file of a workspace that keeps the id. It need not be there."""
    course = Path(__file__).resolve().parents[1]
    folder = workspace or os.environ.get("PRIORAUTH_WORKSPACE") or course / "workspace"
    return Path(folder).expanduser() / ".course" / "learner.txt"


def keep(name: str, workspace: Path | str | None = None) -> str:
    """Keep an id in the workspace, whole or not at all; returns it in its normal form.

    Raises `ValueError` for an empty or unusable id, `OSError` where the folder cannot be written.
    """
    text = normal(name)
    if not text:
        raise ValueError("A learner's id must not be empty.")
    path = kept_in(workspace)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".learner-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text + "\n")
        os.replace(beside, path)
    except OSError:
        Path(beside).unlink(missing_ok=True)
        raise
    return text
