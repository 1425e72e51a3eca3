"""Style channels under a name: their file, what it draws, sums of them, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

import ganspace_tf as gs
from ganspace_tf.cli import main
from ganspace_tf.directions import StyleDirection, load_direction
from ganspace_tf.directions.combine import combine_channels
from ganspace_tf.directions.read import read_direction
from ganspace_tf.edits import parse_any_edits
from ganspace_tf.errors import GanspaceError, UsageError
from ganspace_tf.measure.asking import asking, measured, previewed
from ganspace_tf.measure.matrix import effects_of
from ganspace_tf.render.files import read_recipe
from ganspace_tf.render.frames import Look, seed_frames, sweep_frames
from ganspace_tf.styles.channels import style_channels
from tests import tiny

KINDS = ["stylegan2-skip", "stylegan2-cond"]


@pytest.fixture(scope="module", params=KINDS)
def network(request, tmp_path_factory):
    return str(tiny.write_tiny(tmp_path_factory.mktemp(request.param) / "net.pkl", request.param))


@pytest.fixture(scope="module")
def gen(network):
    generator = gs.load_generator(network)
    yield generator
    generator.close()


@pytest.fixture(scope="module")
def plain_network(tmp_path_factory):
    """One without classes."""
    return str(tiny.write_tiny(tmp_path_factory.mktemp("plain") / "net.pkl", "stylegan2-skip"))


@pytest.fixture(scope="module")
def plain(plain_network):
    generator = gs.load_generator(plain_network)
    yield generator
    generator.close()


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def style(gen, text="S(2, 1)", name="Wings", **fields):
    return StyleDirection.of(name, gen, parse_any_edits(text), **fields)


# ------------------------------------------------------------------ files


@pytest.mark.parametrize("text", ["S(2, 1)", "S(2, 1) = -0.3", "S(2, 1); S(3, 0) = 1.7; S(0, 3) = -2"])
def test_what_is_saved_is_read_back(gen, text):
    made = style(gen, text, sigma_range=(-1.5, 4.0), made={"by": "hand"}, preview="iVBORw0KGgo=")
    assert read_direction(made.save("w.json")) == made == load_direction("w.json", gen)
    assert made.flipped().flipped() == made and made.flipped().sigma_range == (-4.0, 1.5)
    assert [one.direction for one in gs.directions.collection.kept_directions(gen)] == [made]


GOOD = {"layer": 1, "channel": 2, "weight": 1.0, "mean": 0.5, "stdev": 0.25}
WRONG = [
    ({"channels": []}, "moves no channel"),
    ({"channels": {}}, "channels are a list"),
    ({"channels": [1]}, "Channel is made of named fields"),
    ({"channels": [dict(GOOD, weight=0)]}, "a weight that is not 0"),
    ({"channels": [dict(GOOD, weight=True)]}, "weight of Channel must be a finite number"),
    ({"channels": [GOOD, GOOD]}, "every channel is named once"),
    ({"channels": [dict(GOOD, layer=-1)]}, "must be 0 or more"),
    ({"channels": [dict(GOOD, stdev=-1.0)]}, "must be 0 or more"),
    ({"channels": [dict(GOOD, more=1)]}, "has no field"),
    ({"channels": [{"layer": 1, "channel": 2}]}, "not a Channel"),
    ({"fingerprint": ""}, "needs the model they are of"),
    ({"sigma_range": [2, 1]}, "must go from low to high"),
    ({"name": "  "}, "needs a name"),
    ({"preview": 3}, "PNG in base64"),
    ({"layers": [0, None]}, "has no field"),
]


@pytest.mark.parametrize("change, said", WRONG)
def test_what_is_no_direction_is_refused_in_one_line(tmp_path, capsys, change, said):
    record = dict({"format": 1, "name": "x", "fingerprint": "a" * 64, "channels": [GOOD]}, **change)
    (tmp_path / "x.json").write_text(json.dumps(record))
    assert main(["info", "x.json"]) == 1
    line = capsys.readouterr().err.strip()
    assert "x.json is not a direction" in line and said in line and "\n" not in line


# ------------------------------------------------------------------ pictures


DRAWN = [
    ("edit", " = -0.37", []),
    ("edit", "", ["--sigma", "-2..2", "--frames", "3", "--centred", "--psi", "0.7"]),
    ("walk", " = 1.5", ["--frames", "3"]),
]


def pixels(*words):
    assert main([*words, "--seeds", "1,2", "--raw", "--out", "out.png"]) == 0
    return read_recipe("out.png")["pixels"]


def test_a_saved_channel_draws_what_the_edit_draws_to_the_bit(network):
    assert main(["save", "S(2, 1)", "--network", network, "--name", "Wings"]) == 0
    for verb, strength, words in DRAWN[:1] if "cond" in network else DRAWN[1:]:
        named = pixels(verb, network, "--direction", "wings" + strength, *words)
        assert named == pixels(verb, network, "--edit", "S(2, 1)" + strength, *words)


def test_several_channels_move_together_by_their_weights(plain_network):
    network = plain_network
    words = ["save", "S(2, 1); S(3, 0) = -0.5", "--network", network, "--name", "Both", "--flip"]
    assert main(words) == 0
    held = ["--edit", "S(2, 1) = -2", "--edit", "S(3, 0) = +1"]
    assert pixels("edit", network, "--direction", "both = 2") == pixels("edit", network, *held)
    assert main(["edit", network, "--direction", "both", "--out", "strip.png"]) == 0  # a sweep, labelled
    assert main(["replay", "strip.png", "--out", "again.png"]) == 0
    with open("strip.png", "rb") as one, open("again.png", "rb") as other:
        assert one.read() == other.read()


def test_directions_of_both_kinds_go_together(plain_network, plain):
    network, gen = plain_network, plain
    comp = gs.decompose(gen, n=200, components=3)
    comp.save("c.npz")
    gs.NamedDirection.of("First", comp, 1).save("first.json")
    style(gen).save("wings.json")
    edits = ["--components", "c.npz", "--edit", "E(v1) = 1.5; S(2, 1) = 2"]
    wanted = pixels("edit", network, *edits)
    for order in (["first = 1.5", "wings = 2"], ["wings = 2", "first = 1.5"]):
        given = [word for one in order for word in ("--direction", one)]
        assert pixels("edit", network, *given) == wanted


# ------------------------------------------------------------------ sums and measures


def test_sums_are_channel_by_channel(gen):
    one, two = style(gen), style(gen, "S(2, 1) = 2; S(3, 0)", "Legs")
    both = combine_channels("both", [(one, 1.0), (two, -1.5)])
    assert {(c.layer, c.channel): c.weight for c in both.channels} == {(2, 1): -2.0, (3, 0): -1.5}
    assert both.sigma_range == (-1.333, 1.333)
    legs = combine_channels("legs", [(two, 1.0), (one, -2.0)])
    assert [c.edit().place for c in legs.channels] == ["S(3, 0)"]
    with pytest.raises(UsageError, match="cancel each other"):
        combine_channels("none", [(one, 2.0), (one, -2.0)])


def test_what_it_does_is_measured_in_its_styles(plain):
    """As differences of pictures that are drawn with the edit itself."""
    gen = plain
    ask, one = asking(gen, samples=3, unit=24, look=Look(psi=0.7)), style(gen, "S(2, 1); S(3, 0) = -0.5")
    found = effects_of(ask.meter, ask.w, [one])
    ends = [
        sweep_frames(gen, ask.w, None, one.edits(), [sigma], ask.meter.look)[:, 0] for sigma in (-1.0, 1.0)
    ]
    down, up = (ask.meter.read(frames) for frames in ends)
    assert (
        np.abs(found.mean[0] - (up - down).mean(axis=0) / 2).max() < 0.02
    )  # a level of uint8 here and there
    kept = previewed(gen, measured(ask, one, (-3.0, 1.0)), Look(), gen.w(seeds=[0]))
    assert kept.sigma_range == (-3.0, 1.0) and kept.made["measured"]["factor"] in ask.meter.names
    assert kept.preview.startswith("iVBOR") and kept.channels == one.channels


def test_zero_is_the_unedited_picture(gen):
    one, look = style(gen, "S(2, 1) = 0.3; S(3, 0) = -2"), Look(psi=0.7)
    frames = sweep_frames(gen, gen.w(seeds=[3]), None, one.edits(), [0.0], look)
    assert np.array_equal(frames[:, 0], seed_frames(gen, [3], look))


# ------------------------------------------------------------------ what is refused


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two networks, one without style channels, and directions of the first."""
    folder = tmp_path_factory.mktemp("refused")
    for name, kind in (("a", "stylegan2-skip"), ("b", "stylegan2-ada"), ("c", "stylegan")):
        tiny.write_tiny(folder / (name + ".pkl"), kind)
    gen = gs.load_generator(folder / "a.pkl")
    style(gen).save(folder / "wings.json")
    comp = gs.decompose(gen, n=100, components=2)
    comp.save(folder / "c.npz")
    gs.NamedDirection.of("First", comp, 0).save(folder / "first.json")
    far = style(gen).channels[0]._replace(channel=9_000)
    StyleDirection("Far", gen.fingerprint, [far]).save(folder / "far.json")
    gen.close()
    return folder


