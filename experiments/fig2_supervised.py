"""Re-Fig 2, GANSpace figure 5: unsupervised beside supervised directions.

  python -m experiments.fig2_supervised --case ffhq-pose --boundary stylegan_ffhq_pose_w_boundary.npy

On the paper's networks the supervised direction is a file; elsewhere it is trained on scored samples.
"""

from __future__ import annotations

import sys
from typing import Any, List, Optional

import numpy as np

from ganspace_tf.directions import boundary, read_boundary
from ganspace_tf.edits import Edit
from ganspace_tf.errors import UsageError
from ganspace_tf.measure.baselines import measured_basis
from ganspace_tf.render.figures import Row, Rows

from . import common
from .common import Outcome, Shown, Study
from .found import beside, found_edits, handles

TABLE = common.facts("edits", "supervised")
CASES = common.case_names(TABLE)


def make(study: Study, case: str = CASES[0], table: Any = TABLE) -> Outcome:
    """Strips of both, and their leakage at equal effect."""
    return published_strips(study, case, table) if study.paper else demo_strips(study)


def published_strips(study: Study, case: str, table: Any) -> Outcome:
    """Strips as published: strengths in units of w, both centred along the supervised direction."""
    row = table["cases"][case]
    if not getattr(study.options, "boundary", None):
        raise UsageError("{} needs --boundary FILE.npy: {}".format(case, row["supervised"]))
    lines = read_boundary(study.options.boundary)
    comp = study.components(table["decomposition"])
    ours = study.edit(row["edit"])
    lengths = np.linalg.norm(lines, axis=1)
    units = lines / np.maximum(lengths, 1e-12)[:, None]
    basis = common.joined(comp, [comp.directions[ours.component], *units], [1.0, *lengths])
    if len(lines) == 1:
        theirs = [Edit(1, sigma=row["scale"])]
    else:  # one row a layer, each with its own length
        rows = range(min(len(lines), study.gen.n_layers))
        theirs = [Edit(1 + layer, layer, layer, row["scale"]) for layer in rows if lengths[layer] > 0]
    mine = [Edit(0, ours.first_layer, ours.last_layer, ours.sigma)]
    remove, look = 1 if row["centre"] else -1, study.look(row.get("psi"), row.get("class"))
    rows = [
        Row(seed, [edit.to_json() for edit in edits], label, "seed {}".format(seed), "", remove)
        for seed in row["seeds"]
        for label, edits in (("ours", mine), ("supervised", theirs))
    ]
    picture = Rows(look, title=study.caption, rows=rows, frames=table["frames"])
    cosine = float(comp.directions[ours.component] @ units[0])
    return Outcome([Shown("supervised.png", "rows", picture, basis)], {"cosine": cosine}, [])


def demo_strips(study: Study) -> Outcome:
    """Best single edits beside boundaries trained on scored samples."""
    comp, meter = study.components(), study.meter
    found = found_edits(study, comp)
    names = handles(found, meter.names, len(found))
    w = study.gen.w(n=study.size["rows"], seed=55)
    scores = meter.factors(w)
    normals = [boundary(w[:, 0], scores[:, meter.names.index(name)]) for name in names]
    lines = measured_basis(np.stack(normals), study.latents())
    table, ratios = beside(study, comp, lines, names, found)
    basis = common.joined(
        comp, np.concatenate([comp.directions, lines.directions]), [*comp.stdev, *lines.stdev]
    )
    rows = []
    for k, name in enumerate(names[: study.settings["factors"]]):
        edit, cells = found[name].edit, table[name]
        mine = Edit(edit.component, edit.first_layer, edit.last_layer, round(2 * cells["ours sigma"], 2))
        theirs = Edit(len(comp.directions) + k, sigma=round(2 * cells["supervised sigma"], 2))
        rows += [
            Row(1, [mine.to_json()], name, "ours: {}".format(mine)),
            Row(1, [theirs.to_json()], name, "supervised"),
        ]
    picture = Rows(study.look(), title=study.caption, rows=rows)
    verdicts = [study.judge("control", ratios)]
    return Outcome([Shown("supervised.png", "rows", picture, basis)], {"factors": table}, verdicts)


def published(case: Optional[str], table: Any = TABLE) -> str:
    """The paper's network."""
    return table["cases"][case or common.case_names(table)[0]]["network"]


def main(argv: Optional[List[str]] = None) -> int:
    """`python -m experiments.fig2_supervised`."""
    return common.command("fig2_supervised", make, published, CASES, argv)


if __name__ == "__main__":
    sys.exit(main())
