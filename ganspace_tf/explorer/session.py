"""A subject with a state of its own: what Python users hold, and what page and widget are windows of.

session = gs.explore(gen, comp, directions=[wings])
session.state = reduce(session.state, {"event": "set edit", "of": "v0", "sigma": 2.0})
session.picture()                          # (H, W, C) uint8
session.save("wings.png")                  # with its recipe
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Iterable, Optional, Union

import numpy as np

from ganspace_tf.decomposition import Components
from ganspace_tf.directions.read import AnyDirection
from ganspace_tf.explorer.drawn.combined import named
from ganspace_tf.explorer.drawn.recipes import state_of
from ganspace_tf.explorer.drawn.words import command, notation
from ganspace_tf.explorer.state import State
from ganspace_tf.explorer.subject import Later, Subject
from ganspace_tf.render import files

if TYPE_CHECKING:
    from ganspace_tf.generators.base import Generator


class Session(Subject):
    """States on one generator; arguments as of `Subject`.

    state: the one that `picture` and `save` draw; change it with `events.reduce`.
    """

    def __init__(
        self,
        generator: Generator,
        components: Optional[Components] = None,
        directions: Iterable[AnyDirection] = (),
        model: Optional[str] = None,
        later: Optional[Later] = None,
        any_basis: bool = False,
    ) -> None:
        super().__init__(generator, components, directions, model, later, any_basis)
        self.state = self.initial

    def picture(self) -> np.ndarray:
        """The picture of `state`, (H, W, 3 or 4) uint8."""
        return self.show(self.state)

    def state_of(self, recipe: Dict[str, Any]) -> State:
        """The state that a recipe was made of; see `recipes.state_of`."""
        return state_of(self, recipe)

    def named(self, state: State, name: str) -> AnyDirection:
        """What is moved in a state as a named direction; see `combined.named`."""
        return named(self, state, name)

    def command(self, state: State) -> str:
        """The `ganspace` command that draws the same pixels."""
        return command(self, state)

    def notation(self, state: State) -> str:
        """What is edited, as papers write it."""
        return notation(self, state)

    def save(self, path: Union[str, Any], state: Optional[State] = None) -> str:
        """Draw a state (default: `state`) and write it as PNG with its recipe; returns the path."""
        state = self.state if state is None else state
        pixels = self.show(state)
        return str(files.save_png(path, pixels, self.recipe(state, pixels)))
