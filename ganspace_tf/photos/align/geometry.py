"""Four points of a face → the square that FFHQ's pictures show of it, and the whole-number steps to it.

Karras, Laine, Aila (2019), "A Style-Based Generator Architecture for Generative Adversarial Networks",
appendix A, and the data set's description. Coordinates are pixels of the upright photo, x to the right, y
down, pixel centres at whole numbers. "Left" and "right" are those of the picture, not of the person.
"""

from __future__ import annotations

import math
from typing import NamedTuple, Optional, Tuple

import numpy as np

from ganspace_tf.errors import UsageError

EYES, EYES_TO_MOUTH, DOWN = 2.0, 1.8, 0.1  # half a side in these distances; the middle, from the eyes down
BORDER, LEAST_BORDER = 0.1, 3  # kept around the square, in sides and in pixels
PADDING = 0.3  # of a side, at least, where there is any
SPARED = 4  # pixels of the border that may be missing without padding
LEAST_SIDE = 2.0  # pixels
FARTHEST = 1e6  # pixels from the corner of the photo

Box = Tuple[int, int, int, int]  # left, top, right, bottom


class FacePoints(NamedTuple):
    """(2,) float64 each: middles of the eyes, corners of the mouth."""

    eye_left: np.ndarray
    eye_right: np.ndarray
    mouth_left: np.ndarray
    mouth_right: np.ndarray


class Frame(NamedTuple):
    """A square in a photo, turned as the face is. centre, x, y: (2,) float64; x and y go from the centre to
    the middles of its right and its lower side.
    """

    centre: np.ndarray
    x: np.ndarray
    y: np.ndarray

    @property
    def quad(self) -> np.ndarray:
        """(4, 2) corners: top left, bottom left, bottom right, top right."""
        c, x, y = self
        return np.stack([c - x - y, c - x + y, c + x + y, c + x - y])

    @property
    def side(self) -> float:
        """Length of a side in pixels."""
        return 2 * float(np.hypot(*self.x))

    @property
    def angle(self) -> float:
        """Degrees that the face is turned by, clockwise."""
        return math.degrees(math.atan2(self.x[1], self.x[0]))


class Plan(NamedTuple):
    """How a square is cut out. shrink: the photo is made smaller by this first, to `size` (width, height).
    border: pixels kept around the square. crop: what is cut out then, None for all. pad: pixels added left,
    top, right, bottom, None for none. quad: (4, 2) corners in what there is then, pixel centres at halves.
    """

    shrink: int
    size: Tuple[int, int]
    border: int
    crop: Optional[Box]
    pad: Optional[Box]
    quad: np.ndarray


def frame_of(points: FacePoints) -> Frame:
    """The square that FFHQ's alignment takes of a face. Raises UsageError for points that are no face's."""
    values = np.asarray(points, np.float64)
    if values.shape != (4, 2) or not np.isfinite(values).all() or np.abs(values).max() > FARTHEST:
        raise UsageError("the points of a face are four pairs of pixels, up to {:,.0f}".format(FARTHEST))
    eye_left, eye_right, mouth_left, mouth_right = values
    eyes, middle = eye_right - eye_left, (eye_left + eye_right) * 0.5
    mouth = (mouth_left + mouth_right) * 0.5 - middle
    if eyes[0] * mouth[1] - eyes[1] * mouth[0] <= 0:
        raise UsageError(
            "the points of a face are mirrored or lie on a line: left and right are those of the picture"
        )
    x = eyes - _turned(mouth)
    x *= max(EYES * np.hypot(*eyes), EYES_TO_MOUTH * np.hypot(*mouth)) / np.hypot(*x)
    frame = Frame(middle + DOWN * mouth, x, _turned(x))
    if frame.side < LEAST_SIDE:
        raise UsageError("a face of {:.2g} pixels is too small to cut out".format(frame.side))
    return frame


