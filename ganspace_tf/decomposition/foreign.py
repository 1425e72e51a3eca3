"""Components that other programs keep, and what they lack until a network is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Union

import numpy as np

from ganspace_tf.decomposition.components import Components
from ganspace_tf.errors import BasisMismatch
from ganspace_tf.foreign.found import Found

UNKNOWN = "unknown"  # settings["mean"] of components whose file has none


def components_of(found: Found, path: Union[str, None] = None) -> Components:
    """Directions of another program as components: v0, v1, … in the order of the file. They belong to no
    model, explain no variance that is known, and have the file's sigma, or its own length where it has none.
    """
    assumed = found.assumed
    if found.per_layer:
        last = len(found.rows) - 1
        assumed = "v0 to v{} are the rows of layers 0 to {}; --direction goes along all of them".format(
            last, last
        )
    lengths = np.linalg.norm(found.rows, axis=1, keepdims=True)
    lengths = np.where(lengths > 0, lengths, 1)
    return Components(
        directions=found.rows / lengths,
        mean=np.zeros(found.rows.shape[1], np.float32) if found.mean is None else found.mean,
        stdev=found.stdev * lengths[:, 0],
        variance_ratio=np.zeros(len(found.rows), np.float32),
        settings=dict(
            found.facts,
            source=found.source,
            assumed=assumed,
            latent=found.latent,
            components=len(found.rows),
            layers=found.layers,
            in_sigmas=found.in_sigmas,
            mean=UNKNOWN if found.mean is None else "of the file",
        ),
        path=path,
    )


def fitted(comp: Components, gen: Any) -> Components:
    """The components as a generator needs them. Raises BasisMismatch where they are of another width, or have
    rows for another number of layers.

    Where their file has no mean, it is the average w of the network, or zero where that has none.
    """
    width = gen.dlatent_size if comp.latent == "w" else gen.latent_size
    if comp.directions.shape[1] != width:
        raise BasisMismatch(
            "these components are {} numbers wide, the {} of {} has {}".format(
                comp.directions.shape[1], comp.latent, gen.name, width
            )
        )
    layers = comp.settings.get("layers")
    if isinstance(layers, int) and layers != gen.n_layers:
        raise BasisMismatch("{}: {} layers, this network has {}".format(comp.path, layers, gen.n_layers))
    if comp.settings.get("mean") == UNKNOWN and comp.latent == "w" and gen.dlatent_avg is not None:
        return replace(comp, mean=np.asarray(gen.dlatent_avg, np.float32))
    return comp
