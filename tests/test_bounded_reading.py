"""What a file may make us allocate: one budget, and the readers of zip, JSON and .npy that keep to it.

The limits are made small here, so that harmless inputs meet them.
"""

from __future__ import annotations

import io
import json
import struct
import sys
import warnings
import zipfile
import zlib

import numpy as np
import pytest

from nvlabs.errors import DamagedFile
from nvlabs.reading import json_text, npy, zips
from nvlabs.reading.budget import ALLOWANCE, MULTIPLE, Budget
from nvlabs.reading.shown import show, show_shape

ROOM = 1 << 20


# The budget


def test_a_file_may_take_a_constant_and_a_multiple_of_its_size(tmp_path):
    assert Budget.of(1000).left == ALLOWANCE + 1000 * MULTIPLE
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(bytes(500))
    assert Budget.of_files(tmp_path / "a", tmp_path / "b", tmp_path / "missing").left == Budget.of(1000).left


def test_what_is_spent_is_gone():
    budget = Budget(100)
    budget.spend(60)
    budget.spend(40)
    with pytest.raises(DamagedFile, match="far more data"):
        budget.spend(1)


@pytest.mark.parametrize("text", ["", "plain", "déjà vu", "β", "x" * 99 + "β", "x" * 99 + "\U0001f600"])
@pytest.mark.parametrize("encoding", ["latin1", "utf-8", "raw-unicode-escape"])
def test_text_is_charged_for_at_least_what_python_takes_for_it(text, encoding):
    try:
        data = text.encode(encoding)
    except UnicodeEncodeError:
        return
    budget = Budget(ROOM)
    budget.text(data, encoding)
    taken = sys.getsizeof(text + "x") - sys.getsizeof("x") if text.isascii() else sys.getsizeof(text) - 76
    assert len(data) <= ROOM - budget.left <= 4 * len(data)
    assert ROOM - budget.left >= taken


# Values in messages


def test_values_are_shown_by_their_kind_and_never_spelled_out():
    nested, doubled = [], [[]]
    for _ in range(100_000):
        nested = [nested]
    for _ in range(60):
        doubled = [doubled, doubled]
    for value in (nested, doubled, tuple(doubled), {"a": doubled}, "x" * 10**6, b"x" * 10**6, 10**5000, show):
        assert len(show(value)) < 100 and "\n" not in show(value)
    assert (show(None), show(True), show(5), show("a\n"), show([1, 2])) == (
        "None",
        "True",
        "5",
        "'a\\n'",
        "a list of 2",
    )
    assert show_shape((3, 4)) == "[3, 4]" and show_shape([7] * 100_000).endswith("... (100000 axes)]")


# JSON


@pytest.mark.parametrize(
    "value",
    [None, True, 0, -(10**30), 1.5, "", '\U0001f600 \\ " [{', [], {}, [[], {"a": [1, 2.5, {"b": "ü"}]}] * 50],
    ids=str,
)
@pytest.mark.parametrize("ascii", [True, False])
def test_json_gives_what_the_parser_of_python_gives(value, ascii):
    text = json.dumps(value, ensure_ascii=ascii)
    assert json_text.parse(text, Budget(ROOM)) == value
    assert json_text.parse(text.encode("utf-8"), Budget(ROOM)) == value
    assert json_text.parse(b"\xef\xbb\xbf" + text.encode("utf-8"), Budget(ROOM)) == value


@pytest.mark.parametrize("opened, closed", ["[]", ('{"a":', "}"), ('[{"a":', "}]")], ids=str)
def test_json_nests_so_deep_and_no_deeper(opened, closed):
    levels = 60 // opened.count("[") if "{" not in opened else 30
    depth = levels * (opened.count("[") + opened.count("{"))
    text = opened * levels + "1" + closed * levels
    assert json_text.parse(text, Budget(ROOM), max_depth=depth) is not None
    for deep in (text, opened * 50_000):
        with pytest.raises(DamagedFile, match="levels deep"):
            json_text.parse(deep, Budget(ROOM << 6), max_depth=depth - 1)


def test_brackets_in_text_are_text():
    for text in ("[" * 500, '\\"' + "[" * 500, "\\", '[\\\\"{'):
        assert json_text.parse(json.dumps({"a": text, "b": ["]"] * 9}), Budget(ROOM))["a"] == text


@pytest.mark.parametrize(
    "text, said",
    [
        ("[1e999]", "too large for a float"),
        ("NaN", "holds NaN"),
        ("[-Infinity]", "holds -Infinity"),
        ("1" * 101, "101 characters"),
        ("0." + "1" * 101, "103 characters"),
        (r'{"\ud800": 1}', "half a character"),
        (r'["\udfff"]', "half a character"),
        ("{", "line 1, column 2"),
        ("", "not valid JSON"),
        ("[1]x", "not valid JSON"),
        (b"\xff", "no UTF-8 text at byte 0"),
    ],
)
def test_json_that_is_refused(text, said):
    with pytest.raises(DamagedFile, match=said):
        json_text.parse(text, Budget(ROOM))


