"""A cluster on this machine: what it costs, what a second worker brings, and whether kills change a byte.

    python -m benchmarks cluster            KILLS=10 runs with kills (default), ROWS=… of each

Two workers need two cores, so the pinning of the other benchmarks is undone here. Runs stand side by side in
one process, with one thread each; a busy machine blurs times, not bytes.
"""

from __future__ import annotations

import os
import random
import signal
import tempfile
import threading
import time
from typing import Any, Dict, Iterator, List, Optional

from benchmarks.synthesis import CONFIG_F
from ganspace_tf.cluster import Cluster
from ganspace_tf.decomposition import decompose
from ganspace_tf.generators import load_generator

ENDPOINT = "32x32/Conv1"  # of a 256 px network: a row is half a megabyte, so randomised
ACTIVATIONS, COMPONENTS = 48, 4


def measure() -> Iterator[str]:
    """One line a finding."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
    yield from kills(int(os.environ.get("KILLS", "10")), int(os.environ.get("ROWS", "60000")))
    yield from rows_of_w(int(os.environ.get("ROWS", "60000")))
    yield from activations()


def kills(runs: int, rows: int) -> Iterator[str]:
    """Runs on two workers of which one or two are killed at random moments."""
    gen = load_generator("demo:stylegan2", threads=1)
    alone = decompose(gen, n=rows, components=20, cache=False)
    same, killed, draw = 0, 0, random.Random(19)
    for _ in range(runs):
        with Cluster("local:2") as cluster:
            killer = Killer(cluster, [draw.uniform(0.5, 6.0) for _ in range(draw.choice((1, 2)))])
            same += decompose(gen, n=rows, components=20, cache=False, cluster=cluster).digest == alone.digest
            killed += killer.end()
    yield "{} of {} runs of {:,} rows gave the bytes of one machine; {} workers were killed".format(
        same, runs, rows, killed
    )
    if same < runs:
        raise SystemExit("a killed worker changed the result")


class Killer:
    """kill -9 of one of a cluster's workers after each of these seconds, until `end`."""

    def __init__(self, cluster: Cluster, after: List[float]):
        self.cluster, self.after, self.killed = cluster, after, 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        for seconds in self.after:
            if self._over.wait(seconds):
                return
            pids: Dict[str, int] = self.cluster.client.run(os.getpid)
            os.kill(random.choice(sorted(pids.values())), signal.SIGKILL)
            self.killed += 1

    def end(self) -> int:
        """How many were killed."""
        self._over.set()
        self._thread.join()
        return self.killed


def rows_of_w(rows: int) -> Iterator[str]:
    """The demo network's w: no cluster, and one worker."""
    gen = load_generator("demo:stylegan2", threads=1)
    with Cluster("local:1") as one:
        times = side_by_side(gen, {"alone": None, "one": one}, n=rows, components=20)
    yield "rows of w: a cluster of one takes {:.2f} x the time of none ({:.0f} rows/s)".format(
        times["one"] / times["alone"], rows / times["one"]
    )


def activations() -> Iterator[str]:
    """A layer of a 256 px network with random weights: none, one and two workers."""
    from tests import tiny

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "net.pkl")
        tiny.write_tiny(path, "stylegan2-skip", resolution=256, **CONFIG_F)
        gen = load_generator(path, threads=1)
        with Cluster("local:1") as one, Cluster("local:2") as two:
            where = {"alone": None, "one": one, "two": two}
            times = side_by_side(gen, where, n=ACTIVATIONS, components=COMPONENTS, space=ENDPOINT, batch=8)
    yield "activations, 256 px: a cluster of one takes {:.2f} x the time of none".format(
        times["one"] / times["alone"]
    )
    yield "activations, 256 px: two workers are {:.2f} x as fast as one ({:.2f} s a row and reading)".format(
        times["one"] / times["two"], times["one"] / (4 * ACTIVATIONS)
    )


def side_by_side(gen: Any, where: Dict[str, Optional[Cluster]], **options: Any) -> Dict[str, float]:
    """Least seconds of three rounds after one that loads the network everywhere; all results are compared."""
    best: Dict[str, float] = {}
    digests = set()
    for number in range(4):
        for name, cluster in where.items():
            began = time.perf_counter()
            digests.add(decompose(gen, cache=False, cluster=cluster, **options).digest)
            took = time.perf_counter() - began
            if number:
                best[name] = min(took, best.get(name, took))
    if len(digests) != 1:
        raise SystemExit("the clusters did not give the same bytes")
    return best
