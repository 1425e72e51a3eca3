"""What a BigGAN-deep generator is made of, worked out from the shapes of its variables.

Layer i of GANSpace's `generator.layers.<i>` counts the attention block; block b of the TF-Hub names
(`GBlock_<b>`) does not. Arrays are named after GANSpace's modules and have TensorFlow's layout: dense
weights (in, out), convolutions (kh, kw, in, out).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ganspace_tf.biggan.errors import BigGANFileError

Shape = Tuple[int, ...]
Shapes = Mapping[str, Shape]

KERNELS = (1, 3, 3, 1)  # of the four convolutions of a block
BASE = 4  # side of the first feature map
PUBLISHED_ATTENTION = 8  # layer of the attention block in the published networks
MAX_BLOCKS, MAX_SIDE = 64, 4096  # more than that is a damaged file, not a network


class Module(NamedTuple):
    """A weight under spectral norm. path: GANSpace's name; scope: TF-Hub's; bias: whether it has one."""

    path: str
    scope: str
    conv: bool
    bias: bool


@dataclass(frozen=True)
class Block:
    """A residual block: I → M → M → M → O channels, side: of its output, latent: which per-layer latent."""

    index: int
    layer: int
    up: bool
    channels_in: int
    middle: int
    channels_out: int
    side: int

    @property
    def latent(self) -> int:
        return self.index + 1

    @property
    def path(self) -> str:
        return "generator.layers.{}".format(self.layer)

    @property
    def norm_channels(self) -> Tuple[int, ...]:
        """Channels of its four batch norms."""
        return (self.channels_in, self.middle, self.middle, self.middle)


@dataclass(frozen=True)
class Attention:
    """The self-attention block. keys and values: widths of theta/phi and of g; side: of the feature map."""

    layer: int
    channels: int
    keys: int
    values: int
    side: int

    @property
    def path(self) -> str:
        return "generator.layers.{}".format(self.layer)


@dataclass(frozen=True)
class Structure:
    """Everything but the weights. n_stats: rows of the statistics tables, for truncation 0 … 1."""

    n_classes: int
    latent_size: int
    embed_size: int
    blocks: Tuple[Block, ...]
    attention: Optional[Attention]
    n_stats: int
    eps: float

    @property
    def condition_size(self) -> int:
        return self.latent_size + self.embed_size

    @property
    def n_latents(self) -> int:
        return 1 + len(self.blocks)

    @property
    def base_channels(self) -> int:
        return self.blocks[0].channels_in

    @property
    def channels(self) -> int:
        """Channels of the last feature map, ch."""
        return self.blocks[-1].channels_out

    @property
    def resolution(self) -> int:
        return self.blocks[-1].side

    @property
    def attention_layer(self) -> Optional[int]:
        return None if self.attention is None else self.attention.layer

    def norms(self) -> List[Tuple[str, int]]:
        """(path, channels) of every batch norm in the order of execution."""
        inner = [
            ("{}.bn_{}".format(block.path, j), channels)
            for block in self.blocks
            for j, channels in enumerate(block.norm_channels)
        ]
        return inner + [("generator.bn", self.channels)]


def block_layer(index: int, attention_layer: Optional[int]) -> int:
    """`generator.layers` index of block `index`."""
    return index + (attention_layer is not None and index >= attention_layer)


def default_attention(n_blocks: int) -> int:
    """Where the attention block sits if the file does not say: layer 8 in the published networks, at 64x64;
    in a network of fewer blocks before the last two, which is the same place at 128x128."""
    return max(0, min(PUBLISHED_ATTENTION, n_blocks - 2))


def modules(n_blocks: int, attention_layer: Optional[int]) -> List[Module]:
    """Every weight that is divided by its spectral norm."""
    found = [Module("generator.gen_z", "Generator/GenZ/G_linear", False, True)]
    for index in range(n_blocks):
        path = "generator.layers.{}".format(block_layer(index, attention_layer))
        scope = "Generator/GBlock" + _suffix(index)
        for j in range(4):
            norm, tf_norm = "{}.bn_{}".format(path, j), "{}/BatchNorm{}".format(scope, _suffix(j))
            found += [Module("{}.{}".format(norm, part), "{}/{}".format(tf_norm, part), False, False)
                      for part in ("offset", "scale")]  # fmt: skip
        for j in range(4):
            found.append(Module("{}.conv_{}".format(path, j), "{}/conv{}".format(scope, j), True, True))
    if attention_layer is not None:
        for part in ("theta", "phi", "g", "o_conv"):
            path = "generator.layers.{}.snconv1x1_{}".format(attention_layer, part)
            found.append(Module(path, "Generator/attention/" + part, True, False))
    return found + [Module("generator.conv_to_rgb", "Generator/conv_to_rgb", True, True)]


def _suffix(index: int) -> str:
    return "_{}".format(index) if index else ""


def variable_shapes(structure: Structure) -> Dict[str, Shape]:
    """name → shape of every variable that a network of this structure has: `<module>.weight`, `.bias`, the
    embedding, the last batch norm, gamma and the statistics tables `<norm>.means`, `<norm>.variances`."""
    s = structure
    shapes: Dict[str, Shape] = OrderedDict()
    shapes["embeddings.weight"] = (s.n_classes, s.embed_size)
    width = BASE * BASE * s.base_channels
    shapes["generator.gen_z.weight"], shapes["generator.gen_z.bias"] = (s.condition_size, width), (width,)
    for block in s.blocks:
        sizes = (block.channels_in, block.middle, block.middle, block.middle, block.channels_out)
        for j, channels in enumerate(block.norm_channels):
            for part in ("scale", "offset"):
                name = "{}.bn_{}.{}.weight".format(block.path, j, part)
                shapes[name] = (s.condition_size, channels)
        for j, kernel in enumerate(KERNELS):
            name = "{}.conv_{}".format(block.path, j)
            shapes[name + ".weight"] = (kernel, kernel, sizes[j], sizes[j + 1])
            shapes[name + ".bias"] = (sizes[j + 1],)
    if s.attention is not None:
        a, path = s.attention, s.attention.path + ".snconv1x1_"
        for part, width in (("theta", a.keys), ("phi", a.keys), ("g", a.values)):
            shapes[path + part + ".weight"] = (1, 1, a.channels, width)
        shapes[path + "o_conv.weight"] = (1, 1, a.values, a.channels)
        shapes[a.path + ".gamma"] = (1,)
    shapes["generator.bn.scale"] = shapes["generator.bn.offset"] = (s.channels,)
    shapes["generator.conv_to_rgb.weight"] = (3, 3, s.channels, s.channels)
    shapes["generator.conv_to_rgb.bias"] = (s.channels,)
    for path, channels in s.norms():
        shapes[path + ".means"] = shapes[path + ".variances"] = (s.n_stats, channels)
    return shapes


def planned_structure(
    outputs: Sequence[int],
    n_classes: int,
    latent_size: int,
    embed_size: int,
    n_stats: int = 51,
    eps: float = 1e-4,
) -> Structure:
    """The structure of a network whose blocks give these channels, as the published ones are built: every
    second block doubles the side, the middle of a block is a quarter of its input, and the attention block
    sits where `default_attention` says, with keys an eighth and values half as wide as the feature map.
    """
    at = default_attention(len(outputs))
    blocks, channels, side = [], outputs[0], BASE
    for index, width in enumerate(outputs):
        up = bool(index % 2)
        side *= 2 if up else 1
        blocks.append(Block(index, block_layer(index, at), up, channels, channels // 4, width, side))
        channels = width
    width, side = (blocks[at - 1].channels_out, blocks[at - 1].side) if at else (outputs[0], BASE)
    attention = Attention(at, width, max(1, width // 8), width // 2, side)
    return Structure(n_classes, latent_size, embed_size, tuple(blocks), attention, n_stats, eps)


def structure_of(
    where: str,
    shapes: Shapes,
    upsample: Optional[Sequence[bool]] = None,
    eps: float = 1e-4,
) -> Structure:
    """The structure of a network whose variables have these shapes.

    where: the file, for messages; upsample: which blocks double the side (by default every second one, as in
    all published networks). Raises BigGANFileError naming the first variable that is missing, in excess or of
    another shape than the rest of the network asks for.
    """
    layers = sorted(int(name.split(".")[2]) for name in shapes if name.endswith(".conv_0.weight"))
    found = [int(name.split(".")[2]) for name in shapes if name.endswith(".snconv1x1_theta.weight")]
    at = found[0] if found else None
    in_place = at is None or at < len(layers)
    expected = [block_layer(b, at) for b in range(len(layers))]
    if not 1 <= len(layers) <= MAX_BLOCKS or layers != expected or not in_place:
        raise BigGANFileError(
            "{}: not BigGAN-deep, its residual blocks are {}".format(where, layers or "missing")
        )
    ups = [bool(b % 2) for b in range(len(layers))] if upsample is None else list(upsample)
    if len(ups) != len(layers):
        raise BigGANFileError("{}: {} blocks, but {} are described".format(where, len(layers), len(ups)))
    blocks: List[Block] = []
    side = BASE
    for index, (layer, up) in enumerate(zip(layers, ups)):
        path = "generator.layers.{}.conv_".format(layer)
        first, last = _shape(where, shapes, path + "0.weight", 4), _shape(where, shapes, path + "3.weight", 4)
        side *= 2 if up else 1
        blocks.append(Block(index, layer, up, first[2], first[3], last[3], side))
    if side > MAX_SIDE:
        raise BigGANFileError("{}: images of {} pixels are not plausible".format(where, side))
    classes, embed = _shape(where, shapes, "embeddings.weight", 2)
    condition = _shape(where, shapes, "generator.gen_z.weight", 2)[0]
    stats = _shape(where, shapes, blocks[0].path + ".bn_0.means", 2)[0]
    attention = None if at is None else _attention(where, shapes, at, blocks)
    structure = Structure(classes, condition - embed, embed, tuple(blocks), attention, stats, eps)
    _check(where, structure, shapes)
    return structure


def _attention(where: str, shapes: Shapes, layer: int, blocks: Sequence[Block]) -> Attention:
    path = "generator.layers.{}.snconv1x1_".format(layer)
    theta, g = (_shape(where, shapes, path + part + ".weight", 4) for part in ("theta", "g"))
    side = blocks[layer - 1].side if layer else BASE
    return Attention(layer, theta[2], theta[3], g[3], side)


def _shape(where: str, shapes: Shapes, name: str, rank: int) -> Shape:
    if name not in shapes:
        raise BigGANFileError("{}: variable {} is missing".format(where, name))
    if len(shapes[name]) != rank or not all(size > 0 for size in shapes[name]):
        raise BigGANFileError("{}: variable {} has shape {}".format(where, name, shapes[name]))
    return shapes[name]


def _check(where: str, structure: Structure, shapes: Shapes) -> None:
    """Compare with what the structure asks for, and the channels from block to block."""
    channels = structure.base_channels
    for block in structure.blocks:
        at = structure.attention
        if at is not None and at.layer == block.layer - 1 and at.channels != channels:
            text = "{}: the attention block has {} channels at layer {}, where the network has {}"
            raise BigGANFileError(text.format(where, at.channels, at.layer, channels))
        if block.channels_in != channels or block.channels_out > channels:
            text = "{}: {} takes {} channels and gives {}, but gets {}"
            sizes = (block.channels_in, block.channels_out, channels)
            raise BigGANFileError(text.format(where, block.path, *sizes))
        channels = block.channels_out
    if structure.latent_size < 1 or structure.n_stats < 2:
        text = "{}: a latent of {} numbers and {} rows of statistics make no network"
        raise BigGANFileError(text.format(where, structure.latent_size, structure.n_stats))
    wanted = variable_shapes(structure)
    for name, shape in wanted.items():
        if name not in shapes:
            raise BigGANFileError("{}: variable {} is missing".format(where, name))
        if tuple(shapes[name]) != shape:
            text = "{}: variable {} has shape {}; the network asks for {}"
            raise BigGANFileError(text.format(where, name, tuple(shapes[name]), shape))
    extra = [name for name in shapes if name not in wanted]
    if extra:
        raise BigGANFileError("{}: variable {} does not belong to BigGAN-deep".format(where, extra[0]))
