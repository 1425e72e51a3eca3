"""`decompose`: from a generator to directions in its latents, for every kind of space."""

import threading
import time

import numpy as np
import pytest

from ganspace_tf.decomposition import ESTIMATORS, decompose, rows
from ganspace_tf.decomposition.ahead import in_order
from ganspace_tf.decomposition.rows import Space
from ganspace_tf.errors import UnknownName, UsageError
from ganspace_tf.machine.pools import Pools, one_blas_thread
from tests.linear_generator import D, LinearGenerator

N = 20_000


@pytest.fixture
def gen():
    return LinearGenerator()


def found(gen, **options):
    return decompose(gen, **dict({"n": N, "components": 3, "cache": False}, **options))


def alignment(directions, axes):
    return np.abs((directions * axes).sum(1))


# Sampling error of 20,000 rows: about 1/sqrt(N) in directions, 1/sqrt(2 N) in deviations.


def test_pca_of_w_finds_the_axes_of_its_covariance(gen):
    comp = found(gen)
    assert alignment(comp.directions, gen.axes[:3]).min() > 0.999
    np.testing.assert_allclose(comp.stdev, gen.sigma[:3], rtol=0.03)
    np.testing.assert_allclose(comp.mean, gen.offset, atol=0.1)
    np.testing.assert_allclose(comp.variance_ratio, gen.sigma[:3] ** 2 / (gen.sigma**2).sum(), rtol=0.06)
    assert comp.latent == "w" and comp.endpoint is None and comp.act_directions is None
    assert comp.fingerprint == gen.fingerprint
    assert all(array.dtype == np.float32 for array in comp.arrays().values())


def test_directions_in_z_are_those_that_move_w_along_its_axes(gen):
    comp = found(gen, space="z")
    # w = ... + z[:D] * sigma @ axes: component k of w is entry k of z
    assert np.abs(comp.directions[np.arange(3), np.arange(3)]).min() > 0.998
    np.testing.assert_array_equal(comp.stdev, 1)  # z is standard normal in any direction
    assert comp.latent == "z" and comp.directions.shape == (3, gen.latent_size)
    assert alignment(comp.act_directions, gen.axes[:3]).min() > 0.999
    np.testing.assert_allclose(comp.act_stdev, gen.sigma[:3], rtol=0.03)


def test_directions_of_an_endpoint_are_what_moves_it_most(gen):
    comp = found(gen, space="wide")
    assert comp.latent == "w" and comp.endpoint == "wide"
    assert comp.act_directions.shape == (3, 30) and comp.act_mean.shape == (30,)
    # exact for a linear endpoint: w that goes with score k is cov(w) A v_k
    covariance = gen.axes.T * gen.sigma**2 @ gen.axes
    features = gen.features["wide"].astype(np.float64)
    values, vectors = np.linalg.eigh(features.T @ covariance @ features)
    expected = (covariance @ features @ vectors[:, ::-1][:, :3]).T
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert alignment(comp.directions, expected).min() > 0.995
    np.testing.assert_allclose(comp.act_stdev**2, values[::-1][:3], rtol=0.06)
    # sigma is that of w along the direction
    spread = np.sqrt(np.einsum("kd,de,ke->k", expected, covariance, expected))
    np.testing.assert_allclose(comp.stdev, spread, rtol=0.03)


def test_an_endpoint_can_have_directions_in_z(gen):
    comp = found(gen, space="wide", latent="z")
    assert comp.latent == "z" and comp.directions.shape == (3, gen.latent_size)
    np.testing.assert_array_equal(comp.stdev, 1)


