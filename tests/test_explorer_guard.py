"""Who may speak to the explorer: Host, Origin, paths, the token, and what may be uploaded.

The layer alone is asked with ASGI scopes; the rest goes through a real server with the small generator.
"""

from __future__ import annotations

import asyncio

import pytest

from ganspace_tf.cli import main
from ganspace_tf.errors import GanspaceError, UsageError
from ganspace_tf.explorer.web.guard import Guard, checked_base, checked_name
from ganspace_tf.explorer.web.serve import Place, Running
from tests.explorer_server import ask, authority, get, running, settled

FOREIGN = (
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "10.0.0.1",
    "[2001:db8::1]",
    "0.0.0.0",
)


def speak(
    path="/", kind="http", method="GET", host="127.0.0.1:8100", origin=None, names=(), base="", headers=()
):
    """(status or what a WebSocket got, text, path that the application saw) of one request to the layer."""
    seen, sent = [], []

    async def app(scope, receive, send):
        seen.append(scope["path"])
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"in"})

    async def send(message):
        sent.append(message)

    all_headers = [(b"host", host.encode())] if host is not None else []
    all_headers += [(b"origin", origin.encode())] if origin is not None else []
    scope = {"type": kind, "path": path, "headers": all_headers + list(headers), "method": method}
    told = []
    asyncio.run(Guard(app, names, base, told.append)(scope, None, send))
    first = sent[0] if sent else {}
    status = first.get("status", first.get("type", "passed"))
    text = b"".join(message.get("body", b"") for message in sent).decode("utf-8")
    return status, text, seen[0] if seen else None, dict(first.get("headers", [])), told


# ------------------------------------------------------------------ Host and Origin


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8100", "localhost:1", "LOCALHOST", "127.8.7.6", "[::1]:80"]
)
def test_this_machine_may_be_called_by_its_own_names(host):
    assert speak(host=host)[0] == 200


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("host", FOREIGN)
def test_another_host_is_refused_whatever_it_asks_for(host, kind):
    status, text, seen, _, told = speak(host=host, kind=kind)
    assert (status, seen) == (421 if kind == "http" else "websocket.close", None)
    assert "--host-name " + host in told[0] and (kind == "websocket" or "--host-name" in text)


@pytest.mark.parametrize(
    "host", [None, "", "a b", "x@127.0.0.1", "127.0.0.1:99999999", "127.0.0.1/", "127.0.0.1\\x"]
)
def test_a_host_that_is_none_is_refused(host):
    assert speak(host=host)[0] == 400


def test_two_hosts_are_none():
    assert speak(headers=[(b"host", b"127.0.0.1")])[0] == 400


def test_a_name_that_was_given_is_allowed_and_no_other():
    assert speak(host="hub.example.org:443", names=["hub.example.org"])[0] == 200
    assert speak(host="Hub.Example.org.", names=["hub.example.org"])[0] == 200
    assert speak(host="sub.hub.example.org", names=["hub.example.org"])[0] == 421


@pytest.mark.parametrize("name", ["*", "*.example.org", "a b", "", "http://a"])
def test_no_name_is_a_wildcard_or_an_address(name):
    with pytest.raises(UsageError, match="--host-name"):
        checked_name(name)


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "http://127.0.0.1:8101",
        "https://127.0.0.1:8101",
        "file://",
        "x",
        "http://127.0.0.1:8100.evil.example",
    ],
)
def test_a_page_of_another_site_is_refused(origin, kind):
    status, _, seen, _, told = speak(origin=origin, kind=kind)
    assert (status, seen) == (403 if kind == "http" else "websocket.close", None) and "Origin" in told[0]


@pytest.mark.parametrize(
    "origin, host",
    [
        ("http://127.0.0.1:8100", "127.0.0.1:8100"),
        ("http://localhost", "localhost"),
        ("http://localhost", "localhost:80"),
        ("https://localhost", "localhost:443"),  # a proxy took https away, and passes Host on
        ("https://localhost:443", "localhost"),
    ],
)
def test_the_own_page_may_speak_and_usual_ports_are_as_good_as_none(origin, host):
    assert (
        speak(origin=origin, host=host)[0] == 200
        and speak(origin=origin, host=host, kind="websocket")[2] == "/"
    )


def test_a_refusal_is_one_clean_line_and_told_once():
    status, text, _, _, told = speak(host="x" * 3000)
    assert status == 421 and text.count("\n") == 1 and len(text) < 400
    guard_told = []

    async def many():
        guard = Guard(None, say=guard_told.append)
        for _ in range(50):
            assert guard.refusal(
                {"type": "http", "path": "/", "method": "GET", "headers": [(b"host", b"evil")]}
            )
            await guard(
                {"type": "http", "path": "/", "method": "GET", "headers": [(b"host", b"evil")]},
                None,
                _nowhere,
            )

    asyncio.run(many())
    assert len(guard_told) == 1 == len(told)


async def _nowhere(message):
    pass


def test_other_methods_are_refused():
    assert [speak(method=name)[0] for name in ("GET", "HEAD", "PUT", "DELETE", "OPTIONS")] == [
        200,
        200,
        405,
        405,
        405,
    ]


# ------------------------------------------------------------------ paths and headers


