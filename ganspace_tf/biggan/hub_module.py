"""The TF1-Hub module folder of BigGAN-deep: parameters from its checkpoint, batch-norm statistics from the
constants of its graph file. Everything is read as data; that graph is never run.

    saved_model.pb  tfhub_module.pb  variables/variables.index  variables/variables.data-00000-of-00001
    assets/classes.txt     (ours, optional) one class name a line
"""

from __future__ import annotations

import os
from collections import OrderedDict
from typing import Dict, Mapping, Optional, Tuple

import numpy as np

from ganspace_tf.biggan.checkpoint import Checkpoint
from ganspace_tf.biggan.disk import budget_of, read_bytes
from ganspace_tf.biggan.errors import BigGANFileError
from ganspace_tf.biggan.graph_constants import GraphConstants
from ganspace_tf.biggan.record import BigGANRecord, make_record
from ganspace_tf.biggan.spectral import power_iteration
from ganspace_tf.biggan.structure import MAX_BLOCKS, Module, Structure, default_attention, modules
from nvlabs.reading.budget import OBJECT, Budget

AVERAGE = "/ema_0.9999"  # the moving average of a parameter is the one to use
LONGEST_NAMES = 1 << 20  # bytes of the class names; those of ImageNet are 30 kB
CLASS_NAMES = os.path.join("assets", "classes.txt")
NOT_DEEP = ("Generator/G_Z/", "HyperBN", "ScaledCrossReplicaBN", "conv_sc", "/ema_b999900")
PLAIN = {
    "embeddings.weight": "linear/w",
    "generator.bn.scale": "Generator/BatchNorm/scale",
    "generator.bn.offset": "Generator/BatchNorm/offset",
}


def is_hub_module(path: str) -> bool:
    """Whether a path looks like a TF1-Hub module folder (or a saved model with its variables)."""
    return os.path.isfile(os.path.join(path, "saved_model.pb"))


def hub_names(structure: Structure) -> Dict[str, str]:
    """Our name of every variable of a checkpoint → its name there, without what marks the average."""
    names = dict(PLAIN)
    if structure.attention is not None:
        names[structure.attention.path + ".gamma"] = "Generator/attention/gamma"
    for module in modules(len(structure.blocks), structure.attention_layer):
        names[module.path + ".weight"] = module.scope + "/w"
        if module.bias:
            names[module.path + ".bias"] = module.scope + "/b"
    return names


def read_hub_module(path: str) -> BigGANRecord:
    """Read the folder.

    Raises BigGANFileError for another kind of network, for missing or wrong variables, for statistics that
    are not there as constants, and for damaged files.
    """
    budget = budget_of(path)
    checkpoint = Checkpoint(os.path.join(path, "variables", "variables"), budget)
    names = checkpoint.shapes()
    _refuse_others(path, names)
    n_blocks = sum(n.startswith("Generator/GBlock") and n.endswith("/conv0/w" + AVERAGE) for n in names)
    if n_blocks > MAX_BLOCKS:
        raise BigGANFileError("{}: not BigGAN-deep, it has {} residual blocks".format(path, n_blocks))
    has_attention = "Generator/attention/theta/w" + AVERAGE in names
    attention_layer = default_attention(n_blocks) if has_attention else None
    arrays: Dict[str, np.ndarray] = OrderedDict()
    sigmas: Dict[str, np.float32] = {}
    for module in modules(n_blocks, attention_layer):
        arrays[module.path + ".weight"] = _read(path, checkpoint, module.scope + "/w" + AVERAGE)
        if module.bias:
            arrays[module.path + ".bias"] = _read(path, checkpoint, module.scope + "/b" + AVERAGE)
        sigmas[module.path] = _sigma(path, checkpoint, module, arrays[module.path + ".weight"])
    for name, tf_name in PLAIN.items():
        arrays[name] = _read(path, checkpoint, tf_name + AVERAGE)
    if attention_layer is not None:
        gamma = _read(path, checkpoint, "Generator/attention/gamma" + AVERAGE)
        arrays["generator.layers.{}.gamma".format(attention_layer)] = gamma.reshape(-1)
    arrays.update(_statistics(path, n_blocks, attention_layer, budget))
    return make_record(path, "tfhub", arrays, sigmas, class_names=_class_names(path, budget))


def _refuse_others(path: str, names: Mapping[str, Tuple[int, ...]]) -> None:
    if any(mark in name for name in names for mark in NOT_DEEP):
        text = "{}: this is the original BigGAN, not BigGAN-deep; use biggan-deep-128, -256 or -512"
        raise BigGANFileError(text.format(path))
    if "Generator/GBlock/conv0/w" + AVERAGE not in names:
        text = "{}: not BigGAN-deep; its checkpoint has {} variables, none named Generator/GBlock/conv0/w{}"
        raise BigGANFileError(text.format(path, len(names), AVERAGE))


def _read(path: str, checkpoint: Checkpoint, name: str) -> np.ndarray:
    if name not in checkpoint.entries:
        raise BigGANFileError("{}: variable {} is missing from the checkpoint".format(path, name))
    return checkpoint.read(name)


def _sigma(path: str, checkpoint: Checkpoint, module: Module, weight: np.ndarray) -> np.float32:
    name = module.scope + "/u0"
    u0 = _read(path, checkpoint, name)
    if weight.ndim != (4 if module.conv else 2) or u0.size != weight.shape[-1]:
        text = "{}: {} has shape {}, which does not fit {}/w with {}"
        raise BigGANFileError(text.format(path, name, u0.shape, module.scope, weight.shape))
    return power_iteration(weight, u0)


def _statistics(
    path: str, n_blocks: int, attention_layer: Optional[int], budget: Budget
) -> Dict[str, np.ndarray]:
    """The tables of all batch norms: number b in the order of execution has its means at the graph's
    `stack_<5b + 1>` and its variances at `stack_<5b + 3>`."""
    constants = GraphConstants(os.path.join(path, "saved_model.pb"), budget)
    norms = [
        module.path[: -len(".scale")]
        for module in modules(n_blocks, attention_layer)
        if module.path.endswith(".scale")
    ] + ["generator.bn"]
    tables: Dict[str, np.ndarray] = OrderedDict()
    for b, norm in enumerate(norms):
        tables[norm + ".means"] = constants.value("stack_{}".format(5 * b + 1))
        tables[norm + ".variances"] = constants.value("stack_{}".format(5 * b + 3))
    return tables


def _class_names(path: str, budget: Budget) -> Optional[Tuple[str, ...]]:
    where = os.path.join(path, CLASS_NAMES)
    if not os.path.lexists(where):
        return None
    data = read_bytes(where, budget, LONGEST_NAMES)
    budget.text(data, "utf-8")
    budget.spend(2 * OBJECT * data.count(b"\n"))
    try:
        return tuple(line.strip() for line in data.decode("utf-8").splitlines() if line.strip())
    except UnicodeDecodeError:
        raise BigGANFileError("{}: holds no UTF-8 text".format(where)) from None
