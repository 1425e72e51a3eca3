"""A server on this machine whose every answer a test decides."""

from __future__ import annotations

import hashlib
import http.server
import os
import re
import threading
import time
from contextlib import contextmanager

import pytest

from nvlabs.downloading import Limits, download
from nvlabs.errors import NotDownloaded

BODY = bytes(bytearray(range(256))) * 4000  # 1 MB: several reads
FAST = Limits(span=5.0, total=30.0, pause=0.0)
LONGEST_ANSWER = 10.0  # seconds after which a slow answer ends by itself


class FileServer(http.server.ThreadingHTTPServer):
    """Answers by path, from `pages`: functions of the request's handler. `ranges`: what was asked for."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.pages, self.ranges = {}, []

    def url(self, path="/nets/net.pkl"):
        return "http://127.0.0.1:{}{}".format(self.server_port, path)

    def gives(self, answer, path="/nets/net.pkl"):
        """From now on this is the answer at a path; returns the address."""
        self.pages[path] = answer
        return self.url(path)

    def handle_error(self, *args):
        """A client that leaves is no error here."""


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.ranges.append(self.headers.get("Range"))
        path, _, self.query = self.path.partition("?")
        try:
            self.server.pages.get(path, missing)(self)
        except OSError:
            pass

    def head(self, code=200, **fields):
        self.send_response(code)
        for name, value in fields.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    @property
    def start(self):
        """The first byte that is asked for."""
        asked = re.match(r"bytes=(\d+)-$", self.headers.get("Range") or "")
        return int(asked.group(1)) if asked else 0

    def log_message(self, *args):
        pass


@contextmanager
def running():
    server = FileServer()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def missing(handler):
    handler.head(404, Content_Length=0)


class Served:
    """A file as a good server gives it: whole or from where it is asked for. `cut`: bytes after which the
    next answers break off."""

    def __init__(self, body, etag='"v1"', cut=(), **fields):
        self.body, self.etag, self.cut, self.fields = body, etag, list(cut), fields

    def __call__(self, handler):
        length = len(self.body)
        start = handler.start if handler.headers.get("If-Range") == self.etag else 0
        fields = dict(self.fields, Content_Length=length - start, ETag=self.etag)
        if start:
            fields["Content_Range"] = "bytes {}-{}/{}".format(start, length - 1, length)
        handler.head(206 if start else 200, **fields)
        handler.wfile.write(self.body[start : self.cut.pop(0) if self.cut else length])


def page(text, **fields):
    """A web page."""
    data = text if isinstance(text, bytes) else text.encode("utf8")
    fields.setdefault("Content_Type", "text/html")

    def answer(handler):
        handler.head(Content_Length=len(data), **fields)
        handler.wfile.write(data)

    return answer


def moved(place, code=302):
    return lambda handler: handler.head(code, Location=place, Content_Length=0)


def drip(data, pause, **fields):
    """A byte at a time."""

    def answer(handler):
        handler.head(**fields)
        end = time.monotonic() + LONGEST_ANSWER
        for i in range(len(data)):
            if time.monotonic() > end:
                break
            handler.wfile.write(data[i : i + 1])
            handler.wfile.flush()
            time.sleep(pause)

    return answer


def raw(data, times=1):
    """Bytes as they are, in place of a status line, headers and a body; many times over."""

    def answer(handler):
        for _ in range(times):
            handler.wfile.write(data)

    return answer


class Downloads:
    """Downloads to FOLDER/out/net.pkl, by way of FOLDER/partial."""

    def __init__(self, folder):
        self.out, self.partials = folder / "out", folder / "partial"

    def get(self, url, limits=FAST, **more):
        """The bytes that arrive."""
        target = self.out / "net.pkl"
        done = download(url, lambda served: str(target), str(self.partials), limits, **more)
        data = target.read_bytes()
        assert done == (str(target), hashlib.sha256(data).hexdigest(), True)
        return data

    def refused(self, url, words, limits=FAST, error=NotDownloaded, **more):
        """It is refused in one printable line that begins with the address, and no file appears."""
        with pytest.raises(error, match=words) as caught:
            self.get(url, limits, **more)
        assert str(caught.value).startswith(url) and str(caught.value).isprintable()
        assert names(self.out) == []


def names(folder):
    """What is in a folder, hidden files too; nothing where there is none."""
    return sorted(os.listdir(str(folder))) if folder.exists() else []
