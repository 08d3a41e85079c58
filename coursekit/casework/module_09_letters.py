"""Module 9, `m09_c3`: letters about a lower price (`priorauth/stories/counter.yaml`), judged by the plan's list."""

from __future__ import annotations

from typing import Any

from coursekit.casework import Case, like
from priorauth import stories

MAY, SPECIAL, GENERICS, NO_LOWER, CAME_IN, OTHER_BOOK = (
    "may ask",
    "specialty tier",
    "only generics below",
    "no lower tier",
    "came in by exception",
    "another rule book",
)
LETTERS_SHOWN = 10  # for each learner; the other letters stand in for them
#: Letter -> drug that the person takes; and what stands beside the list.
LETTERS = {
    "L01": "Vasquine", "L02": "Celmiro", "L03": "Migrolan", "L04": "Uvexa", "L05": "Brethiva", "L07": "Arteval",
    "L08": "Noctarin", "L09": "Veraluxe", "L11": "Lumestat", "L12": "Cholvera", "L13": "Refluvia",
    "L14": "Angivant", "L15": "Convarel", "L16": "Motivane", "L18": "Dolvarin", "L20": "Floravex",
    "L21": "Gravexa", "L22": "Podalex", "L23": "Visoptrel", "L25": "Quietrel", "L26": "Scleranza",
    "L27": "Mucolenza", "L28": "Pneumora", "L30": "Somnavia",
}  # fmt: skip
BESIDE = {
    "L06": [CAME_IN, "A-118"],
    "L10": [OTHER_BOOK, "PLN-03"],
    "L17": [CAME_IN, "A-134"],
    "L19": [OTHER_BOOK, "PLN-04"],
    "L24": [OTHER_BOOK, "PLN-02"],
    "L29": [CAME_IN, "A-127"],
}


def _tiers(**wanted: str) -> list[dict[str, Any]]:
    return [r for r in stories.rows("tier_list") if all(r[k] == v for k, v in wanted.items())]


def _listed(drug: str) -> dict[str, Any]:
    (row,) = _tiers(drug=drug)
    return row


def _lower(drug: str) -> list[dict[str, Any]]:
    """The rows for the same condition on lower tiers, the cheapest first."""
    mine = _listed(drug)
    rows = [r for r in _tiers(treats=mine["treats"]) if r["tier"] < mine["tier"]]
    return sorted(rows, key=lambda r: r["tier"])


def _tiering(drug: str) -> list[str]:
    mine, lower = _listed(drug), _lower(drug)
    if mine["tier"] == 5:
        return [SPECIAL, mine["row"]]
    fits = [r for r in lower if mine["sort"] == "generic" or r["sort"] == "brand"]
    if fits:
        return [MAY, min(fits, key=lambda r: r["tier"])["row"]]
    return [GENERICS, max(lower, key=lambda r: r["tier"])["row"]] if lower else [NO_LOWER, mine["row"]]


def m09_c3(world: Any) -> Case:
    """Ten letters, each judged by the list and what stands beside it.

    Beside each stand others with the same verdict and as many drugs to compare, on which the same mistakes go wrong.
    """
    right = {letter: _tiering(drug) for letter, drug in LETTERS.items()} | BESIDE
    mistakes = [make(right) for make in (any_lower, harm_is_enough, generics_for_all, lowest_row)]
    sizes = {letter: len(_lower(drug)) for letter, drug in LETTERS.items()}
    kinds = {k: (right[k][0], sizes.get(k), *(wrong[k] == right[k] for wrong in mistakes)) for k in right}
    letters = sorted(right)
    pool = like(letters[:LETTERS_SHOWN], letters, kinds.get)
    return Case(records=letters[:LETTERS_SHOWN], key={k: right[k] for place in pool for k in place}, pool=pool)


def any_lower(model: dict[str, list[str]]) -> dict[str, list[str]]:
    """A cheaper drug for the same condition is enough, whatever it is."""
    return {k: [MAY, v[1]] if v[0] == GENERICS else v for k, v in model.items()}


def harm_is_enough(model: dict[str, list[str]]) -> dict[str, list[str]]:
    """Whoever cannot take the cheaper drug may ask, on any tier and with any plan."""
    return {
        k: [MAY, _lower(LETTERS[k])[0]["row"]] if v[0] == SPECIAL else [MAY, v[1]] if k in BESIDE else v
        for k, v in model.items()
    }


def generics_for_all(model: dict[str, list[str]]) -> dict[str, list[str]]:
    """The bar for brands is used on a generic, too."""
    sorts = {r["row"]: r["sort"] for r in stories.rows("tier_list")}
    return {k: [GENERICS, v[1]] if v[0] == MAY and sorts[v[1]] == "generic" else v for k, v in model.items()}


def lowest_row(model: dict[str, list[str]]) -> dict[str, list[str]]:
    """The cheapest drug of all is named, and not the one whose price can be asked for."""
    return {k: [v[0], _lower(LETTERS[k])[0]["row"]] if v[0] in (MAY, GENERICS) else v for k, v in model.items()}
