"""What no server gets a download to do: other schemes, pages and bodies without an end, endless waiting."""

from __future__ import annotations

import itertools
import random
import threading
import time

import pytest

from nvlabs.downloading import Limits, checked_address, download, pages, safe_name
from nvlabs.downloading.transfer import TooLarge
from nvlabs.errors import NotDownloaded
from tests.file_server import BODY, FAST, Downloads, Served, drip, moved, names, page, raw, running


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


# ------------------------------------------------------------------ http and https, on every hop


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "file:net.pkl",
        "ftp://example.com/net.pkl",
        "data:text/plain,x",
        "http:///net.pkl",
        "http://[::1/net.pkl",
        "http://host:99999/net.pkl",
        "http://user:word@host/net.pkl",
        "net.pkl",
        "",
    ],
)
def test_addresses_that_are_not_fetched(address, tmp_path):
    with pytest.raises(NotDownloaded):
        checked_address(address)
    with pytest.raises(NotDownloaded):
        download(address, lambda served: str(tmp_path / "x"), str(tmp_path / "partial"), FAST)
    assert names(tmp_path) == []


def test_addresses_come_out_printable_and_in_full():
    assert checked_address(" http://h/a b\x1b\n\u00fc#part ") == "http://h/a%20b%1B%0A%C3%BC"
    assert checked_address("\xe9.pkl", "http://h/a/b", "iso-8859-1") == "http://h/a/%E9.pkl"
    assert checked_address("//other/x?y=1", "https://h/a") == "https://other/x?y=1"
    with pytest.raises(NotDownloaded, match="from https down to http"):
        checked_address("http://h/a", "https://h/a")
    assert safe_name("a b\x1b/\u00fc.pkl") == "a_b___.pkl" and len(safe_name("x" * 9999 + ".pkl")) == 120


@pytest.fixture
def secret(tmp_path):
    """A file of this machine that no server may have read out."""
    path = tmp_path / "secret.pkl"
    path.write_bytes(BODY)
    return "file://" + str(path)


FORM = '<html><form action="{}"><input name="confirm" value="t"></form></html>'
LINK = '<html><a href="{}">download anyway</a></html>'


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_scheme_is_not_followed(server, refused, secret, code):
    for place in (secret, "ftp://127.0.0.1:9/net.pkl", "data:,x"):
        refused(server.gives(moved(place, code)), "only http:// and https://")


def test_a_page_that_leads_to_another_scheme_is_not_followed(server, refused, secret):
    for place in (secret, secret.replace("file", "FILE"), "file:///dev/zero", "ftp://127.0.0.1:9/", "data:,"):
        refused(server.gives(page(LINK.format(place + "?confirm=t"))), "only http:// and https://")
        refused(server.gives(page(FORM.format(place))), "only http:// and https://")
        refused(server.gives(page(LINK.format(place + "#?confirm=t"))), "a web page came in place")


def test_what_follows_a_page_is_held_to_the_same(server, refused, secret):
    answer = page(LINK.format("?confirm=t"))
    url = server.gives(lambda h: moved(secret)(h) if h.query else answer(h))
    refused(url, "only http:// and https://")


# ------------------------------------------------------------------ pages


DRIVE = """<!DOCTYPE html><html><head><title>Virus scan warning</title></head>
<form id="download-form" action="/nets/net.pkl?id=0" method="get"><input type=submit value="Download anyway"/>
<input type="hidden" name="id" value="1MJ6">
<input value='t&amp;x' type=hidden name=confirm></form></html>"""
QUOTA = "<!DOCTYPE html><html><head><title>Google Drive - Quota  exceeded</title></head></html>"


@pytest.mark.parametrize("text", [DRIVE, LINK.format("/nets/net.pkl?id=1MJ6&amp;confirm=t%26x")])
def test_a_page_that_asks_for_confirmation_is_followed(server, get, text):
    asked, served, answer = [], Served(BODY), page(text)

    def confirmed(handler):
        asked.append(handler.query)
        (served if handler.query else answer)(handler)

    assert get(server.gives(confirmed)) == BODY
    assert asked == ["", "id=1MJ6&confirm=t%26x"]


def test_it_is_followed_once_only(server, refused):
    refused(server.gives(page("<title>Scan</title>" + LINK.format("?confirm=t"))), r'a web page .*\("Scan"\)')
    assert len(server.ranges) == 2


