"""The drawn world: its table of factors, and pictures that show what the table says."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest

from ganspace_tf.demo import scene, worlds
from ganspace_tf.errors import UnknownName, UsageError


def middle(n=1):
    """n beetles in the middle of every range, plain."""
    row = [(factor.low + factor.high) / 2 for factor in worlds.FACTORS]
    table = np.tile(np.array(row, dtype=np.float32), (n, 1))
    for name in worlds.PATTERNS[1:]:
        table[:, worlds.column(name)] = 0
    return table


def pair(name, low=None, high=None):
    """Two pictures, float, that differ in one factor alone."""
    table = middle(2)
    factor = worlds.FACTORS[worlds.column(name)]
    table[:, worlds.column(name)] = (
        factor.low if low is None else low,
        factor.high if high is None else high,
    )
    return scene.draw(table).astype(float)


def extent(picture):
    """Width and height in pixels of what differs from the ground, taken from the upper left corner."""
    there = np.abs(picture - picture[0, 0]).max(axis=2) > 60
    rows, columns = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
    return columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1


def test_factors_stay_in_their_ranges_and_fill_them():
    table = worlds.sample_factors(4000, seed=1)
    low = np.array([factor.low for factor in worlds.FACTORS], dtype=np.float32)
    high = np.array([factor.high for factor in worlds.FACTORS], dtype=np.float32)
    assert (table >= low).all() and (table <= high).all()
    spread = (table.max(axis=0) - table.min(axis=0)) / (high - low)
    assert spread.min() > 0.95  # 4000 draws leave less than this out, also of the triangular ones


def test_factors_are_independent_but_for_the_two_pairs_made_to_correlate():
    table = worlds.sample_factors(20_000, seed=2)
    found = np.corrcoef(table, rowvar=False)
    expected = np.eye(len(worlds.FACTORS))
    for name, cause in worlds.CORRELATED.items():
        a, b = worlds.column(name), worlds.column(cause)
        expected[a, b] = expected[b, a] = np.sqrt(0.5)
    a, b = worlds.column("stripes"), worlds.column("spots")
    expected[a, b] = expected[b, a] = found[a, b]  # at most one pattern at a time: they exclude each other
    assert found[a, b] < -0.3
    # the standard error of a correlation of 20,000 pairs is 0.007; 136 pairs are looked at
    np.testing.assert_allclose(found, expected, atol=0.03)


def test_patterns_are_a_third_each_and_never_faint():
    table = worlds.sample_factors(6000, seed=3)
    stripes, spots = (table[:, worlds.column(name)] for name in ("stripes", "spots"))
    assert not (stripes * spots).any()
    for share in ((stripes > 0).mean(), (spots > 0).mean(), ((stripes == 0) & (spots == 0)).mean()):
        assert abs(share - 1 / 3) < 0.03  # five standard errors
    assert min(stripes[stripes > 0].min(), spots[spots > 0].min()) >= worlds.WEAKEST_PATTERN


def test_a_row_depends_on_the_seed_and_its_number_alone():
    longer = worlds.sample_factors(20, seed=0)
    np.testing.assert_array_equal(worlds.sample_factors(7, seed=0), longer[:7])
    assert (worlds.sample_factors(7, seed=1) != longer[:7]).any()


@pytest.mark.parametrize("world", sorted(worlds.WORLDS))
def test_a_picture_depends_on_its_row_alone(world):
    table = worlds.sample_factors(scene.BLOCK + 3, seed=4)
    together = scene.draw(table, world)
    assert together.shape == (len(table), 64, 64, 3) and together.dtype == np.uint8
    for k in (0, scene.BLOCK, scene.BLOCK + 2):
        np.testing.assert_array_equal(scene.draw(table[k : k + 1], world)[0], together[k])


@pytest.mark.parametrize("name", worlds.FACTOR_NAMES)
def test_every_factor_can_be_seen(name):
    one, other = pair(name)
    assert np.abs(one - other).max() > 40  # of 255, somewhere


def test_position_moves_the_picture():
    left, right = pair("x", -0.0625, 0.0625)  # 4 pixels to each side
    changed = np.abs(left[:, :-8] - right[:, 8:])
    assert (
        np.median(changed) < 2 and np.abs(left - right).max() > 100
    )  # the ground's slope moves along only partly


def test_size_and_aspect_are_in_the_units_they_state():
    table = middle(2)
    table[:, worlds.column("legs")] = 0
    table[:, worlds.column("antennae")] = 0
    table[:, worlds.column("size")] = (0.5, 0.75)
    small, large = (extent(picture)[1] for picture in scene.draw(table).astype(float))
    assert large / small == pytest.approx(1.5, abs=0.1)  # two pixels in 30


def test_the_heading_turns_clockwise():
    table = middle(1)
    table[:, worlds.column("angle")] = 40
    picture = scene.draw(table)[0].astype(int)
    rows, columns = np.nonzero(picture.min(axis=2) > 235)  # the white of the eyes
    assert columns.mean() > 36 and rows.mean() < 28  # upper right


def test_hue_is_the_hue_of_the_shell():
    table = middle(1)
    table[:, worlds.column("hue")] = 120
    red, green, blue = scene.draw(table)[0][38, 28] / 255.0
    assert colorsys.rgb_to_hsv(red, green, blue)[0] * 360 == pytest.approx(
        120, abs=6
    )  # the highlight is white


def test_light_from_the_right_puts_the_shadow_on_the_left():
    from_left, from_right = pair("light")
    # beside the body, between the legs
    assert from_right[36, 14].mean() < from_left[36, 14].mean() - 20
    assert from_right[36, 49].mean() > from_left[36, 49].mean() + 20


def test_kin_differ_in_palette_and_proportions():
    table = middle(1)
    beetle, kin = scene.draw(table)[0].astype(float), scene.draw(table, "kin")[0].astype(float)
    assert np.abs(beetle[2, 2] - kin[2, 2]).max() > 20  # ground
    assert np.abs(beetle[38, 28] - kin[38, 28]).max() > 60  # shell
    table[:, worlds.column("legs")] = 0
    beetle, kin = (scene.draw(table, name)[0].astype(float) for name in ("beetles", "kin"))
    assert extent(kin[44:48])[0] < extent(beetle[44:48])[0] - 3  # slimmer across the wing cases, in pixels


def test_larger_pictures_show_the_same_beetle():
    table = worlds.sample_factors(3, seed=5)
    small, large = scene.draw(table), scene.draw(table, resolution=128)
    averaged = large.reshape(3, 64, 2, 64, 2, 3).mean(axis=(2, 4))
    assert np.abs(small - averaged).mean() < 4  # edges differ, surfaces do not
    np.testing.assert_array_equal(scene.averaged(large, 64), np.floor(averaged + 0.5))
    np.testing.assert_array_equal(scene.averaged(small, 64), small)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: scene.draw(np.zeros((2, 3))), UsageError, r"\(N, 17\).*\(2, 3\)"),
        (lambda: scene.draw(np.full((1, 17), np.nan)), UsageError, "row 0"),
        (lambda: scene.draw(middle(), resolution=4), UsageError, "8 or more"),
        (lambda: scene.averaged(np.zeros((1, 64, 64, 3), np.uint8), 48), UsageError, "64 pixels.*48"),
        (lambda: scene.draw(middle(), "moths"), UnknownName, "moths.*beetles"),
        (lambda: worlds.column("wings"), UnknownName, "wings.*angle"),
        (lambda: worlds.sample_factors(-1), UsageError, "-1"),
    ],
)
def test_mistakes_are_named(call, error, says):
    with pytest.raises(error, match=says):
        call()


def test_no_rows_give_no_pictures():
    assert scene.draw(worlds.sample_factors(0)).shape == (0, 64, 64, 3)


@pytest.mark.parametrize(
    ("world", "colours"),
    [
        ("beetles", [[124.10, 183.02, 154.47], [154.69, 180.24, 130.05], [134.89, 129.78, 89.91]]),
        ("kin", [[204.80, 148.42, 180.77], [165.89, 144.74, 188.90], [114.62, 123.34, 135.07]]),
    ],
)
def test_the_drawing_has_not_changed(world, colours):
    """Networks and scorers were trained on these very drawings; a change means training them again."""
    pictures = scene.draw(worlds.sample_factors(3, seed=0), world)
    np.testing.assert_allclose(pictures.reshape(3, -1, 3).mean(axis=1), colours, atol=0.02)  # of 255


@pytest.mark.parametrize("world", worlds.WORLDS)
def test_the_world_is_symmetrical(world):
    """The mirrored drawing is that of a beetle that stands, turns and is lit the other way."""
    factors = worlds.sample_factors(8, seed=4)
    mirrored = factors.copy()
    mirrored[:, [worlds.column(name) for name in ("angle", "x", "light")]] *= -1
    difference = scene.draw(factors, world)[:, :, ::-1].astype(int) - scene.draw(mirrored, world)
    assert np.abs(difference).max() <= 1  # a rounding step
