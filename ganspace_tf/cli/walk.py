"""A film from seed to seed, from one truncation to another, or of a picture that moves, with edits held.

  ganspace walk net.pkl --seeds 1,2,3 --frames 60 --loop --ease --out film.mp4
  ganspace walk net.pkl --seeds 1-5 --space z --psi 0.7 --out film.gif
  ganspace walk net.pkl --seeds 7 --psi 0..1 --out psi.mp4                             one seed, psi growing
  ganspace walk stylegan3.pkl --seeds 7 --rotate 0..360 --translate 0,0..0.2,0 --out turn.mp4
  ganspace walk net.pkl --seeds 1,2 --components c.npz --edit "E(v0, 0-4) = +2" --out film.mp4
  ganspace walk stylegan2.pkl --seeds 1,2 --edit "S(6, 501) = +3" --out film.mp4        a style channel held
  ganspace walk net.pkl --latents projected_w.npz:0-2 --out film.mp4                   from row to row

--space w (default) goes straight from latent to latent; z along great circles of the noise, through the
mapping; w+ from each seed's finished latent (edited, truncated) to the next. A .png is a grid of the frames.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, List

from ganspace_tf.cli import arguments, edit, inputs, values, work
from ganspace_tf.cli.outputs import with_recipe
from ganspace_tf.errors import UsageError

if TYPE_CHECKING:
    from ganspace_tf.render.path import Keyframe

FRAMES, SHOWN = 60, 9  # of a film, of a picture

outputs = with_recipe


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace walk` understands."""
    arguments.add_network(parser)
    arguments.add_starts(parser, default="0-2")
    parser.add_argument(
        "--frames",
        type=values.count,
        metavar="N",
        help="of the whole film (default {}; {} of a picture)".format(FRAMES, SHOWN),
    )
    parser.add_argument("--loop", action="store_true", help="go on from the last seed to the first")
    parser.add_argument("--ease", action="store_true", help="slower towards each seed")
    parser.add_argument("--space", default="w", choices=["w", "z", "w+"], help="what is interpolated")
    arguments.add_components(parser, required=False)
    edit.add_edits(parser)
    arguments.add_cell(parser, raw="bare pixels: no labels, frames at their own size")
    arguments.add_look(parser, psi="span")
    arguments.add_film(parser, once=False)
    arguments.add_cluster(parser)
    arguments.add_output(parser, "walk.mp4", ".mp4, .gif or .png")


def run(args: Any) -> None:
    """Draw and write the film."""
    from ganspace_tf.render.path import Path

    work.check_out(args.out, work.PICTURES + work.FILMS)
    edit.check_asked(args)
    gen = work.open_generator(args.network, args.threads)
    opened = inputs.Inputs(gen, args.directions, args.trust_latents)
    moves = edit.moves_of(args, opened)
    if any(open_end for _, open_end in moves.edits):
        raise UsageError('a walk holds its edits, so each needs a strength: "E(v0) = +2", "FILE.json = +2"')
    film = os.path.splitext(args.out)[1].lower() in work.FILMS
    latents = None if args.latents is None else opened.packed_latents(args.latents, args.as_w)
    seeds = args.seeds if latents is None else [0] * latents["count"]
    look, stops = opened.look(args), [list(key) for key in _stops(seeds, args)]
    moves = moves.measured(gen, look)
    picture = Path(
        look,
        args.fps,
        keyframes=stops,
        frames=args.frames or (FRAMES if film else SHOWN),
        loop=args.loop,
        ease=args.ease,
        space=args.space,
        held=[one for one, _ in moves.edits],
        any_basis=args.any_basis,
        cell=args.cell,
        labels=work.labelled(args),
        latents=latents,
    )
    if not film:
        work.check_size(picture.count(), args, gen)
    comp = moves.basis()
    drawn = work.draw_asked(args, gen, "walk", picture, comp, opened.say)
    work.tell_picture(drawn, args.json)


def _stops(seeds: List[int], args: Any) -> List[Keyframe]:
    """The keyframes: a seed each. A single one is two of them where psi or the motion changes on the way."""
    from ganspace_tf.render.path import Keyframe

    changing = [span for span in (args.psi, args.translate, args.rotate) if span and span[0] != span[1]]
    seeds = seeds * 2 if len(seeds) == 1 and changing else seeds
    if len(seeds) < 2:
        raise UsageError(
            "a walk needs two seeds or more (--seeds 1,2,3), rows of --latents, or one and a range of --psi "
            "(0..1), --rotate (0..360) or --translate (0,0..0.3,0)"
        )
    columns = (
        _psis(args.psi, len(seeds)),
        _moves(args.translate, len(seeds)),
        _turns(args.rotate, len(seeds)),
    )
    return [
        Keyframe(seed, psi=psi, translate=move, rotate=turn) for seed, psi, move, turn in zip(seeds, *columns)
    ]


def _psis(span: Any, count: int) -> List[Any]:
    low, high = span or (None, None)
    if low == high:
        return [low] * count
    return list(values.steps((1.0 if low is None else low, 1.0 if high is None else high), count))


def _turns(span: Any, count: int) -> List[Any]:
    """Degrees at every keyframe; "", that of the whole picture, where they do not change."""
    return [""] * count if not span or span[0] == span[1] else list(values.steps(span, count))


def _moves(span: Any, count: int) -> List[Any]:
    """Translations likewise."""
    if not span or span[0] == span[1]:
        return [""] * count
    x, y = (values.steps(ends, count) for ends in zip(*span))
    return [[float(one), float(two)] for one, two in zip(x, y)]
