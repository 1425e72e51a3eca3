"""Re-Fig 4: "Patterns", E(v2, 0-17), at the seeds 1819967864 and 1.

python -m experiments.fig4_patterns
"""

from __future__ import annotations

import sys
from typing import List, Optional

from ganspace_tf.cli.values import steps
from ganspace_tf.measure.effects import all_layers, responses
from ganspace_tf.render.sheets import Strips

from . import common
from .common import Outcome, Shown, Study

TABLE = common.facts("edits", "patterns")
RANDOMS = 5  # random directions that v2 is compared with, each seed


def make(study: Study) -> Outcome:
    """Strips of the edit on all layers, what it changes, and how much beside random directions."""
    comp, meter = study.components(TABLE["decomposition"]), study.meter
    edit = study.edit(TABLE["edit"])
    sigmas = steps((-TABLE["sigma"], TABLE["sigma"]), TABLE["frames"])
    picture = Strips(
        study.look(TABLE["psi"]),
        seeds=list(TABLE["seeds"]),
        swept=[edit],
        sigmas=sigmas,
        centred=True,
        labels=True,
    )
    ratios = []
    for seed in study.seeds:
        w = study.sample(seed)
        ours = responses(meter, w, comp, [edit])
        random = responses(meter, w, study.random(RANDOMS, seed), all_layers(RANDOMS))
        ratios.append(float(ours.total()[0] / random.total().mean()))
    values = {"changes per sigma": common.table(meter.names, ours.mean[0])}
    return Outcome([Shown("patterns.png", "edit", picture, comp)], values, [study.judge("effect", ratios)])


def published(_: Optional[str]) -> str:
    """The replication's network."""
    return str(TABLE["network"])


def main(argv: Optional[List[str]] = None) -> int:
    """`python -m experiments.fig4_patterns`."""
    return common.command("fig4_patterns", make, published, [], argv)


if __name__ == "__main__":
    sys.exit(main())
