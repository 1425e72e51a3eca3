"""Hues on the circle, latents as if factors varied less, changes without recolouring."""

from __future__ import annotations

import numpy as np
import pytest

from ganspace_tf.errors import UsageError
from ganspace_tf.measure import frequency, hues, reweighting
from ganspace_tf.measure.effects import Response

# ------------------------------------------------------------------ hues


def test_a_hue_becomes_a_point_on_the_circle_and_the_rest_stays():
    scorer = hues.Circular(lambda pictures: {"size": [1.0, 2.0], "hue": [0.0, 90.0]}, ["hue", "ground_hue"])
    found = scorer(np.zeros((2, 4, 4, 3), np.uint8))
    assert list(found) == ["size", "hue cos", "hue sin"] and list(found["size"]) == [1.0, 2.0]
    np.testing.assert_allclose([found["hue cos"], found["hue sin"]], [[1, 0], [0, 1]], atol=1e-12)


def test_turning_is_rigid_though_the_axes_vary_unequally():
    """In sigmas of its own each axis would be stretched, and a turned step would have another length."""
    names, spread = ("size", "hue cos", "hue sin"), np.array([2.0, 0.7, 0.4])
    meter = type("Units", (), {"names": names, "spread": spread})
    step = np.array([[0.5, 0.3, -0.2]])  # in the numbers' own units
    changes = hues.steps(meter, Response(step / spread, step / spread), names)
    unit = np.sqrt((0.7**2 + 0.4**2) / 2)
    np.testing.assert_allclose(changes, [[0.25, 0.3 / unit, -0.2 / unit]])
    back = hues.turned(hues.turned(changes, names, {"hue": 130.0}), names, {"hue": -130.0})
    np.testing.assert_allclose(back, changes)
    quarter = hues.turned(changes, names, {"hue": 90.0})
    np.testing.assert_allclose(quarter, [[0.25, 0.2 / unit, 0.3 / unit]])  # from red towards yellow
    np.testing.assert_array_equal(hues.turned(changes, names, {"ground_hue": 90.0}), changes)


# ------------------------------------------------------------------ as if factors varied less


@pytest.fixture(scope="module")
def factors():
    return np.random.RandomState(0).standard_normal((20000, 3))


def test_weights_give_the_spread_that_is_asked_for_and_leave_the_other_factors(factors):
    found = reweighting.strengths(factors, [0.5, 1.0, 1.0])
    weight = reweighting.weights(factors, found)
    np.testing.assert_allclose(weight @ factors**2, [0.5, 1, 1], atol=1e-5)
    # a normal of half the variance is the old one times exp(-x²/2): sampling errors of 20,000 rows are 1 %
    np.testing.assert_allclose(found, [0.5, 0, 0], atol=0.03)
    assert reweighting.effective(weight) == pytest.approx(20000 * np.sqrt(3) / 2, rel=0.03)


def test_components_of_weighted_rows_are_those_of_rows_that_vary_so():
    random = np.random.RandomState(1)
    rows = random.standard_normal((20000, 4)) * [2.0, 1.6, 0.5, 0.1]
    found = reweighting.strengths(rows[:, :1] / 2, [0.5])
    weight = reweighting.weights(rows[:, :1] / 2, found)
    plain, less = (reweighting.components_of(rows, w, 2) for w in (np.ones(len(rows)), weight))
    assert abs(plain[0, 0]) > 0.99 and abs(less[0, 1]) > 0.99  # 2 before 1.6; 1.41 behind it
    few = rows[reweighting.chosen(weight, 2000, 0)]
    assert len(np.unique(few[:, 0])) == 2000
    assert few[:, 0].std() == pytest.approx(np.sqrt(2), rel=0.07)  # without putting back: a little too wide


def test_what_no_weights_can_give_is_refused(factors):
    with pytest.raises(UsageError, match="cannot be weighted"):
        reweighting.strengths(factors[:50], [100.0, 1.0, 1.0])


# ------------------------------------------------------------------ recolouring


def picture(shell, grain):
    """A bright ground with a darker shell in light and shade, black legs, and grain on the shell."""
    pixels = np.full((1, 32, 32, 3), (200.0, 190.0, 150.0))
    light = np.linspace(0.7, 1.0, 16)[:, None] + grain * (-1.0) ** np.arange(16)[None, :]
    pixels[0, 8:24, 8:24] = light[:, :, None] * np.asarray(shell)
    pixels[0, 24:27, 8:24] = 0
    return pixels


def test_a_shell_of_another_colour_is_a_recolouring_and_grain_is_none():
    red, green, grained = (
        picture((180, 30, 40), 0.0),
        picture((40, 160, 60), 0.0),
        picture((40, 160, 60), 0.1),
    )
    np.testing.assert_allclose(frequency.without_recolouring(red, green), 0, atol=1e-9)
    np.testing.assert_allclose(frequency.without_recolouring(red, red), 0, atol=1e-9)
    left = frequency.without_recolouring(red, grained)
    power, moment = frequency.spectrum_of(left)
    # the grain alone is 10 cycles or more; with the colour it is the shell's four
    assert moment[0] / power[0] > 10 > 5 > frequency.mean_frequency(red, grained)[0]
    assert np.abs(left).max() > 5


def test_a_shell_elsewhere_is_no_recolouring():
    here = picture((180, 30, 40), 0.0)
    there = np.roll(here, 4, axis=2)
    whole, _ = frequency.spectrum_of(there - here)
    left, _ = frequency.spectrum_of(frequency.without_recolouring(here, there))
    assert left[0] > 0.5 * whole[0]
