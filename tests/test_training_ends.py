"""Training may show more extremes of a factor than the world has; nothing else of its pictures changes."""

from __future__ import annotations

import numpy as np
import pytest

from ganspace_tf.demo import worlds
from ganspace_tf.errors import UnknownName
from training.ends import density, towards_ends

EVEN = np.linspace(0, 1, 1001)


def moved(strength: float) -> np.ndarray:
    """Evenly spread shares of the legs, after `towards_ends`."""
    share = np.repeat(EVEN[:, None], len(worlds.FACTORS), axis=1)
    return towards_ends(share, "legs=%g" % strength)[:, worlds.column("legs")]


def test_without_strengths_the_pictures_are_those_of_the_world():
    share, kind = worlds.uniform_shares(50, 3)
    for ends in ("", "legs=0"):
        np.testing.assert_array_equal(
            worlds.factors_of(towards_ends(share, ends), kind), worlds.sample_factors(50, 3)
        )


@pytest.mark.parametrize("strength", [-1.5, -0.5, 0.25, 1, 1.5, 3])
def test_a_range_keeps_its_ends_its_middle_and_its_order(strength):
    found = moved(strength)
    np.testing.assert_allclose(found[[0, 500, 1000]], [0, 0.5, 1], atol=1e-12)
    assert (np.diff(found) > -1e-12).all()
    np.testing.assert_allclose(found + found[::-1], 1, atol=1e-12)


def test_the_more_strength_the_more_extremes():
    extremes = [(np.abs(moved(strength) - 0.5) > 0.4).mean() for strength in (-1.5, -0.5, 0, 0.5, 1, 1.5, 3)]
    assert extremes == sorted(set(extremes))


def test_a_share_follows_the_arcsine_distribution_at_strength_1():
    """Its distribution function is 2 / pi asin(sqrt(u))."""
    np.testing.assert_allclose(2 / np.pi * np.arcsin(np.sqrt(moved(1))), EVEN, atol=1e-7)


def test_only_the_factors_that_are_named_are_moved():
    share, _ = worlds.uniform_shares(20, 0)
    before = share.copy()
    found = towards_ends(share, "legs=1,gloss=-0.5")
    others = [k for k, name in enumerate(worlds.FACTOR_NAMES) if name not in ("legs", "gloss")]
    np.testing.assert_array_equal(found[:, others], share[:, others])
    for name in ("legs", "gloss"):
        assert (found[:, worlds.column(name)] != share[:, worlds.column(name)]).all()
    np.testing.assert_array_equal(share, before)


def test_a_factor_that_no_world_has_is_named():
    with pytest.raises(UnknownName, match="wings"):
        towards_ends(worlds.uniform_shares(2, 0)[0], "wings=1")


@pytest.mark.parametrize("strength", [-1.0, 0.5, 1])
def test_even_shares_chosen_by_their_density_are_spread_as_moved_ones(strength):
    share = np.full((1001, len(worlds.FACTORS)), 0.5)
    share[:, worlds.column("legs")] = EVEN
    weights = density(share, "legs=%g" % strength)
    spread = np.cumsum(weights) / weights.sum()
    # the most extreme 0.2 % are chosen 10 times as often, not more
    np.testing.assert_allclose(np.interp(moved(strength), EVEN, spread), EVEN, atol=0.02)


def test_no_drawing_is_chosen_more_than_ten_times_as_often():
    share = np.repeat(EVEN[:, None], len(worlds.FACTORS), axis=1)
    assert density(share, "legs=3").max() == pytest.approx(10)


def test_without_strengths_every_drawing_is_chosen_as_often():
    np.testing.assert_array_equal(density(worlds.uniform_shares(5, 0)[0], ""), 1)


def test_densities_of_several_factors_multiply():
    share, _ = worlds.uniform_shares(50, 0)
    both = density(share, "legs=1,gloss=-0.5")
    np.testing.assert_allclose(both, density(share, "legs=1") * density(share, "gloss=-0.5"))
