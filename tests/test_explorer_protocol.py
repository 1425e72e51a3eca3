"""Whole conversations with the explorer's server, by WebSocket and by GET, and through three proxies."""

from __future__ import annotations

import base64
import io
import json
import struct
import time
import urllib.parse

import numpy as np
import pytest
from PIL import Image
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from ganspace_tf.explorer.web import protocol
from tests.explorer_server import Proxy, authority, get, running

WAIT = 60  # seconds after which a test gives up


class Talk:
    """A client as the page is one. url: of the server or of a proxy before it."""

    def __init__(self, url, token, host=None, hello=True):
        headers = {"Host": host} if host else {}
        ticket = get(url, urllib.parse.urlsplit(url).path + "ticket", token, **headers)[2].decode()
        address = url.replace("http", "ws") + "ws?k=" + ticket
        self.socket = connect(address, origin="http://" + authority(url), max_size=None).__enter__()
        self.number = 0
        if hello:
            self.send(type="hello", v=1, token=token, client="test")
            self.welcome = self.until("welcome")[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.__exit__(None, None, None)

    def send(self, **message):
        self.socket.send(json.dumps(message))

    def receive(self):
        data = self.socket.recv(timeout=WAIT)
        return json.loads(data) if isinstance(data, str) else data

    def until(self, kind, number=None):
        """The first message of a type, and the frames that came before it."""
        frames = []
        while True:
            message = self.receive()
            if isinstance(message, bytes):
                head = protocol.unpack_head(message)
                frames.append((head, message[24:]))
                self.send(type="seen", id=head.id, stage=head.stage)
            elif message["type"] == kind and number in (None, message.get("id")):
                return message, frames
            elif message["type"] == "refused" and kind != "refused":
                raise AssertionError(message)

    @property
    def state(self):
        return dict(self.welcome["initial"])

    def show(self, state, moving=False):
        self.number += 1
        self.send(type="show", id=self.number, state=state, moving=moving)
        return self.until("done", self.number)[1]

    def job(self, kind, **arguments):
        self.number += 1
        self.send(type="job", id=self.number, kind=kind, arguments=arguments)
        return self.until("result", self.number)[0]["value"]


@pytest.fixture(scope="module")
def server():
    with running() as there:
        yield there


@pytest.fixture
def talk(server):
    url, token, _ = server
    with Talk(url, token) as there:
        yield there


# ------------------------------------------------------------------ conversations


def test_who_greets_is_told_the_model_its_sliders_and_where_to_start(server, talk):
    session = server[2]
    assert talk.welcome["model"]["fingerprint"] == session.generator.fingerprint
    assert [slider["of"] for slider in talk.welcome["sliders"]][-4:] == ["v0", "v1", "v2", "v3"]
    assert talk.state == json.loads(json.dumps(session.initial.to_json()))


def test_the_last_frame_of_a_show_is_exact_and_the_pixels_of_the_session(server, talk):
    session = server[2]
    state = dict(talk.state, seed=3, edits=[edit("v0", 1.5)])
    frames = talk.show(state)
    assert [head.exact for head, _ in frames][-1] and {head.id for head, _ in frames} == {talk.number}
    pixels = np.asarray(Image.open(io.BytesIO(frames[-1][1])))
    assert np.array_equal(pixels, session.show(type(session.initial).from_json(state)))


def test_of_many_wishes_the_last_is_met(talk):
    for number in range(1, 81):
        talk.send(
            type="show", id=number, state=dict(talk.state, edits=[edit("v0", number / 40)]), moving=True
        )
    talk.send(type="show", id=81, state=dict(talk.state, edits=[edit("v0", 2.0)]), moving=False)
    _, frames = talk.until("done", 81)
    ids = [head.id for head, _ in frames]
    assert ids == sorted(ids) and ids[-1] == 81 and frames[-1][0].exact


def test_a_sheet_comes_item_by_item(talk):
    talk.send(
        type="sheet",
        id=500,
        kind="seeds",
        state=talk.state,
        items=[{"seed": seed} for seed in range(6)],
        side=16,
    )
    found = {}
    while len(found) < 6:
        message = talk.receive()
        if isinstance(message, bytes):
            head = protocol.unpack_head(message)
            assert (head.kind, head.id, head.total) == (protocol.THUMBNAIL, 500, 6)
            found[head.place] = message[24:]
    assert sorted(found) == list(range(6)) and len(set(found.values())) == 6


@pytest.mark.parametrize(
    "change",
    [
        {"seed": -1},
        {"more": 1},
        {"edits": [{"of": "v99", "sigma": 1.0}]},
        {"noise": "random"},
        {"model": "1" * 64},
        {"psi": "x"},
    ],
)
def test_a_state_that_cannot_be_drawn_is_refused_in_one_line_and_the_talk_goes_on(talk, change):
    talk.send(type="show", id=9, state=dict(talk.state, **change), moving=False)
    refused = talk.until("refused")[0]
    assert refused["id"] == 9 and refused["text"] and "\n" not in refused["text"]
    talk.number = 9
    assert talk.show(talk.state)


@pytest.mark.parametrize("data", ["not json", '{"type": "seen", "id": 1}', b"\x00\x01\xff"])
def test_what_is_no_message_is_refused_and_the_talk_goes_on(talk, data):
    talk.socket.send(data)
    assert talk.until("refused")[0]["code"] in ("no message", "bad message")
    assert talk.show(talk.state)


def test_a_message_that_is_too_long_ends_the_talk(talk):
    talk.socket.send("x" * 80_000)
    with pytest.raises(ConnectionClosed):
        while True:
            talk.receive()


def test_a_stranger_without_the_token_hears_nothing(server):
    url, token, _ = server
    for first in (
        {"type": "hello", "v": 1, "token": "wrong", "client": ""},
        {"type": "seen", "id": 1, "stage": 0},
    ):
        with Talk(url, token, hello=False) as there:
            there.send(**first)
            with pytest.raises(ConnectionClosed) as caught:
                there.receive()
            assert caught.value.rcvd.code in (4401, 4429) or isinstance(caught.value, ConnectionClosed)


def test_a_ticket_lets_one_socket_in_once(server):
    url, token, _ = server
    ticket = get(url, "/ticket", token)[2].decode()
    with connect(url.replace("http", "ws") + "ws?k=" + ticket):
        pass
    with pytest.raises(InvalidStatus), connect(url.replace("http", "ws") + "ws?k=" + ticket):
        pass


def test_a_film_is_bounded_by_the_server_whatever_the_page_says(talk):
    talk.send(type="job", id=700, kind="film", arguments=dict(film(talk.state), frames=601))
    assert "--unlimited" in talk.until("refused")[0]["text"]
    talk.send(type="job", id=701, kind="film", arguments=dict(film(talk.state), frames=600, fps=0.5))
    assert "--unlimited" in talk.until("refused")[0]["text"]


def film(state):
    return {
        "of": "v0",
        "low": -1.0,
        "high": 1.0,
        "state": state,
        "keyframes": [],
        "frames": 10,
        "fps": 20.0,
        "ease": True,
        "loop": False,
        "ending": ".gif",
    }


def edit(of, sigma):
    return {"of": of, "first_layer": 0, "last_layer": 3, "sigma": sigma, "on": True}


def test_a_saved_picture_is_fetched_with_the_token_and_opens_as_the_same_state(server, talk):
    from tests.explorer_server import post

    url, token, _ = server
    state = dict(talk.state, seed=8, edits=[edit("v1", -1.5)])
    told = talk.job("save", what="picture", state=state, name="")
    status, headers, data = get(url, "/file/" + told["file"], token)
    assert status == 200 and data.startswith(b"\x89PNG") and "attachment" in headers["content-disposition"]
    assert get(url, "/file/" + told["file"])[0] == 401
    status, answer = post(url, "saved.png", data, token)
    assert (status, answer["kind"]) == (200, "state") and answer["state"] == state


# ------------------------------------------------------------------ by GET, and through proxies


def packed(**message):
    return base64.urlsafe_b64encode(json.dumps(message).encode()).decode().rstrip("=")


def parts(data):
    found, at = [], 0
    while at < len(data):
        length, binary = struct.unpack("<IB", data[at : at + 5])
        body = data[at + 5 : at + 5 + length]
        found.append(body if binary else json.loads(body.decode()))
        at += 5 + length
    return found


def by_get(url, token, **headers):
    """The exact picture of the initial state, without a socket."""
    path = urllib.parse.urlsplit(url).path

    def first(wanted):
        deadline = time.monotonic() + WAIT
        while time.monotonic() < deadline:
            for one in parts(get(url, path + "frame?c=abcdefgh12", token, **headers)[2]):
                if wanted(one):
                    return one
        raise AssertionError("it did not come")

    welcome = first(lambda one: isinstance(one, dict) and one["type"] == "welcome")
    message = packed(type="show", id=1, state=welcome["initial"], moving=False)
    assert get(url, path + "send?c=abcdefgh12&m=" + message, token, **headers)[0] == 204
    return first(lambda one: isinstance(one, bytes) and protocol.unpack_head(one).exact)


def test_the_same_bytes_come_by_get():
    with running() as (url, token, _):
        frame = by_get(url, token)
        with Talk(url, token) as there:
            assert there.show(there.state)[-1][1] == frame[24:]


@pytest.mark.parametrize(
    "query", ["c=x&m=e30", "c=abcdefgh1&m=%25", "c=../../x12&m=e30", "m=e30", "c=" + "a" * 65]
)
def test_a_request_that_says_nothing_sensible_is_refused(server, query):
    url, token, _ = server
    assert get(url, "/send?" + query, token)[0] in (204, 400)
    assert get(url, "/send?" + query)[0] == 401


def test_behind_a_proxy_that_takes_its_prefix_away():
    with running() as (url, token, _), Proxy(url, "/user/me/proxy/8100") as proxy:
        status, _, page = get(proxy.url, "/user/me/proxy/8100/")
        assert status == 200 and not any(word in page for word in (b'="/', b"http://"))
        with Talk(proxy.url, token) as there:
            assert there.show(there.state)[-1][0].exact


def test_behind_a_proxy_that_leaves_its_prefix_in():
    with running(base_path="/p/q") as (url, token, _), Proxy(url, "/p/q", strip=False) as proxy:
        status, headers, _ = get(proxy.url, "/p/q")
        assert status == 307 and urllib.parse.urljoin(proxy.url.rstrip("/"), headers["location"]) == proxy.url
        with Talk(proxy.url, token) as there:
            assert there.show(there.state)[-1][0].exact


def test_behind_a_proxy_that_lets_no_socket_through():
    with running() as (url, token, _), Proxy(url, "/c", sockets=False) as proxy:
        with pytest.raises(InvalidStatus):
            Talk(proxy.url, token)
        assert protocol.unpack_head(by_get(proxy.url, token)).exact


def test_a_proxy_with_a_name_of_its_own_needs_to_be_allowed():
    with running() as (url, token, _), Proxy(url, host="hub.example.org") as proxy:
        status, _, text = get(proxy.url, "/ticket", token)
        assert status == 421 and b"--host-name hub.example.org" in text
    with running(host_names=["hub.example.org"]) as (url, token, _), Proxy(
        url, host="hub.example.org"
    ) as proxy:
        assert get(proxy.url, "/ticket", token)[0] == 200


def test_an_item_of_a_sheet_sets_strengths_of_edits_that_are_there_whatever_else_is():
    edits = [{"of": "v0", "sigma": 1.0}, {"of": ["v0"], "sigma": 2.0}, "none"]
    made = protocol.varied({"edits": edits}, {"sigmas": {"v0": 3.0}})
    assert made["edits"] == [{"of": "v0", "sigma": 3.0}, {"of": ["v0"], "sigma": 2.0}, "none"]
