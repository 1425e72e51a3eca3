"""The arguments of the official networks that give certain numbers of channels."""

from __future__ import annotations

from typing import Any, Dict, Mapping

from nvlabs.errors import UnsupportedNetwork


def channel_arguments(fmaps: Mapping[int, int], has_fmap_min: bool) -> Dict[str, Any]:
    """fmap_base, fmap_max (and fmap_min) that give these channels by the rule of the official networks.

    The rule: fmap_base / 2^stage with stage = log2(resolution) - 1, within the bounds. Raises
    UnsupportedNetwork.
    """
    stages = {size: size.bit_length() - 2 for size in fmaps}
    largest, smallest = max(fmaps.values()), min(fmaps.values()) if has_fmap_min else 1
    for size in sorted(fmaps, reverse=True):
        base = fmaps[size] << stages[size]
        if all(min(max(base >> stages[s], smallest), largest) == fmaps[s] for s in fmaps):
            arguments = {"fmap_base": base, "fmap_max": largest}
            return dict(arguments, fmap_min=smallest) if has_fmap_min else arguments
    raise UnsupportedNetwork("the channels %s follow no rule of the official networks" % dict(fmaps))
