"""A direction from marked seeds: these are more like it, those are less.

  ganspace teach net.pkl --plus 3,8,21 --minus 1,4,17 --name "open wings" --out wings.json
  ganspace teach net.pkl --components c.npz --plus 3,8 --minus 1,4 --npz wings.npz --out wings.json
  ganspace edit net.pkl --components wings.npz --edit "E(v0)" --out strip.png

A linear support vector machine finds the direction between the two sets. With --components it is sought
among those alone, which is what a handful of examples can settle. Kept as JSON with the model's fingerprint,
layers, usable strengths and a preview; --npz also writes it as components for `ganspace edit`.
"""

from __future__ import annotations

from typing import Any

from ganspace_tf.cli import arguments, values, work
from ganspace_tf.cli.quiet import start_tensorflow
from ganspace_tf.errors import UsageError

SPREAD_ROWS = 2000  # latents that one sigma along the direction is measured on


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace teach` understands."""
    arguments.add_network(parser)
    for side in ("plus", "minus"):
        parser.add_argument(
            "--" + side, type=values.seeds, required=True, metavar="LIST", help="seeds, such as 3,8,20-22"
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
    from ganspace_tf.decomposition import load_components
    from ganspace_tf.directions import NamedDirection, teach
    from ganspace_tf.directions.named import as_list
    from ganspace_tf.measure.baselines import measured_basis
    from ganspace_tf.render.frames import check_basis

    work.check_out(args.out, (".json",))
    if args.npz:
        work.check_out(args.npz, (".npz",))
    both = sorted(set(args.plus) & set(args.minus))
    if both:
        raise UsageError("seed {} is on both sides".format(both[0]))
    comp = None if args.components is None else load_components(args.components)
    gen = work.open_generator(args.network, args.threads)
    if comp is not None:
        check_basis(gen, comp, args.any_basis)
        work.check_space(comp)
    start_tensorflow()
    look = work.look(args)
    plus, minus = (gen.w(seeds=side, labels=look.labels(1))[:, 0] for side in (args.plus, args.minus))
    latents = gen.map_rows(gen.z(n=SPREAD_ROWS, seed=0), look.labels(1))
    basis = measured_basis(teach(plus, minus, comp)[None], latents)
    first, last = args.layers
    named = NamedDirection(
        name=args.name,
        fingerprint=gen.fingerprint,
        vector=as_list(basis.directions[0]),
        stdev=float(basis.stdev[0]),
        mean=as_list(basis.mean),
        layers=(first, last),
        made={"plus": args.plus, "minus": args.minus, "components": comp and comp.digest},
    )
    named = _finished(args, gen, named, look)
    named.save(args.out)
    if args.npz:
        named.components().save(args.npz)
    low, high = named.sigma_range
    facts = {"out": args.out, "npz": args.npz, "name": named.name, "stdev": named.stdev, "sigma": [low, high]}
    usable = "usable from {:+g} to {:+g} sigma".format(low, high)
    work.tell(facts, args.json, ["{}  {}  {}".format(args.out, named.name, usable)])


def _finished(args: Any, gen: Any, named: Any, look: Any) -> Any:
    """The direction with its usable strengths and a preview of the first seeds."""
    import io
    from dataclasses import replace

    from PIL import Image

    from ganspace_tf.directions.named import preview_of
    from ganspace_tf.measure.meter import Meter
    from ganspace_tf.measure.rank import usable_range
    from ganspace_tf.measure.statistics import choose_scorer
    from ganspace_tf.measure.truncation import Ordinary
    from ganspace_tf.render.sheets import Strips

    comp, edit = named.components(), named.edit()
    edit.layers(gen.n_layers)
    ends = args.sigma
    if ends is None:
        scorer, _ = choose_scorer(args.network, args.scorer)
        own = gen.w(n=args.unit, seed=90, labels=look.labels(1))
        meter = Meter(gen, scorer, own, look)
        ordinary = Ordinary(meter.features(meter.pictures(own)))
        ends = usable_range(meter, gen.w(n=args.latents, seed=1), comp, edit, ordinary)
    low, high = sorted(ends)
    if low == high:
        low, high = -1.0, 1.0  # one sigma is too much on either side; something has to be shown
    strip = Strips(
        look, seeds=[args.minus[0]], swept=[edit], sigmas=[low, low / 2, 0.0, high / 2, high], cell=96
    )
    data = io.BytesIO()
    Image.fromarray(strip.draw(gen, comp)).save(data, "PNG")
    return replace(named, sigma_range=(float(low), float(high)), preview=preview_of(data.getvalue()))
