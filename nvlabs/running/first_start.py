"""TensorFlow's first start, without the lines that its libraries print while they are loaded.

What the user has set is left as it is: TensorFlow imported already, TF_CPP_MIN_LOG_LEVEL, levels of loggers,
-W, and GANSPACE_DEBUG=1, with which nothing is kept back.
"""

from __future__ import annotations

import gc
import importlib
import importlib.abc
import importlib.machinery
import logging
import os
import sys
import warnings
from contextlib import contextmanager
from typing import Any, Iterator

LEVEL = "TF_CPP_MIN_LOG_LEVEL"  # 0: everything … 3: nothing but what ends the program
NOTHING = "3"
LOGGERS = ("tensorflow", "absl")
KERAS = ("keras", "tf_keras")


def start_tensorflow() -> None:
    """Import TensorFlow if nobody has. Raises ImportError where there is none."""
    if "tensorflow" in sys.modules:
        return
    if os.environ.setdefault(LEVEL, NOTHING) != NOTHING or os.environ.get("GANSPACE_DEBUG"):
        _load()
        return
    unset = [name for name in LOGGERS if logging.getLogger(name).level == logging.NOTSET]
    with silence():
        _load()
        sys.modules["tensorflow"].get_logger()  # TensorFlow 1 sets a level now, in notebooks a talkative one
    for name in unset:
        logging.getLogger(name).setLevel(logging.ERROR)


def _load() -> None:
    with without_keras(), uncollected():
        importlib.import_module("nvlabs.running.session")


class _NotYet(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds Keras where it is, and does not load it."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        spec = importlib.machinery.PathFinder.find_spec(fullname) if fullname in KERAS else None
        if spec is not None:
            spec.loader = self
        return spec

    def create_module(self, spec: Any) -> Any:
        return None

    def exec_module(self, module: Any) -> None:
        raise ImportError("{} is loaded when somebody asks for it".format(module.__name__))


@contextmanager
def without_keras() -> Iterator[None]:
    """While TensorFlow 2 is imported: at the end it loads all of Keras, and with it scikit-learn and
    matplotlib where they are, 1.1 of 2.6 seconds, and does without where there is none. `tf.keras` loads it
    afterwards, as ever.
    """
    finder = _NotYet()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


@contextmanager
def uncollected() -> Iterator[None]:
    """While a great many objects are made that stay: looking for garbage among them takes a sixth of the time
    that importing TensorFlow takes.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextmanager
def silence() -> Iterator[None]:
    """Until TensorFlow is there: the process's stderr is the null device, and no warning is shown.

    TensorFlow 2.21 logs from static initialisers, out of reach of any setting; TensorFlow 1.15 makes newer
    NumPys warn.
    """
    if "tensorflow" in sys.modules or os.environ.get("GANSPACE_DEBUG"):
        yield
        return
    with warnings.catch_warnings():
        if not sys.warnoptions:
            warnings.simplefilter("ignore")
        try:
            stderr = os.dup(2)
        except OSError:  # closed: nothing is heard anyway
            yield
            return
        with open(os.devnull, "wb") as nowhere:
            _flush()
            os.dup2(nowhere.fileno(), 2)
            try:
                yield
            finally:
                _flush()
                os.dup2(stderr, 2)
                os.close(stderr)


def _flush() -> None:
    if sys.stderr is not None:
        sys.stderr.flush()
