"""A session with its windows: the page in a browser, the widget in a notebook. What `gs.explore` gives."""

from __future__ import annotations

from typing import Any

from ganspace_tf.explorer.session import Session


class Explorer(Session):
    """A session that can be shown; see `Session`."""

    def serve(self, **options: Any) -> Any:
        """Show the session in a browser; see `web.serve.serve_session` (needs the extra `explore`)."""
        from ganspace_tf.explorer.web.serve import serve_session

        return serve_session(self, **options)

    def widget(self, **options: Any) -> Any:
        """The session as a widget of a notebook; see `widget.Widget` (needs ipywidgets)."""
        from ganspace_tf.explorer.widget import Widget

        return Widget(self, **options)
