"""Keep an edit under a name: a named direction that says what it is, where it acts and how far it goes.

  ganspace save "E(v3, 2-3)" --components c.npz --name "Shell colour" --range -2..3
  ganspace save "E(v3, 2-3)" --components c.npz --name "Shell colour" --measure net.pkl
  ganspace save "S(3, 35)" --network demo:stylegan2 --name "Shell hue" --range -3..3       a style channel
  ganspace save "S(6, 501); S(6, 113) = -0.5" --measure net.pkl --name "Smile"     several, with weights
  ganspace edit net.pkl --direction "shell colour" --seeds 1-5 --out film.mp4

Written as NAME.json into the current folder, or into the first folder of GANSPACE_DIRECTIONS, where
`--direction NAME` finds it. --measure says how pure it is and how far it can go, and adds a preview. Style
channels are of a network, --network or that of --measure; several are moved together, "= …" is the weight of
each in its sigmas.
"""

from __future__ import annotations

from typing import Any, List, Optional, Tuple

from ganspace_tf.cli import arguments, inputs, values, work
from ganspace_tf.cli.quiet import start_tensorflow
from ganspace_tf.errors import UsageError


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace save` understands."""
    parser.add_argument(
        "edit",
        type=values.edit,
        metavar="EDIT",
        help='component and layers, "E(v22, 9-10)", or style channels, "S(6, 501)"',
    )
    parser.add_argument("--components", metavar="FILE", help="components that E(v22, 9-10) is one of")
    parser.add_argument("--network", metavar="NETWORK", help="network that S(6, 501) is a channel of")
    parser.add_argument("--name", required=True, help="what it does, in words")
    parser.add_argument(
        "--range", type=values.span, metavar="A..B", help="usable strengths (default: measured, or -2..2)"
    )
    parser.add_argument("--flip", action="store_true", help="the other way round: what was -1 becomes +1")
    parser.add_argument(
        "--measure", metavar="NETWORK", help="measure purity and usable strengths on this network"
    )
    arguments.add_scorer(parser)
    arguments.add_threads(parser)
    arguments.add_direction_output(parser)


def outputs(args: Any) -> List[str]:
    """The file that will be written."""
    from ganspace_tf.directions.collection import path_to_keep

    return [args.out or path_to_keep(args.name)]


def run(args: Any) -> None:
    """Take the component or the channels, measure it if asked, write it."""
    out = outputs(args)[0]
    work.check_out(out, (".json",))
    known = None if args.range is None else values.ordered(args.range)
    if any("channel" in one.fields for one in args.edit):
        direction: Any = _channels(args, known)
    else:
        direction = _component(args, known)
    if args.flip:
        direction = direction.flipped()
    if args.measure is not None:
        direction = _measured(args, direction, None if known is None else direction.sigma_range)
    direction.save(out)
    facts = {
        "out": out,
        "name": direction.name,
        **direction.where(),
        "sigma": list(direction.sigma_range),
        "measured": direction.made.get("measured"),
    }
    work.tell_written(facts, args.json, "{}  {}".format(out, direction.described()))


def _component(args: Any, known: Optional[Tuple[float, float]]) -> Any:
    """E(v, j-k) as a direction."""
    from ganspace_tf.decomposition import load_components
    from ganspace_tf.directions import NamedDirection

    if len(args.edit) != 1 or not args.edit[0].swept:
        raise UsageError(
            'one edit without a strength is saved, such as "E(v22, 9-10)"; --range says how far it goes, '
            "--flip turns it round"
        )
    if args.components is None or args.network is not None:
        raise UsageError("E(v22, 9-10) is a component of --components FILE; --network is for S(…)")
    comp, fields = load_components(args.components), args.edit[0].fields
    layers = fields.get("first_layer", 0), fields.get("last_layer")
    return NamedDirection.of(
        args.name, comp, fields["component"], layers=layers, sigma_range=known or (-2.0, 2.0)
    )


def _channels(args: Any, known: Optional[Tuple[float, float]]) -> Any:
    """Style channels as a direction, with the sigmas that they have in the network."""
    from ganspace_tf.directions import StyleDirection
    from ganspace_tf.edits import edit_of
    from ganspace_tf.styles.edits import StyleEdit, check_style_edits

    edits = [edit_of(one.fields) for one in args.edit]
    channels = [edit for edit in edits if isinstance(edit, StyleEdit)]
    if len(channels) < len(edits):
        raise UsageError("components and style channels are not saved in one; `edit` takes both together")
    if args.components is not None or not (args.network or args.measure):
        raise UsageError("S(…) is a channel of --network NETWORK; --components is for E(v22, 9-10)")
    gen = work.open_generator(args.network or args.measure, args.threads)
    check_style_edits(channels, gen)
    opened = inputs.Inputs(gen)
    label = opened.one_class(None)
    opened.say()
    start_tensorflow()
    made = {} if label is None else {"class": label}
    ends = known or (-2.0, 2.0)
    direction = StyleDirection.of(args.name, gen, channels, label, sigma_range=ends, made=made)
    gen.close()
    return direction


def _measured(args: Any, direction: Any, known: Optional[Tuple[float, float]]) -> Any:
    """With what it does, how far it goes (known: if it is not to be measured) and a preview."""
    from ganspace_tf.directions import NamedDirection
    from ganspace_tf.measure.asking import asking, measured, previewed
    from ganspace_tf.measure.matrix import check_of_w
    from ganspace_tf.measure.statistics import choose_scorer
    from ganspace_tf.render.frames import Look

    scorer, world = choose_scorer(args.measure, args.scorer)
    gen = work.open_generator(args.measure, args.threads)
    direction.check_model(gen)
    check_of_w(gen, direction)
    if isinstance(direction, NamedDirection):
        direction.edit().layers(gen.n_layers)  # refuses layers that are not there
    opened = inputs.Inputs(gen)
    given, label = opened.measured_on(args), opened.one_class(None)
    opened.say()
    look = Look(psi=args.psi, classes=None if label is None else [label])
    start_tensorflow()
    ask = asking(gen, scorer, inputs.samples(args), args.unit, look, given)._replace(scorer=world)
    w = gen.w(seeds=[0], labels=look.labels(1), psi=look.psi)
    return previewed(gen, measured(ask, direction, known), look, w)
