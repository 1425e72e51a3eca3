"""Latents in orthogonal frames: every row a standard normal vector, those of a frame orthogonal.

Covariances are known from fewer of them.
"""

from __future__ import annotations

import threading

import numpy as np
import pytest
from scipy import stats

from ganspace_tf.decomposition import decompose
from ganspace_tf.decomposition.scatter import Scatter
from ganspace_tf.errors import UnknownName, UsageError
from ganspace_tf.orthogonal import TURNS, OrthogonalRows
from ganspace_tf.sampling import normal_rows
from tests import families
from tests.linear_generator import LinearGenerator

WIDTHS = (1, 2, 16, 63)


def rows(n, width, seed=0):
    return OrthogonalRows(seed, width).rows(0, n)


def directions(z):
    return z / np.linalg.norm(z.astype(np.float64), axis=1, keepdims=True)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_row_depends_on_its_number_alone(width):
    whole = rows(7 * width + 5, width)
    others = OrthogonalRows(0, width)
    for start in (len(whole) - 3, 3, 0, 2 * width):  # backwards and forwards: what is kept does not matter
        np.testing.assert_array_equal(others.rows(start, start + 3), whole[start : start + 3])
    assert others.rows(4, 4).shape == (0, width)
    assert not np.array_equal(rows(4, width, seed=1), whole[:4])


@pytest.mark.parametrize("width", WIDTHS)
def test_frames_are_orthogonal_and_followed_by_their_opposites(width):
    for frame in rows(6 * width, width).reshape(3, 2, width, width):
        np.testing.assert_array_equal(frame[1], -frame[0])
        np.testing.assert_allclose(directions(frame[0]) @ directions(frame[0]).T, np.eye(width), atol=2e-6)


def test_a_rotation_is_that_of_normal_rows_made_orthogonal_one_after_the_other():
    width, q = 16, []
    for row in normal_rows(3, width, 2 * width, width).astype(np.float64):  # the second rotation
        row = row - sum((row @ other) * other for other in q)
        q.append(row / np.linalg.norm(row))
    frame = directions(OrthogonalRows(3, width).rows(2 * width * TURNS, 2 * width * TURNS + width))
    # a frame is that rotation with columns exchanged and signs turned: their squares, sorted, are its own
    np.testing.assert_allclose(np.sort(frame**2), np.sort(np.array(q) ** 2), atol=1e-6)
    gram = np.abs(frame.T) @ np.abs(np.array(q))  # 1 where a column is the same
    np.testing.assert_allclose(np.sort(gram.max(axis=1)), 1, atol=1e-6)


def test_every_row_by_itself_is_a_standard_normal_vector():
    width = 12
    z = rows(2 * width * 4000, width)
    along = np.random.RandomState(0).standard_normal(width)
    along /= np.linalg.norm(along)
    for row in (0, 5, width + 1):  # the same place in every frame: independent but for the rotation
        one = z[row :: 2 * width]
        for numbers in (one[:, 3], one @ along):
            assert stats.kstest(numbers, "norm").pvalue > 1e-3
        assert stats.kstest(np.square(one.astype(np.float64)).sum(axis=1), "chi2", (width,)).pvalue > 1e-3


def test_polynomials_up_to_degree_three_are_known_exactly_from_one_frame():
    width = 10
    unit = directions(rows(2 * width, width))
    np.testing.assert_allclose(unit.mean(axis=0), 0, atol=1e-7)
    np.testing.assert_allclose(unit.T @ unit / len(unit), np.eye(width) / width, atol=1e-7)
    np.testing.assert_allclose(np.einsum("ni,nj,nk->ijk", unit, unit, unit), 0, atol=1e-6)


def test_frames_of_one_rotation_know_as_much_as_those_of_many():
    """The mean of a function over the frames of a rotation scatters as if these were independent."""
    width = 16
    mix = np.random.RandomState(1).standard_normal((width, width)) / 4
    y = np.maximum(rows(2 * width * TURNS * 1500, width) @ mix, 0)  # a layer
    product = (y[:, 0] * y[:, 1]).reshape(-1, TURNS, 2 * width).mean(axis=2)
    alone, together = product.var(), product.mean(axis=1).var() * TURNS
    assert 0.9 <= together / alone <= 1.1  # of 1500: 4 %


