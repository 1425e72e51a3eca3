"""Losses of many rows, whatever photos they are of, from runs of equal size.

The last bits of a row's gradient depend on how many rows a run has (another number takes other ways through a
convolution), but, on a CPU, neither on the rows beside it nor on its place. 100 steps of an optimiser make
visible differences of last bits. So every run has the same number of rows, filled up with copies: a photo's w
does not depend on the photos that are projected with it.
"""

from __future__ import annotations

from typing import Any, Callable, Iterator, List, NamedTuple, Optional, Sequence, Tuple, cast

import numpy as np

from ganspace_tf.errors import GanspaceError
from ganspace_tf.photos.features.mobilenet import Features
from ganspace_tf.photos.paths import Answer
from ganspace_tf.photos.spaces import Space
from ganspace_tf.photos.targets import Target
from nvlabs.describing.compared import shrink_of
from nvlabs.running.first_start import start_tensorflow

SMALL = 128  # pixels of the longer side up to which rows of one run cost less than runs of one row
BLOCK = 4
# With ten times as much, the factors of drawings came back worse (docs/photos.md).
FEATURES_WEIGHT = 0.02


class Request(NamedTuple):
    """A point (P,) of a space whose loss for a target is wanted. target: (C, h, w), mask: (1, h, w), as
    `Evaluator.prepared` gives them."""

    space: Space
    point: np.ndarray
    target: np.ndarray
    mask: np.ndarray


class Counted(NamedTuple):
    """What a loss counts besides pixels. noise: whether noise maps are fitted, and fed. features: of a
    network for photos; None: not."""

    noise: bool = False
    features: Optional[Features] = None


class Runs:
    """One run each: (w, targets, masks, noise maps) → losses. Made here, or by each worker of a cluster."""

    def __init__(self, gen: Any, counted: Counted):
        more = None if counted.features is None else _seen(counted.features)
        self.loss = gen.open_loss(counted.noise, more)

    def __call__(self, asked: Sequence[Any]) -> Any:
        return self.loss(*asked)


def _seen(features: Features) -> Callable[..., Any]:
    """The term of the loss for what a network for photos sees."""
    start_tensorflow()
    from ganspace_tf.photos.features.graph import distance

    def weighed(images: Any, target: Any, mask: Any) -> Any:
        return FEATURES_WEIGHT * distance(features, images, target, mask)

    return weighed


class Evaluator:
    """Answers requests. Opens a session of its own; close it. On the generator's cluster, where it has one:
    the same runs, so the same bits, and no session here.

    noise: whether noise maps are fitted, and fed. features: what a network for photos sees counts too.
    """

    def __init__(self, gen: Any, noise: bool = False, features: Optional[Features] = None):
        counted = Counted(noise, features)
        self._job = None if gen.cluster is None else gen.cluster.job(Runs, gen, counted)
        self._here = Runs(gen, counted) if self._job is None else None
        self.shrink = shrink_of(*gen.image_shape[1:])  # image pixels a side to one that is compared
        self.block = BLOCK if max(gen.image_shape[1:]) <= SMALL else 1
        self.asked = 0  # runs so far
        self._size = "{} × {}".format(gen.image_shape[2], gen.image_shape[1])

    def prepared(self, target: Target) -> List[np.ndarray]:
        """A target's image (C, h, w) and mask (1, h, w) at the size that is compared."""
        mask, images = target.weights, target.images
        if self.shrink > 1:
            images, mask = averaged(images * mask, self.shrink), averaged(mask, self.shrink)
            images = images / np.maximum(mask, 1e-6)
        return [images.astype(np.float32), mask.astype(np.float32)]

    def answers(self, requests: Sequence[Request]) -> List[Answer]:
        """Loss, gradient and error of each. Raises GanspaceError where memory is too small for one row."""
        found: List[Answer] = []
        for part, losses in self._runs(requests):
            self.asked += 1
            found += _answers(part, losses)
        return found

    def _runs(self, requests: Sequence[Request]) -> Iterator[Tuple[List[Request], Any]]:
        """Requests of run after run, and their losses."""
        if self._job is not None:
            cut = [list(requests[k : k + self.block]) for k in range(0, len(requests), self.block)]
            asked = (self._asked(part) for part in cut)
            for part, (_, losses) in zip(cut, self._job.in_order(asked, _called)):
                yield part, losses
            return
        done, here = 0, cast(Runs, self._here)
        while done < len(requests):
            part = list(requests[done : done + self.block])
            try:
                losses = here(self._asked(part))
            except MemoryError:
                if self.block == 1:
                    raise GanspaceError(
                        "not enough memory for the gradient of one picture of {} pixels".format(self._size)
                    ) from None
                self.block //= 2
                continue
            done += len(part)
            yield part, losses

    def _asked(self, part: List[Request]) -> Tuple[Any, ...]:
        """What a run takes, filled up with copies."""
        filled = part + [part[0]] * (self.block - len(part))
        points = [request.point[None] for request in filled]
        w = np.concatenate([request.space.latents_of(x) for request, x in zip(filled, points)])
        maps: List[Any] = [request.space.noise_of(x) for request, x in zip(filled, points)]
        noise: Optional[List[np.ndarray]] = None
        if maps[0] is not None:
            noise = [np.concatenate(one) for one in zip(*maps)]
        return w, np.stack([one.target for one in filled]), np.stack([one.mask for one in filled]), noise

    def close(self) -> None:
        """Frees the session."""
        if self._here is not None:
            self._here.loss.close()


def _answers(part: List[Request], losses: Any) -> List[Answer]:
    answers = []
    for row, request in enumerate(part):
        point = request.point[None]
        dnoise = [None if array is None else array[row : row + 1] for array in losses.dnoise]
        gradient = request.space.gradient(point, losses.dw[row : row + 1], dnoise)
        more, by_point = request.space.penalty(point)
        answers.append(
            Answer(float(losses.loss[row] + more[0]), (gradient + by_point)[0], float(losses.error[row]))
        )
    return answers


def _called(asked: Sequence[Any]) -> str:
    return "gradients of {} pictures".format(len(asked[0]))


def averaged(images: np.ndarray, factor: int) -> np.ndarray:
    """(…, H, W) shrunk by a whole number, each pixel the mean of factor × factor."""
    H, W = images.shape[-2:]
    parts = images.reshape(images.shape[:-2] + (H // factor, factor, W // factor, factor))
    return np.asarray(parts.mean(axis=(-3, -1)))
