"""The input of StyleGAN3: sine waves that can be moved, turned and scaled without loss (Karras et al. 2021,
section 3.2)."""

from __future__ import annotations

from typing import Any, List

import numpy as np
import tensorflow.compat.v1 as tf

from nvlabs.describing.stylegan3 import InputSpec


def fourier_features(spec: InputSpec, style: Any, transform: Any, freqs: Any, phases: Any) -> Any:
    """Values of the waves, (N, H, W, C): of every frequency at every sample of the map.

    Args:
        style: (N, 4), the rotation (cosine and sine, of any length) and translation that w calls for.
        transform: (1|N, 3, 3), applied before those of w.
        freqs, phases: (C, 2) along x and y, in periods per side of the picture; (C,) in turns.
    """
    matrix = tf.matmul(_own_transform(style), transform)
    phases = phases + tf.einsum("cd,nd->nc", freqs, matrix[:, :2, 2])
    freqs = tf.einsum("cd,nde->nce", freqs, matrix[:, :2, :2])
    # waves that the map cannot hold fade out, rather than turn up as others
    height = tf.sqrt(tf.reduce_sum(tf.square(freqs), axis=2))
    damped = (height - spec.bandwidth) / (spec.sampling_rate / 2 - spec.bandwidth)
    amplitudes = tf.clip_by_value(1 - damped, 0.0, 1.0)
    x, y = (_places(size, spec.sampling_rate) for size in spec.size)
    across = x[:, tf.newaxis] * freqs[:, tf.newaxis, :, 0]  # (N, W, C)
    down = y[:, tf.newaxis] * freqs[:, tf.newaxis, :, 1]
    turns = across[:, tf.newaxis] + down[:, :, tf.newaxis] + phases[:, tf.newaxis, tf.newaxis]
    return tf.sin(turns * float(2 * np.pi)) * amplitudes[:, tf.newaxis, tf.newaxis]


def _places(size: int, rate: float) -> Any:
    """Where the samples lie, in sides of the picture from its centre: (size,)."""
    return tf.constant(((np.arange(size) + 0.5 - size / 2) / rate).astype(np.float32))


def _own_transform(style: Any) -> Any:
    """(N, 3, 3): the translation by the last two of (N, 4), then the rotation by the first two."""
    length = tf.sqrt(tf.reduce_sum(tf.square(style[:, :2]), axis=1, keepdims=True))
    t = tf.unstack(style / length, axis=1)
    zero, one = tf.zeros_like(t[0]), tf.ones_like(t[0])
    rotation = [[t[0], -t[1], zero], [t[1], t[0], zero], [zero, zero, one]]
    translation = [[one, zero, -t[2]], [zero, one, -t[3]], [zero, zero, one]]
    return tf.matmul(_matrix(rotation), _matrix(translation))


def _matrix(rows: List[List[Any]]) -> Any:
    return tf.stack([tf.stack(row, axis=1) for row in rows], axis=1)
