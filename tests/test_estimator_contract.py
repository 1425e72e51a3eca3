"""What every estimator of the table promises; a new row is tested by being in the table."""

import numpy as np
import pytest

from ganspace_tf.decomposition.base import Basis, fix_signs
from ganspace_tf.decomposition.randomised import SketchPCA
from ganspace_tf.decomposition.table import ESTIMATORS, make_estimator
from ganspace_tf.errors import UnknownName, UsageError
from tests.linear_generator import D, LinearGenerator

K, N, BLOCK = 4, 600, 150
OPTIONS = {"spca": {"sparsity": 0.1}}
KINDS = [*ESTIMATORS, "sketch"]


@pytest.fixture(scope="module")
def gen():
    return LinearGenerator()


@pytest.fixture(scope="module")
def x(gen):
    """(N, D) rows that are not normal (independent components can be told apart then), D = 12."""
    source = np.random.RandomState(1).laplace(size=(N, gen.latent_size)).astype(np.float32)
    return gen.map_rows(source)


def make(kind, gen, components=K, **options):
    if kind == "sketch":
        return SketchPCA(components, D, np.random.RandomState(0), **options)
    options = dict(OPTIONS.get(kind, {}), **options)
    return make_estimator(kind, gen, components, D, np.random.RandomState(0), **options)


def read(estimator, x, block=BLOCK):
    estimator.expect(len(x), block)
    for _ in range(estimator.passes):
        for start in range(0, len(x), block):
            estimator.update(x[start : start + block])
        estimator.end_pass()
    return estimator


@pytest.fixture(scope="module", params=KINDS)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def basis(kind, gen, x):
    return read(make(kind, gen), x).finish()


def test_a_basis_has_k_unit_directions(basis):
    assert isinstance(basis, Basis)
    assert basis.components.shape == (K, D) and basis.mean.shape == (D,)
    assert basis.stdev.shape == basis.variance_ratio.shape == (K,)
    assert all(array.dtype == np.float64 and np.isfinite(array).all() for array in basis)
    np.testing.assert_allclose(np.linalg.norm(basis.components, axis=1), 1, atol=1e-9)


def test_the_largest_entry_of_each_direction_is_positive(basis):
    at = np.abs(basis.components).argmax(1)
    assert (basis.components[np.arange(K), at] > 0).all()


def test_the_mean_is_that_of_the_rows(basis, x):
    np.testing.assert_allclose(basis.mean, x.mean(0, dtype=np.float64), atol=1e-5)


def test_stdev_is_the_spread_of_the_rows_along_the_directions(kind, basis, x):
    if kind == "spca":
        pytest.skip("sparse components are not orthogonal: theirs is the spread of the codes")
    spread = (x.astype(np.float64) @ basis.components.T).std(0, ddof=1)
    # incremental and sketched PCA know the spread within what they keep of the rows
    np.testing.assert_allclose(basis.stdev, spread, rtol=2e-3)


def test_variance_ratios_are_shares_of_the_total(basis, x):
    total = x.astype(np.float64).var(0, ddof=1).sum()
    np.testing.assert_allclose(basis.variance_ratio, basis.stdev**2 / total, rtol=1e-5)


def test_the_strongest_direction_comes_first_where_there_is_an_order(kind, basis):
    if kind not in ("sefa", "random"):
        assert (np.diff(basis.stdev) <= 0).all()


def test_the_same_rows_give_the_same_bits(kind, gen, basis, x):
    again = read(make(kind, gen), x).finish()
    assert all(np.array_equal(a, b) for a, b in zip(again, basis))


def test_a_restored_state_goes_on_to_the_same_bits(kind, gen, basis, x):
    if not make(kind, gen).resumable:
        pytest.skip("its state is the rows themselves")
    first, stops = make(kind, gen), 0
    for number in range(first.passes):
        for start in range(0, N, BLOCK):
            first.update(x[start : start + BLOCK])
            saved = {name: np.array(array) for name, array in first.arrays().items()}
            assert int(saved["rows"]) == first.rows == number * N + start + BLOCK
            first = make(kind, gen)
            first.restore(saved)
            stops += 1
        first.end_pass()
        first.end_pass()  # a run that was stopped here does it again
    assert stops > 3
    assert all(np.array_equal(a, b) for a, b in zip(first.finish(), basis))


def test_an_update_does_not_touch_the_state_before_it(kind, gen, x):
    """Interrupts come at any moment: the state is replaced whole."""
    estimator = read(make(kind, gen), x)
    before = estimator.state
    copies = [np.array(part, copy=True) for part in before]
    if estimator.passes == 1:
        estimator.update(x[:BLOCK])
        assert all(np.array_equal(a, b) for a, b in zip(copies, before))


@pytest.mark.parametrize("components", [0, D + 1, -1])
def test_impossible_numbers_of_components_are_refused(kind, gen, components):
    with pytest.raises(UsageError, match="components={}".format(components)):
        make(kind, gen, components)


def test_an_option_that_is_not_declared_is_refused(kind, gen):
    with pytest.raises(UsageError, match="no option 'colour'; allowed: "):
        make(kind, gen, colour=3)


def test_an_unknown_estimator_is_refused_with_the_names_there_are(gen):
    with pytest.raises(UnknownName, match="pca, ipca, fbpca, ica, spca, sefa, random"):
        make_estimator("svd", gen, K, D, np.random.RandomState(0))


def test_rows_in_the_table_are_under_their_own_names():
    for name, kind in ESTIMATORS.items():
        assert kind.name == name and kind.summary and "\n" not in kind.summary


def test_signs_are_fixed_by_the_largest_entry():
    rows = np.array([[1.0, -3.0, 2.0], [0.5, 0.25, -0.1], [0.0, 0.0, 0.0], [-1.0, 1.0, 0.0]])
    fixed = fix_signs(rows)
    np.testing.assert_array_equal(fixed, [[-1, 3, -2], [0.5, 0.25, -0.1], [0, 0, 0], [1, -1, 0]])
