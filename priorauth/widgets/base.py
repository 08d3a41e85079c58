"""What every interactive tool of the course has in common.

A tool is a box of ipywidgets plus the same content as static HTML. The static form is what a reader sees without a
kernel (on GitHub, in a printed copy, in a built notebook), and what a screen reader user may prefer. Both are put into
the output by one method, `Tool._repr_mimebundle_`, so that no tool can forget one of them.

Rules kept here: text from tables is escaped; a change is announced (`role="alert"`); no meaning by color alone; colors
come from JupyterLab's own variables, so that light and dark themes both keep their contrast.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from html import escape, unescape
from re import sub
from time import monotonic

import ipywidgets as widgets

from priorauth import shown

INK = "var(--jp-content-font-color1, #1a1a1a)"
LINE = "var(--jp-border-color1, #8a8a8a)"
PANEL = "var(--jp-layout-color2, #f2f2f2)"
FRAME = f"border: 1px solid {LINE}; border-radius: 4px; padding: 8px 12px; margin: 6px 0; color: {INK};"
CELL = "text-align: left; vertical-align: top; padding: 2px 10px 2px 0;"
CAPTION = "text-align: left; white-space: nowrap; padding: 4px 0;"
WIDE = {"description_width": "initial"}
AGAIN = 0.6  # seconds in which a second press is one of a double-click
LATE = 5.0  # seconds after Enter in which the text that was entered may still come, on a very busy machine
SETTLE = 0.2  # seconds from one change of a control to the next that the page may have held back
SHORT = 20  # characters; a cell up to this length, such as an id or a moment, stays on one line

# Outside a text field JupyterLab takes plain keys for commands of the notebook: Arrow down would leave a list for the
# next cell, and the letter D, typed twice, would delete the tool. So a tool keeps plain keys to itself; Shift+Enter and
# everything with Ctrl, Alt or Cmd (to save, for example) still reach JupyterLab. The listener is set when the browser
# has loaded the style, which is after the tool stands in the page.
KEEP_KEYS = (
    "this.closest('.priorauth-tool')?.addEventListener('keydown', (e) => "
    "{ if (!e.ctrlKey && !e.metaKey && !e.altKey && !(e.shiftKey && e.key === 'Enter')) e.stopPropagation(); })"
)
# ipywidgets gives every control one line and cuts or overlaps what is longer; its mark of focus is faint. JupyterLab
# sets the text in tables to the right and breaks ids at their hyphen.
LOOK = """
.priorauth-tool { --jp-widgets-font-size: var(--jp-content-font-size1, 14px); }
.priorauth-tool .widget-html, .priorauth-tool .widget-html-content { min-width: 0; max-width: 100%; line-height: 1.5; }
.priorauth-tool .jupyter-button { height: auto; min-height: var(--jp-widgets-inline-height, 28px); line-height: 1.4;
  padding: 4px 12px; white-space: normal; text-align: left; }
.priorauth-tool .widget-hbox { flex-wrap: wrap; max-width: 100%; overflow: visible; }
.priorauth-tool .widget-dropdown { flex-wrap: wrap; height: auto; }
.priorauth-tool .widget-dropdown, .priorauth-tool .jupyter-button { max-width: calc(100% - 4px) !important; }
.priorauth-tool .widget-dropdown > select { flex: 1 1 8em; min-width: 0; max-width: 100%; min-height: 28px; }
.priorauth-tool .widget-checkbox { height: auto; line-height: 1.5; }
.priorauth-tool .widget-checkbox label { display: flex; align-items: baseline; height: auto; line-height: 1.5; padding: 3px 0;
  white-space: normal; overflow: visible; }
