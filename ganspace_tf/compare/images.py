"""Two pictures, subpixel by subpixel: how many levels apart, on how many, and where."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import asdict, dataclass
from typing import Any, Dict, Iterator, Optional, Tuple

import numpy as np

from ganspace_tf.errors import GanspaceError
from ganspace_tf.render import layout

STRIP_PIXELS = 1 << 20  # of a picture that are looked at together


@dataclass(frozen=True)
class ImageDelta:
    """What differs between two pictures of one size. Levels are steps of uint8, 0 to 255.

    subpixels: numbers compared. differing: how many are not equal. largest, mean: absolute difference in
    levels, the mean over all subpixels. place: (frame, row, column, channel) of a largest difference, None
    where all is equal.
    """

    subpixels: int
    differing: int
    largest: int
    mean: float
    place: Optional[Tuple[int, int, int, int]] = None

    @property
    def equal_share(self) -> float:
        """Share of the subpixels that are equal: 1.0 only if all of them are."""
        return (self.subpixels - self.differing) / self.subpixels

    def within(self, tolerance: float, share: float = 0.0) -> bool:
        """Whether no subpixel is more than `tolerance` levels off, and at least `share` of them are equal."""
        return self.largest <= tolerance and self.equal_share >= share

    def to_json(self) -> Dict[str, Any]:
        """The fields and the share, as JSON values."""
        facts = OrderedDict(asdict(self), equal_share=self.equal_share)
        facts["place"] = None if self.place is None else list(self.place)
        return facts


class Tally:
    """Sums up differences, a part of two pictures at a time."""

    def __init__(self) -> None:
        self._pixels = self._differing = self._sum = self._largest = 0
        self._clear = False
        self._place: Optional[Tuple[int, int, int, int]] = None

    def add(self, a: np.ndarray, b: np.ndarray, frame: int = 0, row: int = 0) -> None:
        """Rows of both pictures, (h, W, 3 or 4) uint8, from `row` of `frame` on."""
        channels = max(a.shape[-1], b.shape[-1])
        self._clear = self._clear or channels == 4
        self._pixels += a.shape[0] * a.shape[1]
        delta = _apart(_with_channels(a, channels), _with_channels(b, channels))
        largest = int(delta.max())
        if not largest:
            return
        self._differing += int(np.count_nonzero(delta))
        self._sum += int(delta.sum(dtype=np.int64))
        if largest > self._largest:
            down, column, channel = (int(i) for i in np.unravel_index(int(delta.argmax()), delta.shape))
            self._largest, self._place = largest, (frame, row + down, column, channel)

    def delta(self) -> ImageDelta:
        """What was found. Transparency counts where any part of either picture had some."""
        subpixels = self._pixels * (4 if self._clear else 3)
        return ImageDelta(subpixels, self._differing, self._largest, self._sum / subpixels, self._place)


def compare_images(a: np.ndarray, b: np.ndarray) -> ImageDelta:
    """Differences of two pictures (H, W, C) or films (S, H, W, C), uint8.

    A picture without transparency equals one that is opaque everywhere. Raises GanspaceError for pictures
    of two sizes.
    """
    first, second = _frames(a), _frames(b)
    check_sizes(first.shape[:3], second.shape[:3])
    tally, rows = Tally(), rows_at_a_time(first.shape[2])
    for frame in range(len(first)):
        for row in range(0, first.shape[1], rows):
            part = slice(row, row + rows)
            tally.add(first[frame, part], second[frame, part], frame, row)
    return tally.delta()


def rows_at_a_time(width: int) -> int:
    """How many rows of this width are looked at together."""
    return max(1, STRIP_PIXELS // width)


def check_sizes(a: Tuple[int, ...], b: Tuple[int, ...]) -> None:
    """Raises GanspaceError for two sizes, each (frames, height, width)."""
    if a != b:
        raise GanspaceError("the pictures have two sizes, {} and {}".format(_size(a), _size(b)))


def difference_picture(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Both pictures and their difference side by side, (H, 3 W + gaps, 3) uint8; of films the frame that
    differs most.

    The difference is black where they are equal; its largest value is drawn as 255, whatever it is.
    """
    first, second = _frames(a), _frames(b)
    place = compare_images(a, b).place
    frame = 0 if place is None else place[0]
    return side_by_side(iter([first[frame], second[frame]]))


def side_by_side(pictures: Iterator[np.ndarray]) -> np.ndarray:
    """`difference_picture` of two pictures (H, W, 3 or 4) of one size, taken one after the other."""
    picture = next(pictures)
    height, width = picture.shape[:2]
    step = width + layout.frame_gap(width)
    drawn = np.full((height, 2 * step + width, 3), layout.WHITE, np.uint8)
    first, second, apart = (drawn[:, k * step : k * step + width] for k in range(3))
    first[:] = picture[..., :3]
    del picture
    second[:] = next(pictures)[..., :3]
    rows = rows_at_a_time(width)
    parts = [slice(row, row + rows) for row in range(0, height, rows)]
    for part in parts:
        apart[part] = _apart(first[part], second[part])
    levels = np.round(np.arange(256) * (255 / max(1, int(apart.max()))))
    for part in parts:
        apart[part] = np.minimum(levels, 255).astype(np.uint8)[apart[part]]
    return drawn


def _apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """|a - b| of uint8, which would wrap around."""
    return np.maximum(a, b) - np.minimum(a, b)


def _frames(pixels: np.ndarray) -> np.ndarray:
    """As (S, H, W, C) uint8."""
    pixels = np.asarray(pixels)
    if (
        pixels.dtype != np.uint8
        or pixels.ndim not in (3, 4)
        or pixels.shape[-1] not in (3, 4)
        or not pixels.size
    ):
        raise GanspaceError(
            "a picture to compare is uint8 (H, W, 3 or 4), not {} {}".format(pixels.dtype, pixels.shape)
        )
    return pixels if pixels.ndim == 4 else pixels[None]


def _with_channels(pixels: np.ndarray, channels: int) -> np.ndarray:
    if pixels.shape[-1] == channels:
        return pixels
    return np.concatenate([pixels, np.full(pixels.shape[:-1] + (1,), 255, np.uint8)], axis=-1)


def _size(shape: Tuple[int, ...]) -> str:
    size = "{} × {} pixels".format(shape[2], shape[1])
    return size if shape[0] == 1 else "{} frames of {}".format(shape[0], size)
