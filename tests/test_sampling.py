"""Which random numbers a seed means. Pinned bits must hold on every stack: recipes and caches rely on
them."""

from __future__ import annotations

import hashlib
import math

import numpy as np
import pytest

from ganspace_tf import sampling
from ganspace_tf.errors import UsageError


def bits(array):
    return [hex(int(v)) for v in np.asarray(array, np.float32).view(np.uint32)]


@pytest.mark.parametrize(
    "width, digest",
    [
        (512, "7a9cd7e3b1bdab6087abc5b67ca1405b06db6061afd6e10625dab854ba219a73"),
        (100, "b54dcd9211ed0dcd240554ab3308e1ae36d0d3d750411bc468f3ba9fccdb722c"),
    ],
)
def test_the_stream_is_the_same_to_the_bit_everywhere(width, digest):
    rows = sampling.normal_rows(0, 0, 4000, width)
    assert hashlib.sha256(rows.tobytes()).hexdigest() == digest


def test_pinned_values_of_far_rows_large_seeds_and_deep_tails():
    row = sampling.normal_rows(42, 0, 1, 512)[0]
    assert bits(row[[0, 1, 255, 256, 511]]) == [
        "0xbe003d89",
        "0x400d244f",
        "0x39d451c4",
        "0xbf3522d7",
        "0x3f75acf5",
    ]
    far = sampling.normal_rows(2**32 - 1, 10**9, 10**9 + 1, 512)[0]
    assert bits(far[[0, 511]]) == ["0x3eaf9c1c", "0xbe8b413e"]
    # the largest of 25.6 million values of seed 0, and two of the smallest (zeros of both signs occur)
    tails = {(183252, 16): -5.629981, (115321, 86): 5.47987, (109910, 68): -5.3236637, (187094, 32): 0.0}
    for (row, column), value in tails.items():
        assert sampling.normal_rows(0, row, row + 1, 128)[0, column] == np.float32(value)


@pytest.mark.parametrize("width", [1, 5, 8, 48, 512])
def test_a_row_depends_on_seed_and_number_alone(width):
    """Rows had alone, in pieces or in bulk are equal; 2,000 rows of 512 cross the borders of internal
    blocks."""
    bulk = sampling.normal_rows(3, 0, 2000, width)
    pieces = [sampling.normal_rows(3, a, b, width) for a, b in ((0, 1), (1, 700), (700, 700), (700, 2000))]
    assert np.array_equal(np.concatenate(pieces), bulk)
    assert np.array_equal(sampling.normal_rows(3, 1234, 1235, width)[0], bulk[1234])
    assert bulk.dtype == np.float32 and bulk.shape == (2000, width)


def test_it_is_box_and_mullers_formula_on_philox_words():
    """Against the formula in float64 on the same words. 2e-6: eight roundings of numbers below 6.6 (6e-8
    each)."""
    words = np.random.Philox(key=np.array([9, 0x47414E5350414345], np.uint64)).random_raw(8).view(np.uint32)
    first, second = words[:8].astype(np.int64), words[8:].astype(np.int64)
    u = ((first & 0x7FFFFFFF) | 1) / 2.0**31
    radius = np.sqrt(-2 * np.log(u)) * np.where(first >> 31, -1, 1)
    angle = np.where(second >> 31, second - 2**32, second) / 2.0**31 * np.pi / 2
    want = np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])
    assert np.abs(sampling.normal_rows(9, 0, 1, 16)[0] - want).max() < 2e-6


def test_the_largest_possible_value_is_finite():
    extreme = np.array([[0, -(2**31), 2**31 - 1, 1, -1, 0, 2**31 - 1, -(2**31)]], np.int32)
    values = sampling._box_muller(extreme)
    assert np.isfinite(values).all() and 6 < np.abs(values).max() < 6.6


def test_the_numbers_are_normal_and_independent():
    """Deterministic, so bounds may be tight: each is four standard errors for its number of samples."""
    x = sampling.normal_rows(5, 0, 20000, 64).astype(np.float64)
    n = x.size
    assert abs(x.mean()) < 4 / math.sqrt(n)
    assert abs((x**2).mean() - 1) < 4 * math.sqrt(2 / n)
    assert abs((x**3).mean()) < 4 * math.sqrt(15 / n)
    assert abs((x**4).mean() - 3) < 4 * math.sqrt(96 / n)
    for bound in (1, 2, 3, 4):
        p = math.erfc(bound / math.sqrt(2))
        assert abs((np.abs(x) > bound).mean() - p) < 4 * math.sqrt(p / n)
    ordered = np.sort(x.ravel())[:: n // 2000]
    expected = np.array([0.5 * math.erfc(-v / math.sqrt(2)) for v in ordered])
    assert np.abs(expected - np.arange(0, n, n // 2000) / n).max() < 2 / math.sqrt(n)  # Kolmogorov's distance
    columns = np.corrcoef(x.T) - np.eye(64)
    assert np.abs(columns).max() < 5 / math.sqrt(len(x))
    pairs = {"rows": (x[:-1], x[1:]), "halves": (x[:, :32] ** 2, x[:, 32:] ** 2)}
    pairs["seeds"] = (x, sampling.normal_rows(6, 0, 20000, 64))
    for what, (a, b) in pairs.items():
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 4 / math.sqrt(a.size), what


@pytest.mark.parametrize(
    "seed, start, stop, width", [(-1, 0, 1, 8), (0, -1, 1, 8), (0, 5, 4, 8), (0, 0, 1, 0)]
)
def test_impossible_ranges_are_refused(seed, start, stop, width):
    with pytest.raises(UsageError, match="no rows"):
        sampling.normal_rows(seed, start, stop, width)


def test_published_seeds_are_numpys_legacy_generator():
    """NumPy's documented legacy values: seed 42 starts with 0.49671415, seed 0 with 1.76405235."""
    rows = sampling.seed_rows([42, 0, 42], 512)
    assert rows.dtype == np.float32 and rows.shape == (3, 512)
    assert rows[0, 0] == np.float32(0.4967141530112327) and rows[1, 0] == np.float32(1.764052345967664)
    assert np.array_equal(rows[0], rows[2])


def test_ganspace_draws_a_batch_from_one_seed():
    rows = sampling.ganspace_rows(42, 3, 7)
    assert np.array_equal(rows[0], sampling.seed_rows([42], 7)[0])
    stream = np.random.RandomState(42)
    assert np.array_equal(rows.ravel(), [np.float32(stream.standard_normal()) for _ in range(21)])
