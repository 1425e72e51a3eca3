"""JSON of ours: read within bounds, refused in one line that names the file."""

from __future__ import annotations

import os

import pytest

from ganspace_tf.errors import FileError
from ganspace_tf.json_files import parse, read_bytes, read_json, read_text
from nvlabs.reading.budget import Budget


def test_values_come_as_they_are(tmp_path):
    (tmp_path / "a.json").write_bytes(b'\xef\xbb\xbf{"a": [1, 2.5, null, "\xc3\xa9"]}')
    assert read_json(tmp_path / "a.json") == {"a": [1, 2.5, None, "é"]}


@pytest.mark.parametrize(
    "content, says",
    [
        (b"", "valid JSON"),
        (b"{", "valid JSON"),
        (b"\xff\xfe", "UTF-8"),
        (b"[" * 1000, "levels deep"),
        (b"[NaN]", "NaN"),
        (b"[1e999]", "too large"),
        (b"[" + b"9" * 5000 + b"]", "5000 characters"),
        (b'["\\ud800"]', "half a character"),
    ],
)
def test_what_no_reader_could_use_is_refused(tmp_path, content, says):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(FileError) as caught:
        read_json(path, "is no recipe: it")
    text = str(caught.value)
    assert text.startswith("{} is no recipe: it ".format(path)) and says in text and len(text) < 300


def test_half_characters_where_they_stand_for_bytes():
    assert parse('["\\udcff"]', "x", surrogates=True) == ["\udcff"]


def test_a_budget_ends_before_the_file_does(tmp_path):
    (tmp_path / "a.json").write_bytes(b"[" + b"{}," * 1000 + b"{}]")
    for read in (read_bytes, read_text):
        with pytest.raises(FileError, match=r"cannot read .*far more data"):
            read(tmp_path / "a.json", Budget(2000))
    with pytest.raises(FileError, match="x unpacks to far more data"):
        parse("[" + "{}," * 1000 + "{}]", "x", Budget(100_000))


def test_what_is_no_ordinary_file(tmp_path):
    for path in (tmp_path / "none.json", tmp_path, "a\0b.json"):
        with pytest.raises(FileError, match="cannot read"):
            read_json(path)
    if os.path.exists("/dev/zero"):
        with pytest.raises(FileError, match="no ordinary file"):
            read_json("/dev/zero")
