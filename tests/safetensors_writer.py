"""Writes safetensors files without the package, for tests: header order and byte order are chosen apart."""

from __future__ import annotations

import json
import struct

import numpy as np

CODES = {"f8": "F64", "f4": "F32", "f2": "F16", "i8": "I64", "i4": "I32", "u1": "U8", "b1": "BOOL"}


def write(path, tensors, byte_order=None, bfloat16=(), **changes):
    """byte_order: names in the order of their bytes, by default as given. bfloat16: names that are stored as
    the upper halves of their float32. changes: of header entries, by name."""
    header, data = {}, b""
    places = {}
    for name in byte_order or tensors:
        array = np.ascontiguousarray(tensors[name])
        code = "BF16" if name in bfloat16 else CODES[array.dtype.str[1:]]
        if name in bfloat16:
            array = (array.view(np.uint32) >> np.uint32(16)).astype(np.uint16)
        places[name] = (code, [len(data), len(data) + array.nbytes])
        data += array.tobytes()
    for name, array in tensors.items():
        header[name] = {"dtype": places[name][0], "shape": list(array.shape), "data_offsets": places[name][1]}
    header = dict({"__metadata__": {"format": "pt"}}, **header)
    header.update(changes)
    text = json.dumps({name: entry for name, entry in header.items() if entry is not None}).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path
