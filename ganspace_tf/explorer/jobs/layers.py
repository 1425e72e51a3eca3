"""What every layer sees, and what an edit does on it alone, as a small picture a layer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Dict, List

import numpy as np

from ganspace_tf.errors import UsageError
from ganspace_tf.explorer.drawn.drawing import direction_of
from ganspace_tf.explorer.jobs.arguments import given
from ganspace_tf.explorer.staged.passes import Step, Wanted
from ganspace_tf.explorer.state import State, StateEdit
from ganspace_tf.explorer.working.painter import OWN, Painter
from ganspace_tf.render import layout

MOST_SIDE = 128
STRENGTH = 2.0  # sigma of an edit that is not moved
GREY = 128


def layers(painter: Painter, arguments: Dict[str, Any], pause: Callable[[Any], None]) -> Dict[str, Any]:
    """state; side: pixels; of: None for what each layer sees (the first three principal components of its
    activations as RGB), else a component or direction: what it changes on each layer alone, around grey.
    """
    state, side = given(arguments, "state", State), given(arguments, "side", int, 48)
    if not 1 <= side <= MOST_SIDE:
        raise UsageError("pictures of layers are 1 to {} pixels wide, not {}".format(MOST_SIDE, side))
    if arguments.get("of") is None:
        _seen(painter, state, side, pause)
    else:
        _done(painter, state, given(arguments, "of", str), side, pause)
    return {"layers": painter.session.generator.n_layers}


def _seen(painter: Painter, state: State, side: int, pause: Callable[[Any], None]) -> None:
    session, gen = painter.session, painter.session.generator
    maps = session.layer_maps()
    of = gen.n_layers
    wanted = session.wanted(state)
    pause((0, of, "layers"))
    names = sorted(set(filter(None, maps)))
    found = _maps(gen, wanted, names)
    for index, known in enumerate(maps):
        if known is not None:
            pause((index, of, _fitted(components_as_rgb(found[known]), side)))


def _maps(gen: Any, wanted: Wanted, names: List[str]) -> Dict[str, np.ndarray]:
    """Feature maps (C, H, W) by endpoint: of one run where the network gives several."""
    if gen.stages is not None:
        found = gen.inside(wanted.w, names, wanted.feed, **wanted.given)
        return {n: v[0].transpose(2, 0, 1) if gen.channels_last else v[0] for n, v in found.items()}
    options = {key: value for key, value in wanted.given.items() if key != "compat"}
    return {name: gen.activations(wanted.w, name, latent="w", **options)[0] for name in names}


def _done(painter: Painter, state: State, of: str, side: int, pause: Callable[[Any], None]) -> None:
    """Pictures with the edit on one layer alone, minus the one without it; the last layers first, since
    those share most of the network with each other.
    """
    session = painter.session
    count = session.generator.n_layers
    own = [edit for edit in state.edits if edit.of == of]
    sigma = own[0].sigma if own and own[0].sigma else STRENGTH
    rest = replace(state, edits=tuple(edit for edit in state.edits if edit.of != of))
    before = _picture(painter, rest)
    for layer in reversed(range(count)):
        edit = StateEdit(of, layer, layer, sigma)
        if edit.component is None and not _reaches(session, edit):
            changed = before
        else:
            changed = _picture(painter, replace(rest, edits=(*rest.edits, edit)))
        difference = changed.astype(np.int16) - before
        grey = np.clip(GREY + difference, 0, 255).astype(np.uint8)[..., :3]
        pause((layer, count, _fitted(grey, side)))


def _reaches(session: Any, edit: StateEdit) -> bool:
    """Whether a direction with rows of its own has one on this layer."""
    direction = direction_of(edit, session.known().directions, session.generator.n_layers)
    return bool(direction.edits())


def _picture(painter: Painter, state: State) -> np.ndarray:
    """The exact picture, by partial runs."""
    wanted = painter.session.wanted(state)
    while True:
        step = painter.passes.step(OWN, wanted, painter.passes.last)
        assert isinstance(step, Step)
        if step.image is not None:
            return step.image


def components_as_rgb(features: np.ndarray) -> np.ndarray:
    """A feature map (C, H, W) as a picture (H, W, 3) uint8: its first three principal components over the
    pixels, each scaled to its own spread; the sign is such that the brighter half is the smaller.
    """
    C, H, W = features.shape
    rows = features.reshape(C, H * W).T.astype(np.float64)
    rows = rows - rows.mean(axis=0)
    vectors = np.linalg.eigh(rows.T @ rows)[1][:, ::-1][:, :3]
    values = rows @ vectors  # (H·W, 3 or fewer)
    values = values * np.where((values**3).sum(axis=0) < 0, -1, 1)
    spread = values.std(axis=0)
    levels = GREY + 50 * values / np.where(spread > 0, spread, 1)
    picture = np.full((H * W, 3), GREY, np.float64)
    picture[:, : levels.shape[1]] = levels
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8).reshape(H, W, 3)


def _fitted(picture: np.ndarray, side: int) -> np.ndarray:
    """At `side` pixels wide where it is larger, else in whole multiples of its own."""
    width = picture.shape[1]
    return layout.resize(picture[None], side if width > side else width * (side // width))[0]
