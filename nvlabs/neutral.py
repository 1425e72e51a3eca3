"""The neutral form of a network file: an uncompressed .npz of float32 arrays and one JSON text, no pickle.

Arrays are named '<network>/<part>/<variable>', for example 'Gs/synthesis/8x8/Conv1/weight'; `numpy.load`
opens the file with allow_pickle=False. The entry 'network.json' holds all else, and the order of variables.
"""

from __future__ import annotations

import json
import os
import re
import struct
import zipfile
from collections import OrderedDict
from typing import Any, BinaryIO, Dict, List, Union

import numpy as np

from nvlabs.atomic import whole_file
from nvlabs.errors import DamagedFile, NetworkUsageError, UnsupportedNetwork
from nvlabs.pickle_values import ArrayNode, DtypeNode, NetworkNode
from nvlabs.records import FileRecords, NetworkRecord

FORMAT = "nvlabs-network"
FORMAT_VERSION = 1
TEXT_ENTRY = "network.json"
MAX_TEXT = 16 << 20  # the text of a full-size file, with the original source kept, is below 1 MB
MAX_DEPTH = 4  # of networks within networks
MAX_ENTRIES = 50_000
EPOCH = (1980, 1, 1, 0, 0, 0)  # the same network gives the same bytes at any time
MAGIC = b"\x93NUMPY\x01\x00"
HEADER = re.compile(
    r"\{'descr': *'<f4', *'fortran_order': *(False|True), *'shape': *\(((?:\d{1,10}(?:, *|(?=\))))*)\), *\}"
)


def write_npz(records: FileRecords, path: Union[str, "os.PathLike[str]"]) -> None:
    """Writes the neutral form; the same records give the same bytes on every Python and NumPy.

    Raises NetworkNotWritten, or NetworkUsageError where variables would share a name in the file.
    """
    arrays: "OrderedDict[str, np.ndarray]" = OrderedDict()
    networks = {name: _to_json(record, name, arrays) for name, record in records.by_name().items()}
    text = {"format": FORMAT, "format_version": FORMAT_VERSION, "networks": networks}
    with whole_file(path) as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(TEXT_ENTRY, EPOCH), json.dumps(text, indent=1))
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(name + ".npy", EPOCH)
            entry.file_size = len(_npy_header(array)) + array.nbytes
            with archive.open(entry, "w") as target:
                target.write(_npy_header(array))
                target.write(np.ascontiguousarray(array, "<f4").tobytes())


def _to_json(record: NetworkRecord, prefix: str, arrays: "OrderedDict[str, np.ndarray]") -> Dict[str, Any]:
    for name, array in record.variables.items():
        if prefix + "/" + name in arrays:
            raise NetworkUsageError("two variables would be called %s/%s in the file" % (prefix, name))
        arrays[prefix + "/" + name] = array
    return {
        "version": record.version,
        "name": record.name,
        "static_kwargs": record.static_kwargs,
        "build_func_name": record.build_func_name,
        "variables": list(record.variables),
        "interface": record.interface,
        "components": {
            key: _to_json(part, prefix + "/" + key, arrays) for key, part in record.components.items()
        },
        "source": record.source,
    }


def _npy_header(array: np.ndarray) -> bytes:
    # written here rather than by numpy, whose padding differs between versions
    text = "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }" % (tuple(int(n) for n in array.shape),)
    padded = text + " " * (-(len(MAGIC) + 2 + len(text) + 1) % 64) + "\n"
    return MAGIC + struct.pack("<H", len(padded)) + padded.encode("ascii")