def test_what_is_allowed_on_request():
    parse = json_text.parse
    assert parse("[1e999, -Infinity]", Budget(ROOM), constants=True) == [np.inf, -np.inf]
    assert np.isnan(parse("NaN", Budget(ROOM), constants=True))
    assert parse(r'"\ud800"', Budget(ROOM), surrogates=True) == "\ud800"
    assert parse("1" * 200, Budget(ROOM), max_number=200) == int("1" * 200)


@pytest.mark.parametrize("item", ["[]", "{}", '""', "0", "1.5", '{"a":0}'])
def test_json_is_charged_for_what_it_becomes(item):
    """Never less than Python takes for the values, text aside."""
    text, budget = "[" + ",".join([item] * 1000) + "]", Budget(ROOM)
    value = json_text.parse(text, budget)
    held = {id(part): part for part in value}
    assert ROOM - budget.left >= sys.getsizeof(value) + sum(map(sys.getsizeof, held.values()))
    with pytest.raises(DamagedFile, match="far more data"):
        json_text.parse(text, Budget(20_000))


# Zip archives


def zipped(items, method=zipfile.ZIP_STORED, force_zip64=False):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in items.items():
            with archive.open(name, "w", force_zip64=force_zip64) as entry:
                entry.write(data)
    return stream.getvalue()


def opened(data, budget=None, **options):
    return zips.ZipReader(io.BytesIO(data), len(data), budget or Budget(ROOM), **options)


ITEMS = {"a.npy": b"abc" * 100, "ü/é": b"", "folder/c": bytes(5000)}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("force_zip64", [False, True])
def test_archives_are_read_as_by_zipfile(method, force_zip64):
    archive = opened(zipped(ITEMS, method, force_zip64), deflate=True)
    assert list(archive.entries) == list(ITEMS)
    assert {name: bytes(archive.read(name)) for name in archive.entries} == ITEMS


def test_archives_written_to_a_pipe_and_with_a_comment_are_read():
    class Pipe(io.BytesIO):
        def seekable(self):
            return False

        def tell(self):
            raise OSError

    stream = Pipe()
    with zipfile.ZipFile(stream, "w") as archive:  # sizes follow the data
        archive.writestr("a", b"xyz")
        archive.comment = b"PK" * 1000
    assert opened(stream.getvalue()).read("a") == b"xyz"


def test_a_checkpoint_of_pytorch_is_such_an_archive():
    from tests.test_torchfiles import GOLDENS

    data = (GOLDENS / "checkpoint_zip.pt").read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        expected = {name: archive.read(name) for name in archive.namelist()}
    assert {name: opened(data).read(name) for name in opened(data).entries} == expected


def refused(data, said, name="a.npy", budget=None, **options):
    with pytest.raises(DamagedFile, match=said) as error:
        opened(data, budget, **options).read(name)
    assert len(str(error.value)) < 300


def test_entries_that_share_bytes_are_refused():
    """One header within what is left free before another's bytes, so that both have the same bytes."""
    head = struct.Struct("<IHHHHHIIIHH")
    crc, size = zlib.crc32(b"data"), 4
    first = head.pack(0x04034B50, 20, 0, 0, 0, 0x21, crc, size, size, 1, head.size + 1) + b"a"
    second = head.pack(0x04034B50, 20, 0, 0, 0, 0x21, crc, size, size, 1, 0) + b"b"
    body, rows = first + second + b"data", b""
    for name, at in ((b"a", 0), (b"b", len(first))):
        row = (0x02014B50, 20, 20, 0, 0, 0, 0x21, crc, size, size, 1, 0, 0, 0, 0, 0, at)
        rows += struct.pack("<IHHHHHHIIIHHHHHII", *row) + name
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 2, 2, len(rows), len(body), 0)
    refused(body + rows + end, "share bytes", "a")


def test_a_name_that_is_there_twice_is_refused():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of it
        archive.writestr("a.npy", b"1")
        archive.writestr("a.npy", b"2")
    refused(stream.getvalue(), "two entries 'a.npy'")


def test_compressed_and_encrypted_entries_are_refused_unless_allowed():
    data = zipped(ITEMS, zipfile.ZIP_DEFLATED)
    refused(data, r"compressed \(method 8\)")
    refused(zipped(ITEMS, zipfile.ZIP_BZIP2), r"compressed \(method 12\)", deflate=True)
    locked = bytearray(zipped({"a.npy": b"abc"}))
    locked[locked.rindex(b"PK\x01\x02") + 8] |= 1
    refused(bytes(locked), "encrypted")
    refused(data, "without the entry 'other'", "other")


