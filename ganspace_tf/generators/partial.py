"""A download on its way: the bytes so far in a hidden file beside the target, and which version they
belong to."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator, Optional, Tuple

from ganspace_tf.errors import DownloadError, FileError


class Partial:
    """The unfinished form of a target file. Every trouble with the disk is a FileError that names the
    target."""

    def __init__(self, target: str):
        folder, name = os.path.split(target)
        self.target = target
        self.path = os.path.join(folder, ".{}.part".format(name))
        self.facts_path = self.path + ".json"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keeps a second process from writing the same file (where the system has file locks)."""
        with self._disk():
            handle = open(self.path, "ab")  # noqa: SIM115
        with handle:
            try:
                import fcntl  # not on Windows

                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except ImportError:
                pass
            except OSError:
                raise DownloadError("{}: another process is downloading it".format(self.target)) from None
            yield

    def state(self, url: str) -> Tuple[int, Optional[str]]:
        """How many bytes are kept for an address, and of which version; (0, None) if they cannot be relied
        on."""
        try:
            with open(self.facts_path, encoding="utf8") as handle:
                facts: Dict[str, Any] = json.load(handle)
            if facts["url"] == url and facts["version"]:
                return os.path.getsize(self.path), str(facts["version"])
        except (OSError, ValueError, KeyError, TypeError):
            pass
        return 0, None

    @contextmanager
    def writing(self, url: str, version: Optional[str], goes_on: bool) -> Iterator[Callable[[bytes], None]]:
        """Gives a function that appends bytes; without goes_on, the file starts anew."""
        with self._disk():
            with open(self.facts_path, "w", encoding="utf8") as facts:
                json.dump({"url": url, "version": version}, facts)
            handle = open(self.path, "ab" if goes_on else "wb")  # noqa: SIM115

        def write(chunk: bytes) -> None:
            with self._disk():
                handle.write(chunk)

        try:
            yield write
        finally:
            with self._disk():
                handle.close()

    def finish(self, target: str) -> None:
        """Gives the complete bytes their name."""
        with self._disk():
            os.replace(self.path, target)

    def clear(self) -> None:
        """Forgets what has arrived."""
        with self._disk():
            open(self.path, "wb").close()

    def tidy(self) -> None:
        """Removes what is of no use to a later call: an empty file, the facts of no file."""
        if os.path.exists(self.path) and os.path.getsize(self.path) == 0:
            os.remove(self.path)
        if os.path.exists(self.facts_path) and not os.path.exists(self.path):
            os.remove(self.facts_path)

    @contextmanager
    def _disk(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error)
            raise FileError("{}: cannot be written ({})".format(self.target, reason)) from None
