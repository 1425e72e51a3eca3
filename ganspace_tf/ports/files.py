"""Checkpoints of PyTorch as this package reads them: a refusal is in its own tree of errors too."""

from __future__ import annotations

import os
from collections import OrderedDict
from typing import Any, Optional, Union

import numpy as np

from ganspace_tf.errors import FileError
from nvlabs.errors import NetworkFileError
from nvlabs.reading import torch_files
from nvlabs.reading.budget import Budget


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
