"""Pictures of full-size StyleGAN2 networks with random weights, against the machine's own matrix product.

    python -m benchmarks synthesis

The arithmetic of an image is that of its 3 x 3 convolutions, two operations a multiplication and addition.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from typing import Iterator

import numpy as np

from benchmarks.machine import cpu_seconds, gemm_gflops
from tests import tiny

BATCH = 4
CONFIG_F = {
    "fmap_base": 16384,
    "fmap_max": 512,
    "latent_size": 512,
    "dlatent_size": 512,
    "mapping_fmaps": 512,
    "mapping_layers": 8,
}
# In a process of its own, so that time and memory are those of a program that starts and ends.
FULL_SIZE = """
import sys, time
began = time.time()
import numpy as np, nvlabs
from benchmarks.machine import peak_gib
from ganspace_tf.cli.quiet import be_quiet
be_quiet()
Gs = nvlabs.load(sys.argv[1]).Gs
z = np.random.RandomState(0).standard_normal((1, Gs.input_shape[1]))
images = []
for psi in (None, 0.7):
    images.append(Gs.run(z, None, truncation_psi=psi, randomize_noise=False))
    print(time.time() - began)
    began = time.time()
print(peak_gib())
"""


def gflop_per_image(resolution: int) -> float:
    """The 3 x 3 convolutions of one image of a config-f StyleGAN2, without the small ones to RGB."""

    def width(size: int) -> int:
        return min(2 * CONFIG_F["fmap_base"] // size, CONFIG_F["fmap_max"])

    total, size = 2.0 * 9 * width(4) ** 2 * 16, 8
    while size <= resolution:
        before, here = width(size // 2), width(size)
        # the up-convolution has 9 weights for each position of its input: a quarter of those of its output
        total += 2.0 * 9 * before * here * (size // 2) ** 2 + 2.0 * 9 * here * here * size**2
        size *= 2
    return total / 1e9


def measure() -> Iterator[str]:
    """One line a finding."""
    rate = gemm_gflops()
    yield "matrix product, float32, one thread: {:.0f} GFLOP/s".format(rate)
    with tempfile.TemporaryDirectory() as folder:
        for resolution in (256, 1024):
            path = os.path.join(folder, "{}.pkl".format(resolution))
            tiny.write_tiny(path, "stylegan2-skip", resolution=resolution, **CONFIG_F)
            if resolution == 256:
                yield from share_of_gemm(path, resolution, rate)
            yield first_image(path, resolution)


def share_of_gemm(path: str, resolution: int, rate: float) -> Iterator[str]:
    """Synthesis at batch 4 as a share of what the matrix product reaches."""
    import nvlabs

    Gs = nvlabs.load(path, threads=1).Gs
    w = Gs.components.mapping.run(np.random.RandomState(0).standard_normal((BATCH, 512)), None)
    synthesis = Gs.components.synthesis
    synthesis.run(w, randomize_noise=False)
    seconds = cpu_seconds(lambda: synthesis.run(w, randomize_noise=False), 2) / BATCH
    work = gflop_per_image(resolution)
    yield "{} px, batch {}: {:.2f} s an image, {:.0f} GFLOP: {:.0f} % of the matrix product".format(
        resolution, BATCH, seconds, work, 100 * work / seconds / rate
    )


def first_image(path: str, resolution: int) -> str:
    """Seconds from the start of a process to its first image, then to a second one with another psi."""
    command = [sys.executable, "-c", FULL_SIZE, path]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, universal_newlines=True)
    first, second, memory = (float(line) for line in done.stdout.split())
    return (
        "{} px: first image {:.1f} s after the start, with another psi {:.1f} s, {:.1f} GiB at most".format(
            resolution, first, second, memory
        )
    )
