"""Noise maps of a network from a seed, filled as the original programs fill them.

What is drawn from where:

* GANSpace seeds PyTorch's generator: for StyleGAN2 once, then all maps in network order (fill "chain"); for
  StyleGAN again before every layer (fill "reseed"), so that the two layers of a resolution share one map.
* NumPy scripts (ReGANSpace, and those that redraw the noise alone) draw all maps in order from one
  RandomState ("numpy:SEED", for every family).
* NVIDIA's generation scripts draw z first, then the maps, from one RandomState ("nvlabs:SEED").

On a GPU, maps of 256x256 and more differ between models: "torch-cuda:SEED@A100" names one (see gpus.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import List, Optional, Sequence, Tuple

import numpy as np

from ganspace_tf import streams
from ganspace_tf.errors import UnknownName, UsageError
from ganspace_tf.streams.base import NormalStream, checked_shape
from ganspace_tf.streams.gpus import DEFAULT_GPU, gpu_name

FILLS = ("chain", "reseed")

#: Kinds that a generator handles itself: the network's own maps, no noise, fresh draws for every image.
UNSEEDED = ("stored", "none", "random")

#: Kind -> the stream that it draws from.
SEEDED = {"numpy": "numpy", "nvlabs": "numpy", "torch-cpu": "torch-cpu", "torch-cuda": "torch-cuda"}

#: What a person may write, for help texts and error messages.
NOTATION = "stored | none | random | numpy:SEED | nvlabs:SEED | torch-cpu:SEED | torch-cuda:SEED[@GPU]"


@dataclass(frozen=True)
class NoiseSpec:
    """A parsed noise option.

    kind: one of UNSEEDED or SEEDED; seed: None for the unseeded kinds; gpu: whose layout is followed.
    """

    kind: str
    seed: Optional[int] = None
    gpu: Optional[str] = None

    def __str__(self) -> str:
        """The option in full, as recipes record it; parse_noise gives an equal NoiseSpec for it."""
        text = self.kind if self.seed is None else "{}:{}".format(self.kind, self.seed)
        return text if self.gpu is None else "{}@{}".format(text, self.gpu)

    @property
    def seeded(self) -> bool:
        """Whether noise_maps can draw it (otherwise the generator knows what to do)."""
        return self.kind in SEEDED

    def open(self) -> NormalStream:
        """The stream of this option, freshly seeded."""
        options = {} if self.gpu is None else {"gpu": self.gpu}
        return streams.open(SEEDED[self.kind], self.seed, **options)


def parse_noise(text) -> NoiseSpec:
    """The option text of NOTATION as a NoiseSpec; a NoiseSpec is returned as it is. Raises UsageError."""
    if isinstance(text, NoiseSpec):
        return text
    if not isinstance(text, str):
        raise UsageError("noise is one of {}, not {!r}".format(NOTATION, text))
    if text in UNSEEDED:
        return NoiseSpec(text)
    match = re.match(r"([a-z-]+):([0-9]+)(?:@(.+))?$", text)
    if not match:
        raise UsageError("noise {!r} is not of the form {}; a seed is 0 or more".format(text, NOTATION))
    kind, seed, gpu = match.groups()
    if kind not in SEEDED:
        raise UnknownName.among("kind of noise", kind, UNSEEDED + tuple(SEEDED))
    if kind == "torch-cuda":
        gpu = gpu_name(gpu or DEFAULT_GPU)
    elif gpu:
        raise UsageError("noise {!r} names a GPU: only torch-cuda noise depends on one".format(text))
    spec = NoiseSpec(kind, int(seed), gpu)
    spec.open()  # refuses a seed that is too large for the stream
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
