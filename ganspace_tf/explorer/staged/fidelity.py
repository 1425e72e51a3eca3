"""How true the small pictures of a stage are: measured on pictures that the head was not fitted to."""

from __future__ import annotations

from typing import NamedTuple, Optional

import numpy as np

ENOUGH = 0.8  # correlation of an edit's change below which a stage is not used for previews


class Fidelity(NamedTuple):
    """error: mean absolute error against the finished pictures reduced to the same size, in levels of 255.
    correlation: of what edits change in the small picture with what they change in the finished one. plain:
    the error of the network's own RGB of that size, None where it has none. pictures: measured on.
    """

    error: float
    correlation: float
    plain: Optional[float]
    pictures: int

    @property
    def enough(self) -> bool:
        """Whether the stage may be shown while a slider moves."""
        return self.correlation >= ENOUGH


class Measure:
    """Sums up differences and changes, picture by picture."""

    def __init__(self) -> None:
        self._errors: list = []
        self._plain: list = []
        self._sums = np.zeros(5)  # of x, y, xx, yy, xy
        self._count = 0

    def picture(self, made: np.ndarray, true: np.ndarray, plain: Optional[np.ndarray] = None) -> None:
        """One small picture, what it should be, and the network's own RGB."""
        self._errors.append(float(np.abs(made.astype(np.float64) - true).mean()))
        if plain is not None:
            self._plain.append(float(np.abs(plain.astype(np.float64) - true).mean()))

    def change(self, made: np.ndarray, true: np.ndarray) -> None:
        """What one edit changed in the small picture, and in the finished one reduced to its size."""
        x, y = np.asarray(made, np.float64).ravel(), np.asarray(true, np.float64).ravel()
        self._sums += [x.sum(), y.sum(), x @ x, y @ y, x @ y]
        self._count += len(x)

    def result(self) -> Fidelity:
        """Of all that was added."""
        x, y, xx, yy, xy = self._sums / max(1, self._count)
        spread = np.sqrt(max(0.0, xx - x * x) * max(0.0, yy - y * y))
        correlation = float((xy - x * y) / spread) if spread > 0 else 0.0
        plain = float(np.mean(self._plain)) if self._plain else None
        return Fidelity(float(np.mean(self._errors)), correlation, plain, len(self._errors))