def test_an_endpoint_too_wide_for_a_scatter_matrix_is_sketched_in_bounded_memory(gen):
    comp = found(gen, space="huge", n=600)
    assert comp.settings["method"] == "SketchPCA"
    assert comp.act_directions.shape == (3, 10, 30, 30)
    rows = gen.activations(gen.z(n=600, seed=0), "huge").reshape(600, -1).astype(np.float64)
    rows -= rows.mean(0)
    squares, left = np.linalg.eigh(rows @ rows.T)
    exact = left[:, ::-1].T[:3] @ rows / np.sqrt(squares[::-1][:3, None])
    flat = comp.act_directions.reshape(3, -1)
    assert alignment(flat, exact).min() > 1 - 1e-4
    np.testing.assert_allclose(comp.act_stdev, np.sqrt(squares[::-1][:3] / 599), rtol=1e-4)


def test_ipca_of_a_wide_endpoint_gives_the_same_directions(gen):
    a, b = found(gen, space="huge", n=1000, estimator="ipca", batch=250), found(gen, space="huge", n=1000)
    assert alignment(a.directions, b.directions).min() > 0.999


def test_noise_of_the_synthesis_is_what_was_asked_for(gen):
    found(gen, space="wide", n=200)
    assert gen.noises == {"stored"}
    found(gen, space="wide", n=200, noise="numpy:3")
    assert gen.noises == {"stored", "numpy:3"}


def test_a_family_without_w_has_directions_in_z(gen):
    gen.has_mapping = False
    assert found(gen, space="wide", n=2000).latent == "z"


def test_labels_reach_the_mapping_network(gen):
    gen.n_classes = 9
    shifted = found(gen, labels=5)
    np.testing.assert_allclose(shifted.mean, found(gen).mean + 5, atol=1e-4)
    assert shifted.settings["labels"] == 5


@pytest.mark.parametrize("estimator", ["sefa", "random"])
def test_fixed_directions_are_measured_on_few_rows(gen, estimator):
    comp = found(gen, estimator=estimator, n=1_000_000, components=5)
    assert gen.mapped == comp.settings["n"] == 50_000
    covariance = gen.axes.T * gen.sigma**2 @ gen.axes
    spread = np.sqrt(np.einsum("kd,de,ke->k", comp.directions, covariance, comp.directions))
    np.testing.assert_allclose(comp.stdev, spread, rtol=0.02)


def test_the_batch_changes_rounding_only(gen):
    one, other = found(gen, batch=1000), found(gen, batch=333)
    np.testing.assert_allclose(one.stdev, other.stdev, rtol=1e-5)
    np.testing.assert_allclose(one.directions, other.directions, atol=1e-4)


def test_another_seed_is_another_sample_and_none_is_forgotten(gen):
    digests = {found(gen, seed=seed, n=500).digest for seed in (0, 1, 2)}
    assert len(digests) == 3
    assert found(gen, seed=0, n=500).digest in digests


def test_rows_are_those_of_the_row_addressed_stream(gen):
    comp = found(gen, n=500)
    np.testing.assert_allclose(
        comp.mean, gen.map_rows(gen.z(n=500, seed=0)).mean(0, dtype=np.float64), atol=1e-5
    )


def test_progress_counts_up_to_the_total(gen):
    for options in ({}, {"space": "z"}, {"space": "huge", "n": 1500}, {"compat": "ganspace", "batch": 100}):
        calls = []
        found(gen, progress=lambda *call, calls=calls: calls.append(call), **options)
        done = [call[0] for call in calls]
        assert done == sorted(done) and done[0] == 0
        assert calls[-1][0] == calls[-1][1] and len({call[1] for call in calls}) == 1


def test_what_is_in_the_cache_needs_no_preparation(gen):
    prepared = []
    for _ in range(2):
        found(gen, cache=True, prepare=lambda: prepared.append(True))
    assert prepared == [True]


def test_threads_do_not_outlive_the_call(gen):
    before = threading.active_count()
    found(gen)
    gen.map_rows = lambda z, labels=None: 1 / 0
    with pytest.raises(ZeroDivisionError):
        found(gen)
    assert threading.active_count() == before


