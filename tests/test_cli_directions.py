"""Named directions on the command line: what `ganspace edit --direction` draws, and what stays as it is."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganspace_tf.cli import main, values
from ganspace_tf.decomposition import decompose, load_components
from ganspace_tf.directions import NamedDirection, joined, load_direction
from ganspace_tf.edits import apply_edits, remove_along
from ganspace_tf.errors import BasisMismatch, FileError, UsageError
from ganspace_tf.render import files
from tests.linear_gan import SIDE, WIDTH, LinearGAN


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command line in an empty folder; (exit code, stdout, one line of stderr)."""

    def load(name, threads=None):
        return LinearGAN(seed=7) if "other" in name else LinearGAN()

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ganspace_tf.generators.load_generator", load)
    for verb in ("work", "replay"):
        monkeypatch.setattr("ganspace_tf.cli.{}.start_tensorflow".format(verb), lambda: None)
    (tmp_path / "net.pkl").write_bytes(b"")
    decompose(LinearGAN(), n=2000, components=4, cache=False).save("c.npz")

    def call(*words):
        code = main([str(word) for word in words])
        shown = capsys.readouterr()
        assert "Traceback" not in shown.err and len(shown.err.splitlines()) <= 1
        return code, shown.out, shown.err

    return call


def keep(path, component=1, **fields):
    """A component of c.npz under a name of its own, as JSON; its path."""
    fields.setdefault("layers", (1, 2))
    return NamedDirection.of(path[: -len(".json")], load_components("c.npz"), component, **fields).save(path)


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image)


def test_a_direction_draws_what_its_component_drew_at_the_strengths_it_is_usable_at(run):
    keep("open.json", sigma_range=(-1.5, 3.0))
    assert run("edit", "net.pkl", "--direction", "open.json", "--out", "a.png")[0] == 0
    settings = files.read_recipe("a.png")["settings"]
    assert settings["sigmas"] == [-1.5, -0.75, 0.0, 1.5, 3.0] and settings["swept"][0]["name"] == "open"
    assert (
        run("edit", "net.pkl", "--direction", "open.json", "--sigma", "-1..3", "--raw", "--out", "a.png")[0]
        == 0
    )
    words = ["--edit", "E(v1, 1-2)", "--sigma", "-1..3", "--raw", "--out", "b.png"]
    assert run("edit", "net.pkl", "--components", "c.npz", *words)[0] == 0
    np.testing.assert_array_equal(pixels("a.png"), pixels("b.png"))


def test_several_directions_and_components_are_drawn_together_and_replayed(run):
    keep("one.json", 0, layers=(0, None)), keep("two.json", 1)
    words = ["--direction", "one.json", "--direction", "two.json = -1.5", "--edit", "E(v3, 0-1) = +2"]
    words += ["--components", "c.npz", "--centred"]
    assert run("edit", "net.pkl", *words, "--raw", "--out", "plain.png")[0] == 0
    assert run("edit", "net.pkl", *words, "--out", "strip.png")[0] == 0
    same = ["--edit", "E(v0); E(v3, 0-1) = +2; E(v1, 1-2) = -1.5", "--centred", "--raw", "--out", "same.png"]
    assert run("edit", "net.pkl", "--components", "c.npz", *same)[0] == 0
    assert np.abs(pixels("plain.png").astype(int) - pixels("same.png")).max() <= 1  # rounding of the mean
    recipe = files.read_recipe("strip.png")
    assert recipe["components"]["used"] == [3, 4, 5] and recipe["settings"]["sigmas"][0] == -2.0
    assert pixels("strip.png").shape[0] > 2 * SIDE  # a title, and frames that are easily seen
    assert run("replay", "strip.png", "--out", "again.png")[0] == 0
    assert Path("again.png").read_bytes() == Path("strip.png").read_bytes()


def test_directions_join_to_a_basis_that_edits_as_each_of_them_would(run):
    """Also "centred", although every direction has a mean of its own."""
    comp, w = load_components("c.npz"), LinearGAN().w(seeds=[1, 2, 3])
    random = np.random.RandomState(0)
    named = []
    for k, mean in enumerate(random.randn(3, WIDTH)):
        vector = random.randn(WIDTH)
        vector /= np.linalg.norm(vector)
        named.append(NamedDirection("d%d" % k, "", vector.tolist(), 0.7, mean.tolist()))
    basis = joined(named, comp, used=[2])
    assert len(basis) == 7 and basis.fingerprint == comp.fingerprint
    for k, one in enumerate(named):
        alone = apply_edits(w, one.components(), [one.edit(1.2)], centred=True)
        np.testing.assert_allclose(
            apply_edits(w, basis, "E(v%d) = 1.2" % (4 + k), centred=True), alone, atol=1e-5
        )
    theirs = apply_edits(w, comp, "E(v2) = -1", centred=True)
    np.testing.assert_allclose(apply_edits(w, basis, "E(v2) = -1", centred=True), theirs, atol=1e-5)
    assert not np.allclose(remove_along(w, comp.mean, basis.directions[4]), alone, atol=1e-2)
    only = joined(named[:1])
    np.testing.assert_array_equal(only.mean, named[0].components().mean)


