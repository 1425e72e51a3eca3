"""Downloads of published networks. The only module for networks that opens a socket.

A download goes on where an earlier one stopped, is checked (length, checksum where one is known, no web
page in place of the file, a network that `nvlabs` accepts), and only then gets its name: a file in the
models folder is whole.
"""

from __future__ import annotations

import hashlib
import html
import http.client
import os
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Callable, Dict, Optional, Tuple

import nvlabs
from ganspace_tf.errors import DownloadError, FileError, UsageError
from ganspace_tf.generators import catalogue
from ganspace_tf.generators.partial import Partial

Progress = Callable[[int, Optional[int]], None]  # bytes so far, bytes in all if known

_CHUNK = 1 << 18
_ATTEMPTS = 4
_PAGE_BYTES = 1 << 20  # a web page that stands in for a file is shorter than this
_HTML = re.compile(rb"^\s*(<!doctype\s+html|<html|<head)", re.IGNORECASE)


def fetch(name_or_url: str, folder: Optional[str] = None, progress: Optional[Progress] = None) -> str:
    """The path of a network on this machine, downloaded if it is not there yet.

    name_or_url: a catalogue name or an http(s) address. folder: where to keep it (default: the models
    folder).
    Raises UnknownName or UsageError for what cannot be fetched, DownloadError if it does not arrive whole.
    """
    url, filename, sha256 = _source(name_or_url)
    row = catalogue.find(name_or_url)
    if row is not None and folder is None:
        here = catalogue.local_copy(row)
        if here is not None:
            return here
    target = os.path.join(folder or catalogue.models_folder(), filename)
    if os.path.exists(target):
        return target
    try:
        os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
    except OSError as error:
        raise FileError("{}: cannot be made ({})".format(os.path.dirname(target), error.strerror)) from None
    return download(url, target, progress, sha256, check=_accepted_by_nvlabs)


def _source(name_or_url: str) -> Tuple[str, str, Optional[str]]:
    """(address, file name, checksum if known)."""
    if "://" in str(name_or_url):
        parts = urllib.parse.urlsplit(name_or_url)
        name = os.path.basename(parts.path)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise UsageError("{}: only http:// and https:// addresses can be fetched".format(name_or_url))
        if not name.endswith((".pkl", ".npz")):
            name = hashlib.md5(name_or_url.encode("utf8")).hexdigest() + "_network.pkl"
        return name_or_url, re.sub(r"[^A-Za-z0-9._-]", "_", name), None
    row = catalogue.entry(name_or_url)
    if row.url is None:
        raise UsageError(
            "{} cannot be fetched: it is {}".format(row.name, row.note or "part of this project")
        )
    return row.url, row.filename, row.sha256


def _accepted_by_nvlabs(path: str) -> None:
    nvlabs.inspect(path)


def download(
    url: str,
    target: str,
    progress: Optional[Progress] = None,
    sha256: Optional[str] = None,
    check: Optional[Callable[[str], None]] = None,
    timeout: float = 30.0,
    pause: float = 1.0,
) -> str:
    """Download an address to a file and return its path; the file appears only when it is whole and right.

    What arrived before a broken connection is kept beside it, and the next call goes on from there as long
    as the server still has the same version. check: called with the path of the complete bytes; raises
    NetworkFileError to refuse them. timeout: seconds without a byte; pause: seconds before the second
    attempt, doubled for each further one.
    Raises DownloadError (also for a web page in place of the file), FileError if the folder cannot be
    written.
    """
    partial = Partial(target)
    with partial.locked():
        try:
            _receive(url, partial, progress, timeout, pause)
            _verify(url, partial, sha256, check)
            partial.finish(target)
        finally:
            partial.tidy()
    return target


def _receive(url: str, partial: Partial, progress: Optional[Progress], timeout: float, pause: float) -> None:
    """Fill the partial file, going on after interruptions."""
    trouble = "the connection breaks off"
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(pause * 2 ** (attempt - 1))
        try:
            if _transfer(url, partial, progress, timeout):
                return
        except urllib.error.HTTPError as error:
            if error.code == 416:  # the server has no such range: what we kept is not a part of its file
                partial.clear()
            elif error.code < 500 and error.code not in (408, 429):
                raise DownloadError(
                    "{}: the server says {} {}".format(url, error.code, error.reason)
                ) from None
            trouble = "the server says {} {}".format(error.code, error.reason)
        except (OSError, http.client.HTTPException) as error:
            trouble = str(getattr(error, "reason", "") or error) or type(error).__name__
    raise DownloadError(
        "{}: {} ({} attempts; the next call goes on from here)".format(url, trouble, _ATTEMPTS)
    )


