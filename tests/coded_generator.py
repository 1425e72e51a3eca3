"""A generator whose factors are a known linear map of w, written into its pictures; `decode` reads them.

w = offset + (z · sigma) @ axes. Factor f is the coordinate of w along axes[f] over sigma[f], read from the
layers of its group (their mean): so one sigma along axes[f] on all layers is one factor sigma of f alone,
and the effect of any direction is known: `gen.effect(direction, stdev)`. The other axes change nothing.

Each layer has as many style channels as it has factors, one each, in the units of w; the first two layers are
of feature maps, the others of ToRGB.
"""

from __future__ import annotations

from collections import OrderedDict

import numpy as np

from ganspace_tf.generators.base import Generator
from ganspace_tf.measure.baselines import measured_basis
from nvlabs.describing.styles import StyleLayer
from tests.factor_loss import FactorLoss

FACTORS = ("angle", "size", "x", "hue", "gloss", "stripes")
GEOMETRY, APPEARANCE = FACTORS[:3], FACTORS[3:]
LAYERS_OF = {name: (0, 1) if name in GEOMETRY else (2, 3) for name in FACTORS}
D, REACH, SIDE = 48, 16.0, 8  # factors from -16 to 16 are written


class CodedGenerator(Generator):
    family = "stylegan2"
    latent_size = dlatent_size = D
    n_layers = 4
    n_classes = 2  # which look alike
    image_shape = (3, SIDE, SIDE)
    endpoints = OrderedDict([("styles", (12,)), ("images_out", (3, SIDE, SIDE))])
    aliases = {"s": "styles"}
    style_layers = [StyleLayer("layer{}".format(k), k, 3, k > 1) for k in range(4)]

    def __init__(self, seed=0, mixing=None):
        """mixing: (F, F) matrix applied to the factors, for worlds whose factors hang together."""
        random = np.random.RandomState(seed)
        self.name, self.fingerprint = "coded{}".format(seed), "{:064x}".format(seed + 7)
        self.sigma = np.concatenate([[2, 1.5, 1.1, 1.7, 1.3, 1], np.full(D - len(FACTORS), 0.3)])
        self.axes = np.linalg.qr(random.standard_normal((D, D)))[0].T  # rows
        self.offset = random.standard_normal(D).astype(np.float32)
        self.dlatent_avg = self.offset
        self.mixing = np.eye(len(FACTORS)) if mixing is None else np.asarray(mixing, float)

    def map_rows(self, z, labels=None):
        return ((z.astype(np.float64) * self.sigma) @ self.axes + self.offset).astype(np.float32)

    def images(
        self, w, psi=None, cutoff=None, noise="stored", labels=None, feed=None, batch=None, compat=None
    ):
        return encode(self.factors_of(self.styles(w, psi, cutoff, feed)) @ self.mixing.T)

    def activations(
        self, latents, endpoint, labels=None, latent="z", noise="stored", psi=None, cutoff=None, compat=None
    ):
        assert self.resolve_endpoint(endpoint) == "styles"
        return self.styles(latents if latent == "w" else self.map(latents), psi, cutoff).astype(np.float32)

    def styles(self, w, psi=None, cutoff=None, feed=None):
        """(N, S): those that are fed, or those of w."""
        for name, given in (feed or {}).items():
            assert self.resolve_endpoint(name) == "styles"
            return given
        w = self.truncate(w, psi, cutoff) - self.offset
        weights = self.style_weights()
        return np.concatenate(
            [w[:, layer.reads] @ weights[layer.reads] for layer in self.style_layers], axis=1
        )

    def factors_of(self, styles):
        """(N, F) before they are mixed."""
        found = styles.reshape(-1, 2, 2, 3).mean(axis=2)  # two layers of the three of each group
        return found.reshape(-1, len(FACTORS)) / self.sigma[: len(FACTORS)]

    has_gradient = True

    def open_loss(self, noise=False, more=None):
        return FactorLoss(self, self.reading(), decode)

    def reading(self):
        """(L, F, D): what each layer reads of w - offset for each factor."""
        found = np.zeros((self.n_layers, len(FACTORS), D))
        for f, name in enumerate(FACTORS):
            for layer in LAYERS_OF[name]:
                found[layer, f] = self.axes[f] / self.sigma[f] / len(LAYERS_OF[name])
        return np.einsum("gf,lfd->lgd", self.mixing, found)

    def style_weights(self):
        """Each layer listens to its own factors, the larger sigma the louder."""
        return [
            (self.axes[:3] if layer < 2 else self.axes[3:6]).T.astype(np.float32)
            for layer in range(self.n_layers)
        ]

    def latents(self):
        """(4000, D): enough w to measure the spread along a direction."""
        return self.map_rows(self.z(n=4000, seed=2))

    def basis(self, directions):
        """The `Basis` of unit directions (K, D), with the spread that w has along each of them."""
        return measured_basis(directions, self.latents())

    def effect(self, direction, stdev):
        """(F,) change of every factor, in factor sigmas, for one sigma along a direction on all layers."""
        moved = stdev * (self.axes @ direction)[: len(FACTORS)] / self.sigma[: len(FACTORS)]
        return self.mixing @ moved / np.sqrt((self.mixing**2).sum(axis=1))


class UnmappedGenerator(CodedGenerator):
    """The same as BigGAN is: w counts as z, z is truncated when it is drawn, classes do not look alike."""

    has_mapping = False

    def z(self, seeds=None, n=None, seed=None, compat=None, start=0, psi=None):
        return super().z(seeds, n, seed, compat, start) * np.float32(1 if psi is None else psi)

    def map_rows(self, z, labels=None):
        weights = self.label_weights(labels, len(z))
        apart = 0 if weights is None else 8 * weights[:, 1:] * (self.sigma[3] * self.axes[3])  # in hue
        return super().map_rows(z) + np.asarray(apart, np.float32)

    def truncate(self, w, psi, cutoff=None):
        return self.per_layer(w)


def encode(factors):
    """Factors (N, F) as images (N, 3, 8, 8) float32 whose pixels are whole numbers; picture n, row f."""
    code = np.clip(np.round((factors + REACH) / (2 * REACH) * 65535), 0, 65535).astype(np.int64)
    pixels = np.full((len(factors), 3, SIDE, SIDE), 128.0, np.float32)
    pixels[:, 0, : code.shape[1]] = (code // 256)[:, :, None]
    pixels[:, 1, : code.shape[1]] = (code % 256)[:, :, None]
    return ((pixels - 127.5) / 127.5).astype(np.float32)


def decode(pictures):
    """The scorer: factors by name from pictures (N, 8, 8, 3) uint8."""
    red, green = pictures[:, : len(FACTORS), 0, 0].astype(int), pictures[:, : len(FACTORS), 0, 1].astype(int)
    values = (red * 256 + green) / 65535 * 2 * REACH - REACH
    return OrderedDict((name, values[:, f]) for f, name in enumerate(FACTORS))
