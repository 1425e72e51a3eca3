"""Only our own lines on the terminal: other programs' logs and warnings are turned off, ours are one line
each.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
import tempfile
import warnings
from typing import Any

from ganspace_tf.errors import GanspaceError


def be_quiet() -> None:
    """To be called before TensorFlow is imported. GANSPACE_DEBUG=1 leaves everything on."""
    if os.environ.get("GANSPACE_DEBUG"):
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    for name in ("tensorflow", "absl", "h5py"):
        logging.getLogger(name).setLevel(logging.ERROR)
    from ganspace_tf.cache import CacheWarning  # needs numpy, which help must not wait for

    warnings.simplefilter("ignore")
    warnings.filterwarnings("always", category=CacheWarning)
    warnings.showwarning = _one_line


def start_tensorflow() -> None:
    """Import TensorFlow without what its libraries print while they are loaded.

    TensorFlow 2.21 logs from static initialisers, which no setting reaches: for the time of the import the
    process's stderr is a temporary file, which is shown if the import fails. Raises GanspaceError where
    there is no TensorFlow.
    """
    if "tensorflow" in sys.modules or os.environ.get("GANSPACE_DEBUG"):
        return
    with tempfile.TemporaryFile() as kept:
        sys.stderr.flush()
        terminal = os.dup(2)
        os.dup2(kept.fileno(), 2)
        try:
            importlib.import_module("nvlabs.session")
        except ImportError as error:
            raise GanspaceError(
                "TensorFlow cannot be imported ({}); `ganspace doctor` checks".format(error)
            ) from None
        except BaseException:
            kept.seek(0)
            os.write(terminal, kept.read())
            raise
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)


def _one_line(
    message: Any, category: Any, filename: str, lineno: int, file: Any = None, line: Any = None
) -> None:
    print("ganspace: note: " + " ".join(str(message).split()), file=sys.stderr)
