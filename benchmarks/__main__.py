"""`python -m benchmarks [NAME ...]`: run the benchmarks named, or all; each prints a line a finding."""

from __future__ import annotations

import importlib
import os
import platform
import sys
from typing import List

from benchmarks.machine import CORES
from ganspace_tf.cli.quiet import be_quiet

BENCHMARKS = (
    *("pca", "auto", "wide", "synthesis", "frames", "stylegan3", "biggan", "explorer", "project"),
    "cluster",
)
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def main(names: List[str]) -> int:
    """Exit code 0, or 2 for a name that is no benchmark."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print("no benchmark {!r}; there are: {}".format(unknown[0], ", ".join(BENCHMARKS)), file=sys.stderr)
        return 2
    pinned = pin_to_one_core()
    be_quiet()
    print("Python {}, {}".format(platform.python_version(), pinned), flush=True)
    for name in names or BENCHMARKS:
        print("\n{}".format(name), flush=True)
        for line in importlib.import_module("benchmarks." + name).measure():
            print("  " + line, flush=True)
    return 0


def pin_to_one_core() -> str:
    """One thread, and one core where the system allows that, child processes too. Says what was done."""
    os.environ.update(dict.fromkeys(THREADS, "1"), TF_CPP_MIN_LOG_LEVEL="3")
    if not hasattr(os, "sched_setaffinity"):
        return "one thread"
    cores = sorted(os.sched_getaffinity(0))
    core = cores[0]
    os.environ[CORES] = ",".join(map(str, cores))
    os.sched_setaffinity(0, {core})
    return "one thread, pinned to core {}".format(core)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
