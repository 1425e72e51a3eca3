"""Longer work that clients ask for; it is done in steps, between other turns.

A new kind is a function (painter, arguments, pause) → value, and a row of JOBS. `pause((done, total, text))`
tells how far it is and gives the turn away; `pause((index, of, pixels))` gives a small picture.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional

from ganspace_tf.explorer.jobs.channel import channel, rename
from ganspace_tf.explorer.jobs.film import film
from ganspace_tf.explorer.jobs.layers import layers
from ganspace_tf.explorer.jobs.learn import measure, teach
from ganspace_tf.explorer.jobs.places import places
from ganspace_tf.explorer.jobs.save import save
from ganspace_tf.explorer.jobs.sheet import sheet
from ganspace_tf.explorer.working.painter import Painter
from ganspace_tf.explorer.working.stepped import Stepped

Pause = Callable[[Any], None]
JOBS: Dict[str, Callable[[Painter, Dict[str, Any], Pause], Any]] = {
    "save": save,
    "film": film,
    "measure": measure,
    "teach": teach,
    "channel": channel,
    "rename": rename,
    "layers": layers,
    "places": places,
    "sheet": sheet,
}


class Job:
    """One work of a client. over: whether `value` is there."""

    def __init__(self, id: int, kind: str, arguments: Dict[str, Any]) -> None:
        self.id, self.kind = id, kind
        self.over, self.value = False, None
        self._arguments = arguments
        self._stepped: Optional[Stepped] = None

    def step(self, painter: Painter) -> Any:
        """Go on to the next pause; returns what it was told, None when the work is over. Raises what it
        raises.
        """
        if self._stepped is None:
            self._stepped = Stepped(lambda pause: JOBS[self.kind](painter, self._arguments, pause))
        try:
            return next(self._stepped)
        except StopIteration:
            self.over, self.value = True, self._stepped.value
            return None

    def stop(self) -> None:
        """End it, wherever it is."""
        if self._stepped is not None:
            self._stepped.stop()
