"""What may be dropped on the explorer's page, and how everything else is refused."""

from __future__ import annotations

import asyncio
import io
import json
import zlib

import numpy as np
import pytest

from ganspace_tf.errors import FileError
from ganspace_tf.explorer.web import uploads
from tests.explorer_server import post, running, settled, small_session


@pytest.fixture(scope="module")
def server():
    with running() as there:
        yield there


def test_what_is_larger_than_a_file_may_be_is_refused_while_it_arrives(server):
    url, token, _ = server
    nine = 9 << 20
    status, answer = post(url, "big.json", b"{" + b" " * nine, token)
    assert status == 413 and (not answer or "at most 8 MiB" in answer["text"])


def test_the_bytes_that_arrive_count_not_those_that_were_announced():
    async def parts():
        for _ in range(3):
            yield b"x" * 50

    with pytest.raises(uploads.TooLarge):
        asyncio.run(uploads.received("20", parts(), largest=100))
    with pytest.raises(uploads.TooLarge):
        asyncio.run(uploads.received(None, parts(), largest=100))
    with pytest.raises(uploads.TooLarge):
        asyncio.run(uploads.received("401", parts(), largest=100))  # not one byte of it is waited for
    assert len(asyncio.run(uploads.received(None, parts(), largest=150))) == 150


@pytest.mark.parametrize(
    "name, data",
    [
        ("a.pkl", b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00."),
        ("a.pt", b"PK\x03\x04" + b"\0" * 40),
        ("a.json", b'{"path": "/etc/passwd"}'),
        ("a.json", b'{"verb": "http://127.0.0.1/"}'),
        ("a.json", b"{" * 5000),
        ("a.json", b'{"kind": "ganspace project", "format": 1, "model": "x"}'),
        ("a.png", b"\x89PNG\r\n\x1a\n"),
        ("a.txt", b"hello"),
        ("empty", b""),
        ("a.npy", b"\x93NUMPY\x01\x00\x10\x00{'descr':'|O'}   "),
    ],
)
def test_anything_else_is_refused_in_one_line(server, name, data):
    url, token, session = server
    drawn = settled(session)
    status, answer = post(url, name, data, token)
    assert status == 422 and answer["text"] and "\n" not in answer["text"] and len(answer["text"]) <= 1000
    assert "Traceback" not in answer["text"] and "/tmp" not in answer["text"]
    assert session.generator.pictures == drawn


def test_arrays_of_objects_are_refused(server):
    url, token, _ = server
    stream = io.BytesIO()
    np.save(stream, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    assert post(url, "w.npy", stream.getvalue(), token)[0] == 422


def test_a_text_of_a_png_is_unpacked_within_bounds():
    """The bound is made small; what a bomb would be is 5 KiB of zeros here."""
    packed = chunk(b"IHDR", b"\0\0\0\1\0\0\0\1\x08\0\0\0\0") + chunk(
        b"zTXt", b"ganspace\0\0" + zlib.compress(b" " * 5000)
    )
    data = b"\x89PNG\r\n\x1a\n" + packed + chunk(b"IEND", b"")
    with pytest.raises(FileError, match=r"small\.png"):
        uploads.png_text(data, "small.png", largest=1000)
    assert len(uploads.png_text(data, "small.png")) == 5000


def chunk(kind, data):
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


def test_latents_without_pickles_are_taken(server):
    url, token, session = server
    stream = io.BytesIO()
    np.save(stream, np.full((1, session.generator.dlatent_size), 0.5, np.float32))
    status, answer = post(url, "../../w.npy", stream.getvalue(), token)
    assert (status, answer["kind"], answer["name"]) == (200, "latent", "w.npy") and len(
        answer["digest"]
    ) >= 16


def test_a_direction_becomes_a_slider_if_it_is_of_this_model(server):
    url, token, session = server
    named = session.direction("v1")
    record = json.dumps(dict(format=1, **{name: getattr(named, name) for name in named.__dataclass_fields__}))
    status, answer = post(url, "mine.json", record.encode(), token)
    assert status == 200 and answer["kind"] == "direction" and session.knows(answer["slider"]["of"])
    other = small_session(seed=5).direction("v1")
    record = json.dumps(dict(format=1, **{name: getattr(other, name) for name in other.__dataclass_fields__}))
    assert post(url, "other.json", record.encode(), token)[0] == 422


def test_text_of_others_is_cleaned_before_it_is_shown(server):
    url, token, _ = server
    status, answer = post(url, "a\x1b[31m\u202eb\n.json", b"{}", token)
    assert status == 422 and "\x1b" not in answer["text"] and "\u202e" not in answer["text"]
