"""A sheet of what each component does: a component a row, its strengths from left to right.

ganspace visualize net.pkl --components c.npz --out sheet.png
ganspace visualize net.pkl --components c.npz --show 0-13 --seed 5 --layers 4-7 --sigma 3 --out sheet.png
ganspace visualize net.pkl --components c.npz --latents me.npy:0 --out mine.png
"""

from __future__ import annotations

import os
from typing import Any

from ganspace_tf.cli import arguments, inputs, values, work
from ganspace_tf.cli.outputs import with_recipe
from ganspace_tf.errors import UsageError

SHOWN = 10  # components of a sheet where nothing is said

outputs = with_recipe


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace visualize` understands."""
    arguments.add_network(parser)
    arguments.add_components(parser)
    parser.add_argument(
        "--show",
        type=values.indices,
        metavar="LIST",
        help="components, such as 0-9,22 (default: the first 10)",
    )
    arguments.add_sweep(parser, sigma="-2..2")
    start = parser.add_mutually_exclusive_group()
    start.add_argument(
        "--seed", type=values.seed, metavar="SEED", help="move this seed's latent, not the mean latent"
    )
    arguments.add_latents(start, parser, "move a latent of a file")
    parser.add_argument(
        "--layers", type=values.layers, default=(0, None), metavar="J-K", help="inclusive (default: all)"
    )
    parser.add_argument("--plain", action="store_true", help="move by the strength, not to it")
    arguments.add_mode(parser)
    arguments.add_cell(parser)
    arguments.add_look(parser)
    arguments.add_film(parser)
    arguments.add_output(parser, "sheet.png", ".png, .gif or .mp4")


def run(args: Any) -> None:
    """Draw and write the sheet or the film."""
    from ganspace_tf.render.sheets import Sheet

    work.check_out(args.out, work.PICTURES + work.FILMS)
    gen = work.open_generator(args.network, args.threads)
    opened = inputs.Inputs(gen)
    comp, latents = opened.components(args.components), None
    if args.latents is not None:
        latents = opened.packed_latents(args.latents, args.as_w)
        if latents["count"] != 1:
            raise UsageError(
                "{0} has {1} latents; a sheet moves one, such as {0}:0".format(args.latents, latents["count"])
            )
    look = opened.look(args)
    shown = list(range(min(SHOWN, len(comp.directions)))) if args.show is None else args.show
    first, last = args.layers
    picture = Sheet(
        look,
        args.fps,
        components=shown,
        sigmas=values.steps(args.sigma, args.frames),
        seed=args.seed,
        first_layer=first,
        last_layer=last,
        mode=args.mode,
        centred=not args.plain,
        any_basis=args.any_basis,
        cell=args.cell,
        title=_title(gen.name, comp, args, look),
        once=args.once,
        latents=latents,
        unit=inputs.unit_of([comp.settings]),
    )
    drawn = work.draw(gen, args.network, "visualize", picture, comp, args.out, opened.say)
    work.tell_picture(drawn, args.json)


def _title(name: str, comp: Any, args: Any, look: Any) -> str:
    """What a reader wants to know of the sheet, in one line."""
    from ganspace_tf.notation import format_layers

    parts = [name]
    estimator, space, n = (comp.settings.get(key) for key in ("estimator", "space", "n"))
    if estimator and space:
        sampled = ", n = {:,}".format(n) if n else ""  # a closed form needs no samples
        parts.append("{} of {}{}".format(estimator, space, sampled))
    if args.latents is not None:
        parts.append(os.path.basename(args.latents))
    else:
        parts.append("mean latent" if args.seed is None else "seed {}".format(args.seed))
    parts += look.called or []
    if args.mode != "activation":
        parts.append(format_layers(*args.layers))
    if args.mode != "latent":
        parts.append("activations edited")
    if args.psi is not None:
        parts.append("ψ {:g}".format(args.psi))
    return "  ·  ".join(parts)
