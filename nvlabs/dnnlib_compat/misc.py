"""`training.misc` of the official repositories, as far as scripts use it that do not train: network files."""

from __future__ import annotations

import pickle
from typing import Any, BinaryIO

from nvlabs.dnnlib_compat import pretrained_networks
from nvlabs.dnnlib_compat.network import Network
from nvlabs.dnnlib_compat.stubs import missing
from nvlabs.reading.unpickle import read_records
from nvlabs.writing.atomic import whole_file

__all__ = ["load_pkl", "open_file_or_url", "save_pkl"]


def open_file_or_url(file_or_url: str) -> BinaryIO:
    """A file by path or address, as a binary stream. Raises OSError."""
    return open(pretrained_networks.local_path(file_or_url), "rb")


def load_pkl(file_or_url: str) -> Any:
    """(G, D, Gs) of a network file by path or address, or its network where it holds one alone.

    It is read as data: nothing in the file is run, and what is no network file is refused with
    nvlabs.NetworkFileError. Raises OSError for a file that does not arrive.
    """
    records = read_records(pretrained_networks.local_path(file_or_url))
    if records.bare:
        return Network.from_record(records.Gs)
    return pretrained_networks.networks_of(records)


def save_pkl(obj: Any, filename: str) -> None:
    """Pickles an object, networks in the official form. Raises nvlabs.NetworkNotWritten."""
    with whole_file(filename) as stream:
        pickle.dump(obj, stream, protocol=4)


def __getattr__(name: str) -> Any:
    raise AttributeError("training.misc.{}: {}".format(name, missing("it")))
