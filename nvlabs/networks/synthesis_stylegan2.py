"""The synthesis network of StyleGAN2 and StyleGAN2-ADA (Karras et al. 2020, figures 2d and 7), all
architectures.

'skip' adds up the RGB of every resolution, 'resnet' has residual blocks, 'orig' neither; 'revised' (configs b
to d) is 'orig' with StyleGAN's progressive growing.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Dict, Optional, Sequence

import numpy as np
import tensorflow.compat.v1 as tf

from nvlabs.describing.endpoints import STYLES
from nvlabs.describing.spec import SynthesisSpec
from nvlabs.describing.styles import style_layers
from nvlabs.networks.mapping import GetVariable, Mark
from nvlabs.networks.ops import conv
from nvlabs.networks.ops.dense import ACTIVATIONS, dense, runtime_scale
from nvlabs.networks.ops.modulated import modulated_conv
from nvlabs.networks.ops.names import layer_scope
from nvlabs.networks.ops.resample import upsample_2d, upsample_conv_2d, upsample_nearest
from nvlabs.networks.synthesis_stylegan1 import grow

SQRT_HALF = float(1 / np.sqrt(2))


class StyleGAN2Synthesis:
    """Builds dlatents (N, L, D) → images (N, C, H, W); the two images differ only for 'revised' with lod
    above 0."""

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
        self._activation = ACTIVATIONS[spec.nonlinearity]
        self._styles = self._all_styles()
        images: Any = None
        x: Any = None
        for log2 in range(2, spec.resolution_log2 + 1):
            x = self._block(x, log2) if log2 > 2 else self._first_block()
            if spec.architecture in ("skip", "revised") or log2 == spec.resolution_log2:
                images = self._add_rgb(images, x, log2)
        self.grown_images = conv.to_nchw(images, layout)
        self.fixed_images = self.grown_images
        if spec.architecture == "revised":
            self.fixed_images = conv.to_nchw(self._last_rgb, layout)

    def _first_block(self) -> Any:
        first = self._spec.block(2)
        constant = conv.from_nchw(self._variable(first + "/Const/const"), self._layout)
        x = tf.tile(constant, [tf.shape(self._dlatents)[0], 1, 1, 1])
        x = self._mark(first + "/Const", x)
        return self._mark(first + "/Conv", self._layer(x, first + "/Conv", 0))

    def _block(self, x: Any, log2: int) -> Any:
        """Conv0_up and Conv1 of one resolution, with the residual connection of 'resnet'."""
        size = self._spec.block(log2) + "/"
        block_input = x
        x = self._mark(size + "Conv0_up", self._layer(x, size + "Conv0_up", 2 * log2 - 5, upsample=True))
        x = self._mark(size + "Conv1", self._layer(x, size + "Conv1", 2 * log2 - 4))
        if self._spec.architecture != "resnet":
            return x
        weight = self._variable(size + "Skip/weight")
        weight = weight * runtime_scale(weight.shape.as_list())
        skip = upsample_conv_2d(block_input, weight, self._spec.resample_kernel, self._layout)
        return self._mark(size + "Skip", self._join(2**log2, x, skip))

    def _join(self, size: int, x: Any, skip: Any) -> Any:
        """The two ways through a residual block of `size` pixels, at the magnitude of one."""
        return (x + skip) * SQRT_HALF

    def _all_styles(self) -> Dict[str, Any]:
        """The style of every layer by its scope. Together they are an endpoint, (N, S): fetched, a point of
        the S space; fed, an edit of it.
        """
        styles = OrderedDict(
            (layer.scope, self._style(layer.scope, layer.reads)) for layer in style_layers(self._spec)
        )
        parts = list(styles.values())
        self._mark(STYLES, tf.concat(parts, axis=1), parts)
        return styles

    def _style(self, scope: str, layer: int) -> Any:
        """Affine map of w_l; +1 so that zero means 'leave the weights alone'. Called `<scope>/add`, the name
        by which style channels are found in the official graphs."""
        style = dense(self._dlatents[:, layer], self._variable(scope + "/mod_weight"))
        style = style + self._variable(scope + "/mod_bias")
        with layer_scope(scope):
            return tf.add(style, 1.0, name="add")

    def _layer(self, x: Any, scope: str, layer: int, upsample: bool = False) -> Any:
        """Modulated convolution, noise, bias, activation and its gain, clamp.

        Leaky ReLU commutes with a positive factor, so its gain goes onto the small tensors in front of it:
            one pass over
        the feature map less.
        """
        spec, layout = self._spec, self._layout
        early = self._activation.gain if self._activation.homogeneous else 1.0
        late = self._activation.gain / early
        style = self._styles[scope]
        weight = self._variable(scope + "/weight")
        x = modulated_conv(x, weight, style, layout, True, early, upsample, spec.resample_kernel)
        if spec.use_noise:
            strength = self._variable(scope + "/noise_strength") * early
            x = x + conv.single_channel(self._noise[layer], layout) * strength
        bias = self._variable(scope + "/bias") * early
        x = self._activation.function(tf.nn.bias_add(x, bias, data_format=layout))
        return self._clamp(x if late == 1.0 else x * late)

    def _clamp(self, x: Any) -> Any:
        """ADA's conv_clamp, meant to keep float16 finite; it changes values wherever it bites."""
        limit: Optional[float] = self._spec.conv_clamp
        return x if limit is None else tf.clip_by_value(x, -limit, limit)

    def _to_rgb(self, x: Any, scope: str) -> Any:
        """1 x 1, modulated but not demodulated, no noise and no activation."""
        weight, style = self._variable(scope + "/weight"), self._styles[scope]
        rgb = modulated_conv(x, weight, style, self._layout, demodulate=False)
        bias = conv.per_channel(self._variable(scope + "/bias"), self._layout)
        return self._clamp(rgb + bias)

    def _add_rgb(self, images: Any, x: Any, log2: int) -> Any:
        """Adds this resolution's RGB to the doubled image so far, or blends the two ('revised')."""
        if self._spec.architecture == "revised":
            return self._grow(images, x, log2)
        size = self._spec.block(log2) + "/"
        rgb = self._own_rgb(2**log2, self._to_rgb(x, size + "ToRGB"))
        if images is not None:
            doubled = upsample_2d(images, self._spec.resample_kernel, self._layout)
            rgb = self._mark(size + "Upsample", doubled) + rgb
        return self._mark(size + "ToRGB", rgb)

    def _own_rgb(self, size: int, rgb: Any) -> Any:
        """A resolution's own RGB, before the picture so far is added."""
        return rgb

    def _grow(self, images: Any, x: Any, log2: int) -> Any:
        lod = self._spec.resolution_log2 - log2
        self._last_rgb = self._mark("ToRGB_lod%d" % lod, self._to_rgb(x, "ToRGB_lod%d" % lod))
        if images is None:
            return self._last_rgb
        doubled = self._mark("Upsample_lod%d" % lod, upsample_nearest(images, self._layout))
        return self._mark("Grow_lod%d" % lod, grow(self._last_rgb, doubled, self._variable("lod"), lod))


class PyTorchStyleGAN2Synthesis(StyleGAN2Synthesis):
    """The same network, with what the PyTorch editions can show besides: 'b8.torgb' (a resolution's own RGB),
    'b8.conv1' and 'b8.skip' (the two ways through a residual block at their final magnitude).
    """

    def _join(self, size: int, x: Any, skip: Any) -> Any:
        x = self._mark("b%d.conv1" % size, x * SQRT_HALF)
        return x + self._mark("b%d.skip" % size, skip * SQRT_HALF)

    def _own_rgb(self, size: int, rgb: Any) -> Any:
        return self._mark("b%d.torgb" % size, rgb)
