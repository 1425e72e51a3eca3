"""From a network file to records, without TensorFlow, without running anything of the file."""

from __future__ import annotations

import os
import stat
from typing import Any, BinaryIO, Callable, Dict, Optional, Tuple, Union

from nvlabs.errors import DamagedFile, NetworkUsageError, UnsupportedNetwork, about_file
from nvlabs.reading import filekinds, foreign, neutral
from nvlabs.reading.budget import Budget
from nvlabs.reading.pickle_machine import Machine
from nvlabs.reading.pickle_values import NetworkNode
from nvlabs.reading.pytorch import networks as pytorch
from nvlabs.reading.records import FileRecords
from nvlabs.reading.states import NEUTRAL_VERSIONS, Converter, kind_of
from nvlabs.reading.torch_containers import LEGACY_START

# What the first bytes of the TensorFlow editions' pickles, and of neutral files, hold.
OURS = (b"dnnlib.tflib.network", neutral.TEXT_ENTRY.encode("ascii"))


def read_records(path: Union[str, "os.PathLike[str]"], budget: Optional[Budget] = None) -> FileRecords:
    """The networks in an official .pkl file (any protocol, any edition) or a neutral .npz, as plain data.

    The kind of file goes by its contents, not by its name: files that torch.save made of the networks of a
    PyTorch edition are read as well. A file that holds a single network has it as Gs.
    budget: what reading may allocate; by default what its size allows.
    Raises NetworkFileError, naming the file, for everything that is not such a file.
    """
    if not isinstance(path, (str, bytes, os.PathLike)):
        raise NetworkUsageError("a path to a network file is needed, not a %s" % type(path).__name__)
    with about_file(path):
        try:
            if not stat.S_ISREG(os.stat(path).st_mode):
                kind = "a folder" if os.path.isdir(path) else "not an ordinary file"
                raise DamagedFile(kind + "; a .pkl or .npz file is needed")
            with open(path, "rb") as stream:
                size = os.fstat(stream.fileno()).st_size
                return _read_stream(stream, size, budget or Budget.of(size))
        except OSError as error:
            raise DamagedFile("cannot be read: %s" % (error.strerror or error)) from None
        except ValueError as error:  # a path with a null character
            raise DamagedFile("cannot be read: %s" % error) from None
        except MemoryError:
            raise DamagedFile("does not fit into the memory of this machine") from None


def _read_stream(stream: BinaryIO, size: int, budget: Budget) -> FileRecords:
    head = stream.read(filekinds.HEAD_BYTES)
    read = _reader(stream, size, head)
    stream.seek(0)
    return read(stream, size, budget)


def _reader(stream: BinaryIO, size: int, head: bytes) -> Callable[[BinaryIO, int, Budget], FileRecords]:
    """The reader for a file, by its first bytes and by whether it names the code of the PyTorch editions."""
    zipped = head.startswith(filekinds.ZIP)
    refused = None if zipped else filekinds.refusal(head, size)
    if refused is not None:
        raise refused
    if not any(mark in head for mark in OURS) and pytorch.names_networks(stream):
        for start, read in pytorch.READERS:
            if head.startswith(start):
                return read
    if head.startswith(LEGACY_START):
        raise foreign.no_network("a PyTorch checkpoint that holds no network")
    return _read_neutral if zipped else _read_tensorflow


def _read_neutral(stream: BinaryIO, size: int, budget: Budget) -> FileRecords:
    named, facts = neutral.read_networks(stream, size, budget)
    convert = Converter(budget, NEUTRAL_VERSIONS)
    records = {name: convert.network(node, name) for name, node in named.items()}
    return FileRecords(records.get("G"), records.get("D"), records["Gs"], facts=convert.plain(facts))


def _read_tensorflow(stream: BinaryIO, size: int, budget: Budget) -> FileRecords:
    budget.spend(size)
    return _file_records(Machine(stream, size, budget).run(), Converter(budget))


def _file_records(value: Any, convert: "Converter") -> FileRecords:
    if isinstance(value, NetworkNode):
        return FileRecords(None, None, convert.network(value, "the network"), bare=True)
    if type(value) is dict and any(isinstance(item, NetworkNode) for item in value.values()):
        value = _by_name(value)
    if type(value) is dict:
        raise foreign.no_network("a dictionary without a network in it")
    if not isinstance(value, (tuple, list)):
        raise DamagedFile("holds a %s, not the tuple (G, D, Gs) of an official network file" % kind_of(value))
    if len(value) != 3:
        raise DamagedFile(
            "holds %d things, not the tuple (G, D, Gs) of an official network file" % len(value)
        )
    if value[0] is None and value[1] is None and isinstance(value[2], NetworkNode):
        return FileRecords(None, None, convert.network(value[2], "Gs"))
    for name, item in zip(("G", "D", "Gs"), value):
        if not isinstance(item, NetworkNode):
            raise DamagedFile("has a %s in the place of the network %s" % (kind_of(item), name))
    G, D, Gs = (convert.network(item, name) for name, item in zip(("G", "D", "Gs"), value))
    return FileRecords(G, D, Gs)


def _by_name(value: Dict[Any, Any]) -> Tuple[Any, Any, Any]:
    """A dictionary of TensorFlow networks, as some scripts save it, as the tuple of an official file."""
    if not isinstance(value.get("Gs"), NetworkNode):
        names = ", ".join(str(name)[:20] for name in list(value)[:4])
        raise UnsupportedNetwork(
            "a dictionary of TensorFlow networks (%s) without Gs, the moving average of the generator; "
            "this reads the tuple (G, D, Gs), or a dictionary with Gs" % names
        )
    both = all(isinstance(value.get(name), NetworkNode) for name in ("G", "D"))
    return (value["G"], value["D"], value["Gs"]) if both else (None, None, value["Gs"])
