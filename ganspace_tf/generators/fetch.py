"""Published networks by name, and networks by address, fetched into the store: the models folder.

`nvlabs.downloading` opens the socket and guards the way; here is what comes from where, under which name it
is kept, and that a network is what arrived. A name of the catalogue is kept under its own file name; what
comes from any other address under `<MD5 of the address>_<name>`, so that no address can pass for another or
for a name.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from dataclasses import replace
from typing import Callable, Iterator, NamedTuple, Optional

import nvlabs
from ganspace_tf.cache import cache_folder
from ganspace_tf.errors import DownloadError, FileError, UsageError
from ganspace_tf.generators import catalogue
from ganspace_tf.ports.networks import is_checkpoint, read_network
from nvlabs.downloading import Expected, Limits, checked_address, digests, download, safe_name
from nvlabs.downloading.partial import Partial
from nvlabs.downloading.transfer import TooLarge

Progress = Callable[[int, Optional[int]], None]  # bytes so far, bytes in all if known
ENDINGS = (".pkl", ".npz", ".pt", ".pth", ".safetensors")


class Fetched(NamedTuple):
    """A network on this machine. new: it was downloaded by this call."""

    path: str
    sha256: str
    new: bool


class Source(NamedTuple):
    """Where a network comes from and goes to, and what is known of it."""

    address: str
    target: str
    sha256: Optional[str] = None
    size: Optional[int] = None


def fetch(
    name_or_url: str,
    folder: Optional[str] = None,
    progress: Optional[Progress] = None,
    max_size: Optional[int] = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> Fetched:
    """A network on this machine, downloaded if it is not there yet. Its SHA-256 is kept in NAME.sha256.

    name_or_url: a catalogue name or an http(s) address. folder: where to keep it (default: the models
    folder). max_size: bytes that the file may have (default: the size that the catalogue states, else that
    of `limits`). What is there already is checked: against its NAME.sha256, and as a network.
    Raises UnknownName or UsageError for what cannot be fetched, DownloadError if it does not arrive whole,
    FileError if what is there is not what it should be, or the folder cannot be written.
    """
    row = None if "://" in str(name_or_url) else catalogue.entry(name_or_url)
    if row is not None and row.shipped:
        return Fetched(str(catalogue.local_copy(row)), str(row.sha256), False)
    source = _source_of_row(row, folder) if row else _source_of_address(name_or_url, folder)
    here = catalogue.local_copy(row) if row and folder is None else None
    if here or os.path.lexists(source.target):
        return _checked(here or source.target, source)
    largest = source.size or max_size or limits.max_bytes
    limits = replace(limits, max_bytes=min(largest, max_size or largest))
    with _our_errors():
        done = download(
            source.address,
            lambda served: source.target,
            _unfinished(),
            limits,
            progress,
            _expected(source),
            _accept,
            arrived=lambda: source.target if os.path.lexists(source.target) else None,
        )
    return Fetched(done.path, done.sha256, True) if done.new else _checked(done.path, source)


def _source_of_row(row: catalogue.Entry, folder: Optional[str]) -> Source:
    if row.url is None:
        raise UsageError("{} cannot be fetched: it is {}".format(row.name, row.note))
    target = os.path.join(folder or catalogue.models_folder(), row.filename)
    return Source(row.url, target, row.sha256, row.size)


def _source_of_address(address: str, folder: Optional[str]) -> Source:
    try:
        address = checked_address(address)
    except nvlabs.NotDownloaded as error:
        raise UsageError(str(error)) from None
    name = safe_name(address.partition("?")[0].rpartition("/")[2]).lstrip(".")
    telling = name.endswith(ENDINGS)
    place = os.path.realpath(folder or catalogue.models_folder())
    if not telling or place in [os.path.realpath(other) for other in catalogue.searched_folders()]:
        digest = hashlib.md5(address.encode("ascii")).hexdigest()
        name = "{}_{}".format(digest, name if telling else "network.pkl")
    return Source(address, os.path.join(folder or catalogue.models_folder(), name))


def _accept(path: str) -> None:
    """Raises NetworkFileError for what is no network."""
    if is_checkpoint(path):
        read_network(path)
    else:
        nvlabs.inspect(path)


def _expected(source: Source) -> Optional[Expected]:
    """The digest that a download must have: the published one, or that of the last time."""
    if source.sha256:
        return Expected(source.sha256, "the catalogue")
    beside = digests.beside(source.target)
    kept = digests.read_digest(beside)
    if kept is None or kept.address != source.address:
        return None
    return Expected(kept.sha256, "{} (kept from last time; remove it to take another)".format(beside))


def _checked(path: str, source: Source) -> Fetched:
    """What is there already, if it is what was asked for."""
    remove = "; remove it, or give another --folder"
    if not os.path.isfile(path):
        raise FileError("{}: is there already and is no file{}".format(path, remove))
    with _our_errors():
        try:
            digest, beside = digests.sha256_of(path), digests.beside(path)
            kept = digests.read_digest(beside)
        except OSError as error:
            raise FileError("{}: cannot be read ({})".format(path, error.strerror)) from None
        _compare(path, digest, kept, source, remove)
        try:
            _accept(path)
        except nvlabs.NetworkFileError as error:
            raise FileError("{}: is there already, but {}{}".format(path, error.reason, remove)) from None
        if kept is None and os.path.realpath(path) == os.path.realpath(source.target):
            with Partial(_unfinished(), source.address).held() as partial:
                partial.clear()  # the file is here
                partial.keep_digest(beside, digests.text_of(digest, path, source.address))
    return Fetched(path, digest, False)


def _compare(path: str, digest: str, kept: Optional[digests.Kept], source: Source, remove: str) -> None:
    if kept is not None and kept.address not in (None, source.address):
        raise FileError("{}: is there already, from {}{}".format(path, kept.address, remove))
    if kept is not None and kept.sha256 != digest:
        then = "{}: SHA-256 is {}, it was {} when it was downloaded{}"
        raise FileError(then.format(path, digest, kept.sha256, remove))
    if source.sha256 is not None and source.sha256 != digest:
        raise FileError("{}: SHA-256 is not that of the published file{}".format(path, remove))


def _unfinished() -> str:
    return str(cache_folder() / "downloads")


@contextmanager
def _our_errors() -> Iterator[None]:
    """What `nvlabs` says of downloads, as errors of this package."""
    try:
        yield
    except TooLarge as error:
        raise DownloadError("{}; --max-size takes more".format(error)) from None
    except nvlabs.NotDownloaded as error:
        raise DownloadError(str(error)) from None
    except nvlabs.NetworkNotWritten as error:
        raise FileError(str(error)) from None