REFUSED = [
    (["edit", "b.pkl", "--direction", "wings.json"], "'Wings' belongs to model"),
    (["edit", "c.pkl", "--direction", "wings.json", "--any-basis"], "has no style channels"),
    (["edit", "a.pkl", "--direction", "far.json"], "has channels 0-"),
    (["edit", "a.pkl", "--direction", "wings.json", "--mode", "activation"], "not of style channels"),
    (["walk", "a.pkl", "--direction", "wings.json"], "each needs a strength"),
    (["visualize", "a.pkl", "--components", "wings.json"], "a named direction goes into --direction"),
    (["combine", "a.pkl", "wings.json", "first.json", "--name", "x"], "they go into no one direction"),
    (["combine", "a.pkl", "wings.json", "--without", "wings.json", "--name", "x"], "only directions of w"),
    (["save", "S(2, 1)", "--name", "x"], "a channel of --network NETWORK"),
    (["save", "S(2, 1)", "--name", "x", "--components", "c.npz"], "a channel of --network NETWORK"),
    (["save", "E(v0)", "--name", "x", "--network", "a.pkl"], "a component of --components FILE"),
    (["save", "S(2, 1); E(v0)", "--name", "x", "--network", "a.pkl"], "are not saved in one"),
    (["save", "S(99, 1)", "--name", "x", "--network", "a.pkl"], "the network has style layers 0-7"),
    (["save", "S(2, 1)", "--name", "x", "--network", "c.pkl"], "has no style channels"),
    (["save", "S(2, 1) = 0", "--name", "x", "--network", "a.pkl"], "a weight that is not 0"),
]


@pytest.mark.parametrize("words, said", REFUSED)
def test_what_does_not_go_is_refused_in_one_line(folder, monkeypatch, capsys, words, said):
    monkeypatch.chdir(folder)
    before = sorted(path.name for path in folder.iterdir())
    assert main([*words, "--out", "x.json" if words[0] in ("save", "combine") else "x.png"]) in (1, 2)
    line = capsys.readouterr().err.strip()
    assert said in line and "\n" not in line
    assert sorted(path.name for path in folder.iterdir()) == before


def test_a_direction_that_does_not_fit_is_not_listed(folder, monkeypatch):
    monkeypatch.chdir(folder)
    for name, fitting in (("a", ["First", "Wings"]), ("b", []), ("c", [])):
        gen = gs.load_generator(name + ".pkl")
        assert [one.name for one in gs.directions(gen)] == fitting
        with pytest.raises(GanspaceError):
            load_direction("far.json", gen)
        gen.close()


def test_measured_channels_are_those_of_style_channels(gen):
    found, one = style_channels(gen), style(gen, "S(2, 1)").channels[0]
    edit = found.measured(parse_any_edits("S(2, 1)"))[0]
    assert (one.mean, one.stdev, one.weight) == (edit.mean, edit.stdev, 1.0)
