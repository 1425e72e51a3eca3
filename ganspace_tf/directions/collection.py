"""Named directions by name: those that come along, those in the folder one works in, those kept elsewhere.

    kept = find("shell colour", gen)       # by name, whatever its case, or by the name of its file
    directions(gen)                        # all that fit a network

Looked for, in this order: a folder that is named, those of GANSPACE_DIRECTIONS, the current folder, and what
comes with the demo networks. The first of a name counts.
"""

from __future__ import annotations

import os
import re
from typing import Any, Iterator, List, NamedTuple, Optional, Tuple

from ganspace_tf.cache import key_of
from ganspace_tf.demo.networks import DATA
from ganspace_tf.directions.read import AnyDirection, read_direction
from ganspace_tf.errors import FileError, UnknownName

VARIABLE = "GANSPACE_DIRECTIONS"
SHIPPED = "comes along"
LONGEST = 60  # letters of a file's name: 255 bytes are allowed, and a letter may take four
LARGEST = 8 << 20  # bytes; a direction of the widest network with a preview has a tenth of it


class Kept(NamedTuple):
    """A direction and where it is. place: the folder's name for people."""

    direction: AnyDirection
    path: str
    place: str


def directions(gen: Any, folder: Optional[str] = None) -> List[AnyDirection]:
    """All named directions that fit a generator: shipped, in the current folder, in `folder`, and in the
    folders of GANSPACE_DIRECTIONS.
    """
    return [kept.direction for kept in kept_directions(gen, folder)]


def kept_directions(gen: Any = None, folder: Optional[str] = None) -> List[Kept]:
    """The same with their places; of all networks where gen is None. Files that are no directions are passed
    over. Raises FileError for a `folder` that is not there.
    """
    found: List[Kept] = []
    names = set()
    for place, words in _places(folder):
        for path in _files(place):
            try:
                direction = read_direction(path)
            except FileError:
                continue  # some other JSON
            key = (direction.name.lower(), direction.fingerprint)
            if (gen is None or direction.fits(gen)) and key not in names:
                names.add(key)
                found.append(Kept(direction, path, words))
    return found


def find(name: str, gen: Any, folder: Optional[str] = None) -> Kept:
    """The direction of a name that fits a generator. Raises UnknownName with the nearest names."""
    kept = kept_directions(gen, folder)
    wanted = _plain(name)
    for one in kept:
        if _plain(one.direction.name) == wanted:
            return one
    for one in kept:
        if _plain(os.path.splitext(os.path.basename(one.path))[0]) == wanted:
            return one
    raise UnknownName.among(
        "direction",
        name,
        [one.direction.name for one in kept],
        "`ganspace directions {}` lists those that fit, a file is given by its path".format(gen.name),
    )


def is_name(text: str) -> bool:
    """Whether a word for a direction is a name and not a file: no such file, no folder, no ending."""
    file = text.rpartition(":")[0] or text  # FILE:K is one of several in a file
    if os.path.exists(text) or os.path.exists(file):
        return False
    return not (os.sep in text or "/" in text or os.path.splitext(file)[1])


def file_name(name: str) -> str:
    """The name of the file that a direction of this name is kept in: words of any script joined by hyphens,
    cut to what file systems take; for a name without words, digits that differ from those of other names.
    """
    words = re.sub(r"[\W_]+", "-", name.lower())[:LONGEST].strip("-")
    return (words or "direction-" + key_of({"name": name})[:8]) + ".json"


def folder_to_keep() -> str:
    """Where a new direction goes if nothing is said: the first folder of GANSPACE_DIRECTIONS, else here."""
    return next(iter(_listed()), "")


def path_to_keep(name: str) -> str:
    """Where a new direction of this name goes if nothing is said."""
    return os.path.join(folder_to_keep(), file_name(name))


def _plain(name: str) -> str:
    return " ".join(re.sub(r"[-_]+", " ", name.lower()).split())


def _listed() -> List[str]:
    return [folder for folder in os.environ.get(VARIABLE, "").split(os.pathsep) if folder]


def _places(folder: Optional[str]) -> Iterator[Tuple[str, str]]:
    """Folders to look in, with words for people."""
    if folder is not None:
        if not os.path.isdir(folder):
            raise FileError("there is no folder {}".format(folder))
        yield folder, folder
    for listed in _listed():
        yield listed, listed
    yield os.curdir, "here"
    for name in sorted(os.listdir(DATA)):
        if name.startswith("edits-"):
            yield os.path.join(DATA, name), SHIPPED


def _files(folder: str) -> List[str]:
    """JSON files of a folder that may be directions, by name; none for a folder that cannot be read."""
    try:
        with os.scandir(folder) as entries:
            found = [
                entry.path
                for entry in entries
                if entry.name.endswith(".json") and entry.is_file() and entry.stat().st_size <= LARGEST
            ]
    except OSError:
        return []
    return sorted(os.path.normpath(path) for path in found)
