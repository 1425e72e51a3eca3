"""What a file of directions turned out to hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Optional, Tuple

import numpy as np


@dataclass(frozen=True)
class Found:
    """Directions of another program.

    rows: (R, D) float32 of unit length (the mean square length of the rows of one per layer is 1).
    stdev: (R,) what a strength of 1 is, in latent units. basis: whether the rows are R directions; else they
    are one, of a row, or of a row for every layer. layers: how many layers the file has rows for, or None.
    in_sigmas: whether stdev is what the file calls a standard deviation, rather than the length of a vector.
    mean: (D,) of the latents, None where the file has none. latent: "w" or "z". name, first_layer,
    last_layer (inclusive, None: the last), sigma_range: as of a named direction. source: what kind of file it
    is; assumed: what it does not say and was taken for granted, for people. facts: what else it says.
    """

    rows: np.ndarray
    stdev: np.ndarray
    basis: bool
    source: str
    assumed: str
    layers: Optional[int] = None
    in_sigmas: bool = False
    mean: Optional[np.ndarray] = None
    latent: str = "w"
    name: str = ""
    first_layer: int = 0
    last_layer: Optional[int] = None
    sigma_range: Optional[Tuple[float, float]] = None
    facts: Dict[str, Any] = field(default_factory=dict)

    @property
    def per_layer(self) -> bool:
        """Whether it is one direction with a row of its own for every layer."""
        return len(self.rows) > 1 and not self.basis
