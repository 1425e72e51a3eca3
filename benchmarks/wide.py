"""Components of a layer with 400,000 numbers: memory, and time by the row.

    python -m benchmarks wide

The layer is synthetic and cheap, so what is measured is the decomposition: three readings of the rows for a
randomised PCA with its error bound, and one for the regression to z. Each run is a process of its own; two
lengths of it give what a row costs and whether memory grows with the rows.
"""

from __future__ import annotations

import subprocess
import sys
from collections import OrderedDict
from typing import Any, Iterator, List

import numpy as np

from benchmarks.machine import gemm_gflops
from ganspace_tf.generators.base import Generator

MAPS, PIXELS, LATENT = 400, 1000, 128
F, K = MAPS * PIXELS, 80
SHORT, LONG, MILLION = 500, 5000, 1_000_000
RUN = """
import json, sys, time
from benchmarks.machine import peak_gib
from benchmarks.wide import K, Layer
from ganspace_tf.cli.quiet import be_quiet
be_quiet()
import ganspace_tf as gs
import tensorflow.compat.v1
gen, began = Layer(), time.process_time()
comp = gs.decompose(gen, space="layer", latent="z", components=K, n=int(sys.argv[1]), cache=False)
bound = comp.settings["error_bound"]
shares = [bound["variances"][k] / comp.act_stdev[k] ** 2 for k in (0, -1)]
print(time.process_time() - began, peak_gib(), *shares)
"""


class Layer(Generator):
    """Feature maps that are products of a map's strength and a pixel's, both not linear in z."""

    name, family, fingerprint = "layer", "biggan-deep", "0" * 64
    latent_size = dlatent_size = LATENT
    n_layers, image_shape, has_mapping = 1, (3, 8, 8), False
    endpoints = OrderedDict(layer=(MAPS, 1, PIXELS))

    def __init__(self) -> None:
        random, falling = np.random.RandomState(0), np.geomspace(0.25, 0.001, LATENT)[:, None]
        self.strengths, self.places = (
            (random.standard_normal((LATENT, size)) * falling).astype(np.float32) for size in (MAPS, PIXELS)
        )

    def map_rows(self, z: np.ndarray, labels: Any = None) -> np.ndarray:
        """z itself."""
        return z

    def activations(self, latents: np.ndarray, endpoint: str, labels: Any = None, *_: Any, **__: Any) -> Any:
        """(N, maps, 1, pixels) float32."""
        strength, place = np.maximum(latents @ self.strengths, 0), np.tanh(latents @ self.places)
        return (strength[:, :, None, None] * place[:, None, None, :]).astype(np.float32)


def measure() -> Iterator[str]:
    """One line a finding."""
    rate = gemm_gflops()
    found = {n: run(n) for n in (SHORT, LONG)}
    yield "matrix product, float32, one thread: {:.0f} GFLOP/s".format(rate)
    for n, (seconds, memory, first, last) in found.items():
        line = "{:,} rows of {:,} numbers, {} components: {:.0f} s, {:.2f} GiB at most; "
        line += "error at most {:.2g} of the first variance, {:.2g} of the last"
        yield line.format(n, F, K, seconds, memory, first, last)
    row = (found[LONG][0] - found[SHORT][0]) / (LONG - SHORT)
    work = 2e-9 * F * (2 * (3 * 2 * K + 2 * 16) + K)
    yield "a row: {:.1f} ms, {:.0f} % of the matrix product; {:.1f} hours for a million, extrapolated".format(
        1e3 * row, 100 * work / rate / row, row * MILLION / 3600
    )


def run(n: int) -> List[float]:
    """CPU seconds, GiB, and the bound over the first and the last variance, of a run with n rows."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(n)], stdout=subprocess.PIPE, check=True, universal_newlines=True
    )
    return [float(word) for word in done.stdout.split("\n")[-2].split()]
