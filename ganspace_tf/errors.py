"""Every mistake that this package reports, in one tree.

    GanspaceError
    ├── UsageError          an argument has a value that is not allowed (also a ValueError)
    │   └── UnknownName     a name that is in no table: endpoint, network, estimator, stream …
    ├── FileError           a file cannot be read or written, is damaged, or is not what it should be
    │   └── DownloadError   a download failed, or brought something else than a network
    ├── BasisMismatch       components (or a direction) that belong to another model
    └── ClusterError        Dask workers cannot be had, or cannot go on

A message is one line of bounded length (nvlabs/plain_text.py) and says what was given and what is allowed.
A bad *network file* is refused by `nvlabs` with `nvlabs.NetworkFileError`, which is not part of this tree
because `nvlabs` stands on its own.
"""

from __future__ import annotations

import difflib
from collections import OrderedDict
from typing import Iterable


class GanspaceError(Exception):
    """Base of every mistake a user of `ganspace_tf` can make; its text is one line meant for people."""

    def __init__(self, message: object = "", *more: object) -> None:
        from nvlabs.plain_text import LONGEST_MESSAGE, one_line  # `import ganspace_tf` loads no other package

        super().__init__(one_line(message, LONGEST_MESSAGE), *more)  # on to NetworkFileError, where it is one


class UsageError(GanspaceError, ValueError):
    """An argument has a value that is not allowed."""


class UnknownName(UsageError):  # noqa: N818
    """A name that is not in the table it was looked up in."""

    @classmethod
    def among(cls, kind: str, given: object, allowed: Iterable[str], hint: str = "") -> UnknownName:
        """An error that names the nearest allowed names, or all of them where they are few.

        kind: what was looked up, such as "endpoint"; hint: a further half-sentence, without a leading
        separator.
        """
        names, text = list(allowed), str(given).lower()
        tails = [name for name in names if text and name.lower().endswith(text)][:4]
        near = list(
            OrderedDict.fromkeys(tails + difflib.get_close_matches(str(given), names, n=5, cutoff=0.5))
        )
        if len(names) <= 12:
            choice = "allowed: " + (", ".join(names) or "none")
        elif near:
            choice = "nearest of {}: {}".format(len(names), ", ".join(near))
        else:
            choice = "{} are known, such as {}".format(len(names), ", ".join(names[:3] + names[-1:]))
        return cls("unknown {} {!r}; {}".format(kind, given, choice) + ("; " + hint if hint else ""))


class FileError(GanspaceError):
    """A file cannot be read or written, is damaged, or does not hold what it should."""

    @classmethod
    def unreadable(cls, path: object, error: Exception) -> FileError:
        """What open() or read() raised for a path: an OSError, or a ValueError for a null character in it."""
        return cls("cannot read {}: {}".format(path, getattr(error, "strerror", None) or error))


class DownloadError(FileError):
    """A download failed, or what came is not a network (a quota page, an empty body, a part of the file)."""


class ClusterError(GanspaceError):
    """Dask workers cannot be reached, fit not together with this program, or were lost for good."""


class BasisMismatch(GanspaceError):  # noqa: N818
    """Components or a direction were made with another model than the one they are used on."""


class ClusterWarning(UserWarning):
    """The result is right all the same, but something of the cluster is worth a line."""

    def __init__(self, message: object) -> None:
        from nvlabs.plain_text import LONGEST_MESSAGE, one_line

        super().__init__(one_line(message, LONGEST_MESSAGE))
