"""The arithmetic of PyTorch's vectorised float32 normals: Cephes polynomials for ln, sin and cos,
Box-Muller on blocks.

The polynomials are those of the Cephes library, evaluated in float32 with fused multiply-adds in the places
where the compiler of the Linux x86-64 builds put them: which pairs are fused decides the last bits. Values
are float32 held in float64 arrays (see fused.py), so a product of two is exact and `_Kernel.round` makes it
the float32 product.
"""

from __future__ import annotations

import numpy as np

from ganspace_tf.streams.fused import BLOCK, FusedMultiplyAdd, bits

LANES = 16

SQRT_HALF = bits("3f3504f3")[0]
TWO_PI = np.float32(bits("40c90fdb")[0])
FOUR_OVER_PI = np.float32(bits("3fa2f983")[0])

LOG = bits("3d9021bb bdebd1b8 3def251a bdfe5d4f 3e11e9bf be2aae50 3e4cceac be7ffffc 3eaaaaaa")
LN2_LOW, LN2_HIGH = bits("b95e8083 3f318000")

MINUS_PI_OVER_4 = bits("bf490000 b97da000 b3222169")  # in three parts, for an exact reduction
COS = bits("37ccf5ce bab6061a 3d2aaaa5")
SIN = bits("b94ca1f9 3c08839e be2aaaa3")


def box_muller_float32(uniforms: np.ndarray) -> np.ndarray:
    """Float32 uniforms (n,) in [0, 1), n a multiple of 16, as n normals, in place of one another.

    In each block of 16, places j and j + 8 make a pair: u1 = 1 - a[j] gives the radius, u2 = a[j + 8] the
    angle, and the pair becomes (radius cos, radius sin).
    """
    blocks = uniforms.reshape(-1, 2, LANES // 2)
    out = np.empty_like(blocks)
    rows = BLOCK // (LANES // 2)
    kernel = _Kernel(min(BLOCK, uniforms.size // 2))
    for start in range(0, len(blocks), rows):
        part = blocks[start : start + rows]
        cos, sin = kernel.pairs(np.float32(1) - part[:, 0].ravel(), part[:, 1].ravel())
        out[start : start + rows, 0] = cos.reshape(-1, LANES // 2)
        out[start : start + rows, 1] = sin.reshape(-1, LANES // 2)
    return out.reshape(-1)


class _Kernel:
    """ln, sin and cos of up to `size` float32 numbers at a time; the arrays it works in are made once."""

    def __init__(self, size: int):
        self._fma = FusedMultiplyAdd(size)
        self._rows = np.empty((5, size), dtype=np.float64)

    def pairs(self, u1: np.ndarray, u2: np.ndarray) -> tuple:
        """(radius cos, radius sin) of float32 u1 in (0, 1] and u2 in [0, 1), as float32 arrays."""
        radius = np.sqrt(np.float32(-2) * self.log(u1))
        cos, sin = self.cos_sin(TWO_PI * u2)
        zero = np.float32(0)  # the original ends in "times 1 plus 0", which turns -0 into +0
        return radius * cos + zero, radius * sin + zero

    def log(self, x: np.ndarray) -> np.ndarray:
        """ln x of float32 x in (0, 1], as float32."""
        fma = self._fma
        m, y, z, e = (row[: x.size] for row in self._rows[:4])
        mantissa, exponent = np.frexp(x)
        np.copyto(m, mantissa)
        np.copyto(e, exponent)
        small = m < SQRT_HALF
        np.subtract(e, 1, out=e, where=small)
        np.add(m, m, out=m, where=small)
        np.subtract(m, 1, out=m)  # exact, as is doubling
        fma.round(np.multiply(m, m, out=z), z)
        np.copyto(y, LOG[0])
        for coefficient in LOG[1:]:
            fma(y, m, coefficient, y)
        fma.round(np.multiply(y, m, out=y), y)
        low = self._rows[4][: x.size]
        fma.round(np.multiply(e, LN2_LOW, out=low), low)
        fma(y, z, low, y)
        fma(z, -0.5, y, y)
        fma.round(np.add(m, y, out=m), m)
        return fma(e, LN2_HIGH, m, m).astype(np.float32)

    def cos_sin(self, angle: np.ndarray) -> tuple:
        """(cos, sin) of float32 angles of 0 or more, as float32 arrays."""
        fma = self._fma
        a, z, cos, sin, half = (row[: angle.size] for row in self._rows)
        octant = (angle * FOUR_OVER_PI).astype(np.int32)
        octant = (octant + 1) & ~1
        np.copyto(a, angle)
        np.copyto(half, octant)
        for part in MINUS_PI_OVER_4:
            fma(half, part, a, a)
        fma.round(np.multiply(a, a, out=z), z)
        np.multiply(z, -0.5, out=half)
        np.copyto(cos, COS[0])
        np.copyto(sin, SIN[0])
        for c, s in zip(COS[1:], SIN[1:]):
            fma(cos, z, c, cos)
            fma(sin, z, s, sin)
        fma.round(np.multiply(cos, z, out=cos), cos)
        fma(cos, z, half, cos)
        fma.round(np.add(cos, 1, out=cos), cos)
        fma.round(np.multiply(sin, z, out=sin), sin)
        fma(sin, a, a, sin)
        swap = (octant & 2) != 0
        cosine = np.where(swap, sin, cos).astype(np.float32)
        sine = np.where(swap, cos, sin).astype(np.float32)
        np.negative(cosine, out=cosine, where=((octant - 2) & 4) == 0)
        np.negative(sine, out=sine, where=(octant & 4) != 0)
        return cosine, sine
