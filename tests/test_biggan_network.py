"""The graph of BigGAN-deep gives PyTorch's own numbers: images, layers, mixtures of latents and classes."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from ganspace_tf.biggan.endpoints import endpoint_shapes
from ganspace_tf.biggan.network import BigGANNetwork
from ganspace_tf.biggan.statistics import interpolated, mix
from ganspace_tf.generators.biggan import BigGAN
from tests import biggan_recipe as recipe
from tests.layouts import NO_NCHW, nchw_runs

GOLDENS = Path(__file__).parent / "goldens" / "biggan"
SCALES = json.loads((GOLDENS / "variance_scales.json").read_text())
IMAGE, ACTIVATION = 5e-5, 1e-4  # float32 sums in another order; errors of substance are above 0.1
SMALL = recipe.structure(16, 4, n_classes=5, z=6, embed=4)


def load(name):
    return np.load(GOLDENS / (name + ".npz"))


@pytest.fixture(scope="module")
def numbers():
    return load("tiny128")


@pytest.fixture(scope="module")
def tiny128():
    record = recipe.record(recipe.structure(128, 8), SCALES["tiny128"])
    gen = BigGAN(record, "tiny128", threads=1)
    yield gen
    gen.close()


@pytest.fixture(scope="module")
def small():
    gen = BigGAN(recipe.record(SMALL), "small", threads=1)
    yield gen
    gen.close()


def split(key):
    """(truncation, options of images and activations) of a golden's key."""
    text = key.split(":")[0].split("_t")[1]
    value, _, rule = text.partition("_")
    return float(value), {"compat": "ganspace"} if rule == "hf" else {}


def nhwc(images, step=1):
    return images.transpose(0, 2, 3, 1)[:, ::step, ::step]


def scaled(numbers, psi):
    return np.float32(psi) * numbers["z_unit"][:1]


# ---------------------------------------------------------------- against the original


def test_spectral_norms(numbers):
    record = recipe.record(recipe.structure(128, 8), SCALES["tiny128"])
    paths = {m.scope + "/w/ema_0.9999": m.path for m in recipe.modules(10, 8)}
    ours = np.array([record.sigmas[paths[name]] for name in numbers["sigma_names"]])
    np.testing.assert_allclose(ours, numbers["sigma"], rtol=2e-6)  # float32 dot products


@pytest.mark.parametrize("key", [k for k in load("tiny128").files if k.startswith("img_sub")])
def test_images_at_every_truncation_and_with_both_rules(tiny128, numbers, key):
    psi, options = split(key)
    images = tiny128.images(scaled(numbers, psi), psi=psi, classes=numbers["classes"][:1], **options)
    np.testing.assert_allclose(nhwc(images, 4), numbers[key], atol=IMAGE)