@pytest.mark.parametrize("kind", ["text/html", "application/octet-stream"])
def test_a_page_says_what_to_do_by_hand(server, refused, tmp_path, kind):
    words = r'came in place of the file \("Google Drive - Quota exceeded"\); open the address in a browser, '
    words += "and save the file as " + str(tmp_path / "out" / "net.pkl")
    refused(server.gives(page(QUOTA, Content_Type=kind)), words)
    refused(server.gives(page("\ufeff\r\n  " + QUOTA, Content_Type=kind)), words)


def test_nothing_that_a_terminal_would_obey_comes_from_a_server(server, refused):
    escape = "\x1b]0;owned\x07\x9b2J\u202e\x85"
    refused(server.gives(page("<html><title>a{}b</title></html>".format(escape))), r'\("a\?')
    reason = (
        b"HTTP/1.1 404 no" + escape.encode("utf8").replace(b"\x85", b"") + b"\r\nContent-Length: 0\r\n\r\n"
    )
    refused(server.gives(raw(reason)), r"404 no\?")
    refused(server.gives(raw(b"\x1b[2J\r\n\r\n")), "attempts")
    refused(server.gives(raw(b"HTTP/1.1 200 OK\r\nContent-Length: \x1b[2J\r\n\r\n")), "announces")
    refused(server.gives(raw(b"HTTP/1.1 302 x\r\nLocation: ftp://h/\x1b[2J\xc2\x9b\r\n\r\n")), "only http")


SLOW_TO_SEARCH = [
    "<form",
    "<title>",
    '<input name="a" ',
    '<input name="',
    '<form action="x">',
    'href="',
    "<",
    "a",
]
SLOW_TO_SEARCH += [
    "<a ",
    "<a href='",
    "=",
    ' a="',
    "&#9",
    "</form>",
    "<form action='?confirm='>",
    "<a href=x",
    " ",
]


