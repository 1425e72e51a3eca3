"""From latents and edits to frames: uint8 rules, channels, layers that move, truncation, refusals."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from ganspace_tf.edits import Edit, apply_edits
from ganspace_tf.errors import BasisMismatch, GanspaceError, UnknownName, UsageError
from ganspace_tf.render import frames
from ganspace_tf.render.frames import Look, render, seed_frames, seed_latents, sweep_frames, to_uint8
from tests.linear_gan import LAYERS, SIDE, WIDTH, LinearGAN

BAND = SIDE // LAYERS


@pytest.fixture
def gen() -> LinearGAN:
    return LinearGAN()


def components(gen: LinearGAN, latent: str = "w", endpoint: str = "") -> SimpleNamespace:
    rng = np.random.RandomState(1)
    width = gen.dlatent_size if latent == "w" else gen.latent_size
    comp = SimpleNamespace(
        directions=np.linalg.qr(rng.randn(width, 4))[0].T.astype(np.float32),
        mean=(gen.b if latent == "w" else np.zeros(width, np.float32)),
        stdev=np.array([2, 1, 0.5, 0.25], np.float32),
        fingerprint=gen.fingerprint,
        digest="d1" * 32,
        latent=latent,
        endpoint=endpoint or None,
        act_directions=None,
    )
    if endpoint:
        flat = np.linalg.qr(rng.randn(LAYERS * WIDTH, 2))[0].T.astype(np.float32)
        comp.act_directions = flat.reshape(2, LAYERS, WIDTH)
        comp.act_mean = np.zeros((LAYERS, WIDTH), np.float32)
        comp.act_stdev = np.array([3, 1], np.float32)
    return comp


# ------------------------------------------------------------------ pixels


def test_the_two_uint8_rules():
    """x·127.5 + 128 and 255·(x + 1)/2, both clipped and cut off: half of all values differ by one level."""
    x = np.array([-2, -1, -0.5, -0.0039, 0, 0.5, 0.9922, 1, 2], np.float32)
    images = np.broadcast_to(x, (1, 3, 1, 9))
    assert to_uint8(images)[0, 0, :, 0].tolist() == [0, 0, 64, 127, 128, 191, 254, 255, 255]
    assert to_uint8(images, "ganspace")[0, 0, :, 0].tolist() == [0, 0, 63, 127, 127, 191, 254, 255, 255]


@pytest.mark.parametrize(
    "channels, shown", [(1, [0, 0, 0]), (2, [0, 0, 0]), (3, [0, 1, 2]), (4, [0, 1, 2, 3]), (7, [0, 1, 2])]
)
def test_any_number_of_channels_can_be_shown(channels, shown):
    images = np.random.RandomState(0).randn(2, channels, 4, 6).astype(np.float32)
    expected = np.clip(images * np.float32(127.5) + 128, 0, 255).astype(np.uint8)
    assert np.array_equal(to_uint8(images), expected[:, shown].transpose(0, 2, 3, 1))


def test_what_is_no_image_is_refused():
    with pytest.raises(UsageError, match=r"\(3, 4, 4\)"):
        to_uint8(np.zeros((3, 4, 4)))
    with pytest.raises(UnknownName, match="allowed: nvlabs, ganspace"):
        to_uint8(np.zeros((1, 3, 4, 4)), "pillow")
    broken = np.zeros((3, 3, 4, 4))
    broken[1, 0, 0, 0] = np.nan
    with pytest.raises(GanspaceError, match="NaN in image 1"):
        to_uint8(broken)


# ------------------------------------------------------------------ frames of seeds and of sweeps


@pytest.mark.parametrize("batch", [1, 3, 100])
def test_frames_do_not_depend_on_the_batch_size(gen, batch):
    expected = to_uint8(gen.images(gen.w(seeds=range(7)), psi=0.7))
    told = []
    assert np.array_equal(seed_frames(gen, range(7), Look(psi=0.7, batch=batch), told.append), expected)
    assert sum(told) == 7


def test_a_sweep_moves_the_layers_of_the_edit_only(gen):
    comp, look = components(gen), Look()
    w = seed_latents(gen, comp, [1, 2], look)
    cells = sweep_frames(gen, w, comp, [Edit(0, 1, 2)], [-2, 0, 2], look)
    assert cells.shape == (2, 3, SIDE, SIDE, 3)
    still = to_uint8(gen.images(w))
    assert np.array_equal(cells[:, 1], still)
    for s in (0, 2):
        assert np.array_equal(cells[:, s, :BAND], still[:, :BAND])
        assert np.array_equal(cells[:, s, 3 * BAND :], still[:, 3 * BAND :])
        assert (cells[:, s, BAND : 3 * BAND] != still[:, BAND : 3 * BAND]).any()


def test_truncation_comes_after_the_edit(gen):
    """So psi scales an edit too: at psi 0 nothing of it is left."""
    comp = components(gen)
    w = seed_latents(gen, comp, [1], Look())
    cells = sweep_frames(gen, w, comp, [Edit(0)], [-2, 0, 2], Look(psi=0.0))
    assert np.array_equal(cells[0, 0], cells[0, 1]) and np.array_equal(cells[0, 1], cells[0, 2])


def test_held_edits_keep_their_strength(gen):
    comp, look = components(gen), Look()
    w = seed_latents(gen, comp, [3], look)
    cells = sweep_frames(
        gen, w, comp, [Edit(0, 0, 1)], [-1, 1], look, held=[Edit(1, 2, 3, sigma=2.0)], centred=True
    )
    for s, sigma in enumerate((-1.0, 1.0)):
        edited = apply_edits(w, comp, [Edit(1, 2, 3, 2.0), Edit(0, 0, 1, sigma)], centred=True)
        assert np.array_equal(cells[:, s], to_uint8(gen.images(edited)))


def test_directions_of_z_go_through_the_mapping_layer_by_layer(gen):
    comp, look = components(gen, latent="z"), Look()
    latents = seed_latents(gen, comp, [1], look)
    assert latents.shape == (1, LAYERS, gen.latent_size)
    cells = sweep_frames(gen, latents, comp, [Edit(0, 2, 3)], [2.0], look)
    z = gen.z(seeds=[1])
    moved = gen.map_rows(z + np.float32(2) * comp.stdev[0] * comp.directions[0])
    w = np.stack([gen.map_rows(z), gen.map_rows(z), moved, moved], axis=1)
    assert np.array_equal(cells[:, 0], to_uint8(gen.images(w)))


@pytest.mark.parametrize("psi", [None, 0.5])
def test_activation_edits_are_added_to_the_endpoint_of_the_truncated_latents(gen, psi):
    comp, look = components(gen, endpoint="mid"), Look(psi=psi, batch=2)
    w = seed_latents(gen, comp, [1, 2], look)
    cells = sweep_frames(gen, w, comp, [Edit(1)], [-1, 0, 2], look, mode="activation")
    mid = gen.truncate(w, psi)
    for s, sigma in enumerate((-1, 0, 2)):
        moved = mid + np.float32(sigma) * comp.act_stdev[1] * comp.act_directions[1]
        assert np.array_equal(cells[:, s], to_uint8(gen.images(w, feed={"mid": moved.astype(np.float32)})))


def test_both_edits_latents_and_activations_and_centres_the_latents_only(gen):
    comp, look = components(gen, endpoint="mid"), Look()
    w = seed_latents(gen, comp, [1], look)
    cells = sweep_frames(gen, w, comp, [Edit(0)], [1.0], look, mode="both", centred=True)
    edited = apply_edits(w, comp, [Edit(0, sigma=1.0)], centred=True)
    mid = edited + comp.act_stdev[0] * comp.act_directions[0]
    assert np.array_equal(cells[:, 0], to_uint8(gen.images(w, feed={"mid": mid})))


def test_each_seed_may_have_its_own_class():
    gen = LinearGAN(n_classes=3)
    look = Look(classes=[2, 0])
    expected = to_uint8(gen.images(gen.w(seeds=[5, 6], labels=[2, 0])))
    assert np.array_equal(seed_frames(gen, [5, 6], look), expected)
    comp = components(gen)
    w = seed_latents(gen, comp, [5, 6], look)
    cells = sweep_frames(gen, w, comp, [Edit(0)], [0.0, 1.0], look, labels=look.labels(2))
    assert np.array_equal(cells[:, 0], expected)
    assert np.array_equal(
        seed_frames(gen, [5, 6], Look(classes=[1])), to_uint8(gen.images(gen.w(seeds=[5, 6], labels=1)))
    )
    with pytest.raises(UsageError, match="2 classes for 3 seeds"):
        seed_frames(gen, [1, 2, 3], look)


# ------------------------------------------------------------------ refusals


def test_a_basis_of_another_model_is_refused_unless_allowed(gen):
    other = LinearGAN(seed=7)
    comp = components(other)
    w = seed_latents(gen, comp, [1], Look())
    with pytest.raises(BasisMismatch, match="belong to model 000000000000"):
        sweep_frames(gen, w, comp, [Edit(0)], [1], Look())
    sweep_frames(gen, w, comp, [Edit(0)], [1], Look(), any_basis=True)
    comp.fingerprint = ""  # a file of GANSpace does not name its model
    sweep_frames(gen, w, comp, [Edit(0)], [1], Look())


@pytest.mark.parametrize(
    "edit, options, error, said",
    [
        (Edit(4), {}, UnknownName, "v4, but these components are v0-v3"),
        (Edit(0, 2, 4), {}, UsageError, "layers 0-3"),
        (Edit(0), {"mode": "pixels"}, UnknownName, "allowed: latent, activation, both"),
        (Edit(0), {"mode": "activation"}, UsageError, "needs components of an endpoint"),
    ],
)
def test_nothing_is_rendered_for_an_edit_that_does_not_fit(gen, edit, options, error, said):
    comp = components(gen)
    w = seed_latents(gen, comp, [1], Look())
    with pytest.raises(error, match=said):
        sweep_frames(gen, w, comp, [edit], [1], Look(), **options)
    assert gen.calls == 0


def test_psi_of_text_is_refused(gen):
    with pytest.raises(UsageError, match="psi of Look must be a finite number or null, not 'half'"):
        render(gen, gen.w(seeds=[1]), Look(psi="half"))


def test_modes_and_rules_are_what_the_command_line_offers():
    assert frames.MODES == ("latent", "activation", "both")
    assert frames.RULES == ("nvlabs", "ganspace")
