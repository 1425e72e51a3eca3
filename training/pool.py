"""Drawings of every species, made once and shown again: drawing takes as long as a fifth of a step of 16 px.

The world is symmetrical: a mirrored drawing is the drawing of the mirrored factors (angle, x and light change
their signs), so each is shown both ways.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from ganspace_tf.demo import scene, species, worlds
from training.ends import density
from training.files import write_atomically
from training.loop import DRAWN

BLOCK = 512  # drawings made at once


class Pool:
    """drawings: (species, N, R, R, 3) uint8; weights: (species, N), how often each is shown."""

    def __init__(self, drawings, weights):
        self.drawings, self.weights = drawings, weights

    def batch(self, labels, resolution):
        """Any drawings of these species (N,), mirrored or not: (N, 3, R, R) in [-1, 1]."""
        rows = torch.multinomial(self.weights[labels], 1)[:, 0]
        pictures = torch.from_numpy(self.drawings[labels.numpy(), rows.numpy()])
        pictures = pictures.permute(0, 3, 1, 2).float() / 127.5 - 1
        mirrored = torch.rand(len(labels)) < 0.5
        pictures[mirrored] = pictures[mirrored].flip(3)
        return F.avg_pool2d(pictures, pictures.shape[-1] // resolution)


def open_pool(path, each, world, resolution, seed, ends):
    """The pool in a file, drawn if the file is not there yet: `each` drawings of every species, shown more or
    less often as `training.ends` says.
    """
    path, classes = Path(path), len(species.SPECIES)
    labels = np.repeat(np.arange(classes), each)
    if not path.exists():
        write_atomically(path, lambda part: _draw(part, labels, world, resolution, seed))
    drawings = np.load(path, mmap_mode="r").reshape(classes, each, resolution, resolution, 3)
    weights = density(worlds.uniform_shares(len(labels), seed)[0], ends)
    return Pool(drawings, torch.from_numpy(weights).float().reshape(classes, each))


def _draw(path, labels, world, resolution, seed):
    factors = species.sample_factors(labels, seed)
    blocks = [
        scene.averaged(scene.draw(factors[start : start + BLOCK], world, DRAWN), resolution)
        for start in range(0, len(factors), BLOCK)
    ]
    with open(path, "wb") as stream:
        np.save(stream, np.concatenate(blocks))
