"""Names of classes: which class a name, an index or a WordNet id means."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from typing import Dict, List, Mapping, Optional, Sequence, Tuple

from ganspace_tf.errors import UnknownName, UsageError

IMAGENET_SIZE = 1000
HUSKY = 248  # what GANSpace draws if it is told nothing
_DATA = os.path.join(os.path.dirname(__file__), "data")


class ClassNames:
    """Names of the classes of one network.

    names: one tuple of synonyms per class; other: further names → class index, and the first sense of names
    that several classes share; near: names of no class → index of the nearest class; ids: WordNet ids, one
    per class.
    """

    def __init__(
        self,
        names: Sequence[Tuple[str, ...]],
        other: Optional[Mapping[str, int]] = None,
        near: Optional[Mapping[str, int]] = None,
        ids: Sequence[str] = (),
    ) -> None:
        self.names = tuple(names)
        self.longest = max((len(label(synonyms).split(",")) for synonyms in self.names), default=1)
        self._other, self._near = dict(other or {}), dict(near or {})
        self._ids = tuple(ids)
        self._meanings: Dict[str, List[int]] = {name: [k] for k, name in enumerate(self._ids)}
        for index, synonyms in enumerate(self.names):
            for name in {_plain(name) for name in (*synonyms, label(synonyms))}:
                self._meanings.setdefault(name, []).append(index)

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, name: str) -> bool:
        """Whether it is a name, a whole label or a WordNet id of some class."""
        plain = _plain(name)
        return plain in self._meanings or plain in self._other

    def display(self, index: int) -> str:
        """The first name of a class."""
        return self.names[index][0]

    def index(self, name: str, nearest: bool = False) -> int:
        """Class index of a name, a whole label ("tench, Tinca tinca"), a WordNet id or digits; capitals,
        underscores and spaces at the ends do not matter.

        nearest: as GANSpace goes by WordNet: also take the nearest class for other nouns ("dog"), and the
        first sense of a name that several classes share.
        Raises UnknownName with the nearest names, UsageError for a name that several classes share.
        """
        plain = _plain(name)
        found = self._meanings.get(plain, [])
        if len(found) > 1 and not nearest:
            raise UsageError(
                "class {!r} is {} classes: {}; give an index{}".format(
                    name.strip(), len(found), " and ".join(map(self._told, found)), self._or_id()
                )
            )
        if plain in self._other:
            return self._other[plain]
        if found:
            return found[0]
        if plain.isdecimal():
            return checked_index(plain, len(self.names))
        hint = ""
        if plain in self._near:
            if nearest:
                return self._near[plain]
            near = self._near[plain]
            hint = "in WordNet it is next to {!r} ({})".format(self.display(near), near)
        known = [synonym for synonyms in self.names for synonym in synonyms]
        raise UnknownName.among("class", name, known, hint)

    def _told(self, index: int) -> str:
        """A class so that nobody takes it for another: index, whole label, WordNet id."""
        parts = [repr(label(self.names[index])), *self._ids[index : index + 1]]
        return "{} ({})".format(index, ", ".join(parts))

    def _or_id(self) -> str:
        return " or a WordNet id" if self._ids else ""


def label(synonyms: Sequence[str]) -> str:
    """All names of a class as one text, as lists of ImageNet's classes have it."""
    return ", ".join(synonyms)


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").lower().split())


@lru_cache(maxsize=1)
def imagenet() -> ClassNames:
    """The 1,000 classes of ImageNet."""
    with open(os.path.join(_DATA, "imagenet_classes.txt"), encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    other: Dict[str, Dict[str, int]] = {"direct": {}, "neighbour": {}}
    with open(os.path.join(_DATA, "wordnet_names.txt"), encoding="utf-8") as file:
        for line in file:
            kind, index, found = line.rstrip("\n").split("\t")
            other[kind].update((name, int(index)) for name in _split(found))
    names = [tuple(_split(names)) for _, names in rows]
    return ClassNames(names, other["direct"], other["neighbour"], [wordnet_id for wordnet_id, _ in rows])


def _split(text: str) -> List[str]:
    return [name.strip() for name in text.split(",")]


def names_for(n_classes: int, stored: Optional[Sequence[str]]) -> Optional[ClassNames]:
    """The names stored with a network; else ImageNet's for 1,000 classes; else None."""
    if stored is not None:
        return ClassNames([(name,) for name in stored])
    return imagenet() if n_classes == IMAGENET_SIZE else None


def default_class(n_classes: int) -> int:
    """The class of an image if none is asked for: GANSpace's husky for ImageNet, else the first."""
    return HUSKY if n_classes == IMAGENET_SIZE else 0


def checked_index(index: object, n_classes: int) -> int:
    """A whole number, or its digits, as an index; UsageError outside 0 … n_classes - 1."""
    digits = str(index).strip()
    if not re.match(r"^\d{1,9}$", digits) or int(digits) >= n_classes:
        raise UsageError("class {:.20} is outside 0 … {}".format(digits, n_classes - 1))
    return int(digits)
