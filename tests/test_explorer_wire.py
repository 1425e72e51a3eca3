"""The explorer's messages without a server: fields, bounds, frames, what waits for a client, files."""

from __future__ import annotations

import asyncio
import io

import numpy as np
import pytest
from PIL import Image

from ganspace_tf.errors import UsageError
from ganspace_tf.explorer.staged import encoding
from ganspace_tf.explorer.web import clients, files, protocol
from ganspace_tf.explorer.web.clients import Client
from ganspace_tf.explorer.web.files import Files, free_path, plain_name
from ganspace_tf.explorer.web.protocol import Head, Refused, read_message


def test_a_frame_is_24_bytes_and_a_picture():
    pixels = np.random.RandomState(0).randint(0, 256, (6, 9, 3)).astype(np.uint8)
    data = protocol.pack_frame(
        Head(protocol.PICTURE, 7, 1, 3, exact=True, place=2, micros=1500, total=9), pixels
    )
    head = protocol.unpack_head(data)
    assert head == Head(0, 7, 1, 3, encoding.PNG, True, 9, 6, 2, 1500, 9)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data[24:]))), pixels)


def test_a_preview_is_a_jpeg_and_transparency_lies_on_white():
    clear = np.zeros((16, 16, 4), np.uint8)
    data = protocol.pack_frame(Head(protocol.PICTURE, 1), clear)
    assert protocol.unpack_head(data).encoding == encoding.JPEG
    assert np.asarray(Image.open(io.BytesIO(data[24:]))).min() > 250
    grey = protocol.pack_frame(Head(protocol.PICTURE, 1), np.full((8, 8, 1), 7, np.uint8))
    assert np.asarray(Image.open(io.BytesIO(grey[24:]))).shape == (8, 8)


@pytest.mark.parametrize("data", [b"", b"GX", b"XX" + bytes(22), b"GX\x02" + bytes(21)])
def test_what_is_no_frame_is_said_to_be_none(data):
    with pytest.raises(ValueError, match="no frame"):
        protocol.unpack_head(data)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        "1",
        '{"type": 1}',
        '{"type": "seen"}',
        '{"type": "seen", "id": 1, "stage": 0, "more": 1}',
        '{"type": "seen", "id": -1, "stage": 0}',
        '{"type": "seen", "id": 4294967296, "stage": 0}',
        '{"type": "seen", "id": "1", "stage": 0}',
        '{"type": "seen", "id": true, "stage": 0}',
        '{"type": "show", "id": 1, "state": [], "moving": false}',
        '{"type": "show", "id": 1, "state": {}, "moving": 1}',
        '{"type": "sheet", "id": 1, "kind": "other", "state": {}, "items": [{}], "side": 64}',
        '{"type": "sheet", "id": 1, "kind": "map", "state": {}, "items": [], "side": 64}',
        '{"type": "sheet", "id": 1, "kind": "map", "state": {}, "items": [{}], "side": 129}',
        '{"type": "job", "id": 1, "kind": "shell", "arguments": {}}',
        '{"type": "job", "id": 1, "kind": "save", "arguments": {"what": "network", "state": {}, "name": ""}}',
        '{"type": "job", "id": 1, "kind": "save", "arguments": {"what": "recipe", "state": {}, "a": 1}}',
        '{"type": "hello", "v": 1, "token": null, "client": ""}',
        '{"type": "seen", "id": NaN, "stage": 0}',
        '{"type": "piece", "id": 1, "name": "a", "at": 0, "size": 1}',
        "[" * 4000,
    ],
)
def test_a_message_that_is_wrong_is_refused_in_one_line(text):
    with pytest.raises(Refused) as caught:
        read_message(text)
    assert "\n" not in str(caught.value) and len(str(caught.value)) <= 600


def test_a_message_is_bounded_and_a_later_type_ignored():
    assert read_message('{"type": "of a later version", "anything": 1}') is None
    with pytest.raises(Refused, match="65536 bytes"):
        read_message('{"type": "x", "a": "' + "a" * 70_000 + '"}')
    items = ",".join(["{}"] * 226)
    with pytest.raises(Refused, match="1 to 225 items"):
        read_message('{"type":"sheet","id":1,"kind":"map","state":{},"items":[' + items + '],"side":64}')


def test_an_item_of_a_sheet_changes_fields_or_strengths():
    state = {"seed": 1, "edits": [{"of": "v0", "sigma": 0.0}, {"of": "v1", "sigma": 3.0}]}
    made = protocol.varied(state, {"seed": 4, "sigmas": {"v0": 2.0}})
    assert made == {"seed": 4, "edits": [{"of": "v0", "sigma": 2.0}, {"of": "v1", "sigma": 3.0}]}
    assert state["seed"] == 1 and state["edits"][0]["sigma"] == 0.0
    for wrong in ({"sigmas": 1}, {"sigmas": {"a": "x"}}, {"sigmas": {"a": 1.0, "b": 1.0, "c": 1.0}}):
        with pytest.raises(UsageError, match="sigmas"):
            protocol.varied(state, wrong)


def test_the_newest_picture_takes_the_place_of_one_that_waits():
    async def taken():
        client = Client("c")
        for data in (b"old", b"new"):
            client.put(clients.PICTURE, data)
            client.put(clients.TEXT, "t")
        return await client.take()

    assert asyncio.run(taken()) == ["t", b"new", "t"]


def test_a_sleeping_client_costs_bounded_memory_and_is_let_go():
    async def slept():
        now = [0.0]
        client = Client("c", lambda: now[0])
        for number in range(5000):
            client.put(clients.THUMBNAIL, b"%d" % number)
        client.put(clients.PICTURE, b"p")
        taken = await client.take()
        now[0] += clients.SILENCE + 1
        asleep = client.asleep(polled=False)
        client.seen()
        return len(taken), asleep, client.asleep(polled=False), client.asleep(polled=True)

    assert asyncio.run(slept()) == (pytest.approx(300, abs=301), True, False, True)


def test_messages_and_jobs_of_a_client_are_counted():
    async def counted():
        now = [0.0]
        client = Client("c", lambda: now[0])
        for _ in range(clients.MESSAGES_A_SECOND):
            client.heard()
        with pytest.raises(Refused, match="messages a second"):
            client.heard()
        now[0] += 0.5
        client.heard()
        for number in range(clients.MOST_JOBS):
            client.begin_job(number)
        with pytest.raises(Refused, match="running already"):
            client.begin_job(99)

    asyncio.run(counted())


def test_names_of_files_hold_nothing_that_is_more_than_a_name(tmp_path):
    assert plain_name("../../etc/pass wd\x1b[31m.PNG") == "pass-wd-31m.png"
    assert plain_name("…") == "picture" and plain_name("a/b/.hidden") == "picture.hidden"
    (tmp_path / "a.png").write_bytes(b"")
    assert free_path(str(tmp_path), "a.png").endswith("a-2.png")
    kept = Files(str(tmp_path)).keep("a.png", "image/png", b"x")
    assert kept["written"] == "a-2.png" and (tmp_path / "a-2.png").read_bytes() == b"x"


def test_files_wait_within_bounds(monkeypatch):
    monkeypatch.setattr(files, "MOST_BYTES", 10)
    waiting = Files()
    first, second = (waiting.keep("a.png", "image/png", bytes(8))["file"] for _ in range(2))
    assert waiting.get(first) is None and waiting.get(second).data == bytes(8)
