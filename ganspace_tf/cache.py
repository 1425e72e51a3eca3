"""The cache folder: results and half-done work, kept by content, never trusted without a check.

Layout below `GANSPACE_CACHE` (default `~/.cache/ganspace`):

    components/   finished decompositions, one file for each model fingerprint + settings
    states/       what a running decomposition has summed up so far; the next call goes on from there

A file is written under a temporary name beside its place and renamed (nvlabs/writing/atomic.py), so that it
is whole or absent whatever stops the program; two programs may work on one entry, the last one to finish wins
with the same content.
A file that is damaged all the same is reported in one line, left out, and replaced by the next write.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
import warnings
from pathlib import Path
from typing import Any, BinaryIO, Callable, Dict, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np

from ganspace_tf.errors import FileError
from nvlabs.errors import NetworkFileError
from nvlabs.plain_text import LONGEST_MESSAGE, one_line
from nvlabs.reading import json_text, npy, zips
from nvlabs.reading.budget import Budget
from nvlabs.reading.shown import show
from nvlabs.writing.atomic import replacing, sweep

Arrays = Dict[str, np.ndarray]
_RESERVED = ("settings", "digest")


class CacheWarning(UserWarning):
    """The cache could not be used; the result is right all the same, it only takes longer."""

    def __init__(self, message: object) -> None:
        super().__init__(one_line(message, LONGEST_MESSAGE))


def cache_folder() -> Path:
    """`GANSPACE_CACHE`, or `~/.cache/ganspace`. The folder need not exist yet."""
    return Path(
        os.environ.get("GANSPACE_CACHE") or os.path.join(os.path.expanduser("~"), ".cache", "ganspace")
    )


def key_of(facts: Mapping[str, Any]) -> str:
    """64 hex digits over JSON-able facts, whatever the order of their names."""
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("utf8")).hexdigest()


def digest_of(arrays: Mapping[str, np.ndarray]) -> str:
    """64 hex digits over the names, types, shapes and values of arrays."""
    state = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        state.update("{}|{}|{}|".format(name, array.dtype.str, array.shape).encode("utf8"))
        state.update(array.reshape(-1).view(np.uint8).data)
    return state.hexdigest()


def write_file(path: Union[str, Path], write: Callable[[BinaryIO], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then rename it: `path` is whole or as it was before.

    A link is followed; a device is written directly. Raises FileError (missing or unwritable folder, a folder
    in the place, full disk); nothing stays behind.
    """
    try:
        with replacing(path) as handle:
            write(handle)
    except OSError as error:
        raise FileError("cannot write {}: {}".format(path, error.strerror or error)) from None


def write_arrays(
    path: Union[str, Path], arrays: Mapping[str, np.ndarray], settings: Mapping[str, Any]
) -> None:
    """Arrays, settings (as JSON) and a digest of the arrays in one npz file without pickles. Raises
    FileError.
    """
    texts = {"settings": json.dumps(settings, sort_keys=True), "digest": digest_of(arrays)}
    content: Dict[str, Any] = dict(arrays, **{name: np.array(text) for name, text in texts.items()})
    # Made in memory: a zip file that meets a full disk half-way complains once more when it is forgotten.
    # Uncompressed: float mantissas are noise, deflate would take seconds to save some 8 %.
    made = io.BytesIO()
    np.savez(made, **content)
    write_file(path, lambda handle: handle.write(made.getbuffer()))


