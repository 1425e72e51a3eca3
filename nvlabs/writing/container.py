"""Writing the official container: a pickle of (G, D, Gs) that the original loaders read as well as ours.

The stream is put together here rather than by `pickle`, so that the same records give the same bytes on every
Python and NumPy. NumPy's own module names, which changed in its version 2, are the old ones, which all know.
"""

from __future__ import annotations

import os
import struct
from typing import Any, BinaryIO, Dict, List, Mapping, Optional, Union

import numpy as np

from nvlabs.describing.from_record import generator_spec, usable
from nvlabs.describing.spec import PERSISTENT, GeneratorSpec
from nvlabs.errors import NetworkFileError, NetworkUsageError
from nvlabs.reading.records import FileRecords, NetworkRecord
from nvlabs.writing import neutral
from nvlabs.writing.atomic import whole_file
from nvlabs.writing.editions import for_tensorflow

NETWORK = b"cdnnlib.tflib.network\nNetwork\n"
EMPTY_TUPLE, NEW_OBJECT, CALL, BUILD, STOP = b")", b"\x81", b"R", b"b", b"."
# An empty array, to be filled by the state that follows, and the dtype float32, as NumPy 1 writes them.
ARRAY = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87" + CALL
SCALAR = b"cnumpy.core.multiarray\nscalar\n"
FLOAT32 = (
    b"cnumpy\ndtype\nX\x02\x00\x00\x00f4\x89\x88\x87"
    + CALL
    + b"(K\x03X\x01\x00\x00\x00<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00t"
    + BUILD
)
# What the original scripts of each version end up with under their Python.
PROTOCOLS = {3: 4, 4: 4, 5: 3}


def save(records: FileRecords, path: Union[str, "os.PathLike[str]"]) -> None:
    """Writes the records to `path`: the official container, or the neutral form where the name ends in .npz.

    A file is a tuple (G, D, Gs) also where Gs alone is given, None in the places of the others: scripts that
    unpack three and use Gs go on working. Networks of the PyTorch editions: see `editions.for_tensorflow`.
    Raises NetworkUsageError for records that no loader would accept, NetworkNotWritten where writing fails.
    """
    alone = (records.G is None) != (records.D is None)
    if alone and records.Gs.version != PERSISTENT:
        raise NetworkUsageError("a network file holds G, D and Gs, or Gs alone; G and D must both be given")
    neutral_form = os.fspath(path).lower().endswith(".npz")
    try:
        records = usable(records)
        if not neutral_form:
            records = for_tensorflow(records)
        specs = {"Gs": generator_spec(records.Gs), "G": generator_spec(records.G) if records.G else None}
    except NetworkFileError as error:
        raise NetworkUsageError("this network cannot be saved: %s" % error) from None
    if neutral_form:
        neutral.write_npz(records, path)
        return
    with whole_file(path) as stream:
        writer = _Writer(stream)
        stream.write(b"\x80" + bytes([PROTOCOLS[records.Gs.version]]))
        if records.G is None:
            writer.value(None)
            writer.value(None)
        for name, record in records.by_name().items():
            writer.network(record, specs.get(name))
        stream.write(b"\x87" + STOP)


