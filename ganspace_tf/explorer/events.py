"""Small changes of a state: `reduce(state, event) -> state`, a pure function.

{"event": "set edit", "of": "v0", "sigma": 1.5}        the first edit of v0, or a new one; also first_layer,
                                                       last_layer, on
{"event": "add edit", "of": "v0", "sigma": 1, …}       one more, behind the others
{"event": "drop edit", "index": 0}                     {"event": "clear edits"}
{"event": "set seed", "seed": 7}                       {"event": "set latent", "latent": "…digest…"}
{"event": "set class", "class": 207}                   {"event": "set psi", "psi": 0.7}
{"event": "set cutoff", "cutoff": 8}                   {"event": "set noise", "noise": "numpy:3"}
{"event": "new noise"}                                 {"event": "set centred", "centred": true}
{"event": "set transform", "transform": [0.1, 0, 30]}  {"event": "set state", "state": {…}}
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Dict, List, NamedTuple, Tuple

from ganspace_tf.errors import UnknownName, UsageError
from ganspace_tf.explorer.state import State, StateEdit
from ganspace_tf.fields import fits
from ganspace_tf.generators.checks import MAX_SEED
from nvlabs.reading.shown import show

Event = Dict[str, Any]


def reduce(state: State, event: Event) -> State:
    """The state after an event; the one given stays as it is.

    Raises UnknownName for an event that is in no table, UsageError for fields that it does not have or that
    are missing, and for a state that cannot be.
    """
    if not isinstance(event, dict) or "event" not in event:
        raise UsageError(
            "an event is made of named fields with 'event' among them, not {}".format(show(event))
        )
    name = event["event"]
    if not isinstance(name, str) or name not in EVENTS:
        raise UnknownName.among("event", name, EVENTS)
    rule = EVENTS[name]
    fields = {key: value for key, value in event.items() if key != "event"}
    unknown = sorted(set(fields) - set(rule.needed + rule.allowed), key=str)
    missing = [key for key in rule.needed if key not in fields]
    if unknown or missing:
        text = "event {!r} {} {}".format(
            name, "has no" if unknown else "needs", show((unknown or missing)[0])
        )
        raise UsageError(text)
    return rule.change(state, fields)


class Rule(NamedTuple):
    """What an event changes, the fields that it needs, and those that it may have."""

    change: Callable[[State, Dict[str, Any]], State]
    needed: Tuple[str, ...] = ()
    allowed: Tuple[str, ...] = ()


def _set_edit(state: State, fields: Dict[str, Any]) -> State:
    edits: List[StateEdit] = list(state.edits)
    for index, edit in enumerate(edits):
        if edit.of == fields["of"]:
            edits[index] = edit._replace(**fields)
            return replace(state, edits=tuple(edits))
    return _add_edit(state, fields)


def _add_edit(state: State, fields: Dict[str, Any]) -> State:
    return replace(state, edits=state.edits + (StateEdit(**fields),))


def _drop_edit(state: State, fields: Dict[str, Any]) -> State:
    index = fields["index"]
    if not fits(index, int) or not 0 <= index < len(state.edits):
        raise UsageError("there is no edit {} among {}".format(show(index), len(state.edits)))
    return replace(state, edits=state.edits[:index] + state.edits[index + 1 :])


def _clear_edits(state: State, fields: Dict[str, Any]) -> State:
    return replace(state, edits=())


def _set_seed(state: State, fields: Dict[str, Any]) -> State:
    return replace(state, seed=fields["seed"], latent=None)


def _new_noise(state: State, fields: Dict[str, Any]) -> State:
    """The next seed of noise: a plain random one could not be had again."""
    kind, _, seed = state.noise.partition(":")
    number = (int(seed) + 1) % (MAX_SEED + 1) if kind == "numpy" else 0
    return replace(state, noise="numpy:{}".format(number))


def _set_transform(state: State, fields: Dict[str, Any]) -> State:
    transform = fields["transform"]
    return replace(state, transform=tuple(transform) if isinstance(transform, list) else transform)


def _set_state(state: State, fields: Dict[str, Any]) -> State:
    return State.from_json(fields["state"])


def _setter(field: str, name: str = "") -> Rule:
    """An event with one field that becomes a field of the state. name: of the event's, if it is another."""
    name = name or field
    return Rule(lambda state, fields: replace(state, **{field: fields[name]}), (name,))


_LAYERS = ("sigma", "first_layer", "last_layer", "on")
EVENTS: Dict[str, Rule] = {
    "set edit": Rule(_set_edit, ("of",), _LAYERS),
    "add edit": Rule(_add_edit, ("of",), _LAYERS),
    "drop edit": Rule(_drop_edit, ("index",)),
    "clear edits": Rule(_clear_edits),
    "set seed": Rule(_set_seed, ("seed",)),
    "set latent": _setter("latent"),
    "set class": _setter("label", "class"),
    "set psi": _setter("psi"),
    "set cutoff": _setter("cutoff"),
    "set noise": _setter("noise"),
    "new noise": Rule(_new_noise),
    "set centred": _setter("centred"),
    "set transform": Rule(_set_transform, ("transform",)),
    "set state": Rule(_set_state, ("state",)),
}
