"""Which found edits are worth a name: one for each group of factors, pure and strong enough to be seen."""

from __future__ import annotations

from collections import OrderedDict
from math import inf
from typing import Mapping, Sequence

from ganspace_tf.edits import Edit
from ganspace_tf.measure.search import Found


def choose_handles(
    found: Mapping[str, Found], groups: Mapping[str, Sequence[str]]
) -> "OrderedDict[str, str]":
    """By name of the group, the factor in it whose edit has the largest product of effect and purity.

    found: the best edit for each factor, by name of the factor. groups: names of factors. A component is left
    to the group that has taken it on any of the same layers. A group none of whose factors was measured, or
    has an edit left, is left out.
    """
    chosen: "OrderedDict[str, str]" = OrderedDict()
    for group, factors in groups.items():
        taken = [found[name].edit for name in chosen.values()]
        known = [
            name
            for name in factors
            if name in found and not any(shared(found[name].edit, edit) for edit in taken)
        ]
        if known:
            chosen[group] = max(known, key=lambda name: found[name].effect * found[name].purity)
    return chosen


def shared(one: Edit, other: Edit) -> bool:
    """Whether two edits move along the same component on any of the same layers."""
    first = max(one.first_layer, other.first_layer)
    last = min(inf if edit.last_layer is None else edit.last_layer for edit in (one, other))
    return one.component == other.component and first <= last
