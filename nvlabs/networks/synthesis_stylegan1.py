"""The synthesis network of StyleGAN (Karras et al. 2019, figure 1b): one style, one noise map per layer,
growing RGB."""

from __future__ import annotations

from typing import Any, Sequence

import numpy as np
import tensorflow.compat.v1 as tf

from nvlabs.describing.spec import SynthesisSpec
from nvlabs.networks.mapping import GetVariable, Mark
from nvlabs.networks.ops import conv
from nvlabs.networks.ops.dense import ACTIVATIONS, dense, normalize_2nd_moment, runtime_scale
from nvlabs.networks.ops.resample import blur_2d, upsample_nearest, upscale_conv_2d

SQRT2 = float(np.sqrt(2))


class StyleGAN1Synthesis:
    """Builds dlatents (N, L, D) → images (N, C, H, W); `fixed_images` ignores `lod`, `grown_images` blends by
    it."""

    transform = None  # its input is a constant, which cannot be moved

    def __init__(
        self,
        spec: SynthesisSpec,
        variable: GetVariable,
        dlatents: Any,
        noise: Sequence[Any],
        layout: str,
        mark: Mark,
    ):
        self._spec, self._variable, self._layout, self._mark = spec, variable, layout, mark
        self._dlatents, self._noise = dlatents, noise
        images: Any = None
        x: Any = None
        for log2 in range(2, spec.resolution_log2 + 1):
            x = self._block(x, log2) if log2 > 2 else self._first_block()
            lod = spec.resolution_log2 - log2
            rgb = mark("ToRGB_lod%d" % lod, self._to_rgb(x, lod))
            images = rgb if images is None else self._grow(images, rgb, lod)
        self.grown_images = conv.to_nchw(images, layout)
        self.fixed_images = conv.to_nchw(rgb, layout)

    def _first_block(self) -> Any:
        const, scope = self._spec.block(2) + "/Const", self._spec.block(2) + "/Conv"
        constant = conv.from_nchw(self._variable(const + "/const"), self._layout)
        x = tf.tile(constant, [tf.shape(self._dlatents)[0], 1, 1, 1])
        x = self._mark(const, self._epilogue(x, const, 0))
        x = conv.conv2d(x, self._weight(scope, SQRT2), self._layout)
        return self._mark(scope, self._epilogue(x, scope, 1))

    def _block(self, x: Any, log2: int) -> Any:
        scope = self._spec.block(log2) + "/Conv0_up"
        x = upscale_conv_2d(x, self._weight(scope, SQRT2), self._spec.fused_scale[2**log2], self._layout)
        x = blur_2d(x, self._spec.blur_filter, self._layout)
        x = self._mark(scope, self._epilogue(x, scope, 2 * log2 - 4))
        scope = self._spec.block(log2) + "/Conv1"
        x = conv.conv2d(x, self._weight(scope, SQRT2), self._layout)
        return self._mark(scope, self._epilogue(x, scope, 2 * log2 - 3))

    def _weight(self, scope: str, gain: float) -> Any:
        """Effective weight. The gain of the following activation is inside it, unlike in StyleGAN2."""
        weight = self._variable(scope + "/weight")
        return weight * runtime_scale(weight.shape.as_list(), gain, use_wscale=self._spec.use_wscale)

    def _epilogue(self, x: Any, scope: str, layer: int) -> Any:
        """Noise, bias, activation, normalisation, style, in this order: everything of a layer but its
        convolution."""
        spec, variable, layout = self._spec, self._variable, self._layout
        if spec.use_noise:
            strength = conv.per_channel(variable(scope + "/Noise/weight"), layout)
            x = x + conv.single_channel(self._noise[layer], layout) * strength
        x = x + conv.per_channel(variable(scope + "/bias"), layout)
        x = ACTIVATIONS[spec.nonlinearity].function(x)
        if spec.use_pixel_norm:
            x = normalize_2nd_moment(x, axis=conv.channel_axis(layout))
        size = None
        if spec.use_instance_norm:
            axes = list(conv.spatial_axes(layout))
            x = x - tf.reduce_mean(x, axis=axes, keepdims=True)
            size = tf.rsqrt(tf.reduce_mean(tf.square(x), axis=axes, keepdims=True) + spec.norm_epsilon)
        if not spec.use_styles:
            return x if size is None else x * size
        style = dense(
            self._dlatents[:, layer], variable(scope + "/StyleMod/weight"), use_wscale=spec.use_wscale
        )
        style = style + variable(scope + "/StyleMod/bias")
        scale, shift = tf.split(style, 2, axis=1)  # scales first, shifts second
        scale = conv.per_channel(scale + 1, layout)
        return x * (scale if size is None else size * scale) + conv.per_channel(shift, layout)

    def _to_rgb(self, x: Any, lod: int) -> Any:
        scope = "ToRGB_lod%d" % lod
        rgb = conv.conv2d(x, self._weight(scope, 1.0), self._layout)
        return rgb + conv.per_channel(self._variable(scope + "/bias"), self._layout)

    def _grow(self, images: Any, rgb: Any, lod: int) -> Any:
        """Progressive growing: the coarser image, doubled, fades out as `lod` falls below this
        resolution's."""
        step = self._spec.resolution_log2 - lod - 3
        doubled = upsample_nearest(images, self._layout)
        doubled = self._mark("Upscale2D_%d" % step if step else "Upscale2D", doubled)
        return self._mark("Grow_lod%d" % lod, grow(rgb, doubled, self._variable("lod"), lod))


def grow(rgb: Any, doubled: Any, lod_in: Any, lod: int) -> Any:
    """new + (old doubled - new) * clip(lod_in - lod, 0, 1): the blend of Progressive GAN, figure 2."""
    return rgb + (doubled - rgb) * tf.clip_by_value(lod_in - lod, 0.0, 1.0)