def test_products_run_on_one_thread():
    with Pools().limit(limits=2, user_api="blas"):
        with one_blas_thread():
            assert set(blas_threads()) == {1}
        assert set(blas_threads()) == {2}


def test_products_run_on_one_thread_until_the_last_one_who_wants_it_is_through():
    with Pools().limit(limits=2, user_api="blas"):
        one, other = one_blas_thread(), one_blas_thread()
        with other:
            with one:
                pass
            assert set(blas_threads()) == {1}
        one, other = one_blas_thread(), one_blas_thread()
        one.__enter__()
        other.__enter__()
        one.__exit__(None, None, None)  # as two threads may: not the one that came last goes first
        assert set(blas_threads()) == {1}
        other.__exit__(None, None, None)
        assert set(blas_threads()) == {2}


def blas_threads():
    return [pool["num_threads"] for pool in Pools().info() if pool["user_api"] == "blas"]


@pytest.mark.parametrize("at_once", [1, 3])
def test_work_ahead_keeps_the_order_and_stops_when_it_is_closed(at_once):
    def slow_at_first(item):
        time.sleep(0.02 / (1 + item))
        made.append(item)
        return item

    made = []
    assert list(in_order(slow_at_first, range(50), at_once)) == list(range(50))
    made.clear()
    items = in_order(slow_at_first, iter(range(1000)), at_once)
    assert next(items) == 0
    items.close()
    assert len(made) < 10


def test_so_many_items_are_made_at_once_and_no_more():
    together = threading.Barrier(3, timeout=60)
    assert list(in_order(lambda item: together.wait() >= 0 and item, range(6), 3)) == list(range(6))
    running, most, lock = [0], [0], threading.Lock()

    def counted(item):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.01)
        with lock:
            running[0] -= 1

    list(in_order(counted, range(20), 2))
    assert most[0] <= 2


