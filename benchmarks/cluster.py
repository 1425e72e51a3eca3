"""A cluster on this machine: what it costs, what a second worker brings, and whether kills change a byte.

    python -m benchmarks cluster  # at most MINUTES, 15 by default, and then what is under way
    PARTS=kills KILLS=10 ROWS=60000 python -m benchmarks cluster  # of rows, activations, memory, kills

Two workers need two cores, so the pinning of the other benchmarks is undone here; each has one thread. Runs
stand side by side. Neighbours on the machine disturb clock times, so ratios are of CPU seconds: those of this
process and of its workers together for the cost of a cluster; those of the busiest worker and of this process
for what a second worker brings (what the clock would show on idle cores). The clock itself stands behind.
A run that hangs ends after some minutes, with the stacks of its threads.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import random
import signal
import tempfile
import threading
import time
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional

from benchmarks.machine import peak_gib, use_all_cores
from benchmarks.release import beside
from benchmarks.synthesis import CONFIG_F
from ganspace_tf.cluster import Cluster
from ganspace_tf.cluster.connect import STARTS_AGAIN
from ganspace_tf.decomposition import decompose
from ganspace_tf.errors import ClusterError
from ganspace_tf.generators import load_generator

PATIENCE = 400  # seconds that a run may take
MINUTES = 15  # after which nothing is begun any more
KILLED, ROWS = 60_000, 400_000  # rows of w: of each run with kills, of the others
ENDPOINT = "16x16/Conv1"  # of a 256 px network: a row is 131,072 numbers, so randomised
ACTIVATIONS, BATCH, COMPONENTS, READINGS = 1_024, 32, 4, 4  # enough for workers to be more than their start
LITTLE, TOO_LARGE = 2**30, 160_000  # bytes of a worker; rows that need 0.6 GiB by their size alone
ROUNDS = 2  # of rows; one of activations, which take minutes


def measure() -> Iterator[str]:
    """One line a finding."""
    use_all_cores()
    began, minutes = time.monotonic(), float(os.environ.get("MINUTES", MINUTES))
    parts: Dict[str, Callable[[], Iterator[str]]] = {
        "rows": lambda: rows_of_w(int(os.environ.get("ROWS", ROWS))),
        "activations": activations,
        "memory": out_of_memory,
        "kills": lambda: kills(
            int(os.environ.get("KILLS", "10")), int(os.environ.get("ROWS", KILLED)), began + 60 * minutes
        ),
    }
    wanted = os.environ.get("PARTS", ",".join(parts)).split(",")
    for name in parts:
        if name in wanted and time.monotonic() < began + 60 * minutes:
            yield from parts[name]()
        elif name in wanted:
            yield "{}: not begun, {:g} minutes are over (MINUTES={:g})".format(name, minutes, 2 * minutes)
    yield "{:.1f} minutes in all".format((time.monotonic() - began) / 60)


def kills(runs: int, rows: int, until: float) -> Iterator[str]:
    """Runs on two workers of which one or two are killed at random moments, from their start on. until: by
    the monotonic clock; no run begins later, but for the first.
    """
    gen = load_generator("demo:stylegan2", threads=1)
    alone = decompose(gen, n=rows, components=20, cache=False)
    same, killed, done, draw = 0, 0, 0, random.Random(19)
    while done < runs and (not done or time.monotonic() < until):
        faulthandler.dump_traceback_later(PATIENCE, exit=True)
        moments = [draw.uniform(0.5, 6.0) for _ in range(draw.choice((1, 2)))]
        killer = Killer(moments)
        with Cluster("local:2") as cluster:
            found = decompose(gen, n=rows, components=20, cache=False, cluster=cluster)
        killed += killer.end()
        same += found.digest == alone.digest
        done += 1
    faulthandler.cancel_dump_traceback_later()
    text = "{} of {} runs of {:,} rows gave the bytes of one machine; {} workers were killed"
    yield text.format(same, done, rows, killed) + (" (of {} runs asked)".format(runs) if done < runs else "")
    if same < done:
        raise SystemExit("a killed worker changed the result")


class Killer:
    """kill -9 of one of this process's workers after each of these seconds, until `end`. It asks the system
    which there are: a scheduler that waits for one that is dying would say nothing."""

    def __init__(self, after: List[float]):
        self.after, self.killed = after, 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        for seconds in self.after:
            if self._over.wait(seconds):
                return
            pids = workers()
            if pids:
                os.kill(random.choice(pids), signal.SIGKILL)
                self.killed += 1

    def end(self) -> int:
        """How many were killed."""
        self._over.set()
        self._thread.join()
        return self.killed


def workers() -> List[int]:
    """Processes of workers that this process has started."""
    import psutil

    found = []
    for child in psutil.Process().children(recursive=True):
        try:
            if "spawn_main" in " ".join(child.cmdline()):
                found.append(int(child.pid))
        except psutil.Error:  # it has ended since
            continue
    return sorted(found)


class Cost(NamedTuple):
    """Seconds: by the clock, CPU of this process, CPU of each worker."""

    clock: float
    here: float
    there: List[float]

    @property
    def all(self) -> float:
        """CPU seconds of everybody."""
        return self.here + sum(self.there)

    @property
    def path(self) -> float:
        """CPU seconds of the busiest worker, and of this process."""
        return self.here + max(self.there, default=0.0)


def rows_of_w(rows: int) -> Iterator[str]:
    """The demo network's w: no cluster, and one worker."""
    gen = load_generator("demo:stylegan2", threads=1)
    with Cluster("local:1") as one:
        costs = side_by_side(gen, {"none": None, "one": one}, ROUNDS, n=rows, components=20)
    yield from overhead("rows of w", costs, "cluster of one, rows of w")
    worker = costs["one"].there[0]
    yield "  a block of 4,096 costs a worker {:.3f} CPU s, and this process {:.2f} ms".format(
        4096 * worker / rows, 4096e3 * costs["one"].here / rows
    )


