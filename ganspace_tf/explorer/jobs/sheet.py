"""Many states as one picture with its recipe: what the grids of the page show, at full quality."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any, Callable, Dict, List, Tuple

from ganspace_tf.errors import UsageError
from ganspace_tf.explorer.drawn.drawing import look_of
from ganspace_tf.explorer.drawn.words import stem
from ganspace_tf.explorer.jobs.arguments import states
from ganspace_tf.explorer.jobs.film import path_of
from ganspace_tf.explorer.state import State
from ganspace_tf.explorer.working.painter import Painter
from ganspace_tf.recipe import make_recipe
from ganspace_tf.render.files import png_bytes
from ganspace_tf.render.picture import Picture
from ganspace_tf.render.sheets import Sample

MOST_ITEMS = 225
MOST_PIXELS = 40e6  # of the whole: pictures are made smaller before it has more


def sheet(painter: Painter, arguments: Dict[str, Any], pause: Callable[[Any], None]) -> Dict[str, Any]:
    """items: states, row by row. Seeds that differ in nothing else are a grid of seeds, all others the
    keyframes of a path with no frames between: `ganspace replay` draws both again.
    """
    session, items = painter.session, states(arguments, "items", MOST_ITEMS)
    if len(items) < 2:
        raise UsageError("a sheet shows two pictures or more")
    verb, picture, basis = _picture(painter, items)
    picture.check(session.generator, basis)
    done = [0]

    def progress(new: int) -> None:
        done[0] += new
        pause((done[0], len(items), "sheet"))

    pixels = picture.draw(session.generator, basis, progress)
    used = picture.used()
    recipe = make_recipe(
        verb, session.generator, session.name, picture.to_json(), basis if used else None, used, pixels
    )
    notice = session.source.replaced()
    return {
        **({} if notice is None else {"notice": notice}),
        "name": stem(items[0], os.path.basename(session.name)) + "-sheet.png",
        "type": "image/png",
        "data": png_bytes(pixels, recipe),
    }


def _picture(painter: Painter, items: List[State]) -> Tuple[str, Picture, Any]:
    """(verb of its recipe, picture, basis)."""
    gen, first = painter.session.generator, items[0]
    H, W = gen.image_shape[1:]
    cell = int(W * min(1.0, (MOST_PIXELS / (len(items) * H * W)) ** 0.5))
    small: Dict[str, Any] = {} if cell == W else {"cell": cell}
    if (
        all(replace(item, seed=first.seed) == first and not item.active for item in items)
        and not first.latent
    ):
        look = replace(look_of(first, gen), batch=1)
        return "sample", Sample(look=look, seeds=[item.seed for item in items], **small), None
    return path_of(painter, items, frames=len(items), **small)
