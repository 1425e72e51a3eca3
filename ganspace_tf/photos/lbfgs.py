"""L-BFGS that asks for losses instead of calling for them, so that many rows can take their steps together.

The two-loop recursion and its scaling: Nocedal and Wright, Numerical Optimization, 2nd edition, algorithm 7.4
and equation 7.20. The line search brackets a point that satisfies the weak Wolfe conditions (Lewis and
Overton, Nonsmooth optimization via quasi-Newton methods, 2013, algorithm 2.6), which holds for the kinks of
leaky ReLU too. Everything is float64 NumPy, so the same losses and gradients give the same steps with every
version of every library.
"""

from __future__ import annotations

from typing import Dict, List, Mapping, Optional, Tuple

import numpy as np

from ganspace_tf.photos.paths import Answer, Asking, Path

CORRECTIONS = 20  # pairs of steps and changes of gradient that are kept
ARMIJO, CURVATURE = 1e-4, 0.9
TRIALS = 12  # points that a line search tries at most
LEAST_CURVATURE = 1e-12  # of a pair, relative; pairs below it say nothing


class LBFGS(Path):
    """first: length of the first step."""

    def __init__(self, x: np.ndarray, first: float):
        super().__init__(x)
        self.first = float(first)
        self.steps: List[np.ndarray] = []
        self.changes: List[np.ndarray] = []

    def arrays(self) -> Dict[str, np.ndarray]:
        kept = super().arrays()
        kept["first"] = np.array(self.first)
        kept["steps"] = np.array(self.steps).reshape(-1, len(self.x))
        kept["changes"] = np.array(self.changes).reshape(-1, len(self.x))
        return kept

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        super().restore(arrays)
        self.first = float(arrays["first"])
        self.steps, self.changes = list(arrays["steps"]), list(arrays["changes"])

    def _first(self) -> Asking:
        answer = yield self.x
        self.asked += 1
        self._take(self.x, answer)

    def _iterate(self) -> Asking:
        """One step: a direction and a point along it."""
        here = self.here
        direction = self.direction()
        slope = float(here.gradient @ direction)
        if not slope < 0:
            self.done = True
            return
        length = 1.0 if self.steps else self.first / float(np.sqrt(direction @ direction))
        low, high, tried = 0.0, np.inf, 0
        found: Optional[Tuple[float, Answer]] = None
        while tried < TRIALS:
            answer = yield self.x + length * direction
            tried += 1
            if not answer.loss <= here.loss + ARMIJO * length * slope:  # also for NaN
                high = length
                length = _shorter(low, high, here.loss, slope, answer.loss)
                continue
            found = length, answer
            if float(answer.gradient @ direction) >= CURVATURE * slope:
                break
            low = length
            length = 2 * low if high == np.inf else (low + high) / 2
        self.asked += tried
        if found is None:
            if self.steps:  # curvature from afar may mislead: once more along the gradient
                self.steps, self.changes, self.first = [], [], self.first / 10
            else:
                self.done = True
            return
        self._pair(found[0] * direction, found[1].gradient - here.gradient)
        self._take(self.x + found[0] * direction, found[1])

    def _pair(self, step: np.ndarray, change: np.ndarray) -> None:
        along = float(step @ change)
        if along > LEAST_CURVATURE * float(np.sqrt((step @ step) * (change @ change))):
            self.steps = (self.steps + [step])[-CORRECTIONS:]
            self.changes = (self.changes + [change])[-CORRECTIONS:]

    def direction(self) -> np.ndarray:
        """Minus the gradient times the approximate inverse Hessian."""
        q = np.array(self.here.gradient)
        factors = []
        for step, change in zip(reversed(self.steps), reversed(self.changes)):
            factor = float(step @ q) / float(change @ step)
            factors.append(factor)
            q -= factor * change
        if self.steps:
            last = self.changes[-1]
            q *= float(self.steps[-1] @ last) / float(last @ last)
        for step, change, factor in zip(self.steps, self.changes, reversed(factors)):
            q += (factor - float(change @ q) / float(change @ step)) * step
        return -q


def _shorter(low: float, high: float, loss: float, slope: float, at_high: float) -> float:
    """A length between: the minimum of the parabola through value and slope at the start and the value at
    `high`, kept off both ends."""
    middle = (low + high) / 2
    if low > 0 or not np.isfinite(at_high):
        return middle
    curvature = at_high - loss - high * slope
    guess = -slope * high * high / (2 * curvature) if curvature > 0 else middle
    return float(min(max(guess, low + 0.1 * (high - low)), high - 0.1 * (high - low)))