@pytest.mark.parametrize("key", [k for k in load("tiny128").files if k.startswith(("act_", "inner_"))])
def test_inner_layers(tiny128, numbers, key):
    psi, options = split(key)
    name, expected = key.split(":")[1], numbers[key]
    ours = tiny128.activations(scaled(numbers, psi), name, psi=psi, classes=numbers["classes"][:1], **options)
    if name.endswith("softmax"):
        ours = ours[:, :: ours.shape[1] // expected.shape[1]]
    elif ours.ndim == 4:
        side, channels = ours.shape[2] // expected.shape[2], ours.shape[1] // expected.shape[1]
        ours = ours[:, ::channels, ::side, ::side]
    np.testing.assert_allclose(ours, expected, atol=ACTIVATION)


@pytest.mark.parametrize("name", ["tiny256", "tiny512"])
def test_the_larger_networks(name):
    numbers = load(name)
    record = recipe.record(recipe.structure(int(name[4:]), 8), SCALES[name])
    gen = BigGAN(record, name, threads=1)
    key, psi = "img_sub_t0.613_lin", float(numbers["mix_truncation"])
    images = gen.images(scaled(numbers, 0.613), psi=0.613, classes=numbers["classes"][:1])
    np.testing.assert_allclose(nhwc(images, int(name[4:]) // 32), numbers[key], atol=IMAGE)
    images = gen.images(numbers["mix_z_list"][None], psi=psi, classes=numbers["classes"][:1])
    expected = numbers["img_mix_list"]
    np.testing.assert_allclose(nhwc(images, int(name[4:]) // expected.shape[1]), expected, atol=IMAGE)
    gen.close()


def test_one_latent_for_every_layer(tiny128, numbers):
    psi, classes = float(numbers["mix_truncation"]), numbers["classes"][:1]
    images = tiny128.images(numbers["mix_z_list"][None], psi=psi, classes=classes)
    np.testing.assert_allclose(nhwc(images, 4), numbers["img_mix_list"], atol=IMAGE)
    for k in (1, 4, 8):  # the first k latents of A, the rest of B
        mixed = np.concatenate([numbers["style_zA"]] * k + [numbers["style_zB"]] * (11 - k))
        images = tiny128.images(mixed[None], psi=psi, classes=classes)
        np.testing.assert_allclose(nhwc(images, 4), numbers["img_style_keep{}".format(k)], atol=IMAGE)


def test_mixtures_of_classes(tiny128, numbers):
    first, second = numbers["classes"][:2]
    psi, z = float(numbers["mix_truncation"]), numbers["style_zA"]
    blend = np.zeros((1, 1000), np.float32)
    blend[0, first], blend[0, second] = 0.7, 0.3
    layers = [[int(first)] * 5 + [int(second)] * 6]
    for classes, key in (
        (blend, "img_classlerp_0.3"),
        (layers, "img_classmix_first5"),
        (np.zeros((1, 1000), np.float32), "img_class_none"),
    ):
        images = tiny128.images(z, psi=psi, classes=classes)
        np.testing.assert_allclose(nhwc(images, 4), numbers[key], atol=IMAGE)


@pytest.mark.parametrize("layer", [0, 2, 8])
def test_a_layer_of_one_image_in_the_run_of_another(tiny128, numbers, layer):
    psi, name, classes = 0.7, "generator.layers.{}".format(layer), numbers["classes"][:1]
    taken = tiny128.activations(numbers["style_zA"], name, psi=psi, classes=classes)
    images = tiny128.images(numbers["style_zB"], psi=psi, classes=classes, feed={name: taken})
    expected = numbers["img01_featmix_layer{}".format(layer)]
    np.testing.assert_allclose(np.clip(nhwc(images, 4)[0] / 2 + 0.5, 0, 1), expected, atol=IMAGE)


def test_rows_of_statistics(numbers):
    name = "generator.layers.0.bn_1"
    table = recipe.arrays(recipe.structure(128, 8), SCALES["tiny128"])[name + ".means"]
    for k, psi in enumerate(numbers["stat_truncations"]):
        if psi == 0:
            continue
        for rule, key in (("ganspace", "stat_mean_hf:" + name), ("linear", "stat_mean_lin:" + name)):
            ours = interpolated([table], mix(float(psi), len(table), rule))
            np.testing.assert_allclose(ours, numbers[key][k], atol=1e-6)


# ---------------------------------------------------------------- properties


def test_the_graph_has_the_endpoints_of_the_table(small):
    assert list(small.network._places) == list(endpoint_shapes(SMALL))


def test_every_endpoint_can_be_read_and_fed(small):
    """What the network computes there changes nothing when it is fed, something else does. A block of either
    kind stands for the others."""
    z, options = small.z(n=2, seed=1), {"psi": 0.5, "classes": [1, 3]}
    expected = small.images(z, **options)
    for name, shape in small.endpoints.items():
        if name.startswith(("generator.layers.3.", "generator.layers.4.")):
            continue
        taken = small.activations(z, name, **options)
        assert taken.shape == (2,) + tuple(shape), name
        images = small.images(z, feed={name: taken}, **options)
        np.testing.assert_allclose(images, expected, atol=1e-5, err_msg=name)
        images = small.images(z, feed={name: np.float32(3) - 2 * taken}, **options)
        assert np.abs(images - expected).max() > 1e-3, name


def test_a_partial_run_needs_nothing_that_comes_later():
    """Later layers are made to give NaN: what is fetched before them does not see it."""
    made = recipe.arrays(SMALL)
    network = BigGANNetwork(recipe.record(SMALL), threads=1)
    z, classes = np.ones((1, 1, 6), np.float32), np.eye(5, dtype=np.float32)[:1, None]
    whole = network.fetch("generator.layers.1", z, classes)
    names = [name for name, _ in SMALL.norms()]
    for k in range(names.index("generator.layers.3.bn_0"), len(names)):
        network._means[k] = np.full_like(made[names[k] + ".means"], np.nan)
    np.testing.assert_array_equal(network.fetch("generator.layers.1", z, classes), whole)
    assert np.isnan(network.fetch("generator.layers.3", z, classes)).all()
    network.close()


def test_both_layouts_are_the_same_network(small):
    if not nchw_runs() and not tf.test.is_gpu_available():
        pytest.skip(NO_NCHW)
    other = BigGAN(recipe.record(SMALL), "small", threads=1, layout="NCHW")
    z = small.z(n=2, seed=3, psi=0.4)
    for name in [n for n in small.endpoints if not n.startswith("generator.layers.4.")]:
        ours, theirs = (gen.activations(z, name, psi=0.4, classes=2) for gen in (small, other))
        np.testing.assert_allclose(ours, theirs, atol=2e-5, err_msg=name)
    taken = small.activations(z, "generator.layers.3")
    fed = [gen.images(z, feed={"generator.layers.3": taken}) for gen in (small, other)]
    np.testing.assert_allclose(fed[0], fed[1], atol=2e-5)
    other.close()


def test_the_number_of_images_at_a_time_does_not_matter(small):
    z = small.z(n=5, seed=4)
    expected = small.images(z, classes=[0, 1, 2, 3, 4], batch=5)
    for batch in (1, 2, 3):
        images = small.images(z, classes=[0, 1, 2, 3, 4], batch=batch)
        np.testing.assert_allclose(images, expected, atol=2e-6)


def test_a_network_without_attention_runs():
    blocks = tuple(dataclasses.replace(block, layer=block.index) for block in SMALL.blocks)
    s = dataclasses.replace(SMALL, blocks=blocks, attention=None)
    gen = BigGAN(recipe.record(s), "plain", threads=1)
    assert gen.images(gen.z(n=1, seed=0)).shape == (1, 3, 16, 16)
    gen.close()
