"""TensorFlow's values go where earlier ones were, unless the user has said otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from nvlabs.running.memory import ALLOCATOR, LIMIT, keep_memory
from nvlabs.running.session import GraphSession
from tests.tiny import write_tiny

pytest.importorskip("resource")  # not on Windows
ROOT = Path(__file__).resolve().parent.parent
# Pages that a picture has the system clear, once all that is made once has been made.
PAGES = """
import resource
import ganspace_tf as gs
gen = gs.load_generator("net.pkl", threads=1)
w = gen.w(seeds=range(16))
for _ in range(4):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    gen.images(w, batch=16)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def pages(tmp_path, **settings):
    env = {name: value for name, value in os.environ.items() if name not in (ALLOCATOR, LIMIT)}
    words = [sys.executable, "-c", PAGES]
    env.update(settings, PYTHONPATH=str(ROOT), TF_ENABLE_ONEDNN_OPTS="0")
    done = subprocess.run(words, cwd=str(tmp_path), env=env, stdout=subprocess.PIPE, check=True)
    return int(done.stdout)


def test_a_picture_needs_no_fresh_memory_unless_the_user_wants_it(tmp_path):
    """What is left are the images themselves: 16 of 3 x 256 x 256 float32 are 3,072 pages of 4 KiB. Without
    oneDNN, which has an allocator of its own on processors that TensorFlow 2 uses it on.
    """
    write_tiny(tmp_path / "net.pkl", "stylegan2-skip", resolution=256, fmap_base=4096, fmap_max=16)
    kept, fresh = pages(tmp_path), pages(tmp_path, **{ALLOCATOR: "false"})
    assert kept < 2 * 3072 < fresh / 4


def test_what_the_user_has_set_stays(monkeypatch):
    monkeypatch.setenv(ALLOCATOR, "false")
    monkeypatch.delenv(LIMIT, raising=False)
    keep_memory()
    assert os.environ[ALLOCATOR] == "false" and LIMIT not in os.environ
    monkeypatch.delenv(ALLOCATOR)
    monkeypatch.setenv(LIMIT, "1000")
    keep_memory()
    assert os.environ[ALLOCATOR] == "true" and os.environ[LIMIT] == "1000"


def test_what_does_not_fit_is_a_memory_error_that_names_it(monkeypatch):
    session = GraphSession(threads=1)
    with session.building():
        value, weight = tf.ones([2]), session.variable("w", np.zeros(2, np.float32))
    session.start()
    says = "OOM when allocating tensor with shape[9,9] and type float on /job:localhost by allocator"

    def full(*args):
        raise tf.errors.ResourceExhaustedError(None, None, says)

    assert session.run(value).tolist() == [1, 1]
    monkeypatch.setattr(session, "_session", types.SimpleNamespace(run=full, close=session._session.close))
    ways = (
        lambda: session.run(value),
        lambda: session.get(weight),
        lambda: session.set([(weight, np.ones(2, np.float32))]),
    )
    for way in ways:
        with pytest.raises(
            MemoryError, match=r"^OOM when allocating tensor with shape\[9,9\] and type float$"
        ):
            way()
    session.close()
