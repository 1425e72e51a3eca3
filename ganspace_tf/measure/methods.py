"""Methods that find directions, side by side: the same measurements for each."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np

from ganspace_tf.decomposition import ESTIMATORS, decompose
from ganspace_tf.directions import boundary
from ganspace_tf.errors import GanspaceError, UnknownName, UsageError
from ganspace_tf.measure.baselines import Basis, basis_of, measured_basis, random_basis
from ganspace_tf.measure.claims import Interval, interval
from ganspace_tf.measure.effects import all_layers, responses
from ganspace_tf.measure.explained import coordinates, explained_factor_variance
from ganspace_tf.measure.meter import Meter
from ganspace_tf.measure.search import candidates, layer_ranges, search

SUPERVISED = "supervised"
METHODS = ("pca", "ipca", "ica", "spca", "sefa", "random", SUPERVISED)
SPREAD_ROWS = 4000
MOST_LEAKAGE = 100.0  # what has no effect leaks without end, which no mean can take


class Sizes(NamedTuple):
    """latents: a repetition; rows: scored latents for boundaries and explained variance; ranges: of layers
    that the search for the best edits tries; seeds: repetitions, three or more. given: latents (N, L, D), two
    or more, that edits are tried on (half of them) and measured on (the others) instead of fresh ones.
    """

    latents: int = 16
    rows: int = 600
    ranges: int = 5
    seeds: Sequence[int] = (0, 1, 2)
    given: Optional[np.ndarray] = None

    def halves(self, gen: Any, seed: int) -> Tuple[np.ndarray, np.ndarray]:
        """Latents to choose edits on, and others to measure them on. Raises UsageError for fewer than two."""
        if self.given is None:
            return gen.w(n=self.latents, seed=6000 + seed), gen.w(n=self.latents, seed=6500 + seed)
        if len(self.given) < 2:
            raise UsageError("methods are compared on two latents or more: to choose edits, and to measure")
        order = np.random.RandomState(seed).permutation(len(self.given))
        half = len(order) // 2
        return self.given[order[:half]], self.given[order[half:]]


class Scores(NamedTuple):
    """A method's directions, measured. effect: change of all factors per sigma, mean over the directions;
    explained: share of factor variance that their coordinates foretell; purity: share of its factor in the
    change of the best single edit E(v, j-k), mean over factors; leakage: change of all other factors for each
    unit of it, geometric mean over factors; all with intervals over seeds.
    """

    method: str
    effect: Interval
    explained: Interval
    purity: Interval
    leakage: Interval


class Failed(NamedTuple):
    """A method that found nothing here, and why."""

    method: str
    problem: str


def directions_of(meter: Meter, method: str, count: int, n: int, sizes: Sizes) -> Basis:
    """`count` directions of a method. Supervised: boundaries of the first `count` factors. Raises
    UnknownName.
    """
    gen = meter.gen
    if method not in METHODS and method not in ESTIMATORS:
        raise UnknownName.among("method", method, METHODS)
    latents = gen.map_rows(gen.z(n=SPREAD_ROWS, seed=77))
    if method == "random":
        return random_basis(count, latents, 0)
    if method != SUPERVISED:
        return basis_of(
            decompose(gen, n=n, components=count, estimator=method, cluster=gen.cluster), slice(0, count)
        )
    w = gen.w(n=sizes.rows, seed=55)
    scores = meter.factors(w)
    normals = [boundary(w[:, 0], scores[:, f]) for f in range(min(count, len(meter.names)))]
    return measured_basis(np.stack(normals), latents)


def measure_method(meter: Meter, method: str, basis: Basis, sizes: Sizes) -> Scores:
    """The scores of directions, on latents that no method has seen."""
    count, gen = len(basis.directions), meter.gen
    edits = candidates(count, layer_ranges(gen.n_layers)[: sizes.ranges])
    numbers: Dict[str, List[float]] = {"effect": [], "explained": [], "purity": [], "leakage": []}
    for seed in sizes.seeds:
        w, fresh = sizes.halves(gen, seed)
        rows = gen.w(n=sizes.rows, seed=7000 + seed)
        numbers["effect"].append(float(responses(meter, w, basis, all_layers(count)).total().mean()))
        shares = explained_factor_variance(coordinates(basis, rows), meter.factors(rows), [count])
        numbers["explained"].append(float(shares.mean()))
        found = search(meter, w, fresh, basis, edits)
        numbers["purity"].append(float(np.mean([one.purity for one in found])))
        leaks = np.clip([one.leakage for one in found], 1 / MOST_LEAKAGE, MOST_LEAKAGE)
        numbers["leakage"].append(float(np.exp(np.log(leaks).mean())))
    return Scores(method, *(interval(values) for values in numbers.values()))


def compare_methods(
    meter: Meter, methods: Sequence[str], count: int, n: int, sizes: Any = None, report: Any = None
) -> List[Union[Scores, Failed]]:
    """Every method with `count` directions from n samples, measured alike. report: called with each method's
    name before it starts. A method that cannot (ICA may not converge) is `Failed` and does not keep the
    others from being measured; if none can, the first one's error is raised.
    """
    rows: List[Union[Scores, Failed]] = []
    errors: List[GanspaceError] = []
    for method in methods:
        if report is not None:
            report(method)
        try:
            basis = directions_of(meter, method, count, n, sizes or Sizes())
        except GanspaceError as error:
            errors.append(error)
            rows.append(Failed(method, str(error)))
        else:
            rows.append(measure_method(meter, method, basis, sizes or Sizes()))
    if errors and len(errors) == len(rows):
        raise errors[0]
    return rows
