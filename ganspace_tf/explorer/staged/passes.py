"""Partial runs of a network: each goes on from the feature maps that the one before has kept.

    passes = Passes(gen)
    for step in iter(lambda: passes.step(client, wanted, last), None):   # None: nothing is left to run
        …step.values…

The same pictures as one run makes, to the bit.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Any, Dict, List, NamedTuple, Optional, Tuple

import numpy as np

from ganspace_tf.edits import apply_edits, parted
from ganspace_tf.explorer.drawn.drawing import Drawing
from ganspace_tf.explorer.staged.caches import Prefixes
from ganspace_tf.generators.stages import Stage, Stages
from ganspace_tf.render.fed import styles_changed
from ganspace_tf.render.frames import to_uint8, to_w
from ganspace_tf.render.starts import starts

if TYPE_CHECKING:
    from ganspace_tf.generators.base import Generator

WHOLE = "images"


class Wanted(NamedTuple):
    """A picture to be made. w: (1, L, D) after edits and truncation; given: all else that the network takes;
    key: of what every layer depends on besides w. feed: what the network takes in place of what it would
    compute, edited styles; styles: (layer of w, a key) of each edit that made these.
    """

    w: np.ndarray
    given: Dict[str, Any]
    key: bytes
    feed: Dict[str, np.ndarray]
    styles: Tuple[Tuple[int, bytes], ...] = ()

    def reads(self, layers: int) -> bytes:
        """A key of what depends on the first layers of w alone, and on the styles made of them."""
        styles = b"".join(key for layer, key in self.styles if layer < layers)
        return hashlib.sha256(self.key + np.ascontiguousarray(self.w[:, :layers]).tobytes() + styles).digest()


class Step(NamedTuple):
    """One partial run. stage: which; values: endpoint → feature maps; image: (H, W, 3 or 4) uint8, of the
    last stage; start: endpoints that it went on from; seconds: what it took.
    """

    stage: int
    values: Dict[str, np.ndarray]
    image: Optional[np.ndarray]
    start: Tuple[str, ...]
    seconds: float


def unedited(drawn: Drawing, gen: Generator) -> np.ndarray:
    """The latents (1, L, D) that a drawing starts from."""
    picture: Any = drawn.picture
    return starts(gen, picture.seeds, picture.look, None, picture.latents).rows


def wanted_of(drawn: Drawing, gen: Generator) -> Wanted:
    """What the network has to be given for a drawing: latents as its picture makes them."""
    picture: Any = drawn.picture
    look, basis = picture.look, drawn.basis
    labels = look.labels(1)
    w = starts(gen, picture.seeds, look, basis, picture.latents).rows
    moved, channels = parted(getattr(picture, "held", ()))
    if basis is not None:
        w = to_w(gen, basis, apply_edits(w, basis, moved, picture.centred), labels)
    given = dict(look.given(), noise=look.noise, labels=labels)
    if gen.has_mapping and gen.truncates:  # psi and cutoff act on w alone
        w = gen.truncate(w, given.pop("psi", None), given.pop("cutoff", None))
    transform = given.get("transform")
    facts = [
        look.noise,
        None if gen.has_mapping else (labels, given.get("psi")),
        None if transform is None else np.asarray(transform, np.float64).tobytes(),
    ]
    w, feed = np.asarray(w, np.float32), {}
    if channels:
        place, change = styles_changed(gen, lambda row: channels, picture.centred)
        place = gen.resolve_endpoint(place)
        feed[place] = change(gen.activations(w, place, labels, "w", look.noise), 0)
    styles = tuple(
        (gen.style_layers[one.layer].reads, repr((picture.centred, one)).encode("utf-8")) for one in channels
    )
    return Wanted(w, given, repr(facts).encode("utf-8"), feed, styles)


class Passes:
    """Runs a generator stage by stage and keeps what the next picture of a client can go on from.

    whole: as one run whatever the network could do. stages: what it shows on the way; the last is the image.
    """

    def __init__(self, gen: Generator, prefixes: Optional[Prefixes] = None, whole: bool = False) -> None:
        self.gen = gen
        self.prefixes = Prefixes() if prefixes is None else prefixes
        found = None if whole else gen.stages
        self.stages = found or Stages((Stage(tuple(gen.image_shape[1:]), ()),), {}, WHOLE)  # type: ignore
        self.last = len(self.stages.rows) - 1
        self._in_parts = found is not None
        shapes = gen.endpoints
        sizes = [sum(4 * int(np.prod(shapes[name])) for name in row.keeps) for row in self.stages.rows]
        self._used = np.cumsum(sizes)  # bytes of what a stage and those before it keep

    def plan(self, client: str, wanted: Wanted, target: int) -> List[Tuple[int, Tuple[str, ...]]]:
        """(stage, endpoints to go on from) of the runs that are still needed for a stage, in their order."""
        steps: List[Tuple[int, Tuple[str, ...]]] = []
        index = target
        while index >= 0:
            row = self.stages.rows[index]
            if index < self.last and self._kept(client, wanted, row.keeps) is not None:
                break
            if row.middle and self._kept(client, wanted, row.middle) is not None:
                steps.append((index, row.middle))
                break
            before = min(index - 1, self._held() if self._held() < self.last else self.last - 1)
            steps.append((index, self.stages.rows[before].keeps if before >= 0 else ()))
            index = before
        return steps[::-1]

    def _held(self) -> int:
        """The last stage that, with all before it, is within a client's share of what is kept; -1: none.
        Those behind are no places to stop at: what they give would have to be made again.
        """
        return int(np.searchsorted(self._used, self.prefixes.share, side="right")) - 1

    def step(self, client: str, wanted: Wanted, target: int) -> Optional[Step]:
        """The next run that is needed for a stage; None where all of it is kept. The last stage, which is the
        image, is never kept.
        """
        steps = self.plan(client, wanted, target)
        return self._run(client, wanted, *steps[0]) if steps else None

    def kept(self, client: str, wanted: Wanted, stage: int) -> Optional[Dict[str, np.ndarray]]:
        """The feature maps of a stage, if they are there."""
        return self._kept(client, wanted, self.stages.rows[stage].keeps)

    def _kept(self, client: str, wanted: Wanted, names: Tuple[str, ...]) -> Optional[Dict[str, np.ndarray]]:
        if not names:
            return None
        found = {}
        for name in names:
            value = self.prefixes.get(client, name, wanted.reads(self.stages.reads[name]))
            if value is None:
                return None
            found[name] = value
        return found

    def _run(self, client: str, wanted: Wanted, index: int, start: Tuple[str, ...]) -> Step:
        began = time.perf_counter()
        if not self._in_parts:
            image = to_uint8(self.gen.images(wanted.w, feed=wanted.feed or None, **wanted.given))[0]
            return Step(index, {}, image, (), time.perf_counter() - began)
        feed = self._kept(client, wanted, start) or {}
        row, image_name = self.stages.rows[index], self.stages.image
        held = self._held() >= index
        names = [name for name in row.keeps if name not in feed and (held or index < self.last)]
        names += [image_name] if index == self.last else []
        found = self.gen.inside(wanted.w, names, dict(feed, **wanted.feed), **wanted.given)
        image = found.pop(image_name, None)
        seconds = time.perf_counter() - began
        for name, value in found.items() if held else ():
            self.prefixes.put(client, name, wanted.reads(self.stages.reads[name]), value)
        values = dict(found, **{name: feed[name] for name in row.keeps if name in feed})
        return Step(index, values, None if image is None else to_uint8(image)[0], start, seconds)
