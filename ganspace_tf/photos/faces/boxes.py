"""The numbers of BlazeFace's short-range detector as boxes (Bazarevsky et al. 2019, arXiv:1907.05047).

Arrays in, arrays out. Lengths are shares of the detector's square picture, x to the right, y down.
"""

from __future__ import annotations

from typing import NamedTuple, Sequence, Tuple

import numpy as np

INPUT = 128  # pixels of the detector's picture, and the unit of its numbers
GRIDS = ((16, 2), (8, 6))  # cells along a side, anchors in each
KEYPOINTS = 6  # the eyes (left of the picture first), nose, mouth, ears
LOUDEST = 100.0  # raw scores are clipped, so that exp stays finite
OVERLAP = 0.3  # boxes that share more than this of their union are of one face


class Boxes(NamedTuple):
    """corners: (n, 4) left, top, right, bottom. keypoints: (n, 6, 2). scores: (n,) 0 to 1."""

    corners: np.ndarray
    keypoints: np.ndarray
    scores: np.ndarray

    def moved(self, by: Sequence[float], scale: float) -> Boxes:
        """In a plane where the unit is `scale` long and the corner lies at `by` (x, y)."""
        x, y = by
        corners = self.corners * scale + (x, y, x, y)
        return Boxes(corners, self.keypoints * scale + (x, y), self.scores)

    def chosen(self, which: np.ndarray) -> Boxes:
        """Some of them, by number or by mask."""
        return Boxes(*(values[which] for values in self))


def anchors() -> np.ndarray:
    """(896, 2) places that boxes are told from: middles of cells, row by row."""
    found = []
    for cells, each in GRIDS:
        middles = (np.arange(cells) + 0.5) / cells
        y, x = np.meshgrid(middles, middles, indexing="ij")
        found.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), each, axis=0))
    return np.concatenate(found)


def sigmoid(raw: np.ndarray) -> np.ndarray:
    """Raw scores as 0 to 1."""
    return 1 / (1 + np.exp(-np.clip(np.asarray(raw, np.float64), -LOUDEST, LOUDEST)))


def decoded(numbers: np.ndarray, raw_scores: np.ndarray) -> Boxes:
    """The boxes of one picture from the detector's numbers (896, 16) and raw scores (896,)."""
    places = anchors()
    values = np.asarray(numbers, np.float64).reshape(len(places), -1, 2) / INPUT
    centre, size = values[:, 0] + places, values[:, 1]
    corners = np.concatenate([centre - size / 2, centre + size / 2], axis=1)
    return Boxes(corners, values[:, 2:] + places[:, None], sigmoid(raw_scores))


def joined(several: Sequence[Boxes]) -> Boxes:
    """Boxes of several pictures as one."""
    return Boxes(*(np.concatenate(parts) for parts in zip(*several)))


def merged(boxes: Boxes) -> Boxes:
    """One box a face, the best first: boxes that overlap become their mean, weighted by their scores, with
    the best one's score.
    """
    corners, keypoints, scores = [], [], []
    left = np.argsort(-boxes.scores, kind="stable")
    while len(left):
        same = overlaps(boxes.corners[left[0]], boxes.corners[left]) > OVERLAP
        same[0] = True
        group = boxes.chosen(left[same])
        weights = group.scores / group.scores.sum()
        corners.append(np.tensordot(weights, group.corners, 1))
        keypoints.append(np.tensordot(weights, group.keypoints, 1))
        scores.append(group.scores[0])
        left = left[~same]
    shapes = ((-1, 4), (-1, KEYPOINTS, 2), (-1,))
    return Boxes(*(np.reshape(v, shape) for v, shape in zip((corners, keypoints, scores), shapes)))


def overlaps(one: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Of a box (4,) and each of (n, 4): the area that both share, as a share of the area of either."""
    low, high = np.maximum(one[:2], others[:, :2]), np.minimum(one[2:], others[:, 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=1)
    areas = np.prod(np.maximum(others[:, 2:] - others[:, :2], 0), axis=1)
    union = np.prod(np.maximum(one[2:] - one[:2], 0)) + areas - shared
    return shared / np.maximum(union, 1e-12)


def tiles(size: Tuple[int, int], levels: int) -> np.ndarray:
    """Squares (n, 3) left, top, side that cover a picture of this (width, height): the whole in one, then
    squares of a half, a quarter, … of its longer side, which overlap by a half.
    """
    longest, found = float(max(size)), []
    for level in range(levels):
        side = longest / 2**level
        starts = []
        for length in size:
            count = 1 + int(np.ceil(max(0.0, length - side) / (side / 2) - 1e-9))
            free = length - side
            starts.append(np.linspace(0, free, count) if free > 0 else np.array([free / 2]))
        found += [(x, y, side) for y in starts[1] for x in starts[0]]
    return np.array(found)
