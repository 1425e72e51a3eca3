"""Masks: pictures whose white says what of a photo counts, grey what counts in part."""

from __future__ import annotations

from typing import NamedTuple, Tuple

import numpy as np
from PIL import Image

from ganspace_tf.errors import FileError
from ganspace_tf.photos.reading import read_photo

LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601, as Pillow's "L"


class Mask(NamedTuple):
    """weights: (H, W) uint8, 255 where the photo counts. sha256: of the file."""

    weights: np.ndarray
    sha256: str


def read_mask(path: str) -> Mask:
    """The mask in a picture's file; what is clear in it counts as black. Raises FileError for what is no
    picture, and for one that is black everywhere.
    """
    photo = read_photo(path)
    grey = photo.pixels.astype(np.float64) @ LUMA
    if photo.alpha is not None:
        grey *= photo.alpha / 255.0
    weights = np.round(grey).astype(np.uint8)
    if not weights.any():
        raise FileError("{}: the mask is black everywhere; what counts is white".format(path))
    return Mask(weights, photo.sha256)


def resized(weights: np.ndarray, shape: Tuple[int, ...]) -> np.ndarray:
    """Weights (h, w) uint8 at another size (H, W), each the mean of those that it covers."""
    if weights.shape == shape:
        return weights
    return np.asarray(Image.fromarray(weights).resize(shape[::-1], Image.BOX))
