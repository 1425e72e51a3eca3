"""Claims that failed or stayed open, taken apart: network, world, measurement or method?

  python -m experiments.fig19_apart

Each reading changes one thing in the measurement of an earlier figure (fig3, fig8, fig9) and keeps the rest.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any, Dict, List, Optional

import numpy as np

from ganspace_tf.edits import Edit
from ganspace_tf.render.figures import Resampling, Row, Rows

from . import apart, common
from .common import Outcome, Shown, Study
from .found import drawn, found_edits, handles

FIGURE = "fig19_apart"


def make(study: Study) -> Outcome:
    """Every reading that says something about this network; strips of edits with and without layers, and what
    the first components hold with and without half of the colours' variance.
    """
    comp = study.components()
    separated, bases = apart.share(study, comp)
    readings = [apart.layers(study, comp), apart.kin(study, comp), separated]
    readings += [apart.detail(study, comp), apart.drawings(study)]
    values: Dict[str, Any] = {}
    verdicts: List[Dict[str, Any]] = []
    for reading in readings:
        values.update(reading.values)
        verdicts += [study.judge(claim, numbers) for claim, numbers in reading.numbers.items()]
    shown = [Shown("layers.png", "rows", strips(study, comp), comp)]
    if bases is not None:
        shown.append(Shown("share.png", "resampling", resampled(study, bases), both(study, comp, bases)))
    return Outcome(shown, values, verdicts)


def strips(study: Study, comp: Any) -> Rows:
    """In pairs the component of a factor's best edit on all layers, and on those that the search chose."""
    rows, found = [], found_edits(study, comp)
    for name in handles(found, study.meter.names, study.settings["edits"]):
        edit = drawn(found[name], study.settings["strength"])
        everywhere = Edit(edit.component, sigma=edit.sigma)
        rows += [Row(1, [one.to_json()], name, str(one)) for one in (everywhere, replace(edit, name=None))]
    return Rows(study.look(), title=study.caption, rows=rows)


def both(study: Study, comp: Any, bases: apart.Share) -> Any:
    """The two bases of `resampled` as one."""
    directions = np.concatenate([bases.plain.directions, bases.less.directions])
    return common.joined(comp, directions, np.ones(len(directions)))


def resampled(study: Study, bases: apart.Share) -> Resampling:
    """Strips of what the first components hold, of both bases."""
    count, seed = len(bases.plain.directions), study.settings["seed"]
    names = ("of all latents", "where colours vary less")
    groups = [
        ["{} components {}".format(count, name), k * count, (k + 1) * count] for k, name in enumerate(names)
    ]
    others = [seed + 1 + k for k in range(study.settings["others"])]
    return Resampling(study.look(), title=study.caption, seed=seed, others=others, groups=groups)


def published(_: Optional[str]) -> str:
    """These are no figures of the papers; the demo's network."""
    return str(common.facts("settings", "common")["demo"])


def main(argv: Optional[List[str]] = None) -> int:
    """`python -m experiments.fig19_apart`."""
    return common.command(FIGURE, make, published, [], argv)


if __name__ == "__main__":
    sys.exit(main())
