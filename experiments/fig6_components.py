"""The first 20 components beside random directions (GANSpace, supplement), and whether they matter.

python -m experiments.fig6_components
python -m experiments.fig6_components --case cat-pca-w
"""

from __future__ import annotations

import sys
from typing import Any, List, Optional

import numpy as np

from ganspace_tf.cli.values import steps
from ganspace_tf.measure.baselines import rotated_basis
from ganspace_tf.measure.effects import all_layers, responses
from ganspace_tf.measure.explained import coordinates, explained_factor_variance, needed_for, spectrum
from ganspace_tf.render.sheets import Sheet

from . import common
from .common import Outcome, Shown, Study

TABLE = common.facts("edits", "components")
CASES = common.case_names(TABLE)
FEW = 5  # components that count as the first ones


def make(study: Study, case: str = CASES[0], table: Any = TABLE) -> Outcome:
    """A sheet of the case's directions; effects, spectra and explained variance."""
    row = table["cases"][case]
    # of the published 512 components the first 20 are drawn and measured: a PCA of 20 has the same ones
    count = min(table["count"], study.gen.dlatent_size)
    comp = study.components(n=1_000_000 if study.paper else study.size["n"], components=count)
    drawn, method = comp, "PCA"
    if row["estimator"] == "random":
        method = "random directions"
        drawn = (
            study.random_z(count)
            if row["latent"] == "z"
            else study.components(estimator="random", components=count)
        )
    picture = Sheet(
        study.look(table["psi"], row.get("class")),
        components=list(range(count)),
        sigmas=steps((-row["sigma"], row["sigma"]), table["frames"]),
        seed=row["seed"],
        title="{} of {} · {}".format(method, row["latent"], study.caption),
    )
    values, verdicts = measured(study, comp, count)
    return Outcome([Shown("components.png", "visualize", picture, drawn)], values, verdicts)


def measured(study: Study, comp: Any, count: int) -> Any:
    """Effects along components, random directions and a rotation; explained shares; the spectrum."""
    meter, latents = study.meter, study.latents()
    counts = [k for k in study.settings["counts"] if k <= count]
    few = min(FEW, count)
    importance, order, explained = [], [], []
    for seed in study.seeds:
        w = study.sample(seed)
        ours = responses(meter, w, comp, all_layers(count))
        random = responses(meter, w, study.random(count, seed), all_layers(count)).total()
        turned = rotated_basis(comp, count, latents, 300 + seed)
        rotated = responses(meter, w, turned, all_layers(few)).total()
        importance.append(float(ours.total().mean() / random.mean()))
        order.append(float(ours.total()[:few].mean() / rotated.mean()))
        rows = study.gen.w(n=study.size["rows"], seed=5000 + seed)
        factors = meter.factors(rows)
        held = explained_factor_variance(coordinates(comp, rows), factors, counts)
        other = explained_factor_variance(coordinates(study.random(count, seed), rows), factors, counts)
        explained.append(float(held[-1].mean() / max(other[-1].mean(), 1e-3)))
    variances = spectrum(latents)
    names = ["v{}".format(k) for k in range(count)]
    values = {
        "change of all factors per sigma": common.table(names, ours.total()),
        "the same, random directions": common.table(range(count), random),
        "the same, axes of a random rotation": common.table(range(few), rotated),
        "strongest factor": dict(zip(names, [meter.names[k] for k in np.abs(ours.mean).argmax(axis=1)])),
        "share of factor variance by components": common.table(counts, held.mean(axis=1)),
        "share of factor variance by random directions": common.table(counts, other.mean(axis=1)),
        "share by factor, all components": common.table(meter.names, held[-1]),
        "share of the variance of w": common.table(names, comp.variance_ratio),
        "axes that hold 50, 90, 95 % of w": [needed_for(variances, share) for share in (0.5, 0.9, 0.95)],
    }
    ends = {"importance": importance, "order": order, "explained": explained}
    return values, [study.judge(name, numbers) for name, numbers in ends.items()]


def published(case: Optional[str], table: Any = TABLE) -> str:
    """The paper's network."""
    return table["cases"][case or common.case_names(table)[0]]["network"]


def main(argv: Optional[List[str]] = None) -> int:
    """`python -m experiments.fig6_components`."""
    return common.command("fig6_components", make, published, CASES, argv)


if __name__ == "__main__":
    sys.exit(main())
