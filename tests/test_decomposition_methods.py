"""The estimators that are not PCA: independent and sparse components, SeFa, random directions."""

import numpy as np
import pytest
from sklearn.decomposition import FastICA
from sklearn.decomposition import SparsePCA as SklearnSparsePCA

from ganspace_tf.decomposition import held
from ganspace_tf.decomposition.fixed import random_directions
from ganspace_tf.decomposition.ica import ICA
from ganspace_tf.decomposition.sefa import SeFa, style_layers
from ganspace_tf.decomposition.spca import SparsePCA
from ganspace_tf.decomposition.table import make_estimator
from ganspace_tf.errors import UsageError
from tests.linear_generator import D, LinearGenerator


def finished(estimator, x):
    estimator.update(x)
    return estimator.finish()


# ---------------------------------------------------------------------- ica


@pytest.fixture(scope="module")
def mixed():
    """Six independent heavy-tailed sources and the directions they are mixed along: (4000, 6), (6, 6)."""
    random = np.random.RandomState(0)
    sources = random.laplace(size=(4000, 6))
    mixing = random.standard_normal((6, 6))
    return (sources @ mixing + 1).astype(np.float32), mixing


def test_ica_finds_independent_sources(mixed):
    x, mixing = mixed
    unmixing = finished(ICA(6, 6), x).components
    # rows of the unmixing matrix pick one source each: their product with the mixing is a permutation
    gains = np.abs(unmixing @ mixing.T)
    gains /= gains.max(1, keepdims=True)
    assert sorted(gains.argmax(1)) == list(range(6))
    assert np.sort(gains, axis=1)[:, -2].max() < 0.1  # sampling error of 4000 rows


def test_ica_is_scikit_learns_fast_ica(mixed):
    x, _ = mixed
    options = {"whiten": "unit-variance"} if "whiten_solver" in FastICA().get_params() else {"whiten": True}
    oracle = FastICA(4, random_state=0, max_iter=10000, tol=1e-8, **options).fit(x.astype(np.float64))
    oracle = oracle.components_ / np.linalg.norm(oracle.components_, axis=1, keepdims=True)
    found = finished(ICA(4, 6), x).components
    # the start differs in signs, so the order may differ; 1e-4 is FastICA's own tolerance
    assert np.abs(found @ oracle.T).max(1).min() > 1 - 1e-3


def test_ica_refuses_more_components_than_the_rows_span(mixed):
    flat = np.array(mixed[0])
    flat[:, 3:] = flat[:, :3]
    with pytest.raises(UsageError, match="span fewer dimensions"):
        finished(ICA(6, 6), flat)


# ---------------------------------------------------------------------- spca


@pytest.fixture(scope="module")
def sparse_rows():
    """Two groups of features that move together: (300, 10)."""
    random = np.random.RandomState(0)
    factors = random.standard_normal((300, 2)) * [3.0, 2.0]
    x = random.standard_normal((300, 10)) * 0.1
    x[:, 1:4] += factors[:, :1]
    x[:, 6:9] -= factors[:, 1:]
    return x.astype(np.float32)


def test_spca_is_scikit_learns(sparse_rows):
    oracle = SklearnSparsePCA(2, alpha=1.0, ridge_alpha=0.01, max_iter=100, random_state=0)
    codes = oracle.fit(sparse_rows.astype(np.float64)).transform(sparse_rows.astype(np.float64))
    found = finished(SparsePCA(2, 10), sparse_rows)
    cosines = np.abs(found.components @ oracle.components_.T)
    np.testing.assert_allclose(np.sort(cosines.max(1)), 1, atol=1e-5)
    # sigma of the codes that scikit-learn's own transform gives
    np.testing.assert_allclose(found.stdev, np.sort(codes.std(0, ddof=1))[::-1], rtol=1e-4)


def test_more_sparsity_gives_more_zeros(sparse_rows):
    few = finished(SparsePCA(2, 10, sparsity=0.01), sparse_rows).components
    many = finished(SparsePCA(2, 10, sparsity=3.0), sparse_rows).components
    assert (many == 0).sum() > (few == 0).sum()
    assert set(np.flatnonzero(np.abs(many).max(0))) <= {1, 2, 3, 6, 7, 8}


@pytest.mark.parametrize("sparsity", [-1, np.nan, "much"])
def test_a_sparsity_that_is_none_is_refused(sparse_rows, sparsity):
    with pytest.raises(UsageError, match="sparsity="):
        finished(SparsePCA(2, 10, sparsity=sparsity), sparse_rows)


def test_a_component_of_nothing_but_zeros_is_refused(sparse_rows):
    with pytest.raises(UsageError, match="all zeros; ask for fewer components or a smaller sparsity"):
        finished(SparsePCA(2, 10, sparsity=1e6), sparse_rows)


@pytest.mark.parametrize("kind", [ICA, SparsePCA])
def test_more_rows_than_memory_allows_are_refused_before_they_are_drawn(kind, monkeypatch):
    monkeypatch.setattr(held, "MAX_NUMBERS", 1000)
    estimator = kind(2, 10)
    estimator.expect(100)
    with pytest.raises(UsageError, match="at most n=100"):
        estimator.expect(101)


# ---------------------------------------------------------------------- sefa


def sefa(gen, k=D, **options):
    return make_estimator("sefa", gen, k, D, np.random.RandomState(0), **options)


def test_sefa_is_the_eigenvectors_of_the_style_weights():
    gen = LinearGenerator()
    stacked = np.concatenate(gen.style_weights(), axis=1).astype(np.float64)  # (D, all C): A^T
    left, singular, _ = np.linalg.svd(stacked)
    found = finished(sefa(gen, 5), gen.map_rows(gen.z(n=50, seed=0)))
    assert np.abs((found.components * left.T[:5]).sum(1)).min() > 1 - 1e-10
    assert (np.diff(singular) < 0).all()


def test_sefa_of_some_layers_looks_at_no_others():
    gen = LinearGenerator()
    weights = gen.style_weights()[1:3]
    left = np.linalg.svd(np.concatenate(weights, axis=1).astype(np.float64))[0]
    for layers in ("1-2", [1, 2], range(1, 3)):
        found = finished(sefa(gen, 3, layers=layers), gen.map_rows(gen.z(n=50, seed=0)))
        assert np.abs((found.components * left.T[:3]).sum(1)).min() > 1 - 1e-10


@pytest.mark.parametrize("layers", ["2-9", 4, [-1], "all", [0, 1.5], True, "3-1", ()])
def test_style_layers_that_are_not_there_are_refused(layers):
    with pytest.raises(UsageError, match=r"allowed are 0 … 3"):
        style_layers(layers, 4)


def test_sefa_needs_a_generator_with_styles():
    gen = LinearGenerator()
    gen.style_weights = lambda: (_ for _ in ()).throw(NotImplementedError)
    with pytest.raises(UsageError, match="sefa needs style weights"):
        sefa(gen)
    with pytest.raises(UsageError, match="sefa works on w"):
        SeFa(2, 30, weights=LinearGenerator().style_weights())


# ---------------------------------------------------------------------- random


def test_random_directions_are_one_normal_draw_with_unit_rows():
    expected = np.random.RandomState(2).normal(size=(3, 512))
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(random_directions(3, 512, np.random.RandomState(2)), expected, atol=1e-15)
