"""Re-Fig 1, GANSpace figure 1: edits one after another, each on top of the others.

python -m experiments.fig1_sequences                      Change Color, Add Grass, Rotate, Change Type
python -m experiments.fig1_sequences --case teaser-ffhq   GANSpace's own
python -m experiments.fig1_sequences --case "edit:ffhq wrinkles"   one edit of its table alone
"""

from __future__ import annotations

import sys
from typing import Any, Dict, List, Optional

import numpy as np

from ganspace_tf.edits import Edit
from ganspace_tf.measure.effects import responses
from ganspace_tf.render.figures import Sequence

from . import common
from .common import Outcome, Shown, Study
from .found import steps

TABLE = common.facts("edits", "sequences")


def cases(table: Any = TABLE) -> List[str]:
    """Sequences, and every edit of the table as a sequence of one."""
    single = [
        "edit:{} {}".format(subject, name)
        for subject, net in table["subjects"].items()
        for name in table["edits"][net]
    ]
    return list(table["cases"]) + single


def settings_of(case: str, table: Any = TABLE) -> Dict[str, Any]:
    """network, psi, seeds, sequence of a case."""
    if not case.startswith("edit:"):
        return table["cases"][case]
    subject, _, name = case[len("edit:") :].partition(" ")
    own = next(row for row in table["cases"].values() if row["network"] == table["subjects"][subject])
    return dict(own, sequence=[name], captions=[name])


def make(study: Study, case: str = "paper", table: Any = TABLE) -> Outcome:
    """The picture, what each step changes, and whether it is what it is named for."""
    row = settings_of(case, table)
    if study.paper:
        comp = study.components(table["decomposition"])
        known = table["edits"][row["network"]]
        edits = [study.edit(known[name]["edit"]) for name in row["sequence"]]
        invert = [bool(known[name].get("invert")) for name in row["sequence"]]
        captions, targets, seeds = row.get("captions", row["sequence"]), [], row["seeds"]
    else:
        comp = study.components()
        edits, captions, targets = steps(study, comp)
        invert, seeds = [caption == "Rotate" for caption in captions], [1, 2, 3]
    picture = Sequence(
        study.look(row["psi"], row.get("class")),
        crop=study.crop(row),
        title=study.caption,
        seeds=list(seeds),
        held=edits,
        invert=invert,
        captions=["Initial"] + list(captions),
    )
    values, verdicts = measured(study, comp, edits, list(captions), targets)
    return Outcome([Shown("sequence.png", "sequence", picture, comp)], values, verdicts)


def measured(study: Study, comp: Any, edits: List[Edit], captions: List[str], targets: List[str]) -> Any:
    """Changes of every factor by step; with targets, the verdict on them."""
    meter, shares = study.meter, []
    for seed in study.seeds:
        w = study.sample(seed, fresh=True)
        found = responses(meter, w, comp, edits)
        if targets:
            columns = [meter.names.index(name) for name in targets]
            layers = [Edit(k, edit.first_layer, edit.last_layer) for k, edit in enumerate(edits)]
            random = responses(meter, w, study.random(len(edits), seed), layers).purity().max(axis=1)
            shares.append(
                float(found.purity()[range(len(edits)), columns].mean() / np.maximum(random.mean(), 1e-9))
            )
    values = {name: common.table(meter.names, row) for name, row in zip(captions, found.mean)}
    return {"changes per sigma": values}, [study.judge("named", shares)] if targets else []


def published(case: Optional[str], table: Any = TABLE) -> str:
    """The paper's network."""
    return settings_of(case or cases(table)[0], table)["network"]


def main(argv: Optional[List[str]] = None) -> int:
    """`python -m experiments.fig1_sequences`."""
    return common.command("fig1_sequences", make, published, cases(), argv)


if __name__ == "__main__":
    sys.exit(main())
