"""Runs in stages: the bytes of one run for every family; previews and what they are worth."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

import ganspace_tf as gs
from ganspace_tf.explorer.staged import heads
from ganspace_tf.explorer.staged.caches import Prefixes
from ganspace_tf.explorer.staged.fidelity import Measure
from ganspace_tf.explorer.staged.fitting import Fitting, plain_preview
from ganspace_tf.explorer.staged.passes import Passes
from nvlabs.errors import NetworkUsageError
from tests import tiny
from tests.families import FAMILIES, load
from tests.staged_gan import StagedGAN, basis_of


@pytest.fixture(scope="module", params=FAMILIES)
def gen(request, tmp_path_factory):
    found = load(request.param, tmp_path_factory.mktemp("net"))
    yield found
    found.close()


@pytest.fixture(scope="module")
def skip(tmp_path_factory):
    path = tmp_path_factory.mktemp("net") / "net.pkl"
    found = gs.load_generator(tiny.write_tiny(path, "stylegan2-skip", resolution=32))
    yield found
    found.close()


def drawn(passes, session, state, target=None, client="a"):
    """The picture of a state, and (stage, what it went on from) of every run."""
    wanted, runs = session.wanted(state), []
    target = passes.last if target is None else target
    while True:
        step = passes.step(client, wanted, target)
        if step is None:
            return None, runs
        runs.append((step.stage, step.start))
        if step.stage == target:
            return step.image, runs


def test_stages_are_one_run_to_the_bit(gen):
    """Whichever layer of w is the first to change, and for noise, class, psi and transform."""
    session, passes = gs.explore(gen), Passes(gen)
    passes.prefixes.join("a")
    assert passes.last >= 1
    start = session.start(session.initial)
    base = replace(session.initial, latent=session.add_latent(start))
    fewest = []
    for layer in range(gen.n_layers):
        rows = np.array(start)
        rows[layer] += 0.3
        state = replace(base, latent=session.add_latent(rows))
        drawn(passes, session, base)
        image, runs = drawn(passes, session, state)
        assert (image == session.show(state)).all(), layer
        assert (image != session.show(base)).any(), layer
        fewest.append(len(runs))
    assert fewest[0] == passes.last + 1  # nothing was left of it
    assert fewest[-1] == 1 and fewest == sorted(fewest, reverse=True)  # the later, the less is run
    others = [{"psi": 0.5}]
    others += [{"noise": "numpy:3"}, {"noise": "none"}] if gen.noise_shapes else []
    others += [{"label": 1}] if gen.n_classes else []
    others += [{"transform": (0.1, 0.0, 20.0)}] if gen.takes_transform else []
    for change in others:
        state = replace(session.initial, **change)
        image, _ = drawn(passes, session, state)
        assert (image == session.show(state)).all(), change


def test_a_kept_stage_is_not_run_again(gen):
    session, passes = gs.explore(gen), Passes(gen)
    passes.prefixes.join("a")
    assert drawn(passes, session, session.initial, target=0)[1] == [(0, ())]
    assert drawn(passes, session, session.initial, target=0)[1] == []
    assert passes.kept("a", session.wanted(session.initial), 0) is not None
    assert passes.kept("b", session.wanted(session.initial), 0) is None
    assert drawn(passes, session, session.initial)[1][0][0] == 1


def test_without_room_the_stages_are_skipped_and_the_picture_is_the_same(gen):
    """What is not kept would have to be made again: there is no stop, and no endless repetition."""
    session = gs.explore(gen)
    for room in (0, 4 * 20_000, 1 << 30):
        passes = Passes(gen, Prefixes(room))
        passes.prefixes.join("a")
        image, runs = drawn(passes, session, session.initial)
        assert (image == session.show(session.initial)).all()
        assert [stage for stage, _ in runs] == sorted({stage for stage, _ in runs})
        assert passes.prefixes.used <= room
    assert len(runs) == passes.last + 1


def test_the_endpoints_of_stages_are_there_and_of_their_size(gen):
    stages = gen.stages
    for row in stages.rows[:-1]:
        H, W = gen.endpoints[row.features][1:]
        assert min(H, W) >= max(row.size)
        assert set(row.keeps) <= set(gen.endpoints) and set(row.keeps) <= set(stages.reads)
    assert stages.rows[-1].size == tuple(gen.image_shape[1:])
    sizes = [row.size for row in stages.rows]
    assert sizes == sorted(set(sizes))


def test_feature_maps_come_and_go_in_the_layout_of_the_graph(skip):
    """Fed as they were fetched, they need not be turned; NCHW goes in and comes out by default."""
    name, w = "G_synthesis/16x16/Conv1", skip.w(seeds=[1, 2])
    fetch = skip.network.fetch
    own, turned = fetch([name], w=w, own_layout=True)[name], fetch([name], w=w)[name]
    assert turned.shape == (2, *skip.endpoints[name])
    assert (own.transpose(0, 3, 1, 2) == turned).all() if skip.channels_last else (own == turned).all()
    moved = w + 1
    names = [name, "images_out"]
    one = fetch(names, w=moved, feed={name: own}, own_layout=True)
    other = fetch(names, w=moved, feed={name: turned})
    assert (one["images_out"] == other["images_out"]).all() and one["images_out"].shape == (2, 3, 32, 32)
    assert (one[name] == own).all() and (other[name] == turned).all()
    with pytest.raises(NetworkUsageError):
        fetch(["images_out"], w=w, feed={name: turned}, own_layout=skip.channels_last)


def test_a_network_that_is_still_growing_runs_as_a_whole(tmp_path):
    path = tiny.write_tiny(tmp_path / "net.pkl", "stylegan", resolution=32)
    gen = gs.load_generator(path)
    gen.network.set_var("lod", 1.5)
    gen.network.hand_down_lod()
    assert gen.stages is None and Passes(gen).last == 0
    gen.close()


def test_the_networks_own_rgb_is_shown_until_heads_are_fitted(skip):
    session, passes = gs.explore(skip), Passes(skip)
    passes.prefixes.join("a")
    drawn(passes, session, session.initial, target=0)
    values = passes.kept("a", session.wanted(session.initial), 0)
    shown = plain_preview(skip, passes.stages.rows[0], values)
    expected = skip.activations(session.wanted(session.initial).w, "8x8/ToRGB", latent="w")
    assert (shown == gs.to_uint8(expected)[0]).all()


# ---------------------------------------------------------------------- heads


@pytest.mark.parametrize("near", [False, True])
def test_a_head_finds_the_linear_map_that_made_the_pictures(near):
    rng = np.random.RandomState(0)
    solver = heads.Solver(near)
    numbers = 4 * (9 if near else 1)
    weight, offset = 20 * rng.randn(numbers, 3), np.array([100.0, 120.0, 140.0])

    def pair():
        features = rng.randn(8, 8, 4).astype(np.float32)
        target = heads.numbers(features, None, near) @ weight + offset
        return features, target.reshape(8, 8, 3).astype(np.float32)

    for _ in range(20):
        features, target = pair()
        solver.add(features, None, target)
    head = solver.head()
    # float64 sums of some 1,000 rows; the ridge of 1e-6 of a number's square bends the weights by as much
    assert np.abs(head.weight[:-1] - weight).max() < 1e-3 and np.abs(head.weight[-1] - offset).max() < 1e-2
    features, target = pair()
    shown = heads.apply_head(head, features, None)
    assert shown.dtype == np.uint8 and (shown == np.clip(np.rint(target), 0, 255)).mean() > 0.99


def test_channels_that_are_always_the_same_do_no_harm():
    solver, rng = heads.Solver(False), np.random.RandomState(0)
    for _ in range(4):
        features = np.concatenate([rng.randn(8, 8, 2), np.ones((8, 8, 1)), np.zeros((8, 8, 1))], axis=2)
        solver.add(features.astype(np.float32), None, 50 * features[..., :1].repeat(3, axis=2) + 100)
    head = solver.head()
    assert np.isfinite(head.weight).all() and np.abs(head.weight).max() < 1e3


def test_reducing_is_the_mean_of_squares_and_a_margin_is_cut_off():
    image = np.arange(4 * 4 * 3, dtype=np.uint8).reshape(4, 4, 3)
    assert (heads.reduced(image, (2, 2))[0, 0] == image[:2, :2].reshape(4, 3).mean(axis=0)).all()
    value = np.arange(36, dtype=np.float32).reshape(1, 6, 6, 1)
    assert (heads.as_map(value, (2, 2), True)[..., 0] == [[14, 15], [20, 21]]).all()
    assert (
        heads.as_map(value.transpose(0, 3, 1, 2), (2, 2), False) == heads.as_map(value, (2, 2), True)
    ).all()


def test_fidelity_is_an_error_and_a_correlation_of_changes():
    measure, rng = Measure(), np.random.RandomState(0)
    change = rng.randn(8, 8, 3)
    measure.picture(np.full((8, 8, 3), 10.0), np.full((8, 8, 3), 13.0), np.full((8, 8, 3), 33.0))
    measure.change(2 * change, change)  # twice as strong, but the same
    found = measure.result()
    assert (found.error, found.plain, found.pictures) == (3.0, 20.0, 1)
    assert found.correlation == pytest.approx(1) and found.enough
    opposite, nothing = Measure(), Measure()
    for one, sign in ((opposite, -1), (nothing, 0)):
        one.picture(change, change)
        one.change(sign * change, change)
    assert opposite.result().correlation == pytest.approx(-1) and not opposite.result().enough
    assert nothing.result().correlation == 0 and not nothing.result().enough


@pytest.mark.parametrize(("fine", "enough"), [(0.002, True), (0.1, False)])
def test_a_stage_whose_pictures_later_layers_change_is_found_out(fine, enough):
    """Previews are true where the layers that come after add little, and only there."""
    gen = StagedGAN(fine=fine)
    session = gs.explore(gen, basis_of(gen))
    fitting = Fitting(session, pictures=24, held=12)
    assert fitting.load() is None
    while fitting.result is None:
        fitting.step()
    (fitted,) = fitting.result.values()
    assert fitted.fidelity.enough == enough and fitted.fidelity.pictures == 12
    fitting.save()
    (again,) = Fitting(session, pictures=24, held=12).load().values()
    assert again.fidelity == fitted.fidelity and (again.head.weight == fitted.head.weight).all()


def test_fitting_goes_on_stage_by_stage_and_ends_when_a_run_fails():
    """Nobody waits for more than one run of one stage while previews are calibrated."""
    gen = StagedGAN()
    fitting = Fitting(gs.explore(gen, basis_of(gen)), pictures=2, held=1)
    runs = []
    while fitting.result is None:
        before = len(gen.runs)
        fitting.step()
        runs.append(len(gen.runs) - before)
    assert set(runs) <= {0, 1} and sum(runs) == 2 * (2 + 2)  # two stages; a pair is two pictures
    broken = Fitting(gs.explore(gen, basis_of(gen)), pictures=2, held=1)
    gen.inside = None
    with pytest.raises(TypeError):
        broken.step()
    with pytest.raises(gs.GanspaceError, match="calibrated"):
        broken.step()


def test_heads_of_another_network_basis_or_truncation_are_not_taken():
    gen, other = StagedGAN(), StagedGAN(seed=5)
    keys = {
        Fitting(gs.explore(gen, basis_of(gen))).key,
        Fitting(gs.explore(gen, basis_of(gen, 2))).key,
        Fitting(gs.explore(other, basis_of(other))).key,
        Fitting(gs.explore(gen)).key,
    }
    assert len(keys) == 4


def test_heads_of_a_network_that_was_changed_are_its_own(monkeypatch):
    gen = StagedGAN()
    before = Fitting(gs.explore(gen, basis_of(gen))).key
    monkeypatch.setattr(StagedGAN, "fingerprint_now", "1" * 64)
    assert Fitting(gs.explore(gen, basis_of(gen))).key != before


def test_a_damaged_entry_of_the_cache_is_a_warning_and_fitted_again(tmp_path, monkeypatch):
    monkeypatch.setenv("GANSPACE_CACHE", str(tmp_path))
    gen = StagedGAN()
    fitting = Fitting(gs.explore(gen, basis_of(gen)))
    os.makedirs(str(tmp_path / "previews"))
    (tmp_path / "previews" / (fitting.key + ".npz")).write_bytes(b"no npz")
    with pytest.warns(UserWarning, match="is not used"):
        assert fitting.load() is None


def test_a_cache_that_cannot_be_looked_into_is_empty(tmp_path, monkeypatch):
    monkeypatch.setenv("GANSPACE_CACHE", str(tmp_path / ("n" * 300)))  # not even whether it is there is known
    with pytest.raises(OSError, match="too long"):
        os.stat(os.environ["GANSPACE_CACHE"])
    gen = StagedGAN()
    assert Fitting(gs.explore(gen, basis_of(gen))).load() is None
