"""Only our own lines reach the terminal: TensorFlow's logs and other people's warnings do not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from ganspace_tf.cache import CacheWarning
from ganspace_tf.cli import quiet
from ganspace_tf.errors import GanspaceError
from nvlabs.running import first_start
from tests.tiny import write_tiny

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("kind", ["stylegan2-skip", "stylegan"])
def test_a_whole_run_prints_its_answer_and_nothing_else(tmp_path, kind):
    """With the real TensorFlow in a process of its own, since much is printed while it is being loaded."""
    write_tiny(tmp_path / "net.pkl", kind, resolution=8)
    done = subprocess.run(
        [sys.executable, "-m", "ganspace_tf", "sample", "net.pkl", "--seeds", "1-2", "--json"],
        cwd=str(tmp_path),
        env=dict(os.environ, PYTHONPATH=str(ROOT), GANSPACE_CACHE=str(tmp_path / "cache")),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["frames"] == 2


def test_loading_tensorflow_makes_no_file_that_a_kill_could_leave(tmp_path):
    """Python tries the folder of temporary files out with a file, for whoever asks where that folder is."""
    code = "import sys, tempfile\ntempfile._get_default_tempdir = lambda *_: sys.exit('asked')\n"
    code += "from ganspace_tf.cli.quiet import start_tensorflow\nstart_tensorflow()\n"
    code += "assert tempfile.tempdir is None and 'tensorflow' in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], env=dict(os.environ, PYTHONPATH=str(ROOT)))
    assert done.returncode == 0


def test_what_tensorflow_brings_is_not_looked_through_for_garbage_again():
    """Python would, at the end and whenever a graph is built: a tenth of the time of a short command."""
    code = "import gc, sys\nfrom ganspace_tf.cli.quiet import start_tensorflow\n"
    code += "start_tensorflow()\nfound = gc.get_freeze_count()\nassert found > 10_000, found\n"
    code += "kept = [[] for _ in range(1_000)]\nstart_tensorflow()\n"
    code += "assert gc.isenabled() and gc.get_freeze_count() <= found"  # later objects are collected as ever
    done = subprocess.run([sys.executable, "-c", code], env=dict(os.environ, PYTHONPATH=str(ROOT)))
    assert done.returncode == 0


def test_our_warnings_are_one_line_and_others_are_silent(capsys, monkeypatch):
    monkeypatch.delenv("GANSPACE_DEBUG", raising=False)
    with warnings.catch_warnings():
        quiet.be_quiet()
        warnings.warn("an entry\nis damaged", CacheWarning)
        warnings.warn("use something newer", DeprecationWarning)
        warnings.warn("numbers may differ", RuntimeWarning)
    assert capsys.readouterr().err == "ganspace: note: an entry is damaged\n"


def test_no_tensorflow_is_one_line(monkeypatch):
    def missing(name):
        raise ImportError("No module named 'tensorflow'")

    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    monkeypatch.setattr(first_start.importlib, "import_module", missing)
    with pytest.raises(GanspaceError, match=r"TensorFlow cannot be imported .*ganspace doctor"):
        quiet.start_tensorflow()


@pytest.mark.parametrize("given, expected", [(None, "0"), ("1", "1")])
def test_shortened_products_of_gpus_are_off_unless_asked_for(given, expected, monkeypatch):
    monkeypatch.setenv("NVIDIA_TF32_OVERRIDE", given or "")
    if given is None:
        monkeypatch.delenv("NVIDIA_TF32_OVERRIDE")
    quiet.start_tensorflow()
    assert os.environ["NVIDIA_TF32_OVERRIDE"] == expected


def test_stderr_is_itself_again_after_the_silence(capfd, monkeypatch):
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    monkeypatch.delenv("GANSPACE_DEBUG", raising=False)
    with pytest.raises(ValueError), quiet.silence():
        os.write(2, b"from a library\n")
        raise ValueError("what the block raises comes through")
    os.write(2, b"afterwards\n")
    assert capfd.readouterr().err == "afterwards\n"
