"""Edits in the order of what they change, with layers and strengths to use them at.

  ganspace rank demo:stylegan2 --components c.npz
  ganspace rank demo:stylegan2 --components c.npz --factor hue --top 5      the best for one factor
  ganspace rank net.pkl --components c.npz --show 0-39 --scorer my_package.scores:measure --json
  ganspace rank demo:stylegan2 --space s --factor hue               single style channels, S(layer, channel)

Measured with the scorer of the world that a demo network draws, else with plain statistics of the pictures
(brightness, colours, detail, where things are). Without --factor each component on its best layers; with it
every range of layers is tried, sorted by purity × effect. --space s tries the style channels of StyleGAN2 and
ADA that differ most in the pictures with most of the factor, as StyleSpace does. Strengths end where edited
pictures stop looking like the network's own; where that says nothing (one sigma is too much, or nothing
changes) it is marked. `ganspace save` keeps one of either kind under a name.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from ganspace_tf.cli import arguments, inputs, values, work
from ganspace_tf.cli.quiet import start_tensorflow
from ganspace_tf.errors import UnknownName, UsageError

SHOWN = 10


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace rank` understands."""
    arguments.add_network(parser)
    arguments.add_components(parser, required=False)
    parser.add_argument(
        "--space",
        choices=("w", "s"),
        default="w",
        help="what is edited: w along --components (default), or single style channels",
    )
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
    from ganspace_tf.measure.asking import asking, rank
    from ganspace_tf.measure.channels import rank_channels
    from ganspace_tf.measure.statistics import choose_scorer
    from ganspace_tf.render.frames import Look

    scorer, world = choose_scorer(args.network, args.scorer)
    _check_asked(args)
    gen = work.open_generator(args.network, args.threads)
    opened = inputs.Inputs(gen, trust=args.trust_latents)
    comp, shown = _components(args, opened)
    label, given = opened.one_class(args.classes), opened.measured_on(args)
    _check_factor(args.factor, scorer, world, gen.image_shape)
    opened.say()
    start_tensorflow()
    look = Look(psi=args.psi, classes=None if label is None else [label])
    rows: List[Any]
    with work.spread(gen, args) as told:
        ask = asking(gen, scorer, inputs.samples(args), args.unit, look, given)._replace(scorer=world)
        if comp is None:
            rows = list(rank_channels(gen, args.factor, args.top, ask))
        else:
            rows = rank(gen, comp, args.factor, args.top, shown, args.any_basis, ask)
    facts = [dict(row._asdict(), edit=row.edit.place, doubt=row.doubt) for row in rows]
    for one, row in zip(facts, rows) if comp is None else ():
        scope = gen.style_layers[row.edit.layer].scope
        one.update(mean=row.edit.mean, stdev=row.edit.stdev, network_layer=scope)
    lines = [HEAD] + [_line(one) for one in facts]
    answer = {"scorer": world, "factors": list(ask.meter.names), **told}
    work.tell(dict(answer, **{"channels" if comp is None else "components": facts}), args.json, lines)


def _check_asked(args: Any) -> None:
    """Refuse words that do not belong together."""
    if args.space == "w" and args.components is None:
        raise UsageError("rank needs --components FILE, or --space s for style channels")
    if args.space == "s" and (args.components is not None or args.show is not None or args.factor is None):
        raise UsageError(
            "--space s ranks single style channels: it needs --factor, and no --components or --show"
        )


def _components(args: Any, opened: inputs.Inputs) -> Tuple[Any, List[int]]:
    """Components, and those of them that are ranked; None and none for style channels."""
    from ganspace_tf.edits import Edit, check_edits
    from ganspace_tf.measure.matrix import check_of_w
    from ganspace_tf.render.frames import check_basis
    from ganspace_tf.styles.edits import check_styles

    gen = opened.gen
    if args.space == "s":
        check_styles(gen, "--space s")
        return None, []
    comp = opened.components(args.components)
    check_basis(gen, comp, args.any_basis)
    check_of_w(gen, comp)
    shown = work.shown_of(args.show, comp, SHOWN)
    check_edits([Edit(k) for k in shown], comp, gen.n_layers, args.any_basis)
    return comp, shown


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
    notes = [one["doubt"], "of ToRGB" if one.get("rgb") else ""]
    return line + "".join("  ({})".format(note) for note in notes if note)
