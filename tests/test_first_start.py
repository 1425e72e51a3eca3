"""The library starts TensorFlow as silently as the command does, and leaves alone what its user has set."""

from __future__ import annotations

import gc
import importlib
import importlib.util
import logging
import os
import subprocess
import sys
import types
import warnings
from pathlib import Path

import pytest

from nvlabs.running import first_start
from tests.tiny import write_tiny

ROOT = Path(__file__).resolve().parent.parent
DRAW = """
import ganspace_tf as gs, nvlabs
images = gs.load_generator("net.pkl").images(gs.load_generator("net.pkl").w(seeds=[1]))
Gs = nvlabs.load("net.pkl").Gs
assert Gs.run(images.reshape(1, -1)[:, :Gs.input_shape[1]], None).shape == images.shape
"""


def test_the_library_draws_without_a_word(tmp_path):
    """With the real TensorFlow in a process of its own, since much is printed while it is being loaded."""
    write_tiny(tmp_path / "net.pkl", "stylegan2-skip", resolution=8)
    unset = ("TF_CPP_MIN_LOG_LEVEL", "GANSPACE_DEBUG", "PYTHONWARNINGS")
    env = {name: value for name, value in os.environ.items() if name not in unset}
    done = subprocess.run(
        [sys.executable, "-c", DRAW],
        cwd=str(tmp_path),
        env=dict(env, PYTHONPATH=str(ROOT)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


KERAS = """
import sys
import ganspace_tf as gs
gs.load_generator("net.pkl").w(seeds=[1])
loaded = {"keras", "tf_keras", "sklearn", "matplotlib"} & set(sys.modules)
from tensorflow.keras import layers
import tensorflow as tf
print(sorted(loaded), layers.Dense.__name__, tf.keras.layers.Dense is layers.Dense)
"""


@pytest.mark.skipif(sys.version_info < (3, 10), reason="Keras is a part of TensorFlow 1")
def test_keras_waits_until_it_is_asked_for(tmp_path):
    write_tiny(tmp_path / "net.pkl", "stylegan2-skip", resolution=8)
    done = subprocess.run(
        [sys.executable, "-c", KERAS],
        cwd=str(tmp_path),
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        stdout=subprocess.PIPE,
        universal_newlines=True,
    )
    assert done.stdout == "[] Dense True\n"


def test_keras_is_there_again_afterwards_and_everything_else_all_along():
    finders = list(sys.meta_path)
    with first_start.without_keras():
        assert importlib.util.find_spec("json") is not None
        for name in first_start.KERAS:
            if name not in sys.modules:
                with pytest.raises(ImportError, match=r"when somebody asks for it|No module named"):
                    importlib.import_module(name)
    assert sys.meta_path == finders


@pytest.mark.parametrize("enabled", [True, False])
def test_garbage_is_collected_afterwards_where_it_was_before(enabled):
    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        with first_start.uncollected():
            assert not gc.isenabled()
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if before else gc.disable)()


@pytest.fixture
def start(monkeypatch):
    """start(): a first start whose TensorFlow speaks on stderr, warns, and logs; the names it imported."""
    monkeypatch.delenv("GANSPACE_DEBUG", raising=False)
    monkeypatch.delenv(first_start.LEVEL, raising=False)
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    monkeypatch.setattr(sys, "warnoptions", [])
    for name in first_start.LOGGERS:
        monkeypatch.setattr(logging.getLogger(name), "level", logging.NOTSET)
    started = []

    def import_module(name):
        started.append(name)
        os.write(2, b"from a library\n")
        warnings.warn("use something newer", FutureWarning)
        module = types.ModuleType("tensorflow")
        module.get_logger = lambda: logging.getLogger("tensorflow").setLevel(logging.INFO)
        monkeypatch.setitem(sys.modules, "tensorflow", module)

    monkeypatch.setattr(first_start.importlib, "import_module", import_module)

    def call():
        first_start.start_tensorflow()
        return started

    return call


def levels():
    return [logging.getLogger(name).level for name in first_start.LOGGERS]


def test_nothing_is_said_and_everything_is_as_before(start, capfd):
    filters = list(warnings.filters)
    assert len(start()) == 1 and len(start()) == 1  # the second call finds it there
    assert capfd.readouterr().err == ""
    assert warnings.filters == filters
    assert os.environ[first_start.LEVEL] == "3" and levels() == [logging.ERROR] * 2
    os.write(2, b"afterwards\n")
    assert capfd.readouterr().err == "afterwards\n"


@pytest.mark.parametrize("name, value", [(first_start.LEVEL, "0"), ("GANSPACE_DEBUG", "1")])
def test_who_asks_to_hear_tensorflow_hears_it(name, value, start, monkeypatch, capfd):
    monkeypatch.setenv(name, value)
    with pytest.warns(FutureWarning):
        start()
    assert "from a library" in capfd.readouterr().err
    assert os.environ[name] == value and levels() == [logging.NOTSET] * 2


def test_levels_of_loggers_stay_as_they_were_set(start, monkeypatch):
    monkeypatch.setattr(logging.getLogger("absl"), "level", logging.DEBUG)
    start()
    assert logging.getLogger("absl").level == logging.DEBUG


def test_warnings_that_the_user_made_errors_are_errors(start, monkeypatch):
    monkeypatch.setattr(sys, "warnoptions", ["error"])
    with pytest.warns(FutureWarning):
        start()


def test_a_tensorflow_that_is_there_is_left_alone(start, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", types.ModuleType("tensorflow"))
    assert start() == [] and first_start.LEVEL not in os.environ and levels() == [logging.NOTSET] * 2
