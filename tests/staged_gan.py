"""A generator in closed form whose run has a stage: "half" (8 x 8) is made of layers 0 and 1, the picture
(16 x 16) of it and of layers 2 and 3. No TensorFlow; `runs` counts what was computed, `gate` holds it up.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

import numpy as np

from ganspace_tf.decomposition import Components
from ganspace_tf.generators.stages import Stage, Stages
from tests.linear_gan import LinearGAN

FEATURES, HALF = 6, 8


class StagedGAN(LinearGAN):
    """fine: how much of the picture is made by layers 2 and 3."""

    def __init__(self, seed=0, n_classes=0, fine=0.002):
        super().__init__(seed=seed, n_classes=n_classes)
        rng = np.random.RandomState(seed + 100)
        self.name = "staged{}".format(seed)
        self.fingerprint = "{:064x}".format(1000 * seed + int(1e6 * fine))
        self.coarse = (0.02 * rng.randn(2, self.dlatent_size, HALF, HALF, FEATURES)).astype(np.float32)
        self.fine = (fine * rng.randn(2, self.dlatent_size, 2 * HALF, 2 * HALF, 3)).astype(np.float32)
        self.colours = rng.randn(FEATURES, 3).astype(np.float32)
        self.endpoints = OrderedDict([("half", (FEATURES, HALF, HALF)), ("image", self.image_shape)])
        self.runs = []  # (names, fed) of every partial run
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()  # somebody is at the gate, or was

    @property
    def stages(self):
        rows = (Stage((HALF, HALF), ("half",), features="half"), Stage((2 * HALF, 2 * HALF), ()))
        return Stages(rows, {"half": 2}, "image")

    channels_last = True

    def inside(self, w, names, feed=None, noise="stored", labels=None, transform=None):
        self.entered.set()
        self.gate.wait(60)
        self.runs.append((tuple(names), tuple(feed or ())))
        found = dict(feed or {})
        if "half" not in found:
            found["half"] = np.einsum("nld,ldhwf->nhwf", w[:, :2], self.coarse)
        if "image" in names:
            large = found["half"].repeat(2, axis=1).repeat(2, axis=2) @ self.colours
            fine = np.einsum("nld,ldhwc->nhwc", w[:, 2:], self.fine)
            found["image"] = (large + fine).transpose(0, 3, 1, 2)
        return {name: found[name] for name in names}

    def images(self, w, psi=None, cutoff=None, noise="stored", labels=None, feed=None, transform=None):
        return self.inside(self.truncate(w, psi, cutoff), ["image"])["image"]

    def activations(self, latents, endpoint, labels=None, latent="z", noise="stored", transform=None):
        value = self.inside(latents, [endpoint])[endpoint]
        return value if endpoint == "image" else value.transpose(0, 3, 1, 2)


def basis_of(gen, count=3):
    """The axes of w as components."""
    rows = np.eye(gen.dlatent_size, dtype=np.float32)[:count]
    return Components(
        directions=rows,
        mean=gen.b,
        stdev=np.linspace(1.0, 0.5, count).astype(np.float32),
        variance_ratio=np.linspace(0.5, 0.1, count).astype(np.float32),
        settings={"latent": "w", "components": count},
        fingerprint=gen.fingerprint,
    )
