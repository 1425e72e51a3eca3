"""Files that were made for a page and wait to be fetched by it; with --out they are kept on disk as well."""

from __future__ import annotations

import os
import re
import secrets
import threading
from collections import OrderedDict
from typing import Any, Dict, NamedTuple, Optional

from ganspace_tf.render.files import write_bytes

MOST_BYTES = 256 << 20  # that wait at a time; the newest always does
LONGEST_NAME = 80


class Kept(NamedTuple):
    """A file that waits. type: of its content, for HTTP."""

    name: str
    type: str
    data: bytes


class Files:
    """out: a folder of this machine that every file is also written to, under a name that is free there."""

    def __init__(self, out: Optional[str] = None) -> None:
        self._out = out
        self._kept: "OrderedDict[str, Kept]" = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, name: str, kind: str, data: bytes) -> Dict[str, Any]:
        """Let a file wait; what the page is told of it. Raises FileError where `out` takes no file."""
        name = plain_name(name)
        key = secrets.token_urlsafe(18)
        told: Dict[str, Any] = {"name": name, "type": kind, "size": len(data), "file": key}
        if self._out is not None:
            path = free_path(self._out, name)
            write_bytes(path, data)
            told["written"] = os.path.basename(path)
        with self._lock:
            self._kept[key] = Kept(name, kind, data)
            while len(self._kept) > 1 and sum(len(one.data) for one in self._kept.values()) > MOST_BYTES:
                self._kept.popitem(last=False)
        return told

    def get(self, key: str) -> Optional[Kept]:
        """The file of a key, None if it is not there (any more)."""
        with self._lock:
            return self._kept.get(key)


def plain_name(name: str) -> str:
    """A name of a file without anything that a shell, a header or a file system could take for more."""
    stem, dot, ending = os.path.basename(name).rpartition(".")
    stem = re.sub(r"[^A-Za-z0-9._+=-]+", "-", stem if dot else ending).strip("-.") or "picture"
    ending = re.sub(r"[^a-z0-9]+", "", ending.lower()) if dot else ""
    return stem[:LONGEST_NAME] + ("." + ending if ending else "")


def free_path(folder: str, name: str) -> str:
    """A path in the folder that is not taken: the name, or with a number before its ending."""
    stem, ending = os.path.splitext(name)
    path, number = os.path.join(folder, name), 2
    while os.path.exists(path):
        path = os.path.join(folder, "{}-{}{}".format(stem, number, ending))
        number += 1
    return path
