"""Demo networks are found by name and handed out only if their checksum is right."""

from __future__ import annotations

import hashlib
import json
import os

import pytest

from ganspace_tf.demo import networks
from ganspace_tf.errors import FileError, UnknownName

CONTENT = b"a network"


@pytest.fixture
def folder(tmp_path):
    """A folder with one network and its manifest."""
    (tmp_path / "small.pkl").write_bytes(CONTENT)
    facts = {"small": {"file": "small.pkl", "sha256": hashlib.sha256(CONTENT).hexdigest()}}
    (tmp_path / "manifest.json").write_text(json.dumps(facts))
    return tmp_path


@pytest.mark.parametrize("name", ["small", "demo:small"])
def test_a_whole_file_is_found(folder, name):
    assert networks.network_path(name, str(folder)) == os.path.join(str(folder), "small.pkl")


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT + b" ", b"", b"another"])
def test_a_damaged_or_replaced_file_is_refused(folder, content):
    (folder / "small.pkl").write_bytes(content)
    with pytest.raises(FileError, match=r"demo:small: .*small\.pkl is damaged or was replaced"):
        networks.network_path("small", str(folder))


def test_a_missing_file_is_named(folder):
    (folder / "small.pkl").unlink()
    with pytest.raises(FileError, match=r"small\.pkl cannot be read"):
        networks.network_path("small", str(folder))


def test_an_unknown_name_is_answered_with_the_known_ones(folder):
    with pytest.raises(UnknownName, match=r"'demo:large'.*demo:small"):
        networks.network_path("demo:large", str(folder))


@pytest.mark.parametrize("text", [None, "{"])
def test_a_bad_manifest_is_named(folder, text):
    (folder / "manifest.json").unlink()
    if text is not None:
        (folder / "manifest.json").write_text(text)
    with pytest.raises(FileError, match=r"manifest\.json cannot be read"):
        networks.manifest(str(folder))
