"""What each of several directions does to each factor: a row a direction, a column a factor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, NamedTuple, Sequence

import numpy as np

from ganspace_tf.directions.named import NamedDirection
from ganspace_tf.directions.read import AnyDirection
from ganspace_tf.directions.style import StyleDirection
from ganspace_tf.edits import Edit
from ganspace_tf.errors import UsageError
from ganspace_tf.measure.baselines import Basis
from ganspace_tf.measure.effects import Response, responses_to
from ganspace_tf.measure.meter import Meter
from ganspace_tf.styles.edits import column_of
from ganspace_tf.styles.space import StyleSpace

if TYPE_CHECKING:
    from ganspace_tf.generators.base import Generator

SHOWN = 6  # columns of a table for people


class Seen(NamedTuple):
    """A direction as it is measured: in latents that it moves, by edits of a basis."""

    meter: Meter
    w: np.ndarray
    basis: Any
    edits: List[Edit]


def check_of_w(gen: Generator, moved: Any) -> None:
    """Raises UsageError for components, or a direction, of z where a mapping network makes w of it: what is
    measured, and taught, moves w. Where w is z, either will do.
    """
    if moved.latent == "z" and gen.has_mapping:
        called = "these components are directions"
        if isinstance(moved, NamedDirection):
            called = "{!r} is a direction".format(moved.name)
        raise UsageError("{} of z; directions of w are needed".format(called))


def as_seen(meter: Meter, w: np.ndarray, direction: AnyDirection) -> Seen:
    """On latents w (N, L, D): a direction of w as it is, one of style channels in the styles of w. Raises
    UsageError for a direction of z, unless w is z.
    """
    check_of_w(meter.gen, direction)
    if isinstance(direction, NamedDirection):
        return Seen(meter, w, direction.components(), direction.edits())
    space = StyleSpace(meter.gen, meter.look.psi, meter.look.cutoff)
    return Seen(meter.through(space), space.of(w), direction_basis(direction, meter.gen), [Edit(0)])


def direction_basis(direction: StyleDirection, gen: Generator) -> Basis:
    """Style channels that are moved together as the one direction of a `StyleSpace`."""
    mean = np.zeros(sum(layer.channels for layer in gen.style_layers), np.float32)
    step = np.zeros(len(mean))
    for one in direction.channels:
        column = column_of(gen.style_layers, one.edit())
        mean[column], step[column] = one.mean, one.weight * one.stdev
    length = np.linalg.norm(step)
    unit = (step / (length or 1.0)).astype(np.float32)
    return Basis(unit[None], np.array([length], np.float32), mean)


def effects_of(
    meter: Meter, w: np.ndarray, directions: Sequence[AnyDirection], size: float = 1.0
) -> Response:
    """`effects.responses` of directions of any kind: change of each factor for one sigma, on w (N, L, D)."""
    found = []
    for direction in directions:
        seen = as_seen(meter, w, direction)
        found.append(responses_to(seen.meter, seen.w, [(seen.basis, seen.edits)], size, any_basis=True))
    return Response(*(np.concatenate(rows) for rows in zip(*found)))


def as_table(names: Sequence[str], factors: Sequence[str], response: Response) -> List[str]:
    """Lines: the factors that change most in any row, signed, and what else changes in all (root of the sum
    of mean squares), in factor sigmas for one sigma.
    """
    strongest = np.abs(response.mean).max(axis=0)
    columns = np.sort(np.argsort(-strongest, kind="stable")[:SHOWN])
    heads = [factors[k] for k in columns] + ["all else"]
    rest = np.sqrt(np.maximum(response.total() ** 2 - (response.rms[:, columns] ** 2).sum(axis=1), 0))
    wide = max(len(name) for name in names)
    lines = [" " * wide + "".join("  {:>8}".format(head) for head in heads)]
    for row, name in enumerate(names):
        cells = ["{:+.2f}".format(response.mean[row, k]) for k in columns] + ["{:.2f}".format(rest[row])]
        lines.append(
            name.ljust(wide)
            + "".join("  {:>{}}".format(cell, max(8, len(head))) for cell, head in zip(cells, heads))
        )
    return lines
