"""The explorer: one pure state of what is asked, and what shows it.

state.py     what a picture is asked to be, as JSON; its digest    events.py    small changes of a state
history.py   undo and redo                                         messages.py  what the worker gives back
subject.py   a generator, and any state as a picture of it         facts.py     which controls it needs
source.py    whether its file is still the one that was read
session.py   a subject with a state of its own                     widget.py    it in a notebook
worker.py    one thread for many clients, the newest wish first   explorer.py a session with its windows

drawn/       states as pictures, recipes, commands, directions     staged/      runs in stages, previews
working/     turns, wishes and what is shown of them               jobs/        what takes longer
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, Optional

if TYPE_CHECKING:
    from ganspace_tf.explorer.explorer import Explorer


def explore(
    gen: Any,
    comp: Any = None,
    directions: Iterable[Any] = (),
    model: Optional[str] = None,
    any_basis: bool = False,
) -> Explorer:
    """A session that shows, edits and saves pictures of a generator: see `Session`.

    comp: `Components`, what v0, v1, … mean. directions: `NamedDirection`s. model: what the network is called
    in recipes. Raises BasisMismatch for components or directions of another model, unless any_basis is true
    and they are of the same width.
    """
    from ganspace_tf.explorer.explorer import Explorer

    return Explorer(gen, comp, directions, model, any_basis=any_basis)
