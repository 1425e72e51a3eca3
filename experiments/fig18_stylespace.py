"""Style channels (Wu et al. 2021, StyleSpace): is a single one cleaner than a direction of W?

  python -m experiments.fig18_stylespace

Channels are found from 30 examples of each factor, as in the paper, and measured like edits of W.
"""

from __future__ import annotations

import sys
from typing import Any, Dict, List, Optional

import numpy as np

from ganspace_tf.edits import Edit
from ganspace_tf.render.figures import Row, Rows

from . import common
from .channels import MOST, Rivals, at_one_sigma, cleanness, pointed_to, rgb_over_maps, rivals
from .common import NotApplicable, Outcome, Shown, Study
from .found import handles

FIGURE = "fig18_stylespace"
NETWORK = "stylegan2-ffhq-config-f"


def make(study: Study) -> Outcome:
    """Strips of both, leakage of three kinds of edits at equal effect, and what channels are found by."""
    if not study.gen.style_layers:
        raise NotApplicable("{} has no style channels: StyleGAN2 and ADA have".format(study.gen.name))
    given, names = rivals(study), study.meter.names
    numbers: Dict[str, List[float]] = {claim: [] for claim in study.settings["claims"]}
    for seed in study.seeds:
        w, random = study.sample(seed, fresh=True), np.random.RandomState(seed)
        reached = at_one_sigma(study, given, w)
        few = given.space.of(w[: max(1, len(w) // 4)])  # of very many channels the effects are asked for
        numbers["cleaner"].append(cleanness(reached["s"], reached["w"]))
        numbers["supervised"].append(cleanness(reached["s"], reached["boundaries"]))
        numbers["exemplars"].append(pointed_to(given, few, random))
        numbers["rgb"].append(rgb_over_maps(study, given, few, random))
    values: Dict[str, Any] = {
        "leakage of " + kind: common.table(names, [min(one.leakage, MOST) for one in rows])
        for kind, rows in reached.items()
    }
    for kind, rows in reached.items():
        values["sigmas of " + kind] = common.table(names, [one.sigma for one in rows])
        values["effect of " + kind] = common.table(names, [one.effect for one in rows])
    values["edits"] = {name: given.edits[name].edit.place for name in names}
    values["channels"] = {name: given.channel(f).place for f, name in enumerate(names)}
    picture = Rows(study.look(None), title=study.caption, rows=strips(study, given, reached))
    verdicts = [study.judge(name, found) for name, found in numbers.items()]
    return Outcome([Shown("stylespace.png", "rows", picture, given.comp)], values, verdicts)


def strips(study: Study, given: Rivals, reached: Dict[str, Any]) -> List[Row]:
    """In pairs the edit of w and that of s, twice as strong as where they do equally much."""
    rows, names = [], study.meter.names
    for name in handles(given.edits, names, study.settings["factors"]):
        f, edit = names.index(name), given.edits[name].edit
        mine = Edit(edit.component, edit.first_layer, edit.last_layer, round(2 * reached["w"][f].sigma, 2))
        channel = given.channel(f, round(2 * reached["s"][f].sigma, 2))
        rows += [
            Row(1, [one.to_json()], name, "{}: leakage {:.2g}".format(one, reached[kind][f].leakage))
            for kind, one in (("w", mine), ("s", channel))
        ]
    return rows


def main(argv: Optional[List[str]] = None) -> int:
    """`python -m experiments.fig18_stylespace`."""
    return common.command(FIGURE, make, lambda _: NETWORK, [], argv)


if __name__ == "__main__":
    sys.exit(main())
