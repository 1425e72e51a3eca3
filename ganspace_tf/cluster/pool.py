"""`Cluster`: the workers, what they did, and what is asked of all of them. Work goes out by `job.Job`."""

from __future__ import annotations

import warnings
from contextlib import ExitStack
from typing import Any, Callable, Dict, Generator, Iterable, List, Optional, Tuple, Union

from ganspace_tf.cluster import worker
from ganspace_tf.cluster.address import parse_address
from ganspace_tf.cluster.connect import check, connected
from ganspace_tf.cluster.facts import Facts, facts
from ganspace_tf.cluster.job import Called, Job, in_words
from ganspace_tf.errors import ClusterError, ClusterWarning, UsageError
from ganspace_tf.generators.base import Generator as Network

ANSWER = 30  # seconds for the answer of a scheduler or a worker
SENDING, SENDS = 600, 3  # seconds for a network on its way to a worker, and how often it is sent to one
MEMORY = 0.7  # share of a worker's memory that a block may take; Dask ends one that holds 0.95 of it


class Cluster:
    """Workers of Dask.

    where: "local:N", "tcp://HOST:PORT", "tls://HOST:PORT", the path of a scheduler's file, or a client of
    Dask (`distributed.Client`), which stays open.
    with: they are connected, or started, when they are first needed in it, and left or ended behind the
    outermost one.
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
        self._kinds: Dict[str, str] = {}  # of processor → the last worker heard of that has it

    def __enter__(self) -> Cluster:
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

    def job(self, make: worker.Make, gen: Network, request: Any, advice: str = "") -> Job:
        """Work that is asked for several times: workers keep what they made for it. Inside `with`."""
        return Job(self, make, gen, request, advice)

    def in_order(
        self,
        make: worker.Make,
        gen: Network,
        request: Any,
        items: Iterable[Any],
        called: Called = str,
        advice: str = "",
    ) -> Generator[Tuple[Any, Any], None, None]:
        """(item, make(gen, request)(item)) for every item, in their order: see `Job`."""
        return self.job(make, gen, request, advice).in_order(items, called)

    def check_memory(self, needs: Callable[[int], float], rows: int, called: str) -> None:
        """Raises ClusterError where blocks are too large for a worker. needs(rows): bytes that a block of so
        many rows takes, besides the network. called: what makes blocks smaller, such as "--batch".
        """
        limits = self.memory()
        if not limits:
            return
        smallest = min(limits, key=lambda name: limits[name])
        room = MEMORY * limits[smallest]
        if needs(rows) <= room:
            return
        fit = fitting(needs, rows, room)
        advice = "{} {} fits, with other last bits".format(called, fit) if fit else "no block is small enough"
        text = "a block of {:,} rows needs {} besides the network; worker {} has {} a task, and {:.0%} of it "
        text += "are for blocks: {}, or give workers more memory"
        sizes = in_words(needs(rows)), smallest, in_words(limits[smallest])
        raise ClusterError(text.format(rows, *sizes, MEMORY, advice))

    # ------------------------------------------------------------------ what a Job needs

    @property
    def client(self) -> Any:
        """The client of Dask, inside `with`."""
        if not self._depth:
            raise UsageError("a cluster is used inside `with`")
        if self._client is None and self._given is None:
            self._client = self._stack.enter_context(connected(self._address))
        elif self._client is None:
            check(self._given, self.place)
            self._client = self._given
        return self._client

    @property
    def address(self) -> str:
        """Of the scheduler, inside `with`."""
        return str(self.client.scheduler.address)

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

    def memory(self) -> Dict[str, float]:
        """Worker → bytes that each of its tasks may take, as it was told; not those without a limit."""
        client = self.client
        try:
            told: Dict[str, Any] = client.sync(client.scheduler.identity, callback_timeout=ANSWER)
        except Exception:  # said where its absence matters
            return {}
        workers: Dict[str, Any] = told.get("workers") or {}
        return {
            name: facts["memory_limit"] / max(1, facts.get("nthreads") or 1)
            for name, facts in workers.items()
            if facts.get("memory_limit")
        }

    def at_work(self) -> bool:
        """Whether any worker says that it is at anything; those that do not answer are not."""
        return any(isinstance(count, int) and count > 0 for count in self._ask(worker.tasks_at_work).values())

    def note(self, outcome: worker.Outcome) -> Optional[str]:
        """Count what a worker did. The first time that its processor is of another kind than those before,
        the last one of these.
        """
        done = self._work.setdefault(outcome.worker, [0, 0.0])
        done[0] += 1
        done[1] += outcome.seconds
        before = next((name for kind, name in self._kinds.items() if kind != outcome.kind), None)
        told = len(self._kinds) > 1
        self._kinds[outcome.kind] = outcome.worker
        return None if told else before

    def tell_kinds(self, apart: Optional[float], called: str) -> None:
        """Say that processors are of two kinds. apart: how far their results of the same item are, by its
        largest number, if that is known.
        """
        size = "" if apart is None else ", by {:.1g} of the largest in {}".format(apart, called)
        text = "processors of two kinds ({}): sums of floats differ in their last digits between them{}; so "
        text += "the result differs on another cluster"
        kinds = "; ".join("{} on {}".format(kind, name) for kind, name in self._kinds.items())
        warnings.warn(text.format(kinds, size), ClusterWarning, stacklevel=4)

    def send_network(self, gen: Network, fingerprint: str, to: str) -> None:
        """Give a worker the network as a neutral file."""
        times = self._sent[fingerprint, to] = self._sent.get((fingerprint, to), 0) + 1
        data = gen.neutral() if times <= SENDS else None
        if data is None:
            text = "worker {} has no {} with the fingerprint {}…"
            text += ", and this kind of network cannot be sent" if times <= SENDS else ", and takes none"
            raise ClusterError(text.format(to, gen.path or gen.name, fingerprint[:12]))
        self._ask(worker.keep_network, fingerprint, data, workers=[to], seconds=SENDING)

    def forget(self, futures: List[Any]) -> None:
        """Whatever they are at, it is not wanted any more."""
        if futures and self._client is not None:
            try:
                self._client.cancel(futures)
            except Exception:  # with the scheduler they are gone anyway
                pass

    def _ask(
        self, function: Callable[..., Any], *args: Any, workers: Any = None, seconds: float = ANSWER
    ) -> Dict[str, Any]:
        """Worker → what the function gives there. Who has gone, or does not answer in time, says nothing."""
        client = self.client
        try:
            found: Dict[str, Any] = client.sync(
                client._run, function, *args, workers=workers, on_error="return", callback_timeout=seconds
            )
        except Exception:  # a worker that went meanwhile, in versions that do not know `on_error`
            return {}
        return found


def fitting(needs: Callable[[int], float], rows: int, room: float) -> int:
    """The largest half, quarter … of so many rows that takes no more bytes than `room`, or 0."""
    while rows and needs(rows) > room:
        rows //= 2
    return rows


def smaller(needs: Callable[[int], float], rows: int, called: str) -> str:
    """What to do where a block that should have fitted did not. called: what makes blocks smaller."""
    fit = fitting(needs, rows // 2, needs(rows) / 2)
    if not fit:
        return "give workers more memory"
    text = "{} {} takes half of it at most, with other last bits, or give workers more memory"
    return text.format(called, fit)
