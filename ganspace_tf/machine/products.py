"""Speed of matrix products, of this process or of one under another kernel.

OpenBLAS chooses its kernel when it is loaded, so every kernel to be measured takes a process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable, Dict, Optional

from ganspace_tf.machine import blas

SIZE = 768  # of square matrices; larger ones are no faster by more than a tenth
SECONDS = 0.1  # of processor time for each number, at least
PATIENCE = 60  # seconds for one process
PROGRAM = "import json; from ganspace_tf.machine import products; print(json.dumps(products.speeds()))"


def speeds() -> Dict[str, Dict[str, Any]]:
    """Of this process, by owner of the library: its kernel, and GFLOP/s of float32 and float64 products.

    A library that belongs to neither NumPy nor SciPy serves both (as conda installs it).
    """
    import numpy as np
    from scipy.linalg import blas as scipy_blas

    ways: Dict[str, Dict[str, Callable[[Any], Any]]] = {
        "NumPy": {"float32": lambda a: a @ a, "float64": lambda a: a @ a},
        "SciPy": {
            "float32": lambda a: scipy_blas.sgemm(1.0, a, a),
            "float64": lambda a: scipy_blas.dgemm(1.0, a, a),
        },
    }
    found: Dict[str, Dict[str, Any]] = {}
    for library in blas.libraries():
        found[library.owner] = {"kernel": library.kernel}
        for dtype, product in ways.get(library.owner, ways["NumPy"]).items():
            matrix = np.random.RandomState(0).standard_normal((SIZE, SIZE)).astype(dtype, order="F")
            found[library.owner][dtype] = round(2e-9 * SIZE**3 / _least_seconds(product, matrix), 1)
    return found


def _least_seconds(product: Callable[[Any], Any], matrix: Any) -> float:
    """Processor time of the fastest of some calls: what an idle core would take."""
    product(matrix)  # the first one also makes room
    least, spent = float("inf"), 0.0
    while spent < SECONDS:
        began = time.process_time()
        product(matrix)
        took = max(time.process_time() - began, 1e-9)
        least, spent = min(least, took), spent + took
    return least


def speeds_under(kernel: Optional[str]) -> Optional[Dict[str, Dict[str, Any]]]:
    """`speeds()` of a new process on one core with OPENBLAS_CORETYPE=kernel, or without it if kernel is None.

    None if it does not run. Only for kernels whose instructions the processor has.
    """
    settings = {name: value for name, value in os.environ.items() if name != blas.VARIABLE}
    settings.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    if kernel is not None:
        settings[blas.VARIABLE] = kernel
    try:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=settings,
            cwd=str(Path(__file__).parents[2]),  # where it finds this package
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=True,
        )
        return json.loads(done.stdout.decode("utf-8"))
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
