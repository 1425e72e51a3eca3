"""Pictures of some seeds, or of latents of a file, in a grid; at several truncations; with layers mixed.

ganspace sample net.pkl --seeds 0-8 --psi 0.7 --out grid.png
ganspace sample net.pkl --seeds 0-4 --psi 0.25,0.7,none --out psi.png                a row for each psi
ganspace sample net.pkl --seeds 1,2,3 --mix 4-9 --seeds-b 7-10 --out mixed.png       layers 4-9 of the columns
ganspace sample net.pkl --latents projected_w.npz --out me.png
ganspace sample biggan-deep-256 --seeds 0-2 --class "tench, Tinca tinca" --out tench.png
"""

from __future__ import annotations

from typing import Any

from ganspace_tf.cli import arguments, inputs, values, work
from ganspace_tf.cli.outputs import with_recipe
from ganspace_tf.errors import UsageError

outputs = with_recipe


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace sample` understands."""
    arguments.add_network(parser)
    arguments.add_starts(parser, default="0-8")
    parser.add_argument(
        "--columns",
        type=values.count_to(100_000),
        metavar="N",
        help="columns of the grid (default: near square, no cell left empty where that looks well)",
    )
    parser.add_argument(
        "--mix",
        type=values.layers,
        metavar="J-K",
        help="style mixing: a row for each of --seeds, a column for each of --seeds-b, whose layers J to K "
        "are taken",
    )
    columns = parser.add_mutually_exclusive_group()
    columns.add_argument(
        "--seeds-b", type=values.seeds, metavar="LIST", help="seeds of the columns of --mix, such as 7-10"
    )
    columns.add_argument(
        "--latents-b", metavar="FILE[:ROWS]", help="latents of a file as the columns of --mix"
    )
    arguments.add_cell(parser, raw="bare pixels: no labels, frames at their own size")
    arguments.add_look(parser, psi="several")
    arguments.add_cluster(parser)
    arguments.add_output(parser, "grid.png", ".png")


def run(args: Any) -> None:
    """Draw and write the grid."""
    work.check_out(args.out, work.PICTURES)
    _check_asked(args)
    gen = work.open_generator(args.network, args.threads)
    opened = inputs.Inputs(gen, trust=args.trust_latents)
    picture = _mixing(args, opened) if args.mix is not None else _sample(args, opened)
    work.check_size(picture.count(), args, gen)
    verb = "sample" if args.mix is None else "mixing"
    drawn = work.draw_asked(args, gen, verb, picture, None, opened.say)
    work.tell_picture(drawn, args.json)


def _check_asked(args: Any) -> None:
    """Refuse words that do not belong together."""
    if (args.mix is None) != (args.seeds_b is None and args.latents_b is None):
        raise UsageError(
            "--mix J-K and --seeds-b LIST (or --latents-b FILE) belong together: layers, and where they come "
            "from"
        )
    if args.mix is not None and work.psis(args):
        raise UsageError("--mix takes one --psi, not {}".format(len(args.psi)))
    if args.columns is not None and (args.mix is not None or work.psis(args)):
        raise UsageError("--columns is for a plain grid; with --mix or several --psi seeds are the columns")


def _sample(args: Any, opened: inputs.Inputs) -> Any:
    from ganspace_tf.render.layout import tidy_columns
    from ganspace_tf.render.sheets import Sample
    from ganspace_tf.render.starts import start_count

    given = opened.starts(args)
    return Sample(
        opened.look(args),
        columns=args.columns or tidy_columns(start_count(**given)),
        cell=args.cell,
        labels=work.labelled(args),
        psis=work.psis(args),
        **given,
    )


def _mixing(args: Any, opened: inputs.Inputs) -> Any:
    from ganspace_tf.render.mixing import Mixing

    first, last = args.mix
    return Mixing(
        opened.look(args),
        others=args.seeds_b or [],
        other_latents=None if args.latents_b is None else opened.packed_latents(args.latents_b, args.as_w),
        first_layer=first,
        last_layer=last,
        cell=args.cell,
        labels=work.labelled(args),
        **opened.starts(args),
    )
