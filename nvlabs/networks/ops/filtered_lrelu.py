"""StyleGAN3's filtered nonlinearity (Karras et al. 2021, section 3.2): up-sample, leaky ReLU, down-sample.

Between the two filters the map has four times the pixels or more. On a CPU it is never whole in memory: tiles
of the output are computed one after the other, with four matrix products small enough for the cache.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Optional, Sequence, Tuple

import numpy as np
import tensorflow.compat.v1 as tf

from nvlabs.networks.ops import conv
from nvlabs.networks.ops.dense import LRELU_SLOPE
from nvlabs.networks.ops.fir_matrices import (
    Axis,
    Tiling,
    down_matrix,
    possible_outputs,
    separable_terms,
    tiling,
    up_matrix,
)

SQRT2 = float(np.sqrt(2))
LARGEST_TILE = 40  # outputs along an axis
# What a number costs that passes through the pointwise step, and a tile by itself, in multiplications.
POINTWISE, TILE_COST = 30, 3_000_000


class Filtering(NamedTuple):
    """The two filters and the clamp. axes: width, height. up_taps: a list; down_taps: a list, or a table (its
    rows are vertical) for a radial filter. clamp: bound of the magnitude between the filters, or None.
    """

    axes: Tuple[Axis, Axis]
    up_taps: Sequence[float]
    down_taps: Sequence[Any]
    clamp: Optional[float]


class _Matrices(NamedTuple):
    """up_x (middle, inputs), up_y likewise; down_y (outputs * K, middle), down_x (outputs, K * middle) for a
    filter of K separable terms.
    """

    up_x: Any
    up_y: Any
    down_y: Any
    down_x: Any


def filtered_lrelu(x: Any, filtering: Filtering, layout: str) -> Any:
    """[N, ., ., C] (or [N, C, ., .]) of the axes' sizes to the axes' outputs. The gain of the leaky ReLU,
    sqrt(2), and that of the zero-insertion are inside.
    """
    if layout == "NCHW":
        whole = [tiling(axis, axis.outputs) for axis in filtering.axes]
        return _whole_nchw(x, _matrices(whole, filtering), whole, filtering.clamp)
    channels = x.shape.as_list()[3]
    terms = len(separable_terms(filtering.down_taps))
    tiles = best_tiling(filtering.axes, channels, terms)
    return _tile_by_tile(x, _matrices(tiles, filtering), tiles, filtering.clamp)


def best_tiling(axes: Sequence[Axis], channels: int, terms: int) -> Tuple[Tiling, Tiling]:
    """Tiles (of width, of height) that take the least arithmetic, counted with what each costs by itself."""

    def cost(pair: Tuple[Tiling, Tiling]) -> float:
        x, y = pair
        products = y.inputs * x.middle * x.inputs + y.middle * y.inputs * x.middle
        products += terms * (y.outputs * y.middle * x.middle + y.outputs * x.outputs * x.middle)
        return x.tiles * y.tiles * (channels * (products + POINTWISE * y.middle * x.middle) + TILE_COST)

    widths, heights = ([tiling(axis, size) for size in possible_outputs(axis, LARGEST_TILE)] for axis in axes)
    return min(((x, y) for x in widths for y in heights), key=cost)


def _matrices(tiles: Sequence[Tiling], filtering: Filtering) -> _Matrices:
    x, y = tiles
    up = np.asarray(filtering.up_taps, np.float64)
    terms = separable_terms(filtering.down_taps)
    down_y = np.stack([down_matrix(y, vertical) for vertical, _ in terms], axis=1)
    down_x = np.concatenate([down_matrix(x, horizontal) for _, horizontal in terms], axis=1)
    matrices = _Matrices(
        up_x=up_matrix(x, up, x.axis.up),
        up_y=up_matrix(y, up, y.axis.up * SQRT2),  # leaky ReLU commutes with its gain
        down_y=down_y.reshape(-1, y.middle),
        down_x=down_x,
    )
    return _Matrices(*(tf.constant(matrix.astype(np.float32)) for matrix in matrices))


def _activate(x: Any, clamp: Optional[float]) -> Any:
    # tf.nn.leaky_relu is one slow loop in TensorFlow 1.15
    x = tf.maximum(x, LRELU_SLOPE * x)
    return x if clamp is None else tf.clip_by_value(x, -clamp, clamp)


def _tile_by_tile(x: Any, matrices: _Matrices, tiles: Sequence[Tiling], clamp: Optional[float]) -> Any:
    """The whole output from its tiles, each cut out of x with the zeros around it."""
    across, down = tiles
    channels = x.shape.as_list()[3]
    x = _with_borders(x, tiles, "NHWC")
    row = across.tiles * down.tiles
    count = tf.shape(x)[0] * row

    def one(index: Any, done: Any) -> Tuple[Any, Any]:
        place = [index // row, index % row // across.tiles * down.step, index % across.tiles * across.step, 0]
        tile = tf.slice(x, tf.stack(place), [1, down.inputs, across.inputs, channels])
        tile = tf.reshape(tile, [down.inputs, across.inputs, channels])
        return index + 1, done.write(index, _tile(tile, matrices, tiles, channels, clamp))

    results = tf.TensorArray(
        tf.float32, count, element_shape=[down.outputs, across.outputs, channels], infer_shape=True
    )
    _, results = tf.while_loop(
        lambda index, _: index < count, one, [tf.constant(0), results], parallel_iterations=4
    )
    shape = [-1, down.tiles, across.tiles, down.outputs, across.outputs, channels]
    y = tf.transpose(tf.reshape(results.stack(), shape), [0, 1, 3, 2, 4, 5])
    y = tf.reshape(y, [-1, down.tiles * down.outputs, across.tiles * across.outputs, channels])
    return y[:, : down.axis.outputs, : across.axis.outputs]


def _tile(tile: Any, m: _Matrices, tiles: Sequence[Tiling], channels: int, clamp: Optional[float]) -> Any:
    across, down = tiles
    y = tf.matmul(m.up_x[tf.newaxis], tile)
    y = tf.matmul(m.up_y, tf.reshape(y, [down.inputs, across.middle * channels]))
    y = tf.matmul(m.down_y, _activate(y, clamp))
    y = tf.reshape(y, [down.outputs, -1, channels])  # the terms of a radial filter side by side
    return tf.matmul(m.down_x[tf.newaxis], y)


def _with_borders(x: Any, tiles: Sequence[Tiling], layout: str) -> Any:
    """x with the zeros that the tiles reach into, and without what none of them looks at."""
    amounts, start = [[0, 0] for _ in range(4)], [0] * 4
    for axis, t in zip(conv.spatial_axes(layout), (tiles[1], tiles[0])):
        amounts[axis] = [max(t.before, 0), max(t.after, 0)]
        start[axis] = max(-t.before, 0)
    if any(start):
        x = x[tuple(slice(begin, None) for begin in start)]
    return tf.pad(x, amounts) if any(max(pair) for pair in amounts) else x


def _whole_nchw(x: Any, m: _Matrices, tiles: Sequence[Tiling], clamp: Optional[float]) -> Any:
    """All at once, for devices with memory and many processors."""
    across, down = tiles
    channels = x.shape.as_list()[1]
    x = _with_borders(x, tiles, "NCHW")[:, :, : down.inputs, : across.inputs]
    y = tf.matmul(x, m.up_x[tf.newaxis, tf.newaxis], transpose_b=True)
    y = _activate(tf.matmul(m.up_y[tf.newaxis, tf.newaxis], y), clamp)
    y = tf.matmul(m.down_y[tf.newaxis, tf.newaxis], y)
    y = tf.reshape(y, [-1, channels, down.outputs, m.down_x.shape.as_list()[1]])
    return tf.matmul(y, m.down_x[tf.newaxis, tf.newaxis], transpose_b=True)
