"""How well a sample knows its principal components: angles to those of all w there are, with a confidence.

λ_j and v_j are eigenvalues and eigenvectors of the true covariance, N the rows of the sample, and y_j = (x -
mean)·v_j / sqrt(λ_j) their coordinates in sigmas. To first order (Anderson 1963 for normal rows; Davis 1977
for any with fourth moments) the component found is

    v̂_k = v_k + Σ_{j≠k} T_jk v_j      T_jk = sqrt(λ_j λ_k) / (λ_k - λ_j) · (mean of y_j y_k over the N rows)

and the largest principal angle between the first K found and the first K true ones has the tangent |T|, the
spectral norm of T over j >= K, k < K (Stewart, Sun 1990, chapter V). For normal rows the means are normal
with variance 1/N. Rows of w are not normal, so their distribution is taken from rows of the sample: with
independent normal ξ_i, Σ ξ_i y_ij y_ik / sqrt(m N) over m rows has the covariance that the mean of y_j y_k
has over N (multiplier bootstrap: Wu 1986; Chernozhukov, Chetverikov, Kato 2013). REPLICATES draws of ξ give
quantiles of the norm and of every column of T. Where rows are drawn in groups (`ganspace_tf.orthogonal`),
groups take the place of rows: each has one ξ.

What is stated, therefore: in CONFIDENCE of all samples of N rows the angle is at most this. It is not a bound
on the randomness of one sample, and it is first order: an angle of more than UNKNOWN degrees says that there
is no telling. Directions of nearly the same sigma turn into one another long before their common subspace
turns: such groups are named where a turn of GROUP degrees between neighbours cannot be excluded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Dict, List, NamedTuple, Optional, Tuple

import numpy as np
from scipy import linalg

from ganspace_tf.errors import UsageError
from ganspace_tf.fields import check_fields, from_dict

if TYPE_CHECKING:
    from ganspace_tf.decomposition.scatter import Scatter
    from ganspace_tf.decomposition.spectrum import Spectrum

CONFIDENCE = 0.95
# Drawn a little beyond it: gaps between eigenvalues look larger in a sample than they are, and stopping at
# the first sample that looks good enough prefers those that flatter.
QUANTILE = 0.97
REPLICATES = 200
GROUP = 30.0  # degrees
UNKNOWN = 45.0  # degrees
LEAST = 1e-37  # a variance of less is none: products of float32 rows are no numbers any more
_SEED = (1963, 34)  # of ξ: a list seeds another stream than any number does


class Precision(NamedTuple):
    """rows: N. confidence: of each statement. angle: degrees, largest between the K directions together and
    the true ones. angles: (K,) degrees of each. groups: components that the sample cannot tell apart.
    asked: degrees that a sample was to reach, most: rows that it could have; None for a plain n.
    """

    rows: int
    confidence: float
    angle: float
    angles: List[float]
    groups: List[List[int]]
    asked: Optional[float] = None
    most: Optional[int] = None

    def record(self) -> Dict[str, Any]:
        """For `Components.settings`: JSON values, four digits."""
        known = dict(
            self._asdict(), angle=_rounded(self.angle), angles=[_rounded(one) for one in self.angles]
        )
        return {name: value for name, value in known.items() if value is not None}


def read_precision(record: Any) -> Precision:
    """The inverse of `record`. Raises UsageError for what cannot be one."""
    found: Precision = from_dict(Precision, record)
    check_fields(found)
    if found.rows < 1 or not found.angles or any(len(group) < 2 for group in found.groups):
        raise UsageError("a precision is of rows, components, and groups of two components or more")
    numbers = [found.angle, *found.angles, *([] if found.asked is None else [found.asked])]
    members = [k for group in found.groups for k in group]
    if not all(0 <= number <= 90 for number in numbers) or not 0 < found.confidence < 1:
        raise UsageError("angles are 0 to 90 degrees, a confidence is between 0 and 1")
    if any(not 0 <= k < len(found.angles) for k in members):
        raise UsageError("a group names a component that is not there")
    return found


class Turns(NamedTuple):
    """Quantiles of tangents times sqrt(N): they do not depend on N but through estimates."""

    subspace: float
    each: np.ndarray  # (K,)
    neighbours: np.ndarray  # (K - 1,)


Means = Callable[[np.random.RandomState], np.ndarray]  # one draw of means of y_j y_k, times sqrt(N): (J, K)


def means_of_rows(y: np.ndarray, k: int) -> Means:
    """From independent rows in sigmas (m, J)."""
    y = y.astype(np.float32)

    def drawn(random: np.random.RandomState) -> np.ndarray:
        weights = random.standard_normal((len(y), 1)).astype(np.float32) / np.float32(np.sqrt(len(y)))
        return np.asarray(y.T @ (weights * y[:, :k]))

    return drawn


def means_of_groups(x: np.ndarray, mean: np.ndarray, axes: np.ndarray, k: int, together: int) -> Means:
    """From rows (m, F) of which only groups of `together` in turn are independent. axes: (J, F), a coordinate
    in sigmas is (x - mean)·axis.
    """
    mean, axes = mean.astype(np.float32), axes.astype(np.float32)
    groups = (x[start : start + together] - mean for start in range(0, len(x), together))
    sums = np.array([axes @ (rows.T @ (rows @ axes[:k].T)) for rows in groups])  # a few columns at a time

    def drawn(random: np.random.RandomState) -> np.ndarray:
        weights = random.standard_normal(len(sums)).astype(np.float32) / np.float32(np.sqrt(len(x)))
        return np.asarray(np.tensordot(weights, sums, 1))

    return drawn


def turns(values: np.ndarray, means: Means, k: int, rest: np.ndarray) -> Turns:
    """From the eigenvalues that are looked at one by one, falling (J,), means of products of coordinates, and
    what all others add to the square of each component's tangent (K,).
    """
    factor = _factors(values, k).astype(np.float32)
    random = np.random.RandomState(_SEED)
    norms, each, pairs = [], [], []
    for _ in range(REPLICATES):
        turn = means(random) * factor
        # float64: OpenBLAS's oldest kernel (Prescott) at times finds no eigenvalues of a float32 matrix 3 x 3
        outside = (turn[k:].T @ turn[k:]).astype(np.float64)
        norms.append(np.sqrt(max(linalg.eigvalsh(outside)[-1], 0) + rest.max()))
        each.append(np.sqrt(np.square(turn).sum(axis=0) + rest))
        pairs.append(np.abs(turn[np.arange(1, k), np.arange(k - 1)]))
    whole = float(np.quantile(norms, QUANTILE)) if len(values) > k else 0.0  # all there are
    return Turns(whole, *(np.quantile(np.array(found), QUANTILE, axis=0) for found in (each, pairs)))


def _factors(values: np.ndarray, k: int) -> np.ndarray:
    """sqrt(λ_j λ_k) / (λ_k - λ_j), (J, K), 0 where j = k."""
    gaps = values[:k] - values[:, None]
    np.fill_diagonal(gaps, np.inf)
    return np.sqrt(values[:k] * values[:, None]) / _apart(gaps, values)


def _apart(gaps: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Gaps, none of them nothing."""
    least = 1e-12 * values[0]
    return np.where(np.abs(gaps) < least, np.copysign(least, gaps), gaps)


