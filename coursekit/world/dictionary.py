"""The data dictionary, written from the schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from priorauth import schema

if TYPE_CHECKING:
    from .world import World


def dictionary_text(world: World) -> str:
    """datasets/README.md."""
    total = sum(len(t.encode()) for t in world.texts.values())
    out = [
        "# Data dictionary",
        "",
        f"**{schema.BANNER}**",
        "",
        "This file is written from `priorauth/schema.py`. Do not edit it; change the descriptions there and build again.",
        "",
    ]
    out += [f"{len(world.tables)} tables, {sum(len(t) for t in world.tables.values()):,} rows, {total / 1e6:.1f} MB. \"Today\" is 2026-09-30 08:00.",
            "Ids and codes are text. An empty cell means missing. `NA` in `decision_code` means that no action is needed.", ""]  # fmt: skip
    out += ["| Table | One row is | Rows |", "|---|---|---|"]
    out += [
        f"| [{t.name}](#{t.name}) | {t.row} | {len(world.tables[t.name]) if t.name in world.tables else 'built with the items'} |"
        for t in schema.TABLES.values()
    ]
    for t in schema.TABLES.values():
        out += ["", f"## {t.name}", "", f"One row is {t.row}." + (f" Key: `{t.key}`." if t.key else "")]
        if t.mess:
            out += ["", f"Where the mess is: {t.mess}"]
        out += [
            "",
            "| Column | Kind | Meaning | Unit | Allowed values | Empty? | Points to | Mess |",
            "|---|---|---|---|---|---|---|---|",
        ]
        for c in t.columns:
            out.append(
                f"| `{c.name}` | {c.kind} | {c.meaning} | {c.unit} | {', '.join(f'`{a}`' for a in c.allowed)} | {'may be' if c.null else 'no'} | {f'`{c.fk}`' if c.fk else ''} | {c.mess} |"
            )
    out += ["", "## policies.json", "", "Every version of every coverage policy: `policy_id`, `version`, `effective_from`, `effective_to`, `title`, `codes`, `criteria` (a tree of `all`, `any` and single criteria),",
            "`renewal_criteria`, `site_of_care` (place of service codes that the policy accepts; empty: no rule), `approval_days`.", ""]  # fmt: skip
    out += [
        "## messages/",
        "",
        "The same facts as messages (X12, ePA, FHIR): see [messages/README.md](messages/README.md).",
        "",
    ]
    return "\n".join(out)
