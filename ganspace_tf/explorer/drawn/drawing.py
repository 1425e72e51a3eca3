"""A state as a picture that draws itself: the same `Picture`s, bases and recipes as on the command line.

drawn = drawing(state, gen, comp, {digest: direction}, {digest: latents})
pixels = drawn.picture.draw(gen, drawn.basis)            # (H, W, C) uint8
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from ganspace_tf.biggan.class_words import call_name, plain_class
from ganspace_tf.cache import key_of
from ganspace_tf.decomposition import Components
from ganspace_tf.directions import NamedDirection, StyleDirection
from ganspace_tf.directions.basis import edits_at, joined, of_latents, placed
from ganspace_tf.directions.read import AnyDirection
from ganspace_tf.edits import AnyEdit, Edit
from ganspace_tf.errors import BasisMismatch, UnknownName, UsageError
from ganspace_tf.explorer.state import State, StateEdit
from ganspace_tf.photos.latents import Latents
from ganspace_tf.render.frames import Look
from ganspace_tf.render.picture import Picture
from ganspace_tf.render.sheets import Sample, Strips
from ganspace_tf.render.starts import pack_latents

if TYPE_CHECKING:
    from ganspace_tf.generators.base import Generator


class Drawing(NamedTuple):
    """A picture and the basis that its edits are in, None without edits. verb: of its recipe."""

    verb: str
    picture: Picture
    basis: Optional[Components]


class Known(NamedTuple):
    """What states may name. directions, latents (1, L, D): by their digests. any_basis: of any model."""

    gen: Generator
    comp: Optional[Components]
    directions: Mapping[str, AnyDirection]
    latents: Mapping[str, np.ndarray]
    any_basis: bool = False


def drawing(state: State, known: Known) -> Drawing:
    """The picture of a state: one frame, bare pixels. Raises UsageError, UnknownName, BasisMismatch for what
    this network cannot draw.
    """
    start = start_of(state, known)
    (edits,), basis = moves([state], known)
    if not edits:
        made = Drawing("sample", Sample(**start), None)
    else:
        start.update(centred=state.centred, any_basis=known.any_basis)
        strip = Strips(swept=[], sigmas=[0.0], held=[*edits], **start)
        made = Drawing("edit", strip, basis)
    made.picture.check(known.gen, made.basis)
    return made


def start_of(state: State, known: Known) -> Dict[str, Any]:
    """Look and start of a picture, as its fields. Raises UnknownName, BasisMismatch, UsageError."""
    gen = known.gen
    if state.model != gen.fingerprint:
        text = "this state is of model {:.12}, {} is {:.12}"
        raise BasisMismatch(text.format(state.model, gen.name, gen.fingerprint))
    if state.latent is None:
        return {"look": look_of(state, gen), "seeds": [state.seed]}
    if state.latent not in known.latents:
        raise UnknownName("the latents {:.12} are not here: open their file again".format(state.latent))
    rows = known.latents[state.latent]
    packed = pack_latents(Latents(rows, ["latent"], told="", file="", inside=None, as_w=False))
    return {"look": look_of(state, gen), "seeds": [], "latents": packed}


def look_of(state: State, gen: Generator) -> Look:
    """What the picture depends on besides latents and edits."""
    moved = state.transform
    translate, rotate = (None, None) if moved is None else (list(moved[:2]), moved[2])
    classes, called = None, None
    if state.label is not None:
        if not gen.n_classes:
            raise UsageError("{} is unconditional, it has no classes".format(gen.name))
        one = plain_class(str(state.label), gen.n_classes, gen.class_names)
        classes, called = [one], [call_name(one, gen.class_names)]
    return Look(
        psi=state.psi, cutoff=state.cutoff, noise=state.noise, classes=classes, called=called,
        translate=translate, rotate=rotate,
    )  # fmt: skip


def moves(states: Sequence[State], known: Known) -> Tuple[List[List[AnyEdit]], Optional[Components]]:
    """The active edits of every state, and the one basis that all but those of style channels are in, None
    where nothing needs one: components first, then single channels, then directions that have a name, as on
    the command line. Raises UsageError, UnknownName, BasisMismatch.
    """
    active = [edit for state in states for edit in state.active]
    used = [edit.component for edit in active if edit.component is not None]
    comp, n_layers = known.comp, known.gen.n_layers
    if used:
        if comp is None:
            raise UsageError("this session has no components: v0 means nothing in it")
        for state in states:
            if state.basis not in (None, comp.digest):
                text = "this state is of the components {:.12}, these are {:.12}"
                raise BasisMismatch(text.format(state.basis, comp.digest))
    named = OrderedDict(
        (edit.of, direction_of(edit, known.directions, n_layers)) for edit in active if edit.component is None
    )
    comp = comp if used else None
    places = {of: at for of, (at, _) in zip(named, placed(named.values(), 0 if comp is None else len(comp)))}

    def late(edit: StateEdit) -> bool:
        return edit.component is None and not is_channel(known.directions[edit.of])

    edits = [
        [move for edit in sorted(state.active, key=late) for move in _moves_of(edit, known, places)]
        for state in states
    ]
    moved = of_latents(named.values())
    return edits, joined(moved, comp, used) if moved else comp


def _moves_of(edit: StateEdit, known: Known, places: Mapping[str, int]) -> List[AnyEdit]:
    """What one edit of a state does, in the basis in which each direction has its place."""
    n_layers = known.gen.n_layers
    if edit.component is not None:
        return [Edit(edit.component, edit.first_layer, _last(edit, n_layers), float(edit.sigma))]
    one = direction_of(edit, known.directions, n_layers)
    return edits_at(one, places[edit.of], float(edit.sigma))


def direction_of(edit: StateEdit, directions: Mapping[str, AnyDirection], n_layers: int) -> AnyDirection:
    """The named direction of an edit, on the edit's layers. Raises UnknownName, and UsageError for layers of
    one of style channels, which has its own.
    """
    if edit.of not in directions:
        raise UnknownName("the direction {:.16} is not here: open its file again".format(edit.of))
    one, layers = directions[edit.of], (edit.first_layer, _last(edit, n_layers))
    if isinstance(one, NamedDirection):
        return replace(one, layers=layers)
    if layers != (0, None):
        raise UsageError("{!r} moves style channels: it is on no layers of w".format(one.name))
    return one


def is_channel(one: AnyDirection) -> bool:
    """Whether it is a style channel that nobody has named."""
    return isinstance(one, StyleDirection) and one.unnamed


def _last(edit: StateEdit, n_layers: int) -> Optional[int]:
    """The last layer, None where it is the network's last: as the notation has it."""
    return None if edit.last_layer == n_layers - 1 else edit.last_layer


def direction_digest(named: AnyDirection) -> str:
    """16 hex digits that say which direction it is: name and range do not count."""
    facts: List[Any] = [named.fingerprint, named.latent]
    if isinstance(named, NamedDirection):
        facts += [named.vector, named.stdev, named.mean, list(named.layers)]
    else:
        # the page writes 1.0 as 1
        facts += [[one.layer, one.channel, *map(float, one[2:])] for one in named.channels]
    return key_of({"direction": facts})[:16]


def latent_digest(rows: np.ndarray) -> str:
    """16 hex digits over latents (1, L, D)."""
    return hashlib.sha256(np.ascontiguousarray(rows, "<f4").tobytes()).hexdigest()[:16]
