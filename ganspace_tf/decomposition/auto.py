"""`n="auto"`: as many rows as a wanted precision takes.

Rows are read in stages. After each one the sample says how well it knows its components (`precision`), and
from that, how many rows are still needed: the angle falls with their root. The next stage ends a little
beyond that number, but at most at GROWTH times the rows there are: few rows know their own precision badly.

What a stage decides depends on the rows alone, and where a stage ends is kept with the state, so that a run
that was stopped ends with the same number of rows as any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Optional, Tuple

import numpy as np

from ganspace_tf.decomposition.base import Accumulator, Arrays
from ganspace_tf.decomposition.fit import Progress, Source, accumulate
from ganspace_tf.decomposition.precision import Precision, measure, rows_for
from ganspace_tf.errors import UsageError

if TYPE_CHECKING:
    from ganspace_tf.decomposition.checkpoint import Checkpoint
    from ganspace_tf.decomposition.first_rows import FirstRows
    from ganspace_tf.decomposition.pca import PCA
    from ganspace_tf.decomposition.spectrum import Spectrum

AUTO = "auto"
DEGREES, MOST = 3.0, 1_000_000  # where nothing is said
FIRST = 10  # rows of the first stage, times the width of the space
GROWTH = 4.0
BEYOND = 1.02  # of the rows that are said to be needed


class Asked(NamedTuple):
    """degrees: that the components are to be known to. most: rows to read at most."""

    degrees: float
    most: int

    def first(self, features: int, block: int, together: int = 1) -> int:
        """Rows of the first stage: one group at least of those that are drawn together."""
        return self._whole(max(FIRST * features, together), block)

    def next(self, known: Precision, block: int) -> int:
        """Rows of the stage after one that is not enough."""
        needed = min(BEYOND * rows_for(known, self.degrees), GROWTH * known.rows)
        return self._whole(max(known.rows + block, int(needed)), block)

    def enough(self, known: Precision) -> bool:
        return known.angle <= self.degrees or known.rows >= self.most

    def _whole(self, rows: int, block: int) -> int:
        return min(self.most, -(-rows // block) * block)


def asked_of(n: Any, precision: Any, most: Optional[int]) -> Optional[Asked]:
    """None for a plain n. Raises UsageError for words that belong to n="auto", and for no angle."""
    if n != AUTO:
        if precision is not None or most is not None:
            raise UsageError(
                "precision={}, most={}: these belong to n='auto', not to n={}".format(precision, most, n)
            )
        return None
    degrees = DEGREES if precision is None else precision
    if isinstance(degrees, bool) or not isinstance(degrees, (int, float)) or not 0.01 <= degrees <= 30:
        raise UsageError("precision={!r}: allowed are 0.01 … 30 degrees".format(precision))
    return Asked(float(degrees), MOST if most is None else most)


class Stages(Accumulator):
    """An estimator, and how many rows it is to have when it is looked at next. resumable as the estimator."""

    def __init__(self, estimator: PCA, until: int):
        self.estimator, self.until = estimator, until
        self.carried = estimator.carried

    @property
    def rows(self) -> int:
        return self.estimator.rows

    def update(self, block: np.ndarray) -> None:
        self.estimator.update(block)

    def part(self, block: np.ndarray) -> Any:
        return self.estimator.part(block)

    def absorb(self, part: Any) -> None:
        self.estimator.absorb(part)

    def arrays(self) -> Arrays:
        return dict(self.estimator.arrays(), until=np.array(self.until))

    def restore(self, arrays: Arrays) -> None:
        self.until = int(arrays["until"])
        self.estimator.restore(arrays)


def fit_until_known(
    estimator: PCA,
    first: FirstRows,
    block: int,
    asked: Asked,
    source: Source,
    checkpoint: Checkpoint,
    progress: Progress,
) -> Tuple[Precision, Spectrum]:
    """Feed rows until the components are known as asked; says how well they are, and what they are made of.
    progress as `accumulate`.
    """
    stages = Stages(estimator, asked.first(estimator.features, block, first.together))
    checkpoint.resume(stages)
    while True:
        accumulate(stages, stages.until, block, source, checkpoint, progress)
        spectrum = estimator.spectrum()
        known = measure(estimator.state, spectrum, first.of(estimator.rows), first.together)
        if asked.enough(known):
            return known._replace(asked=asked.degrees, most=asked.most), spectrum
        stages.until = asked.next(known, block)
