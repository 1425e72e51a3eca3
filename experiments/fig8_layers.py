"""Layer-wise edits (GANSpace figure 3): components on all layers, and on those where they do one thing.

  python -m experiments.fig8_layers

And the paper's reading of it: early layers and components are high level, late ones are detail.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any, Dict, List, Optional

import numpy as np

from ganspace_tf.edits import Edit
from ganspace_tf.measure.effects import all_layers, responses
from ganspace_tf.measure.layers import by_layers, kinds, thirds
from ganspace_tf.render.figures import Row, Rows

from . import common
from .common import Outcome, Shown, Study
from .found import cleanest_layers

TABLE = common.facts("edits", "layers")


def make(study: Study) -> Outcome:
    """Strips in pairs, all layers and chosen layers; effects and spatial frequencies by layer and index."""
    comp = study.components(TABLE["decomposition"])
    count = min(study.settings["components"], len(comp.directions))
    if study.paper:
        tuned = [study.edit(row["edit"]) for row in TABLE["tuned"]]
        notes, seed, psi = [row["effect"] for row in TABLE["tuned"]], TABLE["seeds"][0], TABLE["psi"]
    else:
        tuned = [replace(e, sigma=2.0) for e, _ in cleanest_layers(study, comp, count)]
        notes, seed, psi = [""] * count, 1, 0.7
    rows = []
    for edit, note in zip(tuned, notes):
        name, everywhere = "v{}".format(edit.component), Edit(edit.component, sigma=edit.sigma)
        rows.append(Row(seed, [everywhere.to_json()], name, "all layers"))
        rows.append(Row(seed, [edit.to_json()], name, note or edit.place))
    picture = Rows(study.look(psi), title=study.caption, rows=rows, frames=TABLE["frames"], centred=True)
    numbers: Dict[str, List[float]] = {"cleaner": [], "layers": [], "detail": [], "index": []}
    for seed in study.seeds:
        values = measured(study, comp, tuned, count, study.sample(seed, fresh=True))
        for name, found in numbers.items():
            found.append(float(values[name]))
    verdicts = [study.judge(name, found) for name, found in numbers.items()]
    values["tuned"] = [str(edit) for edit in tuned]
    return Outcome([Shown("layers.png", "rows", picture, comp)], values, verdicts)


def measured(study: Study, comp: Any, tuned: List[Edit], count: int, w: np.ndarray) -> Dict[str, Any]:
    """One repetition: leakage with and without chosen layers, and both readings of early and late."""
    meter, sides = study.meter, (study.groups["geometry"], study.groups["appearance"])
    wide, narrow = (responses(meter, w, comp, edits) for edits in ([Edit(e.component) for e in tuned], tuned))
    rows, main = range(len(tuned)), np.abs(wide.mean).argmax(axis=1)
    leaks = [np.clip(found.leakage()[rows, main], 1e-2, 1e2) for found in (narrow, wide)]
    pairs = [(first, min(first + 1, study.gen.n_layers - 1)) for first in range(0, study.gen.n_layers, 2)]
    ends, layers, components = (
        kinds(meter, w, comp, groups, *sides)
        for groups in (
            by_layers(count, thirds(study.gen.n_layers)),
            by_layers(count, pairs),
            [[edit] for edit in all_layers(len(comp.directions))],
        )
    )
    by_index, cycles = np.nan_to_num(components.cycles), np.nan_to_num(ends.cycles)
    names = ["{}-{}".format(*pair) for pair in pairs]
    return {
        "cleaner": np.exp(np.mean(np.log(leaks[0]) - np.log(leaks[1]))),
        "layers": ends.odds[0] / ends.odds[1],
        "detail": cycles[1] / max(cycles[0], 1e-9),
        "index": np.corrcoef(np.arange(len(by_index)), by_index.argsort().argsort())[0, 1],
        "cycles a picture by component": common.table(range(len(by_index)), by_index),
        "cycles a picture by layers": common.table(names, np.nan_to_num(layers.cycles)),
        "geometry over appearance by component": common.table(range(len(by_index)), components.odds),
        "geometry over appearance by layers": common.table(names, layers.odds),
    }


def published(_: Optional[str]) -> str:
    """The paper's network."""
    return str(TABLE["network"])


def main(argv: Optional[List[str]] = None) -> int:
    """`python -m experiments.fig8_layers`."""
    return common.command("fig8_layers", make, published, [], argv)


if __name__ == "__main__":
    sys.exit(main())
