"""Files of a BigGAN folder as bytes, within the budget of the folder."""

from __future__ import annotations

import os
from typing import Optional

from ganspace_tf.biggan.errors import BigGANFileError
from nvlabs.reading.budget import Budget


def read_bytes(path: str, budget: Budget, limit: Optional[int] = None) -> bytes:
    """A whole file, charged before it is read. limit: bytes it may have. Raises BigGANFileError."""
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            if limit is not None and size > limit:
                text = "{}: {:,} bytes are too long for such a file; up to {:,} are read"
                raise BigGANFileError(text.format(path, size, limit))
            budget.spend(size)
            return file.read(size)
    except OSError as error:
        raise BigGANFileError("{}: cannot be read ({})".format(path, error.strerror)) from None


def budget_of(folder: str) -> Budget:
    """The budget of all files in a folder and in its folders of the first level, the weights among them."""
    paths = []
    for place in [folder] + [os.path.join(folder, name) for name in _names(folder)]:
        paths += [os.path.join(place, name) for name in _names(place)] if os.path.isdir(place) else []
    return Budget.of_files(*(path for path in paths if os.path.isfile(path)))


def _names(folder: str) -> list:
    try:
        return os.listdir(folder)
    except OSError:
        return []
