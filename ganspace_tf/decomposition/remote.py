"""Blocks of a decomposition on a cluster: workers make the parts, the state is summed up here, in order."""

from __future__ import annotations

import threading
from contextlib import closing
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
    """On a worker: edges → the part of these rows, a block or a group. Several threads may ask at once."""

    def __init__(self, gen: Network, request: Request):
        s = request.settings
        self.block = s.block
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
        first, stop = edges
        part = self._part(first, min(first + self.block, stop))
        for start in range(first + self.block, stop, self.block):
            part = self.accumulator.join(part, self._part(start, min(start + self.block, stop)))
        return part

    def _part(self, start: int, stop: int) -> Any:
        with self._lock:  # schemes of the original keep the seeds that they have drawn
            drawn = self.draw(start, stop)
        return self.accumulator.part(self.transform(drawn))


class Elsewhere(Source):
    """Blocks whose parts are made on a cluster; those of a group are joined there."""

    def __init__(self, cluster: Cluster, gen: Network, settings: Settings, space: Space, regression: bool):
        self.cluster, self.gen, self.settings = cluster, gen, settings
        self.space, self.regression = space, regression

    def feed(self, accumulator: Accumulator, start: int, n: int, block: int) -> Generator[int, None, None]:
        if accumulator.first_decides and not accumulator.rows:
            first = min(block, n)
            yield from self._feed(accumulator, iter([(0, first)]))
            start = first
        yield from self._feed(accumulator, _edges(accumulator, start, n, block))

    def _feed(self, accumulator: Accumulator, edges: Iterator[Edges]) -> Generator[int, None, None]:
        context = accumulator.context()
        self._check_memory(accumulator, context)
        request = Request(self.settings, self.space.labels, self.regression, context)
        with closing(self.cluster.in_order(Parts, self.gen, request, edges, _called)) as parts:
            for (_, stop), part in parts:
                accumulator.absorb(part)
                yield stop

    def _check_memory(self, accumulator: Accumulator, context: Arrays) -> None:
        """Raises ClusterError where a block is too large for the workers."""
        fixed = sum(array.nbytes for array in context.values()) + accumulator.part_bytes()

        def needs(rows: int) -> float:  # rows and a centred copy of them
            return fixed + 2.0 * 4 * rows * self.space.features

        self.cluster.check_memory(needs, self.settings.block, "batch")


def _edges(accumulator: Accumulator, start: int, n: int, block: int) -> Iterator[Edges]:
    """Groups; but block by block where one is incomplete, since the state holds its beginning."""
    for _ in range(-accumulator.open % accumulator.together):
        if start < n:
            yield start, min(start + block, n)
            start += block
    for first in range(start, n, block * accumulator.together):
        yield first, min(first + block * accumulator.together, n)


def _called(edges: Edges) -> str:
    return "rows {:,} to {:,}".format(edges[0], edges[1] - 1)


def _basis(context: Arrays) -> Basis:
    stdev = context["stdev"]
    return Basis(context["components"], context["mean"], stdev, np.zeros(len(stdev)))
