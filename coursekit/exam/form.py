"""Drawing: a seed gives a form, the same one every time; practice exams draw from what forms leave alone."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from coursekit.errors import CourseError
from coursekit.exam.bank import BankItem, load_bank
from coursekit.exam.blueprint import AREA_OF, Blueprint, Quota, load_blueprint
from coursekit.exam.capstone import TASKS, Shown, Task, draw
from coursekit.exam.computed import computed_items, task_pool
from coursekit.exam.templates import ComputedItem
from coursekit.items import ROOT

TRIES = 400


@dataclass(frozen=True)
class Form:
    """What was drawn: the questions of Part A in their order, and the records of each task of Part B."""

    seed: int
    questions: tuple[BankItem, ...]
    tasks: tuple[tuple[Task, tuple[Shown, ...]], ...]

    @property
    def ids(self) -> frozenset[str]:
        """Ids of the questions, as the bank has them."""
        return frozenset(q.id for q in self.questions)


def module_of(item: BankItem) -> int:
    return int(item.id[1:3])


def pools(root: Path = ROOT) -> tuple[dict[int, list[BankItem]], dict[int, dict[str, list[ComputedItem]]]]:
    """What forms may use, by module: written questions, and computed ones by template."""
    plan = load_blueprint(root)
    written: dict[int, list[BankItem]] = {m: [] for m in plan.modules}
    for item in load_bank(root):
        if not item.practice:
            written[module_of(item)].append(item)
    made: dict[int, dict[str, list[ComputedItem]]] = {m: {} for m in plan.modules}
    for item in computed_items():
        if int(item.id[-2:]) not in plan.practice.kept_instances:
            made[module_of(item)].setdefault(item.template, []).append(item)
    return written, made


def shortage(root: Path = ROOT) -> list[str]:
    """One sentence for each module whose written questions are too few; computed ones stand in for them."""
    written, _ = pools(root)
    return [
        f"The item bank has {len(written[m])} of {quota.questions - quota.computed} written questions that a form takes from Module {m}; computed ones stand in."
        for m, quota in load_blueprint(root).modules.items()
        if len(written[m]) < quota.questions - quota.computed
    ]


def draw_form(seed: int, root: Path = ROOT) -> Form:
    """The form of a seed. Raises `CourseError` if there is no bank, or none that keeps the blueprint."""
    plan = load_blueprint(root)
    written, made = pools(root)
    whole = not shortage(root)
    dice = random.Random(f"form {seed}")
    for _ in range(TRIES):
        questions = [q for m, quota in plan.modules.items() for q in _of_module(quota, written[m], made[m], plan, dice)]
        if fits(plan, questions) or (not whole and len({q.id for q in questions}) == plan.questions):
            break
    else:
        raise CourseError("No form that keeps the blueprint was found; the bank is too one-sided.")
    tasks = tuple(
        (t, tuple(draw(t, task_pool(t.id), random.Random(f"{t.id} {seed}")))) for t in TASKS if t.id in plan.tasks
    )
    return Form(seed, tuple(shuffled(q, seed) for q in questions), tasks)


def _of_module(
    quota: Quota, written: list[BankItem], made: dict[str, list[ComputedItem]], plan: Blueprint, dice: random.Random
) -> list[BankItem]:
    """Questions of one module: at most one of a template, no objective too often, as many objectives as there can be."""
    best: list[BankItem] = []
    best_width = 0
    if len(written) < quota.questions - quota.computed:
        return _stand_ins(quota, written, made, dice)
    goals = {i.objective for i in written} | {i.objective for some in made.values() for i in some}
    for _ in range(12):
        chosen = [dice.choice(made[t]) for t in dice.sample(sorted(made), quota.computed)]
        chosen = [*dice.sample(written, quota.questions - quota.computed), *chosen]
        tested = Counter(i.objective for i in chosen)
        if max(tested.values()) <= plan.most_of_one_objective and len(tested) > best_width:
            best, best_width = chosen, len(tested)
        if best_width == min(len(goals), quota.questions):
            break
    dice.shuffle(best)
    return best


def _stand_ins(
    quota: Quota, written: list[BankItem], made: dict[str, list[ComputedItem]], dice: random.Random
) -> list[BankItem]:
    """Questions of a module whose bank is not complete: all written ones, then each template in turn."""
    chosen: list[BankItem] = list(written)
    turn = dice.sample(sorted(made), len(made))
    while len(chosen) < quota.questions:
        left = [i for i in made[turn[len(chosen) % len(turn)]] if i not in chosen]
        chosen.append(dice.choice(left))
    dice.shuffle(chosen)
    return chosen


def fits(plan: Blueprint, questions: list[BankItem]) -> bool:
    """Whether questions keep the blueprint: number, modules, computed ones, kinds, one of a template, objectives."""
    kinds = Counter(q.kind for q in questions)
    modules = Counter(map(module_of, questions))
    computed = Counter(module_of(q) for q in questions if isinstance(q, ComputedItem))
    templates = [q.template for q in questions if isinstance(q, ComputedItem)]
    return (
        len(questions) == plan.questions == len({q.id for q in questions})
        and all(modules[m] == quota.questions and computed[m] == quota.computed for m, quota in plan.modules.items())
        and all(least <= kinds[k] <= most for k, (least, most) in plan.kinds.items())
        and len(templates) == len(set(templates))
        and max(Counter(q.objective for q in questions).values()) <= plan.most_of_one_objective
    )


def draw_practice(seed: int, root: Path = ROOT) -> list[BankItem]:
    """A practice exam: questions that no form uses, the same number from each focus area."""
    plan = load_blueprint(root)
    dice = random.Random(f"practice {seed}")
    each = plan.practice.questions // 5
    chosen: list[BankItem] = []
    for area in dict.fromkeys(AREA_OF.values()):
        written = [i for i in load_bank(root) if i.practice and AREA_OF[module_of(i)] == area]
        made: dict[str, list[ComputedItem]] = {}
        for i in computed_items():
            if AREA_OF[module_of(i)] == area and int(i.id[-2:]) in plan.practice.kept_instances:
                made.setdefault(i.template, []).append(i)
        computed = max(plan.practice.computed_by_area, each - len(written))
        some = [dice.choice(made[t]) for t in dice.sample(sorted(made), computed)]
        some += dice.sample(written, each - len(some))
        dice.shuffle(some)
        chosen += some
    return [shuffled(q, seed) for q in chosen]


def shuffled(item: BankItem, seed: int) -> BankItem:
    """The question with its options in the order of this form; the letters go with the places."""
    if item.kind not in ("single", "multiple") or not item.shuffle:
        return item
    letters = list(item.options)
    order = random.Random(f"{item.id} {seed}").sample(letters, len(letters))
    new = dict(zip(order, letters, strict=True))  # old letter -> new letter
    options = {letter: item.options[old] for letter, old in zip(letters, order, strict=True)}
    key = new[item.key] if isinstance(item.key, str) else sorted(new[k] for k in item.key)
    return item.model_copy(update={"options": options, "key": key})


def overlap(one: Form, two: Form) -> float:
    """Share of questions that two forms have in common."""
    return len(one.ids & two.ids) / len(one.questions)
