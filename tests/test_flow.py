"""The whole way once, on a network of a few kilobytes: read this test first.

    file → network → generator → latents → components → edits → frames → files → and the same picture again

Each step is one line of the public interface; the comments say what has to hold there. The other tests take
one of these steps and go into it.
"""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import ganspace_tf as gs
import nvlabs
from ganspace_tf.cli import main
from ganspace_tf.recipe import make_recipe
from tests.tiny import write_tiny


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Results are kept in a folder of this test, not in the user's cache."""
    monkeypatch.setenv("GANSPACE_CACHE", str(tmp_path / "cache"))


def test_from_a_network_file_to_an_edited_picture_and_back(tmp_path, cache):
    # A file as NVIDIA's StyleGAN2 writes it: a pickle, which is read as data. Nothing in it is run.
    path = str(write_tiny(tmp_path / "net.pkl", "stylegan2-skip"))
    facts = nvlabs.inspect(path)
    assert (facts["family"], facts["resolution"], facts["layers"]) == ("stylegan2", 16, 6)

    # The network itself, with the interface of the official scripts: z to images.
    Gs = nvlabs.load(path).Gs
    z = np.random.RandomState(1).randn(1, *Gs.input_shape[1:])
    image = Gs.run(
        z, None, truncation_psi=0.7, randomize_noise=False
    )  # (1, 3, 16, 16) float32, about [-1, 1]
    assert image.shape == (1, 3, 16, 16) and image.dtype == np.float32

    # The same network as the method sees it: latents per layer in, images out. Published seeds mean the same.
    gen = gs.load_generator(path)
    w = gen.w(seeds=[1, 2])  # (N, L, D)
    assert w.shape == (2, 6, 12)
    assert np.array_equal(gen.z(seeds=[1]), z.astype(np.float32))
    assert np.abs(gen.images(w[:1], psi=0.7) - image).max() < 1e-5  # the same graph: float32 rounding only

    # Principal directions of w from 3,000 samples: unit rows, the strongest first.
    comp = gs.decompose(gen, n=3000, components=5, space="w", seed=0)
    assert comp.directions.shape == (5, 12)
    assert np.abs(comp.directions @ comp.directions.T - np.eye(5)).max() < 1e-5
    assert (np.diff(comp.stdev) <= 0).all()
    comp.save(str(tmp_path / "c.npz"))
    assert gs.load_components(str(tmp_path / "c.npz")).digest == comp.digest

    # E(v0, 2-3) = +2: two sigma along the first direction, on layers 2 and 3 (both count), and nowhere else.
    edit = gs.parse_edit("E(v0, 2-3) = +2")
    assert edit == gs.Edit(component=0, first_layer=2, last_layer=3, sigma=2.0)
    moved = gs.apply_edits(w, comp, [edit])
    along = ((moved - w) @ comp.directions.T) / comp.stdev  # (N, L, K) in sigma
    assert np.abs(along[:, 2:4, 0] - 2).max() < 1e-4
    assert np.array_equal(moved[:, [0, 1, 4, 5]], w[:, [0, 1, 4, 5]])

    # Truncation comes after the edit; the strip is a PNG with its recipe inside.
    frames = gen.images(np.concatenate([w[:1], moved[:1]]), psi=0.7)
    recipe = make_recipe("edit", gen, path, {"seeds": [1]}, comp, used=[0])
    gs.save_strip(tmp_path / "pair.png", frames, recipe=recipe)
    pixels = np.asarray(Image.open(tmp_path / "pair.png"))
    assert pixels.shape == (16, 33, 3)  # two frames and a white column
    assert (pixels[:, :16] != pixels[:, 17:]).any()


def test_the_same_on_the_command_line(tmp_path, cache, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_tiny(tmp_path / "net.pkl", "stylegan2-skip")
    for words in (
        ["info", "net.pkl"],
        ["pca", "net.pkl", "-n", "3000", "-k", "5", "--out", "c.npz"],
        ["visualize", "net.pkl", "--components", "c.npz", "--out", "sheet.png"],
        [
            "edit",
            "net.pkl",
            "--components",
            "c.npz",
            "--edit",
            "E(v0, 2-3)",
            "--seeds",
            "1,2",
            "--raw",
            "--out",
            "strip.png",
        ],
        ["replay", "strip.png", "--out", "again.png"],
        ["replay", "sheet.png", "--out", "sheet-again.png"],
    ):
        assert main(words) == 0, capsys.readouterr().err
    assert "stylegan2" in capsys.readouterr().out
    # The recipe makes the same bytes again: pixels, and the recipe in the new picture.
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "strip.png").read_bytes()
    assert (tmp_path / "sheet-again.png").read_bytes() == (tmp_path / "sheet.png").read_bytes()
    # The middle frame of a strip is the seed's own picture: an edit of 0 sigma changes nothing.
    strip = np.asarray(Image.open(tmp_path / "strip.png"))
    gen = gs.load_generator("net.pkl")
    own = nvlabs.convert_images_to_uint8(gen.images(gen.w(seeds=[1])), nchw_to_nhwc=True)[0]
    differences = np.abs(strip[:16, 34:50].astype(int) - own)
    assert (
        differences.max() <= 1 and (differences > 0).mean() < 0.01
    )  # another batch size may round otherwise
