"""Strips or a film of an edit: the strength goes from left to right, one strip per seed.

  ganspace edit net.pkl --components c.npz --edit "E(v22, 9-10)" --sigma -3..3 --seeds 1,2 --out strip.png
  ganspace edit net.pkl --components c.npz --edit "E(v0); E(v3, 4-7) = +2" --frames 60 --out film.mp4

Edits without "= strength" go through --sigma together; edits with one keep it in every frame. Layers are
inclusive. --centred moves *to* a strength instead of *by* it, as the original's strips do.
"""

from __future__ import annotations

from typing import Any

from ganspace_tf.cli import arguments, values, work
from ganspace_tf.errors import UsageError


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace edit` understands."""
    arguments.add_network(parser)
    arguments.add_components(parser)
    parser.add_argument(
        "--edit",
        type=values.edit,
        action="append",
        required=True,
        metavar="EDIT",
        help='"E(v22, 9-10)"; repeatable',
    )
    arguments.add_sweep(parser, sigma="-2..2")
    parser.add_argument(
        "--centred", action="store_true", help="first remove what the latent has along the direction"
    )
    arguments.add_mode(parser)
    arguments.add_seeds(parser, default="0")
    arguments.add_cell(parser, labels="write seeds, strengths and edits beside the frames")
    arguments.add_look(parser)
    arguments.add_fps(parser)
    arguments.add_output(parser, "strip.png", ".png, .gif or .mp4")


def run(args: Any) -> None:
    """Draw and write the strips or the film."""
    from ganspace_tf.decomposition import load_components
    from ganspace_tf.edits import Edit
    from ganspace_tf.render.pictures import Strips

    work.check_out(args.out, work.PICTURES + work.FILMS)
    given = [one for several in args.edit for one in several]
    swept = [Edit(**one.fields) for one in given if one.swept]
    held = [Edit(**one.fields) for one in given if not one.swept]
    sigmas = values.steps(args.sigma, args.frames) if swept else [0.0]
    if not swept and args.frames != arguments.FRAMES:
        raise UsageError(
            "every edit has its own strength; leave out '= …' in those that --sigma and --frames are for"
        )
    picture = Strips(
        work.look(args),
        args.fps,
        seeds=args.seeds,
        swept=swept,
        sigmas=sigmas,
        held=held,
        mode=args.mode,
        centred=args.centred,
        any_basis=args.any_basis,
        cell=args.cell,
        labels=args.labels,
    )
    comp = load_components(args.components)
    gen = work.open_generator(args.network, args.threads)
    work.tell_picture(work.draw(gen, args.network, "edit", picture, comp, args.out), args.json)
