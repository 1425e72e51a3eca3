"""BigGAN-deep networks of any size with weights from a seed, for tests and benchmarks.

The recipe is that of the goldens in tests/goldens/biggan (see the README there): every array depends on its
name and the seed alone, so nothing has to be stored.
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from typing import Dict, Mapping, Optional

import numpy as np

from ganspace_tf.biggan.hub_module import hub_names
from ganspace_tf.biggan.record import BigGANRecord, make_record
from ganspace_tf.biggan.spectral import power_iteration
from ganspace_tf.biggan.structure import Structure, modules, planned_structure, variable_shapes

SEED = 20240601
# resolution → output channels of every block in units of ch; every second block doubles the side
MULTIPLES = {
    16: (4, 2, 2, 1),
    32: (8, 4, 4, 2, 2, 1),
    128: (16, 16, 16, 8, 8, 4, 4, 2, 2, 1),
    256: (16, 16, 16, 8, 8, 8, 8, 4, 4, 2, 2, 1),
    512: (16, 16, 16, 8, 8, 8, 8, 4, 4, 2, 2, 1, 1, 1),
}


def structure(resolution: int, ch: int, n_classes: int = 1000, z: int = 128, embed: int = 128) -> Structure:
    """The structure of a network: 128, 256 and 512 as published with `ch` in place of 128; 16 and 32 in the
    same manner."""
    outputs = [multiple * ch for multiple in MULTIPLES[resolution]]
    return planned_structure(outputs, n_classes, z, embed)


def normal(name: str, shape, seed: int) -> np.ndarray:
    """a(name) of the recipe, float32."""
    state = np.random.RandomState((zlib.crc32(name.encode("utf-8")) ^ seed) % 2**32)
    return state.standard_normal(int(np.prod(shape))).reshape(shape).astype(np.float32)


def u0(scope: str, width: int, seed: int = SEED) -> np.ndarray:
    """The stored vector of a spectral norm, [1, width]."""
    a = normal(scope + "/u0", (1, width), seed)
    return a / np.float32(np.sqrt(np.sum(a.astype(np.float64) ** 2)))


def _value(s: Structure, name: str, tf_name: str, shape, seed: int) -> np.ndarray:
    a = normal(tf_name + "/ema_0.9999", shape, seed) if not name.endswith(".gamma") else None
    if a is None:
        return np.full(shape, 0.8, np.float32)
    if name == "embeddings.weight":
        return np.float32(0.5) * a
    if name == "generator.gen_z.weight":
        a = np.float32(0.05) * a
        order = np.random.RandomState((zlib.crc32(b"row_decay") ^ seed) % 2**32).permutation(s.latent_size)
        decay = np.exp(-4 * np.arange(s.latent_size) / s.latent_size)[order].astype(np.float32)
        a[: s.latent_size] *= decay[:, None]
        return a
    if name == "generator.bn.scale":
        return np.float32(1) + np.float32(0.1) * a
    if name.endswith(".bias") or name == "generator.bn.offset":
        return np.float32(0.1) * a
    return np.float32(0.05) * a


def arrays(
    s: Structure, scales: Optional[Mapping[str, float]] = None, seed: int = SEED
) -> Dict[str, np.ndarray]:
    """All arrays by our names. scales: batch norm → factor of its variances (1 if it is not there)."""
    scales = scales or {}
    names = hub_names(s)
    made: Dict[str, np.ndarray] = OrderedDict()
    for name, shape in variable_shapes(s).items():
        if name in names:
            made[name] = _value(s, name, names[name], shape, seed)
            continue
        norm, kind = name.rsplit(".", 1)
        factor = float(scales.get(norm, 1.0))
        if kind == "means":
            a = normal(norm + ".running_means", shape, seed)
            made[name] = (np.float32(0.3 * np.sqrt(factor)) * a).astype(np.float32)
        else:
            a = normal(norm + ".running_vars", shape, seed)
            made[name] = np.exp(np.float32(0.25) * a) * np.float32(factor)
    return made


def record(
    s: Structure, scales: Optional[Mapping[str, float]] = None, seed: int = SEED, **options
) -> BigGANRecord:
    """The network in memory."""
    made = arrays(s, scales, seed)
    sigmas = {
        module.path: power_iteration(
            made[module.path + ".weight"], u0(module.scope, made[module.path + ".weight"].shape[-1], seed)
        )
        for module in modules(len(s.blocks), s.attention_layer)
    }
    return make_record("recipe", "tfhub", made, sigmas, tuple(b.up for b in s.blocks), **options)
