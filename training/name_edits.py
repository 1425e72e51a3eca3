"""The edits of a demo network that are worth a name, kept as named directions for `ganspace demo`.

    .venv-3.11/bin/python -m training.name_edits demo:stylegan2 --out ganspace_tf/demo/data/edits-stylegan2

Run it after `training.publish`: directions belong to one network. Every component is tried on every range of
layers; in each group of factors the strongest and purest edit gets a name, or that of a factor somebody
prefers: that factor, and all that it changes at least half as much as its most. Needs TensorFlow, not
PyTorch.
"""

from __future__ import annotations

import argparse
import os
from collections import OrderedDict

from ganspace_tf.cli.demo import components, look
from ganspace_tf.cli.quiet import be_quiet, start_tensorflow
from ganspace_tf.cli.work import open_generator
from ganspace_tf.directions.named import NamedDirection
from ganspace_tf.edits import Edit
from ganspace_tf.measure.effects import responses
from ganspace_tf.measure.handles import choose_handles
from ganspace_tf.measure.rank import usable_range
from ganspace_tf.measure.search import candidates, layer_ranges, search
from ganspace_tf.measure.statistics import choose_scorer
from ganspace_tf.measure.tour import measuring
from ganspace_tf.measure.truncation import Ordinary

GROUPS = OrderedDict(
    shape=("angle", "size", "x", "y", "aspect"),
    shell=("hue", "brightness", "saturation", "stripes", "spots"),
    ground=("ground_hue", "ground_brightness", "light"),
)
NAMES = {
    "angle": "Turn",
    "size": "Size",
    "x": "Sideways",
    "y": "Up and down",
    "aspect": "Width",
    "hue": "Shell colour",
    "brightness": "Shell brightness",
    "saturation": "Shell saturation",
    "stripes": "Stripes",
    "spots": "Spots",
    "ground_hue": "Ground colour",
    "ground_brightness": "Ground brightness",
    "light": "Light",
}
SEARCHED, REFERENCE = 24, 512  # latents that edits are tried on; pictures that say what is ordinary
ALSO = 0.5  # of the largest change, in units of the factors: changes that are part of the name
LEAST, MOST = 2.0, 3.0  # sigma either way that an edit is shown with


def reach(meter, w, comp, edit):
    """How far an edit can go both ways, in sigma: as far as pictures stay ordinary, within LEAST and MOST."""
    ordinary = Ordinary(meter.features(meter.pictures(meter.gen.w(n=REFERENCE, seed=91))))
    low, high = usable_range(meter, w, comp, edit, ordinary)
    return min(MOST, max(LEAST, min(-low, high)))


def name_of(factor, changes):
    """What an edit is called that was chosen for a factor, for its change of each factor by name."""
    least = ALSO * max(abs(change) for change in changes.values())
    part = [name for name in changes if name == factor or (name in NAMES and abs(changes[name]) >= least)]
    words = [NAMES[name] for name in sorted(part, key=lambda name: -abs(changes[name]))]
    return ", ".join([words[0], *map(str.lower, words[1:])])


def named_edits(gen, scorer, comp, preferred=()):
    """The named directions of a network, one for each of GROUPS: list of `NamedDirection`."""
    meter = measuring(gen, scorer, look())
    w, fresh = (gen.w(n=SEARCHED, seed=seed) for seed in (11, 12))
    edits = candidates(len(comp.directions), layer_ranges(gen.n_layers))
    found = dict(zip(meter.names, search(meter, w, fresh, comp, edits)))
    groups = OrderedDict(
        (group, [name for name in names if name in preferred] or names) for group, names in GROUPS.items()
    )
    factors = list(choose_handles(found, groups).values())
    changes = responses(meter, fresh, comp, [found[factor].edit for factor in factors]).mean
    end = min(
        reach(meter, fresh, comp, found[factor].edit) for factor in factors
    )  # one scale for all of them
    directions = []
    for factor, row in zip(factors, changes):
        best = found[factor]
        made = {"factor": factor, "effect": round(best.effect, 4), "purity": round(best.purity, 4)}
        directions.append(
            NamedDirection.of(
                name_of(factor, dict(zip(meter.names, row))),
                comp,
                best.edit.component,
                layers=(best.edit.first_layer, best.edit.last_layer),
                sigma_range=(-end, end),
                made=made,
            )
        )
    return directions


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network")
    parser.add_argument("--out", required=True, help="folder to put them in; directions in it are removed")
    parser.add_argument(
        "--prefer", action="append", default=[], choices=sorted(NAMES), help="this factor of its group"
    )
    args = parser.parse_args()
    be_quiet()
    scorer, _ = choose_scorer(args.network)
    gen = open_generator(args.network, None)
    start_tensorflow()
    found = named_edits(gen, scorer, components(gen), args.prefer)
    os.makedirs(args.out, exist_ok=True)
    for name in os.listdir(args.out):
        if name.endswith(".json"):
            os.remove(os.path.join(args.out, name))
    for k, direction in enumerate(found):
        file = "{}-{}.json".format(k + 1, direction.name.lower().replace(",", "").replace(" ", "-"))
        place = Edit(direction.made["component"], *direction.layers).place
        print(direction.save(os.path.join(args.out, file)), place, direction.made)


if __name__ == "__main__":
    main()
