"""A generator in closed form, for tests of what is built on generators: w = A z + b, images are linear in w.

Layer l paints its own band of rows, so that it can be seen which layers an edit reached; the endpoint "mid"
lies between w and the image and can be fetched and fed.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Mapping, Optional

import numpy as np

from ganspace_tf.errors import UnknownName
from ganspace_tf.generators import checks
from ganspace_tf.generators.base import Generator

LATENT, WIDTH, LAYERS, SIDE = 6, 8, 4, 16


class LinearGAN(Generator):
    """channels: of the image. seed: of the weights and the fingerprint. n_classes: each class shifts w."""

    family = "linear"
    latent_size, dlatent_size, n_layers = LATENT, WIDTH, LAYERS
    noise_shapes = ((SIDE, SIDE),)

    def __init__(self, channels: int = 3, seed: int = 0, n_classes: int = 0):
        rng = np.random.RandomState(seed)
        self.name, self.fingerprint = "linear{}".format(seed), "{:064x}".format(seed + 1)
        self.image_shape, self.n_classes = (channels, SIDE, SIDE), n_classes
        self.A = (rng.randn(LATENT, WIDTH) * np.linspace(1.5, 0.2, WIDTH)).astype(np.float32)
        self.b = (0.3 * rng.randn(WIDTH)).astype(np.float32)
        self.shifts = rng.randn(max(1, n_classes), WIDTH).astype(np.float32)
        self.paint = (0.1 * rng.randn(LAYERS, WIDTH, channels, SIDE // LAYERS, SIDE)).astype(np.float32)
        self.dlatent_avg = self.b.copy()
        self.endpoints = OrderedDict([("mid", (LAYERS, WIDTH)), ("image", self.image_shape)])
        self.calls = 0

    def map_rows(self, z: np.ndarray, labels: Any = None) -> np.ndarray:
        z = checks.rows("z", z, self.latent_size)
        labels = checks.labels(labels, len(z), self.n_classes)
        return z @ self.A + self.b + (0 if labels is None else labels @ self.shifts)

    def activations(
        self,
        latents: np.ndarray,
        endpoint: str,
        labels: Any = None,
        latent: str = "z",
        noise: Any = "stored",
        psi: Optional[float] = None,
        cutoff: Optional[int] = None,
        compat: Optional[str] = None,
        transform: Any = None,
    ) -> np.ndarray:
        checks.transform(transform, len(latents), self)
        w = self.map(latents, labels) if latent == "z" else self.truncate(latents, psi, cutoff)
        mid = np.array(w, np.float32)
        return mid if self.resolve_endpoint(endpoint) == "mid" else self._image(mid)

    def images(
        self,
        w: np.ndarray,
        psi: Optional[float] = None,
        cutoff: Optional[int] = None,
        noise: Any = "stored",
        labels: Any = None,
        feed: Optional[Mapping[str, np.ndarray]] = None,
        batch: Optional[int] = None,
        compat: Optional[str] = None,
        transform: Any = None,
    ) -> np.ndarray:
        if noise not in ("stored", "none", "random"):
            raise UnknownName.among("noise", noise, ("stored", "none", "random"))
        checks.transform(transform, len(w), self)
        self.calls += 1
        checks.labels(labels, len(w), self.n_classes)
        images = self._image((feed or {}).get("mid", self.truncate(w, psi, cutoff)))
        if noise == "random":
            images = images + 0.1 * np.random.standard_normal(images.shape).astype(np.float32)
        return images

    def _image(self, mid: np.ndarray) -> np.ndarray:
        bands = np.einsum("nld,ldchw->nlchw", mid, self.paint)  # (N, L, C, H/L, W)
        return np.concatenate(list(bands.transpose(1, 0, 2, 3, 4)), axis=2).astype(np.float32)
