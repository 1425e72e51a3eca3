"""A file in pieces, by socket or GET, where no POST gets through; and a network whose file is replaced."""

from __future__ import annotations

import base64
import io
import os

import numpy as np
import pytest

from ganspace_tf.explorer.source import Source
from ganspace_tf.explorer.web.pieces import Pieces, with_piece
from ganspace_tf.explorer.web.protocol import Refused
from ganspace_tf.explorer.web.uploads import LARGEST
from tests.explorer_browser import WAIT, needs_chromium
from tests.explorer_client import clients
from tests.explorer_server import Proxy, running
from tests.test_explorer_protocol import Talk


def piece(at, data, size, id=1, name="a.json"):
    return {"id": id, "name": name, "at": at, "size": size, "data": base64.b64encode(data).decode()}


def test_pieces_in_their_order_are_the_file():
    data = os.urandom(1000)
    pieces = None
    for at in range(0, 1000, 300):
        assert pieces is None or not pieces.whole
        pieces = with_piece(pieces, piece(at, data[at : at + 300], 1000))
    assert pieces.whole and bytes(pieces.data) == data and pieces.name == "a.json"
    other = with_piece(pieces, piece(0, b"x", 5, id=2))  # another file takes its place
    assert bytes(other.data) == b"x" and not other.whole


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (piece(0, b"x", LARGEST + 1), "at most 8 MiB"),
        (piece(0, b"x", 0), "at most 8 MiB"),
        (piece(1, b"x", 5), "does not fit"),
        (piece(0, b"xxxxxx", 5), "does not fit"),
        (piece(0, b"", 5), "does not fit"),
        (dict(piece(0, b"x", 5), data="no base64!"), "no base64"),
        (dict(piece(0, b"x", 5), data=["x"]), "no base64"),
    ],
)
def test_a_piece_that_does_not_fit_is_refused(message, words):
    with pytest.raises(Refused, match=words) as caught:
        with_piece(None, message)
    assert caught.value.number == 1
    with pytest.raises(Refused):  # and none is kept beyond what was announced
        with_piece(Pieces(piece(0, b"x", 1)), piece(0, b"xy", 1))


def latents(session, count=1):
    stream = io.BytesIO()
    np.save(stream, session.generator.w(seeds=range(count)))
    return stream.getvalue()


def test_a_file_over_the_socket_is_opened_as_a_posted_one_is():
    with running() as (url, token, session), Talk(url, token) as talk:
        data = latents(session)
        for at in range(0, len(data), 100):
            talk.send(type="piece", **piece(at, data[at : at + 100], len(data), id=7, name="../me.npy"))
            told = talk.until("progress", 7)[0]
            assert told["done"] == min(at + 100, len(data)) and told["total"] == len(data)
        value = talk.until("result", 7)[0]["value"]
        assert value["kind"] == "latent" and value["name"] == "me.npy"
        talk.show(dict(talk.state, latent=value["digest"]))
        talk.send(type="piece", **piece(0, b"\x80\x04.", 3, id=8, name="net.pkl"))
        assert "net.pkl is nothing that is opened here" in talk.until("refused", 8)[0]["text"]


@needs_chromium
def test_the_page_opens_a_file_where_neither_posts_nor_sockets_get_through(seen):
    with running() as (url, token, session), Proxy(url, prefix="/c", sockets=False, posts=False) as proxy:
        there = seen(proxy.url, token)
        data = latents(session, 100)  # several pieces
        assert len(data) > 3 * 3000
        there.page.set_input_files(
            "#file", files=[{"name": "me.npy", "mimeType": "application/octet-stream", "buffer": data}]
        )
        there.page.locator("dialog[open]").wait_for(timeout=WAIT)
        there.page.get_by_role("button", name="Open").last.click()
        there.exact()
        assert there.state()["latent"]
        assert there.foreign == []


# ---------------------------------------------------------------------- the file of the network


def test_a_network_that_was_replaced_is_noticed_when_something_is_saved(tmp_path):
    path = tmp_path / "net.pkl"
    path.write_bytes(b"one")
    source = Source(str(path))
    assert source.replaced() is None
    path.write_bytes(b"another")
    assert "net.pkl was replaced since it was read" in source.replaced() and "\n" not in source.replaced()
    path.unlink()
    assert source.replaced() is not None
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "weights").write_bytes(b"one")
    source = Source(str(folder))
    assert source.replaced() is None
    os.utime(str(folder / "weights"), (1, 1))
    assert source.replaced() is not None
    assert Source("no file at all").replaced() is None


def test_what_is_saved_after_that_says_so():
    from ganspace_tf.explorer.messages import Result

    with clients() as made:
        client = made(fit=False)
        client.session.source.replaced = lambda: "net.pkl was replaced"
        for id, (kind, more) in enumerate(
            [("save", {"what": "picture"}), ("film", {"of": "v0", "frames": 2, "ending": ".gif"})]
        ):
            client.worker.job("a", id, kind, dict(more, state=client.state(1.0)))
            assert client.until(Result, id=id).value["notice"] == "net.pkl was replaced"
