"""Hues as points on the colour circle, where they can be turned: what an edit does to them is a step there.

A hue in degrees says of two networks that one edit does the opposite, where both go to blue from its two
sides. On the circle these are steps the same way.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Callable, Dict, List, Mapping, Sequence, Tuple

import numpy as np

from ganspace_tf.measure.effects import Response
from ganspace_tf.measure.meter import Meter

AXES = ("{} cos", "{} sin")


class Circular:
    """A scorer with each of some hues, in degrees, as two numbers: "hue cos" and "hue sin"."""

    def __init__(self, scorer: Callable[[np.ndarray], Mapping[str, Any]], hues: Sequence[str]) -> None:
        self.scorer, self.hues = scorer, tuple(hues)
        self.__name__ = getattr(scorer, "__name__", type(scorer).__name__)

    def __call__(self, pictures: np.ndarray) -> Dict[str, Any]:
        """Numbers by name of pictures (N, H, W, 3) uint8, in the order of the scorer."""
        found: Dict[str, Any] = OrderedDict()
        for name, values in self.scorer(pictures).items():
            if name not in self.hues:
                found[name] = values
                continue
            turn = np.radians(np.asarray(values, np.float64))
            found.update(zip((axis.format(name) for axis in AXES), (np.cos(turn), np.sin(turn))))
        return found


def steps(meter: Meter, response: Response, names: Sequence[str]) -> np.ndarray:
    """Mean changes (M, F) of the numbers of these names by M edits, of a meter with a `Circular` scorer. Both
    axes of a circle are in one unit, the root mean square of their sigmas, so that turning it is rigid.
    """
    places = [meter.names.index(name) for name in names]
    units = dict(zip(meter.names, meter.spread))
    for _, one, other in circles(names):
        both = [names[one], names[other]]
        units.update(dict.fromkeys(both, np.sqrt(np.mean([units[name] ** 2 for name in both]))))
    return response.mean[:, places] * (meter.spread[places] / [units[name] for name in names])


def turned(changes: np.ndarray, names: Sequence[str], angles: Mapping[str, float]) -> np.ndarray:
    """Changes (M, F) with the circle of each hue of `angles` turned by so many degrees."""
    found = np.array(changes, np.float64)
    for hue, one, other in circles(names):
        angle = np.radians(angles.get(hue, 0.0))
        cos, sin = np.cos(angle), np.sin(angle)
        found[:, [one, other]] = found[:, [one, other]] @ np.array([[cos, sin], [-sin, cos]])
    return found


def circles(names: Sequence[str]) -> List[Tuple[str, int, int]]:
    """Every hue that has both, and the columns of its cosine and sine."""
    places = {name: column for column, name in enumerate(names)}
    cos, sin = (axis.format("") for axis in AXES)
    hues = [name[: -len(cos)] for name in names if name.endswith(cos)]
    return [(hue, places[hue + cos], places[hue + sin]) for hue in hues if hue + sin in places]
