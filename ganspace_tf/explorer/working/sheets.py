"""Small pictures by the dozen: soon as previews, finished ones when nothing else is wanted."""

from __future__ import annotations

from typing import List, Optional

from ganspace_tf.explorer.messages import Sheet
from ganspace_tf.explorer.state import State
from ganspace_tf.explorer.working.painter import Painter

MOST_ITEMS, MOST_SIDE = 225, 128  # of a sheet, and pixels that each is wide
COARSE = ("dots",)  # kinds that stay previews: hundreds of pictures, none of which is looked at for long


class SheetWish:
    """What one sheet wants. kind: for people, see COARSE. done: how many were given; rough: which of them
    are to come again, finer.
    """

    def __init__(self, id: int, kind: str, items: List[State], side: int) -> None:
        self.id, self.items, self.side = id, items, side
        self.done = 0
        self.rough: List[int] = []
        self._fine = kind not in COARSE

    @property
    def wrong(self) -> Optional[str]:
        """What is wrong with it."""
        if len(self.items) > MOST_ITEMS or not 1 <= self.side <= MOST_SIDE:
            return "a sheet has at most {} pictures of {} pixels".format(MOST_ITEMS, MOST_SIDE)
        return None

    @property
    def given(self) -> bool:
        """Whether every picture was given once."""
        return self.done >= len(self.items)

    def step(self, painter: Painter, client: str) -> Optional[Sheet]:
        """The next picture; once all are there, the next one anew, for which it may take several steps: None
        until then. Raises GanspaceError.
        """
        fine = self.given
        index = self.rough[0] if fine else self.done
        small = painter.thumbnail(self.items[index], self.side, fine)
        if small is None:
            return None
        if fine:
            self.rough.pop(0)
        else:
            self.done += 1
            if self._fine and not small.exact and painter.largest == painter.passes.last:
                self.rough.append(index)
        return Sheet(client, self.id, index, len(self.items), small.pixels, small.exact)
