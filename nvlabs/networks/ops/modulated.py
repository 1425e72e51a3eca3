"""Style-modulated convolution (StyleGAN2: Karras et al. 2020, section 2.2, equations 1 and 3)."""

from __future__ import annotations

from typing import Any, Optional, Sequence

import tensorflow.compat.v1 as tf

from nvlabs.networks.ops import conv
from nvlabs.networks.ops.dense import EPSILON, runtime_scale
from nvlabs.networks.ops.kept import kept
from nvlabs.networks.ops.resample import upsample_conv_2d


def modulated_conv(
    x: Any,
    w: Any,
    style: Any,
    layout: str,
    demodulate: bool = True,
    gain: float = 1.0,
    upsample: bool = False,
    taps: Optional[Sequence[Any]] = None,
) -> Any:
    """Convolution of x with w scaled by the style per input channel and, demodulated, brought to unit size
    per output channel.

    Equation 1 scales the weights: w' = s_i w; equation 3 divides by sqrt(sum_{i,k} w'^2 + 1e-8). Here the
        same factors go
    onto the activations before and after an ordinary convolution, which needs no grouped convolution and so
    runs everywhere.

    Args:
        w: stored weight [k, k, I, O]; its run-time scale is folded into the style.
        style: (N, I), the affine output with its +1.
        gain: extra factor on the result (an activation's gain, when it may be applied early).
    """
    style = style * runtime_scale(w.shape.as_list())
    if w.shape.as_list()[:2] == [1, 1] and layout == "NHWC" and not demodulate and not upsample:
        return _mixed(x, style[:, :, tf.newaxis] * w[0, 0])
    x = x * conv.per_channel(style, layout)
    x = upsample_conv_2d(x, w, taps, layout) if upsample else conv.conv2d(x, w, layout)
    if demodulate:
        energy = kept(tf.reduce_sum(tf.square(w), axis=[0, 1]))  # [I, O]
        x = x * conv.per_channel(tf.rsqrt(tf.matmul(tf.square(style), energy) + EPSILON) * gain, layout)
    return x


def _mixed(x: Any, w: Any) -> Any:
    """x [N, H, W, I] with channels mixed by a matrix [N, I, O] for each sample: [N, H, W, O]. Of few outputs
    the matrix is scaled in no time; the map would take half of the whole.
    """
    height, width, channels = x.shape.as_list()[1:]
    y = tf.matmul(tf.reshape(x, [-1, height * width, channels]), w)
    return tf.reshape(y, [-1, height, width, w.shape.as_list()[2]])
