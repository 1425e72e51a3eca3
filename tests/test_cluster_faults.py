"""What can happen to workers, each said in one line. One cluster of one worker serves the whole file."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Dict, Iterator, List

import dask.config
import distributed.nanny
import numpy as np
import pytest

import ganspace_tf
from ganspace_tf.cluster import Cluster, job, smaller
from ganspace_tf.cluster.worker import DONE, Outcome
from ganspace_tf.decomposition import decompose
from ganspace_tf.errors import ClusterError, ClusterWarning

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster("local:1") as found:
        yield found


class Double:
    """What a worker does in these tests."""

    def __init__(self, gen: Any, request: Any):
        self.request = request

    def __call__(self, item: int) -> Any:
        if item == self.request:
            time.sleep(0.5)  # until the scheduler knows of what was done before
            os.kill(os.getpid(), signal.SIGKILL)
        return np.full(3, 2.0 * item)


def gives_up_at_once(dask_scheduler: Any = None) -> None:
    dask_scheduler.allowed_failures = 0


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 on this system")
def test_a_block_that_kills_every_worker_is_named(cluster: Cluster, generator: Any) -> None:
    cluster.client.run_on_scheduler(gives_up_at_once)  # Dask's default tries three more workers
    seen: List[int] = []
    text = (
        r"^item 2: one worker after the other was killed at it, by hand or for want of memory \(of \S+ GiB\)$"
    )
    with pytest.raises(ClusterError, match=text):
        for item, _ in cluster.in_order(Double, generator, 2, range(5), "item {}".format):
            seen.append(item)
    assert seen == [0, 1]
    assert [item for item, _ in cluster.in_order(Double, generator, None, range(3))] == [0, 1, 2]  # a new one


@pytest.mark.parametrize(
    "rows, advice",
    [
        (4096, "batch 1024 takes half of it at most, with other last bits, or give workers more memory"),
        (8, "give workers more memory"),  # the sums take more than these rows
    ],
)
def test_a_block_that_fitted_on_paper_alone_is_named_with_a_smaller_one(
    rows: int, advice: str, cluster: Cluster, generator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Dask tells of it when it has ended four workers for want of memory, as `benchmarks cluster` has it
    do."""

    class KilledWorker(Exception):  # noqa: N818
        last_worker = SimpleNamespace(memory_limit=2**30)

    def outcome(self: Any, sent: Any, called: Any) -> Any:
        raise self._explained(KilledWorker("task"), called(sent.item))

    monkeypatch.setattr(job.Job, "_outcome", outcome)
    text = r"^rows 0 to {:,}: one worker after the other was killed at it, by hand or for want of memory "
    with pytest.raises(ClusterError, match=text.format(rows - 1) + r"\(of 1.0 GiB\); " + advice + "$"):
        decompose(generator, n=2 * rows, components=2, batch=rows, cache=False, cluster=cluster)


def test_where_no_smaller_block_helps_more_memory_is_all_there_is() -> None:
    assert smaller(lambda rows: 2.0**30 + rows, 1024, "batch") == "give workers more memory"
    assert smaller(lambda rows: 8.0 * rows, 1024, "batch").startswith("batch 512 takes half of it at most")


