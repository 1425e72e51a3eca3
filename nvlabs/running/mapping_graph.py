"""The mapping network alone, in float32, in a graph and session of its own: w by the million.

Made for rows of a decomposition, which need no synthesis network and no last bit. Pictures take their w from
`GeneratorGraph`, whose mapping is computed in float64.
"""

from __future__ import annotations

from typing import Dict, Optional

import numpy as np
import tensorflow.compat.v1 as tf

from nvlabs.describing.spec import MappingSpec
from nvlabs.networks.mapping import build_mapping
from nvlabs.running.session import CHANNELS_LAST, GraphSession

CHUNK = 4096  # rows at a time: 8 MiB a layer of 512
# Rows are filled up to a multiple of this. The last rows of another number take other ways through a matrix
# product, and so do few rows on many threads; sums in another order differ in their last bits. From 256 rows
# on, multiples of 64 gave the same bits on 1 to 64 threads, with TensorFlow 1.15 and 2.21.
GRAIN = 256


class MappingGraph:
    """z (N, latent_size) and labels (N, label_size) to w (N, dlatent_size), float32 throughout.

    The w of a row depends neither on the rows beside it nor on the number of threads.
    arrays: local name of each variable of the mapping ('Dense0/weight', …) → its value.
    """

    def __init__(self, spec: MappingSpec, arrays: Dict[str, np.ndarray], threads: Optional[int] = None):
        self.session = GraphSession(threads, CHANNELS_LAST)
        self.width = spec.dlatent_size
        with self.session.building():
            variables = {name: self.session.variable(name, value) for name, value in arrays.items()}
            self.latents = tf.placeholder(tf.float32, [None, spec.latent_size], name="latents_in")
            self.labels = tf.placeholder(tf.float32, [None, spec.label_size], name="labels_in")
            self.w = build_mapping(
                spec,
                variables.__getitem__,
                self.latents,
                self.labels,
                lambda name, x: x,
                dtype=tf.float32,
            )
        self.session.start()

    def rows(self, z: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """w of every row: (N, dlatent_size)."""
        out = np.empty((len(z), self.width), np.float32)
        for start in range(0, len(z), CHUNK):
            stop = min(start + CHUNK, len(z))
            feed = {self.latents: _filled(z[start:stop]), self.labels: _filled(labels[start:stop])}
            out[start:stop] = self.session.run(self.w, feed)[: stop - start]
        return out


def _filled(rows: np.ndarray) -> np.ndarray:
    """The rows, and rows of zeros up to a multiple of GRAIN."""
    missing = -len(rows) % GRAIN
    return np.pad(rows, ((0, missing), (0, 0)), "constant") if missing else rows