def read_arrays(
    path: Union[str, Path], needed: Sequence[str] = (), budget: Optional[Budget] = None
) -> Tuple[Arrays, Optional[Dict[str, Any]]]:
    """Arrays and settings of an npz file; settings are None if the file has none (written by another
    program). The arrays have the types of the file: numbers, truth values or text.

    needed: arrays without which nothing is read. budget: charged before anything is unpacked; by default that
    of the file. Raises FileError: cannot be read, not an npz, arrays of Python objects or other types, more
    data than a file of this size holds, or the digest does not fit the arrays.
    """
    budget = Budget.of_files(path) if budget is None else budget
    try:
        with open(str(path), "rb") as stream:
            content = _content(stream, str(path), needed, budget)
        settings = None
        if "settings" in content:
            settings = json_text.parse(npy.text_of(content["settings"]), budget)
            if not isinstance(settings, dict):
                raise FileError("{} is damaged: its settings are {}".format(path, show(settings)))
        digest = npy.text_of(content["digest"]) if "digest" in content else ""
    except OSError as error:
        raise FileError("cannot read {}: {}".format(path, error.strerror or error)) from None
    except ValueError as error:  # a path that holds a null character
        raise FileError("cannot read {}: {}".format(path, error)) from None
    except NetworkFileError as error:
        raise FileError("{} is not an npz file, or it is damaged ({})".format(path, error.reason)) from None
    arrays = {name: array for name, array in content.items() if name not in _RESERVED}
    if settings is not None and digest != digest_of(arrays):
        raise FileError("{} is damaged: its digest does not fit its arrays".format(path))
    return arrays, settings


def _content(stream: BinaryIO, path: str, needed: Sequence[str], budget: Budget) -> Arrays:
    """Every array of an npz by its name."""
    archive = zips.ZipReader(stream, os.fstat(stream.fileno()).st_size, budget, deflate=True)
    names = [name[: -len(".npy")] for name in archive.entries if name.endswith(".npy")]
    missing = [name for name in needed if name not in names]
    if missing:
        raise FileError("{} does not hold components: {} is missing".format(path, missing[0]))
    content = {}
    for name in names:
        data = archive.read(name + ".npy")
        try:
            content[name] = npy.parse(data)
        except NetworkFileError as error:
            raise FileError("{}: {} is refused: {}".format(path, show(name), error.reason)) from None
    return content


def why_not_kept() -> Optional[str]:
    """What is in the way of writing where the cache is or would be; None where nothing is."""
    there = cache_folder()
    try:
        while not there.exists():
            there = there.parent
        with tempfile.TemporaryFile(dir=str(there)):  # permissions alone do not say it: /proc, a full disk
            return None
    except OSError as error:
        return error.strerror or str(error)


class Folder:
    """One folder of the cache. Failures are warnings here: a cache may cost time, never a result."""

    def __init__(self, name: str):
        self.path = cache_folder() / name
        self._usable = True

    def entry(self, name: str) -> Path:
        """Where the entry of this name is or would be."""
        return self.path / (name + ".npz")

    def names(self, prefix: str = "") -> List[str]:
        """Names of the entries that begin with prefix."""
        try:
            found = [item.name for item in os.scandir(str(self.path)) if item.name.endswith(".npz")]
        except OSError:  # no folder, or one that this user cannot look into
            return []
        return sorted(name[: -len(".npz")] for name in found if name.startswith(prefix))

    def read(self, name: str) -> Optional[Tuple[Arrays, Dict[str, Any]]]:
        """Arrays and settings of an entry, or None if there is no (usable) one."""
        path = self.entry(name)
        if not os.path.exists(str(path)):  # unlike Path.exists, this is no error where it cannot be known
            return None
        try:
            arrays, settings = read_arrays(path)
        except FileError as error:
            if os.path.exists(str(path)):  # another process may have removed it meanwhile
                warnings.warn("{}; it is computed again".format(error), CacheWarning, stacklevel=2)
            return None
        return None if settings is None else (arrays, settings)

    def write(self, name: str, arrays: Mapping[str, np.ndarray], settings: Mapping[str, Any]) -> bool:
        """Store an entry. After a failure, which is reported once, further writes are not tried."""
        if not self._usable:
            return False
        try:
            os.makedirs(str(self.path), exist_ok=True)
            write_arrays(self.entry(name), arrays, settings)
        except (FileError, OSError) as error:
            self._usable = False
            reason = error if isinstance(error, FileError) else "{}: {}".format(self.path, error.strerror)
            warnings.warn("going on without the cache: {}".format(reason), CacheWarning, stacklevel=2)
        return self._usable

    def remove(self, name: str) -> None:
        """Forget an entry; one that is not there, or cannot be removed, is left at that."""
        try:
            self.entry(name).unlink()
        except OSError:
            pass

    def sweep(self) -> None:
        """Remove what killed programs left half-written; a write does so too."""
        sweep(self.path)
