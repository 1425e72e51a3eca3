"""What runs on a worker. Its process keeps networks, and what was made for them, in a `Room`.

A session of TensorFlow goes over no wire, and two threads that each make one "if it is missing" make two. So
what travels is where a network is and its fingerprint; it is opened here, once a process, under a lock.
"""

from __future__ import annotations

import ctypes
import logging
import os
import sys
import tempfile
import threading
import time
from collections import OrderedDict
from typing import Any, Callable, Dict, NamedTuple, Optional

from ganspace_tf.cluster.aligned import aligned
from ganspace_tf.cluster.facts import Facts, differences, facts
from ganspace_tf.errors import GanspaceError
from ganspace_tf.generators.base import Generator
from ganspace_tf.generators.load import load_generator
from ganspace_tf.machine.pools import Pools
from nvlabs.errors import NvlabsError
from nvlabs.running.first_start import start_tensorflow

NETWORKS, JOBS = 2, 4  # that a process keeps
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h
DONE, MISSING, OTHER = "done", "missing", "other"
Make = Callable[[Generator, Any], Callable[[Any], Any]]


class NetworkAt(NamedTuple):
    """A network, without its numbers. path: where it is on the machine that asks, "" for one that is in no
    file. fingerprint: of the network as it is now. threads: of TensorFlow there; the last bits of a
    convolution hang on their number.
    """

    path: str
    fingerprint: str
    threads: int


class Task(NamedTuple):
    """make(generator, request)(item) is the result. job: names the request; what was made for it is kept.
    expected: versions that this process has to have.
    """

    make: Make
    network: NetworkAt
    job: str
    expected: Dict[str, str]


class Outcome(NamedTuple):
    """how: DONE, MISSING (the network is not here, or another one is), OTHER (versions; in words in
    `result`). seconds: that it took. kind: of processor. worker: its address.
    """

    how: str
    result: Any
    seconds: float
    kind: str
    worker: str


class Room:
    """What the process of a worker keeps."""

    def __init__(self, folder: Optional[str]) -> None:
        self.lock = threading.RLock()
        self.folder = folder
        self.facts: Facts = facts()
        Pools().limit(limits=1, user_api="blas")  # for good: workers are as many as there are cores
        _keep_memory()
        self.threads = 0  # of TensorFlow: its first session decides for the whole process
        self._sent: Dict[str, bytes] = {}
        self._generators: OrderedDict[str, Generator] = OrderedDict()
        self._made: OrderedDict[str, Callable[[Any], Any]] = OrderedDict()

    def keep(self, fingerprint: str, data: bytes) -> None:
        """A network that was sent, as a neutral file."""
        with self.lock:
            self._sent[fingerprint] = data

    def made(self, task: Task, request: Any) -> Optional[Callable[[Any], Any]]:
        """What the task's `make` gives; None where the network is not here."""
        with self.lock:
            if task.job not in self._made:
                generator = self.generator(task.network)
                if generator is None:
                    return None
                _start_tensorflow()
                made = task.make(generator, aligned(request))
                _keep(self._made, task.job, made, JOBS)
            return self._made[task.job]

    def generator(self, network: NetworkAt) -> Optional[Generator]:
        """The network with this fingerprint: from the same path, or as it was sent."""
        wanted = network.fingerprint
        if wanted not in self._generators:
            self.threads = self.threads or network.threads
            found = self._at(network.path, wanted) or self._from(self._sent.pop(wanted, b""), wanted)
            if found is None:
                return None
            _keep(self._generators, wanted, found, NETWORKS)
        return self._generators[wanted]

    def _at(self, path: str, fingerprint: str) -> Optional[Generator]:
        if not path or not os.path.exists(path):
            return None
        try:
            generator = load_generator(path, threads=self.threads)
        except (GanspaceError, NvlabsError):  # whatever is there under this name, it is not the one
            return None
        if generator.fingerprint_now == fingerprint:
            return generator
        generator.close()
        return None

    def _from(self, data: bytes, fingerprint: str) -> Optional[Generator]:
        if not data:
            return None
        with tempfile.TemporaryDirectory(prefix="ganspace-", dir=self.folder) as folder:
            path = os.path.join(folder, "network.npz")
            with open(path, "wb") as stream:
                stream.write(data)
            return self._at(path, fingerprint)


def _keep_memory() -> None:
    """Dask starts workers with MALLOC_TRIM_THRESHOLD_=65536: glibc asks the system for the memory of
    every array, and gives it back: a block of w takes a third longer. This is what glibc itself comes to.
    Where there is another malloc, nothing is done.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):
        return
    for parameter, size in ((M_MMAP_THRESHOLD, 2**25), (M_TRIM_THRESHOLD, 2**26)):
        mallopt(parameter, size)


def _start_tensorflow() -> None:
    """In silence. TensorFlow 1 sets a level of its own, a talkative one, in the midst of it."""
    start_tensorflow()
    if not os.environ.get("GANSPACE_DEBUG"):
        sys.modules["tensorflow"].get_logger().setLevel(logging.ERROR)


def _keep(kept: OrderedDict[str, Any], name: str, value: Any, most: int) -> None:
    """Add one and forget the oldest. What another thread still uses lives until it is done."""
    kept[name] = value
    while len(kept) > most:
        kept.popitem(last=False)


def room_of(worker: Any) -> Room:
    """The room of a worker of Dask, made with its first use. It goes with the worker."""
    attributes = vars(worker)
    lock = attributes.setdefault("ganspace_lock", threading.Lock())
    with lock:
        if "ganspace_room" not in attributes:
            attributes["ganspace_room"] = Room(getattr(worker, "local_directory", None))
        room: Room = attributes["ganspace_room"]
        return room


def keep_network(fingerprint: str, data: bytes, dask_worker: Any = None) -> None:
    """Run by `Client.run` on a worker that said MISSING."""
    room_of(dask_worker).keep(fingerprint, data)


def tasks_at_work(dask_worker: Any = None) -> int:
    """Run by `Client.run`: how many tasks a worker is at, of whomever."""
    return int(getattr(dask_worker, "state", dask_worker).executing_count)


def perform(task: Task, request: Any, item: Any) -> Outcome:
    """Run as a task."""
    from distributed import get_worker

    worker = get_worker()
    room, address = room_of(worker), str(worker.address)
    wrong = differences(room.facts.versions, task.expected)
    if room.threads not in (0, task.network.threads):
        text = "its TensorFlow has {} threads since it began, here are {}; start it anew, or say --threads {}"
        wrong.append(text.format(room.threads, task.network.threads, room.threads))
    if wrong:
        return Outcome(OTHER, "; ".join(wrong), 0.0, room.facts.kind, address)
    started = time.perf_counter()
    made = room.made(task, request)
    if made is None:
        return Outcome(MISSING, None, 0.0, room.facts.kind, address)
    result = made(item)
    return Outcome(DONE, result, time.perf_counter() - started, room.facts.kind, address)
