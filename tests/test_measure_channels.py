"""Style channels for a factor: found where they are planted, measured as they were built, and refused."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

import ganspace_tf as gs
from ganspace_tf.cli import main, work
from ganspace_tf.errors import UnknownName, UsageError
from ganspace_tf.measure.asking import asking
from ganspace_tf.measure.beside import beside
from ganspace_tf.measure.channels import candidates, rank_channels, relevance
from ganspace_tf.measure.meter import Meter
from ganspace_tf.measure.methods import Failed, Sizes, compare_methods
from ganspace_tf.measure.methods_page import methods_page
from ganspace_tf.measure.statistics import image_statistics
from ganspace_tf.styles.channels import StyleChannels, style_channels
from ganspace_tf.styles.edits import column_of
from ganspace_tf.styles.space import StyleSpace
from nvlabs.describing.styles import StyleLayer
from tests import tiny
from tests.coded_generator import FACTORS
from tests.linear_gan import LinearGAN
from tests.planted_worlds import Braided, Waves, decode

SIZES = Sizes(latents=6, rows=240, ranges=2)


@pytest.fixture(scope="module", params=[Waves, Braided], ids=lambda kind: kind.__name__)
def ask(request):
    return asking(request.param(), decode, samples=6, unit=300)


def test_a_channel_counts_by_how_far_and_how_alike_its_exemplars_are():
    """θ = |mean| / deviation of (s - μ) / σ over the exemplars, by hand."""
    channels = StyleChannels(np.array([1.0, 0.0, 5.0]), np.array([2.0, 1.0, 0.0]), [StyleLayer("a", 0, 3)])
    styles = np.zeros((16, 3))
    styles[:2] = [[5.0, -1.0, 9.0], [9.0, -3.0, 9.0]]  # the two highest of 16
    theta = relevance(styles, np.arange(16)[::-1], channels)
    np.testing.assert_allclose(theta, [3 / 1, -2 / 1, 0])  # what does not vary counts for nothing
    assert candidates(theta, 2).tolist() == [0, 1]
    with pytest.raises(UsageError, match="from 16 pictures"):
        relevance(styles[:15], np.arange(15), channels)


@pytest.mark.parametrize("factor", FACTORS)
def test_the_planted_channel_of_a_factor_is_found_with_its_purity(ask, factor):
    gen, f = ask.meter.gen, FACTORS.index(factor)
    first = rank_channels(gen, factor, top=3, ask=ask)[0]
    layers = (0, 1) if f < 3 else (2, 3)  # which read the factor
    assert first.edit.layer in layers and first.edit.channel == f and first.rgb == (f > 2)
    alone = 1 if isinstance(gen, Waves) and type(gen) is Waves else 1 / np.sqrt(1 + 0.7**2)
    spread = 0.05  # the scorer reads pictures of 8 bits
    assert first.share == pytest.approx(alone, abs=spread) and np.sign(first.effect) == np.sign(first.theta)


def test_channels_that_move_nothing_are_no_answer(ask):
    found = rank_channels(ask.meter.gen, "hue", top=30, ask=ask)
    assert len(found) <= 20 and abs(found[0].effect) > 0.2
    idle = [one for one in found if one.edit.channel >= len(FACTORS)]
    assert max([abs(one.effect) for one in idle] + [0]) < 0.01


def test_what_cannot_be_ranked_is_said(ask):
    with pytest.raises(UnknownName, match="colour"):
        rank_channels(ask.meter.gen, "colour", ask=ask)
    linear = LinearGAN()
    with pytest.raises(UsageError, match="has no style channels"):
        StyleSpace(linear)


# ------------------------------------------------------------------ the space


@pytest.fixture(scope="module")
def gen(tmp_path_factory):
    return gs.load_generator(tiny.write_tiny(tmp_path_factory.mktemp("net") / "net.pkl", "stylegan2-ada"))


@pytest.mark.parametrize("psi", [None, 0.6])
def test_a_network_seen_from_its_styles_makes_the_same_pictures(gen, psi):
    space = StyleSpace(gen, psi)
    s, w = space.w(n=3, seed=4), gen.w(n=3, seed=4)
    assert s.shape == (3, 1, space.dlatent_size) and np.array_equal(s, space.of(w))
    assert np.array_equal(space.images(s), gen.images(w, psi=psi))
    with pytest.raises(UsageError, match="no average"):
        space.images(s, psi=0.5)  # psi is of the w behind the styles


def test_edits_of_channels_are_those_of_the_space(gen):
    channels, space = style_channels(gen, n=50), StyleSpace(gen)
    edit = channels.edit(7, 2.5)
    s = space.w(n=2, seed=1)
    s[:, 0, column_of(gen.style_layers, edit)] += np.float32(2.5) * channels.stdev[7]
    frames = gs.to_uint8(space.images(s))
    shown = gs.to_uint8(gen.images(gen.w(n=2, seed=1), feed={"s": s[:, 0]}))
    assert np.array_equal(frames, shown)


# ------------------------------------------------------------------ beside other methods


@pytest.fixture(scope="module")
def compared():
    gen = Waves()
    meter = Meter(gen, decode, gen.w(n=200, seed=90))
    return meter, compare_methods(meter, ["pca", "supervised", "stylespace", "random"], 6, 3000, SIZES)


def test_planted_channels_beat_random_directions(compared):
    _, (_, _, channels, random) = compared
    assert channels.purity.low > random.purity.high and channels.leakage.high < random.leakage.low
    assert channels.explained.mean > random.explained.mean
    for f, found in enumerate(channels.best):
        column = int(channels.handles.basis.directions[found.edit.component].argmax())
        assert column % 34 == f  # 34 channels a layer, the first six are the factors'
        assert channels.handles.called(found.edit) == "S({}, {})".format(*divmod(column, 34))


def test_a_family_without_styles_has_a_row_that_says_so():
    gen = LinearGAN()
    meter = Meter(gen, image_statistics, gen.w(n=100, seed=90))
    failed, _ = compare_methods(meter, ["stylespace", "random"], 3, 1000, SIZES)
    assert isinstance(failed, Failed) and "has no style channels" in failed.problem


def test_the_best_edits_are_shown_side_by_side_where_they_do_equally_much(compared):
    meter, rows = compared
    found = beside(meter, rows, SIZES)
    assert [name for name, _ in found.factors] == list(meter.names)
    before = np.repeat(meter.read(found.unedited), 2, axis=0)
    for f, (_, shown) in enumerate(found.factors):
        assert sorted(one.method for one in shown) == ["pca", "random", "stylespace", "supervised"]
        order = [(one.short, one.reached.leakage) for one in shown]
        assert order == sorted(order)
        for one in shown:
            moved = (meter.read(one.frames) - before)[:, f] * [-1, 1, -1, 1]
            if one.method != "random":
                np.testing.assert_allclose(moved, 1, atol=0.2)  # linear in w, read from 8 bits
    made = methods_page("head", [("effect", "what")], [["pca", "1"]], found).decode()
    assert made.count("<h3 id=") == len(meter.names) and made.count(">stylespace<") == len(meter.names)
    assert not re.search(r'(?:src|href)="(?!data:|#)', made) and "<script" not in made


# ------------------------------------------------------------------ command line


def test_rank_lists_channels_and_refuses_what_does_not_go_together(monkeypatch, capsys):
    monkeypatch.setattr(work, "open_generator", lambda network, threads: Waves())
    monkeypatch.setattr("ganspace_tf.cli.rank.start_tensorflow", lambda: None)
    base = ["rank", "waves", "--scorer", "tests.planted_worlds:decode", "--space", "s"]
    assert main([*base, "--factor", "hue", "--samples", "4", "--unit", "160", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)["channels"][0]
    assert re.match(r"S\([23], 3\)$", first["edit"]) and first["rgb"] and first["stdev"] > 0
    for words, said in (
        (["--factor", "hue", "--components", "c.npz"], "no --components"),
        ([], "needs --factor"),
        (["--space", "w"], "needs --components FILE, or --space s"),
    ):
        assert main([*base, *words]) == 2
        line = capsys.readouterr().err.strip()
        assert said in line and "\n" not in line
