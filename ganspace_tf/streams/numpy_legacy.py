"""NumPy's legacy normal numbers: `numpy.random.RandomState(seed)`, frozen by NumPy since 2008 (polar
method).
"""

from __future__ import annotations

import numpy as np

from ganspace_tf.streams.base import NormalStream


class NumpyLegacyStream(NormalStream):
    """`RandomState(seed).standard_normal`: float64 numbers, rounded to float32 where that is asked for.

    Numbers come in pairs and the second of an odd draw is kept for the next draw, so a sequence of draws
    gives the same numbers however it is cut.
    """

    name = "numpy"
    seed_limit = 2**32

    def __init__(self, seed):
        super().__init__(seed)
        self._state = np.random.RandomState(self.seed)

    def _draw(self, count: int, dtype: np.dtype) -> np.ndarray:
        return self._state.standard_normal(count).astype(dtype, copy=False)
