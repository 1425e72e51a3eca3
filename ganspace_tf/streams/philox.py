"""Philox4x32 with ten rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"), vectorised.

NumPy's own `Philox` is the 4x64 variant, which gives other numbers.
"""

from __future__ import annotations

from typing import Sequence, Tuple

import numpy as np

ROUNDS = 10
MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
WEYL = (0x9E3779B9, 0xBB67AE85)  # what the two key words grow by from round to round

_LOW = np.uint64(0xFFFFFFFF)
_WORD = np.uint64(32)


def philox4x32(counter: Sequence[np.ndarray], key: Tuple[int, int]) -> Tuple[np.ndarray, ...]:
    """Four arrays of 32-bit random words for four arrays of 32-bit counter words and one two-word key.

    counter: four uint64 arrays (N,) of values below 2^32, word 0 first; returned arrays are uint64 (N,) too.
    """
    c0, c1, c2, c3 = counter
    for index in range(ROUNDS):
        k0, k1 = (np.uint64((word + index * step) & 0xFFFFFFFF) for word, step in zip(key, WEYL))
        first, second = c0 * MULTIPLIERS[0], c2 * MULTIPLIERS[1]  # 32 x 32 bits: exact in 64
        c0, c1 = (second >> _WORD) ^ c1 ^ k0, second & _LOW
        c2, c3 = (first >> _WORD) ^ c3 ^ k1, first & _LOW
    return c0, c1, c2, c3