def _turned(vector: np.ndarray) -> np.ndarray:
    """By a quarter, from right to down."""
    return np.array([-vector[1], vector[0]])


def plan_for(quad: np.ndarray, size: Tuple[int, int], output: int) -> Plan:
    """The steps that cut a square out of a photo. quad: (4, 2). size: (width, height) of the photo. output:
    width of the result in pixels.
    """
    quad = np.asarray(quad, np.float64).copy()
    side = float(np.hypot(*(quad[3] - quad[0])))
    shrink = max(1, math.floor(side / output * 0.5))
    width, height = size
    if shrink > 1:
        width, height = (max(1, int(np.rint(length / shrink))) for length in size)
        quad /= shrink
        side /= shrink
    border = max(int(np.rint(side * BORDER)), LEAST_BORDER)
    left, top, right, bottom = _bounds(quad)
    box = (
        max(left - border, 0),
        max(top - border, 0),
        min(right + border, width),
        min(bottom + border, height),
    )
    after_shrink = (width, height)
    crop = box if box[2] - box[0] < width or box[3] - box[1] < height else None
    if crop is not None:
        quad -= crop[:2]
        width, height = crop[2] - crop[0], crop[3] - crop[1]
    left, top, right, bottom = _bounds(quad)
    missing = (-left + border, -top + border, right - width + border, bottom - height + border)
    pad = None
    if max(missing) > border - SPARED:
        least = int(np.rint(side * PADDING))
        pad = (
            max(missing[0], least),
            max(missing[1], least),
            max(missing[2], least),
            max(missing[3], least),
        )
        quad += pad[:2]
    return Plan(shrink, after_shrink, border, crop, pad, quad + 0.5)


def seen_quad(plan: Plan, size: Tuple[int, int]) -> np.ndarray:
    """The square (4, 2) that a plan really shows of a photo of this (width, height).

    The published steps divide coordinates by `shrink` where pixel centres would have to move too, and sizes
    are rounded: of a photo that is shrunk by s, what is shown lies up to (s + 1) / 2 of its pixels beside the
    square. What goes back into the photo has to go where it came from.
    """
    quad = np.array(plan.quad)
    if plan.pad is not None:
        quad -= plan.pad[:2]
    if plan.crop is not None:
        quad += plan.crop[:2]
    return quad * (size[0] / plan.size[0], size[1] / plan.size[1]) - 0.5


def _bounds(quad: np.ndarray) -> Box:
    """The smallest box of whole numbers around a quad."""
    (left, top), (right, bottom) = np.floor(quad.min(axis=0)), np.ceil(quad.max(axis=0))
    return int(left), int(top), int(right), int(bottom)


def outside_share(quad: np.ndarray, size: Tuple[int, int]) -> float:
    """Which part of a square lies outside a photo of this (width, height): 0 to 1."""
    inside = np.asarray(quad, np.float64) + 0.5
    whole = _area(inside)
    for axis, limit in ((0, size[0]), (1, size[1])):
        inside = _clipped(inside, axis, 0.0, 1.0)
        inside = _clipped(inside, axis, float(limit), -1.0)
    return float(min(1.0, max(0.0, 1 - _area(inside) / whole)))


def _clipped(polygon: np.ndarray, axis: int, limit: float, sign: float) -> np.ndarray:
    """The part of a convex polygon (n, 2) where sign * (coordinate - limit) is not negative."""
    kept = []
    for here, after in zip(polygon, np.roll(polygon, -1, axis=0)):
        a, b = sign * (here[axis] - limit), sign * (after[axis] - limit)
        if a >= 0:
            kept.append(here)
        if (a < 0) != (b < 0):
            kept.append(here + (after - here) * (a / (a - b)))
    return np.array(kept).reshape(-1, 2)


def _area(polygon: np.ndarray) -> float:
    x, y = polygon[:, 0], polygon[:, 1]
    return abs(float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum())) / 2
