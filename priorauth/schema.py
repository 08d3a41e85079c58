"""All tables of the synthetic world, described once: the loader checks them and the data dictionary is written from them."""

from __future__ import annotations

from .tables import after, catalog, chart, people, requests
from .tables.base import Column, Table

#: What every data file and the dictionary say first.
BANNER = "Everything in these files is invented: people, payers, plans, drugs, policies, providers, phone numbers. CC0."

#: Table name -> Table, in reading order.
TABLES: dict[str, Table] = {t.name: t for part in (catalog, people, chart, requests, after) for t in part.TABLES}

#: Answer codes of the 278 response, in the course's words.
DECISION_CODES = {
    "A1": "approved as asked",
    "A2": "approved in part",
    "A3": "not approved",
    "A4": "pended, no decision yet",
    "A6": "approved with a change",
    "C": "cancelled",
    "CT": "call the payer",
    "NA": "no action needed",
}


def table(name: str) -> Table:
    """The description of one table; KeyError with a suggestion if there is none of that name."""
    if name in TABLES:
        return TABLES[name]
    import difflib

    near = difflib.get_close_matches(str(name), TABLES, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else f" The tables are: {', '.join(TABLES)}."
    raise KeyError(f"There is no table called {name!r}.{hint}")


def required() -> list[str]:
    """Names of the tables that must be there (all but the optional ones)."""
    return [t.name for t in TABLES.values() if not t.optional]


__all__ = ["BANNER", "DECISION_CODES", "TABLES", "Column", "Table", "required", "table"]
