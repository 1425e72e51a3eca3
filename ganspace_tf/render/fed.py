"""What pictures are fed in place of what the network computes: edited activations, edited styles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Dict, Sequence, Tuple

import numpy as np

from ganspace_tf.styles.edits import ENDPOINT, StyleEdit, apply_style_edits

if TYPE_CHECKING:
    from ganspace_tf.generators.base import Generator

Change = Callable[[np.ndarray, int], np.ndarray]  # of what one row has there, (1, …), and which row it is


def changed_inside(
    gen: Generator,
    w: np.ndarray,
    look: Any,
    labels_of: Callable[[slice], Any],
    changes: Sequence[Tuple[str, Change]],
) -> Callable[[slice], Dict[str, np.ndarray]]:
    """For rows of latents w (N, L, D): endpoint → what it puts out for them after the changes.

    look: a `frames.Look`. labels_of: labels of the rows. changes: endpoints and what happens there, one after
    another where several have the same one.
    """

    def feed_of(rows: slice) -> Dict[str, np.ndarray]:
        feed: Dict[str, np.ndarray] = {}
        for name, change in changes:
            place = gen.resolve_endpoint(name)
            if place not in feed:
                labels = labels_of(rows)
                found = gen.activations(w[rows], place, labels, "w", look.noise, **look.given())
                feed[place] = np.array(found)
            for i, row in enumerate(range(rows.start, rows.stop)):
                feed[place][i] = change(feed[place][i : i + 1], row)[0]
        return feed

    return feed_of


def styles_changed(
    gen: Generator, edits_of: Callable[[int], Sequence[StyleEdit]], centred: bool = False
) -> Tuple[str, Change]:
    """The style channels of each row after its edits, as one of the changes of `changed_inside`."""

    def change(found: np.ndarray, row: int) -> np.ndarray:
        return apply_style_edits(found, gen.style_layers, edits_of(row), centred)

    return ENDPOINT, change
