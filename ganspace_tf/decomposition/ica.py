"""Independent component analysis: FastICA, solved to the end."""

from __future__ import annotations

import numpy as np
from scipy import linalg

from ganspace_tf.decomposition.base import fix_signs
from ganspace_tf.decomposition.held import HeldEstimator
from ganspace_tf.decomposition.scatter import Scatter
from ganspace_tf.decomposition.spectrum import top_eigenvectors
from ganspace_tf.errors import UsageError

MAX_ITERATIONS = 10000
NEAR = float(np.sqrt(2e-4))  # radians, 1 - cosine 1e-4: where scikit-learn and the original stop
SETTLED = 1e-6  # radians: what is left then does not show in float32 directions
SHARES = 0.25, 3.0  # of a step, while nothing but the solution counts
SLICE_ROWS = 2048  # rows of one product: they stay near the core


class ICA(HeldEstimator):
    """FastICA (Hyvärinen, Oja 2000) with log-cosh contrast, all components at once, from RandomState(0).

    Its steps may swing from side to side of the solution, for hundreds of steps or for ever. A program that
    stops within a tolerance gives one side or the other, as the last bits of the processor's sums will have
    it. Here a share of each step is taken, until nothing moves: that is the fixed point itself. There are
    many of them, and the start decides which one is found; so the whitened axes have the one sign rule.
    """

    name = "ica"
    summary = "independent components (FastICA); holds all rows in memory"
    edition = 2  # the first one stopped when it was near
    share = 0.5  # of a step, on the way to the solution

    def fit(self, x: np.ndarray) -> np.ndarray:
        values, vectors = top_eigenvectors(Scatter.of(x).scatter / len(x), self.components)
        if not values[-1] > values[0] * 1e-10:
            raise UsageError("components={}: the rows span fewer dimensions".format(self.components))
        whiten = self.oriented(vectors, x) / np.sqrt(values)[:, None]  # (K, F)
        white = np.concatenate([x[i : i + SLICE_ROWS] @ whiten.T for i in range(0, len(x), SLICE_ROWS)])
        start = np.random.RandomState(0).normal(size=(self.components, self.components))
        return settled(white, approached(white, decorrelated(start), self.share)) @ whiten

    def oriented(self, vectors: np.ndarray, x: np.ndarray) -> np.ndarray:
        """The whitened axes (K, F) of the rows x (N, F) with their signs."""
        return fix_signs(vectors)


class OriginalICA(ICA):
    """The fixed point that the original is on its way to when it stops within its tolerance.

    Signs and steps are those of scikit-learn's FastICA, since they decide which fixed point that is: whole
    steps, and the signs that LAPACK's float32 SVD of the rows gives (it holds them twice more).
    """

    share = 1.0

    def oriented(self, vectors: np.ndarray, x: np.ndarray) -> np.ndarray:
        theirs = linalg.svd(x.T, full_matrices=False)[0][:, : len(vectors)].T
        return vectors * np.where((vectors * theirs).sum(axis=1) < 0, -1.0, 1.0)[:, None]


def approached(white: np.ndarray, unmixing: np.ndarray, share: float) -> np.ndarray:
    """Shares of steps from an orthogonal unmixing matrix (K, K), until a step turns no row further than NEAR.

    white: (N, K) whitened rows. Raises UsageError after MAX_ITERATIONS.
    """
    for _ in range(MAX_ITERATIONS):
        change = step(white, unmixing) - unmixing
        unmixing = decorrelated(unmixing + share * change)
        if turn(change) <= NEAR:
            return unmixing
    raise _not_converged()


def settled(white: np.ndarray, unmixing: np.ndarray) -> np.ndarray:
    """The fixed point that an unmixing matrix (K, K) is near to, for whitened rows (N, K).

    The share taken of a step grows while steps go on in one direction, and shrinks when they turn back.
    Raises UsageError after MAX_ITERATIONS.
    """
    share, last = 1.0, np.zeros_like(unmixing)
    for _ in range(MAX_ITERATIONS):
        change = step(white, unmixing) - unmixing
        if turn(change) <= SETTLED:
            return unmixing
        share = max(0.6 * share, SHARES[0]) if (change * last).sum() < 0 else min(1.1 * share, SHARES[1])
        unmixing, last = decorrelated(unmixing + share * change), change
    raise _not_converged()


def turn(change: np.ndarray) -> float:
    """The largest angle (radians) of the small changes (K, K) of unit rows."""
    return float(np.linalg.norm(change, axis=1).max())


def _not_converged() -> UsageError:
    text = "ica did not converge in {} iterations; use more rows or fewer components"
    return UsageError(text.format(MAX_ITERATIONS))


def step(white: np.ndarray, unmixing: np.ndarray) -> np.ndarray:
    """One step of FastICA: E[g(Wx) x^T] - diag(E[g'(Wx)]) W with g = tanh, decorrelated. (K, K) → (K, K).

    A row and its negative are one component: each keeps the sign it had.
    """
    product, slopes = np.zeros_like(unmixing), np.zeros(len(unmixing))
    for start in range(0, len(white), SLICE_ROWS):
        rows = white[start : start + SLICE_ROWS]
        g = np.tanh(rows @ unmixing.T)
        product += g.T @ rows
        slopes += len(rows) - np.square(g).sum(axis=0)
    new = decorrelated((product - slopes[:, None] * unmixing) / len(white))
    return new * np.where((new * unmixing).sum(axis=1) < 0, -1.0, 1.0)[:, None]


def decorrelated(matrix: np.ndarray) -> np.ndarray:
    """The nearest orthogonal matrix: (M M^T)^(-1/2) M."""
    left, _, right = linalg.svd(matrix)
    return left @ right
