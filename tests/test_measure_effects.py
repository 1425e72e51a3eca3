"""Effects, leakage, baselines, explained variance and search, where the right answer is known in closed form.

The generator of tests/coded_generator.py has six factors; one sigma along its axis f is one factor sigma of
factor f. Pictures hold factors in steps of 0.0005, and the units come from a sample, whose standard deviation
is right to a few percent: TOLERANCE covers that. Ratios of measurements with one meter have no such error.
"""

from __future__ import annotations

import numpy as np
import pytest

from ganspace_tf.decomposition import decompose
from ganspace_tf.edits import Edit
from ganspace_tf.errors import UsageError
from ganspace_tf.generators import base
from ganspace_tf.measure import baselines, effects, explained, search
from ganspace_tf.measure import meter as meters
from ganspace_tf.measure.meter import Meter
from tests import families
from tests.coded_generator import FACTORS, GEOMETRY, CodedGenerator, decode

TOLERANCE = 0.06


@pytest.fixture(scope="module")
def gen():
    return CodedGenerator()


@pytest.fixture(scope="module")
def meter(gen):
    return Meter(gen, decode, gen.w(n=2000, seed=5))


@pytest.fixture(scope="module")
def w(gen):
    return gen.w(n=16, seed=1)


@pytest.fixture(scope="module")
def latents(gen):
    return gen.latents()


@pytest.fixture(scope="module")
def truth(gen):
    return gen.basis(gen.axes[: len(FACTORS)])


@pytest.fixture(scope="module")
def comp(gen):
    return decompose(gen, n=8000, components=8, cache=False)


