"""A sheet of what each component does: a component a row, its strengths from left to right.

ganspace visualize net.pkl --components c.npz --out sheet.png
ganspace visualize net.pkl --components c.npz --show 0-13 --seed 5 --layers 4-7 --sigma 3 --out sheet.png
ganspace visualize net.pkl --components c.npz --latents me.npy:0 --out mine.png
ganspace visualize net.pkl --components c.npz --seeds 0-4 --out sheet.html      a table that sorts
"""

from __future__ import annotations

import os
from typing import Any, Dict

from ganspace_tf.cli import arguments, inputs, values, work
from ganspace_tf.cli.outputs import with_recipe
from ganspace_tf.cli.progress import progress
from ganspace_tf.cli.quiet import start_tensorflow
from ganspace_tf.errors import UsageError

SHOWN = 10  # components of a sheet where nothing is said
SEEDS = "0-2"  # samples of a page where nothing is said
PAGES = (".html",)
MOST_PAGE_PIXELS = 50 * 10**6  # some 100 MB of PNG, more than a browser is glad of

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
    start.add_argument(
        "--seeds",
        type=values.seeds,
        metavar="LIST",
        help="samples of an .html page, such as 0-4 (default {})".format(SEEDS),
    )
    arguments.add_latents(start, parser, "move a latent of a file (on a page several)")
    parser.add_argument(
        "--layers", type=values.layers, default=(0, None), metavar="J-K", help="inclusive (default: all)"
    )
    parser.add_argument("--plain", action="store_true", help="move by the strength, not to it")
    arguments.add_mode(parser)
    arguments.add_cell(parser)
    arguments.add_look(parser)
    arguments.add_film(parser)
    arguments.add_cluster(parser)
    arguments.add_output(parser, "sheet.png", ".png, .gif, .mp4 or .html")


def run(args: Any) -> None:
    """Draw and write the sheet, the film or the page."""
    from ganspace_tf.decomposition.known import note_on
    from ganspace_tf.render.sheets import Sheet

    work.check_out(args.out, work.PICTURES + work.FILMS + PAGES)
    paged = os.path.splitext(args.out)[1].lower() in PAGES
    if args.seeds is not None and not paged:
        raise UsageError("--seeds is for a page, --out sheet.html; a sheet moves one --seed")
    gen = work.open_generator(args.network, args.threads)
    opened = inputs.Inputs(gen, trust=args.trust_latents)
    comp, latents = opened.components(args.components), None
    if args.latents is not None:
        latents = opened.packed_latents(args.latents, args.as_w)
        if latents["count"] != 1 and not paged:
            raise UsageError(
                "{0} has {1} latents; a sheet moves one, such as {0}:0".format(args.latents, latents["count"])
            )
    look = opened.look(args)
    shown = work.shown_of(args.show, comp, SHOWN)
    first, last = args.layers
    common = {
        "components": shown,
        "sigmas": values.steps(args.sigma, args.frames),
        "first_layer": first,
        "last_layer": last,
        "mode": args.mode,
        "centred": not args.plain,
        "any_basis": args.any_basis,
        "cell": args.cell,
        "title": _title(gen.name, comp, args, look, paged),
        "latents": latents,
        "unit": inputs.unit_of([comp.settings]),
    }
    if paged:
        _write_page(opened, comp, args, look, common)
        return
    known = [note_on(comp, k) for k in shown]
    picture = Sheet(look, args.fps, seed=args.seed, once=args.once, known=known, **common)
    work.check_size(picture.count(), args, gen, labels=True)
    drawn = work.draw_asked(args, gen, "visualize", picture, comp, opened.say)
    work.tell_picture(drawn, args.json)


def _write_page(opened: Any, comp: Any, args: Any, look: Any, common: Dict[str, Any]) -> None:
    """Draw directions × samples × steps; write the page, and its recipe beside it."""
    from ganspace_tf.measure.sheet_page import sheet_page
    from ganspace_tf.recipe import make_recipe, recipe_text
    from ganspace_tf.render import files
    from ganspace_tf.render.across import Across

    gen, one = opened.gen, None if args.seed is None else [args.seed]
    given = [] if args.latents is not None else args.seeds or one or values.seeds(SEEDS)
    picture = Across(look, seeds=given, **common)
    pixels = picture.count() * gen.image_shape[-2] * gen.image_shape[-1]
    if pixels > MOST_PAGE_PIXELS:
        raise UsageError(
            "{:,} frames are {:,} million pixels on one page; at most {:,} million are drawn: show fewer "
            "components, samples or --frames".format(
                picture.count(), pixels // 10**6, MOST_PAGE_PIXELS // 10**6
            )
        )
    picture.check(gen, comp)
    files.check_beside(args.out, make_recipe("across", gen, args.network, picture.to_json(), comp))
    start_tensorflow()
    with work.spread(gen, args) as told, progress(picture.count(), "visualize", "frame") as new:
        found = picture.found(gen, comp, new)
    opened.say()
    recipe = make_recipe(
        "across", gen, args.network, picture.to_json(), comp, picture.used(), picture.laid(found)
    )
    stdevs = comp.act_stdev if args.mode == "activation" else comp.stdev
    moved = [(k, float(stdevs[k])) for k in picture.components]
    page = sheet_page(
        "What {} directions do".format(len(moved)), picture.title, moved, found, picture.heads()
    )
    files.write_bytes(args.out, page)
    files.write_bytes(files.beside(args.out), recipe_text(recipe).encode("ascii"))
    facts = {
        "out": args.out,
        "recipe": str(files.beside(args.out)),
        "directions": len(moved),
        "samples": found.samples,
        "steps": len(picture.sigmas),
        "frames": picture.count(),
        "bytes": len(page),
        **told,
    }
    text = "{out}  {directions} directions × {n} samples × {steps} steps, recipe in {recipe}"
    work.tell_written(facts, args.json, [text.format(n=len(found.samples), **facts)])


def _title(name: str, comp: Any, args: Any, look: Any, paged: bool) -> str:
    """What a reader wants to know of the sheet, in one line."""
    from ganspace_tf.decomposition.known import angle_in_words, is_of_rows, known_of
    from ganspace_tf.notation import format_layers

    known = known_of(comp)
    parts = [name]
    estimator, space, n = (comp.settings.get(key) for key in ("estimator", "space", "n"))
    if estimator and space:
        sampled = ", n = {:,}".format(n) if n else ""  # a closed form needs no samples
        parts.append("{} of {}{}".format(estimator, space, sampled))
    if known is not None and not is_of_rows(comp):
        parts.append("{} directions within {}".format(len(comp), angle_in_words(known.angle)))
    if args.latents is not None:
        parts.append(os.path.basename(args.latents))
    elif not paged:  # where every row says it
        parts.append("mean latent" if args.seed is None else "seed {}".format(args.seed))
    parts += look.called or []
    if args.mode != "activation":
        parts.append(format_layers(*args.layers))
    if args.mode != "latent":
        parts.append("activations edited")
    if args.psi is not None:
        parts.append("ψ {:g}".format(args.psi))
    return "  ·  ".join(parts)
