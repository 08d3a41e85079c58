"""The course page: a Jupyter Server extension that serves `{base_url}course`.

It works under any base URL, so under JupyterHub too, behind the server's own login and its protection against
forged requests. `course.py lab` switches it on; elsewhere set
`c.ServerApp.jpserver_extensions = {"coursekit.page": True}`.
"""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "coursekit.page"}]


def _load_jupyter_server_extension(app: Any) -> None:
    from coursekit.page.handlers import add_handlers

    add_handlers(app)
