"""Optimisers that ask, what they move, and the order in which starts are tried."""

from __future__ import annotations

import numpy as np
import pytest

from ganspace_tf.photos.lbfgs import LBFGS
from ganspace_tf.photos.methods import METHODS, Making, nvlabs_schedule
from ganspace_tf.photos.paths import Answer, Stop, advance
from ganspace_tf.photos.plans import LAST, Plan, plan_of
from ganspace_tf.photos.spaces import Space, noise_term


def rosenbrock(x):
    """(loss, gradient) of the chained function of Rosenbrock, whose minimum is 0 at (1, 1, …)."""
    ahead, here = x[1:], x[:-1]
    gradient = np.zeros_like(x)
    gradient[:-1] = -400 * here * (ahead - here**2) - 2 * (1 - here)
    gradient[1:] += 200 * (ahead - here**2)
    return float((100 * (ahead - here**2) ** 2 + (1 - here) ** 2).sum()), gradient


def walked(paths, asked, function=rosenbrock, stop=None):
    """Takes the paths to `asked` gradients; the number of common calls."""
    walk, answers, calls = advance(paths, stop or Stop(asked)), None, 0
    while True:
        try:
            points = walk.send(answers) if answers else next(walk)
        except StopIteration:
            return calls
        calls += 1
        found = {row: function(point) for row, point in points.items()}
        answers = {row: Answer(loss, gradient, loss) for row, (loss, gradient) in found.items()}


def path_of(method, x, steps=100):
    return METHODS[method].make(Making(np.asarray(x, np.float64), len(x), 1.0, 1.0, steps, 0))


START = np.array([-1.2, 1.0, -0.5, 0.8])


# ------------------------------------------------------------------ optimisers


def test_lbfgs_finds_the_end_of_a_curved_valley():
    path = LBFGS(START, 0.1)
    walked({0: path}, 200)
    assert path.loss < 1e-12 and path.asked < 100  # plain descent needs thousands
    losses = [loss for _, loss, _ in path.history]
    assert losses == sorted(losses, reverse=True)  # every step is one down


def test_lbfgs_passes_kinks_as_leaky_relu_makes_them():
    def kinked(x):
        slope = np.where(x > 0.3, 1.0, -0.2)
        return float((slope * (x - 0.3)).sum() + 0.05 * (x @ x)), slope + 0.1 * x

    path = LBFGS(np.array([3.0, -2.0, 1.0]), 0.1)
    walked({0: path}, 200, kinked)
    np.testing.assert_allclose(path.x, 0.3, atol=1e-2)


@pytest.mark.parametrize("method", sorted(METHODS))
def test_paths_go_together_as_they_go_alone_and_after_they_were_kept(method):
    starts = [START, START[::-1].copy(), START + 1]
    together = {row: path_of(method, x) for row, x in enumerate(starts)}
    calls = walked(together, 40)
    assert calls < 60  # not three times 40
    for row, x in enumerate(starts):
        alone = path_of(method, x)
        walked({0: alone}, 17)
        kept = alone.arrays()
        later = path_of(method, np.zeros(4))
        later.restore(kept)
        walked({0: later}, 40)
        np.testing.assert_array_equal(later.x, together[row].x)
        assert later.history == together[row].history and later.asked == together[row].asked


@pytest.mark.parametrize("method", sorted(METHODS))
def test_numbers_that_are_none_end_a_path_and_the_best_so_far_stays(method):
    def broken(x):
        loss, gradient = rosenbrock(x)
        return (loss, gradient) if np.abs(x - START).max() < 0.5 else (np.nan, gradient * np.nan)

    path = path_of(method, START)
    walked({0: path}, 50, broken)
    assert np.isfinite(path.x).all() and np.isfinite(path.loss)
    assert path.asked <= 50 + 12  # a line search is not broken off


def test_a_path_ends_when_it_is_good_enough_or_stands():
    path = path_of("lbfgs", START)
    walked({0: path}, 0, stop=Stop(200, error=0.5))
    assert path.done and path.error <= 0.5 and path.asked < 60
    flat = path_of("adam", START)
    walked({0: flat}, 0, lambda x: (1.0, np.zeros(4)), Stop(200, patience=15))
    assert flat.done and flat.asked == 16


# step, rate, factor of noise of the published projector over 1000 steps
PUBLISHED = [
    (0, 0.0, 0.05),
    (1, 0.002, 0.04986675555555556),
    (10, 0.02, 0.04867555555555556),
    (25, 0.05, 0.04672222222222222),
    (49, 0.098, 0.043680088888888885),
    (50, 0.1, 0.04355555555555556),
    (100, 0.1, 0.037555555555555564),
    (250, 0.1, 0.022222222222222227),
    (500, 0.1, 0.005555555555555557),
    (740, 0.1, 8.888888888888856e-06),
    (749, 0.1, 8.888888888888412e-08),
    (750, 0.1, 0.0),
    (751, 0.09999605221019081, 0.0),
    (800, 0.09045084971874735, 0.0),
    (875, 0.049999999999999996, 0.0),
    (900, 0.03454915028125262, 0.0),
    (950, 0.009549150281252645, 0.0),
    (999, 3.947789809194413e-06, 0.0),
]


