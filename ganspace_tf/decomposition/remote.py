"""Blocks of a decomposition on a cluster: workers make the parts, the state is summed up here, in order."""

from __future__ import annotations

import threading
from contextlib import closing
from itertools import islice
from typing import Any, Callable, Generator, Iterator, NamedTuple, Tuple

import numpy as np

from ganspace_tf.cluster import Cluster
from ganspace_tf.decomposition.base import Accumulator, Arrays, Basis
from ganspace_tf.decomposition.compat import scheme_of
from ganspace_tf.decomposition.fit import Source
from ganspace_tf.decomposition.regression import Regression
from ganspace_tf.decomposition.rows import Space
from ganspace_tf.decomposition.settings import Settings
from ganspace_tf.decomposition.table import make_estimator
from ganspace_tf.generators.base import Generator as Network

Edges = Tuple[int, int]  # first row of a block, row behind its last


class Request(NamedTuple):
    """What a worker needs to make parts, besides the network. labels: as given to `decompose`. regression:
    whether parts are those of a regression. context: of the accumulator.
    """

    settings: Settings
    labels: Any
    regression: bool
    context: Arrays


class Parts:
    """On a worker: edges → the part of these rows. Several threads may ask at once."""

    def __init__(self, gen: Network, request: Request):
        s = request.settings
        space = Space(gen, s.space, s.latent, request.labels, s.noise, s.compat, s.psi)
        self.scheme = scheme_of(gen, space, s)
        self.accumulator: Accumulator
        self.draw: Callable[[int, int], Any] = self.scheme.draw
        self.transform: Callable[[Any], Any] = self.scheme.features
        if request.regression:
            self.accumulator = Regression(_basis(request.context), space.width)
            self.draw, self.transform = self.scheme.regression_draw, space.rows_and_latents
        else:
            rng = np.random.RandomState(s.seed)  # what it draws is in the context
            self.accumulator = make_estimator(
                s.estimator, gen, s.components, space.features, rng, s.compat, **s.options
            )
            self.accumulator.set_context(request.context)
        self._lock = threading.Lock()

    def __call__(self, edges: Edges) -> Any:
        with self._lock:  # schemes of the original keep the seeds that they have drawn
            drawn = self.draw(*edges)
        return self.accumulator.part(self.transform(drawn))


class Elsewhere(Source):
    """Blocks whose parts are made on a cluster."""

    def __init__(self, cluster: Cluster, gen: Network, settings: Settings, labels: Any, regression: bool):
        self.cluster, self.gen, self.settings = cluster, gen, settings
        self.labels, self.regression = labels, regression

    def feed(self, accumulator: Accumulator, start: int, n: int, block: int) -> Generator[int, None, None]:
        edges = ((first, min(first + block, n)) for first in range(start, n, block))
        if accumulator.first_decides and not accumulator.rows:
            yield from self._feed(accumulator, islice(edges, 1))
        yield from self._feed(accumulator, edges)

    def _feed(self, accumulator: Accumulator, edges: Iterator[Edges]) -> Generator[int, None, None]:
        request = Request(self.settings, self.labels, self.regression, accumulator.context())
        with closing(self.cluster.in_order(Parts, self.gen, request, edges, _called)) as parts:
            for (_, stop), part in parts:
                accumulator.absorb(part)
                yield stop


def _called(edges: Edges) -> str:
    return "rows {:,} to {:,}".format(edges[0], edges[1] - 1)


def _basis(context: Arrays) -> Basis:
    stdev = context["stdev"]
    return Basis(context["components"], context["mean"], stdev, np.zeros(len(stdev)))
