"""Names of published networks, and the way from a name or a path to a file."""

from __future__ import annotations

import hashlib
import json
import os

import pytest

import ganspace_tf as gs
from ganspace_tf.demo import networks
from ganspace_tf.errors import FileError, UnknownName, UsageError
from ganspace_tf.generators import catalogue
from ganspace_tf.generators.load import LOADERS, locate
from tests import tiny

# MD5 of the address, as the official scripts begin the names of their downloads.
OFFICIAL_PREFIXES = {
    "stylegan-ffhq-1024": "263e666dc20e26dcbfa514733c1d1f81",
    "stylegan-celebahq-1024": "a95ced7481975ccbe1308482d17696dc",
    "stylegan-bedrooms-256": "258371067819a08c899eeb7d1d2c8c19",
    "stylegan-cars-512": "136a8310e3d05b16b30d4502090a7c05",
    "stylegan-cats-256": "1c6bbbad79102cf05f29ec0363071cf3",
    "stylegan2-ffhq-config-f": "92b0fe539a227cdb6d0fb2833c6a30df",
    "stylegan2-car-config-f": "0cf88127f4a896d953fed468f38bcecf",
    "stylegan2-cat-config-f": "43fead01b3a2def2301fe21f3d78bee6",
    "stylegan2-church-config-f": "d7fa74ce3a86e5c64e19bcc6924ac9ae",
    "stylegan2-horse-config-f": "5ac3fbe665b8225a1301b3166a2d7182",
}


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    """No test sees the networks of the machine it runs on."""
    monkeypatch.setenv("GANSPACE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("DNNLIB_CACHE_DIR", str(tmp_path / "dnnlib"))
    monkeypatch.chdir(tmp_path)


def test_every_row_has_its_facts():
    names = [name for row in catalogue.CATALOGUE.values() for name in (row.name, *row.other_names)]
    files = [row.filename for row in catalogue.CATALOGUE.values()]
    assert len(set(names)) == len(names) and len(set(files)) == len(files)
    for name, row in catalogue.CATALOGUE.items():
        assert row.name == name and row.licence and row.filename
        assert row.family in ("stylegan", "stylegan2", "stylegan2-ada", "stylegan3", "biggan-deep")
        assert row.resolution is None or row.resolution in (32, 64, 128, 256, 512, 1024)
        assert row.url is None or row.url.startswith("https://")
        assert row.url or row.shipped or row.note, "where is it to be had?"


def test_the_addresses_are_those_of_the_official_scripts():
    assert {name: catalogue.entry(name).cache_prefix for name in OFFICIAL_PREFIXES} == OFFICIAL_PREFIXES


def test_the_pytorch_editions_have_rows_of_their_own():
    """Both editions of ADA publish files of the same name; here each has its own."""
    tensorflow, pytorch = (
        catalogue.entry(name) for name in ("stylegan2-ada-ffhq", "stylegan2-ada-pytorch-ffhq")
    )
    assert tensorflow.filename != pytorch.filename and pytorch.url.endswith("/pretrained/ffhq.pkl")
    row = catalogue.entry("stylegan3-r-afhqv2-512x512")
    assert row.url.endswith("/research/stylegan3/versions/1/files/stylegan3-r-afhqv2-512x512.pkl")
    assert (row.family, row.resolution) == ("stylegan3", 512)
    row = catalogue.entry("stylegan2-pytorch-ffhqu-256x256")
    assert row.url.endswith("/research/stylegan2/versions/1/files/stylegan2-ffhqu-256x256.pkl")


def test_the_official_scripts_names_are_understood():
    row = catalogue.entry("gdrive:networks/table2/stylegan2-car-config-e-Gskip-Dresnet.pkl")
    assert row.name == "stylegan2-car-config-e-Gskip-Dresnet" and row.resolution == 512


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(
        UnknownName, match=r"unknown network 'stylegan2-cars-config-f'; nearest.*stylegan2-car-config-f"
    ):
        gs.load_generator("stylegan2-cars-config-f")


def test_a_network_that_is_not_here_says_how_to_get_it(tmp_path):
    with pytest.raises(FileError) as caught:
        gs.load_generator("stylegan2-cat-config-f")
    text = str(caught.value)
    assert "`ganspace fetch stylegan2-cat-config-f`" in text and "https://nvlabs-fi-cdn" in text
    assert str(tmp_path / "models" / "stylegan2-cat-config-f.pkl") in text and "\n" not in text


def test_a_name_finds_its_file_in_the_models_folder(tmp_path):
    os.mkdir(str(tmp_path / "models"))
    path = tiny.write_tiny(tmp_path / "models" / "stylegan2-cat-config-f.pkl", "stylegan2-skip", resolution=8)
    assert locate("stylegan2-cat-config-f") == str(path)
    gen = gs.load_generator("stylegan2-cat-config-f")
    assert gen.name == "stylegan2-cat-config-f" and gen.image_shape == (3, 8, 8)


@pytest.mark.parametrize("folder", ["models", "dnnlib/downloads", ".stylegan2-cache"])
def test_what_the_official_scripts_downloaded_is_used(tmp_path, folder):
    os.makedirs(str(tmp_path / folder))
    copy = tmp_path / folder / (OFFICIAL_PREFIXES["stylegan2-car-config-f"] + "_stylegan2-car-config-f.pkl")
    copy.write_bytes(b"weights")
    assert os.path.realpath(locate("stylegan2-car-config-f")) == os.path.realpath(str(copy))


def test_a_network_that_comes_with_the_project_is_checked(tmp_path, monkeypatch):
    """Rows for them come from the manifest; the file is handed out by its checksum."""
    path = tiny.write_tiny(tmp_path / "toy.npz", "stylegan2-skip", resolution=8)
    facts = {"file": "toy.npz", "family": "stylegan2", "resolution": 8, "licence": "CC0", "world": "toys"}
    facts["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (tmp_path / "manifest.json").write_text(json.dumps({"toy": facts}))
    for function in (networks.manifest, networks.network_path):
        defaults = (*(function.__defaults__[:-1]), str(tmp_path))  # the folder is the last argument of both
        monkeypatch.setattr(function, "__defaults__", defaults)
    row = {row.name: row for row in catalogue._demo()}["demo:toy"]
    assert (row.url, row.licence, row.shipped) == (None, "CC0", True)
    assert catalogue.local_copy(row) == locate("demo:toy") == str(path)
    assert gs.load_generator("demo:toy").image_shape == (3, 8, 8)
    path.write_bytes(path.read_bytes() + b"!")
    with pytest.raises(FileError, match="damaged or was replaced"):
        gs.load_generator("demo:toy")
    with pytest.raises(UnknownName, match="demo:toy"):
        gs.load_generator("demo:toi")


def test_a_path_that_exists_is_a_path_even_if_it_is_called_like_a_network(tmp_path):
    path = tiny.write_tiny(tmp_path / "stylegan2-cat-config-f", "stylegan2-skip", resolution=8)
    assert locate("stylegan2-cat-config-f") == "stylegan2-cat-config-f"
    assert gs.load_generator(path).family == "stylegan2"


@pytest.mark.parametrize(
    "given, error, words",
    [
        ("nets/net.pkl", FileError, "nets/net.pkl: no such file"),
        ("net.npz", FileError, "no such file"),
        ("https://example.com/net.pkl", UsageError, "ganspace fetch https://example.com/net.pkl"),
        ("", UnknownName, "or give the path"),
        (7, UsageError, "not by int"),
        (None, UsageError, "not by NoneType"),
    ],
)
def test_what_is_neither_a_name_nor_a_file_is_refused(given, error, words):
    with pytest.raises(error, match=words):
        gs.load_generator(given)


def test_a_folder_without_weights_is_refused(tmp_path):
    os.mkdir(str(tmp_path / "empty"))
    with pytest.raises(FileError, match="a folder without the weights"):
        gs.load_generator(str(tmp_path / "empty"))


def test_without_a_models_folder_the_cache_is_used(tmp_path, monkeypatch):
    monkeypatch.delenv("GANSPACE_MODELS")
    monkeypatch.setenv("GANSPACE_CACHE", str(tmp_path / "cache"))
    assert catalogue.models_folder() == str(tmp_path / "cache" / "models")


def test_every_loader_can_tell_its_files_and_load_them():
    import importlib

    for name in LOADERS:
        module = importlib.import_module(name)
        assert callable(module.recognises) and callable(module.load)
        assert not module.recognises("/no/such/path")
