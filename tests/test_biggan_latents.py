"""Truncated-normal latents to the bit of the original's, and rows of statistics for a truncation."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import truncnorm

from ganspace_tf.biggan import latents
from ganspace_tf.biggan.statistics import check_truncation, interpolated, mix
from ganspace_tf.errors import UnknownName, UsageError

GOLDENS = Path(__file__).parent / "goldens" / "biggan"
NUMBERS = np.load(GOLDENS / "truncated_normal.npz")
STATISTICS = np.load(GOLDENS / "tiny128.npz")
DRAWS = [key for key in NUMBERS.files if re.match(r"seed\d+_n\d+_t", key)]


@pytest.mark.parametrize("key", DRAWS)
def test_legacy_rows_are_the_originals_to_the_bit(key):
    seed, n, psi = re.match(r"seed(\d+)_n(\d+)_t([\d.]+)$", key).groups()
    ours = latents.legacy_rows(int(seed), int(n), 128, float(psi))
    assert ours.dtype == np.float32
    np.testing.assert_array_equal(ours, NUMBERS[key])


def test_legacy_rows_are_scipys_truncated_normal():
    values = truncnorm.rvs(-2, 2, size=(7, 128), random_state=np.random.RandomState(11)).astype(np.float32)
    np.testing.assert_array_equal(latents.legacy_rows(11, 7, 128), values)


def test_one_row_per_seed_is_the_first_row_of_that_seed():
    rows = latents.seed_rows([5, 0, 2**32 - 1], 128, 0.5)
    for row, seed in zip(rows, (5, 0, 2**32 - 1)):
        np.testing.assert_array_equal(row, latents.legacy_rows(seed, 3, 128, 0.5)[0])


def test_row_i_of_our_own_stream_depends_on_seed_and_i_alone():
    whole = latents.normal_rows(3, 0, 50, 128)
    np.testing.assert_array_equal(latents.normal_rows(3, 17, 31, 128), whole[17:31])
    assert not np.array_equal(latents.normal_rows(4, 17, 31, 128), whole[17:31])


def test_our_own_stream_has_the_same_distribution():
    rows = latents.normal_rows(0, 0, 4000, 128).astype(np.float64)
    assert np.abs(rows).max() <= 2
    # 512,000 numbers: standard errors of mean and variance are 0.0012 and 0.0013; five of them
    assert rows.mean() == pytest.approx(0, abs=0.006)
    assert rows.var() == pytest.approx(latents.VARIANCE, abs=0.0065)
    assert np.mean(np.abs(rows) < 1) == pytest.approx(0.6826895 / 0.9544997, abs=0.004)


def test_the_variance_is_that_of_the_cut_normal():
    assert pytest.approx(truncnorm(-2, 2).var(), rel=1e-6) == latents.VARIANCE


def test_psi_scales_in_float32():
    np.testing.assert_array_equal(
        latents.legacy_rows(1, 2, 128, 0.7), latents.legacy_rows(1, 2, 128) * np.float32(0.7)
    )


# ---------------------------------------------------------------- statistics


def test_rows_of_the_ported_rule():
    """`stat_hf_index_coef` holds row and fraction as the PyTorch port computed them; 0 is not for us."""
    for psi, (row, share) in zip(STATISTICS["stat_truncations"], STATISTICS["stat_hf_index_coef"]):
        if psi == 0:
            continue
        chosen = mix(float(psi), 51, "ganspace")
        assert chosen.low == row
        assert chosen.share == pytest.approx(1 - share if share else 0, abs=1e-12)


def test_every_multiple_of_a_fiftieth_is_a_row():
    for row in range(1, 51):
        for psi in (row / 50, 0.02 * row, float(np.float32(row / 50))):
            assert mix(psi, 51) == (row, 0)


def test_between_two_rows_the_share_is_the_distance():
    table = np.arange(51, dtype=np.float32)[:, None] * np.ones(3, np.float32)
    for psi in (0.01, 0.333, 0.613, 0.999):
        np.testing.assert_allclose(interpolated([table, table], mix(psi, 51)), psi * 50, rtol=1e-5)


def test_both_rules_agree_on_rows_and_half_way():
    for psi in (0.01, 0.5, 0.55, 0.6, 0.7, 0.9, 0.95, 1.0):
        ours, theirs = mix(psi, 51), mix(psi, 51, "ganspace")
        assert (ours.low, ours.share) == (theirs.low, pytest.approx(theirs.share, abs=1e-9))
    assert mix(0.613, 51, "ganspace").share == pytest.approx(1 - mix(0.613, 51).share)


@pytest.mark.parametrize("psi", [0, -0.1, 1.01, float("nan"), "0.7", True, np.ones(2)])
def test_other_truncations_are_refused(psi):
    with pytest.raises(UsageError, match="above 0 and up to 1"):
        check_truncation(psi)


def test_no_truncation_is_one_and_other_rules_are_refused():
    assert check_truncation(None) == 1.0
    with pytest.raises(UnknownName, match="linear, ganspace"):
        mix(0.5, 51, "cubic")
