"""Edits in the order of what they change, with layers and strengths to use them at.

  ganspace rank demo:stylegan2 --components c.npz
  ganspace rank demo:stylegan2 --components c.npz --factor hue --top 5      the best for one factor
  ganspace rank net.pkl --components c.npz --show 0-39 --scorer my_package.scores:measure --json

Measured with the scorer of the world that a demo network draws, else with plain statistics of the pictures
(brightness, colours, detail, where things are). Without --factor each component on its best layers; with it
every range of layers is tried, sorted by purity × effect. Strengths end where edited pictures stop looking
like the network's own; where that says nothing (one sigma is too much, or nothing changes) it is marked.
"""

from __future__ import annotations

from typing import Any, Dict, Optional

from ganspace_tf.cli import arguments, inputs, values, work
from ganspace_tf.cli.quiet import start_tensorflow
from ganspace_tf.errors import UnknownName

SHOWN = 10


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace rank` understands."""
    arguments.add_network(parser)
    arguments.add_components(parser)
    parser.add_argument(
        "--show", type=values.indices, metavar="LIST", help="components to rank (default: the first 10)"
    )
    parser.add_argument("--factor", metavar="NAME", help="search layers for edits that change this alone")
    parser.add_argument(
        "--top", type=values.count_to(1_000), default=5, metavar="N", help="edits of --factor (default 5)"
    )
    arguments.add_scorer(parser)
    arguments.add_class(parser)
    parser.add_argument("--psi", type=values.psi, metavar="PSI", help="truncation (default: none)")
    arguments.add_cluster(parser)
    arguments.add_json(parser)


def run(args: Any) -> None:
    """Measure, sort, print."""
    from ganspace_tf.edits import Edit, check_edits
    from ganspace_tf.measure.asking import asking, rank
    from ganspace_tf.measure.statistics import choose_scorer
    from ganspace_tf.render.frames import Look, check_basis

    scorer, world = choose_scorer(args.network, args.scorer)
    gen = work.open_generator(args.network, args.threads)
    opened = inputs.Inputs(gen, trust=args.trust_latents)
    comp = opened.components(args.components)
    check_basis(gen, comp, args.any_basis)
    work.check_space(comp)
    shown = list(range(min(SHOWN, len(comp.directions)))) if args.show is None else args.show
    check_edits([Edit(k) for k in shown], comp, gen.n_layers, args.any_basis)
    label, given = opened.one_class(args.classes), opened.measured_on(args)
    _check_factor(args.factor, scorer, world, gen.image_shape)
    opened.say()
    start_tensorflow()
    look = Look(psi=args.psi, classes=None if label is None else [label])
    with work.spread(gen, args) as told:
        ask = asking(gen, scorer, inputs.samples(args), args.unit, look, given)._replace(scorer=world)
        rows = rank(gen, comp, args.factor, args.top, shown, args.any_basis, ask)
    facts = [dict(row._asdict(), edit=row.edit.place, doubt=row.doubt) for row in rows]
    lines = [HEAD] + [_line(one) for one in facts]
    answer = {"scorer": world, "factors": list(ask.meter.names), "components": facts, **told}
    work.tell(answer, args.json, lines)


def _check_factor(factor: Optional[str], scorer: Any, world: str, shape: Any) -> None:
    """Refuse a factor that a scorer of ours does not know; others may cost too much to be asked twice."""
    import numpy as np

    if factor is None or ":" in world:
        return
    names = list(scorer(np.zeros((2, *shape[1:], 3), np.uint8)))
    if factor not in names:
        raise UnknownName.among("factor", factor, names, "measured by {}".format(world))


HEAD = "{:16}  {:>10}  {:20}  {:>6}  {}".format("edit", "per sigma", "changes", "purity", "sigma")


def _line(one: Dict[str, Any]) -> str:
    line = "{edit:16}  {effect:10.3f}  {factor:20}  {share:6.0%}  {low:+g} … {high:+g}".format(**one)
    return line + ("  ({})".format(one["doubt"]) if one["doubt"] else "")
