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
from typing import TYPE_CHECKING, Any, List, NamedTuple, Optional, Union

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
    from ganspace_tf.edits import Edit
    from ganspace_tf.measure.asking import teach
    from ganspace_tf.measure.matrix import check_of_w
    from ganspace_tf.measure.statistics import choose_scorer
    from ganspace_tf.render.frames import check_basis

    work.check_out(args.out, (".json",))
    if args.npz:
        work.check_out(args.npz, (".npz",), called="--npz ")
    gen = work.open_generator(args.network, args.threads)
    opened = inputs.Inputs(gen, trust=args.trust_latents)
    comp = None if args.components is None else opened.components(args.components)
    if comp is not None:
        check_basis(gen, comp, args.any_basis)
        check_of_w(gen, comp)
    first, last = args.layers
    Edit(0, first, last).layers(gen.n_layers)  # refuses layers that are not there
    sides = [_examples(side, opened, args.as_w) for side in (args.plus, args.minus)]
    _check_apart(*sides)
    look, given = opened.look(args), opened.measured_on(args)
    look.check(gen)
    opened.say()
    start_tensorflow()
    scorer, _ = choose_scorer(args.network, args.scorer)
    named = teach(
        gen,
        comp,
        sides[0].given,
        sides[1].given,
        name=args.name,
        layers=(first, last),
        sigma_range=None if args.sigma is None else values.ordered(args.sigma),
        any_basis=args.any_basis,
        look=look,
        scorer=scorer,
        samples=inputs.samples(args),
        unit=args.unit,
        latents=given,
    )
    made = dict(named.made, plus=sides[0].told, minus=sides[1].told, classes=look.classes)
    named = replace(named, made=made)
    named.save(args.out)
    if args.npz:
        named.components().save(args.npz)
    low, high = named.sigma_range
    facts = {"out": args.out, "npz": args.npz, "name": named.name, "stdev": named.stdev, "sigma": [low, high]}
    usable = "usable from {:+g} to {:+g} sigma".format(low, high)
    work.tell_written(facts, args.json, ["{}  {}  {}".format(args.out, named.name, usable)])


class _Examples(NamedTuple):
    """Examples of one side: seeds, or latents of a file. told: what the direction's record says of them."""

    seeds: List[int]
    file: Optional[Latents]
    told: Any

    @property
    def given(self) -> Any:
        """Seeds, or rows (N, L, D)."""
        return self.seeds if self.file is None else self.file.rows


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