def _outside(values: np.ndarray, k: int, rest: float) -> np.ndarray:
    """At most Σ_j T_kj² N of the directions that are not looked at, of normal rows, (K,). Their variances sum
    up to `rest` and none is larger than the last one that is looked at, so that each has at least its gap.
    """
    return values[:k] * rest / np.square(_apart(values[:k] - values[-1], values))


def meant(spectrum: Spectrum) -> Tuple[np.ndarray, np.ndarray]:
    """Eigenvalues (J,) falling and their vectors (J, F), without those that are rounding."""
    values = spectrum.values
    kept = values > max(1e-7 * values[0], LEAST)
    return values[kept], spectrum.vectors[kept]


def measure(state: Scatter, spectrum: Spectrum, x: np.ndarray, together: int = 1) -> Precision:
    """The precision of the first K components of a sample. spectrum: of state. x: some of its rows, or more
    that are drawn like them (m, F). together: rows in turn that are drawn as one; those of a group that is
    not complete in the sample are taken for nothing.
    """
    values, vectors = meant(spectrum)
    k = spectrum.k
    # fewer directions than components: the last ones are arbitrary; or as many as these rows can show at all
    if len(values) < k or state.rows - 1 <= k < len(state.mean):
        return Precision(state.rows, CONFIDENCE, 90.0, [90.0] * k, [])
    if together == 1:
        means = means_of_rows(((x - state.mean) @ vectors.T) / np.sqrt(values), k)
    else:
        means = means_of_groups(x, state.mean, vectors / np.sqrt(values)[:, None], k, together)
    rest = _outside(values, k, spectrum.rest) if spectrum.rest > 0 else np.zeros(k)
    found, root = turns(values, means, k, rest), np.sqrt(state.rows // together * together)
    joined = found.neighbours / root > np.tan(np.radians(GROUP))
    angles = np.degrees(np.arctan(found.each / root))
    whole = float(np.degrees(np.arctan(found.subspace / root)))
    return Precision(state.rows, CONFIDENCE, whole, [float(one) for one in angles], _groups(joined))


def rows_for(known: Precision, degrees: float) -> float:
    """How many rows this sample says are needed for an angle: it falls with the root of the number."""
    return known.rows * (np.tan(np.radians(known.angle)) / np.tan(np.radians(degrees))) ** 2


def _groups(joined: np.ndarray) -> List[List[int]]:
    """[F, T, T, F] → [[1, 2, 3]]."""
    groups: List[List[int]] = []
    for k in np.flatnonzero(joined):
        if groups and groups[-1][-1] == k:
            groups[-1].append(int(k) + 1)
        else:
            groups.append([int(k), int(k) + 1])
    return groups


def _rounded(number: float) -> float:
    return float("{:.4g}".format(number))
