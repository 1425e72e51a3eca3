"""A direction from marked seeds, or latents of a file: these are more like it, those are less.

  ganspace teach net.pkl --plus 3,8,21 --minus 1,4,17 --name "open wings" --out wings.json
  ganspace teach net.pkl --components c.npz --plus 3,8 --minus 1,4 --npz wings.npz --out wings.json
  ganspace edit net.pkl --components wings.npz --edit "E(v0)" --out strip.png
  ganspace teach net.pkl --plus faces.npy:0-5 --minus faces.npy:6-11 --name smile --out smile.json

A linear support vector machine finds the direction between the two sets. With --components it is sought
among those alone, which is what a handful of examples can settle. Kept as JSON with the model's fingerprint,
layers, usable strengths and a preview; --npz also writes it as components for `ganspace edit`.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any, List, NamedTuple, Optional, Tuple, Union

from ganspace_tf.cli import arguments, inputs, values, work
from ganspace_tf.cli.quiet import start_tensorflow
from ganspace_tf.errors import UsageError
from ganspace_tf.foreign.places import split_place

if TYPE_CHECKING:
    from ganspace_tf.photos import Latents

SPREAD_ROWS = 2000  # latents that one sigma along the direction is measured on


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace teach` understands."""
    arguments.add_network(parser)
    for side in ("plus", "minus"):
        parser.add_argument(
            "--" + side,
            type=values.examples,
            required=True,
            metavar="LIST",
            help="seeds, such as 3,8,20-22, or latents of a file, FILE[:ROWS]",
        )
    parser.add_argument("--name", default="taught", help="what the direction does (default taught)")
    parser.add_argument("--components", metavar="FILE", help="look among these directions alone")
    parser.add_argument("--any-basis", action="store_true", help="also components found in another model")
    parser.add_argument(
        "--layers", type=values.layers, default=(0, None), metavar="J-K", help="inclusive (default: all)"
    )
    parser.add_argument(
        "--sigma", type=values.span, metavar="A..B", help="usable strengths (default: measured)"
    )
    arguments.add_scorer(parser)
    arguments.add_look(parser)
    parser.add_argument("--npz", metavar="FILE", help="also write the direction as components")
    arguments.add_output(parser, "direction.json", ".json")


def run(args: Any) -> None:
    """Learn, measure, preview, write."""
    from ganspace_tf.directions import NamedDirection, teach
    from ganspace_tf.directions.named import as_list
    from ganspace_tf.edits import Edit
    from ganspace_tf.measure.baselines import measured_basis
    from ganspace_tf.render.frames import check_basis

    work.check_out(args.out, (".json",))
    if args.npz:
        work.check_out(args.npz, (".npz",))
    gen = work.open_generator(args.network, args.threads)
    opened = inputs.Inputs(gen)
    comp = None if args.components is None else opened.components(args.components)
    if comp is not None:
        check_basis(gen, comp, args.any_basis)
        work.check_space(comp)
    first, last = args.layers
    moved = Edit(0, first, last).layers(gen.n_layers)
    sides = [_examples(side, opened, args.as_w) for side in (args.plus, args.minus)]
    _check_apart(*sides)
    look, given = opened.look(args), opened.measured_on(args)
    opened.say()
    start_tensorflow()
    # of latents with a row for every layer it is the mean over the edited layers that counts
    plus, minus = (side.latents(gen, look)[:, moved].mean(axis=1) for side in sides)
    latents = gen.map_rows(gen.z(n=SPREAD_ROWS, seed=0), look.labels(1))
    basis = measured_basis(teach(plus, minus, comp)[None], latents)
    named = NamedDirection(
        name=args.name,
        fingerprint=gen.fingerprint,
        vector=as_list(basis.directions[0]),
        stdev=float(basis.stdev[0]),
        mean=as_list(basis.mean),
        layers=(first, last),
        made={
            "plus": sides[0].told,
            "minus": sides[1].told,
            "components": comp and comp.digest,
            "classes": look.classes,
        },
    )
    named = replace(named, sigma_range=_usable(args, gen, named, look, given))
    named = replace(named, preview=_preview(gen, named, sides[1], look))
    named.save(args.out)
    if args.npz:
        named.components().save(args.npz)
    low, high = named.sigma_range
    facts = {"out": args.out, "npz": args.npz, "name": named.name, "stdev": named.stdev, "sigma": [low, high]}
    usable = "usable from {:+g} to {:+g} sigma".format(low, high)
    work.tell(facts, args.json, ["{}  {}  {}".format(args.out, named.name, usable)])


