"""The StyleGANs behind the generator contract: what is particular to them, in every architecture."""

from __future__ import annotations

import numpy as np
import pytest

import ganspace_tf as gs
import nvlabs
from ganspace_tf.errors import UnknownName, UsageError
from tests import tiny

# Images of the tiny networks are of the order of 1. Another batch size sums the same float32 numbers in
# another order; StyleGAN's instance norm amplifies that, since it divides by the deviation of flat maps.
SAME_SUM = 5e-5

KINDS = sorted(tiny.FAMILIES)


@pytest.fixture(scope="module", params=KINDS)
def gen(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("net") / (request.param + ".pkl")
    generator = gs.load_generator(tiny.write_tiny(path, request.param, resolution=8))
    yield generator
    generator.close()


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """One network for what does not depend on the family."""
    return gs.load_generator(tiny.write_tiny(tmp_path_factory.mktemp("net") / "plain.pkl", "stylegan2-skip"))


def some_labels(gen, n):
    return None if not gen.n_classes else [i % gen.n_classes for i in range(n)]


def some_w(gen, n=3):
    """(n, L, D) with another w in every layer."""
    w = gen.w(seeds=range(n), labels=some_labels(gen, n))
    return w + np.random.RandomState(1).standard_normal(w.shape).astype(np.float32)


# ---------------------------------------------------------------- latents


def test_a_seed_is_numpys_legacy_seed(gen):
    z = gen.z(seeds=[7, 0])
    assert np.array_equal(z[0], np.random.RandomState(7).standard_normal(gen.latent_size).astype(np.float32))
    assert np.array_equal(gen.z(seeds=0), z[1:])
    assert np.array_equal(gen.w(seeds=[7, 0]), gen.map(z))


# ---------------------------------------------------------------- network


def test_images_are_those_of_the_network_run_as_a_whole(gen):
    z, labels = gen.z(seeds=[1, 2]), some_labels(gen, 2)
    rows = None if labels is None else np.eye(gen.n_classes)[labels]
    kwargs = {"truncation_psi": 0.6, "truncation_cutoff": 3, "randomize_noise": False}
    want = gen.network.run(z, rows, **kwargs)
    got = gen.images(gen.map(z, labels), psi=0.6, cutoff=3)
    assert np.abs(got - want).max() < SAME_SUM


def test_w_is_the_output_of_the_last_mapping_layer(gen):
    z, labels = gen.z(seeds=[0, 1]), some_labels(gen, 2)
    assert np.array_equal(gen.activations(z, "G_mapping/Dense1", labels), gen.map_rows(z, labels))
    with pytest.raises(UsageError, match="comes before w"):
        gen.activations(some_w(gen, 2), "G_mapping/Dense1", latent="w")


def test_activations_of_w_can_be_truncated_like_images(gen):
    w = some_w(gen, 2)
    truncated = gen.activations(gen.truncate(w, 0.5, 2), "4x4/Conv", latent="w")
    assert np.array_equal(gen.activations(w, "4x4/Conv", latent="w", psi=0.5, cutoff=2), truncated)
    assert np.abs(gen.activations(w, "4x4/Conv", latent="w") - truncated).max() > 1e-3


def test_feeding_an_endpoint_replaces_what_the_network_would_compute(gen):
    """Fed with its own value the image stays; fed with another sample's in the last layer, it becomes that
    one's."""
    w = some_w(gen, 2)
    image = gen.images(w)
    layers = [name for name in gen.endpoints if name.startswith("G_synthesis/") and "/Conv" in name]
    assert len(layers) >= 3
    for name in layers:
        value = gen.activations(w, name, latent="w")
        assert np.abs(gen.images(w, feed={name: value}) - image).max() < SAME_SUM, name
        assert np.abs(gen.images(w, feed={name: value + 1}) - image).max() > 1e-3, name
    swapped = gen.images(w, feed={"4x4/Conv": gen.activations(w[::-1], "4x4/Conv", latent="w")}, batch=1)
    both = gen.images(w, feed={"4x4/Conv": gen.activations(w[::-1], "4x4/Conv", latent="w")})
    assert np.abs(swapped - both).max() < SAME_SUM and np.abs(both - image).max() > 1e-3


def test_truncation_is_applied_to_the_w_that_is_given(gen):
    w, average = some_w(gen), gen.dlatent_avg
    by_hand = average + (w - average) * np.float32(0.5)
    assert np.abs(gen.truncate(w, 0.5) - by_hand).max() < 1e-6
    assert np.array_equal(gen.images(w, psi=0.5), gen.images(gen.truncate(w, 0.5)))
    first = gen.truncate(w, 0.5, cutoff=2)
    assert np.array_equal(first[:, 2:], w[:, 2:]) and np.array_equal(
        first[:, :2], gen.truncate(w, 0.5)[:, :2]
    )
    for nothing in (None, 1, 1.0):
        assert np.array_equal(gen.truncate(w, nothing), w)
    assert np.array_equal(gen.truncate(w, 0.5, cutoff=0), w)
    assert np.abs(gen.truncate(w, 0) - average).max() == 0
    assert np.abs(gen.truncate(w, -1.5) - (average + (w - average) * np.float32(-1.5))).max() < 1e-5


def test_noise_is_stored_random_or_a_stream(gen):
    w = some_w(gen, 1).repeat(2, axis=0)
    stored, drawn = gen.images(w), gen.images(w, noise="numpy:3")
    assert np.abs(stored[0] - stored[1]).max() < SAME_SUM
    if not gen.noise_shapes:
        assert np.abs(drawn - stored).max() < SAME_SUM
        return
    assert np.abs(drawn - stored).max() > 1e-3
    assert np.abs(drawn[0] - drawn[1]).max() < SAME_SUM  # one set of maps for all images
    assert np.array_equal(gen.images(w, noise="numpy:3"), drawn)
    assert np.abs(gen.images(w, noise="numpy:4") - drawn).max() > 1e-3
    stream = np.random.RandomState(3)
    maps = [stream.standard_normal((1, 1, *shape)).astype(np.float32) for shape in gen.noise_shapes]
    assert np.array_equal(gen.images(w, noise=maps), drawn)
    random = gen.images(w, noise="random")
    assert np.abs(random[0] - random[1]).max() > 1e-3  # every image has its own
    assert np.abs(gen.images(w, noise="random") - random).max() > 1e-3


def test_labels_are_an_index_a_list_or_weights(gen):
    z = gen.z(seeds=[1, 2])
    if not gen.n_classes:
        with pytest.raises(UsageError, match="unconditional"):
            gen.map_rows(z, 0)
        return
    first = gen.map_rows(z, 0)
    weights = np.zeros((1, gen.n_classes), np.float32)
    weights[0, 0] = 1
    for same in ([0, 0], [0], np.int64(0), weights, weights.repeat(2, axis=0)):
        assert np.array_equal(gen.map_rows(z, same), first)
    assert np.array_equal(gen.map_rows(z), gen.map_rows(z, 0 * weights))
    assert np.abs(gen.map_rows(z, [0, 1])[1] - first[1]).max() > 1e-3
    for wrong in (-1, gen.n_classes, [0, 1, 2], "cat", 0.5, np.full((2, gen.n_classes), np.nan)):
        with pytest.raises(UsageError):
            gen.map_rows(z, wrong)


def test_a_description_names_the_layers_of_every_w(gen):
    layers = gen.describe()["layers"]
    assert len(layers) == gen.n_layers and all(layers)
    assert layers[0] == (["4x4/Const"] if gen.family == "stylegan" else ["4x4/Conv"])


# ---------------------------------------------------------------- names


def test_an_alias_means_the_layer_that_ganspace_users_know(gen):
    for alias, name in gen.aliases.items():
        assert name in gen.endpoints and gen.resolve_endpoint(alias) == name
    expected = {"style": "G_mapping/Dense1", "g_mapping": "G_mapping/Dense1", "w": "G_mapping/Dense1"}
    if gen.family == "stylegan":
        expected["g_synthesis.blocks.4x4.epi1"] = "G_synthesis/4x4/Const"
        expected["g_synthesis.blocks.8x8.epi1"] = "G_synthesis/8x8/Conv0_up"
        expected["g_synthesis.blocks.8x8"] = "G_synthesis/8x8/Conv1"
        expected["g_synthesis.torgb"] = "G_synthesis/ToRGB_lod0"
    else:
        expected.update({"style.1": "G_mapping/Dense0", "style.2": "G_mapping/Dense1"})
        expected.update({"conv1": "G_synthesis/4x4/Conv", "convs.1": "G_synthesis/8x8/Conv1"})
        if gen.describe()["architecture"] == "skip":
            expected.update({"to_rgb1": "G_synthesis/4x4/ToRGB", "to_rgbs.0": "G_synthesis/8x8/ToRGB"})
    assert {alias: gen.aliases[alias] for alias in expected} == expected


def test_the_end_of_a_name_is_enough_where_it_is_the_only_one(plain):
    assert plain.resolve_endpoint("8x8/Conv0_up") == "G_synthesis/8x8/Conv0_up"
    assert plain.resolve_endpoint("G_synthesis/8x8/Conv0_up") == "G_synthesis/8x8/Conv0_up"
    with pytest.raises(UnknownName, match=r"unknown endpoint 'Conv1'; nearest of \d+: .*8x8/Conv1"):
        plain.resolve_endpoint("Conv1")
    with pytest.raises(UnknownName, match=r"convs\.1"):
        plain.resolve_endpoint("convs.99")


# ---------------------------------------------------------------- style weights


@pytest.mark.parametrize("kind", ["stylegan", "stylegan2-skip", "stylegan2-revised", "stylegan2-ada-resnet"])
def test_style_weights_are_all_that_a_layers_w_goes_through(kind, tmp_path):
    """A move of w_l that the layer's style weights do not see changes nothing; any other move changes the
    image."""
    gen = gs.load_generator(tiny.write_tiny(tmp_path / "wide.pkl", kind, resolution=8, dlatent_size=40))
    w = gen.w(seeds=[1])
    image = gen.images(w)
    weights = gen.style_weights()
    assert len(weights) == gen.n_layers
    for layer, matrix in enumerate(weights):
        assert matrix.shape[0] == 40 and matrix.shape[1] < 40
        direction = np.random.RandomState(layer).standard_normal(40)
        seen = np.linalg.svd(matrix.astype(np.float64), full_matrices=False)[0]
        unseen = direction - seen @ (seen.T @ direction)
        moved, other = w.copy(), w.copy()
        moved[0, layer] += 3 * (unseen / np.linalg.norm(unseen)).astype(np.float32)
        other[0, layer] += 3 * (direction / np.linalg.norm(direction)).astype(np.float32)
        assert np.abs(gen.images(moved) - image).max() < SAME_SUM, layer
        assert np.abs(gen.images(other) - image).max() > 1e-3, layer


def test_style_weights_are_in_the_scale_of_run_time(tmp_path):
    """Equalised learning rate: stored weights are divided by the root of the number of inputs."""
    gen = gs.load_generator(tiny.write_tiny(tmp_path / "net.pkl", "stylegan2-skip"))
    stored = gen.network.get_var("G_synthesis/4x4/Conv/mod_weight")
    assert np.allclose(gen.style_weights()[0], stored / np.sqrt(12), rtol=1e-6)


# ---------------------------------------------------------------- identity


def test_the_fingerprint_follows_the_weights_not_the_file(tmp_path):
    files = [tmp_path / "a.pkl", tmp_path / "b.npz", tmp_path / "c.pkl"]
    for file, seed in zip(files, (0, 0, 1)):
        tiny.write_tiny(file, "stylegan2-skip", seed=seed)
    a, b, c = (gs.load_generator(file) for file in files)
    assert a.fingerprint == b.fingerprint != c.fingerprint
    assert (a.name, b.name) == ("a", "b")


def test_a_damaged_file_is_refused_by_nvlabs(tmp_path):
    (tmp_path / "page.pkl").write_bytes(b"<!DOCTYPE html><title>Quota exceeded</title>")
    with pytest.raises(nvlabs.NetworkFileError):
        gs.load_generator(tmp_path / "page.pkl")


# ---------------------------------------------------------------- mistakes

L, D = 6, 12  # of the tiny network
MISTAKES = {
    "latents nobody asked for": (lambda g: g.z(), "seeds="),
    "seeds and n": (lambda g: g.z(seeds=[1], n=2), "either"),
    "no seed": (lambda g: g.z(n=2), "need a seed"),
    "no seeds": (lambda g: g.z(seeds=[]), "at least one"),
    "negative seed": (lambda g: g.z(seeds=[-1]), "-1 is outside 0"),
    "huge seed": (lambda g: g.z(n=1, seed=2**32), "4294967296 is outside"),
    "half a seed": (lambda g: g.z(seeds=[1.5]), "1.5 is not a whole number"),
    "text seed": (lambda g: g.z(seeds="12"), "'12' is text"),
    "boolean seed": (lambda g: g.z(seeds=[True]), "True is not a whole number"),
    "no rows": (lambda g: g.z(n=0, seed=1), "n=0"),
    "negative start": (lambda g: g.z(n=1, seed=1, start=-1), "start=-1"),
    "start of seeds": (lambda g: g.z(seeds=[1], start=2), "belong to n="),
    "unknown compat": (lambda g: g.z(n=1, seed=1, compat="torch"), "allowed: ganspace"),
    "z of the wrong width": (lambda g: g.map_rows(np.zeros((2, 5))), r"\(2, 5\); allowed: \(N, 16\)"),
    "one flat z": (lambda g: g.map(np.zeros(16)), r"\(16,\); allowed: \(N, 16\)"),
    "no z": (lambda g: g.map(np.zeros((0, 16))), r"\(0, 16\)"),
    "NaN in z": (lambda g: g.map(np.full((1, 16), np.nan)), "16 values that are NaN"),
    "text as z": (lambda g: g.map("seed 1"), "not an array of numbers"),
    "w with too many layers": (
        lambda g: g.images(np.zeros((1, L + 2, D))),
        r"\(1, 8, 12\); allowed.*\(N, 6, 12\)",
    ),
    "w of the wrong width": (lambda g: g.images(np.zeros((1, 16))), r"allowed: \(N, 12\)"),
    "infinite w": (lambda g: g.images(np.full((1, L, D), np.inf)), "72 values"),
    "psi of text": (lambda g: g.images(np.zeros((1, D)), psi="0.7"), "psi='0.7' is not a finite number"),
    "psi NaN": (lambda g: g.images(np.zeros((1, D)), psi=float("nan")), "psi=nan"),
    "psi list": (lambda g: g.truncate(np.zeros((1, D)), [0.5]), "psi="),
    "cutoff outside": (lambda g: g.images(np.zeros((1, D)), psi=0.5, cutoff=7), "cutoff=7 is outside 0 … 6"),
    "cutoff half": (lambda g: g.images(np.zeros((1, D)), psi=0.5, cutoff=1.5), "cutoff 1.5"),
    "unknown noise": (
        lambda g: g.images(np.zeros((1, D)), noise="pink"),
        "'pink'.*stored.*random.*numpy:SEED",
    ),
    "noise without a seed": (lambda g: g.images(np.zeros((1, D)), noise="numpy:"), "numpy:SEED"),
    "noise that is no text": (lambda g: g.images(np.zeros((1, D)), noise=3), "noise"),
    "too few noise maps": (
        lambda g: g.images(np.zeros((1, D)), noise=[np.zeros((1, 1, 4, 4))]),
        "noise maps",
    ),
    "noise maps of other images": (
        lambda g: g.images(np.zeros((3, D)), noise=[np.zeros((2, 1, *s)) for s in g.noise_shapes]),
        "noise map 0 has shape",
    ),
    "batch of nothing": (lambda g: g.images(np.zeros((1, D)), batch=0), "batch=0"),
    "unknown fed endpoint": (
        lambda g: g.images(np.zeros((1, D)), feed={"16x16/Conv9": 0}),
        "unknown endpoint",
    ),
    "fed shape": (
        lambda g: g.images(np.zeros((1, D)), feed={"conv1": np.zeros((1, 4, 4))}),
        "allowed: .1, 8, 4, 4.",
    ),
    "fed NaN": (
        lambda g: g.images(np.zeros((1, D)), feed={"conv1": np.full((1, 8, 4, 4), np.nan)}),
        "128 values",
    ),
    "unknown endpoint": (lambda g: g.activations(np.zeros((1, 16)), "conv"), "unknown endpoint 'conv'"),
    "unknown latent": (lambda g: g.activations(np.zeros((1, 16)), "conv1", latent="x"), "allowed: z, w"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line_that_says_what_was_given(plain, mistake):
    call, words = MISTAKES[mistake]
    with pytest.raises(UsageError, match=words) as caught:
        call(plain)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 250
