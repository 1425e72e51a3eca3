"""The average latent of a mapping network, the centre of truncation: as files state it, or estimated."""

from __future__ import annotations

from typing import Any, Mapping, Optional

import numpy as np

from ganspace_tf.sampling import normal_rows
from nvlabs.errors import VariableMismatch

SAMPLES = 2048
LR_MULTIPLIER = 0.01  # of the official mapping networks and their ports
SLOPE = 0.2
MOST_NUMBERS = 1 << 22  # of one layer at a time: all samples of a network up to 2048 wide, and 32 MB
ALIKE = 1e-5  # rows of a stored average may differ by so much of its largest number: means are rounded


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


def stored_average(value: Any) -> Optional[np.ndarray]:
    """The average latent that a file states as (D,) float32; None where it states none.

    Checkpoints have it as (D,) or (1, D), encoders once for each layer, as (L, D) or (1, L, D), all alike.
    Raises VariableMismatch for anything else.
    """
    if value is None:
        return None
    if not isinstance(value, np.ndarray) or value.dtype.kind != "f" or not value.ndim or not value.size:
        raise VariableMismatch("latent_avg is not one latent of floats")
    rows = value.astype(np.float32).reshape(-1, value.shape[-1])
    if len(rows) > 1 and not np.allclose(rows, rows[0], rtol=0, atol=ALIKE * np.abs(rows[0]).max()):
        raise VariableMismatch(
            "latent_avg has %d different rows; an official network has one average latent for all layers"
            % len(rows)
        )
    return rows[0].copy()
