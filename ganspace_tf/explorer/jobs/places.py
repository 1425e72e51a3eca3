"""Where sampled pictures are in the plane of two directions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Dict, List

import numpy as np

from ganspace_tf.edits import apply_edits, parted
from ganspace_tf.errors import UsageError
from ganspace_tf.explorer.drawn.combined import rows_of
from ganspace_tf.explorer.drawn.drawing import moves, start_of
from ganspace_tf.explorer.jobs.arguments import given
from ganspace_tf.explorer.state import State, StateEdit
from ganspace_tf.explorer.working.painter import Painter
from ganspace_tf.render.starts import starts

MOST_SAMPLES = 500
BLOCK = 50  # latents between two turns
DIGITS = 3  # of a place


def places(painter: Painter, arguments: Dict[str, Any], pause: Callable[[Any], None]) -> Dict[str, Any]:
    """state; of: two components or directions; count: seeds 0 … count-1 are placed.

    points: for each seed how far it is along both, in sigma from the mean, with all edits of the state but
    those of the two; here: the same of the state itself. Along the layers that each has; before truncation,
    as edits are.
    """
    session, state = painter.session, given(arguments, "state", State)
    of, count = given(arguments, "of", List[str]), given(arguments, "count", int, 0)
    if len(of) != 2 or of[0] == of[1]:
        raise UsageError("a plane has two directions")
    if not 0 <= count <= MOST_SAMPLES:
        raise UsageError("{} samples; at most {} are placed".format(count, MOST_SAMPLES))
    gen, known = session.generator, session.known()
    ground = replace(state, latent=None, edits=tuple(edit for edit in state.edits if edit.of not in of))
    steps = [replace(state, edits=(_one_sigma(session, state, one),)) for one in of]
    found, basis = moves([ground, state, *steps], known)
    (around, present, *axes), channels = zip(*map(parted, found))
    if any(channels[2:]) or basis is None:
        raise UsageError("style channels have no place in w: the axes are components or directions of w")
    axis_rows = np.stack([rows_of(edits, basis, gen.n_layers) for edits in axes])
    squares = (axis_rows**2).sum(axis=(1, 2))
    if not squares.all():
        raise UsageError("a direction that moves no layer is no axis")

    def along(start: Dict[str, Any], edits: List[Any]) -> List[List[float]]:
        rows = starts(gen, start["seeds"], start["look"], basis, start.get("latents")).rows
        rows = apply_edits(rows, basis, edits, state.centred).astype(np.float64) - basis.mean
        found = np.einsum("nld,kld->nk", rows, axis_rows) / squares
        return [[round(float(one), DIGITS) for one in row] for row in found]

    points: List[List[float]] = []
    for first in range(0, count, BLOCK):
        pause((first, count, "places"))
        seeds = list(range(first, min(first + BLOCK, count)))
        points += along(dict(start_of(ground, known), seeds=seeds), around)
    return {"points": points, "here": along(start_of(state, known), present)[0]}


def _one_sigma(session: Any, state: State, of: str) -> StateEdit:
    """An edit by one sigma on the layers that the state has it on."""
    own = [edit for edit in state.edits if edit.of == of]
    first, last = session.layers_of(of)
    return own[0]._replace(on=True, sigma=1.0) if own else StateEdit(of, first, last, 1.0)
