"""Components in the order of what they do, with the layers and strengths to use them at."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, List, NamedTuple, Sequence, Tuple

import numpy as np

from ganspace_tf.edits import Edit, apply_edits
from ganspace_tf.measure.effects import responses
from ganspace_tf.measure.meter import Meter
from ganspace_tf.measure.search import layer_ranges
from ganspace_tf.measure.truncation import Ordinary

STRENGTHS = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 20.0)  # sigma, tried from the middle outwards
TOO_MANY = 0.1  # more unusual pictures (as a share of all) than without the edit: no longer usable
KEPT = 0.5  # of the effect on all layers that suggested layers have to keep


class Ranked(NamedTuple):
    """One component. effect: change of all factors per sigma on all layers (root of the sum of squares, in
    factor sigmas). factor: the one that changes most; share: of the whole change, on `layers` (inclusive),
    the suggested ones. low, high: strengths in sigma between which pictures stay ordinary.
    """

    component: int
    effect: float
    factor: str
    share: float
    layers: Tuple[int, int]
    low: float
    high: float


def rank(meter: Meter, w: np.ndarray, comp: Any, components: Sequence[int]) -> List[Ranked]:
    """The components with the largest effect on latents w (N, L, D) first.

    Layers: those of `search.layer_ranges` where the main factor has the largest share of the change, of those
    that keep half of its effect. Strengths: `usable_range` there. Costs about 2·N·(ranges + 9) pictures a
    component.
    """
    ordinary = Ordinary(meter.features(meter.pictures(w if len(w) >= 64 else meter.gen.w(n=256, seed=91))))
    ranges, found = layer_ranges(meter.gen.n_layers), []
    for k in components:
        response = responses(meter, w, comp, [Edit(int(k), first, last) for first, last in ranges])
        main = int(np.abs(response.mean[0]).argmax())  # the first range is all layers
        strong = np.abs(response.mean[:, main]) >= KEPT * np.abs(response.mean[0, main])
        best = int(np.where(strong, response.purity()[:, main], -1).argmax())
        layers = ranges[best]
        low, high = usable_range(meter, w, comp, Edit(int(k), *layers), ordinary)
        share = float(response.purity()[best, main])
        effect = float(response.total()[0])
        found.append(Ranked(int(k), effect, meter.names[main], share, layers, low, high))
    return sorted(found, key=lambda one: -one.effect)


def usable_range(
    meter: Meter, w: np.ndarray, comp: Any, edit: Edit, ordinary: Ordinary
) -> Tuple[float, float]:
    """Strengths in sigma, from low to high, between which edited pictures stay ordinary: at most a tenth more
    of them than before is beyond the limit of the network's own pictures. 0 where one sigma is too much.
    """
    before, ends = ordinary.artefacts(meter.features(meter.pictures(w))), []
    for sign in (-1.0, 1.0):
        reached = 0.0
        for strength in STRENGTHS:
            edited = apply_edits(w, comp, [replace(edit, sigma=sign * strength)])
            if ordinary.artefacts(meter.features(meter.pictures(edited))) > before + TOO_MANY:
                break
            reached = sign * strength
        ends.append(reached)
    return ends[0], ends[1]
