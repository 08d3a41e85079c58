"""The item tests for bank questions: blank 0, model full, other forms full, every wrong answer 0 and answered."""

from __future__ import annotations

from collections.abc import Iterable

from coursekit.exam.bank import BankItem


def unsound(items: Iterable[BankItem]) -> list[str]:
    """One sentence for each answer that earns what it should not, or is not told what it should be told."""
    from coursekit import soundness
    from coursekit.build.compile import compile_item

    return [
        f"{p.item}: {p.kind} ({p.what}) earns {p.points:g} of {p.max_points:g}. {p.why}"
        for item in items
        for p in soundness.probes(compile_item(item, None, {}))
        if not p.sound
    ]
