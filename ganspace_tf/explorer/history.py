"""Undo and redo: a list of states and a place in it. Pure data.

history = record(history, state, "v0")     # changes of one control after another are one step
history = undo(history)
"""

from __future__ import annotations

from typing import NamedTuple, Tuple

from ganspace_tf.explorer.state import State

MOST = 200  # states before the present one; the oldest go


class History(NamedTuple):
    """past: oldest first; future: what was undone, next first; control: what changed the present state."""

    now: State
    past: Tuple[State, ...] = ()
    future: Tuple[State, ...] = ()
    control: str = ""


def record(history: History, state: State, control: str) -> History:
    """A new state, made with a control. Further changes with the same one belong to the same step; what was
    undone before is gone.
    """
    if state == history.now:
        return history
    past = history.past
    if not control or control != history.control:
        past = (*past, history.now)[-MOST:]
    return History(state, past, (), control)


def undo(history: History) -> History:
    """One step back; the same where there is none."""
    if not history.past:
        return history
    return History(history.past[-1], history.past[:-1], (history.now, *history.future))


def redo(history: History) -> History:
    """One step forward; the same where there is none."""
    if not history.future:
        return history
    return History(history.future[0], (*history.past, history.now), history.future[1:])
