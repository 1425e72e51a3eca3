"""Every verb on a generator in closed form: what it writes, what it answers, what it refuses."""

from __future__ import annotations

import json
import os
import shutil

import numpy as np
import pytest
from PIL import Image

from ganspace_tf.cli import main
from ganspace_tf.decomposition import load_components
from ganspace_tf.errors import UnknownName
from ganspace_tf.render import files
from tests.linear_gan import SIDE, LinearGAN
from tests.tiny import write_tiny

NETWORKS = {
    "net.pkl": LinearGAN,
    "other.pkl": lambda: LinearGAN(seed=7),
    "grey.pkl": lambda: LinearGAN(channels=1),
    "classes.pkl": lambda: LinearGAN(n_classes=3),
}


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command line in an empty folder; (exit code, stdout, stderr)."""

    def load(name, threads=None):
        if os.path.basename(name) not in NETWORKS:
            raise UnknownName.among("network", name, NETWORKS)
        return NETWORKS[os.path.basename(name)]()

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GANSPACE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GANSPACE_DEBUG", raising=False)
    monkeypatch.setattr("ganspace_tf.generators.load_generator", load)
    for verb in ("work", "pca", "replay", "visualize"):
        monkeypatch.setattr("ganspace_tf.cli.{}.start_tensorflow".format(verb), lambda: None)
    for name in NETWORKS:
        (tmp_path / name).write_bytes(b"")

    def call(*words):
        code = main([str(word) for word in words])
        shown = capsys.readouterr()
        assert "Traceback" not in shown.err
        return code, shown.out, shown.err

    return call


@pytest.fixture
def comp(run):
    """Components of net.pkl in c.npz."""
    assert run("pca", "net.pkl", "-n", 2000, "-k", 4, "--out", "c.npz")[0] == 0
    return "c.npz"


def pixels(name) -> np.ndarray:
    return np.asarray(Image.open(str(name)))


def content(name) -> bytes:
    with open(str(name), "rb") as file:
        return file.read()


def refused(result, code, said):
    """One line on stderr that says it, nothing on stdout, the exit code."""
    assert (result[0], result[1]) == (code, "")
    assert result[2].startswith("ganspace: ") and result[2].count("\n") == 1
    assert said in result[2]


# ------------------------------------------------------------------ sample


def test_sample_writes_a_grid_and_its_recipe(run, tmp_path):
    code, out, err = run("sample", "net.pkl", "--seeds", "0-8", "--psi", 0.7, "--raw")
    assert (code, err) == (0, "")
    assert out.startswith("grid.png  50 × 50 pixels from 9 frames")
    assert pixels("grid.png").shape == (3 * SIDE + 2, 3 * SIDE + 2, 3)
    recipe = files.read_recipe("grid.png")
    assert recipe["settings"]["seeds"] == list(range(9)) and recipe["settings"]["look"]["psi"] == 0.7
    assert sorted(name for name in os.listdir(".") if name.startswith("grid")) == ["grid.json", "grid.png"]


def test_answers_in_json(run):
    code, out, _ = run("sample", "net.pkl", "--seeds", "3", "--json")
    assert code == 0 and json.loads(out)["out"] == "grid.png"
    assert json.loads(out)["pixels"] == files.read_recipe("grid.png")["pixels"]


def test_sizes_columns_and_labels(run):
    assert run("sample", "net.pkl", "--seeds", "0-3", "--columns", 4, "--cell", 2 * SIDE, "--raw")[0] == 0
    assert pixels("grid.png").shape == (2 * SIDE, 8 * SIDE + 3, 3)
    assert run("sample", "net.pkl", "--seeds", "0-3")[0] == 0
    assert pixels("grid.png").shape[0] > 2 * 96


def test_grey_networks_have_grey_pictures(run):
    assert run("sample", "grey.pkl", "--seeds", "0-3")[0] == 0
    grey = pixels("grid.png")
    assert grey.shape[2] == 3 and np.array_equal(grey[..., 0], grey[..., 2])


def test_one_class_for_all_or_one_a_seed(run):
    for words in (["--class", "1"], ["--class", "0,1,2"]):
        assert run("sample", "classes.pkl", "--seeds", "0-2", *words)[0] == 0
    refused(run("sample", "classes.pkl", "--seeds", "0-2", "--class", "0,1"), 2, "2 classes for 3 seeds")
    refused(run("sample", "classes.pkl", "--seeds", "0-2", "--class", "3"), 2, "class 3 is outside 0 … 2")
    refused(run("sample", "net.pkl", "--class", "0"), 2, "unconditional")


@pytest.mark.parametrize(
    "words, code, said",
    [
        (["--out", "grid.jpg"], 2, "must end in .png"),
        (["--out", "no/grid.png"], 1, "there is no folder"),
        (["--out", "a.png"], 1, "it is a folder"),
        (["--cutoff", "5"], 2, "--cutoff 5 is outside 0 … 4"),
        (["--noise", "loud"], 2, "noise 'loud' is not of the form"),
        (["--psi", "nan"], 2, "psi 'nan' is not a number"),
        (["--seeds", "4294967296"], 2, "outside 0 … 4294967295"),
    ],
)
def test_sample_refuses(run, tmp_path, words, code, said):
    (tmp_path / "a.png").mkdir()
    refused(run("sample", "net.pkl", *words), code, said)
    assert not [name for name in os.listdir(".") if name.startswith("grid")]


def test_unknown_networks_are_named(run):
    refused(run("sample", "nets.pkl"), 2, "unknown network 'nets.pkl'; allowed: net.pkl")


# ------------------------------------------------------------------ pca


def test_pca_without_out_stays_in_the_cache_and_says_where(run, tmp_path):
    code, out, err = run("pca", "net.pkl", "-n", "2_000", "-k", 3)
    path = out.splitlines()[0]
    assert (code, err) == (0, "") and path.startswith(str(tmp_path / "cache"))
    assert len(load_components(path).directions) == 3
    assert "3 components hold" in out
    again = run("pca", "net.pkl", "-n", 2000, "-k", 3, "--json")
    facts = json.loads(again[1])
    assert (
        facts["out"] == path and len(facts["stdev"]) == 3 and facts["fingerprint"] == LinearGAN().fingerprint
    )


def test_pca_finds_80_components_or_as_many_as_there_are(run):
    """A network with narrow latents is no reason to have to say how many."""
    assert run("pca", "net.pkl", "-n", 2000, "--out", "c.npz")[0] == 0
    assert len(load_components("c.npz").directions) == 8
    assert run("pca", "net.pkl", "-n", 2000, "--space", "image", "--latent", "w", "--out", "c.npz")[0] == 0
    assert len(load_components("c.npz").directions) == 80


def test_pca_hands_its_words_to_the_decomposition(run):
    words = ["--space", "mid", "--latent", "w", "--estimator", "ipca", "--seed", 5, "--batch", 500]
    assert run("pca", "net.pkl", "-n", 1000, "-k", 2, *words, "--out", "c.npz")[0] == 0
    comp = load_components("c.npz")
    said = {name: comp.settings[name] for name in ("space", "latent", "estimator", "seed", "batch", "n")}
    assert said == {"space": "mid", "latent": "w", "estimator": "ipca", "seed": 5, "batch": 500, "n": 1000}
    assert comp.act_directions.shape == (2, 4, 8)


@pytest.mark.parametrize(
    "words, said",
    [
        (["--space", "nowhere"], "'nowhere'"),
        (["--estimator", "psa"], "unknown estimator 'psa'"),
        (["-k", "9"], "-k 9: w is 8 numbers wide"),
        (["--option", "depth=3"], "no option 'depth'"),
        (["--option", "n=5"], "estimator pca has no option 'n'; allowed: precision"),
        (["--option", "precision=3"], "unknown precision 3; allowed: float32, float64"),
        (["--estimator", "spca", "--option", "sparsity=nan"], "sparsity=nan is not a number"),
        (["--out", "c.txt"], "must end in .npz"),
        (["--class", "1"], "classes"),
    ],
)
def test_pca_refuses(run, words, said):
    refused(run("pca", "net.pkl", "-n", 1000, "-k", 4, *words), 2, said)


def test_a_damaged_entry_in_the_cache_is_computed_again_and_said_in_one_line(run):
    _, out, _ = run("pca", "net.pkl", "-n", 2000, "-k", 3, "--json")
    facts = json.loads(out)
    with open(facts["out"], "r+b") as file:
        file.seek(200)
        file.write(b"garbage" * 20)
    code, out, err = run("pca", "net.pkl", "-n", 2000, "-k", 3, "--json")
    assert code == 0 and json.loads(out) == facts
    assert err.startswith("ganspace: note: ") and err.count("\n") == 1


# ------------------------------------------------------------------ edit


def test_edit_makes_a_strip_per_seed(run, comp):
    words = [
        "--edit",
        "E(v1, 0-1)",
        "--sigma",
        "-3..3",
        "--frames",
        5,
        "--seeds",
        "1,2",
        "--raw",
    ]
    assert run("edit", "net.pkl", "--components", comp, *words)[0] == 0
    assert pixels("strip.png").shape == (2 * SIDE + 1, 5 * SIDE + 4, 3)
    settings = files.read_recipe("strip.png")["settings"]
    assert settings["sigmas"] == [-3.0, -1.5, 0.0, 1.5, 3.0]
    assert settings["swept"] == [{"component": 1, "first_layer": 0, "last_layer": 1, "sigma": 1.0}]


def test_edits_with_a_strength_are_held_while_the_others_sweep(run, comp):
    base = ["edit", "net.pkl", "--components", comp, "--frames", 3, "--raw"]
    assert run(*base, "--edit", "E(v0); E(v1, 2-3) = +2", "--out", "a.png")[0] == 0
    assert run(*base, "--edit", "E(v0)", "--edit", "E(v1, 2-3) = +2", "--out", "b.png")[0] == 0
    assert np.array_equal(pixels("a.png"), pixels("b.png"))
    held = ["--edit", "E(v1, 2-3) = +2", "--raw", "--out", "one.png"]
    assert run("edit", "net.pkl", "--components", comp, *held)[0] == 0
    assert np.array_equal(pixels("one.png"), pixels("a.png")[:, SIDE + 1 : 2 * SIDE + 1])
    refused(run(*base, "--edit", "E(v0) = 1"), 2, "every edit has its own strength")


def test_edit_makes_films(run, comp):
    words = ["--edit", "E(v0)", "--frames", 4, "--seeds", "1-4", "--raw", "--out", "film.gif"]
    assert run("edit", "net.pkl", "--components", comp, *words)[0] == 0
    with Image.open("film.gif") as film:
        assert (film.n_frames, film.size) == (6, (2 * SIDE + 1, 2 * SIDE + 1))
    assert run("replay", "film.gif", "--out", "again.gif")[0] == 0
    assert content("again.gif") == content("film.gif")


@pytest.mark.parametrize(
    "words, code, said",
    [
        (["--edit", "E(v9)"], 2, "component v9, but these components are v0-v3"),
        (["--edit", "E(v0, 2-4)"], 2, "layer 4, but the network has layers 0-3"),
        (["--edit", "E(v0, 3-2)"], 2, "layers 3-2 are empty"),
        (["--edit", "v0"], 2, "is not an edit"),
        (["--edit", "E(v0)", "--mode", "activation"], 2, "needs components of an endpoint"),
        (["--edit", "E(v0)", "--out", "strip.bmp"], 2, ".png or .gif or .mp4"),
        (["--edit", "E(v0)", "--sigma", "wide"], 2, "-3..3"),
    ],
)
def test_edit_refuses(run, comp, words, code, said):
    refused(run("edit", "net.pkl", "--components", comp, *words), code, said)


def test_a_basis_of_another_model_is_refused_unless_allowed(run, comp):
    words = ["edit", "other.pkl", "--components", comp, "--edit", "E(v0)"]
    refused(run(*words), 1, "belong to model 000000000000")
    assert run(*words, "--any-basis")[0] == 0
    assert run("replay", "strip.png")[0] == 0


def test_components_that_are_none_are_refused(run, tmp_path):
    (tmp_path / "c.npz").write_bytes(b"PK nothing")
    refused(run("edit", "net.pkl", "--components", "c.npz", "--edit", "E(v0)"), 1, "c.npz")
    refused(run("edit", "net.pkl", "--components", "d.npz", "--edit", "E(v0)"), 1, "d.npz")


# ------------------------------------------------------------------ visualize


def test_visualize_makes_a_labelled_sheet(run, comp):
    assert run("visualize", "net.pkl", "--components", comp)[0] == 0
    settings = files.read_recipe("sheet.png")["settings"]
    assert settings["components"] == [0, 1, 2, 3]
    assert "pca of w, n = 2,000" in settings["title"] and "mean latent" in settings["title"]
    words = ["--show", "v2,0", "--seed", 5, "--layers", "1-2", "--psi", 0.5, "--frames", 3, "--sigma", 4]
    assert run("visualize", "net.pkl", "--components", comp, *words)[0] == 0
    settings = files.read_recipe("sheet.png")["settings"]
    assert [settings[key] for key in ("components", "seed", "sigmas")] == [[2, 0], 5, [-4.0, 0.0, 4.0]]
    assert settings["title"].endswith("seed 5  ·  layers 1-2  ·  ψ 0.5")
    refused(run("visualize", "net.pkl", "--components", comp, "--show", "0-4"), 2, "there is no v4")
    refused(run("visualize", "net.pkl", "--components", comp, "--layers", "3-9"), 2, "layers 0-3")
    found = load_components(comp)
    found.settings["n"] = 0  # a closed form
    found.save(comp)
    assert run("visualize", "net.pkl", "--components", comp)[0] == 0
    assert "pca of w  ·" in files.read_recipe("sheet.png")["settings"]["title"]


# ------------------------------------------------------------------ replay


def test_replay_makes_the_same_bytes_without_the_components(run, comp):
    run(
        "edit",
        "net.pkl",
        "--components",
        comp,
        "--edit",
        "E(v2, 1-)",
        "--centred",
        "--labels",
        "--seeds",
        "1,9",
    )
    os.unlink(comp)
    code, out, _ = run("replay", "strip.png", "--out", "again.png")
    assert (code, out) == (0, "again.png  the same pixels\n")
    assert content("again.png") == content("strip.png")
    assert content("again.json") == content("strip.json")
    assert run("replay", "strip.json", "--out", "third.png")[0] == 0
    assert content("third.png") == content("strip.png")


def test_replay_finds_the_network_beside_the_picture_or_where_it_is_told(run, comp, tmp_path):
    run("sample", str(tmp_path / "net.pkl"), "--seeds", "1", "--out", "grid.png")
    (tmp_path / "moved").mkdir()
    shutil.move("net.pkl", "moved/net.pkl")
    refused(run("replay", "grid.png"), 1, "--model says where")
    assert run("replay", "grid.png", "--model", "moved/net.pkl")[1] == "again.png  the same pixels\n"
    shutil.move("grid.png", "moved/grid.png")
    assert run("replay", "moved/grid.png", "--out", "third.png")[0] == 0
    assert content("third.png") == content("again.png")


def test_replay_refuses_another_network_unless_allowed(run):
    run("sample", "net.pkl", "--seeds", "1")
    refused(run("replay", "grid.png", "--model", "other.pkl"), 1, "--any-model")
    code, out, _ = run("replay", "grid.png", "--model", "other.pkl", "--any-model", "--json")
    assert code == 0 and json.loads(out)["same"] is False and "another model" in json.loads(out)["verdict"]


def test_replay_says_why_pixels_differ(run):
    run("sample", "net.pkl", "--seeds", "1", "--noise", "random")
    assert "the noise was random" in run("replay", "grid.png")[1]
    run("sample", "net.pkl", "--seeds", "1")
    recipe = files.read_recipe("grid.png")
    recipe["pixels"], recipe["versions"]["numpy"] = "0" * 64, "0.1"
    files.write_bytes("old.json", json.dumps(recipe).encode())
    assert "made with" in run("replay", "old.json")[1]
    assert files.read_recipe("again.png")["versions"]["numpy"] != "0.1"


def test_replay_refuses_what_has_no_recipe(run, tmp_path):
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(str(tmp_path / "bare.png"))
    refused(run("replay", "bare.png"), 1, "no recipe inside")
    refused(run("replay", "gone.png"), 1, "No such file")


# ------------------------------------------------------------------ info, convert, fetch, doctor


def test_info_says_what_a_file_is(run, tmp_path):
    write_tiny(tmp_path / "tiny.pkl", "stylegan2-ada-cond")
    code, out, err = run("info", "tiny.pkl", "--variables")
    assert (code, err) == (0, "")
    lines = dict(line.split(None, 1) for line in out.splitlines() if line.strip())
    assert lines["family"] == "stylegan2-ada, skip, tensorflow" and lines["classes"] == "0-2"
    assert lines["layers"].startswith("0-3 ") and "G_synthesis/8x8/Conv1/weight" in lines
    facts = json.loads(run("info", "tiny.pkl", "--json")[1])
    assert (facts["family"], facts["resolution"], facts["labels"]) == ("stylegan2-ada", 8, 3)


def test_info_shows_the_code_in_a_file_and_does_not_run_it(run, tmp_path):
    write_tiny(tmp_path / "tiny.pkl", "stylegan2-skip", resolution=8)
    assert "embedded source must not be executed" in run("info", "tiny.pkl", "--source")[1]


def test_info_says_how_components_and_pictures_were_made(run, comp):
    out = run("info", comp)[1]
    assert "estimator    pca" in out and "components   4" in out
    assert json.loads(run("info", comp, "--json")[1])["settings"]["n"] == 2000
    run("edit", "net.pkl", "--components", comp, "--edit", "E(v1, 0-2)", "--psi", 0.5, "--out", "strip.png")
    out = run("info", "strip.png")[1]
    assert "made by      ganspace edit" in out and "net.pkl (linear)" in out and "psi 0.5" in out
    assert json.loads(run("info", "strip.json", "--json")[1]) == files.read_recipe("strip.png")


def test_info_refuses_what_is_no_network(run, tmp_path):
    (tmp_path / "cut.npz").write_bytes(b"PK\x03\x04 and no more")
    refused(run("info", "cut.npz"), 1, "cut.npz")
    (tmp_path / "page.pkl").write_bytes(b"<html>quota exceeded</html>")
    refused(run("info", "page.pkl"), 1, "page.pkl")


def test_convert_there_and_back_is_exact(run, tmp_path):
    write_tiny(tmp_path / "tiny.pkl", "stylegan", resolution=8)
    for source, target in (("tiny.pkl", "a.npz"), ("a.npz", "b.pkl"), ("b.pkl", "b.npz")):
        code, out, err = run("convert", source, target)
        assert (code, out, err) == (0, target + "\n", "")
    assert content("a.npz") == content("b.npz")
    refused(run("convert", "tiny.pkl", "a.txt"), 2, ".npz or .pkl")
    refused(run("convert", "tiny.pkl", "no/a.npz"), 1, "no folder")
    assert sorted(name for name in os.listdir(".") if "part" in name or "new" in name) == []
