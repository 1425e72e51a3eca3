"""A download on its way: its bytes so far and a note of what they are part of, in the user's own folder.

Both files are named after the address, so that the next call finds them, and readable by their owner alone.
What is found there is relied on if it is a file of this user without other names and the note says the same
address, version and length as the server; a link is never followed.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import stat
from contextlib import contextmanager
from typing import Any, BinaryIO, Dict, Iterator, Optional

from nvlabs.downloading import digests
from nvlabs.downloading.answers import Answer
from nvlabs.errors import NetworkNotWritten, NotDownloaded
from nvlabs.writing.atomic import whole_file

_NOT_FOLLOWED = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_TRIES = 5  # at a file that others take away at the same moment
_NOTE_BYTES = 1 << 16


class BeingDownloaded(NotDownloaded):
    """Another process, or another thread, is at the same address."""


class Partial:
    """The unfinished file of an address.

    size, length, version, name: what is there, of how many bytes, of which version, called how by the server;
    0 and None where nothing can be relied on. Every trouble with the disk is a NetworkNotWritten.
    """

    def __init__(self, folder: str, address: str) -> None:
        key = os.path.join(folder, hashlib.sha256(address.encode("utf-8")).hexdigest()[:32])
        self.path, self._note, self._digest = key + ".part", key + ".json", key + ".sha256"
        self._folder, self._address = folder, address
        self._stream: Optional[BinaryIO] = None
        self._forget()

    def _forget(self) -> None:
        self.size = 0
        self.length: Optional[int] = None
        self.version: Optional[str] = None
        self.name: Optional[str] = None

    @contextmanager
    def held(self) -> Iterator["Partial"]:
        """Opens it for this process alone. Afterwards nothing is left but bytes that can be gone on with.

        Raises BeingDownloaded if somebody else has it open.
        """
        with _disk(self.path):
            os.makedirs(self._folder, 0o700, exist_ok=True)
            self._stream = _locked(self.path)
        try:
            self._recall()
            yield self
        finally:
            with _disk(self.path), self._stream:
                self._tidy()

    @property
    def complete(self) -> bool:
        """Whether all bytes are there."""
        return self.length is not None and self.size == self.length > 0

    def begin(self, answer: Answer) -> None:
        """Start anew with the file that an answer is about."""
        self.clear()
        self.length, self.version, self.name = answer.length, answer.version, answer.name
        note = {"address": self._address, "version": self.version, "length": self.length, "name": self.name}
        with _disk(self.path), _new_file(self._note, 0o600) as stream:
            stream.write(json.dumps(note).encode("ascii"))

    def continued_by(self, answer: Answer) -> bool:
        """Whether an answer goes on with the same version of the same file where the bytes end."""
        known = self.version is not None and self.version == answer.version
        return known and answer.start == self.size and self.length in (None, answer.length)

    def write(self, data: bytes) -> None:
        with _disk(self.path):
            self._open().write(data)
        self.size += len(data)

    def digest(self) -> str:
        """SHA-256 of the bytes."""
        with _disk(self.path):
            self._open().flush()
            return digests.sha256_of(self.path)

    def clear(self) -> None:
        """Forget what has arrived. The note goes last, so that it never speaks for other bytes."""
        with _disk(self.path):
            self._open().seek(0)
            self._open().truncate()
            _remove(self._note)
        self._forget()

    def finish(self, target: str, digest_file: str, digest_text: str) -> None:
        """Give the bytes their name and the mode of any new file, and put their digest beside them."""
        with _disk(target):
            self._open().flush()
            os.fsync(self._open().fileno())
            os.fchmod(self._open().fileno(), self._write_digest(digest_text))
            _move(self.path, target)
            _remove(self._note)
            _move(self._digest, digest_file)

    def keep_digest(self, digest_file: str, digest_text: str) -> None:
        """Put a digest beside a file that is there already."""
        with _disk(digest_file):
            self._write_digest(digest_text)
            _move(self._digest, digest_file)

    def _write_digest(self, text: str) -> int:
        """Returns the mode that the umask gives to new files."""
        with _new_file(self._digest, 0o666) as stream:
            stream.write(text.encode("utf-8"))
            return stat.S_IMODE(os.fstat(stream.fileno()).st_mode)

    def _open(self) -> BinaryIO:
        if self._stream is None:
            raise ValueError("a partial download is used within held()")
        return self._stream

    def _recall(self) -> None:
        """What the note and the file say; without a note for this address they are forgotten."""
        self._forget()
        try:
            with open(os.open(self._note, os.O_RDONLY | _NOT_FOLLOWED), "rb") as stream:
                note: Dict[str, Any] = json.loads(stream.read(_NOTE_BYTES).decode("ascii"))
                mine = _is_ours(os.fstat(stream.fileno())) and note["address"] == self._address
            length, version, name = note["length"], note["version"], note["name"]
            size = self._open().seek(0, os.SEEK_END)
            kinds = type(version) is str and type(length) in (int, type(None))
            if mine and kinds and type(name) in (str, type(None)) and (length is None or size <= length):
                self.size, self.length, self.version, self.name = size, length, version, name
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            pass

    def _tidy(self) -> None:
        """Remove what is of no use to a later call: no bytes, or bytes of which nothing is known."""
        kept = os.path.lexists(self.path)
        self._open().flush()
        if kept and (self.version is None or self.size == 0):
            _remove(self.path)
            kept = False
        if not kept:
            _remove(self._note)
        _remove(self._digest)


def _locked(path: str) -> BinaryIO:
    for _ in range(_TRIES):
        descriptor = _own_file(path)
        stream: BinaryIO = open(descriptor, "r+b")  # noqa: SIM115
        try:
            import fcntl  # not on Windows

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.close()
            raise BeingDownloaded("another process is downloading it") from None
        except (ImportError, OSError):  # nor on every network drive
            pass
        if os.path.lexists(path) and os.path.samestat(os.lstat(path), os.fstat(stream.fileno())):
            return stream
        stream.close()  # it was finished, or taken away, before it was ours
    raise OSError(errno.EAGAIN, "others take the file away")


def _own_file(path: str) -> int:
    """A descriptor of a file that is this user's alone: made anew if there is none or something else."""
    for _ in range(_TRIES):
        try:
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _NOT_FOLLOWED, 0o600)
        except FileExistsError:
            pass
        try:
            descriptor = os.open(path, os.O_RDWR | _NOT_FOLLOWED)
        except OSError:  # a link, or a file of somebody else
            _remove(path)
            continue
        if _is_ours(os.fstat(descriptor)):
            return descriptor
        os.close(descriptor)
        _remove(path)
    raise OSError(errno.EAGAIN, "others put files there")


def _is_ours(facts: os.stat_result) -> bool:
    """A plain file of this user, with one name, closed to everybody else."""
    mine = not hasattr(os, "geteuid") or facts.st_uid == os.geteuid()
    return stat.S_ISREG(facts.st_mode) and facts.st_nlink == 1 and mine and not facts.st_mode & 0o077


def _new_file(path: str, mode: int) -> BinaryIO:
    """A new file under a name that nothing else has, whatever was there before."""
    _remove(path)
    return open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NOT_FOLLOWED, mode), "wb")


def _remove(path: str) -> None:
    """Remove a name; what a link points to stays."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def _move(source: str, target: str) -> None:
    """Rename; onto another disk, copy under another name first, so that the target is whole all the same."""
    try:
        os.replace(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        with open(source, "rb") as stream, whole_file(target) as copy:
            shutil.copyfileobj(stream, copy, 1 << 20)
        os.unlink(source)


@contextmanager
def _disk(path: str) -> Iterator[None]:
    try:
        yield
    except (NotDownloaded, NetworkNotWritten):
        raise
    except OSError as error:
        raise NetworkNotWritten("%s: cannot be written: %s" % (path, error.strerror or error)) from None
