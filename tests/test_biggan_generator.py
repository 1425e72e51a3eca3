"""BigGAN-deep behind the generator contract: what its arguments mean and which are refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

import ganspace_tf as gs
from ganspace_tf.biggan import latents
from ganspace_tf.errors import UnknownName, UsageError
from ganspace_tf.generators.biggan import BigGAN
from tests import biggan_folders as folders
from tests import biggan_recipe as recipe

SMALL = recipe.structure(16, 4, n_classes=3, z=6, embed=4)
NAMES = ("cat", "dog", "great auk")


@pytest.fixture(scope="module")
def gen():
    made = BigGAN(recipe.record(SMALL, class_names=NAMES), "small", threads=1)
    yield made
    made.close()


def test_a_folder_is_loaded_by_its_path(tmp_path, gen):
    hub = folders.write_hub(tmp_path / "my-biggan", SMALL, recipe.arrays(SMALL))
    loaded = gs.load_generator(str(hub), threads=1)
    assert (loaded.name, loaded.family) == ("my-biggan", "biggan-deep")
    assert loaded.fingerprint == gen.fingerprint
    z = loaded.z(seeds=[1])
    np.testing.assert_array_equal(loaded.images(z, classes=1), gen.images(z, classes="dog"))
    loaded.close()


def test_sizes(gen):
    assert (gen.latent_size, gen.dlatent_size, gen.n_layers, gen.n_classes) == (6, 6, 5, 3)
    assert gen.image_shape == (3, 16, 16)
    assert gen.endpoints["generator.gen_z"] == (256,)
    assert gen.endpoints["generator.layers.4"] == (4, 16, 16)
    assert gen.resolve_endpoint("layers.4.bn_0") == "generator.layers.4.bn_0"
    json.dumps(gen.describe())


def test_latents_follow_the_truncated_normal(gen):
    np.testing.assert_array_equal(gen.z(seeds=[4, 9], psi=0.5), latents.seed_rows([4, 9], 6, 0.5))
    np.testing.assert_array_equal(
        gen.z(n=3, seed=2, compat="ganspace", start=1), latents.legacy_rows(2, 4, 6)[1:]
    )
    np.testing.assert_array_equal(gen.z(n=2, seed=2, start=5, psi=0.3), latents.normal_rows(2, 5, 7, 6, 0.3))


@pytest.mark.parametrize(
    "wrong",
    [{}, {"n": 2}, {"seeds": [1], "n": 1}, {"seeds": [1], "seed": 1}, {"n": 0, "seed": 1}, {"seeds": [-1]},
     {"n": 1.5, "seed": 0}, {"n": 1, "seed": 0, "compat": "torch"}, {"seeds": [1], "psi": 0},
     {"n": 1, "seed": 0, "start": -1}],
)  # fmt: skip
def test_wrong_ways_to_ask_for_latents(gen, wrong):
    with pytest.raises(UsageError):
        gen.z(**wrong)


def test_w_is_the_latent_once_per_layer(gen):
    z = gen.z(seeds=[1, 2], psi=0.5)
    w = gen.w(seeds=[1, 2], psi=0.5)
    assert w.shape == (2, 5, 6)
    np.testing.assert_array_equal(w, np.repeat(z[:, None], 5, axis=1))
    np.testing.assert_array_equal(gen.images(w, psi=0.5), gen.images(z, psi=0.5))
    np.testing.assert_array_equal(gen.truncate(w, 0.5), w)


def test_the_first_latent_feeds_gen_z_and_the_others_one_block_each(gen):
    """Layer 2 is the attention block: it takes no latent, so latent 3 belongs to layer 3."""
    base = gen.w(seeds=[1])
    readers = {0: "generator.gen_z"}
    readers.update({block.latent: block.path + ".bn_0.scale" for block in SMALL.blocks})
    assert readers[3] == "generator.layers.3.bn_0.scale"
    for latent in range(gen.n_layers):
        changed = base.copy()
        changed[:, latent] += 1
        for reader, name in readers.items():
            same = np.array_equal(gen.activations(base, name), gen.activations(changed, name))
            assert same == (reader != latent)


def test_psi_chooses_the_statistics_and_does_not_scale(gen):
    z = gen.z(seeds=[3])
    bn, gen_z = "generator.layers.0.bn_0", "generator.gen_z"
    np.testing.assert_array_equal(gen.activations(z, gen_z, psi=0.5), gen.activations(z, gen_z))
    assert np.abs(gen.activations(z, bn, psi=0.5) - gen.activations(z, bn)).max() > 0.01
    np.testing.assert_array_equal(gen.images(z, psi=None), gen.images(z, psi=1))
    ours, theirs = gen.images(z, psi=0.613), gen.images(z, psi=0.613, compat="ganspace")
    assert np.abs(ours - theirs).max() > 0.01


def test_labels_is_another_word_for_classes(gen):
    z = gen.z(seeds=[3])
    np.testing.assert_array_equal(gen.images(z, labels=2), gen.images(z, classes="great auk"))
    np.testing.assert_array_equal(gen.images(z), gen.images(z, classes=0))
    with pytest.raises(UsageError, match="not both"):
        gen.images(z, labels=2, classes=2)


def test_style_weights_turn_a_latent_into_what_it_changes(gen):
    weights = gen.style_weights()
    assert [w.shape for w in weights] == [(6, 256)] + [(6, 2 * sum(b.norm_channels)) for b in SMALL.blocks]
    step = np.eye(6, dtype=np.float32)[:1]
    moved = gen.activations(step, "generator.gen_z") - gen.activations(0 * step, "generator.gen_z")
    np.testing.assert_allclose(moved, weights[0][:1], atol=1e-6)
    name = "generator.layers.0.bn_0.scale"
    moved = gen.activations(step, name) - gen.activations(0 * step, name)
    np.testing.assert_allclose(moved[0], weights[1][0, : moved.size], atol=1e-6)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"psi": 0}, "above 0 and up to 1"),
        ({"psi": 1.5}, "above 0 and up to 1"),
        ({"cutoff": 2}, "one truncation for all layers"),
        ({"noise": "numpy:1"}, "no noise inputs; allowed: 'stored'"),
        ({"classes": "great ouk"}, "great auk"),
        ({"classes": 3}, "outside 0 … 2"),
        ({"compat": "torch"}, "ganspace"),
        ({"batch": 0}, "batch"),
        ({"feed": {"generator.layers.9": np.zeros(1)}}, "unknown endpoint"),
        ({"feed": {"generator.layers.0": np.zeros((1, 4, 4, 16))}}, r"allowed: \(1, 16, 4, 4\)"),
    ],
)
def test_wrong_arguments_name_what_is_allowed(gen, options, message):
    with pytest.raises(UsageError, match=message) as error:
        gen.images(gen.z(seeds=[0]), **options)
    assert "\n" not in str(error.value)


def test_lists_of_latents_of_the_wrong_length_are_refused(gen):
    for shape in ((1, 4, 6), (1, 6, 6), (1, 5), (0, 6)):
        with pytest.raises(UsageError, match=r"\(N, 6\), or one row per layer \(N, 5, 6\)"):
            gen.images(np.zeros(shape, np.float32))


def test_an_unknown_endpoint_suggests_the_nearest(gen):
    with pytest.raises(UnknownName, match=r"generator\.layers\.4"):
        gen.activations(gen.z(seeds=[0]), "generator.layer.4")


def test_tensorflow_starts_with_the_first_computation():
    made = BigGAN(recipe.record(SMALL), "small", threads=1)
    assert made._network is None
    made.describe()
    made.z(seeds=[1])
    assert made._network is None
    made.images(made.z(seeds=[1]))
    assert made._network is not None and made._record is None
    made.close()


def test_a_closed_network_says_so():
    made = BigGAN(recipe.record(SMALL), "small", threads=1)
    made.close()
    with pytest.raises(UsageError, match="was closed"):
        made.images(made.z(seeds=[1]))
