"""One face of a photo, cut out, with everything that leads there and back again.

aligned = align_face(photo, points, 256)
aligned.crop.pixels                # (256, 256, 3) uint8
aligned.steps                      # JSON values: what a recipe says, and what pasting back needs

"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Dict, List, NamedTuple, Tuple

import numpy as np

from ganspace_tf import fields
from ganspace_tf.errors import FileError
from ganspace_tf.photos.align.geometry import FacePoints, frame_of, outside_share, seen_quad
from ganspace_tf.photos.align.resample import PADS, REFLECT, Crop, centre_square, cut_centre, cut_out
from ganspace_tf.photos.reading import Photo
from nvlabs.reading.shown import show

SMALL = 64  # pixels of a side; a face below it is blurred
LEAST_AREA, FARTHEST = 1.0, 1e7  # of a square in a photo: pixels, and pixels from the photo's corner
LARGEST = 2048  # pixels of a side that are drawn
PADDED, NOTHING = 0.3, 0.95  # shares outside the photo: worth saying, and too much


class Aligned(NamedTuple):
    """crop: the picture. steps: JSON values: sizes, points, squares, whole numbers. warnings: for people."""

    crop: Crop
    steps: Dict[str, Any]
    warnings: List[str]


class Place(NamedTuple):
    """Where an aligned picture was cut out. sha256: of the photo's file. exif_turn: how that was turned
    first. size: (width, height) of the upright photo. quad: (4, 2) corners in it of what the picture shows.
    """

    sha256: str
    exif_turn: int
    size: Tuple[int, int]
    quad: np.ndarray


def align_face(photo: Photo, points: FacePoints, output: int, pad: str = REFLECT) -> Aligned:
    """The square around a face, as FFHQ's pictures show it, `output` pixels wide.

    pad: what is seen outside the photo, one of resample.PADS. Raises UsageError for points that are no
    face's, FileError for a face that is not in the photo.
    """
    frame, size = frame_of(points), _size(photo)
    share = outside_share(frame.quad, size)
    if share >= NOTHING:
        text = "the face lies outside the photo of {} × {} pixels"
        raise FileError(text.format(*size))
    warnings = []
    if frame.side < SMALL:
        text = "the face is small: {:.0f} pixels between the sides of the picture; {} are drawn"
        warnings.append(text.format(frame.side, output))
    if share > PADDED:
        text = "{:.0f} % of the picture lies outside the photo and is {}"
        warnings.append(text.format(100 * share, "made up" if pad == REFLECT else "left clear"))
    crop = cut_out(photo.pixels, photo.alpha, frame.quad, output, pad)
    named = OrderedDict((name, _pair(point)) for name, point in points._asdict().items())
    return Aligned(crop, _steps(photo, crop, frame.quad, output, pad, named, share), warnings)


def align_centre(photo: Photo, output: int) -> Aligned:
    """The largest square in the middle of a photo, `output` pixels wide: for what is no face."""
    crop, quad = cut_centre(photo.pixels, photo.alpha, output), centre_square(_size(photo))
    side, warnings = min(_size(photo)), []
    if side < output:
        warnings.append("{} pixels are enlarged to {}".format(side, output))
    return Aligned(crop, _steps(photo, crop, quad, output, REFLECT, None, 0.0), warnings)


def align_again(photo: Photo, steps: Dict[str, Any]) -> Aligned:
    """The picture that `Aligned.steps` speak of, from its photo. Raises FileError for steps that cannot be
    right, and for another photo.
    """
    place = place_of(steps)
    if photo.sha256 != place.sha256:
        raise FileError("it is not the photo that was aligned: its SHA-256 is another")
    output: Any = steps.get("output")
    pad: Any = steps.get("pad")
    points: Any = steps.get("points")
    if not fields.fits(output, int) or not 0 < output <= LARGEST or pad not in PADS:
        raise FileError("the recipe of the alignment has a wrong output or pad")
    if points is None:
        return align_centre(photo, output)
    pairs: Any = [points.get(name) for name in FacePoints._fields] if isinstance(points, dict) else []
    if len(pairs) != 4 or not all(fields.fits(pair, List[float]) and len(pair) == 2 for pair in pairs):
        raise FileError("the recipe of the alignment has wrong points")
    return align_face(photo, FacePoints(*(np.array(pair, np.float64) for pair in pairs)), output, pad)


def place_of(steps: Any) -> Place:
    """The part of `Aligned.steps` that leads back. Raises FileError for what cannot be right."""
    wanted = {"sha256": str, "exif_turn": int, "size": List[int], "seen": List[List[float]]}
    for name, kind in wanted.items():
        value = steps.get(name) if isinstance(steps, dict) else None
        if not fields.fits(value, kind):
            raise FileError("the recipe of the alignment has a wrong {}: {}".format(name, show(value)))
    quad = np.array([pair for pair in steps["seen"] if len(pair) == 2], np.float64)
    size = steps["size"]
    if len(size) != 2 or not 1 <= steps["exif_turn"] <= 8:
        raise FileError("the recipe of the alignment has a wrong size or turn")
    return checked(Place(steps["sha256"], steps["exif_turn"], (size[0], size[1]), quad))


def checked(place: Place) -> Place:
    """The place itself. Raises FileError for a size or a square that no photo has."""
    quad, right = place.quad, min(place.size) >= 1 and place.quad.shape == (4, 2)
    if right and np.abs(quad).max() <= FARTHEST:
        (a, b), (c, d) = quad[3] - quad[0], quad[1] - quad[0]
        if abs(a * d - b * c) >= LEAST_AREA:
            return place
    raise FileError("the picture has a wrong place in its photo")


def _steps(
    photo: Photo, crop: Crop, quad: np.ndarray, output: int, pad: str, points: Any, share: float
) -> Dict[str, Any]:
    plan = crop.plan
    return OrderedDict(
        sha256=photo.sha256,
        exif_turn=photo.exif_turn,
        size=list(_size(photo)),
        points=points,
        quad=[_pair(corner) for corner in quad],
        seen=[_pair(corner) for corner in seen_quad(plan, _size(photo))],
        output=output,
        pad=pad,
        outside=round(share, 4),
        shrink=plan.shrink,
        size_after_shrink=list(plan.size),
        border=plan.border,
        crop=None if plan.crop is None else list(plan.crop),
        padding=None if plan.pad is None else list(plan.pad),
    )


def _size(photo: Photo) -> Tuple[int, int]:
    return photo.pixels.shape[1], photo.pixels.shape[0]


def _pair(point: np.ndarray) -> List[float]:
    return [float(value) for value in point]
