"""FIR filters along an axis as banded matrices, for whole axes or for overlapping tiles of them. NumPy only.

Filtering with changed sampling rate is a linear map of the samples along an axis. In tiles of some dozen
outputs the map is a small dense matrix, the same for every tile; a product with it runs at the full rate of
the processor, which zero-insertion and depthwise convolutions do not come near.
"""

from __future__ import annotations

from typing import List, NamedTuple, Sequence, Tuple

import numpy as np

SEPARABLE = 1e-7  # terms of a radial filter below this part of the largest are left out: float32 rounding


class Axis(NamedTuple):
    """What happens along one axis: `up - 1` zeros after each of `size` samples, `low` zeros before (negative:
    cropped), a filter of `up_taps` taps, something pointwise, a filter of `down_taps` taps of whose results
    every `down`-th is kept.
    """

    size: int
    up: int
    low: int
    up_taps: int
    down: int
    down_taps: int
    outputs: int


class Tiling(NamedTuple):
    """Tiles along one axis. Tile t gives the outputs from t * outputs on; it needs `inputs` samples from
    first + t * step on, of an axis with zeros beyond both ends, and has `middle` samples between the filters.
    """

    axis: Axis
    tiles: int
    outputs: int
    middle: int
    inputs: int
    first: int
    step: int

    @property
    def before(self) -> int:
        """Zeros that the axis needs before its first sample; negative: samples that nothing looks at."""
        return -self.first

    @property
    def after(self) -> int:
        """Likewise after its last sample."""
        return self.first + (self.tiles - 1) * self.step + self.inputs - self.axis.size


def tiling(axis: Axis, outputs: int) -> Tiling:
    """Tiles of so many outputs each; the last one may reach beyond the end."""
    tiles = -(-axis.outputs // outputs)
    middle = (outputs - 1) * axis.down + axis.down_taps
    first = -(axis.low // axis.up)  # the first sample that sample 0 between the filters sees
    last = (middle - 1 - axis.low + axis.up_taps - 1) // axis.up
    return Tiling(axis, tiles, outputs, middle, last - first + 1, first, outputs * axis.down // axis.up)


def possible_outputs(axis: Axis, largest: int) -> List[int]:
    """Sizes of tiles that repeat, so that the sampling phase is the same in each; all outputs at once if
    there are none.
    """
    sizes = range(1, min(largest, axis.outputs) + 1)
    return [n for n in sizes if n * axis.down % axis.up == 0 or n == axis.outputs] or [axis.outputs]


def up_matrix(tiles: Tiling, taps: np.ndarray, gain: float) -> np.ndarray:
    """(middle, inputs): zero-insertion and true convolution with the taps, times the gain."""
    axis = tiles.axis
    middle, sample = np.ogrid[0 : tiles.middle, 0 : tiles.inputs]
    return gain * _band(taps, (tiles.first + sample) * axis.up + axis.low - middle)


def down_matrix(tiles: Tiling, taps: np.ndarray) -> np.ndarray:
    """(outputs, middle): true convolution with the taps, of which every `down`-th value is kept."""
    output, middle = np.ogrid[0 : tiles.outputs, 0 : tiles.middle]
    return _band(taps, middle - output * tiles.axis.down)


def _band(taps: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The tap for each place, the last one for place 0 (a true convolution turns its kernel); 0 outside."""
    turned = np.concatenate([np.asarray(taps, np.float64)[::-1], [0.0]])
    inside = (place >= 0) & (place < len(taps))
    return turned[np.where(inside, place, len(taps))]


def separable_terms(taps: Sequence) -> List[Tuple[np.ndarray, np.ndarray]]:
    """A filter as a sum of separable ones, (vertical taps, horizontal taps): one term for a list of taps, a
    few for a table, by its singular value decomposition.
    """
    table = np.asarray(taps, np.float64)
    if table.ndim == 1:
        return [(table, table)]
    vertical, sizes, horizontal = np.linalg.svd(table)
    count = max(1, int(np.sum(sizes > SEPARABLE * sizes[0])))
    return [(vertical[:, k] * sizes[k], horizontal[k]) for k in range(count)]