@pytest.mark.parametrize("stated", [10, 4999, 5001, 10**6])
def test_an_entry_that_unpacks_to_another_size_than_it_states_is_refused(stated):
    data = bytearray(zipped({"a.npy": bytes(5000)}, zipfile.ZIP_DEFLATED))
    struct.pack_into("<I", data, data.rindex(b"PK\x01\x02") + 24, stated)
    refused(bytes(data), "length or checksum", deflate=True)


def test_an_entry_is_charged_before_it_is_unpacked_and_each_time_it_is_read():
    data = zipped({"a.npy": bytes(10**6)}, zipfile.ZIP_DEFLATED)
    assert len(data) < 2000
    refused(data, "far more data", budget=Budget(500_000), deflate=True)
    archive = opened(data, Budget(2_500_000), deflate=True)
    assert len(archive.read("a.npy")) == len(archive.read("a.npy")) == 10**6
    with pytest.raises(DamagedFile, match="far more data"):
        archive.read("a.npy")
    with pytest.raises(DamagedFile, match="too long: 5000 bytes"):
        opened(zipped(ITEMS)).read("folder/c", 4999)


def test_the_number_of_entries_is_bounded_and_each_is_charged(monkeypatch):
    data = zipped({str(k): b"" for k in range(20)})
    with pytest.raises(DamagedFile, match="far more data"):
        opened(data, Budget(10_000))
    monkeypatch.setattr(zips, "MAX_ENTRIES", 19)
    with pytest.raises(DamagedFile, match="20 entries; up to 19"):
        opened(data)


def test_damaged_archives_are_refused_and_nothing_else(tmp_path):
    data = zipped(ITEMS)
    random = np.random.RandomState(0)
    for length in range(0, len(data), 61):
        with pytest.raises(DamagedFile):
            opened(data[:length])
    for _ in range(300):
        bad = bytearray(data)
        for at in random.randint(0, len(data), 3):
            bad[at] = random.randint(256)
        try:
            archive = opened(bytes(bad))
            for name in archive.entries:
                archive.read(name)
        except DamagedFile:
            pass


def test_names_are_looked_at_without_an_error(tmp_path):
    (tmp_path / "good").write_bytes(zipped(ITEMS))
    (tmp_path / "bad").write_bytes(zipped(ITEMS)[:-30])
    (tmp_path / "text").write_text("hello")
    assert zips.names_in(tmp_path / "good") == tuple(ITEMS)
    for name in ("bad", "text", "missing", ".", "a\0b"):
        assert zips.names_in(tmp_path / name) == ()


# Arrays


def saved(array, version=None):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asarray(array), version, allow_pickle=False)
    return stream.getvalue()


@pytest.mark.parametrize("version", [(1, 0), (2, 0)])
@pytest.mark.parametrize(
    "array",
    [
        np.float32(3),
        np.arange(6.0).reshape(2, 3),
        np.asfortranarray(np.arange(6).reshape(2, 3)),
        np.arange(3, dtype=">f4"),
        np.array([True, False]),
        np.array("déjà"),
        np.array([b"a", b"bc"]),
        np.zeros((0, 3), np.float16),
    ],
    ids=str,
)
def test_arrays_are_read_as_by_numpy(array, version):
    read = npy.parse(saved(array, version))
    assert read.dtype == array.dtype and read.shape == array.shape and np.array_equal(read, array)


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
        "{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }",
        "{'descr': '<f3', 'fortran_order': False, 'shape': (2,), }",
        "{'descr': '<U0', 'fortran_order': False, 'shape': (0,), }",
        "{'descr': '<U999999999999', 'fortran_order': False, 'shape': (2,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776, 1099511627776, 0), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }" % ("1, " * 40),
        "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }" % ("1, " * 9000),
        "{'descr': '<f4', 'fortran_order': print(1), 'shape': (2,), }",
        "",
    ],
    ids=lambda text: text[:50],
)
def test_other_headers_are_refused(header):
    data = npy.MAGIC + b"\x01\x00" + struct.pack("<H", len(header)) + header.encode() + bytes(8)
    with pytest.raises(DamagedFile) as error:
        npy.parse(data)
    assert len(str(error.value)) < 300
    for length in range(12):
        with pytest.raises(DamagedFile):
            npy.parse(data[:length])


def test_one_text_is_taken_from_its_array():
    assert npy.text_of(np.array("déjà vu")) == npy.text_of(np.array(["déjà vu"], ">U7")) == "déjà vu"
    odd = np.frombuffer(struct.pack("<II", 0x7FFFFFFF, 65), "<U2")[0:1]
    for array in (np.array(["a", "b"]), np.array(1.0), odd, np.array("\ud800")):
        with pytest.raises(DamagedFile):
            npy.text_of(array)
