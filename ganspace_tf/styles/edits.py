"""Edits S(layer, channel): one style channel, by so many of its sigmas. Pure functions on arrays.

    plain      s_c ← s_c + strength · σ_c             centred    s_c ← μ_c + strength · σ_c

Styles are made of truncated w, so psi does not scale these edits, as it does edits E(v, j-k); where a picture
has both, those of w come first. Axis letters: N samples, S style channels of all layers.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Dict, Iterable, Optional, Sequence

import numpy as np

from ganspace_tf.errors import UsageError
from ganspace_tf.fields import check_fields, from_dict
from ganspace_tf.notation import format_sigma
from nvlabs.reading.shown import show

ENDPOINT = "s"  # by which every generator with styles knows them
FAMILIES = "StyleGAN2 and StyleGAN2-ADA"


@dataclass(frozen=True)
class StyleEdit:
    """One edit of a style channel.

    layer: style layer as `Generator.style_layers` counts, 0 is the first; channel: in it, from 0. sigma:
    strength in standard deviations of the channel. mean, stdev: of the channel, in style units; None: not
    measured yet (`StyleChannels.measured`). name: what the edit does, for people. weight: of the channel in a
    direction of several, which it is moved by for one sigma of these; None is 1. Raises UsageError for values
    that can never be right.
    """

    layer: int
    channel: int
    sigma: float = 1.0
    mean: Optional[float] = None
    stdev: Optional[float] = None
    name: Optional[str] = None
    weight: Optional[float] = None

    def __post_init__(self) -> None:
        check_fields(self)
        if self.layer < 0 or self.channel < 0 or (self.stdev or 0) < 0:
            raise UsageError(
                "style layer {}, channel {} and their sigma must be 0 or more".format(
                    show(self.layer), show(self.channel)
                )
            )

    def __str__(self) -> str:
        return "{} = {}".format(self.place, format_sigma(self.moved))

    @property
    def moved(self) -> float:
        """How far the channel is moved, in its sigmas."""
        return self.sigma if self.weight is None else self.sigma * self.weight

    @property
    def place(self) -> str:
        """Where it acts, in the notation: without the strength."""
        return "S({}, {})".format(self.layer, self.channel)

    def to_json(self) -> Dict[str, Any]:
        """A plain dict with the field names; fields that were not given are left out."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    @classmethod
    def from_json(cls, record: Dict[str, Any]) -> StyleEdit:
        """The inverse of `to_json`. Raises UsageError."""
        made: StyleEdit = from_dict(cls, record)
        return made


def column_of(layers: Sequence[Any], edit: StyleEdit) -> int:
    """The channel's place among the S of all layers. Raises UsageError for one that is not there."""
    if edit.layer >= len(layers):
        raise UsageError(
            "{} names style layer {}, but the network has style layers 0-{}".format(
                edit.place, edit.layer, len(layers) - 1
            )
        )
    layer = layers[edit.layer]
    if edit.channel >= layer.channels:
        raise UsageError(
            "{} names channel {}, but style layer {} ({}) has channels 0-{}".format(
                edit.place, edit.channel, edit.layer, layer.scope, layer.channels - 1
            )
        )
    return sum(before.channels for before in layers[: edit.layer]) + edit.channel


def check_style_edits(edits: Iterable[StyleEdit], gen: Any) -> None:
    """Raises UsageError for edits of channels that a generator does not have, before any work is done."""
    for edit in edits:
        check_styles(gen, edit.place)
        column_of(gen.style_layers, edit)


def check_styles(gen: Any, asked: str) -> None:
    """Raises UsageError for a generator without style channels. asked: what was asked of it."""
    if not gen.style_layers:
        raise UsageError(
            "{}: {} ({}) has no style channels, as {} have; edits E(v, j-k) are for every family".format(
                asked, gen.name, gen.family, FAMILIES
            )
        )


def apply_style_edits(
    styles: np.ndarray, layers: Sequence[Any], edits: Iterable[StyleEdit], centred: bool = False
) -> np.ndarray:
    """Styles (N, S) after the edits, a new float32 array.

    layers: `Generator.style_layers`. centred: "move to" instead of "move by" (module docstring). Raises
    UsageError for a channel that is not there, or whose sigma was not measured.
    """
    out = np.array(styles, np.float32)
    for edit in edits:
        column = column_of(layers, edit)
        if edit.mean is None or edit.stdev is None:
            raise UsageError("{} has no sigma: its channel has to be measured first".format(edit.place))
        before = np.float32(edit.mean) if centred else out[:, column]
        out[:, column] = before + np.float32(edit.moved) * np.float32(edit.stdev)
    return out
