"""A square of a photo as a picture of its own: shrunk, cut, padded, sampled.

The square is sampled at four times the size that is wanted and made smaller by Lanczos, so that neither a
large face nor a turned one shows steps. What lies outside the photo is its reflection, which blurs and fades
to the photo's median colour towards the outside.
"""

from __future__ import annotations

from typing import NamedTuple, Optional, Tuple

import numpy as np
from PIL import Image

from ganspace_tf.photos.align.geometry import Box, Plan, plan_for, seen_quad

FINER = 4  # samples for a pixel of the result, along a side
BLUR = 0.02  # sigma in sides, of what lies outside the photo
REFLECT, CLEAR = "reflect", "none"
PADS = (REFLECT, CLEAR)  # what lies outside the photo: its faded reflection, or nothing (transparent)


class Crop(NamedTuple):
    """pixels: (S, S, 3) uint8. alpha: (S, S) uint8, None where all is opaque. plan: how it was cut out."""

    pixels: np.ndarray
    alpha: Optional[np.ndarray]
    plan: Plan


def cut_out(
    pixels: np.ndarray, alpha: Optional[np.ndarray], quad: np.ndarray, output: int, pad: str = REFLECT
) -> Crop:
    """The square `quad` (4, 2) of a photo (H, W, 3) uint8 as a picture of `output` pixels.

    alpha: (H, W) uint8 or None. pad: one of PADS.
    """
    plan = plan_for(quad, (pixels.shape[1], pixels.shape[0]), output)
    side = float(np.hypot(*(plan.quad[3] - plan.quad[0])))
    image = _prepared(pixels, plan)
    cover = None if alpha is None else _prepared(alpha, plan)
    if plan.pad is not None:
        widths = ((plan.pad[1], plan.pad[3]), (plan.pad[0], plan.pad[2]))
        if pad == CLEAR:
            whole = np.full(image.shape[:2], 255, np.uint8) if cover is None else cover
            cover = np.pad(whole, widths, mode="constant")
            image = np.pad(image, (*widths, (0, 0)), mode="reflect")
        else:
            cover = None if cover is None else np.pad(cover, widths, mode="reflect")
            image = _faded(np.pad(image, (*widths, (0, 0)), mode="reflect"), plan.pad, BLUR * side)
    sampled = None if cover is None else _sampled(cover, plan.quad, output)
    if sampled is not None and (sampled == 255).all():
        sampled = None
    return Crop(_sampled(image, plan.quad, output), sampled, plan)


def centre_square(size: Tuple[int, int]) -> np.ndarray:
    """The corners (4, 2) of the largest square in the middle of a photo of this (width, height)."""
    width, height = size
    side = min(size)
    left, top = (width - side) // 2 - 0.5, (height - side) // 2 - 0.5
    corners = [(left, top), (left, top + side), (left + side, top + side), (left + side, top)]
    return np.array(corners, np.float64)


def cut_centre(pixels: np.ndarray, alpha: Optional[np.ndarray], output: int) -> Crop:
    """The largest square in the middle of a photo, made `output` pixels wide by Lanczos."""
    height, width = pixels.shape[:2]
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    box = (left, top, left + side, top + side)
    crop = None if side == width == height else box
    plan = Plan(1, (width, height), 0, crop, None, centre_square((width, height)) - (left, top) + 0.5)
    cover = None if alpha is None else _resized(_cropped(alpha, box), (output, output))
    return Crop(_resized(_cropped(pixels, box), (output, output)), cover, plan)


def _prepared(pixels: np.ndarray, plan: Plan) -> np.ndarray:
    """Made smaller and cut out, (h, w, …) uint8."""
    if plan.shrink > 1:
        pixels = _resized(pixels, plan.size)
    return pixels if plan.crop is None else _cropped(pixels, plan.crop)


def _cropped(pixels: np.ndarray, box: Box) -> np.ndarray:
    return pixels[box[1] : box[3], box[0] : box[2]]


def _resized(pixels: np.ndarray, size: Tuple[int, int]) -> np.ndarray:
    return np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).resize(size, Image.LANCZOS))


def _sampled(pixels: np.ndarray, quad: np.ndarray, output: int) -> np.ndarray:
    """Channel by channel in float32: between bytes Pillow rounds down, which makes a picture half a level
    darker.
    """
    corners, fine = [float(value) for value in quad.ravel()], (output * FINER, output * FINER)
    channels = pixels[..., None] if pixels.ndim == 2 else pixels
    result = np.empty((output, output, channels.shape[2]), np.uint8)
    for k in range(channels.shape[2]):
        image = Image.fromarray(channels[..., k].astype(np.float32))
        image = image.transform(fine, Image.QUAD, corners, Image.BILINEAR)
        small = np.asarray(image.resize((output, output), Image.LANCZOS))
        result[..., k] = np.clip(np.rint(small), 0, 255)
    return result[..., 0] if pixels.ndim == 2 else result


def _faded(padded: np.ndarray, pad: Box, sigma: float) -> np.ndarray:
    """A padded photo (h, w, 3) uint8 whose padding is blurred, and fades to the median towards its edge.

    Depth is 0 where the photo ends, 1 at the outer edge, negative inside: one third of the padding's width
    inside, blurring ends.
    """
    from scipy.ndimage import gaussian_filter

    height, width = padded.shape[:2]
    depth = np.maximum(_depth(height, pad[1], pad[3])[:, None], _depth(width, pad[0], pad[2])[None])
    blurred_share, faded_share = np.clip(3 * depth + 1, 0, 1), np.clip(depth, 0, 1)
    result = np.empty_like(padded)
    for channel in range(padded.shape[2]):  # one at a time: photos are large
        values = padded[..., channel].astype(np.float32)
        values += (gaussian_filter(values, sigma) - values) * blurred_share
        values += (np.median(values) - values) * faded_share
        result[..., channel] = np.clip(np.rint(values), 0, 255)
    return result


def _depth(length: int, before: int, after: int) -> np.ndarray:
    """How deep in the padding each of so many pixels lies, (length,) float32."""
    place = np.arange(length, dtype=np.float32)
    return 1 - np.minimum(place / before, (length - 1 - place) / after)


def view(pixels: np.ndarray, quad: np.ndarray, output: int) -> Tuple[np.ndarray, np.ndarray]:
    """A square `quad` (4, 2) of a photo (H, W, 3) uint8 as `output` pixels, for a network to look at, and the
    square that it really shows.

    As `cut_out`, but only the part of the photo that is needed is made smaller.
    """
    side = float(np.hypot(*(quad[3] - quad[0])))
    margin = 0.1 * side + 8
    size = np.array([pixels.shape[1], pixels.shape[0]])
    low = np.clip(np.floor(quad.min(axis=0) - margin), 0, size - 1).astype(int)
    high = np.clip(np.ceil(quad.max(axis=0) + margin), low + 1, size).astype(int)
    part = pixels[low[1] : high[1], low[0] : high[0]]
    crop = cut_out(part, None, quad - low, output)
    return crop.pixels, seen_quad(crop.plan, (part.shape[1], part.shape[0])) + low
