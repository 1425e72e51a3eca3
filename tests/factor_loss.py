"""The loss of planted generators, whose factors are linear in w: it compares factors instead of pixels."""

from __future__ import annotations

import numpy as np

from ganspace_tf.render.frames import to_uint8
from nvlabs.running.loss_graph import Losses


class FactorLoss:
    """Stands in for `nvlabs.running.loss_graph.LossGraph`.

    gen: has an `offset` (D,). weights: (L, F, D), what each layer reads for each factor. decode: pictures to
    factors by name. seen: how many of the factors count, of the first.
    """

    shrink = 1

    def __init__(self, gen, weights, decode, seen=None):
        self.offset, self.decode = gen.offset, decode
        self.weights = np.array(weights)
        self.weights[:, seen if seen is not None else self.weights.shape[1] :] = 0

    def __call__(self, w, target, mask=None, noise=None):
        wanted = np.stack(list(self.decode(to_uint8(target)).values()), axis=1)
        away = np.einsum("nld,lfd->nf", w - self.offset, self.weights) - wanted
        away[:, ~self.weights.any(axis=(0, 2))] = 0
        loss = 1e-3 * (away**2).mean(axis=1)
        dw = 2e-3 / away.shape[1] * np.einsum("nf,lfd->nld", away, self.weights)
        return Losses(loss, loss, dw.astype(np.float32), [])

    def close(self):
        """Nothing is held."""
