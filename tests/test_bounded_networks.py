"""Small network files that ask for much: what they share, nest or repeat is not followed, spelled out or made
without being charged. All inputs are harmless; the limits are made small by a parameter.
"""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile

import numpy as np
import pytest

import nvlabs
from nvlabs.errors import DamagedFile, NetworkFileError
from nvlabs.reading.budget import Budget
from nvlabs.reading.unpickle import read_records
from tests import pickled
from tests.pickled import EMPTY_ARRAY, NETWORK, array, state, stream, text


@pytest.fixture
def refused(tmp_path):
    """refused(data, kind): what `inspect` says about these bytes."""
    return pickled.Refusals(tmp_path / "net.pkl")


def nested(kwargs):
    """A network with these static arguments, as bytes of a stream."""
    return state(kwargs=b"}" + text("a") + kwargs + b"s")


SHARED = {
    "static arguments of one text": (
        text("x" * 5000) + b"\x940" + nested(b"(" + b"h\x00" * 1000 + b"t"),
        "hold too much",
    ),
    "a text in the place of a version": (nested(b"N").replace(b"K\x04", text("x" * 5000)), "5000|xxx"),
    "a nested version": (nested(b"N").replace(b"K\x04", b"]" * 3000 + b"a" * 2999), "a list of 1"),
    "an array of an odd shape": (
        state(b"](" + text("w") + array([2**61, 2**61, 0], b"") + b"\x86e"),
        "which no array has",
    ),
    "a network that is a part twice, six times over": (
        state(components=b"}")
        + b"\x940"
        + b"".join(
            state(components=b"}(" + text("a") + b"h%c" % k + text("b") + b"h%c" % k + b"u") + b"\x940"
            for k in range(6)
        )
        + b"h\x06",
        "more than 32 networks",
    ),
    "a function with a long name": (b"c" + b"x" * 300 + b"\ny\n", "by 20. characters"),
}


@pytest.mark.parametrize("name", sorted(SHARED))
def test_what_a_file_shares_or_nests_is_neither_followed_nor_spelled_out(name, refused):
    data, said = SHARED[name]
    message = refused(stream(data))
    assert re.search(said, message) and len(message) < 300, message


# What is made of a pickle is charged.

DOUBLE = pickled.DTYPE.replace(text("f4"), text("f8"))
CHARGED = {
    "arrays of float64 over the same bytes": b"\x8e"
    + struct.pack("<Q", 80_000)
    + bytes(80_000)
    + b"\x940"
    + state(
        b"]("
        + b"".join(
            text("w%d" % k) + EMPTY_ARRAY + b"(K\x01M\x10\x27\x85" + DOUBLE + b"\x89h\x00tb" + b"\x86"
            for k in range(40)
        )
        + b"e"
    ),
    "empty dictionaries": b"(" + b"}" * 5000 + b"t",
    "empty lists": b"(" + b"]" * 20_000 + b"t",
    "networks": b"(" + NETWORK * 5000 + b"t",
    "text beyond Latin": text("x" * 300_000 + "\U0001f600"),
    "quoted text": b"S'" + b"\\x00" * 150_000 + b"'\n",
}


@pytest.mark.parametrize("name", sorted(CHARGED))
def test_what_is_made_of_a_pickle_is_charged(name, tmp_path):
    path = tmp_path / "net.pkl"
    path.write_bytes(stream(CHARGED[name]))
    with pytest.raises(DamagedFile, match="far more data"):
        read_records(path, Budget(1_000_000))
    with pytest.raises(NetworkFileError) as error:  # no harm in it, so it is looked at, and is no network
        nvlabs.inspect(path)
    assert "far more data" not in str(error.value)


# Neutral files.


def neutral(text_, arrays=()):
    """A neutral file by hand: its text, and names of arrays of three zeros."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("network.json", text_ if isinstance(text_, str) else json.dumps(text_))
        for name in arrays:
            entry = io.BytesIO()
            np.save(entry, np.zeros(3, np.float32))
            archive.writestr(name + ".npy", entry.getvalue())
    return data.getvalue()


def described(variables, components):
    node = {"version": 4, "name": "n", "static_kwargs": {}, "build_func_name": "G_main", "source": ""}
    return dict(node, variables=variables, components=components)


def whole(network):
    return {"format": "nvlabs-network", "format_version": 1, "networks": {"Gs": network}}


NEUTRAL = {
    "one array under two names": (
        neutral(whole(described(["a/b/w"], {"a": described(["b/w"], {})})), ["Gs/a/b/w"]),
        "Gs/a/b/w is there twice",
    ),
    "forty networks": (
        neutral(whole(described([], {str(k): described([], {}) for k in range(40)}))),
        "more than 32 networks",
    ),
    "a long name": (neutral(whole(described([], {"k" * 5000: described([], {})}))), "a name too long"),
    "deep text": (neutral("[" * 5000), "64 levels deep"),
    "a long number": (neutral("[%s]" % ("9" * 5000)), "5000 characters"),
    "a missing array": (neutral(whole(described(["w" * 5000], {}))), "is missing"),
}


@pytest.mark.parametrize("name", sorted(NEUTRAL))
def test_a_neutral_file_means_each_array_once(name, refused):
    data, said = NEUTRAL[name]
    message = refused(data, DamagedFile)
    assert said in message and len(message) < 300
