"""StyleGAN3 generators as records: what every layer states of itself becomes arguments, filters included."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Dict

import numpy as np

from nvlabs.errors import UnsupportedNetwork
from nvlabs.reading.pytorch.dense import BuildFunctions, affine, generator_record
from nvlabs.reading.pytorch.modules import TorchModule
from nvlabs.reading.records import NetworkRecord
from nvlabs.reading.torch_entries import convolution

# The classes that the network was built by, with the module that the file does not name.
ORIGIN = "training.networks_stylegan3."
FUNCTIONS = BuildFunctions(ORIGIN + "Generator", ORIGIN + "SynthesisNetwork", ORIGIN + "MappingNetwork")
# Attributes of a layer that are taken as they are.
STATED = ["in_channels", "out_channels", "in_size", "out_size", "conv_kernel", "conv_clamp", "use_fp16"]
STATED += ["is_torgb", "up_factor", "down_factor", "padding"]
NO_FILTER = [1.0]


def recognises(module: TorchModule) -> bool:
    """Whether a generator has the Fourier input and the list of layers of StyleGAN3."""
    synthesis = module.parts.get("synthesis")
    return synthesis is not None and "input" in synthesis.parts and "layer_names" in synthesis.attributes


def convert(module: TorchModule, name: str) -> NetworkRecord:
    """The record of a generator. Raises UnsupportedNetwork, VariableMismatch; whether the layers fit one
    another is judged by the description made from the record.
    """
    synthesis = module.part("synthesis")
    layers = _layers(synthesis)
    arguments = {
        "resolution": synthesis.value("img_resolution", int),
        "num_channels": synthesis.value("img_channels", int),
    }
    own: Dict[str, Any] = {
        "output_scale": synthesis.value("output_scale", float),
        "input": {
            key: synthesis.part("input").attributes.get(key)
            for key in ("size", "sampling_rate", "bandwidth", "channels")
        },
        "layers": [_arguments(key, layer) for key, layer in layers.items()],
    }
    own["input"]["size"] = _whole(own["input"]["size"])
    variables = _input(synthesis.part("input"))
    for key, layer in layers.items():
        variables.update(_layer(key, layer))
    return generator_record(module, name, FUNCTIONS, arguments, own, variables)


def _layers(synthesis: TorchModule) -> "OrderedDict[str, TorchModule]":
    """The layers by name in the order of computation, which is that of `layer_names` alone."""
    names = synthesis.value("layer_names", list)
    if not all(type(name) is str for name in names) or len(set(names)) < len(names):
        raise UnsupportedNetwork("its layer_names are no list of different names")
    return OrderedDict((name, synthesis.part(name)) for name in names)


def _arguments(name: str, layer: TorchModule) -> Dict[str, Any]:
    stated: Dict[str, Any] = {"name": name}
    for key in STATED:
        stated[key] = layer.attributes.get(key)
    for key in ("in_size", "out_size", "padding"):
        stated[key] = _whole(stated[key])
    for key in ("up_filter", "down_filter"):
        taps = layer.arrays.get(key)
        stated[key] = NO_FILTER if taps is None else np.asarray(taps, np.float32).tolist()
    return stated


def _whole(values: Any) -> Any:
    """A list of whole numbers, whether they were written as such or as floats; anything else as it is."""
    if type(values) is list and all(type(n) in (int, float) and n == n // 1 for n in values):
        return [int(n) for n in values]
    return values


def _input(module: TorchModule) -> "OrderedDict[str, np.ndarray]":
    weight, bias = affine(module.part("affine"))
    return OrderedDict(
        [
            ("input/weight", np.ascontiguousarray(module.array("weight", 2).T)),
            ("input/affine_weight", weight),
            ("input/affine_bias", bias),
            ("input/freqs", module.array("freqs", 2)),
            ("input/phases", module.array("phases", 1)),
            ("input/transform", module.array("transform", 2)),
        ]
    )


def _layer(name: str, layer: TorchModule) -> "OrderedDict[str, np.ndarray]":
    weight, bias = affine(layer.part("affine"))
    return OrderedDict(
        [
            (name + "/weight", convolution(layer.array("weight", 4))),
            (name + "/affine_weight", weight),
            (name + "/affine_bias", bias),
            (name + "/bias", layer.array("bias", 1)),
            (name + "/magnitude_ema", layer.array("magnitude_ema", 0)),
        ]
    )
