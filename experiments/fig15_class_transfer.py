"""Class transfer (GANSpace, BigGAN-deep): a direction found in one class used in others.

python -m experiments.fig15_class_transfer
python -m experiments.fig15_class_transfer --case dark_fg    an edit of the table in every class
"""

from __future__ import annotations

import sys
from typing import Any, List, Optional

import numpy as np

from ganspace_tf.edits import Edit
from ganspace_tf.measure.effects import responses
from ganspace_tf.measure.transfer import transfer
from ganspace_tf.render.figures import Row, Rows

from . import common
from .common import Outcome, Shown, Study
from .found import drawn, found_edits, handles

FIGURE = "fig15_class_transfer"
TABLE = common.facts("edits", "biggan_transfer")
CASES = ["paper", *TABLE["edits"]]


def make(study: Study, case: str = CASES[0]) -> Outcome:
    """Strips of the same edits in several classes, and whether they do the same there."""
    if study.gen.n_classes < 2:
        raise common.NotApplicable("{} has no classes to transfer edits between".format(study.gen.name))
    if study.paper:
        comp, rows = study.components(TABLE["decomposition"]), []
        for row in TABLE["rows"]:
            for name in row["edits"] if case == "paper" else [case]:
                edit = study.edit(TABLE["edits"][name])
                note = "{} {}".format(name, edit)
                index = study.class_of(row["class"])
                rows.append(Row(row["seed"], [edit.to_json()], row["class"], note)._replace(classes=index))
        picture = Rows(study.look(TABLE["psi"]), title=study.caption, rows=rows, frames=TABLE["frames"])
        return Outcome([Shown("classes.png", "rows", picture, comp)], {"rows": [r.note for r in rows]}, [])
    comp, settings = study.components(), study.settings
    found = found_edits(study, comp)
    names = handles(found, study.meter.names, settings["edits"])
    edits = [drawn(found[name], settings["strength"]) for name in names]
    classes = list(range(min(study.gen.n_classes, settings["classes"])))
    rows = [
        Row(1, [edit.to_json()], "{} in {}".format(name, called(study, k)), str(edit))._replace(classes=k)
        for name, edit in zip(names, edits)
        for k in classes
    ]
    picture = Rows(study.look(), title=study.caption, rows=rows)
    values, same, named = measured(study, comp, [found[name].edit for name in names], names, classes)
    verdicts = [study.judge("same", same), study.judge("named", named)]
    return Outcome([Shown("classes.png", "rows", picture, comp)], values, verdicts)


def called(study: Study, index: int) -> str:
    """What a class is called."""
    names = study.gen.class_names
    return "class {}".format(index) if names is None else names.display(index)


def measured(study: Study, comp: Any, edits: Any, names: List[str], classes: List[int]) -> Any:
    """Cosines and strengths by edit and class of the last seed; by seed the mean cosine, and the ratio of
    purities in other classes over those of random directions.
    """
    home, *others = [study.meter.of_class(k) for k in classes]
    layers = [Edit(k, edit.first_layer, edit.last_layer) for k, edit in enumerate(edits)]
    columns, same, named = [home.names.index(name) for name in names], [], []
    for seed in study.seeds:
        w, random = study.sample(seed, fresh=True), study.random(len(edits), seed)
        here, here_random = responses(home, w, comp, edits), responses(home, w, random, layers)
        there = [responses(meter, w, comp, edits) for meter in others]
        there_random = [responses(meter, w, random, layers) for meter in others]
        moved = [transfer(here, one) for one in there]
        same.append(float(np.mean([one.cosine for one in moved])))
        ours = np.mean([one.purity()[range(len(edits)), columns] for one in there])
        named.append(float(ours / max(np.mean([r.purity().max(axis=1) for r in there_random]), 1e-9)))
    values = {
        name: {
            "edit": str(edits[k]),
            "cosine": common.table([called(study, c) for c in classes[1:]], [one.cosine[k] for one in moved]),
            "strength": common.table([called(study, c) for c in classes[1:]], [m.strength[k] for m in moved]),
        }
        for k, name in enumerate(names)
    }
    of_random = np.mean([transfer(here_random, one).cosine for one in there_random])
    return {"edits": values, "cosine of random directions": float(of_random)}, same, named


def main(argv: Optional[List[str]] = None) -> int:
    """`python -m experiments.fig15_class_transfer`."""
    return common.command(FIGURE, make, lambda _: TABLE["network"], CASES, argv)


if __name__ == "__main__":
    sys.exit(main())
