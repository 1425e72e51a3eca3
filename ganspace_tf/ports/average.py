"""The average latent of a mapping network, for files that do not state it: the centre of truncation."""

from __future__ import annotations

from typing import Any, Mapping

import numpy as np

from ganspace_tf.sampling import normal_rows

SAMPLES = 2048
LR_MULTIPLIER = 0.01  # of the official mapping networks and their ports
SLOPE = 0.2
MOST_NUMBERS = 1 << 22  # of one layer at a time: all samples of a network up to 2048 wide, and 32 MB


def average_latent(mapping: Mapping[str, np.ndarray], gain_in_weight: bool) -> np.ndarray:
    """Mean of w over SAMPLES rows of the standard stream: (D,) float32.

    mapping: the variables Dense<i>/weight (in, out) and Dense<i>/bias. gain_in_weight: sqrt(2) is applied
    before the bias, as in StyleGAN, rather than after the activation. Computed in float64 and cut to 16
    bits, so that every machine gets the same bits: they are part of the network's fingerprint.
    """
    total: Any = 0.0
    widest = max(max(array.shape) for array in mapping.values())
    step = max(1, MOST_NUMBERS // widest)
    for start in range(0, SAMPLES, step):
        total += _mapped(mapping, start, min(start + step, SAMPLES), gain_in_weight).sum(axis=0)
    mantissa, exponent = np.frexp(total / SAMPLES)
    return np.ldexp(np.round(mantissa * 2.0**16), exponent - 16).astype(np.float32)


def _mapped(mapping: Mapping[str, np.ndarray], start: int, stop: int, gain_in_weight: bool) -> np.ndarray:
    """w of rows start … stop of the standard stream, float64."""
    x = normal_rows(0, start, stop, mapping["Dense0/weight"].shape[0]).astype(np.float64)
    x /= np.sqrt(np.mean(x**2, axis=1, keepdims=True) + 1e-8)
    before, after = (np.sqrt(2.0), 1.0) if gain_in_weight else (1.0, np.sqrt(2.0))
    for layer in range(len(mapping) // 2):
        weight = mapping["Dense%d/weight" % layer].astype(np.float64)
        x = x @ (weight * (before * LR_MULTIPLIER / np.sqrt(weight.shape[0])))
        x += mapping["Dense%d/bias" % layer].astype(np.float64) * LR_MULTIPLIER
        x = np.where(x < 0, SLOPE * x, x) * after
    return x
