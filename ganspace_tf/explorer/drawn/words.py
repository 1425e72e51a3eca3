"""A state in words: its notation, the command that draws it, the name of its file."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, List

from ganspace_tf.directions.collection import file_name, kept_directions
from ganspace_tf.explorer.drawn.drawing import direction_digest, is_channel, look_of
from ganspace_tf.explorer.state import State, StateEdit
from ganspace_tf.notation import format_edit, format_layers, format_sigma

if TYPE_CHECKING:
    from ganspace_tf.explorer.subject import Subject

COMPONENTS = "components.npz"  # what the file of the components is called where it is not known


def stem(state: State, model: str) -> str:
    """The name of a file of this picture, without an ending."""
    name = "".join(letter if letter.isalnum() else "-" for letter in model.rsplit(".", 1)[0]).strip("-")
    start = "seed{}".format(state.seed) if state.latent is None else "latent"
    return "-".join(filter(None, [name, start]))


def notation(session: Subject, state: State) -> str:
    """What is edited, as papers write it, with the names of directions: "E(v0, 0-4) = -2; wings = +1.2";
    style channels without a name of their own as S(6, 501) = +2.
    """
    words = []
    for edit in state.active:
        last = None if edit.last_layer == session.generator.n_layers - 1 else edit.last_layer
        if edit.component is not None:
            words.append(format_edit(edit.component, edit.first_layer, last, edit.sigma))
            continue
        named = session.direction(edit.of)
        own = ", " + format_layers(edit.first_layer, last) if _moved(edit, session) else ""
        words.append("{}{} = {}".format(named.name, own, format_sigma(edit.sigma)))
    return "; ".join(words)


def command(session: Subject, state: State) -> str:
    """The `ganspace` command that draws the same pixels. What no command line can say (a direction on other
    layers than its own, opened latents) is said by the recipe: then it is `ganspace replay`.
    """
    session.drawing(state)
    active = state.active
    named = [edit for edit in active if edit.component is None]
    if state.latent is not None or any(_moved(edit, session) for edit in named):
        name = stem(state, session.name)
        return _line(["ganspace", "replay", name + ".json", "--out", name + ".png"])
    words = ["ganspace", "edit" if active else "sample", session.name]
    components = [edit for edit in active if edit.component is not None]
    if components:
        words += ["--components", getattr(session.components, "path", None) or COMPONENTS]
    for edit in components:
        last = None if edit.last_layer == session.generator.n_layers - 1 else edit.last_layer
        words += ["--edit", format_edit(edit.component or 0, edit.first_layer, last, edit.sigma)]
    channels = [edit for edit in named if _is_channel(edit, state, session)]
    for edit in channels:
        words += ["--edit", "{} = {}".format(session.direction(edit.of).name, format_sigma(edit.sigma))]
    for edit in [one for one in named if one not in channels]:
        words += ["--direction", "{} = {}".format(_file(edit, session), format_sigma(edit.sigma))]
    words += ["--centred"] if active and state.centred else []
    words += ["--any-basis"] if active and session.any_basis else []
    return _line(words + _look(state, session) + ["--raw", "--out", stem(state, session.name) + ".png"])


def _look(state: State, session: Subject) -> List[str]:
    words = ["--seeds", str(state.seed)]
    if state.psi is not None:
        words += ["--psi", "{!r}".format(state.psi)]
        words += [] if state.cutoff is None else ["--cutoff", str(state.cutoff)]
    words += [] if state.noise == "stored" else ["--noise", state.noise]
    classes: Any = look_of(state, session.generator).classes
    words += [] if classes is None else ["--class", str(classes[0])]
    if state.transform is not None:
        x, y, degrees = state.transform
        words += ["--translate={!r},{!r}".format(x, y), "--rotate={!r}".format(degrees)]
    return words


def _moved(edit: StateEdit, session: Subject) -> bool:
    """Whether a direction is used on other layers than its own."""
    last = session.generator.n_layers - 1
    own = session.layers_of(edit.of)
    ends = [(first, None if end == last else end) for first, end in (edit[1:3], own)]
    return ends[0] != ends[1]


def _is_channel(edit: StateEdit, state: State, session: Subject) -> bool:
    """Whether --edit S(layer, channel) moves the same: a channel that was not named, in the sigmas of the
    class that is drawn.
    """
    one = session.direction(edit.of)
    classes = look_of(state, session.generator).classes
    return is_channel(one) and one.made.get("class") == (classes[0] if classes else None)


def _file(edit: StateEdit, session: Subject) -> str:
    """How the command line finds a direction: by its name, or the one it was found under if it was renamed
    since, or by the file that `save` calls so.
    """
    own = session.direction(edit.of).name
    kept = [one.direction for one in kept_directions(session.generator)]
    names = [one.name for one in kept if direction_digest(one) == edit.of]
    return own if own in names else next(iter(names), file_name(own))


def _line(words: List[str]) -> str:
    return " ".join(shlex.quote(word) for word in words)
