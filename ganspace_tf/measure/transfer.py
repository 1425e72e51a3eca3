"""The same edit on another network: does it do the same there?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ganspace_tf.errors import UsageError
from ganspace_tf.measure.effects import Response


class Transfer(NamedTuple):
    """M edits here and there. cosine: (M,) between the signed changes of all factors; strength: (M,) total
    change there over here.
    """

    cosine: np.ndarray
    strength: np.ndarray


def transfer(here: Response, there: Response) -> Transfer:
    """Compare responses of two networks to the same M edits, over the same F factors. UsageError if they
    are not of one shape.
    """
    if here.mean.shape != there.mean.shape:
        raise UsageError(
            "responses are {} and {} (edits, factors); the same edits and factors are needed".format(
                here.mean.shape, there.mean.shape
            )
        )
    lengths = np.linalg.norm(here.mean, axis=1) * np.linalg.norm(there.mean, axis=1)
    cosine = (here.mean * there.mean).sum(axis=1) / np.maximum(lengths, 1e-12)
    return Transfer(cosine, there.total() / np.maximum(here.total(), 1e-12))
