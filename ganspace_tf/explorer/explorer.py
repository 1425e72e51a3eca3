"""A session with its windows: the page in a browser, the widget in a notebook. What `gs.explore` gives."""

from __future__ import annotations

import importlib
from typing import Any

from ganspace_tf.explorer.session import Session


class Explorer(Session):
    """A session that can be shown; see `Session`."""

    def serve(self, **options: Any) -> Any:
        """Show the session in a browser; see `web.serve.serve_session` (needs the extra `explore`)."""
        # by name: the page is built on sessions, and brings packages that nothing else needs
        return importlib.import_module("ganspace_tf.explorer.web.serve").serve_session(self, **options)

    def widget(self, **options: Any) -> Any:
        """The session as a widget of a notebook; see `widget.Widget` (needs ipywidgets)."""
        return importlib.import_module("ganspace_tf.explorer.widget").Widget(self, **options)
