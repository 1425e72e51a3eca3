"""For each factor the best edit of each method, where all of them do equally much: pictures and leakage."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, List, NamedTuple, Sequence, Tuple, Union

import numpy as np

from ganspace_tf.edits import apply_edits
from ganspace_tf.measure.effects import Reached, at_equal_effect
from ganspace_tf.measure.meter import Meter
from ganspace_tf.measure.methods import Failed, Scores, Sizes

WANTED, ENOUGH = 1.0, 0.9  # factor sigmas; share of them
SEEDS = (1, 2)


class Shown(NamedTuple):
    """A method's best edit for a factor. called: the edit, in words; reached: at which strength, how far and
    how clean; frames: (2·seeds, H, W, 3) uint8, minus and plus that strength for each seed.
    """

    method: str
    called: str
    reached: Reached
    frames: np.ndarray

    @property
    def short(self) -> bool:
        """Whether the strongest edit that is tried does less than was wanted."""
        return self.reached.effect < ENOUGH * WANTED


class Beside(NamedTuple):
    """unedited: (seeds, H, W, 3) uint8. factors: each with the edits of all methods, the cleanest first of
    those that do as much as was wanted, then of the others.
    """

    unedited: np.ndarray
    factors: List[Tuple[str, List[Shown]]]


def beside(
    meter: Meter, rows: Sequence[Union[Scores, Failed]], sizes: Sizes, seeds: Sequence[int] = SEEDS
) -> Beside:
    """The best edits of measured methods, each as strong as changes its factor by WANTED on latents that they
    were not chosen on.
    """
    gen = meter.gen
    w, fresh = gen.w(seeds=seeds), sizes.halves(gen, sizes.seeds[0])[1]
    found = []
    for f, name in enumerate(meter.names):
        shown = [_shown(row, f, w, fresh) for row in rows if isinstance(row, Scores)]
        found.append((name, sorted(shown, key=lambda one: (one.short, one.reached.leakage))))
    return Beside(meter.pictures(w), found)


def _shown(row: Scores, f: int, w: np.ndarray, fresh: np.ndarray) -> Shown:
    handles, edit = row.handles, row.best[f].edit
    basis: Any = handles.basis
    reached = at_equal_effect(handles.meter, handles.of(fresh), basis, edit, f, WANTED)
    ends = [
        apply_edits(handles.of(w), basis, [replace(edit, sigma=sign * reached.sigma)]) for sign in (-1.0, 1.0)
    ]
    pictures = handles.meter.pictures(np.stack(ends, axis=1).reshape((-1,) + ends[0].shape[1:]))
    return Shown(row.method, handles.called(edit), reached, pictures)
