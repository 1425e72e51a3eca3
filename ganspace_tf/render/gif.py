"""Animated GIF with the time of every frame kept, whatever the version of Pillow does with equal frames.

GIF counts in hundredths of a second. Pillow joins frames that look the same and, in some versions, forgets
their time (a film of ten equal frames then lasts as long as one), so they are joined here.
"""

from __future__ import annotations

import io
from typing import List, Tuple

import numpy as np
from PIL import Image

from ganspace_tf.errors import UsageError

MAXIMUM_COVERAGE = 1  # Pillow's number; the name of it moved with Pillow 9.1
LEAST = 2  # hundredths; viewers take less for "as slow as you like"
LONGEST = 65535  # hundredths that a frame can say, 16 bits


def encode_gif(frames: np.ndarray, fps: float) -> bytes:
    """Frames (S, H, W, 3) uint8 as a GIF that repeats, each shown for 1/fps seconds.

    A palette of up to 256 colours a frame. Times are rounded to hundredths of a second so that the sum stays
    right, and are at least 0.02 s each, since viewers slow down below that. The same frames give the same
    bytes on the same Pillow. Raises UsageError where one picture would have to stand for more than 655.35 s.
    """
    _check(100 / fps)
    # the usual palette, by median cut, has no colour for small highlights: the white of an eye became yellow
    pictures = [Image.fromarray(frame).quantize(256, method=MAXIMUM_COVERAGE, kmeans=1) for frame in frames]
    images, times = _joined(pictures, durations(len(frames), fps))
    lasting = [10 * time for time in times]
    data = io.BytesIO()
    if len(images) == 1:
        images[0].save(data, "GIF", duration=lasting[0], loop=0)
    else:
        images[0].save(data, "GIF", save_all=True, append_images=images[1:], duration=lasting, loop=0)
    return data.getvalue()


def durations(count: int, fps: float) -> List[int]:
    """Hundredths of a second of each frame: what is rounded off one is given to the next."""
    step = max(LEAST, 100 / fps)
    ends = [round(i * step) for i in range(count + 1)]
    return [after - before for before, after in zip(ends, ends[1:])]


def _joined(images: List[Image.Image], times: List[int]) -> Tuple[List[Image.Image], List[int]]:
    """Neighbours that look the same as one frame with the time of both. Raises UsageError."""
    kept, lasting, last = [images[0]], [times[0]], _colours(images[0])
    for image, time in zip(images[1:], times[1:]):
        colours = _colours(image)
        if np.array_equal(colours, last):
            lasting[-1] += time
        else:
            kept.append(image)
            lasting.append(time)
        last = colours
    _check(max(lasting))
    return kept, lasting


def _check(time: float) -> None:
    """Refuse what a frame cannot say: Pillow would join two frames of it, and count too far."""
    if time > LONGEST:
        text = "one picture would stand for {:,.2f} s; a GIF shows it for {} s at most (or take .mp4)"
        raise UsageError(text.format(time / 100, LONGEST / 100))


def _colours(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB"))
