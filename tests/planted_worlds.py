"""Generators for which each claim of the experiments is known to be true, or to be false, by construction.

A picture is a sum of waves, one a factor; `decode` measures their heights. What a coordinate of w does is a
table of weights, so that it is known which component moves what, on which layers, and how finely:

    coordinates  0-2    3-7       8-19
    geometry     a factor each    some        -       read from the first two layers; long waves
    appearance   a little  -      a third each        read from the last two layers; short waves
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict

import numpy as np

from nvlabs.describing.styles import StyleLayer
from tests.coded_generator import APPEARANCE, FACTORS, GEOMETRY, CodedGenerator, D
from tests.factor_loss import FactorLoss

SIDE, REACH = 16, 8.0  # factors from -8 to 8 are drawn
DEGREES = 30.0  # of hue, for one factor sigma
CYCLES = (1, 2, 3, 5, 6, 7)  # of each factor's wave, a picture; two factors share a colour channel
HEIGHT = 127 / (2 * REACH)  # in pixel values, for one factor sigma
CHANNELS = len(FACTORS) + 28  # of each style layer
BRAID = np.kron(np.eye(2), np.eye(3) + 0.7 * np.roll(np.eye(3), 1, axis=0))  # within each group of factors
WAVES = np.stack([np.cos(2 * np.pi * cycles * (np.arange(SIDE) + 0.5) / SIDE) for cycles in CYCLES])


class Waves(CodedGenerator):
    """The papers' claims are true of it."""

    image_shape = (3, SIDE, SIDE)
    endpoints = OrderedDict([("styles", (4 * CHANNELS,)), ("images_out", (3, SIDE, SIDE))])
    style_layers = [StyleLayer("layer{}".format(k), k, CHANNELS, k > 1) for k in range(4)]

    def __init__(self, seed=0):
        super().__init__(seed)
        self.name = "waves{}".format(seed)
        self.fingerprint = hashlib.sha256("{}{}".format(type(self).__name__, seed).encode()).hexdigest()
        self.sigma = np.concatenate([[3, 2.7, 2.4], np.linspace(1.6, 1.3, 5), np.linspace(1.1, 0.8, 12)])
        self.sigma = np.concatenate([self.sigma, np.full(D - 20, 0.2)])

    def weights(self):
        """(L, F, D): what each layer reads of each coordinate, in sigmas; summed over the layers."""
        found = np.zeros((self.n_layers, len(FACTORS), D))
        for k in range(20):
            for f in range(3):
                if k % 3 == f and k < 8:
                    found[:2, f, k] = 0.5 if k < 3 else 0.2
                if k % 3 == f and not 3 <= k < 8:
                    found[2:, 3 + f, k] = 0.15 if k < 3 else 0.25
        return found

    def open_loss(self, noise=False, more=None):
        return FactorLoss(self, self.reading(), decode)

    def reading(self):
        return np.einsum("lfd,de->lfe", self.weights() / self.sigma, self.axes)

    def style_weights(self):
        """A channel of each layer for each factor, and idle ones that follow coordinates of no use."""
        idle = self.axes[20 : 20 + CHANNELS - len(FACTORS)] / self.sigma[20]
        return [np.concatenate([own, idle]).T for own in self.reading()]

    def factors_of(self, styles):
        return styles.reshape(len(styles), 4, CHANNELS).sum(axis=1)[:, : len(FACTORS)]

    def images(self, w, psi=None, cutoff=None, noise="stored", labels=None, feed=None, *_, **__):
        return draw(self.factors_of(self.styles(w, psi, feed=feed)))


class Backwards(Waves):
    """Its first layers and components decide the fine things, its last ones the coarse."""

    def weights(self):
        found = super().weights()[::-1]
        return np.concatenate([found[..., 19::-1], found[..., 20:]], axis=2)


class Entangled(Waves):
    """Its first layer moves a second factor too, and its last layer takes that back: no part of the layers
    is cleaner than all of them.
    """

    def weights(self):
        found = super().weights()
        found[0, :3] += found[1, :3]
        found[1, :3] = 0
        moved = np.roll(found[0, :3], 1, axis=0)
        found[0, :3] += moved
        found[3, :3] -= moved
        return found


class Crossed(Waves):
    """Every component moves two factors on the same layers: no direction of w moves one alone, as a style
    channel does.
    """

    def weights(self):
        found = super().weights()
        return np.concatenate(
            [part + 0.7 * np.roll(part, 1, axis=1) for part in np.split(found, 2, axis=1)], axis=1
        )


