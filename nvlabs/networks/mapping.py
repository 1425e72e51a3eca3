"""The mapping network: z (N, latent_size) and labels (N, label_size) to w (N, dlatent_size). StyleGAN,
section 2."""

from __future__ import annotations

from typing import Any, Callable

import numpy as np
import tensorflow.compat.v1 as tf

from nvlabs.describing.spec import MappingSpec
from nvlabs.networks.ops.dense import ACTIVATIONS, LRELU_SLOPE, dense, normalize_2nd_moment, product, scaled
from nvlabs.networks.ops.digits import in_place
from nvlabs.networks.ops.kept import kept

SLOW_LRELU = tf.__version__.startswith("1.")  # takes numbers one by one; 2.21 makes one pass where two were

GetVariable = Callable[[str], Any]
Mark = Callable[..., Any]  # name, tensor, and what it only shows: `parts` side by side, or what is `read`


def build_mapping(
    spec: MappingSpec,
    variable: GetVariable,
    latents: Any,
    labels: Any,
    mark: Mark,
    dtype: Any = tf.float64,
    shows_layers: bool = False,
) -> Any:
    """Builds the network and returns w (N, dlatent_size), not repeated over the layers.

    Float32 from outside; every layer is computed in `dtype` and rounded once. Sums in float32 lose other
    digits on every processor, and for some latents the synthesis enlarges that a hundredfold, so pictures
    need float64. On a CPU that takes more than twice as long.

    Args:
        variable: name of a stored variable of this part → tensor.
        mark: called with the name and tensor of every layer; returns the tensor to go on with.
        dtype: tf.float64 or tf.float32.
        shows_layers: layers before w are rounded in place, as float64; `mark` is given the float32 numbers
            to show, and in `read` the tensor that goes on, which is the one to feed.
    """

    def wide(name: str) -> Any:
        return tf.cast(variable(name), dtype)

    def rounded(name: str, x: Any) -> Any:
        return mark(name, tf.cast(x, tf.float32))

    def widened(name: str, x: Any) -> Any:
        if not shows_layers:
            return tf.cast(rounded(name, x), dtype)
        x = in_place(x)
        mark(name, tf.cast(x, tf.float32), read=x)
        return x

    x = _inputs(spec, wide, tf.cast(latents, dtype), tf.cast(labels, dtype), widened)
    activation = ACTIVATIONS[spec.nonlinearity]
    later = not spec.gain_in_weight and activation.gain != 1.0  # the gain comes behind the activation
    folds = later and dtype == tf.float32 and activation.homogeneous  # ... or goes through it, where bits may
    for index in range(spec.layers):
        scope = "Dense%d" % index
        gain = activation.gain if spec.gain_in_weight else 1.0
        weight = scaled(wide(scope + "/weight"), gain, spec.lrmul, spec.use_wscale)
        bias = wide(scope + "/bias") * spec.lrmul
        if folds:
            weight, bias = weight * activation.gain, bias * activation.gain
        # widened and scaled once, not with every run: a twentieth of the time in TensorFlow 1.15
        x = product(x, kept(weight))
        function = _lrelu if SLOW_LRELU and spec.nonlinearity == "lrelu" else activation.function
        x = function(tf.nn.bias_add(x, bias))
        if later and not folds:
            x = x * activation.gain
        x = (widened if index < spec.layers - 1 else rounded)(scope, x)
    return tf.cast(x, tf.float32)


def _lrelu(x: Any) -> Any:
    """The numbers of `ops.dense.lrelu`, in a third of its time."""
    return tf.maximum(x, x * tf.constant(np.float32(LRELU_SLOPE), x.dtype))


def _inputs(spec: MappingSpec, variable: GetVariable, latents: Any, labels: Any, mark: Mark) -> Any:
    """What enters the first dense layer: normalised z, joined with the labels by the family's rule."""
    normalize = normalize_2nd_moment if spec.normalize_latents else tf.identity
    name = "PixelNorm" if spec.gain_in_weight else "Normalize"
    if not spec.label_size:
        return mark(name, normalize(latents))
    if spec.label_rule == "concat":
        embedded = tf.matmul(labels, variable("LabelConcat/weight"))
        return mark(name, normalize(mark("LabelConcat", tf.concat([latents, embedded], axis=1))))
    x = mark(name, normalize(latents))
    embedded = dense(labels, variable("LabelEmbed/weight")) + variable("LabelEmbed/bias")
    return mark("LabelEmbed", tf.concat([x, normalize_2nd_moment(embedded)], axis=1))


def truncate(w: Any, average: Any, coefficients: Any) -> Any:
    """The truncation trick per layer: average + (w - average) * c_l, in that order (StyleGAN, appendix B).

    Args:
        w: (N, L, D). average: (D,). coefficients: (L,), psi below the cutoff and 1 from there on.
    """
    return average + (w - average) * coefficients[tf.newaxis, :, tf.newaxis]
