"""Independent component analysis: FastICA, solved to the end."""

from __future__ import annotations

import numpy as np
from scipy import linalg

from ganspace_tf.decomposition.base import fix_signs
from ganspace_tf.decomposition.held import HeldEstimator
from ganspace_tf.decomposition.pca import top_eigenvectors
from ganspace_tf.decomposition.scatter import Scatter
from ganspace_tf.errors import UsageError

MAX_ITERATIONS = 10000
SETTLED = 1e-8  # radians: float64 steps settle well below, and float32 directions have 6e-8
SHARE = 0.5  # of a step, once only the solution counts and not the way there
SLICE_ROWS = 2048  # rows of one product: they stay near the core


class ICA(HeldEstimator):
    """FastICA (Hyvärinen, Oja 2000) with log-cosh contrast, all components at once, from RandomState(0).

    Its steps may swing from side to side of the solution, for hundreds of steps or for ever. A program that
    stops within a tolerance gives one side or the other, as the last bits of the processor's sums will have
    it. Here half steps are taken, which do not swing, until nothing moves: the fixed point itself. There are
    many of them, and the start decides which one is found; so the whitened axes have the one sign rule.
    """

    name = "ica"
    summary = "independent components (FastICA); holds all rows in memory"
    edition = 2  # the first one stopped within a tolerance of 1e-4

    def fit(self, x: np.ndarray) -> np.ndarray:
        values, vectors = top_eigenvectors(Scatter.of(x).scatter / len(x), self.components)
        if not values[-1] > values[0] * 1e-10:
            raise UsageError("components={}: the rows span fewer dimensions".format(self.components))
        whiten = self.oriented(vectors, x) / np.sqrt(values)[:, None]  # (K, F)
        white = np.concatenate([x[i : i + SLICE_ROWS] @ whiten.T for i in range(0, len(x), SLICE_ROWS)])
        start = np.random.RandomState(0).normal(size=(self.components, self.components))
        return self.unmixing(white, decorrelated(start)) @ whiten

    def oriented(self, vectors: np.ndarray, x: np.ndarray) -> np.ndarray:
        """The whitened axes (K, F) of the rows x (N, F) with their signs."""
        return fix_signs(vectors)

    def unmixing(self, white: np.ndarray, start: np.ndarray) -> np.ndarray:
        """The fixed point (K, K) that steps from `start` lead to, for whitened rows (N, K)."""
        return settled(white, start, SHARE, SETTLED)


class OriginalICA(ICA):
    """The fixed point that the original is on its way to when it stops within its tolerance.

    Signs and steps are those of scikit-learn's FastICA, since they decide which fixed point that is: the
    signs are what LAPACK's float32 SVD of the rows gives.
    """

    TOLERANCE = 1e-4  # 1 - cosine of the angle by which a step turns a row

    def oriented(self, vectors: np.ndarray, x: np.ndarray) -> np.ndarray:
        theirs = linalg.svd(x.T, full_matrices=False)[0][:, : len(vectors)].T
        return vectors * np.where((vectors * theirs).sum(axis=1) < 0, -1.0, 1.0)[:, None]

    def unmixing(self, white: np.ndarray, start: np.ndarray) -> np.ndarray:
        near = settled(white, start, 1.0, np.sqrt(2 * self.TOLERANCE))
        return super().unmixing(white, near)


def settled(white: np.ndarray, unmixing: np.ndarray, share: float, turn: float) -> np.ndarray:
    """Takes steps until one turns no row of the unmixing matrix by more than `turn` (radians).

    white: (N, K) whitened rows; unmixing: (K, K) orthogonal, the start; share: of each step, 0 … 1. Raises
    UsageError after MAX_ITERATIONS.
    """
    for _ in range(MAX_ITERATIONS):
        new = step(white, unmixing)
        new *= np.where((new * unmixing).sum(axis=1) < 0, -1.0, 1.0)[
            :, None
        ]  # a row and its negative are one
        if share < 1:
            new = decorrelated(share * new + (1 - share) * unmixing)
        turned = np.linalg.norm(new - unmixing, axis=1).max()
        unmixing = new
        if turned <= turn:
            return unmixing
    raise UsageError(
        "ica did not converge in {} iterations; use more rows or fewer components".format(MAX_ITERATIONS)
    )


def step(white: np.ndarray, unmixing: np.ndarray) -> np.ndarray:
    """One step of FastICA: E[g(Wx) x^T] - diag(E[g'(Wx)]) W with g = tanh, decorrelated. (K, K) → (K, K)."""
    product, slopes = np.zeros_like(unmixing), np.zeros(len(unmixing))
    for start in range(0, len(white), SLICE_ROWS):
        rows = white[start : start + SLICE_ROWS]
        g = np.tanh(rows @ unmixing.T)
        product += g.T @ rows
        slopes += len(rows) - np.square(g).sum(axis=0)
    return decorrelated((product - slopes[:, None] * unmixing) / len(white))


def decorrelated(matrix: np.ndarray) -> np.ndarray:
    """The nearest orthogonal matrix: (M M^T)^(-1/2) M."""
    left, _, right = linalg.svd(matrix)
    return left @ right
