"""The command line on files of the PyTorch editions: from a file to pictures, films, other files."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import ganspace_tf as gs
from ganspace_tf.cli import main
from ganspace_tf.render import files
from ganspace_tf.render.frames import to_uint8
from ganspace_tf.render.motion import input_transform
from tests import ada_pytorch_recipe, stylegan3_recipe
from tests.persistent_writer import write

KINDS = {
    "ada": ada_pytorch_recipe.generator(ada_pytorch_recipe.Design(resolution=8)),
    "stylegan3": stylegan3_recipe.generator(
        stylegan3_recipe.Design(channel_base=32, channel_max=5, num_layers=4)
    ),
}
LAYER = {"ada": "b8.conv0", "stylegan3": "L1_36_4"}


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command line in an empty folder and return what it says; it must end with this exit code."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANSPACE_CACHE", str(tmp_path / "cache"))
    for kind, module in KINDS.items():
        write(tmp_path / (kind + ".pkl"), {"G": module, "D": None, "G_ema": module})

    def call(*words, code=0):
        found = main([str(word) for word in words])
        shown = capsys.readouterr()
        assert found == code and "Traceback" not in shown.err, shown.err
        return shown.out + shown.err

    return call


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_from_a_file_to_pictures(kind, run):
    net = kind + ".pkl"
    assert json.loads(run("info", net, "--json"))["edition"] == "pytorch"
    assert "float32 here" in run("info", net)
    run("sample", net, "--seeds", "0-2", "--psi", "0.7", "--noise", "none", "--raw", "--out", "grid.png")
    run("pca", net, "-n", 2000, "-k", 4, "--out", "w.npz")
    run("pca", net, "-n", 200, "-k", 3, "--space", LAYER[kind], "--out", "layer.npz")
    run("visualize", net, "--components", "w.npz", "--out", "sheet.png")
    for mode, comp in (("latent", "w.npz"), ("activation", "layer.npz")):
        run("edit", net, "--components", comp, "--mode", mode, "--edit", "E(v0, 1-2)", "--out", mode + ".png")
    run("edit", net, "--components", "w.npz", "--edit", "E(v1)", "--frames", 3, "--out", "film.gif")
    run("replay", "latent.png", "--out", "again.png")
    run("compare", "latent.png", "again.png", "--tolerance", 0)
    run("convert", net, "net.npz")
    run("edit", "net.npz", "--components", "w.npz", "--edit", "E(v0, 1-2)", "--out", "neutral.png")
    assert np.array_equal(Image.open("neutral.png"), Image.open("latent.png"))


def test_ada_is_converted_to_the_official_container_and_components_stay_valid(run):
    run("pca", "ada.pkl", "-n", 2000, "-k", 2, "--out", "c.npz")
    run("convert", "ada.pkl", "tf.pkl")
    for net in ("ada.pkl", "tf.pkl"):
        run("edit", net, "--components", "c.npz", "--edit", "E(v0)", "--out", net + ".png")
    assert np.array_equal(Image.open("ada.pkl.png"), Image.open("tf.pkl.png"))
    assert "write a neutral .npz" in run("convert", "stylegan3.pkl", "tf3.pkl", code=2)


def test_stylegan3_pictures_can_be_moved_and_turned(run):
    words = ["--seeds", "3", "--translate", "-0.25,0.1", "--rotate", "-30", "--raw"]
    run("sample", "stylegan3.pkl", *words, "--out", "moved.png")
    gen = gs.load_generator("stylegan3.pkl")
    expected = gen.images(gen.w(seeds=[3]), transform=input_transform((-0.25, 0.1), -30))
    assert np.array_equal(np.asarray(Image.open("moved.png"))[..., :3], to_uint8(expected)[0])
    gen.close()
    look = files.read_recipe("moved.png")["settings"]["look"]
    assert (look["translate"], look["rotate"]) == ([-0.25, 0.1], -30)
    run("replay", "moved.png", "--out", "again.png")
    assert np.array_equal(Image.open("moved.png"), Image.open("again.png"))


def test_a_walk_moves_the_picture_on_the_way_with_an_edit_held(run):
    run("pca", "stylegan3.pkl", "-n", 2000, "-k", 2, "--out", "c.npz")
    words = ["--seeds", 3, "--translate=-0.1,0..0.2,0.1", "--rotate", "0..90", "--frames", 3, "--batch", 2]
    words += ["--components", "c.npz", "--edit", "E(v0, 1-2) = +2", "--raw"]
    run("walk", "stylegan3.pkl", *words, "--out", "walk.png")
    gen, comp = gs.load_generator("stylegan3.pkl"), gs.load_components("c.npz")
    w = gs.apply_edits(gen.w(seeds=[3]), comp, [gs.parse_edit("E(v0, 1-2) = +2")])
    matrices = [input_transform(*motion) for motion in (((-0.1, 0), 0), ((0.05, 0.05), 45), ((0.2, 0.1), 90))]
    expected = to_uint8(gen.images(np.repeat(w, 3, axis=0), transform=np.stack(matrices)))
    gen.close()
    shown = np.asarray(Image.open("walk.png")).astype(int)[:16, :, :3]
    for index in (0, 1):  # the frames stand beside each other, a pixel apart
        assert np.abs(shown[:, 17 * index : 17 * index + 16] - expected[index]).max() <= 1
    run("replay", "walk.png", "--out", "again.png")
    assert np.array_equal(Image.open("walk.png"), Image.open("again.png"))


def test_the_example_of_the_documents_makes_a_film_that_moves(run, tmp_path):
    (tmp_path / "stylegan3.pkl").rename(tmp_path / "stylegan3-t.pkl")
    run("pca", "stylegan3-t.pkl", "-n", 2000, "-k", 3, "--out", "c.npz")
    text = (Path(__file__).parent.parent / "docs" / "stylegan3.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    names = {"comp": gs.load_components("c.npz")}
    exec(compile(example, "stylegan3.md", "exec"), names)
    frames = names["frames"].astype(int)
    assert frames.shape == (60, 16, 16, 3)
    steps = np.abs(frames[1:] - frames[:-1]).mean(axis=(1, 2, 3))
    assert steps.min() > 0 and steps.max() < 40  # every frame moves, none jumps
    names["gen"].close()


@pytest.mark.parametrize(
    "words, code, said",
    [
        (["ada.pkl", "--rotate", "30"], 2, "only StyleGAN3"),
        (["stylegan3.pkl", "--translate", "0.1"], 2, "two numbers"),
        (["stylegan3.pkl", "--translate", "0.1,nan"], 2, "two numbers"),
        (["stylegan3.pkl", "--rotate", "left"], 2, "degrees"),
        (["stylegan3.pkl", "--rotate", "0..90"], 2, "degrees"),
    ],
)
def test_motions_that_cannot_be_are_refused(words, code, said, run):
    assert said in run("sample", *words, "--out", "x.png", code=code)


@pytest.mark.parametrize(
    "words, said",
    [
        (["ada.pkl", "--rotate", "0..30"], "only StyleGAN3"),
        (["stylegan3.pkl", "--rotate", "0..30..60"], "write one value, or a range like 0..360"),
        (["stylegan3.pkl", "--translate", "0,0..0.1"], "two numbers"),
        (["stylegan3.pkl", "--rotate", "30..30"], "two seeds or more"),
    ],
)
def test_motions_of_a_walk_that_cannot_be_are_refused(words, said, run):
    assert said in run("walk", *words, "--seeds", 1, "--out", "x.png", code=2)
