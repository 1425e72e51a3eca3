"""compat="ganspace" gives the numbers of GANSpace's own program, seed for seed.

The networks are those of tests/torch_recipe.py; only their mapping part is needed, and is written out here in
NumPy, so that these tests say something about the method alone.
"""

from pathlib import Path

import numpy as np
import pytest
from sklearn.decomposition import FastICA

from ganspace_tf.decomposition import decompose, ica
from ganspace_tf.decomposition.pca import PCA
from ganspace_tf.decomposition.rows import NestedSample
from ganspace_tf.errors import UnknownName, UsageError
from ganspace_tf.generators.base import Generator
from tests import torch_recipe
from tests.linear_generator import LinearGenerator

GOLDENS = np.load(str(Path(__file__).parent / "goldens" / "decomposition" / "ganspace.npz"))
WEIGHT_SEED = 11
SLOW = ("ipca_b200", "ipca_seed7", "spca")  # the same code as the others, or scikit-learn's own time
# float32 sums in another order, over 20,000 rows; the goldens' float16 components leave 1e-6
COSINE, RELATIVE = 1e-5, 1e-5


class MappingOnly(Generator):
    """The mapping network of one of the recipe's networks: pixel norm and eight dense layers."""

    latent_size = dlatent_size = 512

    def __init__(self, family, state, names, gain):
        self.family = self.name = family
        self.fingerprint = "0" * 64
        self.known = {}
        self.gain = np.float32(gain)
        scale = np.float32(0.01 / np.sqrt(512)) * np.float32(np.sqrt(2) / gain)
        self.layers = [
            (state[name + ".weight"].T * scale, state[name + ".bias"] * np.float32(0.01)) for name in names
        ]

    def map_rows(self, z, labels=None):
        key = z.tobytes()  # several cases decompose the same rows
        if key not in self.known:
            self.known[key] = self._map(z)
        return self.known[key]

    def _map(self, z):
        x = z / np.sqrt(np.mean(z * z, axis=1, keepdims=True) + np.float32(1e-8))
        for weight, bias in self.layers:
            x = x @ weight + bias
            x = np.maximum(x, np.float32(0.2) * x) * self.gain
        return x


@pytest.fixture(scope="module")
def stylegan2():
    names = ["style.{}".format(i) for i in range(1, 9)]
    return MappingOnly("stylegan2", torch_recipe.stylegan2_state(WEIGHT_SEED), names, np.sqrt(2))


@pytest.fixture(scope="module")
def stylegan():
    names = ["g_mapping.dense{}".format(i) for i in range(8)]
    return MappingOnly("stylegan", torch_recipe.stylegan_state(WEIGHT_SEED), names, 1.0)


CASES = {
    "ipca": {"estimator": "ipca", "n": 20000, "components": 20, "batch": 1000},
    "ipca_b200": {"estimator": "ipca", "n": 20000, "components": 20, "batch": 200},
    "ipca_seed7": {"estimator": "ipca", "n": 20000, "components": 20, "batch": 1000, "seed": 7},
    "pca": {"estimator": "pca", "n": 20000, "components": 20, "batch": 1000},
    "fbpca": {"estimator": "fbpca", "n": 20000, "components": 20, "batch": 1000},
    "z_style": {"estimator": "ipca", "n": 10000, "components": 10, "batch": 500, "space": "z"},
    "stylegan_ipca": {"estimator": "ipca", "n": 20000, "components": 20, "batch": 1000},
    "spca": {"estimator": "spca", "n": 1000, "components": 4, "batch": 1000},
}
ICA_CASE = {"estimator": "ica", "n": 5000, "components": 10, "batch": 1000}


def directions_of(case):
    rows = GOLDENS[case].astype(np.float64)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)  # float16 rounding has changed their lengths


def measured_like_the_original(comp, case, rtol=RELATIVE):
    arrays = comp.arrays()
    for name in ("lat_stdev", "act_stdev", "var_ratio", "random_stdevs"):
        # sums of squares with rows of zeros were float32 there
        np.testing.assert_allclose(
            arrays[name],
            GOLDENS[case + "/" + name],
            rtol=max(rtol, 3e-5) if name == "var_ratio" else rtol,
            err_msg=name,
        )
    # the original's float32 mean of thousands of rows is right to about 1e-5 itself
    np.testing.assert_allclose(arrays["lat_mean"], GOLDENS[case + "/lat_mean"], atol=5e-5)


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=pytest.mark.slow if case in SLOW else ()) for case in CASES]
)
def test_the_numbers_are_those_of_the_original(case, stylegan, stylegan2):
    gen = stylegan if case.startswith("stylegan_") else stylegan2
    comp = decompose(gen, compat="ganspace", cache=False, **CASES[case])
    cosines = np.abs((comp.directions * directions_of(case + "/lat_comp")).sum(1))
    assert cosines.min() > 1 - COSINE
    measured_like_the_original(comp, case)


