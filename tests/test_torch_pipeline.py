"""From a seed to pixels as GANSpace's own program draws them: strips, sequences, comparison, resampling.

Every picture of tests/goldens/torch/pipeline.npz is made anew from the checkpoint: latents, components,
edits, truncation, noise, rounding. Nothing that PyTorch computed goes in.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import ganspace_tf as gs
from ganspace_tf.decomposition.rows import NestedSample
from ganspace_tf.directions.resample import resample
from ganspace_tf.render.figures import Resampling, Row, Rows, Sequence
from ganspace_tf.render.frames import Look, seed_latents, sweep_frames
from tests import torch_recipe

GOLDEN = np.load(str(Path(__file__).parent / "goldens" / "torch" / "pipeline.npz"))
WEIGHT_SEED, SEEDS = int(GOLDEN["weight_seed"]), GOLDEN["z_seeds"].tolist()
NOISE = "torch-cpu:0"
RUN = {"estimator": "ipca", "n": 20000, "batch": 1000, "compat": "ganspace", "cache": False}


def look(psi=None):
    return Look(psi=psi, noise=NOISE, compat="ganspace")


def edit_of(component, start, end, sigma, n_layers):
    """The original's half-open layers, whose end may lie behind the last layer or be -1."""
    last = None if not 0 <= end <= n_layers else int(end) - 1
    return gs.Edit(int(component), int(start), last, float(sigma))


def assert_same_pixels(frames, golden, step):
    """Equal but for one level on fewer than 1 subpixel in 1,000: sums of float32 come in another order.

    A wrong rounding rule changes half of the subpixels, other noise nearly all. The goldens keep every
    `step`-th pixel.
    """
    frames = frames[..., ::step, ::step, :]
    assert frames.shape == golden.shape
    difference = np.abs(frames.astype(int) - golden)
    assert difference.max() <= 1 and (difference > 0).mean() < 1e-3


@pytest.fixture(scope="module")
def gen(tmp_path_factory):
    return torch_recipe.load_stylegan2(tmp_path_factory.mktemp("pt"), WEIGHT_SEED)


@pytest.fixture(scope="module")
def stylegan(tmp_path_factory):
    return torch_recipe.load_stylegan(tmp_path_factory.mktemp("pt"), WEIGHT_SEED)


@pytest.fixture(scope="module")
def comp(gen):
    return gs.decompose(gen, components=20, **RUN)


@pytest.fixture(scope="module")
def full_basis(gen):
    return gs.decompose(gen, components=512, **RUN)


# ------------------------------------------------------------------ latents


def test_a_batch_and_nested_batches_are_drawn_as_there(gen):
    np.testing.assert_array_equal(gen.z(n=3, seed=SEEDS[0], compat="ganspace"), GOLDEN["z_batch"])
    np.testing.assert_array_equal(NestedSample(gen, 1, 2).z(0, 4), GOLDEN["z_nested"])


def test_a_latent_for_each_layer_is_a_style_mix(gen, stylegan):
    # bounds: twice what the official code differs by, as in test_torch_networks
    cases = ((gen, 0.7, "mix_image", 4, 7e-6), (stylegan, None, "stylegan_mix_image", 8, 1e-4))
    for network, psi, name, step, bound in cases:
        L = network.n_layers
        own = network.w(seeds=[SEEDS[0] + layer for layer in range(L)])[np.arange(L), np.arange(L)]
        image = 0.5 * (network.images(own[None], psi=psi, noise=NOISE) + 1)
        np.testing.assert_allclose(image[..., ::step, ::step], GOLDEN[name], rtol=0, atol=bound)


# ------------------------------------------------------------------ strips


@pytest.mark.parametrize("psi", [1.0, 0.7])
@pytest.mark.parametrize("mode", ["centered", "plain"])
def test_strips(gen, comp, mode, psi):
    strips, goldens = [], []
    for index, (component, start, end, sigma) in enumerate(GOLDEN["edits"]):
        swept = [edit_of(component, start, end, 1, gen.n_layers)]
        sigmas = np.linspace(-sigma, sigma, 5)
        w = seed_latents(gen, comp, SEEDS[:1], look(psi))
        frames = sweep_frames(gen, w, comp, swept, sigmas, look(psi), centred=mode == "centered")
        strips.append(frames[0])
        goldens.append(GOLDEN["strip_{}_t{}_{}".format(mode, psi, index)])
    assert_same_pixels(np.concatenate(strips), np.concatenate(goldens), 4)


def test_float_frames_of_a_strip(gen, comp):
    component, start, end, sigma = GOLDEN["edits"][1]
    w = gen.w(seeds=SEEDS[:1])
    edits = [edit_of(component, start, end, s, gen.n_layers) for s in np.linspace(-sigma, sigma, 5)]
    moved = np.concatenate([gs.apply_edits(w, comp, edit, centred=True) for edit in edits])
    images = np.clip(0.5 * (gen.images(moved, psi=0.7, noise=NOISE) + 1), 0, 1).transpose(0, 2, 3, 1)
    # sigma comes from the decomposition, whose float32 sums differ too: three times as much as an image
    np.testing.assert_allclose(images[:, ::4, ::4], GOLDEN["strip_centered_t0.7_1_float"], rtol=0, atol=2e-5)


