"""What the tests of official scripts share: their seeded recipe by other means, how equal two graphs are."""

from __future__ import annotations

import numpy as np

import nvlabs
from ganspace_tf.streams.noise import noise_maps


def assert_close(value, expected):
    """The same formulas in two graphs: TensorFlow fuses them differently, which shows in last bits."""
    np.testing.assert_allclose(value, expected, rtol=0, atol=2e-5)


def assert_same_pixels(value, expected):
    """Equal but for a last bit that falls on the edge between two levels, which is rare."""
    difference = np.abs(np.asarray(value).astype(int) - expected)
    assert difference.max() <= 1 and (difference > 0).mean() < 0.005


def seeded_pixels(Gs, seed):
    """(H, W, 3) uint8: the same recipe with the noise maps of ganspace_tf."""
    z = np.random.RandomState(seed).randn(1, *Gs.input_shape[1:])
    maps = noise_maps("nvlabs:%d" % seed, Gs.spec.synthesis.noise_sizes, latent_size=z.shape[1])
    return nvlabs.convert_images_to_uint8(Gs.run(z, None, truncation_psi=0.5, noise=maps), nchw_to_nhwc=True)[
        0
    ]
