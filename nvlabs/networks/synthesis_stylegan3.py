"""The synthesis network of StyleGAN3 (Karras et al. 2021): Fourier features, then layers without aliasing."""

from __future__ import annotations

from typing import Any, Sequence

import numpy as np
import tensorflow.compat.v1 as tf

from nvlabs.describing.stylegan3 import LayerSpec, StyleGAN3Spec
from nvlabs.networks.mapping import GetVariable, Mark
from nvlabs.networks.ops import conv
from nvlabs.networks.ops.dense import EPSILON, dense
from nvlabs.networks.ops.filtered_lrelu import Filtering, filtered_lrelu
from nvlabs.networks.ops.fir_matrices import Axis
from nvlabs.networks.ops.fourier import fourier_features
from nvlabs.networks.ops.kept import kept


class StyleGAN3Synthesis:
    """Builds dlatents (N, L, D) → images (N, C, H, W). `transform` is a placeholder (1|N, 3, 3) that is the
    stored transformation of the input unless it is fed.
    """

    def __init__(
        self,
        spec: StyleGAN3Spec,
        variable: GetVariable,
        dlatents: Any,
        noise: Sequence[Any],
        layout: str,
        mark: Mark,
    ):
        self._spec, self._variable, self._layout, self._mark = spec, variable, layout, mark
        self._dlatents = dlatents
        self.transform = tf.placeholder_with_default(
            variable("input/transform")[tf.newaxis], [None, 3, 3], name="transform_in"
        )
        x = mark("input", self._input())
        for index, layer in enumerate(spec.layers):
            x = mark(layer.name, self._layer(x, layer, index + 1))
        self.grown_images = conv.to_nchw(x * spec.output_scale, layout)
        self.fixed_images = self.grown_images

    def _style(self, scope: str, index: int) -> Any:
        """Affine map of a layer's w; its bias holds the 1 that StyleGAN2 adds."""
        style = dense(self._dlatents[:, index], self._variable(scope + "/affine_weight"))
        return style + self._variable(scope + "/affine_bias")

    def _input(self) -> Any:
        variable, features = self._variable, self._spec.input
        values = fourier_features(
            features,
            self._style("input", 0),
            self.transform,
            variable("input/freqs"),
            variable("input/phases"),
        )
        width, height = features.size
        x = dense(tf.reshape(values, [-1, features.channels]), variable("input/weight"))
        return conv.from_nhwc(tf.reshape(x, [-1, height, width, features.channels]), self._layout)

    def _layer(self, x: Any, layer: LayerSpec, index: int) -> Any:
        variable, layout = self._variable, self._layout
        x = self._modulated_conv(x, layer, self._style(layer.name, index))
        x = tf.nn.bias_add(x, variable(layer.name + "/bias"), data_format=layout)
        if layer.is_torgb:
            return x if layer.clamp is None else tf.clip_by_value(x, -layer.clamp, layer.clamp)
        return filtered_lrelu(x, _filtering(layer), layout)

    def _modulated_conv(self, x: Any, layer: LayerSpec, style: Any) -> Any:
        """Convolution of x, with zeros all around, with weights that the style scales, as in StyleGAN2; here
        weights and styles are brought to unit size first, and divided by the usual magnitude of the input.

        The original averages the styles' size over the batch. That cancels in the demodulation, but for its
        epsilon, so here each sample has its own size and does not depend on its batch.
        """
        w, layout = self._variable(layer.name + "/weight"), self._layout
        gain = tf.rsqrt(self._variable(layer.name + "/magnitude_ema"))
        if layer.is_torgb:
            x = x * conv.per_channel(style * (gain / float(np.sqrt(layer.in_channels))), layout)
        else:
            w = w * tf.rsqrt(tf.reduce_mean(tf.square(w), axis=[0, 1, 2]))
            style = style * tf.rsqrt(tf.reduce_mean(tf.square(style), axis=1, keepdims=True))
            x = x * conv.per_channel(style, layout)
        border = layer.kernel - 1
        x = conv.conv2d(conv.pad(x, (border, border), layout), w, layout, padding="VALID")
        if layer.is_torgb:
            return x
        energy = kept(tf.reduce_sum(tf.square(w), axis=[0, 1]))  # [I, O]
        size = tf.rsqrt(tf.matmul(tf.square(style), energy) + EPSILON) * gain
        return x * conv.per_channel(size, layout)


def _filtering(layer: LayerSpec) -> Filtering:
    axes = [
        Axis(
            size=layer.in_size[axis] + layer.kernel - 1,
            up=layer.up,
            low=layer.padding[2 * axis],
            up_taps=len(layer.up_filter),
            down=layer.down,
            down_taps=len(layer.down_filter),
            outputs=layer.out_size[axis],
        )
        for axis in (0, 1)
    ]
    return Filtering((axes[0], axes[1]), layer.up_filter, layer.down_filter, layer.clamp)
