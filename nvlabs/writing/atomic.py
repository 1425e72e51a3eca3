"""Files appear whole or not at all: written under a name of their own in the same folder, then renamed.

A program that is killed cannot tidy up. So an unfinished file carries a sign of life that ends with its
program, whatever ends it: an advisory lock on the open file. Whoever writes into a folder first removes the
unfinished files in it that nobody holds. Locks are believed between programs on one running system (all of
its containers included). What another one left in a shared folder, or this one before it was started anew, or
what lies on a file system without locks, is removed when it has not changed for a day.
"""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import re
import secrets
import stat
import time
from contextlib import contextmanager
from typing import Any, BinaryIO, Iterator, Optional, Union

from nvlabs.errors import NetworkNotWritten

fcntl: Any
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

PathLike = Union[str, "os.PathLike[str]"]
UNFINISHED = ".unfinished-{}-{}.part"  # the system, and 128 random bits: nobody can put a link there before
UNCHANGED_SECONDS = 24 * 3600.0
_NAMES = re.compile(r"\.unfinished-([0-9a-f]{8})-[0-9a-f]{32}\.part")


@contextmanager
def replacing(path: PathLike) -> Iterator[BinaryIO]:
    """A binary stream whose contents are at `path` once the block ends well; otherwise `path` is as it was.

    The stream's `name` is the file that is written meanwhile, for programs that do it themselves. Two writers
    of one path do not meet; the last to finish wins. A file that is replaced hands its mode on. A link is
    followed; a device is written directly, since renaming over it would replace the device. Raises OSError
    where the system refuses.
    """
    if "\0" in os.fsdecode(path):
        raise OSError(errno.EINVAL, "no file has a zero byte in its name")
    target = os.path.realpath(os.fsdecode(path))
    if os.path.isdir(target):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if os.path.exists(target) and not os.path.isfile(target):
        with open(target, "wb") as device:
            yield device
        return
    folder = os.path.dirname(target)
    mode = _mode_of(target)
    sweep(folder)
    stream = _begun(folder)
    try:
        with stream:
            # from the start, as what is private is written from here on; a sweep has to open it, too
            _set_mode(stream.fileno(), None if mode is None else mode | stat.S_IRUSR | stat.S_IWUSR)
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
            _set_mode(stream.fileno(), mode)
            if fcntl is None:  # where there are no locks, an open file cannot be renamed either
                stream.close()
            os.replace(stream.name, target)
    finally:
        if os.path.exists(stream.name):
            os.remove(stream.name)


@contextmanager
def whole_file(path: PathLike) -> Iterator[BinaryIO]:
    """As `replacing`, for networks: raises NetworkNotWritten (no folder, no permission, disk full)."""
    try:
        with replacing(path) as stream:
            yield stream
    except OSError as error:
        reason = error.strerror or error
        raise NetworkNotWritten("%s: cannot be written: %s" % (os.fsdecode(path), reason)) from None


def sweep(folder: PathLike) -> None:
    """Remove the unfinished files in a folder that no living program writes. What cannot be removed stays."""
    here = _system()
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        match = _NAMES.fullmatch(entry.name)
        try:
            if match and entry.is_file(follow_symlinks=False):
                _remove_abandoned(entry.path, match.group(1) == here)
        except OSError:
            continue


def _begun(folder: str) -> BinaryIO:
    """A new file in the folder, open and held by this program."""
    while True:
        name = UNFINISHED.format(_system(), secrets.token_hex(16))
        stream = open(os.path.join(folder, name), "xb")  # noqa: SIM115  O_EXCL: no file, no link of others
        if _hold(stream.fileno()) is not False and os.path.exists(stream.name):
            return stream
        stream.close()  # a sweep came between making and holding it


def _mode_of(path: str) -> Optional[int]:
    """Who may read and write a file; None where there is none."""
    try:
        return os.stat(path).st_mode & 0o777
    except OSError:
        return None


def _set_mode(descriptor: int, mode: Optional[int]) -> None:
    """Where the system and the file system can; None leaves it."""
    if mode is None or not hasattr(os, "fchmod"):  # Windows
        return
    try:
        os.fchmod(descriptor, mode)
    except OSError:  # a file system without modes
        pass


def _hold(descriptor: int) -> Optional[bool]:
    """Hold an open file until it is closed: True; False if another program does; None where nobody can."""
    if fcntl is None:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return None
    return True


def _remove_abandoned(path: str, here: bool) -> None:
    """Remove an unfinished file if its writer is gone. here: whether it was written on this system."""
    descriptor = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    try:
        held = _hold(descriptor) if here else None
        age = time.time() - os.fstat(descriptor).st_mtime
        if held:
            os.remove(path)  # while it is held: a writer that has just made it notices
    finally:
        os.close(descriptor)
    if held is None and age > UNCHANGED_SECONDS:
        os.remove(path)


def _system() -> str:
    """8 hex digits that stand for this system since it was started; for its name where it does not say."""
    try:
        with open("/proc/sys/kernel/random/boot_id", "rb") as stream:
            name = stream.read()
    except OSError:
        name = platform.node().encode("utf-8", "surrogateescape")
    return hashlib.sha256(name).hexdigest()[:8]