class _Writer:
    """Plain values, arrays and networks as pickle instructions that every protocol from 3 up knows."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream

    def network(self, record: NetworkRecord, spec: Optional[GeneratorSpec], role: str = "whole") -> None:
        """The state with the keys of the record's version, in the originals' order."""
        self.stream.write(NETWORK + EMPTY_TUPLE + NEW_OBJECT + b"}(")
        self.pair("version", record.version)
        self.pair("name", record.name)
        self.pair("static_kwargs", record.static_kwargs)
        self.value("components")
        self.stream.write(b"}(")
        for key in record.part_keys():
            self.value(key)
            self.network(record.components[key], spec, key)
        self.stream.write(b"u")
        self.pair("build_module_src", record.source)
        self.pair("build_func_name", record.build_func_name)
        self.value("variables")
        self.variables(record.variables)
        if record.version == 5:
            for key, value in _interface(record, spec, role).items():
                self.pair(key, value)
        self.stream.write(b"u" + BUILD)

    def pair(self, key: str, value: Any) -> None:
        self.value(key)
        self.value(value)

    def variables(self, variables: Mapping[str, np.ndarray]) -> None:
        self.stream.write(b"](")
        for name, array in variables.items():
            self.value(name)
            self.array(np.asarray(array))
            self.stream.write(b"\x86")
        self.stream.write(b"e")

    def array(self, array: np.ndarray) -> None:
        data = np.ascontiguousarray(array, "<f4").tobytes()
        if array.ndim == 0:
            # 0-d variables are NumPy scalars in official files, not 0-d arrays
            self.stream.write(SCALAR + FLOAT32)
            self.value(data)
            self.stream.write(b"\x86" + CALL)
            return
        self.stream.write(ARRAY + b"(K\x01")
        self.value(tuple(int(size) for size in array.shape))
        self.stream.write(FLOAT32 + b"\x89")
        self.value(data)
        self.stream.write(b"t" + BUILD)

    def value(self, value: Any) -> None:
        write = self.stream.write
        if value is None:
            write(b"N")
        elif isinstance(value, bool):
            write(b"\x88" if value else b"\x89")
        elif isinstance(value, int):
            write(_integer(value))
        elif isinstance(value, float):
            write(b"G" + struct.pack(">d", value))
        elif isinstance(value, str):
            data = value.encode("utf-8", "surrogatepass")
            write(b"X" + struct.pack("<I", len(data)) + data)
        elif isinstance(value, bytes):
            write(b"B" + struct.pack("<I", len(value)))
            write(value)
        elif isinstance(value, (list, tuple)):
            write(b"](" if isinstance(value, list) else b"(")
            for item in value:
                self.value(item)
            write(b"e" if isinstance(value, list) else b"t")
        elif isinstance(value, Mapping):
            write(b"}(")
            for key, item in value.items():
                self.value(key)
                self.value(item)
            write(b"u")
        else:
            raise NetworkUsageError("a %s cannot be saved in a network file" % type(value).__name__)


def _integer(value: int) -> bytes:
    if 0 <= value < 256:
        return b"K" + bytes([value])
    if -(2**31) <= value < 2**31:
        return b"J" + struct.pack("<i", value)
    data = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(data)]) + data


def _interface(record: NetworkRecord, spec: Optional[GeneratorSpec], role: str) -> Dict[str, List]:
    """What version 5 states about inputs and outputs: names, and shapes with None for the batch."""
    if spec is None:
        return record.interface or _discriminator_interface(record.static_kwargs)
    mapping, synthesis = spec.mapping, spec.synthesis
    latents = [[None, mapping.latent_size], [None, mapping.label_size]]
    dlatents = [[None, synthesis.num_layers, synthesis.dlatent_size]]
    images = [[None, synthesis.num_channels, *synthesis.image_size]]
    if role == "mapping":
        return _stated(["latents_in", "labels_in"], latents, ["dlatents_out"], dlatents)
    if role == "synthesis":
        return _stated(["dlatents_in"], dlatents, ["images_out"], images)
    return _stated(["latents_in", "labels_in"], latents, ["images_out"], images)


def _discriminator_interface(kwargs: Dict[str, Any]) -> Dict[str, List]:
    size = kwargs.get("resolution", 1024)
    inputs = [[None, kwargs.get("num_channels", 3), size, size], [None, kwargs.get("label_size", 0)]]
    return _stated(["images_in", "labels_in"], inputs, ["scores_out"], [[None, 1]])


def _stated(
    input_names: List, input_shapes: List, output_names: List, output_shapes: List
) -> Dict[str, List]:
    return {
        "input_shapes": input_shapes,
        "output_shapes": output_shapes,
        "input_names": input_names,
        "output_names": output_names,
    }
