"""The estimators that are not PCA: independent and sparse components, SeFa, random directions."""

import warnings

import numpy as np
import pytest
from sklearn.decomposition import FastICA
from sklearn.decomposition import SparsePCA as SklearnSparsePCA

from ganspace_tf.decomposition import held, ica
from ganspace_tf.decomposition.fixed import random_directions
from ganspace_tf.decomposition.ica import ICA, OriginalICA
from ganspace_tf.decomposition.pca import top_eigenvectors
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


@pytest.mark.parametrize("kind", [ICA, OriginalICA])
def test_ica_is_scikit_learns_fast_ica(mixed, kind):
    x, _ = mixed
    options = {"whiten": "unit-variance"} if "whiten_solver" in FastICA().get_params() else {"whiten": True}
    oracle = FastICA(4, random_state=0, max_iter=10000, tol=1e-14, **options).fit(x.astype(np.float64))
    oracle = oracle.components_ / np.linalg.norm(oracle.components_, axis=1, keepdims=True)
    found = finished(kind(4, 6), x).components
    # the start differs in signs, so the order may differ; ours is whitened by float32 sums of squares
    assert np.abs(found @ oracle.T).max(1).min() > 1 - 1e-9


@pytest.mark.parametrize("kind", [ICA, OriginalICA])
def test_ica_does_not_depend_on_the_signs_that_lapack_happens_to_give(mixed, kind, monkeypatch):
    expected = finished(kind(4, 6), mixed[0]).components

    def flipped(*args):
        values, vectors = top_eigenvectors(*args)
        return values, vectors * [[1], [-1], [-1], [1]]

    monkeypatch.setattr(ica, "top_eigenvectors", flipped)
    np.testing.assert_array_equal(finished(kind(4, 6), mixed[0]).components, expected)


@pytest.fixture(scope="module")
def swinging():
    """White rows (300, 3) on which whole steps of FastICA from the identity end between two matrices."""
    x = np.random.RandomState(1).standard_normal((300, 3))
    x -= x.mean(0)
    values, vectors = np.linalg.eigh(x.T @ x / len(x))
    return x @ (vectors / np.sqrt(values)) @ vectors.T  # the signs of the vectors cancel


def test_ica_ends_where_no_step_leads_away_though_whole_steps_swing_for_ever(swinging):
    whole = np.eye(3)
    for _ in range(500):
        before, whole = whole, ica.step(swinging, whole)
    np.testing.assert_allclose(ica.step(swinging, whole), before, atol=1e-9)
    assert ica.turn(whole - before) > 0.1  # radians
    found = ica.settled(swinging, ica.approached(swinging, np.eye(3), 0.5))
    assert ica.turn(ica.step(swinging, found) - found) <= ica.SETTLED
    np.testing.assert_allclose(found @ found.T, np.eye(3), atol=1e-12)


def test_ica_that_does_not_converge_says_so(swinging, monkeypatch):
    monkeypatch.setattr(ica, "MAX_ITERATIONS", 100)
    with pytest.raises(UsageError, match="ica did not converge in 100 iterations"):
        ica.approached(swinging, np.eye(3), 1.0)
    monkeypatch.setattr(ica, "MAX_ITERATIONS", 3)
    with pytest.raises(UsageError, match="ica did not converge in 3 iterations"):
        ica.settled(swinging, np.eye(3))


def test_a_step_of_ica_is_scikit_learns(swinging):
    start = ica.decorrelated(np.random.RandomState(2).standard_normal((3, 3)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one iteration is all that is asked for
        oracle = FastICA(whiten=False, max_iter=1, w_init=start, tol=1e-4).fit(swinging).components_
    found = ica.step(swinging, start)
    np.testing.assert_allclose(np.abs((found * oracle).sum(1)), 1, atol=1e-12)
    assert ((found * start).sum(1) > 0).all()  # a row and its negative are one component: each keeps its sign


@pytest.mark.parametrize("share, noise", [(0.5, 1e-6), (1.0, 1e-6)])
def test_rounding_of_the_rows_turns_the_solution_of_ica_by_no_more_than_itself(mixed, share, noise):
    rows = mixed[0].astype(np.float64) - mixed[0].mean(0)
    white = np.linalg.svd(rows, full_matrices=False)[0] * np.sqrt(len(rows))
    start = ica.decorrelated(np.random.RandomState(0).standard_normal((6, 6)))
    solution = ica.settled(white, ica.approached(white, start, share))
    rounded = white + noise * np.random.RandomState(3).standard_normal(white.shape)
    again = ica.settled(rounded, ica.approached(rounded, start, share))
    # independent noise averages out over 4000 rows; both stop within SETTLED of what they are near to
    assert np.abs(again - solution).max() < 2 * noise + 2 * ica.SETTLED


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
    estimator.expect(100, 10)
    with pytest.raises(UsageError, match="at most n=100"):
        estimator.expect(101, 10)


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
