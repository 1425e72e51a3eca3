"""Spectral normalisation (Miyato et al. 2018), evaluated once: the files hold raw weights, and the network
uses weight / sigma."""

from __future__ import annotations

import numpy as np


def power_iteration(weight: np.ndarray, u0: np.ndarray) -> np.float32:
    """sigma of a raw weight (…, out) by one power iteration from the stored vector u0 (out,), in float32.

    v = unit(u0 W^T), u = unit(v W), sigma = v W u^T with W = weight as (in, out); unit(x) = x / |x|, as the
    PyTorch port has it. (Others divide by |x| + 1e-4, which makes sigma smaller by up to 2e-3.)
    """
    matrix = weight.reshape(-1, weight.shape[-1])
    with np.errstate(all="ignore"):  # the reader says which weight is not finite
        v = _unit(matrix @ u0.reshape(-1))
        product = v @ matrix
        return np.float32(product @ _unit(product))


def stored_vectors(weight: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.float32:
    """sigma = v W u^T of a raw weight (…, out) with both vectors stored: u (out,), v (in,), in float32."""
    matrix = weight.reshape(-1, weight.shape[-1])
    with np.errstate(all="ignore"):
        return np.float32((v @ matrix) @ u)


def _unit(vector: np.ndarray) -> np.ndarray:
    """x / |x|, and 0 for 0 (the norm is kept above 1e-4)."""
    return vector / np.maximum(np.sqrt(np.sum(np.square(vector))), np.float32(1e-4))
