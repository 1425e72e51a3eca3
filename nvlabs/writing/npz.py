"""Arrays and one JSON text in an uncompressed .npz without pickles: the same bytes always, everywhere."""

from __future__ import annotations

import struct
import zipfile
from typing import BinaryIO, Mapping

import numpy as np

from nvlabs.reading import npy

MAGIC = npy.MAGIC + b"\x01\x00"  # version 1 of the format
EPOCH = (1980, 1, 1, 0, 0, 0)


def write_entries(stream: BinaryIO, text_name: str, text: str, arrays: Mapping[str, np.ndarray]) -> None:
    """The text as the entry `text_name`, then each array as float32 under its name and ".npy"."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(text_name, EPOCH), text)
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(name + ".npy", EPOCH)
            entry.file_size = len(_npy_header(array)) + array.nbytes
            with archive.open(entry, "w") as target:
                target.write(_npy_header(array))
                target.write(np.ascontiguousarray(array, "<f4").tobytes())


def _npy_header(array: np.ndarray) -> bytes:
    # written here rather than by numpy, whose padding differs between versions
    text = "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }" % (tuple(int(n) for n in array.shape),)
    padded = text + " " * (-(len(MAGIC) + 2 + len(text) + 1) % 64) + "\n"
    return MAGIC + struct.pack("<H", len(padded)) + padded.encode("ascii")
