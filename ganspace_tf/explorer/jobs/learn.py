"""What is learned about a network while somebody looks at it: how far a direction is usable, and which
direction lies between marked pictures.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

import numpy as np

from ganspace_tf.directions import NamedDirection
from ganspace_tf.directions.named import as_list
from ganspace_tf.directions.teach import teach as direction_between
from ganspace_tf.errors import UsageError
from ganspace_tf.explorer.drawn.drawing import look_of
from ganspace_tf.explorer.jobs.arguments import given, states
from ganspace_tf.explorer.state import State
from ganspace_tf.explorer.working.painter import Painter
from ganspace_tf.measure.asking import SAMPLES, UNIT, asking
from ganspace_tf.measure.baselines import measured_basis
from ganspace_tf.measure.matrix import as_seen, check_of_w
from ganspace_tf.measure.rank import FARTHEST, usable_range

MOST_MARKS, MOST_CANDIDATES = 400, 2000
SPREAD_ROWS = 2000  # latents that one sigma along a taught direction is measured on


class Paced:
    """A generator that gives its turn away before every picture. All else is the generator's."""

    def __init__(self, gen: Any, pause: Callable[[Any], None], total: int) -> None:
        self._gen, self._pause, self._total = gen, pause, total
        self._done = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gen, name)

    def images(
        self, w: np.ndarray, feed: Optional[Mapping[str, np.ndarray]] = None, **options: Any
    ) -> np.ndarray:
        """As of the generator, one picture after another."""
        rows = []
        for k in range(len(w)):
            self._pause((min(self._done, self._total), self._total, "measuring"))
            self._done += 1
            fed = None if feed is None else {name: value[k : k + 1] for name, value in feed.items()}
            rows.append(self._gen.images(w[k : k + 1], feed=fed, **options))
        return np.concatenate(rows)


def measure(painter: Painter, arguments: Dict[str, Any], pause: Callable[[Any], None]) -> Dict[str, Any]:
    """of: a component or direction; state: with its layers, psi and class. How far it can be moved before
    pictures look unlike the network's own; 0 on a side where one sigma is too much.
    """
    session, of, state = painter.session, given(arguments, "of", str), given(arguments, "state", State)
    samples = given(arguments, "samples", int, SAMPLES)
    unit = given(arguments, "unit", int, UNIT)
    direction = session.direction(of)
    own = [edit for edit in state.edits if edit.of == of]
    first, last = (own[0].first_layer, own[0].last_layer) if own else session.layers_of(of)
    check_of_w(session.generator, direction)
    if isinstance(direction, NamedDirection):
        if direction.per_layer:
            raise UsageError("{} has a row for every layer; its range is not measured".format(direction.name))
        direction = replace(direction, layers=(first, last))
        direction.edit().layers(session.generator.n_layers)
    gen: Any = Paced(session.generator, pause, unit + 17 * samples)
    ask = asking(gen, look=look_of(state, session.generator), samples=samples, unit=unit)
    seen = as_seen(ask.meter, ask.w, direction)
    low, high = usable_range(seen.meter, seen.w, seen.basis, seen.edits[0], ask.ordinary)
    low, high = max(low, -FARTHEST), min(high, FARTHEST)
    if low < high:
        session.set_range(of, low, high)
    return {"of": of, "low": float(low), "high": float(high)}


def teach(painter: Painter, arguments: Dict[str, Any], pause: Callable[[Any], None]) -> Dict[str, Any]:
    """plus, minus: marked states; candidates: states to be offered next; name. A direction between the two
    sides, sought among the components where there are any.
    """
    session, gen = painter.session, painter.session.generator
    comp = session.components
    if comp is not None and comp.latent != "w" and gen.has_mapping:
        comp = None
    sides = [states(arguments, side, MOST_MARKS) for side in ("plus", "minus")]
    if not sides[0] or not sides[1]:
        raise UsageError("marks are needed on both sides: plus and minus")
    plus, minus = ([session.start(state).mean(axis=0) for state in side] for side in sides)
    vector = direction_between(np.stack(plus), np.stack(minus), comp)
    basis = measured_basis(vector[None], gen.map_rows(gen.z(n=SPREAD_ROWS, seed=0), _label(sides, gen)))
    named = NamedDirection(
        name=given(arguments, "name", str, "taught"),
        fingerprint=gen.fingerprint,
        vector=as_list(basis.directions[0]),
        stdev=float(basis.stdev[0]),
        mean=as_list(basis.mean),
        latent="w" if comp is None else comp.latent,
        made={side: [state.seed for state in marked] for side, marked in zip(("plus", "minus"), sides)},
    )
    agreement, doubtful = _left_out(plus, minus, comp)
    nearest = named.nearest(comp) if comp is not None else None
    candidates = states(arguments, "candidates", MOST_CANDIDATES)
    places = np.array([session.start(state).mean(axis=0) @ vector for state in candidates])
    order = np.argsort(np.abs(places - _threshold(plus, minus, vector)), kind="stable")
    return {
        "slider": session.add_direction(named),
        "direction": json.loads(named.to_bytes()),
        "agreement": agreement,
        "nearest": None if nearest is None else ["v{}".format(nearest[0]), round(nearest[1], 4)],
        "doubtful": doubtful,
        "order": [int(index) for index in order],
    }


def _label(sides: List[List[State]], gen: Any) -> Any:
    """The class of the first mark, as generators take it."""
    return look_of(sides[0][0], gen).labels(1)


def _threshold(plus: List[np.ndarray], minus: List[np.ndarray], vector: np.ndarray) -> float:
    """Where the plane is: in the middle between the two sides."""
    return float(np.mean([np.mean(np.stack(side) @ vector) for side in (plus, minus)]))


def _left_out(plus: List[np.ndarray], minus: List[np.ndarray], comp: Any) -> Tuple[Any, List[List[Any]]]:
    """The share of marks that a direction of the others puts on the side where they were marked, None with
    fewer than two a side; and those that it does not, which may be slips.
    """
    if len(plus) < 2 or len(minus) < 2:
        return None, []
    doubtful: List[List[Any]] = []
    for sign, own, other in (("+", plus, minus), ("-", minus, plus)):
        for index, row in enumerate(own):
            rest = own[:index] + own[index + 1 :]
            try:
                vector = direction_between(np.stack(rest), np.stack(other), comp)
            except UsageError:  # without it both sides are the same
                continue
            if row @ vector <= _threshold(rest, other, vector):
                doubtful.append([sign, index])
    return 1 - len(doubtful) / (len(plus) + len(minus)), doubtful
