"""GANSpace on BigGAN-deep: gen_z in closed form, other layers by sampling, edits."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import ganspace_tf as gs
from ganspace_tf.edits import apply_activation_edits
from ganspace_tf.errors import UsageError
from ganspace_tf.generators.biggan import BigGAN
from tests import biggan_recipe as recipe
from tests.linear_generator import LinearGenerator

FOLDER = Path(__file__).parent / "goldens" / "biggan"
SMALL = recipe.structure(16, 4, n_classes=5, z=6, embed=4)
GEN_Z = "generator.gen_z"
IMAGE = 2e-5  # float32 sums in another order, images in [0, 1]


@pytest.fixture(scope="module")
def small():
    gen = BigGAN(recipe.record(SMALL), "small", threads=1)
    yield gen
    gen.close()


@pytest.fixture(scope="module")
def tiny128():
    scales = json.loads((FOLDER / "variance_scales.json").read_text())["tiny128"]
    gen = BigGAN(recipe.record(recipe.structure(128, 8), scales), "tiny128", threads=1)
    yield gen
    gen.close()


@pytest.fixture(scope="module")
def numbers():
    return dict(np.load(FOLDER / "decomposition.npz"))


@pytest.fixture(scope="module")
def theirs(numbers, tmp_path_factory):
    """The components that GANSpace found, in a file as it writes them; the first three have activations."""
    path = tmp_path_factory.mktemp("ganspace") / "components.npz"
    fields = ("act_mean", "act_stdev", "lat_comp", "lat_mean", "lat_stdev", "var_ratio", "random_stdevs")
    arrays = {name: numbers[name] for name in fields}
    arrays["act_comp"] = np.resize(numbers["act_comp"], (20, 1, 2048))
    np.savez(str(path), **arrays)
    return gs.load_components(str(path))


def decompose(gen, space=GEN_Z, **options):
    return gs.decompose(gen, space=space, cache=False, **options)


# ---------------------------------------------------------------- closed form


def test_a_step_along_a_direction_is_a_step_along_its_component(small):
    comp = decompose(small, components=6)
    z = small.z(seeds=[1])
    for direction, component, stdev in zip(comp.directions, comp.act_directions, comp.act_stdev):
        step = small.activations(z + direction, GEN_Z) - small.activations(z, GEN_Z)
        sigma = stdev / np.sqrt(0.7737413)  # of the activations, for a step of one in z
        np.testing.assert_allclose(step[0], sigma * component, atol=2e-5)


def test_the_closed_form_is_what_sampling_tends_to(small):
    """30,000 rows leave a standard error of 0.4 % in a standard deviation, about as much in the angles."""
    comp = decompose(small, components=6, psi=0.5, labels=2)
    z = small.z(n=30_000, seed=3, psi=0.5)
    rows = small.activations(z, GEN_Z, classes=2).astype(np.float64)
    centred = rows - rows.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred / (len(rows) - 1))
    cosines = np.abs(np.einsum("kf,fk->k", comp.act_directions, vectors[:, ::-1][:, :6]))
    assert cosines.min() > 0.998
    np.testing.assert_allclose(comp.act_stdev, np.sqrt(values[::-1][:6]), rtol=0.02)
    np.testing.assert_allclose(comp.variance_ratio, values[::-1][:6] / values.sum(), atol=0.01)
    np.testing.assert_allclose(comp.act_mean, rows.mean(axis=0), atol=0.02)
    regressed = np.linalg.lstsq((centred @ comp.act_directions.T), z.astype(np.float64), rcond=None)[0]
    regressed /= np.linalg.norm(regressed, axis=1, keepdims=True)
    assert np.abs((regressed * comp.directions).sum(axis=1)).min() > 0.999


def test_it_is_a_basis_with_the_usual_signs(small):
    comp = decompose(small, components=6)
    for directions in (comp.directions, comp.act_directions):
        np.testing.assert_allclose(directions @ directions.T, np.eye(6), atol=1e-5)
    at = np.abs(comp.act_directions).argmax(axis=1)
    assert (comp.act_directions[np.arange(6), at] > 0).all()
    assert (np.diff(comp.act_stdev) <= 0).all() and comp.variance_ratio.sum() == pytest.approx(1)
    assert comp.latent == "z" and comp.endpoint == GEN_Z
    np.testing.assert_array_equal(comp.stdev, 1)  # edits are in units of z, as in GANSpace
    np.testing.assert_array_equal(comp.mean, 0)


def test_class_and_truncation_change_mean_and_spread_alone(small):
    one, two = decompose(small, components=4), decompose(small, components=4, psi=0.5, labels=3)
    np.testing.assert_allclose(one.directions, two.directions, atol=1e-6)
    np.testing.assert_allclose(one.act_stdev, 2 * two.act_stdev, rtol=1e-5)
    assert np.abs(one.act_mean - two.act_mean).max() > 0.01


def test_nothing_is_sampled_unless_another_estimator_is_asked_for(small, monkeypatch):
    drawn = []
    original = small.z
    monkeypatch.setattr(small, "z", lambda **given: drawn.append(given) or original(**given))
    one, two = decompose(small, components=3), decompose(small, components=3, n=99, seed=7)
    assert not drawn and one.digest == two.digest
    assert (one.settings["method"], one.settings["n"]) == ("ClosedForm", 0)
    sampled = decompose(small, components=3, n=4000, estimator="ipca", psi=0.5)
    assert {given["psi"] for given in drawn} == {0.5}
    assert np.abs((sampled.directions * one.directions).sum(axis=1)).min() > 0.98


def test_there_are_no_more_components_than_numbers(small):
    with pytest.raises(UsageError, match="linear in 6 numbers"):
        decompose(small, components=7)
    # nor than rows, where they are sampled
    assert [len(decompose(small, n=n, estimator="ipca")) for n in (5, 100)] == [4, 6]


# ---------------------------------------------------------------- other layers


def test_the_truncation_of_other_layers_is_that_of_latents_and_statistics(small):
    name, options = "generator.layers.0", {"n": 600, "components": 4, "labels": 1}
    comp = decompose(small, name, psi=0.5, **options)
    rows = small.activations(small.z(n=600, seed=0, psi=0.5), name, psi=0.5, classes=1)
    np.testing.assert_allclose(comp.act_mean, rows.mean(axis=0), atol=1e-4)
    assert comp.act_directions.shape == (4, 16, 4, 4)
    assert decompose(small, name, psi=1.0, **options).act_stdev[0] > 1.3 * comp.act_stdev[0]


def test_latents_without_structure_and_truncation_of_w_are_refused(small):
    for space in ("w", "z"):
        with pytest.raises(UsageError, match=r"no structure to find.*generator\.gen_z"):
            decompose(small, space, n=100, components=2)
    with pytest.raises(UsageError, match="untruncated w"):
        decompose(LinearGenerator(), "w", n=100, components=2, psi=0.5)
    with pytest.raises(UsageError, match="above 0 and up to 1"):
        decompose(small, components=2, psi=0)


def test_sefa_finds_what_moves_the_conditions_most(small):
    comp = decompose(small, "w", estimator="sefa", components=2, n=100)
    weights = np.concatenate(small.style_weights(), axis=1).astype(np.float64)
    vectors = np.linalg.eigh(weights @ weights.T)[1]
    assert abs(float(comp.directions[0] @ vectors[:, -1])) == pytest.approx(1, abs=1e-5)


# ---------------------------------------------------------------- against the original


def test_batches_of_latents_are_the_originals(tiny128, numbers):
    seeds = np.random.RandomState(1).randint(2147483647, size=2)
    for seed, rows in zip(seeds, numbers["latents"]):
        ours = tiny128.z(n=500, seed=int(seed), compat="ganspace")
        np.testing.assert_array_equal(ours[:3], rows)


@pytest.mark.slow
def test_compat_gives_the_numbers_of_the_original(tiny128, numbers):
    comp = decompose(
        tiny128, components=20, n=10_000, estimator="ipca", batch=500, compat="ganspace", labels=250
    )
    ours = comp.arrays()
    for name in ("act_mean", "act_stdev", "lat_stdev", "var_ratio", "random_stdevs"):
        np.testing.assert_allclose(ours[name], numbers[name], rtol=1e-5, atol=1e-6, err_msg=name)
    np.testing.assert_allclose(ours["lat_mean"], numbers["lat_mean"], atol=1e-6)
    for name in ("act_comp", "lat_comp"):
        theirs = numbers[name][:, 0]
        cosines = (ours[name][: len(theirs), 0] * theirs).sum(axis=1)
        assert cosines.min() > 0.99999


@pytest.mark.parametrize("centred", [False, True])
def test_strips_of_latents(tiny128, numbers, theirs, centred):
    edits = [gs.Edit(component=2, first_layer=2, last_layer=6, sigma=float(s)) for s in np.linspace(-9, 9, 5)]
    w = tiny128.map(tiny128.z(seeds=[1020], psi=0.7))
    np.testing.assert_array_equal(w[0, 0], numbers["edit_z"][0])
    moved = np.concatenate([gs.apply_edits(w, theirs, [edit], centred=centred) for edit in edits])
    images = tiny128.images(moved, psi=0.7, classes=250)
    expected = numbers["strip_centered_0" if centred else "strip_plain_0"]
    np.testing.assert_allclose(shown(images), expected, atol=IMAGE)


@pytest.mark.parametrize("centred", [False, True])
def test_strips_of_activations(tiny128, numbers, theirs, centred):
    z = np.repeat(numbers["edit_z"][:1], 3, axis=0)
    taken = tiny128.activations(z, GEN_Z, psi=0.7, classes=250)
    moved = np.concatenate(
        [
            apply_activation_edits(row[None], theirs, [gs.Edit(component=2, sigma=sigma)], centred=centred)
            for row, sigma in zip(taken, (-2.0, 0.0, 2.0))
        ]
    )
    images = tiny128.images(z, psi=0.7, classes=250, feed={GEN_Z: moved})
    expected = numbers["strip_act_centered" if centred else "strip_act_plain"]
    np.testing.assert_allclose(shown(images), expected, atol=IMAGE)


def test_a_direction_of_one_class_in_another(tiny128, numbers, theirs):
    w = tiny128.map(numbers["edit_z"][1:])
    w = gs.apply_edits(w, theirs, [gs.parse_edit("E(v2, 3-6) = +6")])
    images = tiny128.images(w, psi=0.7, classes=980)
    np.testing.assert_allclose(shown(images)[0], numbers["transfer_class980_edit"], atol=IMAGE)


def shown(images):
    """Every fourth pixel as GANSpace shows it: (N, H, W, 3) in [0, 1]."""
    return np.clip(images / 2 + 0.5, 0, 1).transpose(0, 2, 3, 1)[:, ::4, ::4]