class _Examples(NamedTuple):
    """Examples of one side: seeds, or latents of a file. told: what the direction's record says of them."""

    seeds: List[int]
    file: Optional[Latents]
    told: Any

    def latents(self, gen: Any, look: Any) -> Any:
        """(N, L, D)."""
        return gen.w(seeds=self.seeds, labels=look.labels(1)) if self.file is None else self.file.rows


def _examples(given: Union[List[int], str], opened: inputs.Inputs, as_w: bool) -> _Examples:
    if not isinstance(given, str):
        return _Examples(given, None, given)
    if not os.path.exists(split_place(given)[0]):
        raise UsageError("{!r} are neither seeds (3,8,20-22) nor a file of latents".format(given))
    file = opened.latents(given, as_w)
    return _Examples([], file, {"latents": given, "count": len(file.rows)})


def _check_apart(plus: _Examples, minus: _Examples) -> None:
    """Refuse an example that is on both sides."""
    both = sorted(set(plus.seeds) & set(minus.seeds))
    if both:
        raise UsageError("seed {} is on both sides".format(both[0]))
    if plus.file is not None and minus.file is not None:
        ours = {row.tobytes() for row in plus.file.rows}
        for name, row in zip(minus.file.names, minus.file.rows):
            if row.tobytes() in ours:
                raise UsageError("latent {} is on both sides".format(name))


def _usable(args: Any, gen: Any, named: Any, look: Any, given: Any) -> Tuple[float, float]:
    """The strengths where pictures stay ordinary, measured unless --sigma says them."""
    from ganspace_tf.measure.meter import Meter
    from ganspace_tf.measure.rank import usable_range
    from ganspace_tf.measure.statistics import choose_scorer
    from ganspace_tf.measure.truncation import Ordinary

    ends = args.sigma
    if ends is None:
        scorer, _ = choose_scorer(args.network, args.scorer)
        own = gen.w(n=args.unit, seed=90, labels=look.labels(1))
        meter = Meter(gen, scorer, own, look)
        ordinary = Ordinary(meter.features(meter.pictures(own)))
        if given is None:
            given = gen.w(n=inputs.samples(args), seed=1, labels=look.labels(1))
        ends = usable_range(meter, given, named.components(), named.edit(), ordinary)
    low, high = sorted(ends)
    # where one sigma is too much on either side, something has to be shown all the same
    return (float(low), float(high)) if low < high else (-1.0, 1.0)


def _preview(gen: Any, named: Any, minus: _Examples, look: Any) -> str:
    """A strip of the first example of the minus side."""
    import io

    from PIL import Image

    from ganspace_tf.directions.named import preview_of
    from ganspace_tf.render.sheets import Strips
    from ganspace_tf.render.starts import pack_latents

    low, high = named.sigma_range
    first = None
    if minus.file is not None:
        first = pack_latents(minus.file._replace(rows=minus.file.rows[:1], names=minus.file.names[:1]))
    strip = Strips(
        look,
        seeds=minus.seeds[:1],
        latents=first,
        swept=[named.edit()],
        sigmas=[low, low / 2, 0.0, high / 2, high],
        cell=96,
    )
    data = io.BytesIO()
    Image.fromarray(strip.draw(gen, named.components())).save(data, "PNG")
    return preview_of(data.getvalue())
