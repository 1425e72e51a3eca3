"""The two numbers of a GPU that decide how PyTorch lays out a large draw on it: the vendor's data, one row
a model.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from ganspace_tf.errors import UnknownName

#: Threads in one block of the normal kernel.
BLOCK_THREADS = 256


class Gpu(NamedTuple):
    """sm_count: streaming multiprocessors; max_threads_per_sm: resident threads that each can hold."""

    sm_count: int
    max_threads_per_sm: int

    @property
    def wave(self) -> int:
        """The most threads of one launch: up to this many numbers, a draw is the same on every GPU that has
        as many.
        """
        return BLOCK_THREADS * self.sm_count * (self.max_threads_per_sm // BLOCK_THREADS)


#: Spelt as in "torch-cuda:SEED@NAME"; case, spaces, hyphens and the vendor's series words do not matter.
GPUS = OrderedDict(
    [
        ("K80", Gpu(13, 2048)),  # one of the two dies of the board
        ("GTX1080Ti", Gpu(28, 2048)),
        ("P100", Gpu(56, 2048)),
        ("V100", Gpu(80, 2048)),
        ("T4", Gpu(40, 1024)),
        ("RTX2080Ti", Gpu(68, 1024)),
        ("TitanRTX", Gpu(72, 1024)),
        ("A100", Gpu(108, 2048)),
        ("RTX3090", Gpu(82, 1536)),
        ("A4000", Gpu(48, 1536)),
        ("A6000", Gpu(84, 1536)),
        ("H100", Gpu(132, 2048)),  # the SXM board; the PCIe board has fewer multiprocessors
    ]
)

#: Where none is named. Draws of up to 26,624 numbers (maps up to 128x128) are the same on all of these.
DEFAULT_GPU = "V100"


def gpu_name(text) -> str:
    """The key of GPUS that text means, or UnknownName with the names that there are."""
    plain = _plain(text)
    for name in GPUS:
        if _plain(name) == plain:
            return name
    raise UnknownName.among("GPU", text, GPUS, hint="or give sm_count and max_threads_per_sm")


def _plain(text) -> str:
    letters = "".join(c for c in str(text).lower() if c.isalnum())
    for word in ("nvidia", "geforce", "tesla", "quadro"):
        letters = letters.replace(word, "")
    return letters[3:] if letters[:5] in ("rtxa4", "rtxa6") else letters
