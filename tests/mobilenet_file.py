"""A checkpoint with the names and shapes of torchvision's MobileNetV2 and random weights.

Features come from its first 14 parts, so the rest is left out.
"""

from __future__ import annotations

from collections import OrderedDict

import numpy as np

from tests.torch_writer import write_zip

# (place of the part, channels in, expanded, channels out, stride) of the inverted residuals
PARTS = (
    *((1, 32, 32, 16, 1), (2, 16, 96, 24, 2), (3, 24, 144, 24, 1), (4, 24, 144, 32, 2)),
    *((5, 32, 192, 32, 1), (6, 32, 192, 32, 1), (7, 32, 192, 64, 2), (8, 64, 384, 64, 1)),
    *((9, 64, 384, 64, 1), (10, 64, 384, 64, 1), (11, 64, 384, 96, 1), (12, 96, 576, 96, 1)),
    (13, 96, 576, 96, 1),
)


def weights(seed: int = 0) -> "OrderedDict[str, np.ndarray]":
    """Names → arrays."""
    random, found = np.random.RandomState(seed), OrderedDict()

    def conv(name: str, norm: str, shape: tuple) -> None:
        wide = shape[0]
        deviation = np.sqrt(2 / np.prod(shape[1:]))
        found[name + ".weight"] = (deviation * random.standard_normal(shape)).astype(np.float32)
        found[norm + ".weight"] = random.uniform(0.5, 1.5, wide).astype(np.float32)
        found[norm + ".bias"] = random.uniform(-0.5, 1.0, wide).astype(np.float32)
        found[norm + ".running_mean"] = random.uniform(-0.5, 0.5, wide).astype(np.float32)
        found[norm + ".running_var"] = random.uniform(0.5, 2.0, wide).astype(np.float32)
        found[norm + ".num_batches_tracked"] = np.array(1, np.int64)

    conv("features.0.0", "features.0.1", (32, 3, 3, 3))
    for place, inputs, wide, outputs, _ in PARTS:
        name, at = "features.{}.conv.".format(place), 0
        if wide != inputs:
            conv(name + "0.0", name + "0.1", (wide, inputs, 1, 1))
            at = 1
        conv("{}{}.0".format(name, at), "{}{}.1".format(name, at), (wide, 1, 3, 3))
        conv("{}{}".format(name, at + 1), "{}{}".format(name, at + 2), (outputs, wide, 1, 1))
    return found


def write(path, seed: int = 0, **changes):
    """Writes them; changes: other arrays by name, None for none."""
    values = dict(weights(seed), **changes)
    write_zip(path, {name: array for name, array in values.items() if array is not None})
    return path
