"""TensorFlow's first start, without the lines that its libraries print while they are loaded.

What the user has set is left as it is: TensorFlow imported already, TF_CPP_MIN_LOG_LEVEL, levels of loggers,
-W, and GANSPACE_DEBUG=1, with which nothing is kept back.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
import warnings
from contextlib import contextmanager
from typing import Iterator

LEVEL = "TF_CPP_MIN_LOG_LEVEL"  # 0: everything … 3: nothing but what ends the program
NOTHING = "3"
LOGGERS = ("tensorflow", "absl")


def start_tensorflow() -> None:
    """Import TensorFlow if nobody has. Raises ImportError where there is none."""
    if "tensorflow" in sys.modules:
        return
    if os.environ.setdefault(LEVEL, NOTHING) != NOTHING or os.environ.get("GANSPACE_DEBUG"):
        importlib.import_module("nvlabs.running.session")
        return
    unset = [name for name in LOGGERS if logging.getLogger(name).level == logging.NOTSET]
    with silence():
        importlib.import_module("nvlabs.running.session")
        sys.modules["tensorflow"].get_logger()  # TensorFlow 1 sets a level now, in notebooks a talkative one
    for name in unset:
        logging.getLogger(name).setLevel(logging.ERROR)


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
