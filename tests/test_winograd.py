"""Convolutions with fewer products are the plain ones: the same numbers, as precise, in every pixel."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("tensorflow")

import tensorflow.compat.v1 as tf

import nvlabs
from nvlabs.networks.ops import conv, pixels, resample, winograd
from nvlabs.running.session import GraphSession
from tests import numpy_ops as oracle
from tests.families import FAMILIES, load
from tests.tiny import write_tiny

TAPS = [1, 3, 3, 1]
TOLERANCE = 2e-5  # float32 sums of a few hundred products of numbers near 1, as in test_ops
SIZES = [(4, 4), (6, 10), (16, 16), (2, 8)]


SMALL, LARGE = 0, 1
PRODUCTS = {SMALL: 16, LARGE: 49}  # of a plain convolution, by its tiles
UP_PRODUCTS = {SMALL: 25, LARGE: 49}


@pytest.fixture(params=[SMALL, LARGE], ids=["small tiles", "large tiles"])
def always(request, monkeypatch):
    """Small convolutions are made with fewer products too."""
    _from(monkeypatch, 1, request.param)
    return request.param


def _from(monkeypatch, channels, tiles):
    """From so many channels on, in the larger or the smaller tiles of both kinds, whatever the size."""
    for name in ("PLAIN", "UP"):
        large, small = getattr(winograd, name)
        assert large.tile > small.tile
        one = (small, large)[tiles]._replace(channels=(channels, channels), pixels=1)
        monkeypatch.setattr(winograd, name, (one,))


def evaluate(function, x, w, gradient=False):
    """function(tensor [N, H, W, C], variable) of x (N, C, H, W), as (N, C, H, W), and the number of matrix
    products in the graph; gradient: of the sum of its squares by x, in its place.
    """
    session = GraphSession(threads=1, layout="NHWC")
    with session.building() as graph:
        holder = tf.placeholder(tf.float32, [None, *x.shape[1:]])
        result = function(conv.from_nchw(holder, "NHWC"), session.variable("w", w))
        result = conv.to_nchw(result, "NHWC")
        products = _products(graph)
        if gradient:
            (result,) = tf.gradients(tf.reduce_sum(tf.square(result)), [holder])
    session.start()
    value = session.run(result, {holder: x})
    session.close()
    return value, products


def _products(graph):
    """How many matrix products a graph has, with those of the functions it calls."""
    definition = graph.as_graph_def()
    inside = {
        one.signature.name: sum(node.op == "MatMul" for node in one.node_def)
        for one in definition.library.function
    }
    calls = [node.attr["f"].func.name for node in definition.node if node.op == "PartitionedCall"]
    return sum(node.op == "MatMul" for node in definition.node) + sum(inside[name] for name in calls)


def plain(x, w):
    return conv.conv2d(x, w, "NHWC")


def without_border(x, w):
    return conv.conv2d(x, w, "NHWC", padding="VALID")


def up(x, w):
    return resample.upsample_conv_2d(x, w, TAPS, "NHWC")


def draw(*shape, seed=0):
    return np.random.RandomState(seed).standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("n", [1, 3])
def test_a_convolution_is_the_plain_one(always, size, n):
    x, w = draw(n, 5, *size), draw(3, 3, 5, 4, seed=1)
    found, products = evaluate(plain, x, w)
    assert products == PRODUCTS[always] + 1  # and one that makes the kernels
    np.testing.assert_allclose(found, oracle.correlate(x, w), atol=TOLERANCE, rtol=TOLERANCE)


def test_a_convolution_without_a_border_too(always):
    x, w = draw(2, 5, 10, 8), draw(3, 3, 5, 4, seed=1)
    found, products = evaluate(without_border, x, w)
    assert products == PRODUCTS[always] + 1 and found.shape == (2, 4, 8, 6)
    np.testing.assert_allclose(found, oracle.correlate(x, w, (0, 0)), atol=TOLERANCE, rtol=TOLERANCE)


@pytest.mark.parametrize("size", [*SIZES, (5, 5), (3, 4), (1, 1)])
@pytest.mark.parametrize("n", [1, 3])
def test_an_up_sampling_convolution_is_the_plain_one(always, size, n):
    x, w = draw(n, 5, *size), draw(3, 3, 5, 4, seed=1)
    found, products = evaluate(up, x, w)
    assert products == UP_PRODUCTS[always] + 1
    np.testing.assert_allclose(found, oracle.upsample_conv(x, w, TAPS), atol=TOLERANCE, rtol=TOLERANCE)


@pytest.mark.parametrize("taps", [[1, 1], [1, 2, 1], [1, 2, 3, 4, 5, 4], [[0, 1, 0], [2, 4, 1], [0, 3, 0]]])
def test_any_filter_may_follow(always, taps):
    x, w = draw(2, 5, 4, 6), draw(3, 3, 5, 4, seed=1)
    found, _ = evaluate(lambda x, w: resample.upsample_conv_2d(x, w, taps, "NHWC"), x, w)
    np.testing.assert_allclose(found, oracle.upsample_conv(x, w, taps), atol=TOLERANCE, rtol=TOLERANCE)


@pytest.mark.parametrize("tiles", [SMALL, LARGE])
@pytest.mark.parametrize("function", [plain, without_border, up])
def test_its_gradient_is_that_of_the_plain_one(function, tiles, monkeypatch):
    x, w = draw(2, 5, 6, 8), draw(3, 3, 5, 4, seed=1) / 7
    expected, products = evaluate(function, x, w, gradient=True)
    assert products == 0
    _from(monkeypatch, 1, tiles)
    found, products = evaluate(function, x, w, gradient=True)
    assert products > 0
    np.testing.assert_allclose(found, expected, atol=TOLERANCE, rtol=TOLERANCE)


@pytest.mark.parametrize("function", [plain, up])
def test_nothing_of_one_image_is_in_another_nor_of_one_edge_in_the_opposite_one(always, function):
    """Pixels are one long list in between, in which rows and images follow one another."""
    x, w = draw(3, 4, 8, 8), draw(3, 3, 4, 4, seed=1)
    broken = x.copy()
    broken[1, :, :, -1] = broken[1, :, -1] = np.nan
    found, _ = evaluate(function, broken, w)
    whole, _ = evaluate(function, x, w)
    np.testing.assert_array_equal(found[[0, 2]], whole[[0, 2]])
    untouched = found.shape[2] // 2  # far from the right and the lower edge, up to the left and upper one
    np.testing.assert_array_equal(found[1, :, :untouched, :untouched], whole[1, :, :untouched, :untouched])
    assert np.isnan(found[1, :, -1]).all() and np.isnan(found[1, :, :, -1]).all()


@pytest.mark.parametrize("tiles", [SMALL, LARGE])
@pytest.mark.parametrize("function", [plain, up])
def test_it_is_about_as_precise_as_one_long_sum(function, tiles, monkeypatch):
    """512 channels, as large networks have. Relative error in the mean square: one matrix product in float32
    has 3.8e-7, these were measured to have 4.2e-7 to 6.0e-7; transforms with other factors than 1, as the
    usual ones of 4 x 4 results need them, have 1.2e-6 and more.
    """
    _from(monkeypatch, 1, tiles)
    x, w = draw(1, 512, 16, 16), draw(3, 3, 512, 128, seed=1)
    found, products = evaluate(function, x, w)
    assert products > 0
    x, w = x.astype(np.float64), w.astype(np.float64)
    exact = oracle.correlate(x, w) if function is plain else oracle.upsample_conv(x, w, TAPS)
    assert np.sqrt(((found - exact) ** 2).mean() / (exact**2).mean()) < 8e-7


@pytest.mark.parametrize(
    "inputs, outputs, side, products",
    [
        (128, 128, 16, 17),
        (128, 128, 62, 17),
        (128, 128, 64, 50),
        (127, 128, 16, 0),
        (128, 127, 64, 0),
        (128, 128, 14, 0),
    ],
)
def test_few_channels_and_pixels_are_left_to_the_plain_one(inputs, outputs, side, products):
    """And few pixels to small tiles, which have fewer kernels."""
    _, found = evaluate(plain, draw(1, inputs, side, side), draw(3, 3, inputs, outputs))
    assert found == products


@pytest.mark.parametrize(
    "x, w", [((1, 4, 5, 6), (3, 3)), ((1, 4, 6, 5), (3, 3)), ((1, 4, 6, 6), (1, 1)), ((1, 4, 6, 6), (5, 5))]
)
def test_so_are_odd_sides_and_other_kernels(always, x, w):
    found, products = evaluate(plain, draw(*x), draw(*w, 4, 4, seed=1))
    assert products == 0 and found.shape == x


def test_a_graph_of_a_script_has_the_plain_ones(always):
    """There nobody is told when the weights change."""
    with tf.Graph().as_default() as graph:
        weight = tf.get_variable("w", [3, 3, 4, 4], use_resource=True)
        plain(tf.zeros([1, 8, 8, 4]), weight)
        assert "MatMul" not in {op.type for op in graph.get_operations()}
        assert _products(graph) == 0


@pytest.mark.parametrize("tiles", [SMALL, LARGE])
@pytest.mark.parametrize("family", FAMILIES)
def test_the_pictures_of_a_network_are_the_same(family, tiles, tmp_path, monkeypatch):
    expected = _pictures(load(family, tmp_path))
    _from(monkeypatch, 1, tiles)
    found = _pictures(load(family, tmp_path))
    np.testing.assert_allclose(found, expected, atol=1e-4, rtol=1e-4)  # of a dozen layers
    assert found.std() > 0


def _pictures(gen):
    pictures = gen.images(gen.w(seeds=[1, 2, 3]) if gen.has_mapping else gen.z(seeds=[1, 2, 3]))
    gen.close()
    return pictures


def test_kernels_follow_an_assignment(always, tmp_path):
    changed = nvlabs.load(write_tiny(tmp_path / "a.pkl", "stylegan2-skip"), threads=1).Gs
    other = nvlabs.load(write_tiny(tmp_path / "b.pkl", "stylegan2-skip", seed=1), threads=1).Gs
    z = draw(2, changed.input_shape[1])
    before, wanted = (one.run(z, None, randomize_noise=False) for one in (changed, other))
    assert (before != wanted).any()
    changed.copy_vars_from(other)
    np.testing.assert_array_equal(changed.run(z, None, randomize_noise=False), wanted)


@pytest.mark.parametrize("size", [(7, 7), (5, 9), (4, 4)])
@pytest.mark.parametrize("n", [1, 3])
def test_sums_of_neighbours_are_the_binomial_filter(size, n):
    x, kernel = draw(n, 5, *size), 4 * oracle.fir(TAPS)
    session = GraphSession(threads=1, layout="NHWC")
    with session.building():
        summed = conv.to_nchw(pixels.binomial(conv.from_nchw(tf.constant(x), "NHWC"), 4.0), "NHWC")
    session.start()
    found = session.run(summed)
    session.close()
    np.testing.assert_allclose(found, oracle.filter_each(x, kernel, (0, 0)), atol=TOLERANCE, rtol=TOLERANCE)


@pytest.mark.parametrize(
    "kernel, found",
    [
        (oracle.fir(TAPS), True),
        (4 * oracle.fir(TAPS), True),
        (oracle.fir([1, 3, 3, 2]), False),
        (oracle.fir([1, 2, 1]), False),
        (np.eye(4) / 4, False),
    ],
)
def test_a_binomial_filter_is_known(kernel, found):
    assert pixels.is_binomial(kernel.astype(np.float32)) == found
