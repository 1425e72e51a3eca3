"""A network's weights in a wider one that computes the same (Net2Net, Chen et al. 2016, section 3).

New channels begin as in any new network, but nothing looks at them yet: the weights that lead out of them
are 0 and learn from the first step on. In the discriminator this is not so for the convolution that sees the
spread: its inputs are maps of two kinds, and more of the first kind move the second.
"""

from __future__ import annotations

import math

import torch

MIDDLE = (".conv_0.weight", ".conv_1.weight", ".conv_2.weight")
LAST_GAIN = "generator.bn.scale"


def take_over(part, known, wider):
    """Load into a network what another of its kind, perhaps a narrower one, has learned; what that did not
    have stays as it is.

    known: its state_dict. wider: `widened` or `widened_blocks`. Raises ValueError for a narrower `part`.
    """
    state = part.state_dict()
    for name in [name for name in state if name in known]:
        own, learned = state[name], known[name]
        if any(size < other for size, other in zip(own.shape, learned.shape)):
            raise ValueError(
                "%s is %s here and %s there; networks only get wider"
                % (name, (*own.shape,), (*learned.shape,))
            )
        state[name] = learned if own.shape == learned.shape else wider(name, own, learned)
    part.load_state_dict(state)


def widened(name, own, known):
    """A weight of the wider network, like `own`, as drawn at random, and holding `known`, the narrower one's.

    Weights by shape: convolutions (O, I, k, k), constants (1, C, H, W), styles (D, C) or (D, 2 C), biases and
    noise strengths (C,) or (2 C,).
    """
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


def widened_blocks(name, own, known):
    """The same for BigGAN's generator, whose weights are divided by their spectral norms: new channels of a
    block's middle begin at random, as a batch norm sees them next and nothing looks at them behind it; those
    of its end begin with what the skip hands on.

    Weights by shape: convolutions (O, I, k, k), gains and shifts (D, C), vectors (C,). The first layer and
    the embedding stay as they are.
    """
    kept = tuple(slice(size) for size in known.shape)
    if name.endswith((".means", ".variances")) or name == LAST_GAIN:
        wide = own.clone()
    else:
        wide = torch.zeros_like(own)
    if name.endswith(MIDDLE):
        outputs, inputs = known.shape[:2]
        new = own[outputs:, :inputs]
        wide[outputs:, :inputs] = new * (known.std() / new.std())
    wide[kept] = known
    return wide
