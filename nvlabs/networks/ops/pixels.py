"""Feature maps as one long list of pixels [P, C], in which a neighbour is so many further.

The neighbour to the right is one further, the one below a row. So the neighbours of all pixels are a part of
the same memory, and nothing is copied. Where "further" is the next row or the next image, what is made of two
neighbours means nothing; it has to be cut off at the end.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow.compat.v1 as tf

from nvlabs.networks.ops.gradients import with_gradient

BINOMIAL = (1.0, 3.0, 3.0, 1.0)  # StyleGAN2's filter


class Shift:
    """Pixels and those that lie so many further."""

    def __init__(self, pixels: int):
        self._zero, self._one = tf.constant([0]), tf.constant([1])
        self._ahead, self._back = tf.constant([pixels]), tf.constant([-pixels])

    def here(self, pixels: Any) -> Any:
        """All pixels that have one so far ahead."""
        return tf.strided_slice(pixels, self._zero, self._back, self._one)

    def there(self, pixels: Any) -> Any:
        """Those that are ahead of `here`."""
        return tf.strided_slice(pixels, self._ahead, self._zero, self._one, end_mask=1)


def is_binomial(kernel: np.ndarray) -> bool:
    """Whether a filter (h, w) is a multiple of BINOMIAL in both directions."""
    taps = np.outer(BINOMIAL, BINOMIAL) / sum(BINOMIAL) ** 2
    return kernel.shape == taps.shape and np.array_equal(kernel, (taps * kernel.sum()).astype(np.float32))


def binomial(x: Any, total: float) -> Any:
    """[N, H, W, C] filtered with BINOMIAL in both directions, 'VALID': [N, H - 3, W - 3, C]. total: sum of
    the filter.
    """
    height, width, channels = x.shape.as_list()[1:]
    y = tf.reshape(x, [-1, channels])
    for step in (1, width):
        once, thrice = Shift(step), Shift(3 * step)
        middle = once.here(once.there(once.here(y) + once.there(y)))
        y = tf.add_n([thrice.here(y), thrice.there(y), middle, middle, middle])
    y *= total / sum(BINOMIAL) ** 2
    y = tf.concat([y, tf.zeros([3 + 3 * width, channels])], axis=0)
    y = tf.reshape(y, [-1, height, width, channels])[:, : height - 3, : width - 3]
    around = [[0, 0], [3, 3], [3, 3], [0, 0]]
    return with_gradient(y, x, lambda dy: binomial(tf.pad(dy, around), total))
