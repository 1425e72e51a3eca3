"""Convolutions in either layout. The one file that knows how 'NHWC' and 'NCHW' differ.

Axis letters: N samples, H/W height and width, I/O input and output channels. Kernels are always [kh, kw, I,
    O] (TensorFlow's
order, as the network files store them) and act as cross-correlations, as TensorFlow's own operations do.
"""

from __future__ import annotations

from typing import Any, List, Optional, Sequence, Tuple

import numpy as np
import tensorflow.compat.v1 as tf

from nvlabs.networks.ops import pixels, winograd
from nvlabs.networks.ops.kept import kept

SLOW_DEPTHWISE = tf.__version__.startswith("1.")  # two to five times the time of sums of neighbours


def channel_axis(layout: str) -> int:
    """Index of the channel axis of a 4-D tensor."""
    return 3 if layout == "NHWC" else 1


def spatial_axes(layout: str) -> Tuple[int, int]:
    """Indices of the height and width axes of a 4-D tensor."""
    return (1, 2) if layout == "NHWC" else (2, 3)


def from_nchw(x: Any, layout: str) -> Any:
    """[N, C, H, W] tensor into the given layout."""
    return x if layout == "NCHW" else tf.transpose(x, [0, 2, 3, 1])


def from_nhwc(x: Any, layout: str) -> Any:
    """[N, H, W, C] tensor into the given layout."""
    return x if layout == "NHWC" else tf.transpose(x, [0, 3, 1, 2])


def to_nchw(x: Any, layout: str) -> Any:
    """Tensor of the given layout into [N, C, H, W]."""
    return x if layout == "NCHW" else tf.transpose(x, [0, 3, 1, 2])


def per_channel(values: Any, layout: str) -> Any:
    """[C] or [N, C] values, shaped so that they broadcast over a feature map."""
    channels = values.shape.as_list()[-1]
    return tf.reshape(values, [-1, 1, 1, channels] if layout == "NHWC" else [-1, channels, 1, 1])


def single_channel(maps: Any, layout: str) -> Any:
    """[N, 1, H, W] maps (noise) in the given layout; with one channel the move of the axis is a reshape."""
    if layout == "NCHW":
        return maps
    height, width = maps.shape.as_list()[2:]
    return tf.reshape(maps, [-1, height, width, 1])


def height_width(x: Any, layout: str) -> List[int]:
    """Static height and width of a feature map."""
    shape = x.shape.as_list()
    return [shape[axis] for axis in spatial_axes(layout)]


def pad(x: Any, rows: Tuple[int, int], layout: str, columns: Optional[Tuple[int, int]] = None) -> Any:
    """Zeros above and below (rows), left and right (columns; as rows if not given); negative amounts crop."""
    amounts, parts = [[0, 0]] * 4, [slice(None)] * 4
    shape = x.shape.as_list()
    for axis, (before, after) in zip(spatial_axes(layout), (rows, columns or rows)):
        amounts[axis] = [max(before, 0), max(after, 0)]
        parts[axis] = slice(max(-before, 0), shape[axis] + max(before, 0) + after)
    if any(max(pair) > 0 for pair in amounts):
        x = tf.pad(x, amounts)
    return x[tuple(parts)] if any(min(pair) < 0 for pair in (rows, columns or rows)) else x


def conv2d(x: Any, w: Any, layout: str, padding: str = "SAME", stride: int = 1) -> Any:
    """Cross-correlation of [N, ., ., I] (or [N, I, ., .]) with w [kh, kw, I, O]; zeros outside for 'SAME'. w
    depends on variables alone."""
    scheme = winograd.plain_scheme(x, w) if layout == "NHWC" and stride == 1 else None
    if scheme:
        return winograd.conv3x3(x, w, 1 if padding == "SAME" else 0, scheme)
    strides = [1, stride, stride, 1] if layout == "NHWC" else [1, 1, stride, stride]
    return tf.nn.conv2d(x, kept(w), strides=strides, padding=padding, data_format=layout)


def conv2d_transpose(x: Any, w: Any, output_size: Sequence[int], layout: str, padding: str) -> Any:
    """Stride-2 transposed convolution with w [kh, kw, I, O] (I channels in, O out), to `output_size` (height,
    width). w depends on variables alone."""
    out_channels = w.shape.as_list()[3]
    batch = tf.shape(x)[0]
    kernel = kept(tf.transpose(w, [0, 1, 3, 2]))  # TensorFlow wants [kh, kw, O, I] here
    height, width = output_size
    if layout == "NHWC":
        shape, strides = [batch, height, width, out_channels], [1, 2, 2, 1]
    else:
        shape, strides = [batch, out_channels, height, width], [1, 1, 2, 2]
    y = tf.nn.conv2d_transpose(
        x, kernel, tf.stack(shape), strides=strides, padding=padding, data_format=layout
    )
    y.set_shape([None] + shape[1:])
    return y


def filter2d(x: Any, kernel: np.ndarray, layout: str, padding: str = "VALID") -> Any:
    """The same 2-D filter (kh, kw) on every channel, as a cross-correlation of stride 1.

    NHWC uses the depthwise operation (fast on a CPU with TensorFlow 2); NCHW moves the channels into the
    batch, which every device can do.
    """
    kernel = np.asarray(kernel, np.float32)
    if layout == "NHWC":
        channels = x.shape.as_list()[3]
        if SLOW_DEPTHWISE and padding == "VALID" and pixels.is_binomial(kernel):
            return pixels.binomial(x, kernel.sum())
        filters = np.repeat(kernel[:, :, np.newaxis, np.newaxis], channels, axis=2)
        return tf.nn.depthwise_conv2d(x, tf.constant(filters), strides=[1, 1, 1, 1], padding=padding)
    channels, height, width = x.shape.as_list()[1:]
    flat = tf.reshape(x, [-1, 1, height, width])
    filters = tf.constant(kernel[:, :, np.newaxis, np.newaxis])
    flat = tf.nn.conv2d(flat, filters, strides=[1, 1, 1, 1], padding=padding, data_format="NCHW")
    return tf.reshape(flat, [-1, channels] + flat.shape.as_list()[2:])
