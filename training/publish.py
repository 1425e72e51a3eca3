"""Make a run's network part of the package: its file, its line in the manifest, and a picture for the docs.

    python -m training.publish --state /path/to/state/stylegan2 --name stylegan2

The manifest gets the file's SHA-256, what training cost, and the quality of 10,000 pictures at psi 1. Run
`training.export` and `training.check_export` first: they prove the file right, this only writes it.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np

from ganspace_tf.demo import networks, quality, scene, worlds
from ganspace_tf.demo.scorer import load_scorer
from nvlabs.reading import container
from nvlabs.reading.records import FileRecords
from training import files, loop
from training.export import to_record
from training.train import open_run

PICTURES = 10_000


def save_comparison(path, pictures, world):
    """64 pictures of the network, a gap, and 64 drawings."""
    drawings = scene.draw(worlds.sample_factors(64, quality.DRAWINGS_SEED), world, pictures.shape[1])
    grid = np.full((8, 17) + pictures.shape[1:], 255, dtype=np.uint8)
    grid[:, :8], grid[:, 9:] = (
        pictures.reshape(8, 8, *pictures.shape[1:]),
        drawings.reshape(grid[:, 9:].shape),
    )
    files.save_sheet(path, grid.reshape(-1, *pictures.shape[1:]), columns=17)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--state", required=True)
    parser.add_argument("--name", required=True, help="stylegan2 becomes demo:stylegan2")
    args = parser.parse_args()
    run = open_run(args.state)
    settings = run.settings
    path = Path(networks.DATA) / (args.name + ".pkl")
    container.save(FileRecords(None, None, to_record(run.average, settings)), path)
    pictures = run.samples(PICTURES, seed=2)
    save_comparison(files.DOCS / ("demo-%s.png" % args.name), pictures[:64], settings.world)
    facts = {
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "bytes": path.stat().st_size,
        "licence": files.LICENCE,
        "family": settings.family,
        "world": settings.world,
        "resolution": settings.resolution,
        "training": loop.cost(args.state, open_run),
        "quality": files.rounded(quality.quality(load_scorer(settings.world), pictures, settings.world)),
    }
    files.add_to_manifest(args.name, facts)


if __name__ == "__main__":
    loop.command(main)
