"""Which layouts of convolutions run here: TensorFlow 1.15 has no NCHW ones on a CPU, TensorFlow 2 has them
from oneDNN alone (TF_ENABLE_ONEDNN_OPTS=0 switches that off).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import tensorflow.compat.v1 as tf

NO_NCHW = "this TensorFlow has no NCHW convolutions on a CPU"


@lru_cache(maxsize=None)
def nchw_runs() -> bool:
    """Ask TensorFlow."""
    with tf.Graph().as_default(), tf.Session(config=tf.ConfigProto(device_count={"GPU": 0})) as session:
        x, kernel = np.ones((1, 1, 2, 2), np.float32), np.ones((1, 1, 1, 1), np.float32)
        y = tf.nn.conv2d(tf.constant(x), tf.constant(kernel), [1, 1, 1, 1], "VALID", data_format="NCHW")
        try:
            return bool((session.run(y) == 1).all())
        except (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError):
            return False
