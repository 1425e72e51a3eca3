"""The mapping network of official size: what float32 sums would lose in it, the pictures would show."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from nvlabs.networks.ops.digits import in_place
from nvlabs.running import graph
from nvlabs.running.network import make_generator
from tests import tiny

SLOPE = np.float64(np.float32(0.2))  # of the leaky ReLU: TensorFlow keeps it as float32
OFFICIAL = {"latent_size": 512, "dlatent_size": 512, "mapping_fmaps": 512, "mapping_layers": 8}


def opened(kind, shows_layers, **sizes):
    """A network whose layers before w are only shown, or are what the next one reads: 1.15 and 2 differ."""
    network = make_generator(tiny.tiny_records(kind, resolution=8, **dict(OFFICIAL, **sizes)).Gs, threads=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(graph, "SLOW_CASTS", shows_layers)
        network.fetch(layer_names(network)[:1], z=np.zeros((1, 512), np.float32))
    return network


@pytest.fixture(scope="module", params=["stylegan", "stylegan2-skip", "stylegan2-ada"])
def both(request):
    networks = [opened(request.param, shows_layers) for shows_layers in (False, True)]
    yield networks
    for network in networks:
        network.close()


@pytest.fixture(params=[0, 1], ids=["read", "shown"])
def Gs(request, both):
    return both[request.param]


def layer_names(Gs):
    return [name for name, _, _ in Gs.list_layers() if name.startswith("G_mapping/")]


def dense_layer(Gs, index, x):
    """One layer in float64, from the numbers of the file (StyleGAN, section 2; StyleGAN2, appendix B)."""
    spec, variables = Gs.spec.mapping, Gs.components.mapping
    weight = variables.get_var("Dense%d/weight" % index).astype(np.float64)
    bias = variables.get_var("Dense%d/bias" % index).astype(np.float64)
    sums = x.astype(np.float64) @ weight * (spec.lrmul / np.sqrt(len(weight)))
    if spec.gain_in_weight:
        sums = sums * np.sqrt(2) + bias * spec.lrmul
        return np.where(sums < 0, SLOPE * sums, sums)
    sums = sums + bias * spec.lrmul
    return np.where(sums < 0, SLOPE * sums, sums) * np.sqrt(2)


def test_every_layer_is_its_float64_value_rounded_once(Gs):
    names = layer_names(Gs)
    assert len(names) == 9  # the normalised z and eight dense layers
    fetched = Gs.fetch(names, z=np.random.RandomState(0).standard_normal((5, 512)))
    layers = [fetched[name] for name in names]
    for index, (before, after) in enumerate(zip(layers, layers[1:])):
        exact = dense_layer(Gs, index, before)
        # half a unit in the last place, and what two orders of a float64 sum can differ by
        allowed = 0.501 * np.spacing(np.abs(after)) + 1e-13
        assert after.dtype == np.float32 and np.all(np.abs(after - exact) <= allowed), names[index + 1]


def test_pixel_norm_is_its_float64_value_rounded_once(Gs):
    z = np.random.RandomState(1).standard_normal((5, 512)).astype(np.float32)
    name = layer_names(Gs)[0]
    exact = z / np.sqrt(np.mean(np.square(z.astype(np.float64)), axis=1, keepdims=True) + 1e-8)
    value = Gs.fetch([name], z=z)[name]
    assert np.all(np.abs(value - exact) <= 0.501 * np.spacing(np.abs(value)))


def test_layers_that_are_shown_are_those_that_are_read(both):
    z = np.random.RandomState(2).standard_normal((2000, 512)).astype(np.float32)
    names = layer_names(both[0])
    read, shown = (network.fetch(names, z=z) for network in both)
    for name in names:
        np.testing.assert_array_equal(read[name], shown[name], err_msg=name)
    for network in both:  # asked for alone, and for w
        np.testing.assert_array_equal(network.fetch(names[3:4], z=z)[names[3]], read[names[3]])
        np.testing.assert_array_equal(network.components.mapping.run(z, None)[:, 0], read[names[-1]])


def test_a_layer_that_is_fed_is_what_the_next_one_reads(both):
    z = np.random.RandomState(3).standard_normal((3, 512)).astype(np.float32)
    names = layer_names(both[0])
    fetched = both[0].fetch(names, z=z)
    for name in names:
        for network in both:
            again = network.fetch(names, z=z, feed={name: fetched[name]})
            np.testing.assert_array_equal(again[names[-1]], fetched[names[-1]], err_msg=name)
        moved = [network.fetch(names, z=z, feed={name: fetched[name] + 1})[names[-1]] for network in both]
        np.testing.assert_array_equal(moved[0], moved[1], err_msg=name)
        assert np.abs(moved[0] - fetched[names[-1]]).max() > 0.1


def test_layers_of_labels_are_shown_too():
    z, labels = (
        np.random.RandomState(4).standard_normal((9, 512)),
        np.eye(3, dtype=np.float32)[np.arange(9) % 3],
    )
    for kind in ("stylegan2-skip", "stylegan2-ada"):  # joined before the norm, and behind it
        found = []
        for shows_layers in (False, True):
            network = opened(kind, shows_layers, label_size=3)
            found.append(network.fetch(layer_names(network), z=z, labels=labels))
            network.close()
        assert any("Label" in name for name in found[0])
        for name, values in found[0].items():
            np.testing.assert_array_equal(values, found[1][name], err_msg=name)


def in_place_of(x):
    with tf.Graph().as_default(), tf.Session() as session:
        return session.run(in_place(tf.constant(x, tf.float64)))


def test_rounding_in_place_is_a_cast_there_and_back():
    random = np.random.RandomState(5)
    x = random.standard_normal(100_000) * 2.0 ** random.randint(-100, 120, 100_000)
    x = np.concatenate(
        [x, x.astype(np.float32), [0.0, -0.0, np.inf, -np.inf, np.nan, 2.0**-126, 3.4028234e38]]
    )
    found, expected = in_place_of(x), x.astype(np.float32).astype(np.float64)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(np.signbit(found), np.signbit(expected))


def test_rounding_in_place_differs_in_the_middle_and_outside_float32_alone():
    one = float(np.spacing(np.float32(1))) / 2  # half of the distance of 1 to the next float32
    np.testing.assert_array_equal(
        in_place_of([1 + one, 1 + 3 * one, -1 - one]), [1 + 2 * one, 1 + 4 * one, -1 - 2 * one]
    )
    assert np.array_equal(in_place_of([1e-300, 1e300]) / [1e-300, 1e300] - 1 < 2.0**-24, [True, True])