def activations() -> Iterator[str]:
    """A layer of a 256 px network with random weights: none, one and two workers."""
    from tests import tiny

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "net.pkl")
        tiny.write_tiny(path, "stylegan2-skip", resolution=256, **CONFIG_F)
        gen = load_generator(path, threads=1)
        options = {"components": COMPONENTS, "space": ENDPOINT, "batch": BATCH}
        with Cluster("local:1") as one, Cluster("local:2") as two:
            where = {"none": None, "one": one, "two": two}
            costs = side_by_side(gen, where, 1, n=ACTIVATIONS, **options)
            memory = max(one.client.run(peak_gib).values())
    yield from overhead("activations, 256 px", costs, "cluster of one, activations")
    first, second = costs["one"], costs["two"]
    yield "activations, 256 px: two workers are {} as fast as one ({:.2f} x by the clock)".format(
        beside("cluster of two, activations", first.path / second.path), first.clock / second.clock
    )
    asked = ACTIVATIONS * READINGS
    text = "  a row and reading costs a worker {:.3f} CPU s, this process {:.4f}; a worker holds {:.2f} GiB"
    yield text.format(first.there[0] / asked, first.here / asked, memory)


def out_of_memory() -> Iterator[str]:
    """A worker that may hold LITTLE, and a block that takes more than it seems to: the line that comes, and
    whether the smaller block that it names fits.
    """
    import dask.config
    import distributed

    gen = load_generator("demo:stylegan2", threads=1)
    options: Dict[str, Any] = {"n": TOO_LARGE, "components": 20, "cache": False}
    with dask.config.set(STARTS_AGAIN), tempfile.TemporaryDirectory() as folder, distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        memory_limit=LITTLE,
        local_directory=folder,
        silence_logs=logging.CRITICAL,
    ) as local, distributed.Client(local, set_as_default=False) as client:
        try:
            decompose(gen, batch=TOO_LARGE, cluster=client, **options)
            raise SystemExit("a block of {:,} rows fitted into {} bytes".format(TOO_LARGE, LITTLE))
        except ClusterError as error:
            said = str(error)
        yield said
        batch = int(said.split("; batch ")[1].split()[0])
        alone, there = (decompose(gen, batch=batch, cluster=on, **options) for on in (None, client))
    yield "  batch {} fits, with {} bytes".format(
        batch, "the same" if there.digest == alone.digest else "OTHER"
    )


def overhead(called: str, costs: Dict[str, Cost], name: str) -> Iterator[str]:
    """What a cluster of one costs over none."""
    one, none = costs["one"], costs["none"]
    yield "{}: a cluster of one takes {} the CPU time of none ({:.2f} x by the clock)".format(
        called, beside(name, one.all / none.all), one.clock / none.clock
    )


def side_by_side(
    gen: Any, where: Dict[str, Optional[Cluster]], rounds: int, **options: Any
) -> Dict[str, Cost]:
    """The cheapest of some rounds, after a short run that loads the network everywhere. Results are
    compared."""
    best: Dict[str, Cost] = {}
    digests = set()
    for cluster in where.values():
        decompose(gen, cache=False, cluster=cluster, **dict(options, n=max(20, options["n"] // 50)))
    for _ in range(rounds):
        for name, cluster in where.items():
            faulthandler.dump_traceback_later(PATIENCE, exit=True)
            found, cost = costing(gen, cluster, options)
            digests.add(found)
            if name not in best or cost.all < best[name].all:
                best[name] = cost
    faulthandler.cancel_dump_traceback_later()
    if len(digests) != 1:
        raise SystemExit("the clusters did not give the same bytes")
    return best


def costing(gen: Any, cluster: Optional[Cluster], options: Dict[str, Any]) -> Any:
    """(digest, cost) of one run."""

    def there() -> Dict[str, float]:
        return {} if cluster is None else dict(cluster.client.run(time.process_time))

    before, own, clock = there(), time.process_time(), time.perf_counter()
    digest = decompose(gen, cache=False, cluster=cluster, **options).digest
    clock, own, after = time.perf_counter() - clock, time.process_time() - own, there()
    return digest, Cost(clock, own, [after[name] - before[name] for name in after])
