"""Dense layers, the run-time weight scale, activations and normalisations. Axis letters: N samples, I/O
inputs and outputs."""

from __future__ import annotations

from typing import Any, Callable, Dict, NamedTuple, Sequence

import numpy as np
import tensorflow.compat.v1 as tf

EPSILON = 1e-8  # inside every square root of the three papers' code
LRELU_SLOPE = 0.2


class Activation(NamedTuple):
    """An activation, the gain that StyleGAN2 applies after it, and whether f(a x) = a f(x) for a > 0."""

    function: Callable[[Any], Any]
    gain: float
    homogeneous: bool


def lrelu(x: Any) -> Any:
    """Leaky ReLU of slope 0.2."""
    return tf.nn.leaky_relu(x, alpha=LRELU_SLOPE)


ACTIVATIONS: Dict[str, Activation] = {
    "linear": Activation(tf.identity, 1.0, True),
    "lrelu": Activation(lrelu, float(np.sqrt(2)), True),
    "relu": Activation(tf.nn.relu, float(np.sqrt(2)), True),
    "swish": Activation(lambda x: x * tf.nn.sigmoid(x), float(np.sqrt(2)), False),
    "tanh": Activation(tf.nn.tanh, 1.0, False),
    "sigmoid": Activation(tf.nn.sigmoid, 1.0, False),
    "elu": Activation(tf.nn.elu, 1.0, False),
    "selu": Activation(tf.nn.selu, 1.0, False),
    "softplus": Activation(tf.nn.softplus, 1.0, False),
}


def runtime_scale(
    shape: Sequence[int], gain: float = 1.0, lrmul: float = 1.0, use_wscale: bool = True
) -> float:
    """Factor between a stored weight of shape [..., O] and the effective one: gain / sqrt(fan_in) * lrmul.

    The equalised learning rate of Karras et al. 2018 (Progressive GAN), section 4.1. Without it
    (`use_wscale=False`) the stored weights already have their final size and only `lrmul` is applied.
    """
    if not use_wscale:
        return float(lrmul)
    fan_in = int(np.prod(shape[:-1]))
    return float(gain / np.sqrt(fan_in) * lrmul)


def scaled(weight: Any, gain: float = 1.0, lrmul: float = 1.0, use_wscale: bool = True) -> Any:
    """The effective weight of a stored one, [I, O]."""
    return weight * runtime_scale(weight.shape.as_list(), gain, lrmul, use_wscale)


def product(x: Any, weight: Any) -> Any:
    """x (N, I) times an effective weight [I, O]."""
    if weight.dtype == tf.float64:
        # the same product; TF 2 tells for every float64 MatMul with a bias that it cannot fuse the two
        return tf.einsum("ni,io->no", x, weight)
    return tf.matmul(x, weight)


def dense(x: Any, weight: Any, gain: float = 1.0, lrmul: float = 1.0, use_wscale: bool = True) -> Any:
    """x (N, I) times the effective weight, stored as [I, O]; no bias."""
    return product(x, scaled(weight, gain, lrmul, use_wscale))


def normalize_2nd_moment(x: Any, axis: int = 1) -> Any:
    """x / sqrt(mean(x^2) + 1e-8) along the feature axis; the mean is not subtracted."""
    return x * tf.rsqrt(tf.reduce_mean(tf.square(x), axis=axis, keepdims=True) + EPSILON)
