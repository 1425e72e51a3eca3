"""StyleGAN2 and StyleGAN2-ADA generators of the PyTorch editions, as records of the TensorFlow ADA network.

The mathematics is the same. What differs: axes; up-convolutions and skip connections are stored turned by 180
degrees; the 1 that is added to every style is stored inside its bias; noise maps stand with their layers.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Dict, List, Tuple

import numpy as np

from nvlabs.errors import UnsupportedNetwork
from nvlabs.reading.pytorch.channels import channel_arguments
from nvlabs.reading.pytorch.dense import (
    GAINS,
    BuildFunctions,
    affine,
    check_number,
    generator_record,
)
from nvlabs.reading.pytorch.modules import TorchModule
from nvlabs.reading.records import NetworkRecord
from nvlabs.reading.torch_entries import convolution

FUNCTIONS = BuildFunctions("G_main", "G_synthesis", "G_mapping")
USUAL_TAPS = (1, 3, 3, 1)
ARCHITECTURES = ("skip", "resnet", "orig")
SIZES = [4 << stage for stage in range(10)]
OBLONG = (
    "not square; square networks of the PyTorch editions are read, and oblong ones of the TensorFlow editions"
)


def recognises(module: TorchModule) -> bool:
    """Whether a generator has the blocks of StyleGAN2."""
    synthesis = module.parts.get("synthesis")
    return synthesis is not None and "b4" in synthesis.parts and "mapping" in module.parts


def convert(module: TorchModule, name: str) -> NetworkRecord:
    """The record of a generator. Raises UnsupportedNetwork for what the official code cannot have made,
    VariableMismatch for parts that are missing or do not fit.
    """
    synthesis = module.part("synthesis")
    blocks = _blocks(synthesis)
    layers = _parts(blocks, "conv0", "conv1")
    arguments: Dict[str, Any] = {
        "resolution": max(blocks),
        "num_channels": synthesis.value("img_channels", int),
        "architecture": _same(list(blocks.values()), "architecture", str),
        "nonlinearity": _same(layers, "activation", str),
        "use_noise": _same(layers, "use_noise", bool),
        "conv_clamp": _same(layers + _parts(blocks, "torgb"), "conv_clamp", float, type(None)),
        "num_fp16_res": sum(block.value("use_fp16", bool) for block in blocks.values()),
        **channel_arguments({size: _width(block) for size, block in blocks.items()}, False),
        **_filter(blocks),
    }
    if arguments["architecture"] not in ARCHITECTURES:
        known = ", ".join(ARCHITECTURES)
        raise UnsupportedNetwork(
            "the architecture is %s; %s are known" % (arguments["architecture"][:40], known)
        )
    const = blocks[4].array("const", 3)
    if const.shape[1:] != (4, 4):
        raise UnsupportedNetwork(
            "its constant has %d x %d pixels, not 4 x 4: %s" % (const.shape[1:] + (OBLONG,))
        )
    if const.shape[0] != _width(blocks[4]):
        arguments["fmap_const"] = const.shape[0]
    return generator_record(module, name, FUNCTIONS, arguments, {}, _variables(blocks, arguments))


def _blocks(synthesis: TorchModule) -> "OrderedDict[int, TorchModule]":
    """The blocks by resolution, 4 first; they must follow one another by factors of 2."""
    sizes = synthesis.attributes.get("block_resolutions")
    if type(sizes) is not list or not sizes or sizes != SIZES[: len(sizes)]:
        raise UnsupportedNetwork("its blocks are %s, not 4, 8, ...: %s" % (str(sizes)[:60], OBLONG))
    blocks = OrderedDict((size, synthesis.part("b%d" % size)) for size in sizes)
    for size, block in blocks.items():
        stated = block.attributes.get("resolution", size)
        if stated != size:
            raise UnsupportedNetwork("its block b%d has %s pixels: %s" % (size, str(stated)[:30], OBLONG))
    return blocks


def _parts(blocks: "OrderedDict[int, TorchModule]", *names: str) -> List[TorchModule]:
    """The parts of these names of all blocks, where there are any."""
    return [block.parts[name] for block in blocks.values() for name in names if name in block.parts]


def _width(block: TorchModule) -> int:
    return block.part("conv1").array("weight", 4).shape[0]


def _same(modules: List[TorchModule], name: str, *kinds: type) -> Any:
    """An attribute that all of them must have in common."""
    values = [module.value(name, *kinds) for module in modules]
    if any(value != values[0] for value in values):
        found = ", ".join(sorted(set(map(str, values))))
        raise UnsupportedNetwork("its layers differ in %s: %s" % (name, found[:80]))
    return values[0]


def _filter(blocks: "OrderedDict[int, TorchModule]") -> Dict[str, Any]:
    """The argument resample_kernel, unless it is the usual one. The filter stands in every block and once
    more in its up-sampling layers; a one-dimensional one acts along both axes.
    """
    holders = [block for size, block in blocks.items() if size > 4]
    holders += [block.parts[part] for block in holders for part in ("conv0", "skip") if part in block.parts]
    found = [holder.arrays.get("resample_filter") for holder in holders]
    taps = [value for value in found if value is not None]
    if not holders:
        return {}
    if len(taps) < len(holders) or not all(np.array_equal(taps[0], other) for other in taps):
        raise UnsupportedNetwork("its layers lack their resampling filters, or have different ones")
    kernel = np.asarray(taps[0], np.float32)
    if kernel.ndim not in (1, 2) or not kernel.size:
        raise UnsupportedNetwork("its resampling filter has the shape %s" % list(kernel.shape))
    row = kernel if kernel.ndim == 1 else kernel.astype(np.float64).sum(axis=1)
    separable = kernel.ndim == 1 or (
        len(set(kernel.shape)) == 1 and np.allclose(np.outer(row, row), kernel, rtol=1e-6, atol=1e-9)
    )
    if not separable:
        return {"resample_kernel": kernel.tolist()}
    usual = len(row) == 4 and np.allclose(row * 8, USUAL_TAPS, rtol=1e-6)
    return {} if usual else {"resample_kernel": row.tolist()}


def _variables(
    blocks: "OrderedDict[int, TorchModule]", arguments: Dict[str, Any]
) -> "OrderedDict[str, np.ndarray]":
    """The variables of the synthesis part in the order of the TensorFlow edition: noise maps first."""
    noise: List[Tuple[int, np.ndarray]] = []
    rows: "OrderedDict[str, np.ndarray]" = OrderedDict()
    rows["4x4/Const/const"] = blocks[4].array("const", 3)[np.newaxis]
    for size, block in blocks.items():
        scope, stage = "%dx%d/" % (size, size), 2 * (size.bit_length() - 1)
        names = (
            [("conv1", "Conv", 0)]
            if size == 4
            else [("conv0", "Conv0_up", stage - 5), ("conv1", "Conv1", stage - 4)]
        )
        for part, target, index in names:
            layer = block.part(part)
            _layer(rows, layer, scope + target, arguments, flip=part == "conv0")
            if arguments["use_noise"]:
                noise.append((index, layer.array("noise_const", 2)[np.newaxis, np.newaxis]))
        if arguments["architecture"] == "resnet" and size > 4:
            rows[scope + "Skip/weight"] = convolution(block.part("skip").array("weight", 4), flip=True)
        if arguments["architecture"] == "skip" or size == max(blocks):
            _to_rgb(rows, block.part("torgb"), scope + "ToRGB")
    table = OrderedDict(("noise%d" % index, value) for index, value in noise)
    table.update(rows)
    return table


def _layer(
    rows: "OrderedDict[str, np.ndarray]",
    layer: TorchModule,
    scope: str,
    arguments: Dict[str, Any],
    flip: bool,
) -> None:
    check_number(layer, "act_gain", GAINS.get(arguments["nonlinearity"], 1.0))
    if layer.value("up", int) != (2 if flip else 1):
        raise UnsupportedNetwork("%s enlarges by %d" % (scope, layer.value("up", int)))
    rows[scope + "/weight"] = convolution(layer.array("weight", 4), flip)
    _modulation(rows, layer, scope)
    if arguments["use_noise"]:
        rows[scope + "/noise_strength"] = layer.array("noise_strength", 0)
    rows[scope + "/bias"] = layer.array("bias", 1)


def _to_rgb(rows: "OrderedDict[str, np.ndarray]", layer: TorchModule, scope: str) -> None:
    weight = layer.array("weight", 4)
    check_number(layer, "weight_gain", 1 / np.sqrt(max(weight[0].size, 1)))
    rows[scope + "/weight"] = convolution(weight)
    _modulation(rows, layer, scope)
    rows[scope + "/bias"] = layer.array("bias", 1)


def _modulation(rows: "OrderedDict[str, np.ndarray]", layer: TorchModule, scope: str) -> None:
    weight, bias = affine(layer.part("affine"))
    rows[scope + "/mod_weight"] = weight
    rows[scope + "/mod_bias"] = bias - np.float32(1)
