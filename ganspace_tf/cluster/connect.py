"""From what --cluster says to a client of Dask. Everything of Dask that speaks to the network is here."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import tempfile
import time
import warnings
from contextlib import ExitStack, contextmanager
from typing import Any, Dict, Iterator, List

from ganspace_tf.cluster.address import Address
from ganspace_tf.cluster.facts import differences, of_dask
from ganspace_tf.errors import ClusterError, ClusterWarning, FileError
from ganspace_tf.json_files import read_json

LOOPBACK = "127.0.0.1"
CONNECT, WORKERS, CLOSE = 20, 90, 20  # seconds to wait for a scheduler, for its first worker, for an end
VERSIONS = 60  # seconds for what all of them say of themselves
LATE = 30  # seconds in which none of the workers that were started came after the last one
# Nothing listens for browsers beyond this machine, and what listens has no pages.
CONFIG = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.admin.large-graph-warning-threshold": "1GB",
}
# A worker that was killed is started again, however often: by itself, Dask looks 15 s after each death
# whether there is one, and gives up for good if it is just being started: findings/dask-worker-lost-twice.sh
STARTS_AGAIN = {"distributed.deploy.lost-worker-timeout": "365 days"}
# For the workers of this machine. One that is not heard of any more is given up (2022: never, if not told).
# One that holds much does not pause: its task is all it has, and it would wait for ever with it.
LOCAL = {
    **STARTS_AGAIN,
    "distributed.scheduler.worker-ttl": "5 minutes",
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    # Dask looks at itself a hundred times a second, in every worker and here.
    "distributed.worker.profile.enabled": False,
    "distributed.worker.profile.interval": "10s",
    "distributed.worker.profile.cycle": "60s",
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "10s",
}
TALK = "DASK_LOGGING__DISTRIBUTED"
CERTIFICATE = ["DASK_DISTRIBUTED__COMM__TLS__" + name for name in ("CA_FILE", "CLIENT__CERT", "CLIENT__KEY")]
ENVIRONMENT = dict(
    dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    NVIDIA_TF32_OVERRIDE="0",
)


def distributed_package() -> Any:
    """The package distributed. Raises ClusterError where it is not installed."""
    try:
        import distributed
    except ImportError as error:
        raise ClusterError(
            "--cluster needs Dask ({}): pip install 'ganspace-tf[cluster]'".format(error)
        ) from None
    return distributed


@contextmanager
def connected(address: Address) -> Iterator[Any]:
    """A client of the cluster; one that was started for it ends with it. Raises ClusterError."""
    distributed = distributed_package()
    import dask.config

    with ExitStack() as stack:
        stack.enter_context(_less_talk())
        stack.enter_context(dask.config.set(dict(CONFIG, **(LOCAL if address.local else {}))))
        if address.local:
            cluster = stack.enter_context(_local(distributed, address.local))
            # By its address: a client of the object would wait for all of its workers, without an end.
            client = distributed.Client(
                cluster.scheduler_address, direct_to_workers=True, timeout=CONNECT, set_as_default=False
            )
        else:
            client = _client(distributed, address.place)
        stack.callback(_close, client)
        if address.local:
            _await_local(client, address.local)
        check(client, address.place)
        yield client


def check(client: Any, place: str) -> None:
    """Wait for a worker; compare versions. Raises ClusterError with what is wrong in one line."""
    place = place or "the cluster"
    try:
        client.wait_for_workers(1, timeout=WORKERS)
    except Exception as error:  # dask's TimeoutError is another class in every version
        text = "{}: no worker is there after {} s ({})"
        raise ClusterError(text.format(place, WORKERS, _said(error))) from None
    nodes = versions(client, place)
    here = of_dask(nodes.get("client") or {})
    others: Dict[str, Any] = {"scheduler " + place: nodes.get("scheduler") or {}}
    others.update(("worker " + name, node) for name, node in (nodes.get("workers") or {}).items())
    for name, node in others.items():
        there = of_dask(node)
        # a scheduler needs neither NumPy nor the network's libraries
        wanted = {key: here[key] for key in here if name.startswith("worker") or key in there}
        wrong = differences(there, wanted)
        if wrong:
            raise ClusterError("{} does not fit: {}".format(name, "; ".join(wrong)))


def versions(client: Any, place: str) -> Dict[str, Any]:
    """What scheduler, workers and client say of themselves, in plain text."""
    try:
        # `get_versions`, but one that does not answer is not waited for without an end
        found: Dict[str, Any] = client.sync(client._get_versions, callback_timeout=VERSIONS)
    except Exception as error:
        raise ClusterError("{} does not tell its versions ({})".format(place, _said(error))) from None
    return found


def _client(distributed: Any, place: str) -> Any:
    by_file = place.lower().endswith(".json")
    if by_file:
        _check_file(place)
    if place.startswith("tls://") and not _has_certificate(distributed):
        text = "{}: needs a certificate; Dask takes the files from {}"
        raise ClusterError(text.format(place, ", ".join(CERTIFICATE)))
    where = {"scheduler_file": place} if by_file else {"address": place}
    try:
        return distributed.Client(timeout=CONNECT, set_as_default=False, **where)
    except (OSError, ValueError) as error:  # nobody there; a file or certificates that are none
        raise ClusterError(
            "{}: no scheduler of Dask can be reached ({})".format(place, _said(error))
        ) from None
    except Exception as error:  # a scheduler of other years answers with what this client cannot read
        text = "{} does not speak as distributed {} does here; the same version is needed everywhere ({})"
        raise ClusterError(text.format(place, distributed.__version__, _said(error))) from None


def _check_file(path: str) -> None:
    """Raises ClusterError for a file that names no scheduler: Dask waits for one that it may become."""
    if not os.path.exists(path):
        raise ClusterError("{}: no such file; `dask scheduler --scheduler-file` writes one".format(path))
    try:
        found = read_json(path)
    except FileError as error:
        raise ClusterError("{}: cannot be read as a scheduler's file ({})".format(path, error)) from None
    if not isinstance(found, dict) or not isinstance(found.get("address"), str):
        text = "{}: not a scheduler's file, it has no address; `dask scheduler --scheduler-file` writes one"
        raise ClusterError(text.format(path))


def _has_certificate(distributed: Any) -> bool:
    try:
        context = distributed.security.Security().get_connection_args("client").get("ssl_context")
    except Exception:  # files that are none
        return False
    return context is not None


@contextmanager
def _local(distributed: Any, workers: int) -> Iterator[Any]:
    """Workers on this machine: processes of one thread each, reached over loopback alone."""
    import dask.config
    from distributed.system import MEMORY_LIMIT

    folder = tempfile.mkdtemp(prefix="ganspace-dask-")
    talk = os.environ.get(TALK)
    os.environ.setdefault(TALK, "critical")  # read by workers as they start, which may be at any time
    try:
        # also what the scheduler keeps for itself: locks that it would leave in the system's folder
        with _no_interrupts(), dask.config.set({"temporary-directory": folder}):
            cluster = distributed.LocalCluster(
                n_workers=0,
                threads_per_worker=1,
                processes=True,
                host=LOOPBACK,
                dashboard_address=LOOPBACK + ":0",
                worker_dashboard_address=LOOPBACK + ":0",
                scheduler_kwargs={"dashboard": False},
                local_directory=folder,
                memory_limit=MEMORY_LIMIT // (workers + 1),  # a share each, and one for this process
                silence_logs=logging.CRITICAL,
                env=ENVIRONMENT,
                preload=["ganspace_tf.cluster.preload"],
            )
            # Not at once: a worker that is killed while it starts would be waited for without an end.
            cluster.scale(workers)
        try:
            yield cluster
        finally:
            try:
                cluster.close(timeout=CLOSE)
            except Exception:  # workers that never came up are not waited for; they go with this process
                pass
    except (OSError, RuntimeError) as error:
        raise ClusterError("workers cannot be started on this machine ({})".format(_said(error))) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if talk is None:
            os.environ.pop(TALK, None)


def _await_local(client: Any, workers: int) -> None:
    """Wait for workers that were started; one that does not come is done without. Raises ClusterError where
    none comes.
    """
    there, since = 0, time.monotonic()
    while there < workers and time.monotonic() - since < (LATE if there else WORKERS):
        time.sleep(0.1)
        now = _watched(client)
        if now > there:
            there, since = now, time.monotonic()
    if not there:
        raise ClusterError("none of {} workers was there after {} s".format(workers, WORKERS))
    if there < workers:
        text = "{} of {} workers did not start; it goes on with {}"
        warnings.warn(text.format(workers - there, workers, there), ClusterWarning, stacklevel=2)


def _watched(client: Any) -> int:
    """How many workers would be started again if they died. Their nannies hear of them a little later than
    the scheduler does; a worker that dies in between is given up.
    """
    try:
        return sum(client.run(_knows_its_worker, nanny=True).values())
    except Exception:  # one that went meanwhile
        return 0


def _knows_its_worker(dask_worker: Any = None) -> bool:
    """Run in a nanny, which Dask hands over by the name of a worker."""
    return bool(dask_worker.status.name == "running")


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """Processes and threads that are started meanwhile do not get Ctrl-C: it is for this thread, which ends
    them in an orderly way. (A mask of signals is inherited; workers ignore the
    signal themselves from `preload` on.)
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _less_talk() -> Iterator[None]:
    """Dask tells on stderr of every worker that is lost. What a user has to know is said by ClusterError."""
    if os.environ.get("GANSPACE_DEBUG"):
        yield
        return
    spoken = ("distributed", "tornado", "asyncio")
    # each by its name: Dask gives some of them a level of their own
    known = [name for name in logging.root.manager.loggerDict if name.split(".")[0] in spoken]
    names: List[str] = sorted({*spoken, *known})
    before = [logging.getLogger(name).level for name in names]
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in zip(names, before):
            logging.getLogger(name).setLevel(level)


def _close(client: Any) -> None:
    try:
        client.close(timeout=CLOSE)
    except Exception:  # the scheduler is gone: there is nothing left to close
        pass


def _said(error: BaseException) -> str:
    return "{}: {}".format(type(error).__name__, error) if str(error) else type(error).__name__
