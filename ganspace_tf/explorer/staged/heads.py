"""A small picture out of a feature map: a linear map from channels (and neighbours) to colours, fitted to a
network's own pictures.

A network's RGB at a low resolution is not its picture reduced: later layers change colours and contrast. The
head is the least-squares map from the features of a stage to the finished picture reduced to its size.
"""

from __future__ import annotations

from typing import List, NamedTuple, Optional, Tuple

import numpy as np

WIDEST = 1300  # numbers a pixel that a head is made of: the solution of more takes seconds
RIDGE = 1e-6  # of the mean square of the numbers: what keeps channels that are always equal from exploding


class Head(NamedTuple):
    """weight: (F + 1, 3 or 4) levels 0 … 255 a number, the last row the offset. near: whether the neighbours
    of every channel are among the F numbers, or those of the network's RGB alone.
    """

    weight: np.ndarray
    near: bool


def numbers(features: np.ndarray, rgb: Optional[np.ndarray], near: bool) -> np.ndarray:
    """What a head makes each pixel of: (H, W, C) and (H, W, 3) → (H·W, F) float32."""
    parts = _around(features) if near else [features]
    if rgb is not None:
        parts = parts + _around(rgb)
    return np.concatenate(parts, axis=2).reshape(features.shape[0] * features.shape[1], -1)


def is_near(channels: int, colours: int) -> bool:
    """Whether there is room for the neighbours of all channels."""
    return 9 * (channels + colours) <= WIDEST


def apply_head(head: Head, features: np.ndarray, rgb: Optional[np.ndarray]) -> np.ndarray:
    """The small picture, (H, W, 3 or 4) uint8."""
    levels = numbers(features, rgb, head.near) @ head.weight[:-1] + head.weight[-1]
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8).reshape(features.shape[:2] + (-1,))


class Solver:
    """Sums up pixels, picture by picture, and solves for the head. rows: pixels of a picture that count."""

    def __init__(self, near: bool, rows: int = 2048) -> None:
        self.near, self._rows = near, rows
        self._inner: Optional[np.ndarray] = None
        self._outer: Optional[np.ndarray] = None

    def add(self, features: np.ndarray, rgb: Optional[np.ndarray], target: np.ndarray) -> None:
        """One picture: features (H, W, C), its RGB or None, and (H, W, 3 or 4) levels that are wanted."""
        x = numbers(features, rgb, self.near)
        y = target.reshape(len(x), -1)
        step = max(1, len(x) // self._rows)
        if step > 1:  # an odd step meets every column
            step += 1 - step % 2
        x, y = x[::step].astype(np.float64), y[::step].astype(np.float64)
        x = np.concatenate([x, np.ones((len(x), 1))], axis=1)
        inner, outer = x.T @ x, x.T @ y
        self._inner = inner if self._inner is None else self._inner + inner
        self._outer = outer if self._outer is None else self._outer + outer

    def head(self) -> Head:
        """The least-squares head of what was added."""
        if self._inner is None or self._outer is None:
            raise ValueError("nothing was added")
        scale = np.sqrt(np.diag(self._inner))
        scale[scale == 0] = 1
        inner = self._inner / np.outer(scale, scale)
        inner[np.diag_indices(len(inner) - 1)] += RIDGE
        solved = np.linalg.solve(inner + 1e-12 * np.eye(len(inner)), self._outer / scale[:, None])
        return Head((solved / scale[:, None]).astype(np.float32), self.near)


def as_map(value: np.ndarray, size: Tuple[int, int], channels_last: bool) -> np.ndarray:
    """A feature map as the graph keeps it, (1, …), as (H, W, C) of the picture alone, without a margin."""
    value = value[0] if channels_last else value[0].transpose(1, 2, 0)
    top, left = ((value.shape[axis] - size[axis]) // 2 for axis in (0, 1))
    return value[top : top + size[0], left : left + size[1]]


def reduced(image: np.ndarray, size: Tuple[int, int]) -> np.ndarray:
    """A picture (H, W, C) uint8 reduced to a size that divides its own, by means of squares: float32."""
    H, W, C = image.shape
    h, w = size
    return image.reshape(h, H // h, w, W // w, C).mean(axis=(1, 3), dtype=np.float32)


def _around(values: np.ndarray) -> List[np.ndarray]:
    """(H, W, C) moved by one pixel in all directions; at the edges it repeats itself."""
    H, W = values.shape[:2]
    padded = np.pad(values, ((1, 1), (1, 1), (0, 0)), mode="edge")
    return [padded[y : y + H, x : x + W] for y in range(3) for x in range(3)]
