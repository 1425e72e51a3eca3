"""Photos: what comes back when one is projected, and whether edits still do what they did.

  python -m experiments.fig17_photos

Fresh drawings, which the network never saw, are projected into W and W+; a scorer reads the factors of
drawings and projections. Edits found on the network's own latents are then tried on the projected ones.
"""

from __future__ import annotations

import sys
from typing import Any, Dict, List, Optional

import numpy as np

from ganspace_tf.demo import scene, worlds
from ganspace_tf.demo.quality import DRAWINGS_SEED
from ganspace_tf.demo.scorer import BeetleScorer
from ganspace_tf.measure.effects import responses
from ganspace_tf.photos.latents import Latents
from ganspace_tf.photos.project import Projection, Settings
from ganspace_tf.photos.targets import Target, decibels
from ganspace_tf.render.sheets import Sample
from ganspace_tf.render.starts import pack_latents

from . import common
from .common import NotApplicable, Outcome, Shown, Study
from .found import found_edits, handles

SPACES = ("w", "w+")


def make(study: Study) -> Outcome:
    """Projections of photos; errors of their factors, and effects of edits on them, by space."""
    if not study.gen.has_gradient:
        raise NotApplicable("{}: photos are projected by StyleGANs".format(study.gen.name))
    comp = study.components()
    found = found_edits(study, comp)
    names = handles(found, study.meter.names, study.settings["edits"])
    edits, columns = [found[name].edit for name in names], [study.meter.names.index(name) for name in names]
    numbers: Dict[str, List[float]] = {claim: [] for claim in study.settings["claims"]}
    values: Dict[str, Any] = {}
    for seed in study.seeds:
        pictures = photos(study, seed)
        own = np.abs(responses(study.meter, study.sample(seed, fresh=True), comp, edits).mean)
        for space in SPACES:
            w = projected(study, pictures, space)
            drawn = study.meter.pictures(w)
            away = np.abs(study.meter.read(drawn) - study.meter.read(pictures)).mean(axis=0)
            effects = np.abs(responses(study.meter, w, comp, edits).mean)
            kept = [effects[k, f] / max(own[k, f], 1e-9) for k, f in enumerate(columns)]
            numbers["recovered " + space].append(float(away.mean()))
            numbers["editable " + space].append(float(np.mean(kept)))
            squares = np.square(drawn.astype(np.float64) - pictures).mean(axis=(1, 2, 3))
            values["dB " + space] = common.table(range(len(w)), [decibels(one) for one in squares])
            values["error " + space] = common.table(study.meter.names, away)
            values["kept " + space] = common.table(names, kept)
    called = ["photo {}".format(k) for k in range(len(w))]
    packed = pack_latents(Latents(w, called, told="", file="", inside=None, as_w=False))
    picture = Sample(study.look(None), latents=packed, labels=True)
    shown = [Shown("projections.png", "sample", picture, None)]
    return Outcome(shown, values, [study.judge(claim, found) for claim, found in numbers.items()])


def photos(study: Study, seed: int) -> np.ndarray:
    """Pictures (N, H, W, 3) uint8: drawings of the network's world, or its own where none is known."""
    count = study.settings["photos"][study.size_name]
    if isinstance(study.scorer, BeetleScorer):
        world = study.world if study.world in worlds.WORLDS else "beetles"
        factors = worlds.sample_factors(count, DRAWINGS_SEED + 100 + seed)
        return scene.averaged(scene.draw(factors, world, 64), study.gen.image_shape[-1])
    return study.meter.pictures(study.gen.w(n=count, seed=7000 + seed))


def projected(study: Study, pictures: np.ndarray, space: str) -> np.ndarray:
    """The latents (N, L, D) of pictures (N, H, W, 3)."""
    targets = [Target(pixels, None, str(k), {}, []) for k, pixels in enumerate(pictures)]
    asked = study.settings["projection"][study.size_name]
    projection = Projection(study.gen, targets, Settings(space=space, **asked))
    try:
        for _ in projection.run():
            pass
        return np.stack([result.w for result in projection.results()])
    finally:
        projection.close()


def published(_: Optional[str]) -> str:
    """The papers project no photos; the demo's network."""
    return str(common.facts("settings", "common")["demo"])


def main(argv: Optional[List[str]] = None) -> int:
    """`python -m experiments.fig17_photos`."""
    return common.command("fig17_photos", make, published, [], argv)


if __name__ == "__main__":
    sys.exit(main())