def test_what_goes_wrong_ahead_is_raised_where_the_item_is_wanted():
    items = in_order(lambda item: 1 // (3 - item), range(9), 2)
    with pytest.raises(ZeroDivisionError):
        list(items)


def test_rows_are_mapped_at_once_only_where_the_network_allows_it(gen, monkeypatch):
    monkeypatch.setattr(rows, "cores", lambda: 2)
    assert Space(gen, "w").at_once == 1  # nothing is said of it
    gen.maps_in_threads = True
    assert [Space(gen, name).at_once for name in ("w", "z", "wide")] == [3, 3, 1]
    gen.threads = 1
    assert Space(gen, "w").at_once == 1
    gen.threads = None
    monkeypatch.setattr(rows, "cores", lambda: 1)
    assert Space(gen, "w").at_once == 1


def broken(gen):
    gen.map_rows = lambda z, labels=None: np.full((len(z), D), np.nan, np.float32)
    return gen


@pytest.mark.parametrize(
    "options, message",
    [
        ({"n": 1}, "n=1 is too small; at least 2"),
        ({"n": 2.5}, "n 2.5 is not a whole number"),
        ({"n": True}, "n True is not a whole number"),
        ({"components": 0}, "components=0 is too small"),
        ({"components": 13}, "components=13: w is 12 numbers wide, so at most 12"),
        ({"components": 5, "n": 5}, "components=5 need more rows than n=5; allowed are at most 4"),
        ({"batch": 0}, "batch=0 is too small"),
        ({"seed": -1}, "seed -1 is outside"),
        ({"space": "w", "latent": "z"}, "space 'w' has directions in w"),
        ({"space": "wide", "latent": "v"}, "unknown latent 'v'"),
        ({"space": "widr"}, "unknown endpoint 'widr'"),
        ({"estimator": "pcaa"}, "unknown estimator 'pcaa'"),
        ({"sparsity": 2}, "estimator pca has no option 'sparsity'; allowed: precision"),
        ({"precision": "half"}, "unknown precision 'half'"),
        ({"labels": [1, 2]}, "labels of shape"),
        ({"labels": 2.5}, "labels of shape"),
        ({"labels": [np.nan] * 9}, "labels holds 9 values that are NaN"),
        ({"estimator": "spca", "sparsity": np.inf}, "sparsity=inf is not a number"),
        ({"estimator": "sefa", "layers": [0.5]}, "layers=a list of 1; allowed are whole numbers"),
        ({"estimator": "sefa", "layers": "0-999999999"}, "allowed are 0 … 3"),
        ({"n": 10**30}, "at most 1,000,000,000,000"),
        ({"components": 10**30}, "too large"),
        ({"batch": 10**30}, "too large"),
        ({"n": float("inf")}, "not a whole number"),
    ],
)
def test_a_mistake_is_one_line_that_says_what_is_allowed(gen, options, message):
    gen.n_classes = 9
    with pytest.raises(UsageError) as caught:
        found(gen, **dict({"n": 100}, **options))
    assert message in str(caught.value) and "\n" not in str(caught.value)
    assert gen.mapped == 0


def test_a_network_that_gives_nan_is_reported(gen):
    with pytest.raises(UsageError, match="NaN or infinity"):
        found(broken(gen))


@pytest.mark.parametrize("compat", [None, "ganspace"])
@pytest.mark.parametrize("components", [1, 3, D])
@pytest.mark.parametrize("estimator", list(ESTIMATORS))
@pytest.mark.parametrize(
    "rows",
    [
        np.ones_like,
        np.zeros_like,
        lambda w: np.outer(w[:, 0], np.arange(1.0, D + 1)),  # one direction
        lambda w: w * 1e-30,
        lambda w: w * 1e30,  # their squares are infinite in float32
    ],
    ids=["equal", "zero", "on a line", "tiny", "huge"],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::UserWarning")
def test_latents_without_directions_are_decomposed_or_refused(rows, estimator, components, compat):
    """A network can map everything to one w; what cannot be measured is said, never met by another error."""
    gen = LinearGenerator()
    mapped = gen.map_rows
    gen.map_rows = lambda z, labels=None: rows(mapped(z, labels)).astype(np.float32)
    try:
        comp = decompose(gen, n=100, components=components, estimator=estimator, compat=compat, cache=False)
    except UsageError as error:
        assert "\n" not in str(error)
    else:
        assert all(np.isfinite(array).all() for array in comp.arrays().values())


def test_rows_that_are_all_the_same_have_no_directions():
    gen = LinearGenerator(sigma=np.zeros(D))
    with pytest.raises(UsageError, match="all rows are the same"):
        found(gen, estimator="fbpca", n=100, components=2)


def test_names_that_are_unknown_have_their_own_error(gen):
    with pytest.raises(UnknownName):
        found(gen, space="nowhere")


@pytest.mark.parametrize("word, ours", [("n_components", "components"), ("random_state", "seed")])
def test_words_of_other_libraries_are_answered_with_ours(gen, word, ours):
    with pytest.raises(UsageError, match="{}: here it is called {}".format(word, ours)):
        decompose(gen, **{word: 3})


@pytest.mark.parametrize(
    "options, same",
    [
        ({"estimator": "spca", "sparsity": np.float32(2)}, {"sparsity": 2}),
        ({"estimator": "sefa", "layers": range(2)}, {"layers": [0, 1]}),
        ({"estimator": "sefa", "layers": np.array([0, 1])}, {"layers": [np.int64(0), 1]}),
    ],
)
def test_options_are_numbers_of_python_or_numpy(gen, options, same):
    """They decide what is found in the cache."""
    comp = decompose(gen, n=100, components=2, **options)
    assert decompose(gen, n=100, components=2, **dict(options, **same)).path == comp.path


def test_few_rows_give_as_many_components_as_they_can(gen):
    """Where nothing is said of how many."""
    assert len(decompose(gen, n=4, cache=False)) == 3
