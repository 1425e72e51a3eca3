"""How far a generator's images are from given pictures, and the gradient of that by w and by the noise maps.

A second graph of the network, with a session of its own, to which target, mask, loss and gradients are added
before it is frozen. Everything that changes is fed, so an optimiser outside of TensorFlow can take any number
of steps without adding an operation.

The loss is the mean square of the difference at full, 1/2, 1/4 and 1/8 of the size, equally weighted, where
the mask is, with pictures in [-1, 1]. The difference is masked before it is averaged down, so that nothing
outside the mask counts at any size; each size is divided by its own area of the mask. Where a target is black
or white, an image may be blacker or whiter: it was cut off there when it became 8 bits. A term may be added.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
import tensorflow.compat.v1 as tf

from nvlabs.describing.compared import shrink_of

LEVELS = 4  # sizes that are compared
SMALLEST_AREA = 1e-6  # of a mask, relative, so that an empty one divides nothing


class Losses(NamedTuple):
    """loss, error: (N,) float64, the loss and the mean square error at the compared size under the mask. dw:
    (N, L, D) float32, the gradient of each row's loss. dnoise: one array (N, 1, h, w) per noise map; empty
    without.
    """

    loss: np.ndarray
    error: np.ndarray
    dw: np.ndarray
    dnoise: List[np.ndarray]


class LossGraph:
    """(w, target, mask) → losses and gradients. See `open_loss` of a generator network.

    extended: `Model.extended`. growing: whether images are blended by `lod`. noise: whether noise maps are
    fed and have gradients too. more: called once with tensors, images and targets (N, h, w, C) at the
    compared size and mask (N, h, w, 1), for (N,) that is added to the loss.

    Attributes
    size: (h, w) of what is compared; targets and masks have it. shrink: image pixels a side to one of these.
    """

    def __init__(
        self,
        extended: Callable[[Callable[[Any], None]], Any],
        growing: bool,
        noise: bool = False,
        more: Optional[Callable[[Any, Any, Any], Any]] = None,
    ):
        self._growing, self._fits_noise, self._more = growing, noise, more
        self._graph = extended(self._add)
        self.session = self._graph.session

    def _add(self, graph: Any) -> None:
        images = graph.grown_images if self._growing else graph.images
        channels = int(graph.spec.synthesis.num_channels)
        height, width = (int(side) for side in graph.spec.synthesis.image_size)
        self.shrink = shrink_of(height, width)
        self.size = height // self.shrink, width // self.shrink
        self._target = tf.placeholder(tf.float32, [None, channels, *self.size], name="target")
        self._mask = tf.placeholder(tf.float32, [None, 1, *self.size], name="mask")
        images = tf.transpose(images, [0, 2, 3, 1])  # pooling of NCHW is unknown to TensorFlow 1 on a CPU
        images = tf.reshape(images, [-1, height, width, channels])
        target, mask = (tf.transpose(x, [0, 2, 3, 1]) for x in (self._target, self._mask))
        images = averaged(images, self.shrink)
        difference = beyond_white(images - target, target)
        self._error = mean_square(difference, mask)
        self._loss = pyramid_loss(difference, mask)
        if self._more is not None:
            self._loss += self._more(images, target, mask)
        wanted = [graph.dlatents] + (list(graph.noise) if self._fits_noise else [])
        # an image has no part in the loss of another, so the gradient of the sum is each row's own
        self._gradients = tf.gradients(tf.reduce_sum(self._loss), wanted)

    def __call__(
        self,
        w: np.ndarray,
        target: np.ndarray,
        mask: Optional[np.ndarray] = None,
        noise: Optional[Sequence[np.ndarray]] = None,
    ) -> Losses:
        """Losses of rows and their gradients, from one run.

        w: (N, L, D). target: (N, C, h, w) in [-1, 1]. mask: (N, 1, h, w), 1 where the picture counts; None:
        everywhere. noise: one array (N, 1, h, w) per noise map; None: the stored maps.
        """
        feed = self._feed(w, target, mask, noise)
        loss, error, gradients = self.session.run([self._loss, self._error, self._gradients], feed)
        return Losses(loss.astype(np.float64), error.astype(np.float64), gradients[0], list(gradients[1:]))

    def losses(
        self,
        w: np.ndarray,
        target: np.ndarray,
        mask: Optional[np.ndarray] = None,
        noise: Optional[Sequence[np.ndarray]] = None,
    ) -> Tuple[np.ndarray, np.ndarray]:
        """loss and error without a gradient, each (N,) float64."""
        loss, error = self.session.run([self._loss, self._error], self._feed(w, target, mask, noise))
        return loss.astype(np.float64), error.astype(np.float64)

    def _feed(self, w: Any, target: Any, mask: Any, noise: Any) -> Dict[Any, np.ndarray]:
        n = len(w)
        feed = {self._graph.dlatents: np.asarray(w, np.float32), self._target: target}
        feed[self._mask] = np.ones((n, 1, *self.size), np.float32) if mask is None else mask
        feed.update(self._graph.feed_noise(noise, n))
        return feed

    def close(self) -> None:
        """Frees the session."""
        self.session.close()


def averaged(images: Any, factor: int) -> Any:
    """(N, H, W, C) shrunk by a whole number, each pixel the mean of factor × factor."""
    if factor == 1:
        return images
    window = [1, factor, factor, 1]
    return tf.nn.avg_pool(images, window, window, "VALID")


def beyond_white(difference: Any, target: Any) -> Any:
    """The difference without what 8 bits cannot show: of targets at an end of [-1, 1], beyond that end."""
    difference = tf.where_v2(target >= 1, tf.minimum(difference, 0.0), difference)
    return tf.where_v2(target <= -1, tf.maximum(difference, 0.0), difference)


def mean_square(difference: Any, mask: Any) -> Any:
    """Mean over channels and the mask's area of the squared difference (N, h, w, C): (N,)."""
    area = tf.reduce_mean(mask, axis=[1, 2, 3]) + SMALLEST_AREA
    return tf.reduce_mean(mask * tf.square(difference), axis=[1, 2, 3]) / area


def pyramid_loss(difference: Any, mask: Any) -> Any:
    """Mean over the sizes of the mean square at each: (N,)."""
    terms = [mean_square(difference, mask)]
    height, width = difference.shape.as_list()[1:3]
    masked = difference * mask
    for _ in range(1, LEVELS):
        if height % 2 or width % 2:
            break
        height, width = height // 2, width // 2
        masked, mask = averaged(masked, 2), averaged(mask, 2)
        terms.append(mean_square(masked / (mask + SMALLEST_AREA), mask))
    return tf.add_n(terms) / len(terms)
