"""Edits E(v, j-k): move latents along a principal direction, on some of the layers, by so many sigma.

Pure functions on arrays. Axis letters: N samples, L style layers, D latent width, K components, F features
of a layer.

    plain      w_l ← w_l + s·σ·d                      for the layers l of the edit, others stay
    centred    w_l ← w_l - n·⟨w_l - μ, n⟩ + s·σ·d     "move to": first what w has along d is taken away

d: unit direction of component v; σ: standard deviation of the latents along it; μ: their mean; s: strength
in sigma; n = d / sqrt(|d|² + 1e-8), the original's guarded normalisation (Härkönen et al. 2020, equation 3
and its strips). All arithmetic is float32, so that results are the same under NumPy 1 and 2. Truncation
comes after edits (`Generator.images` does it), which means that psi scales an edit too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np

from ganspace_tf.errors import BasisMismatch, UnknownName, UsageError
from ganspace_tf.fields import LARGEST, fits
from ganspace_tf.notation import format_edit, read_edits
from ganspace_tf.styles.edits import StyleEdit
from nvlabs.errors import NetworkFileError
from nvlabs.reading import json_text
from nvlabs.reading.budget import Budget
from nvlabs.reading.shown import show

if TYPE_CHECKING:
    from ganspace_tf.decomposition import Components


@dataclass(frozen=True)
class Edit:
    """One edit: component `v`, layers first..last (both inclusive), strength in sigma.

    component: 0..K-1. first_layer, last_layer: 0..L-1, inclusive like in the paper; last_layer None is the
    last layer. sigma: strength in units of the component's standard deviation, any finite number. name:
    what the edit does, for people. digest: `Components.digest` of the basis it was found in; an edit that
    carries one is refused on another basis. Raises UsageError for values that can never be right; what
    depends on a network is checked when it is applied.
    """

    component: int
    first_layer: int = 0
    last_layer: Optional[int] = None
    sigma: float = 1.0
    name: Optional[str] = None
    digest: Optional[str] = None

    def __post_init__(self) -> None:
        _check_index("component", self.component)
        _check_index("first layer", self.first_layer)
        if self.last_layer is not None:
            _check_index("last layer", self.last_layer)
            if self.last_layer < self.first_layer:
                raise UsageError(
                    "layers {}-{} are empty; the first layer comes first and both count".format(
                        self.first_layer, self.last_layer
                    )
                )
        if not fits(self.sigma, float):
            raise UsageError("sigma {} is not a finite number".format(show(self.sigma)))
        for field in ("name", "digest"):
            if not fits(getattr(self, field), Optional[str]):
                raise UsageError(
                    "{} of an edit must be a short text, not {}".format(field, show(getattr(self, field)))
                )

    def __str__(self) -> str:
        return format_edit(self.component, self.first_layer, self.last_layer, self.sigma)

    @property
    def place(self) -> str:
        """Where it acts, in the notation: without the strength."""
        return format_edit(self.component, self.first_layer, self.last_layer)

    def layers(self, n_layers: int) -> slice:
        """The layers as a slice of a network with `n_layers` style layers; UsageError if it has fewer."""
        last = n_layers - 1 if self.last_layer is None else self.last_layer
        if max(self.first_layer, last) >= n_layers:
            raise UsageError(
                "{} names layer {}, but the network has layers 0-{}".format(
                    self.place, max(self.first_layer, last), n_layers - 1
                )
            )
        return slice(self.first_layer, last + 1)

    def to_json(self) -> Dict[str, Any]:
        """A plain dict with the field names; fields that were not given are left out."""
        record = {
            "component": int(self.component),
            "first_layer": int(self.first_layer),
            "last_layer": None if self.last_layer is None else int(self.last_layer),
            "sigma": float(self.sigma),
            "name": self.name,
            "digest": self.digest,
        }
        return {key: value for key, value in record.items() if value is not None}

    @classmethod
    def from_json(cls, record: Dict[str, Any]) -> Edit:
        """The inverse of `to_json`; unknown or missing fields are a UsageError."""
        fields = list(cls.__dataclass_fields__)
        unknown = sorted(set(record) - set(fields))
        if unknown or "component" not in record:
            what = "field {} is unknown".format(show(unknown[0])) if unknown else "'component' is missing"
            raise UsageError("not an edit: {}; fields are {}".format(what, ", ".join(fields)))
        return cls(**record)


AnyEdit = Union[Edit, StyleEdit]
EditLike = Union[Edit, StyleEdit, str, Dict[str, Any]]


def parse_edit(text: str) -> AnyEdit:
    """One edit from its notation, such as "E(v22, 9-10) = +2"; "S(6, 501) = +2" is a `StyleEdit`.

    "E(v22)" means all layers, "E(v22, 9)" one layer, "E(v22, 9-)" from layer 9 on; without "= sigma" the
    strength is 1. ": some name" may follow. Raises UsageError.
    """
    edits = parse_any_edits(text)
    if len(edits) != 1:
        raise UsageError(
            "expected one edit like 'E(v22, 9-10) = +2', got {} in {!r}".format(len(edits), text)
        )
    return edits[0]


def parse_edits(edits: Union[EditLike, Iterable[EditLike]]) -> List[Edit]:
    """Edits from any of their forms: an `Edit`, notation, JSON text, a dict as in JSON, or a list of these.

    Notation may hold several, separated by ";" or new lines. Raises UsageError, also for edits of style
    channels, which `parse_any_edits` reads.
    """
    found: List[Edit] = []
    for edit in parse_any_edits(edits):
        if not isinstance(edit, Edit):
            raise UsageError(
                "{} moves a style channel, which does not go here; edits E(v, j-k) do".format(edit.place)
            )
        found.append(edit)
    return found


def parse_any_edits(edits: Union[EditLike, Iterable[EditLike]]) -> List[AnyEdit]:
    """The same for edits of components and of style channels, in their order."""
    if isinstance(edits, (Edit, StyleEdit)):
        return [edits]
    if isinstance(edits, dict):
        return [(StyleEdit if "channel" in edits else Edit).from_json(edits)]
    if isinstance(edits, str):
        if edits.lstrip()[:1] in ("{", "["):
            return parse_any_edits(_load_json(edits))
        return [edit_of(fields) for fields in read_edits(edits)]
    try:
        items = list(edits)
    except TypeError:
        raise UsageError("expected edits like 'E(v22, 9-10) = +2', got {!r}".format(edits)) from None
    return [edit for item in items for edit in parse_any_edits(item)]


def edit_of(fields: Dict[str, Any]) -> AnyEdit:
    """The edit with the fields that `notation.read_edits` gives."""
    return StyleEdit(**fields) if "channel" in fields else Edit(**fields)


def parted(edits: Iterable[AnyEdit]) -> Tuple[List[Edit], List[StyleEdit]]:
    """Edits of components, and those of style channels."""
    every = list(edits)
    return [e for e in every if isinstance(e, Edit)], [e for e in every if isinstance(e, StyleEdit)]


def edits_to_json(edits: Iterable[EditLike]) -> str:
    """Edits as JSON text; `parse_any_edits` reads it back to equal ones."""
    return json.dumps([edit.to_json() for edit in parse_any_edits(edits)], indent=1)


def apply_edits(
    w: np.ndarray,
    comp: Components,
    edits: Union[EditLike, Iterable[EditLike]],
    centred: bool = False,
    any_basis: bool = False,
) -> np.ndarray:
    """Latents after the edits, one after another.

    w: (N, L, D) latents per layer, as `gen.w` gives them; comp: Components with `directions` (K, D), `mean`
    (D,), `stdev` (K,). centred: "move to" instead of "move by" (module docstring). any_basis: also use
    edits that carry the digest of another basis. Returns a new (N, L, D) float32 array. Raises UsageError
    (shape, NaN, layers, unknown component) and BasisMismatch (another model's width or digest).
    """
    out = _latents(w, comp).copy()
    mean = np.asarray(comp.mean, np.float32).reshape(-1)
    for edit in parse_edits(edits):
        direction, stdev = _direction(edit, comp, any_basis)
        layers = edit.layers(out.shape[1])
        part = out[:, layers]  # (N, l, D)
        if centred:
            part = remove_along(part, mean, direction)
        out[:, layers] = part + np.float32(edit.sigma) * stdev * direction
    return out


def edit_sequence(
    w: np.ndarray,
    comp: Components,
    edits: Union[EditLike, Iterable[EditLike]],
    invert: Sequence[bool] = (),
    any_basis: bool = False,
) -> np.ndarray:
    """Latents before and after each edit of a sequence, as in the teaser figure of the GANSpace paper.

    Each edit moves w *to* its strength: with c = ⟨w - μ, d⟩/σ measured on layer 0 of the current state, the
    edit's layers get + d·σ·(sigma - c). Where invert is true the target is -sign(c)·sigma: to the other
    side of the mean. w: (N, L, D); invert: one flag an edit, or nothing for none. Returns (S+1, N, L, D)
    float32 for S edits, the unedited latents first. Later edits see earlier ones only where those changed
    layer 0 (as in the original).
    """
    edits = parse_edits(edits)
    flags = [bool(flag) for flag in invert] or [False] * len(edits)
    if len(flags) != len(edits):
        raise UsageError("{} invert flags for {} edits".format(len(flags), len(edits)))
    mean = np.asarray(comp.mean, np.float32).reshape(-1)
    states = [_latents(w, comp)]
    for edit, flip in zip(edits, flags):
        direction, stdev = _direction(edit, comp, any_basis)
        state = states[-1].copy()
        coordinate = ((state[:, 0] - mean) * direction).sum(-1, keepdims=True) / stdev  # (N, 1)
        strength = np.float32(edit.sigma)
        target = -np.sign(coordinate) * strength if flip else strength
        state[:, edit.layers(state.shape[1])] += (direction * stdev * (target - coordinate))[:, None]
        states.append(state)
    return np.stack(states)


def apply_activation_edits(
    activations: np.ndarray,
    comp: Components,
    edits: Union[EditLike, Iterable[EditLike]],
    centred: bool = False,
    last_axis: bool = False,
    any_basis: bool = False,
) -> np.ndarray:
    """Activations of the endpoint that `comp` was found in, after the edits; to be fed back into the network.

    activations: (N, F…), such as (N, C, H, W); comp needs `act_directions` (K, F…), `act_mean` (F…),
    `act_stdev` (K,). An edit's layer range says nothing here: the whole endpoint is edited. centred removes
    what the activations have along the direction, taken over the whole volume; last_axis=True normalises
    and projects along the last axis only, row by row, as the original does (that is no projection on the
    component: a switch for comparisons). Returns a new float32 array of the same shape. Raises UsageError,
    BasisMismatch.
    """
    if getattr(comp, "act_directions", None) is None:
        raise UsageError(
            "these components have no activation part; decompose an endpoint (space=...) to edit activations"
        )
    mean, directions = np.asarray(comp.act_mean, np.float32), np.asarray(comp.act_directions, np.float32)
    stdevs = np.asarray(comp.act_stdev, np.float32)
    out = np.array(activations, dtype=np.float32)
    if out.ndim < 2 or out.shape[1:] != directions.shape[1:]:
        raise BasisMismatch(
            "activations have shape {}, the components were found in (N, {})".format(
                out.shape, ", ".join(str(size) for size in directions.shape[1:])
            )
        )
    for edit in parse_edits(edits):
        _check_edit(edit, comp, len(directions), any_basis)
        direction = directions[edit.component]
        if centred:
            out = remove_along(out, mean, direction, last_axis)
        out = out + np.float32(edit.sigma) * stdevs[edit.component] * direction
    return out


def remove_along(
    x: np.ndarray, mean: np.ndarray, direction: np.ndarray, last_axis: bool = True
) -> np.ndarray:
    """x - n·⟨x - mean, n⟩ with n = d / sqrt(|d|² + 1e-8).

    x: (…, F…) float32; mean, direction: (F…). Lengths and products are summed over all axes of the
    direction, or over the last one only (the same thing for latents, whose directions have one axis).
    """
    axes = (-1,) if last_axis else tuple(range(-direction.ndim, 0))
    n = direction / np.sqrt((direction * direction).sum(axes, keepdims=True) + np.float32(1e-8))
    return x - n * ((x - mean) * n).sum(axes, keepdims=True)


def check_edits(edits: Iterable[Edit], comp: Components, n_layers: int, any_basis: bool = False) -> None:
    """Raises what applying the edits would raise (components, layers, basis), before any work is done."""
    for edit in edits:
        _check_edit(edit, comp, len(comp.directions), any_basis)
        edit.layers(n_layers)


class Direction(NamedTuple):
    """A component as an edit uses it."""

    vector: np.ndarray  # (D,) float32, unit length
    stdev: np.float32


def _direction(edit: Edit, comp: Components, any_basis: bool) -> Direction:
    _check_edit(edit, comp, len(comp.directions), any_basis)
    vector = np.asarray(comp.directions[edit.component], np.float32).reshape(-1)
    return Direction(vector, np.float32(comp.stdev[edit.component]))


def _check_edit(edit: Edit, comp: Components, n_components: int, any_basis: bool) -> None:
    if edit.component >= n_components:
        raise UnknownName(
            "{} names component v{}, but these components are v0-v{}".format(
                edit.place, edit.component, n_components - 1
            )
        )
    if edit.digest is not None and edit.digest != comp.digest and not any_basis:
        raise BasisMismatch(
            "{} was found in the basis {:.12}, these components are {:.12}; --any-basis uses it all the "
            "same".format(edit, edit.digest, comp.digest)
        )


def _latents(w: np.ndarray, comp: Components) -> np.ndarray:
    """w as a float32 array (N, L, D) that fits the components, or an error that says what is wrong."""
    try:
        w = np.asarray(w, np.float32)
    except (TypeError, ValueError):
        raise UsageError(
            "latents must be numbers in an array (N, L, D), got {}".format(type(w).__name__)
        ) from None
    if w.ndim != 3:
        raise UsageError(
            "latents have shape {}; edits take (N, L, D), as gen.w and gen.map give them".format(w.shape)
        )
    width = np.shape(comp.directions)[-1]
    if w.shape[2] != width:
        raise BasisMismatch(
            "latents are {} numbers wide, the components {}: another model's?".format(w.shape[2], width)
        )
    if not np.isfinite(w).all():
        rows = np.flatnonzero(~np.isfinite(w).all(axis=(1, 2)))
        raise UsageError("latents hold NaN or infinity (first in sample {})".format(rows[0]))
    return w


def _check_index(what: str, value: Any) -> None:
    if not fits(value, int) or value < 0:
        raise UsageError("{} {} is not a whole number from 0 to {}".format(what, show(value), LARGEST))


def _load_json(text: str) -> Any:
    try:
        return json_text.parse(text, Budget.of(len(text)))
    except NetworkFileError as error:
        raise UsageError("edits: the text {}".format(error.reason)) from None
