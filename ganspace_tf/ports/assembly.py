"""Converted variables as a network record: the arguments that their shapes imply, the parts, the usual
order.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import Any, Dict, Mapping, NamedTuple, Optional

import numpy as np

from ganspace_tf.ports.average import average_latent
from nvlabs.describing.from_record import generator_spec
from nvlabs.describing.shapes import synthesis_shapes
from nvlabs.errors import UnsupportedNetwork, VariableMismatch
from nvlabs.reading.records import NetworkRecord

Variables = Mapping[str, np.ndarray]


LARGEST = 2048  # pixels; a network of 40 layers with nothing in them would stand for a million


class Family(NamedTuple):
    """How the official files of a family describe themselves, and what its rules leave open."""

    version: int
    generator: str  # build functions
    synthesis: str
    mapping: str
    has_fmap_min: bool
    gain_in_weight: bool  # sqrt(2) of the mapping network comes before the bias


STYLEGAN = Family(3, "G_style", "G_synthesis", "G_mapping", False, True)
STYLEGAN2 = Family(4, "G_main", "G_synthesis_stylegan2", "G_mapping", True, False)


def assemble(
    family: Family,
    mapping: Variables,
    synthesis: Variables,
    fmaps: Mapping[int, int],
    num_channels: int,
    latent_avg: Optional[np.ndarray] = None,
    **options: Any,
) -> NetworkRecord:
    """The record of a generator.

    fmaps: output channels at each resolution {4: …, 8: …}. latent_avg: (D,), estimated where it is None.
    options: further static arguments. Raises NetworkFileError where the variables make no network of this
    family.
    """
    layers = len(mapping) // 2
    if not layers:
        raise VariableMismatch("there are no layers of a mapping network")
    arguments = {
        "num_channels": num_channels,
        "resolution": max(fmaps),
        "label_size": 0,
        "latent_size": mapping["Dense0/weight"].shape[0],
        "dlatent_size": mapping["Dense%d/bias" % (layers - 1)].size,
        "mapping_layers": layers,
        "mapping_fmaps": mapping["Dense0/bias"].size,
        **channel_arguments(fmaps, family.has_fmap_min),
        **options,
    }
    average = np.zeros(arguments["dlatent_size"], np.float32) if latent_avg is None else latent_avg
    own = OrderedDict([("lod", np.zeros((), np.float32)), ("dlatent_avg", average)])
    parts = OrderedDict(
        (
            key,
            NetworkRecord(
                family.version, "G_" + key, arguments, OrderedDict(), function, OrderedDict(variables)
            ),
        )
        for key, function, variables in (
            ("synthesis", family.synthesis, synthesis),
            ("mapping", family.mapping, mapping),
        )
    )
    record = NetworkRecord(family.version, "Gs", arguments, parts, family.generator, own)
    usual = synthesis_shapes(generator_spec(record).synthesis)  # checks every name and shape, too
    if latent_avg is None:
        own["dlatent_avg"] = average_latent(mapping, family.gain_in_weight)
    parts["synthesis"] = replace(
        parts["synthesis"], variables=OrderedDict((name, synthesis[name]) for name in usual)
    )
    return record


def next_size(fmaps: Mapping[int, int]) -> int:
    """The resolution after the largest so far. Raises UnsupportedNetwork for one that no network has."""
    size = 2 * max(fmaps)
    if size > LARGEST:
        raise UnsupportedNetwork("has layers for %d pixels; networks up to %d are known" % (size, LARGEST))
    return size


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
