"""What happens while a picture is read, told in one line."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import Iterator

from ganspace_tf.errors import FileError, GanspaceError


@contextmanager
def explained(path: str) -> Iterator[None]:
    """Whatever reading a picture meets as a FileError that names the file, but for too little memory."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Pillow thinks of metadata
            yield
    except MemoryError:
        raise
    except GanspaceError as error:
        raise FileError("cannot read {}: {}".format(path, error)) from None
    except Exception as error:  # the parsers of six formats raise whatever a damaged file makes them meet
        reason = getattr(error, "strerror", None) or "not a picture, or a damaged one"
        raise FileError("cannot read {}: {}".format(path, reason)) from None
