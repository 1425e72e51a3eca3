"""From a network file to records, without TensorFlow, without running anything of the file."""

from __future__ import annotations

import os
import stat
from typing import Any, BinaryIO, Dict, Optional, Tuple, Union

from nvlabs.errors import DamagedFile, NetworkUsageError, UnsupportedNetwork, about_file
from nvlabs.reading import filekinds, neutral
from nvlabs.reading.budget import Budget
from nvlabs.reading.pickle_machine import Machine
from nvlabs.reading.pickle_values import NetworkNode
from nvlabs.reading.records import FileRecords
from nvlabs.reading.states import Converter, kind_of


def read_records(path: Union[str, "os.PathLike[str]"], budget: Optional[Budget] = None) -> FileRecords:
    """The networks in an official .pkl file (any pickle protocol) or a neutral .npz, as plain data.

    The kind of file goes by its contents, not by its name. A file that holds a single network has it as Gs.
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
    stream.seek(0)
    if head.startswith(filekinds.ZIP):
        networks = neutral.read_networks(stream, size, budget)
        return _file_records(tuple(networks) if len(networks) > 1 else networks[0], Converter(budget))
    refused = filekinds.refusal(head, size)
    if refused is not None:
        raise refused
    budget.spend(size)
    return _file_records(Machine(stream, size, budget).run(), Converter(budget))


def _file_records(value: Any, convert: "Converter") -> FileRecords:
    if isinstance(value, NetworkNode):
        return FileRecords(None, None, convert.network(value, "the network"), bare=True)
    if type(value) is dict and any(isinstance(item, NetworkNode) for item in value.values()):
        value = _by_name(value)
    if type(value) is dict and ("G_ema" in value or "G" in value):
        raise UnsupportedNetwork(
            "a dictionary of networks, as the PyTorch editions write it (StyleGAN2-ADA-PyTorch, StyleGAN3); "
            "this reads the TensorFlow editions, which hold a tuple (G, D, Gs)"
        )
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
