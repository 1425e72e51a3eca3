"""What one client wants and what is under way to it. Guarded by the worker's lock."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, List, NamedTuple, Optional, Set, Tuple

from ganspace_tf.explorer.jobs import Job
from ganspace_tf.explorer.messages import Message
from ganspace_tf.explorer.state import State
from ganspace_tf.explorer.working.painter import Wish
from ganspace_tf.explorer.working.sheets import SheetWish
from ganspace_tf.explorer.working.turns import FULL, PREVIEW

STEP = 0.5  # sigma to both sides, of pictures that are made before they are asked for


class Due(NamedTuple):
    """The class of what there is to show, or None and after how many seconds there may be something."""

    kind: Optional[int]
    rest: Optional[float]


class Slot:
    """One client. sheets, jobs: in the order of asking; rough: sheets whose pictures could be finer.
    cancelled: ids. ahead: states that may be next.
    """

    def __init__(self) -> None:
        self.sheets: List[SheetWish] = []
        self.rough: List[SheetWish] = []
        self.jobs: List[Job] = []
        self.ahead: List[State] = []
        self.cancelled: Set[int] = set()
        self.last: Optional[State] = None
        self._wanted: Optional[Wish] = None
        self._current: Optional[Wish] = None
        self._under_way: Optional[Tuple[int, int]] = None
        self._waiting: List[Message] = []

    def want(self, wish: Wish) -> None:
        """The newest wish: the one before, if nobody has begun with it, is forgotten."""
        self._wanted = wish
        self.ahead = []

    def meet(self, wish: Wish, messages: List[Message]) -> None:
        """The newest wish was met at once; whatever was on its way is forgotten."""
        self._wanted, self._current = None, wish
        self.put(messages)

    def works_at(self, wish: Wish) -> bool:
        """Whether this is the wish to work at, still."""
        return self._current is wish

    def current_wish(self) -> Optional[Wish]:
        """The wish to work at: the newest, unless the first picture of the one before is still on its way."""
        if self._wanted is not None and self._replaceable():
            self._current, self._wanted = self._wanted, None
        return self._current

    def _replaceable(self) -> bool:
        return self._current is None or self._current.previewed or self._current.goal is None

    def shows(self, now: float, rest: float) -> Due:
        """What there is to show. rest: seconds after which a moving slider counts as at rest."""
        if self._waiting:
            return Due(None, None)
        wish = self._wanted if self._wanted is not None and self._replaceable() else self._current
        if wish is None or wish.done:
            return Due(None, None)
        if not wish.previewed:
            return Due(PREVIEW, None)
        left = wish.since + rest - now if wish.moving else 0.0
        return Due(FULL, None) if left <= 0 else Due(None, left)

    def put(self, messages: List[Message]) -> None:
        """A frame, and what follows it, in the place of one that waits."""
        self._waiting = messages

    def ready(self) -> List[Message]:
        """What may be delivered now: nothing while a frame is under way."""
        if not self._waiting or self._under_way is not None:
            return []
        messages, self._waiting = self._waiting, []
        self._under_way = messages[0].id, messages[0].stage  # type: ignore[union-attr]
        return messages

    def saw(self, id: int, stage: int) -> None:
        """The client has shown a frame."""
        if self._under_way is not None and self._under_way <= (id, stage):
            self._under_way = None

    def finished(self, wish: Wish, ahead: List[State]) -> None:
        """A wish was met. ahead: what may be asked for next."""
        self.last = wish.state
        if self._wanted is None:
            self.ahead = ahead

    def dropped(self) -> List[Any]:
        """Sheets and jobs that were cancelled; they are here no more."""
        both: List[Any] = [*self.sheets, *self.rough, *self.jobs]
        found = [work for work in both if work.id in self.cancelled]
        self.cancelled.clear()
        self.sheets = [work for work in self.sheets if work not in found]
        self.rough = [work for work in self.rough if work not in found]
        self.jobs = [work for work in self.jobs if work not in found]
        return found

    def drop(self, work: Any) -> None:
        """A sheet or a job is over."""
        self.sheets = [one for one in self.sheets if one is not work]
        self.rough = [one for one in self.rough if one is not work]
        self.jobs = [one for one in self.jobs if one is not work]
        if isinstance(work, Job):
            work.stop()

    def stop(self) -> None:
        """End all jobs."""
        for job in list(self.jobs):
            self.drop(job)


def neighbours(last: Optional[State], state: State) -> List[State]:
    """The states that one more step of the slider that was moved last would ask for."""
    if last is None:
        return []
    moved = [k for k, edit in enumerate(state.edits) if k >= len(last.edits) or last.edits[k] != edit]
    if len(moved) != 1 or replace(state, edits=()) != replace(last, edits=()):
        return []
    k, found = moved[0], []
    for step in (STEP, -STEP):
        edit = state.edits[k]._replace(sigma=round(state.edits[k].sigma + step, 6))
        found.append(replace(state, edits=(*state.edits[:k], edit, *state.edits[k + 1 :])))
    return found
