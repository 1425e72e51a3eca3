"""A photo as a projection wants it: pixels of the network's size, and where they count.

Never stretched: the middle is cut out in the network's aspect, then resampled. What is clear in the photo, or
black in a mask, does not count.
"""

from __future__ import annotations

import os
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import numpy as np
from PIL import Image

from ganspace_tf.errors import FileError, UsageError
from ganspace_tf.photos.masks import LUMA, read_mask, resized
from ganspace_tf.photos.reading import Photo, read_photo
from ganspace_tf.photos.records import LONGEST_NAME
from nvlabs.plain_text import one_line

MOST_CUT = 0.5  # of a photo: where more would be cut off, its user has to say what is meant
EQUAL_ASPECT = 0.02  # differences of aspect that are not worth a word


class Target(NamedTuple):
    """pixels: (H, W, C) uint8 of the network's size. mask: (1, H, W) float32 from 0 to 1; None where all
    counts. name: of the file, without its folder. facts: for the record of the latents. notes: for people.
    """

    pixels: np.ndarray
    mask: Optional[np.ndarray]
    name: str
    facts: Dict[str, Any]
    notes: List[str]

    @property
    def images(self) -> np.ndarray:
        """(C, H, W) float32 in [-1, 1], as the network would draw it."""
        return (self.pixels.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)

    @property
    def weights(self) -> np.ndarray:
        """The mask (1, H, W), ones where there is none."""
        return np.ones((1, *self.pixels.shape[:2]), np.float32) if self.mask is None else self.mask

    def error_of(self, pixels: np.ndarray) -> float:
        """Mean square difference of a picture (H, W, C) uint8 under the mask, of values from 0 to 255."""
        away = np.square(pixels.astype(np.float64) - self.pixels).mean(axis=2)
        return float((away * self.weights[0]).sum() / self.weights.sum(dtype=np.float64))


def decibels(error: float, peak: float = 255.0) -> float:
    """PSNR of a mean square error; at most 100, which stands for equal pictures."""
    return 100.0 if error <= peak**2 * 1e-10 else float(10 * np.log10(peak**2 / error))


def read_target(path: str, gen: Any, mask: Optional[str] = None) -> Target:
    """The target of a photo for a generator.

    mask: a picture whose white counts, as large as the photo or resampled to it; by default what is opaque
    counts. Raises FileError for what is no picture, for a mask that leaves nothing, for a photo more than
    half of which would be cut off; UsageError for a network that is neither grey nor RGB.
    """
    channels, height, width = gen.image_shape
    if channels not in (1, 3):
        raise UsageError("{} draws {} channels; photos have 1 or 3".format(gen.name, channels))
    photo = read_photo(path)
    name, notes = one_line(os.path.basename(path), LONGEST_NAME), list(photo.notes)
    box = _box(photo, path, (width, height), notes)
    pixels = _resampled(photo.pixels, box, (width, height))
    if min(box[2] - box[0], box[3] - box[1]) < min(width, height):
        notes.append("smaller than {} × {}: enlarged".format(width, height))
    if channels == 1:
        pixels = np.round(pixels.astype(np.float64) @ LUMA)[..., None].astype(np.uint8)
    facts: Dict[str, Any] = {"name": name, "sha256": photo.sha256, "size": _size(photo.pixels)}
    if photo.exif_turn != 1:
        facts["exif_turn"] = photo.exif_turn
    facts["box"] = list(box)
    weights = None if photo.alpha is None else photo.alpha
    if mask is not None:
        weights = resized(read_mask(mask).weights, photo.pixels.shape[:2])
        facts["mask"] = one_line(os.path.basename(mask), LONGEST_NAME)
    elif weights is not None:
        notes.append("what is clear in it does not count")
    small = None if weights is None else _resampled(weights, box, (width, height)) / np.float32(255)
    if small is not None and not small.any():
        raise FileError(
            "{}: nothing is left to project: the mask is black there".format(path)
            if mask is not None
            else "{}: nothing is left to project: all of it is clear".format(path)
        )
    return Target(pixels, None if small is None else small[None].astype(np.float32), name, facts, notes)


def _size(pixels: np.ndarray) -> List[int]:
    return [int(pixels.shape[1]), int(pixels.shape[0])]


def _box(photo: Photo, path: str, size: Tuple[int, int], notes: List[str]) -> Tuple[int, int, int, int]:
    """What is cut out, (left, top, right, bottom): the middle in the aspect of (width, height)."""
    height, width = photo.pixels.shape[:2]
    scale = min(width / size[0], height / size[1])
    wide, high = (min(side, max(1, round(part * scale))) for side, part in zip((width, height), size))
    kept = wide * high / (width * height)
    if kept < MOST_CUT:
        raise FileError(
            "{} is {} × {} pixels, the network draws {} × {}: its middle alone would be {:.0%} of it; cut it "
            "first, or for a face `ganspace align {} --size {}`".format(
                path, width, height, *size, kept, path, max(size)
            )
        )
    if kept < 1 - EQUAL_ASPECT:
        notes.append("{} × {} pixels: the middle, {} × {}, is taken".format(width, height, wide, high))
    left, top = (width - wide) // 2, (height - high) // 2
    return left, top, left + wide, top + high


def _resampled(pixels: np.ndarray, box: Tuple[int, int, int, int], size: Tuple[int, int]) -> np.ndarray:
    """Part of a picture (H, W[, 3]) uint8 at another size, by Lanczos where it changes."""
    left, top, right, bottom = box
    part = np.ascontiguousarray(pixels[top:bottom, left:right])
    if part.shape[:2] == size[::-1]:
        return part
    return np.asarray(Image.fromarray(part).resize(size, Image.LANCZOS))
