"""Only our own lines on the terminal: other programs' logs and warnings are turned off, ours are one line
each.
"""

from __future__ import annotations

import atexit
import gc
import logging
import os
import sys
import tempfile
import warnings
from contextlib import contextmanager
from typing import Any, Iterator

from ganspace_tf.cli import terminal
from ganspace_tf.errors import ClusterWarning, GanspaceError
from nvlabs.running import first_start


def be_quiet() -> None:
    """To be called before TensorFlow is imported. GANSPACE_DEBUG=1 leaves everything on."""
    if os.environ.get("GANSPACE_DEBUG"):
        sys.excepthook = terminal.show_traceback
        return
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    for name in ("tensorflow", "absl", "h5py"):
        logging.getLogger(name).setLevel(logging.ERROR)
    from ganspace_tf.cache import CacheWarning  # needs numpy, which help must not wait for

    warnings.simplefilter("ignore")
    warnings.filterwarnings("always", category=CacheWarning)
    warnings.filterwarnings("always", category=ClusterWarning)
    warnings.showwarning = _one_line


def quiet_dask() -> None:
    """What Dask of 2022 lets asyncio say when its scheduler is lost, at the very end: our line says it."""
    if not os.environ.get("GANSPACE_DEBUG"):
        for name in ("distributed", "tornado", "asyncio"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def start_tensorflow() -> None:
    """Import TensorFlow, in silence. Raises GanspaceError where there is none."""
    # from Ampere on, NVIDIA's libraries cut float32 factors to 10 bits, which pictures show
    os.environ.setdefault("NVIDIA_TF32_OVERRIDE", "0")
    first = "tensorflow" not in sys.modules
    with silence():
        try:
            first_start.start_tensorflow()
        except ImportError as error:
            raise GanspaceError(
                "TensorFlow cannot be imported ({}); see `ganspace doctor`".format(error)
            ) from None
    if first:
        gc.freeze()  # what is there stays: looking for garbage among it, also at the end, takes a second
        atexit.register(gc.freeze)
    if not os.environ.get("GANSPACE_DEBUG"):
        # TensorFlow 1 sets a level of its own with its first message, in notebooks one that tells everything
        sys.modules["tensorflow"].get_logger().setLevel(logging.ERROR)


@contextmanager
def silence() -> Iterator[None]:
    """Keep what TensorFlow's libraries print while they are loaded off the terminal, and their files off the
    disk.

    TensorFlow's absl asks for the folder of temporary files, which Python tries out with a file that a kill
    would leave there: it is given one meanwhile. Once TensorFlow is there, and with GANSPACE_DEBUG=1, nothing
    is kept back.
    """
    if "tensorflow" in sys.modules or os.environ.get("GANSPACE_DEBUG"):
        yield
        return
    folder = tempfile.tempdir
    tempfile.tempdir = folder or os.curdir
    try:
        with first_start.silence():
            yield
    finally:
        tempfile.tempdir = folder


def _one_line(
    message: Any, category: Any, filename: str, lineno: int, file: Any = None, line: Any = None
) -> None:
    terminal.note(message)
