"""Strips or a film of an edit: the strength goes from left to right, one strip per seed.

  ganspace edit net.pkl --components c.npz --edit "E(v22, 9-10)" --sigma -3..3 --seeds 1,2 --out strip.png
  ganspace edit net.pkl --components c.npz --edit "E(v0); E(v3, 4-7) = +2" --frames 60 --out film.mp4
  ganspace edit net.pkl --direction wings.json --direction "older.json = +2" --out strip.png
  ganspace edit net.pkl --direction wings.json --psi 0.25,0.7,none --raw --out strip.png
  ganspace edit net.pkl --latents projected_w.npz --direction age_w_boundary.npy --out older.png
  ganspace edit net.pkl --latents me.npz --direction "smile.json = +2" --paste me.jpg --out smiling.png
  ganspace edit net.pkl --components factor.pt --edit "E(v3, 4-7)" --sigma -5..5 --out strip.png
  ganspace edit stylegan2.pkl --edit "S(6, 501)" --sigma -5..5 --out strip.png         a style channel

Edits without "= strength" go through --sigma together; edits with one keep it in every frame. Layers are
inclusive. --centred moves *to* a strength instead of *by* it, as the original's strips do. A direction (a
file of `ganspace teach` or `save`, or another program's: .npy, .pt, a saved edit) brings its layers, or its
style channels, and usable strengths; --components is for E(v, j-k). S(layer, channel) is one style channel of
StyleGAN2 or ADA, by so many of its sigmas, whatever psi is; `ganspace rank --space s` finds some, `ganspace
save` keeps them. What a file of another program does not say and is assumed is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, List, NamedTuple, Optional, Tuple

from ganspace_tf.cli import arguments, inputs, pasting, values, work
from ganspace_tf.cli.outputs import with_recipe
from ganspace_tf.cli.quiet import start_tensorflow
from ganspace_tf.errors import UsageError

if TYPE_CHECKING:
    from ganspace_tf.edits import Edit
    from ganspace_tf.generators.base import Generator
    from ganspace_tf.render.frames import Look
    from ganspace_tf.styles.edits import StyleEdit

SIGMA = "-2..2"

outputs = with_recipe


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace edit` understands."""
    arguments.add_network(parser)
    arguments.add_components(parser, required=False)
    add_edits(parser)
    arguments.add_sweep(parser, sigma=SIGMA, usable="; of directions alone: where all of them are usable")
    parser.add_argument(
        "--centred", action="store_true", help="first remove what the latent has along the direction"
    )
    arguments.add_mode(parser)
    arguments.add_starts(parser, default="0")
    pasting.add_paste(parser)
    arguments.add_cell(parser, raw="bare pixels: no labels, frames at their own size")
    arguments.add_look(parser, psi="several")
    arguments.add_film(parser)
    arguments.add_cluster(parser)
    arguments.add_output(parser, "strip.png", ".png, .gif or .mp4")


def add_edits(parser: Any) -> None:
    """--edit and --direction."""
    parser.add_argument(
        "--edit",
        type=values.edit,
        action="append",
        default=[],
        metavar="EDIT",
        help='"E(v22, 9-10)", or of a style channel "S(6, 501)"; repeatable',
    )
    parser.add_argument(
        "--direction",
        type=values.direction,
        action="append",
        default=[],
        metavar="FILE[:K]",
        help='a direction: its name, or a file (.json; .npy, .pt, .pkl of others); "… = +2"; repeatable',
    )
    arguments.add_directions(parser)


class Moves(NamedTuple):
    """What --edit, --components and --direction ask for. edits: each with whether its strength was left
    open; those of directions come last, as components behind the `first` of the file.
    """

    edits: List[Tuple[Any, bool]]
    named: List[Any]
    strengths: List[Optional[float]]
    comp: Any
    first: int

    def open_directions(self) -> List[Any]:
        """The directions whose strength was left open."""
        return [one for one, sigma in zip(self.named, self.strengths) if sigma is None]

    def unit(self) -> str:
        """Of the strengths that were left open."""
        records = [one.made for one in self.open_directions()]
        if any(open_end and edit.component < self.first for edit, open_end in self.of_components()):
            records.append(self.comp.settings)
        return inputs.unit_of(records)

    def basis(self) -> Any:
        """Components and directions as one basis; None where neither is needed."""
        from ganspace_tf.directions.basis import joined, of_latents

        named = of_latents(self.named)
        return joined(named, self.comp, self.used()) if named else self.comp

    def of_components(self) -> List[Tuple[Edit, bool]]:
        """Edits that move along components or directions."""
        from ganspace_tf.edits import Edit

        return [one for one in self.edits if isinstance(one[0], Edit)]

    def used(self) -> List[int]:
        """Components of the file that edits name."""
        return [edit.component for edit, _ in self.of_components() if edit.component < self.first]

    def styles(self) -> List[StyleEdit]:
        """Edits of style channels."""
        from ganspace_tf.edits import parted

        return parted(edit for edit, _ in self.edits)[1]

    def measured(self, gen: Generator, look: Look) -> Moves:
        """With the sigmas of style channels, measured where edits have none yet: over the class of all
        pictures, or over all classes where there are several.
        """
        from ganspace_tf.styles.channels import style_channels

        unknown = [edit for edit in self.styles() if edit.stdev is None]
        if not unknown:
            return self
        start_tensorflow()
        classes = look.classes or []
        channels = style_channels(gen, labels=classes[0] if len(classes) == 1 else None)
        edits = [
            (channels.measured([edit])[0] if edit in unknown else edit, open_end)
            for edit, open_end in self.edits
        ]
        return self._replace(edits=edits)


