"""Every error that nvlabs raises for what it was given.

    NvlabsError
    ├── NetworkFileError        a file is refused; the message starts with the file and says what to do
    │   ├── UnsafePickle        it asks for something outside the closed list of globals (nothing was run)
    │   ├── DamagedFile         unreadable, truncated, or not a network file at all
    │   ├── UnsupportedNetwork  a network of a kind, version or option that nvlabs does not build
    │   └── VariableMismatch    a variable is missing, extra, or of the wrong shape or type
    └── NetworkUsageError       a good network, used with wrong arguments (also a ValueError)
"""

from __future__ import annotations


class NvlabsError(Exception):
    """Base of all errors of this package."""


class NetworkFileError(NvlabsError):
    """A network file was refused. Nothing of it was run and nothing was built."""


class UnsafePickle(NetworkFileError):
    """The file names a function or class, or uses a pickle feature, that network files do not need."""


class DamagedFile(NetworkFileError):
    """The file cannot be read, ends too early, or holds something else than a network."""


class UnsupportedNetwork(NetworkFileError):
    """The file is intact but holds a network that nvlabs does not build; the message says which."""


class VariableMismatch(NetworkFileError):
    """The variables in the file do not fit the network that its arguments describe."""


class NetworkUsageError(NvlabsError, ValueError):
    """Wrong arguments to a network: shapes, ranges, names. The message says what is allowed."""
