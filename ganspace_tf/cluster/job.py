"""`Job`: one kind of work for one network. Items go out, results come in in order, in bounded memory."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
import warnings
from collections import deque
from typing import Any, Callable, Deque, Generator, Iterable, NamedTuple, Optional, Tuple

import numpy as np

from ganspace_tf.cluster import worker
from ganspace_tf.cluster.aligned import aligned, arrays_in
from ganspace_tf.cluster.connect import distributed_package
from ganspace_tf.errors import ClusterError, GanspaceError
from ganspace_tf.generators.base import Generator as Network
from ganspace_tf.machine.processor import cores
from nvlabs.errors import NvlabsError

LOOK = 2.0  # seconds between two looks whether the scheduler is still there
ALONE = 120  # seconds to wait for a worker where none is left
LOST = 60  # seconds after which an item that no worker is at, while all are idle, is given out anew
TRIES = 3  # so often
SMALL = 2**18  # bytes of a request that go with every task
AHEAD = 2**29  # bytes of results that wait on workers for their turn, beyond one a thread
Called = Callable[[Any], str]


class _Sent(NamedTuple):
    item: Any
    future: Any


class Job:
    """make(gen, request) is called once on each worker; what it gives is called with items.

    cluster: a `pool.Cluster`, which knows jobs; so a job does not know it by name.
    make: a function or class of a module. request, items, results: what can be pickled; their arrays come as
    they were made. advice: what to do where memory did not suffice, for messages. Used inside the `with` of
    the cluster.
    """

    def __init__(self, cluster: Any, make: worker.Make, gen: Network, request: Any, advice: str = "") -> None:
        self.cluster, self.gen, self.advice = cluster, gen, advice
        self.name = uuid.uuid4().hex
        fingerprint = gen.fingerprint_now
        path = gen.path if fingerprint == gen.fingerprint else ""  # as it is in no file
        at = worker.NetworkAt(path, fingerprint, gen.threads or cores())
        self.task = worker.Task(make, at, self.name, cluster.facts.versions)
        self.number = 0
        self.largest = 0  # bytes of a result
        self.threads, self._looked = 1, 0.0
        self.request = request
        if _bytes(request) > SMALL:  # once to every worker; as a task it can be made again if one is lost
            with warnings.catch_warnings():
                # of its size; data that is handed to workers could not be made again
                warnings.simplefilter("ignore", UserWarning)
                key = "ganspace-{}-request".format(self.name)
                self.request = cluster.client.submit(_same, request, key=key, pure=False)

    def in_order(self, items: Iterable[Any], called: Called = str) -> Generator[Tuple[Any, Any], None, None]:
        """(item, result) for every item, in their order. called(item): for messages.

        Items are asked for when there is a worker free; a result of which the turn has not come waits where
        it was made, in bounded memory. Raises ClusterError, and what `make` raises of this program's errors.
        """
        waiting: Deque[_Sent] = deque()
        source = iter(items)
        try:
            while True:
                for item in source:
                    waiting.append(self._send(item))
                    if len(waiting) >= self._ahead():
                        break
                if not waiting:
                    return
                first = waiting.popleft()
                yield first.item, self._result(first, called)
        finally:
            self.cluster.forget([sent.future for sent in waiting])

    def _ahead(self) -> int:
        """How many items may be under way or wait for their turn."""
        now = time.monotonic()
        if now - self._looked > LOOK:  # workers come and go
            self._looked, self.threads = now, max(1, sum(self.cluster.nthreads().values()))
        spare = 2 * self.threads if not self.largest else min(2 * self.threads, AHEAD // self.largest)
        return self.threads + max(1, spare)

    def _send(self, item: Any, only: Optional[str] = None) -> _Sent:
        """only: the worker that is to do it."""
        self.number += 1
        key = "ganspace-{}-{}".format(self.name, self.number)
        # in the order in which they are given out: 2022 mixes those that come within a tenth of a second
        how = {"key": key, "pure": False, "workers": only, "fifo_timeout": "0ms"}
        future = self.cluster.client.submit(worker.perform, self.task, self.request, item, **how)
        return _Sent(item, future)

    def _result(self, sent: _Sent, called: Called) -> Any:
        """The result of an item, whatever happens to workers meanwhile."""
        for _ in range(TRIES):
            outcome = self._outcome(sent, called)
            while outcome is not None and outcome.how == worker.MISSING:
                self.cluster.send_network(self.gen, self.task.network.fingerprint, outcome.worker)
                sent = self._send(sent.item)
                outcome = self._outcome(sent, called)
            if outcome is not None:
                return self._taken(sent, outcome, called)
            self.cluster.forget([sent.future])
            sent = self._send(sent.item)
        text = "{}: given out {} times, and no worker took it up, though there are some: {}"
        raise ClusterError(text.format(called(sent.item), TRIES, ", ".join(self.cluster.nthreads())))

    def _taken(self, sent: _Sent, outcome: worker.Outcome, called: Called) -> Any:
        if outcome.how == worker.OTHER:
            raise ClusterError("worker {} does not fit: {}".format(outcome.worker, outcome.result))
        found = aligned(outcome.result)
        self.largest = max(self.largest, _bytes(found))
        other = self.cluster.note(outcome)
        if other is not None:
            self.cluster.tell_kinds(self._difference(sent.item, found, other), called(sent.item))
        return found

    def _difference(self, item: Any, found: Any, other: str) -> Optional[float]:
        """How far the result of another worker for the same item is from this one, by its largest number;
        None where there is none any more.
        """
        if other not in self.cluster.nthreads():
            return None
        try:
            outcome = self._send(item, other).future.result(timeout=ALONE)
        except Exception:  # it may be gone since
            return None
        return None if outcome.how != worker.DONE else _apart(found, outcome.result)

    def _outcome(self, sent: _Sent, called: Called) -> Optional[worker.Outcome]:
        """What a task gave; None where no worker is at it, nor will be."""
        distributed = distributed_package()
        timeouts = (asyncio.TimeoutError, TimeoutError, distributed.TimeoutError)
        there = busy = time.monotonic()
        done = threading.Event()  # `result` with a time it may take leaves a complaint of 2022 behind
        sent.future.add_done_callback(lambda future: done.set())
        while True:
            try:
                if sent.future.done() or done.wait(LOOK):
                    found: worker.Outcome = sent.future.result(timeout=LOOK)
                    return found
            except timeouts:
                pass
            except (GanspaceError, NvlabsError):
                raise
            except Exception as error:
                raise self._explained(error, called(sent.item)) from None
            now = time.monotonic()
            if self.cluster.nthreads():
                there = now
            elif now - there > ALONE:
                text = "{}: no worker is left, and none came for {} s; {} and what follows are not done"
                raise ClusterError(text.format(self.cluster.place, ALONE, called(sent.item)))
            if now - busy > LOST:
                if there == now and not self.cluster.at_work():
                    return None
                busy = now

    def _explained(self, error: Exception, called: str) -> Exception:
        """What a task ended with, as one line."""
        name = type(error).__name__
        if name == "KilledWorker":
            text = "{}: one worker after the other was killed at it, by hand or for want of memory{}"
            limit = getattr(getattr(error, "last_worker", None), "memory_limit", 0)
            of = " (of {})".format(in_words(limit)) if limit else ""
            return ClusterError(text.format(called, of) + self._advised())
        if isinstance(error, ImportError):
            return ClusterError("{}: a worker cannot import what it needs ({})".format(called, error))
        if isinstance(error, MemoryError):
            text = "{}: a worker has not enough memory ({}){}"
            return ClusterError(text.format(called, error, self._advised()))
        if "Cancelled" in name or isinstance(error, (OSError, RuntimeError)):
            self.cluster.nthreads()  # says so, if it is the scheduler
        return ClusterError("{}: {}: {}".format(called, name, error))

    def _advised(self) -> str:
        return "; " + self.advice if self.advice else ""


def in_words(size: float) -> str:
    """Bytes, for people."""
    return "{:.1f} GiB".format(size / 2**30) if size >= 2**30 else "{:.0f} MiB".format(size / 2**20)


def _same(value: Any) -> Any:
    return value


def _bytes(value: Any) -> int:
    """Of the arrays in it."""
    return sum(int(array.nbytes) for array in arrays_in(value))


def _apart(one: Any, other: Any) -> float:
    """The largest difference of two results, by the largest number of the array it is in."""
    apart = 0.0
    for a, b in zip(arrays_in(one), arrays_in(other)):
        if a.size and a.dtype.kind in "fiu":
            a, b = a.astype(np.float64), b.astype(np.float64)
            apart = max(apart, float(np.abs(a - b).max() / max(np.abs(a).max(), 1e-30)))
    return apart
