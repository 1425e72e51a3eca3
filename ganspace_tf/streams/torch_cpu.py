"""PyTorch's CPU normal numbers: `torch.manual_seed(seed)` and then `torch.randn` or `normal_`, to the bit.

The raw stream is the classic Mersenne twister. A draw of 16 numbers or more is made by PyTorch's vectorised
kernel (AVX2 and newer x86-64 processors, Linux builds); a shorter one number by number in double precision
with a cached second value. The two have nothing in common but the raw stream. See docs/parity.md for
versions and other processors.
"""

from __future__ import annotations

import math

import numpy as np

from ganspace_tf.streams.base import NormalStream
from ganspace_tf.streams.torch_cpu_kernel import box_muller_float32

#: Draws of at least this many numbers take the vectorised path; it is also the length of its blocks.
LANES = 16


class TorchCpuStream(NormalStream):
    """The generator that `torch.manual_seed(seed)` leaves on the CPU. Only the low 32 bits of the seed
    matter to it.
    """

    name = "torch-cpu"

    def __init__(self, seed):
        super().__init__(seed)
        self._state = np.random.RandomState(self.seed & 0xFFFFFFFF)
        self._cached = None  # the second number of a pair, kept between short draws and across dtypes

    def _draw(self, count: int, dtype: np.dtype) -> np.ndarray:
        if count < LANES:
            return np.array([self._one() for _ in range(count)], dtype=np.float64).astype(dtype)
        uniforms, pairs = {
            "float32": (self._uniform_float32, box_muller_float32),
            "float64": (self._uniform_float64, box_muller_float64),
        }[dtype.name]
        values = uniforms(count)
        whole = count - count % LANES
        values[:whole] = pairs(values[:whole])
        if whole < count:  # the last 16 places are drawn anew, over part of the last whole block
            values[-LANES:] = pairs(uniforms(LANES))
        return values

    def _one(self) -> float:
        if self._cached is not None:
            value, self._cached = self._cached, None
            return value
        u1, u2 = self._uniform_float64(2).tolist()
        radius = math.sqrt(-2.0 * math.log1p(-u2))
        angle = 2.0 * math.pi * u1
        self._cached = radius * math.sin(angle)
        return radius * math.cos(angle)

    def _raw(self, count: int) -> np.ndarray:
        return self._state.randint(0, 2**32, size=count, dtype=np.uint32)

    def _uniform_float32(self, count: int) -> np.ndarray:
        """count float32 in [0, 1): the low 24 bits of one raw word each."""
        return (self._raw(count) & np.uint32(0xFFFFFF)).astype(np.float32) * np.float32(2.0**-24)

    def _uniform_float64(self, count: int) -> np.ndarray:
        """count float64 in [0, 1): the low 53 bits of two raw words each, the high half first."""
        words = self._raw(2 * count).astype(np.uint64)
        bits = (words[0::2] << np.uint64(32) | words[1::2]) & np.uint64(2**53 - 1)
        return bits.astype(np.float64) * 2.0**-53


def box_muller_float64(uniforms: np.ndarray) -> np.ndarray:
    """Float64 uniforms (n,), n a multiple of 16, as normals in the same block layout as box_muller_float32.

    The C library's log, sin and cos (through `math`), as PyTorch uses them: NumPy's own differ in last bits.
    """
    blocks = uniforms.reshape(-1, 2, LANES // 2)
    radii = [math.sqrt(-2.0 * math.log(1.0 - u)) for u in blocks[:, 0].ravel().tolist()]
    angles = [2.0 * math.pi * u for u in blocks[:, 1].ravel().tolist()]
    pairs = np.array([[r * math.cos(t), r * math.sin(t)] for r, t in zip(radii, angles)])
    return (pairs.reshape(-1, LANES // 2, 2).transpose(0, 2, 1) + 0.0).reshape(-1)
