"""The places inside the network that can be read and fed, by the names of GANSpace's modules."""

from __future__ import annotations

from collections import OrderedDict
from typing import Dict

from ganspace_tf.biggan.structure import BASE, Attention, Block, Shape, Structure

EMBEDDINGS = "embeddings"
GEN_Z = "generator.gen_z"
RGB = "generator.conv_to_rgb"
IMAGE = "generator.tanh"


def endpoint_shapes(structure: Structure) -> Dict[str, Shape]:
    """name → shape without the batch axis, (C, H, W) or (D,), in the order of computation."""
    s, side = structure, structure.resolution
    shapes: Dict[str, Shape] = OrderedDict()
    shapes[EMBEDDINGS] = (s.embed_size,)
    shapes[GEN_Z] = (BASE * BASE * s.base_channels,)
    for block in s.blocks:
        if s.attention is not None and s.attention.layer == block.layer - 1:
            shapes.update(_attention(s.attention))
        shapes.update(_block(block))
    shapes["generator.bn"] = shapes["generator.relu"] = shapes[RGB] = (s.channels, side, side)
    shapes[IMAGE] = (3, side, side)
    return shapes


def _block(block: Block) -> Dict[str, Shape]:
    shapes: Dict[str, Shape] = OrderedDict()
    outputs = block.norm_channels[1:] + (block.channels_out,)
    before = block.side // 2 if block.up else block.side
    for j, channels in enumerate(block.norm_channels):
        for part in ("scale", "offset"):
            shapes["{}.bn_{}.{}".format(block.path, j, part)] = (channels,)
    for j, channels in enumerate(block.norm_channels):
        side = before if j < 2 else block.side
        shapes["{}.bn_{}".format(block.path, j)] = (channels, side, side)
        side = before if j < 1 else block.side  # the side doubles between bn_1 and conv_1
        shapes["{}.conv_{}".format(block.path, j)] = (outputs[j], side, side)
    shapes[block.path] = (block.channels_out, block.side, block.side)
    return shapes


def _attention(a: Attention) -> Dict[str, Shape]:
    shapes: Dict[str, Shape] = OrderedDict()
    for part, channels in (("theta", a.keys), ("phi", a.keys), ("g", a.values)):
        shapes["{}.snconv1x1_{}".format(a.path, part)] = (channels, a.side, a.side)
    shapes[a.path + ".softmax"] = (a.side * a.side, a.side * a.side // 4)
    shapes[a.path + ".snconv1x1_o_conv"] = shapes[a.path] = (a.channels, a.side, a.side)
    return shapes
