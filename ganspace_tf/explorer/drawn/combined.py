"""Several moved sliders as one named direction."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Dict, List, Sequence

import numpy as np

from ganspace_tf.decomposition import Components
from ganspace_tf.directions import NamedDirection, StyleDirection
from ganspace_tf.directions.named import as_list, preview_of
from ganspace_tf.directions.read import AnyDirection
from ganspace_tf.directions.style import summed
from ganspace_tf.edits import Edit, parted
from ganspace_tf.errors import UsageError
from ganspace_tf.explorer.drawn.drawing import direction_of, moves
from ganspace_tf.explorer.state import State
from ganspace_tf.render import layout
from ganspace_tf.render.files import png_bytes

if TYPE_CHECKING:
    from ganspace_tf.explorer.subject import Subject

PREVIEW = 96  # pixels that a frame of the strip inside is wide
ENDS = (-2.0, 2.0)  # sigma, of a direction whose range nobody measured


def named(session: Subject, state: State, name: str) -> AnyDirection:
    """What is moved in a state under a name: one slider as it is, on the layers that it has; several as the
    one direction that moves all of them together, one sigma of which is the strengths they have.

    Its preview is a strip of this seed. Raises UsageError where nothing is moved, or both w and style
    channels are.
    """
    active = state.active
    if not active:
        raise UsageError("no slider is moved: there is no direction to save")
    made: Dict[str, Any] = {"seed": state.seed, "edits": [list(edit) for edit in active]}
    direction: AnyDirection
    if len(active) == 1:
        edit = active[0]
        one = direction_of(edit, {edit.of: session.direction(edit.of)}, session.generator.n_layers)
        slider = next(row for row in session.sliders if row["of"] == edit.of)
        ends = slider["low"], slider["high"]
        direction = replace(one, name=name, sigma_range=ends, made=dict(one.made, **made))
    else:
        direction = _sum(session, state, name, made)
    return _previewed(session, state, direction)


def _sum(session: Subject, state: State, name: str, made: Dict[str, Any]) -> AnyDirection:
    (moved,), basis = moves([state], session.known())
    edits, channels = parted(moved)
    if channels and edits:
        raise UsageError(
            "w and style channels are moved: they go into no one direction; name them one after the other"
        )
    if basis is None:
        parts = [(session.direction(edit.of), edit.sigma) for edit in state.active]
        return summed(name, [(one, by) for one, by in parts if isinstance(one, StyleDirection)], ENDS, made)
    L = session.generator.n_layers
    rows = rows_of(edits, basis, L)
    lengths = np.linalg.norm(rows, axis=1)
    if not lengths.any():
        raise UsageError("the moved sliders cancel each other: there is no direction to save")
    used = np.flatnonzero(lengths)
    first, last = int(used[0]), int(used[-1])
    vector: List[Any]
    if (rows[first : last + 1] == rows[first]).all():
        length = float(lengths[first])
        vector = as_list(rows[first] / length)
    else:
        length = float(np.sqrt(np.mean(lengths**2)))
        vector = [as_list(row / length) for row in rows]
    return NamedDirection(
        name=name,
        fingerprint=session.generator.fingerprint,
        vector=vector,
        stdev=length,
        mean=as_list(basis.mean),
        latent=basis.latent,
        layers=(first, None if last == L - 1 else last),
        sigma_range=ENDS,
        made=made,
    )


def rows_of(edits: Sequence[Edit], basis: Components, layers: int) -> np.ndarray:
    """What edits add to latents, together: (L, D)."""
    rows = np.zeros((layers, basis.directions.shape[1]))
    for edit in edits:
        step = edit.sigma * float(basis.stdev[edit.component]) * np.asarray(basis.directions[edit.component])
        rows[edit.layers(layers)] += step
    return rows


def _previewed(session: Subject, state: State, direction: AnyDirection) -> AnyDirection:
    """With a strip of the state's picture from one end to the other as its preview."""
    low, high = direction.sigma_range
    slider = session.add_direction(direction)
    of, first, last = slider["of"], slider["first_layer"], slider["last_layer"]
    frames = []
    for sigma in (low, low / 2, 0.0, high / 2, high):
        event = replace(state, edits=(state.active[0]._replace(
            of=of, first_layer=first, last_layer=last, sigma=sigma),))  # fmt: skip
        frames.append(session.show(event))
    strip = layout.strip(layout.resize(np.stack(frames), PREVIEW))
    return replace(direction, preview=preview_of(png_bytes(strip)))
