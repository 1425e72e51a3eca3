"""PyTorch's CUDA normal numbers: `torch.manual_seed(seed)` and `torch.randn(..., device="cuda")`, without a
GPU.

Every GPU thread has its own Philox subsequence and makes four numbers a step. Up to one wave of threads,
number i depends on (seed, offset, i) alone; a larger draw is laid out by the size of the GPU (see gpus.py).
"""

from __future__ import annotations

import operator

import numpy as np

from ganspace_tf.errors import UsageError
from ganspace_tf.streams.base import NormalStream
from ganspace_tf.streams.fused import BLOCK, FusedMultiplyAdd, bits
from ganspace_tf.streams.gpus import BLOCK_THREADS, DEFAULT_GPU, GPUS, Gpu, gpu_name
from ganspace_tf.streams.philox import philox4x32
from ganspace_tf.streams.sine_unit import sine_unit

OUTPUTS = 4  # numbers that a thread makes in one step, from one Philox counter

RADIUS_SCALE, RADIUS_SHIFT = 2.0**-32, 2.0**-33
ANGLE_SCALE, ANGLE_SHIFT = bits("30c90fdb 30490fdb")  # 2 pi / 2^32 and half of that
LOG = bits("be055027 3e1039f6 bdf8cdcc 3e0f2955 be2ad8b9 3e4ced0b be7fff22 3eaaaa78 bf000000")
LN2 = bits("3f317218")[0]
LOG_PIVOT = np.int32(0x3F2AAAAB)  # the float32 nearest to 2/3: mantissas are taken from [2/3, 4/3)


class TorchCudaStream(NormalStream):
    """The generator that `torch.manual_seed(seed)` leaves on a CUDA device.

    gpu: a name of gpus.GPUS, or sm_count and max_threads_per_sm of another device; a V100 where nothing is
    said. offset: where the generator stands, a multiple of 4: 0 after seeding, and more after earlier
    draws.
    """

    name = "torch-cuda"
    dtypes = ("float32",)
    options = ("gpu", "offset", "sm_count", "max_threads_per_sm")

    def __init__(self, seed, gpu=None, offset=0, sm_count=None, max_threads_per_sm=None):
        super().__init__(seed)
        self.gpu = _gpu(gpu, sm_count, max_threads_per_sm)
        self.offset = _whole("offset", offset, 0, 2**64 - 4)
        if self.offset % OUTPUTS:
            raise UsageError("the offset of a CUDA generator is a multiple of 4, not {}".format(self.offset))

    def _draw(self, count: int, dtype: np.dtype) -> np.ndarray:
        threads = min(-(-count // BLOCK_THREADS) * BLOCK_THREADS, self.gpu.wave)
        values = np.empty(count, dtype=dtype)
        kernel = _Kernel(self.seed)
        steps = -(-count // (OUTPUTS * threads))
        for step in range(steps):
            first = OUTPUTS * threads * step
            lanes = [values[first + i * threads : first + (i + 1) * threads] for i in range(OUTPUTS)]
            for start in range(0, lanes[0].size, BLOCK):
                kernel.fill(
                    [lane[start : start + BLOCK] for lane in lanes], self.offset // OUTPUTS + step, start
                )
        self.offset = (self.offset + OUTPUTS * steps) % 2**64
        return values


class _Kernel:
    """What the threads of one launch compute, BLOCK threads at a time."""

    def __init__(self, seed: int):
        self._key = (seed & 0xFFFFFFFF, seed >> 32)
        self._fma = FusedMultiplyAdd(BLOCK)
        self._sine = sine_unit()

    def fill(self, lanes: list, counter: int, first_thread: int):
        """Write the four outputs of consecutive threads to the four lanes; lanes may be shorter than the
        first, or empty.
        """
        threads = np.arange(first_thread, first_thread + lanes[0].size, dtype=np.uint64)
        low, high = (np.full_like(threads, word) for word in (counter & 0xFFFFFFFF, counter >> 32))
        words = philox4x32((low, high, threads, np.zeros_like(threads)), self._key)
        for pair in (0, 2):
            sines, cosines = lanes[pair], lanes[pair + 1]
            if sines.size:
                self._pair(words[pair][: sines.size], words[pair + 1][: sines.size], sines, cosines)

    def _pair(self, a: np.ndarray, b: np.ndarray, sines: np.ndarray, cosines: np.ndarray):
        """Box-Muller of two arrays of 32-bit words, sine first, unlike on the CPU."""
        fma = self._fma
        u, angle = np.empty(a.size), np.empty(a.size)
        fma(fma.round(a.astype(np.float64), u), RADIUS_SCALE, RADIUS_SHIFT, u)
        fma(fma.round(b.astype(np.float64), angle), ANGLE_SCALE, ANGLE_SHIFT, angle)
        radius = np.sqrt(np.float32(-2) * self.log(u).astype(np.float32))
        position = self._sine.fixed_point(angle)
        zero = np.float32(0)  # the kernel ends in "times 1 plus 0", which turns -0 into +0
        sines[...] = radius * self._sine.sin(position).astype(np.float32) + zero
        if cosines.size:
            part = slice(cosines.size)
            cosines[...] = radius[part] * self._sine.cos(position[part]).astype(np.float32) + zero

    def log(self, u: np.ndarray) -> np.ndarray:
        """ln u of normal float32 values u, as float32 values in float64: m * 2^i with m in [2/3, 4/3), a
        polynomial in m - 1.
        """
        fma = self._fma
        word = u.astype(np.float32).view(np.int32)
        power = (word - LOG_PIVOT) & np.int32(-0x800000)
        m = (word - power).view(np.float32).astype(np.float64) - 1.0  # exact
        i = power.astype(np.float64) * 2.0**-23
        p = np.full_like(m, LOG[0])
        for coefficient in LOG[1:]:
            fma(m, p, coefficient, p)
        fma.round(np.multiply(m, p, out=p), p)
        fma(m, p, m, p)
        return fma(i, LN2, p, p)


def _gpu(gpu, sm_count, max_threads_per_sm) -> Gpu:
    if sm_count is None and max_threads_per_sm is None:
        return GPUS[gpu_name(DEFAULT_GPU if gpu is None else gpu)]
    if gpu is not None:
        raise UsageError("give the name of a gpu, or sm_count and max_threads_per_sm, not both")
    if sm_count is None or max_threads_per_sm is None:
        raise UsageError("sm_count and max_threads_per_sm belong together: give both, or a gpu")
    return Gpu(
        _whole("sm_count", sm_count, 1, 65536),
        _whole("max_threads_per_sm", max_threads_per_sm, BLOCK_THREADS, 65536),
    )


def _whole(name: str, value, low: int, high: int) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        raise UsageError("{} is a whole number, not {!r}".format(name, value)) from None
    if not low <= number <= high:
        raise UsageError("{} is {} to {}, not {}".format(name, low, high, number))
    return number