def test_a_layer_is_known_from_fewer_rows():
    width, n = 16, 32 * 16
    mix = np.random.RandomState(1).standard_normal((width, width)) / 4

    def spread(z):
        y = z @ mix
        y = np.maximum(y, 0.2 * y).reshape(-1, n, width)
        return np.var([np.cov(one.T)[0, 1] for one in y])

    ratio = spread(normal_rows(0, 0, 300 * n, width)) / spread(rows(300 * n, width))
    assert ratio > 2  # rows that independent ones would need; 300 of each know it to 12 %


def test_threads_that_draw_at_once_get_the_same_rows():
    width = 16
    shared, whole = OrthogonalRows(0, width), rows(2 * width * TURNS * 6, width)
    wrong = []

    def draw(first):
        for start in range(first, len(whole) - 50, 397):
            if not np.array_equal(shared.rows(start, start + 50), whole[start : start + 50]):
                wrong.append(start)

    threads = [threading.Thread(target=draw, args=(first,)) for first in (0, 11, 3000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def found(gen=None, **options):
    chosen = dict({"n": 6000, "components": 3, "sampling": "orthogonal", "cache": False}, **options)
    return decompose(gen or LinearGenerator(), **chosen)


@pytest.mark.parametrize("estimator", ["pca", "ipca", "fbpca", "ica", "spca", "random"])
def test_every_estimator_that_samples_takes_it(estimator):
    comp = found(estimator=estimator, n=3000)
    assert comp.settings["sampling"] == "orthogonal"
    assert comp.digest != found(estimator=estimator, n=3000, sampling="independent").digest


def test_what_is_decomposed_are_those_rows():
    gen = LinearGenerator()
    state = Scatter.of(gen.map_rows(rows(6000, gen.latent_size, seed=5)))
    comp = found(gen, seed=5)
    np.testing.assert_allclose(comp.stdev, state.stdev_along(comp.directions), rtol=1e-5)


def test_directions_in_z_come_from_the_same_rows():
    def off(sampling):
        found_ones = np.abs(found(space="z", sampling=sampling).directions)
        return np.linalg.norm(found_ones - np.eye(*found_ones.shape))  # w is linear in z, axis by axis

    assert off("orthogonal") < 0.6 * off("independent") < 0.1


def test_the_usual_sampling_is_not_written_down():
    """So that files, results and states of before it could be chosen are found."""
    assert "sampling" not in found(sampling="independent").settings


def test_each_sampling_has_its_own_place_in_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GANSPACE_CACHE", str(tmp_path / "cache"))
    gen = LinearGenerator()
    digests = [found(gen, cache=True, sampling=name).digest for name in ("orthogonal", "independent")]
    gen.mapped = 0
    assert [found(gen, cache=True, sampling=name).digest for name in ("orthogonal", "independent")] == digests
    assert gen.mapped == 0 and digests[0] != digests[1]
    # states too: neither goes on from rows of the other
    longer = found(gen, cache=True, n=12_000)
    assert longer.digest == found(n=12_000).digest


WRONG = [
    ({"sampling": "sobol"}, UnknownName, "independent"),
    ({"sampling": ["orthogonal"]}, UnknownName, "independent"),
    ({"estimator": ["pca"]}, UnknownName, "ipca"),
    ({"space": "wide"}, UsageError, "this is a decomposition of wide"),
    ({"compat": "ganspace"}, UsageError, "compat='ganspace' has rows of its own"),
    ({"n": 31}, UsageError, "draws 32 rows at a time; allowed are at least as many"),
    ({"n": "auto", "most": 31}, UsageError, "most=31: sampling='orthogonal' draws 32 rows at a time"),
]


@pytest.mark.parametrize("options, kind, said", WRONG)
def test_refusals_are_one_line(options, kind, said):
    with pytest.raises(kind) as error:
        found(**options)
    assert said in str(error.value) and "\n" not in str(error.value)


def test_truncated_latents_have_no_frames(tmp_path):
    gen = families.load("biggan", tmp_path)
    with pytest.raises(UsageError, match=r"psi=0\.5 cuts z off"):
        found(gen, space="z", estimator="random", psi=0.5, components=2)
    gen.close()
