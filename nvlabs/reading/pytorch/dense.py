"""What all generators of the PyTorch editions share: dense layers, the mapping network, a record's frame."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Dict, NamedTuple, Tuple

import numpy as np

from nvlabs.errors import UnsupportedNetwork, VariableMismatch
from nvlabs.reading.foreign import READ
from nvlabs.reading.pytorch.modules import TorchModule
from nvlabs.reading.records import NetworkRecord
from nvlabs.reading.torch_entries import dense

VERSION = 6  # of the records made here: the number that the persistence code writes
ROUNDING = 1e-5  # of stored factors, which went through float32 in some forks
SQRT2 = float(np.sqrt(2))
GAINS = {"lrelu": SQRT2, "relu": SQRT2, "swish": SQRT2}  # of activations; 1 for all others

Variables = "OrderedDict[str, np.ndarray]"


class BuildFunctions(NamedTuple):
    """Names of the functions that build a generator and its parts, which tell its family."""

    generator: str
    synthesis: str
    mapping: str


def affine(layer: TorchModule) -> Tuple[np.ndarray, np.ndarray]:
    """Weight (in, out) and bias (out,) of a dense layer that turns w into styles: linear, gains as usual."""
    check_dense(layer, "linear", 1.0)
    return dense(layer.array("weight", 2)), bias_of(layer)


def bias_of(layer: TorchModule) -> np.ndarray:
    """The bias of a dense layer, zeros where it has none."""
    if "bias" not in layer.arrays:
        return np.zeros(layer.array("weight", 2).shape[0], np.float32)
    return layer.array("bias", 1)


def check_dense(layer: TorchModule, activation: str, rate: float) -> None:
    """Raises UnsupportedNetwork where a dense layer has another activation or other gains than its kind."""
    found = layer.value("activation", str)
    if found != activation:
        raise UnsupportedNetwork("a dense layer has the activation %r; %s is needed" % (found, activation))
    fan_in = layer.array("weight", 2).shape[1]
    check_number(layer, "weight_gain", rate / np.sqrt(max(fan_in, 1)))
    check_number(layer, "bias_gain", rate)


def check_number(module: TorchModule, name: str, wanted: float) -> None:
    """Raises UnsupportedNetwork where an attribute is not the number that the architecture calls for."""
    found = module.value(name, float)
    if not abs(found - wanted) <= ROUNDING * max(abs(wanted), 1e-6):
        raise UnsupportedNetwork(
            "attribute %s of the %s is %g; %g is built" % (name, module.class_name[:60], found, wanted)
        )


def mapping_arguments(module: TorchModule) -> Dict[str, Any]:
    """Static arguments of a mapping network, in the words of the TensorFlow edition."""
    layers = _layers(module)
    first, last = layers[0], layers[-1]
    activation, rate = first.value("activation", str), first.value("bias_gain", float)
    for layer in layers:
        check_dense(layer, activation, rate)
    labels = module.value("c_dim", int)
    arguments = {
        "latent_size": module.value("z_dim", int),
        "label_size": labels,
        "dlatent_size": module.value("w_dim", int),
        "mapping_layers": len(layers),
        "mapping_fmaps": (first if len(layers) > 1 else last).array("weight", 2).shape[0],
        "mapping_lrmul": rate,
        "mapping_nonlinearity": activation,
    }
    if labels:
        embed = module.part("embed")
        check_dense(embed, "linear", 1.0)
        arguments["label_fmaps"] = embed.array("weight", 2).shape[0]
    return arguments


def mapping_variables(module: TorchModule) -> "OrderedDict[str, np.ndarray]":
    """LabelEmbed and Dense<i>, weights as (in, out)."""
    variables: "OrderedDict[str, np.ndarray]" = OrderedDict()
    if "embed" in module.parts:
        variables["LabelEmbed/weight"] = dense(module.part("embed").array("weight", 2))
        variables["LabelEmbed/bias"] = bias_of(module.part("embed"))
    for index, layer in enumerate(_layers(module)):
        variables["Dense%d/weight" % index] = dense(layer.array("weight", 2))
        variables["Dense%d/bias" % index] = bias_of(layer)
    return variables


def _layers(module: TorchModule) -> list:
    count = module.value("num_layers", int)
    layers = [module.part("fc%d" % index) for index in range(min(count, len(module.parts)))]
    if not layers or len(layers) != count:
        raise VariableMismatch("the mapping network has %d of its %d layers" % (len(layers), count))
    return layers


def generator_record(
    module: TorchModule,
    name: str,
    functions: BuildFunctions,
    arguments: Dict[str, Any],
    synthesis_arguments: Dict[str, Any],
    synthesis: "OrderedDict[str, np.ndarray]",
) -> NetworkRecord:
    """The record of a generator: arguments of the whole, which its parts share, and of the synthesis part
    alone. Truncation is off unless asked for, as in the originals; a network without an average w has none.
    """
    mapping = module.part("mapping")
    shared = dict(arguments, **mapping_arguments(mapping))
    own: "OrderedDict[str, np.ndarray]" = OrderedDict()
    if "w_avg" in mapping.arrays:
        own["dlatent_avg"] = average(mapping.array("w_avg", mapping.arrays["w_avg"].ndim))
    no_parts: "OrderedDict[str, NetworkRecord]" = OrderedDict()
    parts = OrderedDict(
        synthesis=NetworkRecord(
            VERSION, "G_synthesis", dict(shared, **synthesis_arguments), no_parts, functions.synthesis,
            synthesis, module.part("synthesis").source,
        ),
        mapping=NetworkRecord(
            VERSION, "G_mapping", shared, no_parts, functions.mapping, mapping_variables(mapping),
            mapping.source,
        ),
    )  # fmt: skip
    whole = dict(shared, truncation_psi=None)
    return NetworkRecord(VERSION, name, whole, parts, functions.generator, own, module.source)


def average(w_avg: np.ndarray) -> np.ndarray:
    """The centre of truncation (D,). Raises UnsupportedNetwork for one centre a class."""
    if w_avg.ndim != 1:
        raise UnsupportedNetwork(
            "w_avg has the shape %s, a centre of truncation for each class as in StyleGAN-XL%s"
            % (list(w_avg.shape), READ)
        )
    return w_avg
