"""A whole download: attempts, checks, and the name at the end."""

from __future__ import annotations

import http.client
import os
import ssl
import time
import urllib.error
from typing import Callable, NamedTuple, Optional

from nvlabs.downloading import answers, digests, wire
from nvlabs.downloading.addresses import checked_address, safe_name
from nvlabs.downloading.limits import Limits, bytes_in_words
from nvlabs.downloading.pace import Pace
from nvlabs.downloading.partial import Partial
from nvlabs.errors import NetworkFileError, NetworkNotWritten, NotDownloaded, NvlabsError

Progress = Callable[[int, Optional[int]], None]  # bytes so far, bytes in all if known
BREAKS_OFF = "the connection breaks off"
WIRE_SHARE = 8  # an eighth more than the file may be spent on how it is sent


class Downloaded(NamedTuple):
    """A file that arrived whole. new: by this call, not by another that was at it before."""

    path: str
    sha256: str
    new: bool = True


class Expected(NamedTuple):
    """The digest that a file has to have, and who says so."""

    sha256: str
    said_by: str


def download(
    address: str,
    target: Callable[[str], str],
    partials: str,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    progress: Optional[Progress] = None,
    expected: Optional[Expected] = None,
    check: Optional[Callable[[str], object]] = None,
    digest_file: Callable[[str], str] = digests.beside,
    arrived: Callable[[], Optional[str]] = lambda: None,
) -> Downloaded:
    """Download a file. It gets its name only when it is whole and right, and replaces what had it.

    target: from the name that the server gives the file (safe characters, maybe "") to the path to keep it
    at. partials: a folder of the user's own for what is unfinished; the next call goes on from there as long
    as the server has the same version. check: is called with the path of the complete bytes, and raises
    NetworkFileError to refuse them. digest_file: where the SHA-256 is kept, by the path of the file.
    arrived: asked once nobody else is at the address: the path of the file where the one before brought it.
    Raises NotDownloaded (a page, another file than expected, what `limits` does not allow, a connection that
    fails), BeingDownloaded if another process is at it, NetworkNotWritten for trouble with the disk.
    """
    address = checked_address(address)
    _folder_of(target(""))
    partial = Partial(partials, address)
    try:
        with partial.held():
            there = arrived()
            if there is not None:
                return Downloaded(there, digests.sha256_of(there), new=False)
            _receive(address, partial, limits, progress)
            path = target(safe_name(partial.name or ""))
            digest = _verified(partial, expected, check)
            partial.finish(path, digest_file(path), digests.text_of(digest, path, address))
    except answers.WebPage as page:
        by_hand = "open the address in a browser, and save the file as %s" % target("")
        raise NotDownloaded("%s: %s; %s" % (address, page, by_hand)) from None
    except NotDownloaded as error:
        raise type(error)("%s: %s" % (address, error)) from None
    return Downloaded(path, digest)


class TooLarge(NotDownloaded):
    """The file has more bytes than the limits allow."""


def _folder_of(path: str) -> None:
    """Make the folder of a file, and see to it that the file can be written there, before it is fetched."""
    folder = os.path.dirname(os.path.abspath(path))
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise NetworkNotWritten("%s: cannot be written: %s" % (path, error.strerror)) from None
    if not os.access(folder, os.W_OK):
        raise NetworkNotWritten("%s: cannot be written: no permission in %s" % (path, folder))


def _receive(address: str, partial: Partial, limits: Limits, progress: Optional[Progress]) -> None:
    """Fill the partial file, going on after interruptions."""
    pace, trouble = Pace(limits), ""
    for attempt in range(limits.attempts):
        time.sleep(limits.pause_before(attempt))
        try:
            if partial.size > limits.max_bytes:
                _too_large(partial, limits)
            if partial.complete or _transferred(address, partial, pace, limits, progress):
                return
            trouble = BREAKS_OFF
        except NvlabsError:
            raise
        except (OSError, http.client.HTTPException, ValueError) as error:
            trouble = _in_words(error)
    goes_on = "; the next call goes on from here" if partial.size and partial.version else ""
    raise NotDownloaded("%s (%d attempts%s)" % (trouble, limits.attempts, goes_on))


def _transferred(
    address: str, partial: Partial, pace: Pace, limits: Limits, progress: Optional[Progress]
) -> bool:
    """One connection, or a second one that starts anew. Whether all announced bytes are there."""
    try:
        return _connection(address, partial, pace, limits, progress)
    except answers.StartAnew:
        partial.clear()
    try:
        return _connection(address, partial, pace, limits, progress)
    except answers.StartAnew:
        raise NotDownloaded("the server sends a part though the whole file was asked for") from None


def _connection(
    address: str, partial: Partial, pace: Pace, limits: Limits, progress: Optional[Progress]
) -> bool:
    headers = {"User-Agent": "ganspace", "Accept": "*/*", "Accept-Encoding": "identity"}
    start = partial.size if partial.version else 0
    if start and partial.version:
        headers.update({"Range": "bytes=%d-" % start, "If-Range": partial.version})
    with answers.opened(address, headers, pace, start) as answer:
        if answer.start and not partial.continued_by(answer):
            raise answers.StartAnew
        if answer.length is not None and answer.length > limits.max_bytes:
            _too_large(partial, limits, " (%s are announced)" % bytes_in_words(answer.length))
        if not answer.start:
            partial.begin(answer)
        left = limits.max_bytes - partial.size
        pace.allow(left + left // WIRE_SHARE + wire.HEAD_BYTES)
        data = answer.head
        while data:
            if partial.size + len(data) > limits.max_bytes:
                _too_large(partial, limits)
            partial.write(data)
            if progress is not None:
                progress(partial.size, answer.length)
            wanted = answers.BLOCK if answer.length is None else answer.length - partial.size
            data = answer.reply.read1(min(wanted, answers.BLOCK)) if wanted > 0 else b""
        return answer.length is None or partial.size == answer.length


def _too_large(partial: Partial, limits: Limits, announced: str = "") -> None:
    partial.clear()
    raise TooLarge("the file is larger than %s%s" % (bytes_in_words(limits.max_bytes), announced))


def _verified(
    partial: Partial, expected: Optional[Expected], check: Optional[Callable[[str], object]]
) -> str:
    """The digest of what arrived. What is not what was asked for is refused and forgotten."""
    try:
        if partial.size == 0:
            raise NotDownloaded("the server sends an empty file")
        digest = partial.digest()
        if expected is not None and digest != expected.sha256:
            given, wanted = digest, expected.sha256
            raise NotDownloaded("SHA-256 %s is not %s, as %s says" % (given, wanted, expected.said_by))
        if check is not None:
            check(partial.path)
    except NetworkFileError as error:
        partial.clear()
        raise NotDownloaded("what came is no network file: %s" % error.reason) from None
    except NotDownloaded:
        partial.clear()
        raise
    return digest


def _in_words(error: Exception) -> str:
    """Why a connection failed. Raises NotDownloaded for what a further attempt would not change."""
    reason = getattr(error, "reason", None)
    cause = reason if isinstance(error, urllib.error.URLError) and isinstance(reason, Exception) else error
    if isinstance(cause, ssl.CertificateError):
        raise NotDownloaded("the server's certificate is not trusted (%s)" % cause.verify_message) from None
    if isinstance(cause, http.client.IncompleteRead):
        return BREAKS_OFF
    words = getattr(cause, "strerror", None) or str(cause)
    return words.strip() or type(cause).__name__
