"""Downloads against a server on this machine: resumed, checked, whole or not there."""

from __future__ import annotations

import hashlib
import http.server
import os
import re
import threading

import pytest

from ganspace_tf.errors import DownloadError, FileError, UnknownName, UsageError
from ganspace_tf.generators import catalogue, fetch
from tests import tiny

BODY = bytes(bytearray(range(256))) * 4000  # 1 MB: several reads


class Server(http.server.ThreadingHTTPServer):
    """Serves BODY; `cut` bytes after which the next replies break off, `pages` of HTML instead of the
    file."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.body, self.etag, self.cut, self.status, self.ranges = BODY, '"v1"', [], [], []
        self.page, self.length = {}, True
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return "http://127.0.0.1:{}/nets/net.pkl".format(self.server_port)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        s = self.server
        s.ranges.append(self.headers.get("Range"))
        if s.status:
            return self.send_error(s.status.pop(0))
        path, _, query = self.path.partition("?")
        if query not in s.page and path not in s.page:
            return self.send_body()
        page = s.page.get(query, s.page.get(path)).encode("utf8")
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        return self.wfile.write(page)

    def send_body(self):
        s = self.server
        start = 0
        asked = re.match(r"bytes=(\d+)-$", self.headers.get("Range") or "")
        if asked and self.headers.get("If-Range") == s.etag:
            start = int(asked.group(1))
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", "bytes {}-{}/{}".format(start, len(s.body) - 1, len(s.body)))
        if s.length:
            self.send_header("Content-Length", str(len(s.body) - start))
        self.send_header("ETag", s.etag)
        self.end_headers()
        stop = s.cut.pop(0) if s.cut else len(s.body)
        self.wfile.write(s.body[start:stop])

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    running = Server()
    yield running
    running.shutdown()
    running.server_close()


def get(server, target, **kwargs):
    return fetch.download(server.url, str(target), pause=0.0, timeout=5.0, **kwargs)


def test_a_download_is_whole_and_leaves_nothing_else(server, tmp_path):
    seen = []
    path = get(server, tmp_path / "net.pkl", progress=lambda done, total: seen.append((done, total)))
    assert path == str(tmp_path / "net.pkl") and (tmp_path / "net.pkl").read_bytes() == BODY
    assert os.listdir(str(tmp_path)) == ["net.pkl"]
    assert seen[-1] == (len(BODY), len(BODY)) and [done for done, _ in seen] == sorted(
        done for done, _ in seen
    )


def test_a_broken_connection_is_taken_up_where_it_broke(server, tmp_path):
    server.cut = [300000, 700000]
    get(server, tmp_path / "net.pkl")
    assert (tmp_path / "net.pkl").read_bytes() == BODY
    assert server.ranges == [None, "bytes=300000-", "bytes=700000-"]


def test_what_arrived_is_kept_for_the_next_call(server, tmp_path):
    server.cut = [100000, 200000, 200000, 200000]
    with pytest.raises(DownloadError, match="the next call goes on from here"):
        get(server, tmp_path / "net.pkl")
    assert not (tmp_path / "net.pkl").exists()
    get(server, tmp_path / "net.pkl")
    assert (tmp_path / "net.pkl").read_bytes() == BODY and server.ranges[-1] == "bytes=200000-"


def test_a_file_that_changed_meanwhile_is_not_glued_to_the_old_one(server, tmp_path):
    server.cut = [100000] * 4
    with pytest.raises(DownloadError):
        get(server, tmp_path / "net.pkl")
    server.body, server.etag = BODY[::-1], '"v2"'
    get(server, tmp_path / "net.pkl")
    assert (tmp_path / "net.pkl").read_bytes() == BODY[::-1]


def test_a_server_without_lengths_or_versions_still_works(server, tmp_path):
    server.length, server.etag = False, 'W/"weak"'
    get(server, tmp_path / "net.pkl")
    assert (tmp_path / "net.pkl").read_bytes() == BODY


def test_a_busy_server_is_asked_again_a_missing_file_is_not(server, tmp_path):
    server.status = [503, 429]
    get(server, tmp_path / "net.pkl")
    assert len(server.ranges) == 3
    server.status = [404]
    with pytest.raises(DownloadError, match="404"):
        get(server, tmp_path / "other.pkl")
    assert len(server.ranges) == 4 and os.listdir(str(tmp_path)) == ["net.pkl"]


def test_nobody_there_is_one_line(tmp_path):
    with pytest.raises(DownloadError, match="refused"):
        fetch.download("http://127.0.0.1:9/net.pkl", str(tmp_path / "net.pkl"), pause=0.0, timeout=2.0)
    assert os.listdir(str(tmp_path)) == []


FORM = """<!DOCTYPE html><html><head><title>Virus scan warning</title></head>
<form id="download-form" action="/nets/net.pkl" method="get"><input type="submit" value="Download anyway"/>
<input type="hidden" name="id" value="1MJ6">
<input type="hidden" name="confirm" value="t&amp;x"></form></html>"""
LINK = '<html><title>Scan</title><a href="/nets/net.pkl?id=1&amp;confirm=abc">Download anyway</a></html>'
QUOTA = "<!DOCTYPE html><html><head><title>Google Drive - Quota  exceeded</title></head></html>"


@pytest.mark.parametrize("page", [FORM, LINK])
def test_a_page_that_asks_for_confirmation_is_followed(server, tmp_path, page):
    server.page = {"": page}
    get(server, tmp_path / "net.pkl")
    assert (tmp_path / "net.pkl").read_bytes() == BODY


def test_it_is_followed_once_only(server, tmp_path):
    server.page = {"/nets/net.pkl": LINK}
    with pytest.raises(DownloadError, match=r"a web page came in place of the file \(Scan\)"):
        get(server, tmp_path / "net.pkl")
    assert len(server.ranges) == 2


def test_a_quota_page_is_named_and_nothing_stays(server, tmp_path):
    server.page = {"": QUOTA}
    with pytest.raises(DownloadError, match=r"\(Google Drive - Quota exceeded\); try again later"):
        get(server, tmp_path / "net.pkl")
    assert os.listdir(str(tmp_path)) == []


def test_wrong_contents_are_refused_and_forgotten(server, tmp_path):
    with pytest.raises(DownloadError, match="checksum"):
        get(server, tmp_path / "net.pkl", sha256="0" * 64)
    server.body = b""
    with pytest.raises(DownloadError, match="empty"):
        get(server, tmp_path / "net.pkl")
    assert os.listdir(str(tmp_path)) == []
    server.body = BODY
    get(server, tmp_path / "net.pkl", sha256=hashlib.sha256(BODY).hexdigest())


def test_a_second_process_does_not_write_the_same_file(server, tmp_path):
    pytest.importorskip("fcntl")
    from ganspace_tf.generators.partial import Partial

    with Partial(str(tmp_path / "net.pkl")).locked(), pytest.raises(DownloadError, match="another process"):
        get(server, tmp_path / "net.pkl")


def test_a_folder_that_cannot_be_written_is_named(server, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FileError, match="cannot be written"):
        get(server, tmp_path / "file" / "net.pkl")


# ---------------------------------------------------------------- by name


@pytest.fixture
def models(tmp_path, monkeypatch):
    monkeypatch.setenv("GANSPACE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("DNNLIB_CACHE_DIR", str(tmp_path / "dnnlib"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "models"


def test_an_address_becomes_a_network_in_the_models_folder(server, models, tmp_path):
    server.body = tiny.write_tiny(tmp_path / "t.pkl", "stylegan2-skip", resolution=8).read_bytes()
    path = fetch.fetch(server.url)
    assert path == str(models / "net.pkl") and (models / "net.pkl").read_bytes() == server.body
    asked = len(server.ranges)
    assert fetch.fetch(server.url) == path and len(server.ranges) == asked  # it is there: no second download
    assert fetch.fetch(server.url, folder=str(tmp_path / "own")) == str(tmp_path / "own" / "net.pkl")


def test_bytes_that_are_no_network_get_no_name(server, models):
    with pytest.raises(DownloadError, match="what came is no network file"):
        fetch.fetch(server.url)
    assert os.listdir(str(models)) == []


def test_a_name_is_fetched_from_its_address(server, models, monkeypatch, tmp_path):
    server.body = tiny.write_tiny(tmp_path / "t.pkl", "stylegan2-skip", resolution=8).read_bytes()
    row = catalogue.Entry("kitten", "stylegan2", 8, "kitten.pkl", server.url, "none")
    monkeypatch.setitem(catalogue.CATALOGUE, "kitten", row)
    assert fetch.fetch("kitten") == str(models / "kitten.pkl")
    assert catalogue.local_copy(row) == str(models / "kitten.pkl")


@pytest.mark.parametrize(
    "given, error, words",
    [
        ("stylegan2-dog-config-f", UnknownName, "nearest"),
        ("biggan-deep-128", UsageError, "cannot be fetched: it is the folder"),
        ("ftp://example.com/net.pkl", UsageError, "only http"),
        ("file:///etc/passwd", UsageError, "only http"),
        ("http:///net.pkl", UsageError, "only http"),
    ],
)
def test_what_cannot_be_fetched_is_said_before_anything_is_opened(models, given, error, words):
    with pytest.raises(error, match=words):
        fetch.fetch(given)
    assert not models.exists()
