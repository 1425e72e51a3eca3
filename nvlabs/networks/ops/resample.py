"""FIR resampling and up-scaling convolutions (StyleGAN2, section 4 and appendix B; StyleGAN, appendix C)."""

from __future__ import annotations

from typing import Any, Optional, Sequence

import numpy as np
import tensorflow.compat.v1 as tf

from nvlabs.networks.ops import conv, winograd


def fir_kernel(taps: Optional[Sequence[Any]]) -> np.ndarray:
    """Filter (height, width) that sums to one: the outer product of 1-D taps with themselves, or 2-D taps as
    given.

    None means [1, 1]: nearest neighbour.
    """
    kernel = np.asarray((1.0, 1.0) if taps is None else taps, np.float64)
    if kernel.ndim == 1:
        kernel = np.outer(kernel, kernel)
    return (kernel / kernel.sum()).astype(np.float32)


def _convolve(x: Any, kernel: np.ndarray, layout: str) -> Any:
    """True convolution (the kernel is flipped, as the operation underneath correlates), 'VALID'."""
    return conv.filter2d(x, kernel[::-1, ::-1], layout)


def upsample_nearest(x: Any, layout: str) -> Any:
    """Every pixel becomes 2 x 2 pixels."""
    height, width = conv.height_width(x, layout)
    channels = x.shape.as_list()[conv.channel_axis(layout)]
    if layout == "NHWC":
        spread = tf.tile(tf.reshape(x, [-1, height, 1, width, 1, channels]), [1, 1, 2, 1, 2, 1])
        return tf.reshape(spread, [-1, 2 * height, 2 * width, channels])
    spread = tf.tile(tf.reshape(x, [-1, channels, height, 1, width, 1]), [1, 1, 1, 2, 1, 2])
    return tf.reshape(spread, [-1, channels, 2 * height, 2 * width])


def _insert_zeros(x: Any, layout: str) -> Any:
    """One zero after every pixel in both directions: H x W to 2H x 2W."""
    height, width = conv.height_width(x, layout)
    channels = x.shape.as_list()[conv.channel_axis(layout)]
    if layout == "NHWC":
        x = tf.pad(
            tf.reshape(x, [-1, height, 1, width, 1, channels]),
            [[0, 0], [0, 0], [0, 1], [0, 0], [0, 1], [0, 0]],
        )
        return tf.reshape(x, [-1, 2 * height, 2 * width, channels])
    x = tf.pad(
        tf.reshape(x, [-1, channels, height, 1, width, 1]), [[0, 0], [0, 0], [0, 0], [0, 1], [0, 0], [0, 1]]
    )
    return tf.reshape(x, [-1, channels, 2 * height, 2 * width])


def upsample_2d(x: Any, taps: Optional[Sequence[Any]], layout: str) -> Any:
    """Doubles an image: zeros between the pixels, then the FIR filter with gain 4."""
    kernel = fir_kernel(taps) * 4
    rows, columns = ((size // 2 + size % 2, size // 2 - 1) for size in kernel.shape)
    return _convolve(conv.pad(_insert_zeros(x, layout), rows, layout, columns), kernel, layout)


def upsample_conv_2d(x: Any, w: Any, taps: Optional[Sequence[Any]], layout: str) -> Any:
    """Up-sampling convolution of StyleGAN2: stride-2 transposed convolution with w [k, k, I, O], then the FIR
    filter.

    The kernel is flipped first, so that it acts as an ordinary convolution on the zero-interleaved input
    would. The padding happens once, between the two steps; doing the filter first would differ at the
    borders.
    """
    size = w.shape.as_list()[0]
    height, width = conv.height_width(x, layout)
    output = [2 * (height - 1) + size, 2 * (width - 1) + size]
    w = tf.reverse(w, [0, 1])
    kernel = fir_kernel(taps) * 4
    rows, columns = (((taps - size) // 2 + 1, (taps - size + 1) // 2) for taps in kernel.shape)
    scheme = winograd.up_scheme(x, w) if layout == "NHWC" else None
    if scheme:
        x = winograd.up_conv3x3(x, w, scheme)  # has a border of one already
        rows, columns = ((low - 1, high - 1) for low, high in (rows, columns))
    else:
        x = conv.conv2d_transpose(x, w, output, layout, "VALID")
    return _convolve(conv.pad(x, rows, layout, columns), kernel, layout)


def blur_2d(x: Any, taps: Optional[Sequence[float]], layout: str) -> Any:
    """StyleGAN's low-pass filter after up-scaling; zeros outside, so borders darken."""
    if not taps:
        return x
    return conv.filter2d(x, fir_kernel(taps)[::-1, ::-1], layout, padding="SAME")


def upscale_conv_2d(x: Any, w: Any, fused: bool, layout: str) -> Any:
    """StyleGAN's up-scaling convolution with effective weight w [3, 3, I, O].

    Plain: nearest neighbour, then the convolution. Fused: a stride-2 transposed convolution with four shifted
        copies of the
    kernel added up. The transposed operation applies the kernel mirrored, so the two forms are *different*
    functions of w; the published networks were trained with the fused one from 128 x 128 on.
    """
    if not fused:
        return conv.conv2d(upsample_nearest(x, layout), w, layout)
    shifts = [(top, left) for top in (0, 1) for left in (0, 1)]
    w = tf.add_n([tf.pad(w, [[t, 1 - t], [left, 1 - left], [0, 0], [0, 0]]) for t, left in shifts])
    height, width = conv.height_width(x, layout)
    return conv.conv2d_transpose(x, w, [2 * height, 2 * width], layout, "SAME")
