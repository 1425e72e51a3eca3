"""Species are restrictions of the drawn world: what their table says is what is drawn."""

from __future__ import annotations

import numpy as np
import pytest

from ganspace_tf.demo import species, worlds
from ganspace_tf.errors import UnknownName, UsageError

N = 3000
LABELS = np.arange(N) % len(species.SPECIES)


@pytest.fixture(scope="module")
def factors():
    return species.sample_factors(LABELS, seed=3)


def column(factors, name):
    return factors[:, worlds.column(name)]


def test_every_row_of_the_table_is_a_restriction_of_independent_factors():
    assert len(set(species.NAMES)) == len(species.SPECIES)
    for one in species.SPECIES:
        assert one.pattern in worlds.PATTERNS
        for name, (low, high) in one.ranges.items():
            factor = worlds.FACTORS[worlds.column(name)]
            assert factor.low <= low < high <= factor.high
            assert name not in worlds.CORRELATED and name not in worlds.PATTERNS


@pytest.mark.parametrize("one", species.SPECIES, ids=species.NAMES)
def test_beetles_have_the_pattern_and_the_ranges_of_their_species(factors, one):
    its = factors[species.find(one.name) == LABELS]
    for name in worlds.PATTERNS[1:]:
        there = column(its, name) >= worlds.WEAKEST_PATTERN
        assert (there if name == one.pattern else column(its, name) == 0).all()
    for factor in worlds.FACTORS:
        if factor.name in worlds.PATTERNS:
            continue
        low, high = one.ranges.get(factor.name, (factor.low, factor.high))
        values, slack = column(its, factor.name), 1e-5 * (factor.high - factor.low)  # float32
        assert values.min() >= low - slack and values.max() <= high + slack
        if factor.name not in worlds.CORRELATED:
            assert np.ptp(values) > 0.9 * (high - low)


def test_no_two_species_overlap():
    """Each pair differs in its pattern, or has a factor whose ranges have no common part."""
    for k, one in enumerate(species.SPECIES):
        for other in species.SPECIES[:k]:
            pairs = [
                sorted([one.ranges[name], other.ranges[name]]) for name in {*one.ranges} & {*other.ranges}
            ]
            apart = [lower for lower, upper in pairs if lower[1] <= upper[0]]
            assert one.pattern != other.pattern or apart, (one.name, other.name)


def test_together_they_show_the_whole_world(factors):
    """Every factor spans nearly all of its range, and a third of the beetles has each pattern."""
    for factor in worlds.FACTORS:
        assert np.ptp(column(factors, factor.name)) > 0.9 * (factor.high - factor.low)
    for name in worlds.PATTERNS[1:]:
        assert (column(factors, name) > 0).mean() == pytest.approx(1 / 3, abs=0.01)


def test_correlations_of_the_world_hold_within_a_species(factors):
    its = factors[species.find("chafer") == LABELS]
    assert np.corrcoef(column(its, "antennae"), column(its, "head"))[0, 1] == pytest.approx(0.71, abs=0.12)


def test_rows_depend_on_their_label_and_place_alone(factors):
    np.testing.assert_array_equal(species.sample_factors(LABELS[:10], seed=3), factors[:10])
    one = np.full(10, species.find("wasp"))
    one[4] = LABELS[4]
    np.testing.assert_array_equal(species.sample_factors(one, seed=3)[4], factors[4])
    assert not np.array_equal(species.sample_factors(LABELS[:10], seed=4), factors[:10])
    assert factors.dtype == np.float32 and factors.shape == (N, len(worlds.FACTORS))
    assert species.sample_factors(np.zeros(0, int)).shape == (0, len(worlds.FACTORS))


@pytest.mark.parametrize("labels", [[0, len(species.SPECIES)], [-1], [0.5], [[0]], ["wasp"]])
def test_labels_that_are_no_species_are_refused(labels):
    with pytest.raises(UsageError, match=r"outside 0 … \d+|whole numbers"):
        species.sample_factors(labels)


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(UnknownName, match=r"'wesp'.*wasp"):
        species.find("wesp")
