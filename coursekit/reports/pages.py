"""Report pages as static HTML: the class, each module's items, each learner. Every learner's word is escaped."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any

from coursekit import mark
from coursekit.files import write_whole
from coursekit.reports.analysis import analyse
from coursekit.reports.exports import write_exports
from coursekit.reports.gather import Work, gather

HERE = Path(__file__).parent / "templates"
BINS = 10


def write_report(course: Path, folder: Path) -> list[Path]:
    """Write all pages and lists of a class into `folder`; return their paths, the class's page first."""
    works = gather(course)
    lists = write_exports(works, folder, course)
    modules = sorted({w.module for w in works})
    figures = {m: analyse([w for w in works if w.module == m]) for m in modules}
    learners = sorted({w.student for w in works})
    names = _file_names(learners)
    written = [folder / "index.html"]
    mine = {s: [w for w in works if w.student == s] for s in learners}
    rows = [_row(s, names[s], mine[s], modules) for s in learners]
    charts = [
        bars("Learners who handed in, and who have at least 70 percent", "learners",
             [(m, figures[m].number) for m in modules], [figures[m].passed for m in modules]),
        bars("Points in all modules", "submissions", _binned(works)),
    ]  # fmt: skip
    late = sorted((w for w in works if w.late_hours > 0), key=lambda w: (w.module, w.student))
    write_whole(written[0], _render("class.html.jinja", figures=figures.values(), rows=rows, charts=charts, late=late,
                                    modules=modules, lists=[p.name for p in lists], waiting=sum(w.waits for w in works)))  # fmt: skip
    for module, found in figures.items():
        chart = bars("Points", "submissions", _binned([w for w in works if w.module == module]))
        written.append(folder / f"{module}.html")
        write_whole(
            written[-1], _render("module.html.jinja", f=found, chart=chart, percent=_percent, keys=_keys(module))
        )
    for student in learners:
        written.append(folder / "learners" / names[student])
        write_whole(written[-1], _render("learner.html.jinja", student=student, works=mine[student], percent=_percent))
    return written + lists


def _keys(module: str) -> dict[str, list[str]]:
    """The right options of questions with options; nothing for a module that is not in this edition."""
    try:
        items = mark.compiled(module)
    except (OSError, KeyError):
        return {}
    chosen = {i: v["key"] for i, v in items.items() if v["form"]["kind"] in ("single", "multiple", "true_false")}
    return {i: [str(k) for k in (key if isinstance(key, list) else [key])] for i, key in chosen.items()}


def _file_names(learners: list[str]) -> dict[str, str]:
    """A file's name for each learner, different also where large and small letters are not."""
    names: dict[str, str] = {}
    for learner in learners:
        plain = re.sub(r"[^\w.-]", "_", learner)
        taken = {n.casefold() for n in names.values()}
        number = 1
        while (name := f"{plain}{'' if number == 1 else f'-{number}'}.html").casefold() in taken:
            number += 1
        names[learner] = name
    return names


def _row(student: str, name: str, works: list[Work], modules: list[str]) -> dict[str, Any]:
    by_module = {w.module: f"{w.points:g}" for w in works}
    return {
        "student": student,
        "link": f"learners/{name}",
        "cells": [by_module.get(m, "") for m in modules],
        "total": f"{sum(w.points for w in works):g}",
    }


def _binned(works: list[Work]) -> list[tuple[str, int]]:
    counts = [0] * BINS
    for work in works:
        counts[min(BINS - 1, int(work.share * BINS + 1e-9))] += 1
    return [(f"{100 * n // BINS} to {100 * (n + 1) // BINS} %", c) for n, c in enumerate(counts)]


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.0f} %"


def bars(title: str, unit: str, values: list[tuple[str, int]], inner: list[int] | None = None) -> Any:
    """A bar chart as SVG with its figures in words; `inner` is a part of each bar, drawn darker."""
    from markupsafe import Markup, escape

    most = max([v for _, v in values] + [1])
    parts, words = [], []
    for n, (label, value) in enumerate(values):
        y, part = 24 * n, "" if inner is None else f", {inner[n]} of them"
        parts.append(f'<text x="0" y="{y + 16}">{escape(label)}</text>')
        parts.append(f'<rect class="bar" x="130" y="{y + 3}" width="{400 * value / most:.1f}" height="17"/>')
        if inner is not None:
            parts.append(f'<rect class="part" x="130" y="{y + 3}" width="{400 * inner[n] / most:.1f}" height="17"/>')
        beside = f"{value}" if inner is None else f"{value}, {inner[n]}"
        parts.append(f'<text x="{136 + 400 * value / most:.1f}" y="{y + 16}">{beside}</text>')
        words.append(f"{label}: {value}{part}")
    told = escape(f"{title}, {unit}. {'; '.join(words)}.")
    return Markup(
        f'<figure><figcaption>{escape(title)} ({escape(unit)})</figcaption><svg role="img" aria-label="{told}" '
        f'viewBox="0 0 600 {24 * len(values) + 4}" width="100%">{"".join(parts)}</svg></figure>'
    )


@functools.cache
def _templates() -> Any:
    import jinja2

    return jinja2.Environment(loader=jinja2.FileSystemLoader(HERE), autoescape=True, undefined=jinja2.StrictUndefined)


def _render(name: str, **values: Any) -> str:
    from markupsafe import Markup

    from coursekit.grading.feedback import HERE as COMMON

    style = (COMMON / "style.css").read_text(encoding="utf-8") + (HERE / "report.css").read_text(encoding="utf-8")
    return _templates().get_template(name).render(style=Markup(style), **values)