def _transfer(url: str, partial: Partial, progress: Optional[Progress], timeout: float) -> bool:
    """One connection. True when all bytes that the server announced are there."""
    start, version = partial.state(url)
    headers = {"User-Agent": "ganspace", "Accept-Encoding": "identity"}
    if start and version:
        headers.update({"Range": "bytes={}-".format(start), "If-Range": version})
    reply, chunk = _open(url, headers, timeout)
    with reply:
        goes_on = reply.status == 206 and reply.headers.get("Content-Range", "").startswith(
            "bytes {}-".format(start)
        )
        done = start if goes_on else 0
        length = reply.headers.get("Content-Length")
        total = done + int(length) if length and length.isdigit() else None
        with partial.writing(url, _version(reply), goes_on) as write:
            while chunk:
                write(chunk)
                done += len(chunk)
                if progress is not None:
                    progress(done, total)
                chunk = reply.read(_CHUNK)
    return total is None or done == total


def _open(url: str, headers: Dict[str, str], timeout: float, follow: bool = True) -> Tuple[Any, bytes]:
    """The reply and its first bytes. A page that asks for confirmation (Google Drive's, for large files)
    is followed once."""
    reply = urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=timeout)
    chunk = reply.read(_CHUNK)
    if reply.status == 206 or not _HTML.match(chunk):
        return reply, chunk
    with reply:
        page = (chunk + reply.read(_PAGE_BYTES)).decode("utf8", "replace")
    link = _confirmation(page, url)
    if link and follow:
        return _open(link, headers, timeout, follow=False)
    title = re.search(r"<title[^>]*>(.*?)</title>", page, re.IGNORECASE | re.DOTALL)
    says = " ".join(html.unescape(title.group(1)).split()) if title else "without a title"
    raise DownloadError(
        "{}: a web page came in place of the file ({}); try again later, or use a browser".format(url, says)
    )


def _confirmation(page: str, url: str) -> Optional[str]:
    """The address behind the button "download anyway" of a page, if it has one."""
    form = re.search(r"<form[^>]*\baction=[\"']([^\"']+)[\"'].*?</form>", page, re.IGNORECASE | re.DOTALL)
    if form:
        fields = re.findall(
            r"<input[^>]*\bname=[\"']([^\"']+)[\"'][^>]*\bvalue=[\"']([^\"']*)[\"']", form.group(0)
        )
        if any(name == "confirm" for name, _ in fields):
            query = urllib.parse.urlencode([(name, html.unescape(value)) for name, value in fields])
            return urllib.parse.urljoin(url, html.unescape(form.group(1))) + "?" + query
    link = re.search(r"href=[\"']([^\"']*(?:[?&]|&amp;)confirm=[^\"']*)[\"']", page)
    return urllib.parse.urljoin(url, html.unescape(link.group(1))) if link else None


def _version(reply: Any) -> Optional[str]:
    """What tells versions of a file apart: a strong ETag, or the date of the last change."""
    tag = reply.headers.get("ETag")
    return tag if tag and not tag.startswith("W/") else reply.headers.get("Last-Modified")


def _verify(
    url: str, partial: Partial, sha256: Optional[str], check: Optional[Callable[[str], None]]
) -> None:
    """Refuse, and forget, bytes that are not what was asked for."""
    try:
        if os.path.getsize(partial.path) == 0:
            raise DownloadError("{}: the server sends an empty file".format(url))
        if sha256 is not None and _sha256(partial.path) != sha256:
            raise DownloadError("{}: the checksum is not that of the published file".format(url))
        if check is not None:
            check(partial.path)
    except nvlabs.NetworkFileError as error:
        partial.clear()
        raise DownloadError("{}: what came is no network file: {}".format(url, error)) from None
    except DownloadError:
        partial.clear()
        raise


def _sha256(path: str) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as handle:
        for chunk in iter(lambda: handle.read(_CHUNK), b""):
            digest.update(chunk)
    return digest.hexdigest()
