"""The neutral form of a network file: an uncompressed .npz of float32 arrays and one JSON text, no pickle.

Arrays are named '<network>/<part>/<variable>', for example 'Gs/synthesis/8x8/Conv1/weight'; `numpy.load`
opens the file with allow_pickle=False. The entry 'network.json' holds all else, and the order of variables.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, BinaryIO, Iterable, Set, Tuple

from nvlabs.errors import DamagedFile, UnsupportedNetwork
from nvlabs.reading import foreign, json_text, npy
from nvlabs.reading.budget import Budget
from nvlabs.reading.pickle_values import ArrayNode, DtypeNode, NetworkNode
from nvlabs.reading.shown import show
from nvlabs.reading.states import MAX_NETWORKS
from nvlabs.reading.zips import ZipReader

FORMAT = "nvlabs-network"
FORMAT_VERSION = 1
TEXT_ENTRY = "network.json"
NETWORKS = ("G", "D", "Gs")
MAX_TEXT = 16 << 20  # the text of a full-size file, with the original source kept, is below 1 MB
MAX_DEPTH = 4  # of networks within networks
MAX_PREFIX = 1000  # characters of '<network>/<part>'
STATE_KEYS = ("version", "name", "static_kwargs", "build_func_name")


def read_networks(stream: BinaryIO, size: int, budget: Budget) -> Tuple["OrderedDict[str, NetworkNode]", Any]:
    """The networks of a neutral file by name, Gs alone or with G and D, and what else it says: unchecked, as
    from a pickle.

    Raises DamagedFile, or UnsupportedNetwork for another zip file (a PyTorch checkpoint, say).
    """
    archive = ZipReader(stream, size, budget)
    if TEXT_ENTRY not in archive.entries:
        raise _other_zip(archive.entries)
    text = json_text.parse(archive.read(TEXT_ENTRY, MAX_TEXT), budget, constants=True, surrogates=True)
    if not isinstance(text, dict) or text.get("format") != FORMAT:
        raise DamagedFile("the entry %r does not say %r" % (TEXT_ENTRY, FORMAT))
    if text.get("format_version") != FORMAT_VERSION:
        raise UnsupportedNetwork(
            "format version %s; this reads version %d" % (show(text.get("format_version")), FORMAT_VERSION)
        )
    networks = text.get("networks")
    if not isinstance(networks, dict) or "Gs" not in networks or not set(networks) <= set(NETWORKS):
        raise DamagedFile("the networks are not G, D and Gs, or Gs alone")
    reader = _Reader(archive)
    names = [name for name in NETWORKS if name in networks]
    nodes = OrderedDict((name, reader.network(networks[name], name, MAX_DEPTH)) for name in names)
    return nodes, text.get("facts", {})


def _other_zip(names: Iterable[str]) -> UnsupportedNetwork:
    if any("/code/__torch__" in name for name in names):
        return foreign.no_network(foreign.TORCHSCRIPT)
    if any(name.endswith("data.pkl") for name in names):
        return foreign.no_network("a PyTorch checkpoint that holds no network")
    if any(name.endswith(".pkl") for name in names):
        return UnsupportedNetwork("a zip archive: unpack it and give the .pkl inside")
    return UnsupportedNetwork("a zip or .npz archive without the entry %r: not a network file" % TEXT_ENTRY)


class _Reader:
    """Descriptions to networks. Each array belongs to one variable: names that meet in one entry are refused,
    as the writer refuses them.
    """

    def __init__(self, archive: ZipReader) -> None:
        self._archive = archive
        self._taken: Set[str] = set()
        self._networks = 0

    def network(self, text: Any, prefix: str, depth: int) -> NetworkNode:
        self._networks += 1
        if self._networks > MAX_NETWORKS or len(prefix) > MAX_PREFIX:
            raise DamagedFile("holds more than %d networks, or one with a name too long" % MAX_NETWORKS)
        names = text.get("variables") if isinstance(text, dict) else None
        if not isinstance(names, list) or not isinstance(text.get("components"), dict) or not depth:
            raise DamagedFile("%s is not described as a network" % prefix)
        if not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
            raise DamagedFile("the variables of %s are not a list of different names" % prefix)
        state = {key: text[key] for key in STATE_KEYS if key in text}
        state["build_module_src"] = text.get("source", "")
        state["variables"] = [(name, self._array("%s/%s" % (prefix, name))) for name in names]
        state["components"] = {
            key: self.network(part, prefix + "/" + key, depth - 1) for key, part in text["components"].items()
        }
        if isinstance(text.get("interface"), dict):
            state.update(text["interface"])
        node = NetworkNode()
        node.set_state(state)
        return node

    def _array(self, name: str) -> ArrayNode:
        if name + ".npy" not in self._archive.entries:
            raise DamagedFile("the variable %s is missing" % name[:100])
        if name in self._taken:
            raise DamagedFile("the variable %s is there twice" % name[:100])
        self._taken.add(name)
        data = self._archive.read(name + ".npy")
        try:
            header = npy.read_header(data)
        except DamagedFile as error:
            raise DamagedFile("the variable %s: %s" % (name[:100], error.reason)) from None
        if header.descr != "<f4":
            raise DamagedFile("the variable %s is not a float32 array" % name[:100])
        return ArrayNode().fill(
            DtypeNode("f4"), header.shape, header.fortran, memoryview(data)[header.start :]
        )
