"""Edit transfer: edits found on one network, used on a network that was fine-tuned from it.

python -m experiments.fig9_transfer
python -m experiments.fig9_transfer --model net.pkl --kin finetuned.pkl
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any, List, Optional, Tuple

import numpy as np

from ganspace_tf.edits import Edit
from ganspace_tf.errors import UsageError
from ganspace_tf.measure.effects import Response, responses
from ganspace_tf.measure.transfer import transfer
from ganspace_tf.render.figures import Row, Rows

from . import common
from .common import Outcome, Shown, Study
from .found import drawn, found_edits, handles


def make(study: Study) -> Outcome:
    """The same strips on both networks, and the same changes of factors, or not."""
    kin, comp = kin_of(study), study.components()
    names, edits = tried(study, kin, comp)
    rows = [
        Row(seed, [edit.to_json()], name, str(edit)) for name, edit in zip(names, edits) for seed in (1, 2)
    ]
    picture = Rows(study.look(), title=study.caption, rows=rows, centred=False)
    values, cosines = measured(study, kin, comp, edits, names)
    there = replace(picture, title=kin.caption, any_basis=True)
    shown = [Shown("here.png", "rows", picture, comp), Shown("there.png", "rows", there, comp, kin)]
    return Outcome(shown, values, [study.judge("same", cosines)])


def kin_of(study: Study) -> Study:
    """The other network. Raises UsageError if latents of the one are none of the other."""
    known = study.settings["kin"]
    network, _ = common.pick(getattr(study.options, "kin", None), known, known)
    kin = Study(study.figure, network, False, study.size_name, study.options.scorer)
    if kin.gen.dlatent_size != study.gen.dlatent_size or kin.gen.n_layers != study.gen.n_layers:
        raise UsageError(
            "{} and {} are not kin: their latents differ in shape".format(study.gen.name, kin.gen.name)
        )
    return kin


def tried(study: Study, kin: Study, comp: Any) -> Tuple[List[str], List[Edit]]:
    """The purest edits of factors that vary on both networks, and the names of these."""
    found = found_edits(study, comp)
    names = [n for n in handles(found, study.meter.names, len(found)) if n in kin.meter.names]
    names = names[: study.settings["edits"]]
    if not names:
        raise UsageError("no factor varies on both networks")
    return names, [drawn(found[name], study.settings["strength"]) for name in names]


def measured(study: Study, kin: Study, comp: Any, edits: Any, names: List[str]) -> Any:
    """Changes of the shared factors by edit, here and there, and the mean cosine of each seed."""
    shared = [name for name in study.meter.names if name in kin.meter.names]
    cosines = []
    for seed in study.seeds:
        both = []
        for one in (study, kin):
            found = responses(one.meter, one.sample(seed, fresh=True), comp, edits)
            columns = [one.meter.names.index(name) for name in shared]
            both.append(Response(found.mean[:, columns], found.rms[:, columns]))
        moved = transfer(*both)
        cosines.append(float(np.mean(moved.cosine)))
    values = {
        name: {
            "edit": str(edits[k]),
            "cosine": float(moved.cosine[k]),
            "strength": float(moved.strength[k]),
            "effect here": float(both[0].mean[k, shared.index(name)]),
            "effect there": float(both[1].mean[k, shared.index(name)]),
            "leakage here": common.number(both[0].leakage()[k, shared.index(name)]),
            "leakage there": common.number(both[1].leakage()[k, shared.index(name)]),
        }
        for k, name in enumerate(names)
    }
    return {"edits": values}, cosines


def published(_: Optional[str]) -> str:
    """The papers transfer between classes of BigGAN; between networks, the demo's."""
    return str(common.facts("settings", "common")["demo"])


def main(argv: Optional[List[str]] = None) -> int:
    """`python -m experiments.fig9_transfer`."""
    return common.command("fig9_transfer", make, published, [], argv)


if __name__ == "__main__":
    sys.exit(main())
