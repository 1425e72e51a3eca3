"""Separation, frequency, truncation, transfer, verdicts; and that every claim's check can fail."""

from __future__ import annotations

import numpy as np
import pytest

from ganspace_tf.decomposition import decompose
from ganspace_tf.directions.resample import resample
from ganspace_tf.edits import Edit
from ganspace_tf.errors import UsageError
from ganspace_tf.measure import baselines, claims, effects, frequency, layers, transfer, truncation
from ganspace_tf.measure.meter import Meter
from ganspace_tf.measure.separation import separation
from ganspace_tf.measure.statistics import GROUPS, image_statistics
from tests.coded_generator import APPEARANCE, FACTORS, GEOMETRY, CodedGenerator, decode


@pytest.fixture(scope="module")
def gen():
    return CodedGenerator()


@pytest.fixture(scope="module")
def meter(gen):
    return Meter(gen, decode, gen.w(n=1000, seed=5))


@pytest.fixture(scope="module")
def latents(gen):
    return gen.latents()


@pytest.fixture(scope="module")
def truth(gen):
    return gen.basis(gen.axes[: len(FACTORS)])


# ------------------------------------------------------------------ fix and randomise


def test_resampling_exchanges_the_first_coordinates_and_leaves_the_others(gen, truth):
    w = gen.w(n=5, seed=0)
    fixed = resample(w[0], w[1:], truth, 3, fix=True)
    mixed = resample(w[0], w[1:], truth, 3, fix=False)
    first, rest = gen.axes[:3].T, gen.axes[3:].T
    np.testing.assert_allclose(fixed @ first, np.broadcast_to(w[0] @ first, (4, 4, 3)), atol=1e-5)
    np.testing.assert_allclose(fixed @ rest, w[1:] @ rest, atol=1e-5)
    np.testing.assert_allclose(mixed @ first, w[1:] @ first, atol=1e-5)
    np.testing.assert_allclose(mixed @ rest, np.broadcast_to(w[0] @ rest, (4, 4, 45)), atol=1e-5)


def test_all_directions_fixed_is_the_base_and_none_are_the_others(gen, latents):
    w, whole = gen.w(n=3, seed=0), baselines.random_basis(48, latents, 0)
    np.testing.assert_allclose(resample(w[0], w[1:], whole, 48, True), w[[0, 0]], atol=1e-3)
    np.testing.assert_allclose(resample(w[0], w[1:], whole, 0, True), w[1:], atol=1e-6)


def test_components_that_hold_the_geometry_separate_it_and_random_ones_do_not(gen, meter, truth, latents):
    w = gen.w(n=60, seed=3)
    planted = separation(meter, w, truth, 3, GEOMETRY, APPEARANCE)
    assert planted.first[1] < 0.01 and planted.rest[0] < 0.01 and planted.ratio > 1e3
    assert planted.first[0] == pytest.approx(np.sqrt(2), rel=0.15)  # difference of two independent normals
    ratios = [
        separation(meter, w, baselines.random_basis(3, latents, seed), 3, GEOMETRY, APPEARANCE).ratio
        for seed in range(12)
    ]
    assert 0.5 < np.exp(np.mean(np.log(ratios))) < 2


# ------------------------------------------------------------------ early and late layers


class Backwards(CodedGenerator):
    """Its last layers decide the geometry, its first ones the appearance."""

    def images(self, w, *arguments, **named):
        return super().images(w[:, ::-1], *arguments, **named)


@pytest.mark.parametrize("kind", [CodedGenerator, Backwards])
def test_which_end_of_the_layers_changes_geometry_is_found_either_way_round(kind, truth):
    """The check of "early is geometry" can fail: on a network that is built the other way round it does."""
    gen = kind()
    meter = Meter(gen, decode, gen.w(n=200, seed=5))
    ends = layers.by_layers(len(FACTORS), layers.thirds(gen.n_layers))
    early, late = layers.kinds(meter, gen.w(n=6, seed=1), truth, ends, GEOMETRY, APPEARANCE).odds
    assert (early > 100 * late) == (kind is CodedGenerator) and (late > 100 * early) == (kind is Backwards)
    assert layers.thirds(18) == [(0, 5), (12, 17)] and layers.thirds(1) == [(0, 0), (0, 0)]


# ------------------------------------------------------------------ spatial frequency


