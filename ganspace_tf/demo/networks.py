"""The networks that come with this project: which there are, what they cost and how good they are, and their
checked files.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import OrderedDict
from typing import Any, Dict

from ganspace_tf.errors import FileError, UnknownName

PREFIX = "demo:"
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")


def manifest(folder: str = DATA) -> "OrderedDict[str, Dict[str, Any]]":
    """What is known of each network, by name without "demo:".

    Each is a dict of `file`, `sha256`, `bytes`, `licence`, `family`, `world`, `resolution`, `training` (a
    list of stages: pictures shown, seconds, hardware, settings) and `quality` as `demo.quality.quality`
    returns it. Raises FileError if the manifest is missing or is not JSON.
    """
    path = os.path.join(folder, "manifest.json")
    try:
        with open(path, encoding="utf-8") as stream:
            return json.load(stream, object_pairs_hook=OrderedDict)
    except (OSError, ValueError) as error:
        raise FileError("%s cannot be read: %s" % (path, error)) from error


def network_path(name: str, folder: str = DATA) -> str:
    """Path of a network's file, after its checksum was found right; name with or without "demo:".

    Raises UnknownName for a name that is not in the manifest, FileError for a file that is missing or differs
    from the one the manifest was written for.
    """
    networks = manifest(folder)
    short = name[len(PREFIX) :] if name.startswith(PREFIX) else name
    if short not in networks:
        raise UnknownName.among("demo network", name, [PREFIX + known for known in networks])
    path = os.path.join(folder, networks[short]["file"])
    try:
        with open(path, "rb") as stream:
            found = hashlib.sha256(stream.read()).hexdigest()
    except OSError as error:
        raise FileError("%s%s: %s cannot be read: %s" % (PREFIX, short, path, error.strerror)) from error
    if found != networks[short]["sha256"]:
        raise FileError(
            "%s%s: %s is damaged or was replaced: its SHA-256 is %s, the manifest says %s"
            % (PREFIX, short, path, found, networks[short]["sha256"])
        )
    return path
