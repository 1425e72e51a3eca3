"""Writes the arrays of `biggan_recipe` as the two kinds of folders that BigGAN-deep comes in, for tests.

TensorFlow's own code writes the Hub module, so the reader is held against that.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Dict, Mapping, Optional, Sequence

import numpy as np
import tensorflow.compat.v1 as tf
from tensorflow.core.protobuf import saved_model_pb2

from ganspace_tf.biggan.hub_module import hub_names
from ganspace_tf.biggan.structure import Structure, modules
from tests.biggan_recipe import SEED, u0
from tests.torch_writer import Storage, Tensor, write_legacy

Arrays = Dict[str, np.ndarray]


def write_checkpoint(prefix: Path, values: Mapping[str, np.ndarray]) -> None:
    """Variables as TensorFlow's Saver writes them."""
    with tf.Graph().as_default(), tf.Session() as session:
        holders = {name: tf.placeholder(tf.float32, value.shape) for name, value in values.items()}
        variables = {
            name: tf.Variable(holder, use_resource=False, collections=[], dtype=holder.dtype)
            for name, holder in holders.items()
        }
        feed = {holders[name]: value for name, value in values.items()}
        session.run([variable.initializer for variable in variables.values()], feed)
        saver = tf.train.Saver(variables, write_version=tf.train.SaverDef.V2)
        saver.save(session, str(prefix), write_meta_graph=False, write_state=False)


def hub_variables(s: Structure, arrays: Arrays, seed: int = SEED) -> Arrays:
    """The parameters by their names in a module's checkpoint, with one that is not for us."""
    names = hub_names(s)
    values = {names[name] + "/ema_0.9999": array for name, array in arrays.items() if name in names}
    for module in modules(len(s.blocks), s.attention_layer):
        values[module.scope + "/u0"] = u0(module.scope, arrays[module.path + ".weight"].shape[-1], seed)
    values["linear/w"] = np.zeros(3, np.float32)  # the raw, not averaged parameter: to be ignored
    return values


def write_graph(path: Path, tables: Sequence[np.ndarray], packed: bool = True) -> None:
    """saved_model.pb with the tables as nodes stack_1, stack_3, stack_6, …, in the order given.

    packed: as a Pack of rows, otherwise as one constant.
    """
    graph = tf.Graph()
    with graph.as_default():
        for k, table in enumerate(tables):
            name = "stack_{}".format(5 * (k // 2) + (1, 3)[k % 2])
            if packed:
                tf.stack([tf.constant(row) for row in table], name=name)
            else:
                tf.constant(table, name=name)
            with tf.name_scope("other"):  # other nodes end in the same words
                tf.constant(-1.0, name=name)
    model = saved_model_pb2.SavedModel(saved_model_schema_version=1)
    model.meta_graphs.add().graph_def.CopyFrom(graph.as_graph_def())
    path.write_bytes(model.SerializeToString())


def write_hub(
    folder: Path, s: Structure, arrays: Arrays, packed: bool = False, values: Optional[Arrays] = None
) -> Path:
    """A TF1-Hub module folder. values: variables of the checkpoint, by default those of the arrays."""
    (folder / "variables").mkdir(parents=True)
    write_checkpoint(folder / "variables" / "variables", values or hub_variables(s, arrays))
    tables = [arrays[path + kind] for path, _ in s.norms() for kind in (".means", ".variances")]
    write_graph(folder / "saved_model.pb", tables, packed)
    (folder / "tfhub_module.pb").write_bytes(b"\x08\x03")
    return folder


def hf_state(s: Structure, arrays: Arrays, seed: int = SEED) -> Dict[str, object]:
    """The state dict that the converter leaves: weights are views with TensorFlow's memory layout."""
    state: Dict[str, object] = {"embeddings.weight": _transposed(arrays["embeddings.weight"])}
    for module in modules(len(s.blocks), s.attention_layer):
        weight = arrays[module.path + ".weight"]
        matrix = weight.reshape(-1, weight.shape[-1]).astype(np.float64)
        v = _unit(matrix @ u0(module.scope, matrix.shape[1], seed)[0])
        u = _unit(v @ matrix)
        if module.conv:
            v = v.reshape(weight.shape[:3]).transpose(2, 0, 1).reshape(-1)
        state[module.path + ".weight_orig"] = _transposed(weight)
        state[module.path + ".weight_u"] = u.astype(np.float32)
        state[module.path + ".weight_v"] = v.astype(np.float32)
        if module.bias:
            state[module.path + ".bias"] = arrays[module.path + ".bias"]
    state["generator.bn.weight"] = arrays["generator.bn.scale"]
    state["generator.bn.bias"] = arrays["generator.bn.offset"]
    if s.attention is not None:
        state[s.attention.path + ".gamma"] = arrays[s.attention.path + ".gamma"]
    for path, _ in s.norms():
        state[path + ".running_means"] = arrays[path + ".means"]
        state[path + ".running_vars"] = arrays[path + ".variances"]
    return state


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


def _transposed(weight: np.ndarray) -> Tensor:
    """(in, out) as (out, in), (kh, kw, in, out) as (out, in, kh, kw): another view of the same memory."""
    axes = (1, 0) if weight.ndim == 2 else (3, 2, 0, 1)
    view = weight.transpose(axes)
    return Tensor(Storage(weight.ravel()), 0, view.shape, tuple(step // 4 for step in view.strides))


def hf_config(s: Structure, ch: int) -> Dict[str, object]:
    layers = [[b.up, b.channels_in // ch, b.channels_out // ch] for b in s.blocks]
    return {
        "output_dim": s.resolution,
        "z_dim": s.latent_size,
        "class_embed_dim": s.embed_size,
        "channel_width": ch,
        "num_classes": s.n_classes,
        "layers": layers,
        "attention_layer_position": s.attention_layer,
        "eps": s.eps,
        "n_stats": s.n_stats,
    }


def write_huggingface(
    folder: Path, s: Structure, arrays: Arrays, ch: int, write=write_legacy, **changes: object
) -> Path:
    """A folder of Hugging Face files. changes: of the configuration."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(dict(hf_config(s, ch), **changes)))
    write(folder / "pytorch_model.bin", hf_state(s, arrays))
    return folder
