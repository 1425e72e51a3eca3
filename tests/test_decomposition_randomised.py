"""Randomised PCA: from a scatter matrix and from repeated readings of the rows it is one algorithm."""

import numpy as np
import pytest

from ganspace_tf.decomposition import randomised
from ganspace_tf.decomposition.randomised import OVERSAMPLING, RandomisedPCA, SketchPCA, start_matrix
from ganspace_tf.decomposition.table import ESTIMATORS, estimator_class
from ganspace_tf.errors import UsageError

N, F, K = 900, 60, 6


@pytest.fixture(scope="module")
def x():
    random = np.random.RandomState(3)
    mix = np.linalg.qr(random.standard_normal((F, F)))[0] * np.geomspace(5, 0.1, F)
    return (random.standard_normal((N, F)) @ mix.T + 4).astype(np.float32)


def read(estimator, x, block=200):
    for _ in range(estimator.passes):
        for start in range(0, len(x), block):
            estimator.update(x[start : start + block])
        estimator.end_pass()
    return estimator.finish()


def halko(x, k, start):
    """The textbook algorithm on all rows at once (two power iterations), in float64."""
    x = x.astype(np.float64) - x.mean(0, dtype=np.float64)
    q = np.linalg.qr(x @ start)[0]
    for _ in range(2):
        q = np.linalg.qr(x @ np.linalg.qr(x.T @ q)[0])[0]
    return np.linalg.svd(q.T @ x, full_matrices=False)[1:]


@pytest.mark.parametrize("kind", [RandomisedPCA, SketchPCA])
def test_it_is_the_textbook_algorithm(kind, x):
    found = read(kind(K, F, np.random.RandomState(5)), x)
    singular, right = halko(x, K, start_matrix(F, K, np.random.RandomState(5)))
    assert np.abs((found.components * right[:K]).sum(1)).min() > 1 - 1e-6
    # RandomisedPCA measures the rows along its components, which is a little more than the sketch holds
    np.testing.assert_allclose(found.stdev, singular[:K] / np.sqrt(N - 1), rtol=1e-3)


@pytest.mark.parametrize("kind", [RandomisedPCA, SketchPCA])
def test_it_is_close_to_exact_pca(kind, x):
    found = read(kind(K, F), x)
    values, vectors = np.linalg.eigh(np.cov(x.T.astype(np.float64)))
    assert np.abs((found.components * vectors[:, ::-1].T[:K]).sum(1)).min() > 0.998
    np.testing.assert_allclose(found.stdev**2, values[::-1][:K], rtol=6e-3)
    np.testing.assert_allclose(found.variance_ratio, values[::-1][:K] / values.sum(), rtol=6e-3)
    np.testing.assert_allclose(found.mean, x.mean(0, dtype=np.float64), atol=1e-5)


def test_most_of_the_space_is_decomposed_in_full(x):
    found = read(RandomisedPCA(F // 2, F), x)
    assert OVERSAMPLING * (F // 2) >= F / 1.25
    values = np.linalg.eigvalsh(np.cov(x.T.astype(np.float64)))[::-1][: F // 2]
    np.testing.assert_allclose(found.stdev**2, values, rtol=1e-5)


def test_a_wide_space_gets_the_form_without_a_scatter_matrix():
    assert estimator_class("pca", 512) is ESTIMATORS["pca"]
    assert estimator_class("pca", 100_000) is SketchPCA
    assert estimator_class("fbpca", 100_000) is SketchPCA


def test_a_sketch_too_large_for_memory_is_refused():
    with pytest.raises(UsageError, match="allows at most 33"):
        SketchPCA(80, 1_000_000)


def test_rows_that_span_too_little_are_refused():
    flat = np.zeros((50, F), np.float32)
    flat[:, :2] = np.random.RandomState(0).standard_normal((50, 2))
    with pytest.raises(UsageError, match="components=6"):
        read(SketchPCA(K, F), flat)


@pytest.fixture()
def groups(monkeypatch):
    """Of three blocks of 50: 16 to 18 blocks are five or six groups."""
    monkeypatch.setattr(randomised, "GROUPS", 5)


def joined(estimator, x, block, first=0):
    """`read`, but groups are joined before the estimator gets them; `first` blocks come one by one."""
    edges, group = range(0, len(x), block), estimator.together
    for _ in range(estimator.passes):
        alone = 1 if not estimator.rows else first
        alone += -(estimator.open + alone) % group  # up to the end of a group
        for start in edges[:alone]:
            estimator.absorb(estimator.part(x[start : start + block]))
        for k in range(alone, len(edges), group):
            parts = [estimator.part(x[start : start + block]) for start in edges[k : k + group]]
            part = parts[0]
            for later in parts[1:]:
                part = estimator.join(part, later)
            estimator.absorb(part)
        estimator.end_pass()
    return estimator.finish()


def expecting(x, block=50):
    estimator = SketchPCA(K, F, np.random.RandomState(5))
    estimator.expect(len(x), block)
    return estimator


@pytest.mark.parametrize("rows", [900, 870, 760])  # whole groups, a short block, an incomplete group
@pytest.mark.parametrize("first", [0, 4])
def test_it_does_not_matter_where_groups_are_summed_up(groups, x, rows, first):
    x = x[:rows]
    here, there = read(expecting(x), x, 50), joined(expecting(x), x, 50, first)
    assert expecting(x).together == 3
    assert all(np.array_equal(one, other) for one, other in zip(here, there))


@pytest.mark.parametrize("stop", [1, 3, 7, 20])
def test_a_run_goes_on_in_the_middle_of_a_group(groups, x, stop):
    whole, begun = read(expecting(x), x, 50), expecting(x)
    starts = [start for _ in range(begun.passes) for start in range(0, len(x), 50)]
    for number, start in enumerate(starts, 1):
        begun.update(x[start : start + 50])
        if number == stop:
            kept, begun = begun.arrays(), expecting(x)
            begun.restore(kept)
        if number % 18 == 0:
            begun.end_pass()
    assert all(np.array_equal(one, other) for one, other in zip(whole, begun.finish()))


def test_groups_cost_no_digits(groups, x):
    alone = SketchPCA(K, F, np.random.RandomState(5))
    assert alone.together == 1
    plain, grouped = read(alone, x, 50), read(expecting(x), x, 50)
    np.testing.assert_allclose(grouped.stdev, plain.stdev, rtol=1e-6)  # float32 sums of three blocks
    assert np.abs((plain.components * grouped.components).sum(1)).min() > 1 - 1e-6


@pytest.mark.parametrize("blocks, together", [(1, 1), (1023, 1), (1024, 2), (5988, 11), (10**6, 32)])
def test_a_long_reading_sends_some_hundred_sketches_and_a_short_one_is_not_held_up(blocks, together):
    estimator = SketchPCA(K, F)
    estimator.expect(blocks * 167, 167)
    assert estimator.together == together
