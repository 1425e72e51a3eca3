"""A named direction of style channels: one channel, or several that are moved together.

format       1
name         "shell hue"                   fingerprint  of the model, 64 hex digits
channels     of each its layer and channel as in S(layer, channel), weight (its sigmas for one of the
             direction), mean and stdev (of the channel, in style units)
sigma_range  [low, high] where pictures stay what they are
made         how it was found, for people  preview      a PNG in base64, or null
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Dict, Iterable, List, NamedTuple, Sequence, Tuple

from ganspace_tf.directions.record import Record
from ganspace_tf.errors import BasisMismatch, GanspaceError, UsageError
from ganspace_tf.fields import check_fields, from_dict
from ganspace_tf.notation import format_sigma
from ganspace_tf.styles.channels import style_channels
from ganspace_tf.styles.edits import StyleEdit, check_style_edits

NOTHING = 1e-6  # of a weight: less is rounding
SHOWN = 4  # channels that are named in words
LATENT = "s"  # what it moves, where directions say w or z


class Channel(NamedTuple):
    """One channel of a direction; fields as in the module's table."""

    layer: int
    channel: int
    weight: float
    mean: float
    stdev: float

    def edit(self, sigma: float = 1.0, name: Any = None) -> StyleEdit:
        """What it does for so many sigmas of the direction."""
        weight = None if self.weight == 1 else self.weight
        return StyleEdit(self.layer, self.channel, sigma, self.mean, self.stdev, name, weight)


@dataclass(frozen=True)
class StyleDirection(Record):
    """Style channels with everything needed to move them; fields as in the module's table.

    Raises UsageError for values that cannot be right.
    """

    name: str
    fingerprint: str
    channels: List[Channel]
    sigma_range: Tuple[float, float] = (-2.0, 2.0)
    made: Dict[str, Any] = field(default_factory=dict)
    preview: Any = None

    def __post_init__(self) -> None:
        check_fields(self)
        self._check_words()
        if not self.fingerprint:
            raise UsageError("{!r} moves style channels: it needs the model they are of".format(self.name))
        places = set()
        for one in self.channels:
            check_fields(one)
            place = one.edit().place  # refuses numbers below 0
            if not abs(one.weight) > NOTHING or place in places:
                text = "{!r}: every channel is named once, with a weight that is not 0, unlike {}"
                raise UsageError(text.format(self.name, place))
            places.add(place)
        if not places:
            raise UsageError("{!r} moves no channel".format(self.name))

    @classmethod
    def of(
        cls, name: str, gen: Any, edits: Iterable[StyleEdit], labels: Any = None, **fields: Any
    ) -> StyleDirection:
        """Channels of a network under a name of their own; the strength of each edit is its weight.

        labels: the class whose sigmas count, of networks with classes. Raises UsageError for channels that
        the network does not have.
        """
        edits = list(edits)
        check_style_edits(edits, gen)
        found = style_channels(gen, labels=labels).measured(edits)
        weighed = [replace(one, sigma=1.0, weight=one.moved) for one in found]
        return cls.of_edits(name, gen.fingerprint, weighed, **fields)

    @classmethod
    def of_edits(
        cls, name: str, fingerprint: str, edits: Iterable[StyleEdit], **fields: Any
    ) -> StyleDirection:
        """The direction of measured edits that go together; their strength does not count."""
        channels = [
            Channel(one.layer, one.channel, 1.0 if one.weight is None else one.weight, mean, stdev)
            for one in edits
            for mean, stdev in [(one.mean or 0.0, one.stdev or 0.0)]
        ]
        return cls(name, fingerprint, channels, **fields)

    @classmethod
    def from_record(cls, record: Dict[str, Any]) -> StyleDirection:
        """Of the JSON values of a file. Raises UsageError."""
        listed = record.get("channels")
        if not isinstance(listed, list):
            raise UsageError("channels are a list")
        channels = [from_dict(Channel, one) for one in listed]
        direction: StyleDirection = from_dict(cls, dict(record, channels=channels))
        low, high = direction.sigma_range  # JSON has lists alone
        return replace(direction, sigma_range=(low, high))

    @property
    def latent(self) -> str:
        """ "s", for style channels, where other directions are of w or z."""
        return LATENT

    @property
    def single(self) -> bool:
        """Whether it is one channel in its own sigmas, as S(layer, channel) moves it."""
        return len(self.channels) == 1 and self.channels[0].weight == 1

    @property
    def unnamed(self) -> bool:
        """Whether it is called as S(layer, channel) is written, and nothing more."""
        return self.single and self.name == self.place()

    def edits(self, sigma: float = 1.0) -> List[StyleEdit]:
        """The edits that together go along it."""
        name = None if self.unnamed else self.name
        return [one.edit(sigma, name) for one in self.channels]

    def flipped(self) -> StyleDirection:
        """The same the other way round: what was -1 sigma is +1."""
        low, high = self.sigma_range
        turned = [one._replace(weight=-one.weight) for one in self.channels]
        return replace(self, channels=turned, sigma_range=(-high, -low))

    def where(self) -> Dict[str, Any]:
        """Where it acts, as JSON values of its own name: channels with their weights."""
        return {"channels": [str(replace(one.edit(), sigma=1.0)) for one in self.channels]}

    def place(self) -> str:
        """The same in words: the channels that are moved most."""
        first = sorted(self.channels, key=lambda one: -abs(one.weight))[:SHOWN]
        if self.single:
            return first[0].edit().place
        words = ["{} {}".format(format_sigma(round(one.weight, 3)), one.edit().place) for one in first]
        more = len(self.channels) - len(first)
        return ", ".join(words) + (" and {} more".format(more) if more else "")

    def check_model(self, gen: Any, any_basis: bool = False) -> None:
        """Raises BasisMismatch if it was found in another model (any_basis: that is allowed), UsageError for
        a network that does not have these channels.
        """
        if not any_basis:
            self._check_fingerprint(gen)
        check_style_edits(self.edits(), gen)

    def fits(self, gen: Any) -> bool:
        """Whether it is of a generator's model."""
        try:
            self.check_model(gen)
        except GanspaceError:
            return False
        return True

    def values(self) -> Dict[str, Any]:
        """All fields as JSON values."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return dict(values, channels=[one._asdict() for one in self.channels])


def summed(
    name: str,
    parts: Sequence[Tuple[StyleDirection, float]],
    sigma_range: Tuple[float, float],
    made: Dict[str, Any],
) -> StyleDirection:
    """The weighted sum of directions of style channels. Raises UsageError where nothing is left,
    BasisMismatch for directions of two models.
    """
    found: Dict[Tuple[int, int], Channel] = {}
    first = parts[0][0]
    for direction, weight in parts:
        if direction.fingerprint != first.fingerprint:
            raise BasisMismatch("{!r} and {!r} belong to two models".format(first.name, direction.name))
        for one in direction.channels:
            there = found.setdefault((one.layer, one.channel), one._replace(weight=0.0))
            scale = one.stdev / there.stdev if there.stdev else 1.0  # sigmas of another class may differ
            moved = there.weight + weight * one.weight * scale
            found[one.layer, one.channel] = there._replace(weight=moved)
    channels = [one for one in found.values() if abs(one.weight) > NOTHING]
    if not channels:
        raise UsageError(
            "nothing is left of {}: the parts cancel each other".format(
                ", ".join(repr(one.name) for one, _ in parts)
            )
        )
    return StyleDirection(name, first.fingerprint, channels, sigma_range, made)
