"""Losses of many rows, whatever photos they are of, from runs of equal size.

The last bits of a row's gradient depend on how many rows a run has (another number takes other ways through a
convolution), but, on a CPU, neither on the rows beside it nor on its place. 100 steps of an optimiser make
visible differences of last bits. So every run has the same number of rows, filled up with copies: a photo's w
does not depend on the photos that are projected with it.
"""

from __future__ import annotations

from typing import Any, Callable, List, NamedTuple, Optional, Sequence

import numpy as np

from ganspace_tf.errors import GanspaceError
from ganspace_tf.photos.features.mobilenet import Features
from ganspace_tf.photos.paths import Answer
from ganspace_tf.photos.spaces import Space
from ganspace_tf.photos.targets import Target
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


class Evaluator:
    """Answers requests. Opens a session of its own; close it.

    noise: whether noise maps are fitted, and fed. features: what a network for photos sees counts too.
    """

    def __init__(self, gen: Any, noise: bool = False, features: Optional[Features] = None):
        more: Optional[Callable[..., Any]] = None
        if features is not None:
            start_tensorflow()
            from ganspace_tf.photos.features.graph import distance

            more = lambda *tensors: FEATURES_WEIGHT * distance(features, *tensors)  # noqa: E731
        self._loss = gen.open_loss(noise, more)
        self.block = BLOCK if max(gen.image_shape[1:]) <= SMALL else 1
        self.asked = 0  # runs so far
        self._size = "{} × {}".format(gen.image_shape[2], gen.image_shape[1])

    @property
    def shrink(self) -> int:
        """Image pixels a side to one that is compared."""
        return int(self._loss.shrink)

    def prepared(self, target: Target) -> List[np.ndarray]:
        """A target's image (C, h, w) and mask (1, h, w) at the size that is compared."""
        mask, images = target.weights, target.images
        if self.shrink > 1:
            images, mask = _averaged(images * mask, self.shrink), _averaged(mask, self.shrink)
            images = images / np.maximum(mask, 1e-6)
        return [images.astype(np.float32), mask.astype(np.float32)]

    def answers(self, requests: Sequence[Request]) -> List[Answer]:
        """Loss, gradient and error of each. Raises GanspaceError where memory is too small for one row."""
        found: List[Answer] = []
        while len(found) < len(requests):
            part = list(requests[len(found) : len(found) + self.block])
            try:
                found += self._block(part)
            except MemoryError:
                if self.block == 1:
                    raise GanspaceError(
                        "not enough memory for the gradient of one picture of {} pixels".format(self._size)
                    ) from None
                self.block //= 2
        return found

    def _block(self, part: List[Request]) -> List[Answer]:
        count = len(part)
        filled = part + [part[0]] * (self.block - count)
        points = [request.point[None] for request in filled]
        w = np.concatenate([request.space.latents_of(x) for request, x in zip(filled, points)])
        maps: List[Any] = [request.space.noise_of(x) for request, x in zip(filled, points)]
        noise: Optional[List[np.ndarray]] = None
        if maps[0] is not None:
            noise = [np.concatenate(one) for one in zip(*maps)]
        losses = self._loss(
            w, np.stack([one.target for one in filled]), np.stack([one.mask for one in filled]), noise
        )
        self.asked += 1
        answers = []
        for row, request in enumerate(part):
            dnoise = [None if array is None else array[row : row + 1] for array in losses.dnoise]
            gradient = request.space.gradient(points[row], losses.dw[row : row + 1], dnoise)
            more, by_point = request.space.penalty(points[row])
            answers.append(
                Answer(float(losses.loss[row] + more[0]), (gradient + by_point)[0], float(losses.error[row]))
            )
        return answers

    def close(self) -> None:
        """Frees the session."""
        self._loss.close()


def _averaged(images: np.ndarray, factor: int) -> np.ndarray:
    C, H, W = images.shape
    return images.reshape(C, H // factor, factor, W // factor, factor).mean(axis=(2, 4))
