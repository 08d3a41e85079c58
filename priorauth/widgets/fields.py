"""Controls that several tools share beside those of `base`: a text field and a number field with visible labels."""

from __future__ import annotations

import ipywidgets as widgets

from priorauth.widgets import base


def text_field(label: str, value: str, hint: str = "", width: str = "320px") -> widgets.Text:
    """A text field that answers when Enter is pressed or when it is left, and not at every key."""
    return widgets.Text(
        description=label,
        value=value,
        placeholder=hint,
        continuous_update=False,
        style=base.WIDE,
        layout=widgets.Layout(width=width, max_width="100%", align_self="flex-start"),
    )


def number_field(label: str, value: int, least: int, most: int) -> widgets.BoundedIntText:
    """A whole number with a lowest and a highest value."""
    return widgets.BoundedIntText(
        description=label,
        value=value,
        min=least,
        max=most,
        style=base.WIDE,
        layout=widgets.Layout(width="180px", max_width="100%", align_self="flex-start"),
    )
