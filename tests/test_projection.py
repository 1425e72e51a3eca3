"""Photos to latents: optimisers, spaces, plans, and that a photo's w depends on nothing beside it."""

from __future__ import annotations

import numpy as np
import pytest

import ganspace_tf as gs
from ganspace_tf.errors import GanspaceError, UsageError
from ganspace_tf.photos.lbfgs import LBFGS
from ganspace_tf.photos.methods import METHODS, Making, nvlabs_schedule
from ganspace_tf.photos.paths import Answer, Stop, advance
from ganspace_tf.photos.plans import LAST, Plan, plan_of
from ganspace_tf.photos.project import Projection, Settings
from ganspace_tf.photos.spaces import Space, noise_term
from ganspace_tf.photos.starts import Candidates, latent_statistics
from ganspace_tf.photos.targets import Target, decibels
from tests.tiny import write_tiny


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
    assert (large.starts, large.rounds, large.last) == (4, 1, 1)
    assert one.following([], [path_of("lbfgs", START)], 100).rows == [0]


# ------------------------------------------------------------------ projections


@pytest.fixture(scope="module")
def gen(tmp_path_factory):
    generator = gs.load_generator(
        write_tiny(tmp_path_factory.mktemp("net") / "net.pkl", "stylegan2-skip"), threads=1
    )
    opened, build = {}, generator.open_loss

    def open_loss(noise=False):
        """Building the graph takes longer than all steps: one for all tests."""
        if noise not in opened:
            opened[noise] = build(noise)
            opened[noise].close = lambda: None
        return opened[noise]

    generator.open_loss = open_loss
    yield generator
    for loss in opened.values():
        loss.session.close()
    generator.close()


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GANSPACE_CACHE", str(tmp_path / "cache"))


def targets_of(gen, seeds):
    pixels = gs.to_uint8(gen.images(gen.w(seeds=seeds)))
    return [Target(one, None, "seed{}".format(seed), {}, []) for one, seed in zip(pixels, seeds)]


def projected(gen, targets, settings, break_after=None):
    """Results; with break_after the state is kept after so many runs and restored in another projection."""
    projection = Projection(gen, targets, settings)
    try:
        for count, _ in enumerate(projection.run(), 1):
            if count == break_after:
                later = Projection(gen, targets, settings)
                later.restore(projection.arrays())
                projection.close()
                projection = later
                for _ in projection.run():
                    pass
                break
        return projection.results()
    finally:
        projection.close()


QUICK = Settings(space="w", steps=40, starts=4, candidates=64)


@pytest.mark.parametrize("space", ["w", "w+", "w-then-w+"])
def test_the_latent_of_a_networks_own_picture_is_found(gen, space):
    target = targets_of(gen, [3])[0]
    result = projected(gen, [target], QUICK._replace(space=space))[0]
    assert result.w.shape == (gen.n_layers, gen.dlatent_size) and result.w.dtype == np.float32
    pixels = gs.to_uint8(gen.images(result.w[None]))[0]
    assert decibels(target.error_of(pixels)) > 30
    assert (result.spread == 0) == (space == "w") and 0.1 < result.distance < 3
    asked = [point[0] for point in result.history]
    assert asked == sorted(asked) and result.steps >= asked[-1] >= 30 and result.asked > result.steps


@pytest.mark.parametrize("space", ["w", "w+"])
def test_a_photos_latent_is_the_same_whatever_is_projected_with_it(gen, space):
    targets = targets_of(gen, [1, 2, 5])
    together = projected(gen, targets, QUICK._replace(space=space))
    for target, result in zip(targets, together):
        alone = projected(gen, [target], QUICK._replace(space=space))[0]
        np.testing.assert_array_equal(alone.w, result.w)
        assert alone.history == result.history


@pytest.mark.parametrize(
    "settings", [QUICK, QUICK._replace(space="w-then-w+"), Settings(method="nvlabs", steps=40)]
)
@pytest.mark.parametrize("after", [2, 17, 35])
def test_what_was_kept_goes_on_to_the_same_numbers(gen, settings, after):
    targets = targets_of(gen, [1, 2])
    unbroken = projected(gen, targets, settings)
    again = projected(gen, targets, settings, break_after=after)
    for one, other in zip(unbroken, again):
        np.testing.assert_array_equal(one.w, other.w)
        assert one.history == other.history and one.asked == other.asked
        for ours, theirs in zip(one.noise, other.noise):
            np.testing.assert_array_equal(ours, theirs)


def test_what_is_drawn_over_does_not_count_under_a_mask(gen):
    clean = targets_of(gen, [4])[0]
    spoilt = np.array(clean.pixels)
    spoilt[:8, :8] = (255, 0, 255)
    mask = np.ones((1, 16, 16), np.float32)
    mask[0, :8, :8] = 0
    errors = {}
    for name, weights in (("masked", mask), ("unmasked", None)):
        target = clean._replace(pixels=spoilt, mask=weights)
        result = projected(gen, [target], QUICK)[0]
        pixels = gs.to_uint8(gen.images(result.w[None]))[0]
        errors[name] = clean._replace(mask=mask).error_of(pixels)
    assert decibels(errors["masked"]) > decibels(errors["unmasked"]) + 5


