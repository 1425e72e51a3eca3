"""Films whose frames share layers, and pictures of fewer products, against frames as they were made before.

    python -m benchmarks frames

A StyleGAN2 config-f at 256 px with random weights, 24 frames. Before, every frame was made from the
beginning, four at a time, with TensorFlow's own convolutions.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from typing import Iterator

import numpy as np

from benchmarks.machine import cpu_seconds
from benchmarks.release import beside
from benchmarks.synthesis import CONFIG_F
from tests import tiny

FRAMES, BATCH = 24, 4
RANGES = ((9, 10), (12, 13), (0, 13))


@contextmanager
def plain_convolutions() -> Iterator[None]:
    """Graphs that are built meanwhile have TensorFlow's own convolutions."""
    from nvlabs.networks.ops import winograd

    before = winograd.PLAIN, winograd.UP
    winograd.PLAIN, winograd.UP = (), ()
    try:
        yield
    finally:
        winograd.PLAIN, winograd.UP = before


def measure() -> Iterator[str]:
    """One line a finding."""
    import ganspace_tf as gs
    from ganspace_tf.render.frames import Look, render, to_uint8

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "256.pkl")
        tiny.write_tiny(path, "stylegan2-skip", resolution=256, **CONFIG_F)
        gen = gs.load_generator(path, threads=1)
        start = gen.w(seeds=[1])
        with plain_convolutions():
            old = gs.load_generator(path, threads=1)
            plain = old.images(start)
        ratio = cpu_seconds(lambda: old.images(start)) / cpu_seconds(lambda: gen.images(start))
        line = "one picture: {} as fast as with plain convolutions; furthest apart {:.0e} of {:.1f}"
        apart = np.abs(gen.images(start) - plain).max()
        yield line.format(beside("one picture", ratio), apart, np.abs(plain).max())
        step = 0.1 * np.random.RandomState(0).standard_normal(gen.dlatent_size).astype(np.float32)
        yield "one at a time against four: {:.2f} x the CPU time".format(
            cpu_seconds(lambda: gen.images(np.repeat(start, BATCH, axis=0), batch=1))
            / cpu_seconds(lambda: gen.images(np.repeat(start, BATCH, axis=0), batch=BATCH))
        )
        for first, last in RANGES:
            w = np.repeat(start, FRAMES, axis=0)
            w[:, first : last + 1] += step * np.arange(FRAMES, dtype=np.float32)[:, None, None]
            found = []

            def before(w: np.ndarray = w) -> None:
                for i in range(0, FRAMES, BATCH):
                    to_uint8(old.images(w[i : i + BATCH], batch=BATCH))

            def now(w: np.ndarray = w, found: list = found) -> None:
                found.append(render(gen, w, Look()))

            ratio = cpu_seconds(before, 1) / cpu_seconds(now, 1)
            exact = all((to_uint8(gen.images(w[i : i + 1]))[0] == found[0][i]).all() for i in (1, FRAMES - 1))
            against = beside("frames of layers {}-{}".format(first, last), ratio)
            line = "{} frames of layers {}-{}: {} as fast; {} frames made alone, to the bit"
            yield line.format(FRAMES, first, last, against, "as" if exact else "NOT as")
        gen.close()
        old.close()
