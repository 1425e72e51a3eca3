"""Blocks of a decomposition on a cluster: workers make the parts, the state is summed up here, in order."""

from __future__ import annotations

import threading
from contextlib import closing
from functools import reduce
from typing import Any, Callable, Generator, Iterator, List, NamedTuple, Tuple

import numpy as np

from ganspace_tf.cluster import Cluster, smaller
from ganspace_tf.decomposition.base import Accumulator, Arrays, Basis
from ganspace_tf.decomposition.compat import scheme_of
from ganspace_tf.decomposition.fit import Source
from ganspace_tf.decomposition.regression import Regression
from ganspace_tf.decomposition.rows import Space
from ganspace_tf.decomposition.settings import Settings
from ganspace_tf.decomposition.table import make_estimator
from ganspace_tf.generators.base import Generator as Network

Edges = Tuple[int, int]  # first row of a block, row behind its last
SHARES = 8  # times that what is left has to be enough for all workers before blocks are sent by several


class Request(NamedTuple):
    """What a worker needs to make parts, besides the network. labels: as given to `decompose`. regression:
    whether parts are those of a regression. context: of the accumulator.
    """

    settings: Settings
    labels: Any
    regression: bool
    context: Arrays


class Parts:
    """On a worker: edges → the parts of these rows: one of a group, else one a block. Several threads may ask
    at once.
    """

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

    def __call__(self, edges: Edges) -> List[Any]:
        first, stop = edges
        starts = range(first, stop, self.block)
        parts = (self._part(start, min(start + self.block, stop)) for start in starts)
        return [reduce(self.accumulator.join, parts)] if self.accumulator.joins else list(parts)

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
        threads = sum(self.cluster.nthreads().values())
        yield from self._feed(accumulator, _edges(accumulator, start, n, block, threads))

    def _feed(self, accumulator: Accumulator, edges: Iterator[Edges]) -> Generator[int, None, None]:
        context = accumulator.context()
        needs = self._needs(accumulator, context)
        self.cluster.check_memory(needs, self.settings.block, "batch")
        advice = smaller(needs, self.settings.block, "batch")
        request = Request(self.settings, self.space.labels, self.regression, context)
        asked = self.cluster.in_order(Parts, self.gen, request, edges, _called, advice)
        with closing(asked) as parts:
            for (first, stop), found in parts:
                for number, part in enumerate(found, 1):
                    accumulator.absorb(part)
                    yield stop if number == len(found) else first + number * self.settings.block

    def _needs(self, accumulator: Accumulator, context: Arrays) -> Callable[[int], float]:
        """Bytes that a block of so many rows takes on a worker, besides the network."""
        fixed = sum(array.nbytes for array in context.values()) + accumulator.part_bytes()
        return lambda rows: fixed + 2.0 * 4 * rows * self.space.features  # rows and a centred copy of them


def _edges(accumulator: Accumulator, start: int, n: int, block: int, threads: int) -> Iterator[Edges]:
    """Groups; but block by block where one is incomplete, since the state holds its beginning. Where there
    are none, several blocks while there are many left: a task costs the command more than their sum.
    """
    for _ in range(-accumulator.open % accumulator.together):
        if start < n:
            yield start, min(start + block, n)
            start += block
    while start < n:
        share = -(-(n - start) // block) // (SHARES * max(1, threads))
        blocks = accumulator.together if accumulator.joins else max(1, min(accumulator.carried, share))
        yield start, min(start + blocks * block, n)
        start += blocks * block


def _called(edges: Edges) -> str:
    return "rows {:,} to {:,}".format(edges[0], edges[1] - 1)


def _basis(context: Arrays) -> Basis:
    stdev = context["stdev"]
    return Basis(context["components"], context["mean"], stdev, np.zeros(len(stdev)))
