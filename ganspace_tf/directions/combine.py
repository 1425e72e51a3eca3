"""Directions made of directions: weighted sums, and what is left of one that others do not come along with.

A direction is seen as the step that one sigma of it is, a row (D,) for each of L layers. Sums are sums of
steps: +1 of "wings = 1, shell = -0.5" is one sigma of wings and half a sigma of shell backwards.

Conditional (Shen et al. 2020, InterFaceGAN, section 3.2, there in the Euclidean metric): on every layer that
a step d and steps b_j both move, the part of d within the span of the b_j is taken away, d' = d - Σ c_j b_j
with <d', b_j> = 0 for all j. On layers that b_j leaves alone there is nothing to take: the same component is
another control there. The inner product is that of the latents, <a, b> = a^T (C + ρ I)^-1 b with their
covariance C: how far apart two steps are, seen by a network that never makes latents far outside the cloud.
Principal components are at right angles in it as they are in the plain one. ρ, RIDGE of the mean variance,
keeps axes along which w hardly varies from deciding.
"""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np

from ganspace_tf.directions.named import NamedDirection, as_list
from ganspace_tf.directions.style import StyleDirection, summed
from ganspace_tf.errors import BasisMismatch, UsageError

RIDGE = 0.01
NOTHING = 1e-6  # of a step's length: less is rounding
Part = Tuple[NamedDirection, float]  # a direction and its weight
StylePart = Tuple[StyleDirection, float]


class Combined(NamedTuple):
    """direction: the result. taken: (J,) sigmas of each held direction that were taken away for one of it,
    the mean over the layers that both move. left: length of the result as a share of what it was before, in
    the metric of the latents.
    """

    direction: NamedDirection
    taken: np.ndarray
    left: float


def metric_of(rows: np.ndarray) -> np.ndarray:
    """(C + ρ I)^-1, (D, D) float64, of latents (N, D)."""
    covariance = np.cov(np.asarray(rows, np.float64), rowvar=False)
    ridge = RIDGE * np.trace(covariance) / len(covariance)
    return np.asarray(np.linalg.inv(covariance + ridge * np.eye(len(covariance))))


def combine(
    name: str,
    parts: Sequence[Part],
    n_layers: int,
    without: Sequence[NamedDirection] = (),
    metric: Optional[np.ndarray] = None,
) -> Combined:
    """The sum of `parts`, at right angles to the directions `without` in `metric` (None: the plain one).

    Directions on the same layers give one on these layers; others one with a row for every layer. Usable
    strengths are those at which every direction in it stays within its own. Raises UsageError where nothing
    is left, BasisMismatch for directions of several models, widths or latents.
    """
    used = [direction for direction, _ in parts] + list(without)
    _check(used)
    D = len(used[0].mean)
    whole = np.sum([weight * step(direction, n_layers) for direction, weight in parts], axis=0)
    seen = np.eye(D) if metric is None else metric
    held = [step(direction, n_layers) for direction in without]
    result, taken = np.array(whole), np.zeros((n_layers, len(without)))
    for layer in range(n_layers) if without else ():
        rows = np.stack([one[layer] for one in held])  # (J, D)
        products, wanted = rows @ seen @ rows.T, rows @ seen @ whole[layer]
        taken[layer] = np.linalg.lstsq(products, wanted, rcond=1e-10)[0]
        result[layer] -= taken[layer] @ rows
    if not np.linalg.norm(result) > NOTHING * max(np.linalg.norm(step(one, n_layers)) for one in used):
        raise UsageError(
            "nothing is left of {}{}".format(
                _names([direction for direction, _ in parts]),
                " without " + _names(without) if without else ": the parts cancel each other",
            )
        )
    both = np.array([(one.any(axis=1) & whole.any(axis=1)).sum() for one in held]).clip(1)
    sigmas = taken.sum(axis=0) / both if without else np.zeros(0)
    made: Dict[str, Any] = {
        "combined": [{"name": one.name, "weight": weight} for one, weight in parts],
        "without": [{"name": one.name, "taken": float(sigma)} for one, sigma in zip(without, sigmas)],
    }
    kept = {one.layers for one, weight in parts if weight} | {
        one.layers for one, rows in zip(without, held) if (rows.any(axis=1) & whole.any(axis=1)).any()
    }
    alike = len(kept) == 1 and not any(one.per_layer for one in used)
    moving = [one for one, weight in parts if weight]
    model = _model_of([*moving, *without])
    direction = _named(name, model, result, moving, made, alike, _range(parts))
    return Combined(direction, sigmas, _length(result, seen) / _length(whole, seen))


