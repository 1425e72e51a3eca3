"""Components in the order of what they change, with layers and strengths to use them at.

  ganspace rank demo:stylegan2 --components c.npz
  ganspace rank net.pkl --components c.npz --show 0-39 --scorer my_package.scores:measure --json
  ganspace rank net.pkl --components ffhq_pca.pt --latents faces.npy:0-31

Measured with the scorer of the world that a demo network draws, else with plain statistics of the pictures
(brightness, colours, detail, where things are). Strengths end where edited pictures stop looking like the
network's own.
"""

from __future__ import annotations

from typing import Any, Dict

from ganspace_tf.cli import arguments, inputs, values, work
from ganspace_tf.cli.quiet import start_tensorflow

SHOWN = 10


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace rank` understands."""
    arguments.add_network(parser)
    arguments.add_components(parser)
    parser.add_argument(
        "--show", type=values.indices, metavar="LIST", help="components to rank (default: the first 10)"
    )
    arguments.add_scorer(parser)
    arguments.add_class(parser)
    parser.add_argument("--psi", type=values.psi, metavar="PSI", help="truncation (default: none)")
    arguments.add_json(parser)


def run(args: Any) -> None:
    """Measure, sort, print."""
    from ganspace_tf.edits import Edit, check_edits
    from ganspace_tf.measure.meter import Meter
    from ganspace_tf.measure.rank import rank_all
    from ganspace_tf.measure.statistics import choose_scorer
    from ganspace_tf.render.frames import Look, check_basis

    scorer, world = choose_scorer(args.network, args.scorer)
    gen = work.open_generator(args.network, args.threads)
    opened = inputs.Inputs(gen)
    comp = opened.components(args.components)
    check_basis(gen, comp, args.any_basis)
    work.check_space(comp)
    shown = list(range(min(SHOWN, len(comp.directions)))) if args.show is None else args.show
    check_edits([Edit(k) for k in shown], comp, gen.n_layers, args.any_basis)
    label, given = opened.one_class(args.classes), opened.measured_on(args)
    opened.say()
    start_tensorflow()
    look = Look(psi=args.psi, classes=None if label is None else [label])
    meter = Meter(gen, scorer, gen.w(n=args.unit, seed=90, labels=label), look)
    w = gen.w(n=inputs.samples(args), seed=1, labels=label) if given is None else given
    rows = rank_all(meter, w, comp, shown)
    facts = [dict(row._asdict(), edit="E(v{}, {}-{})".format(row.component, *row.layers)) for row in rows]
    lines = [_HEAD] + [_line(one) for one in facts]
    work.tell({"scorer": world, "factors": list(meter.names), "components": facts}, args.json, lines)


_HEAD = "{:16}  {:>10}  {:20}  {:>6}  {}".format("edit", "per sigma", "changes", "share", "sigma")


def _line(one: Dict[str, Any]) -> str:
    return "{edit:16}  {effect:10.3f}  {factor:20}  {share:5.0%}   {low:+g} … {high:+g}".format(**one)
