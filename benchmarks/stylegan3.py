"""Full-size StyleGAN3 networks with weights from a seed: files of 90 MB, read, described and drawn.

    python -m benchmarks stylegan3
    TORCH_PYTHON=/path/to/python python -m benchmarks stylegan3

The arithmetic of an image is that of its convolutions, two operations a multiplication and addition; filters
come on top. With TORCH_PYTHON, an interpreter that has PyTorch, every image stands beside that of a plain
PyTorch network of the same operations (training/stylegan3_torch.py).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from typing import Any, Iterator

from benchmarks.machine import gemm_gflops

CASES = ("t-256", "r-256", "t-1024")
# Each in a process of its own, so that time and memory are those of a program that starts and ends.
IMAGE = """
import sys, time
began = time.process_time()
from benchmarks.machine import cpu_seconds, peak_gib
from ganspace_tf.cli.quiet import be_quiet
from ganspace_tf.generators import load_generator
be_quiet()
gen = load_generator(sys.argv[1], threads=1)
w = gen.w(seeds=[0])
gen.images(w)
first = time.process_time() - began
print(first, cpu_seconds(lambda: gen.images(w), 2), peak_gib())
"""


def design(case: str) -> Any:
    """The published networks: "t-256", "r-1024" and so on, without labels."""
    from tests.stylegan3_recipe import Design, config_r

    config, resolution = case.split("-")
    # the published networks of 256 pixels have half the channels
    base = {"t": 32768, "r": 65536}[config] // (2 if resolution == "256" else 1)
    sizes = {"resolution": int(resolution), "channel_base": base, "z_dim": 512, "w_dim": 512}
    return Design(**sizes) if config == "t" else config_r(**sizes)


def gflop_per_image(case: str) -> float:
    """The convolutions of one image; they run over the borders too."""
    from tests.stylegan3_recipe import schedule

    total = 0.0
    for layer in schedule(design(case)):
        side = layer.size_in + layer.kernel - 1
        total += layer.kernel**2 * layer.channels_in * layer.channels_out * side**2
    return 2e-9 * total


def measure() -> Iterator[str]:
    """One line a finding."""
    from tests.persistent_writer import write
    from tests.stylegan3_recipe import generator

    rate = gemm_gflops()
    yield "matrix product, float32, one thread: {:.0f} GFLOP/s".format(rate)
    torch = os.environ.get("TORCH_PYTHON")
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            path = os.path.join(folder, case + ".pkl")
            write(path, generator(design(case)))
            first, seconds, memory = run([sys.executable, "-c", IMAGE, path])
            work = gflop_per_image(case)
            share = 100 * work / seconds / rate
            line = "config {}: {:.2f} s an image, convolutions {:.0f} GFLOP: {:.0f} % of the matrix product, "
            line = (line + "{:.1f} GiB at most").format(case, seconds, work, share, memory)
            line += "; {:.1f} MB file: first image {:.1f} s after the start".format(
                os.path.getsize(path) / 1e6, first
            )
            if torch:
                theirs, memory = run([torch, "-m", "training.stylegan3_torch", case])
                line += "; {:.2f} × as fast as PyTorch ({:.1f} GiB)".format(theirs / seconds, memory)
            yield line


def run(command: list) -> list:
    """The numbers that a process prints last."""
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, universal_newlines=True)
    return [float(word) for word in done.stdout.split("\n")[-2].split()]
