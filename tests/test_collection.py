"""Named directions by name: where they are looked for, which one is meant, what is said of unknown ones."""

from __future__ import annotations

import os

import numpy as np
import pytest

import ganspace_tf as gs
from ganspace_tf.directions import NamedDirection
from ganspace_tf.directions.collection import (
    VARIABLE,
    directions,
    file_name,
    find,
    folder_to_keep,
    kept_directions,
)
from ganspace_tf.errors import FileError, UnknownName
from ganspace_tf.generators import load_generator
from tests.linear_gan import LAYERS, WIDTH, LinearGAN


@pytest.fixture
def gen(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(VARIABLE, raising=False)
    return LinearGAN()


def keep(path, name, fingerprint, width=WIDTH, **fields):
    vector = fields.pop("vector", np.eye(width)[0].tolist())
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    NamedDirection(name, fingerprint, vector, 1.0, [0.0] * width, **fields).save(path)


def test_those_that_fit_are_found_here_and_in_folders_that_are_named(gen, tmp_path, monkeypatch):
    keep("a.json", "Wings", gen.fingerprint)
    keep("other.json", "Wheels", LinearGAN(seed=5).fingerprint)
    keep("kept/b.json", "Legs", gen.fingerprint)
    keep("shelf/c.json", "Eyes", gen.fingerprint)
    (tmp_path / "notes.json").write_text("{}")
    (tmp_path / "broken.json").write_text('{"format": 1, "name"')
    assert [one.name for one in directions(gen)] == ["Wings"]
    monkeypatch.setenv(VARIABLE, str(tmp_path / "shelf") + os.pathsep + str(tmp_path / "gone"))
    found = kept_directions(gen, str(tmp_path / "kept"))
    assert [one.direction.name for one in found] == ["Legs", "Eyes", "Wings"]
    assert {"Wheels", "Wings"} <= {one.direction.name for one in kept_directions()}
    assert folder_to_keep() == str(tmp_path / "shelf")


@pytest.mark.parametrize(
    "asked", ["Shell colour", "shell COLOUR", "shell-colour", "my_file", "  Shell   colour "]
)
def test_a_name_is_found_whatever_its_case_or_by_its_file(gen, asked):
    keep("my-file.json", "Shell colour", gen.fingerprint)
    assert find(asked, gen).direction.name == "Shell colour"


def test_the_nearest_folder_counts_where_a_name_is_kept_twice(gen):
    keep("far/a.json", "Wings", gen.fingerprint, sigma_range=(-1.0, 1.0))
    keep("a.json", "wings", gen.fingerprint, sigma_range=(-3.0, 3.0))
    assert find("Wings", gen).direction.sigma_range == (-3.0, 3.0)
    assert find("Wings", gen, "far").direction.sigma_range == (-1.0, 1.0)


def test_one_of_no_model_fits_by_width_and_layers(gen):
    keep("any.json", "Any", "")
    keep("wide.json", "Wide", "", width=WIDTH + 1)
    keep("high.json", "High", "", layers=(0, 40))
    keep("from.json", "From", "", layers=(40, None))
    keep("fewer.json", "Fewer", "", made={"layers": LAYERS + 1})  # a sum on a network of more layers
    keep("rows.json", "Rows", "", vector=[np.eye(WIDTH)[0].tolist()] * LAYERS)
    keep("deep.json", "Deep", "", vector=[np.eye(WIDTH)[0].tolist()] * WIDTH)  # as many layers as numbers
    assert sorted(one.name for one in directions(gen)) == ["Any", "Rows"]


def test_the_package_itself_is_asked_in_python(gen):
    """`gs.directions(gen)`, whether or not something has imported the package `ganspace_tf.directions`."""
    keep("a.json", "Wings", gen.fingerprint)
    assert [one.name for one in gs.directions(gen)] == ["Wings"]
    assert gs.directions.load_direction("a.json").name == "Wings"


def test_an_unknown_name_is_answered_with_the_nearest(gen):
    keep("a.json", "Shell colour", gen.fingerprint)
    with pytest.raises(
        UnknownName, match="unknown direction 'shel color'; allowed: Shell colour; `ganspace dir"
    ):
        find("shel color", gen)
    with pytest.raises(FileError, match="there is no folder nowhere"):
        find("Shell colour", gen, "nowhere")


def test_directions_come_along_with_the_demo_network(gen):
    found = kept_directions(load_generator("demo:stylegan2"))
    assert [one.direction.name for one in found] == ["Up and down, turn", "Shell colour", "Ground brightness"]
    assert {one.place for one in found} == {"comes along"}
    assert kept_directions(load_generator("demo:stylegan2-kin")) == []


@pytest.mark.parametrize(
    "name, file",
    [
        ("Shell colour", "shell-colour.json"),
        ("Ψ", "ψ.json"),
        ("Größe des Käfers", "größe-des-käfers.json"),
        ("a/b: c", "a-b-c.json"),
        ("../__up__", "up.json"),
    ],
)
def test_a_name_becomes_a_file_name(name, file):
    assert file_name(name) == file


def test_names_without_a_word_have_files_of_their_own():
    found = [file_name(name) for name in ("?", "!", "+")]
    assert len(set(found)) == 3 and all(name.startswith("direction-") for name in found)


def test_a_long_name_fits_into_a_file_system():
    assert len(file_name("字" * 500).encode("utf8")) <= 255
