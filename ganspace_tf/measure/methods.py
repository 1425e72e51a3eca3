"""Methods that find directions, side by side: the same measurements for each."""

from __future__ import annotations

from collections import OrderedDict
from operator import attrgetter
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np

from ganspace_tf.decomposition import ESTIMATORS, decompose
from ganspace_tf.directions import boundary
from ganspace_tf.edits import Edit
from ganspace_tf.errors import GanspaceError, UnknownName, UsageError
from ganspace_tf.measure.baselines import Basis, basis_of, measured_basis, random_basis
from ganspace_tf.measure.channels import candidates, channel_basis, relevance
from ganspace_tf.measure.claims import Interval, interval
from ganspace_tf.measure.effects import all_layers, responses
from ganspace_tf.measure.explained import coordinates, explained_factor_variance
from ganspace_tf.measure.hessian import LATENTS, STEP, hessian_directions
from ganspace_tf.measure.meter import Meter
from ganspace_tf.measure.search import Found, layer_ranges, search
from ganspace_tf.measure.search import candidates as edits_of
from ganspace_tf.notation import format_layers
from ganspace_tf.styles.channels import style_channels
from ganspace_tf.styles.space import StyleSpace

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


class Handles(NamedTuple):
    """What a method found. basis: directions, the first `size` of them its answer, the others (where it is
    told of every factor) candidates for single edits only. meter: it sees the latents that these are
    directions of. of: from latents w (N, L, D) to these. called: what an edit of the basis is called.
    """

    basis: Basis
    size: int
    meter: Meter
    of: Callable[[np.ndarray], np.ndarray] = np.asarray
    called: Callable[[Edit], str] = attrgetter("place")


class Scores(NamedTuple):
    """A method's directions, measured. effect: change of all factors per sigma, mean over the directions;
    explained: share of factor variance that their coordinates foretell; purity: share of its factor in the
    change of the best single edit E(v, j-k), mean over factors; leakage: change of all other factors for each
    unit of it, geometric mean over factors; all with intervals over seeds. best: these edits of the first
    seed, one a factor of the meter; handles: what they are edits of.
    """

    method: str
    effect: Interval
    explained: Interval
    purity: Interval
    leakage: Interval
    best: Sequence[Found]
    handles: Handles


class Failed(NamedTuple):
    """A method that found nothing here, and why."""

    method: str
    problem: str


def _random(meter: Meter, count: int, sizes: Sizes) -> Handles:
    """Directions that nobody chose."""
    return Handles(random_basis(count, _rows(meter), 0), count, meter)


def _supervised(meter: Meter, count: int, sizes: Sizes) -> Handles:
    """A boundary a factor (InterFaceGAN)."""
    w, scores = _scored(meter, sizes)
    normals = [boundary(w[:, 0], values) for values in scores.T]

    def called(edit: Edit) -> str:
        layers = format_layers(edit.first_layer, edit.last_layer)
        return "boundary of {}, {}".format(meter.names[edit.component], layers)

    basis = measured_basis(np.stack(normals), _rows(meter))
    return Handles(basis, min(count, len(normals)), meter, called=called)


def _stylespace(meter: Meter, count: int, sizes: Sizes) -> Handles:
    """Style channels (StyleSpace): the first candidate of each factor, then as many others of each as there
    are ranges of layers for edits of w.
    """
    space, channels = StyleSpace(meter.gen, meter.look.psi), style_channels(meter.gen)
    w, scores = _scored(meter, sizes)
    styles = space.of(w)[:, 0]
    columns = [candidates(relevance(styles, values, channels), sizes.ranges) for values in scores.T]
    tried = np.stack(columns, axis=1).reshape(-1)
    basis, seen = channel_basis(channels, tried), meter.through(space)

    def called(edit: Edit) -> str:
        return channels.edit(int(tried[edit.component])).place

    return Handles(basis, min(count, len(columns)), seen, space.of, called)


