"""Which found edits are worth a name: one for each group of factors, pure and strong enough to be seen."""

from __future__ import annotations

from collections import OrderedDict
from typing import Dict, Mapping, Sequence

from ganspace_tf.measure.search import Found

LEAST = 0.25  # factor sigmas a sigma; what changes its factor less is hardly seen over a sweep


def choose_handles(
    found: Mapping[str, Found], groups: Mapping[str, Sequence[str]]
) -> "OrderedDict[str, str]":
    """For each group the factor with the purest edit, by name of the group.

    found: the best edit for each factor, by name of the factor. groups: names of factors. Edits with an
    effect of LEAST or more come first; a component that a group has taken is left to it. A group none of
    whose factors was measured, or has a component left, is left out.
    """
    chosen: "OrderedDict[str, str]" = OrderedDict()
    taken: Dict[int, str] = {}
    for group, factors in groups.items():
        known = [name for name in factors if name in found and found[name].edit.component not in taken]
        if known:
            best = max(known, key=lambda name: (found[name].effect >= LEAST, found[name].purity))
            chosen[group] = best
            taken[found[best].edit.component] = best
    return chosen
