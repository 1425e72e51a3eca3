"""StyleGAN3's filtered leaky ReLU, tile by tile, against zeros between samples and plain filters in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from nvlabs.networks.ops.filtered_lrelu import LARGEST_TILE, Filtering, best_tiling, filtered_lrelu
from nvlabs.networks.ops.fir_matrices import (
    Axis,
    down_matrix,
    possible_outputs,
    separable_terms,
    tiling,
    up_matrix,
)
from tests import numpy_pytorch
from tests.stylegan3_recipe import low_pass

LAYOUTS = ["NHWC"] if tf.__version__.startswith("1.") else ["NHWC", "NCHW"]


def some_axis(random, least, most):
    """Sizes, factors, taps and padding that leave something; padding may be negative on both sides."""
    up, down = random.randint(1, 5), random.randint(1, 4)
    up_taps, down_taps = random.randint(1, 4 * up + 1), random.randint(1, 4 * down + 1)
    outputs = random.randint(least, most)
    middle = (outputs - 1) * down + down_taps + random.randint(0, down)
    size = max(2, (middle + up_taps - 1 + random.randint(-30, 30)) // up)
    total = middle + up_taps - 1 - size * up
    low = random.randint(-8, 9) + total // 2
    return Axis(size, up, low, up_taps, down, down_taps, outputs), total - low


def filtering(random, radial, least, most):
    """Both axes have the same factors and numbers of taps, and their own sizes and padding."""
    x, x_high = some_axis(random, least, most)
    outputs, low = random.randint(least, most), x.low + random.randint(-3, 4)
    middle = (outputs - 1) * x.down + x.down_taps
    size = max(2, (middle + x.up_taps - 1 - 2 * low) // x.up)
    y = x._replace(size=size, low=low, outputs=outputs)
    padding = [x.low, x_high, low, middle + x.up_taps - 1 - size * x.up - low]
    shape = (x.down_taps, x.down_taps) if radial else (x.down_taps,)
    down_taps = random.standard_normal(shape) / x.down_taps
    return Filtering((x, y), random.standard_normal(x.up_taps), down_taps, 1.5), padding


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("radial", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_the_result_is_that_of_the_plain_steps(seed, radial, layout):
    random = np.random.RandomState(seed)
    f, padding = filtering(random, radial, 1, 95)
    x_axis, y_axis = f.axes
    x = random.standard_normal((2, 3, y_axis.size, x_axis.size)).astype(np.float32)
    expected = numpy_pytorch.filtered(
        x.astype(float), x_axis.up, x_axis.down, padding, f.up_taps, f.down_taps, limit=f.clamp
    )
    assert expected.shape == (2, 3, y_axis.outputs, x_axis.outputs)
    with tf.Graph().as_default(), tf.Session() as session:
        given = x if layout == "NCHW" else x.transpose(0, 2, 3, 1)
        holder = tf.placeholder(tf.float32, (None, *given.shape[1:]))
        value = session.run(filtered_lrelu(holder, f, layout), {holder: given})
    value = value if layout == "NCHW" else value.transpose(0, 3, 1, 2)
    assert value.shape == expected.shape
    scale = max(1.0, float(np.abs(expected).max()))
    assert np.abs(value - expected).max() < 1e-5 * scale  # float32 sums of some hundred terms


@pytest.mark.parametrize("seed", range(20))
def test_tiles_cover_an_axis_and_repeat(seed):
    """Every tile's matrices give the outputs of its place, from the samples of its place."""
    random = np.random.RandomState(seed)
    axis, high = some_axis(random, 1, 60)
    up_taps, down_taps = random.standard_normal(axis.up_taps), random.standard_normal(axis.down_taps)
    x = random.standard_normal(axis.size)
    one = np.zeros((1, 1, 1, axis.size * axis.up))
    one[..., :: axis.up] = x
    spread = numpy_pytorch.pad(one, [axis.low, high, 0, 0])[0, 0, 0]
    middle = np.convolve(spread, up_taps, "valid")
    expected = np.convolve(middle, down_taps, "valid")[:: axis.down][: axis.outputs]
    for outputs in possible_outputs(axis, 12):
        tiles = tiling(axis, outputs)
        wide = np.pad(x, (200, 200))
        both = down_matrix(tiles, down_taps) @ up_matrix(tiles, up_taps, 1.0)
        starts = [200 + tiles.first + t * tiles.step for t in range(tiles.tiles)]
        found = np.concatenate([both @ wide[start : start + tiles.inputs] for start in starts])
        assert np.allclose(found[: axis.outputs], expected)


def test_a_radial_filter_is_a_sum_of_a_few_separable_ones():
    for cutoff, most in ((2.0, 3), (7.0, 6)):
        table = low_pass(12, cutoff, 5.0, 32.0, radial=True)
        terms = separable_terms(table)
        assert 2 <= len(terms) <= most
        again = sum(np.outer(vertical, horizontal) for vertical, horizontal in terms)
        assert np.abs(again - table).max() < 2e-7 * np.abs(table).max() + 1e-12
    row = np.array([1.0, 2.0, 1.0])
    assert len(separable_terms(row)) == 1 and len(separable_terms(np.outer(row, row))) == 1


def test_tiles_stay_small_however_large_the_map():
    """What keeps memory bounded: no tile is wider than a few dozen outputs, unless the phases forbid it."""
    axis = Axis(size=1046, up=2, low=11, up_taps=12, down=2, down_taps=12, outputs=1044)
    for channels in (3, 32, 512):
        assert all(tiles.outputs <= LARGEST_TILE for tiles in best_tiling((axis, axis), channels, 1))


def test_gradients_go_through():
    """Scripts that search for a latent need them."""
    axis = Axis(size=60, up=2, low=5, up_taps=6, down=2, down_taps=6, outputs=58)
    f = Filtering((axis, axis), np.ones(6) / 6, np.ones(6) / 6, 256.0)
    x = np.random.RandomState(0).standard_normal((1, 60, 60, 2)).astype(np.float32)
    with tf.Graph().as_default(), tf.Session() as session:
        holder = tf.placeholder(tf.float32, x.shape)
        total = tf.reduce_sum(filtered_lrelu(holder, f, "NHWC"))
        (gradient,) = tf.gradients(total, holder)
        step = np.zeros_like(x)
        step[0, 30, 31, 1] = 1e-2
        slope = session.run(gradient, {holder: x})
        low, high = (float(session.run(total, {holder: x + sign * step})) for sign in (-1, 1))
    assert slope.shape == x.shape
    assert abs(slope[0, 30, 31, 1] - (high - low) / 2e-2) < 5e-2
