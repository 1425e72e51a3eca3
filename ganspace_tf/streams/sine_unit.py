"""A model of the sine and cosine unit of NVIDIA GPUs (Volta and newer), which PyTorch's CUDA normals go
through.

The unit evaluates a quadratic on each of 64 segments of a quadrant, in integers (Oberman and Siu 2005
describe the design). Its coefficients are in `sine_table`, with how they were found and how far that goes.
"""

from __future__ import annotations

import functools

import numpy as np

from ganspace_tf.streams.fused import bits
from ganspace_tf.streams.sine_table import POSITION_BITS, SCALE, TABLE, position_squares, truncated

TURNS_PER_RADIAN = bits("3e22f983")[0]
QUADRANT_BITS = 23  # a turn is four quadrants of 2^23 positions


class SineUnit:
    """sin and cos of float32 angles in [0, 2 pi], as the hardware truncates them."""

    def __init__(self):
        self._coefficients = np.array(TABLE, dtype=np.float64).T * np.array([[2.0**11], [1], [1]]) * SCALE
        self._squares = position_squares().astype(np.float64)

    def fixed_point(self, angle: np.ndarray) -> np.ndarray:
        """Angles (float32 values of 0 or more, held in float64) as int64 counts of 2^-25 turns, rounded
        towards zero twice.
        """
        turns = truncated(angle * TURNS_PER_RADIAN)
        return (turns * 2.0 ** (QUADRANT_BITS + 2)).astype(np.int64)

    def sin(self, position: np.ndarray) -> np.ndarray:
        """Sine, as float64 of 24 significant bits, of what fixed_point returned."""
        return self._evaluate(position)

    def cos(self, position: np.ndarray) -> np.ndarray:
        """Cosine likewise: the sine one quadrant on."""
        return self._evaluate(position + (1 << QUADRANT_BITS))

    def _evaluate(self, position: np.ndarray) -> np.ndarray:
        quadrant = position >> QUADRANT_BITS
        place = (position ^ -(quadrant & 1)) & ((1 << QUADRANT_BITS) - 1)  # odd quadrants run backwards
        segment, x = place >> POSITION_BITS, place & ((1 << POSITION_BITS) - 1)
        c0, c1, c2 = (row[segment] for row in self._coefficients)
        value = truncated(c0 + c1 * x + c2 * self._squares[x])
        return np.negative(value, out=value, where=(quadrant & 2) != 0)


@functools.lru_cache(maxsize=1)
def sine_unit() -> SineUnit:
    """The unit, made once: it holds no state but its tables."""
    return SineUnit()
