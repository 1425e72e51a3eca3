"""A film: a slider there and back, or a path through keyframes; drawn as on the command line."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from typing import Any, Callable, Dict, List, Tuple

from ganspace_tf.edits import parted
from ganspace_tf.errors import UsageError
from ganspace_tf.explorer.drawn.drawing import look_of, moves, start_of
from ganspace_tf.explorer.drawn.words import stem
from ganspace_tf.explorer.jobs.arguments import given, states
from ganspace_tf.explorer.state import State, StateEdit
from ganspace_tf.explorer.working.painter import Painter
from ganspace_tf.recipe import make_recipe, recipe_text
from ganspace_tf.render import files
from ganspace_tf.render.path import Keyframe, Path
from ganspace_tf.render.picture import Picture
from ganspace_tf.render.sheets import Strips

MOST_FRAMES, MOST_KEYFRAMES = 600, 100
TYPES = {".gif": "image/gif", ".mp4": "video/mp4"}


def film(painter: Painter, arguments: Dict[str, Any], pause: Callable[[Any], None]) -> Dict[str, Any]:
    """state; of, low, high: the slider that moves; or keyframes: states; frames, fps, ease, loop, ending."""
    session = painter.session
    ending = given(arguments, "ending", str, ".gif")
    if ending not in TYPES:
        raise UsageError("a film ends in {}, not {}".format(" or ".join(TYPES), ending))
    keyframes = states(arguments, "keyframes", MOST_KEYFRAMES)
    count = given(arguments, "frames", int, 30)
    if not 2 <= count <= MOST_FRAMES:
        raise UsageError("{} frames; a film here has 2 to {}".format(count, MOST_FRAMES))
    if keyframes:
        ways = {name: bool(arguments.get(name)) for name in ("loop", "ease")}
        verb, picture, basis = path_of(painter, keyframes, frames=count, fps=_fps(arguments), **ways)
    else:
        verb, picture, basis = _slider(painter, arguments, count)
    picture.check(session.generator, basis, moving=True)
    done = [0]

    def progress(new: int) -> None:
        done[0] += new
        pause((done[0], picture.count(), "film"))

    frames = picture.film(session.generator, basis, progress)
    used = picture.used()
    recipe = make_recipe(
        verb, session.generator, session.name, picture.to_json(), basis if used else None, used, frames
    )
    with tempfile.TemporaryDirectory() as folder:
        path = files.save_film(os.path.join(folder, "film" + ending), frames, None, picture.fps)
        with open(path, "rb") as file:
            data = file.read()
    state = keyframes[0] if keyframes else given(arguments, "state", State)
    name = stem(state, os.path.basename(session.name))
    notice = session.source.replaced()
    return {
        **({} if notice is None else {"notice": notice}),
        "name": name + ending,
        "type": TYPES[ending],
        "data": data,
        "recipe": {"name": name + ".json", "data": recipe_text(recipe).encode("ascii")},
    }


def _slider(painter: Painter, arguments: Dict[str, Any], count: int) -> Tuple[str, Picture, Any]:
    """One slider from low to high and back; the others as they are."""
    session, state, of = painter.session, given(arguments, "state", State), given(arguments, "of", str)
    low, high = given(arguments, "low", float, -2.0), given(arguments, "high", float, 2.0)
    if not low < high:
        raise UsageError("a film goes from low to high, not from {} to {}".format(low, high))
    own = [edit._replace(on=True, sigma=1.0) for edit in state.edits if edit.of == of]
    moving = own[0] if own else StateEdit(of, *session.layers_of(of), sigma=1.0)
    rest = tuple(edit for edit in state.edits if edit.of != of)
    known = session.known()
    (held, swept), basis = moves([replace(state, edits=rest), replace(state, edits=(moving,))], known)
    start = start_of(state, known)
    picture = Strips(
        swept=[*swept],
        held=[*held],
        sigmas=[low + (high - low) * k / (count - 1) for k in range(count)],
        centred=state.centred,
        any_basis=known.any_basis,
        fps=_fps(arguments),
        **dict(start, look=replace(start["look"], batch=1)),
    )
    return "edit", picture, basis


def path_of(painter: Painter, keyframes: List[State], **settings: Any) -> Tuple[str, Picture, Any]:
    """From keyframe to keyframe: seeds, edits, psi and class are interpolated; all else is of the first.

    settings: of the `Path`. Returns (verb of its recipe, picture, basis). Raises GanspaceErrors for keyframes
    that no path goes through.
    """
    session, first = painter.session, keyframes[0]
    gen, known = session.generator, session.known()
    for state in keyframes:
        session.drawing(state)
        if state.latent is not None:
            raise UsageError("a path goes from seed to seed; opened latents are none")
        alike = replace(state, seed=first.seed, edits=(), psi=first.psi, label=first.label, centred=False)
        if alike != replace(first, edits=(), centred=False):
            raise UsageError("a film or sheet has one cutoff, noise and transform; these pictures differ")
        if state.centred and state.active:
            raise UsageError("a path moves by its edits, not to them: switch centred off")
    edits, basis = moves(keyframes, known)
    rows = []
    latents, channels = zip(*map(parted, edits))
    held = [*channels[0]] if all(own == channels[0] for own in channels) else []
    for state, own in zip(keyframes, latents if held else edits):
        classes: Any = look_of(state, gen).classes
        label = None if classes is None else classes[0]
        rows.append(list(Keyframe(state.seed, [edit.to_json() for edit in own], state.psi, label)))
    picture = Path(
        look=replace(look_of(first, gen), classes=None, called=None, batch=1),
        keyframes=rows,
        held=held,
        any_basis=known.any_basis,
        **settings,
    )
    return "walk", picture, basis


def _fps(arguments: Dict[str, Any]) -> float:
    return float(given(arguments, "fps", float, 20.0))
