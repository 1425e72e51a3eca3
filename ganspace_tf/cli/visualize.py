"""A sheet of what each component does: a component a row, its strengths from left to right.

ganspace visualize net.pkl --components c.npz --out sheet.png
ganspace visualize net.pkl --components c.npz --show 0-13 --seed 5 --layers 4-7 --sigma 3 --out sheet.png
"""

from __future__ import annotations

from typing import Any

from ganspace_tf.cli import arguments, values, work

SHOWN = 10  # components of a sheet where nothing is said


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
    parser.add_argument(
        "--seed", type=values.seed, metavar="SEED", help="move this seed's latent, not the mean latent"
    )
    parser.add_argument(
        "--layers", type=values.layers, default=(0, None), metavar="J-K", help="inclusive (default: all)"
    )
    parser.add_argument("--plain", action="store_true", help="move by the strength, not to it (with --seed)")
    arguments.add_mode(parser)
    arguments.add_cell(parser)
    arguments.add_look(parser)
    arguments.add_film(parser)
    arguments.add_output(parser, "sheet.png", ".png, .gif or .mp4")


def run(args: Any) -> None:
    """Draw and write the sheet or the film."""
    from ganspace_tf.decomposition import load_components
    from ganspace_tf.render.sheets import Sheet

    work.check_out(args.out, work.PICTURES + work.FILMS)
    comp = load_components(args.components)
    gen = work.open_generator(args.network, args.threads)
    shown = list(range(min(SHOWN, len(comp.directions)))) if args.show is None else args.show
    first, last = args.layers
    picture = Sheet(
        work.look(args),
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
        title=_title(gen.name, comp, args),
        once=args.once,
    )
    work.tell_picture(work.draw(gen, args.network, "visualize", picture, comp, args.out), args.json)


def _title(name: str, comp: Any, args: Any) -> str:
    """What a reader wants to know of the sheet, in one line."""
    from ganspace_tf.notation import format_layers

    parts = [name]
    estimator, space, n = (comp.settings.get(key) for key in ("estimator", "space", "n"))
    if estimator and space:
        sampled = ", n = {:,}".format(n) if n else ""  # a closed form needs no samples
        parts.append("{} of {}{}".format(estimator, space, sampled))
    parts.append("mean latent" if args.seed is None else "seed {}".format(args.seed))
    if args.mode != "activation":
        parts.append(format_layers(*args.layers))
    if args.mode != "latent":
        parts.append("activations edited")
    if args.psi is not None:
        parts.append("ψ {:g}".format(args.psi))
    return "  ·  ".join(parts)
