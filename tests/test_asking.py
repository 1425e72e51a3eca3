"""Ranking, teaching and naming as one call each, on a generator whose factors are planted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ganspace_tf.decomposition import decompose
from ganspace_tf.directions import NamedDirection
from ganspace_tf.errors import BasisMismatch, UnknownName, UsageError
from ganspace_tf.measure.asking import asking, measured, previewed, rank, teach
from ganspace_tf.measure.matrix import effects_of
from ganspace_tf.measure.rank import doubt
from ganspace_tf.render.frames import Look
from tests.coded_generator import FACTORS, GEOMETRY, CodedGenerator, UnmappedGenerator, decode

OPTIONS = {"scorer": decode, "samples": 8, "unit": 300}


@pytest.fixture(scope="module")
def gen():
    return CodedGenerator()


@pytest.fixture(scope="module")
def comp(gen):
    return decompose(gen, n=6000, components=8, cache=False)


def planted(gen, comp, name):
    """The component that is the axis of a factor."""
    return int(np.abs(comp.directions @ gen.axes[FACTORS.index(name)]).argmax())


@pytest.mark.parametrize("name", ["hue", "x"])
def test_the_planted_axis_is_the_best_edit_for_its_factor(gen, comp, name):
    best, *others = rank(gen, comp, factor=name, top=3, **OPTIONS)
    assert best.component == planted(gen, comp, name) and best.factor == name
    assert best.share > 0.9 and abs(best.effect) == pytest.approx(1, abs=0.15)
    assert set(range(best.layers[0], best.layers[1] + 1)) >= ({0, 1} if name in GEOMETRY else {2, 3})
    scores = [abs(one.effect) * one.share for one in [best, *others]]
    assert scores == sorted(scores, reverse=True) and len(scores) == 3


def test_the_sign_of_the_effect_says_which_way_the_factor_goes(gen, comp):
    for one in rank(gen, comp, factor="hue", top=1, **OPTIONS):
        slope = gen.effect(comp.directions[one.component], comp.stdev[one.component])[FACTORS.index("hue")]
        assert np.sign(one.effect) == np.sign(slope)


def test_without_a_factor_components_come_by_all_that_they_change(gen, comp):
    rows = rank(gen, comp, components=range(8), **OPTIONS)
    assert len(rows) == 8 and {one.factor for one in rows[:6]} == set(FACTORS)
    assert [one.effect for one in rows] == sorted((one.effect for one in rows), reverse=True)


def test_a_component_does_not_come_twice_on_layers_that_overlap(gen, comp):
    rows = rank(gen, comp, factor="hue", top=20, **OPTIONS)
    taken = [(one.component, layer) for one in rows for layer in range(one.layers[0], one.layers[1] + 1)]
    assert len(taken) == len(set(taken))


@pytest.mark.parametrize(
    "low, high, said",
    [
        (-3, 4, ""),
        (-1, 6, ""),
        (0, 0, "one sigma is too much"),
        (-1, 0, "one way only"),
        (-8, 4, "an end beyond 6"),
        (0, 8, "one way only"),
    ],
)
def test_a_range_that_is_no_advice_says_why(low, high, said):
    assert (said in doubt(low, high)) and bool(said) == bool(doubt(low, high))


def test_a_factor_that_is_not_measured_is_answered_with_those_that_are(gen, comp):
    with pytest.raises(
        UnknownName, match=r"unknown factor 'colour'; allowed: angle, size, .*measured by decode"
    ):
        rank(gen, comp, factor="colour", **OPTIONS)
    with pytest.raises(BasisMismatch):
        rank(CodedGenerator(seed=1), comp, **OPTIONS)
    with pytest.raises(UnknownName, match="component v9"):
        rank(gen, comp, components=[9], **OPTIONS)


def test_strengths_are_those_of_the_asked_class_and_psi(comp):
    """Where psi scales z, pictures at 0.25 are so much alike that a whole sigma is too much. Classes lie
    eight sigmas apart in hue: beside the pictures of another, any hue is as unusual as the next.
    """
    gen, options = UnmappedGenerator(), dict(OPTIONS, samples=60)
    k = planted(gen, comp, "hue")
    (plain,) = rank(gen, comp, components=[k], **options)
    (alike,) = rank(gen, comp, components=[k], look=Look(psi=0.25), **options)
    (classed,) = rank(gen, comp, components=[k], look=Look(classes=[1]), **options)
    assert -4 <= plain.low <= -1 and 1 <= plain.high <= 4 and (alike.low, alike.high) == (0, 0)
    assert (classed.low, classed.high) == (plain.low, plain.high)


def test_psi_is_not_applied_twice_where_pictures_are_truncated(gen, comp):
    k = planted(gen, comp, "hue")
    (plain,) = rank(gen, comp, components=[k], **OPTIONS)
    (nearer,) = rank(gen, comp, components=[k], look=Look(psi=0.25), **OPTIONS)
    assert (nearer.low, nearer.high) == (plain.low, plain.high)


@pytest.mark.parametrize("components", [[], (), 3])
def test_ranking_no_component_is_refused(gen, comp, components):
    with pytest.raises(UsageError, match="give a list of one number or more"):
        rank(gen, comp, components=components, **OPTIONS)


def of_z(comp):
    """The components as if they had been found with `--space z`."""
    return replace(comp, settings=dict(comp.settings, latent="z"))


def test_directions_of_z_are_not_measured_as_if_they_were_of_w(gen, comp):
    ask, one = asking(gen, **OPTIONS), NamedDirection.of("colour", of_z(comp), 0)
    for refused in (
        lambda: rank(gen, of_z(comp), **OPTIONS),
        lambda: teach(gen, of_z(comp), [1], [2], **OPTIONS),
        lambda: measured(ask, one),
        lambda: effects_of(ask.meter, ask.w, [one]),
        lambda: previewed(gen, one, Look(), gen.w(seeds=[1])),
    ):
        with pytest.raises(UsageError, match="of z; directions of w are needed"):
            refused()


def test_where_w_is_z_either_will_do(comp):
    gen = UnmappedGenerator()
    assert rank(gen, of_z(comp), components=[0], **OPTIONS) == rank(gen, comp, components=[0], **OPTIONS)
    one, other = (NamedDirection.of("colour", basis, 0) for basis in (comp, of_z(comp)))
    ask = asking(gen, **OPTIONS)
    assert measured(ask, one, (-1.0, 1.0)).made == measured(ask, other, (-1.0, 1.0)).made
    assert teach(gen, of_z(comp), [1, 2], [3, 4], sigma_range=(-1.0, 1.0), **OPTIONS).latent == "z"


# ---------------------------------------------------------------- naming and teaching


def test_what_a_named_direction_does_is_kept_with_it(gen, comp):
    k = planted(gen, comp, "hue")
    one = measured(asking(gen, **OPTIONS), NamedDirection.of("colour", comp, k, layers=(2, 3)))
    facts = one.made["measured"]
    assert facts["factor"] == "hue" and facts["purity"] > 0.9 and facts["samples"] == 8 and facts["usable"]
    assert one.made["component"] == k and one.sigma_range[0] <= 0 <= one.sigma_range[1]
    known = measured(asking(gen, **OPTIONS), one, (-1.5, 2.5))
    assert known.sigma_range == (-1.5, 2.5)
    assert "hue" in known.described() and "purity" in known.described()
    assert previewed(gen, known, Look(), gen.w(seeds=[1])).preview.startswith("iVBOR")


def test_turned_round_it_goes_the_other_way(gen, comp):
    one = NamedDirection.of("colour", comp, 0, sigma_range=(-1.0, 3.0))
    other = one.flipped()
    assert other.sigma_range == (-3.0, 1.0) and other.flipped() == one
    np.testing.assert_array_equal(other.vector, -np.array(one.vector))
    assert "not measured" in one.described()


@pytest.mark.parametrize("guided", [False, True])
def test_a_taught_direction_goes_where_the_examples_are(gen, comp, guided):
    seeds = np.arange(60)
    hue = (gen.w(seeds=seeds)[:, 0] - gen.offset) @ gen.axes[FACTORS.index("hue")]
    order = np.argsort(hue)
    plus, minus = order[-8:].tolist(), order[:8].tolist()
    one = teach(gen, comp if guided else None, plus, minus, name="hue", **OPTIONS)
    assert one.fingerprint == gen.fingerprint and one.made["plus"] == plus
    assert one.made["measured"]["factor"] == "hue" and one.made["measured"]["effect"] > 0
    # the same from latents in the place of seeds
    again = teach(gen, comp if guided else None, gen.w(seeds=plus), gen.w(seeds=minus), name="hue", **OPTIONS)
    np.testing.assert_allclose(again.vector, one.vector, atol=1e-6)


def test_examples_and_their_preview_are_drawn_at_the_asked_psi():
    gen, look = UnmappedGenerator(), Look(psi=0.25)
    one = teach(gen, None, [1, 2], [3, 4], sigma_range=(-1.0, 1.0), look=look, **OPTIONS)
    wanted = previewed(gen, one, look, gen.w(seeds=[3], psi=0.25))
    assert one.preview == wanted.preview != previewed(gen, one, look, gen.w(seeds=[3])).preview


def test_what_cannot_be_taught_is_refused(gen, comp):
    rows = gen.w(seeds=[1, 2])
    for plus in (3, "38", [rows[0], rows[1]], [[1, 2], [3]]):
        with pytest.raises(UsageError, match="plus and minus are seeds"):
            teach(gen, comp, plus, [4], **OPTIONS)
    with pytest.raises(UsageError, match=r"seed 0\.5 is not a whole number"):
        teach(gen, comp, [0.5], [4], **OPTIONS)
    narrow = replace(comp, directions=comp.directions[:, :5], mean=comp.mean[:5])
    with pytest.raises(UsageError, match="48 numbers wide, the components are 5"):
        teach(gen, narrow, [1], [4], **OPTIONS)
    with pytest.raises(UsageError, match="seed 3 is on both sides"):
        teach(gen, comp, [1, 3], [3, 4], **OPTIONS)
    with pytest.raises(UsageError, match="examples are needed on both sides"):
        teach(gen, comp, [1], [], **OPTIONS)