.priorauth-tool .widget-checkbox input[type="checkbox"] { flex: none; align-self: baseline; }
table.dataframe td, table.dataframe thead th { text-align: left !important; vertical-align: top; min-width: 6.2em; }
.priorauth-tool :focus-visible, .priorauth-tool .jupyter-widgets input:focus-visible {
  outline: 3px solid var(--jp-brand-color1, #1976d2) !important; outline-offset: 2px; }
"""
ASLEEP = "To use the controls, run this cell: click on it and press Shift+Enter."
STYLE = f'<style onload="{KEEP_KEYS}">{LOOK}</style>'


def text(value: object) -> str:
    """A value from a table as safe HTML text; missing values become a dash."""
    if value is None or value != value:  # NaN and NaT are not equal to themselves
        return "-"
    return escape(str(value))


def panel(html: str) -> str:
    """Finished HTML in the frame that all tools share."""
    return f'<div style="{FRAME} background: {PANEL};">{html}</div>'


def heading(words: str) -> str:
    """The tool's name as a heading one level below the section's."""
    return f'<h3 style="margin: 4px 0; font-size: 1.1em; color: {INK};">{escape(words)}</h3>'


def definition_list(pairs: Iterable[tuple[str, object]]) -> str:
    """Label and value pairs, one a line; values are escaped."""
    rows = "".join(f"<li><strong>{escape(label)}:</strong> {text(value)}</li>" for label, value in pairs)
    return f'<ul style="margin: 4px 0; padding-left: 18px;">{rows}</ul>'


def table(headers: Sequence[str], rows: Iterable[Sequence[object]], caption: str, current: int | None = None) -> str:
    """An HTML table with a caption and column headers; row `current` (from 0) is marked with an arrow and bold."""
    head = "".join(f'<th scope="col" style="{CELL}">{escape(name)}</th>' for name in headers)
    body = []
    for number, row in enumerate(rows):
        here = number == current
        cells = [(text(cell), " white-space: nowrap;" if len(str(cell)) <= SHORT else "") for cell in row]
        if here:
            cells = [(f"<strong>{cell}</strong>", style) for cell, style in cells]
            cells[0] = (f"&#9654; {cells[0][0]}", cells[0][1])
        mark = ' aria-current="step"' if here else ""
        body.append(
            f"<tr{mark}>" + "".join(f'<td style="{CELL}{style}">{cell}</td>' for cell, style in cells) + "</tr>"
        )
    return (
        f"{shown.scroller(caption)}"
        f'<table style="color: {INK};"><caption style="{CAPTION}">{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def details(summary: str, html: str) -> str:
    """A part that opens on click or with the Enter key."""
    return f'<details style="color: {INK};"><summary style="{shown.FOLD}">{escape(summary)}</summary>{html}</details>'


def alert(sentence: str, number: int = 0) -> str:
    """A sentence that a screen reader speaks as soon as it appears. Another `number` makes it appear anew."""
    return f'<p role="alert" data-number="{number}" style="color: {INK}; margin: 4px 0;">{text(sentence)}</p>'


class Button(widgets.Button):
    """A push button that answers to what was chosen before it was pressed.

    While the kernel has not yet taken up one change of a list, the page holds the next change of it back, but not the
    press of a button, which so arrives first. A press that comes close behind a change waits for what may follow.

    A button that is `slow` acts on what has only just appeared, and nothing takes that back: of a double-click on it,
    which many people make everywhere, only the first press counts, also when the second one lands on its neighbor.
    """

    answered = -AGAIN  # when the last press of a slow button was answered
    slow = False
    changed = -SETTLE  # when a control last changed, in seconds of the monotonic clock; one learner, so one for all
    due = -SETTLE  # when the latest press is answered; the next one is answered after it

    def _handle_button_msg(self, _: object, content: dict[str, object], buffers: object) -> None:
        if content.get("event") == "click":
            self.press()

    def press(self) -> None:
        """Do what a press in the page does, after what was chosen before it."""
        now = monotonic()
        Button.due = max(Button.changed + SETTLE, Button.due + 0.001)
        if Button.due <= now:
            self._answer()
        else:
            asyncio.get_running_loop().call_later(Button.due - now, self._answer)

    def _answer(self) -> None:
        if not self.slow:
            self.click()
        elif monotonic() - Button.answered >= AGAIN:
            self.click()
            Button.answered = monotonic()


def _changed(_: object) -> None:
    Button.changed = monotonic()


def enter_presses(field: widgets.Text, button: Button) -> None:
    """Enter in the field does what the button does, with the text that then stands in the field.

    The page sends Enter first and the new text right behind it. So the press waits, as it does behind any change; should
    the text come after it, the button is pressed once more.
    """
    entered, due = -LATE, 0.0

    def enter(_: object, content: dict[str, object], buffers: object) -> None:
        nonlocal entered, due
        if content.get("event") == "submit":
            entered = Button.changed = monotonic()
            button.press()
            due = Button.due

    def text_came(_: object) -> None:
        nonlocal entered
        if due <= monotonic() < entered + LATE:
            button.press()
        entered = -LATE

    field.on_msg(enter)
    field.observe(text_came, "value")


def _within(parts: Iterable[widgets.Widget]) -> Iterator[widgets.Widget]:
    for part in parts:
        yield part
        yield from _within(getattr(part, "children", ()))


def button(label: str, hint: str, slow: bool = False) -> Button:
    """A push button that is wide enough for its label; the hint becomes its tooltip. `slow`: see `Button`."""
    made = Button(
        description=label, tooltip=hint, layout=widgets.Layout(width="auto", max_width="100%", align_self="flex-start")
    )
    made.slow = slow
    return made


def choice(label: str, options: Sequence[tuple[str, object]]) -> widgets.Dropdown:
    """A drop-down list with a visible label, as wide as it must be. `options` are pairs of shown text and value."""
    layout = widgets.Layout(width="max-content", max_width="100%", align_self="flex-start")
    return widgets.Dropdown(description=label, options=list(options), style=WIDE, layout=layout)


def plain(html: str) -> str:
    """HTML as plain text: tags dropped, one line a block; for consoles and text outputs."""
    with_breaks = sub(r"</(p|li|tr|h3|h4|summary|caption|div|table)>", "\n", html)
    without_tags = sub(r"<[^>]+>", " ", with_breaks)
    lines = (sub(r"\s+", " ", line).strip() for line in unescape(without_tags).splitlines())
    return "\n".join(line for line in lines if line)


class Tool:
    """Base of every tool: a title, controls, a notice that is spoken, a result, and the whole content as text.

    A subclass builds its controls, calls `super().__init__`, and uses `show` and `say` when something changes.
    Enter in a text field presses the next button behind it, unless `enter` is False.
    """

    enter = True

    def __init__(self, title: str, lead: str, controls: Sequence[widgets.Widget], whole_text: str) -> None:
        """`lead` says in one sentence what to do; `whole_text` is finished HTML with all that the tool can show."""
        self.title = title
        self.lead = lead
        self.whole_text = whole_text
        self.notice = widgets.HTML()
        self.result = widgets.HTML()
        self._said = 0
        intro = widgets.HTML(STYLE + heading(title) + f'<p style="color: {INK}; margin: 2px 0;">{escape(lead)}</p>')
        everything = widgets.HTML(details("Read all of it as text", whole_text))
        self.box = widgets.VBox([intro, *controls, self.notice, self.result, everything])
        self.box.add_class("priorauth-tool")
        parts = list(_within(controls))
        for number, control in enumerate(parts):
            behind = next((part for part in parts[number:] if isinstance(part, Button)), None)
            if self.enter and behind and isinstance(control, widgets.Text):
                enter_presses(control, behind)
            if isinstance(control, widgets.ValueWidget) and not isinstance(control, widgets.HTML):
                control.observe(_changed, "value")
        self.first_state = ""

    def show(self, html: str) -> None:
        """Put finished HTML into the result region; the first call also fixes the static first state."""
        if not self.first_state:
            self.first_state = html
        self.result.value = html

    def say(self, sentence: str) -> None:
        """Announce in words what just changed; the same sentence twice is spoken twice."""
        self._said += 1
        self.notice.value = alert(sentence, self._said)

    def static_html(self) -> str:
        """The first state and the whole content, readable without a kernel."""
        return panel(
            heading(self.title)
            + f"<p>{escape(self.lead)}</p><p><em>{ASLEEP}</em></p>"
            + self.first_state
            + details("Read all of it as text", self.whole_text)
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        """Both forms for Jupyter: the live view, and static HTML for readers without a kernel."""
        live = self.box._repr_mimebundle_() or {}
        static = self.static_html()
        return {**live, "text/html": static, "text/plain": plain(static)}
