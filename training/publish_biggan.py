"""Make what `training.export_biggan` wrote part of the package: the module folder, its row in the manifest,
and a picture for the docs.

    python -m training.publish_biggan biggan.npz
    python -m training.publish_biggan biggan.npz --check

TensorFlow 1.15 does it: both stacks read its graphs. --check runs on either and compares the folder that is
there. The folder is loaded as anyone loads it, and must give the pictures of the code that trained it within
1e-4 on pictures in [-1, 1]; otherwise nothing is published. Quality is measured on 4,500 pictures at psi 1.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

import numpy as np

import ganspace_tf as gs
from ganspace_tf.biggan.hub_module import AVERAGE, CLASS_NAMES, hub_names
from ganspace_tf.biggan.structure import modules, structure_of
from ganspace_tf.demo import networks, quality, scene, species, worlds
from ganspace_tf.demo.scorer import load_scorer
from nvlabs import convert_images_to_uint8
from training import files
from training.biggan_module import write_module

TOLERANCE = 1e-4
SHOWN, ENLARGED = 8, 2  # pictures of a species in the docs on either side, and by how much
EACH = 500  # pictures of a species whose quality is measured
HELD_OUT = 2**31  # the seed that the scorer's errors are measured with
SEED = 2


def read(path):
    """(facts, arrays by our names, vectors of the spectral norms by module, what to check by)."""
    parts = {"array": {}, "u": {}, "check": {}}
    with np.load(path, allow_pickle=False) as stored:
        facts = json.loads(str(stored["facts"]))
        for name in stored.files:
            kind, _, rest = name.partition("/")
            if rest:
                parts[kind][rest] = stored[name]
    return (facts, *parts.values())


def write_folder(folder, arrays, vectors):
    """The module folder with the names of the species."""
    s = structure_of(str(folder), {name: array.shape for name, array in arrays.items()})
    names = hub_names(s)
    values = {names[name] + AVERAGE: array for name, array in arrays.items() if name in names}
    for module in modules(len(s.blocks), s.attention_layer):
        values[module.scope + "/u0"] = vectors[module.path]
    write_module(folder, s, arrays, values)
    path = folder / CLASS_NAMES
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(name + "\n" for name in species.NAMES), encoding="utf-8")


def difference(folder, check):
    """The largest difference of pictures in [-1, 1]."""
    generator = gs.load_generator(str(folder), threads=1)
    worst = 0.0
    for truncation in np.unique(check["truncation"]):
        rows = check["truncation"] == truncation
        images = generator.images(check["z"][rows], psi=float(truncation), classes=check["labels"][rows])
        worst = max(worst, float(np.abs(images - check["images"][rows]).max()))
    generator.close()
    return worst


def sample(folder, n):
    """Pictures (n, H, W, 3) uint8 at psi 1, species in turn, and their labels (n,)."""
    generator = gs.load_generator(str(folder), threads=1)
    labels = np.arange(n) % generator.n_classes
    images = generator.images(generator.z(n=n, seed=SEED), classes=labels)
    generator.close()
    return convert_images_to_uint8(images, nchw_to_nhwc=True), labels


def scorer_precision(scorer, world, resolution, n=2000):
    """R squared of every factor on drawings of this size that fitting did not see."""
    factors = worlds.sample_factors(n, HELD_OUT)
    found = scorer(scene.averaged(scene.draw(factors, world), resolution))
    return {
        name: 1 - float(np.mean((found[name] - column) ** 2) / column.var())
        for name, column in zip(worlds.FACTOR_NAMES, factors.T)
    }


def save_comparison(path, pictures, labels, world):
    """A row for each species: pictures of the network, a gap, drawings."""
    rows = []
    drawings = quality.drawn(len(labels), quality.DRAWINGS_SEED, world, pictures.shape[1], labels)
    gap = np.full_like(pictures[:1], 255)
    for label in range(len(species.SPECIES)):
        its = np.flatnonzero(labels == label)[:SHOWN]
        rows += [pictures[its], gap, drawings[its]]
    sheet = np.concatenate(rows).repeat(ENLARGED, axis=1).repeat(ENLARGED, axis=2)
    files.save_sheet(path, sheet, columns=2 * SHOWN + 1)


def publish(folder, name, facts):
    """The picture and the row of the manifest."""
    pictures, labels = sample(folder, EACH * len(species.SPECIES))
    world, resolution = facts["world"], pictures.shape[1]
    save_comparison(files.DOCS / ("demo-%s.png" % name), pictures, labels, world)
    scorer = load_scorer(world)
    measured = quality.quality(scorer, pictures, world, labels)
    measured["scorer_r2"] = scorer_precision(scorer, world, resolution)
    parts = {part: networks.checksum(str(folder / part)) for part in networks.file_names(str(folder))}
    row = {
        "file": folder.name,
        "sha256": networks.digest(parts),
        "files": parts,
        "bytes": sum((folder / part).stat().st_size for part in parts),
        "licence": files.LICENCE,
        "family": "biggan-deep",
        "world": world,
        "classes": list(species.NAMES),
        "resolution": resolution,
        "training": facts["training"],
        "quality": files.rounded(measured),
    }
    files.add_to_manifest(name, row)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("arrays", help="the npz that training.export_biggan wrote")
    parser.add_argument("--name", default="biggan", help="biggan becomes demo:biggan")
    parser.add_argument("--check", action="store_true", help="only compare the folder that is there")
    args = parser.parse_args()
    facts, arrays, vectors, check = read(args.arrays)
    folder = Path(networks.DATA) / args.name
    beside = folder if args.check else folder.with_name(args.name + ".part")
    if not args.check:
        import tensorflow.compat.v1 as tf

        if not tf.__version__.startswith("1."):
            parser.error(
                "TensorFlow 1.15 writes what both stacks read, not %s; --check runs here" % tf.__version__
            )
        shutil.rmtree(str(beside), ignore_errors=True)
        write_folder(beside, arrays, vectors)
    worst = difference(beside, check)
    print("largest difference: %.2g in pictures" % worst)
    if worst > TOLERANCE:
        return 1
    if not args.check:
        shutil.rmtree(str(folder), ignore_errors=True)
        os.replace(str(beside), str(folder))
        publish(folder, args.name, facts)
    return 0


if __name__ == "__main__":
    sys.exit(main())
