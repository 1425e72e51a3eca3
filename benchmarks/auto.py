"""`-n auto`: how often what it states holds, and how many rows it takes beyond what theory asks.

    python -m benchmarks auto

RUNS runs on each of several spectra that are known, with normal rows, heavier tails, skewed ones, and a layer
of latents in orthogonal frames; then rows and time of decompositions of the demo network against a plain n of
a million.
"""

from __future__ import annotations

import time
from functools import partial
from typing import Any, Callable, Dict, Iterator, NamedTuple, Tuple

import numpy as np

from ganspace_tf.decomposition import first_rows, precision
from ganspace_tf.decomposition.auto import Asked
from ganspace_tf.decomposition.rows import SAMPLINGS
from ganspace_tf.decomposition.scatter import Scatter
from ganspace_tf.decomposition.spectrum import Spectrum
from tests.framed_layer import FramedLayer

RUNS = 200
BLOCK = 256
MOST = 1_000_000


class Planted(NamedTuple):
    """Variances, and what is asked of the first k."""

    variances: np.ndarray
    k: int
    degrees: float


SPECTRA = {
    "geometric": Planted(np.geomspace(1, 1e-3, 24), 4, 5.0),
    "power law": Planted(np.arange(1, 31) ** -1.2, 5, 5.0),
    "one gap": Planted(np.where(np.arange(40) < 5, 4.0, 1.0) * np.geomspace(1, 0.3, 40), 5, 3.0),
}


class Rows:
    """Independent rows of coordinates in sigmas. distribution(random, shape) → numbers."""

    together = 1

    def __init__(self, distribution: Any, seed: int, features: int):
        self.distribution, self.random = distribution, np.random.RandomState(seed)
        self.features = features

    def __call__(self, start: int, stop: int) -> np.ndarray:
        return np.asarray(self.distribution(self.random, (stop - start, self.features)))


ROWS: Dict[str, Callable[[int, int], Any]] = {
    "normal": partial(Rows, lambda random, shape: random.standard_normal(shape)),
    "t of 10 degrees": partial(
        Rows,
        lambda random, shape: (
            random.standard_normal(shape) * np.sqrt(8 / random.chisquare(10, (shape[0], 1)))
        ),
    ),
    "exponential": partial(Rows, lambda random, shape: random.exponential(size=shape) - 1),
    "orthogonal": FramedLayer,
}


def measure() -> Iterator[str]:
    """One line a finding."""
    for name, planted in SPECTRA.items():
        asked_by_theory = theory(planted)
        for kind, make in ROWS.items():
            sources = (make(seed, len(planted.variances)) for seed in range(RUNS))
            runs = np.array([one_run(source, planted) for source in sources])
            inside = 100 * np.mean(runs[:, 1] <= planted.degrees)
            line = (
                "{}, {} rows: {:.1f} % of {} runs inside {:g}°; rows {:.2f} x those of theory for normal rows"
            )
            ratio = float(np.median(runs[:, 0])) / asked_by_theory
            yield line.format(name, kind, inside, RUNS, planted.degrees, ratio)
    yield from demo()


def theory(planted: Planted) -> float:
    """Rows at which 95 % of samples of normal rows are within the angle (Anderson 1963)."""
    values, k = planted.variances, planted.k
    factor = np.sqrt(values[:k] * values[k:, None]) / (values[:k] - values[k:, None])
    random = np.random.RandomState(1)
    norms = [np.linalg.norm(random.standard_normal(factor.shape) * factor, 2) for _ in range(2000)]
    return float((np.quantile(norms, precision.CONFIDENCE) / np.tan(np.radians(planted.degrees))) ** 2)


def one_run(draw: Any, planted: Planted) -> Tuple[int, float]:
    """Rows taken, and the true angle in degrees; the stages are those of `decomposition.auto`."""
    features, together = len(planted.variances), draw.together
    asked = Asked(planted.degrees, MOST)
    state, first = Scatter.empty(features), np.zeros((0, features))
    until = asked.first(features, BLOCK, together)
    most = first_rows.most_rows(together)
    while True:
        x = (draw(state.rows, until) * np.sqrt(planted.variances)).astype(np.float32)
        state = state.merge(Scatter.of(x))
        first = np.concatenate([first, x])[:most]
        known = precision.measure(state, Spectrum.of(state, planted.k), first, together)
        if asked.enough(known):
            break
        until = asked.next(known, BLOCK)
    found = np.linalg.eigh(state.scatter)[1][:, ::-1][:, : planted.k]
    return state.rows, float(np.degrees(np.arcsin(min(1.0, np.linalg.norm(found[planted.k :], 2)))))


def demo() -> Iterator[str]:
    """Three components of the demo network to 1°, against a plain million."""
    import ganspace_tf as gs

    gen = gs.load_generator("demo:stylegan2", threads=1)
    gs.decompose(gen, n=5000, components=3, cache=False)
    million = partial(gs.decompose, gen, n=1_000_000, components=3, cache=False)
    auto = partial(gs.decompose, gen, n="auto", precision=1.0, components=3, cache=False)
    for sampling in SAMPLINGS:
        for seed in range(3):
            began = time.process_time()
            known = auto(sampling=sampling, seed=seed).settings["precision"]
            quick, began = time.process_time() - began, time.process_time()
            million(seed=seed)
            full = time.process_time() - began
            line = "demo:stylegan2, v0-v2 to 1°, {}, seed {}: {:,} rows, {:.2g}° stated, {:.1f} s; {:.1f} x"
            yield line.format(sampling, seed, known["rows"], known["angle"], quick, full / quick)
    every = gs.decompose(gen, n=1_000_000, components=gen.dlatent_size, cache=False)
    asked = theory(Planted(every.stdev.astype(np.float64) ** 2, 3, 1.0))
    yield "  theory asks {:,.0f} rows for independent normal ones: no more than {:.1f} x from these".format(
        asked, 1_000_000 / asked
    )
