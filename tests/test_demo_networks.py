"""Demo networks are found by name and handed out only if their checksum is right."""

from __future__ import annotations

import hashlib
import json
import os

import pytest

import ganspace_tf as gs
from ganspace_tf.demo import networks
from ganspace_tf.errors import FileError, UnknownName

CONTENT = b"a network"
MANIFEST = os.path.join(networks.DATA, "manifest.json")


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


PARTS = {
    "saved_model.pb": b"graph",
    "variables/variables.index": b"names",
    "assets/classes.txt": b"ladybird\n",
}


@pytest.fixture
def with_folder(tmp_path):
    """A network that is a folder of three files, and its manifest."""
    for name, content in PARTS.items():
        path = tmp_path / "large" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    files = {name: networks.checksum(str(tmp_path / "large" / name)) for name in PARTS}
    facts = {"large": {"file": "large", "files": files, "sha256": networks.digest(files)}}
    (tmp_path / "manifest.json").write_text(json.dumps(facts))
    return tmp_path


def test_a_whole_folder_is_found(with_folder):
    assert networks.network_path("demo:large", str(with_folder)) == str(with_folder / "large")
    assert networks.file_names(str(with_folder / "large")) == sorted(PARTS)


@pytest.mark.parametrize("name", sorted(PARTS))
def test_every_file_of_a_folder_is_checked(with_folder, name):
    path = with_folder / "large" / name
    path.write_bytes(PARTS[name] + b" ")
    with pytest.raises(FileError, match=r"demo:large: .*" + path.name + " is damaged or was replaced"):
        networks.network_path("large", str(with_folder))
    path.unlink()
    with pytest.raises(FileError, match=r"demo:large: .*" + path.name + " cannot be read"):
        networks.network_path("large", str(with_folder))


@pytest.mark.parametrize("name", ["more.txt", "variables/checkpoint"])
def test_a_file_too_many_is_named(with_folder, name):
    (with_folder / "large" / name).write_bytes(b"")
    with pytest.raises(
        FileError, match=r"demo:large: .*" + os.path.basename(name) + " does not belong there"
    ):
        networks.network_path("large", str(with_folder))


def test_a_missing_folder_is_named_by_its_first_file(with_folder):
    (with_folder / "large").rename(with_folder / "elsewhere")
    with pytest.raises(FileError, match=r"saved_model\.pb cannot be read"):
        networks.network_path("large", str(with_folder))


def test_the_digest_of_a_folder_depends_on_names_and_contents():
    one = {"a": "00", "b": "11"}
    same = {"b": "11", "a": "00"}
    others = [{"a": "00", "c": "11"}, {"a": "11", "b": "00"}, {"a": "00"}]
    assert networks.digest(one) == networks.digest(same)
    assert len({networks.digest(files) for files in [one, *others]}) == 4
    assert networks.digest(one) == hashlib.sha256(b"00  a\n11  b\n").hexdigest()


@pytest.mark.parametrize("name", networks.manifest() if os.path.exists(MANIFEST) else [])
def test_every_network_that_comes_along_is_whole_and_loads(name):
    facts = networks.manifest()[name]
    generator = gs.load_generator("demo:" + name, threads=1)
    assert generator.name == "demo:" + name
    assert generator.family == facts["family"]
    assert generator.image_shape == (3, facts["resolution"], facts["resolution"])
    if "files" in facts:
        assert facts["sha256"] == networks.digest(facts["files"])
    generator.close()


DOCS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "docs", "demo-networks.md")


def scores(name, facts):
    """The row of the docs' table for an entry of the manifest."""
    found = facts["quality"]
    ranges = [row["off"] <= 0.15 for row in found["quantiles"].values()]
    kinds = " / ".join("%.2f" % found["kinds"][kind]["pictures"] for kind in ("plain", "stripes", "spots"))
    shown = format(sum(stage["pictures_shown"] for stage in facts["training"]), ",")
    return "| `demo:%s` | %d px | %s | %.1f | %.2f | %d of %d | %s |" % (
        (name, facts["resolution"], shown, found["frechet"], found["frechet_drawings"])
        + (sum(ranges), len(ranges), kinds)
    )


@pytest.mark.parametrize("name", sorted(networks.manifest()))
def test_the_docs_give_the_scores_of_the_manifest(name):
    with open(DOCS, encoding="utf-8") as stream:
        assert scores(name, networks.manifest()[name]) in stream.read()
