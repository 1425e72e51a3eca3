"""Files appear whole or not at all: written under another name in the same folder, then renamed."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from typing import BinaryIO, Iterator, Union

from nvlabs.errors import NetworkNotWritten


@contextmanager
def whole_file(path: Union[str, "os.PathLike[str]"]) -> Iterator[BinaryIO]:
    """A binary stream whose contents are at `path` once the block ends well; otherwise `path` is as it was.

    Raises NetworkNotWritten where the system refuses (no folder, no permission, disk full).
    """
    path = os.fspath(path)
    folder, name = os.path.split(path)
    # two writers of one file, in one process or in two, do not meet; the last to finish wins
    temporary = os.path.join(folder, ".%s.%d-%d.part" % (name, os.getpid(), threading.get_ident()))
    try:
        if os.path.isdir(path):
            raise IsADirectoryError(0, "it is a folder")
        with open(temporary, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise NetworkNotWritten("%s: cannot be written: %s" % (path, error.strerror or error)) from None
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)
