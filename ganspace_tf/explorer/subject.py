"""What is explored: a generator, its components and named directions, and any state as a picture of them.

subject = Subject(gen, comp, [wings])
subject.show(subject.initial)              # (H, W, C) uint8: the pixels that `ganspace replay` makes
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, List, Optional, Tuple

import numpy as np

from ganspace_tf.decomposition import Components
from ganspace_tf.decomposition.known import note_on
from ganspace_tf.directions import NamedDirection, StyleDirection
from ganspace_tf.directions.read import AnyDirection
from ganspace_tf.edits import parse_any_edits
from ganspace_tf.errors import UsageError
from ganspace_tf.explorer.drawn.drawing import Drawing, Known, direction_digest, drawing, latent_digest
from ganspace_tf.explorer.facts import layer_maps, model_facts
from ganspace_tf.explorer.source import Source
from ganspace_tf.explorer.staged.passes import Wanted, unedited, wanted_of
from ganspace_tf.explorer.state import State
from ganspace_tf.recipe import make_recipe
from ganspace_tf.styles.channels import StyleChannels, style_channels
from ganspace_tf.styles.edits import StyleEdit, check_style_edits
from nvlabs.reading.shown import show

if TYPE_CHECKING:
    from ganspace_tf.generators.base import Generator

Later = Callable[[Callable[[int, int], None]], Components]  # is told (done, total) on its way
PSI = 0.7  # where nothing is said, as most published pictures
USUAL = 2.0  # sigma either way, where no usable range is known
MOST_LATENTS = 64  # that are kept; the oldest goes


class Subject:
    """What is explored: one generator with its components and directions, and any state as a picture.

    components: what v0, v1, … mean, or None. directions: named ones. model: what the user calls the network,
    for recipes and commands (default: the generator's name). later: finds components where there are none
    yet; whoever works for the subject calls it and gives them to `found`. any_basis: take what was found in
    another model too, if it is of the same width. Raises BasisMismatch for other components or directions.

    model: facts for the page, JSON values. initial: the state to start with. source: the network's file.
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
        self.generator, self.any_basis = generator, any_basis
        self.components: Optional[Components] = None
        self.later = later
        self.name = model or generator.name
        self.source = Source(self.name)
        if components is not None:
            self.found(components)
        self._lock = threading.Lock()
        self._directions: "OrderedDict[str, AnyDirection]" = OrderedDict()
        self._latents: "OrderedDict[str, np.ndarray]" = OrderedDict()
        self._channels: Dict[str, StyleChannels] = {}  # class → what is known of the style channels
        self._ranges: Dict[str, Tuple[float, float]] = {}
        self.model: Dict[str, Any] = model_facts(generator, self.name)
        for direction in directions:
            self.add_direction(direction)

    def found(self, components: Components) -> None:
        """From now on v0, v1, … mean these; nothing is sought any more. Raises BasisMismatch."""
        components.check_model(self.generator, self.any_basis)
        self.components, self.later = components, None

    @property
    def initial(self) -> State:
        """The state to start with: seed 0, nothing edited, psi 0.7 where the network truncates."""
        gen = self.generator
        label = gen.default_class if gen.default_class is not None else (0 if gen.n_classes else None)
        basis = None if self.components is None else self.components.digest
        return State(gen.fingerprint, basis, label=label, psi=PSI if gen.truncates else None)

    # ------------------------------------------------------------------ what can be moved

    @property
    def sliders(self) -> List[Dict[str, Any]]:
        """What can be moved, named directions first, JSON values: of, name, note, first_layer, last_layer
        (inclusive), low, high (sigma), measured (whether these ends are), sigma (where it starts), known (how
        well the sample knows a component: "±6.3°", "≈ v14"; "" where nothing is stated), channels (the style
        channels that it moves, in words; "" where it moves latents, on layers).
        """
        with self._lock:
            named, ranges = list(self._directions.items()), dict(self._ranges)
        rows = [self._named_slider(of, one) for of, one in named] + self.component_sliders()
        for row in rows:
            if row["of"] in ranges:
                row["low"], row["high"] = ranges[row["of"]]
                row["measured"] = True
        return rows

    def add_direction(self, direction: AnyDirection) -> Dict[str, Any]:
        """Let states name a direction by its digest; returns its slider. Raises BasisMismatch."""
        direction.check_model(self.generator, self.any_basis)
        of = direction_digest(direction)
        with self._lock:
            self._directions[of] = direction
        return self._named_slider(of, direction)

    def told(self, direction: AnyDirection) -> Dict[str, Any]:
        """What a page keeps of a direction, which is added: its slider, and what its file would hold."""
        slider = self.add_direction(direction)
        return {"slider": slider, "direction": json.loads(direction.to_bytes())}

    def rename(self, of: str, name: str) -> AnyDirection:
        """Call an added direction by another name. Raises UsageError for a component, for no name, and for
        one that something else here has.
        """
        one, name = self.direction(of), name.strip()
        if of.startswith("v"):
            raise UsageError("{} is a component: move it, and name what it does".format(of))
        self.check_name(name, of)
        renamed = replace(one, name=name)
        with self._lock:
            self._directions[of] = renamed
        return renamed

    def check_name(self, name: str, of: str) -> None:
        """Refuse a name that another slider has than the direction of this digest. Raises UsageError."""
        if any(row["name"].lower() == name.lower() and row["of"] != of for row in self.sliders):
            raise UsageError("{} is the name of another slider".format(show(name)))

    def channel(self, text: str, label: Any = None, progress: Any = None) -> AnyDirection:
        """The direction of one style channel, S(layer, channel), measured over a class; one that is here
        already as it is. progress: as of `style_channels`. Raises UsageError.
        """
        every = parse_any_edits(text)
        edits = [edit for edit in every if isinstance(edit, StyleEdit)]
        if len(every) != 1 or not edits:
            raise UsageError("{} is not one style channel, such as S(6, 501)".format(show(text)))
        check_style_edits(edits, self.generator)
        key = repr(label)
        if key not in self._channels:
            self._channels[key] = style_channels(self.generator, labels=label, progress=progress)
        measured = self._channels[key].measured([replace(edits[0], sigma=1.0)])
        made = {} if label is None else {"class": label}
        found = StyleDirection.of_edits(edits[0].place, self.generator.fingerprint, measured, made=made)
        of = direction_digest(found)
        return self.direction(of) if self.knows(of) else found

    def add_latent(self, rows: Any) -> str:
        """Let states start from a latent w, (D,) or (L, D); returns its digest. Raises UsageError."""
        rows = np.asarray(rows, np.float32)
        rows = np.array(self.generator.per_layer(rows[None]), np.float32)
        digest = latent_digest(rows)
        with self._lock:
            self._latents[digest] = rows
            while len(self._latents) > MOST_LATENTS:
                self._latents.popitem(last=False)
        return digest

    def knows(self, of: str) -> bool:
        """Whether an edit can be of this: a component, or a direction that was added."""
        if of.startswith("v") and of[1:].isdecimal():
            return self.components is not None and int(of[1:]) < len(self.components)
        with self._lock:
            return of in self._directions

    def layer_maps(self) -> List[Optional[str]]:
        """For every style layer the endpoint that it makes; None where there is none of its own."""
        return layer_maps(self.generator)

    def layers_of(self, of: str) -> Tuple[int, Optional[int]]:
        """The layers that a component or a direction moves by itself, inclusive."""
        one = self.direction(of)
        return one.layers if isinstance(one, NamedDirection) else (0, None)

    def set_range(self, of: str, low: float, high: float) -> None:
        """What was measured to be usable of a component or a direction; its slider has these ends."""
        with self._lock:
            self._ranges[of] = (float(low), float(high))

    def direction(self, of: str) -> AnyDirection:
        """A component or an added direction as a named one. Raises UsageError."""
        if not self.knows(of):
            raise UsageError("{} is neither a component nor a direction of this session".format(of))
        if of.startswith("v"):
            return NamedDirection.of(of, self.components, int(of[1:]))
        with self._lock:
            return self._directions[of]

    def _named_slider(self, of: str, one: AnyDirection) -> Dict[str, Any]:
        first, last = one.layers if isinstance(one, NamedDirection) else (0, None)
        last = self.generator.n_layers - 1 if last is None else last
        low, high = one.sigma_range
        measured = isinstance(one.made.get("measured"), dict) or "purity" in one.made
        return OrderedDict(
            of=of, name=one.name, note=one.described(), first_layer=first, last_layer=last,
            low=float(low), high=float(high), measured=measured, sigma=0.0, known="",
            channels=one.place() if isinstance(one, StyleDirection) else "",
        )  # fmt: skip

    def component_sliders(self) -> List[Dict[str, Any]]:
        """Those of components alone, as nobody has measured them."""
        comp = self.components
        if comp is None:
            return []
        shares, last = np.asarray(comp.variance_ratio, float), self.generator.n_layers - 1
        return [
            OrderedDict(
                of="v{}".format(k), name="v{}".format(k),
                note="{:.2g} %".format(100 * shares[k]) if shares[k] > 0 else "",
                first_layer=0, last_layer=last, low=-USUAL, high=USUAL, measured=False, sigma=0.0,
                known=note_on(comp, k), channels="",
            )
            for k in range(len(comp))
        ]  # fmt: skip

    # ------------------------------------------------------------------ pictures

    def drawing(self, state: State) -> Drawing:
        """A state as the picture that a recipe describes. Raises GanspaceErrors for what cannot be drawn."""
        return drawing(state, self.known())

    def known(self) -> Known:
        """What states may name, as it is now."""
        with self._lock:
            own = dict(self._directions), dict(self._latents)
            return Known(self.generator, self.components, *own, self.any_basis)

    def wanted(self, state: State) -> Wanted:
        """What the network has to be given for a state."""
        return wanted_of(self.drawing(state), self.generator)

    def start(self, state: State) -> np.ndarray:
        """The latent that a state starts from, before edits and truncation: (L, D) of w."""
        return unedited(self.drawing(replace(state, edits=())), self.generator)[0]

    def check(self, state: State) -> State:
        """The state as this session means it: with the digest of its basis. Raises what `drawing` raises."""
        self.drawing(state)
        if self.components is not None and state.basis is None:
            return replace(state, basis=self.components.digest)
        return state

    def show(self, state: State) -> np.ndarray:
        """The picture, (H, W, 3 or 4) uint8: the pixels that `save` writes and `ganspace replay` makes."""
        drawn = self.drawing(state)
        return drawn.picture.draw(self.generator, drawn.basis)

    def recipe(self, state: State, pixels: Optional[np.ndarray] = None) -> Dict[str, Any]:
        """What `ganspace replay` makes the picture again from. pixels: the picture, if it is there."""
        drawn = self.drawing(state)
        basis, used = drawn.basis, drawn.picture.used()
        settings = drawn.picture.to_json()
        return make_recipe(drawn.verb, self.generator, self.name, settings, basis, used, pixels)
