"""Between network images, float32 NCHW with values nominally in [-1, 1], and the uint8 pixels of files. No
TensorFlow needed."""

from __future__ import annotations

from typing import Any, Sequence

import numpy as np

from nvlabs.errors import NetworkUsageError


def _is_tensor(images: Any) -> bool:
    return not isinstance(images, np.ndarray) and hasattr(images, "graph") and hasattr(images, "op")


def convert_images_to_uint8(
    images: Any,
    drange: Sequence[float] = (-1, 1),
    nchw_to_nhwc: bool = False,
    shrink: int = 1,
    uint8_cast: bool = True,
) -> Any:
    """Float images (N, C, H, W) in `drange` to uint8: x * 127.5 + 128 for [-1, 1], clamped, fraction dropped.

    So -1 gives 0, 0 gives 128, 1 gives 255, and everything outside saturates.

    Args:
        images: an array, or a TensorFlow tensor (then the result is one).
        drange: values that become 0 and 255.
        nchw_to_nhwc: return (N, H, W, C) instead of (N, C, H, W).
        shrink: average this many pixels in both directions first; what does not fill a whole cell is dropped.
        uint8_cast: False leaves float32, neither clamped nor rounded, for losses that need gradients.

    Raises:
        NetworkUsageError: not four axes, an empty range, or a shrink below 1.
    """
    low, high = (float(edge) for edge in drange)
    if not high > low:
        raise NetworkUsageError("drange is (low, high) with low < high, not %r" % (tuple(drange),))
    if int(shrink) != shrink or shrink < 1:
        raise NetworkUsageError("shrink is a whole number from 1 up, not %r" % (shrink,))
    scale = 255 / (high - low)
    if _is_tensor(images):
        images = _convert_tensor(images, scale, 0.5 - low * scale, nchw_to_nhwc, int(shrink))
        return _saturated(images) if uint8_cast else images
    images = np.asarray(images, np.float32)
    if images.ndim != 4:
        raise NetworkUsageError("images have shape (N, C, H, W), not %s" % (images.shape,))
    if shrink > 1:
        images = _average_pool(images, int(shrink))
    if nchw_to_nhwc:
        images = images.transpose(0, 2, 3, 1)
    values = images * np.float32(scale) + np.float32(0.5 - low * scale)
    if not uint8_cast:
        return values
    return np.clip(np.nan_to_num(values, posinf=255, neginf=0), 0, 255).astype(np.uint8)


def convert_images_from_uint8(
    images: Any, drange: Sequence[float] = (-1, 1), nhwc_to_nchw: bool = False
) -> np.ndarray:
    """uint8 images to float32 in `drange`: x * (high - low) / 255 + low."""
    low, high = (float(edge) for edge in drange)
    values = np.asarray(images).astype(np.float32)
    if nhwc_to_nchw:
        values = values.transpose(0, 3, 1, 2)
    return np.asarray(values * np.float32((high - low) / 255) + np.float32(low))


def _average_pool(images: np.ndarray, size: int) -> np.ndarray:
    N, C, H, W = images.shape
    images = images[:, :, : H // size * size, : W // size * size]
    return images.reshape(N, C, H // size, size, W // size, size).mean(axis=(3, 5), dtype=np.float32)


def _convert_tensor(images: Any, scale: float, offset: float, nchw_to_nhwc: bool, shrink: int) -> Any:
    import tensorflow.compat.v1 as tf

    images = tf.transpose(tf.cast(images, tf.float32), [0, 2, 3, 1])
    if shrink > 1:
        cell = [1, shrink, shrink, 1]
        images = tf.nn.avg_pool(images, ksize=cell, strides=cell, padding="VALID")
    if not nchw_to_nhwc:
        images = tf.transpose(images, [0, 3, 1, 2])
    return images * scale + offset


def _saturated(values: Any) -> Any:
    import tensorflow.compat.v1 as tf

    return tf.saturate_cast(values, tf.uint8)
