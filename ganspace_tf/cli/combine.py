"""A direction made of named directions: a weighted sum, and what is left of it without others.

  ganspace combine net.pkl "shell colour" "wings.json = -0.5" --name "dark, closed" --out dark.json
  ganspace combine demo:stylegan2 "shell hue" "gloss = 2" --name "Paint"       style channels
  ganspace combine net.pkl smile --without age --without glasses --name "smile alone" --measure
  ganspace edit net.pkl --direction dark.json --seeds 1-3 --out strip.png

A weight is in sigmas of its part. --without takes away what moves along other directions too, on the layers
that they move, in the metric of the network's latents. --measure prints what every direction does to every
factor, before and after. Directions of style channels are added channel by channel; they have no metric, so
nothing is held, and they do not go into one file with directions of w.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, List, Tuple

from ganspace_tf.cli import arguments, inputs, values, work
from ganspace_tf.cli.quiet import start_tensorflow
from ganspace_tf.errors import UsageError

METRIC_ROWS = 10_000  # latents whose covariance is the metric


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace combine` understands."""
    arguments.add_network(parser)
    parser.add_argument(
        "parts", type=values.direction, nargs="+", metavar="DIRECTION", help='a name or file, "wings = -0.5"'
    )
    parser.add_argument("--name", required=True, help="what the result does, in words")
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        metavar="DIRECTION",
        help="hold this one, a name or file; may be given several times",
    )
    parser.add_argument(
        "--metric",
        choices=("latents", "plain"),
        default="latents",
        help="what is at right angles to what is held (default latents: by the covariance of w)",
    )
    parser.add_argument("--flip", action="store_true", help="the other way round: what was -1 becomes +1")
    arguments.add_directions(parser)
    parser.add_argument("--any-basis", action="store_true", help="also directions found in another model")
    parser.add_argument("--measure", action="store_true", help="what everything does to every factor")
    arguments.add_scorer(parser)
    arguments.add_direction_output(parser)


def outputs(args: Any) -> List[str]:
    """The file that will be written."""
    from ganspace_tf.directions.collection import path_to_keep

    return [args.out or path_to_keep(args.name)]


def run(args: Any) -> None:
    """Read, combine, measure if asked, write."""
    out = outputs(args)[0]
    work.check_out(out, (".json",))
    gen = work.open_generator(args.network, args.threads)
    opened = inputs.Inputs(gen, args.directions, trust=args.trust_latents)
    parts = [(opened.direction(name, args.any_basis), weight) for name, weight in args.parts]
    parts = [(direction, 1.0 if weight is None else weight) for direction, weight in parts]
    held = [opened.direction(name, args.any_basis) for name in args.without]
    if args.measure:
        _check_measured(gen, [one for one, _ in parts] + held)
    of_channels = _of_channels([one for one, _ in parts], held)
    direction, left, lines = (_channels if of_channels else _latents)(args, opened, parts, held)
    facts: Dict[str, Any] = {}
    if args.measure:
        direction, facts, table = _measured(args, gen, opened, [one for one, _ in parts], held, direction)
        lines += table
    direction.save(out)
    made = direction.made
    facts.update(
        out=out,
        name=direction.name,
        **direction.where(),
        **({} if of_channels else {"per_layer": direction.per_layer}),
        sigma=list(direction.sigma_range),
        combined=made["combined"],
        without=made["without"],
        left=left,
    )
    work.tell_written(facts, args.json, [out, *lines])


def _check_measured(gen: Any, directions: List[Any]) -> None:
    """Refuse what cannot be measured before anything is computed."""
    from ganspace_tf.measure.matrix import check_of_w

    for one in directions:
        check_of_w(gen, one)


