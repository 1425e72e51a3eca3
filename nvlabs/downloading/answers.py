"""From an address to the reply that carries the file: past redirects and a page that asks for confirmation,
over http and https alone, with what the headers say checked."""

from __future__ import annotations

import http.client
import re
from contextlib import closing, contextmanager
from typing import Any, Dict, Iterator, NamedTuple, Optional, Tuple

from nvlabs.downloading import pages, wire
from nvlabs.downloading.addresses import checked_address
from nvlabs.downloading.pace import Pace
from nvlabs.errors import NotDownloaded

MOST_STEPS = 10
BLOCK = 1 << 18
HEAD_BYTES = 1024  # enough to tell a page from a file
REDIRECTS = (301, 302, 303, 307, 308)
BUSY = (408, 429)  # and everything from 500: asked again
_LENGTH = re.compile(r"[0-9]{1,18}$")
_RANGE = re.compile(r"bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})$")
_STRONG_TAG = re.compile(r'"[\x21\x23-\x7e]{1,200}"$')
_DATE = re.compile(r"[\x20-\x7e]{1,60}$")
_SERVED_NAME = re.compile(r'filename="([^"]{1,400})"')


class Answer(NamedTuple):
    """The reply with the file.

    head: bytes that are read already.  start: where in the file they lie.  length: of the whole file, None
    where the server does not tell.  version: what tells versions of the file apart, None without a reliable
    sign.  name: what the server calls the file.
    """

    reply: http.client.HTTPResponse
    head: bytes
    start: int
    length: Optional[int]
    version: Optional[str]
    name: Optional[str]


class StartAnew(Exception):  # noqa: N818 - no error: what to do
    """What the server sends is no continuation of what is kept."""


class WebPage(NotDownloaded):
    """A page came in place of the file. title: the page's own, in one line."""

    def __init__(self, title: str) -> None:
        super().__init__('a web page came in place of the file ("%s")' % (title or "without a title"))
        self.title = title


@contextmanager
def opened(address: str, headers: Dict[str, str], pace: Pace, start: int) -> Iterator[Answer]:
    """The answer for the bytes of a file from `start` on; StartAnew where it is another part.

    Raises NotDownloaded for what further attempts would not change, OSError or http.client.HTTPException
    for what they might.
    """
    reply, head = _followed(address, headers, pace)
    with closing(reply):
        yield _judged(reply, head, start)


def _followed(address: str, headers: Dict[str, str], pace: Pace) -> Tuple[http.client.HTTPResponse, bytes]:
    here, confirmed = address, False
    for _ in range(MOST_STEPS):
        reply, keep = wire.ask(here, headers, pace), False
        try:
            if reply.status in REDIRECTS:
                if not reply.headers.get("Location"):
                    raise NotDownloaded("the server redirects to nowhere")
                here = checked_address(str(reply.headers["Location"]), here, "iso-8859-1")
                continue
            _good_status(reply)
            pace.allow(wire.HEAD_BYTES + pages.PAGE_BYTES)
            head = _read(reply, HEAD_BYTES)
            kind = str(reply.headers.get("Content-Type", ""))
            if reply.status == 206 or not pages.is_page(head, kind):
                keep = True
                return reply, head
            page = pages.read_page((head + _read(reply, pages.PAGE_BYTES)).decode("utf-8", "replace"))
            if page.link is None or confirmed:
                raise WebPage(page.title)
            here, confirmed = checked_address(page.link, here), True
        finally:
            if not keep:
                reply.close()
    raise NotDownloaded("redirected more than %d times" % MOST_STEPS)


def _good_status(reply: Any) -> None:
    if reply.status == 416:
        raise StartAnew
    if reply.status not in (200, 206):
        says = "the server says %d %s" % (reply.status, str(reply.reason)[:200])
        raise ConnectionError(says) if reply.status in BUSY or reply.status >= 500 else NotDownloaded(says)


def _read(reply: http.client.HTTPResponse, count: int) -> bytes:
    """The next bytes, fewer only at the end."""
    parts = []
    while count > 0:
        part = reply.read1(min(count, BLOCK))
        if not part:
            break
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _judged(reply: Any, head: bytes, start: int) -> Answer:
    headers = reply.headers
    if str(headers.get("Content-Encoding", "identity")).strip().lower() not in ("identity", ""):
        raise NotDownloaded("the server sends it compressed though the plain file was asked for")
    sent = _content_length(headers) if not reply.chunked else None
    tag, date = str(headers.get("ETag", "")).strip(), str(headers.get("Last-Modified", "")).strip()
    version = tag if _STRONG_TAG.match(tag) else date if _DATE.match(date) else None
    name = _SERVED_NAME.search(str(headers.get("Content-Disposition", "")))
    first, length = 0, sent
    if reply.status == 206:
        part = _RANGE.match(str(headers.get("Content-Range", "")).strip())
        if not start or part is None:
            raise StartAnew
        first, last, length = (int(number) for number in part.groups())
        if first != start or last != length - 1 or sent not in (None, length - start):
            raise StartAnew
    return Answer(reply, head, first, length, version, name.group(1) if name else None)


def _content_length(headers: Any) -> Optional[int]:
    """Raises NotDownloaded where the server says something else than one whole number."""
    said = {str(value).strip() for value in headers.get_all("Content-Length", [])}
    if not said:
        return None
    if len(said) > 1 or not _LENGTH.match(min(said)):
        raise NotDownloaded("the server announces %s bytes" % " and ".join(sorted(said))[:100])
    return int(min(said))
