"""Which found edits are worth a name: one for each group of factors, pure and strong enough to be seen."""

from __future__ import annotations

from collections import OrderedDict
from typing import Mapping, Sequence

from ganspace_tf.measure.search import Found


def choose_handles(
    found: Mapping[str, Found], groups: Mapping[str, Sequence[str]]
) -> "OrderedDict[str, str]":
    """By name of the group, the factor in it whose edit has the largest product of effect and purity.

    found: the best edit for each factor, by name of the factor. groups: names of factors. A component that a
    group has taken is left to it. A group none of whose factors was measured, or has a component left, is
    left out.
    """
    chosen: "OrderedDict[str, str]" = OrderedDict()
    for group, factors in groups.items():
        taken = {found[name].edit.component for name in chosen.values()}
        known = [name for name in factors if name in found and found[name].edit.component not in taken]
        if known:
            chosen[group] = max(known, key=lambda name: found[name].effect * found[name].purity)
    return chosen
