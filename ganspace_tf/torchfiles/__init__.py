"""Checkpoints of PyTorch (`.pt`, `.pth`, `.bin`), read without PyTorch and without running anything of the
file.
"""

from __future__ import annotations

import os
import stat
from collections import OrderedDict
from typing import Any, Union

import numpy as np

from ganspace_tf.errors import FileError
from ganspace_tf.torchfiles.containers import ZIP_MAGIC, LegacyContainer, ZipContainer
from ganspace_tf.torchfiles.tensors import ArrayReader
from nvlabs.errors import DamagedFile, NetworkFileError
from nvlabs.pickle_values import Budget


class TorchFileError(FileError, NetworkFileError):
    """A PyTorch checkpoint was refused; nothing of it was run. Bad network files and bad files both, so in
    both trees.
    """


def read_torch(path: Union[str, "os.PathLike[str]"]) -> Any:
    """What torch.save wrote: dictionaries, lists and plain values as they are, every tensor a NumPy array.

    Arrays are C-contiguous copies in native byte order, of the tensor's type (bfloat16 becomes float32,
    complex numbers are not known). Reads both containers: zip (PyTorch 1.6 and newer) and the row of
    pickles before it. Raises TorchFileError for a file that cannot be read, is damaged, or asks for
    anything but tensors and plain values.
    """
    name = os.fspath(path)
    try:
        if not stat.S_ISREG(os.stat(name).st_mode):
            raise DamagedFile("is not an ordinary file; a PyTorch checkpoint is needed")
        with open(name, "rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            head = stream.read(len(ZIP_MAGIC))
            stream.seek(0)
            container = (ZipContainer if head == ZIP_MAGIC else LegacyContainer)(stream, size)
            return ArrayReader(container.read, container.order, Budget(4 * size + 65536)).plain(
                container.value
            )
    except NetworkFileError as error:
        raise TorchFileError(error.reason, name) from None
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        raise TorchFileError(
            "cannot be read: %s" % (getattr(error, "strerror", None) or error), name
        ) from None


def read_state_dict(path: Union[str, "os.PathLike[str]"]) -> "OrderedDict[str, np.ndarray]":
    """The parameters and buffers of a file that holds one state dictionary, by name, in the order of the
    file.

    Raises TorchFileError as read_torch does, and for a file that holds something else.
    """
    value = read_torch(path)
    if not isinstance(value, dict) or not all(isinstance(item, np.ndarray) for item in value.values()):
        raise TorchFileError(
            "does not hold one state dictionary: names and tensors, nothing else", os.fspath(path)
        )
    return OrderedDict(value)
