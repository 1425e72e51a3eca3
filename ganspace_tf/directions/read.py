"""Files of named directions: which kind of direction one holds, and the direction.

A new kind is a file beside `named.py` and a row of KINDS.
"""

from __future__ import annotations

import os
from typing import Any, Callable, Dict, List, Union

from ganspace_tf.directions.named import NamedDirection
from ganspace_tf.directions.record import FORMAT, PathLike
from ganspace_tf.directions.style import StyleDirection
from ganspace_tf.errors import FileError, UsageError
from ganspace_tf.json_files import read_json

AnyDirection = Union[NamedDirection, StyleDirection]
# the field that only this kind has → what makes it of a record
KINDS: Dict[str, Callable[[Dict[str, Any]], AnyDirection]] = {
    "vector": NamedDirection.from_record,
    "channels": StyleDirection.from_record,
}


def is_direction(record: Any) -> bool:
    """Whether JSON values have what only directions have."""
    return isinstance(record, dict) and any(name in record for name in KINDS)


def read_direction(path: PathLike) -> AnyDirection:
    """The inverse of `save` of either kind. Raises FileError for what is no direction."""
    record = read_json(path, "is not a direction: it")
    if not isinstance(record, dict) or record.pop("format", None) != FORMAT:
        raise FileError("{} is not a direction of format {}".format(path, FORMAT))
    kind = next((make for name, make in KINDS.items() if name in record), NamedDirection.from_record)
    try:
        return kind(record)
    except UsageError as error:
        raise FileError("{} is not a direction: {}".format(path, error)) from None


def load_directions(folder: PathLike) -> List[AnyDirection]:
    """All directions of a folder, in the order of their file names. Raises FileError, also if it has none."""
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".json"))
    except OSError as error:
        raise FileError("cannot read {}: {}".format(folder, error.strerror or error)) from None
    if not names:
        raise FileError("{} has no directions (.json files)".format(folder))
    return [read_direction(os.path.join(folder, name)) for name in names]
