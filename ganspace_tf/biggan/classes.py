"""Class names, and class arguments as weights."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from ganspace_tf.errors import UnknownName, UsageError

IMAGENET_SIZE = 1000
HUSKY = 248  # what GANSpace draws if it is told nothing
_DATA = os.path.join(os.path.dirname(__file__), "data")


class ClassNames:
    """Names of the classes of one network.

    names: one tuple of synonyms per class; other: further names → class index, which win where several
    classes share a name; near: names of no class → index of the nearest class.
    """

    def __init__(
        self,
        names: Sequence[Tuple[str, ...]],
        other: Optional[Mapping[str, int]] = None,
        near: Optional[Mapping[str, int]] = None,
    ) -> None:
        self.names = tuple(names)
        self._near = dict(near or {})
        self._index: Dict[str, int] = {}
        for index, synonyms in enumerate(self.names):
            for name in synonyms:
                self._index.setdefault(_plain(name), index)
        self._index.update(other or {})

    def __len__(self) -> int:
        return len(self.names)

    def display(self, index: int) -> str:
        """The first name of a class."""
        return self.names[index][0]

    def index(self, name: str, nearest: bool = False) -> int:
        """Class index of a name; capitals, underscores and spaces at the ends do not matter, digits are an
        index.

        nearest: also take the nearest class in WordNet for other nouns ("dog"), as GANSpace does.
        Raises UnknownName with the nearest names.
        """
        plain = _plain(name)
        if plain in self._index:
            return self._index[plain]
        if plain.isdigit():
            return checked_index(int(plain), len(self.names))
        hint = ""
        if plain in self._near:
            if nearest:
                return self._near[plain]
            near = self._near[plain]
            hint = "in WordNet it is next to {!r} ({})".format(self.display(near), near)
        known = [synonym for synonyms in self.names for synonym in synonyms]
        raise UnknownName.among("class", name, known, hint)


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").lower().split())


@lru_cache(maxsize=1)
def imagenet() -> ClassNames:
    """The 1,000 classes of ImageNet."""
    with open(os.path.join(_DATA, "imagenet_classes.txt"), encoding="utf-8") as file:
        names = [tuple(_split(line.rstrip("\n").split("\t")[1])) for line in file]
    other: Dict[str, Dict[str, int]] = {"direct": {}, "neighbour": {}}
    with open(os.path.join(_DATA, "wordnet_names.txt"), encoding="utf-8") as file:
        for line in file:
            kind, index, found = line.rstrip("\n").split("\t")
            other[kind].update((name, int(index)) for name in _split(found))
    return ClassNames(names, other["direct"], other["neighbour"])


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


def checked_index(index: int, n_classes: int) -> int:
    """The index, or UsageError outside 0 … n_classes - 1."""
    if not 0 <= index < n_classes:
        raise UsageError("class {} is outside 0 … {}".format(index, n_classes - 1))
    return int(index)


def class_weights(
    classes: Any, n: int, n_layers: int, n_classes: int, names: Optional[ClassNames], nearest: bool = False
) -> np.ndarray:
    """A class argument as weights, (n, 1 | n_layers, n_classes) float32.

    classes: None (`default_class`); an index or a name; a list of n (or 1) of them; a list of n (or 1) lists
    with one for every layer; or weights of shape (n_classes,), (n | 1, n_classes) or (n | 1, n_layers,
    n_classes): mixtures, anything real. nearest: see `ClassNames.index`. Raises UsageError, UnknownName.
    """
    if classes is None:
        classes = default_class(n_classes)
    indices = _indices(classes, names, nearest)
    try:
        given = np.asarray(indices)
    except ValueError:
        raise UsageError("classes is a list of lists of different lengths") from None
    whole = given.dtype.kind in "iu"
    if whole and not (given.ndim > 1 and given.shape[-1] == n_classes != n_layers):
        # one index for all or one a sample; with two axes one for every layer
        given = _one_hot(given.reshape(-1, 1) if given.ndim < 2 else given, n_classes)
    elif given.ndim in (1, 2) and given.shape[-1] == n_classes:
        given = given.reshape(-1, 1, n_classes)
    fits = given.ndim == 3 and given.shape[0] in (1, n) and given.shape[1] in (1, n_layers)
    if given.dtype.kind not in "iuf" or not fits or given.shape[2] != n_classes:
        text = "classes of shape {} do not fit {} images; allowed: an index or a name, {} of them, "
        text += "{} lists of {}, or weights of shape ({}, {}) or ({}, {}, {})"
        sizes = (np.shape(classes), n, n, n, n_layers, n, n_classes, n, n_layers, n_classes)
        raise UsageError(text.format(*sizes))
    if not np.isfinite(given).all():
        raise UsageError("class weights hold NaN or infinity")
    return np.broadcast_to(given.astype(np.float32, copy=False), (n,) + given.shape[1:])


def _indices(classes: Any, names: Optional[ClassNames], nearest: bool) -> Any:
    """The argument with every name in its lists replaced by its index."""
    if isinstance(classes, str):
        if names is not None:
            return names.index(classes, nearest)
        if classes.strip().isdigit():
            return int(classes)
        raise UnknownName("class {!r}: this network has no class names; give an index".format(classes))
    if isinstance(classes, (list, tuple)) or (isinstance(classes, np.ndarray) and classes.dtype.kind in "UO"):
        return [_indices(value, names, nearest) for value in classes]
    return classes


def _one_hot(index: np.ndarray, n_classes: int) -> np.ndarray:
    """(…,) whole numbers → (…, n_classes) float32. Raises UsageError for an index that is no class."""
    for value in index.reshape(-1):
        checked_index(int(value), n_classes)
    weights = np.zeros(index.shape + (n_classes,), np.float32)
    np.put_along_axis(weights, index[..., np.newaxis].astype(np.int64), 1, axis=-1)
    return weights
