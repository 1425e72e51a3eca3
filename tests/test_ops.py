"""Every operation of the graphs against its plain NumPy version, in both layouts."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from nvlabs.networks.ops import conv, dense, modulated, resample
from nvlabs.running.session import GraphSession
from tests import numpy_ops as oracle
from tests.layouts import NO_NCHW, nchw_runs

# float32 sums of a few hundred products of numbers near 1
TOLERANCE = 2e-5
LAYOUTS = ["NHWC", pytest.param("NCHW", marks=pytest.mark.skipif(not nchw_runs(), reason=NO_NCHW))]

pytestmark = pytest.mark.parametrize("layout", LAYOUTS)


def evaluate(layout, function, *arrays, w=None):
    """Runs function(*tensors) in a graph of its own; feature maps are moved into the layout and back. w, if
    there is one, is a variable, and comes second."""
    session = GraphSession(threads=1, layout=layout)
    with session.building():
        holders = [
            tf.placeholder(tf.float32, [None, *a.shape[1:]] if a.ndim == 4 else a.shape) for a in arrays
        ]
        weights = [] if w is None else [session.variable("w", w)]
        output = function(conv.from_nchw(holders[0], layout), *weights, *holders[1:])
        output = conv.to_nchw(output, layout)
    session.start()
    value = session.run(output, dict(zip(holders, arrays)))
    session.close()
    return value


def draw(*shape, seed=0):
    return np.random.RandomState(seed).standard_normal(shape).astype(np.float32)


def assert_close(actual, expected):
    assert actual.shape == expected.shape
    np.testing.assert_allclose(actual, expected, atol=TOLERANCE, rtol=TOLERANCE)


X = draw(2, 5, 6, 4)


@pytest.mark.parametrize("size", [1, 3])
def test_conv2d_correlates_with_zeros_outside(layout, size):
    w = draw(size, size, 5, 3, seed=1)
    assert_close(evaluate(layout, lambda x, k: conv.conv2d(x, k, layout), X, w=w), oracle.correlate(X, w))


@pytest.mark.parametrize(
    "taps", [[1, 3, 3, 1], [1, 2, 1], [1, 1], [1, 2, 3, 4, 5, 4], [[0, 1, 0], [2, 4, 1], [0, 3, 0]]]
)
def test_upsample_2d(layout, taps):
    assert_close(
        evaluate(layout, lambda x: resample.upsample_2d(x, taps, layout), X), oracle.upsample(X, taps)
    )


def test_no_taps_mean_nearest_neighbour(layout):
    assert_close(evaluate(layout, lambda x: resample.upsample_2d(x, None, layout), X), oracle.nearest(X))
    assert_close(evaluate(layout, lambda x: resample.upsample_nearest(x, layout), X), oracle.nearest(X))


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("taps", [[1, 3, 3, 1], [1, 2, 1], [1, 1], [1, 2, 3, 4, 5, 4]])
def test_upsample_conv_2d_acts_like_zero_insertion_then_convolution_then_filter(layout, size, taps):
    w = draw(size, size, 5, 3, seed=2)
    actual = evaluate(layout, lambda x, k: resample.upsample_conv_2d(x, k, taps, layout), X, w=w)
    assert actual.shape == (2, 3, 12, 8)
    assert_close(actual, oracle.upsample_conv(X, w, taps))


def test_stylegan_plain_up_scaling_is_nearest_then_convolution(layout):
    w = draw(3, 3, 5, 3, seed=3)
    actual = evaluate(layout, lambda x, k: resample.upscale_conv_2d(x, k, False, layout), X, w=w)
    assert_close(actual, oracle.correlate(oracle.nearest(X), w))


def test_stylegan_fused_up_scaling_is_the_plain_one_with_the_kernel_turned_by_180_degrees(layout):
    w = draw(3, 3, 5, 3, seed=4)
    actual = evaluate(layout, lambda x, k: resample.upscale_conv_2d(x, k, True, layout), X, w=w)
    assert_close(actual, oracle.correlate(oracle.nearest(X), w[::-1, ::-1]))
    assert np.abs(actual - oracle.correlate(oracle.nearest(X), w)).max() > 0.5


def test_blur_darkens_borders(layout):
    actual = evaluate(
        layout, lambda x: resample.blur_2d(x, [1, 2, 1], layout), np.ones((1, 2, 4, 4), np.float32)
    )
    assert_close(actual, oracle.filter_each(np.ones((1, 2, 4, 4)), oracle.fir([1, 2, 1]), (1, 1)))
    assert actual[0, 0, 0, 0] == pytest.approx(9 / 16) and actual[0, 0, 1, 1] == pytest.approx(1)


@pytest.mark.parametrize("demodulate", [True, False])
@pytest.mark.parametrize("taps", [None, [1, 3, 3, 1]])
def test_modulated_conv_equals_per_sample_kernels(layout, demodulate, taps):
    w, style = draw(3, 3, 5, 3, seed=5), draw(2, 5, seed=6) + 1

    def build(x, k, s):
        return modulated.modulated_conv(
            x, k, fixed(s, style), layout, demodulate, 1.0, taps is not None, taps
        )

    assert_close(evaluate(layout, build, X, style, w=w), oracle.modulated_conv(X, w, style, demodulate, taps))


@pytest.mark.parametrize("name", sorted(dense.ACTIVATIONS))
def test_activations(layout, name):
    x = np.linspace(-3, 3, 2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
    by_hand = {
        "linear": lambda v: v,
        "lrelu": oracle.lrelu,
        "relu": lambda v: np.maximum(v, 0),
        "swish": lambda v: v / (1 + np.exp(-v)),
        "tanh": np.tanh,
        "sigmoid": lambda v: 1 / (1 + np.exp(-v)),
        "elu": lambda v: np.where(v > 0, v, np.expm1(v)),
        "selu": lambda v: 1.0507009873554805 * np.where(v > 0, v, 1.6732632423543772 * np.expm1(v)),
        "softplus": lambda v: np.log1p(np.exp(v)),
    }[name]
    assert_close(evaluate(layout, dense.ACTIVATIONS[name].function, x), by_hand(x.astype(np.float64)))


def test_normalize_2nd_moment_keeps_the_mean(layout):
    x = draw(3, 7, 2, 2, seed=7) + 2
    actual = evaluate(layout, lambda v: dense.normalize_2nd_moment(v, conv.channel_axis(layout)), x)
    assert_close(actual, oracle.normalize(x.astype(np.float64)))


@pytest.mark.parametrize("before, after", [(2, 1), (0, 0), (-1, 1), (-1, -2)])
def test_padding_may_crop(layout, before, after):
    actual = evaluate(layout, lambda x: conv.pad(x, (before, after), layout), X)
    one = np.ones((1, 1))
    assert_close(actual, oracle.filter_each(X, one, (before, after)))


def test_rows_and_columns_may_be_padded_differently(layout):
    actual = evaluate(layout, lambda x: conv.pad(x, (1, -1), layout, (0, 2)), X)
    expected = np.pad(X, [(0, 0), (0, 0), (1, 0), (0, 2)])[:, :, :-1]
    assert np.array_equal(actual, expected)


def fixed(tensor, like):
    """Gives a fed weight its static shape back (feature maps are fed with any batch size)."""
    return tf.reshape(tensor, like.shape)
