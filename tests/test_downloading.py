"""Downloads against servers on this machine: whole or not there, and no two versions glued together."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import stat
import subprocess
import sys
import threading
import time

import pytest

from nvlabs.downloading import Expected, digests, download
from nvlabs.errors import NetworkFileError, NotDownloaded
from tests.file_server import BODY, FAST, Downloads, Served, moved, names, running


@pytest.fixture
def server():
    with running() as server:
        yield server


@pytest.fixture
def get(tmp_path):
    return Downloads(tmp_path).get


@pytest.fixture
def refused(tmp_path):
    return Downloads(tmp_path).refused


# ------------------------------------------------------------------ whole, and nothing else


def test_a_download_is_whole_and_leaves_its_digest_and_nothing_else(server, get, tmp_path):
    seen = []
    url = server.gives(Served(BODY))
    assert get(url, progress=lambda done, total: seen.append((done, total))) == BODY
    assert names(tmp_path / "out") == ["net.pkl", "net.pkl.sha256"] and names(tmp_path / "partial") == []
    assert seen[-1] == (len(BODY), len(BODY)) and seen == sorted(seen)
    digest = hashlib.sha256(BODY).hexdigest()
    assert (tmp_path / "out" / "net.pkl.sha256").read_text() == "# {}\n{}  net.pkl\n".format(url, digest)
    assert digests.read_digest(str(tmp_path / "out" / "net.pkl.sha256")) == (digest, url)


@pytest.mark.parametrize("umask, mode", [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_the_finished_file_has_the_mode_that_the_umask_says(server, get, tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        get(server.gives(Served(BODY)))
    finally:
        os.umask(before)
    for name in names(tmp_path / "out"):
        assert stat.S_IMODE(os.stat(str(tmp_path / "out" / name)).st_mode) == mode


def test_servers_without_lengths_or_versions_work(server, get):
    assert get(server.gives(Served(BODY, 'W/"weak"'))) == BODY

    def closing(handler):
        handler.head(ETag='"v1"')
        handler.wfile.write(BODY)

    def chunked(handler):
        handler.protocol_version = "HTTP/1.1"
        handler.head(Transfer_Encoding="chunked")
        for i in range(0, len(BODY), 70000):
            part = BODY[i : i + 70000]
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        handler.wfile.write(b"0\r\n\r\n")
        handler.close_connection = True

    assert get(server.gives(closing)) == BODY
    assert get(server.gives(chunked)) == BODY


def test_redirects_are_followed_and_the_served_name_is_told(server, tmp_path):
    server.gives(Served(BODY, Content_Disposition='attachment; filename="a/b c.pkl"'), "/far/x")
    url = server.gives(moved("/next"))
    server.gives(moved("/far/x", 308), "/next")
    asked = []

    def target(served):
        asked.append(served)
        return str(tmp_path / "out" / (served or "none"))

    done = download(url, target, str(tmp_path / "partial"), FAST)
    assert done.path.endswith("a_b_c.pkl") and set(asked) == {"", "a_b_c.pkl"}


def test_redirects_without_an_end_are_refused(server, refused):
    url = server.gives(moved("/nets/net.pkl"))
    refused(url, "redirected more than 10 times")
    refused(server.gives(lambda handler: handler.head(302)), "redirects to nowhere")


def test_another_disk_is_no_hindrance(server, get, tmp_path, monkeypatch):
    """The unfinished file lies in the cache; if it cannot be renamed from there, it is copied and renamed."""
    rename = os.replace

    def replace(source, target):
        if os.path.dirname(str(source)) != os.path.dirname(str(target)):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        rename(source, target)

    monkeypatch.setattr(os, "replace", replace)
    assert get(server.gives(Served(BODY))) == BODY
    assert names(tmp_path / "out") == ["net.pkl", "net.pkl.sha256"] and names(tmp_path / "partial") == []


# ------------------------------------------------------------------ broken off, gone on with


def test_a_broken_connection_is_taken_up_where_it_broke(server, get):
    assert get(server.gives(Served(BODY, cut=[300000, 700000]))) == BODY
    assert server.ranges == [None, "bytes=300000-", "bytes=700000-"]


def test_what_arrived_is_kept_for_the_next_call(server, get, refused, tmp_path):
    url = server.gives(Served(BODY, cut=[100000, 200000, 200000, 200000]))
    refused(url, "breaks off .4 attempts; the next call goes on from here")
    kept = [os.stat(str(tmp_path / "partial" / name)) for name in names(tmp_path / "partial")]
    assert len(kept) == 2 and {stat.S_IMODE(facts.st_mode) for facts in kept} == {0o600}
    assert get(url) == BODY and server.ranges[-1] == "bytes=200000-"
    assert names(tmp_path / "partial") == []


def test_a_file_that_changed_meanwhile_is_not_glued_to_the_old_one(server, get, refused):
    url = server.gives(Served(BODY, cut=[100000] * 4))
    refused(url, "breaks off")
    server.gives(Served(BODY[::-1], '"v2"'))
    assert get(url) == BODY[::-1]


OTHER = BODY[::-1]
RANGE = "bytes {0}-{1}/{2}".format
CONTINUED = {  # what a server says of the rest of another file
    "another ETag": lambda a: {"ETag": '"v2"', "Content_Range": RANGE(a, len(OTHER) - 1, len(OTHER))},
    "a weak ETag": lambda a: {"ETag": 'W/"v1"', "Content_Range": RANGE(a, len(OTHER) - 1, len(OTHER))},
    "no version": lambda a: {"Content_Range": RANGE(a, len(OTHER) - 1, len(OTHER))},
    "another length": lambda a: {"ETag": '"v1"', "Content_Range": RANGE(a, len(OTHER), len(OTHER) + 1)},
    "another place": lambda a: {"ETag": '"v1"', "Content_Range": RANGE(a + 1, len(OTHER) - 1, len(OTHER))},
    "not to the end": lambda a: {"ETag": '"v1"', "Content_Range": RANGE(a, len(OTHER) - 2, len(OTHER))},
    "no range": lambda a: {"ETag": '"v1"'},
    "no numbers": lambda a: {"ETag": '"v1"', "Content_Range": "bytes all"},
}


@pytest.mark.parametrize("what", sorted(CONTINUED))
def test_a_continuation_that_does_not_fit_starts_anew(server, get, what):
    first = Served(BODY, cut=[300000])

    def answer(handler):
        if len(server.ranges) == 1:
            return first(handler)
        if not handler.start:
            return Served(OTHER, '"v3"')(handler)
        handler.head(206, Content_Length=len(OTHER) - handler.start, **CONTINUED[what](handler.start))
        return handler.wfile.write(OTHER[handler.start :])

    assert get(server.gives(answer)) == OTHER
    assert server.ranges == [None, "bytes=300000-", None]


def test_a_date_tells_versions_apart_too(server, get):
    dates = ["Mon, 01 Jan 2024 00:00:00 GMT", "Tue, 02 Jan 2024 00:00:00 GMT"]

    def answer(handler):
        if len(server.ranges) == 1:
            handler.head(Last_Modified=dates[0], Content_Length=len(BODY))
            return handler.wfile.write(BODY[:300000])
        start, length = handler.start, len(OTHER)
        range_ = {"Content_Range": RANGE(start, length - 1, length)} if start else {}
        code = 206 if start else 200
        handler.head(code, Last_Modified=dates[1], Content_Length=length - start, **range_)
        return handler.wfile.write(OTHER[start:])

    assert get(server.gives(answer)) == OTHER


def test_a_part_that_nobody_asked_for_is_refused(server, refused):
    fields = {"Content_Range": RANGE(0, 9, len(BODY)), "Content_Length": 10, "ETag": '"v1"'}

    def answer(handler):
        handler.head(206, **fields)
        handler.wfile.write(BODY[:10])

    refused(server.gives(answer), "a part though the whole file was asked for")


def test_no_such_range_starts_anew(server, get):
    served = Served(BODY, cut=[300000])
    url = server.gives(lambda h: h.head(416) if h.start else served(h))
    assert get(url) == BODY


def test_a_busy_server_is_asked_again_a_missing_file_is_not(server, get, refused):
    codes, served = [503, 429], Served(BODY)
    url = server.gives(lambda h: h.head(codes.pop(0)) if codes else served(h))
    assert get(url) == BODY and len(server.ranges) == 3
    asked = len(server.ranges)
    with pytest.raises(NotDownloaded, match="the server says 404"):
        get(server.url("/other.pkl"))
    assert len(server.ranges) == asked + 1


def test_nobody_there_is_one_line(refused):
    refused("http://127.0.0.1:9/net.pkl", "refused .4 attempts.$")


def test_kill_9_leaves_bytes_to_go_on_with_and_nothing_in_the_folder(server, get, tmp_path):
    half, go_on = len(BODY) // 2, threading.Event()

    def stops(handler):
        Served(BODY, cut=[half])(handler)
        handler.wfile.flush()
        go_on.wait(30)

    url = server.gives(stops)
    code = (
        "import sys; from nvlabs.downloading import download\n"
        "download(sys.argv[1], lambda served: sys.argv[2], sys.argv[3])"
    )
    words = [sys.executable, "-c", code, url, str(tmp_path / "out" / "net.pkl"), str(tmp_path / "partial")]
    process = subprocess.Popen(words)
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end and not any(
            os.path.getsize(str(tmp_path / "partial" / name)) > half // 2
            for name in names(tmp_path / "partial")
        ):
            time.sleep(0.01)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        go_on.set()
    assert names(tmp_path / "out") == []
    server.gives(Served(BODY))
    assert get(url) == BODY and int(server.ranges[-1][6:-1]) > half // 2
    assert names(tmp_path / "out") == ["net.pkl", "net.pkl.sha256"] and names(tmp_path / "partial") == []


# ------------------------------------------------------------------ checks


def test_wrong_contents_are_refused_and_forgotten(server, get, refused, tmp_path):
    url = server.gives(Served(BODY))
    refused(url, "SHA-256 .* is not 0000.*, as the label says", expected=Expected("0" * 64, "the label"))

    def check(path):
        raise NetworkFileError("nothing like it", path)

    refused(url, "what came is no network file: nothing like it$", check=check)
    refused(server.gives(Served(b"")), "empty file")
    assert names(tmp_path / "partial") == []
    server.gives(Served(BODY))
    assert get(url, expected=Expected(hashlib.sha256(BODY).hexdigest(), "the label")) == BODY


def test_a_digest_file_of_others_is_understood(tmp_path):
    path = tmp_path / "x.sha256"
    path.write_text("AB" * 32 + " *x\n")
    assert digests.read_digest(str(path)) == ("ab" * 32, None)
    assert digests.read_digest(str(tmp_path / "y")) is None
    path.write_text("nothing")
    with pytest.raises(NotDownloaded, match="holds no SHA-256"):
        digests.read_digest(str(path))
    os.remove(str(path))
    os.mkfifo(str(path))
    with pytest.raises(NotDownloaded, match="is no file"):
        digests.read_digest(str(path))
