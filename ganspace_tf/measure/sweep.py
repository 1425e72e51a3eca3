"""What an edit does from one end of its range to the other, with intervals; and how much pictures change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, List, NamedTuple, Sequence, Tuple

import numpy as np

from ganspace_tf.edits import Edit, apply_edits
from ganspace_tf.measure.claims import Interval, interval
from ganspace_tf.measure.effects import Response
from ganspace_tf.measure.meter import Meter


class Change(NamedTuple):
    """How one factor changes over a sweep, mean over latents with 95 % interval, in factor sigmas.

    factor: its name. unit: one factor sigma in the scorer's own unit.
    """

    factor: str
    found: Interval
    unit: float


class Swept(NamedTuple):
    """What a sweep of an edit changes, the factor that changes most first.

    low, high: its ends in sigma. purity: share of the first factor in the whole change, leakage: change of
    all others for each unit of it, both as of `Response`.
    """

    low: float
    high: float
    changes: Tuple[Change, ...]
    purity: float
    leakage: float


def swept(meter: Meter, w: np.ndarray, comp: Any, edit: Edit, low: float, high: float) -> Swept:
    """Measure an edit from `low` to `high` sigma on latents w (N, L, D), three or more; 2·N pictures.

    The edit's own strength does not count. The intervals say how well N latents settle the mean.
    """
    first, last = ends_of(meter, w, comp, edit, low, high)
    change = meter.read(last) - meter.read(first)  # (N, F)
    response = Response(change.mean(axis=0)[None], np.sqrt((change**2).mean(axis=0))[None])
    order = np.argsort(-np.abs(response.mean[0]), kind="stable")
    changes = tuple(
        Change(meter.names[f], interval(change[:, f]), float(meter.spread[f])) for f in order.tolist()
    )
    main = int(order[0])
    purity, leakage = float(response.purity()[0, main]), float(response.leakage()[0, main])
    return Swept(float(low), float(high), changes, purity, leakage)


def ends_of(
    meter: Meter, w: np.ndarray, comp: Any, edit: Edit, low: float, high: float
) -> Tuple[np.ndarray, np.ndarray]:
    """Pictures (N, H, W, 3) uint8 at both ends of a sweep."""
    edited = [apply_edits(w, comp, [replace(edit, sigma=float(sigma))]) for sigma in (low, high)]
    first, last = np.split(meter.pictures(np.concatenate(edited)), 2)
    return first, last


def pixel_change(meter: Meter, w: np.ndarray, comp: Any, edits: Sequence[Edit]) -> np.ndarray:
    """(M,) how much pictures of latents w (N, L, D) differ between -1 and +1 sigma of M edits: mean absolute
    difference of their pixels, in levels (0 to 255).
    """
    found: List[float] = []
    for edit in edits:
        first, last = ends_of(meter, w, comp, edit, -1.0, 1.0)
        found.append(float(np.abs(last.astype(np.float32) - first).mean()))
    return np.array(found)
