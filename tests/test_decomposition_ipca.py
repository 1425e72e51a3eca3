"""Incremental PCA by Gram matrices is scikit-learn's incremental PCA by tall SVDs."""

import numpy as np
import pytest
from sklearn.decomposition import IncrementalPCA as SklearnIPCA

from ganspace_tf.decomposition.ipca import IncrementalPCA


def some_rows(n, features, seed=0):
    random = np.random.RandomState(seed)
    mix = random.standard_normal((features, features)) * np.geomspace(3, 0.05, features)
    return (random.standard_normal((n, features)) @ mix.T + 2 * random.standard_normal(features)).astype(
        np.float32
    )


def both(x, components, block):
    ours, oracle = IncrementalPCA(components, x.shape[1]), SklearnIPCA(components)
    for start in range(0, len(x), block):
        ours.update(x[start : start + block])
        oracle.partial_fit(x[start : start + block].astype(np.float64))
    return ours.finish(), oracle


@pytest.mark.parametrize("components", [1, 5, 40])
@pytest.mark.parametrize("features, block", [(40, 100), (60, 50), (200, 60)])
def test_it_is_scikit_learns_whichever_gram_matrix_is_smaller(components, features, block):
    found, oracle = both(some_rows(600, features), components, block)
    # the Gram matrix squares the condition: float64 leaves all these variances right to 1e-6
    np.testing.assert_allclose(found.stdev, np.sqrt(oracle.explained_variance_), rtol=1e-6)
    np.testing.assert_allclose(found.variance_ratio, oracle.explained_variance_ratio_, rtol=1e-6)
    np.testing.assert_allclose(found.mean, oracle.mean_, atol=1e-6)
    cosines = np.abs((found.components * oracle.components_).sum(1))
    assert cosines.min() > 1 - 1e-8


def test_the_block_size_decides_the_result():
    x = some_rows(600, 40)
    small, large = both(x, 5, 20)[0], both(x, 5, 300)[0]
    assert np.abs(small.stdev / large.stdev - 1).max() > 1e-4


def test_all_components_of_all_rows_are_exact():
    x = some_rows(600, 30)
    found = both(x, 30, 100)[0]
    oracle = np.linalg.eigvalsh(np.cov(x.T.astype(np.float64)))[::-1]
    np.testing.assert_allclose(found.stdev**2, oracle, rtol=1e-8)


def test_fewer_rows_than_features_leave_empty_components():
    found = both(some_rows(4, 40), 3, 4)[0]
    assert (found.stdev > 0).all()
    ours = IncrementalPCA(10, 40)
    ours.update(some_rows(4, 40))
    assert (ours.finish().stdev[3:] < 1e-6 * ours.finish().stdev[0]).all()
