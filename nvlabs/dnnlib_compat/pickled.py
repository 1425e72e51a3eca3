"""What a script is told that reads a network file with Python's own pickle."""

from __future__ import annotations

import sys
import warnings
from functools import lru_cache

TOLD = (
    "a network came out of pickle.load, which runs whatever a file says; "
    "pretrained_networks.load_networks(path) and training.misc.load_pkl(path) give the same network and read "
    "the file as data (outside of such scripts: nvlabs.load)"
)


class PickledNetwork(UserWarning):
    """A script unpickled a network file itself."""


def warn_of_pickle() -> None:
    """To be called while a network is unpickled: warns where that is done, once a process. Copies in memory,
    which use the same interface, are no matter.
    """
    reader = sys._getframe(2)  # pickle itself is written in C and has no frame
    if reader.f_globals.get("__name__") != "copy":
        _warn()


@lru_cache(maxsize=None)
def _warn() -> None:
    warnings.warn(TOLD, PickledNetwork, stacklevel=4)
