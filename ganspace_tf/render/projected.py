"""A projection to be looked at: photo, picture, difference; and the film of how one became the other."""

from __future__ import annotations

from typing import Any, List, NamedTuple, Sequence

import numpy as np

from ganspace_tf.render.frames import to_uint8

LOUDER = 4  # times that differences are enlarged around mid-grey
MOST_FRAMES = 120
EASY = 192  # pixels a side up to which frames of a film are enlarged by whole factors
UNSEEN = 0.35  # of its brightness is left of what a mask hides


class Panels(NamedTuple):
    """Pictures (H, W, 3) uint8. photo: darker where it does not count. picture: of the latent. difference:
    picture less photo, four times, around mid-grey; grey where the photo does not count."""

    photo: np.ndarray
    picture: np.ndarray
    difference: np.ndarray


def panels(gen: Any, target: Any, result: Any) -> Panels:
    """For a page. target: `photos.targets.Target`; result: `photos.project.Result`."""
    noise = [maps[None] for maps in result.noise] or "stored"
    picture = _rgb(to_uint8(gen.images(result.w[None], noise=noise))[0])
    away = (picture.astype(np.float64) - _rgb(target.pixels)) * LOUDER * target.weights[0][..., None]
    return Panels(
        _seen(target),
        picture,
        np.clip(np.round(127.5 + away), 0, 255).astype(np.uint8),
    )


def film(gen: Any, targets: Sequence[Any], results: Sequence[Any]) -> np.ndarray:
    """Frames (S, H, W, 3) uint8: the photos above, below them the picture after every so many iterations.

    A photo is darker where it does not count. Photos that were done sooner wait. The last picture stays a
    while.
    """
    longest = max(len(result.trail) for result in results)
    steps = np.unique(np.linspace(0, max(longest - 1, 0), MOST_FRAMES).astype(int))
    columns: List[np.ndarray] = []
    for target, result in zip(targets, results):
        trail = result.trail or [result.w]
        pictures = to_uint8(gen.images(np.stack([trail[min(step, len(trail) - 1)] for step in steps])))
        above = np.broadcast_to(_seen(target), (len(steps), *target.pixels.shape[:2], 3))
        columns.append(np.concatenate([above, _rgb(pictures)], axis=1))
    frames = np.concatenate(columns, axis=2)
    factor = max(1, EASY // max(targets[0].pixels.shape[:2]))
    frames = frames.repeat(factor, axis=1).repeat(factor, axis=2)
    return np.concatenate([frames, frames[-1:].repeat(len(frames) // 4 + 1, axis=0)])


def _seen(target: Any) -> np.ndarray:
    """The photo (H, W, 3) uint8, darker where it does not count."""
    seen = UNSEEN + (1 - UNSEEN) * target.weights[0][..., None]
    return np.asarray(np.round(_rgb(target.pixels) * seen).astype(np.uint8))


def _rgb(pixels: np.ndarray) -> np.ndarray:
    """Pixels (…, 1 or 3) as (…, 3)."""
    return np.asarray(pixels if pixels.shape[-1] == 3 else np.repeat(pixels, 3, axis=-1))
