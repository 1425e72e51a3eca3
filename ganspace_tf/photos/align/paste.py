"""A picture back into the photo that it was cut out of: the way back of `resample`.

Arrays in, arrays out. What lies outside the square stays as it is, to the bit; inside, the picture fades in
from the square's edges, so that no seam is seen.
"""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Tuple

import numpy as np
from PIL import Image

from ganspace_tf import fields
from ganspace_tf.errors import FileError
from ganspace_tf.photos.align.aligned import Place, checked, place_of
from ganspace_tf.photos.reading import Photo

FEATHER = 0.1  # of a side: how far from its edges a picture fades in


class _Window(NamedTuple):
    """Part of a photo that a square touches. box: left, top, right, bottom. share: (h, w) 0 to 1, how
    much of the picture is seen there. to_picture: x, y of the part → x, y of a picture with a side of 1, as
    the six numbers of an affine map, pixel edges at whole numbers.
    """

    box: Tuple[int, int, int, int]
    share: np.ndarray
    to_picture: np.ndarray


def paste(
    photo: np.ndarray,
    picture: np.ndarray,
    quad: np.ndarray,
    mask: Optional[np.ndarray] = None,
    feather: float = FEATHER,
) -> np.ndarray:
    """A photo (H, W, 3) uint8 with a picture (h, w, 3) uint8 in the square `quad` (4, 2) of it.

    quad: as `Place.quad`; any parallelogram. mask: (H, W) uint8, of the photo, 255 where the picture is seen,
    0 where the photo stays; None for everywhere. feather: in sides.
    """
    pasted = photo.copy()
    window = _window(photo.shape, quad, feather)
    if window is None:
        return pasted
    left, top, right, bottom = window.box
    share = window.share
    if mask is not None:
        share = share * (mask[top:bottom, left:right] / np.float32(255))
    part = pasted[top:bottom, left:right]
    for k in range(part.shape[2]):
        values = part[..., k].astype(np.float32)
        fresh = _placed(picture[..., k].astype(np.float32), window, quad)
        part[..., k] = np.clip(np.rint(values + (fresh - values) * share), 0, 255)
    return pasted


def mask_in_photo(mask: np.ndarray, quad: np.ndarray, shape: Tuple[int, ...]) -> np.ndarray:
    """A mask (h, w) uint8 of the picture in the square `quad` as one of the photo (H, W): black outside."""
    whole = np.zeros(shape, np.uint8)
    window = _window(shape, quad, 0.0)
    if window is not None:
        left, top, right, bottom = window.box
        placed = _placed(mask.astype(np.float32), window, quad) * window.share
        whole[top:bottom, left:right] = np.clip(np.rint(placed), 0, 255)
    return whole


class RowPlaces(NamedTuple):
    """Of a row of latents. picture: where the picture that was projected lies in the photo. size: (width,
    height) of that picture. seen: the part of it in the shape of the network, which is drawn."""

    picture: Place
    size: Tuple[int, int]
    seen: Place


def places_of_row(facts: Dict[str, Any]) -> RowPlaces:
    """Where a projected picture goes, by what a file of latents says of it (`records.Record.rows`).

    A picture that `ganspace align` made goes into the photo that it was cut out of; any other into itself,
    where it was cut to the shape of the network. Raises FileError for what cannot be right.
    """
    for name, kind in (("size", List[int]), ("box", List[int]), ("sha256", str)):
        if not fields.fits(facts.get(name), kind):
            raise FileError("the latents do not say where their picture was: {} is missing".format(name))
    size, box = facts["size"], facts["box"]
    if len(size) != 2 or len(box) != 4 or min(size) < 1:
        raise FileError("the latents have a wrong size or box of their picture")
    if isinstance(facts.get("align"), dict):
        outer = place_of(facts["align"])
    else:
        corners = [(0, 0), (0, size[1]), (size[0], size[1]), (size[0], 0)]
        turn = facts.get("exif_turn", 1)
        turn = turn if fields.fits(turn, int) else 1
        outer = Place(facts["sha256"], turn, (size[0], size[1]), np.array(corners, np.float64) - 0.5)
    left, top, right, bottom = np.array(box) / [size[0], size[1], size[0], size[1]]
    x, y = outer.quad[3] - outer.quad[0], outer.quad[1] - outer.quad[0]
    shares = np.array([(left, top), (left, bottom), (right, bottom), (right, top)])
    seen = checked(outer._replace(quad=outer.quad[0] + shares[:, :1] * x + shares[:, 1:] * y))
    return RowPlaces(outer, (size[0], size[1]), seen)


def check_photo(photo: Photo, place: Place, name: str) -> None:
    """Refuse a photo that is not the one a picture was cut out of. Raises FileError, which names it."""
    size = (photo.pixels.shape[1], photo.pixels.shape[0])
    if size != place.size:
        raise FileError(
            "{} has {} × {} pixels, the photo that was aligned has {} × {}".format(name, *size, *place.size)
        )


def _window(shape: Tuple[int, ...], quad: np.ndarray, feather: float) -> Optional[_Window]:
    """Where a square lies in a photo (H, W, …); None where it does not."""
    corners = quad + 0.5
    low = np.maximum(np.floor(corners.min(axis=0)), 0).astype(int)
    high = np.minimum(np.ceil(corners.max(axis=0)), (shape[1], shape[0])).astype(int)
    if (high <= low).any():
        return None
    x, y, origin = corners[3] - corners[0], corners[1] - corners[0], corners[0] - low
    inverse = np.linalg.inv(np.stack([x, y], axis=1))
    shift = -inverse @ origin
    to_picture = np.array([*inverse[0], shift[0], *inverse[1], shift[1]])
    down, across = np.mgrid[: high[1] - low[1], : high[0] - low[0]].astype(np.float32) + np.float32(0.5)
    u = to_picture[0] * across + to_picture[1] * down + to_picture[2]
    v = to_picture[3] * across + to_picture[4] * down + to_picture[5]
    inside = np.minimum(np.minimum(u, 1 - u), np.minimum(v, 1 - v))
    share = np.clip(inside / max(feather, 1e-6), 0, 1)
    share = (share * share * (3 - 2 * share)).astype(np.float32)  # without a crease at either end
    return _Window((low[0], low[1], high[0], high[1]), share, to_picture)


def _placed(channel: np.ndarray, window: _Window, quad: np.ndarray) -> np.ndarray:
    """One channel (h, w) float32 of a picture as the part of the photo shows it, float32."""
    sides = [float(np.hypot(*(quad[corner] - quad[0]))) for corner in (3, 1)]
    image = Image.fromarray(channel)
    small = tuple(max(1, round(min(side, length))) for side, length in zip(sides, image.size))
    if small != image.size:  # smaller in the photo: what would fall between its pixels is averaged first
        image = image.resize(small, Image.LANCZOS)
    left, top, right, bottom = window.box
    numbers = [float(value) * image.size[k // 3] for k, value in enumerate(window.to_picture)]
    padded = Image.fromarray(np.pad(np.asarray(image), 2, mode="edge"))  # bicubic looks two pixels around
    numbers[2] += 2
    numbers[5] += 2
    return np.asarray(padded.transform((right - left, bottom - top), Image.AFFINE, numbers, Image.BICUBIC))
