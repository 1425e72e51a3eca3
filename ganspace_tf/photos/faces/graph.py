"""The two face networks as a TensorFlow graph of our own: float arrays in, float arrays out.

BlazeFace short-range (Bazarevsky et al. 2019, arXiv:1907.05047) and MediaPipe Face Mesh (Kartynnik et al.
2019, arXiv:1907.06724), both Google's, Apache License 2.0. `networks.npz` is data: arrays, and a list of
operations out of a closed table (training/face_networks.py made it). They run on the CPU: a GPU would round
otherwise.
"""

from __future__ import annotations

import json
import os
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

import numpy as np
import tensorflow.compat.v1 as tf

from nvlabs.running.session import CHANNELS_LAST, GraphSession

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "networks.npz")
DETECTOR, MESH = "detector", "mesh"

Facts = Dict[str, Any]
Build = Callable[[List[Any], List[Any], Facts], Any]


def _conv(inputs: List[Any], arrays: List[Any], facts: Facts) -> Any:
    convolved = tf.nn.conv2d(inputs[0], arrays[0], [1, facts["stride"], facts["stride"], 1], facts["padding"])
    return tf.nn.bias_add(convolved, arrays[1])


def _depthwise(inputs: List[Any], arrays: List[Any], facts: Facts) -> Any:
    strides = [1, facts["stride"], facts["stride"], 1]
    return tf.nn.bias_add(tf.nn.depthwise_conv2d(inputs[0], arrays[0], strides, facts["padding"]), arrays[1])


def _max_pool(inputs: List[Any], arrays: List[Any], facts: Facts) -> Any:
    window, step = [[1, facts[key], facts[key], 1] for key in ("size", "stride")]
    return tf.nn.max_pool(inputs[0], window, step, facts["padding"])


def _prelu(inputs: List[Any], arrays: List[Any], facts: Facts) -> Any:
    return tf.nn.relu(inputs[0]) + arrays[0] * tf.minimum(inputs[0], 0.0)


OPERATIONS: Dict[str, Build] = {
    "conv": _conv,
    "depthwise": _depthwise,
    "max_pool": _max_pool,
    "prelu": _prelu,
    "add": lambda inputs, arrays, facts: tf.add(*inputs),
    "relu": lambda inputs, arrays, facts: tf.nn.relu(inputs[0]),
    "pad": lambda inputs, arrays, facts: tf.pad(inputs[0], facts["widths"]),
    "reshape": lambda inputs, arrays, facts: tf.reshape(inputs[0], facts["shape"]),
    "concat": lambda inputs, arrays, facts: tf.concat(inputs, facts["axis"]),
}


class _Built(NamedTuple):
    entry: Any
    outputs: Dict[str, Any]


class FaceNetworks:
    """Both networks in one session. threads: of the CPU; None for all cores."""

    def __init__(self, threads: Optional[int] = None) -> None:
        self._session = GraphSession(threads, CHANNELS_LAST)
        self._built: Dict[str, _Built] = {}
        with np.load(FILE, allow_pickle=False) as stored, self._session.building(), tf.device("/cpu:0"):
            networks = json.loads(bytes(stored["networks.json"]).decode("utf-8"))
            for name, network in networks.items():
                self._built[name] = self._build(network, stored)
        self._session.start()

    def _build(self, network: Facts, stored: Any) -> _Built:
        entry = tf.placeholder(tf.float32, [None, *network["input"]])
        tensors = {network["first"]: entry}
        for operation in network["operations"]:
            # constants: 2.7 MB in the graph, and a fifth of the time that variables take to be made
            arrays = [tf.constant(stored[name], tf.float32) for name in operation["arrays"]]
            inputs = [tensors[number] for number in operation["in"]]
            tensors[operation["out"]] = OPERATIONS[operation["op"]](inputs, arrays, operation)
        return _Built(entry, {name: tensors[number] for name, number in network["outputs"].items()})

    def detect(self, pictures: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
        """What the detector says of pictures (N, 128, 128, 3) in [-1, 1]: numbers (N, 896, 16) that move an
        anchor to a box and six points, and raw scores (N, 896).
        """
        built = self._built[DETECTOR]
        wanted = [built.outputs["boxes"], built.outputs["scores"]]
        boxes, scores = self._session.run(wanted, {built.entry: pictures})
        return boxes, scores[..., 0]

    def mesh(self, pictures: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
        """Points (N, 468, 3) in pixels of pictures (N, 192, 192, 3) in [0, 1] that a face fills, and raw
        scores (N,) of whether it is one.
        """
        built = self._built[MESH]
        wanted = [built.outputs["points"], built.outputs["face"]]
        points, scores = self._session.run(wanted, {built.entry: pictures})
        return points.reshape(len(points), -1, 3), scores.reshape(-1)

    def close(self) -> None:
        """Frees the session."""
        self._session.close()
