"""The build: from text, items and the seed of the world to everything that is built. One way, same bytes every time.

    world    coursekit/world            -> datasets/, coursekit/world/truth/
    module   module_NN.md + items.yaml  -> casework, keys, public items, notebooks/, source/, release/
    pages    facts, glossary, items     -> built parts of docs/

`built.json` remembers the hash of every input and every output, so that an unchanged stage is skipped and any edit
is found and named.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from coursekit import access
from coursekit.build import ledger, pages
from coursekit.build.assemble import assemble, facts_of
from coursekit.build.compile import CASEWORK, Compiled, compile_module
from coursekit.build.execute import execute, strip_items, write
from coursekit.build.release import make_release
from coursekit.errors import CourseError
from coursekit.items import ROOT, Module, Practice, load_module, module_name, written_modules
from coursekit.marks import plain_marks

Say = Callable[[str], None]


def build(modules: list[str] | None = None, force: bool = False, say: Say = print) -> list[str]:
    """Build what is out of date (everything with `force`); return the files whose bytes changed.

    `modules` limits the work to some modules; the world and the pages are always looked at.
    """
    changed: list[str] = []
    wanted = [module_name(m) for m in modules] if modules else written_modules()
    for stage in ["world", *wanted, "pages"]:
        used = ledger.hashes(ledger.inputs(stage))
        if stage == "pages":
            pages.write_pages([load_module(m) for m in written_modules()])
        elif not (force or ledger.stale(stage, ledger.read())):
            continue
        elif stage == "world":
            say("Making the synthetic world ...")
            _build_world()
        else:
            say(f"Building {stage} ...")
            build_module(load_module(stage))
        changed += ledger.record(stage, used)
    ledger.forget_missing()
    return sorted(set(changed))


def _build_world() -> None:
    from coursekit import world

    made = world.build_world()
    world.write_datasets(made, ROOT / "datasets")


def build_module(module: Module) -> None:
    """Build one module: casework list, keys, public items, and its three notebooks."""
    from coursekit.world import World

    compiled = compile_module(module, World.load(ROOT))
    write_casework(module, compiled)
    _write_json(
        ROOT / "coursekit" / "keys" / f"{module.name}.json",
        {"module": module.name, "items": {c.item.id: c.data for c in compiled}},
    )
    practice = {p.id: _plain_practice(p) for p in module.practice}
    public = {
        "module": module.name,
        "title": module.title,
        "items": {c.item.id: c.public for c in compiled},
        "practice": practice,
    }
    _write_json(ROOT / "priorauth" / "public" / f"{module.name}.json", public)

    folder = ROOT / "notebooks" / module.name
    text = assemble(module, compiled, folder / f"{module.name}.md")
    done = execute(text, folder, f"notebooks/{module.name}/{module.name}.md")
    if barriers := access.of_module(module, done):
        raise CourseError(f"notebooks/{module.name}: not everyone can read this.\n" + "\n".join(barriers))
    write(done, folder / f"{module.name}.ipynb")
    source = ROOT / "source" / module.name
    write(strip_items(done), source / f"{module.name}.ipynb")
    _copy_pictures(folder, source)
    make_release(source, ROOT / "release" / module.name)


def _plain_practice(question: Practice) -> dict[str, Any]:
    """A practice question as data, its marks in words."""
    options = {
        k: o.model_dump() | {"text": plain_marks(o.text), "because": plain_marks(o.because)}
        for k, o in question.options.items()
    }
    return question.model_dump() | {"question": plain_marks(question.question).strip(), "options": options}


def write_casework(module: Module, compiled: list[Compiled]) -> None:
    """Put the module's records into datasets/casework.csv, other modules' rows kept."""
    path = ROOT / "datasets" / "casework.csv"
    prefix = f"m{module.module:02d}-"
    rows = []
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            rows = [r for r in csv.reader(file)][1:]
    rows = [r for r in rows if not r[0].startswith(prefix)]
    for c in compiled:
        if c.case is not None:
            places = c.case.pool or [[record] for record in c.case.records]
            rows += [[c.item.id, str(n), str(record)] for n, place in enumerate(places, 1) for record in place]
    rows.sort(key=lambda r: (r[0], int(r[1])))
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([["item_id", "position", "record_id"], *rows])
    path.write_text(out.getvalue(), encoding="utf-8", newline="\n")


def _copy_pictures(folder: Path, source: Path) -> None:
    for picture in sorted((folder / "img").glob("*")) if (folder / "img").is_dir() else []:
        target = source / "img" / picture.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(picture.read_bytes())


def _write_json(path: Path, data: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")


__all__ = ["CASEWORK", "build", "build_module", "facts_of"]