def _hessian(meter: Meter, count: int, sizes: Sizes) -> Handles:
    """What changes pictures most, by the Hessian of their distance."""
    gen, rows = meter.gen, _rows(meter)
    w = gen.truncate(gen.w(n=LATENTS, seed=55), meter.look.psi)
    step = STEP * float(rows.std(axis=0).mean())
    return Handles(measured_basis(hessian_directions(gen, w, count, step), rows), count, meter)


# Methods beside the estimators, which find directions of w in samples of it or in the weights.
FINDERS: "OrderedDict[str, Callable[[Meter, int, Sizes], Handles]]" = OrderedDict(
    hessian=_hessian, random=_random, supervised=_supervised, stylespace=_stylespace
)
METHODS = ("pca", "ipca", "ica", "spca", "sefa", *FINDERS)


def _rows(meter: Meter) -> np.ndarray:
    """Latents (N, D) that spreads are measured on."""
    return meter.gen.map_rows(meter.gen.z(n=SPREAD_ROWS, seed=77))


def _scored(meter: Meter, sizes: Sizes) -> Tuple[np.ndarray, np.ndarray]:
    """Latents (N, L, D) with the factors (N, F) of their pictures, for methods that are told."""
    w = meter.gen.w(n=sizes.rows, seed=55)
    return w, meter.factors(w)


def handles_of(meter: Meter, method: str, count: int, n: int, sizes: Sizes) -> Handles:
    """`count` directions of a method, from n samples where it is an estimator. Raises UnknownName,
    UsageError.
    """
    if method in FINDERS:
        return FINDERS[method](meter, count, sizes)
    if method not in ESTIMATORS:
        raise UnknownName.among("method", method, METHODS)
    gen = meter.gen
    comp = decompose(gen, n=n, components=count, estimator=method, cluster=gen.cluster)
    return Handles(basis_of(comp, slice(0, count)), count, meter)


def measure_method(method: str, handles: Handles, sizes: Sizes) -> Scores:
    """The scores of directions, on latents that no method has seen."""
    basis, count, meter = handles.basis, handles.size, handles.meter
    ranges = layer_ranges(meter.gen.n_layers)[: sizes.ranges]
    edits = edits_of(len(basis.directions), ranges)
    best: List[Found] = []
    numbers: Dict[str, List[float]] = {"effect": [], "explained": [], "purity": [], "leakage": []}
    if sizes.given is not None:
        sizes = sizes._replace(given=handles.of(sizes.given))
    for seed in sizes.seeds:
        w, fresh = sizes.halves(meter.gen, seed)
        rows = meter.gen.w(n=sizes.rows, seed=7000 + seed)
        numbers["effect"].append(float(responses(meter, w, basis, all_layers(count)).total().mean()))
        inside = coordinates(basis.first(count), rows)
        shares = explained_factor_variance(inside, meter.factors(rows), [count])
        numbers["explained"].append(float(shares.mean()))
        found = search(meter, w, fresh, basis, edits)
        best = best or found
        numbers["purity"].append(float(np.mean([one.purity for one in found])))
        leaks = np.clip([one.leakage for one in found], 1 / MOST_LEAKAGE, MOST_LEAKAGE)
        numbers["leakage"].append(float(np.exp(np.log(leaks).mean())))
    effect, explained, purity, leakage = (interval(values) for values in numbers.values())
    return Scores(method, effect, explained, purity, leakage, best, handles)


def compare_methods(
    meter: Meter, methods: Sequence[str], count: int, n: int, sizes: Any = None, report: Any = None
) -> List[Union[Scores, Failed]]:
    """Every method with `count` directions from n samples, measured alike. report: called with each method's
    name before it starts. A method that cannot (ICA may not converge, not every family has style channels) is
    `Failed` and does not keep the others from being measured; if none can, the first one's error is raised.
    """
    rows: List[Union[Scores, Failed]] = []
    errors: List[GanspaceError] = []
    for method in methods:
        if report is not None:
            report(method)
        try:
            handles = handles_of(meter, method, count, n, sizes or Sizes())
        except GanspaceError as error:
            errors.append(error)
            rows.append(Failed(method, str(error)))
        else:
            rows.append(measure_method(method, handles, sizes or Sizes()))
    if errors and len(errors) == len(rows):
        raise errors[0]
    return rows
