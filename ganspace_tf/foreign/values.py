"""The arrays and plain values in a file of another program, whatever that was. Nothing of it is run."""

from __future__ import annotations

import io
import os
import re
import stat
from collections import OrderedDict
from typing import Any, BinaryIO, Callable, NamedTuple, Optional, Tuple, Union

from ganspace_tf.errors import FileError
from nvlabs.errors import DamagedFile, NetworkFileError
from nvlabs.reading import npy
from nvlabs.reading.budget import Budget
from nvlabs.reading.neutral import TEXT_ENTRY
from nvlabs.reading.plain_pickles import read_plain
from nvlabs.reading.safetensors import is_safetensors, read_safetensors
from nvlabs.reading.torch_containers import LEGACY_START
from nvlabs.reading.torch_files import read_torch
from nvlabs.reading.zips import MAGIC, ZipReader

PathLike = Union[str, "os.PathLike[str]"]
HEAD_BYTES = 128
OBJECTS = re.compile(rb"\{'descr': *'\|O")  # the header of a .npy file that holds a pickle
PICKLES = (b"\x80", b"(", b"]", b"}", b"l", b"c")  # what pickles begin with: protocols 2 to 5, then 0 and 1
ENDING = ".npy"


class Kind(NamedTuple):
    """A container. begins: whether a file can be one, by its first bytes and its size. read: its value, from
    path, open file, size and budget.
    """

    begins: Callable[[bytes, int], bool]
    read: Callable[[PathLike, BinaryIO, int, Budget], Any]


def read_values(path: PathLike, budget: Optional[Budget] = None) -> Any:
    """What a file holds: an array, or dictionaries, lists, text and numbers with arrays in them.

    The kind of file goes by its contents. budget: charged for all of it; by default that of the file. Raises
    FileError, in one line that names the file.
    """
    head, size = read_head(path)
    try:
        with open(path, "rb") as stream:
            for kind in KINDS:
                if kind.begins(head, size):
                    return kind.read(path, stream, size, Budget.of(size) if budget is None else budget)
        raise DamagedFile("is no file of arrays: .npy, .npz, .pt, .safetensors or a pickle of arrays")
    except OSError as error:
        raise FileError.unreadable(path, error) from None
    except NetworkFileError as error:
        raise FileError("{}: {}".format(path, error.reason)) from None


def read_head(path: PathLike) -> Tuple[bytes, int]:
    """The first bytes of an ordinary file, and its size. Raises FileError."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # opening a pipe would wait for its other end
            raise FileError("cannot read {}: it is no ordinary file".format(path))
        with open(path, "rb") as stream:
            return stream.read(HEAD_BYTES), os.fstat(stream.fileno()).st_size
    except (OSError, ValueError) as error:
        raise FileError.unreadable(path, error) from None


def begins_as_values(head: bytes, size: int) -> bool:
    """Whether a file of `size` bytes that begins with `head` is of a kind that `read_values` may read."""
    return any(kind.begins(head, size) for kind in KINDS)


def _npy(data: Union[bytes, bytearray], budget: Budget) -> Any:
    """One array as NumPy saves it; where that is an array of objects, the plain values in its pickle."""
    start, length = npy.header_place(data)
    if OBJECTS.match(data[start : start + length]) is None:
        return npy.parse(data)
    left = len(data) - start - length
    budget.spend(left)
    return read_plain(io.BytesIO(data[start + length :]), left, budget)


def _read_npy(path: PathLike, stream: BinaryIO, size: int, budget: Budget) -> Any:
    budget.spend(size)
    return _npy(stream.read(), budget)


def _read_zip(path: PathLike, stream: BinaryIO, size: int, budget: Budget) -> Any:
    archive = ZipReader(stream, size, budget, deflate=True)
    if any(name.endswith("/data.pkl") for name in archive.entries):
        return read_torch(path, budget)
    if TEXT_ENTRY in archive.entries:
        raise DamagedFile("is a network file, the neutral form, and no file of arrays")
    names = [name for name in archive.entries if name.endswith(ENDING)]
    return OrderedDict((name[: -len(ENDING)], _npy(archive.read(name), budget)) for name in names)


def _read_pickle(path: PathLike, stream: BinaryIO, size: int, budget: Budget) -> Any:
    budget.spend(size)
    return read_plain(stream, size, budget)


def _read_torch(path: PathLike, stream: BinaryIO, size: int, budget: Budget) -> Any:
    return read_torch(path, budget)


def _read_safetensors(path: PathLike, stream: BinaryIO, size: int, budget: Budget) -> Any:
    return read_safetensors(stream, size, budget)


KINDS: Tuple[Kind, ...] = (
    Kind(lambda head, size: head.startswith(npy.MAGIC), _read_npy),
    Kind(lambda head, size: head.startswith(MAGIC), _read_zip),
    Kind(lambda head, size: head.startswith(LEGACY_START), _read_torch),
    Kind(is_safetensors, _read_safetensors),
    Kind(lambda head, size: head[:1] in PICKLES, _read_pickle),
)
