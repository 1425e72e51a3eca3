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

# Rows at a time: the most of these numbers that there are rows for, the last one filled up with zeros, and no
# other numbers. How a matrix product is cut up hangs on the number of its rows and of threads, and rows that
# are left over take another way through it: sums in another order, other last bits. These gave one result on
# 1 to 48 threads with TensorFlow 1.15 and 2.21, for widths of 96, 144 and 512; 4096 rows gave another on one
# thread than on two, and so did 512, 2048 and 8192. More rows at a time are faster: 4096 as 3072 + 1024 take
# four fifths of the time of 4 x 1024.
ROWS = (3072, 1024, 256)
GRAIN = ROWS[-1]


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
        start = 0
        while start < len(z):
            stop = start + next((rows for rows in ROWS if len(z) - start >= rows), GRAIN)
            feed = {self.latents: _filled(z[start:stop]), self.labels: _filled(labels[start:stop])}
            out[start:stop] = self.session.run(self.w, feed)[: len(z) - start]
            start = stop
        return out


def _filled(rows: np.ndarray) -> np.ndarray:
    """The rows, and rows of zeros up to a multiple of GRAIN."""
    missing = -len(rows) % GRAIN
    return np.pad(rows, ((0, missing), (0, 0)), "constant") if missing else rows
