"""Two pictures, subpixel by subpixel: how many levels apart, on how many, and where."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import asdict, dataclass
from typing import Any, Dict, Optional, Tuple

import numpy as np

from ganspace_tf.errors import GanspaceError
from ganspace_tf.render import layout


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


def compare_images(a: np.ndarray, b: np.ndarray) -> ImageDelta:
    """Differences of two pictures (H, W, C) or films (S, H, W, C), uint8.

    A picture without transparency equals one that is opaque everywhere. Raises GanspaceError for pictures
    of two sizes.
    """
    first, second = _frames(a), _frames(b)
    if first.shape[:3] != second.shape[:3]:
        raise GanspaceError(
            "the pictures have two sizes, {} and {}".format(_size(first.shape), _size(second.shape))
        )
    channels = max(first.shape[3], second.shape[3])
    delta = np.abs(_with_channels(first, channels).astype(np.int16) - _with_channels(second, channels))
    largest = int(delta.max())
    place = None
    if largest:
        frame, row, column, channel = (int(i) for i in np.unravel_index(int(delta.argmax()), delta.shape))
        place = (frame, row, column, channel)
    return ImageDelta(delta.size, int(np.count_nonzero(delta)), largest, float(delta.mean()), place)


def difference_picture(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Both pictures and their difference side by side, (H, 3 W + gaps, 3) uint8; of films the frame that
    differs most.

    The difference is black where they are equal; its largest value is drawn as 255, whatever it is.
    """
    first, second = _frames(a), _frames(b)
    delta = compare_images(a, b)
    frame = 0 if delta.place is None else delta.place[0]
    first, second = (pixels[frame, :, :, :3] for pixels in (first, second))
    apart = np.abs(first.astype(np.float32) - second)
    drawn = np.round(apart * (255 / max(1.0, float(apart.max())))).astype(np.uint8)
    return layout.strip(np.stack([first, second, drawn]))


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
