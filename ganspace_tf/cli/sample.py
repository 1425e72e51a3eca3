"""Pictures of some seeds, in a grid.

ganspace sample net.pkl --seeds 0-8 --psi 0.7 --out grid.png
"""

from __future__ import annotations

from typing import Any

from ganspace_tf.cli import arguments, values, work


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace sample` understands."""
    arguments.add_network(parser)
    arguments.add_seeds(parser, default="0-8")
    parser.add_argument(
        "--columns",
        type=values.count_to(100_000),
        metavar="N",
        help="columns of the grid (default: near square)",
    )
    arguments.add_cell(parser, labels="write the seed below each frame")
    arguments.add_look(parser)
    arguments.add_output(parser, "grid.png", ".png")


def run(args: Any) -> None:
    """Draw and write the grid."""
    from ganspace_tf.render.sheets import Sample

    work.check_out(args.out, work.PICTURES)
    picture = Sample(
        work.look(args), seeds=args.seeds, columns=args.columns, cell=args.cell, labels=args.labels
    )
    work.tell_picture(
        work.draw(
            work.open_generator(args.network, args.threads), args.network, "sample", picture, None, args.out
        ),
        args.json,
    )
