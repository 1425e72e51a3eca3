"""A StyleGAN2 with random weights in the official format: what `ganspace demo` uses where no trained network
is at hand.

Its pictures are coloured clouds, but everything else is as in a trained network: the file, the spectrum of w
with a few strong directions, layers that act from coarse to fine.
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from typing import Dict, Mapping, Tuple

import numpy as np

from nvlabs.container import save
from nvlabs.records import FileRecords, NetworkRecord
from nvlabs.shapes import mapping_shapes, synthesis_shapes
from nvlabs.spec import MappingSpec, SynthesisSpec

RESOLUTION, WIDTH, MAPS, MAPPING_LAYERS = 64, 128, 32, 4
LRMUL = 0.01  # learning-rate multiplier of the mapping network: its stored weights are larger by the inverse
ARGUMENTS = OrderedDict(
    num_channels=3,
    resolution=RESOLUTION,
    label_size=0,
    latent_size=WIDTH,
    dlatent_size=WIDTH,
    mapping_fmaps=WIDTH,
    mapping_layers=MAPPING_LAYERS,
    mapping_lrmul=LRMUL,
    fmap_base=1024,
    fmap_max=MAPS,
)


def write_stand_in(path: str, seed: int = 0) -> str:
    """Write the network to `path` (.pkl) and return the path; the same seed gives the same bytes."""
    sides = [2**k for k in range(2, RESOLUTION.bit_length())]
    synthesis = SynthesisSpec(
        style="stylegan2",
        architecture="skip",
        resolution=RESOLUTION,
        num_channels=3,
        dlatent_size=WIDTH,
        fmaps=dict.fromkeys(sides, MAPS),
        const_fmaps=MAPS,
        nonlinearity="lrelu",
        use_noise=True,
        randomize_noise=True,
    )
    mapping = MappingSpec(
        latent_size=WIDTH,
        label_size=0,
        dlatent_size=WIDTH,
        layers=MAPPING_LAYERS,
        fmaps=WIDTH,
        lrmul=LRMUL,
        nonlinearity="lrelu",
        normalize_latents=True,
        use_wscale=True,
        label_rule="concat",
        label_fmaps=0,
        gain_in_weight=False,
        broadcast=synthesis.num_layers,
    )
    parts = OrderedDict()
    parts["synthesis"] = _record("G_synthesis", "G_synthesis_stylegan2", synthesis_shapes(synthesis), seed)
    parts["mapping"] = _record(
        "G_mapping", "G_mapping", mapping_shapes(mapping), seed, dlatent_broadcast=synthesis.num_layers
    )
    own = OrderedDict(lod=np.zeros((), np.float32), dlatent_avg=np.zeros(WIDTH, np.float32))
    Gs = NetworkRecord(4, "Gs", dict(ARGUMENTS), parts, "G_main", own)
    save(FileRecords(None, None, Gs), path)
    return path


def _record(
    name: str, function: str, shapes: Mapping[str, Tuple[int, ...]], seed: int, **more: int
) -> NetworkRecord:
    variables = OrderedDict((key, _value(key, shape, seed)) for key, shape in shapes.items())
    return NetworkRecord(4, name, dict(ARGUMENTS, **more), OrderedDict(), function, variables)


def _value(name: str, shape: Tuple[int, ...], seed: int) -> np.ndarray:
    """Random numbers of a size that gives calm pictures; they depend on the name and the seed alone."""
    values = np.random.RandomState(zlib.crc32(name.encode()) ^ seed).standard_normal(shape)
    place, kind = name.rpartition("/")[::2]
    if name.startswith("Dense"):
        values = values * ((1 if kind == "weight" else 0.1) / LRMUL)
        if place == "Dense{}".format(MAPPING_LAYERS - 1):
            values = values * (4 * np.exp(-np.arange(WIDTH) / 12) + 0.05)  # few directions of w are strong
    elif place.endswith("ToRGB") and kind in ("weight", "bias"):
        side = int(place.split("x")[0])
        values = values * _loudness()[side] * (1 if kind == "weight" else 0.2)
    elif kind in ("bias", "mod_bias", "noise_strength"):
        values = values * {"bias": 0.2, "mod_bias": 0.1, "noise_strength": 0.03}[kind]
    return np.asarray(values, np.float32)


def _loudness() -> Dict[int, float]:
    """How strongly each resolution is seen: shapes in the coarse layers, little in the fine ones."""
    return {4: 0.4, 8: 0.45, 16: 0.4, 32: 0.25, 64: 0.1}
