"""Single style channels that move one factor, found as StyleSpace finds them (Wu et al. 2021, detecting
attribute-specific channels).

The pictures that have most of a factor are its exemplars, 10 to 30 of them. With δ = (s - μ) / σ, how far the
styles s of an exemplar are from those of all, a channel counts by θ = |mean of δ| / deviation of δ over the
exemplars. The channels with the largest θ are candidates; what each of them does is measured.
"""

from __future__ import annotations

from typing import Any, List, NamedTuple

import numpy as np

from ganspace_tf.edits import Edit
from ganspace_tf.errors import UnknownName, UsageError
from ganspace_tf.measure.asking import Asking, asking
from ganspace_tf.measure.baselines import Basis
from ganspace_tf.measure.effects import responses
from ganspace_tf.measure.meter import Meter
from ganspace_tf.measure.rank import doubt, rank_for
from ganspace_tf.measure.search import Found, best_edits
from ganspace_tf.styles.channels import StyleChannels, style_channels
from ganspace_tf.styles.edits import StyleEdit
from ganspace_tf.styles.space import StyleSpace

EXEMPLARS = 30
SHARE = 8  # at most one in so many pictures is an exemplar
CANDIDATES = 20


def relevance(styles: np.ndarray, values: np.ndarray, channels: StyleChannels) -> np.ndarray:
    """θ of every channel, (S,), with the sign of its mean; a channel that does not vary has none.

    styles: (N, S) of pictures with a factor of (N,) values: the highest are the exemplars. Raises UsageError
    for fewer than two of these.
    """
    count = min(EXEMPLARS, len(values) // SHARE)
    if count < 2:
        text = "channels are found from {} pictures or more, not {}"
        raise UsageError(text.format(2 * SHARE, len(values)))
    exemplars = np.asarray(styles, np.float64)[np.argsort(-np.asarray(values), kind="stable")[:count]]
    stdev = np.asarray(channels.stdev, np.float64)
    alive = stdev > 1e-6 * stdev.max()
    moved = (exemplars - channels.mean) / np.where(alive, stdev, 1.0)
    return np.where(alive, moved.mean(axis=0) / np.maximum(moved.std(axis=0), 1e-12), 0.0)


def candidates(theta: np.ndarray, count: int = CANDIDATES) -> np.ndarray:
    """The channels of the largest θ, best first, (count,) columns of S."""
    return np.argsort(-np.abs(theta), kind="stable")[:count]


def channel_basis(channels: StyleChannels, columns: Any) -> Basis:
    """Some channels as directions of a `StyleSpace`."""
    chosen = np.asarray(columns, int)
    directions = np.zeros((len(chosen), len(channels.mean)), np.float32)
    directions[np.arange(len(chosen)), chosen] = 1
    return Basis(directions, channels.stdev[chosen], channels.mean)


class FoundChannels(NamedTuple):
    """columns: (K,) channels that were tried. basis: of these. found: for each factor the best edit of it."""

    columns: np.ndarray
    basis: Basis
    found: List[Found]


def find_channels(meter: Meter, channels: StyleChannels, columns: np.ndarray, w: np.ndarray) -> FoundChannels:
    """For each factor the purest of its own candidates that do enough.

    meter: of a `StyleSpace`. columns: (F, count), candidates of each factor. w: (N, 1, S) that they are tried
    on; 2·N pictures a candidate.
    """
    every = np.unique(columns)
    place, basis = np.searchsorted(every, columns), channel_basis(channels, every)
    edits, found = [Edit(k) for k in range(len(every))], []
    response = responses(meter, w, basis, edits)
    for f, own in enumerate(place):
        rows = response._replace(mean=response.mean[own], rms=response.rms[own])
        found.append(best_edits(rows, [edits[k] for k in own])[f])
    return FoundChannels(every, basis, found)


class RankedChannel(NamedTuple):
    """A style channel. edit: at one sigma, ready to be used. theta: θ of the recipe, signed. rgb: whether its
    layer makes RGB. The rest as of `rank.Ranked`.
    """

    edit: StyleEdit
    theta: float
    rgb: bool
    effect: float
    factor: str
    share: float
    low: float
    high: float

    @property
    def doubt(self) -> str:
        """Why the strengths are no advice, or "" where they are."""
        return doubt(self.low, self.high)


def rank_channels(
    gen: Any, factor: str, top: int = 5, ask: Any = None, **options: Any
) -> List[RankedChannel]:
    """The style channels that move a factor of the scorer most and alone, by purity × effect, best first.

    The exemplars are among the pictures that fix the units. ask, options: as for `asking.rank`. Raises
    UnknownName (factor), UsageError (a family without style channels).
    """
    found: Asking = ask or asking(gen, **options)
    meter = found.meter
    if factor not in meter.names:
        raise UnknownName.among("factor", factor, meter.names, "measured by {}".format(found.scorer))
    space = StyleSpace(gen, meter.look.psi, meter.look.cutoff)
    channels = style_channels(gen, labels=meter.look.labels(1))
    theta = relevance(space.of(found.own)[:, 0], meter.sample[:, meter.names.index(factor)], channels)
    columns = candidates(theta)
    rows = rank_for(
        meter.through(space),
        space.of(found.w),
        channel_basis(channels, columns),
        factor,
        range(len(columns)),
        top,
    )
    ranked = []
    for row in rows:
        column = int(columns[row.component])
        edit = channels.edit(column)
        rgb = bool(channels.layers[edit.layer].rgb)
        numbers = row.effect, row.factor, row.share, row.low, row.high
        ranked.append(RankedChannel(edit, float(theta[column]), rgb, *numbers))
    return ranked
