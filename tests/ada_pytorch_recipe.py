"""StyleGAN2-ADA-PyTorch generators with seeded weights, as modules to be written."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, NamedTuple, Optional

import numpy as np

from tests.persistent_writer import Module
from tests.stylegan3_recipe import dense, draw, mapping

SQRT2 = float(np.sqrt(2))


class Design(NamedTuple):
    """What a network is made from. taps: of the resampling filter: a list, a table, or None for none."""

    resolution: int = 16
    channels: int = 3
    z_dim: int = 8
    w_dim: int = 6
    c_dim: int = 0
    channel_base: int = 64
    channel_max: int = 8
    architecture: str = "skip"
    activation: str = "lrelu"
    clamp: Optional[float] = None
    use_noise: bool = True
    taps: Any = (1, 3, 3, 1)
    mapping_layers: int = 2
    half_resolutions: int = 2

    @property
    def sizes(self) -> list:
        return [4 << stage for stage in range(self.resolution.bit_length() - 2)]

    def width(self, size: int) -> int:
        return min(self.channel_base // size, self.channel_max)


def filter_of(taps: Any) -> np.ndarray:
    """The buffer that the original makes of taps: fewer than 8 in a row become a table; all sum to one."""
    made = np.asarray([1.0] if taps is None else taps, np.float32)
    if made.ndim == 1 and len(made) < 8:
        made = np.outer(made, made)
    return made / made.sum()


def generator(d: Design, seed: int = 0) -> Module:
    """A generator whose pictures have a standard deviation near 0.5."""
    random = np.random.RandomState(seed)
    blocks = OrderedDict(("b%d" % size, _block(d, size, random)) for size in d.sizes)
    shared = {"w_dim": d.w_dim, "num_ws": 2 * len(d.sizes)}
    shared.update(img_resolution=d.resolution, img_channels=d.channels)
    synthesis = Module("SynthesisNetwork", dict(shared, block_resolutions=d.sizes), modules=blocks)
    parts = OrderedDict(synthesis=synthesis, mapping=mapping(d, random, 2 * len(d.sizes)))
    return Module("Generator", dict(shared, z_dim=d.z_dim, c_dim=d.c_dim), modules=parts)


def discriminator(seed: int = 1) -> Module:
    """Something with the class name and a few variables of a discriminator."""
    random = np.random.RandomState(seed)
    convolution = Module(
        "Conv2dLayer",
        {"up": 1},
        {"weight": draw(random, (4, 3, 1, 1)), "bias": None},
        {"resample_filter": None},
    )
    block = Module("DiscriminatorBlock", {"resolution": 16}, modules={"fromrgb": convolution})
    return Module("Discriminator", {"c_dim": 0}, modules={"b16": block})


def _block(d: Design, size: int, random: Any) -> Module:
    width, before, last = d.width(size), d.width(max(size // 2, 4)), size == d.resolution
    parameters, modules = {}, OrderedDict()
    if size == 4:
        parameters["const"] = draw(random, (width, 4, 4))
    else:
        modules["conv0"] = _layer(d, size, before, width, random, up=2)
    modules["conv1"] = _layer(d, size, width, width, random, up=1)
    if last or d.architecture == "skip":
        modules["torgb"] = _to_rgb(d, width, random)
    if size > 4 and d.architecture == "resnet":
        facts = {"up": 2, "activation": "linear", "weight_gain": 1 / np.sqrt(before), "act_gain": 1}
        modules["skip"] = Module(
            "Conv2dLayer",
            facts,
            {"weight": draw(random, (width, before, 1, 1))},
            {"resample_filter": filter_of(d.taps)},
        )
    half = size >= d.resolution >> (d.half_resolutions - 1) and size > 4
    attributes = {"resolution": size, "architecture": d.architecture, "use_fp16": half}
    return Module("SynthesisBlock", attributes, parameters, {"resample_filter": filter_of(d.taps)}, modules)


def _layer(d: Design, size: int, inputs: int, outputs: int, random: Any, up: int) -> Module:
    parameters = {
        "weight": draw(random, (outputs, inputs, 3, 3)),
        "bias": draw(random, (outputs,), 0.2),
    }
    # a convolution that does not enlarge keeps the usual filter, which it never looks at
    buffers = {"resample_filter": filter_of(d.taps if up == 2 else (1, 3, 3, 1))}
    if d.use_noise:
        parameters["noise_strength"] = np.float32(0.3 * random.standard_normal())
        buffers["noise_const"] = draw(random, (size, size))
    attributes = {
        "resolution": size,
        "up": up,
        "use_noise": d.use_noise,
        "activation": d.activation,
        "conv_clamp": d.clamp,
        "act_gain": SQRT2,
    }
    affine = {"affine": dense(random, d.w_dim, inputs)}
    return Module("SynthesisLayer", attributes, parameters, buffers, affine)


def _to_rgb(d: Design, width: int, random: Any) -> Module:
    attributes = {"conv_clamp": d.clamp, "weight_gain": 1 / np.sqrt(width)}
    parameters = {
        "weight": draw(random, (d.channels, width, 1, 1), 0.4),
        "bias": draw(random, (d.channels,), 0.2),
    }
    return Module("ToRGBLayer", attributes, parameters, modules={"affine": dense(random, d.w_dim, width)})
