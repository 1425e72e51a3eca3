"""Re-Fig 5: truncation on StyleGAN: psi 0.25, 0.7 and none, with "Head Rotation" and "Simple Strokes".

  python -m experiments.fig5_truncation

GANSpace's StyleGAN has no truncation; the replication adds it. Measured by psi from 0 to 1.2: distance to
what the network should make, artefacts, diversity, with and without edits, and what is left of the edits.
"""

from __future__ import annotations

import sys
from typing import Any, Dict, List, Optional

from ganspace_tf.demo import scene, worlds
from ganspace_tf.demo.quality import DRAWINGS_SEED
from ganspace_tf.demo.scorer import BeetleScorer
from ganspace_tf.edits import Edit
from ganspace_tf.measure.truncation import effect_by_psi, left_of
from ganspace_tf.measure.truncation import study as by_psi
from ganspace_tf.render.figures import Row, Rows

from . import common
from .common import Outcome, Shown, Study
from .found import drawn, found_edits, handles

TABLE = common.facts("edits", "truncation")


def make(study: Study) -> Outcome:
    """Strips of each edit at each psi; quality, diversity and effects by psi."""
    comp = study.components(TABLE["decomposition"])
    if study.paper:
        edits = {row["name"]: (study.edit(row["edit"]), row["seed"]) for row in TABLE["rows"]}
    else:
        found, strength = found_edits(study, comp), study.settings["sigma"]
        names = [
            name for kind in ("geometry", "appearance") for name in handles(found, study.groups[kind], 1)
        ]
        edits = {name: (drawn(found[name], strength), k + 1) for k, name in enumerate(names)}
    rows = [
        Row(seed, [edit.to_json()], name, "no truncation" if psi is None else "psi {:g}".format(psi), psi)
        for name, (edit, seed) in edits.items()
        for psi in TABLE["psi"]
    ]
    picture = Rows(study.look(None), title=study.caption, rows=rows, frames=TABLE["frames"], centred=True)
    values, verdicts = measured(study, comp, {name: edit for name, (edit, _) in edits.items()})
    return Outcome([Shown("truncation.png", "rows", picture, comp)], values, verdicts)


def reference(study: Study) -> Any:
    """What the network should make: drawings of its world, or its own pictures without truncation."""
    if isinstance(study.scorer, BeetleScorer):
        world = study.world if study.world in worlds.WORLDS else "beetles"
        side = study.gen.image_shape[-1]
        return scene.draw(worlds.sample_factors(study.size["pictures"], DRAWINGS_SEED), world, side)
    return study.meter.pictures(study.gen.w(n=study.size["pictures"], seed=3000))


def measured(study: Study, comp: Any, edits: Dict[str, Edit]) -> Any:
    """The study for each seed: rows by psi of the last one, and the verdicts."""
    psis, meter, like = study.settings["psis"], study.meter, reference(study)
    ends: Dict[str, List[float]] = {"diversity": [], "artefacts": [], "edit": []}
    for seed in study.seeds:
        w = study.gen.w(n=study.size["pictures"], seed=4000 + seed)
        plain = by_psi(meter, w, like, psis)
        at = {row.psi: row for row in plain}
        ends["diversity"].append(at[0.25].diversity / max(at[1.0].diversity, 1e-9))
        ends["artefacts"].append(at[0.7].artefacts - at[1.0].artefacts)
        left = {
            name: left_of(effect_by_psi(meter, study.sample(seed), comp, edit, psis), psis)
            for name, edit in edits.items()
        }
        effect = {row.psi: row.effect for row in next(iter(left.values()))}
        ends["edit"].append(effect[0.25] / max(effect[1.0], 1e-9))
    quality = {"no edit": plain}
    quality.update({name: by_psi(meter, w, like, psis, comp, [edit]) for name, edit in edits.items()})
    values = {"quality": records(quality), "effect": records(left)}
    return values, [study.judge(name, numbers) for name, numbers in ends.items()]


def records(by_name: Any) -> Dict[str, List[Dict[str, float]]]:
    """Rows by name, for metrics.json."""
    return {name: [dict(row._asdict()) for row in rows] for name, rows in by_name.items()}


def published(_: Optional[str]) -> str:
    """The replication's network."""
    return str(TABLE["network"])


def main(argv: Optional[List[str]] = None) -> int:
    """`python -m experiments.fig5_truncation`."""
    return common.command("fig5_truncation", make, published, [], argv)


if __name__ == "__main__":
    sys.exit(main())
