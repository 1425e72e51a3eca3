"""The truncation study: quality, diversity and the effect of edits by psi."""

from __future__ import annotations

from typing import Any, List, NamedTuple, Sequence

import numpy as np

from ganspace_tf.demo.scorer import frechet_distance
from ganspace_tf.edits import Edit, apply_edits
from ganspace_tf.errors import UsageError
from ganspace_tf.measure.effects import responses
from ganspace_tf.measure.meter import Meter

ORDINARY = 99.0  # percent of the held-out reference pictures that count as ordinary
RIDGE = 1e-3  # of the mean variance, added to every axis, so that features that never vary cannot divide by 0


class Ordinary:
    """What reference pictures look like in feature space, to tell pictures that do not.

    features: (N, G) of the reference; every second row shapes the distribution, the others set the limit:
    the Mahalanobis distance within which 99 % of them lie. Raises UsageError for fewer than 8 rows.
    """

    def __init__(self, features: np.ndarray) -> None:
        features = np.asarray(features, np.float64)
        if len(features) < 8:
            raise UsageError("8 reference pictures or more are needed, not {}".format(len(features)))
        shape, held = features[::2], features[1::2]
        self.mean = shape.mean(axis=0)
        values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(shape, rowvar=False)))
        values = np.maximum(values, 0) + RIDGE * max(values.mean(), 1e-12)
        # only axes that so many pictures can settle count: one for every four of them
        most = max(1, len(shape) // 4)
        self._axes = vectors[:, -most:] / np.sqrt(values[-most:])
        self.limit = float(np.percentile(self.distance(held), ORDINARY))

    def distance(self, features: np.ndarray) -> np.ndarray:
        """(N,) Mahalanobis distance of features (N, G) from the reference."""
        return np.linalg.norm((np.asarray(features, np.float64) - self.mean) @ self._axes, axis=1)

    def artefacts(self, features: np.ndarray) -> float:
        """Share of pictures beyond the limit, 0 to 1; 0.01 is what ordinary pictures have."""
        return float((self.distance(features) > self.limit).mean())


class Quality(NamedTuple):
    """One row of the study. frechet: to the reference; artefacts: share of unusual pictures; diversity:
    spread of the features as a share of the reference's.
    """

    psi: float
    frechet: float
    artefacts: float
    diversity: float


def study(
    meter: Meter,
    w: np.ndarray,
    reference: np.ndarray,
    psis: Sequence[float],
    comp: Any = None,
    edits: Sequence[Edit] = (),
) -> List[Quality]:
    """Quality and diversity of latents w (N, L, D), after the edits if there are any, for each psi.

    reference: pictures (M, H, W, 3) uint8 of what the network should make. Truncation comes after edits.
    """
    target = meter.features(reference)
    ordinary, spread = Ordinary(target), np.sqrt(target.var(axis=0).sum())
    edited = apply_edits(w, comp, edits) if edits else w
    rows = []
    for psi in psis:
        features = meter.at(psi).measured(edited, meter.features)
        diversity = float(np.sqrt(features.var(axis=0).sum()) / max(spread, 1e-12))
        rows.append(
            Quality(float(psi), frechet_distance(target, features), ordinary.artefacts(features), diversity)
        )
    return rows


def effect_by_psi(
    meter: Meter, w: np.ndarray, comp: Any, edit: Edit, psis: Sequence[float], step: float = 1.0
) -> np.ndarray:
    """(P, F) mean change of every factor per sigma of an edit, in factor sigmas, at each psi."""
    return np.stack([responses(meter.at(psi), w, comp, [edit], step).mean[0] for psi in psis])


class Left(NamedTuple):
    """What is left of an edit at a psi, per sigma. effect: change of its factor, which is the one that it
    changes most without truncation; others: change of all other factors; share: of the factor in the whole
    change.
    """

    psi: float
    effect: float
    others: float
    share: float


def left_of(effects: np.ndarray, psis: Sequence[float]) -> List[Left]:
    """Where an edit's effect goes. effects: (P, F), of `effect_by_psi`; psis: P values, with 1 among them."""
    squares = np.asarray(effects, np.float64) ** 2
    main = int(squares[list(psis).index(1.0)].argmax())
    own, whole = np.sqrt(squares[:, main]), np.sqrt(squares.sum(axis=1))
    others = np.sqrt(np.maximum(whole**2 - own**2, 0))
    return [
        Left(float(psi), float(a), float(b), float(a / c) if c else 0.0)
        for psi, a, b, c in zip(psis, own, others, whole)
    ]
