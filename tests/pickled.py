"""Network files as another program would pickle them: with Python's own pickle module and a stand-in class
under the official class path, or by hand. Nothing of nvlabs takes part in the writing."""

from __future__ import annotations

import io
import pickle
import struct
import sys
import types
from contextlib import contextmanager

import numpy as np
import pytest

import nvlabs


class Network:
    """Pickles as `dnnlib.tflib.network Network` with the state it holds."""

    def __init__(self, state=None):
        self.state = state

    def __getstate__(self):
        return self.state

    def __setstate__(self, state):
        self.state = state


Network.__module__ = "dnnlib.tflib.network"
Network.__qualname__ = "Network"


@contextmanager
def official_modules():
    """While it lasts, `dnnlib.tflib.network.Network` can be imported."""
    added = {name: types.ModuleType(name) for name in ("dnnlib", "dnnlib.tflib", "dnnlib.tflib.network")}
    added["dnnlib.tflib.network"].Network = Network
    sys.modules.update(added)
    try:
        yield
    finally:
        for name in added:
            del sys.modules[name]


def network(record) -> Network:
    """The stand-in for a nvlabs NetworkRecord, with states as the original code writes them."""
    variables = [(name, value if value.ndim else value[()]) for name, value in record.variables.items()]
    return Network(
        {
            "version": record.version,
            "name": record.name,
            "static_kwargs": dict(record.static_kwargs),
            "components": {key: network(part) for key, part in record.components.items()},
            "build_module_src": record.source,
            "build_func_name": record.build_func_name,
            "variables": variables,
        }
    )


def networks(records):
    """(G, D, Gs) of stand-ins for a nvlabs FileRecords."""
    return tuple(network(record) for record in (records.G, records.D, records.Gs))


def dump(path, value, protocol=4):
    """Pickles `value`, stand-ins included, to `path` and returns the path."""
    with official_modules():
        data = pickle.dumps(value, protocol)
    path.write_bytes(data)
    return path


def load(path):
    """What Python's own unpickler gives for a file, networks as stand-ins."""
    with official_modules(), io.BytesIO(path.read_bytes()) as stream:
        return pickle.load(stream)


# Pieces of hand-made streams


def text(value: str) -> bytes:
    data = value.encode("utf-8")
    return b"X" + struct.pack("<I", len(data)) + data


def raw(data: bytes) -> bytes:
    return b"B" + struct.pack("<I", len(data)) + data


NETWORK = b"cdnnlib.tflib.network\nNetwork\n)\x81"
MINUS_ONE = b"J\xff\xff\xff\xff"
DTYPE = (
    b"cnumpy\ndtype\n" + text("f4") + b"\x89\x88\x87R(K\x03" + text("<") + b"NNN" + MINUS_ONE * 2 + b"K\x00tb"
)
EMPTY_ARRAY = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R"


def integer(value: int) -> bytes:
    data = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(data)]) + data


def array(shape, data: bytes, dtype: bytes = DTYPE) -> bytes:
    return (
        EMPTY_ARRAY
        + b"(K\x01("
        + b"".join(integer(n) for n in shape)
        + b"t"
        + dtype
        + b"\x89"
        + raw(data)
        + b"tb"
    )


def state(variables: bytes = b"]", kwargs: bytes = b"}", components: bytes = b"}") -> bytes:
    """A whole network whose parts are pieces of stream; what is not given is empty."""
    pairs = text("version") + b"K\x04" + text("name") + text("Gs") + text("build_func_name") + text("G_main")
    pairs += text("static_kwargs") + kwargs + text("variables") + variables + text("components") + components
    return NETWORK + b"}(" + pairs + b"ub"


def stream(body: bytes) -> bytes:
    return b"\x80\x04" + body + b"."


class Refusals:
    """Writes bytes to one path and gives back why `nvlabs.inspect` refuses them."""

    def __init__(self, path):
        self.path = path

    def __call__(self, data, kind=nvlabs.NetworkFileError) -> str:
        """The reason without the path; fails unless it is one line and no other file appeared."""
        self.path.write_bytes(data)
        with pytest.raises(kind) as error:
            nvlabs.inspect(self.path)
        message, start = str(error.value), str(self.path) + ": "
        assert message.startswith(start) and "\n" not in message and len(message) < 1000
        assert [entry.name for entry in self.path.parent.iterdir()] == [self.path.name]
        return message[len(start) :]


def float32(*shape):
    return np.zeros(shape, np.float32)
