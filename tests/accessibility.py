"""axe-core and the browser's accessibility tree for what the course adds: on pages, and inside JupyterLab.

Set PRIORAUTH_FIGURES to a folder to keep what was counted there, a JSON file for each check. Then
`python tests/accessibility.py FOLDER` puts the figures into the built part of docs/accessibility.md.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

DOC = Path(__file__).resolve().parent.parent / "docs" / "accessibility.md"
IMPACTS = ("critical", "serious", "moderate", "minor")
#: In JupyterLab the course adds text cells and what its cells show; the rest of the window is JupyterLab's own.
OURS = (".jp-RenderedMarkdown", ".jp-OutputArea-output")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RULES = {"target-size": {"enabled": True}}  # of WCAG 2.2; axe leaves it out unless asked
RUN = """([scope, options]) => axe.run(scope || document, options).then(done => ({
  version: done.testEngine.version,
  violations: done.violations.map(v => ({rule: v.id, impact: v.impact, wcag: v.tags.some(t => /^wcag/.test(t)),
    nodes: v.nodes.map(n => n.html.replace(/base64,[^"]*/, '').slice(0, 160) + ' | ' + n.failureSummary.split('\\n').slice(1).join(' ').slice(0, 200))})),
  unclear: done.incomplete.reduce((sum, v) => sum + v.nodes.length, 0)}))"""
COUNT = (
    "selector => [...document.querySelectorAll(selector)].reduce((n, e) => n + 1 + e.querySelectorAll('*').length, 0)"
)


@dataclass(frozen=True)
class Found:
    """What one run of axe-core found: elements looked at, violations by rule, elements by impact."""

    place: str
    elements: int
    impacts: dict[str, int]
    rules: list[str]
    nodes: list[str] = field(repr=False)
    version: str


def show_all_cells(page: Any) -> None:
    """JupyterLab lays out cells only when they come into view; what is not laid out would not be checked."""
    page.add_style_tag(content=".jp-Notebook-cell { content-visibility: visible !important }")


def axe(page: Any, place: str, inside: tuple[str, ...] = (), outside: tuple[str, ...] = ()) -> Found:
    """Run axe-core with the rules of WCAG 2.2 A and AA and its best practices; on parts of a page if they are named.

    place: kind of page / name / scheme and width; it is printed and kept.
    """
    from axe_playwright_python.base import AXE_SCRIPT

    page.evaluate(AXE_SCRIPT)
    scope = {"include": [[s] for s in inside]} if inside else {"exclude": [[s] for s in outside]} if outside else None
    options = {"runOnly": {"type": "tag", "values": TAGS}, "rules": RULES, "resultTypes": ["violations", "incomplete"]}
    done = page.evaluate(RUN, [scope, options])
    counted = page.evaluate(COUNT, ", ".join(inside) or "html")
    impacts = Counter({i: 0 for i in IMPACTS})
    for violation in done["violations"]:
        impacts[violation["impact"]] += len(violation["nodes"])
    rules = [f"{v['rule']}{'' if v['wcag'] else ' (best practice)'}: {len(v['nodes'])}" for v in done["violations"]]
    nodes = [f"{v['rule']}: {n}" for v in done["violations"] for n in v["nodes"]]
    found = Found(place, counted, dict(impacts), rules, nodes, done["version"])
    print(
        f"axe {place}: {counted} elements, {json.dumps(dict(impacts))} {rules}, {done['unclear']} for a person to look at"
    )
    keep_figures(place, asdict(found))
    return found


def keep_figures(place: str, data: Any) -> None:
    """Write what was counted to a file of its own, if the folder for figures is set."""
    folder = os.environ.get("PRIORAUTH_FIGURES")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^\w.-]+", "_", place)
        Path(folder, f"{name}.json").write_text(json.dumps({"place": place, **data}, indent=1), encoding="utf-8")


# --- controls ----------------------------------------------------------------------------------------------------------

ROLES = {"button", "combobox", "checkbox", "radio", "textbox", "searchbox", "spinbutton", "slider", "listbox", "link"}
FOLD = "DisclosureTriangle"  # Chromium's role of a <summary>


def controls(page: Any, selector: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Heading, and role and name of each control, of every element that fits; from Chromium's own accessibility tree."""
    session = page.context.new_cdp_session(page)
    session.send("Accessibility.enable")
    root = session.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
    found = []
    for node in session.send("DOM.querySelectorAll", {"nodeId": root, "selector": selector})["nodeIds"]:
        tree = session.send("Accessibility.queryAXTree", {"nodeId": node})["nodes"]
        said = [(n["role"]["value"], n.get("name", {}).get("value", "").strip()) for n in tree if not n.get("ignored")]
        heading = next((name for role, name in said if role == "heading"), "")
        shown = [("fold" if role == FOLD else role, name) for role, name in said if role in ROLES | {FOLD}]
        found.append((heading, shown))
    session.detach()
    return found


# Controls that are less than 24 pixels high or wide (WCAG 2.2, 2.5.8); a box counts with its label. Links stand in sentences,
# where their size is that of the text; the distance between them is looked at by axe-core.
SMALL = """selector => [...document.querySelectorAll(selector)].flatMap(e =>
  [...e.querySelectorAll('button, select, input, textarea, summary')].map(c => [c, c.closest('label') || c]))
  .filter(([c, target]) => c.checkVisibility() && c.type !== 'hidden')
  .map(([c, target]) => [target.getBoundingClientRect(), c])
  .filter(([box, c]) => Math.min(box.width, box.height) < 24)
  .map(([box, c]) => `${c.tagName} ${(c.textContent || c.value || '').trim().slice(0, 40)} ${box.width.toFixed(0)}x${box.height.toFixed(0)}`)"""


def small_targets(page: Any, selector: str = "body") -> list[str]:
    """Controls smaller than 24 by 24 CSS pixels, with their size."""
    return page.evaluate(SMALL, selector)


# --- pages -------------------------------------------------------------------------------------------------------------

LOOKS = [("light", 1280), ("dark", 360)]  # each scheme and each width once
if os.environ.get("PRIORAUTH_FIGURES"):  # docs/accessibility.md lists all four
    LOOKS += [("light", 360), ("dark", 1280)]
ZOOMED = 640  # CSS pixels that are left of a window of 1280 at 200 %


def barriers(page: Any, place: str, looks: list[tuple[str, int]] = LOOKS) -> list[str]:
    """What is wrong with the page that is open: axe-core in each look, sideways scrolling, contrast, small targets.

    The window's own scheme and width do not matter; screenshots are kept, if the folder for them is set.
    """
    import browser_tools

    found = []
    for scheme, width in looks:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        found += axe(page, f"{place}/{scheme} {width}").nodes
        found += [f"contrast: {text}" for text in browser_tools.low_contrast(page)]
        browser_tools.keep(page, f"access-{place}-{scheme}-{width}".replace("/", "-").replace(" ", "-"), full_page=True)
    for width in (360, ZOOMED):
        page.set_viewport_size({"width": width, "height": 800})
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            found.append(f"the page scrolls sideways at {width} pixels")
        found += [f"small: {control} at {width} pixels" for control in small_targets(page)]
    if not page.evaluate("document.documentElement.lang"):
        found.append("the page does not say its language")
    return found


# --- the built part of docs/accessibility.md -----------------------------------------------------------------------------

BEGIN, END = "<!-- built: {} -->", "<!-- end of built part -->"


KINDS = {
    "module": "modules in JupyterLab", "exam": "exam and practice exam in JupyterLab", "course page": "course page and handbook",
    "feedback": "feedback pages", "report": "report pages", "record": "completion record", "site": "reading edition",
}  # fmt: skip


def documented(module: str) -> list[tuple[str, str, str]]:
    """Tool, role and name of each control that docs/accessibility.md lists for a module."""
    rows = re.findall(rf"^\| {module[-2:]} \| (.+?) \| (.+?) \| (.+?) \|$", DOC.read_text(encoding="utf-8"), re.M)
    return [(tool, role, name.replace("\\|", "|")) for tool, role, name in rows]


def built_parts(folder: Path) -> dict[str, str]:
    """The tables of the document, made from the files of figures in a folder."""
    data = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    checks = [d for d in data if "impacts" in d]
    lines = ["| What | Pages or notebooks | Looks | Elements | " + " | ".join(i.capitalize() for i in IMPACTS) + " |"]
    lines += ["|---|" + "---:|" * (3 + len(IMPACTS))]
    for kind, words in KINDS.items():
        mine = [c for c in checks if c["place"].split("/")[0] == kind]
        pages = {c["place"].rsplit("/", 1)[0] for c in mine}
        counts = [len(pages), len(mine), sum(c["elements"] for c in mine)]
        counts += [sum(c["impacts"][i] for c in mine) for i in IMPACTS]
        lines.append(f"| {words} | " + " | ".join(f"{n:,}" for n in counts) + " |")
    own = next((c["rules"] for c in checks if c["place"].startswith("JupyterLab itself")), [])
    rows = ["| Module | Tool | Role | Name |", "|---|---|---|---|"]
    questions = options = 0
    for entry in [d for d in data if "tools" in d]:
        for tool, shown in entry["tools"]:
            if tool.startswith("Practice "):
                questions, options = questions + 1, options + len(shown)
                continue
            rows += [
                f"| {entry['place'][-2:]} | {tool} | {role} | {name.replace('|', chr(92) + '|')} |"
                for role, name in shown
            ]
    practice = f"And {questions} practice questions with {options} controls: a button or a box for each option, named by its letter and text, and the fold."
    versions = ", ".join(sorted({c["version"] for c in checks}))
    return {
        "checks": f"With axe-core {versions}:\n\n" + "\n".join(lines),
        "JupyterLab's own": "\n".join(f"- {rule}" for rule in own),
        "controls": "\n".join(rows) + f"\n\n{practice}",
    }


def renew(folder: Path) -> None:
    """Put the tables into the document."""
    text = DOC.read_text(encoding="utf-8")
    for name, part in built_parts(folder).items():
        begin = BEGIN.format(name)
        head, rest = text.split(begin + "\n", 1)
        text = f"{head}{begin}\n{part}\n{END}{rest.split(END, 1)[1]}"
    DOC.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    renew(Path(sys.argv[1]))
