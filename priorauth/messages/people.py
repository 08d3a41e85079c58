"""Names and numbers of people and organizations in X12 segments, written and read in one place."""

from __future__ import annotations

from .base import MessageError, day, day8, one_name, two_names
from .codes import phone_back, phone_digits
from .levels import Level, get, must
from .record import Row
from .x12 import Segment, seg


def organization(role: str, name: str, qualifier: str, number: str) -> Segment:
    """NM1 of an organization."""
    return seg("NM1", role, "2", name, None, None, None, None, qualifier, number)


def provider(role: str, npi: str, row: Row | None) -> Segment:
    """NM1 of a clinician or place. `row` is its line in the table `providers`, or None where the number is not in the table."""
    if row is None:
        return seg("NM1", role, "2", None, None, None, None, None, "XX", npi)
    if row["kind"] != "clinician":
        return organization(role, row["name"], "XX", npi)
    name, _, title = row["name"].partition(", ")
    last, first = two_names(name)
    return seg("NM1", role, "1", last, first, None, None, title, "XX", npi)


def provider_name(segment: list[str] | None) -> str | None:
    """The name in an NM1 segment as the table writes it."""
    if segment is None:
        return None
    name = one_name(get(segment, 3), get(segment, 4))
    title = get(segment, 7)
    return (f"{name}, {title}" if title else name) or None


def member(name: str, card: str, birth_date: str, sex: str) -> list[Segment]:
    """NM1 and DMG of the member."""
    last, first = two_names(name)
    return [seg("NM1", "IL", "1", last, first, None, None, None, "MI", card), seg("DMG", "D8", day8(birth_date), sex)]


def read_member(level: Level) -> Row:
    """card, name, birth_date and sex from a member level."""
    nm1, dmg = level.need("NM1", "IL"), level.need("DMG")
    if get(nm1, 8) != "MI":
        raise MessageError(f"NM108 of the member holds {get(nm1, 8)!r}: write MI, for a member number.")
    sex = get(dmg, 3)
    if sex not in ("F", "M", "U"):
        raise MessageError(f"DMG03 holds the unknown code {sex!r}: use F, M or U.")
    return {
        "card": must(nm1, 9),
        "name": one_name(must(nm1, 3), get(nm1, 4)),
        "birth_date": day(must(dmg, 2), "DMG02"),
        "sex": sex,
    }


def contact(name: str | None, phone: str | None) -> list[Segment]:
    """PER, whom to call; nothing if neither is known."""
    if not name and not phone:
        return []
    return [seg("PER", "IC", name, "TE" if phone else None, phone_digits(phone))]


def read_contact(level: Level) -> tuple[str | None, str | None]:
    """Name and phone of the contact, None where missing."""
    per = level.first("PER", "IC")
    return (get(per, 2) or None, phone_back(get(per, 4))) if per else (None, None)
