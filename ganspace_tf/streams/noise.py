"""Noise maps of a network from a seed, filled as the original programs fill them.

What is drawn from where:

* GANSpace seeds PyTorch's generator: for StyleGAN2 once, then all maps in network order (fill "chain"); for
  StyleGAN again before every layer (fill "reseed"), so that the two layers of a resolution share one map.
* NumPy scripts (ReGANSpace, and those that redraw the noise alone) draw all maps in order from one
  RandomState ("numpy:SEED", for every family).
* NVIDIA's generation scripts draw z first, then the maps, from one RandomState ("nvlabs:SEED").
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Dict, List, Optional, Sequence, Tuple

import numpy as np

from ganspace_tf import streams
from ganspace_tf.errors import UsageError
from ganspace_tf.streams.base import checked_shape

FILLS = ("chain", "reseed")

#: Kinds that a generator handles itself: the network's own buffers, and fresh draws for every image.
UNSEEDED = ("stored", "random")

#: Kind -> the stream that it draws from.
SEEDED = {"numpy": "numpy", "nvlabs": "numpy", "torch-cpu": "torch-cpu", "torch-cuda": "torch-cuda"}

#: What a person may write, for help texts and error messages.
NOTATION = "stored | random | numpy:SEED | nvlabs:SEED | torch-cpu:SEED | torch-cuda:SEED[@GPU]"


@dataclass(frozen=True)
class NoiseSpec:
    """A parsed noise option. kind: one of UNSEEDED or SEEDED; seed: None for the unseeded kinds; options:
    for the stream.
    """

    kind: str
    seed: Optional[int] = None
    options: Dict[str, int] = field(default_factory=dict)

    @property
    def seeded(self) -> bool:
        """Whether noise_maps can draw it (otherwise the generator knows what to do)."""
        return self.kind in SEEDED

    def open(self):
        """The stream of this option, freshly seeded."""
        return streams.open(SEEDED[self.kind], self.seed, **self.options)


def parse_noise(text) -> NoiseSpec:
    """The option text of NOTATION as a NoiseSpec; a NoiseSpec is returned as it is. Raises UsageError."""
    if isinstance(text, NoiseSpec):
        return text
    if not isinstance(text, str):
        raise UsageError("noise is one of {}, not {!r}".format(NOTATION, text))
    if text in UNSEEDED:
        return NoiseSpec(text)
    kind, _, rest = text.partition(":")
    if kind not in SEEDED:
        raise UsageError("noise {!r} is not one of {}".format(text, NOTATION))
    match = re.match(r"([0-9]+)$", rest)
    if not match:
        raise UsageError(
            "noise {!r} has no seed: write {}:SEED with a whole number of 0 or more".format(text, kind)
        )
    spec = NoiseSpec(kind, int(match.group(1)))
    spec.open()
    return spec


def noise_maps(
    spec, shapes: Sequence[Tuple[int, int]], fill: str = "chain", latent_size: int = 512
) -> List[np.ndarray]:
    """One float32 array (1, 1, h, w) for each (h, w) of shapes, in that order.

    spec: a seeded noise option (text of NOTATION or NoiseSpec). fill: "chain" or "reseed", the family's
    rule, which the PyTorch streams follow; the NumPy scripts never re-seed. latent_size: how many numbers
    "nvlabs" draws for z first. Raises UsageError for an unseeded option, an unknown fill, or sizes that are
    not two whole numbers of at least 1.
    """
    spec = parse_noise(spec)
    if not spec.seeded:
        raise UsageError(
            "{!r} noise has no seed to draw maps from: use one of {}".format(spec.kind, ", ".join(SEEDED))
        )
    if fill not in FILLS:
        raise UsageError("the fill rule {!r} is not one of {}".format(fill, ", ".join(FILLS)))
    shapes = [_map_shape(shape) for shape in shapes]
    if fill == "reseed" and SEEDED[spec.kind] != "numpy":
        return [spec.open().normal(shape) for shape in shapes]
    stream = spec.open()
    if spec.kind == "nvlabs":
        stream.normal((1, latent_size))
    return [stream.normal(shape) for shape in shapes]


def check_maps(maps: Sequence[np.ndarray], shapes: Sequence[Tuple[int, int]]) -> List[np.ndarray]:
    """maps as float32 arrays, after a check that each is (1 or N, 1, h, w) with the sizes of shapes; raises
    UsageError.
    """
    if len(maps) != len(shapes):
        raise UsageError("the network takes {} noise maps, got {}".format(len(shapes), len(maps)))
    arrays = [np.asarray(a, dtype=np.float32) for a in maps]
    for index, (array, (h, w)) in enumerate(zip(arrays, shapes)):
        if array.ndim != 4 or array.shape[1:] != (1, h, w):
            raise UsageError("noise map {} has shape {}, not (1, 1, {}, {})".format(index, array.shape, h, w))
    return arrays


def _map_shape(shape) -> tuple:
    sizes = checked_shape(shape)
    if len(sizes) != 2:
        raise UsageError("a noise map has a height and a width, got {}".format(sizes))
    return (1, 1) + sizes