def test_blocks_too_large_for_a_worker_are_refused_before_any_work(
    cluster: Cluster, generator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: Dict[str, float] = {"tcp://a:1": 2.0**30, "tcp://b:2": 2.0**20}
    monkeypatch.setattr(cluster, "memory", lambda: limits)
    options: Dict[str, Any] = {"n": 200_000, "components": 2, "batch": 65536, "cache": False}
    text = r"^a block of 65,536 rows needs 6 MiB besides the network; worker tcp://b:2 has 1 MiB a task, and "
    text += r"70% of it are for blocks: batch 4096 fits, with other last bits, or give workers more memory$"
    with pytest.raises(ClusterError, match=text):
        decompose(generator, cluster=cluster, **options)
    limits["tcp://b:2"] = 1000.0
    with pytest.raises(ClusterError, match=r"no block is small enough, or give workers more memory$"):
        decompose(generator, cluster=cluster, **options)


def test_the_workers_of_this_machine_share_its_memory(cluster: Cluster) -> None:
    from distributed.system import MEMORY_LIMIT

    cluster.client.wait_for_workers(1, timeout=120)
    assert list(cluster.memory().values()) == [MEMORY_LIMIT // 2]


def test_an_item_that_got_lost_is_given_out_again(
    cluster: Cluster, generator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job, "LOST", 0.3)
    monkeypatch.setattr(job, "LOOK", 0.1)
    sent, send = [], job.Job._send

    def loses(self: Any, item: Any, only: Any = None) -> Any:
        """The second time that something is sent, and each time for item 4, it is for nobody who is there."""
        sent.append(item)
        return send(self, item, "tcp://127.0.0.1:1" if len(sent) == 2 or item == 4 else only)

    monkeypatch.setattr(job.Job, "_send", loses)
    found = {}
    with pytest.raises(ClusterError, match=r"^item 4: given out 3 times, and no worker took it up"):
        for item, result in cluster.in_order(Double, generator, None, range(6), "item {}".format):
            found[item] = float(result[0])
    assert found == {0: 0.0, 1: 2.0, 2: 4.0, 3: 6.0}
    assert sent.count(1) == 2


def test_workers_of_two_kinds_are_told_once_with_how_far_they_are_apart(
    cluster: Cluster, generator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if items 1 and 3 had come from another processor, whose numbers are a millionth larger."""
    taken = job.Job._outcome

    def outcome(self: Any, sent: Any, called: Any) -> Any:
        found = taken(self, sent, called)
        if sent.item not in (1, 3):
            return found._replace(kind="SkylakeX avx2")
        return Outcome(DONE, found.result * (1 + 1e-6), found.seconds, "Haswell avx2", "tcp://b:2")

    monkeypatch.setattr(job.Job, "_outcome", outcome)
    monkeypatch.setattr(cluster, "_kinds", {})
    with pytest.warns(ClusterWarning) as told:
        list(cluster.in_order(Double, generator, None, range(5), "item {}".format))
    assert len(told) == 1
    text = str(told[0].message)
    assert text.startswith("processors of two kinds (SkylakeX avx2 on tcp://127.0.0.1:")
    assert "; Haswell avx2 on tcp://b:2): sums of floats differ in their last digits between them" in text
    assert ", by 1e-06 of the largest in item 1; so the result differs on another cluster" in text


def other_kernel() -> str:
    """A kernel that this processor can run and this process does not: under .ci/run's second one, too."""
    command = [sys.executable, str(ROOT / "scripts" / "second_kernel")]
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    return subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, universal_newlines=True, check=True
    ).stdout.strip()


def comes_back_after_a_kill(own: Cluster) -> None:
    ((name, pid),) = own.client.run(os.getpid).items()
    os.kill(pid, signal.SIGKILL)
    end = time.monotonic() + 60
    while not own.nthreads().keys() - {name} and time.monotonic() < end:
        time.sleep(0.1)
    assert own.nthreads().keys() - {name}


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 on this system")
def test_a_worker_comes_back_however_impatient_dask_is() -> None:
    """By itself Dask closes the nanny of a worker that is not back so long after its death: 15 s."""
    with dask.config.set({"distributed.deploy.lost-worker-timeout": "10ms"}), Cluster("local:1") as own:
        comes_back_after_a_kill(own)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 on this system")
def test_a_worker_that_dies_as_soon_as_it_is_there_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A nanny of Dask asks now and then whether its worker has started; until then it would give it up."""
    monkeypatch.setattr(distributed.nanny.WorkerProcess, "_init_msg_interval", 2)
    with Cluster("local:1") as own:
        comes_back_after_a_kill(own)


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="kernels of x86-64")
def test_a_worker_with_another_kernel_is_told(cluster: Cluster, generator: Any, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "distributed.cli.dask_worker", cluster.address, "--no-dashboard"]
    command += ["--nthreads", "1", "--no-nanny", "--local-directory", str(tmp_path)]
    environment = dict(os.environ, OPENBLAS_CORETYPE=other_kernel(), PYTHONPATH=str(ROOT))
    other = subprocess.Popen(command, cwd=str(tmp_path), env=environment, stderr=subprocess.DEVNULL)
    try:
        cluster.client.wait_for_workers(2, timeout=120)
        told = r"^processors of two kinds .*, by \S+ of the largest in rows "
        with pytest.warns(ClusterWarning, match=told):
            decompose(generator, n=30_000, components=2, cache=False, batch=500, cluster=cluster)
    finally:
        other.kill()
        other.wait()


def test_a_network_that_was_changed_is_changed_on_workers(
    cluster: Cluster, tiny_pickle: Any, tmp_path: Path
) -> None:
    gen = ganspace_tf.load_generator(tiny_pickle("stylegan2-skip"))
    options: Dict[str, Any] = {"n": 900, "components": 2, "cache": False}
    before = decompose(gen, cluster=cluster, **options)
    name = "G_mapping/Dense0/bias"
    gen.network.set_var(name, gen.network.get_var(name) + 1)
    alone, together = (decompose(gen, cluster=where, **options) for where in (None, cluster))
    assert together.digest == alone.digest != before.digest
    assert gen.fingerprint == before.fingerprint != gen.fingerprint_now
    gen.network.set_var(name, gen.network.get_var(name) - 1)
    gen.close()
    assert gen.fingerprint_now == gen.fingerprint


def test_what_was_decomposed_before_a_change_is_not_taken_for_what_comes_after(
    tiny_pickle: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GANSPACE_CACHE", str(tmp_path / "cache"))
    gen = ganspace_tf.load_generator(tiny_pickle("stylegan2-skip"))
    before, name = decompose(gen, n=900, components=2), "G_mapping/Dense0/bias"
    gen.network.set_var(name, gen.network.get_var(name) + 1)
    after = decompose(gen, n=900, components=2)
    assert after.digest == decompose(gen, n=900, components=2, cache=False).digest != before.digest


def test_workers_of_this_machine_leave_nothing_in_the_folder_of_temporary_files(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with Cluster("local:1") as cluster:
        assert len(cluster.nthreads()) == 1 and list(tmp_path.iterdir())
    assert list(tmp_path.iterdir()) == []
