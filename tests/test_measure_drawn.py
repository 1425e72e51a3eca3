"""The whole chain on drawings: factors are a known linear map of w, scene draws, the scorer reads them off.

One sigma along axis f moves factor f of the table by a quarter of half its range. What the scorer adds is its
held-out error (docs/world.md), which is a few percent of a factor's spread: TOLERANCE.
"""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
import pytest

from ganspace_tf.demo import scene, worlds
from ganspace_tf.demo.scorer import load_scorer
from ganspace_tf.generators.base import Generator
from ganspace_tf.measure import baselines, effects, frequency
from ganspace_tf.measure.meter import Meter
from ganspace_tf.measure.separation import separation

D = 24
DRAWN = ("angle", "size", "aspect", "hue", "brightness", "ground_brightness")  # an axis of w each
TOLERANCE = 0.2
GEOMETRY, APPEARANCE = DRAWN[:3], DRAWN[3:]


class DrawnGenerator(Generator):
    name, family = "drawn", "stylegan2"
    latent_size = dlatent_size = D
    n_layers = 4
    image_shape = (3, 64, 64)
    fingerprint = "{:064x}".format(41)
    endpoints = OrderedDict()

    def __init__(self):
        random = np.random.RandomState(3)
        self.axes = np.linalg.qr(random.standard_normal((D, D)))[0].T
        self.dlatent_avg = random.standard_normal(D).astype(np.float32)
        self.middle = np.array([(factor.low + factor.high) / 2 for factor in worlds.FACTORS])
        self.reach = np.array([(factor.high - factor.low) / 8 for factor in worlds.FACTORS])
        for pattern in ("stripes", "spots"):
            self.middle[worlds.column(pattern)] = 0

    def map_rows(self, z, labels=None):
        return (z.astype(np.float64) @ self.axes + self.dlatent_avg).astype(np.float32)

    def images(self, w, psi=None, **_):
        w = self.truncate(w, psi).mean(axis=1)
        factors = np.tile(self.middle, (len(w), 1))
        for f, name in enumerate(DRAWN):
            column = worlds.column(name)
            factors[:, column] += self.reach[column] * ((w - self.dlatent_avg) @ self.axes[f])
        pixels = scene.draw(factors).astype(np.float32)
        return ((pixels + 0.5 - 128) / 127.5).transpose(0, 3, 1, 2)


@pytest.fixture(scope="module")
def meter():
    gen = DrawnGenerator()
    return Meter(gen, load_scorer("beetles"), gen.w(n=300, seed=5))


@pytest.fixture(scope="module")
def truth(meter):
    gen = meter.gen
    return baselines.measured_basis(gen.axes[: len(DRAWN)], gen.map_rows(gen.z(n=2000, seed=2)))


def test_every_planted_factor_is_measured_to_move_by_one_sigma(meter, truth):
    found = effects.responses(meter, meter.gen.w(n=12, seed=1), truth, effects.all_layers(len(DRAWN)))
    columns = [meter.names.index(name) for name in DRAWN]
    np.testing.assert_allclose(np.diag(found.mean[:, columns]), 1, atol=TOLERANCE)
    crossed = np.abs(found.mean[:, columns] - np.diag(np.diag(found.mean[:, columns])))
    assert crossed.max() < TOLERANCE


def test_geometry_and_appearance_are_told_apart(meter, truth):
    planted = separation(meter, meter.gen.w(n=24, seed=3), truth, 3, GEOMETRY, APPEARANCE)
    assert planted.ratio > 10


def test_turning_a_beetle_changes_finer_things_than_lighting_its_ground(meter, truth):
    w = meter.gen.w(n=6, seed=4)
    moved = {}
    for name in ("angle", "ground_brightness"):
        step = truth.directions[DRAWN.index(name)] * 2
        moved[name] = frequency.mean_frequency(meter.pictures(w - step), meter.pictures(w + step)).mean()
    assert moved["angle"] > 1.3 * moved["ground_brightness"]
