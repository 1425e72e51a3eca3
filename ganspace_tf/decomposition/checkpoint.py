"""What a run has summed up so far, saved now and then, so that the next call goes on from there.

A state is saved only between blocks of fixed size, and a state of r rows does not depend on how many rows
were asked for. So a run gives the same bits however often it was stopped, and a longer or repeated run can
start from a finished one.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, List, Optional

from ganspace_tf.cache import Folder, key_of

if TYPE_CHECKING:
    from ganspace_tf.decomposition.base import Accumulator

INTERVAL = 1.0  # seconds between two saves
COST = 0.03  # share of the time that saving may take; large states are saved less often
KEEP_NUMBERS = 2**23  # states of up to 64 MiB are kept when a run is finished


class Checkpoint:
    """The saved states of one accumulation.

    folder: where they are, None for a run without cache.
    facts: everything that decides what a state of r rows is.
    target: rows that this run will read; it is in the file's name, so that runs of different lengths do not
    overwrite each other's states.
    """

    def __init__(self, folder: Optional[Folder], facts: Any, target: int):
        self.folder = folder
        self.prefix = key_of(facts)[:32] + "-"
        self.name = "{}{}".format(self.prefix, target)
        self.target = target
        self._saved_rows = 0
        self.newest = self.name  # the entry that holds the last state
        self._next = time.monotonic() + INTERVAL

    def resume(self, accumulator: Accumulator) -> None:
        """Bring the accumulator to the furthest state that is not beyond the target."""
        if self.folder is not None:
            self.folder.sweep()  # a run that begins at its last state writes none
        best = None
        for name in self.folder.names(self.prefix) if self.folder else ():
            entry = self.folder.read(name) if self.folder else None
            rows = int(entry[0]["rows"]) if entry else 0
            if entry and 0 < rows <= self.target and (best is None or rows > int(best["rows"])):
                best, self.newest = entry[0], name
        if best is not None:
            accumulator.restore(best)
            self._saved_rows = accumulator.rows

    def tick(self, accumulator: Accumulator, last: bool) -> None:
        """Called between blocks: saves when it is time to. last: a longer run would go on from here."""
        if self.folder is None:
            return
        if time.monotonic() >= self._next or (last and _small(accumulator)):
            self.save(accumulator)

    def save(self, accumulator: Accumulator) -> None:
        """Save the state, unless it is saved already."""
        if self.folder is None or accumulator.rows == self._saved_rows:
            return
        started = time.monotonic()
        if self.folder.write(self.name, accumulator.arrays(), {"target": self.target}):
            self._saved_rows, self.newest = accumulator.rows, self.name
        ended = time.monotonic()
        self._next = ended + max(INTERVAL, (ended - started) / COST)

    def take(self, other: Checkpoint, names: List[str]) -> None:
        """Keep the last state that another accumulation of the same rows has saved, those of its arrays."""
        entry = other.folder.read(other.newest) if self.folder and other.folder else None
        if entry is not None and self.folder is not None:
            self.folder.write(self.name, {name: entry[0][name] for name in names}, {"target": self.target})
            self.newest = self.name

    def close(self, accumulator: Accumulator, keep: bool) -> None:
        """The run is finished: of its states, and shorter ones, keep at most the last, if it is small."""
        if self.folder is None:
            return
        for name in self.folder.names(self.prefix):
            target = name[len(self.prefix) :]
            shorter = target.isdecimal() and int(target) <= self.target
            if shorter and not (keep and name == self.newest and _small(accumulator)):
                self.folder.remove(name)


def _small(accumulator: Accumulator) -> bool:
    return sum(array.size for array in accumulator.arrays().values()) <= KEEP_NUMBERS