@pytest.mark.parametrize("path", ["/..", "/../x", "/a/../../etc/passwd", "/a\\..\\b", "/a\0b"])
def test_a_path_never_climbs(path):
    assert speak(path=path)[0] == 400


def test_a_base_path_is_taken_away_for_both_kinds():
    for kind in ("http", "websocket"):
        assert speak("/u/me/ws", kind, base="/u/me")[2] == "/ws"
        assert speak("/ws", kind, base="/u/me")[2] == "/ws"  # a proxy that takes it away itself
        assert speak("/u/mean", kind, base="/u/me")[2] == "/u/mean"
    assert speak("/u/me/", base="/u/me/")[2] == "/"


def test_the_base_path_without_its_slash_is_redirected_relatively():
    status, _, seen, headers, _ = speak("/u/me", base="/u/me")
    assert (status, seen, headers[b"location"]) == (307, None, b"me/")


@pytest.mark.parametrize("base", ["p", "/p q", "/../x", "//x", "/a//b", "/p?x"])
def test_a_base_path_is_a_plain_path(base):
    with pytest.raises(UsageError, match="--base-path"):
        checked_base(base)


def test_every_answer_carries_the_headers_that_keep_others_out():
    for headers in (speak()[3], speak(host="evil.example")[3]):
        policy = headers[b"content-security-policy"].decode()
        assert policy.startswith("default-src 'none'") and "unsafe-inline" not in policy and "*" not in policy
        assert (
            headers[b"x-content-type-options"] == b"nosniff" and headers[b"referrer-policy"] == b"no-referrer"
        )
        assert (
            headers[b"cross-origin-resource-policy"] == b"same-origin"
            and headers[b"cache-control"] == b"no-store"
        )
    policy = speak()[3][b"content-security-policy"].decode()
    assert (
        "frame-ancestors 'self'" in policy and "ws://127.0.0.1:8100" in policy and "base-uri 'none'" in policy
    )


# ------------------------------------------------------------------ a real server


@pytest.fixture(scope="module")
def server():
    with running() as there:
        yield there


def test_nothing_but_the_page_is_had_without_the_token(server):
    url, token, session = server
    drawn = settled(session)
    for path in ("/ticket", "/frame?c=abcdefgh1", "/send?c=abcdefgh1&m=e30", "/file/x"):
        for wrong in (None, "", token[:-1], token + "x", "é"):
            status, _, body = get(url, path, wrong) if wrong != "é" else get(url, path, "\xe9")
            assert status == 401 and b"the address that the command printed" in body
    assert ask(url, "/open", "POST", b"{}")[0] == 401
    assert session.generator.pictures == drawn


def test_a_foreign_host_or_origin_is_refused_before_the_token_is_looked_at(server):
    url, token, _ = server
    assert get(url, "/ticket", token)[0] == 200
    assert get(url, "/ticket", token, Host="evil.example")[0] == 421
    assert get(url, "/ticket", token, Origin="http://evil.example")[0] == 403
    assert get(url, "/ticket", token, Origin="http://" + authority(url))[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/../../../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "/page/main.js",
        "/file/..%2f..%2fx",
        "/main.js%00",
        "/index.htm",
    ],
)
def test_no_path_leads_out_of_the_page(server, path):
    url, token, _ = server
    assert get(url, path, token)[0] in (400, 404)


@pytest.mark.parametrize(
    "extra, status",
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Host": "evil.example"}, 403),
        ({}, 403),  # no ticket
    ],
)
def test_a_socket_is_refused_before_it_is_one(server, extra, status):
    url = server[0]
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    for path in ("/ws", "/ws?k=", "/ws?k=wrong"):
        assert ask(url, path, **dict(headers, **extra))[0] == status


# ------------------------------------------------------------------ the command line


@pytest.mark.parametrize(
    "words, code, said",
    [
        (["nosuch.pkl"], 1, "nosuch.pkl"),
        (["demo:stylegan2", "--listen", "here"], 2, "--listen"),
        (["demo:stylegan2", "--host-name", "*"], 2, "--host-name"),
        (["demo:stylegan2", "--base-path", "p"], 2, "--base-path"),
        (["demo:stylegan2", "--port", "70000"], 2, "--port"),
        (["demo:stylegan2", "--out", "nosuch"], 1, "--out nosuch"),
        (["demo:stylegan2", "--listen", "203.0.113.9", "--port", "8123"], 1, "cannot listen on 203.0.113.9"),
        (["demo:stylegan2", "--listen", "203.0.113.9"], 1, "cannot listen on 203.0.113.9 port 8100: "),
    ],
)
def test_what_cannot_be_served_is_said_in_one_line(words, code, said, capsys):
    assert main(["explore", "--no-browser", *words]) == code
    text = capsys.readouterr()
    assert text.out == "" and text.err.count("\n") == 1 and said in text.err


def test_a_taken_port_is_passed_over_unless_it_was_asked_for(server):
    url, _, session = server
    port = int(authority(url).rpartition(":")[2])
    with pytest.raises(GanspaceError, match="--port"):
        Running(session, Place(port=port))
    with Running(session, Place()) as other:
        assert authority(other.url) != authority(url)
