"""Whether the file of a network is still the one that was read."""

from __future__ import annotations

import os
from typing import List, Optional, Tuple

from ganspace_tf.errors import GanspaceError
from ganspace_tf.generators.load import locate

REPLACED = "{} was replaced since it was read: what is saved is of the old file, which replay will need"


class Source:
    """The file, or folder, that a network's name stands for, as it is now. A name that stands for none is
    never replaced.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._stamp = _stamp(name)

    def replaced(self) -> Optional[str]:
        """One line for people if sizes or times are others than at first, else None."""
        if self._stamp and _stamp(self._name) != self._stamp:
            return REPLACED.format(self._name)
        return None


def _stamp(name: str) -> List[Tuple[str, int, int]]:
    """Names, sizes and times of files; nothing where there are none."""
    try:
        path = locate(name)
        files = [entry.path for entry in os.scandir(path)] if os.path.isdir(path) else [path]
        facts = [(file, os.stat(file)) for file in sorted(files)]
    except (GanspaceError, OSError):
        return []
    return [(file, found.st_size, found.st_mtime_ns) for file, found in facts]
