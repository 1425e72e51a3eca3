"""Named directions: what a person found and keeps.

    gs.directions(gen)                                  # those that fit a network: the package is called

named.py       a direction with its name, layers and range, as JSON tied to its model
collection.py  directions by name, wherever they are kept
style.py       style channels under a name      record.py  what both have    read.py  files of both
load.py        any file of a direction        foreign.py  what others keep
teach.py       a direction from marked seeds or scored samples, by a linear support vector machine
combine.py     sums of directions, and one without others
basis.py       several named directions, and components, as one basis
resample.py    exchange the coordinates of latents along some directions
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any, List, Optional

from ganspace_tf.directions import collection
from ganspace_tf.directions.basis import joined
from ganspace_tf.directions.load import load_direction
from ganspace_tf.directions.named import NamedDirection
from ganspace_tf.directions.read import AnyDirection
from ganspace_tf.directions.style import StyleDirection
from ganspace_tf.directions.teach import boundary, read_boundary, teach

__all__ = [
    "NamedDirection",
    "StyleDirection",
    "boundary",
    "joined",
    "load_direction",
    "read_boundary",
    "teach",
]


class _Directions(ModuleType):
    """This package under its public name: `gs.directions` is both a room and a question."""

    def __call__(self, gen: Any, folder: Optional[str] = None) -> List[AnyDirection]:
        """All named directions that fit a generator; see `collection.directions`."""
        return collection.directions(gen, folder)


sys.modules[__name__].__class__ = _Directions
