"""Projection: what a gradient costs, what is spent outside the network, what common runs save, and quality.

    python -m benchmarks project

The published projector is NVlabs' schedule (`--method nvlabs`) on our loss, with as many gradients as ours
takes over all of its starts.
"""

from __future__ import annotations

import os
import tempfile
import time
from typing import Any, Dict, Iterator, List

import numpy as np

import ganspace_tf as gs
from benchmarks.machine import cpu_seconds
from benchmarks.synthesis import CONFIG_F
from ganspace_tf.photos.project import Projection, Settings
from ganspace_tf.photos.targets import Target, decibels
from tests import tiny

NETWORK = "demo:stylegan2"
SEEDS = (1, 2, 3, 4)
STEPS = 100


def measure() -> Iterator[str]:
    """One line a finding."""
    gen = gs.load_generator(NETWORK, threads=1)
    yield cost(gen, "64 px", 4)
    yield together(gen)
    yield from quality(gen)
    gen.close()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "256.pkl")
        tiny.write_tiny(path, "stylegan2-skip", resolution=256, **CONFIG_F)
        gen = gs.load_generator(path, threads=1)
        yield cost(gen, "256 px, random weights", 1)
        yield overhead(gen)
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
    """PSNR of the network's own pictures, ours and the published projector with as many gradients."""
    targets, asked = targets_of(gen, SEEDS), 4 * STEPS
    found: Dict[str, List[float]] = {}
    for called, settings in (
        ("ours, 8 starts", Settings(space="w", steps=STEPS)),
        ("ours from the mean", Settings(space="w", steps=asked, start="mean", patience=0)),
        ("published", Settings(space="w", steps=asked, method="nvlabs", noise="stored", patience=0)),
    ):
        projection = Projection(gen, targets, settings)
        for _ in projection.run():
            pass
        results = projection.results()
        projection.close()
        pixels = gs.to_uint8(gen.images(np.stack([result.w for result in results])))
        found[called] = [decibels(target.error_of(one)) for target, one in zip(targets, pixels)]
        yield "64 px, w, {}: {:.1f} dB (least {:.1f}), {:.0f} gradients a photo".format(
            called,
            np.median(found[called]),
            min(found[called]),
            np.mean([result.asked for result in results]),
        )


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
