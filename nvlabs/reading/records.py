"""What a network file says, as plain data: the currency between readers, writers and the graph builders."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Tuple

import numpy as np


@dataclass(frozen=True, eq=False, repr=False)
class NetworkRecord:
    """One `Network` object of a file.

    version: state version, 3 (StyleGAN), 4 (StyleGAN2), 5 (StyleGAN2-ADA), or 6: of a PyTorch edition.
    static_kwargs: arguments fixed at construction; plain values only, defaults are not stored.
    components: parts by key ('synthesis', 'mapping'), in the order of the file; empty for a leaf.
    variables: own variables only, in creation order; float32, C-contiguous, native byte order, 0-d for
        scalars; often read-only views of what was read.
    source: text of the module that held the build function: can be shown and written back; never run.
    interface: input_shapes, output_shapes, input_names, output_names where the file has them (version 5).
    """

    version: int
    name: str
    static_kwargs: Dict[str, Any]
    components: "OrderedDict[str, NetworkRecord]"
    build_func_name: str
    variables: "OrderedDict[str, np.ndarray]"
    source: str = ""
    interface: Dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return "<NetworkRecord %r: version %d, %s, %d variables>" % (
            self.name,
            self.version,
            self.build_func_name,
            len(self.all_variables()),
        )

    def all_variables(self) -> "OrderedDict[str, np.ndarray]":
        """Own variables, then those of each part as '<part's name>/<variable>', synthesis before mapping."""
        table = OrderedDict(self.variables)
        for part in self.parts():
            for name, value in part.all_variables().items():
                table[part.name + "/" + name] = value
        return table

    def part_keys(self) -> List[str]:
        """Keys of the parts in the originals' order, whatever the file's: synthesis before mapping."""
        return sorted(self.components, key=lambda key: (key != "synthesis", key != "mapping"))

    def parts(self) -> Tuple["NetworkRecord", ...]:
        """The parts in the order of `part_keys`."""
        return tuple(self.components[key] for key in self.part_keys())


@dataclass(frozen=True, eq=False)
class FileRecords:
    """The networks of one file: G and D as trained, Gs the moving average of G (the one to use).

    A file that holds a single generator, bare or as (None, None, Gs), has it as Gs, with G and D None.
    bare: the file is the network itself, not a tuple.
    facts: what else the file says, ready for JSON: settings of the training, notes on what was left out.
    """

    G: Optional[NetworkRecord]
    D: Optional[NetworkRecord]
    Gs: NetworkRecord
    bare: bool = False
    facts: Dict[str, Any] = field(default_factory=dict)

    def by_name(self) -> "OrderedDict[str, NetworkRecord]":
        """The networks that are there, in the order of the file."""
        named = (("G", self.G), ("D", self.D), ("Gs", self.Gs))
        return OrderedDict((name, record) for name, record in named if record is not None)
