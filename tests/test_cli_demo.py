"""`ganspace demo`: one command, a folder of pictures, every one of which can be had again."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

import nvlabs
from ganspace_tf.cli import demo, main
from ganspace_tf.demo.stand_in import write_stand_in
from ganspace_tf.render import files


def test_the_stand_in_is_an_official_file_and_always_the_same(tmp_path):
    first, second = (write_stand_in(str(tmp_path / name)) for name in ("a.pkl", "b.pkl"))
    with open(first, "rb") as a, open(second, "rb") as b:
        assert a.read() == b.read()
    facts = nvlabs.inspect(first)
    assert (facts["family"], facts["resolution"], facts["layers"]) == ("stylegan2", 64, 10)


@pytest.fixture
def folder(tmp_path, monkeypatch, capsys):
    """What the demo leaves behind, made on the stand-in and from fewer samples than usual."""
    monkeypatch.setenv("GANSPACE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(demo, "NETWORK", "demo:not-there")
    monkeypatch.chdir(tmp_path)
    assert main(["demo", "--out", "made", "-n", "3000", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["folder"] == str(tmp_path / "made")
    assert all((tmp_path / name).stat().st_size > 0 for name in facts["files"])
    return tmp_path / "made"


def test_the_demo_fills_its_folder(folder):
    names = {path.name for path in folder.iterdir()}
    assert {"network.pkl", "components.npz", "seeds.png", "sheet.png", "edit-1.png", "film.gif"} <= names
    for name in ("seeds.png", "sheet.png", "edit-1.png"):
        picture = np.asarray(Image.open(str(folder / name)))
        assert picture.std() > 20  # something is on it
        assert files.read_recipe(folder / name)["model"]["name"].endswith("network.pkl")
    assert main(["replay", str(folder / "edit-2.png"), "--out", str(folder / "again.png")]) == 0
    assert (folder / "again.png").read_bytes() == (folder / "edit-2.png").read_bytes()