def test_more_frames_than_latents_and_more_latents_than_frames(gen, comp):
    """The original has a code path for each."""
    for name, seeds, count in (("strip7", SEEDS[1:2], 7), ("strip_latpath", SEEDS[:4], 3)):
        w, sigmas = seed_latents(gen, comp, seeds, look(0.7)), np.linspace(-3, 3, count)
        frames = sweep_frames(gen, w, comp, [gs.Edit(2, 1, 7)], sigmas, look(0.7), centred=True)
        assert_same_pixels(frames.reshape((-1,) + frames.shape[2:]), _flat(GOLDEN[name]), 4)


def test_strips_of_stylegan(stylegan):
    comp = gs.decompose(stylegan, components=20, **RUN)
    for index, (component, start, end, sigma) in enumerate(((0, 0, 18, 2.0), (3, 2, 7, -8.5))):
        swept = [edit_of(component, start, end, 1, stylegan.n_layers)]
        w, sigmas = seed_latents(stylegan, comp, SEEDS[:1], look()), np.linspace(-sigma, sigma, 5)
        frames = sweep_frames(stylegan, w, comp, swept, sigmas, look(), centred=True)
        assert_same_pixels(frames[0], GOLDEN["stylegan_strip_{}".format(index)], 4)


# ------------------------------------------------------------------ figures


def frames_of(figure, gen, comp, **settings):
    """Frames (R, S, H, W, C) of a figure, before they are laid out with captions."""

    class Bare(figure):
        def table(self, cells, rows, columns):
            return cells

    return Bare(look(0.7), **settings).draw(gen, comp)


def test_the_teaser_sequence(gen, comp):
    edits = [edit_of(*row[:4], n_layers=gen.n_layers) for row in GOLDEN["teaser_edits"]]
    invert = [bool(row[4]) for row in GOLDEN["teaser_edits"]]
    frames = frames_of(Sequence, gen, comp, seeds=[SEEDS[2]], held=edits, invert=invert)
    assert_same_pixels(frames[0], GOLDEN["teaser"], 4)


def test_the_comparison_with_a_supervised_direction(gen, comp):
    """The latent is centred along the supervised direction on all layers; strengths are in units of w."""
    supervised = torch_recipe.direction("d_sup", gen.dlatent_size, WEIGHT_SEED)
    supervised /= np.linalg.norm(supervised)
    basis = SimpleNamespace(
        directions=np.stack([comp.directions[4], supervised]),
        mean=comp.mean,
        stdev=np.ones(2, np.float32),
        latent="w",
        endpoint=None,
        fingerprint=gen.fingerprint,
        digest="",
    )
    row = Row(SEEDS[3], [gs.Edit(0, 2, 5, -4.5).to_json()], "ours", remove=1)
    frames = frames_of(Rows, gen, basis, rows=[row])
    assert_same_pixels(frames[0], GOLDEN["supervised_ours"], 4)


def test_resampled_coordinates(gen, full_basis):
    """The exchange along the first eight directions equals the original's in its full basis."""
    base, others = SEEDS[0] + 6, [SEEDS[0], SEEDS[0] + 1]
    rows = [
        resample(gen.w(seeds=[base])[0], gen.w(seeds=others), full_basis, 8, fix) for fix in (True, False)
    ]
    # w itself is right to 1.3e-5 (values up to 11); the original's way through 512 coordinates adds some
    np.testing.assert_allclose(np.concatenate(rows)[:, 0], GOLDEN["resample_w"], rtol=0, atol=4e-5)
    frames = frames_of(Resampling, gen, full_basis, seed=base, others=others, groups=[["", 0, 8]])
    assert_same_pixels(_flat(frames[:, 1:]), GOLDEN["resample"], 4)


def _flat(frames):
    return frames.reshape((-1,) + frames.shape[-3:])


# ------------------------------------------------------------------ decompositions of the whole network


def test_a_full_basis(full_basis):
    # the last sigmas are 1/6000 of the first: float32 rows leave them right to 2e-5 of themselves
    np.testing.assert_allclose(full_basis.stdev, GOLDEN["ipca512_lat_stdev"], rtol=4e-5)
    np.testing.assert_allclose(full_basis.arrays()["act_stdev"], GOLDEN["ipca512_act_stdev"], rtol=4e-5)


def test_a_feature_map_and_the_latents_that_move_it(gen):
    """Needs the noise of the original too: activations depend on it."""
    run = dict(RUN, n=2000, batch=100)
    found = gs.decompose(gen, components=6, space="convs.1", **run)
    arrays = found.arrays()
    for name in ("act_stdev", "var_ratio", "random_stdevs"):
        np.testing.assert_allclose(arrays[name], GOLDEN["convs.1_" + name], rtol=1e-5, err_msg=name)
    for name, mine in (("lat_comp", found.directions), ("act_comp", found.act_directions[:2])):
        theirs = GOLDEN["convs.1_" + name].astype(np.float64)
        theirs, mine = theirs.reshape(len(theirs), -1), mine.reshape(len(mine), -1)
        cosines = (theirs * mine).sum(1) / np.linalg.norm(theirs, axis=1)
        assert np.abs(cosines).min() > 1 - 1e-5  # float16 goldens leave 1e-6
