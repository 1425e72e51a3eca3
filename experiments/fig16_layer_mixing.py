"""Layer-wise style mixing (GANSpace figure 6 and its style mixing): layers take latents of two pictures.

python -m experiments.fig16_layer_mixing
python -m experiments.fig16_layer_mixing --case mixing-barn    a layer's output of one in the run of another
"""

from __future__ import annotations

import sys
from typing import Any, Dict, List, Optional

from ganspace_tf.measure.layers import thirds
from ganspace_tf.measure.mixing import mixing
from ganspace_tf.render.figures import Mixed

from . import common
from .common import Outcome, Shown, Study
from .mixed import KINDS

FIGURE = "fig16_layer_mixing"
TABLE = common.facts("edits", "biggan_mixing")
CASES = list(TABLE["cases"])


def make(study: Study, case: str = CASES[0]) -> Outcome:
    """The grid of a case, and which layers hold geometry."""
    look, row = study.look(), resampling(study)
    if study.paper:
        row = TABLE["cases"][case]
        look = study.look(row["psi"], row.get("class"))
    kind = KINDS[case.partition("-")[0] if study.paper else "resampling"]
    rows, columns = kind(study, row)
    drawn = row["drawn"] if study.gen.truncates else ""
    picture = Mixed(look, title=study.caption, rows=rows, columns=columns, drawn=drawn)
    values, ends = measured(study)
    verdicts = [study.judge(name, numbers) for name, numbers in ends.items()]
    return Outcome([Shown("mixing.png", "mixed", picture, None)], values, verdicts)


def resampling(study: Study) -> Dict[str, Any]:
    """The case of figure 6 for a network that has none: the same thirds as those that are measured."""
    starts = [first for first, _ in thirds(study.gen.n_layers)]
    keep = sorted({1, max(1, starts[1] // 2), starts[1]})
    bases = [{"seed": study.settings["seed"], "class": None}]
    return {"drawn": study.look().psi or "", "keep": keep, "styles": study.settings["styles"], "bases": bases}


def measured(study: Study) -> Any:
    """Changes by how many latents are kept, of the last seed; by seed what the claims are about."""
    groups, ends = study.groups, {"layers": [], "kept": []}  # type: Any
    for seed in study.seeds:
        found = mixing(study.meter, study.sample(seed), groups["geometry"], groups["appearance"])
        ends["layers"].append(float(found.odds[0] / found.odds[1]))
        geometry, appearance = found.kept(thirds(study.gen.n_layers)[0][1] + 1)
        ends["kept"].append(float(geometry - appearance))
    counts, names = range(len(found.by_kept)), ("geometry", "appearance")
    values = {
        "{} change by latents kept".format(name): column for name, column in zip(names, found.by_kept.T)
    }
    return {name: common.table(counts, column) for name, column in values.items()}, ends


def main(argv: Optional[List[str]] = None) -> int:
    """`python -m experiments.fig16_layer_mixing`."""
    return common.command(FIGURE, make, lambda _: TABLE["network"], CASES, argv)


if __name__ == "__main__":
    sys.exit(main())
