"""Items with variants when they are marked: a compiled item over the records of one draw."""

from __future__ import annotations

from typing import Any

from priorauth.variants import OWN, draw, records_named, salt


def part(whole: Any, records: list[str]) -> Any:
    """The part of a key or an answer that is about these records, in their order."""
    if isinstance(whole, dict):
        return {r: whole[r] for r in records if r in whole}
    return [r for r in records if r in whole]


def over(item: dict[str, Any], records: list[str]) -> dict[str, Any]:
    """A compiled item with variants as a plain item over the records of one draw."""
    form = {k: v for k, v in item["form"].items() if k != "pool"} | {"records": records}
    answers = item["variants"]["rejects"]
    rejects = [r | {"answer": part(a, records)} for r, a in zip(item["rejects"], answers, strict=True)]
    return item | {"form": form, "key": part(item["variants"]["key"], records), "rejects": rejects}


def of_learner(item: dict[str, Any], learner: str) -> dict[str, Any]:
    """A compiled item over a learner's own records; one without variants as it is."""
    if "pool" not in item["form"]:
        return item
    return over(item, draw(item["form"]["pool"], item["id"], learner, salt()))


def answered(item: dict[str, Any], value: Any, learner: str) -> tuple[dict[str, Any], str]:
    """The item over the records that an answer (plain data) is about, and whose they are (see `records_named`).

    An item without variants is returned as it is; then all records are everybody's own.
    """
    if "pool" not in item["form"]:
        return item, OWN
    records, whose = records_named(item["form"], item["id"], value, learner)
    return over(item, records), whose
