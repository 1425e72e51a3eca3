"""Directions that a method has to beat: random ones, and random rotations of its own subspace."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ganspace_tf.errors import UsageError


class Basis(NamedTuple):
    """K directions with what edits need of them, like `Components`."""

    directions: np.ndarray  # (K, D) float32 unit rows
    stdev: np.ndarray  # (K,) float32
    mean: np.ndarray  # (D,) float32
    digest: str = ""

    def first(self, count: int) -> Basis:
        """The first `count` directions."""
        return basis_of(self, slice(0, count))


def basis_of(comp: Any, rows: Any) -> Basis:
    """Some rows of `Components` or a `Basis`."""
    return Basis(
        np.asarray(comp.directions, np.float32)[rows],
        np.asarray(comp.stdev, np.float32)[rows],
        np.asarray(comp.mean, np.float32),
    )


def measured_basis(directions: np.ndarray, latents: np.ndarray) -> Basis:
    """Directions (K, D), made unit rows, with mean and standard deviation of latents (N, D) along each."""
    directions, latents = np.atleast_2d(np.asarray(directions, np.float64)), np.asarray(latents, np.float64)
    lengths = np.linalg.norm(directions, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not lengths.all():
        raise UsageError("a direction has no length, or is not finite")
    unit, mean = directions / lengths, latents.mean(axis=0)
    spread = ((latents - mean) @ unit.T).std(axis=0)
    return Basis(unit.astype(np.float32), spread.astype(np.float32), mean.astype(np.float32))


def random_basis(count: int, latents: np.ndarray, seed: int) -> Basis:
    """`count` uniformly random directions with the spread of latents (N, D) along them."""
    normal = np.random.RandomState(seed).standard_normal((count, latents.shape[1]))
    return measured_basis(normal, latents)


def rotated_basis(comp: Any, count: int, latents: np.ndarray, seed: int) -> Basis:
    """The first `count` directions after a uniformly random rotation among themselves: the same subspace with
    other axes, and the spread of latents (N, D) along them.
    """
    normal = np.random.RandomState(seed).standard_normal((count, count))
    q, r = np.linalg.qr(normal)
    rotation = q * np.sign(np.diag(r))  # the sign makes it uniform (Mezzadri 2007)
    return measured_basis(rotation @ np.asarray(comp.directions, np.float64)[:count], latents)
