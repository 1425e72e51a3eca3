"""StyleGAN checkpoints of the PyTorch port that GANSpace uses (after lernapparat's notebook), as network
records.

The port differs from the official network in names, in the order of axes and in the epsilon of the instance
norm: 1e-5, not 1e-8. Its files lack what a finished network does not need: the RGB layers of lower
resolutions, noise buffers and the average latent.
"""

from __future__ import annotations

from typing import Any, Dict, Mapping

import numpy as np

from ganspace_tf.ports.assembly import STYLEGAN, assemble, next_size
from ganspace_tf.ports.average import stored_average
from ganspace_tf.streams.noise import noise_maps
from nvlabs.reading.budget import Budget
from nvlabs.reading.records import NetworkRecord
from nvlabs.reading.torch_entries import Entries, convolution, dense, dense_layers, filter_2d

EPSILON = 1e-5
BLUR_FILTER = filter_2d((1, 2, 1))
MARK = "g_mapping.dense0.weight"  # an entry that every one of them has


def recognises(state: Mapping[str, Any]) -> bool:
    """Whether a state dictionary is one of these generators."""
    return MARK in state and "g_synthesis.torgb.weight" in state


def convert(state: Mapping[str, Any], budget: Budget, latent_avg: Any = None) -> NetworkRecord:
    """The generator of a state dictionary as a record; what is made of it is charged to the budget.

    The average latent is estimated where there is none beside it, noise buffers are what GANSpace draws on
    a CPU (seed 0), and `run` does not truncate unless asked to: the port cannot. Raises NetworkFileError for
    entries that are missing, unknown or of a wrong shape.
    """
    entries = Entries(state, budget)
    mapping = dense_layers(entries, "g_mapping.dense%d")
    synthesis: Dict[str, np.ndarray] = {"4x4/Const/const": entries.take("g_synthesis.blocks.4x4.const", 4)}
    synthesis["4x4/Const/bias"] = entries.take("g_synthesis.blocks.4x4.bias", 1)
    _epilogue(entries, synthesis, "4x4", "epi1", "4x4/Const")
    fmaps = {4: _layer(entries, synthesis, "4x4", "conv", "epi2", "4x4/Conv")}
    while _entry("%dx%d" % (2 * max(fmaps), 2 * max(fmaps)), "conv1.weight") in entries:
        size = next_size(fmaps)
        block = "%dx%d" % (size, size)
        _layer(entries, synthesis, block, "conv0_up", "epi1", block + "/Conv0_up")
        fmaps[size] = _layer(entries, synthesis, block, "conv1", "epi2", block + "/Conv1")
        entries.check_constant(_entry(block, "conv0_up.intermediate.kernel"), BLUR_FILTER)
    synthesis["ToRGB_lod0/weight"] = convolution(entries.take("g_synthesis.torgb.weight", 4))
    synthesis["ToRGB_lod0/bias"] = entries.take("g_synthesis.torgb.bias", 1)
    entries.check_all_taken()
    channels = synthesis["ToRGB_lod0/bias"].size
    _add_unused(synthesis, fmaps, channels, budget)
    budget.spend(sum(8 * size * size for size in fmaps))
    maps = noise_maps("torch-cpu:0", [(size, size) for size in sorted(fmaps) for _ in range(2)], "reseed")
    synthesis.update(("noise%d" % index, values) for index, values in enumerate(maps))
    average = stored_average(latent_avg)
    return assemble(
        STYLEGAN, mapping, synthesis, fmaps, channels, average, epsilon=EPSILON, truncation_psi=None
    )


def _entry(block: str, name: str) -> str:
    return "g_synthesis.blocks.%s.%s" % (block, name)


def _layer(
    entries: Entries, variables: Dict[str, np.ndarray], block: str, conv: str, epilogue: str, scope: str
) -> int:
    """Converts a convolution and what follows it; returns its output channels."""
    variables[scope + "/weight"] = convolution(entries.take(_entry(block, conv + ".weight"), 4))
    variables[scope + "/bias"] = entries.take(_entry(block, conv + ".bias"), 1)
    _epilogue(entries, variables, block, epilogue, scope)
    return variables[scope + "/bias"].size


def _epilogue(
    entries: Entries, variables: Dict[str, np.ndarray], block: str, epilogue: str, scope: str
) -> None:
    name = _entry(block, epilogue)
    variables[scope + "/Noise/weight"] = entries.take(name + ".top_epi.noise.weight", 1)
    variables[scope + "/StyleMod/weight"] = dense(entries.take(name + ".style_mod.lin.weight", 2))
    variables[scope + "/StyleMod/bias"] = entries.take(name + ".style_mod.lin.bias", 1)


def _add_unused(
    variables: Dict[str, np.ndarray], fmaps: Mapping[int, int], channels: int, budget: Budget
) -> None:
    """RGB layers of the lower resolutions, which a finished network has but does not look at, as zeros; lod
    0.
    """
    variables["lod"] = np.zeros((), np.float32)
    for lod, size in enumerate(sorted(fmaps, reverse=True)[1:], 1):
        budget.spend(4 * (fmaps[size] + 1) * channels)
        variables["ToRGB_lod%d/weight" % lod] = np.zeros((1, 1, fmaps[size], channels), np.float32)
        variables["ToRGB_lod%d/bias" % lod] = np.zeros(channels, np.float32)
