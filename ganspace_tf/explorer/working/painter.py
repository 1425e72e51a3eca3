"""From a state to the pictures that are shown of it: small ones first, the exact one last.

One thread at a time; the worker's turns are calls of `advance`.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Dict, List, NamedTuple, Optional

import numpy as np

from ganspace_tf.errors import GanspaceError
from ganspace_tf.explorer.staged.caches import FRAMES, Cache
from ganspace_tf.explorer.staged.encoding import Picture, decode, encode
from ganspace_tf.explorer.staged.fitting import Heads, plain_preview, preview
from ganspace_tf.explorer.staged.passes import Passes, Step, Wanted
from ganspace_tf.explorer.staged.policy import AT_ONCE, BUDGET, Choice, Times, preview_stage
from ganspace_tf.explorer.state import State, digest
from ganspace_tf.explorer.subject import Subject
from ganspace_tf.render import layout

OWN = ""  # the client in whose name thumbnails are computed
FINEST = 1 << 30  # pixels: wider than any stage before the last
EXACT = -1  # stage of an exact picture among the keys of frames


class Wish:
    """What a client wants to see, and how far that is.

    moving: more will follow. goal: the stage that is shown first; previewed, done: whether it, and the exact
    picture, were given. ms: what every stage took.
    """

    def __init__(self, id: int, state: State, moving: bool, since: float) -> None:
        self.id, self.state, self.moving, self.since = id, state, moving, since
        self.digest = digest(state)
        self.wanted: Optional[Wanted] = None
        self.goal: Optional[int] = None
        self.previewed = self.done = False
        self.ms: List[float] = []


class Shown(NamedTuple):
    """A picture (H, W, 3 or 4) uint8 of a stage; exact: the pixels that `Session.save` writes, encoded where
    they are kept so.
    """

    stage: int
    exact: bool
    pixels: Picture
    seconds: float


class Small(NamedTuple):
    """Pixels of a small picture; exact: made of the finished one."""

    pixels: np.ndarray
    exact: bool


class Painter:
    """Pictures of a session's states, stage by stage.

    at_once: seconds; a network that takes no more for a picture is never shown in stages. budget: seconds
    that a preview may take. packed: whether finished pictures are kept encoded, which makes room for more.

    heads: fitted ones, None until they are there. waiting: clients that wait for a preview: the more, the
    smaller they are.
    """

    def __init__(
        self, session: Subject, at_once: float = AT_ONCE, budget: float = BUDGET, packed: bool = False
    ) -> None:
        self.session = session
        self.passes = Passes(session.generator)
        self.frames = Cache(FRAMES)
        self.times = Times()
        self.heads: Optional[Heads] = None
        self.largest = self.passes.last  # more does not fit into memory
        self.waiting = 1
        self._at_once, self._budget, self._packed = at_once, budget, packed
        self._short = 0  # times that memory ran out since the last exact picture
        self.passes.prefixes.join(OWN)

    @property
    def staged(self) -> bool:
        """Whether there are stages before the exact picture."""
        return self.passes.last > 0

    def warm_up(self) -> None:
        """Make the first picture, and time all stages with a second one."""
        state = self.session.initial
        for seed in (state.seed, state.seed + 1):
            wish = Wish(0, State(**dict(vars(state), seed=seed)), False, 0.0)
            while not wish.done:
                self.advance(OWN, wish)
        chain = [(index, False) for index in range(self.passes.last + 1)]
        if self.staged and self.times.needed(chain) <= self._at_once:
            self.passes = Passes(self.session.generator, self.passes.prefixes, whole=True)
            self.largest, self.times = 0, Times()

    def facts(self) -> List[Dict[str, Any]]:
        """The stages for a page, JSON values: width, height, ms, exact; error and correlation where measured,
        used: whether it is shown while a slider moves.
        """
        rows: List[Dict[str, Any]] = []
        passes = self.passes  # `warm_up`, in the worker's thread, may put others in their place
        for index, row in enumerate(passes.stages.rows):
            fitted = (self.heads or {}).get(index)
            exact = index == passes.last
            known = None if fitted is None else fitted.fidelity
            rows.append(
                OrderedDict(
                    width=row.size[1], height=row.size[0], ms=round(1000 * self.times.of(index), 1),
                    exact=exact, error=None if known is None else round(known.error, 2),
                    correlation=None if known is None else round(known.correlation, 3),
                    used=self._passed(index) is not False,
                )
            )  # fmt: skip
        return rows

    # ------------------------------------------------------------------ one picture

    def prepare(self, wish: Wish) -> None:
        """Latents and all else that the network takes. Raises GanspaceError for what cannot be drawn."""
        if wish.wanted is None and self.frames.get((wish.digest, EXACT)) is None:
            wish.wanted = self.session.wanted(wish.state)

    def kept(self, wish: Wish) -> Optional[Shown]:
        """The exact picture of a wish, if it was made before; the wish is met then. From any thread."""
        last = self.passes.last
        exact = self.frames.get((wish.digest, EXACT))
        if exact is None:
            return None
        wish.ms = wish.ms or [0.0] * (last + 1)
        wish.previewed = wish.done = True
        return Shown(last, True, exact, 0.0)

    def advance(self, client: str, wish: Wish) -> Optional[Shown]:
        """One partial run for a wish; a picture, if there is one to show after it. Raises GanspaceError."""
        last = self.passes.last
        wish.ms = wish.ms or [0.0] * (last + 1)
        kept = self.kept(wish)
        if kept is not None:
            return kept
        self.prepare(wish)
        assert wish.wanted is not None
        if wish.goal is None:
            wish.goal = self._preview_stage(client, wish.wanted)
        goal = min(self.largest, wish.goal if not wish.previewed else last)
        step = self.passes.step(client, wish.wanted, goal)
        if step is None:  # all that the preview is made of was kept
            step = Step(goal, self.passes.kept(client, wish.wanted, goal) or {}, None, (), 0.0)
        else:
            middle = bool(step.start) and step.start == self.passes.stages.rows[step.stage].middle
            self.times.add(step.stage, middle, step.seconds)
            wish.ms[step.stage] += 1000 * step.seconds
        return self._shown(wish, step, goal)

    def _shown(self, wish: Wish, step: Step, goal: int) -> Optional[Shown]:
        """What there is to show after a run."""
        if step.image is not None:
            wish.previewed = wish.done = True
            self._short = 0
            return Shown(step.stage, True, self._keep(wish.digest, step.image), step.seconds)
        reached = step.stage == goal
        if reached:
            wish.previewed, wish.done = True, goal == self.largest
        if not reached and (not wish.previewed or not self._passed(step.stage)):
            return None
        pixels = self._small(step.stage, step.values)
        return None if pixels is None else Shown(step.stage, False, pixels, step.seconds)

    def _keep(self, key: str, image: np.ndarray) -> Picture:
        """Put a finished picture into the cache; as it is kept."""
        kept: Picture = encode(image, True) if self._packed else image
        self.frames.put((key, EXACT), kept)
        return kept

    def _preview_stage(self, client: str, wanted: Wanted) -> int:
        """The stage to show first, by what it costs from where this client is."""
        choices = []
        for index in range(self.passes.last + 1):
            rows = self.passes.stages.rows
            plan = self.passes.plan(client, wanted, index)
            seconds = self.times.needed([(k, bool(start) and start == rows[k].middle) for k, start in plan])
            choices.append(Choice(index, seconds, self._passed(index)))
        return min(self.largest, preview_stage(choices, self._budget / max(1, self.waiting)))

    def _passed(self, stage: int) -> Optional[bool]:
        """Whether a stage is true enough to be shown; None where it can be shown but is not measured yet."""
        if stage == self.passes.last:
            return True
        if self.heads is None:
            return None if self.passes.stages.rows[stage].rgb is not None else False
        return self.heads[stage].fidelity.enough

    def _small(self, stage: int, values: Dict[str, np.ndarray]) -> Optional[np.ndarray]:
        gen, row = self.session.generator, self.passes.stages.rows[stage]
        if self.heads is None:
            return plain_preview(gen, row, values)
        return preview(gen, row, values, self.heads[stage].head)

    # ------------------------------------------------------------------ many small ones

    def ahead(self, state: State) -> bool:
        """One run towards the exact picture of a state that may be asked for next; whether it is there."""
        return self.largest < self.passes.last or self._large_enough(state, FINEST, True) is not None

    def thumbnail(self, state: State, side: int, fine: bool = False) -> Optional[Small]:
        """A small picture, at most `side` wide, by the smallest stage that serves. fine: by the last one, one
        run of it a call; None until it is there. Raises GanspaceError.
        """
        for exact in (True, False):
            pixels = self.frames.get((digest(state), exact, side))
            if pixels is not None and (exact or not fine):
                return Small(pixels, exact)
        made = self._large_enough(state, FINEST if fine else side, fine)
        if made is None:
            return None
        pixels = layout.resize(made.pixels[None], min(side, made.pixels.shape[1]))[0]
        self.frames.put((digest(state), made.exact, side), pixels)
        return Small(pixels, made.exact)

    def _large_enough(self, state: State, side: int, once: bool = False) -> Optional[Small]:
        """The picture of the smallest stage that serves. once: None where it takes more than one run."""
        exact = self.frames.get((digest(state), EXACT))
        if exact is not None:
            return Small(decode(exact), True)
        wanted, goal = self.session.wanted(state), self.passes.last
        for index, row in enumerate(self.passes.stages.rows[:-1]):
            if self.heads is not None and row.size[1] >= side and self.heads[index].fidelity.enough:
                goal = index
                break
        goal = min(goal, self.largest)
        while True:
            step = self.passes.step(OWN, wanted, goal)
            if step is None:
                kept = self.passes.kept(OWN, wanted, goal) or {}
                step = Step(goal, kept, None, (), 0.0)
            if step.image is not None:
                self._keep(digest(state), step.image)
                return Small(step.image, True)
            if step.stage == goal:
                small = self._small(goal, step.values)
                if small is None:
                    raise GanspaceError("out of memory: nothing smaller can be shown")
                return Small(small, False)
            if once:
                return None

    # ------------------------------------------------------------------ memory

    def make_room(self, smaller: bool = True) -> bool:
        """After memory ran out: forget what is kept; the second time, stop at the stage before. Returns
        whether there is something left to try. smaller: whether it was a picture, which may be smaller.
        """
        self.passes.prefixes.clear()
        self._short += smaller
        if self._short > 1:
            self._short = 0
            if self.largest == 0:
                self.largest = self.passes.last  # the next picture may fit again
                return False
            self.largest -= 1
        return True
