"""What a job was asked with: checked when it is read."""

from __future__ import annotations

from typing import Any, Dict, List

from ganspace_tf.errors import UsageError
from ganspace_tf.explorer.state import State
from ganspace_tf.fields import fits
from nvlabs.reading.shown import show


def given(arguments: Dict[str, Any], name: str, kind: Any, default: Any = None) -> Any:
    """An argument of a kind (see `fields.fits`); the default where it is missing or None."""
    value = arguments.get(name)
    if value is None:
        if default is None:
            raise UsageError("this needs {}".format(name))
        return default
    if not fits(value, kind):
        raise UsageError("{} is {}".format(name, show(value)))
    return value


def states(arguments: Dict[str, Any], name: str, most: int) -> List[State]:
    """A list of states, at most so many."""
    value = arguments.get(name) or []
    if not isinstance(value, (list, tuple)) or not all(isinstance(one, State) for one in value):
        raise UsageError("{} are no states".format(name))
    if len(value) > most:
        raise UsageError("{} {}; at most {} are taken".format(len(value), name, most))
    return list(value)
