"""Names of operations."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Iterator

import tensorflow.compat.v1 as tf


@contextmanager
def layer_scope(name: str) -> Iterator[str]:
    """The name scope of a layer inside the present one, the same one at every call: nothing is appended to it
    to tell it from those before."""
    outer = tf.get_default_graph().get_name_scope()
    with tf.name_scope("%s/%s/" % (outer, name) if outer else name + "/") as entered:
        yield entered
