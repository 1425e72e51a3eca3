"""Full-size BigGAN-deep networks with weights from a seed: images, gen_z, its components, partial runs.

    python -m benchmarks biggan
    TORCH_PYTHON=/path/to/python python -m benchmarks biggan

With TORCH_PYTHON, an interpreter that has PyTorch and SciPy, every image stands beside that of a PyTorch
network of the same weights, spectral norms divided in once there too (training/biggan_torch.py).
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Iterator

from benchmarks.machine import cpu_seconds, gemm_gflops

CASES = ((128, 1), (128, 4), (256, 1), (512, 1))  # resolution, batch
ROWS = 2000
CH = 128
# Each in a process of its own, so that peak memory is that of one network.
IMAGES = """
import sys
from benchmarks.biggan import network
from benchmarks.machine import cpu_seconds, peak_gib
from ganspace_tf.cli.quiet import be_quiet
be_quiet()
resolution, batch = int(sys.argv[1]), int(sys.argv[2])
gen = network(resolution)
z = gen.z(n=batch, seed=0, psi=0.7)
gen.images(z, psi=0.7, batch=batch)
print(cpu_seconds(lambda: gen.images(z, psi=0.7, batch=batch)) / batch, peak_gib())
"""


def network(resolution: int):
    """A full-size network behind the generator contract, on one thread."""
    from ganspace_tf.generators.biggan import BigGAN
    from tests import biggan_recipe

    s = biggan_recipe.structure(resolution, CH)
    scales = {name: 0.5 for name, _ in s.norms()}
    return BigGAN(biggan_recipe.record(s, scales), "biggan-deep-{}".format(resolution), threads=1)


def gflop_per_image(resolution: int) -> float:
    """The convolutions and the attention of one image, two operations a multiplication and addition."""
    from tests import biggan_recipe

    s = biggan_recipe.structure(resolution, CH)
    total = 0.0
    for block in s.blocks:
        before = (block.side // 2 if block.up else block.side) ** 2
        total += before * block.channels_in * block.middle
        total += block.side**2 * block.middle * (18 * block.middle + block.channels_out)
    pixels, a = s.attention.side**2, s.attention
    total += pixels * a.channels * (2 * a.keys + 2 * a.values)
    total += pixels * pixels / 4 * (a.keys + a.values)
    return 2e-9 * (total + s.resolution**2 * 9 * s.channels * 3)


def measure() -> Iterator[str]:
    """One line a finding."""
    rate = gemm_gflops()
    yield "matrix product, float32, one thread: {:.0f} GFLOP/s".format(rate)
    torch = os.environ.get("TORCH_PYTHON")
    for resolution, batch in CASES:
        ours, memory = run([sys.executable, "-c", IMAGES, str(resolution), str(batch)])
        work = gflop_per_image(resolution)
        share = 100 * work / ours / rate
        line = "{} px, batch {}: {:.2f} s an image, {:.0f} GFLOP: {:.0f} % of the matrix product, "
        line = (line + "{:.1f} GiB at most").format(resolution, batch, ours, work, share, memory)
        if torch:
            command = [torch, "-m", "training.biggan_torch", str(resolution), str(batch)]
            line += "; {:.2f} × as fast as PyTorch".format(run(command)[0] / ours)
        yield line
    yield from first_layers()


def run(command) -> list:
    """The numbers that a process prints last."""
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, universal_newlines=True)
    return [float(word) for word in done.stdout.split("\n")[-2].split()]


def first_layers() -> Iterator[str]:
    """gen_z by the row, its components in closed form, and what a run up to a layer costs."""
    from ganspace_tf.decomposition import decompose

    gen = network(128)
    z = gen.z(n=ROWS, seed=0)
    for _ in range(2):
        gen.activations(z, "generator.gen_z")
    seconds = cpu_seconds(lambda: gen.activations(z, "generator.gen_z"))
    yield "gen_z: {:.2f} ms a row at batch {:,}".format(1e3 * seconds / ROWS, ROWS)
    seconds = cpu_seconds(lambda: decompose(gen, space="generator.gen_z", cache=False))
    yield "80 components of gen_z, {:,} features, in closed form: {:.2f} s".format(
        gen.endpoints["generator.gen_z"][0], seconds
    )
    whole = cpu_seconds(lambda: gen.images(z[:1]))
    for layer in (1, 4, 8):
        name = "generator.layers.{}".format(layer)
        gen.activations(z[:1], name)
        seconds = cpu_seconds(lambda name=name: gen.activations(z[:1], name))
        yield "{}: {:.0f} % of the CPU time of an image".format(name, 100 * seconds / whole)
