"""`Cluster`: blocks go out to workers, results come back in order."""

from __future__ import annotations

import asyncio
import time
import uuid
import warnings
from collections import deque
from contextlib import ExitStack
from typing import Any, Callable, Deque, Dict, Generator, Iterable, List, NamedTuple, Optional, Tuple, Union

import numpy as np

from ganspace_tf.cluster import worker
from ganspace_tf.cluster.address import parse_address
from ganspace_tf.cluster.aligned import aligned
from ganspace_tf.cluster.connect import check, connected, distributed_package
from ganspace_tf.cluster.facts import Facts, facts
from ganspace_tf.errors import ClusterError, ClusterWarning, GanspaceError, UsageError
from ganspace_tf.generators.base import Generator as Network
from nvlabs.errors import NvlabsError

LOOK = 2.0  # seconds between two looks whether the scheduler is still there
ANSWER, ALONE = 30, 120  # seconds for its answer, and to wait for a worker where none is left
SMALL = 2**18  # bytes of a request that go with every task
AHEAD = 2**29  # bytes of results that wait on workers for their turn, beyond one a thread
SENDS = 3  # of a network to one worker


class _Sent(NamedTuple):
    item: Any
    future: Any


class Cluster:
    """Workers of Dask.

    where: "local:N", "tcp://HOST:PORT", "tls://HOST:PORT", the path of a scheduler's file, or a client of
    Dask (`distributed.Client`), which stays open.
    with: they are connected, or started, in the outermost one, and left or ended behind it.
    Raises UsageError for another `where`; ClusterError, in one line, for all that can happen to a cluster.
    """

    def __init__(self, where: Union[str, Any]) -> None:
        self._given = None if isinstance(where, str) else where
        self.place = where if isinstance(where, str) else "the cluster of this client"
        if self._given is None:
            self._address = parse_address(where)
        elif not hasattr(where, "submit"):
            raise UsageError("cluster={!r}: give text such as 'local:2', or a client of Dask".format(where))
        self._depth = 0
        self._stack = ExitStack()
        self._client: Any = None
        self._facts: Optional[Facts] = None
        self._work: Dict[str, List[float]] = {}  # worker → blocks, seconds
        self._sent: Dict[Tuple[str, str], int] = {}
        self._kinds: Dict[str, str] = {}  # of processor → a worker that has it

    def __enter__(self) -> Cluster:
        if not self._depth:
            if self._given is None:
                self._client = self._stack.enter_context(connected(self._address))
            else:
                self._client = self._given
                check(self._client, self.place)
        self._depth += 1
        return self

    def __exit__(self, *error: Any) -> None:
        self._depth -= 1
        if not self._depth:
            self._client = None
            self._stack.close()

    def summary(self) -> Dict[str, Any]:
        """Blocks and seconds of every worker so far, JSON-able."""
        workers = [
            {"worker": name, "blocks": int(blocks), "seconds": round(seconds, 3)}
            for name, (blocks, seconds) in sorted(self._work.items())
        ]
        return {"cluster": self.place, "workers": workers}

    def in_order(
        self,
        make: worker.Make,
        gen: Network,
        request: Any,
        items: Iterable[Any],
        called: Callable[[Any], str] = str,
    ) -> Generator[Tuple[Any, Any], None, None]:
        """(item, make(gen, request)(item)) for every item, in their order.

        make: a function or class of a module; it is called once on each worker. request, items, results:
        what can be pickled; their arrays come as they were made. called(item): for messages. Items are asked
        for when there is a worker free; a result of which the turn has not come waits where it was made, in
        bounded memory. Raises ClusterError, and what `make` raises of this program's errors.
        """
        run = _Run(self, make, gen, request)
        waiting: Deque[_Sent] = deque()
        source = iter(items)
        try:
            while True:
                for item in source:
                    waiting.append(run.send(item))
                    if len(waiting) >= run.ahead():
                        break
                if not waiting:
                    return
                first = waiting.popleft()
                yield first.item, run.result(first, called)
        finally:
            self._forget([sent.future for sent in waiting])

    # ------------------------------------------------------------------ what _Run needs

    @property
    def client(self) -> Any:
        """The client of Dask, inside `with`."""
        if self._client is None:
            raise UsageError("a cluster is used inside `with`")
        return self._client

    @property
    def facts(self) -> Facts:
        """Of this process."""
        if self._facts is None:
            self._facts = facts()
        return self._facts

    def nthreads(self) -> Dict[str, int]:
        """Worker → its threads. Raises ClusterError if the scheduler does not answer."""
        client = self.client
        try:
            found: Dict[str, int] = client.sync(client.scheduler.ncores, callback_timeout=ANSWER)
        except Exception as error:
            text = "the scheduler of {} is gone ({}); what was summed up is kept, the same command goes on"
            raise ClusterError(text.format(self.place, type(error).__name__)) from None
        return found

    def note(self, outcome: worker.Outcome) -> None:
        """Count what a worker did; say once if its processor is of another kind than the others."""
        done = self._work.setdefault(outcome.worker, [0, 0.0])
        done[0] += 1
        done[1] += outcome.seconds
        if outcome.kind not in self._kinds:
            self._kinds[outcome.kind] = outcome.worker
            if len(self._kinds) == 2:
                text = "processors of two kinds ({}): {}"
                kinds = "; ".join("{} on {}".format(kind, name) for kind, name in self._kinds.items())
                warnings.warn(text.format(kinds, MIXED), ClusterWarning, stacklevel=4)

    def send_network(self, gen: Network, to: str) -> None:
        """Give a worker the network as a neutral file."""
        times = self._sent[gen.fingerprint, to] = self._sent.get((gen.fingerprint, to), 0) + 1
        data = gen.neutral() if times <= SENDS else None
        if data is None:
            text = "worker {} has no {} with the fingerprint {}…"
            text += ", and this kind of network cannot be sent" if times <= SENDS else ", and takes none"
            raise ClusterError(text.format(to, gen.path or gen.name, gen.fingerprint[:12]))
        self.client.run(worker.keep_network, gen.fingerprint, data, workers=[to])

    def _forget(self, futures: List[Any]) -> None:
        if futures and self._client is not None:
            try:
                self._client.cancel(futures)
            except Exception:  # with the scheduler they are gone anyway
                pass


