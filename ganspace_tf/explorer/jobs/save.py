"""What a client takes home: the exact picture with its recipe, the recipe alone, a named direction, the
command that draws the picture.
"""

from __future__ import annotations

import os
from typing import Any, Callable, Dict

from ganspace_tf.directions.collection import file_name
from ganspace_tf.errors import UnknownName
from ganspace_tf.explorer.drawn.combined import named
from ganspace_tf.explorer.drawn.drawing import direction_digest
from ganspace_tf.explorer.drawn.words import command, stem
from ganspace_tf.explorer.jobs.arguments import given
from ganspace_tf.explorer.state import State
from ganspace_tf.explorer.working.painter import Painter
from ganspace_tf.recipe import recipe_text
from ganspace_tf.render.files import png_bytes


def save(painter: Painter, arguments: Dict[str, Any], pause: Callable[[Any], None]) -> Dict[str, Any]:
    """what: "picture", "recipe", "direction", "command"; state; name: of a direction, or of the file.

    With a notice, one line, where the network's file is not the one any more that was read.
    """
    what = given(arguments, "what", str)
    if what not in KINDS:
        raise UnknownName.among("thing to save", what, KINDS)
    made = KINDS[what](painter, given(arguments, "state", State), given(arguments, "name", str, "").strip())
    notice = painter.session.source.replaced()
    return made if notice is None else dict(made, notice=notice)


def _picture(painter: Painter, state: State, name: str) -> Dict[str, Any]:
    session = painter.session
    pixels = session.show(state)  # drawn as `replay` draws it, whatever was shown
    data = png_bytes(pixels, session.recipe(state, pixels))
    return {"name": _called(painter, state, name) + ".png", "type": "image/png", "data": data}


def _recipe(painter: Painter, state: State, name: str) -> Dict[str, Any]:
    session = painter.session
    text = recipe_text(session.recipe(state, session.show(state)))
    return {
        "name": _called(painter, state, name) + ".json",
        "type": "application/json",
        "data": text.encode("ascii"),
    }


def _direction(painter: Painter, state: State, name: str) -> Dict[str, Any]:
    direction = named(painter.session, state, name or "direction")
    if name:
        painter.session.check_name(name, direction_digest(direction))
    return {"name": file_name(direction.name), "type": "application/json", "data": direction.to_bytes()}


def _command(painter: Painter, state: State, name: str) -> Dict[str, Any]:
    return {"text": command(painter.session, state)}


def _called(painter: Painter, state: State, name: str) -> str:
    """The name of a file, without its ending: no folders, nothing that a system forbids."""
    kept = "".join(letter if letter.isalnum() or letter in "-_ " else "-" for letter in name).strip("- ")
    return kept[:80] or stem(state, os.path.basename(painter.session.name))


KINDS: Dict[str, Callable[[Painter, State, str], Dict[str, Any]]] = {
    "picture": _picture,
    "recipe": _recipe,
    "direction": _direction,
    "command": _command,
}
