"""Code builder: from the category to the last character, with the meaning of each place."""

from __future__ import annotations

from priorauth import code_steps, codes
from priorauth.widgets import base, fields

EXAMPLES = ("S83.511A", "M17.11", "W19.XXXA", "H35.3211")
LABELS = (
    "4th character (site or kind)",
    "5th character (site or kind)",
    "6th character (often the side)",
    "7th character (encounter or stage)",
)
LONGEST = 100  # characters of a title in a list


def _short(title: str) -> str:
    return title if len(title) <= LONGEST else title[: LONGEST - 3] + "..."


def page(code: str) -> str:
    """The code so far with what each place says, as finished HTML."""
    words = f"<p><strong>{base.text(code_steps.sentence(code))}</strong></p>"
    return base.panel(
        words + base.table(["Place", "Character", "What it says"], code_steps.spelled(code), "Place by place")
    )


class CodeBuilder(base.Tool):
    """The tool itself. `code` is what has been built."""

    def __init__(self, category: str) -> None:
        if codes.find(category) is None or codes.find(category).kind != "category":
            raise ValueError(f"{category!r} is no category. A category has three characters, such as S83.")
        self.code = codes.find(category).code
        self.category = fields.text_field("Category", self.code, "three characters, such as S83", "220px")
        self.places = [base.choice(label, [("nothing to choose", "")]) for label in LABELS]
        everything = "".join(
            f"<h4>{example}</h4>"
            + base.table(["Place", "Character", "What it says"], code_steps.spelled(example), example)
            for example in EXAMPLES
        )
        super().__init__(
            "Code builder",
            "Type a category and press Enter, then choose one character after the other. X is filled in for you.",
            [self.category, *self.places],
            everything,
        )
        self._quiet = False
        self._refill()
        self.show(page(self.code))
        self.category.observe(lambda _: self._new_category(), names="value")
        for number, control in enumerate(self.places):
            control.observe(lambda change, n=number: self._chosen(n, change["new"]), names="value")

    def _new_category(self) -> None:
        typed = codes.clean(self.category.value)
        wanted = codes.find(typed[:3])
        if wanted is None or wanted.kind != "category":
            self.say(f"{self.category.value!r} is no category of the list. Look for it in the browser.")
            return
        self.code = wanted.code
        self._after_change()
        if len(typed) > 3:
            more = f"{typed} is longer than a category, so only {self.code} is open."
            self.say(f"{more} {code_steps.sentence(self.code)}")

    def _chosen(self, number: int, character: str) -> None:
        if self._quiet:
            return
        bare = self.code.replace(".", "")
        start = codes.clean(bare[: 3 + number])
        base_code = start if codes.find(start) else codes.find(self.code).parent
        self.code = code_steps.add(base_code, character) if character else base_code
        self._after_change()

    def _after_change(self) -> None:
        self._refill()
        self.show(page(self.code))
        self.say(code_steps.sentence(self.code))

    def _refill(self) -> None:
        """Each list shows what its place holds, the next one what may follow, and those behind it nothing."""
        self._quiet = True
        bare = self.code.replace(".", "")
        for number, control in enumerate(self.places):
            place = 3 + number
            before = codes.clean(bare[:place])
            entry = codes.find(before) if place <= len(bare) else None
            if place == 6 and len(bare) == 7:
                entry = codes.find(codes.find(self.code).parent)
            filled = place < len(bare)
            sevenths_wait = entry is not None and bool(entry.sevenths) and place < 6
            open_here = entry is not None and not sevenths_wait
            if place == 6 and len(bare) < 6 and codes.find(self.code).sevenths:
                entry, open_here = codes.find(self.code), True
            following = code_steps.next_characters(entry.code) if open_here else []
            options = [(f"{char}: {_short(title)}", char) for char, title in following]
            if filled and bare[place] not in [char for _, char in options]:
                options = [(f"{bare[place]}: an empty place, filled with X", bare[place])]
            control.options = [("choose" if options else "nothing to choose", ""), *options]
            control.value = bare[place] if filled else ""
        self._quiet = False


def code_builder(category: str = "S83") -> CodeBuilder:
    """Open the builder at a category."""
    return CodeBuilder(category)
