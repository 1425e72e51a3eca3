"""The command line where something is missing or out of bounds: streams, numbers, memory, what files say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ganspace_tf import cli
from ganspace_tf.cli import arguments, values
from ganspace_tf.decomposition import decompose
from ganspace_tf.directions import NamedDirection
from ganspace_tf.recipe import make_recipe, recipe_text
from ganspace_tf.render.sheets import Sample, Strips
from tests.linear_gan import LinearGAN

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def refused(tmp_path, monkeypatch, capsys):
    """refused(code, *words): the one line that a command line on a closed-form network ends with, before
    TensorFlow is started.
    """

    def too_late():
        raise AssertionError("TensorFlow was started")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ganspace_tf.generators.load_generator", lambda name, threads=None: LinearGAN())
    for verb in ("work", "pca", "replay"):
        monkeypatch.setattr("ganspace_tf.cli.{}.start_tensorflow".format(verb), too_late)
    (tmp_path / "net.pkl").write_bytes(b"")

    def call(code, *words):
        assert cli.main([str(word) for word in words]) == code
        shown = capsys.readouterr()
        assert shown.out == "" and len(shown.err.splitlines()) == 1
        return shown.err

    return call


# ------------------------------------------------------------------ streams


@pytest.mark.skipif(os.name != "posix", reason="streams are closed by a shell")
@pytest.mark.parametrize(
    "verb, closed, code, shown, told",
    [
        ("info d.json", ">&-", 0, False, ""),
        ("info d.json", "<&- >&- 2>&-", 0, False, ""),
        ("info d.json --json", ">&-", 0, False, ""),
        ("info none.json", "2>&-", 1, False, ""),
        ("info none.json", ">&-", 1, False, "cannot read none.json"),
        ("--help", ">&-", 0, False, ""),
        ("info d.json", "<&-", 0, True, ""),
    ],
)
def test_a_closed_stream_takes_what_it_is_given(tmp_path, verb, closed, code, shown, told):
    named = NamedDirection("d", "", [1.0, 0.0], 1.0, [0.0, 0.0])
    named.save(tmp_path / "d.json")
    done = subprocess.run(
        ["sh", "-c", "exec {} -m ganspace_tf {} {}".format(sys.executable, verb, closed)],
        cwd=str(tmp_path),
        env=dict(os.environ, PYTHONPATH=str(ROOT)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
    )
    assert done.returncode == code and bool(done.stdout) == shown
    assert told in done.stderr and len(done.stderr.splitlines()) == (1 if told else 0)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the device that is always full is Linux's")
def test_an_answer_that_cannot_be_written_is_one_line(tmp_path):
    NamedDirection("d", "", [1.0, 0.0], 1.0, [0.0, 0.0]).save(tmp_path / "d.json")
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "ganspace_tf", "info", "d.json"],
            cwd=str(tmp_path),
            env=dict(os.environ, PYTHONPATH=str(ROOT)),
            stdout=full,
            stderr=subprocess.PIPE,
            universal_newlines=True,
        )
    assert (done.returncode, done.stderr) == (1, "ganspace: No space left on device\n")


# ------------------------------------------------------------------ numbers


@pytest.mark.parametrize(
    "words, most",
    [
        (["pca", "net.pkl", "-n", "1e30"], "1,000,000,000,000"),
        (["pca", "net.pkl", "-n", "9" * 5000], "1,000,000,000,000"),
        (["pca", "net.pkl", "-k", "1e13"], "1,000,000,000,000"),
        (["sample", "net.pkl", "--threads", "1e12"], "4,096"),
        (["sample", "net.pkl", "--cell", "1e6"], "8,192"),
        (["sample", "net.pkl", "--columns", "1e9"], "100,000"),
        (["edit", "net.pkl", "--edit", "E(v0)", "--frames", "1e30"], "10,000"),
        (["rank", "net.pkl", "--components", "c.npz", "--latents", "1e12"], "100,000"),
        (["rank", "net.pkl", "--components", "c.npz", "--unit", "1e12"], "100,000"),
    ],
)
def test_a_number_beyond_use_is_refused_at_once_with_what_is_allowed(refused, words, most):
    assert "is not a whole number from 1 to {}".format(most) in refused(2, *words)


def test_every_count_has_an_end():
    assert values.count_to(7)("7") == 7 and values.count("1e12") == 10**12
    assert arguments.FRAMES <= 10_000


# ------------------------------------------------------------------ memory


@pytest.mark.parametrize("started, hint", [(False, False), (True, True)])
def test_advice_fits_the_cause(monkeypatch, capsys, started, hint):
    """Files are read before TensorFlow is started: then no batch is to blame."""

    def fail(argv):
        raise MemoryError("(1000000, 512)")

    monkeypatch.setattr(cli, "_run", fail)
    if started:
        monkeypatch.setitem(sys.modules, "tensorflow", sys)
    else:
        monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    assert cli.main(["info", "x"]) == 1
    shown = capsys.readouterr().err
    assert "not enough memory ((1000000, 512))" in shown and ("--batch" in shown) == hint


def test_a_picture_of_more_pixels_than_anything_shows(refused):
    decompose(LinearGAN(), n=100, components=4, cache=False).save("c.npz")
    words = ["visualize", "net.pkl", "--components", "c.npz", "--cell", 4096, "--frames", 3]
    assert "12 frames of 4096 × 4096 are 201 million pixels" in refused(2, *words, "--out", "x.png")


# ------------------------------------------------------------------ what files say, before TensorFlow


@pytest.mark.parametrize(
    "change, code, said",
    [
        ({"layers": (0, 99)}, 2, "layers 0-3"),
        ({"vector": [1.0, 0.0], "mean": [0.0, 0.0]}, 1, "2 numbers wide"),
        ({"fingerprint": "0" * 64}, 1, "belongs to model"),
    ],
)
def test_a_direction_that_does_not_fit_the_network(refused, change, code, said):
    width = LinearGAN.dlatent_size
    fields = {"vector": [1.0] + [0.0] * (width - 1), "mean": [0.0] * width, "fingerprint": ""}
    NamedDirection("d", stdev=1.0, **dict(fields, **change)).save("d.json")
    assert said in refused(code, "edit", "net.pkl", "--direction", "d.json", "--out", "x.png")


@pytest.mark.parametrize(
    "verb, settings, out, code, said",
    [
        ("edit", {"swept": ["E(v9)"]}, "x.png", 2, "v0-v3"),
        ("edit", {"held": ["E(v0, 99)"]}, "x.png", 2, "layers 0-3"),
        ("edit", {"look": {"cutoff": 99}}, "x.png", 2, "--cutoff 99"),
        ("edit", {"look": {"classes": [1]}}, "x.png", 2, "unconditional"),
        ("edit", {"look": {"noise": "loud"}}, "x.png", 1, "noise 'loud'"),
        ("edit", {"seeds": [1, "2"]}, "x.png", 1, "seeds of Strips must be a list"),
        ("edit", {"sigmas": [0.0] * 101, "seeds": [1] * 1000}, "x.png", 1, "101,000 frames are too many"),
        ("edit", {"cell": 10**6}, "x.png", 1, "cell 1000000 is outside 1 … 8192"),
        ("edit", {"colour": "red"}, "x.png", 1, "has no field 'colour'"),
        ("sample", {"seeds": [1]}, "x.gif", 2, "nothing that moves"),
        ("paint", {}, "x.png", 2, "unknown kind of picture 'paint'"),
    ],
)
def test_a_recipe_that_cannot_be_drawn(refused, tmp_path, verb, settings, out, code, said):
    gen = LinearGAN()
    comp = decompose(gen, n=100, components=4, cache=False)
    picture = Sample(seeds=[1]) if verb == "sample" else Strips(seeds=[1], swept=[], sigmas=[0.0])
    settings = dict(picture.to_json(), **settings)
    recipe = make_recipe(verb, gen, "net.pkl", settings, comp, [0])
    (tmp_path / "r.json").write_text(recipe_text(recipe))
    assert said in refused(code, "replay", "r.json", "--out", out)
    assert sorted(os.listdir(str(tmp_path))) == ["net.pkl", "r.json"]


@pytest.mark.parametrize("name", ["", "/", "..", "none", "a" * 5000])
def test_a_name_that_is_no_picture(refused, name):
    refused(1, "replay", name)


def test_a_recipe_whose_network_has_half_a_name(refused, tmp_path):
    recipe = json.loads(recipe_text(make_recipe("sample", LinearGAN(), "x", Sample(seeds=[1]).to_json())))
    for name in ("\udcff.pkl", "\ud800.pkl"):
        recipe["model"]["name"] = name
        (tmp_path / "r.json").write_text(json.dumps(recipe))
        assert "is not here; --model says where" in refused(1, "replay", "r.json", "--out", "x.png")


def test_a_picture_that_needs_components_and_has_none(refused, tmp_path):
    gen = LinearGAN()
    comp = decompose(gen, n=100, components=4, cache=False)
    settings = Strips(seeds=[1], swept=[], sigmas=[0.0]).to_json()
    recipe = dict(
        make_recipe("edit", gen, "net.pkl", dict(settings, swept=["E(v0)"]), comp, [0]), components=None
    )
    (tmp_path / "r.json").write_text(json.dumps(recipe))
    assert "needs components, and has none" in refused(2, "replay", "r.json", "--out", "x.png")
