"""The error bound of randomised PCA: it holds, says something, and is large where nothing can be known."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import ganspace_tf as gs
from ganspace_tf.cli import main as ganspace
from ganspace_tf.decomposition import error_bound as module
from ganspace_tf.decomposition.error_bound import error_bound, in_words, norm_bound, probes, upper_bounds
from ganspace_tf.decomposition.randomised import RandomisedPCA, Sketch, SketchPCA
from tests.linear_generator import LinearGenerator

N, F, K = 700, 400, 10
SPECTRA = {
    "falls by a power": np.arange(1, F + 1) ** -1.0,
    "falls by a factor": 0.93 ** np.arange(F),
    "a cliff behind the components": np.where(np.arange(F) < K, np.geomspace(3, 1, F) * 3, 0.02),
    "flat": np.ones(F),
    "a few dimensions alone": np.where(np.arange(F) < 2 * K, 0.8 ** np.arange(F), 0),
}


def rows(stdevs, seed=0):
    """(N, F) float32 with exactly these singular values over sqrt(N - 1), in random directions."""
    random = np.random.RandomState(seed)
    left = random.standard_normal((N, F))
    left = np.linalg.qr(left - left.mean(axis=0))[0]
    right = np.linalg.qr(random.standard_normal((F, F)))[0]
    return ((left * stdevs) @ right.T * np.sqrt(N - 1) + 2).astype(np.float32)


def fit(kind, x, seed=0):
    estimator = kind(K, x.shape[1], np.random.RandomState(seed))
    for _ in range(estimator.passes):
        for start in range(0, len(x), 100):
            estimator.update(x[start : start + 100])
        estimator.end_pass()
    return estimator.finish(), estimator


def exact(x):
    """Covariance, eigenvalues (falling) and eigenvectors (as rows)."""
    covariance = np.cov(x.T.astype(np.float64))
    values, vectors = np.linalg.eigh(covariance)
    return covariance, values[::-1], vectors[:, ::-1].T


@pytest.mark.parametrize("spectrum", SPECTRA)
@pytest.mark.parametrize("kind", [RandomisedPCA, SketchPCA])
def test_the_bound_holds_for_variances_residuals_and_directions(kind, spectrum):
    for seed in range(3):
        x = rows(SPECTRA[spectrum], seed)
        covariance, values, vectors = exact(x)
        basis, estimator = fit(kind, x, seed)
        bound, variances = estimator.bound, basis.stdev**2
        t, rounding = bound.variance, module.ROUNDING * values[0]
        assert (bound.variances <= t).all()
        assert (values[:K] - variances <= bound.variances + rounding).all()
        assert (values[:K] - variances >= -rounding).all()
        residuals = basis.components @ covariance - variances[:, None] * basis.components
        assert np.linalg.norm(residuals, axis=1).max() <= t
        cosines = np.abs((basis.components * vectors[:K]).sum(axis=1))
        sines = np.sqrt(np.maximum(0, 1 - cosines**2))
        assert (sines <= estimator.bound.sines + 1e-6).all()


def exceeded(known, trials=300):
    """How often an exact variance is above its bound, of matrices that are small enough for the norm of what
    is lost to be known. known: by what |P v|² is multiplied.
    """
    random, above = np.random.RandomState(0), 0
    for _ in range(trials):
        size, width = random.randint(6, 14), random.randint(2, 5)
        turn = np.linalg.qr(random.standard_normal((size, size)))[0]
        matrix = turn * np.exp(random.uniform(-4, 0, size)) @ turn.T
        near = turn[:, :width] + random.uniform(0, 0.5) * random.standard_normal((size, width))
        basis = np.linalg.qr(near)[0]
        sketch = Sketch.of(basis, matrix @ basis)
        t = np.linalg.eigvalsh(matrix - sketch.factor.T @ sketch.factor)[-1]
        upper = upper_bounds(sketch.squares, t, known * sketch.outside, 1e-12)
        above += (np.linalg.eigvalsh(matrix)[::-1][: len(upper)] > upper + 1e-9).sum()
    return above


def test_variances_are_never_above_their_bound_where_the_norm_of_the_rest_is_exact():
    assert exceeded(1.0) == 0
    assert exceeded(0.3) > 20  # were |P v| smaller than it is, they would be


def test_what_lies_outside_the_basis_is_that_of_the_singular_vectors():
    random = np.random.RandomState(1)
    matrix = np.cov(random.standard_normal((30, 12)) * np.geomspace(3, 0.1, 12), rowvar=False)
    basis = np.linalg.qr(random.standard_normal((12, 4)))[0]
    sketch = Sketch.of(basis, matrix @ basis)
    vectors = sketch.top(4)[1]
    outside = vectors - vectors @ basis @ basis.T
    np.testing.assert_allclose(sketch.outside, outside @ outside.T, atol=1e-12)
    np.testing.assert_allclose(sketch.lost(basis, matrix @ basis), 0, atol=1e-12)


@pytest.mark.parametrize("kind", [RandomisedPCA, SketchPCA])
def test_it_is_within_an_order_of_what_the_sketch_leaves(kind):
    """No basis of 2 K columns loses less than the variance 2 K + 1. A flat rest of d variances is counted as
    the fourth root of 12 d times one of them: 8.2 for the 380 that there are.
    """
    for spectrum, factor in (("falls by a power", 5), ("falls by a factor", 5), ("flat", 9)):
        x = rows(SPECTRA[spectrum])
        least = exact(x)[1][2 * K]
        bound = fit(kind, x)[1].bound
        assert least <= bound.variance <= factor * least, spectrum


@pytest.mark.parametrize("kind", [RandomisedPCA, SketchPCA])
def test_it_says_much_where_the_spectrum_falls_and_nothing_where_it_is_flat(kind):
    falls, cliff, few, flat = (
        fit(kind, rows(SPECTRA[name]))[1].bound
        for name in ("falls by a power", "a cliff behind the components", "a few dimensions alone", "flat")
    )
    assert falls.share[0] < 1e-5 and falls.sines[0] < 1e-5 and falls.share[-1] > 0.05
    assert cliff.share.max() < 0.01
    assert few.share.max() < 0.01 and few.sines.max() < 0.05
    assert flat.share.min() > 0.5 and (flat.sines == 1).all()


def test_where_everything_is_decomposed_there_is_no_bound_to_state():
    estimator = RandomisedPCA(40, 60, np.random.RandomState(0))
    estimator.update(rows(SPECTRA["flat"])[:, :60])
    estimator.finish()
    assert estimator.accuracy() == {}


def test_a_stated_bound_is_rounded_up():
    bound = fit(SketchPCA, rows(SPECTRA["falls by a power"]))[1].bound
    record = json.loads(json.dumps(bound.record()))
    assert bound.variance < record["variance"] < 1.0015 * bound.variance
    assert record["failure"] == module.FAILURE and len(record["sines"]) == K
    assert all(a <= b <= 1 for a, b in zip(bound.sines, record["sines"]))
    assert all(a <= b < 1.0015 * a for a, b in zip(bound.variances, record["variances"]))


def test_the_norm_is_underestimated_as_rarely_as_stated():
    """For a matrix of rank one the law is exact: 2,000 trials at 20 % leave 400 ± 18."""
    random = np.random.RandomState(0)
    direction = np.array([0.6, 0.8, 0])
    missed = 0
    for _ in range(2000):
        normal = random.standard_normal((3, 4))
        missed += norm_bound(2 * np.outer(direction, direction @ normal), 0.2) < 2
    assert 330 < missed < 470


def test_probes_are_another_stream_than_that_of_any_seed():
    ours = probes(50)
    assert ours.shape == (50, module.PROBES)
    for seed in (0, 3, 4, 2011):
        theirs = np.random.RandomState(seed).standard_normal(ours.size)
        assert abs(np.corrcoef(ours.ravel(), theirs)[0, 1]) < 0.1


def test_what_is_lost_for_certain_is_the_least_where_it_is_small():
    nothing = np.ones((5, module.PROBES))
    bound = error_bound(1e-3, nothing, nothing, np.array([4.0, 2.0, 1.0]), 2, np.eye(3))
    assert bound.variance == pytest.approx(1e-3 + 4 * module.ROUNDING)
    np.testing.assert_allclose(bound.sines, [bound.variance / (2 - bound.variance), 1e-3 / 0.999], rtol=0.02)


def test_components_keep_it_and_info_tells_it(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("GANSPACE_CACHE", str(tmp_path / "cache"))
    for _ in range(2):  # computed, then from the cache
        comp = gs.decompose(LinearGenerator(), space="huge", n=300, components=8)
        assert set(comp.settings["error_bound"]) == {"variance", "failure", "sines", "variances"}
    path = comp.save(tmp_path / "c.npz")
    assert gs.load_components(path).settings["error_bound"] == comp.settings["error_bound"]
    assert ganspace(["info", path]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("error_bound"))
    assert "8 of 8 directions within 5 degrees" in line and "(v7) larger" in line
    older = {name: value for name, value in comp.settings["error_bound"].items() if name != "variances"}
    one_for_all = in_words(replace(comp, settings=dict(comp.settings, error_bound=older)))
    assert one_for_all is not None and "(v7) larger, 8 of 8 directions" in one_for_all
    exact_one = gs.decompose(LinearGenerator(), space="wide", n=300, components=3)
    assert "error_bound" not in exact_one.settings
