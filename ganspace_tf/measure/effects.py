"""What an edit does: change of every factor per sigma, and how much of it was not asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, List, NamedTuple, Sequence, Tuple

import numpy as np

from ganspace_tf.edits import Edit, apply_edits
from ganspace_tf.machine.pools import one_blas_thread
from ganspace_tf.measure.meter import Meter
from ganspace_tf.render import past

FURTHEST = 20.0  # sigma; an edit that needs more for an effect of one factor sigma has none

Ends = Callable[[np.ndarray], Sequence[np.ndarray]]  # latents (N, L, D) → what they are moved to, S times


class Response(NamedTuple):
    """Change of F factors for each of M edits, in factor sigmas per sigma of the edit's direction.

    mean: (M, F) signed average over the latents. rms: (M, F) root of the mean square, which also sees
    changes that go one way in one picture and the other way in the next.
    """

    mean: np.ndarray
    rms: np.ndarray

    def total(self) -> np.ndarray:
        """(M,) root of the sum of squares over the factors: how much changes at all."""
        return np.sqrt((self.rms**2).sum(axis=1))

    def purity(self) -> np.ndarray:
        """(M, F): |mean| over the total, 1 where the factor and nothing else changes, alike in every
        picture.
        """
        return np.abs(self.mean) / np.maximum(self.total(), 1e-12)[:, None]

    def leakage(self) -> np.ndarray:
        """(M, F): change of all other factors (root of the sum of squares) for each unit of wanted change;
        infinite where nothing wanted changes.
        """
        others = np.sqrt(np.maximum(self.total()[:, None] ** 2 - self.rms**2, 0))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.mean == 0, np.inf, others / np.abs(self.mean))


def responses(meter: Meter, w: np.ndarray, comp: Any, edits: Sequence[Edit], step: float = 1.0) -> Response:
    """Response of latents w (N, L, D) to edits of the basis `comp` (their own strengths do not count).

    Symmetric differences: (f(w + step·σ·d) - f(w - step·σ·d)) / (2·step), so 2·M·N pictures.
    """
    return responses_to(meter, w, [(comp, [edit]) for edit in edits], step)


def responses_to(
    meter: Meter,
    w: np.ndarray,
    moves: Sequence[Tuple[Any, Sequence[Edit]]],
    step: float = 1.0,
    any_basis: bool = False,
) -> Response:
    """`responses` where each of M moves is a basis of its own and one or several edits of it at once."""

    ends = [
        ends_of(comp, [[replace(one, sigma=sign * step) for one in edits] for sign in (1.0, -1.0)], any_basis)
        for comp, edits in moves
    ]
    found = numbers_at(meter, w, ends, meter.read)
    change = (found[:, 0] - found[:, 1]) / (2 * step)  # (M, N, F)
    return Response(change.mean(axis=1), np.sqrt((change**2).mean(axis=1)))


def ends_of(comp: Any, steps: Sequence[Sequence[Edit]], any_basis: bool = False) -> Ends:
    """Latents after each of S lists of edits of a basis."""
    return lambda rows: [apply_edits(rows, comp, step, any_basis=any_basis) for step in steps]


def numbers_at(
    meter: Meter, w: np.ndarray, moves: Sequence[Ends], read: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Numbers (M, S, N, F) that `read` finds in pictures (N, H, W, 3) uint8, of latents w (N, L, D) moved in
    M ways to S places each. Networks that make one image at a time draw all that is made of one latent in a
    row, and go on from layers that no edit has touched. In memory: S times `Meter.at_once` pictures and moved
    latents; where images are made one at a time so many pictures, and all moves of one latent.
    """
    if meter.gen.alone:
        own = (np.array([move(w[n : n + 1]) for move in moves])[:, :, 0] for n in range(len(w)))
        return np.stack([_numbers_of_one(meter, each, read) for each in own], axis=2)
    parts = [w[start : start + meter.at_once] for start in range(0, len(w), meter.at_once)]
    with one_blas_thread():  # as `Meter.measured`
        found = [np.stack([_numbers_of_ends(meter, move(rows), read) for move in moves]) for rows in parts]
    return np.concatenate(found, axis=2)


def _numbers_of_ends(
    meter: Meter, ends: Sequence[np.ndarray], read: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """(S, N, F) of S times latents (N, L, D)."""
    return np.stack(np.split(read(meter.pictures(np.concatenate(ends))), len(ends)))


def _numbers_of_one(meter: Meter, own: np.ndarray, read: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """(M, S, F) of what one latent was moved to, (M, S, L, D)."""
    rows = own.reshape(-1, *own.shape[2:])
    order = past.order(past.prefixes(rows, []))
    return meter.measured(rows[order], read)[np.argsort(order)].reshape(*own.shape[:2], -1)


def all_layers(count: int) -> List[Edit]:
    """The edits E(v0), E(v1), … of the first `count` components."""
    return [Edit(k) for k in range(count)]


class Reached(NamedTuple):
    """An edit at the strength where one factor changes by a wanted amount.

    sigma: that strength. effect: mean change of the factor there, in factor sigmas; less than wanted if
    FURTHEST was not enough. leakage: change of all other factors (root of the sum of mean squares) for each
    unit of the effect.
    """

    sigma: float
    effect: float
    leakage: float


def at_equal_effect(
    meter: Meter, w: np.ndarray, comp: Any, edit: Edit, factor: int, wanted: float, rounds: int = 3
) -> Reached:
    """Strengthen an edit until the factor changes by `wanted` factor sigmas on average over w (N, L, D).

    So that directions are compared where they do equally much. The strength is corrected `rounds` times by
    the ratio of wanted to found.
    """
    before = meter.factors(w)
    slope = responses(meter, w, comp, [edit], step=0.5).mean[0, factor]
    sigma = _clipped(wanted / slope if slope else FURTHEST)
    reached = _reached(meter, w, comp, replace(edit, sigma=sigma), factor, before)
    for _ in range(rounds - 1):
        if reached.effect * wanted <= 0:
            break
        sigma = _clipped(reached.sigma * float(np.clip(wanted / reached.effect, 1 / 3, 3)))
        reached = _reached(meter, w, comp, replace(edit, sigma=sigma), factor, before)
    return reached


def _reached(meter: Meter, w: np.ndarray, comp: Any, edit: Edit, factor: int, before: np.ndarray) -> Reached:
    change = meter.factors(apply_edits(w, comp, [edit])) - before
    squares, effect = (change**2).mean(axis=0), float(change[:, factor].mean())
    others = float(np.sqrt(squares.sum() - squares[factor]))
    return Reached(edit.sigma, effect, others / abs(effect) if effect else float("inf"))


def _clipped(sigma: float) -> float:
    return float(np.clip(sigma, -FURTHEST, FURTHEST))
