"""How fine a change is: the spatial frequencies of the difference of two pictures."""

from __future__ import annotations

from typing import Tuple

import numpy as np


def mean_frequency(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Where the power of the change lies, in cycles a picture width: (N,), NaN where nothing changed.

    before, after: (N, H, W, C), any number type. The power spectrum of the difference (without its mean) is
    averaged over the channels, and the frequency's length over the power. A change of place and shape is
    low, a change of grain is high; half the width is the finest there is.
    """
    total, moment = spectrum_of(np.asarray(after, np.float64) - np.asarray(before, np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 1e-9, moment / total, np.nan)


def spectrum_of(change: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Power of changes (N, H, W, C), each without its mean, and power times frequency in cycles a picture
    width, both (N,): their ratio is the mean frequency, that of their sums the mean over all power.
    """
    change = change - change.mean(axis=(1, 2), keepdims=True)
    power = (np.abs(np.fft.fft2(change, axes=(1, 2))) ** 2).mean(axis=3)  # (N, H, W)
    _, H, W = power.shape
    down, across = np.fft.fftfreq(H) * H, np.fft.fftfreq(W) * W
    length = np.hypot(down[:, None] * (W / H), across[None, :])
    return power.sum(axis=(1, 2)), (power * length).sum(axis=(1, 2))


def without_recolouring(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """What is left of the change (N, H, W, C) after the best recolouring of each picture is taken from it.

    A recolouring gives every pixel a colour that is an affine function of its colour before, the same
    function all over the picture: it can give four colours (a shell in light and shade counts as one, and
    black) any others at once, and knows nothing of places. Least squares; pixels of any number type.
    """
    before, after = np.asarray(before, np.float64), np.asarray(after, np.float64)
    left = after - before
    for change, colours in zip(left, before):
        known = np.concatenate([colours, np.ones_like(colours[..., :1])], axis=2)
        known = known.reshape(-1, known.shape[-1])
        flat = change.reshape(-1, change.shape[-1])  # a view: the change is what is written to
        flat -= known @ np.linalg.lstsq(known, flat, rcond=None)[0]
    return left
