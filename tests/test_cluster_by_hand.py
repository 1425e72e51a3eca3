"""A scheduler and a worker that somebody started, with TLS, in a folder that has no network; and their end.

What it costs is the start of three processes, so that one test goes through all of it.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List

import pytest

import ganspace_tf
from ganspace_tf.cluster import connect, pool
from ganspace_tf.decomposition import decompose
from ganspace_tf.errors import ClusterError

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 120  # seconds for a process to come up on a busy machine

Start = Callable[..., Any]


@pytest.fixture()
def start(tmp_path: Path) -> Iterator[Start]:
    """`start("scheduler", …)`: a process of Dask in a folder of its own; all are ended behind the test."""
    running: List[Any] = []

    def begin(what: str, *options: str, path: Path = ROOT) -> Any:
        folder = tmp_path / "{}-{}".format(what, len(running))
        folder.mkdir()
        environment = dict(os.environ, PYTHONPATH=str(path), GANSPACE_CACHE=str(folder / "cache"))
        with open(str(tmp_path / "{}.log".format(folder.name)), "wb") as log:
            command = [sys.executable, "-m", "distributed.cli.dask_" + what, "--no-dashboard", *options]
            if what == "worker":
                command += ["--nthreads", "1", "--local-directory", str(tmp_path / "dask"), "--no-nanny"]
            process = subprocess.Popen(
                command, cwd=str(folder), env=environment, stdout=log, stderr=subprocess.STDOUT
            )
        running.append(process)
        return process

    yield begin
    for process in running:
        process.kill()
        process.wait()


@pytest.fixture()
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Dict[str, str]:
    """One certificate for everybody, made here, and where Dask looks for it."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on this machine")
    key, cert = str(tmp_path / "key.pem"), str(tmp_path / "cert.pem")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test"]
    subprocess.run(
        [*command, "-keyout", key, "-out", cert], check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    return {"--tls-ca-file": cert, "--tls-cert": cert, "--tls-key": key}


def tls_here(certificate: Dict[str, str]) -> Any:
    import dask.config
    import distributed  # first: its defaults would be taken for what is set here

    assert distributed.__version__
    cert, key = certificate["--tls-cert"], certificate["--tls-key"]
    return dask.config.set(
        {
            "distributed.comm.tls.ca-file": cert,
            "distributed.comm.tls.client.cert": cert,
            "distributed.comm.tls.client.key": key,
        }
    )


def written(path: Path, process: Any) -> Dict[str, Any]:
    """The scheduler's file, once it is there."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            found: Dict[str, Any] = json.loads(path.read_text())
            return found
        except (OSError, ValueError):
            time.sleep(0.1)
    raise AssertionError("the scheduler did not start")


def test_tls_from_end_to_end_and_a_scheduler_that_goes(
    start: Start, certificate: Dict[str, str], tiny_pickle: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    options = [word for pair in certificate.items() for word in pair]
    file = tmp_path / "scheduler.json"
    at = ("--host", "127.0.0.1", "--port", "0", "--protocol", "tls", "--scheduler-file", str(file))
    scheduler = start("scheduler", *at, *options)
    place = written(file, scheduler)["address"]
    assert place.startswith("tls://127.0.0.1:")
    start("worker", "--scheduler-file", str(file), *options)

    path = tmp_path / "moved.pkl"
    path.write_bytes(Path(str(tiny_pickle("stylegan2-skip"))).read_bytes())
    gen = ganspace_tf.load_generator(path)
    path.unlink()  # nobody but this process has the network
    settings: Dict[str, Any] = {"n": 3000, "components": 3, "batch": 500}
    alone = decompose(gen, cache=False, **settings)
    with tls_here(certificate):
        for where in (place, str(file)):
            assert decompose(gen, cache=False, cluster=where, **settings).digest == alone.digest
        the_scheduler_goes(gen, place, scheduler, monkeypatch)
    with pytest.raises(ClusterError, match=r"^tls://\S+ needs a certificate; .*TLS__CA_FILE, .*CLIENT__KEY$"):
        decompose(gen, cache=False, cluster=place, **settings)
    assert not list(tmp_path.glob("worker-*/*"))


def the_scheduler_goes(gen: Any, place: str, scheduler: Any, monkeypatch: Any) -> None:
    """In the middle of a run: one line, and what was summed up is kept."""
    monkeypatch.setattr(pool, "ANSWER", 5)
    seen: List[int] = []

    def progress(done: int, total: int) -> None:
        seen.append(done)
        if len(seen) == 3:
            scheduler.send_signal(signal.SIGKILL)
            scheduler.wait()

    longer: Dict[str, Any] = {"n": 100_000, "components": 3, "batch": 500}
    with pytest.raises(ClusterError, match=r"^the scheduler of \S+ is gone \(.*same command goes on$"):
        decompose(gen, cluster=place, progress=progress, **longer)
    again: List[int] = []
    with pytest.raises(KeyboardInterrupt):
        decompose(gen, progress=lambda done, total: stops(again, done), **longer)
    assert again[0] == seen[-1] > 0


def stops(seen: List[int], done: int) -> None:
    seen.append(done)
    raise KeyboardInterrupt


def test_a_worker_with_other_code_is_refused_with_both_versions(
    start: Start, generator: Any, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    for package in ("nvlabs", "ganspace_tf"):
        shutil.copytree(str(ROOT / package), str(other / package), ignore=shutil.ignore_patterns("data"))
    with open(str(other / "ganspace_tf" / "sampling.py"), "a") as stream:
        stream.write("# changed\n")
    file = tmp_path / "scheduler.json"
    scheduler = start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file))
    place = written(file, scheduler)["address"]
    start("worker", place, path=other)
    with pytest.raises(
        ClusterError,
        match=r"^worker tcp://\S+ does not fit: ganspace-tf \S+ \(\w+\) there, \S+ \(\w+\) here$",
    ):
        decompose(generator, n=300, components=2, cache=False, cluster=place)


def test_where_no_scheduler_is_one_line_says_so(generator: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(connect, "CONNECT", 2)
    with pytest.raises(ClusterError, match=r"^tcp://127.0.0.1:9: no scheduler of Dask can be reached"):
        decompose(generator, n=300, components=2, cache=False, cluster="tcp://127.0.0.1:9")
    missing = str(tmp_path / "scheduler.json")
    with pytest.raises(ClusterError, match=r"scheduler.json: no such file"):
        decompose(generator, n=300, components=2, cache=False, cluster=missing)


@pytest.mark.parametrize(
    "text, said",
    [
        ("{}", "not a scheduler's file, it has no address"),
        ('{"address": null}', "not a scheduler's file"),
        ("[1]", "not a scheduler's file"),
        ("tcp://10.0.0.1:8786", "cannot be read as a scheduler's file"),
        ("\xff", "cannot be read as a scheduler's file"),
    ],
)
def test_a_file_of_something_else_is_refused_at_once(
    generator: Any, tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "other.json").write_bytes(text.encode("latin1"))
    with pytest.raises(ClusterError, match=r"^\S+other.json: " + said):
        decompose(generator, n=300, components=2, cache=False, cluster=str(tmp_path / "other.json"))
