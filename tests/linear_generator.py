"""A generator made of NumPy alone, whose w has a covariance that is known: w = mean + Q diag(sigma) z[:D].

`gen.axes` are the true principal directions, `gen.sigma` the true standard deviations along them. Endpoints
are linear in w; "huge" is wider than any scatter matrix.
"""

from __future__ import annotations

from collections import OrderedDict

import numpy as np

from ganspace_tf.generators.base import Generator

D = 12


class LinearGenerator(Generator):
    name = "linear"
    family = "stylegan2"
    latent_size = 16
    dlatent_size = D
    n_layers = 4
    image_shape = (3, 8, 8)
    noise_shapes = ((4, 4),)
    endpoints = OrderedDict([("wide", (30,)), ("huge", (10, 30, 30)), ("images_out", (3, 8, 8))])

    def __init__(self, seed=0, sigma=None, mean=3.0):
        random = np.random.RandomState(seed)
        self.fingerprint = "{:064x}".format(seed)
        self.sigma = np.geomspace(4, 0.25, D) if sigma is None else np.asarray(sigma, float)
        self.axes = np.linalg.qr(random.standard_normal((D, D)))[0].T  # rows
        self.offset = random.standard_normal(D) * mean
        self.features = {
            name: random.standard_normal((D, int(np.prod(shape)))).astype(np.float32) / 4
            for name, shape in self.endpoints.items()
        }
        self.mapped = 0  # rows that went through the mapping network
        self.noises = set()

    def map_rows(self, z, labels=None):
        self.mapped += len(z)
        shift = 0.0 if labels is None else float(np.ravel(labels)[0])
        w = (z[:, :D].astype(np.float64) * self.sigma) @ self.axes + self.offset + shift
        return w.astype(np.float32)

    def activations(self, latents, endpoint, labels=None, latent="z", noise="stored"):
        self.noises.add(noise)
        w = self.map_rows(latents, labels) if latent == "z" else latents
        return (w @ self.features[endpoint]).reshape((len(w),) + self.endpoints[endpoint])

    def style_weights(self):
        random = np.random.RandomState(7)
        return [random.standard_normal((D, width)).astype(np.float32) for width in (5, 8, 8, 3)]