def test_units_are_the_spread_of_the_networks_own_pictures(meter, gen):
    assert meter.names == FACTORS
    again = meter.factors(gen.w(n=2000, seed=5))
    np.testing.assert_allclose(again.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(again.std(axis=0), 1, atol=1e-9)


def test_a_factor_that_never_varies_is_left_out_and_none_at_all_is_an_error(gen):
    def with_constant(pictures):
        return dict(decode(pictures), always=np.ones(len(pictures)))

    assert Meter(gen, with_constant, gen.w(n=8, seed=0)).names == FACTORS
    with pytest.raises(UsageError, match="none of always varies"):
        Meter(gen, lambda pictures: {"always": np.ones(len(pictures))}, gen.w(n=8, seed=0))
    with pytest.raises(UsageError, match="two latents"):
        Meter(gen, decode, gen.w(n=1, seed=0))


def test_a_true_axis_changes_its_factor_by_one_sigma_and_nothing_else(meter, w, truth):
    found = effects.responses(meter, w, truth, effects.all_layers(len(FACTORS)))
    np.testing.assert_allclose(found.mean, np.eye(len(FACTORS)), atol=TOLERANCE)
    np.testing.assert_allclose(np.diag(found.purity()), 1, atol=1e-3)
    np.testing.assert_allclose(np.diag(found.leakage()), 0, atol=5e-3)


def test_latents_are_moved_a_few_at_a_time(meter, w, truth, monkeypatch):
    """However many of them there are: what they are moved to is many times as much."""
    seen, pixels = [], int(3 * np.prod(meter.gen.image_shape[1:]))

    def there_and_back(rows):
        seen.append(len(rows))
        return [rows + 0.5, rows - 0.5]

    whole = effects.numbers_at(meter, w, [there_and_back] * 3, meter.read)
    monkeypatch.setattr(meters, "PICTURE_BYTES", 5 * pixels)
    in_parts = effects.numbers_at(meter, w, [there_and_back] * 3, meter.read)
    assert seen == [16] * 3 + [5] * 9 + [1] * 3
    assert in_parts.shape == (3, 2, len(w), len(FACTORS))
    np.testing.assert_array_equal(in_parts, whole)


def test_any_direction_has_the_effect_that_algebra_says(meter, gen, w, latents):
    basis = baselines.random_basis(5, latents, seed=3)
    found = effects.responses(meter, w, basis, effects.all_layers(5))
    expected = np.stack([gen.effect(d, s) for d, s in zip(basis.directions, basis.stdev)])
    np.testing.assert_allclose(found.mean, expected, atol=TOLERANCE)
    np.testing.assert_allclose(found.rms, np.abs(found.mean), atol=1e-3)  # linear: alike in every picture
    others = np.sqrt((expected**2).sum(axis=1, keepdims=True) - expected**2)
    wide = np.abs(expected) > 0.2
    np.testing.assert_allclose(found.leakage()[wide], (others / np.abs(expected))[wide], rtol=0.1)


def test_layers_that_a_factor_does_not_listen_to_do_not_move_it(meter, w, truth):
    turn, grain = FACTORS.index("angle"), FACTORS.index("stripes")
    edits = [Edit(turn, 0, 1), Edit(turn, 2, 3), Edit(turn, 0, 0), Edit(grain, 0, 1), Edit(grain, 2, 3)]
    found = effects.responses(meter, w, truth, edits).mean
    np.testing.assert_allclose(found[:3, turn], [1, 0, 0.5], atol=TOLERANCE)
    np.testing.assert_allclose(found[3:, grain], [0, 1], atol=TOLERANCE)


def test_mean_misses_what_goes_both_ways_and_rms_does_not(gen, w, truth):
    """A factor that grows in one half of the pictures and shrinks in the other."""

    def both_ways(pictures):
        numbers = decode(pictures)
        return dict(numbers, angle=numbers["angle"] * np.sign(numbers["stripes"] + 1e-9))

    meter = Meter(gen, both_ways, gen.w(n=500, seed=5))
    even = gen.w(n=400, seed=9)
    found = effects.responses(meter, even, truth, [Edit(0)])
    assert abs(found.mean[0, 0]) < 0.2 and found.rms[0, 0] > 0.9
    assert found.purity()[0, 0] < 0.2


def test_edits_are_compared_where_they_do_equally_much(meter, gen, w):
    hue, grain = FACTORS.index("hue"), FACTORS.index("stripes")
    mixed = gen.axes[hue] * gen.sigma[hue] + 0.5 * gen.axes[grain] * gen.sigma[grain]
    basis = gen.basis(np.stack([gen.axes[hue], mixed]))
    pure = effects.at_equal_effect(meter, w, basis, Edit(0), hue, wanted=0.8)
    leaky = effects.at_equal_effect(meter, w, basis, Edit(1), hue, wanted=0.8)
    assert pure.effect == pytest.approx(0.8, rel=1e-2) and leaky.effect == pytest.approx(0.8, rel=1e-2)
    assert pure.sigma == pytest.approx(0.8, rel=TOLERANCE) and leaky.sigma > pure.sigma
    assert pure.leakage < 0.01 and leaky.leakage == pytest.approx(0.5, rel=TOLERANCE)


def test_an_edit_without_effect_says_so(meter, gen, w):
    basis = gen.basis(gen.axes[-1:])  # an axis that nothing listens to
    reached = effects.at_equal_effect(meter, w, basis, Edit(0), 0, wanted=1.0)
    assert abs(reached.effect) < 0.05 and abs(reached.sigma) == effects.FURTHEST


# ------------------------------------------------------------------ baselines


def test_a_rotation_keeps_the_subspace_and_its_variance(comp, gen, latents):
    rotated = baselines.rotated_basis(comp, 6, latents, seed=0)
    np.testing.assert_allclose(rotated.directions @ rotated.directions.T, np.eye(6), atol=1e-5)
    np.testing.assert_allclose(
        np.linalg.svd(rotated.directions @ comp.directions[:6].T)[1], 1, atol=1e-5
    )  # principal angles are 0
    held = gen.basis(comp.directions[:6])
    assert (rotated.stdev**2).sum() == pytest.approx((held.stdev**2).sum(), rel=1e-4)
    assert not np.allclose(np.abs(rotated.directions @ comp.directions[:6].T), np.eye(6), atol=0.3)


def test_baselines_depend_on_their_seed_alone(comp, latents):
    for make in (
        lambda s: baselines.random_basis(3, latents, s),
        lambda s: baselines.rotated_basis(comp, 3, latents, s),
    ):
        np.testing.assert_array_equal(make(1).directions, make(1).directions)
        assert not np.allclose(make(1).directions, make(2).directions)


def test_a_direction_without_length_is_refused(latents):
    with pytest.raises(UsageError, match="no length"):
        baselines.measured_basis(np.zeros((1, latents.shape[1])), latents)


# ------------------------------------------------------------------ explained variance


def test_the_first_components_explain_factors_one_by_one(comp, meter, gen):
    w = gen.w(n=600, seed=8)
    shares = explained.explained_factor_variance(
        explained.coordinates(comp, w), meter.factors(w), [0, 1, 3, len(FACTORS)]
    )
    assert shares[0].max() < 0.02  # nothing is known
    np.testing.assert_allclose(shares[-1], 1, atol=0.02)  # all six axes are among the first six components
    assert shares[1].mean() == pytest.approx(1 / 6, abs=0.05) and shares[2].mean() == pytest.approx(
        3 / 6, abs=0.07
    )


def test_more_coordinates_are_no_advantage_in_themselves(meter, gen):
    noise = np.random.RandomState(0).standard_normal((200, 40))
    shares = explained.explained_factor_variance(noise, meter.factors(gen.w(n=200, seed=8)), [40])
    assert shares.max() < 0.05
    with pytest.raises(UsageError, match="too few"):
        explained.explained_factor_variance(noise[:60], noise[:60, :2], [40])


def test_the_spectrum_is_the_planted_one(gen, latents):
    found = np.sqrt(explained.spectrum(latents))
    np.testing.assert_allclose(found[: len(FACTORS)], np.sort(gen.sigma)[::-1][: len(FACTORS)], rtol=0.06)
    assert explained.needed_for(np.array([4.0, 3.0, 2.0, 1.0]), 0.7) == 2
    assert explained.needed_for(np.array([4.0, 3.0, 2.0, 1.0]), 1.0) == 4


# ------------------------------------------------------------------ search


def test_the_search_finds_the_planted_edits_and_their_layers(meter, gen, w, comp):
    edits = search.candidates(len(FACTORS), search.layer_ranges(gen.n_layers))
    found = search.search(meter, w, gen.w(n=16, seed=77), comp, edits)
    for f, name in enumerate(FACTORS):
        component = int(np.abs(comp.directions @ gen.axes[f]).argmax())
        layers = (found[f].edit.first_layer, found[f].edit.last_layer)
        assert found[f].edit.component == component
        own = [0, 1] if name in GEOMETRY else [2, 3]
        assert set(range(layers[0], layers[1] + 1)) & set(own)
        assert found[f].purity > 0.95 and found[f].leakage < 0.3
    raised = effects.responses(meter, w, comp, [one.edit for one in found]).mean
    signed = np.array([one.edit.sigma for one in found]) * np.diag(raised)
    assert (signed > 0).all()  # +1 sigma raises the factor


def test_a_search_among_random_directions_finds_nothing_as_pure(meter, gen, w, latents, comp):
    """The check of unsupervised control can fail."""
    edits = search.candidates(6, search.layer_ranges(gen.n_layers))
    fresh = gen.w(n=16, seed=77)
    ours = search.search(meter, w, fresh, comp, edits)
    theirs = search.search(meter, w, fresh, baselines.random_basis(6, latents, 0), edits)
    assert np.mean([one.purity for one in theirs]) < 0.85 < np.mean([one.purity for one in ours])


@pytest.mark.parametrize("layers", [1, 2, 6, 10, 14, 18])
def test_layer_ranges_are_inclusive_within_the_network_and_named_once(layers):
    ranges = search.layer_ranges(layers)
    assert len(set(ranges)) == len(ranges) and (0, layers - 1) in ranges
    assert all(0 <= first <= last < layers for first, last in ranges)


@pytest.mark.parametrize("picture_bytes", [1, 1000, 64 << 20])
def test_networks_that_draw_one_by_one_answer_the_same(meter, w, comp, monkeypatch, picture_bytes):
    edits = [Edit(k, first, None) for k in (0, 3) for first in (0, 1)]
    expected = effects.responses(meter, w, comp, edits)
    monkeypatch.setattr(base, "ALONE_BYTES", 1)
    monkeypatch.setattr(meters, "PICTURE_BYTES", picture_bytes)
    found = effects.responses(meter, w, comp, edits)
    np.testing.assert_array_equal(found.mean, expected.mean)
    np.testing.assert_array_equal(found.rms, expected.rms)


def test_they_go_on_from_what_no_edit_has_touched(tmp_path, monkeypatch):
    """Of each latent one picture at most is made from its beginning where edits begin later on."""
    monkeypatch.setattr(base, "ALONE_BYTES", 1)
    gen = families.load("stylegan2-skip", tmp_path)
    comp = decompose(gen, n=100, components=3, cache=False)
    meter = Meter(gen, lambda pictures: {"mean": pictures.mean(axis=(1, 2, 3))}, gen.w(n=4, seed=5))
    # a sum over pixels hangs on how they lie; those from workers lie so
    assert meter.pictures(gen.w(n=2, seed=6)).flags.c_contiguous
    fed, pictures, inside = [], [], gen.inside

    def counted(w, names, feed=None, **given):
        fed.append(bool(feed))
        pictures.extend(name for name in names if name == gen.stages.image)
        return inside(w, names, feed, **given)

    monkeypatch.setattr(gen, "inside", counted)
    edits = [Edit(k, first, last) for k in range(3) for first, last in ((4, 5), (6, 7), (2, 7))]
    effects.responses(meter, gen.w(n=2, seed=1), comp, edits)
    gen.close()
    assert len(pictures) == 2 * 2 * len(edits) and fed.count(False) == 2
