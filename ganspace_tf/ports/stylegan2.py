"""StyleGAN2 checkpoints of the PyTorch port by rosinality, and of GANSpace's fork of it, as network records.

The port has the same layers and run-time factors as the official network. It differs in names, in the order
of axes, in that up-convolutions are stored turned by 180 degrees (they are transposed convolutions there),
and in that the 1 that is added to every style is stored inside the bias.
"""

from __future__ import annotations

from typing import Any, Dict, List, Mapping

import numpy as np

from ganspace_tf.ports.assembly import STYLEGAN2, assemble, next_size
from ganspace_tf.ports.average import stored_average
from ganspace_tf.streams.noise import noise_maps
from nvlabs.reading.budget import Budget
from nvlabs.reading.records import NetworkRecord
from nvlabs.reading.torch_entries import Entries, convolution, dense, dense_layers, filter_2d

UP_FILTER = filter_2d((1, 3, 3, 1), gain=4)
MARK = "style.1.weight"  # an entry that every one of them has


def recognises(state: Mapping[str, Any]) -> bool:
    """Whether a state dictionary is one of these generators."""
    return MARK in state and "conv1.conv.weight" in state


def convert(state: Mapping[str, Any], budget: Budget, latent_avg: Any = None) -> NetworkRecord:
    """The generator of a state dictionary as a record; what is made of it is charged to the budget.

    latent_avg: the average latent that checkpoints keep beside the state dictionary; estimated where there
    is none. Noise buffers that are missing are filled with what GANSpace draws on a CPU (seed 0). Raises
    NetworkFileError for entries that are missing, unknown or of a wrong shape.
    """
    entries = Entries(state, budget)
    mapping = dense_layers(entries, "style.%d", first=1)
    synthesis = {"4x4/Const/const": entries.take("input.input", 4)}
    _layer(entries, synthesis, "conv1", "4x4/Conv")
    fmaps = {4: _to_rgb(entries, synthesis, "to_rgb1", "4x4")}
    while "to_rgbs.%d.bias" % (len(fmaps) - 1) in entries:
        block, size = len(fmaps) - 1, next_size(fmaps)
        scope = "%dx%d" % (size, size)
        _layer(entries, synthesis, "convs.%d" % (2 * block), scope + "/Conv0_up", flip=True)
        _layer(entries, synthesis, "convs.%d" % (2 * block + 1), scope + "/Conv1")
        fmaps[size] = _to_rgb(entries, synthesis, "to_rgbs.%d" % block, scope)
        entries.check_constant("convs.%d.conv.blur.kernel" % (2 * block), UP_FILTER)
        entries.check_constant("to_rgbs.%d.upsample.kernel" % block, UP_FILTER)
    _noise(entries, synthesis, [4] + [size for size in sorted(fmaps)[1:] for _ in range(2)], budget)
    entries.check_all_taken()
    channels = synthesis["4x4/ToRGB/bias"].size
    return assemble(STYLEGAN2, mapping, synthesis, fmaps, channels, stored_average(latent_avg))


def _layer(
    entries: Entries, variables: Dict[str, np.ndarray], port: str, scope: str, flip: bool = False
) -> None:
    variables[scope + "/weight"] = convolution(entries.take_one(port + ".conv.weight", 5), flip)
    _modulation(entries, variables, port, scope)
    variables[scope + "/noise_strength"] = np.array(entries.take_one(port + ".noise.weight", 1))
    variables[scope + "/bias"] = entries.take(port + ".activate.bias", 1)


def _to_rgb(entries: Entries, variables: Dict[str, np.ndarray], port: str, scope: str) -> int:
    """Converts an RGB layer and returns its input channels, those of the resolution."""
    scope += "/ToRGB"
    variables[scope + "/weight"] = convolution(entries.take_one(port + ".conv.weight", 5))
    _modulation(entries, variables, port, scope)
    variables[scope + "/bias"] = entries.take(port + ".bias", 4).ravel()
    return variables[scope + "/mod_bias"].size


def _modulation(entries: Entries, variables: Dict[str, np.ndarray], port: str, scope: str) -> None:
    variables[scope + "/mod_weight"] = dense(entries.take(port + ".conv.modulation.weight", 2))
    variables[scope + "/mod_bias"] = entries.take(port + ".conv.modulation.bias", 1) - np.float32(1)


def _noise(entries: Entries, variables: Dict[str, np.ndarray], sizes: List[int], budget: Budget) -> None:
    drawn = None
    if "noises.noise_0" not in entries:
        budget.spend(sum(4 * size * size for size in sizes))
        drawn = noise_maps("torch-cpu:0", [(size, size) for size in sizes], "chain")
    for index in range(len(sizes)):
        given = drawn[index] if drawn else entries.take("noises.noise_%d" % index, 4)
        variables["noise%d" % index] = given
