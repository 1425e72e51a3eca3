"""Write the averaged generator of a BigGAN-deep run as arrays, with pictures to check the shipped network by.

    python -m training.export_biggan --state /path/to/state/biggan --out biggan.npz
    python -m training.publish_biggan biggan.npz      (where TensorFlow is installed; needs no PyTorch)

The statistics of the batch norms are gathered here. The arrays carry our names and have TensorFlow's layout;
the vectors of the spectral norms are converged, so that one more iteration leaves them where they are.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from ganspace_tf.biggan.structure import modules, variable_shapes
from ganspace_tf.errors import UsageError
from training import biggan, files, loop
from training.train_biggan import open_run

CHECKED = 18  # pictures that the network is checked by, at each truncation
ROWS = (10, 25, 50)  # of the statistics: truncation 0.2, 0.5, 1


def to_arrays(generator):
    """Every array of the network by the names of `structure.variable_shapes`."""
    known = dict(generator.state_dict())
    return {name: _official(known[name]) for name in variable_shapes(generator.structure)}


def to_vectors(generator):
    """The vector of every spectral norm by the name of its module, [1, out]."""
    s, known = generator.structure, generator.state_dict()
    paths = [module.path for module in modules(len(s.blocks), s.attention_layer)]
    return {path: known[path + ".u"].numpy()[None] for path in paths}


def _official(tensor):
    if tensor.dim() == 4:
        tensor = tensor.permute(2, 3, 1, 0)
    return np.array(tensor.numpy(), dtype=np.float32, order="C")


@torch.no_grad()
def expected(generator):
    """Latents (truncation included), truncations and labels of all checked pictures, and the pictures."""
    torch.manual_seed(1)
    s = generator.structure
    labels = torch.arange(CHECKED) % s.n_classes
    found = {"z": [], "truncation": [], "labels": [], "images": []}
    for row in ROWS:
        truncation = row / (s.n_stats - 1)
        z = biggan.truncated_normal(CHECKED, s.latent_size, truncation)
        images = generator(z, labels, row).contiguous()
        for name, value in (("z", z), ("labels", labels), ("images", images)):
            found[name].append(value.numpy())
        found["truncation"].append(np.full(CHECKED, truncation))
    return {name: np.concatenate(values) for name, values in found.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--state", required=True)
    parser.add_argument("--out", required=True, help="npz to write")
    args = parser.parse_args()
    torch.set_num_threads(1)
    loop.keep_memory()
    run = open_run(args.state)
    generator = run.rested()
    if run.settings.resolution < generator.structure.resolution:
        raise UsageError(
            "%s was shown %d pixels only; go on from it at %d"
            % (args.state, run.settings.resolution, generator.structure.resolution)
        )
    biggan.settle(generator)
    torch.manual_seed(0)
    biggan.gather_statistics(generator)
    parts = {"array": to_arrays(generator), "u": to_vectors(generator), "check": expected(generator)}
    named = {"%s/%s" % (kind, name): value for kind, part in parts.items() for name, value in part.items()}
    facts = json.dumps({"world": run.settings.world, "training": loop.cost(args.state, open_run)})

    def write(part):
        with open(part, "wb") as stream:
            np.savez(stream, facts=np.array(facts), **named)

    files.write_atomically(Path(args.out), write)
    print("%s: BigGAN-deep after %d pictures" % (args.out, run.images))


if __name__ == "__main__":
    loop.command(main)
