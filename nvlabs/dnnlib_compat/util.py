"""`dnnlib.util`: attribute dictionaries, and files by address with a cache of downloads."""

from __future__ import annotations

import glob
import hashlib
import html
import io
import os
import re
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, BinaryIO, Optional, Tuple, Union

from nvlabs.writing.atomic import whole_file

TIMEOUT = 60  # seconds without a byte
PAGE_BYTES = 1 << 20  # a web page in place of a file is shorter than this


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

    A path without "scheme://" and file:///… are local files. Anything else is looked for in the cache,
    where files are called `<MD5 of the address>_<name>`, and downloaded into it (cache_dir; else
    $DNNLIB_CACHE_DIR, else ~/.cache/dnnlib/downloads) if it is not there. Raises OSError if it does not
    arrive, or cannot be written to the cache.
    """
    if num_attempts < 1:
        raise ValueError("num_attempts is 1 or more, not %r" % (num_attempts,))
    if "://" not in url or url.startswith("file://"):
        path = urllib.request.url2pathname(url[len("file://") :]) if "://" in url else url
        return path if return_filename else open(path, "rb")
    folder = cache_dir or _default_cache()
    prefix = hashlib.md5(url.encode("utf-8")).hexdigest() + "_"
    found = glob.glob(os.path.join(glob.escape(folder), prefix + "*"))
    if cache and len(found) == 1:
        return found[0] if return_filename else open(found[0], "rb")
    data, name = _download(url, num_attempts, verbose)
    if not cache and not return_filename:
        return io.BytesIO(data)
    path = os.path.join(folder, prefix + re.sub(r"[^0-9a-zA-Z.\-_]", "_", name))
    os.makedirs(folder, exist_ok=True)
    with whole_file(path) as stream:
        stream.write(data)
    return path if return_filename else open(path, "rb")


def _default_cache() -> str:
    home = os.environ.get("DNNLIB_CACHE_DIR") or os.path.join(os.path.expanduser("~"), ".cache", "dnnlib")
    return os.path.join(home, "downloads")


def _download(url: str, attempts: int, verbose: bool) -> Tuple[bytes, str]:
    """Contents and name of what an address gives; raises OSError after the last failed attempt."""
    if verbose:
        print("Downloading %s ..." % url, end=" ", flush=True)
    reason = ""
    for _ in range(attempts):
        try:
            data, name = _receive(url)
            if verbose:
                print("done", flush=True)
            return data, name
        except (OSError, ValueError) as error:
            reason = str(error)
            if verbose:
                print(".", end="", flush=True)
    raise OSError("%s did not arrive in %d attempts: %s" % (url, attempts, reason))


def _receive(url: str, confirmed: bool = False) -> Tuple[bytes, str]:
    with urllib.request.urlopen(url, timeout=TIMEOUT) as reply:
        data, headers = reply.read(), reply.headers
    if not data:
        raise OSError("an empty answer")
    page = data.decode("utf-8", "replace") if len(data) < PAGE_BYTES and data.lstrip()[:1] == b"<" else ""
    if "download_warning" in page and not confirmed:  # Google Drive asks back for files it cannot scan
        links = [
            html.unescape(link) for link in re.findall(r'href="([^"]+)"', page) if "export=download" in link
        ]
        if len(links) == 1:
            return _receive(urllib.parse.urljoin(url, links[0]), confirmed=True)
    if "Google Drive - Quota exceeded" in page:
        raise OSError("Google Drive's download quota for this file is used up; try later")
    match = re.search(r'filename="([^"]*)"', headers.get("Content-Disposition", ""))
    return data, match.group(1) if match else url.rstrip("/").rpartition("/")[2]