@pytest.mark.parametrize("waves", [1, 3, 8, 15])
def test_the_frequency_of_a_wave_is_its_number_of_cycles(waves):
    place = np.arange(32) / 32
    wave = np.cos(2 * np.pi * waves * place)
    across = np.broadcast_to(wave[None, :, None], (32, 32, 3))
    down = np.broadcast_to(wave[:, None, None], (32, 32, 3))
    before = np.random.RandomState(0).rand(2, 32, 32, 3)
    found = frequency.mean_frequency(before, before + np.stack([across, down]))
    np.testing.assert_allclose(found, waves, rtol=1e-6)


def test_brightness_alone_is_no_frequency():
    pictures = np.zeros((1, 8, 8, 3))
    assert np.isnan(frequency.mean_frequency(pictures, pictures + 5)).all()


# ------------------------------------------------------------------ truncation


def test_diversity_and_distance_follow_psi_as_algebra_says(gen, meter):
    """Features are the factors here: diversity is psi, and two normals of spreads 1 and psi are F (1 - psi)²
    apart."""
    reference = meter.pictures(gen.w(n=1500, seed=30))
    rows = truncation.study(meter, gen.w(n=1500, seed=31), reference, [0.0, 0.5, 1.0, 1.2])
    np.testing.assert_allclose([row.diversity for row in rows], [0, 0.5, 1, 1.2], atol=0.04)
    expected = [len(FACTORS) * (1 - psi) ** 2 for psi in (0, 0.5, 1, 1.2)]
    np.testing.assert_allclose([row.frechet for row in rows], expected, rtol=0.05, atol=0.06)
    assert rows[0].artefacts == 0 and rows[2].artefacts == pytest.approx(0.01, abs=0.01)
    assert rows[3].artefacts > rows[2].artefacts


def test_psi_scales_an_edit(gen, meter, truth):
    w = gen.w(n=8, seed=3)
    found = truncation.effect_by_psi(meter, w, truth, Edit(0), [0.0, 0.25, 0.7, 1.0])
    np.testing.assert_allclose(found[:, 0], np.array([0, 0.25, 0.7, 1]) * found[-1, 0], atol=2e-3)


def test_where_an_edit_goes_as_psi_falls():
    effects = np.array([[0.0, 0.0, 0.0], [0.3, -0.4, 0.0], [2.0, 0.0, -1.5]])
    none, half, whole = truncation.left_of(effects, [0.0, 0.5, 1.0])
    assert none == (0.0, 0.0, 0.0, 0.0) and half == pytest.approx((0.5, 0.3, 0.4, 0.6))
    assert whole == pytest.approx((1.0, 2.0, 1.5, 0.8))


def test_strong_edits_are_artefacts(gen, meter, truth):
    reference = meter.pictures(gen.w(n=400, seed=30))
    (plain,) = truncation.study(meter, gen.w(n=200, seed=31), reference, [1.0])
    (edited,) = truncation.study(meter, gen.w(n=200, seed=31), reference, [1.0], truth, [Edit(0, sigma=8.0)])
    assert plain.artefacts < 0.05 < 0.9 < edited.artefacts and edited.frechet > plain.frechet + 10


def test_too_few_reference_pictures_are_refused():
    with pytest.raises(UsageError, match="8 reference pictures"):
        truncation.Ordinary(np.zeros((7, 3)))


# ------------------------------------------------------------------ transfer


def test_an_edit_does_the_same_on_a_network_of_the_same_axes_and_not_on_another(gen, meter, truth):
    edits = effects.all_layers(len(FACTORS))
    here = effects.responses(meter, gen.w(n=8, seed=1), truth, edits)
    kin = CodedGenerator()
    kin.offset = kin.offset + 1  # elsewhere, along the same axes
    there = effects.responses(Meter(kin, decode, kin.w(n=500, seed=4)), kin.w(n=8, seed=1), truth, edits)
    found = transfer.transfer(here, there)
    assert found.cosine.min() > 0.99 and found.strength == pytest.approx(1, rel=0.1)
    other = CodedGenerator(seed=1)
    there = effects.responses(
        Meter(other, decode, other.w(n=500, seed=4)), other.w(n=8, seed=1), truth, edits
    )
    assert np.abs(transfer.transfer(here, there).cosine).mean() < 0.7
    with pytest.raises(UsageError, match="same edits"):
        transfer.transfer(here, effects.Response(here.mean[:2], here.rms[:2]))


