"""The best single edit E(v, j-k) for each factor, found by trying components and layer ranges."""

from __future__ import annotations

from typing import Any, List, NamedTuple, Sequence, Tuple

import numpy as np

from ganspace_tf.edits import Edit
from ganspace_tf.measure.effects import Response, responses
from ganspace_tf.measure.meter import Meter

ENOUGH = 0.3  # of the largest effect that any candidate has on the factor; weaker ones are no handle on it


def layer_ranges(n_layers: int) -> List[Tuple[int, int]]:
    """Inclusive ranges worth trying, the most useful first: all layers; the coarse, middle and fine third;
    each resolution (two layers); neighbouring resolutions.
    """
    pairs = [(first, min(first + 1, n_layers - 1)) for first in range(0, n_layers, 2)]
    wider = [(first, min(first + 3, n_layers - 1)) for first in range(0, n_layers - 2, 2)]
    cuts = [round(n_layers * part / 3) for part in range(4)]
    thirds = [(low, high - 1) for low, high in zip(cuts, cuts[1:]) if high > low]
    found: List[Tuple[int, int]] = []
    for one in [(0, n_layers - 1)] + thirds + pairs + wider:
        if one not in found:
            found.append(one)
    return found


def candidates(components: int, ranges: Sequence[Tuple[int, int]]) -> List[Edit]:
    """Every component on every range."""
    return [Edit(k, first, last) for k in range(components) for first, last in ranges]


class Found(NamedTuple):
    """The best edit for a factor: +1 sigma raises the factor. effect, leakage, purity as of `Response`."""

    edit: Edit
    effect: float
    leakage: float
    purity: float


def best_edits(response: Response, edits: Sequence[Edit]) -> List[Found]:
    """For each of the F factors the purest of the edits that have at least ENOUGH of the largest effect."""
    strength, purity, leakage = np.abs(response.mean), response.purity(), response.leakage()
    best = []
    for f in range(strength.shape[1]):
        row = int(np.where(strength[:, f] >= ENOUGH * strength[:, f].max(), purity[:, f], -1).argmax())
        sign = 1.0 if response.mean[row, f] >= 0 else -1.0
        edit = Edit(edits[row].component, edits[row].first_layer, edits[row].last_layer, sign)
        best.append(Found(edit, float(strength[row, f]), float(leakage[row, f]), float(purity[row, f])))
    return best


def search(
    meter: Meter, w: np.ndarray, fresh: np.ndarray, comp: Any, edits: Sequence[Edit], step: float = 1.0
) -> List[Found]:
    """Find the best edit for each factor on latents w, and measure it again on fresh latents (N, L, D).

    The numbers are those of the fresh latents, since the largest of many noisy numbers is too large.
    """
    chosen = best_edits(responses(meter, w, comp, edits, step), edits)
    again = responses(meter, fresh, comp, [found.edit for found in chosen], step)
    leakage, purity = again.leakage(), again.purity()
    return [
        Found(found.edit, float(abs(again.mean[f, f])), float(leakage[f, f]), float(purity[f, f]))
        for f, found in enumerate(chosen)
    ]
