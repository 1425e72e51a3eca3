"""Strips or a film of an edit: the strength goes from left to right, one strip per seed.

  ganspace edit net.pkl --components c.npz --edit "E(v22, 9-10)" --sigma -3..3 --seeds 1,2 --out strip.png
  ganspace edit net.pkl --components c.npz --edit "E(v0); E(v3, 4-7) = +2" --frames 60 --out film.mp4
  ganspace edit net.pkl --direction wings.json --direction "older.json = +2" --labels --out strip.png

Edits without "= strength" go through --sigma together; edits with one keep it in every frame. Layers are
inclusive. --centred moves *to* a strength instead of *by* it, as the original's strips do. A direction (a
file of `ganspace teach`) brings its layers and usable strengths; --components is for --edit.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, List

from ganspace_tf.cli import arguments, values, work
from ganspace_tf.errors import UsageError

SIGMA = "-2..2"


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace edit` understands."""
    arguments.add_network(parser)
    arguments.add_components(parser, required=False)
    parser.add_argument(
        "--edit",
        type=values.edit,
        action="append",
        default=[],
        metavar="EDIT",
        help='"E(v22, 9-10)"; repeatable',
    )
    parser.add_argument(
        "--direction",
        type=values.direction,
        action="append",
        default=[],
        metavar="FILE",
        help='a named direction (.json), or "FILE.json = +2"; repeatable',
    )
    arguments.add_sweep(parser, sigma=SIGMA, usable="; of directions alone: where all of them are usable")
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
    from ganspace_tf.directions import joined, load_direction
    from ganspace_tf.edits import Edit
    from ganspace_tf.render.sheets import Strips

    work.check_out(args.out, work.PICTURES + work.FILMS)
    _check_asked(args)
    given = [one for several in args.edit for one in several]
    comp = load_components(args.components) if given else None
    named = [load_direction(path) for path, _ in args.direction]
    first = 0 if comp is None else len(comp)
    moves = [
        (replace(one.edit(1.0 if sigma is None else sigma), component=first + k), sigma is None)
        for k, (one, (_, sigma)) in enumerate(zip(named, args.direction))
    ]
    edits = [(Edit(**one.fields), one.swept) for one in given] + moves
    swept = [edit for edit, open_end in edits if open_end]
    if not swept and args.frames != arguments.FRAMES:
        raise UsageError(
            "every edit has its own strength; leave out '= …' in those that --sigma and --frames are for"
        )
    if args.sigma is None:
        alone = [] if given else [one for one, move in zip(named, moves) if move[1]]
        sigmas = _usable(alone, args.frames)
    else:
        sigmas = values.steps(args.sigma, args.frames)
    picture = Strips(
        work.look(args),
        args.fps,
        seeds=args.seeds,
        swept=swept,
        sigmas=sigmas if swept else [0.0],
        held=[edit for edit, open_end in edits if not open_end],
        mode=args.mode,
        centred=args.centred,
        any_basis=args.any_basis,
        cell=args.cell,
        labels=args.labels,
    )
    gen = work.open_generator(args.network, args.threads)
    if named:
        for one in [] if args.any_basis else named:
            one.check_model(gen)
        used = [edit.component for edit, _ in edits if edit.component < first]
        comp = joined(named, comp, used)
    work.tell_picture(work.draw(gen, args.network, "edit", picture, comp, args.out), args.json)


def _check_asked(args: Any) -> None:
    """Refuse words that do not belong together."""
    if not args.edit and not args.direction:
        raise UsageError("nothing to draw: --edit with --components, or --direction FILE.json, is needed")
    if args.edit and args.components is None:
        raise UsageError("--edit needs --components FILE: E(v0) is a component of these")
    if args.components is not None and not args.edit:
        raise UsageError("--components is for --edit; directions bring everything with them")


def _usable(named: List[Any], frames: int) -> List[float]:
    """Strengths at which all of these directions are usable, or SIGMA if there are none; where the frames
    have a middle, it is 0.
    """
    low, high = values.span(SIGMA)
    ends = [one.sigma_range for one in named] or [(low, high)]
    least, most = max(end[0] for end in ends), min(end[1] for end in ends)
    if least < most:
        low, high = least, most
    half, odd = divmod(frames, 2)
    if odd and half and low < 0 < high:
        return values.steps((low, 0.0), half + 1)[:-1] + values.steps((0.0, high), half + 1)
    return values.steps((low, high), frames)
