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
import json
import os
from dataclasses import asdict, dataclass, field, replace
from typing import Any, BinaryIO, Dict, List, Optional, Tuple, Union

import numpy as np

from ganspace_tf.cache import write_file
from ganspace_tf.decomposition import Components
from ganspace_tf.edits import Edit
from ganspace_tf.errors import BasisMismatch, FileError, UsageError
from ganspace_tf.fields import check_fields, fits, from_dict
from ganspace_tf.json_files import read_json
from ganspace_tf.notation import format_layers

FORMAT = 1
PathLike = Union[str, "os.PathLike[str]"]


@dataclass(frozen=True)
class NamedDirection:
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
        if not self.name.strip():
            raise UsageError("a direction needs a name, not {!r}".format(self.name))
        if not vector.size or not np.isfinite(vector).all() or not np.isfinite(mean).all():
            raise UsageError("vector and mean of {!r} must be as many finite numbers".format(self.name))
        length = np.linalg.norm(vector) / np.sqrt(vector.size // mean.size)
        if abs(length - 1) > 1e-3 or not np.isfinite(stdev) or stdev < 0:
            raise UsageError("{!r} must have unit length and a finite sigma from 0 up".format(self.name))
        if not isinstance(self.preview, (str, type(None))):
            raise UsageError("the preview of {!r} must be a PNG in base64, or null".format(self.name))
        low, high = self.sigma_range
        if self.latent not in ("w", "z") or not low < high:
            raise UsageError(
                "{!r}: latent {!r} must be w or z, sigma range {!r} from low to high".format(
                    self.name, self.latent, self.sigma_range
                )
            )
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

    def described(self) -> str:
        """Layers, usable strengths and what was measured, in words."""
        measured = self.made.get("measured")
        facts = dict(self.made, **(measured if isinstance(measured, dict) else {}))
        words = [format_layers(*self.layers)]
        span = "{:+g} … {:+g} σ".format(*self.sigma_range)
        words.append(span + " ({})".format(facts["doubt"]) if facts.get("doubt") else span)
        purity: Any = facts.get("purity")
        effect: Any = facts.get("effect", 0)
        if "factor" in facts and fits(purity, float) and fits(effect, float):  # a file may say anything
            words.append("{} {:+.2g} per σ, purity {:.2f}".format(facts["factor"], effect, purity))
        else:
            words.append("not measured")
        return "  ·  ".join(words)

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
        if any_basis:
            return
        if self.fingerprint and self.fingerprint != gen.fingerprint:
            raise BasisMismatch(
                "the direction {!r} belongs to model {:.12}…, {} is {:.12}…; --any-basis uses it all the "
                "same".format(self.name, self.fingerprint, gen.name, gen.fingerprint)
            )

    def to_bytes(self) -> bytes:
        """The content of its file."""
        record = dict(format=FORMAT, **asdict(self))
        return (json.dumps(record, indent=1, ensure_ascii=True, allow_nan=False) + "\n").encode("ascii")

    def save(self, path: PathLike) -> str:
        """Write it as JSON and return the path. Raises FileError; nothing half-written stays behind."""
        data = self.to_bytes()

        def write(handle: BinaryIO) -> None:
            handle.write(data)

        write_file(os.fspath(path), write)
        return str(path)


def read_direction(path: PathLike) -> NamedDirection:
    """The inverse of `NamedDirection.save`. Raises FileError for what is no direction."""
    record = read_json(path, "is not a direction: it")
    if not isinstance(record, dict) or record.pop("format", None) != FORMAT:
        raise FileError("{} is not a direction of format {}".format(path, FORMAT))
    try:
        named: NamedDirection = from_dict(NamedDirection, record)
    except UsageError as error:
        raise FileError("{} is not a direction: {}".format(path, error)) from None
    (first, last), (low, high) = named.layers, named.sigma_range  # JSON has lists alone
    return replace(named, layers=(first, last), sigma_range=(low, high))


def load_directions(folder: PathLike) -> List[NamedDirection]:
    """All directions of a folder, in the order of their file names. Raises FileError, also if it has none."""
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".json"))
    except OSError as error:
        raise FileError("cannot read {}: {}".format(folder, error.strerror or error)) from None
    if not names:
        raise FileError("{} has no directions (.json files)".format(folder))
    return [read_direction(os.path.join(folder, name)) for name in names]


def as_list(values: Any) -> List[float]:
    """Float32 numbers as the shortest decimals that give the same float32 back."""
    return [float(str(value)) for value in np.asarray(values, np.float32)]


def preview_of(png: bytes) -> str:
    """A picture file as the text of `preview`."""
    return base64.b64encode(png).decode("ascii")
