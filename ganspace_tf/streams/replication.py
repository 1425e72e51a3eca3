"""Table 1 of the replication study "[Re] GANSpace": one seed, three generators, three different first
numbers.
"""

from __future__ import annotations

from typing import List, NamedTuple

import numpy as np

from ganspace_tf import streams

PAPER_SEED = 42


class Row(NamedTuple):
    """generator: its name in the table; stream: ours; printed: the first number, as the program prints it.

    value: the number itself. published: what the table says, "" for another seed than its own.
    """

    generator: str
    stream: str
    value: float
    printed: str
    published: str


def table_one(seed: int = PAPER_SEED) -> List[Row]:
    """The rows of the table for a seed: what `torch.randn(1)` on a CPU and on a GPU and `np.random.randn()`
    give.

    PyTorch prints four decimals, NumPy eight. Raises UsageError for a bad seed.
    """
    rows = []
    for generator, stream, dtype, decimals, published in (
        ("PyTorch CPU", "torch-cpu", np.float32, 4, "0.3367"),
        ("PyTorch GPU", "torch-cuda", np.float32, 4, "0.1940"),
        ("NumPy", "numpy", np.float64, 8, "0.49671415"),
    ):
        value = float(streams.open(stream, seed).normal((1,), dtype=dtype)[0])
        printed = "{:.{}f}".format(value, decimals)
        rows.append(Row(generator, stream, value, printed, published if seed == PAPER_SEED else ""))
    return rows
