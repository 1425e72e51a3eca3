"""Checkpoints of PyTorch and safetensors files as this package reads them: a refusal is in its own tree of
errors too.
"""

from __future__ import annotations

import os
import stat
from collections import OrderedDict
from typing import Any, Optional, Union

import numpy as np

from ganspace_tf.errors import FileError
from nvlabs.errors import NetworkFileError
from nvlabs.reading import torch_files
from nvlabs.reading.budget import Budget
from nvlabs.reading.safetensors import is_safetensors, read_safetensors

HEAD_BYTES = 16


class TorchFileError(FileError, NetworkFileError):
    """A PyTorch checkpoint was refused; nothing of it was run. Bad network files and bad files both, so in
    both trees.
    """


def read_torch(path: Union[str, "os.PathLike[str]"], budget: Optional[Budget] = None) -> Any:
    """As nvlabs.reading.torch_files.read_torch; raises TorchFileError."""
    try:
        return torch_files.read_torch(path, budget)
    except NetworkFileError as error:
        raise TorchFileError(error.reason, os.fspath(path)) from None


def read_checkpoint(path: Union[str, "os.PathLike[str]"], budget: Optional[Budget] = None) -> Any:
    """What torch.save wrote, as `read_torch`, or the tensors of a safetensors file by name: which of the two
    goes by the contents. Raises TorchFileError.
    """
    try:
        with open(path, "rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            head = stream.read(HEAD_BYTES) if stat.S_ISREG(os.fstat(stream.fileno()).st_mode) else b""
            if is_safetensors(head, size):
                stream.seek(0)
                return read_safetensors(stream, size, budget or Budget.of(size))
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        reason = "cannot be read: %s" % (getattr(error, "strerror", None) or error)
        raise TorchFileError(reason, os.fspath(path)) from None
    except NetworkFileError as error:
        raise TorchFileError(error.reason, os.fspath(path)) from None
    except MemoryError:
        raise TorchFileError("does not fit into the memory of this machine", os.fspath(path)) from None
    return read_torch(path, budget)


def read_state_dict(
    path: Union[str, "os.PathLike[str]"], budget: Optional[Budget] = None
) -> "OrderedDict[str, np.ndarray]":
    """The parameters and buffers of a file that holds one state dictionary, by name, in the order of the
    file.

    Raises TorchFileError as read_torch does, and for a file that holds something else.
    """
    value = read_torch(path, budget)
    if not isinstance(value, dict) or not all(isinstance(item, np.ndarray) for item in value.values()):
        raise TorchFileError(
            "does not hold one state dictionary: names and tensors, nothing else", os.fspath(path)
        )
    return OrderedDict(value)
