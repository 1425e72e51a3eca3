"""A run that is stopped goes on where it was, and nobody can tell from the numbers."""

import os
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest

from ganspace_tf.cache import Folder
from ganspace_tf.decomposition import checkpoint, decompose
from tests.linear_generator import LinearGenerator

RUNS = {
    "pca": {},
    "partial last block": {"n": 8700},
    "ipca": {"estimator": "ipca"},
    "z, with a regression": {"space": "z"},
    "endpoint in w": {"space": "wide"},
    "orthogonal frames": {"sampling": "orthogonal"},
    "three passes": {"space": "huge", "n": 300, "batch": 40, "components": 2},
    "compat": {"compat": "ganspace", "batch": 100},
    "compat ipca in z": {"compat": "ganspace", "batch": 100, "estimator": "ipca", "space": "z"},
}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GANSPACE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def found(gen, **options):
    return decompose(gen, **dict({"n": 9000, "components": 3, "batch": 1000}, **options))


class Stop(Exception):  # noqa: N818
    """Not KeyboardInterrupt: nothing is saved because of it, as after kill -9."""


def stopper(after, error):
    """A progress callback that stops the run at its call number `after`."""
    calls = []

    def progress(done, total):
        calls.append(done)
        if len(calls) > after:
            raise error

    return progress


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("every_block", [True, False])
def test_a_run_stopped_again_and_again_gives_the_same_bits(name, every_block, monkeypatch):
    undisturbed = found(LinearGenerator(), cache=False, **RUNS[name])
    monkeypatch.setattr(checkpoint, "INTERVAL", 0.0 if every_block else 1000.0)
    monkeypatch.setattr(checkpoint, "COST", np.inf)
    error = Stop if every_block else KeyboardInterrupt  # which saves by itself
    stops = 0
    for _ in range(200):
        try:
            comp = found(LinearGenerator(), progress=stopper(1 + stops % 4, error), **RUNS[name])
            break
        except error:
            stops += 1
    assert stops >= 3
    assert comp.digest == undisturbed.digest


def test_work_is_kept(monkeypatch):
    monkeypatch.setattr(checkpoint, "INTERVAL", 0.0)
    monkeypatch.setattr(checkpoint, "COST", np.inf)
    gen = LinearGenerator()
    with pytest.raises(Stop):
        found(gen, progress=stopper(6, Stop))
    seen = []
    found(gen, progress=lambda done, total: seen.append((done, total)))
    assert seen[0] == (6000, 9000) and seen[-1] == (9000, 9000)


def test_an_interrupt_saves_even_between_two_checkpoints():
    gen = LinearGenerator()
    with pytest.raises(KeyboardInterrupt):
        found(gen, progress=stopper(4, KeyboardInterrupt))
    seen = []
    found(gen, progress=lambda done, total: seen.append(done))
    assert seen[0] == 4000


def test_an_interrupt_within_a_block_keeps_the_blocks_before_it(monkeypatch):
    undisturbed = found(LinearGenerator(), cache=False)
    from ganspace_tf.decomposition.scatter import Scatter

    merge, calls = Scatter.merge, []

    def interrupted(self, other):
        calls.append(None)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return merge(self, other)

    monkeypatch.setattr(Scatter, "merge", interrupted)
    with pytest.raises(KeyboardInterrupt):
        found(LinearGenerator())
    seen = []
    comp = found(LinearGenerator(), progress=lambda done, total: seen.append(done))
    assert seen[0] == 3000 and comp.digest == undisturbed.digest


def test_a_finished_run_leaves_a_small_state_at_most(folder, monkeypatch):
    found(LinearGenerator(), space="z")
    assert len(Folder("states").names()) == 1  # the scatter matrix of w; the regression's is gone
    found(LinearGenerator(), space="z", n=12_000)
    assert len(Folder("states").names()) == 1  # the longer one replaces it
    monkeypatch.setattr(checkpoint, "KEEP_NUMBERS", 10)
    found(LinearGenerator(), n=15_000)
    assert Folder("states").names() == []


def test_a_run_of_hardly_more_rows_leaves_what_was_summed_up(folder):
    found(LinearGenerator(), n=12_000)
    found(LinearGenerator(), n=12_001)  # no block more
    gen = LinearGenerator()
    assert found(gen, n=20_000).digest == found(LinearGenerator(), n=20_000, cache=False).digest
    assert gen.mapped <= 8_000 + 2_500  # but for the rows whose precision is looked at


def test_without_cache_nothing_is_saved(folder):
    with pytest.raises(KeyboardInterrupt):
        found(LinearGenerator(), cache=False, progress=stopper(4, KeyboardInterrupt))
    assert not folder.exists()


def test_a_state_of_other_rows_is_not_taken(monkeypatch):
    for other in ({"seed": 1}, {"batch": 500}, {"precision": "float64"}, {"compat": "ganspace"}):
        with pytest.raises(KeyboardInterrupt):
            found(LinearGenerator(), progress=stopper(3, KeyboardInterrupt), **other)
    with pytest.raises(KeyboardInterrupt):
        found(LinearGenerator(seed=4), progress=stopper(3, KeyboardInterrupt))
    seen = []
    found(LinearGenerator(), progress=lambda done, total: seen.append(done))
    assert seen[0] == 0


PROGRAM = """
    import signal, sys, time
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored, else, in a background job
    from tests.linear_generator import LinearGenerator
    from ganspace_tf.decomposition import checkpoint, decompose
    checkpoint.INTERVAL = 0.0
    checkpoint.COST = 1e9
    def progress(done, total):
        print(done, flush=True)
        time.sleep(float(sys.argv[1]))
    print(decompose(LinearGenerator(), n=9000, components=3, batch=1000, progress=progress).digest)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_process_goes_on(how, folder):
    undisturbed = found(LinearGenerator(), cache=False).digest
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    environment = dict(os.environ, PYTHONPATH=root)

    def start(wait):
        command = [sys.executable, "-c", textwrap.dedent(PROGRAM), wait]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    process = start("0.3")  # long enough that a busy machine does not let it end first
    for line in iter(process.stdout.readline, b""):
        if int(line) == 5000:
            process.send_signal(how)
            break
    process.communicate()
    assert process.returncode != 0
    out = start("0").communicate()[0].decode().split()
    assert int(out[0]) >= 4000 and out[-1] == undisturbed
