"""Frames of an edit in the photos that their latents were found for.

A recipe keeps where the photo and its masks were, their SHA-256 and the places in it; `ganspace replay` needs
these files.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from ganspace_tf import fields
from ganspace_tf.errors import FileError
from ganspace_tf.photos.align.aligned import Place, checked, place_of
from ganspace_tf.photos.align.paste import check_photo, mask_in_photo, paste
from ganspace_tf.photos.masks import Mask, read_mask
from ganspace_tf.photos.reading import Photo, read_photo
from nvlabs.reading.shown import show

Packed = Dict[str, Any]  # JSON values
WANTED: Dict[str, Any] = {"photo": str, "sha256": str, "places": List[Dict[str, Any]]}
WANTED_OF_MASK: Dict[str, Any] = {"file": str, "sha256": str}


class MaskedPlace(NamedTuple):
    """place: of a picture. file: of the mask, None without; mask: that of the photo (H, W), 255 where the
    picture is seen. lies_on: the quad (4, 2) of the picture that the mask is of; None for one of the photo.
    """

    place: Place
    file: Optional[str] = None
    mask: Optional[np.ndarray] = None
    sha256: Optional[str] = None
    lies_on: Optional[np.ndarray] = None


class Pasted(NamedTuple):
    """photo: what frames go into. places: one for all rows, or one for each."""

    photo: Photo
    places: List[MaskedPlace]

    def frames(self, cells: np.ndarray, shown: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """Frames (rows, S, h, w, 3 or 4) uint8 of several rows as photos (rows, S, H, W, 3) uint8.

        Rows lie as often behind one another as there are several of each latent. shown: makes a frame
        (1, H, W, 3) as large as it is to be, at once: photos are large.
        """
        each = len(cells) // len(self.places)
        rows = []
        for number, strip in enumerate(cells):
            at = self.places[number // each]
            pasted = [
                shown(paste(self.photo.pixels, frame[..., :3], at.place.quad, at.mask)[None])[0]
                for frame in strip
            ]
            rows.append(np.stack(pasted))
        return np.stack(rows)


def masked(
    place: Place, file: str, mask: Mask, shape: Tuple[int, ...], lies_on: Optional[np.ndarray]
) -> MaskedPlace:
    """A place with a mask. shape: (H, W) of the photo. lies_on: see `MaskedPlace`. Raises FileError for a
    mask that leaves nothing of the picture.
    """
    weights = mask.weights if lies_on is None else mask_in_photo(mask.weights, lies_on, shape)
    if weights.shape != tuple(shape):
        raise FileError("{} is no longer as large as the photo".format(file))
    white = np.full((1, 1, 1), 255, np.uint8)
    if not paste(np.zeros((*shape, 1), np.uint8), white, place.quad, weights).any():
        raise FileError("{}: nothing is left to paste: the mask is black there".format(file))
    return MaskedPlace(place, file, weights, mask.sha256, lies_on)


def pack_paste(path: str, photo: Photo, places: Sequence[MaskedPlace]) -> Packed:
    """What a recipe says of it."""
    kept = []
    for one in places:
        place = one.place
        values = OrderedDict(
            sha256=place.sha256,
            exif_turn=place.exif_turn,
            size=list(place.size),
            seen=_listed(place.quad),
        )
        if one.file is not None:
            lies_on = None if one.lies_on is None else _listed(one.lies_on)
            values["mask"] = OrderedDict(file=one.file, sha256=one.sha256, lies_on=lies_on)
        kept.append(values)
    return OrderedDict(photo=path, sha256=photo.sha256, places=kept)


def open_paste(packed: Packed, rows: int) -> Pasted:
    """The inverse of `pack_paste`, for so many latents. Raises FileError for what cannot be right, and for a
    photo or a mask that is gone or another one now.
    """
    _check(packed, WANTED)
    places = [place_of(place) for place in packed["places"]]
    if len(places) not in (1, rows) or not places:
        raise FileError("the recipe has {} places for {} latents".format(len(places), rows))
    photo = read_photo(packed["photo"])
    if photo.sha256 != packed["sha256"]:
        raise FileError("{} is not the recipe's photo: its SHA-256 is another".format(packed["photo"]))
    for place in places:
        check_photo(photo, place, packed["photo"])
    kept = [_with_mask(place, values, photo) for place, values in zip(places, packed["places"])]
    return Pasted(photo, kept)


def _with_mask(place: Place, values: Packed, photo: Photo) -> MaskedPlace:
    told = values.get("mask")
    if told is None:
        return MaskedPlace(place)
    _check(told, WANTED_OF_MASK)
    lies_on = told.get("lies_on")
    if lies_on is not None:
        if not fields.fits(lies_on, List[List[float]]) or [len(pair) for pair in lies_on] != [2] * 4:
            raise FileError("the recipe has a wrong place of its mask: {}".format(show(lies_on)))
        lies_on = checked(place._replace(quad=np.array(lies_on, np.float64))).quad
    mask = read_mask(told["file"])
    if mask.sha256 != told["sha256"]:
        raise FileError("{} is not the recipe's mask: its SHA-256 is another".format(told["file"]))
    return masked(place, told["file"], mask, photo.pixels.shape[:2], lies_on)


def _check(packed: Any, wanted: Dict[str, Any]) -> None:
    for name, kind in wanted.items():
        value = packed.get(name) if isinstance(packed, dict) else None
        if not fields.fits(value, kind):
            raise FileError("the recipe has a wrong {} to paste into: {}".format(name, show(value)))


def _listed(quad: np.ndarray) -> List[List[float]]:
    return [[float(value) for value in corner] for corner in quad]
