"""Directions, latents and classes from elsewhere on the command line: what is drawn, said, kept, refused."""

from __future__ import annotations

import json
import os
import pickle

import numpy as np
import pytest
from PIL import Image

from ganspace_tf.cli import main
from ganspace_tf.decomposition import load_components
from ganspace_tf.recipe import unpack_array
from ganspace_tf.render import files, layout, starts
from ganspace_tf.render.frames import to_uint8
from tests.linear_gan import LAYERS, WIDTH, LinearGAN
from tests.torch_writer import write_zip

RANDOM = np.random.RandomState(11)
V = RANDOM.randn(WIDTH).astype(np.float32)
COLUMNS = np.linalg.qr(RANDOM.randn(WIDTH, WIDTH))[0].astype(np.float32)
ME = 3 * RANDOM.randn(3, LAYERS, WIDTH).astype(np.float32)


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command line in an empty folder; (exit code, stdout, lines of stderr)."""

    def load(name, threads=None):
        return LinearGAN(n_classes=3 if "classes" in name else 0)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ganspace_tf.generators.load_generator", load)
    for verb in ("work", "replay", "pca"):
        monkeypatch.setattr("ganspace_tf.cli.{}.start_tensorflow".format(verb), lambda: None)
    for name in ("net.pkl", "classes.pkl"):
        (tmp_path / name).write_bytes(b"")
    np.save("age.npy", V)
    np.save("me.npy", ME)
    write_zip(tmp_path / "factor.pt", {"eigvec": COLUMNS})

    def call(*words):
        code = main([str(word) for word in words])
        shown = capsys.readouterr()
        assert "Traceback" not in shown.err
        return code, shown.out, shown.err.splitlines()

    return call


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image)


def images(w, gen=None):
    """What the network draws of latents (N, L, D), as the pictures have it."""
    return to_uint8((gen or LinearGAN()).images(np.asarray(w, np.float32)))


def frames(path, count):
    """The frames of a raw strip of one row."""
    strip = pixels(path)
    side = strip.shape[0]
    return np.stack([strip[:, k * (side + 1) :][:, :side] for k in range(count)])


def refused(result, code, said):
    """One line on stderr that says it, nothing on stdout, the exit code."""
    assert (result[0], result[1], len(result[2])) == (code, "", 1) and said in result[2][0], result


# ------------------------------------------------------------------ directions


def test_a_direction_of_others_moves_latents_of_others_by_what_it_says(run):
    words = ["--direction", "age.npy", "--latents", "me.npy:1", "--sigma", "-1..2", "--frames", "4", "--raw"]
    code, _, said = run("edit", "net.pkl", *words, "--out", "strip.png")
    assert code == 0
    expected = images([ME[1] + step * V for step in (-1, 0, 1, 2)])
    assert np.abs(frames("strip.png", 4).astype(int) - expected).max() <= 1  # rounding of the unit vector
    assumed = "one direction of w; strength 1 is the array as it is; -3 to 3 where nothing else is asked for"
    assert said == [
        "ganspace: note: age.npy: " + assumed,
        "ganspace: note: me.npy: 1 latent: w+, a row for each of 4 layers",
    ]
    assert run("edit", "net.pkl", "--direction", "age.npy", "--out", "a.png")[0] == 0
    assert files.read_recipe("a.png")["settings"]["sigmas"] == [-3.0, -1.5, 0.0, 1.5, 3.0]


def test_a_held_strength_and_one_of_several_directions(run):
    rows = load_components("factor.pt").directions
    words = ["--direction", "factor.pt:3 = +2", "--latents", "me.npy:0", "--raw", "--out", "s.png"]
    assert run("edit", "net.pkl", *words)[0] == 0
    assert np.abs(pixels("s.png").astype(int) - images([ME[0] + 2 * rows[3]])[0]).max() <= 1


def test_a_direction_with_a_row_for_every_layer_is_said_once(run):
    per_layer = RANDOM.randn(1, LAYERS, WIDTH)
    np.save("rows.npy", per_layer)
    words = ["--direction", "rows.npy", "--latents", "me.npy:2", "--sigma", "1", "--frames", "3"]
    assert run("edit", "net.pkl", *words, "--raw", "--out", "raw.png")[0] == 0
    expected = images([ME[2] + step * per_layer[0] for step in (-1, 0, 1)])
    assert np.abs(frames("raw.png", 3).astype(int) - expected).max() <= 1
    assert run("edit", "net.pkl", *words, "--out", "labelled.png")[0] == 0
    recipe = files.read_recipe("labelled.png")
    assert [edit["name"] for edit in recipe["settings"]["swept"]] == ["rows"] * LAYERS
    assert recipe["settings"]["unit"] == "×"
    assert run("replay", "labelled.png", "--out", "again.png")[0] == 0
    assert np.array_equal(pixels("again.png"), pixels("labelled.png"))


def test_bases_of_others_are_components(run):
    words = ["--components", "factor.pt", "--edit", "E(v2, 1-2)", "--latents", "me.npy:0", "--frames", "3"]
    code, _, said = run("edit", "net.pkl", *words, "--sigma", "-2..2", "--raw", "--out", "s.png")
    assert code == 0 and "columns are directions of w" in said[0]
    moved = np.zeros((3, LAYERS, WIDTH), np.float32)
    moved[:, 1:3] = np.array([-2, 0, 2])[:, None, None] * load_components("factor.pt").directions[2]
    assert np.abs(frames("s.png", 3).astype(int) - images(ME[0] + moved)).max() <= 1
    code, _, _ = run("visualize", "net.pkl", "--components", "factor.pt", "--show", "0-1", "--out", "v.png")
    # the mean latent of a basis that has none is the network's own
    assert code == 0 and np.isfinite(pixels("v.png")).all()
    packed = files.read_recipe("v.png")["components"]["mean"]
    np.testing.assert_array_equal(unpack_array(packed), LinearGAN().dlatent_avg)


def test_an_edit_that_ganspace_saved_is_drawn_and_known_to_info(run):
    saved = {"name": "Smile", "lat_comp": V[None], "lat_stdev": 1.0, "edit_start": 0, "edit_end": 2}
    with open("smile.pkl", "wb") as file:
        pickle.dump(dict(saved, latent_space="W", sigma_range=2.0), file)
    assert run("edit", "net.pkl", "--direction", "smile.pkl", "--out", "s.png")[0] == 0
    settings = files.read_recipe("s.png")["settings"]
    assert settings["sigmas"][0] == -2.0 and settings["unit"] == "σ"
    assert (settings["swept"][0]["name"], settings["swept"][0]["last_layer"]) == ("Smile", 1)
    code, out, _ = run("info", "smile.pkl")
    facts = dict(line.split(None, 1) for line in out.splitlines())
    assert code == 0 and facts["name"] == "Smile" and facts["edits"] == "layers 0-1"
    assert json.loads(run("info", "smile.pkl", "--json")[1])["sigma_range"] == [-2.0, 2.0]


def test_info_says_what_arrays_are_and_what_is_assumed(run):
    wide = RANDOM.randn(1, 10, 512).astype(np.float32)
    np.save("age.npy", wide[0, :1])
    np.savez("projected_w.npz", w=wide)
    np.save("restyle.npy", {"a.jpg": [wide[0], wide[0]], "b.jpg": [wide[0], wide[0]]})
    found = {}
    for name in ("age.npy", "projected_w.npz", "restyle.npy"):
        code, out, err = run("info", name)
        assert (code, err) == (0, [])
        found[name] = [line.split(None, 1) for line in out.splitlines()]
    assert ["assumed", "one direction of w; strength 1 is the array as it is"] in found["age.npy"]
    assert ["use", "--direction age.npy, or --components age.npy"] in found["age.npy"]
    assert ["latents", "1 array of [1, 10, 512]"] in found["projected_w.npz"]
    assert ["latents", "2 arrays of [10, 512], [10, 512]: a.jpg, b.jpg"] in found["restyle.npy"]
    np.save("small.npy", np.ones(3))  # any three numbers
    refused(run("info", "small.npy"), 1, "a single NumPy array, not a network file")


@pytest.mark.parametrize(
    "words, code, said",
    [
        (["--direction", "wide.npy"], 1, "'wide' is 512 numbers wide, the w of linear0 has 8"),
        (["--direction", "deep.npy"], 1, "'deep' has 18 layers, this network has 4"),
        (["--components", "wide.npy", "--edit", "E(v0)"], 1, "512 numbers wide"),
        (["--components", "deep.npy", "--edit", "E(v0)"], 1, "deep.npy: 18 layers, this network has 4"),
        (
            ["--direction", "age.npy", "--latents", "deep.npy"],
            1,
            "latents have 18 layers, this network has 4",
        ),
        (["--direction", "age.npy", "--latents", "me.npy:3"], 2, "me.npy has 3 latents, 0 to 2"),
        (["--direction", "age.npy", "--latents", "age.npz"], 1, "cannot read age.npz: No such file"),
        (["--direction", "age.npy", "--latents", "me.npy", "--seeds", "1"], 2, "not allowed with argument"),
        (["--direction", "me.npy"], 1, "me.npy"),
        (["--direction", "factor.pt:9"], 2, "holds 8 directions, 0 to 7; 9 is not there"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(run, words, code, said):
    np.save("wide.npy", np.ones(512))
    np.save("deep.npy", RANDOM.randn(18, WIDTH))
    refused(run("edit", "net.pkl", *words), code, said)
    assert not os.path.exists("strip.png")


# ------------------------------------------------------------------ latents


def test_sample_draws_latents_of_a_file_and_replay_needs_only_the_picture(run):
    assert (
        run("sample", "net.pkl", "--latents", "me.npy", "--columns", "3", "--raw", "--out", "g.png")[0] == 0
    )
    assert np.array_equal(frames("g.png", 3), images(ME))
    assert run("sample", "net.pkl", "--latents", "me.npy:1", "--psi", "0.5,none", "--out", "psi.png")[0] == 0
    os.remove("me.npy")
    for name in ("g", "psi"):
        code, out, _ = run("replay", name + ".png", "--out", "again.png", "--json")
        assert code == 0 and json.loads(out)["same"]
        assert np.array_equal(pixels("again.png"), pixels(name + ".png"))


def test_many_rows_are_replayed_from_their_file(run, monkeypatch):
    monkeypatch.setattr(starts, "PACKED_BYTES", 10)
    code, _, said = run("sample", "net.pkl", "--latents", "me.npy", "--out", "g.png")
    assert code == 0 and "too many rows for a recipe; replay needs the file" in said[-1]
    os.rename("me.npy", "moved.npy")
    refused(run("replay", "g.png", "--out", "again.png"), 1, "cannot read me.npy")
    code, out, _ = run("replay", "g.png", "--latents", "moved.npy", "--out", "again.png", "--json")
    assert code == 0 and json.loads(out)["same"]
    np.save("moved.npy", ME + 1)
    words = ["replay", "g.png", "--latents", "moved.npy", "--out", "again.png"]
    refused(run(*words), 1, "moved.npy is not the recipe's file of latents")


def test_a_sheet_moves_one_latent_of_a_file(run):
    base = ["visualize", "net.pkl", "--components", "factor.pt", "--show", "0", "--plain", "--frames", "1"]
    assert run(*base, "--latents", "me.npy:1", "--out", "s.png")[0] == 0
    settings = files.read_recipe("s.png")["settings"]
    assert settings["latents"]["count"] == 1 and "me.npy:1" in settings["title"]
    refused(run(*base, "--latents", "me.npy"), 2, "me.npy has 3 latents; a sheet moves one, such as me.npy:0")
    refused(run(*base, "--latents", "me.npy:0", "--seed", "1"), 2, "not allowed with argument")


def test_components_of_z_do_not_move_latents_that_are_w(run):
    assert run("pca", "net.pkl", "--space", "z", "-n", "2000", "-k", "2", "--out", "z.npz")[0] == 0
    words = ["--components", "z.npz", "--edit", "E(v0)", "--latents", "me.npy", "--out", "s.png"]
    refused(run("edit", "net.pkl", *words), 2, "directions of z move seeds; latents of a file are w")


# ------------------------------------------------------------------ classes


def test_a_class_that_was_not_chosen_is_said_and_in_the_recipe(run):
    code, _, said = run("sample", "classes.pkl", "--seeds", "0-1", "--raw", "--out", "a.png")
    assert code == 0 and "no --class was given" in said[0] and len(said) == 1
    assert files.read_recipe("a.png")["settings"]["look"]["classes"] == ["none"]
    code, _, said = run(
        "sample", "classes.pkl", "--seeds", "0-1", "--class", "none", "--raw", "--out", "b.png"
    )
    assert code == 0 and said == [] and np.array_equal(pixels("a.png"), pixels("b.png"))
    code, _, said = run("pca", "classes.pkl", "-n", "500", "-k", "2", "--out", "c.npz")
    assert code == 0 and "no --class" in said[0] and load_components("c.npz").settings["labels"] == "none"


def test_mixtures_are_drawn_named_and_replayed(run):
    words = ["--seeds", "3", "--class", "0:0.25+2:0.75", "--out", "m.png"]
    assert run("sample", "classes.pkl", *words, "--raw")[0] == 0
    gen = LinearGAN(n_classes=3)
    w = gen.w(seeds=[3], labels=np.array([[0.25, 0, 0.75]], np.float32))
    assert np.array_equal(pixels("m.png"), images(w, gen)[0])
    assert run("sample", "classes.pkl", *words)[0] == 0
    look = files.read_recipe("m.png")["settings"]["look"]
    assert look["classes"] == ["0:0.25+2:0.75"] and look["called"] == ["0.25 class 0 + 0.75 class 2"]
    assert run("replay", "m.png", "--out", "again.png")[0] == 0
    assert np.array_equal(pixels("again.png"), pixels("m.png"))


def test_labels_say_the_class_of_every_picture(run, monkeypatch):
    seen = []
    grid, sheet = layout.grid, layout.sheet
    monkeypatch.setattr(layout, "grid", lambda *a, **k: seen.append(a[2]) or grid(*a, **k))
    monkeypatch.setattr(layout, "sheet", lambda *a, **k: seen.append(a[1]) or sheet(*a, **k))
    assert run("sample", "classes.pkl", "--seeds", "4,5", "--class", "0,2", "--out", "s.png")[0] == 0
    assert seen.pop() == ["seed 4 · class 0", "seed 5 · class 2"]
    words = ["--direction", "age.npy", "--latents", "me.npy:0-1", "--class", "1", "--out", "e.png"]
    assert run("edit", "classes.pkl", *words)[0] == 0
    assert seen.pop() == [("me.npy:0", "class 1"), ("me.npy:1", "class 1")]


def test_walk_and_mix_take_latents_of_files(run):
    code, _, err = run("walk", "net.pkl", "--latents", "me.npy", "--frames", "4", "--raw", "--out", "w.png")
    assert code == 0 and "me.npy" in err[0]
    words = ("--mix", "1-2", "--latents", "me.npy:0", "--latents-b", "me.npy:1-2", "--raw", "--out", "m.png")
    assert run("sample", "net.pkl", *words)[0] == 0
    for name in ("w", "m"):
        assert run("replay", name + ".png", "--out", "again.png")[1].endswith("the same pixels\n")
    assert run("walk", "net.pkl", "--latents", "me.npy:0", "--out", "x.png")[0] == 2
    assert run("walk", "net.pkl", "--latents", "me.npy", "--space", "z", "--out", "x.png")[0] == 2