def read_networks(stream: BinaryIO, size: int) -> List[NetworkNode]:
    """The networks of a neutral file, G, D and Gs or Gs alone: unchecked states, as from a pickle.

    Raises DamagedFile, or UnsupportedNetwork for another zip file (a PyTorch checkpoint, say).
    """
    try:
        with zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
            if TEXT_ENTRY not in names:
                raise _other_zip(names)
            entries = archive.infolist()
            stored = all(e.compress_type == zipfile.ZIP_STORED and not e.flag_bits & 1 for e in entries)
            if not stored or sum(entry.file_size for entry in entries) > size or len(entries) > MAX_ENTRIES:
                raise DamagedFile(
                    "a neutral file that was packed again or damaged; make it again from the .pkl"
                )
            return _networks(archive)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, struct.error) as error:
        raise DamagedFile("a damaged zip file (%s); copy or download it again" % error) from None
    except (ValueError, KeyError, EOFError, RuntimeError, OverflowError) as error:
        raise DamagedFile(
            "a damaged neutral network file (%s)" % (str(error)[:100] or type(error).__name__)
        ) from None


def _other_zip(names: List[str]) -> UnsupportedNetwork:
    if any(name.endswith("data.pkl") for name in names):
        return UnsupportedNetwork("a PyTorch checkpoint; this reads the TensorFlow editions' .pkl files")
    if any(name.endswith(".pkl") for name in names):
        return UnsupportedNetwork("a zip archive: unpack it and give the .pkl inside")
    return UnsupportedNetwork("a zip or .npz archive without the entry %r: not a network file" % TEXT_ENTRY)


def _networks(archive: zipfile.ZipFile) -> List[NetworkNode]:
    if archive.getinfo(TEXT_ENTRY).file_size > MAX_TEXT:
        raise DamagedFile("the entry %r is too long" % TEXT_ENTRY)
    text = json.loads(archive.read(TEXT_ENTRY).decode("utf-8"), parse_int=_short_integer)
    if not isinstance(text, dict) or text.get("format") != FORMAT:
        raise DamagedFile("the entry %r does not say %r" % (TEXT_ENTRY, FORMAT))
    if text.get("format_version") != FORMAT_VERSION:
        raise UnsupportedNetwork(
            "format version %r; this reads version %d"
            % (str(text.get("format_version"))[:20], FORMAT_VERSION)
        )
    networks = text.get("networks")
    if not isinstance(networks, dict) or set(networks) not in ({"Gs"}, {"G", "D", "Gs"}):
        raise DamagedFile("the networks are not G, D and Gs, or Gs alone")
    names = [name for name in FileRecords.__dataclass_fields__ if name in networks]
    return [_node(archive, networks[name], name, MAX_DEPTH) for name in names]


def _short_integer(text: str) -> int:
    if len(text) > 40:
        raise ValueError("an integer of %d digits" % len(text))
    return int(text)


def _node(archive: zipfile.ZipFile, text: Any, prefix: str, depth: int) -> NetworkNode:
    names = text.get("variables") if isinstance(text, dict) else None
    if not isinstance(names, list) or not isinstance(text.get("components"), dict) or not depth:
        raise DamagedFile("%s is not described as a network" % prefix)
    if not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        raise DamagedFile("the variables of %s are not a list of different names" % prefix)
    state = {key: text[key] for key in ("version", "name", "static_kwargs", "build_func_name") if key in text}
    state["build_module_src"] = text.get("source", "")
    state["variables"] = [(name, _array(archive, "%s/%s" % (prefix, name))) for name in names]
    state["components"] = {
        key: _node(archive, part, prefix + "/" + key, depth - 1) for key, part in text["components"].items()
    }
    if isinstance(text.get("interface"), dict):
        state.update(text["interface"])
    node = NetworkNode()
    node.set_state(state)
    return node


def _array(archive: zipfile.ZipFile, name: str) -> ArrayNode:
    try:
        data = archive.read(name + ".npy")
    except KeyError:
        raise DamagedFile("the variable %s is missing" % name[:100]) from None
    length = struct.unpack("<H", data[8:10])[0] if data.startswith(MAGIC) and len(data) > 10 else 0
    header = HEADER.match(data[10 : 10 + length].decode("latin1"))
    if header is None:
        raise DamagedFile("the variable %s is not a float32 array" % name[:100])
    shape = tuple(int(number) for number in header.group(2).replace(",", " ").split())
    return ArrayNode().fill(DtypeNode("f4"), shape, header.group(1) == "True", data[10 + length :])
