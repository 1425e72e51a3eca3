"""Projection: what a gradient costs, what is spent outside the network, what common runs save, and quality.

    python -m benchmarks project

The published projector is NVlabs' schedule (`--method nvlabs`) on our loss, with as many gradients as ours
takes over all of its starts.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import OrderedDict
from typing import Any, Iterator, List

import numpy as np

import ganspace_tf as gs
from benchmarks.machine import cpu_seconds, peak_gib
from benchmarks.synthesis import CONFIG_F
from ganspace_tf.demo import scene, worlds
from ganspace_tf.demo.quality import DRAWINGS_SEED
from ganspace_tf.demo.scorer import load_scorer
from ganspace_tf.demo.scorer import measure as read_factors
from ganspace_tf.photos.project import Projection, Settings
from ganspace_tf.photos.targets import Target, decibels
from tests import stylegan3_recipe, tiny
from tests.persistent_writer import write

NETWORK = "demo:stylegan2"
SEEDS = tuple(range(1, 9))
STEPS = 100
FACTORS = OrderedDict((factor.name, factor.high - factor.low) for factor in worlds.FACTORS)


def measure() -> Iterator[str]:
    """One line a finding."""
    gen = gs.load_generator(NETWORK, threads=1)
    yield cost(gen, "64 px", 4)
    yield together(gen)
    yield from quality(gen)
    yield from drawings(gen)
    gen.close()
    yield from other_families()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "256.pkl")
        tiny.write_tiny(path, "stylegan2-skip", resolution=256, **CONFIG_F)
        gen = gs.load_generator(path, threads=1)
        yield cost(gen, "256 px, random weights", 1)
        yield overhead(gen)
        yield "most memory of this process: {:.1f} GiB".format(peak_gib())
        gen.close()


def cost(gen: Any, called: str, batch: int) -> str:
    """A gradient against a picture, in the same process, in turns."""
    w = gen.w(seeds=range(batch))
    loss = gen.open_loss()
    target = np.zeros((batch, gen.image_shape[0], *loss.size), np.float32)
    calls = [lambda: gen.images(w), lambda: loss(w, target)]
    least = [float("inf")] * 2
    for _ in range(3):
        least = [min(before, cpu_seconds(call, 1)) for before, call in zip(least, calls)]
    loss.close()
    return "{}, batch {}: picture {:.3f} s, gradient {:.3f} s a row: {:.2f} pictures".format(
        called, batch, least[0] / batch, least[1] / batch, least[1] / least[0]
    )


def targets_of(gen: Any, seeds: Any) -> List[Target]:
    """The network's own pictures of seeds."""
    pixels = gs.to_uint8(gen.images(gen.w(seeds=list(seeds))))
    return [Target(one, None, str(seed), {}, []) for one, seed in zip(pixels, seeds)]


def seconds_of(gen: Any, targets: List[Target], settings: Settings) -> float:
    """CPU seconds of a projection's steps, without building its graph."""
    projection = Projection(gen, targets, settings)
    began = time.process_time()
    for _ in projection.run():
        pass
    taken = time.process_time() - began
    projection.close()
    return taken


def together(gen: Any) -> str:
    """Rows in common runs against the same photos one after the other."""
    targets, settings = targets_of(gen, range(8)), Settings(space="w", steps=20, start="mean", patience=0)
    common = seconds_of(gen, targets, settings)
    alone = sum(seconds_of(gen, [target], settings) for target in targets)
    return "64 px, 8 photos of one start: together {:.1f} s, one after the other {:.1f} s: {:.2f} x".format(
        common, alone, alone / common
    )


def quality(gen: Any) -> Iterator[str]:
    """The network's own pictures, ours and the published projector with as many gradients."""
    targets, asked = targets_of(gen, SEEDS), 4 * STEPS
    for called, settings in (
        ("ours, 8 starts", Settings(space="w", steps=STEPS)),
        ("ours from the mean", Settings(space="w", steps=asked, start="mean", patience=0)),
        ("published", Settings(space="w", steps=asked, method="nvlabs", noise="stored", patience=0)),
    ):
        yield "64 px, own pictures, w, {}: {}".format(called, reached(gen, targets, settings))


def drawings(gen: Any) -> Iterator[str]:
    """Fresh drawings of the network's world."""
    pixels = scene.draw(worlds.sample_factors(len(SEEDS), DRAWINGS_SEED + 1), "beetles", gen.image_shape[-1])
    targets = [Target(one, None, str(k), {}, []) for k, one in enumerate(pixels)]
    for space in ("w+", "w"):
        yield "64 px, drawings, {}: {}".format(space, reached(gen, targets, Settings(space=space)))


def other_families() -> Iterator[str]:
    """StyleGAN's demo network, and a StyleGAN3 with random weights."""
    gen = gs.load_generator("demo:stylegan1", threads=1)
    yield "demo:stylegan1, own pictures, w: {}".format(
        reached(gen, targets_of(gen, SEEDS[:4]), Settings(space="w"))
    )
    gen.close()
    with tempfile.TemporaryDirectory() as folder:
        design = stylegan3_recipe.Design(64, channel_base=512, channel_max=16, num_layers=6)
        gen = gs.load_generator(
            write(os.path.join(folder, "stylegan3.pkl"), stylegan3_recipe.generator(design)), threads=1
        )
        yield "StyleGAN3, 64 px, random weights, own pictures, w: {}".format(
            reached(gen, targets_of(gen, SEEDS[:4]), Settings(space="w"))
        )
        gen.close()


def reached(gen: Any, targets: List[Target], settings: Settings) -> str:
    """PSNR of the projections' 8-bit pictures, and the error of the factors that a scorer reads on them."""
    projection = Projection(gen, targets, settings)
    for _ in projection.run():
        pass
    results = projection.results()
    projection.close()
    pixels = gs.to_uint8(gen.images(np.stack([result.w for result in results])))
    found = [decibels(target.error_of(one)) for target, one in zip(targets, pixels)]
    away = factors_of(pixels) - factors_of(np.stack([target.pixels for target in targets]))
    return "{:.1f} dB (least {:.1f}), factor error {:.4f}, {:.0f} gradients a photo".format(
        np.median(found),
        min(found),
        np.abs(away).mean(),
        np.mean([result.asked for result in results]),
    )


def factors_of(pixels: np.ndarray) -> np.ndarray:
    """What a scorer reads on pictures (N, H, W, 3), in shares of each factor's range: (N, F)."""
    numbers = read_factors(load_scorer("beetles"), pixels)
    return np.stack([numbers[name] / wide for name, wide in FACTORS.items()], axis=1)


def overhead(gen: Any) -> str:
    """What a projection spends outside of `Session.run`, at 256 px."""
    projection = Projection(gen, targets_of(gen, [1]), Settings(steps=4, start="mean", patience=0))
    session, inside = projection.evaluator._here.loss.session, [0.0]
    run = session.run

    def timed(*words: Any) -> Any:
        began = time.process_time()
        try:
            return run(*words)
        finally:
            inside[0] += time.process_time() - began

    session.run = timed
    began = time.process_time()
    for _ in projection.run():
        pass
    whole = time.process_time() - began
    projection.close()
    return "256 px, w+: {:.1f} s, of which outside of the network {:.1%}".format(whole, 1 - inside[0] / whole)
