"""Frames of an edit in the photos that their latents were found for.

A recipe keeps where the photo was, its SHA-256 and the places in it; `ganspace replay` needs the photo.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Callable, Dict, List, NamedTuple, Sequence

import numpy as np

from ganspace_tf import fields
from ganspace_tf.errors import FileError
from ganspace_tf.photos.align.aligned import Place, place_of
from ganspace_tf.photos.align.paste import check_photo, paste
from ganspace_tf.photos.reading import Photo, read_photo
from nvlabs.reading.shown import show

Packed = Dict[str, Any]  # JSON values
WANTED: Dict[str, Any] = {"photo": str, "sha256": str, "places": List[Dict[str, Any]]}


class Pasted(NamedTuple):
    """photo: what frames go into. places: one for all rows, or one for each."""

    photo: Photo
    places: List[Place]

    def frames(self, cells: np.ndarray, shown: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """Frames (rows, S, h, w, 3 or 4) uint8 of several rows as photos (rows, S, H, W, 3) uint8.

        Rows lie as often behind one another as there are several of each latent. shown: makes a frame
        (1, H, W, 3) as large as it is to be, at once: photos are large.
        """
        each = len(cells) // len(self.places)
        rows = []
        for number, strip in enumerate(cells):
            quad = self.places[number // each].quad
            pasted = [shown(paste(self.photo.pixels, frame[..., :3], quad)[None])[0] for frame in strip]
            rows.append(np.stack(pasted))
        return np.stack(rows)


def pack_paste(path: str, photo: Photo, places: Sequence[Place]) -> Packed:
    """What a recipe says of it. Raises FileError for a photo that is not the one of these places."""
    for place in places:
        check_photo(photo, place, path)
    kept = [
        OrderedDict(
            sha256=place.sha256,
            exif_turn=place.exif_turn,
            size=list(place.size),
            seen=[[float(value) for value in corner] for corner in place.quad],
        )
        for place in places
    ]
    return OrderedDict(photo=path, sha256=photo.sha256, places=kept)


def open_paste(packed: Packed, rows: int) -> Pasted:
    """The inverse of `pack_paste`, for so many latents. Raises FileError for what cannot be right, and for a
    photo that is gone or another one now.
    """
    for name, kind in WANTED.items():
        if not fields.fits(packed.get(name), kind):
            raise FileError(
                "the recipe has a wrong {} to paste into: {}".format(name, show(packed.get(name)))
            )
    places = [place_of(place) for place in packed["places"]]
    if len(places) not in (1, rows) or not places:
        raise FileError("the recipe has {} places for {} latents".format(len(places), rows))
    photo = read_photo(packed["photo"])
    if photo.sha256 != packed["sha256"]:
        raise FileError("{} is not the recipe's photo: its SHA-256 is another".format(packed["photo"]))
    for place in places:
        check_photo(photo, place, packed["photo"])
    return Pasted(photo, places)