def test_fitted_noise_is_noise_and_makes_the_picture_better(gen):
    target = targets_of(gen, [6])[0]
    noisy = np.clip(target.pixels + 20 * np.random.RandomState(0).randn(16, 16, 3), 0, 255).astype(np.uint8)
    target = target._replace(pixels=noisy)
    stored = projected(gen, [target], QUICK)[0]
    fitted = projected(gen, [target], QUICK._replace(noise="fit", steps=100))[0]
    assert stored.noise == [] and [maps.shape[1:] for maps in fitted.noise] == list(gen.noise_shapes)
    for maps in fitted.noise:
        assert abs(maps.mean()) < 1e-5 and abs(maps.std() - 1) < 1e-4
    drawn = [
        gs.to_uint8(gen.images(result.w[None], noise=[maps[None] for maps in result.noise] or "stored"))[0]
        for result in (stored, fitted)
    ]
    assert target.error_of(drawn[1]) < target.error_of(drawn[0])


def test_a_start_may_be_given_and_is_never_left_for_the_worse(gen):
    target = targets_of(gen, [7])[0]
    near = gen.w(seeds=[7]) + 0.05 * gen.w(seeds=[8])
    result = projected(gen, [target], QUICK._replace(start=near, steps=10, starts=None))[0]
    assert np.linalg.norm(result.w - gen.w(seeds=[7])[0]) < np.linalg.norm(near[0] - gen.w(seeds=[7])[0])
    assert result.history[0][2] >= result.history[-1][2] and len(result.history) > 1


def test_keep_near_holds_the_layers_together(gen):
    random = np.random.RandomState(2)
    target = Target(random.randint(0, 256, (16, 16, 3)).astype(np.uint8), None, "noise", {}, [])
    free, held = (
        projected(gen, [target], QUICK._replace(space="w+", keep_near=weight))[0] for weight in (0, 1.0)
    )
    assert held.spread < 0.5 * free.spread


def test_good_enough_ends_a_photo_early(gen):
    target = targets_of(gen, [3])[0]
    result = projected(gen, [target], QUICK._replace(good_enough=20.0))[0]
    assert result.steps < 40 and result.history[-1][2] <= 4 * 10**-2


def test_classes_in_turn_or_the_one_that_was_chosen(tmp_path):
    gen = gs.load_generator(write_tiny(tmp_path / "cond.pkl", "stylegan2-cond"), threads=1)
    try:
        mean = latent_statistics(gen, None).mean
        of_each = [latent_statistics(gen, row[None]).mean for row in np.eye(3, dtype=np.float32)]
        assert np.linalg.norm(mean - np.mean(of_each, axis=0)) < 0.1 * np.linalg.norm(of_each[0] - of_each[1])
        np.testing.assert_array_equal(latent_statistics(gen, None).mean, mean)  # from the cache
    finally:
        gen.close()


def test_a_picture_unlike_all_others_is_noticed():
    random = np.random.RandomState(3)
    drawn = Candidates(np.zeros((64, 4), np.float32), 0.1 * random.randn(64, 3, 16, 16).astype(np.float32))
    from ganspace_tf.photos.project import _is_unlike

    like = Target(np.full((64, 64, 3), 128, np.uint8), None, "", {}, [])
    assert not _is_unlike(drawn, like) and _is_unlike(drawn, like._replace(pixels=like.pixels * 0))


@pytest.mark.parametrize(
    "settings, said",
    [
        ({"space": "z"}, "unknown space 'z'"),
        ({"method": "sgd"}, "unknown method 'sgd'"),
        ({"start": "somewhere"}, "unknown start"),
        ({"start": "mean", "starts": 3}, "with start=mean there is one"),
        ({"space": "w", "keep_near": 0.1}, "w has one"),
        ({"noise": "none"}, "unknown noise"),
    ],
    ids=str,
)
def test_settings_that_make_no_sense_are_refused(gen, settings, said):
    with pytest.raises(UsageError, match=said):
        Settings(**settings).resolved(gen)


def test_memory_that_is_too_small_halves_the_runs_then_says_so(gen, monkeypatch):
    from nvlabs.running.loss_graph import LossGraph

    call, sizes = LossGraph.__call__, []

    def small(self, w, *more):
        sizes.append(len(w))
        if len(w) > most:
            raise MemoryError
        return call(self, w, *more)

    monkeypatch.setattr(LossGraph, "__call__", small)
    most = 2
    assert projected(gen, targets_of(gen, [1]), QUICK._replace(steps=4))
    assert sizes[:2] == [4, 2] and set(sizes[1:]) == {2}
    most = 0
    with pytest.raises(GanspaceError, match="not enough memory for the gradient of one picture of 16 × 16"):
        projected(gen, targets_of(gen, [1]), QUICK._replace(steps=4))
