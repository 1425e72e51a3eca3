"""A BigGAN-deep of the drawn world's species, as it is shipped: a module folder that is found by name,
checked, and worked with by the names of its classes.
"""

from __future__ import annotations

import json
import os

import numpy as np
import pytest
from PIL import Image

import ganspace_tf as gs
from ganspace_tf.biggan import files
from ganspace_tf.biggan.structure import modules, planned_structure
from ganspace_tf.cli import main
from ganspace_tf.decomposition import load_components
from ganspace_tf.demo import networks, species
from ganspace_tf.errors import FileError
from ganspace_tf.generators.biggan import BigGAN
from tests import biggan_recipe as recipe
from training import publish_biggan

SMALL = planned_structure((16, 16, 16, 8, 8, 8), len(species.SPECIES), latent_size=6, embed_size=4)
ARRAYS = recipe.arrays(SMALL)
VECTORS = {
    module.path: recipe.u0(module.scope, ARRAYS[module.path + ".weight"].shape[-1])
    for module in modules(len(SMALL.blocks), SMALL.attention_layer)
}


@pytest.fixture(scope="module")
def shipped(tmp_path_factory):
    """A folder with the network demo:small in it."""
    place = tmp_path_factory.mktemp("data")
    publish_biggan.write_folder(place / "small", ARRAYS, VECTORS)
    folder = str(place / "small")
    parts = {name: networks.checksum(os.path.join(folder, name)) for name in networks.file_names(folder)}
    facts = {"file": "small", "files": parts, "sha256": networks.digest(parts), "world": "beetles"}
    facts.update(family="biggan-deep", resolution=32, licence="CC0-1.0")
    (place / "manifest.json").write_text(json.dumps({"small": facts}))
    return place


@pytest.fixture
def known(shipped, monkeypatch):
    """demo:small is the one network that comes along."""
    for function in (networks.manifest, networks.network_path):
        defaults = (*(function.__defaults__[:-1]), str(shipped))
        monkeypatch.setattr(function, "__defaults__", defaults)
    return shipped


def test_networks_of_32_pixels_have_three_doublings_and_attention_at_16():
    assert SMALL.resolution == 32 and SMALL.attention.side == 16
    assert [block.side for block in SMALL.blocks] == [4, 8, 8, 16, 16, 32]
    assert [block.middle for block in SMALL.blocks] == [4, 4, 4, 4, 2, 2]


def test_the_folder_holds_what_it_was_written_from(shipped):
    record = files.read(str(shipped / "small"))
    assert record.structure == SMALL and record.class_names == species.NAMES
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(record.arrays[name], array)


def test_weights_are_in_the_checkpoint_alone(shipped):
    """The graph holds the tables of the statistics, and no variable once more."""
    tables = sum(array.nbytes for name, array in ARRAYS.items() if name.endswith((".means", ".variances")))
    graph = (shipped / "small" / "saved_model.pb").read_bytes()
    weight = ARRAYS["generator.gen_z.weight"].tobytes()
    assert weight not in graph and len(graph) < tables + 1_500_000
    assert weight in (shipped / "small" / "variables" / "variables.data-00000-of-00001").read_bytes()


def test_the_network_is_loaded_by_name_and_takes_names_of_species(known):
    gen = gs.load_generator("demo:small", threads=1)
    ours = BigGAN(recipe.record(SMALL), "small", threads=1)
    z = gen.z(seeds=[1, 2])
    np.testing.assert_array_equal(gen.images(z, classes="wasp"), ours.images(z, classes=species.find("wasp")))
    assert gen.image_shape == (3, 32, 32) and gen.describe()["class_names"] == list(species.NAMES)
    gen.close()
    ours.close()


def test_publishing_compares_with_the_pictures_of_training(shipped):
    ours = BigGAN(recipe.record(SMALL), "small", threads=1)
    z, labels = ours.z(n=4, seed=1, psi=0.5), np.arange(4)
    check = {"z": z, "labels": labels, "truncation": np.full(4, 0.5)}
    check["images"] = ours.images(z, psi=0.5, classes=labels)
    ours.close()
    assert publish_biggan.difference(shipped / "small", check) < 1e-5
    check["images"] = check["images"] + np.float32(0.01)
    assert publish_biggan.difference(shipped / "small", check) > publish_biggan.TOLERANCE


def test_a_damaged_part_is_refused_when_loading(known, shipped):
    path = shipped / "small" / "assets" / "classes.txt"
    content = path.read_bytes()
    try:
        path.write_bytes(content.replace(b"wasp", b"wisp"))
        with pytest.raises(FileError, match=r"demo:small: .*classes\.txt is damaged or was replaced"):
            gs.load_generator("demo:small")
    finally:
        path.write_bytes(content)


def test_the_command_line_knows_it(known, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANSPACE_CACHE", str(tmp_path / "cache"))

    def run(*words):
        code = main([*words, "--threads", "1"] if words[0] != "info" else list(words))
        return code, capsys.readouterr()

    code, shown = run("info", "demo:small")
    assert code == 0 and "biggan-deep" in shown.out and "ladybird, tiger" in shown.out
    assert run("pca", "demo:small", "--space", "generator.gen_z", "-k", "3", "--out", "c.npz")[0] == 0
    assert load_components("c.npz").directions.shape == (3, 6)
    assert run("sample", "demo:small", "--class", "wasp", "--seeds", "1-2", "--out", "s.png")[0] == 0
    edit = ("--components", "c.npz", "--class", "stag", "--edit", "E(v0, 0-4)", "--frames", "3")
    assert run("edit", "demo:small", *edit, "--sigma=-2..2", "--out", "e.png")[0] == 0
    assert Image.open("e.png").size[0] >= 3 * 32
    code, shown = run("sample", "demo:small", "--class", "wesp", "--seeds", "1", "--out", "w.png")
    assert code == 2 and "wasp" in shown.err and not os.path.exists("w.png")
