"""`built.json`: the hash of every file that goes into the build or comes out of it."""

from __future__ import annotations

import hashlib
import json

from coursekit.errors import CourseError
from coursekit.items import ROOT, written_modules

PATH = ROOT / "built.json"
STAGE = "stage "
CASEWORK = "datasets/casework.csv"
Files = dict[str, str]

_LEARNER = ("priorauth/**/*.py", "priorauth/**/*.yaml", "priorauth/**/*.csv", "priorauth/**/*.gz")
_WORLD_IN = ("coursekit/world/**/*.py", *_LEARNER)
_WORLD_OUT = ("datasets/**/*", "coursekit/world/truth/**/*")


def inputs(stage: str) -> list[str]:
    """Patterns of the files that a stage reads."""
    if stage == "world":
        return list(_WORLD_IN)
    if stage == "pages":
        return ["notebooks/*/items.yaml", "notebooks/*/*.md", "priorauth/facts/*.yaml", "priorauth/glossary.yaml"]
    return [
        f"notebooks/{stage}/{stage}.md",
        f"notebooks/{stage}/items.yaml",
        f"notebooks/{stage}/img/*",
        "coursekit/casework/__init__.py",
        f"coursekit/casework/{stage}*.py",
        "coursekit/build/*.py",
        "coursekit/items.py",
        "coursekit/mark.py",
        "coursekit/marks.py",
        "coursekit/prose.py",
        "nbgrader_config.py",
        *_LEARNER,
        *_WORLD_OUT,
    ]


def outputs(stage: str) -> list[str]:
    """Patterns of the files that a stage writes."""
    if stage == "world":
        return list(_WORLD_OUT)
    if stage == "pages":
        return ["docs/facts.md"]
    return [
        f"notebooks/{stage}/{stage}.ipynb",
        f"source/{stage}/**/*",
        f"release/{stage}/**/*",
        f"coursekit/keys/{stage}.json",
        f"priorauth/public/{stage}.json",
    ]


def stages() -> list[str]:
    return ["world", *written_modules(), "pages"]


def read() -> Files:
    """The remembered hashes; an unreadable file counts as empty, which only means more work."""
    try:
        return json.loads(PATH.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}


def hashes(patterns: list[str]) -> Files:
    """Hashes of the files that exist now. Line ends are not part of the text of a file."""
    found: Files = {}
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            name = path.relative_to(ROOT).as_posix()
            if path.is_file() and "__pycache__" not in name and ".ipynb_checkpoints" not in name and name not in found:
                data = path.read_bytes()
                if path.suffix not in (".png", ".gz"):
                    data = data.replace(b"\r\n", b"\n")
                found[name] = hashlib.sha256(data).hexdigest()[:20]
    return found


def stale(stage: str, remembered: Files) -> bool:
    """Whether an input or output of the stage is not as it was left."""
    made = hashes(outputs(stage))
    if not made or any(remembered.get(name) != value for name, value in made.items() if name != CASEWORK):
        return True
    return remembered.get(f"{STAGE}{stage}") != _digest(hashes(inputs(stage)))


def _digest(read: Files) -> str:
    """One hash over all inputs of a stage. The list of casework records is left out: every module writes its part."""
    text = json.dumps({k: v for k, v in read.items() if k != CASEWORK}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def record(stage: str, used: Files) -> list[str]:
    """Remember a stage: its inputs `used`, hashed before it began, and its outputs now; return the outputs that changed.

    An input that somebody edits while the stage is at work is then seen as changed after the build, which it was.
    """
    files = read()
    made = hashes(outputs(stage))
    changed = [name for name, value in made.items() if files.get(name) != value]
    _write(files | used | hashes([CASEWORK]) | made | {f"{STAGE}{stage}": _digest(used)})
    return changed


def forget_missing() -> None:
    """Drop files that exist no more."""
    _write({name: value for name, value in read().items() if name.startswith(STAGE) or (ROOT / name).exists()})


def _write(files: Files) -> None:
    text = json.dumps(dict(sorted(files.items())), indent=0) + "\n"
    if not PATH.exists() or PATH.read_text(encoding="utf-8") != text:
        PATH.write_text(text, encoding="utf-8", newline="\n")


def differences() -> list[str]:
    """One sentence for each file that is not as the last build left it; empty if everything is fresh."""
    remembered = {k: v for k, v in read().items() if not k.startswith(STAGE)}
    if not remembered:
        raise CourseError("built.json is missing or damaged. Build the course: python3 course.py build")
    made = {name for stage in stages() for name in hashes(outputs(stage))}
    now = hashes([p for stage in stages() for p in inputs(stage) + outputs(stage)])
    words = []
    for name in sorted(now.keys() | remembered.keys()):
        if name not in now:
            words.append(f"{name} is missing.")
        elif name not in remembered:
            words.append(f"{name} is new since the last build.")
        elif now[name] != remembered[name]:
            kind = "is built and was changed by hand" if name in made else "was changed after the last build"
            words.append(f"{name} {kind}.")
    return words
