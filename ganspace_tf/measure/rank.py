"""Components in the order of what they do, with the layers and strengths to use them at."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from ganspace_tf.edits import Edit
from ganspace_tf.measure.effects import Response, ends_of, numbers_at, responses
from ganspace_tf.measure.handles import shared
from ganspace_tf.measure.meter import Meter
from ganspace_tf.measure.search import layer_ranges
from ganspace_tf.measure.truncation import Ordinary

STRENGTHS = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 20.0)  # sigma, tried from the middle outwards
TOO_MANY = 0.1  # more unusual pictures (as a share of all) than without the edit: no longer usable
FARTHEST = 6.0  # sigma; latents do not lie farther out, so a picture that stays ordinary there tells nothing
KEPT = 0.5  # of the effect on all layers that suggested layers have to keep


class Ranked(NamedTuple):
    """One edit. effect: change per sigma, in factor sigmas: of all factors on all layers (root of the sum of
    squares) where no factor was asked for, else of the factor, on `layers`, with its sign. factor: the one
    that changes most, or that was asked for; share: of the whole change, on `layers` (inclusive), the best
    ones. low, high: strengths in sigma between which pictures stay ordinary.
    """

    component: int
    effect: float
    factor: str
    share: float
    layers: Tuple[int, int]
    low: float
    high: float

    @property
    def edit(self) -> Edit:
        """The edit, at the strength of one sigma."""
        return Edit(self.component, self.layers[0], self.layers[1])

    @property
    def doubt(self) -> str:
        """Why the strengths are no advice, or "" where they are."""
        return doubt(self.low, self.high)


def doubt(low: float, high: float) -> str:
    """Why a measured range of strengths is no advice: it leaves no room, or goes beyond what latents do."""
    if low > -1 and high < 1:
        return "one sigma is too much"
    if low > -1 or high < 1:
        return "one way only"
    if max(-low, high) > FARTHEST:
        return "an end beyond {:g} σ says nothing".format(FARTHEST)
    return ""


def rank_all(meter: Meter, w: np.ndarray, comp: Any, components: Sequence[int]) -> List[Ranked]:
    """The components with the largest effect on latents w (N, L, D) first.

    Layers: those of `search.layer_ranges` where the main factor has the largest share of the change, of those
    that keep half of its effect. Strengths: `usable_range` there. Costs about 2·N·(ranges + 9) pictures a
    component.
    """
    ranges, found = layer_ranges(meter.gen.n_layers), []
    edits = [Edit(int(k), first, last) for k in components for first, last in ranges]
    every = responses(meter, w, comp, edits)  # all at once: what they share is drawn once
    ordinary = _ordinary(meter, w)
    before = _unusual(meter, w, ordinary)
    for i, k in enumerate(components):
        own = slice(i * len(ranges), (i + 1) * len(ranges))
        response = Response(every.mean[own], every.rms[own])
        main = int(np.abs(response.mean[0]).argmax())  # the first range is all layers
        strong = np.abs(response.mean[:, main]) >= KEPT * np.abs(response.mean[0, main])
        best = int(np.where(strong, response.purity()[:, main], -1).argmax())
        layers = ranges[best]
        low, high = usable_range(meter, w, comp, Edit(int(k), *layers), ordinary, before)
        share = float(response.purity()[best, main])
        effect = float(response.total()[0])
        found.append(Ranked(int(k), effect, meter.names[main], share, layers, low, high))
    return sorted(found, key=lambda one: -one.effect)


def rank_for(
    meter: Meter, w: np.ndarray, comp: Any, factor: str, components: Sequence[int], top: int
) -> List[Ranked]:
    """The `top` edits for a factor of the meter, by purity × effect on latents w (N, L, D): each component on
    each range of `search.layer_ranges`. Of one component on overlapping layers the best one counts. Costs
    2·N pictures an edit, and 18·N for each of the top.
    """
    ranges, column = layer_ranges(meter.gen.n_layers), meter.names.index(factor)
    edits = [Edit(int(k), first, last) for k in components for first, last in ranges]
    response = responses(meter, w, comp, edits)
    effects, purity = response.mean[:, column], response.purity()[:, column]
    chosen: List[int] = []
    for row in np.argsort(-np.abs(effects) * purity, kind="stable").tolist():
        if len(chosen) < top and not any(shared(edits[row], edits[other]) for other in chosen):
            chosen.append(row)
    ordinary, found = _ordinary(meter, w), []
    before = _unusual(meter, w, ordinary)
    for row in chosen:
        edit = edits[row]
        low, high = usable_range(meter, w, comp, edit, ordinary, before)
        layers = (edit.first_layer, int(edit.last_layer or 0))
        effect, share = float(effects[row]), float(purity[row])
        found.append(Ranked(edit.component, effect, factor, share, layers, low, high))
    return found


def _ordinary(meter: Meter, w: np.ndarray) -> Ordinary:
    """What the network's own pictures look like, from the latents or, where they are few, from more, drawn
    for the meter's class and psi.
    """
    if len(w) < 64:
        w = meter.gen.w(n=256, seed=91, labels=meter.look.labels(1), psi=meter.look.psi)
    return Ordinary(meter.measured(w, meter.features))


def usable_range(
    meter: Meter,
    w: np.ndarray,
    comp: Any,
    edit: Edit,
    ordinary: Ordinary,
    before: Optional[float] = None,
) -> Tuple[float, float]:
    """Strengths in sigma, from low to high, between which edited pictures stay ordinary: at most a tenth more
    of them than before is beyond the limit of the network's own pictures. 0 where one sigma is too much.

    before: the share of w's own pictures that is, where it is known.
    """
    most = TOO_MANY + (_unusual(meter, w, ordinary) if before is None else before)
    reached, going = {-1.0: 0.0, 1.0: 0.0}, [-1.0, 1.0]
    for strength in STRENGTHS:
        if not going:
            break
        ends = ends_of(comp, [[replace(edit, sigma=sign * strength)] for sign in going])
        (features,) = numbers_at(meter, w, [ends], meter.features)
        going = [sign for sign, rows in zip(going, features) if ordinary.artefacts(rows) <= most]
        reached.update({sign: sign * strength for sign in going})
    return reached[-1.0], reached[1.0]


def _unusual(meter: Meter, w: np.ndarray, ordinary: Ordinary) -> float:
    """The share of unusual pictures before any edit."""
    return ordinary.artefacts(meter.measured(w, meter.features))