def test_ica_is_the_solution_that_the_original_was_on_its_way_to(stylegan2):
    """The original stops when a step turns no row by more than 1e-4 (1 - cosine), on one side or the other of
    the solution that its steps swing about; rounding decides which. So its rows are the solution to that
    tolerance. And where scikit-learn's steps from these rows lead to, if nothing stops them, is the solution.
    """
    comp = decompose(stylegan2, compat="ganspace", cache=False, **ICA_CASE)
    theirs = directions_of("ica/lat_comp")
    assert np.abs((comp.directions * theirs).sum(1)).min() > 1 - 1e-4
    sample = NestedSample(stylegan2, 1, 1000)
    rows = np.concatenate([stylegan2.map_rows(sample.z(0, 6000)), np.zeros((1000, 512))])
    rows -= rows.mean(0)
    values, vectors = np.linalg.eigh(rows.T @ rows / len(rows))
    values, vectors = values[-10:], vectors[:, -10:]
    start = theirs @ vectors * np.sqrt(values)
    start /= np.linalg.norm(start, axis=1, keepdims=True)
    whiten = vectors / np.sqrt(values)
    model = FastICA(whiten=False, w_init=start, tol=1e-13, max_iter=10000).fit(rows @ whiten)
    solution = model.components_ @ whiten.T
    solution /= np.linalg.norm(solution, axis=1, keepdims=True)
    # Ours comes from float32 sums: kernels give whitened rows that differ by 7e-5, and differences of 1e-4
    # were seen to turn the solution by up to 2e-7 (1 - cosine).
    assert np.abs((comp.directions * solution).sum(1)).min() > 1 - 5e-7


def test_what_is_measured_along_the_originals_independent_components_is_the_originals(stylegan2, monkeypatch):
    monkeypatch.setattr(ica.OriginalICA, "fit", lambda self, x: directions_of("ica/lat_comp"))
    comp = decompose(stylegan2, compat="ganspace", cache=False, **ICA_CASE)
    measured_like_the_original(comp, "ica", rtol=1e-4)  # the goldens' directions are float16


def test_exact_pca_of_the_same_rows_is_not_what_the_original_gives(stylegan2):
    """Truncating after each block, and rows of zeros, both show: parity needs them."""
    sample, estimator = NestedSample(stylegan2, 1, 1000), PCA(20, 512)
    for start in range(0, 20000, 2000):
        estimator.update(stylegan2.map_rows(sample.z(start, start + 2000)))
    found = estimator.finish()
    exact = directions_of("exact/components")
    assert np.abs((found.components * exact).sum(1)).min() > 1 - COSINE
    np.testing.assert_allclose(found.stdev**2, GOLDENS["exact/eigenvalues"], rtol=1e-5)
    np.testing.assert_allclose(found.mean, GOLDENS["exact/mean"], atol=1e-5)
    for case in ("ipca", "pca"):
        assert np.abs((directions_of(case + "/lat_comp") * exact).sum(1)).min() < 0.99


def test_latents_come_in_nested_batches():
    gen = LinearGenerator()
    stream = np.random.RandomState(5)
    batches = [
        np.random.RandomState(stream.randint(2147483647)).standard_normal(16 * 30).reshape(30, 16)
        for _ in range(4)
    ]
    expected = np.concatenate(batches).astype(np.float32)
    sample = NestedSample(gen, 5, 30)
    for start, stop in ((0, 120), (7, 8), (29, 31), (60, 90)):
        np.testing.assert_array_equal(sample.z(start, stop), expected[start:stop])
    assert sample.global_stream(4).randint(2147483647) == stream.randint(2147483647)


def compat(gen, **options):
    settings = {"n": 4000, "components": 3, "compat": "ganspace", "batch": 100, "cache": False}
    return decompose(gen, **dict(settings, **options))


def test_seed_zero_means_one():
    gen = LinearGenerator()
    zero, one, two = (compat(gen, seed=seed) for seed in (0, 1, 2))
    assert zero.digest == one.digest != two.digest


def test_the_latents_depend_on_the_batch():
    gen = LinearGenerator()
    assert compat(gen, batch=100).digest != compat(gen, batch=200).digest


def test_without_a_batch_it_is_the_one_of_a_large_gpu():
    gen = LinearGenerator()
    assert compat(gen, batch=None).digest == compat(gen, batch=20).digest


def test_n_is_cut_to_whole_batches_and_the_last_block_reads_beyond_n():
    gen = LinearGenerator()
    comp = compat(gen, n=4399, batch=200, estimator="ipca")
    assert comp.settings["n"] == 4200 and comp.settings["rows"] == 6000  # three blocks of 2000
    assert compat(gen, n=4399, batch=200).settings["rows"] == 4200 + 2000  # of which the last 200 are zeros


def test_rows_of_zeros_pull_the_mean_of_pca_but_not_of_ipca():
    gen = LinearGenerator(mean=30.0)
    with_zeros, without = compat(gen, estimator="pca"), compat(gen, estimator="ipca")
    np.testing.assert_allclose(with_zeros.mean, gen.offset * 4000 / 6000, atol=0.5)
    np.testing.assert_allclose(without.mean, gen.offset, atol=0.5)
    along = np.abs(with_zeros.directions[0] @ gen.offset) / np.linalg.norm(gen.offset)
    assert along > 0.99  # the first "component" is the direction of the mean


def test_components_are_cut_to_the_width():
    assert len(compat(LinearGenerator(), components=80)) == 12


def test_sigma_in_z_is_one_and_noise_is_the_originals():
    gen = LinearGenerator()
    comp = compat(gen, space="wide", n=2000, estimator="ipca")
    assert comp.latent == "z" and (comp.stdev == 1).all() and comp.directions.shape == (3, 16)
    assert gen.noises == {"torch-cpu:0"}


def test_what_the_original_does_not_have_is_refused():
    with pytest.raises(UnknownName, match="pca, ipca, fbpca, ica, spca"):
        compat(LinearGenerator(), estimator="sefa")
    with pytest.raises(UsageError, match="n=50 is less than one batch of 100"):
        compat(LinearGenerator(), n=50)
    with pytest.raises(UnknownName, match="compat"):
        compat(LinearGenerator(), compat="gan")


def test_few_rows_give_as_many_components_as_are_left_of_them():
    assert len(compat(LinearGenerator(), n=10, batch=4, components=None)) == 7
