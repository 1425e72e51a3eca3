"""Exact streaming PCA: the same as one eigen-decomposition of all rows at once, however the rows come."""

import numpy as np
import pytest
from sklearn import decomposition as sklearn_decomposition

from ganspace_tf.decomposition import decompose, gram
from ganspace_tf.decomposition.pca import PCA
from ganspace_tf.decomposition.scatter import SLICE_ROWS, Scatter
from ganspace_tf.errors import UsageError
from tests.linear_gan import WIDTH, LinearGAN

F = 24


def rows_with(sigma, n=5000, mean=0.0, seed=0):
    """Rows with standard deviations sigma along orthogonal axes: (n, F) float32, and the axes as rows."""
    random = np.random.RandomState(seed)
    axes = np.linalg.qr(random.standard_normal((len(sigma), len(sigma))))[0]
    x = random.standard_normal((n, len(sigma))) * sigma @ axes + mean
    return x.astype(np.float32), axes


def fitted(x, components=F, block=1000, **options):
    estimator = PCA(components, x.shape[1], **options)
    for start in range(0, len(x), block):
        estimator.update(x[start : start + block])
    return estimator.finish()


def close_variances(found, expected):
    """float32 products: right to some 1e-7 of the largest variance."""
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=3e-7 * expected[0])


def test_scatter_is_count_mean_and_centred_products():
    x, _ = rows_with(np.geomspace(5, 0.1, F), n=SLICE_ROWS + 77, mean=2.0)
    found, wide = Scatter.of(x), x.astype(np.float64)
    assert found.rows == len(x)
    np.testing.assert_allclose(found.mean, wide.mean(0), atol=1e-6)
    # float32 products: an error of some 1e-7 of the largest variance
    expected = np.cov(wide.T) * (len(x) - 1)
    np.testing.assert_allclose(found.scatter, expected, atol=1e-6 * np.abs(expected).max())


def test_float64_rows_are_summed_in_float64():
    x, _ = rows_with(np.geomspace(5, 1e-5, F), mean=2.0)
    wide = x.astype(np.float64)
    expected = np.cov(wide.T) * (len(x) - 1)
    np.testing.assert_allclose(Scatter.of(wide).scatter, expected, atol=1e-12 * np.abs(expected).max())


def test_merging_is_associative_and_commutative_and_keeps_its_parts():
    x, _ = rows_with(np.ones(F), mean=5.0)
    a, b, c = (Scatter.of(part.astype(np.float64)) for part in (x[:10], x[10:900], x[900:]))
    before = a.scatter.copy()
    left, right, swapped = a.merge(b).merge(c), a.merge(b.merge(c)), c.merge(b).merge(a)
    for other in (right, swapped, Scatter.of(x.astype(np.float64))):
        assert other.rows == left.rows
        # float64 rounding of sums of 5000 squares
        np.testing.assert_allclose(other.mean, left.mean, atol=1e-12)
        np.testing.assert_allclose(other.scatter, left.scatter, atol=1e-8)
    np.testing.assert_array_equal(a.scatter, before)


def test_an_empty_summary_is_the_neutral_element():
    x, _ = rows_with(np.ones(F))
    whole, none = Scatter.of(x), Scatter.empty(F)
    for merged in (none.merge(whole), whole.merge(none)):
        np.testing.assert_array_equal(merged.scatter, whole.scatter)
        np.testing.assert_array_equal(merged.mean, whole.mean)


def test_pca_is_scikit_learns_pca():
    x, _ = rows_with(np.geomspace(4, 0.2, F), mean=1.0)
    found, oracle = fitted(x), sklearn_decomposition.PCA(F, svd_solver="full").fit(x.astype(np.float64))
    cosines = np.abs((found.components * oracle.components_).sum(1))
    assert cosines.min() > 1 - 1e-6
    close_variances(found.stdev**2, oracle.explained_variance_)
    close_variances(found.variance_ratio, oracle.explained_variance_ratio_)
    np.testing.assert_allclose(found.mean, oracle.mean_, atol=1e-6)


def test_planted_directions_are_found():
    sigma = np.array([3.142, 2.718, 1.0] + [0.1] * (F - 3))
    x, axes = rows_with(sigma, n=40_000)
    found = fitted(x, 3)
    # sampling error: about 1/sqrt(n) for directions, 1/sqrt(2n) for deviations
    assert np.abs((found.components * axes[:3]).sum(1)).min() > 0.999
    np.testing.assert_allclose(found.stdev, sigma[:3], rtol=0.02)


@pytest.mark.parametrize("block", [1, 7, 333, 5000])
def test_the_block_size_changes_rounding_only(block):
    x, _ = rows_with(np.geomspace(4, 0.5, F), n=2000)
    one, other = fitted(x, block=2000), fitted(x, block=block)
    close_variances(other.stdev**2, one.stdev**2)
    assert (one.components * other.components).sum(1).min() > 1 - 1e-6


def test_a_mean_far_from_zero_costs_no_digits():
    x, _ = rows_with(np.geomspace(1, 0.1, F), mean=1000.0)
    found, oracle = fitted(x), np.linalg.eigvalsh(np.cov(x.T.astype(np.float64)))[::-1]
    close_variances(found.stdev**2, oracle)


def test_float64_precision_reaches_small_variances():
    x, _ = rows_with(np.geomspace(1, 3e-6, F), n=3000)
    oracle = np.sqrt(np.linalg.eigvalsh(np.cov(x.T.astype(np.float64)))[::-1])
    np.testing.assert_allclose(fitted(x, precision="float64").stdev, oracle, rtol=1e-4)


def test_rows_that_are_not_numbers_are_refused():
    x, _ = rows_with(np.ones(F), n=50)
    for bad in (np.nan, np.inf):
        x[20, 3] = bad
        with pytest.raises(UsageError, match="NaN or infinity"):
            PCA(3, F).update(x)


def test_a_space_too_wide_for_a_scatter_matrix_is_refused():
    with pytest.raises(UsageError, match="at most 8192 features"):
        PCA(3, 9000)


def test_without_a_number_there_are_80_components_or_all_there_are():
    gen = LinearGAN()
    assert len(decompose(gen, n=500, cache=False)) == WIDTH
    assert len(decompose(gen, n=500, space="image", latent="w", cache=False)) == 80
    with pytest.raises(UsageError, match="at most {}".format(WIDTH)):
        decompose(gen, n=500, components=WIDTH + 1, cache=False)


VERSIONS = {"1.18.5": True, "1.19.0": True, "1.20.0": False, "2.4.6": False}


@pytest.mark.parametrize("version, old", sorted(VERSIONS.items()))
def test_scipys_library_is_used_where_numpys_is_from_2019(version, old):
    assert gram.numpy_is_old(version) is old


@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 1e-5), (np.float64, 1e-13)])
@pytest.mark.parametrize("old", [True, False])
def test_gram_is_the_product_by_either_library(monkeypatch, dtype, tolerance, old):
    """Tolerance: sums of 900 products, relative to the largest number."""
    monkeypatch.setattr(gram, "numpy_is_old", lambda: old)
    x = np.random.RandomState(3).standard_normal((900, 7)).astype(dtype)
    found, expected = gram.gram(x), np.einsum("ni,nj->ij", x.astype(np.float64), x.astype(np.float64))
    assert found.dtype == dtype and np.array_equal(found, found.T)
    np.testing.assert_allclose(found, expected, atol=tolerance * np.abs(expected).max())
