"""Writing the neutral form of a network file, as nvlabs.reading.neutral describes and reads it."""

from __future__ import annotations

import json
import os
from collections import OrderedDict
from typing import Any, Dict, Union

import numpy as np

from nvlabs.errors import NetworkUsageError
from nvlabs.reading.neutral import FORMAT, FORMAT_VERSION, TEXT_ENTRY
from nvlabs.reading.records import FileRecords, NetworkRecord
from nvlabs.writing.atomic import whole_file
from nvlabs.writing.npz import write_entries


def write_npz(records: FileRecords, path: Union[str, "os.PathLike[str]"]) -> None:
    """Writes the neutral form; the same records give the same bytes on every Python and NumPy.

    Raises NetworkNotWritten, or NetworkUsageError where variables would share a name in the file.
    """
    arrays: "OrderedDict[str, np.ndarray]" = OrderedDict()
    networks = {name: _to_json(record, name, arrays) for name, record in records.by_name().items()}
    text: Dict[str, Any] = {"format": FORMAT, "format_version": FORMAT_VERSION, "networks": networks}
    if records.facts:
        text["facts"] = records.facts
    with whole_file(path) as stream:
        write_entries(stream, TEXT_ENTRY, json.dumps(text, indent=1), arrays)


def _to_json(record: NetworkRecord, prefix: str, arrays: "OrderedDict[str, np.ndarray]") -> Dict[str, Any]:
    for name, array in record.variables.items():
        if prefix + "/" + name in arrays:
            raise NetworkUsageError("two variables would be called %s/%s in the file" % (prefix, name))
        arrays[prefix + "/" + name] = array
    return {
        "version": record.version,
        "name": record.name,
        "static_kwargs": record.static_kwargs,
        "build_func_name": record.build_func_name,
        "variables": list(record.variables),
        "interface": record.interface,
        "components": {
            key: _to_json(part, prefix + "/" + key, arrays) for key, part in record.components.items()
        },
        "source": record.source,
    }
