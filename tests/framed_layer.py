"""Rows whose covariance is known and whose latents are drawn in orthogonal frames."""

from __future__ import annotations

import numpy as np

from ganspace_tf.orthogonal import OrthogonalRows


class FramedLayer:
    """lrelu of turned z, its mean and variance taken out: not linear in z, and the coordinates of a row are
    independent. together: rows that are drawn as one.
    """

    def __init__(self, seed: int, features: int):
        self.frames = OrthogonalRows(seed, features)
        self.together = self.frames.together
        self.mix = np.linalg.qr(np.random.RandomState(9).standard_normal((features, features)))[0]

    def __call__(self, start: int, stop: int) -> np.ndarray:
        """Rows start … stop-1 in sigmas, (stop - start, features)."""
        z = self.frames.rows(start, stop) @ self.mix
        mean, square = 0.8 / np.sqrt(2 * np.pi), (1 + 0.2**2) / 2
        return np.asarray((np.maximum(z, 0.2 * z) - mean) / np.sqrt(square - mean**2))
