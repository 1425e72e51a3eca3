"""The best style channel of each factor beside the best edits of w, measured alike, for fig18."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple

import numpy as np

from ganspace_tf.directions import boundary
from ganspace_tf.edits import Edit
from ganspace_tf.measure.baselines import Basis, measured_basis
from ganspace_tf.measure.channels import (
    CANDIDATES,
    FoundChannels,
    candidates,
    channel_basis,
    find_channels,
    relevance,
)
from ganspace_tf.measure.effects import Reached, all_layers, at_equal_effect, responses
from ganspace_tf.measure.layers import odds
from ganspace_tf.measure.meter import Meter
from ganspace_tf.measure.search import Found
from ganspace_tf.styles.channels import StyleChannels, style_channels
from ganspace_tf.styles.space import StyleSpace

from .common import Study
from .found import found_edits

LEAST, MOST = 1e-3, 100.0  # of what a geometric mean takes: rounding, and what has no effect


class Rivals(NamedTuple):
    """What is compared. comp, edits: components of w and their best edit for each factor by name; lines: a
    boundary a factor; space, channels: the style channels; pointed: (F, 20) those that examples point to;
    best: the best for each factor; seen: the meter that sees styles.
    """

    comp: Any
    edits: Dict[str, Found]
    lines: Basis
    space: StyleSpace
    channels: StyleChannels
    pointed: np.ndarray
    best: FoundChannels
    seen: Meter

    def channel(self, f: int, sigma: float = 1.0) -> Any:
        """The best style channel of a factor, as an edit."""
        return self.channels.edit(int(self.best.columns[self.best.found[f].edit.component]), sigma)


def rivals(study: Study) -> Rivals:
    """The best of each kind for each factor, on latents that nothing is measured on later."""
    gen, meter, comp = study.gen, study.meter, study.components()
    space, channels = StyleSpace(gen), style_channels(gen)
    styles = space.of(gen.w(n=study.size["unit"], seed=90))[:, 0]
    pointed = np.stack([candidates(relevance(styles, values, channels)) for values in examples(study).T])
    seen = meter.through(space)
    best = find_channels(seen, channels, pointed, space.of(study.sample(0)))
    w = gen.w(n=study.size["rows"], seed=55)
    lines = measured_basis(
        np.stack([boundary(w[:, 0], scores) for scores in meter.factors(w).T]), study.latents()
    )
    return Rivals(comp, found_edits(study, comp), lines, space, channels, pointed, best, seen)


def examples(study: Study) -> np.ndarray:
    """What the examples of each factor are chosen by, (N, F): the factors of the pictures."""
    return np.asarray(study.meter.sample)


def at_one_sigma(study: Study, given: Rivals, w: np.ndarray) -> Dict[str, List[Reached]]:
    """The three kinds of edits where each factor has changed by so much as the settings say, on latents
    (N, L, D).
    """
    wanted, s = study.settings["effect"], given.space.of(w)
    rows: Dict[str, List[Reached]] = {"w": [], "s": [], "boundaries": []}
    for f, name in enumerate(study.meter.names):
        rows["w"].append(at_equal_effect(study.meter, w, given.comp, given.edits[name].edit, f, wanted))
        rows["s"].append(
            at_equal_effect(given.seen, s, given.best.basis, given.best.found[f].edit, f, wanted)
        )
        rows["boundaries"].append(at_equal_effect(study.meter, w, given.lines, Edit(f), f, wanted))
    return rows


def cleanness(one: List[Reached], other: List[Reached]) -> float:
    """Leakage of the one over that of the other, geometric mean over factors."""
    logs = [np.log(np.clip([reached.leakage for reached in rows], LEAST, MOST)) for rows in (one, other)]
    return float(np.exp((logs[0] - logs[1]).mean()))


def pointed_to(given: Rivals, s: np.ndarray, random: np.random.RandomState) -> float:
    """Largest effect on a factor of the channels that its examples point to, less that of as many random
    ones, on styles (N, 1, S): mean over factors, in factor sigmas for one of the channel's.
    """
    others = random.permutation(len(given.channels.mean))[:CANDIDATES]
    every = np.unique(np.append(given.pointed, others))
    found = responses(given.seen, s, channel_basis(given.channels, every), all_layers(len(every)))
    effects = np.abs(found.mean)
    ours = [effects[np.searchsorted(every, own), f].max() for f, own in enumerate(given.pointed)]
    theirs = effects[np.searchsorted(every, others)].max(axis=0)
    return float(np.mean(ours) - np.mean(theirs))


def rgb_over_maps(study: Study, given: Rivals, s: np.ndarray, random: np.random.RandomState) -> float:
    """Change of geometry over change of appearance by random channels of ToRGB layers, over the same by
    random channels of feature maps.
    """
    rgb = np.repeat(
        [layer.rgb for layer in given.channels.layers], [x.channels for x in given.channels.layers]
    )
    sides, found = (study.groups["geometry"], study.groups["appearance"]), []
    for kind in (True, False):
        own = random.permutation(np.flatnonzero(rgb == kind))[: study.settings["channels"]]
        basis = channel_basis(given.channels, own)
        response = responses(given.seen, s, basis, all_layers(len(own)), study.settings["step"])
        found.append(odds(study.meter, response, *sides))
    return found[0] / found[1]
