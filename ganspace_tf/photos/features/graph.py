"""How differently a network for photos sees two pictures, as operations of TensorFlow.

Of each of four layers the features are brought to length 1 at every place, and the mean over places of the
squared distance is taken, as perceptual losses do (Zhang et al. 2018, arXiv:1801.03924, with all weights 1).
"""

from __future__ import annotations

from typing import Any, List

import numpy as np
import tensorflow.compat.v1 as tf

from ganspace_tf.photos.features.mobilenet import Conv, Features

MEAN = np.array([0.485, 0.456, 0.406], np.float32)  # of the pictures that it was trained on
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
SMALLEST = 128  # pixels of the longer side that it looks at; smaller pictures are enlarged
SMALLEST_LENGTH = 1e-6  # squared, of features, so that none divides by 0
SMALLEST_AREA = 1e-6


def distance(features: Features, images: Any, target: Any, mask: Any) -> Any:
    """(N,) of images and targets (N, h, w, 1 | 3), nominally in [-1, 1]. mask: (N, h, w, 1); where it is 0
    both are grey.
    """
    ours, theirs = (stages(features, shown(pictures, mask)) for pictures in (images, target))
    terms = []
    for one, other in zip(ours, theirs):
        apart = tf.reduce_sum(tf.square(unit_length(one) - unit_length(other)), axis=3)
        terms.append(tf.reduce_mean(apart, axis=[1, 2]))
    return tf.add_n(terms) / len(terms) / (tf.reduce_mean(mask, axis=[1, 2, 3]) + SMALLEST_AREA)


def shown(pictures: Any, mask: Any) -> Any:
    """Pictures as the network takes them: three channels, no blacker than black, large enough."""
    height, width, channels = pictures.shape.as_list()[1:]
    pictures = tf.clip_by_value(pictures, -1.0, 1.0) * mask
    if channels == 1:
        pictures = tf.tile(pictures, [1, 1, 1, 3])
    factor = max(1, SMALLEST // max(height, width))
    if factor > 1:
        size = [height * factor, width * factor]
        pictures = tf.image.resize_bilinear(pictures, size, half_pixel_centers=True)
    return ((pictures + 1) / 2 - MEAN) / DEVIATION


def stages(features: Features, x: Any) -> List[Any]:
    """The outputs that are compared, NHWC."""
    x, seen = _convolved(x, features.first), []
    for block in features.blocks:
        before = x
        for conv in block.convs:
            x = _convolved(x, conv)
        if block.adds:
            x = before + x
        if block.seen:
            seen.append(x)
    return seen


def unit_length(x: Any) -> Any:
    """Features divided by their length at every place."""
    return x * tf.rsqrt(tf.reduce_sum(tf.square(x), axis=3, keepdims=True) + SMALLEST_LENGTH)


def _convolved(x: Any, conv: Conv) -> Any:
    half = conv.kernel.shape[0] // 2
    if half:  # PyTorch's padding, which at a stride of 2 is not TensorFlow's SAME
        x = tf.pad(x, [[0, 0], [half, half], [half, half], [0, 0]])
    strides = [1, conv.stride, conv.stride, 1]
    convolve = tf.nn.depthwise_conv2d if conv.depthwise else tf.nn.conv2d
    x = tf.nn.bias_add(convolve(x, conv.kernel, strides, "VALID"), conv.bias)
    return tf.nn.relu6(x) if conv.clipped else x
