"""Does TensorFlow make the same pictures of a network file as the code that trained it?

    python -m training.check_export stylegan2.pkl stylegan2.check.npz

Needs TensorFlow, not PyTorch: run it on both stacks. Ends with status 1 if a number is off by more than
1e-4, on pictures nominally in [-1, 1].
"""

from __future__ import annotations

import argparse
import sys

import numpy as np

import nvlabs

TOLERANCE = 1e-4


def broadcast(w, like):
    """w (N, D) for every layer, as `like` (N, L, D)."""
    return np.repeat(w[:, None], like.shape[1], axis=1).astype(like.dtype)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network")
    parser.add_argument("expected", help="the .check.npz that training.export wrote")
    args = parser.parse_args()
    parts = nvlabs.load(args.network).Gs.components
    with np.load(args.expected, allow_pickle=False) as expected:
        w = parts.mapping.run(expected["z"], None)
        images = parts.synthesis.run(w, randomize_noise=False)
        off_w = np.abs(w[:, 0] - expected["w"]).max()
        off_images = np.abs(images - expected["images"]).max()
        same_w = parts.synthesis.run(broadcast(expected["w"], w), randomize_noise=False)
        given = np.abs(same_w - expected["images"]).max()
        own = expected["float32"]
    print(
        "largest difference: %.2g in w, %.3g in pictures (%.2g given the same w; PyTorch in float32: %.3g)"
        % (off_w, off_images, given, own)
    )
    return int(max(off_w, off_images) > TOLERANCE)


if __name__ == "__main__":
    sys.exit(main())