@pytest.mark.parametrize("piece", SLOW_TO_SEARCH)
@pytest.mark.parametrize("head", ["", "<form action=x>", "<form ", '<a href="', "<title>"])
def test_a_page_is_read_in_one_pass(piece, head):
    """With a search that begins again at every place, each of these megabytes would take minutes."""
    text = "<html>" + head + piece * (pages.PAGE_BYTES // len(piece))
    found = pages.read_page(text)
    assert found.link is None and len(found.title) <= 200


def test_pages_are_told_from_files_by_how_they_begin():
    assert pages.is_page(b"<!DOCTYPE HTML>", "") and pages.is_page(b" \n<p>", "text/html; charset=utf-8")
    assert not pages.is_page(b"\x80\x02", "text/html") and not pages.is_page(b"<p>", "application/xml")


def test_forms_that_lead_nowhere():
    assert pages.read_page('<form action="x" method="POST"><input name=confirm value=t></form>').link is None
    assert pages.read_page('<form action="x"><input name=other value=t></form>').link is None
    assert pages.read_page('<input name=confirm value=t><a href="http://[?confirm=t">').link is None
    found = pages.read_page('<form action=y#z><input name="confirm"></form><a href="?confirm=no">')
    assert found.link == "y?confirm="


# ------------------------------------------------------------------ limits


ANSWERS = [
    b'HTTP/1.1 200 OK\r\nContent-Length: 4000\r\nETag: "a"\r\n\r\n' + BODY[:4000],
    b'HTTP/1.1 206 Part\r\nETag: "a"\r\nContent-Range: bytes 900-3999/4000\r\n\r\n' + BODY[900:4000],
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfa0\r\n" + BODY[:4000] + b"\r\n0\r\n\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: http://[::1]/x?y#z\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n\r\n<html><title>A&#x41;</title><form action='/b'><input name='confirm'></form>",
    b'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 503 Busy\r\nContent-Disposition: filename="x"\r\n\r\n',
]
PIECES = [b"\r\n", b"\r\n\r\n", b"-1", b"9" * 30, b"\x00", b"\xff", b'"', b"chunked", b"\xb2", b"[", b"@"]


def in_turn(answers):
    return lambda handler: handler.wfile.write(next(answers))


@pytest.mark.parametrize("seed", range(4))
def test_whatever_a_server_says_ends_in_a_file_or_in_one_line(server, get, tmp_path, seed):
    chance = random.Random(seed)

    def changed(answer):
        text = bytearray(answer)
        for _ in range(chance.randint(1, 3)):
            place = chance.randrange(120)
            text[place : place + chance.randint(0, 9)] = chance.choice([*PIECES, b"", text[:40]])
        return bytes(text)

    for _ in range(50):
        said = itertools.cycle([changed(chance.choice(ANSWERS)) for _ in range(chance.randint(1, 3))])
        url = server.gives(in_turn(said))
        try:
            get(url, Limits(span=0.3, attempts=3, pause=0.0, total=5.0))
        except NotDownloaded as error:
            assert str(error).isprintable() and str(error).startswith(url)
    assert set(names(tmp_path / "out")) <= {"net.pkl", "net.pkl.sha256"}


def endless(announced):
    """Sends until the client leaves, for at most 64 MB."""

    def answer(handler):
        handler.head(**announced)
        for _ in range(1000):
            handler.wfile.write(b"%x\r\n%s\r\n" % (1 << 16, bytes(1 << 16)))

    return answer


@pytest.mark.parametrize(
    "announced, words",
    [
        ({}, "larger than 1 MB$"),
        ({"Transfer_Encoding": "chunked"}, "larger than 1 MB$"),
        ({"Content_Length": 10**13}, r"larger than 1 MB .1e\+04 GB are announced"),
        ({"Content_Length": "9" * 40}, "announces 9999"),
        ({"Content_Length": "9" * 5000}, "announces 9999"),
        ({"Content_Length": -1}, "announces -1 bytes"),
        ({"Content_Length": "many"}, "announces many bytes"),
        ({"Content_Length": "1_0"}, "announces 1_0 bytes"),
        ({"Content_Length": "\xb2"}, "announces"),
        ({"Content_Encoding": "gzip"}, "compressed"),
    ],
)
def test_a_body_has_an_end(server, refused, tmp_path, announced, words):
    refused(server.gives(endless(announced)), words, Limits(max_bytes=10**6, span=5.0, pause=0.0))
    assert names(tmp_path / "partial") == [] and len(server.ranges) == 1


def test_the_largest_file_that_is_allowed_is_allowed(server, get, refused):
    url = server.gives(Served(BODY))
    refused(url, "larger than", Limits(max_bytes=len(BODY) - 1), TooLarge)
    assert get(url, Limits(max_bytes=len(BODY))) == BODY


@pytest.mark.parametrize(
    "start, piece",
    [
        (b"HTTP/1.1 200 OK\r\n", b"X-a: " + b"b" * 60000 + b"\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n", b"X-a: b\r\n" * 1000),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0" * 60000),
    ],
    ids=["headers", "100 Continue", "trailers", "size of a chunk"],
)
def test_headers_and_trailers_have_an_end(server, refused, start, piece):
    def answer(handler):
        handler.wfile.write(start)
        raw(piece, (16 << 20) // len(piece))(handler)

    refused(server.gives(answer), "more than", Limits(max_bytes=10**6, attempts=1))


def test_a_server_that_is_too_slow_is_given_up(server, refused):
    limits = Limits(min_rate=1000.0, span=1.0, pause=0.0)
    body = drip(BODY, 0.02, Content_Length=len(BODY))
    refused(server.gives(body), "less than 1 kB a second for 1 s", limits)
    assert len(server.ranges) == 1
    headers = drip(b"X-a: b\r\n" * 1000, 0.02)
    refused(server.gives(headers), "less than 1 kB a second", limits)


def test_a_server_that_says_nothing_is_asked_again(server, refused, get):
    over, served = threading.Event(), Served(BODY)
    refused(server.gives(lambda h: over.wait(10)), "nothing came", Limits(span=0.2, pause=0.0, attempts=2))
    del server.ranges[:]
    url = server.gives(lambda h: over.wait(10) if len(server.ranges) < 2 else served(h))
    assert get(url, Limits(span=0.3, pause=0.0)) == BODY
    over.set()


def test_a_pause_is_no_reason_to_give_up(server, get):
    def answer(handler):
        handler.head(Content_Length=len(BODY))
        handler.wfile.write(BODY[:500000])
        handler.wfile.flush()
        time.sleep(0.5)
        handler.wfile.write(BODY[500000:])

    assert get(server.gives(answer), Limits(span=0.4)) == BODY


def test_a_download_takes_no_longer_than_it_may(server, refused):
    limits = Limits(min_rate=0.0, span=0.2, total=0.5, attempts=1000, pause=0.0)
    refused(server.gives(drip(BODY, 0.02, Content_Length=len(BODY))), "not done within", limits)
