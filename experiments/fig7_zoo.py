"""The edit zoo (GANSpace figure 7): a strip an edit; on other networks the best single edit for each factor.

python -m experiments.fig7_zoo --case stylegan2-car-config-f              every edit of that network
python -m experiments.fig7_zoo --case "stylegan2-car-config-f Autumn"     one of them
"""

from __future__ import annotations

import sys
from typing import Any, List, Optional

import numpy as np

from ganspace_tf.measure.search import candidates, layer_ranges, search
from ganspace_tf.render.figures import Row, Rows

from . import common
from .common import Outcome, Shown, Study
from .found import drawn, found_edits, handles

TABLE = common.facts("edits", "zoo")


def cases(table: Any = TABLE) -> List[str]:
    """Networks, and each of their edits by name."""
    return list(table["networks"]) + [
        name
        for net, rows in table["networks"].items()
        for name in dict.fromkeys(net + " " + row["name"] for row in rows)
    ]


def make(study: Study, case: str = "stylegan2-car-config-f", table: Any = TABLE) -> Outcome:
    """Strips of the edits, and whether single components control single factors."""
    if study.paper:
        network, _, name = case.partition(" ")
        comp = study.components(table["decomposition"])
        rows = [
            Row(row["seeds"][0], [study.edit(row["edit"]).to_json()], row["name"], row["edit"])._replace(
                classes=study.class_of(row.get("class"))
            )
            for row in table["networks"][network]
            if name in ("", row["name"])
        ]
        psi = table["psi"][network.partition("-")[0]]
        picture = Rows(study.look(psi), title=study.caption, rows=rows, frames=table["frames"], centred=True)
        return Outcome([Shown("zoo.png", "rows", picture, comp)], {"edits": [row.note for row in rows]}, [])
    comp = study.components()
    found = found_edits(study, comp)
    rows = [
        Row(1, [edit.to_json()], name, str(edit))
        for name in handles(found, study.meter.names, len(found))
        for edit in [drawn(found[name], study.settings["strength"])]
    ]
    picture = Rows(study.look(), title=study.caption, rows=rows, frames=table["frames"], centred=True)
    edits = {
        name: {
            "edit": str(one.edit),
            "effect": one.effect,
            "purity": one.purity,
            "leakage": common.number(one.leakage),
        }
        for name, one in found.items()
    }
    verdicts = [study.judge("control", purities(study, comp))]
    return Outcome([Shown("zoo.png", "rows", picture, comp)], {"best edits": edits}, verdicts)


def purities(study: Study, comp: Any) -> List[float]:
    """By seed: purity of the best edits among components over that among random directions, same search."""
    asked = study.settings["search"]
    count = min(asked["components"], len(comp.directions))
    edits = candidates(count, layer_ranges(study.gen.n_layers)[: min(asked["ranges"], study.size["ranges"])])
    ratios = []
    for seed in study.seeds:
        w, fresh = study.sample(seed), study.sample(seed, fresh=True)
        means = [
            np.mean([one.purity for one in search(study.meter, w, fresh, basis, edits)])
            for basis in (common.part(comp, slice(0, count)), study.random(count, seed))
        ]
        ratios.append(float(means[0] / max(means[1], 1e-9)))
    return ratios


def published(case: Optional[str], table: Any = TABLE) -> str:
    """The paper's network."""
    return (case or cases(table)[0]).partition(" ")[0]


def main(argv: Optional[List[str]] = None) -> int:
    """`python -m experiments.fig7_zoo`."""
    return common.command("fig7_zoo", make, published, cases(), argv)


if __name__ == "__main__":
    sys.exit(main())
