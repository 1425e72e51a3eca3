"""Make a picture or film again from its recipe, to the byte on the same versions.

  ganspace replay strip.png --out again.png
  ganspace replay film.json --model elsewhere/net.pkl --out film.mp4

The recipe is inside a PNG, and beside every picture as .json. The network has to be there still: where it
was, beside the picture, or where --model says. The components need not: the recipe holds the directions it
uses, and latents of a file too, unless they are so many that it only says which file they were in. An aligned
photo needs the photo where it was.
"""

from __future__ import annotations

import os
from typing import Any, Dict

from ganspace_tf.cli import align, arguments, work
from ganspace_tf.cli.outputs import with_recipe
from ganspace_tf.cli.progress import progress
from ganspace_tf.cli.quiet import start_tensorflow
from ganspace_tf.errors import BasisMismatch, FileError

outputs = with_recipe


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace replay` understands."""
    parser.add_argument("picture", metavar="PICTURE", help=".png, .gif, .mp4 or .json that ganspace wrote")
    parser.add_argument("--model", metavar="NETWORK", help="the network, if it is not where it was")
    parser.add_argument("--any-model", action="store_true", help="also another network than the recipe's")
    parser.add_argument(
        "--latents", metavar="FILE", help="the latents, if they are in a file that is not where it was"
    )
    arguments.add_threads(parser)
    arguments.add_output(parser, "again.png", ".png, .gif or .mp4")


def run(args: Any) -> None:
    """Read the recipe, draw, write, and say whether the pixels are the same."""
    from ganspace_tf.recipe import pixel_digest, unpack_components, versions
    from ganspace_tf.render import files
    from ganspace_tf.render.pictures import picture_from_recipe, settled

    work.check_out(args.out, work.PICTURES + work.FILMS)
    recipe = files.read_recipe(args.picture)
    if recipe["verb"] == "align":
        work.check_out(args.out, work.PICTURES)
        align.again(args.picture, recipe, args.out, args.json)
        return
    picture = picture_from_recipe(recipe, args.latents)
    files.check_beside(args.out, recipe)
    packed = recipe.get("components")
    comp = None if packed is None else unpack_components(packed, args.picture)
    gen = work.open_generator(args.model or _model_path(recipe, args.picture), args.threads)
    if gen.fingerprint != recipe["model"].get("fingerprint") and not args.any_model:
        raise BasisMismatch(
            "the recipe is for {} ({:.12}), {} is {:.12}; --model says where, --any-model takes this".format(
                recipe["model"].get("name"),
                str(recipe["model"].get("fingerprint")),
                gen.name,
                gen.fingerprint,
            )
        )
    picture = settled(picture, gen)
    moving = os.path.splitext(args.out)[1].lower() in work.FILMS
    picture.check(gen, comp, moving)
    start_tensorflow()
    with progress(picture.count(), "replay", "frame") as new:
        pixels = (picture.film if moving else picture.draw)(gen, comp, new)
    same = pixel_digest(pixels) == recipe.get("pixels")
    verdict = "the same pixels" if same else _difference(recipe, gen.fingerprint, picture.look.noise)
    if not same:
        recipe = dict(recipe, pixels=pixel_digest(pixels), versions=versions())
    work.save(args.out, pixels, recipe, picture.fps)
    facts = {"out": args.out, "recipe": str(files.beside(args.out)), "same": same, "verdict": verdict}
    tell = work.tell_written if same else work.tell
    tell(facts, args.json, ["{out}  {verdict}".format(**facts)])


def _model_path(recipe: Dict[str, Any], picture: str) -> str:
    """Where the network of a recipe is: as it was named, or beside the picture."""
    from ganspace_tf.generators import catalogue

    name = str(recipe["model"].get("name", ""))
    beside = os.path.join(os.path.dirname(picture), os.path.basename(name))
    for path in (name, beside):
        try:
            if name and os.path.exists(path):
                return path
        except UnicodeEncodeError:  # half characters that stand for no byte: no file has such a name
            pass
    if catalogue.find(name) is not None:
        return name
    raise FileError(
        "{} is not here; --model says where this picture's network is".format(name or "its network")
    )


def _difference(recipe: Dict[str, Any], fingerprint: str, noise: str) -> str:
    """Why the pixels are others than those the recipe speaks of."""
    from ganspace_tf.recipe import versions

    was, here = recipe.get("versions"), versions()
    if recipe["model"].get("fingerprint") != fingerprint:
        reason = "another model"
    elif noise == "random":
        reason = "the noise was random"
    elif was != here:
        reason = "made with {}, here {}".format(_listed(was), _listed(here))
    else:
        reason = "a film instead of a picture or the reverse, or another machine"
    return "not the same pixels: " + reason


def _listed(found: Any) -> str:
    if not isinstance(found, dict):
        return "unknown versions"
    return ", ".join("{} {}".format(*item) for item in found.items())
