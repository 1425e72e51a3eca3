"""The TensorFlow graph of BigGAN-deep (Brock, Donahue, Simonyan 2019, appendix B): inputs in, image and named
endpoints out. No session, no files.

Axis letters: N samples, L per-layer latents, C/H/W of a feature map. Endpoints carry the names of GANSpace's
modules; each can be fetched (only what it needs is computed) and most can be fed (only what follows is).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Tuple

import numpy as np
import tensorflow.compat.v1 as tf

from ganspace_tf.biggan.endpoints import EMBEDDINGS, GEN_Z, IMAGE, RGB
from ganspace_tf.biggan.record import BigGANRecord
from ganspace_tf.biggan.structure import BASE, Attention, Block
from nvlabs.networks.ops.conv import conv2d, per_channel, to_nchw

MakeVariable = Callable[[str, np.ndarray], Any]


@dataclass(frozen=True)
class Endpoint:
    """One named place in the network. tensor: what is fetched, feature maps as NCHW; inside: the tensor to
    feed, in the layout of the graph."""

    tensor: Any
    inside: Any


@dataclass(frozen=True)
class Inputs:
    """Placeholders. z: (N, 1 | L, latent); classes: (N, 1 | L, classes), one row serves all layers; means and
    scales: statistics of all batch norms one after another, scale = 1 / sqrt(variance + eps)."""

    z: Any
    classes: Any
    means: Any
    scales: Any


class GraphBuilder:
    """Builds the graph of one record in the current default graph.

    variable: (name, value) → variable tensor; layout: "NHWC" or "NCHW" of the feature maps inside.
    After `build`: inputs, endpoints (in the order of computation), image (N, 3, H, W).
    """

    def __init__(self, record: BigGANRecord, variable: MakeVariable, layout: str) -> None:
        self.record = record
        self.structure = record.structure
        self.layout = layout
        self.variable = variable
        self.endpoints: Dict[str, Endpoint] = OrderedDict()
        self.condition_weights: List[Any] = []
        s = self.structure
        total = sum(channels for _, channels in s.norms())
        self.inputs = Inputs(
            z=tf.placeholder(tf.float32, [None, None, s.latent_size], name="z"),
            classes=tf.placeholder(tf.float32, [None, None, s.n_classes], name="classes"),
            means=tf.placeholder(tf.float32, [total], name="means"),
            scales=tf.placeholder(tf.float32, [total], name="scales"),
        )

    def build(self) -> Any:
        """The image, (N, 3, H, W) in [-1, 1]."""
        self._embed()
        h = self._gen_z()
        used = 0
        for block in self.structure.blocks:
            if self.structure.attention is not None and self.structure.attention.layer == block.layer - 1:
                h = self._attention(self.structure.attention, h)
            width = sum(block.norm_channels)
            h = self._block(block, h, used)
            used += width
        return self._image(h, used)

    # ------------------------------------------------------------------ condition

    def _embed(self) -> None:
        """Class embedding, (N, 1 | L, embed): a product with the class weights, so mixtures are allowed."""
        s = self.structure
        table = self.variable("embeddings/weight", self.record.arrays["embeddings.weight"])
        flat = tf.matmul(tf.reshape(self.inputs.classes, [-1, s.n_classes]), table)
        rows = tf.shape(self.inputs.classes)[1]
        self.embedded = tf.reshape(flat, [-1, rows, s.embed_size])
        self._add(EMBEDDINGS, flat)

    def _condition(self, latent: int) -> Any:
        """(N, condition): latent first, then class embedding, of one layer."""
        parts = []
        for rows in (self.inputs.z, self.embedded):
            which = tf.minimum(latent, tf.shape(rows)[1] - 1)
            parts.append(rows[:, which])
        return tf.concat(parts, axis=1)

    def _gen_z(self) -> Any:
        s = self.structure
        weight = self.variable("gen_z/weight", self.record.weight(GEN_Z))
        self.condition_weights.append(weight)
        bias = self.variable("gen_z/bias", self.record.arrays[GEN_Z + ".bias"])
        flat = tf.nn.bias_add(tf.matmul(self._condition(0), weight), bias)
        flat = self._add(GEN_Z, flat)
        h = tf.reshape(flat, [-1, BASE, BASE, s.base_channels])  # row, column, channel in the file
        return h if self.layout == "NHWC" else tf.transpose(h, [0, 3, 1, 2])

    # ------------------------------------------------------------------ blocks

    def _affine(self, block: Block, used: int) -> List[Tuple[Any, Any]]:
        """(gain, shift), each (N, C), of the four batch norms of a block: a batch norm with given statistics
        is x * gain + shift with gain = (1 + scale) / std and shift = offset - mean * gain."""
        names = ["{}.bn_{}".format(block.path, j) for j in range(4)]
        weights = [self.record.weight(n + part) for part in (".scale", ".offset") for n in names]
        joint = self.variable("layer{}/norms".format(block.layer), np.concatenate(weights, axis=1))
        self.condition_weights.append(joint)
        products = tf.split(
            tf.matmul(self._condition(block.latent), joint), list(block.norm_channels) * 2, axis=1
        )
        affine = []
        for j, channels in enumerate(block.norm_channels):
            scale = self._add(names[j] + ".scale", products[j])
            offset = self._add(names[j] + ".offset", products[4 + j])
            gain = (1.0 + scale) * self.inputs.scales[used : used + channels]
            affine.append((gain, offset - self.inputs.means[used : used + channels] * gain))
            used += channels
        return affine

    def _block(self, block: Block, h: Any, used: int) -> Any:
        affine = self._affine(block, used)
        x = h
        for j in range(4):
            gain, shift = affine[j]
            x = x * per_channel(gain, self.layout) + per_channel(shift, self.layout)
            x = self._add_map("{}.bn_{}".format(block.path, j), x)
            x = tf.nn.relu(x)
            if j == 1 and block.up:
                x = self._double(x)
            x = self._conv("{}.conv_{}".format(block.path, j), x)
        skip = h
        if block.channels_out < block.channels_in:
            skip = h[..., : block.channels_out] if self.layout == "NHWC" else h[:, : block.channels_out]
        if block.up:
            skip = self._double(skip)
        return self._add_map(block.path, x + skip)

    def _conv(self, name: str, x: Any) -> Any:
        weight = self.variable(name.replace("generator.", "") + "/weight", self.record.weight(name))
        x = conv2d(x, weight, self.layout)
        if name + ".bias" in self.record.arrays:
            bias = self.variable(name.replace("generator.", "") + "/bias", self.record.arrays[name + ".bias"])
            x = tf.nn.bias_add(x, bias, data_format=self.layout)
        return self._add_map(name, x)

    def _double(self, x: Any) -> Any:
        """Nearest-neighbour upsampling: every pixel becomes a 2x2 square of itself."""
        first, second = (1, 2) if self.layout == "NHWC" else (2, 3)
        sizes = x.shape.as_list()
        shape = [-1] + sizes[1:]
        shape[first], shape[second] = 2 * sizes[first], 2 * sizes[second]
        spread = tf.expand_dims(tf.expand_dims(x, first + 1), second + 2)
        repeats = [1] * 6
        repeats[first + 1] = repeats[second + 2] = 2
        return tf.reshape(tf.tile(spread, repeats), shape)

    def _attention(self, a: Attention, h: Any) -> Any:
        """Self-attention (Zhang et al. 2019): every pixel looks at the pooled pixels, added with weight
        gamma."""
        pixels, pooled = a.side * a.side, a.side * a.side // 4
        path = a.path + ".snconv1x1_"
        theta = self._pixels(self._conv(path + "theta", h), pixels, a.keys)
        phi = self._pixels(self._pool(self._conv(path + "phi", h)), pooled, a.keys)
        g = self._pixels(self._pool(self._conv(path + "g", h)), pooled, a.values)
        weights = tf.nn.softmax(tf.matmul(theta, phi, transpose_b=True))
        weights = self._add(a.path + ".softmax", weights)
        mixed = tf.reshape(tf.matmul(weights, g), [-1, a.side, a.side, a.values])
        if self.layout == "NCHW":
            mixed = tf.transpose(mixed, [0, 3, 1, 2])
        gamma = self.variable("attention/gamma", self.record.arrays[a.path + ".gamma"])
        out = h + gamma[0] * self._conv(path + "o_conv", mixed)
        return self._add_map(a.path, out)

    def _pixels(self, x: Any, pixels: int, channels: int) -> Any:
        """(N, pixels, C), row by row."""
        x = x if self.layout == "NHWC" else tf.transpose(x, [0, 2, 3, 1])
        return tf.reshape(x, [-1, pixels, channels])

    def _pool(self, x: Any) -> Any:
        sizes = [1, 2, 2, 1] if self.layout == "NHWC" else [1, 1, 2, 2]
        return tf.nn.max_pool(x, sizes, sizes, "VALID", data_format=self.layout)

    # ------------------------------------------------------------------ image

    def _image(self, h: Any, used: int) -> Any:
        """Last batch norm, ReLU, convolution to as many channels as it has inputs, of which the first three
        are the image. The others are computed only where that endpoint is fetched."""
        arrays = self.record.arrays
        gain = self.variable("bn/scale", arrays["generator.bn.scale"]) * self.inputs.scales[used:]
        shift = self.variable("bn/offset", arrays["generator.bn.offset"]) - self.inputs.means[used:] * gain
        x = h * per_channel(gain, self.layout) + per_channel(shift, self.layout)
        x = self._add_map("generator.bn", x)
        x = self._add_map("generator.relu", tf.nn.relu(x))
        value, bias = self.record.weight(RGB), arrays[RGB + ".bias"]
        first = self.variable("conv_to_rgb/weight", value[..., :3])
        rgb = conv2d(x, first, self.layout)
        rgb = tf.nn.bias_add(rgb, self.variable("conv_to_rgb/bias", bias[:3]), data_format=self.layout)
        rgb = tf.identity(rgb)
        rest = conv2d(x, self.variable("conv_to_rgb/weight_rest", value[..., 3:]), self.layout)
        rest = tf.nn.bias_add(rest, self.variable("conv_to_rgb/bias_rest", bias[3:]), data_format=self.layout)
        whole = tf.concat([to_nchw(rgb, self.layout), to_nchw(rest, self.layout)], axis=1)
        self.endpoints[RGB] = Endpoint(whole, rgb)
        image = to_nchw(tf.tanh(rgb), self.layout)
        self._add(IMAGE, image)
        return image

    # ------------------------------------------------------------------ endpoints

    def _add(self, name: str, tensor: Any) -> Any:
        """Register a tensor that has the same form inside and outside."""
        self.endpoints[name] = Endpoint(tensor, tensor)
        return tensor

    def _add_map(self, name: str, tensor: Any) -> Any:
        """Register a feature map, which is NCHW outside."""
        self.endpoints[name] = Endpoint(to_nchw(tensor, self.layout), tensor)
        return tensor
