"""Can everyone read it? Rules of WCAG 2.2 AA that a reader of the text alone can tell, for notebooks, pages and messages.

What needs a browser (contrast, focus, names of controls, size of targets) is checked by the browser tests with axe-core.
The build refuses a module that breaks a rule, with the place and what to do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from bs4 import BeautifulSoup

from coursekit.items import Module

COLORS = "red|green|blue|orange|yellow|purple|pink|gr[ae]y|black|white|dark|light"
PANES = "buttons?|box(?:es)?|columns?|panels?|pictures?|lists?|menus?|bars?|tables?"
THINGS = "ones?|bars?|lines?|rows?|cells?|box(?:es)?|buttons?|text|words?|parts?|dots?|points?|numbers?|areas?|arrows?"
COLOR_ALONE = re.compile(
    rf"\b(?:the|each|every|all) (?:{COLORS}) (?:{THINGS})\b"
    rf"|\b(?:marked|shown|printed|written|highlighted|drawn) in (?:{COLORS})\b",
    re.I,
)
PLACE_ALONE = re.compile(
    rf"\bthe (?:round|square|big|small) (?:{PANES})\b|\bthe (?:{PANES}) (?:on|to|at) the (?:left|right)\b", re.I
)
BESIDE = re.compile(r"hatch|label|sign|bold|dash|dotted|named|\bword\b|number|arrow", re.I)
CLICK_HERE = re.compile(r"\b[Cc]lick(?:ing)? (?:on )?here\b|(?:^|[.] )(?:See|Look|Read|Go) here\b|\b[Tt]his link\b")
SHOUTED = re.compile(r"\b(?:[A-Z]{2,} ){3,}[A-Z]{2,}\b")
EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u26ff\u2705\u274c\u2b50\ufe0f]")
FOREIGN = re.compile(r"[^\W\d_a-zA-Z\u00b5\u00c0-\u024f\u0391-\u03c9]")  # letters that are not Latin or Greek (µ, α)
VAGUE_LINKS = {
    "here",
    "click",
    "click here",
    "link",
    "this",
    "this link",
    "this page",
    "more",
    "read more",
    "see",
    "page",
}
VAGUE_PICTURES = {
    "image",
    "picture",
    "plot",
    "figure",
    "graph",
    "chart",
    "diagram",
    "photo",
    "screenshot",
    "icon",
    "logo",
}
ABBREVIATION = re.compile(r"(?<![\w.*:-])[A-Z][A-Z&]{1,6}(?![\w*:-])")
Rule = Callable[[BeautifulSoup], Iterator[str]]


def of_module(module: Module, notebook: Any) -> list[str]:
    """One sentence for each rule that a module breaks: its executed notebook, and what its items and questions say."""
    found = of_notebook(notebook)
    for question in module.practice:
        options = [text for o in question.options.values() for text in (o.text, o.because)]
        found += [f"{question.id}: {words}" for text in (question.question, *options) for words in of_words(text)]
    for item in module.items:
        texts = [item.title, item.explain, *item.hints, *(o.because for o in item.options.values())]
        texts += [r.message for r in item.rejects] + [p.message for p in item.parts]
        texts += [text for r in item.rubric for text in (r.criterion, r.full, r.half, r.none)]
        found += [f"{item.id}: {words}" for text in texts for words in of_words(text)]
    return found


def of_notebook(notebook: Any) -> list[str]:
    """The same for a notebook alone: text, pictures and outputs. What was not run is looked at for its text only."""
    page = BeautifulSoup("\n".join(_cell_html(cell) for cell in notebook.cells), "html.parser")
    return [words for rule in (*RULES, abbreviations) for words in rule(page)]


def of_page(html: str) -> list[str]:
    """The same for a whole HTML page, which must also say its language and have a title."""
    page = BeautifulSoup(html, "html.parser")
    found = [] if page.html and page.html.get("lang") else ["The page does not say its language (<html lang>)."]
    if not (page.title and page.title.get_text(strip=True)):
        found.append("The page has no title.")
    return found + [words for rule in RULES for words in rule(page)]


def of_words(text: str) -> list[str]:
    """The rules for plain text: the messages, options and hints of an item."""
    return list(_words(re.sub(r"`[^`]*`", " ", text)))


def _cell_html(cell: Any) -> str:
    from nbconvert.filters import markdown2html

    if cell.cell_type == "markdown":
        return re.sub(r'<a class="anchor-link".*?</a>', "", markdown2html(cell.source), flags=re.DOTALL)
    shown = []
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if "text/html" in data:
            shown.append(data["text/html"])
        elif any(kind.startswith("image/") for kind in data):
            shown.append("<img>")  # JupyterLab shows it so, without a word
    return "\n".join(shown)


# --- the rules: each yields a sentence with the place and what to do ---------------------------------------------------


def pictures(page: BeautifulSoup) -> Iterator[str]:
    """1.1.1: every picture says what it shows."""
    for image in page.find_all(["img", "svg"]):
        if image.name == "svg":
            alt = image.get("aria-label") or (image.title.get_text() if image.title else "")
            if image.get("aria-hidden") == "true":
                continue
        else:
            alt = image.get("alt")
        place = str(image)[:80]
        if not (alt or "").strip():
            yield f"A picture has no text for those who cannot see it: {place}"
        elif alt.strip(" .").casefold() in VAGUE_PICTURES or re.fullmatch(r"\S+\.(?:png|svg|jpe?g|gif)", alt.strip()):
            yield f"The text of a picture says only {alt!r}; say what it shows."
        elif len(alt.split()) < 3:
            yield f"The text of a picture is too short to tell what it shows: {alt!r}"


def headings(page: BeautifulSoup) -> Iterator[str]:
    """1.3.1, 2.4.6: one title, no empty heading, no level left out."""
    level = 0
    found = page.find_all(re.compile(r"^h[1-6]$"))
    if sum(h.name == "h1" for h in found) != 1:
        yield f"There are {sum(h.name == 'h1' for h in found)} headings of level 1; a page has one title."
    for heading in found:
        words, now = heading.get_text(" ", strip=True), int(heading.name[1])
        if not words:
            yield f"A heading of level {now} is empty."
        if level and now > level + 1:
            yield f"The heading {words!r} is of level {now}, but the one before it of level {level}; leave no level out."
        level = now


def links(page: BeautifulSoup) -> Iterator[str]:
    """2.4.4: the words of a link say where it leads."""
    for link in page.find_all("a", href=True):
        words = re.sub(r"\s+", " ", link.get("aria-label") or link.get_text(" ", strip=True)).strip()
        if not words and not link.find("img", alt=True):
            yield f"A link to {link['href']} has no words."
        elif words.strip(" .").casefold() in VAGUE_LINKS:
            yield f"The link {words!r} does not say where it leads ({link['href']})."
        elif re.match(r"https?://", words):
            yield f"A link shows a bare address: {words}"


def tables(page: BeautifulSoup) -> Iterator[str]:
    """1.3.1: a table has headers, each with words, and its header cells belong to a row or column."""
    for table in page.find_all("table"):
        if table.get("role") == "presentation":
            continue
        heads = table.find_all("th")
        place = (table.caption or table.find("tr") or table).get_text(" ", strip=True)[:60]
        if not heads:
            yield f"A table has no headers: {place}"
        elif "dataframe" not in table.get("class", []):  # pandas leaves the corner over the row names empty
            if any(not h.get_text(strip=True) for h in heads):
                yield f"A header of a table is empty: {place}"


def titles(page: BeautifulSoup) -> Iterator[str]:
    """1.3.1, 2.1.1: nothing stands only in a tooltip, which neither a finger nor a keyboard opens."""
    whole = _plain(page.get_text(" "))
    for tag in page.find_all(title=True):
        if tag.name in ("svg", "title", "iframe") or not tag["title"].strip():
            continue
        if _plain(tag["title"]) not in whole and _plain(tag["title"]) != _plain(tag.get_text(" ")):
            yield f"These words stand in a tooltip only: {tag['title']!r}"


def words(page: BeautifulSoup) -> Iterator[str]:
    """1.4.1, 1.3.3, 3.1.1: no color or place alone, no shouting, no emoji, one language; code is left out."""
    for block in page.find_all(
        ["p", "li", "td", "th", "h1", "h2", "h3", "h4", "summary", "caption", "figcaption", "dd"]
    ):
        if block.find(["p", "li", "td"]):
            continue
        text = "".join(
            str(t) for t in block.find_all(string=True) if not t.find_parent(["code", "pre", "script", "style"])
        )
        yield from _words(re.sub(r"\s+", " ", text))


def _words(text: str) -> Iterator[str]:
    for sentence in re.split(r"(?<=[.!?]) ", text):
        if (found := COLOR_ALONE.search(sentence)) and not BESIDE.search(sentence):
            yield f"{found[0]!r} names a thing by its color alone; say its name or its sign, too: {sentence[:90]}"
        if (found := PLACE_ALONE.search(sentence)) and not BESIDE.search(sentence):
            yield f"{found[0]!r} names a thing by its place or shape alone; say its name, too: {sentence[:90]}"
        if found := CLICK_HERE.search(sentence):
            yield f"{found[0]!r} does not say where it leads: {sentence[:90]}"
        if found := SHOUTED.search(sentence):
            yield f"A run of capitals is hard to read, and may be spelled out by a screen reader: {found[0]!r}"
    if found := EMOJI.search(text):
        yield f"An emoji (U+{ord(found[0]):04X}) is read aloud by its name; write the word: {text[:60]!r}"
    if found := FOREIGN.search(text):
        yield f"The letter {found[0]!r} is not read aloud in an English text: {text[:60]!r}"


def abbreviations(page: BeautifulSoup) -> Iterator[str]:
    """3.1.4: an abbreviation in the running text is written out once on the page, or is a word of the glossary.

    Left out: what is quoted, records and codes (in code, tables, lists, or joined by a hyphen), and what a table explains.
    """
    text = _plain(page.get_text(" "))
    explained = {cell.get_text(strip=True) for cell in page.select("td:first-child, th, strong, dt")}
    running = BeautifulSoup(str(page), "html.parser")
    for tag in running.find_all(["code", "pre", "table", "blockquote", "details", "h1", "h2", "h3", "ul", "ol"]):
        tag.replace_with(" ")
    prose = re.sub(r'"[^"]*"', " ", _plain_quotes(running.get_text(" ")))
    for name in dict.fromkeys(ABBREVIATION.findall(prose)):
        if name not in EVERYDAY | _glossary() | explained and not _written_out(name, text):
            yield f"The abbreviation {name} is not written out; write it out once, as in 'prior authorization (PA)'."


EVERYDAY = frozenset("US USA AI CPAP ID AM PM OK PDF HTML JSON CSV CT MRI PET FAQ II III IV VI NA MD RN TV DVD".split())
RULES: tuple[Rule, ...] = (pictures, headings, links, tables, titles, words)


def _written_out(name: str, text: str) -> bool:
    """Whether the text holds 'in words (NAME)', 'NAME (in words)', 'NAME, the words' or 'NAME for words'."""
    mark = re.escape(name)
    return bool(re.search(rf"\w \({mark}s?[),;]|\b{mark} \(|\b{mark},? (?:for|the|an?|which|marks|\') ?", text))


def _glossary() -> set[str]:
    from priorauth import glossary

    names = {name for term in glossary.all_terms() for name in (term.term, *term.aliases)}
    return names | {word for name in names for word in name.split() if word.isupper()}


def _plain_quotes(text: str) -> str:
    return text.replace("\u201c", '"').replace("\u201d", '"')


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace('"', "'")).strip()


__all__ = ["of_module", "of_notebook", "of_page", "of_words"]
