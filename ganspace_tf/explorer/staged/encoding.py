"""Pictures as they travel: JPEG, or PNG where they are exact and small."""

from __future__ import annotations

import io
from typing import NamedTuple, Tuple, Union

import numpy as np
from PIL import Image

JPEG, PNG = 0, 1  # encodings
SMALL = 128 * 128  # pixels up to which an exact picture travels as it is
MOVING_QUALITY, STILL_QUALITY = 85, 95


class Encoded(NamedTuple):
    """A picture as bytes of an encoding. shape: (H, W), where an array has it too."""

    data: bytes
    encoding: int
    shape: Tuple[int, int]

    @property
    def nbytes(self) -> int:
        return len(self.data)


Picture = Union[np.ndarray, Encoded]


def encode(pixels: Picture, exact: bool) -> Encoded:
    """Pixels (H, W, 1, 3 or 4) uint8 as they travel; one that is encoded already stays as it is."""
    if isinstance(pixels, Encoded):
        return pixels
    pixels = np.asarray(pixels, np.uint8)
    H, W = pixels.shape[:2]
    encoding = PNG if exact and H * W <= SMALL else JPEG
    return Encoded(encoded(pixels, encoding, STILL_QUALITY if exact else MOVING_QUALITY), encoding, (H, W))


def decode(picture: Picture) -> np.ndarray:
    """Pixels (H, W, 3 or 4) uint8 again, as near as the encoding keeps them."""
    if not isinstance(picture, Encoded):
        return picture
    with Image.open(io.BytesIO(picture.data)) as image:
        return np.asarray(image.convert("RGBA" if image.mode == "RGBA" else "RGB"))


def encoded(pixels: np.ndarray, encoding: int, quality: int = STILL_QUALITY) -> bytes:
    """A picture (H, W, C) uint8 as JPEG (transparency on white) or PNG."""
    if pixels.ndim == 3 and pixels.shape[2] == 1:
        pixels = pixels[..., 0]
    image = Image.fromarray(np.ascontiguousarray(pixels))
    stream = io.BytesIO()
    if encoding == PNG:
        image.save(stream, "PNG", compress_level=1)
        return stream.getvalue()
    if image.mode == "RGBA":
        ground = Image.new("RGB", image.size, (255, 255, 255))
        ground.paste(image, mask=image.getchannel("A"))
        image = ground
    image.save(stream, "JPEG", quality=quality, subsampling=0 if quality > 90 else 2)
    return stream.getvalue()
