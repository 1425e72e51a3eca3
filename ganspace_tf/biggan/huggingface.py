"""The Hugging Face files of BigGAN-deep: `config.json` and `pytorch_model.bin`, the ones GANSpace loads."""

from __future__ import annotations

import os
from collections import OrderedDict
from typing import Any, Dict, List, Mapping, Tuple

import numpy as np

from ganspace_tf.biggan.disk import budget_of, read_bytes
from ganspace_tf.biggan.errors import BigGANFileError
from ganspace_tf.biggan.record import BigGANRecord, make_record
from ganspace_tf.biggan.spectral import stored_vectors
from ganspace_tf.biggan.structure import MAX_BLOCKS, Module, block_layer, modules
from ganspace_tf.ports.files import read_state_dict
from nvlabs.errors import DamagedFile
from nvlabs.reading import json_text
from nvlabs.reading.budget import Budget
from nvlabs.reading.shown import show

CONFIG, WEIGHTS = "config.json", "pytorch_model.bin"
LONGEST_CONFIG = 1 << 20  # bytes; the published ones have 1 kB
PLAIN = {"generator.bn.weight": "generator.bn.scale", "generator.bn.bias": "generator.bn.offset"}


def is_huggingface_folder(path: str) -> bool:
    """Whether a folder holds both files."""
    return all(os.path.isfile(os.path.join(path, name)) for name in (CONFIG, WEIGHTS))


def read_huggingface(path: str) -> BigGANRecord:
    """Read the folder.

    Raises BigGANFileError for a configuration of another model and for missing, extra or wrong entries,
    TorchFileError for damaged weights.
    """
    budget = budget_of(path)
    config = _config(os.path.join(path, CONFIG), budget)
    state = read_state_dict(os.path.join(path, WEIGHTS), budget)
    where = os.path.join(path, WEIGHTS)
    layers: List[List[Any]] = config["layers"]
    attention = any(name.endswith(".snconv1x1_theta.weight_orig") for name in state)
    attention_layer = config["attention_layer_position"] if attention else None
    arrays: Dict[str, np.ndarray] = OrderedDict()
    sigmas: Dict[str, np.float32] = {}
    used = set()

    def take(name: str) -> np.ndarray:
        if name not in state:
            raise BigGANFileError("{}: entry {} is missing".format(where, name))
        used.add(name)
        budget.spend(4 * state[name].size)  # it is turned into another order
        with np.errstate(over="ignore"):
            return np.asarray(state[name], np.float32)

    for module in modules(len(layers), attention_layer):
        weight, sigmas[module.path] = _weight(where, module, *[
            take(module.path + part) for part in (".weight_orig", ".weight_u", ".weight_v")
        ])  # fmt: skip
        arrays[module.path + ".weight"] = weight
        if module.bias:
            arrays[module.path + ".bias"] = take(module.path + ".bias")
    arrays["embeddings.weight"] = np.ascontiguousarray(take("embeddings.weight").T)
    for name, ours in PLAIN.items():
        arrays[ours] = take(name)
    if attention_layer is not None:
        gamma = "generator.layers.{}.gamma".format(attention_layer)
        arrays[gamma] = take(gamma).reshape(-1)
    norms = ["generator.layers.{}.bn_{}".format(block_layer(b, attention_layer), j)
             for b in range(len(layers)) for j in range(4)] + ["generator.bn"]  # fmt: skip
    for norm in norms:
        arrays[norm + ".means"] = take(norm + ".running_means")
        arrays[norm + ".variances"] = take(norm + ".running_vars")
    extra = [name for name in state if name not in used and not name.endswith(".num_batches_tracked")]
    if extra:
        text = "{}: entry {} does not belong to the network that {} describes"
        raise BigGANFileError(text.format(where, extra[0], CONFIG))
    upsample = tuple(bool(layer[0]) for layer in layers)
    record = make_record(where, "huggingface", arrays, sigmas, upsample, float(config["eps"]))
    _compare(path, config, record)
    return record


def _config(path: str, budget: Budget) -> Dict[str, Any]:
    """The configuration, with the types of what is used checked. Unknown keys are accepted."""
    data = read_bytes(path, budget, LONGEST_CONFIG)
    try:
        config = json_text.parse(data, budget)
    except DamagedFile as error:
        raise BigGANFileError("{}: cannot be read as JSON ({})".format(path, error.reason)) from None
    needed = ("layers", "attention_layer_position", "z_dim", "class_embed_dim", "num_classes", "eps")
    missing = [key for key in needed if not isinstance(config, dict) or key not in config]
    if missing:
        text = "{}: not the configuration of BigGAN-deep, {} is missing"
        raise BigGANFileError(text.format(path, ", ".join(missing)))
    layers = config["layers"]
    if (
        not isinstance(layers, list)
        or not 0 < len(layers) <= MAX_BLOCKS
        or not all(isinstance(layer, list) and len(layer) == 3 for layer in layers)
        or not all(type(config[key]) is int for key in needed[1:-1])
        or type(config["eps"]) not in (int, float)
        or not 0 <= config["attention_layer_position"] < len(layers)
        or not 0 < config["eps"] < 1
    ):
        raise BigGANFileError(
            "{}: not the configuration of BigGAN-deep, its values are of other types".format(path)
        )
    return config


def _weight(
    where: str, module: Module, weight: np.ndarray, u: np.ndarray, v: np.ndarray
) -> Tuple[np.ndarray, np.float32]:
    """(weight in TensorFlow's layout, sigma). weight: (out, in) or (out, in, kh, kw); u (out,); v (in * kh *
    kw,)."""
    rank = 4 if module.conv else 2
    if weight.ndim != rank or u.shape != weight.shape[:1] or v.size != int(np.prod(weight.shape[1:])):
        text = "{}: {} has weight {}, u {}, v {}, which do not fit each other"
        raise BigGANFileError(text.format(where, module.path, weight.shape, u.shape, v.shape))
    if not module.conv:
        ours = np.ascontiguousarray(weight.T)
        return ours, stored_vectors(ours, u, v)
    ours = np.ascontiguousarray(weight.transpose(2, 3, 1, 0))
    return ours, stored_vectors(ours, u, v.reshape(weight.shape[1:]).transpose(1, 2, 0).reshape(-1))


def _compare(path: str, config: Mapping[str, Any], record: BigGANRecord) -> None:
    """The sizes in the configuration have to be those of the weights."""
    s = record.structure
    found = {"z_dim": s.latent_size, "class_embed_dim": s.embed_size, "num_classes": s.n_classes}
    for key, size in found.items():
        if config[key] != size:
            text = "{}: {} says {} = {}, but the weights have {}"
            raise BigGANFileError(text.format(path, CONFIG, key, show(config[key]), size))
