"""The networks that come with this project: which there are, what they cost and how good they are, and their
checked files.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import OrderedDict
from typing import Any, Dict, List, Mapping

from ganspace_tf.errors import FileError, UnknownName

PREFIX = "demo:"
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")


def manifest(folder: str = DATA) -> "OrderedDict[str, Dict[str, Any]]":
    """What is known of each network, by name without "demo:".

    Each is a dict of `file`, `sha256`, `bytes`, `licence`, `family`, `world`, `resolution`, `training` (a
    list of stages: pictures shown, seconds, hardware, settings) and `quality` as `demo.quality.quality`
    returns it. Where `file` is a folder, `files` has the SHA-256 of each file in it by name, and `sha256` is
    `digest` of these. Raises FileError if the manifest is missing or is not JSON.
    """
    path = os.path.join(folder, "manifest.json")
    try:
        with open(path, encoding="utf-8") as stream:
            return json.load(stream, object_pairs_hook=OrderedDict)
    except (OSError, ValueError) as error:
        raise FileError("%s cannot be read: %s" % (path, error)) from error


def network_path(name: str, folder: str = DATA) -> str:
    """Path of a network's file or folder, after its checksums were found right; name with or without "demo:".

    Raises UnknownName for a name that is not in the manifest, FileError for a file that is missing, differs
    from the one the manifest was written for, or does not belong into the folder.
    """
    networks = manifest(folder)
    short = name[len(PREFIX) :] if name.startswith(PREFIX) else name
    if short not in networks:
        raise UnknownName.among("demo network", name, [PREFIX + known for known in networks])
    facts = networks[short]
    path = os.path.join(folder, facts["file"])
    listed = {path: facts["sha256"]}
    if "files" in facts:
        listed = {os.path.join(path, *part.split("/")): found for part, found in facts["files"].items()}
        extra = sorted({os.path.join(path, *part.split("/")) for part in file_names(path)} - set(listed))
        if extra:
            raise FileError("%s%s: %s does not belong there" % (PREFIX, short, extra[0]))
    for file, wanted in listed.items():
        try:
            found = checksum(file)
        except OSError as error:
            raise FileError("%s%s: %s cannot be read: %s" % (PREFIX, short, file, error.strerror)) from error
        if found != wanted:
            raise FileError(
                "%s%s: %s is damaged or was replaced: its SHA-256 is %s, the manifest says %s"
                % (PREFIX, short, file, found, wanted)
            )
    return path


def file_names(folder: str) -> List[str]:
    """Names of all files in a folder and below it, sorted, with / between folder and file."""
    return sorted(
        os.path.relpath(os.path.join(place, name), folder).replace(os.sep, "/")
        for place, _, names in os.walk(folder)
        for name in names
    )


def checksum(path: str) -> str:
    """SHA-256 of a file, in hex digits."""
    with open(path, "rb") as stream:
        return hashlib.sha256(stream.read()).hexdigest()


def digest(files: Mapping[str, str]) -> str:
    """One SHA-256 for a folder, over a line of "checksum  name" for each file in the order of the names (what
    the command `sha256sum` prints)."""
    lines = "".join("%s  %s\n" % (files[name], name) for name in sorted(files))
    return hashlib.sha256(lines.encode("utf-8")).hexdigest()