@pytest.mark.parametrize("step, rate, noise", PUBLISHED)
def test_the_published_schedule(step, rate, noise):
    found = nvlabs_schedule(step, 1000)
    assert found.rate == pytest.approx(rate, abs=1e-12) and found.noise == pytest.approx(noise, abs=1e-12)


# ------------------------------------------------------------------ spaces


def central(function, x, step=1e-5):
    return np.array([(function(x + e)[0] - function(x - e)[0]) / (2 * step) for e in step * np.eye(len(x))])


def test_the_noise_term_is_small_for_noise_and_has_its_gradient():
    random = np.random.RandomState(0)
    noise, smooth = random.randn(1, 16, 16), np.ones((1, 16, 16))
    assert noise_term(noise)[0] < 0.05 < noise_term(smooth)[0]
    function = lambda x: noise_term(x.reshape(1, 16, 16))[0]  # noqa: E731
    np.testing.assert_allclose(
        noise_term(noise)[1].reshape(-1), central(function, noise.reshape(-1)), atol=1e-8
    )


@pytest.mark.parametrize("per_layer", [False, True])
def test_gradients_by_the_parameters_are_those_of_what_is_fed(per_layer):
    random = np.random.RandomState(1)
    space = Space(3, 5, per_layer, 2.0, 0.3 if per_layer else 0.0, [(4, 4), (8, 8)], 0.7)
    x = space.start(random.randn(3, 5), [random.randn(1, 4, 4), random.randn(1, 8, 8)])
    assert len(x) == space.size == (15 if per_layer else 5) + 16 + 64
    weights = [random.randn(1, 3, 5), random.randn(1, 1, 4, 4), random.randn(1, 1, 8, 8)]

    def loss(x):
        """Linear in what is fed, and the penalty; in float64 as far as the space goes."""
        w = x[: space.latents].reshape(1, -1, 5)
        total = (np.broadcast_to(w, (1, 3, 5)) * weights[0]).sum()
        for part, weight in zip(space._cuts(), weights[1:]):
            rows = x[part] - x[part].mean()
            total += (rows / np.sqrt((rows**2).mean()) * weight.reshape(-1)).sum()
        return np.array([total]) + space.penalty(x[None])[0]

    found = space.gradient(x[None], weights[0], weights[1:]) + space.penalty(x[None])[1]
    np.testing.assert_allclose(found[0], central(loss, x), atol=1e-6)
    fed = space.noise_of(x[None])
    assert [maps.shape for maps in fed] == [(1, 1, 4, 4), (1, 1, 8, 8)]
    assert abs(fed[1].mean()) < 1e-6 and abs(fed[1].var() - 1) < 1e-5


def test_distance_and_spread_are_in_sigmas():
    space = Space(2, 3, True, 5.0)
    w = np.zeros((1, 2, 3), np.float32)
    w[0, 0, 0], w[0, 1, 0] = 3, 13
    assert space.distance(w, np.zeros(3))[0] == pytest.approx(8 / 5)
    assert space.spread(w)[0] == pytest.approx(1)


# ------------------------------------------------------------------ plans


def test_poor_starts_are_followed_by_others_and_the_best_go_on():
    plan = Plan(4, 3, ((0.25, 4), (0.5, 2)), 1, poor=0.1)
    paths = [path_of("lbfgs", START) for _ in range(12)]
    for row, path in enumerate(paths):
        path.answer = Answer(loss=1 + row % 4, gradient=START, error=0.5)
    stages = []
    while True:
        stage = plan.following(stages, paths, 100)
        if stage is None:
            break
        stages.append(stage)
        if stage.round == 1 and stage.step == 1:  # the second round finds a good one
            paths[5].answer = Answer(0.01, START, 0.01)
    assert [(stage.round, stage.step, stage.asked) for stage in stages] == [
        (0, 0, 25),
        (0, 1, 50),
        (1, 0, 25),
        (1, 1, 50),
        (1, LAST, 100),
    ]
    assert [stage.rows for stage in stages] == [[0, 1, 2, 3], [0, 1], [4, 5, 6, 7], [4, 5], [5]]


def test_large_networks_try_four_starts_once_and_one_start_has_no_stages():
    large, one = plan_of(None, small=False), plan_of(1, small=True)
    assert [plan_of(None, True, plus).most_starts for plus in (False, True)] == [32, 16]
    assert (large.starts, large.rounds, large.last) == (4, 1, 1)
    assert one.following([], [path_of("lbfgs", START)], 100).rows == [0]
