"""What this machine can do, and CPU time of a call: the yardsticks of the other files."""

from __future__ import annotations

import os
import resource
import time
from typing import Callable

import numpy as np

CORES = "BENCHMARKS_CORES"  # variable of the environment: those that the run may use, by number


def use_all_cores() -> None:
    """Undoes the pinning, as far as the run was given cores (`taskset`)."""
    if hasattr(os, "sched_setaffinity") and CORES in os.environ:
        os.sched_setaffinity(0, map(int, os.environ[CORES].split(",")))


def cpu_seconds(call: Callable[[], object], times: int = 3) -> float:
    """The least CPU time of several calls, in seconds; with one thread, what an idle core would take."""
    least = float("inf")
    for _ in range(times):
        began = time.process_time()
        call()
        least = min(least, time.process_time() - began)
    return least


def gemm_gflops(size: int = 2000) -> float:
    """GFLOP/s of a float32 matrix product in NumPy's BLAS."""
    matrix = np.random.RandomState(0).standard_normal((size, size)).astype(np.float32)
    return 2e-9 * size**3 / cpu_seconds(lambda: matrix @ matrix, 5)


def peak_gib() -> float:
    """Most memory this process has held so far, in GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2.0**20
