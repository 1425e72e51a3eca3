"""How fine a change is: the spatial frequencies of the difference of two pictures."""

from __future__ import annotations

import numpy as np


def mean_frequency(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Where the power of the change lies, in cycles a picture width: (N,), NaN where nothing changed.

    before, after: (N, H, W, C), any number type. The power spectrum of the difference (without its mean) is
    averaged over the channels, and the frequency's length over the power. A change of place and shape is
    low, a change of grain is high; half the width is the finest there is.
    """
    change = np.asarray(after, np.float64) - np.asarray(before, np.float64)
    change = change - change.mean(axis=(1, 2), keepdims=True)
    power = (np.abs(np.fft.fft2(change, axes=(1, 2))) ** 2).mean(axis=3)  # (N, H, W)
    _, H, W = power.shape
    down, across = np.fft.fftfreq(H) * H, np.fft.fftfreq(W) * W
    length = np.hypot(down[:, None] * (W / H), across[None, :])
    total = power.sum(axis=(1, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 1e-9, (power * length).sum(axis=(1, 2)) / total, np.nan)