def test_what_cannot_be_joined_is_refused(run):
    one = NamedDirection("one", "", [1.0, 0.0], 1.0, [0.0, 0.0])
    with pytest.raises(UsageError, match="of w and of z"):
        joined([one, NamedDirection("z", "", [1.0, 0.0], 1.0, [0.0, 0.0], latent="z")])
    with pytest.raises(BasisMismatch, match="2 and 3 numbers wide"):
        joined([one, NamedDirection("wide", "", [1.0, 0.0, 0.0], 1.0, [0.0, 0.0, 0.0])])


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ([], 2, "--direction FILE.json, is needed"),
        (["--edit", "E(v0)"], 2, "--edit needs --components"),
        (["--components", "c.npz", "--direction", "d.json"], 2, "--components is for --edit"),
        (["--direction", "none.json"], 1, "cannot read none.json"),
        (["--direction", "c.npz:4"], 2, "c.npz holds components 0 to 3"),
        (["--direction", "c.npz:x"], 2, "as a number from 0"),
        (["--direction", "d.json = strong"], 2, "FILE = +2"),
        (["--direction", "d.json = 2", "--frames", "9"], 2, "every edit has its own strength"),
    ],
)
def test_edit_says_in_one_line_what_is_missing(run, words, code, says):
    keep("d.json")
    found, _, err = run("edit", "net.pkl", *words)
    assert found == code and says in err
    assert not os.path.exists("strip.png")


def test_a_direction_of_another_model_is_refused_unless_allowed(run):
    keep("d.json")
    code, _, err = run("edit", "other.pkl", "--direction", "d.json")
    assert code == 1 and "'d' belongs to model" in err and not os.path.exists("strip.png")
    assert run("edit", "other.pkl", "--direction", "d.json", "--any-basis")[0] == 0


def test_strengths_are_those_at_which_all_directions_are_usable(run):
    keep("a.json", sigma_range=(-4.0, 1.0)), keep("b.json", 0, sigma_range=(-2.0, 3.0))
    keep("c.json", 2, sigma_range=(2.0, 3.0))
    for names, ends in ((("a", "b"), (-2.0, 1.0)), (("a", "c"), (-2.0, 2.0))):  # a and c have none in common
        words = [word for name in names for word in ("--direction", name + ".json")]
        assert run("edit", "net.pkl", *words, "--out", "s.png")[0] == 0
        sigmas = files.read_recipe("s.png")["settings"]["sigmas"]
        assert (sigmas[0], sigmas[2], sigmas[-1]) == (ends[0], 0.0, ends[1])
    assert values.direction("a=b.json") == ("a=b.json", None)
    assert values.direction("a=b.json= -.5") == ("a=b.json", -0.5)


# ------------------------------------------------------------------ what lies beside a picture


def test_a_picture_never_replaces_the_direction_of_its_name(run):
    """wings.png would put its recipe into wings.json, which is what it was drawn from."""
    keep("wings.json")
    before = load_direction("wings.json")
    for out in ("wings.png", "wings.gif"):
        code, _, err = run("edit", "net.pkl", "--direction", "wings.json", "--out", out)
        assert code == 1 and "wings.json, which is there and is no recipe" in err
        assert load_direction("wings.json") == before and not os.path.exists(out)
    assert run("edit", "net.pkl", "--direction", "wings.json", "--out", "strip.png")[0] == 0
    code, _, err = run("replay", "strip.png", "--out", "wings.png")
    assert code == 1 and "no recipe" in err and load_direction("wings.json") == before


def test_a_recipe_gives_way_to_the_next_of_its_name_unless_a_film_needs_it(run):
    base = ["edit", "net.pkl", "--components", "c.npz", "--edit"]
    assert run(*base, "E(v0)", "--out", "a.png")[0] == 0 and run(*base, "E(v1)", "--out", "a.png")[0] == 0
    assert files.read_recipe("a.json")["settings"]["swept"][0]["component"] == 1
    assert run(*base, "E(v0)", "--out", "a.gif")[0] == 0  # a.png has its recipe inside
    film = Path("a.json").read_bytes()
    code, _, err = run(*base, "E(v1)", "--out", "a.png")
    assert code == 1 and "the only one of a.gif" in err and Path("a.json").read_bytes() == film
    assert run(*base, "E(v0)", "--out", "a.png")[0] == 0  # the same drawing
    assert run("replay", "a.gif", "--out", "again.gif")[0] == 0


@pytest.mark.parametrize(
    "text", [b"", b"{}", b"\xff", b'{"format": 2, "verb": "edit", "model": {}, "settings": {}}']
)
def test_whatever_is_no_recipe_stays(tmp_path, text):
    (tmp_path / "x.json").write_bytes(text)
    with pytest.raises(FileError, match="is no recipe"):
        files.save_png(tmp_path / "x.png", np.zeros((2, 2, 3), np.uint8), {"verb": "edit"})
    assert (tmp_path / "x.json").read_bytes() == text and not (tmp_path / "x.png").exists()
    files.save_png(tmp_path / "x.png", np.zeros((2, 2, 3), np.uint8))  # without a recipe nothing lies beside


# ------------------------------------------------------------------ info


def test_info_says_what_a_direction_is(run):
    keep("open.json", sigma_range=(-1.5, 3.0))
    code, out, _ = run("info", "open.json")
    facts = dict(line.split(None, 1) for line in out.splitlines())
    assert code == 0 and facts["direction"] == "open" and facts["layers"] == "1-2"
    assert facts["of"].startswith("w, {} numbers".format(WIDTH)) and "-1.5 to +3 sigma" in facts["usable"]
    assert facts["fingerprint"] == LinearGAN().fingerprint
    code, out, _ = run("info", "open.json", "--json")
    assert json.loads(out)["sigma_range"] == [-1.5, 3.0] and "vector" not in json.loads(out)
    Path("bad.json").write_text('{"vector": []}')
    code, _, err = run("info", "bad.json")
    assert code == 1 and "bad.json is not a direction" in err
    code, _, err = run("info", "none.json")
    assert code == 1 and "none.json" in err
