"""The neutral form of a network file: an uncompressed .npz of float32 arrays and one JSON text, no pickle.

Arrays are named '<network>/<part>/<variable>', for example 'Gs/synthesis/8x8/Conv1/weight'; `numpy.load`
opens the file with allow_pickle=False. The entry 'network.json' holds all else, and the order of variables.
"""

from __future__ import annotations

import json
import re
import struct
import zipfile
from typing import Any, BinaryIO, List

from nvlabs.errors import DamagedFile, UnsupportedNetwork
from nvlabs.reading.pickle_values import ArrayNode, DtypeNode, NetworkNode
from nvlabs.reading.records import FileRecords

FORMAT = "nvlabs-network"
FORMAT_VERSION = 1
TEXT_ENTRY = "network.json"
MAX_TEXT = 16 << 20  # the text of a full-size file, with the original source kept, is below 1 MB
MAX_DEPTH = 4  # of networks within networks
MAX_ENTRIES = 50_000
MAGIC = b"\x93NUMPY\x01\x00"
HEADER = re.compile(
    r"\{'descr': *'<f4', *'fortran_order': *(False|True), *'shape': *\(((?:\d{1,10}(?:, *|(?=\))))*)\), *\}"
)


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
