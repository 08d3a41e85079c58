"""ICD-10-CM browser: search the whole release by words or code, read the notes, check a code on a day and beside another."""

from __future__ import annotations

import ipywidgets as widgets

from priorauth import code_search, codes, pairs
from priorauth.widgets import base, fields

MOST = 25  # hits in the list
SHORT_TITLE = 90  # characters of a title in a list


def _label(code: str, title: str, billable: bool) -> str:
    short = title if len(title) <= SHORT_TITLE else title[: SHORT_TITLE - 3] + "..."
    return f"{code}: {short} ({'billable' if billable else 'not billable'})"


def _entry_label(code: str) -> str:
    entry = codes.find(code)
    return _label(entry.shown, entry.title, entry.billable)


def sentence(code: str, day: str) -> str:
    """What an entry is, in one sentence; a chapter or section is only named. For a day that is none, what is wrong."""
    entry = codes.find(code)
    if entry is not None and entry.kind not in ("category", "code"):
        return f"{entry.shown}: {entry.title}."
    try:
        return codes.status(code, day).sentence
    except ValueError as problem:
        return str(problem)


def page(code: str, day: str) -> str:
    """All that the list says about a code, as finished HTML."""
    entry = codes.find(code)
    if entry is None:
        return base.panel(f"<p>{base.text(sentence(code, day))}</p>")
    verdict = sentence(code, day)
    way = [(e.shown, e.title, "yes" if e.billable else "no") for e in codes.path(code)]
    parts = [f"<p><strong>{base.text(verdict)}</strong></p>"]
    parts.append(base.table(["Code", "Title", "Billable"], way, "The way down to it", len(way) - 1))
    if entry.sevenths:
        parts.append(base.table(["Character", "Meaning"], entry.sevenths.items(), "Seventh characters"))
    if entry.children:
        below = [(e.shown, e.title, "yes" if e.billable else "no") for e in map(codes.find, entry.children)]
        parts.append(base.table(["Code", "Title", "Billable"], below, "Right below it"))
    near = [n for n in codes.notes(code) if not n.at.startswith("chapter")]
    far = [n for n in codes.notes(code) if n.at.startswith("chapter")]
    if near:
        parts.append(
            base.table(["Note", "Stands at", "Text"], [(n.kind, n.at, n.text) for n in near], "Notes that hold here")
        )
    if far:
        table = base.table(["Note", "Stands at", "Text"], [(n.kind, n.at, n.text) for n in far], "Notes of the chapter")
        parts.append(base.details(f"Notes of the whole chapter ({len(far)})", table))
    return base.panel("".join(parts))


def pair_words(first: str, second: str) -> str:
    """What the notes say about two codes, in one sentence."""
    if not second.strip():
        return "Type a second code first, such as E10.9."
    one, two = codes.clean(first), codes.clean(second)
    if codes.find(one) is None or codes.find(two) is None:
        missing = one if codes.find(one) is None else " ".join(second.split())
        return f"{missing} is not in the list, so there is nothing to compare."
    found = pairs.together(one, two)
    if not found:
        return f"No note of the list names {one} and {two} together."
    first_note = found[0]
    more = f" ({len(found)} notes in all.)" if len(found) > 1 else ""
    so = " If the patient has both, send both." if first_note.kind == "Excludes2" else ""
    return f"{first_note.kind} at {first_note.at}: {first_note.text}.{so}{more}"


def why_not(query: str) -> str:
    """Why a search found nothing, or what to try, in one sentence."""
    typed = query.split()
    if len(typed) == 1 and code_search.CODE.fullmatch(typed[0]):
        return codes.status(typed[0]).sentence
    if len(typed) == 1 and any(c.isdigit() for c in query):
        return "A code begins with a letter and a digit, such as M54.5."
    if typed and typed[0].casefold() == "chapter":
        return "The chapters are 1 to 22."
    return "Try fewer or other words, or the medical word, such as fracture."


