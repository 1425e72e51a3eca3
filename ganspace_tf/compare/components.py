"""Two bases: which component is which, how parallel they are, whether they span the same, how their sigmas
compare.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Dict, List, NamedTuple

import numpy as np

from ganspace_tf.errors import GanspaceError

if TYPE_CHECKING:
    from ganspace_tf.decomposition import Components

MOST = 1024  # components of a basis: angles between spans take the cube of that
MOST_NUMBERS = 1 << 21  # of all of its directions: they are taken in float64, several times


class Pair(NamedTuple):
    """Component `a` of one basis and its partner `b` of the other.

    cosine: of the angle between them, negative where their signs differ. stdev_ratio: sigma of b over sigma
    of a.
    """

    a: int
    b: int
    cosine: float
    stdev_ratio: float


@dataclass(frozen=True)
class ComponentsDelta:
    """pairs: in the order of a's components. angles: the principal angles between what both span, in
    degrees, smallest first.

    mean_distance: between the two means, in units of the largest sigma.
    """

    pairs: List[Pair]
    angles: List[float]
    mean_distance: float

    @property
    def least_cosine(self) -> float:
        """The smallest |cos| of all pairs."""
        return min(abs(pair.cosine) for pair in self.pairs)

    @property
    def distance(self) -> float:
        """The largest of 1 - |cos|, |stdev ratio - 1| and the distance of the means: 0 for equal
        components.
        """
        ratios = [abs(pair.stdev_ratio - 1) for pair in self.pairs]
        return max([1 - self.least_cosine, self.mean_distance] + ratios)

    def within(self, tolerance: float) -> bool:
        """Whether both have the same components in the same order, up to signs, with `distance` within the
        tolerance.
        """
        return self.distance <= tolerance and all(pair.a == pair.b for pair in self.pairs)

    def to_json(self) -> Dict[str, Any]:
        """All of it as JSON values."""
        return OrderedDict(
            pairs=[OrderedDict(pair._asdict()) for pair in self.pairs],
            principal_angles_degrees=self.angles,
            mean_distance=self.mean_distance,
            least_cosine=self.least_cosine,
            distance=self.distance,
            in_order=all(pair.a == pair.b for pair in self.pairs),
        )


def compare_components(a: Components, b: Components) -> ComponentsDelta:
    """The components of one basis against those of another.

    Partners are chosen by |cos|, the most parallel ones first; of bases of two sizes the rest stays alone.
    Raises GanspaceError for bases of spaces of two widths, and of more than MOST components or MOST_NUMBERS.
    """
    for directions in (a.directions, b.directions):
        if len(directions) > MOST or directions.size > MOST_NUMBERS:
            raise GanspaceError(
                "{} components of {} numbers are more than are compared: at most {}, and {:,} numbers".format(
                    *directions.shape, MOST, MOST_NUMBERS
                )
            )
    first, second = (_unit(np.asarray(c.directions, np.float64)) for c in (a, b))
    if first.shape[1] != second.shape[1]:
        raise GanspaceError(
            "the components are {} and {} numbers wide: they belong to two models".format(
                first.shape[1], second.shape[1]
            )
        )
    cosines = first @ second.T
    stdevs = np.asarray(a.stdev, np.float64), np.asarray(b.stdev, np.float64)
    pairs = []
    for i, j in partners(np.abs(cosines)):
        sign = -1.0 if cosines[i, j] < 0 else 1.0
        # 1 - |cos| as half the squared distance: exact for nearly parallel vectors, 0 for equal ones
        cosine = sign * (1 - 0.5 * float(np.sum((first[i] - sign * second[j]) ** 2)))
        ratio = 1.0 if stdevs[0][i] == stdevs[1][j] else float(stdevs[1][j] / max(stdevs[0][i], 1e-300))
        pairs.append(Pair(i, j, cosine, ratio))
    scale = max(float(stdevs[0].max()), float(stdevs[1].max())) or 1.0
    apart = np.asarray(a.mean, np.float64) - np.asarray(b.mean, np.float64)
    return ComponentsDelta(
        sorted(pairs), principal_angles(first, second), float(np.linalg.norm(apart)) / scale
    )


def principal_angles(a: np.ndarray, b: np.ndarray) -> List[float]:
    """Angles in degrees between the spans of the rows of a (K, D) and of b (M, D), min(K, M) of them,
    smallest first.

    By sines where angles are small and by cosines where they are large, since each is exact only there
    (Björck and Golub 1973).
    """
    if len(a) < len(b):
        a, b = b, a
    one, other = (np.linalg.qr(rows.T)[0] for rows in (a, b))  # (D, K), (D, M), K at least M
    along = one.T @ other
    cosines = np.clip(np.linalg.svd(along, compute_uv=False), 0, 1)
    sines = np.clip(np.linalg.svd(other - one @ along, compute_uv=False)[::-1], 0, 1)
    angles = np.where(cosines > np.sqrt(0.5), np.arcsin(sines), np.arccos(cosines))
    return [float(angle) for angle in np.degrees(angles)]


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-300)


def partners(likeness: np.ndarray) -> List[tuple]:
    """Pairs (row, column), the largest entries first, each row and column once."""
    rows, columns, pairs = set(range(len(likeness))), set(range(likeness.shape[1])), []
    for place in np.argsort(-likeness, axis=None, kind="stable"):
        i, j = divmod(int(place), likeness.shape[1])
        if i in rows and j in columns:
            rows.remove(i)
            columns.remove(j)
            pairs.append((i, j))
            if not rows or not columns:
                break
    return pairs