def moves_of(args: Any, opened: inputs.Inputs) -> Moves:
    """Read the files that the edits need. Raises BasisMismatch for those that are not for the network, and
    UsageError for style channels that it does not have.
    """
    from ganspace_tf.directions.basis import edits_at, placed
    from ganspace_tf.edits import edit_of
    from ganspace_tf.styles.edits import check_style_edits

    given = [one for several in args.edit for one in several]
    comp = None if args.components is None else opened.components(args.components)
    named = [opened.direction(path, args.any_basis) for path, _ in args.direction]
    first = 0 if comp is None else len(comp)
    edits = [(edit_of(one.fields), one.swept) for one in given]
    for (place, one), (_, sigma) in zip(placed(named, first), args.direction):
        moved = edits_at(one, place, 1.0 if sigma is None else sigma)
        edits += [(edit, sigma is None) for edit in moved]
    moves = Moves(edits, named, [sigma for _, sigma in args.direction], comp, first)
    check_style_edits(moves.styles(), opened.gen)
    return moves


def run(args: Any) -> None:
    """Draw and write the strips or the film."""
    from ganspace_tf.decomposition.known import warnings_on
    from ganspace_tf.render.layout import tidy_columns
    from ganspace_tf.render.sheets import Strips
    from ganspace_tf.render.starts import start_count

    work.check_out(args.out, work.PICTURES + work.FILMS)
    if not args.edit and not args.direction:
        raise UsageError("nothing to draw: --edit with --components, or --direction FILE.json, is needed")
    check_asked(args)
    gen = work.open_generator(args.network, args.threads)
    opened = inputs.Inputs(gen, args.directions, args.trust_latents)
    moves, given = moves_of(args, opened), opened.starts(args)
    look = opened.look(args)
    look.check(gen)
    moves = moves.measured(gen, look)
    swept = [edit for edit, open_end in moves.edits if open_end]
    if not swept and args.frames != arguments.FRAMES:
        raise UsageError(
            "every edit has its own strength; leave out '= …' in those that --sigma and --frames are for"
        )
    if args.sigma is None:
        sigmas = _usable([] if args.edit else moves.open_directions(), args.frames)
    else:
        sigmas = values.steps(args.sigma, args.frames)
    count = start_count(**given) * max(1, len(work.psis(args)))
    paste = pasting.packed_paste(args, given)
    sigmas = sigmas if swept else [0.0]
    labels = work.labelled(args) and (args.labels or paste is None or count * len(sigmas) > 1)
    picture = Strips(
        look,
        args.fps,
        swept=swept,
        sigmas=sigmas,
        held=[edit for edit, open_end in moves.edits if not open_end],
        mode=args.mode,
        centred=args.centred,
        any_basis=args.any_basis,
        cell=args.cell,
        labels=labels,
        psis=work.psis(args),
        once=args.once,
        columns=tidy_columns(count),
        captions=work.labelled(args),
        unit=moves.unit(),
        paste=paste,
        **given,
    )
    work.check_size(picture.count(), args, gen, labels, pasting.size_of(paste))
    drawn = work.draw_asked(args, gen, "edit", picture, moves.basis(), opened.say)
    used = moves.used()
    drawn["known"] = warnings_on(moves.comp, used) if used else []
    work.tell_picture(drawn, args.json, drawn["known"])


def check_asked(args: Any) -> None:
    """Refuse words that do not belong together."""
    named = any("component" in one.fields for several in args.edit for one in several)
    if named and args.components is None:
        raise UsageError("--edit needs --components FILE: E(v0) is a component of these")
    if args.components is not None and not named:
        raise UsageError(
            "--components is for --edit; directions and style channels bring everything with them"
        )


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
