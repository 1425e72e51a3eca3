"""Re-Fig 5: truncation on StyleGAN: psi 0.25, 0.7 and none, with "Head Rotation" and "Simple Strokes".

  python -m experiments.fig5_truncation

GANSpace's StyleGAN has no truncation; the replication adds it. Measured by psi from 0 to 1.2: distance to
what the network should make, artefacts, diversity, with and without edits, and what is left of the edits.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any, Dict, List, Optional

from experiments import common
from experiments.common import Outcome, Shown, Study
from experiments.found import found_edits, handles
from ganspace_tf.demo import scene, worlds
from ganspace_tf.demo.quality import DRAWINGS_SEED
from ganspace_tf.demo.scorer import BeetleScorer
from ganspace_tf.edits import Edit
from ganspace_tf.measure.truncation import effect_by_psi
from ganspace_tf.measure.truncation import study as by_psi
from ganspace_tf.render.figures import Row, Rows

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
        edits = {
            n: (replace(found[n].edit, sigma=strength * found[n].edit.sigma), k + 1)
            for k, n in enumerate(names)
        }
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
    first = next(iter(edits))
    ends: Dict[str, List[float]] = {"diversity": [], "artefacts": [], "edit": []}
    for seed in study.seeds:
        w = study.gen.w(n=study.size["pictures"], seed=4000 + seed)
        plain = by_psi(meter, w, like, psis)
        at = {row.psi: row for row in plain}
        ends["diversity"].append(at[0.25].diversity / max(at[1.0].diversity, 1e-9))
        ends["artefacts"].append(at[0.7].artefacts - at[1.0].artefacts)
        effects = effect_by_psi(meter, study.sample(seed), comp, edits[first], psis)
        total = (effects**2).sum(axis=1) ** 0.5
        ends["edit"].append(float(total[psis.index(0.25)] / max(total[psis.index(1.0)], 1e-9)))
    edited = {name: by_psi(meter, w, like, psis, comp, [edit]) for name, edit in edits.items()}
    values: Dict[str, Any] = {"plain": [dict(row._asdict()) for row in plain]}
    values.update({name: [dict(row._asdict()) for row in rows] for name, rows in edited.items()})
    values["{}: change of all factors per sigma".format(first)] = common.table(psis, total)
    return values, [study.judge(name, numbers) for name, numbers in ends.items()]


def published(_: Optional[str]) -> str:
    """The replication's network."""
    return str(TABLE["network"])


def main(argv: Optional[List[str]] = None) -> int:
    """`python -m experiments.fig5_truncation`."""
    return common.command(
        "fig5_truncation", make, published, [], argv, demo=common.facts("settings", "fig5_truncation")["demo"]
    )


if __name__ == "__main__":
    sys.exit(main())
