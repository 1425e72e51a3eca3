"""The Hessian of the distance of pictures: where it is known, and against differences of losses."""

from __future__ import annotations

import numpy as np
import pytest

import ganspace_tf as gs
from ganspace_tf.errors import UsageError
from ganspace_tf.measure.hessian import MeanHessian, hessian_directions
from tests import tiny
from tests.coded_generator import FACTORS, CodedGenerator
from tests.linear_gan import LinearGAN


def test_planted_factors_are_found_the_one_that_changes_fastest_first():
    """H is Σ a a^T / σ² over the axes a of the factors: its eigenvectors are known."""
    gen = CodedGenerator()
    found = hessian_directions(gen, gen.w(n=3, seed=0), len(FACTORS), step=0.1)
    wanted = gen.axes[np.argsort(gen.sigma[: len(FACTORS)])]
    assert np.abs((found * wanted).sum(axis=1)).min() > 0.999  # in float32, from factors of 16 bits
    np.testing.assert_allclose(found @ found.T, np.eye(len(FACTORS)), atol=1e-9)


@pytest.mark.parametrize("kind", ["stylegan", "stylegan2-ada"])
def test_a_product_with_the_hessian_is_the_second_difference_of_the_loss(tmp_path, kind):
    gen = gs.load_generator(tiny.write_tiny(tmp_path / "net.pkl", kind))
    w, step = gen.w(n=2, seed=1), 0.02
    direction = np.random.RandomState(3).standard_normal(gen.dlatent_size)
    direction /= np.linalg.norm(direction)
    hessian, loss = MeanHessian(gen, w, step), gen.open_loss()
    aims, moved = gen.images(w), (step * direction).astype(np.float32)
    ends = [loss.losses(w + sign * moved, aims)[0].mean() for sign in (1, -1)]
    second = (ends[0] + ends[1]) / step**2  # of a loss that is 0 where it starts
    assert hessian.times(direction[None])[0] @ direction == pytest.approx(second, rel=0.02)  # of order ε²
    double = hessian.times(2 * direction[None])[0]
    np.testing.assert_allclose(double, 2 * hessian.times(direction[None])[0], rtol=1e-6)
    hessian.close()
    loss.close()


def test_what_has_no_gradient_or_too_few_axes_is_refused():
    with pytest.raises(UsageError, match="no gradient"):
        hessian_directions(LinearGAN(), LinearGAN().w(n=2, seed=0), 3, 0.1)
    gen = CodedGenerator()
    with pytest.raises(UsageError, match="48 numbers wide"):
        hessian_directions(gen, gen.w(n=2, seed=0), 49, 0.1)
