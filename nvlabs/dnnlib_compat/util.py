"""`dnnlib.util`: attribute dictionaries, and files by address with a cache of downloads."""

from __future__ import annotations

import glob
import hashlib
import io
import os
import tempfile
import time
import urllib.parse
from pathlib import Path
from typing import Any, BinaryIO, Optional, Union

from nvlabs.downloading import Limits, checked_address, download, safe_name
from nvlabs.downloading.digests import ENDING, read_digest, sha256_of
from nvlabs.downloading.partial import BeingDownloaded
from nvlabs.errors import NotDownloaded

WAIT = 0.5  # seconds between looks at what another process is downloading


class EasyDict(dict):
    """A dictionary whose entries are attributes too."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del self[name]
        except KeyError:
            raise AttributeError(name) from None


def is_url(obj: Any, allow_file_urls: bool = False) -> bool:
    """Whether obj is text of the form scheme://host.domain/…; file:///… counts only if allowed."""
    if not isinstance(obj, str) or "://" not in obj:
        return False
    if allow_file_urls and obj.startswith("file:///"):
        return True
    return "." in urllib.parse.urlsplit(obj).netloc


def open_url(
    url: str,
    cache_dir: Optional[str] = None,
    num_attempts: int = 10,
    verbose: bool = True,
    return_filename: bool = False,
    cache: bool = True,
) -> Union[BinaryIO, str]:
    """A file by address, as a binary stream, or as its path with return_filename.

    A path without "scheme://" and file:///… are local files. An http(s) address is looked for in the cache,
    where files are called `<MD5 of the address>_<name>`, and downloaded into it (cache_dir; else
    $DNNLIB_CACHE_DIR, else ~/.cache/dnnlib, and there `downloads`) if it is not there: see
    nvlabs.downloading for what is refused. The SHA-256 is kept in a hidden file beside it and compared the
    next time. Raises OSError (nvlabs.NotDownloaded) if it does not arrive, or has changed since.
    """
    if num_attempts < 1:
        raise ValueError("num_attempts is 1 or more, not %r" % (num_attempts,))
    if "://" not in url or url.startswith("file://"):
        path = urllib.parse.unquote(url[len("file://") :]) if "://" in url else url
        return path if return_filename else open(path, "rb")
    limits = Limits(attempts=num_attempts)
    if not cache and not return_filename:
        with tempfile.TemporaryDirectory() as alone:
            return io.BytesIO(Path(_fetched(url, alone, limits, verbose, again=True)).read_bytes())
    folder = cache_dir or os.path.join(_own_folder(), "downloads")
    end = time.monotonic() + limits.total
    while True:
        try:
            kept = _kept(folder, url) if cache else None
            path = kept or _fetched(url, folder, limits, verbose, again=not cache)
            return path if return_filename else open(path, "rb")
        except BeingDownloaded:
            if time.monotonic() > end:
                raise
            time.sleep(WAIT)


def _own_folder() -> str:
    return os.environ.get("DNNLIB_CACHE_DIR") or os.path.join(os.path.expanduser("~"), ".cache", "dnnlib")


def _prefix(url: str) -> str:
    return hashlib.md5(url.encode("utf-8")).hexdigest() + "_"


def _kept(folder: str, url: str) -> Optional[str]:
    """The file of an address in a cache folder. Raises NotDownloaded if it is not what was downloaded."""
    found = glob.glob(os.path.join(glob.escape(folder), _prefix(url) + "*"))
    if len(found) != 1:
        return None
    kept = read_digest(_digest_file(found[0]))
    if kept is not None and kept.sha256 != sha256_of(found[0]):
        raise NotDownloaded("%s: has changed since it was downloaded; remove it" % found[0])
    return found[0]


def _digest_file(path: str) -> str:
    """Hidden: the official scripts take a second file that begins with the MD5 for a sign of damage."""
    folder, name = os.path.split(path)
    return os.path.join(folder, "." + name + ENDING)


def _fetched(url: str, folder: str, limits: Limits, verbose: bool, again: bool) -> str:
    """The path of what an address gives, downloaded now. again: even if somebody else has just done so."""

    def target(served: str) -> str:
        name = served or safe_name(url.rstrip("/").rpartition("/")[2])
        return os.path.join(folder, _prefix(url) + name)

    if verbose:
        print("Downloading %s ..." % checked_address(url), end=" ", flush=True)
    partials = os.path.join(_own_folder(), "partial")
    arrived = (lambda: None) if again else (lambda: _kept(folder, url))
    done = download(url, target, partials, limits, digest_file=_digest_file, arrived=arrived)
    if verbose:
        print("done (SHA-256 %s)" % done.sha256, flush=True)
    return done.path
