"""Photos to latents: that they are found, and that a photo's w depends on nothing beside it."""

from __future__ import annotations

import numpy as np
import pytest

import ganspace_tf as gs
from ganspace_tf.errors import GanspaceError, UsageError
from ganspace_tf.photos.project import Projection, Settings
from ganspace_tf.photos.starts import candidates, latent_statistics
from ganspace_tf.photos.targets import Target, decibels
from tests.tiny import write_tiny


@pytest.fixture(scope="module")
def gen(tmp_path_factory):
    generator = gs.load_generator(
        write_tiny(tmp_path_factory.mktemp("net") / "net.pkl", "stylegan2-skip"), threads=1
    )
    opened, build = {}, generator.open_loss

    def open_loss(noise=False, more=None):
        """Building the graph takes longer than all steps: one for all tests."""
        assert more is None
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


def test_a_network_that_was_changed_has_starts_of_its_own(tmp_path):
    network = gs.load_generator(write_tiny(tmp_path / "a.pkl", "stylegan2-skip"), threads=1)
    name = "G_mapping/Dense1/bias"
    before = latent_statistics(network, None).mean, candidates(network, 8, 0, None).w
    network.network.set_var(name, network.network.get_var(name) + 1)
    after = latent_statistics(network, None).mean, candidates(network, 8, 0, None).w
    assert all((one != other).any() for one, other in zip(before, after))
    network.close()


def test_a_picture_unlike_all_others_is_noticed(gen):
    drawn = candidates(gen, 128, 0, None)
    usual = [target.images for target in targets_of(gen, range(200, 212))]
    mask = np.ones((1, 16, 16), np.float32)
    assert sum(drawn.is_unlike(one, mask) for one in usual) <= 1  # three standard deviations
    checks = np.indices((16, 16)).sum(axis=0) // 4 % 2 * 2.0 - 1
    strange = np.repeat(checks[None], 3, axis=0).astype(np.float32)
    assert drawn.is_unlike(strange, mask)
    away = np.square(drawn.thumbs[:, None] - drawn.thumbs).mean(axis=(2, 3, 4))
    np.fill_diagonal(away, np.inf)
    np.testing.assert_allclose(drawn.nearest(), away.min(axis=1), rtol=1e-6)


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