MIXED = "sums of floats differ in their last digits between them, so this result does on another cluster"


class _Run:
    """One `in_order`."""

    def __init__(self, cluster: Cluster, make: worker.Make, gen: Network, request: Any) -> None:
        self.cluster, self.gen = cluster, gen
        job = uuid.uuid4().hex
        at = worker.NetworkAt(gen.path, gen.fingerprint)
        self.task = worker.Task(make, at, job, cluster.facts.versions)
        self.number = 0
        self.largest = 0  # bytes of a result
        self.threads, self._looked = 1, 0.0
        self.request = request
        if _bytes(request) > SMALL:  # once to every worker; as a task it can be made again if one is lost
            client = cluster.client
            self.request = client.submit(_same, request, key="ganspace-{}-request".format(job), pure=False)

    def ahead(self) -> int:
        """How many items may be under way or wait for their turn."""
        now = time.monotonic()
        if now - self._looked > LOOK:  # workers come and go
            self._looked, self.threads = now, max(1, sum(self.cluster.nthreads().values()))
        spare = 2 * self.threads if not self.largest else min(2 * self.threads, AHEAD // self.largest)
        return self.threads + max(1, spare)

    def send(self, item: Any) -> _Sent:
        self.number += 1
        key = "ganspace-{}-{}".format(self.task.job, self.number)
        future = self.cluster.client.submit(
            worker.perform, self.task, self.request, item, key=key, pure=False
        )
        return _Sent(item, future)

    def result(self, sent: _Sent, called: Callable[[Any], str]) -> Any:
        """The result of an item, whatever happens to workers meanwhile."""
        while True:
            outcome = self._outcome(sent.future, called(sent.item))
            if outcome.how == worker.DONE:
                self.cluster.note(outcome)
                self.largest = max(self.largest, _bytes(outcome.result))
                return aligned(outcome.result)
            if outcome.how == worker.OTHER:
                raise ClusterError("worker {} does not fit: {}".format(outcome.worker, outcome.result))
            self.cluster.send_network(self.gen, outcome.worker)
            sent = self.send(sent.item)

    def _outcome(self, future: Any, called: str) -> worker.Outcome:
        distributed = distributed_package()
        timeouts = (asyncio.TimeoutError, TimeoutError, distributed.TimeoutError)
        since = time.monotonic()
        while True:
            try:
                found: worker.Outcome = future.result(timeout=LOOK)
                return found
            except timeouts:
                pass
            except (GanspaceError, NvlabsError):
                raise
            except Exception as error:
                raise self._explained(error, called) from None
            if self.cluster.nthreads():
                since = time.monotonic()
            elif time.monotonic() - since > ALONE:
                text = "{}: no worker is left, and none came for {} s; {} and what follows are not done"
                raise ClusterError(text.format(self.cluster.place, ALONE, called))

    def _explained(self, error: Exception, called: str) -> Exception:
        """What a task ended with, as one line."""
        name = type(error).__name__
        if name == "KilledWorker":
            text = "{}: one worker after the other was killed at it, for want of memory or by hand"
            return ClusterError(text.format(called))
        if isinstance(error, ImportError):
            return ClusterError("{}: a worker cannot import what it needs ({})".format(called, error))
        if isinstance(error, MemoryError):
            return ClusterError("{}: a worker has not enough memory ({})".format(called, error))
        if "Cancelled" in name or isinstance(error, (OSError, RuntimeError)):
            self.cluster.nthreads()  # says so, if it is the scheduler
        return ClusterError("{}: {}: {}".format(called, name, error))


def _same(value: Any) -> Any:
    return value


def _bytes(value: Any) -> int:
    """Of the arrays in it."""
    if isinstance(value, np.ndarray):
        return int(value.nbytes)
    if isinstance(value, dict):
        value = list(value.values())
    return sum(_bytes(item) for item in value) if isinstance(value, (tuple, list)) else 0