def _of_channels(parts: List[Any], held: List[Any]) -> bool:
    """Whether style channels are combined. Refuses what does not go together."""
    from ganspace_tf.directions import StyleDirection

    channels = [one for one in parts + held if isinstance(one, StyleDirection)]
    others = [one for one in parts + held if not isinstance(one, StyleDirection)]
    if channels and others:
        text = "{!r} moves style channels and {!r} {}: they go into no one direction; `edit` takes both"
        raise UsageError(text.format(channels[0].name, others[0].name, others[0].latent))
    if channels and held:
        raise UsageError(
            "--without {!r}: single style channels are added and taken away as they are, by weights; "
            "only directions of w and z are held".format(held[0].name)
        )
    return bool(channels)


def _channels(args: Any, opened: Any, parts: List[Any], held: List[Any]) -> Tuple[Any, float, List[str]]:
    """The sum, the share of its length that is left, and lines for people."""
    from ganspace_tf.directions.combine import combine_channels

    opened.say()
    direction = combine_channels(args.name, parts)
    direction = direction.flipped() if args.flip else direction
    return direction, 1.0, [direction.described()]


def _latents(args: Any, opened: Any, parts: List[Any], held: List[Any]) -> Tuple[Any, float, List[str]]:
    """The same of directions of w or z."""
    from ganspace_tf.directions.combine import combine, metric_of
    from ganspace_tf.edits import Edit

    gen = opened.gen
    for direction in [one for one, _ in parts] + held:
        Edit(0, *direction.layers).layers(gen.n_layers)  # refuses layers that are not there
    opened.say()
    metric = None
    if (
        held and args.metric == "latents" and parts[0][0].latent == "w"
    ):  # numbers of z are independent and alike: the plain metric
        start_tensorflow()
        metric = metric_of(gen.map_rows_fast(gen.z(n=METRIC_ROWS, seed=0)))
    found = combine(args.name, parts, gen.n_layers, held, metric)
    direction = found.direction.flipped() if args.flip else found.direction
    return direction, found.left, _told(direction, held, found)


def _told(direction: Any, held: List[Any], found: Any) -> List[str]:
    lines = [direction.described() + ("  ·  a row for every layer" if direction.per_layer else "")]
    for one, sigma in zip(held, found.taken):
        text = "without {:+.2f} σ of {} for every σ" if sigma else "{1} moves nothing of it: nothing is taken"
        lines.append(text.format(sigma, one.name))
    if held and found.left < 1:
        lines.append("{:.0%} of its length is left".format(found.left))
    return lines


def _measured(
    args: Any, gen: Any, opened: Any, parts: List[Any], held: List[Any], direction: Any
) -> Tuple[Any, Any, List[str]]:
    """The direction with its preview and what it was measured to do, the matrix as facts, and as a table."""
    from ganspace_tf.measure.asking import asking, previewed
    from ganspace_tf.measure.matrix import as_table, effects_of
    from ganspace_tf.measure.statistics import choose_scorer
    from ganspace_tf.render.frames import Look

    scorer, world = choose_scorer(args.network, args.scorer)
    given, label = opened.measured_on(args), opened.one_class(None)
    look = Look(psi=args.psi, classes=None if label is None else [label])
    start_tensorflow()
    ask = asking(gen, scorer, inputs.samples(args), args.unit, look, given)
    rows = [*parts, *held, direction]
    response = effects_of(ask.meter, ask.w, rows)
    main = int(abs(response.mean[-1]).argmax())
    measured = {
        "factor": ask.meter.names[main],
        "effect": round(float(response.mean[-1, main]), 4),
        "purity": round(float(response.purity()[-1, main]), 4),
        "scorer": world,
        "samples": len(ask.w),
    }
    direction = replace(direction, made=dict(direction.made, measured=measured))
    direction = previewed(gen, direction, look, gen.w(seeds=[0], labels=look.labels(1), psi=look.psi))
    names = [one.name for one in rows]
    facts = {
        "factors": list(ask.meter.names),
        "matrix": [
            {"name": name, "mean": mean.tolist(), "rms": rms.tolist()}
            for name, mean, rms in zip(names, response.mean.round(4), response.rms.round(4))
        ],
    }
    return direction, facts, ["factor sigmas for one sigma:", *as_table(names, ask.meter.names, response)]
