"""The explorer: one pure state of what is asked, and what shows it.

state.py     what a picture is asked to be, as JSON; its digest         events.py    small changes of a state
messages.py  what the worker gives back                                 subject.py   states on one generator
worker.py    one thread that computes for many clients, the newest wish of each first
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, Optional

if TYPE_CHECKING:
    from ganspace_tf.explorer.session import Session


def explore(
    gen: Any, comp: Any = None, directions: Iterable[Any] = (), model: Optional[str] = None
) -> Session:
    """A session that shows, edits and saves pictures of a generator: see `Session`.

    comp: `Components`, what v0, v1, … mean. directions: `NamedDirection`s. model: what the network is called
    in recipes. Raises BasisMismatch for components or directions of another model.
    """
    from ganspace_tf.explorer.session import Session

    return Session(gen, comp, directions, model)
