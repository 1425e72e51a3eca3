"""Fused multiply-add in float32: a * b + c rounded once, with NumPy operations that are exact or correctly
rounded.

NumPy's own float32 log, sin and cos differ between its versions and processors, so nothing here or above
uses them: only +, -, *, sqrt, comparisons and casts, which IEEE 754 fixes to the bit.
"""

from __future__ import annotations

from typing import List

import numpy as np

#: How many numbers are worked on at a time: the few float64 rows of scratch then stay in a core's cache.
BLOCK = 8192

_TAIL = np.int64(0x1FFFFFFF)  # the bits of a float64 that a float32 drops
_HALF = np.int64(0x10000000)  # exactly half way between two float32


def bits(patterns: str) -> List[float]:
    """The float32 values of hexadecimal bit patterns, the form in which constants are stated here."""
    words = np.array([int(pattern, 16) for pattern in patterns.split()], dtype=np.uint32)
    return words.view(np.float32).astype(np.float64).tolist()


class FusedMultiplyAdd:
    """fma on float64 arrays that hold float32 values, with scratch space for arrays of up to `size` numbers.

    A product of two float32 values is exact in float64, so one float64 addition and one rounding to float32
    are two roundings in place of one. They differ only where the float64 sum fell exactly half way between
    two float32 while it was itself inexact: those (about one in 2^29) are moved one step towards the true
    value before they are rounded.
    """

    def __init__(self, size: int):
        self._sum = np.empty(size, dtype=np.float64)
        self._tail = np.empty(size, dtype=np.int64)
        self._half = np.empty(size, dtype=bool)
        self._single = np.empty(size, dtype=np.float32)

    def __call__(self, a, b, c, out: np.ndarray) -> np.ndarray:
        """out = float32(a * b + c), rounded once. a, b, c: float64 arrays or scalars of float32 values; out
        may be one of them.
        """
        n = out.size
        total, tail, half = self._sum[:n], self._tail[:n], self._half[:n]
        np.multiply(a, b, out=total)
        np.add(total, c, out=total)
        np.bitwise_and(total.view(np.int64), _TAIL, out=tail)
        np.equal(tail, _HALF, out=half)
        if half.any():
            self._settle_ties(total, half, a, b, c)
        return self.round(total, out)

    def round(self, values: np.ndarray, out: np.ndarray) -> np.ndarray:
        """out = values rounded to float32, to nearest even, and kept as float64."""
        single = self._single[: out.size]
        np.copyto(single, values, casting="same_kind")
        np.copyto(out, single)
        return out

    @staticmethod
    def _settle_ties(total, half, a, b, c):
        at = np.flatnonzero(half)
        product, addend = (np.broadcast_to(v, total.shape)[at] for v in (np.multiply(a, b), c))
        rounded = total[at]
        back = rounded - product  # two-sum: the exact error of product + addend
        error = (product - (rounded - back)) + (addend - back)
        step = np.where(error > 0, np.inf, -np.inf)
        total[at] = np.where(error == 0, rounded, np.nextafter(rounded, step))
