"""What a picture is asked to be: a frozen record, its JSON, and the digest of what the picture depends on.

format      1                                model        fingerprint of the network, 64 hex digits
basis       digest of the components or null seed         0 … 2**32-1
latent      digest of latents or null        class        null, an index, or text such as "0:0.5+1:0.5"
psi         a number, or null for none       cutoff       how many layers are truncated, or null for all
noise       "stored", "none", "numpy:SEED"   centred      edits move *to* a strength, not *by* it
transform   null or [x, y, degrees]          edits        of (v0, or the digest of a named direction),
                                                          first_layer, last_layer, sigma, on

Pure data: no network, no arrays, no TensorFlow.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

from ganspace_tf.errors import UsageError
from ganspace_tf.fields import check_fields, from_dict
from ganspace_tf.generators.checks import MAX_SEED
from nvlabs.reading.shown import show

FORMAT = 1
LARGEST = 8 << 10  # bytes of JSON
MOST_EDITS = 64
MOST_SIGMA = 1000.0
_OF = re.compile(r"^(v(0|[1-9][0-9]{0,4})|[0-9a-f]{16,64})$")
_DIGEST = re.compile(r"^[0-9a-f]{16,64}$")
_NOISE = re.compile(r"^(stored|none|numpy:(0|[1-9][0-9]{0,9}))$")


class StateEdit(NamedTuple):
    """One slider that was moved. of: "v0" for a component, else the digest of a named direction; layers: both
    inclusive, last None for the network's last; sigma: its strength; on: whether it counts.
    """

    of: str
    first_layer: int = 0
    last_layer: Optional[int] = None
    sigma: float = 0.0
    on: bool = True

    @property
    def component(self) -> Optional[int]:
        """Which component it is of; None for a named direction."""
        return int(self.of[1:]) if self.of.startswith("v") else None

    @property
    def active(self) -> bool:
        """Whether the picture depends on it."""
        return self.on and self.sigma != 0


@dataclass(frozen=True)
class State:
    """A picture that is asked for; fields as in the module's table, `label` is "class" in JSON.

    Raises UsageError for values that can be right on no network; the rest is for the session to say.
    """

    model: str
    basis: Optional[str] = None
    seed: int = 0
    latent: Optional[str] = None
    label: Union[int, str, None] = None
    psi: Optional[float] = None
    cutoff: Optional[int] = None
    noise: str = "stored"
    edits: Tuple[StateEdit, ...] = ()
    centred: bool = False
    transform: Optional[Tuple[float, float, float]] = None

    def __post_init__(self) -> None:
        for name, kind in (("edits", tuple), ("transform", (tuple, type(None)))):
            if not isinstance(getattr(self, name), kind):
                raise UsageError("{} of a state must be a tuple".format(name))
        edits, transform = self.edits, self.transform
        plain = _Plain(
            self.model, self.basis, self.seed, self.latent, self.label, self.psi, self.cutoff, self.noise,
            self.centred, None if transform is None else list(transform),
        )  # fmt: skip
        check_fields(plain)
        if len(edits) > MOST_EDITS:
            raise UsageError("{} edits; a state has at most {}".format(len(edits), MOST_EDITS))
        for edit in edits:
            _check_edit(edit)
        if transform is not None and len(transform) != 3:
            raise UsageError("transform {} is not x, y and degrees".format(show(list(transform))))
        for name in ("model", "basis", "latent"):
            value = getattr(self, name)
            if value is not None and not _DIGEST.match(value):
                raise UsageError("{} {} is not a digest of hexadecimal digits".format(name, show(value)))
        if not 0 <= self.seed <= MAX_SEED:
            raise UsageError("seed {} is outside 0 … {}".format(show(self.seed), MAX_SEED))
        if not _NOISE.match(self.noise):
            raise UsageError("noise {}; allowed: stored, none, numpy:SEED".format(show(self.noise)))
        if (self.cutoff or 0) < 0:
            raise UsageError("cutoff {} is below 0".format(self.cutoff))

    @property
    def active(self) -> Tuple[StateEdit, ...]:
        """The edits that count, in the order in which they are applied: components, then directions, as on
        the command line.
        """
        found = [edit for edit in self.edits if edit.active]
        return tuple(sorted(found, key=lambda edit: edit.component is None))

    def to_json(self) -> Dict[str, Any]:
        """The inverse of `from_json`."""
        return OrderedDict(
            [
                ("format", FORMAT),
                ("model", self.model),
                ("basis", self.basis),
                ("seed", int(self.seed)),
                ("latent", self.latent),
                ("class", self.label),
                ("psi", self.psi),
                ("cutoff", self.cutoff),
                ("noise", self.noise),
                ("edits", [OrderedDict(edit._asdict()) for edit in self.edits]),
                ("centred", self.centred),
                ("transform", None if self.transform is None else list(self.transform)),
            ]
        )

    @classmethod
    def from_json(cls, record: Any) -> State:
        """A state of JSON values; what is left out has its default, but for `model`. Raises UsageError for
        unknown fields, wrong values, another format, and more than 8 KiB.
        """
        if not isinstance(record, dict):
            raise UsageError("a state is made of named fields, not of {}".format(show(record)))
        if len(_text(record)) > LARGEST:
            raise UsageError("a state of more than {:,} bytes is not read".format(LARGEST))
        fields = dict(record)
        if fields.pop("format", None) != FORMAT:
            raise UsageError("a state of format {}; this version reads {}".format(
                show(record.get("format")), FORMAT))  # fmt: skip
        if "label" in fields:
            raise UsageError("a state has no field 'label'; it is called 'class'")
        fields["label"] = fields.pop("class", None)
        edits, transform = fields.get("edits", []), fields.get("transform")
        if not isinstance(edits, list) or not isinstance(transform, (list, type(None))):
            raise UsageError("edits and transform of a state are lists")
        fields["edits"] = tuple(from_dict(StateEdit, edit) for edit in edits)
        fields["transform"] = None if transform is None else tuple(transform)
        unknown = sorted(set(fields) - set(cls.__dataclass_fields__))
        if unknown:
            raise UsageError("a state has no field {}".format(show(unknown[0])))
        if "model" not in fields:
            raise UsageError("a state needs the fingerprint of its model")
        return cls(**fields)


class _Plain(NamedTuple):
    """The fields of a state whose kind says all."""

    model: str
    basis: Optional[str]
    seed: int
    latent: Optional[str]
    label: Union[int, str, None]
    psi: Optional[float]
    cutoff: Optional[int]
    noise: str
    centred: bool
    transform: Optional[List[float]]


def digest(state: State) -> str:
    """32 hex digits over what the picture depends on: edits that are off or at 0 do not count, nor does the
    basis without a component, a seed beside latents, a cutoff without truncation.
    """
    psi = None if state.psi == 1 else state.psi
    edits = state.active
    facts = [
        FORMAT,
        state.model,
        state.basis if any(edit.component is not None for edit in edits) else None,
        None if state.latent else int(state.seed),
        state.latent,
        state.label,
        None if psi is None else float(psi),
        None if psi is None else state.cutoff,
        state.noise,
        [[edit.of, edit.first_layer, edit.last_layer, float(edit.sigma)] for edit in edits],
        bool(edits) and state.centred,
        None if state.transform is None else [float(number) for number in state.transform],
    ]
    return hashlib.sha256(_text(facts)).hexdigest()[:32]


def _text(values: Any) -> bytes:
    """JSON as bytes. Raises UsageError for what is none: NaN, an object, half characters, endless nesting."""
    try:
        return json.dumps(values, separators=(",", ":"), allow_nan=False).encode("ascii")
    except (TypeError, ValueError, RecursionError):
        raise UsageError("a state holds something else than JSON values") from None


def _check_edit(edit: Any) -> None:
    if not isinstance(edit, StateEdit):
        raise UsageError("edits of a state are StateEdits, not {}".format(show(edit)))
    check_fields(edit)
    if not _OF.match(edit.of):
        raise UsageError(
            "an edit of {}; allowed: v0, v1, … or the digest of a direction".format(show(edit.of))
        )
    last = edit.last_layer
    if edit.first_layer < 0 or (last is not None and last < edit.first_layer):
        raise UsageError("layers {} to {} are empty".format(edit.first_layer, show(last)))
    if abs(edit.sigma) > MOST_SIGMA:
        raise UsageError("sigma {} is outside ±{:g}".format(show(edit.sigma), MOST_SIGMA))
