"""Every error that nvlabs raises for what it was given.

NvlabsError
├── NetworkFileError        a file is refused; the message starts with the file and says what to do
│   ├── UnsafePickle        it asks for something outside the closed list of globals (nothing was run)
│   ├── DamagedFile         unreadable, truncated, or not a network file at all
│   ├── UnsupportedNetwork  a network of a kind, version or option that nvlabs does not build
│   └── VariableMismatch    a variable is missing, extra, or of the wrong shape or type
├── NotDownloaded           a file did not arrive, or not as it should; the message says why (also an OSError)
├── NetworkNotWritten       a file could not be written; nothing half-written is left (also an OSError)
└── NetworkUsageError       a good network, used with wrong arguments (also a ValueError)

A message is one line of bounded length without anything that a terminal would obey (nvlabs/plain_text.py).
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import Iterator, Optional, Union

from nvlabs.plain_text import LONGEST_MESSAGE, one_line


class NvlabsError(Exception):
    """Base of all errors of this package; its text is one line."""

    def __init__(self, message: object = "", *more: object) -> None:
        super().__init__(one_line(message, LONGEST_MESSAGE), *more)


class NetworkFileError(NvlabsError):
    """A network file was refused. Nothing of it was run and nothing was built.

    reason: what is wrong and what to do, without the file.  path: the file, where it is known.
    """

    def __init__(self, reason: str, path: Optional[str] = None) -> None:
        reason = one_line(reason)
        super().__init__(reason if path is None else "%s: %s" % (path, reason))
        self.reason = reason
        self.path = path


class UnsafePickle(NetworkFileError):  # noqa: N818 - named for the cause
    """The file names a function or class, or uses a pickle feature, that network files do not need."""


class DamagedFile(NetworkFileError):  # noqa: N818 - named for the cause
    """The file cannot be read, ends too early, or holds something else than a network."""


class UnsupportedNetwork(NetworkFileError):  # noqa: N818 - named for the cause
    """The file is intact but holds a network that nvlabs does not build; the message says which."""


class VariableMismatch(NetworkFileError):  # noqa: N818 - named for the cause
    """The variables in the file do not fit the network that its arguments describe."""


class NotDownloaded(NvlabsError, OSError):  # noqa: N818
    """A download was refused or failed: scheme, size, pace, a page in place of the file, other contents."""


class NetworkNotWritten(NvlabsError, OSError):  # noqa: N818
    """A network could not be saved: folder missing, no permission, disk full."""


class NetworkUsageError(NvlabsError, ValueError):
    """Wrong arguments to a network: shapes, ranges, names. The message says what is allowed."""


@contextmanager
def about_file(path: Union[str, "os.PathLike[str]"]) -> Iterator[None]:
    """Within it, every NetworkFileError that does not name its file yet names `path`."""
    try:
        yield
    except NetworkFileError as error:
        if error.path is not None:
            raise
        raise type(error)(error.reason, os.fsdecode(path)) from None
