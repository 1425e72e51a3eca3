"""Two recipes: which settings, models, components and versions differ."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, NamedTuple, Tuple


class Difference(NamedTuple):
    """An entry that is not the same in both: its path such as "settings.look.psi", and both values, None
    where absent.
    """

    path: str
    a: Any
    b: Any


def compare_recipes(a: Dict[str, Any], b: Dict[str, Any]) -> List[Difference]:
    """Entries that differ, in the order of a. Components count by their digest and by which of them are used.

    The name of a model is not compared: one network may lie at two places. Its fingerprint is.
    """
    first, second = dict(_entries("", _essence(a))), dict(_entries("", _essence(b)))
    paths = list(first) + [path for path in second if path not in first]
    return [
        Difference(path, first.get(path), second.get(path))
        for path in paths
        if first.get(path) != second.get(path)
    ]


def _essence(recipe: Dict[str, Any]) -> Dict[str, Any]:
    kept = dict(recipe)
    kept["model"] = {key: value for key, value in dict(recipe.get("model") or {}).items() if key != "name"}
    packed = recipe.get("components")
    if isinstance(packed, dict):
        kept["components"] = {key: packed.get(key) for key in ("digest", "used")}
    return kept


def _entries(path: str, value: Any) -> Iterator[Tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            for entry in _entries("{}.{}".format(path, key) if path else str(key), item):
                yield entry
    else:
        yield path, value