# ------------------------------------------------------------------ verdicts

CLAIM = claims.Claim("more", "ours do more", "ours over random", bound=1.0)


def test_the_interval_is_students():
    found = claims.interval([1.0, 2.0, 3.0])
    assert found.mean == 2 and found.high - 2 == pytest.approx(
        4.302653 / np.sqrt(3), rel=1e-6
    )  # t table, 2 degrees


@pytest.mark.parametrize("values", [[], [1.0, 2.0], [1.0, np.nan, 2.0], [1.0, 2.0, np.inf]])
def test_an_interval_needs_three_finite_numbers(values):
    with pytest.raises(UsageError, match="3 seeds or more"):
        claims.interval(values)


WHOLE, ACROSS, BELOW = [1.5, 1.6, 1.7], [0.9, 1.6, 1.7], [0.5, 0.6, 0.4]  # beside a bound of 1


@pytest.mark.parametrize(
    ("at_least", "values", "verdict"),
    [
        (True, WHOLE, "holds"),
        (True, ACROSS, "undecided"),  # the mean alone is not enough
        (True, BELOW, "fails"),
        (False, WHOLE, "fails"),
        (False, ACROSS, "undecided"),
        (False, BELOW, "holds"),
        (True, [1.0, 1.0, 1.0], "undecided"),  # an interval that is the bound is on no side of it
        (False, [1.0, 1.0, 1.0], "undecided"),
    ],
)
def test_a_claim_holds_or_fails_only_if_the_whole_interval_is_on_one_side(at_least, values, verdict):
    judged = CLAIM._replace(at_least=at_least).judge(values)
    assert judged["verdict"] == verdict and judged["holds"] is (verdict == "holds")
    earlier = {key: value for key, value in judged.items() if key != "verdict"}  # as it was written before
    assert claims.verdict_of(earlier) == verdict


def test_claims_are_counted_by_verdict():
    judged = [CLAIM.judge(values) for values in (WHOLE, WHOLE, ACROSS, BELOW, WHOLE, ACROSS)]
    assert claims.counted(judged) == "3 of 6 claims hold, 1 fail, 2 are undecided"
    assert claims.counted([]) == "No claim was measured"


def test_intervals_cover_the_truth_as_often_as_they_say():
    random = np.random.RandomState(0)
    covered = [
        found.low < 5 < found.high for found in (claims.interval(random.normal(5, 2, 4)) for _ in range(400))
    ]
    assert 0.91 < np.mean(covered) < 0.99


def test_importance_holds_for_components_and_fails_for_random_directions(gen, meter, latents):
    """The check can fail: what is fed as "ours" decides."""

    def ratio(ours, seed):
        w, edits = gen.w(n=8, seed=100 + seed), effects.all_layers(6)
        theirs = baselines.random_basis(6, latents, 50 + seed)
        mine, other = (effects.responses(meter, w, basis, edits).total().mean() for basis in (ours, theirs))
        return mine / other

    comp = decompose(gen, n=4000, components=6, cache=False)
    assert CLAIM.judge([ratio(comp, seed) for seed in range(3)])["verdict"] == "holds"
    fed = [ratio(baselines.random_basis(6, latents, seed), seed) for seed in range(3)]
    assert CLAIM.judge(fed)["verdict"] != "holds"  # random over random is 1, the bound itself


# ------------------------------------------------------------------ the scorer of last resort


def test_statistics_see_what_they_are_named_for():
    grey = np.full((1, 16, 16, 3), 128, np.uint8)
    red, left, fine = grey.copy(), grey.copy(), grey.copy()
    red[..., 0] = 255
    left[:, :, :8] = 255
    fine[:, ::2] = 255
    base = {name: float(values[0]) for name, values in image_statistics(grey).items()}
    seen = {
        name: {key: float(values[0]) for key, values in image_statistics(picture).items()}
        for name, picture in (("red", red), ("left", left), ("fine", fine))
    }
    assert base["contrast"] == base["saturation"] == base["detail"] == 0
    assert seen["red"]["red_green"] > 0.4 and seen["red"]["saturation"] > 0.4
    assert seen["left"]["left_right"] > 0.4 and abs(seen["left"]["top_bottom"]) < 1e-6
    assert seen["fine"]["detail"] > 5 * seen["left"]["detail"]
    assert set(base) == set(GROUPS["geometry"]) | set(GROUPS["appearance"])