def combine_channels(name: str, parts: Sequence[StylePart]) -> StyleDirection:
    """The sum of directions of style channels, channel by channel. Raises UsageError where nothing is left,
    BasisMismatch for directions of two models.
    """
    made = {"combined": [{"name": one.name, "weight": weight} for one, weight in parts], "without": []}
    return summed(name, parts, _range(parts), made)


def step(direction: NamedDirection, n_layers: int) -> np.ndarray:
    """What one sigma adds to the latents, (L, D) float64; zeros on layers that it leaves alone."""
    rows = np.atleast_2d(np.asarray(direction.vector, np.float64)) * direction.stdev
    first, last = direction.layers
    out = np.zeros((n_layers, rows.shape[1]))
    moved = slice(first, n_layers if last is None else last + 1)
    out[moved] = np.broadcast_to(rows, out.shape)[moved]
    return out


def _named(
    name: str,
    model: str,
    rows: np.ndarray,
    used: Sequence[NamedDirection],
    made: Dict[str, Any],
    alike: bool,
    sigma_range: Tuple[float, float],
) -> NamedDirection:
    """Rows (L, D) as a direction of a model: one row where all used ones move the same layers `alike`."""
    layers, vector = (0, None), rows  # type: Tuple[int, Optional[int]], np.ndarray
    if alike:
        layers = used[0].layers
        vector = rows[layers[0]]
    else:
        made = dict(made, layers=len(rows))
    stdev = float(np.linalg.norm(vector) / np.sqrt(vector.size // rows.shape[1]))
    unit = vector / stdev
    lists: Any = as_list(unit) if unit.ndim == 1 else [as_list(row) for row in unit]
    first = used[0]
    return NamedDirection(name, model, lists, stdev, first.mean, first.latent, layers, sigma_range, made)


def _range(parts: Sequence[Union[Part, StylePart]]) -> Tuple[float, float]:
    """Strengths at which every direction stays within its own usable ones; -1 … 1 where there are none."""
    low, high = -np.inf, np.inf
    for direction, weight in parts:
        if weight:
            ends = sorted(end / weight for end in direction.sigma_range)
            low, high = max(low, ends[0]), min(high, ends[1])
    return (round(float(low), 3), round(float(high), 3)) if low < 0 < high else (-1.0, 1.0)


def _check(used: Sequence[NamedDirection]) -> None:
    first = used[0]
    for other in used[1:]:
        if (len(other.mean), other.latent) != (len(first.mean), first.latent):
            raise BasisMismatch(
                "{!r} is a direction of {} numbers of {}, {!r} of {} of {}".format(
                    *(first.name, len(first.mean), first.latent),
                    *(other.name, len(other.mean), other.latent),
                )
            )
    named = [one for one in used if one.fingerprint]
    for other in named[1:]:
        if named[0].fingerprint != other.fingerprint:
            raise BasisMismatch("{!r} and {!r} belong to two models".format(named[0].name, other.name))


def _model_of(used: Sequence[NamedDirection]) -> str:
    """The fingerprint of the first that says which model it is of; "" if none does."""
    return next((one.fingerprint for one in used if one.fingerprint), "")


def _length(rows: np.ndarray, metric: np.ndarray) -> float:
    return float(np.sqrt(max(0.0, np.einsum("ld,de,le->", rows, metric, rows))))


def _names(directions: Sequence[NamedDirection]) -> str:
    names: List[str] = [repr(one.name) for one in directions]
    return ", ".join(names)
