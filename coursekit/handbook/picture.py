"""The programme map as a picture: a dot where a module tests a promise, the larger the more items. Colors come from the page."""

from __future__ import annotations

from html import escape

from coursekit.handbook.programme import GROUPS, ProgrammeMap, Row
from coursekit.programme import PLAN

STEP, LEFT, TOP = 30, 44, 26
SIZES = ((6, 11), (3, 8.5), (1, 6))


def svg(found: ProgrammeMap, group: str) -> str:
    """One group as SVG with a title and a description in words."""
    rows = found.group(group)
    width, height = LEFT + STEP * len(PLAN) + 8, TOP + 24 * len(rows) + 6
    parts = [
        f'<svg class="map" viewBox="0 0 {width} {height}" role="img" aria-labelledby="pic-{group}" '
        f'xmlns="http://www.w3.org/2000/svg"><title id="pic-{group}">{escape(words(found, group))}</title>'
    ]
    for column, entry in enumerate(PLAN):
        x = LEFT + STEP * column + STEP / 2
        parts.append(f'<text x="{x:g}" y="16" text-anchor="middle">{entry.number}</text>')
    for number, row in enumerate(rows):
        y = TOP + 24 * number + 12
        parts.append(f'<line x1="{LEFT}" x2="{width - 8}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4.5}" text-anchor="end">{escape(row.id)}</text>')
        parts += [_dot(row, entry.number, LEFT + STEP * c + STEP / 2, y) for c, entry in enumerate(PLAN)]
    return "".join(parts) + "</svg>"


def _dot(row: Row, module: int, x: float, y: float) -> str:
    count = row.count(module)
    if count:
        return f'<circle cx="{x:g}" cy="{y}" r="{next(r for least, r in SIZES if count >= least):g}"/>'
    if row.planned == module and row.state == "planned":
        return f'<circle class="planned" cx="{x:g}" cy="{y}" r="6"/>'
    if row.state == "hole" and module == 1:
        return f'<text x="{x:g}" y="{y + 4.5}" class="hole">hole</text>'
    return ""


def words(found: ProgrammeMap, group: str) -> str:
    """What the picture shows, in a sentence."""
    rows = found.group(group)
    tested = [r for r in rows if r.state == "tested"]
    many = max(rows, key=lambda r: len(r.items))
    rest = [f"{sum(r.state == s for r in rows)} {w}" for s, w in (("planned", "are planned"), ("hole", "are holes"))]
    said = " and ".join(w for w in rest if not w.startswith("0 "))
    return (
        f"{GROUPS[group]} by module: {len(tested)} of {len(rows)} are tested{', ' + said if said else ''}. "
        f"Most items test {many.id}: {len(many.items)}."
    )
