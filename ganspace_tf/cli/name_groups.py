"""Many names as few lines: names that differ in one place become one with braces, as a shell expands them."""

from __future__ import annotations

from collections import OrderedDict
from typing import Iterable, List, NamedTuple, Tuple

_Places = Tuple[Tuple[str, ...], ...]  # what may stand in each place between two "-"


class Group(NamedTuple):
    """pattern: such as "a-{b,c}-d"; names: exactly what it stands for, in the order they were given."""

    pattern: str
    names: List[str]


def grouped(names: Iterable[str]) -> List[Group]:
    """Groups in the order of their first names. A name of a single part stays alone."""
    order = {name: position for position, name in enumerate(names)}
    groups: List[Tuple[_Places, List[str]]]
    groups = [(tuple((part,) for part in name.split("-")), [name]) for name in order]
    for back in range(1, 1 + max((len(places) for places, _ in groups), default=0)):
        groups = _merged(groups, back)
    return [Group(_pattern(places), sorted(some, key=order.__getitem__)) for places, some in groups]


def _merged(groups: List[Tuple[_Places, List[str]]], back: int) -> List[Tuple[_Places, List[str]]]:
    """Join the groups that are the same but for one place, counted from the end."""
    alike: "OrderedDict[object, List[Tuple[_Places, List[str]]]]" = OrderedDict()
    for places, names in groups:
        can = 1 < len(places) >= back
        rest = (places[:-back], places[len(places) - back + 1 :]) if can else (places, None)
        alike.setdefault(rest, []).append((places, names))
    joined = []
    for some in alike.values():
        places = some[0][0]
        if len(some) > 1:
            at = len(places) - back
            choices = tuple(OrderedDict.fromkeys(choice for other, _ in some for choice in other[at]))
            places = (*places[:at], choices, *places[at + 1 :])
        joined.append((places, [name for _, names in some for name in names]))
    return joined


def _pattern(places: _Places) -> str:
    return "-".join("{%s}" % ",".join(place) if len(place) > 1 else place[0] for place in places)
