"""The two small classes in which every table is described."""

from __future__ import annotations

from dataclasses import dataclass

#: How a column is stored and read. Text is never turned into a number, so ids, codes and "NA" stay what they are.
KINDS = ("text", "int", "float", "bool", "date", "datetime")


@dataclass(frozen=True)
class Column:
    """One column: name, kind (see KINDS), meaning, unit, allowed values, may it be empty, what it points to, its mess."""

    name: str
    kind: str
    meaning: str
    unit: str = ""
    allowed: tuple[str, ...] = ()
    null: bool = False
    fk: str = ""
    mess: str = ""


@dataclass(frozen=True)
class Table:
    """One table: name, what one row is, the key column, columns in file order, and the mess that concerns whole rows."""

    name: str
    row: str
    key: str
    columns: tuple[Column, ...]
    mess: str = ""
    optional: bool = False

    @property
    def names(self) -> list[str]:
        """Column names in file order."""
        return [c.name for c in self.columns]

    def column(self, name: str) -> Column:
        """The column called `name`; KeyError if there is none."""
        for c in self.columns:
            if c.name == name:
                return c
        raise KeyError(name)


def text(
    name: str, meaning: str, *, allowed: tuple[str, ...] = (), null: bool = False, fk: str = "", mess: str = ""
) -> Column:
    """A text column."""
    return Column(name, "text", meaning, "", tuple(allowed), null, fk, mess)


def num(name: str, meaning: str, unit: str = "", *, null: bool = False, mess: str = "") -> Column:
    """A whole-number column."""
    return Column(name, "int", meaning, unit, (), null, "", mess)


def dec(name: str, meaning: str, unit: str = "", *, null: bool = False, mess: str = "") -> Column:
    """A column of numbers that may have decimals."""
    return Column(name, "float", meaning, unit, (), null, "", mess)


def flag(name: str, meaning: str, *, null: bool = False, mess: str = "") -> Column:
    """A True/False column."""
    return Column(name, "bool", meaning, "", (), null, "", mess)


def day(name: str, meaning: str, *, null: bool = False, mess: str = "") -> Column:
    """A calendar date."""
    return Column(name, "date", meaning, "date", (), null, "", mess)


def moment(name: str, meaning: str, *, null: bool = False, mess: str = "") -> Column:
    """A date with a time, local time of the clinic, to the minute."""
    return Column(name, "datetime", meaning, "local time, to the minute", (), null, "", mess)