class Braided(Waves):
    """Components move one factor, and a style channel moves two."""

    def reading(self):
        return np.einsum("gf,lfd->lgd", np.linalg.inv(BRAID), super().reading())

    def factors_of(self, styles):
        return super().factors_of(styles) @ BRAID.T


class Layered(Waves):
    """Every component moves one factor on the first layers and another on the last: alone on some, never on
    all of them.
    """

    def weights(self):
        found = np.zeros_like(super().weights())
        for k in range(20):
            found[:2, k % 3, k] = found[2:, 3 + k % 3, k] = 0.3
        return found


class Coloured(Waves):
    """Where appearance varies as it does, five idle coordinates and its own are the first eight components;
    where it varies half as much, those of geometry come before its own.
    """

    appearance = 1.5  # sigma of its coordinates; 1.35 of those of geometry

    def __init__(self, seed=0):
        super().__init__(seed)
        self.sigma = np.array([2.0] * 5 + [self.appearance] * 3 + [1.35] * 3 + [0.2] * (D - 11))

    def weights(self):
        found = np.zeros((self.n_layers, len(FACTORS), D))
        for f in range(3):
            found[:2, f, 8 + f] = found[2:, 3 + f, 5 + f] = 0.5
            # and a little of coordinates on either side, so that no change is nothing
            found[:2, f, [f, 11 + f]] = found[2:, 3 + f, [3 + f % 2, 14 + f]] = 0.25
        return found


class Drowned(Coloured):
    """Appearance comes first also where it varies half as much."""

    appearance = 2.6


class Tinted(Waves):
    """Its appearance recolours a part of the picture besides: what its last layers change is a long wave most
    of all, and the short ones are left once the recolouring is taken away.
    """

    def weights(self):
        found = super().weights()
        for k in range(3, 8):  # the first eight components change something on the last layers
            found[2:, 3 + k % 3, k] = 0.15
        return found

    def images(self, w, psi=None, cutoff=None, noise="stored", labels=None, feed=None, *_, **__):
        factors = self.factors_of(self.styles(w, psi, feed=feed)) / 2
        tint = 0.3 + 0.3 * factors[:, 3:].sum(axis=1)  # of a shell that is there in every picture
        shell = (1 + WAVES[0]) / 2
        return draw(factors) + (tint[:, None] * shell)[:, None, :, None].astype(np.float32)


class Dyed(Waves):
    """It makes of each latent a hue that lies 130 degrees before that of `Waves`, in the units of
    `decode_hues`.
    """

    def factors_of(self, styles):
        found = super().factors_of(styles)
        return np.concatenate([found[:, :3], found[:, 3:5] - 130 / DEGREES, found[:, 5:]], axis=1)


class Estranged(Waves):
    """Other classes than the first read w along other axes: what is found in one means nothing there."""

    def images(self, w, psi=None, cutoff=None, noise="stored", labels=None, *_, **__):
        other = labels is not None and int(np.ravel(labels)[0]) > 0
        return Waves.images(Waves(seed=1) if other else self, self.truncate(w, psi))


class Blurred(Waves):
    """Projections see half of what a photo shows."""

    def open_loss(self, noise=False, more=None):
        return FactorLoss(self, self.reading(), decode, seen=3)


class Untruncated(Waves):
    """Pictures do not depend on psi."""

    def images(self, w, psi=None, *_, **__):
        return super().images(w)


def draw(factors):
    """Factors (N, F) as images (N, 3, S, S) float32."""
    heights = np.clip(factors, -REACH, REACH) * HEIGHT
    pixels = np.full((len(factors), 3, SIDE, SIDE), 128.0)
    for f, wave in enumerate(WAVES):
        pixels[:, f % 3] += heights[:, f, None, None] * wave[None, :, None]
    return ((pixels - 127.5) / 127.5).astype(np.float32)


def decode(pictures):
    """The scorer: factors by name from pictures (N, S, S, 3) uint8."""
    rows = np.asarray(pictures, np.float64).mean(axis=2)  # (N, S, 3)
    values = [rows[:, :, f % 3] @ wave * 2 / SIDE / HEIGHT for f, wave in enumerate(WAVES)]
    return OrderedDict(zip(GEOMETRY + APPEARANCE, values))


def decode_hues(pictures):
    """The scorer of a world of two hues, in degrees."""
    found = decode(pictures)
    return OrderedDict(
        (name, 120 + DEGREES * found[of]) for name, of in (("hue", "hue"), ("ground_hue", "gloss"))
    )
