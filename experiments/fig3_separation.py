"""Re-Fig 3, GANSpace figure 4: the first components fixed and the rest randomised, and the reverse.

python -m experiments.fig3_separation
python -m experiments.fig3_separation --case stylegan2-cat
"""

from __future__ import annotations

import sys
from typing import Any, List, Optional

import numpy as np

from ganspace_tf.measure.separation import separation
from ganspace_tf.render.figures import Resampling

from . import common
from .common import Outcome, Shown, Study

TABLE = common.facts("edits", "separation")
CASES = common.case_names(TABLE)


def make(study: Study, case: str = CASES[0], table: Any = TABLE) -> Outcome:
    """Strips for components and random directions; how far each separates geometry from appearance."""
    row, settings = table["cases"][case], study.settings
    count = row["first"] if study.paper else settings["count"]
    # of the published 512 components only the first are needed: a PCA of fewer has the same ones
    comp = study.components(components=max(count, 20), n=1_000_000 if study.paper else study.size["n"])
    seed = row["seed"] if study.paper else settings["seed"]
    random = study.random(count, 0)
    basis = common.joined(
        comp,
        np.concatenate([comp.directions[:count], random.directions]),
        [*comp.stdev[:count], *random.stdev],
    )
    picture = Resampling(
        study.look(row["psi"] if study.paper else 0.7, row.get("class")),
        crop=study.crop(row),
        title=study.caption,
        seed=seed + table["batch"],
        others=[seed + k for k in range(table["batch"])],
        groups=[
            ["first {} components".format(count), 0, count],
            ["{} random directions".format(count), count, 2 * count],
        ],
    )
    values, ratios = measured(study, comp, count)
    shown = [Shown("separation.png", "resampling", picture, basis)]
    return Outcome(shown, values, [study.judge("separation", ratios)])


def measured(study: Study, comp: Any, count: int) -> Any:
    """Changes of both groups of factors, and the ratio of components over random directions by seed."""
    meter, groups = study.meter, study.groups
    one, other = [[n for n in groups[g] if n in meter.names] for g in ("geometry", "appearance")]
    ratios = []
    for seed in study.seeds:
        w = study.sample(seed)
        ours = separation(meter, w, common.part(comp, slice(0, count)), count, one, other)
        theirs = [
            separation(meter, w, study.random(count, 10 * seed + k), count, one, other).ratio
            for k in range(study.settings["randoms"])
        ]
        ratios.append(float(ours.ratio / np.exp(np.mean(np.log(theirs)))))
    kinds = ("geometry", "appearance")
    return {
        "components randomised": common.table(kinds, ours.first),
        "rest randomised": common.table(kinds, ours.rest),
        "ratio": ours.ratio,
        "ratio of random directions": float(np.exp(np.mean(np.log(theirs)))),
    }, ratios


def published(case: Optional[str], table: Any = TABLE) -> str:
    """The paper's network."""
    return table["cases"][case or common.case_names(table)[0]]["network"]


def main(argv: Optional[List[str]] = None) -> int:
    """`python -m experiments.fig3_separation`."""
    return common.command("fig3_separation", make, published, CASES, argv)


if __name__ == "__main__":
    sys.exit(main())