class IcdBrowser(base.Tool):
    """The tool itself. `code` is the entry that is open."""

    enter = False  # words and day answer by themselves when they are changed

    def __init__(self, code: str) -> None:
        if codes.find(code) is None:
            raise ValueError(f"{codes.clean(code)} is not in the list. Open the browser with a code such as M54.5.")
        self.code = codes.find(code).code
        self.query = fields.text_field("Words or a code", code, "such as sleep apnea, or G47")
        self.search = base.button("Search", "Look for these words, or for a code that begins like this")
        self.found = base.choice("Found", [("nothing yet", "")])
        self.below = base.choice("Right below", [("nothing", "")])
        self.up = base.button("One level up", "Go to the entry above this one")
        self.day = fields.text_field("Day of the visit", codes.LAST_DAY, "such as 2026-09-30", "240px")
        self.second = fields.text_field("Second code", "", "such as E10.9", "240px")
        self.both = base.button("Compare with the second code", "Look for notes that name the two codes together")
        chapters = [(f"Chapter {n}", codes.find(f"#{n}").title) for n in range(1, 23)]
        super().__init__(
            f"ICD-10-CM browser ({codes.RELEASE_NAME})",
            "Type words or a code and press Search. Open a hit, then go down or up in the tree.",
            [
                widgets.HBox([self.query, self.search], layout=widgets.Layout(flex_flow="row wrap")),
                self.found,
                self.below,
                self.up,
                self.day,
                widgets.HBox([self.second, self.both], layout=widgets.Layout(flex_flow="row wrap")),
            ],
            base.table(["Chapter", "Title"], chapters, "The 22 chapters")
            + '<p>To read any entry as text, write <code>print(codes.tell("M54.5"))</code> in a cell.</p>',
        )
        self._quiet = False
        self._list_hits(code_search.search(code))
        self._open(self.code, quietly=True)
        self.query.observe(lambda _: self._search(), names="value")
        self.search.on_click(lambda _: self._search())
        self.found.observe(self._chosen, names="value")
        self.below.observe(self._chosen, names="value")
        self.up.on_click(lambda _: self._go_up())
        self.day.observe(lambda _: self._open(self.code), names="value")
        base.enter_presses(self.second, self.both)
        self.both.on_click(lambda _: self.say(pair_words(self.code, self.second.value)))

    def _list_hits(self, hits: list[code_search.Hit]) -> None:
        self._quiet = True
        options = [(_entry_label(h.code), h.code) for h in hits]
        self.found.options = [(f"choose one of {len(options)}", ""), *options] if options else [("nothing found", "")]
        self.found.value = ""
        self._quiet = False

    def _chosen(self, change: dict) -> None:
        if change["new"] and not self._quiet:
            self._open(change["new"])

    def _search(self) -> None:
        hits = code_search.search(self.query.value, limit=MOST)
        self._list_hits(hits)
        if not hits:
            self.say(f"Nothing found for {self.query.value!r}. {why_not(self.query.value)}")
            return
        self._open(hits[0].code, quietly=True)
        count = f"first {MOST}" if len(hits) == MOST else str(len(hits))
        self.say(f"{count} found. Open: {sentence(self.code, self.day.value)}")

    def _go_up(self) -> None:
        parent = codes.find(self.code).parent
        if parent:
            self._open(parent)
        else:
            self.say("This is a chapter. There is nothing above it.")

    def _open(self, code: str, quietly: bool = False) -> None:
        entry = codes.find(code)
        self.code = entry.code
        self._quiet = True
        names = [*entry.children, *(codes.stem(entry.code) + c for c in entry.sevenths)]
        self.below.options = [
            (f"choose one of {len(names)}" if names else "nothing", ""),
            *((_entry_label(n), n) for n in names),
        ]
        self.below.value = ""
        self._quiet = False
        self.show(page(entry.code, self.day.value))
        if not quietly:
            self.say(f"Open: {sentence(self.code, self.day.value)}")


def icd_browser(code: str = "M54.5") -> IcdBrowser:
    """Open the browser at a code."""
    return IcdBrowser(code)
