"""Plain statistics of a picture: what can be measured without knowing what it shows."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Callable, Dict, Tuple

import numpy as np

from ganspace_tf.demo.networks import PREFIX, manifest
from ganspace_tf.demo.scorer import load_scorer

GROUPS = {
    "geometry": ("left_right", "top_bottom", "centre_border", "width", "height"),
    "appearance": ("brightness", "contrast", "red_green", "blue_yellow", "saturation", "detail"),
}


NAME = "statistics"


def choose_scorer(network: str, asked: str = "auto") -> Tuple[Callable[..., Any], str]:
    """A scorer for a network, and what it is called.

    asked: "auto" (that of the world a demo network draws, else statistics), "statistics", a world, or
    package.module:callable. Raises UsageError for another name.
    """
    if asked == "auto":
        shipped = manifest() if network.startswith(PREFIX) else {}
        asked = str(shipped.get(network[len(PREFIX) :], {}).get("world", NAME))
    if asked == NAME:
        return image_statistics, NAME
    return load_scorer(asked, also=(NAME,)), asked


def image_statistics(pictures: np.ndarray) -> Dict[str, np.ndarray]:
    """Eleven numbers of each picture (N, H, W, 3) uint8, N each, in units of full scale (0 to 1 or -1 to 1).

    brightness, contrast (standard deviation of grey), red_green, blue_yellow (opponent colours), saturation
    (largest minus smallest channel), detail (mean absolute difference of neighbours); and where things are:
    left_right, top_bottom and centre_border (mean grey of the one half minus the other), width and height
    (spread of what differs from the picture's mean, in picture sizes).
    """
    planes = np.asarray(pictures, np.float32) / 255
    red, green, blue = planes[..., 0], planes[..., 1], planes[..., 2]
    # The numbers of planes.mean(axis=3), max and min; NumPy's reductions over an axis of three take each
    # pixel by itself, and all that is done here took three times as long.
    grey = (red + green + blue) / 3
    largest, smallest = np.maximum(np.maximum(red, green), blue), np.minimum(np.minimum(red, green), blue)
    _, H, W = grey.shape
    top, left = (H + 1) // 2, (W + 1) // 2
    inner = np.zeros((H, W), bool)
    inner[H // 4 : H - H // 4, W // 4 : W - W // 4] = True
    steps = np.abs(np.diff(grey, axis=1)).mean(axis=(1, 2)) + np.abs(np.diff(grey, axis=2)).mean(axis=(1, 2))
    across, down = _extent(grey)
    return OrderedDict(
        brightness=grey.mean(axis=(1, 2)),
        contrast=grey.std(axis=(1, 2)),
        red_green=(red - green).mean(axis=(1, 2)),
        blue_yellow=(blue - (red + green) / 2).mean(axis=(1, 2)),
        saturation=(largest - smallest).mean(axis=(1, 2)),
        detail=steps / 2,
        left_right=grey[:, :, :left].mean(axis=(1, 2)) - grey[:, :, -left:].mean(axis=(1, 2)),
        top_bottom=grey[:, :top].mean(axis=(1, 2)) - grey[:, -top:].mean(axis=(1, 2)),
        centre_border=grey[:, inner].mean(axis=1) - grey[:, ~inner].mean(axis=1),
        width=across,
        height=down,
    )


def _extent(grey: np.ndarray) -> np.ndarray:
    """Spread across and down of where a picture differs from its mean, (2, N) in picture sizes."""
    weight = np.abs(grey - grey.mean(axis=(1, 2), keepdims=True)) + 1e-6
    weight /= weight.sum(axis=(1, 2), keepdims=True)
    spreads = []
    for profile in (weight.sum(axis=1), weight.sum(axis=2)):  # (N, W), (N, H)
        place = (np.arange(profile.shape[1]) + 0.5) / profile.shape[1]
        centre = (profile * place).sum(axis=1, keepdims=True)
        spreads.append(np.sqrt((profile * (place - centre) ** 2).sum(axis=1)))
    return np.stack(spreads)
