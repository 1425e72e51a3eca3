"""A network's weights in a wider one that computes the same (Net2Net, Chen et al. 2016, section 3).

New channels begin as in any new network, but nothing looks at them yet: the weights that lead out of them
are 0 and learn from the first step on. In the discriminator this is not so for the convolution that sees the
spread: its inputs are maps of two kinds, and more of the first kind move the second.
"""

from __future__ import annotations

import math


def widened(name, own, known):
    """A weight of the wider network, like `own`, as drawn at random, and holding `known`, the narrower one's.

    Weights by shape: convolutions (O, I, k, k), constants (1, C, H, W), styles (D, C) or (D, 2 C), biases and
    noise strengths (C,) or (2 C,). Raises ValueError for a narrower network.
    """
    if own.shape == known.shape:
        return known
    if any(size < other for size, other in zip(own.shape, known.shape)):
        raise ValueError(
            "%s is %s here and %s there; networks only get wider" % (name, (*own.shape,), (*known.shape,))
        )
    wide = own.clone()
    if name.endswith("StyleMod.weight") or name.endswith("StyleMod.bias"):  # scales, then shifts
        halves = zip(wide.chunk(2, dim=-1), known.chunk(2, dim=-1))
        for half, known_half in halves:
            half[..., : known_half.shape[-1]] = known_half
    elif own.dim() == 4 and name.endswith("weight"):
        outputs, inputs = known.shape[:2]
        wide[:outputs, inputs:] = 0
        # weights are divided by the square root of their inputs when they are used
        wide[:outputs, :inputs] = known * math.sqrt(own.shape[1] / inputs)
    else:
        wide[tuple(slice(size) for size in known.shape)] = known
    return wide
