"""Early and late layers: what kind of factor they change, and how fine their changes are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, List, NamedTuple, Sequence, Tuple

import numpy as np

from ganspace_tf.edits import Edit, apply_edits
from ganspace_tf.measure.effects import Response, responses
from ganspace_tf.measure.frequency import mean_frequency
from ganspace_tf.measure.meter import Meter

SMALLEST = 1e-6  # change that ratios are made of, in factor sigmas


def thirds(n_layers: int) -> List[Tuple[int, int]]:
    """The first and the last third of the layers, inclusive; one layer at least."""
    edge = max(1, n_layers // 3)
    return [(0, edge - 1), (n_layers - edge, n_layers - 1)]


class Kinds(NamedTuple):
    """What kind of change groups of edits make, (G,) each. odds: change of the one group of factors over that
    of the other (root mean squares). cycles: mean spatial frequency of the change, a picture; NaN where
    nothing changes.
    """

    odds: np.ndarray
    cycles: np.ndarray


def kinds(
    meter: Meter,
    w: np.ndarray,
    comp: Any,
    groups: Sequence[Sequence[Edit]],
    one: Sequence[str],
    other: Sequence[str],
) -> Kinds:
    """Measure groups of edits on latents w (N, L, D), for two groups of factors by name."""
    ratios, cycles = [], []
    for edits in groups:
        ratios.append(odds(meter, responses(meter, w, comp, edits), one, other))
        found = np.array([change_frequency(meter, w, comp, edit) for edit in edits])
        cycles.append(found[np.isfinite(found)].mean() if np.isfinite(found).any() else np.nan)
    return Kinds(np.array(ratios), np.array(cycles))


def odds(meter: Meter, response: Response, one: Sequence[str], other: Sequence[str]) -> float:
    """Change of the one group of factors over that of the other by all edits together (root mean squares)."""
    squares = response.rms**2
    sizes = [np.sqrt(squares[:, meter.columns(names)].mean()) for names in (one, other)]
    return float(max(sizes[0], SMALLEST) / max(sizes[1], SMALLEST))


def by_layers(count: int, ranges: Sequence[Tuple[int, int]]) -> List[List[Edit]]:
    """For each range of layers, inclusive, the first `count` components there."""
    return [[Edit(k, first, last) for k in range(count)] for first, last in ranges]


def both_ways(meter: Meter, w: np.ndarray, comp: Any, edit: Edit) -> Tuple[np.ndarray, np.ndarray]:
    """Pictures (N, H, W, 3) of latents (N, L, D) moved by -1 and by +1 sigma of an edit."""
    down, up = (meter.pictures(apply_edits(w, comp, [replace(edit, sigma=sign)])) for sign in (-1.0, 1.0))
    return down, up


def change_frequency(meter: Meter, w: np.ndarray, comp: Any, edit: Edit) -> float:
    """Mean spatial frequency, in cycles a picture, of what two sigma of an edit change in latents (N, L, D);
    NaN if no picture changes.
    """
    found = mean_frequency(*both_ways(meter, w, comp, edit))
    found = found[np.isfinite(found)]
    return float(found.mean()) if len(found) else float("nan")
