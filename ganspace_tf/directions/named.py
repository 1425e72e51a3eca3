"""A named direction: what somebody found, said in words, as JSON that says which model it belongs to.

format       1
name         "open mouth"                  fingerprint  of the model, 64 hex digits
vector       D numbers, unit length        stdev        one sigma along it, in latent units
             or L rows of D, one a layer, with a mean square length of 1
latent       "w" or "z"                    mean         D numbers, the latents' mean
layers       [first, last], inclusive      sigma_range  [low, high] where pictures stay what they are
made         how it was found, for people  preview      a PNG in base64, or null
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from typing import Any, Dict, List, Optional, Tuple, Union

import numpy as np

from ganspace_tf.decomposition import Components
from ganspace_tf.directions.record import Record
from ganspace_tf.edits import Edit
from ganspace_tf.errors import BasisMismatch, UsageError
from ganspace_tf.fields import check_fields, from_dict
from ganspace_tf.notation import format_layers


@dataclass(frozen=True)
class NamedDirection(Record):
    """One direction with everything needed to use it; fields as in the module's table.

    Raises UsageError for values that cannot be right.
    """

    name: str
    fingerprint: str
    vector: Union[List[float], List[List[float]]]
    stdev: float
    mean: List[float]
    latent: str = "w"
    layers: Tuple[int, Optional[int]] = (0, None)
    sigma_range: Tuple[float, float] = (-2.0, 2.0)
    made: Dict[str, Any] = field(default_factory=dict)
    preview: Any = None  # as long as a picture is

    def __post_init__(self) -> None:
        check_fields(self)
        for row in self.vector if self.per_layer else [self.vector]:
            if not isinstance(row, (list, tuple)) or len(row) != len(self.mean):
                raise UsageError("vector and mean of {!r} must be as many finite numbers".format(self.name))
        with np.errstate(over="ignore"):  # what is finite has to be so in the float32 of latents
            vector, mean, stdev = (
                np.asarray(value, np.float32).astype(np.float64)
                for value in (self.vector, self.mean, self.stdev)
            )
        self._check_words()
        if not vector.size or not np.isfinite(vector).all() or not np.isfinite(mean).all():
            raise UsageError("vector and mean of {!r} must be as many finite numbers".format(self.name))
        length = np.linalg.norm(vector) / np.sqrt(vector.size // mean.size)
        if abs(length - 1) > 1e-3 or not np.isfinite(stdev) or stdev < 0:
            raise UsageError("{!r} must have unit length and a finite sigma from 0 up".format(self.name))
        if self.latent not in ("w", "z"):
            raise UsageError("{!r}: latent {!r} must be w or z".format(self.name, self.latent))
        Edit(0, self.layers[0], self.layers[1])  # refuses layers that can never be right

    @classmethod
    def of(cls, name: str, comp: Any, component: int, **fields: Any) -> NamedDirection:
        """One component of `Components` under a name of its own."""
        vector, stdev = comp.component(component)
        made = dict({"component": int(component), "digest": comp.digest}, **fields.pop("made", {}))
        return cls(
            name,
            comp.fingerprint,
            as_list(vector),
            stdev,
            as_list(comp.mean),
            comp.latent,
            made=made,
            **fields,
        )

    @property
    def per_layer(self) -> bool:
        """Whether every layer goes along a row of its own."""
        return bool(self.vector) and isinstance(self.vector[0], (list, tuple))

    def edit(self, sigma: float = 1.0) -> Edit:
        """The edit that goes along it on its layers, for `components()`. Raises UsageError for a direction
        with a row for every layer, which needs `edits`.
        """
        if self.per_layer:
            raise UsageError("{!r} has a row for every layer: one edit cannot go along it".format(self.name))
        return Edit(0, self.layers[0], self.layers[1], sigma, name=self.name)

    def flipped(self) -> NamedDirection:
        """The same direction the other way round: what was -1 sigma is +1."""
        low, high = self.sigma_range
        return replace(self, vector=np.negative(self.vector).tolist(), sigma_range=(-high, -low))

    def where(self) -> Dict[str, Any]:
        """Where it acts, as JSON values of its own name: layers."""
        return {"layers": list(self.layers)}

    def place(self) -> str:
        """The same in words."""
        return format_layers(*self.layers)

    def edits(self, sigma: float = 1.0) -> List[Edit]:
        """The edits that together go along it on its layers, for `components()`: one, or one for each layer
        that has a row of its own.
        """
        if not self.per_layer:
            return [self.edit(sigma)]
        first, last = self.layers
        last = len(self.vector) - 1 if last is None else last
        return [
            Edit(k, layer, layer, sigma, name=self.name)
            for k, layer in enumerate(self._moved())
            if first <= layer <= last
        ]

    def _moved(self) -> List[int]:
        """The layers with a row of their own that is not zero."""
        return [int(layer) for layer in np.flatnonzero(np.asarray(self.vector).any(axis=1))]

    def components(self) -> Components:
        """The direction as the only one of a basis, for everything that takes `Components`. One with a row
        for every layer is a basis of these rows, each with its own length as its sigma.
        """
        rows = np.atleast_2d(np.asarray(self.vector, np.float64))
        if self.per_layer:
            rows = rows[self._moved()]
        lengths = np.linalg.norm(rows, axis=1) if self.per_layer else np.ones(1)
        return Components(
            directions=(rows / lengths[:, None]).astype(np.float32),
            mean=np.asarray(self.mean, np.float32),
            stdev=(self.stdev * lengths).astype(np.float32),
            variance_ratio=np.zeros(len(rows), np.float32),
            settings={
                "source": "direction",
                "name": self.name,
                "latent": self.latent,
                "components": len(rows),
            },
            fingerprint=self.fingerprint,
        )

    def nearest(self, comp: Any) -> Tuple[int, float]:
        """Which of the components (K, D) it is, and the cosine of the angle between the two, -1 to 1; for a
        direction with a row for every layer, of the angle to the component on all of them.

        Raises BasisMismatch for components of another width.
        """
        directions = np.asarray(comp.directions, np.float64)
        if directions.ndim != 2 or directions.shape[1] != len(self.mean):
            raise BasisMismatch(
                "the direction {!r} is {} numbers wide, the components are {}: another model's?".format(
                    self.name, len(self.mean), directions.shape[-1]
                )
            )
        cosines = directions @ np.atleast_2d(np.asarray(self.vector, np.float64)).mean(axis=0)
        component = int(np.abs(cosines).argmax())
        return component, float(cosines[component])

    def check_model(self, gen: Any, any_basis: bool = False) -> None:
        """Raises BasisMismatch if it was found in another model (any_basis: that is allowed), is of another
        width than the latents, or has rows for another number of layers.
        """
        width = gen.dlatent_size if self.latent == "w" else gen.latent_size
        if len(self.mean) != width:
            raise BasisMismatch(
                "the direction {!r} is {} numbers wide, the {} of {} has {}".format(
                    self.name, len(self.mean), self.latent, gen.name, width
                )
            )
        layers = len(self.vector) if self.per_layer else self.made.get("layers")
        if isinstance(layers, int) and layers != gen.n_layers:
            raise BasisMismatch(
                "the direction {!r} has {} layers, this network has {}".format(
                    self.name, layers, gen.n_layers
                )
            )
        if not any_basis:
            self._check_fingerprint(gen)

    def fits(self, gen: Any) -> bool:
        """Whether it is of a generator's model, or of no named one and of its width and layers."""
        if self.fingerprint:
            return bool(self.fingerprint == gen.fingerprint)
        try:
            self.check_model(gen)
        except BasisMismatch:
            return False
        first, last = self.layers
        return max(first, last or 0) < int(gen.n_layers)

    @classmethod
    def from_record(cls, record: Dict[str, Any]) -> NamedDirection:
        """Of the JSON values of a file. Raises UsageError."""
        named: NamedDirection = from_dict(cls, record)
        (first, last), (low, high) = named.layers, named.sigma_range  # JSON has lists alone
        return replace(named, layers=(first, last), sigma_range=(low, high))


def as_list(values: Any) -> List[float]:
    """Float32 numbers as the shortest decimals that give the same float32 back."""
    return [float(str(value)) for value in np.asarray(values, np.float32)]


def preview_of(png: bytes) -> str:
    """A picture file as the text of `preview`."""
    return base64.b64encode(png).decode("ascii")
