"""Directions of w along which pictures change most, on average over latents: the first eigenvectors of the
Hessian of a distance of pictures (Wang, Ponce 2021, A Geometric Analysis of Deep Generative Image Models).

For small d, the picture of w + d is d^T H d / 2 away from that of w. H v is had from two gradients, that at
w + εv less that at w - εv, with the picture of w as what is aimed at; the eigenvectors of the mean of H by
subspace iteration (Rayleigh, Ritz). The distance is that of `nvlabs.running.loss_graph`, the mean square over
four sizes, where the paper has LPIPS.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ganspace_tf.errors import UsageError
from ganspace_tf.photos.evaluating import BLOCK, averaged

LATENTS = 4  # that H is the mean of
ROUNDS = 4  # of the iteration: what is still mixed then has eigenvalues that are nearly equal
MORE = 5  # directions beside those that are wanted: the wanted ones settle sooner
STEP = 0.05  # of the mean sigma of w


def hessian_directions(gen: Any, w: np.ndarray, count: int, step: float, seed: int = 0) -> np.ndarray:
    """The `count` unit directions (count, D) of w, on all layers alike, the largest eigenvalue first.

    w: (M, L, D) latents that H is the mean over, truncated already. step: ε, in units of w. Raises UsageError
    for families without gradients, and for more directions than w is wide.
    """
    if not gen.has_gradient:
        raise UsageError(
            "{} ({}) has no gradient of its pictures: StyleGANs have".format(gen.name, gen.family)
        )
    width = gen.dlatent_size
    if count > width:
        raise UsageError("{} directions of w, which is {} numbers wide".format(count, width))
    rows = np.random.RandomState(seed).standard_normal((min(count + MORE, width), width))
    hessian = MeanHessian(gen, w, step)
    try:
        for _ in range(ROUNDS):
            rows = np.linalg.qr(hessian.times(rows).T)[0].T
        small = rows @ hessian.times(rows).T
    finally:
        hessian.close()
    turned = np.linalg.eigh((small + small.T) / 2)[1][:, ::-1]
    return (turned.T @ rows)[:count]


class MeanHessian:
    """H of a generator, mean over latents w (M, L, D). Holds a session of its own; close it."""

    def __init__(self, gen: Any, w: np.ndarray, step: float) -> None:
        self._loss, self._w, self._step = gen.open_loss(), np.asarray(w, np.float32), float(step)
        self._aims = averaged(gen.images(self._w), self._loss.shrink)

    def times(self, directions: np.ndarray) -> np.ndarray:
        """(K, D) float64: H v for each of K directions; 2·M gradients each."""
        found = []
        for one in np.asarray(directions, np.float64):
            moved = (self._step * one / np.linalg.norm(one)).astype(np.float32)
            up, down = (self._gradients(self._w + sign * moved) for sign in (1, -1))
            found.append((up - down).mean(axis=0) * np.linalg.norm(one) / (2 * self._step))
        return np.stack(found)

    def _gradients(self, w: np.ndarray) -> np.ndarray:
        """(M, D) of moving all layers alike."""
        parts = [
            self._loss(w[start : start + BLOCK], self._aims[start : start + BLOCK]).dw
            for start in range(0, len(w), BLOCK)
        ]
        return np.concatenate(parts).astype(np.float64).sum(axis=1)

    def close(self) -> None:
        """Frees the session."""
        self._loss.close()
