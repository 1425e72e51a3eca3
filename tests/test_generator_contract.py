"""What every generator promises, whatever its family: the same tests over every kind there is, and over the
closed-form generator that stands in for them in other tests."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import ganspace_tf as gs
from ganspace_tf.errors import UsageError
from ganspace_tf.generators.base import Generator
from ganspace_tf.generators.biggan import BigGAN
from ganspace_tf.generators.load import LOADERS
from ganspace_tf.generators.nvlabs_gan import NvlabsGenerator
from ganspace_tf.styles.edits import StyleEdit, check_style_edits
from tests import ada_pytorch_recipe, biggan_recipe, linear_gan, stylegan3_recipe, tiny
from tests.persistent_writer import write

ADA_DESIGN = ada_pytorch_recipe.Design(resolution=8, c_dim=3, architecture="resnet")
SG3_DESIGN = stylegan3_recipe.Design(channel_base=32, channel_max=5, num_layers=4)
SAME_SUM = 5e-5  # the same float32 numbers summed in another order; outputs are of the order of 1


def _nvlabs(kind):
    return lambda folder: gs.load_generator(tiny.write_tiny(folder / "net.pkl", kind, resolution=8))


def _pytorch(module):
    return lambda folder: gs.load_generator(write(folder / "net.pkl", module))


KINDS = {kind: _nvlabs(kind) for kind in sorted(tiny.FAMILIES)}
KINDS["stylegan2-ada-pytorch"] = _pytorch(ada_pytorch_recipe.generator(ADA_DESIGN))
KINDS["stylegan3-t"] = _pytorch(stylegan3_recipe.generator(SG3_DESIGN))
KINDS["stylegan3-r"] = _pytorch(stylegan3_recipe.generator(SG3_DESIGN._replace(kernel=1, radial=True)))
KINDS["biggan-deep"] = lambda folder: BigGAN(
    biggan_recipe.record(biggan_recipe.structure(16, 8, n_classes=4))
)
KINDS["linear"] = lambda folder: linear_gan.LinearGAN(n_classes=3)

# Loaders that give a generator of a class which another loader's kinds already stand for
SAME_CLASS = {"ganspace_tf.generators.torch_gan"}


@pytest.fixture(scope="module", params=list(KINDS))
def gen(request, tmp_path_factory):
    generator = KINDS[request.param](tmp_path_factory.mktemp("net"))
    yield generator
    generator.close()


def some_labels(gen, n):
    return None if not gen.n_classes else [i % gen.n_classes for i in range(n)]


def some_w(gen, n=3):
    """(n, L, D) with another w in every layer."""
    w = gen.w(seeds=range(n), labels=some_labels(gen, n))
    return w + 0.5 * np.random.RandomState(1).standard_normal(w.shape).astype(np.float32)


def test_the_table_has_every_kind_that_can_be_loaded():
    made = {"ganspace_tf.generators.nvlabs_gan", BigGAN.__module__}
    assert made | SAME_CLASS == set(LOADERS)


def test_shapes_are_those_the_attributes_say(gen):
    z, labels = gen.z(seeds=[1, 2, 3]), some_labels(gen, 3)
    rows, w = gen.map_rows(z, labels), gen.map(z, labels)
    assert z.shape == (3, gen.latent_size) and z.dtype == np.float32
    assert rows.shape == (3, gen.dlatent_size) and rows.dtype == np.float32
    assert w.shape == (3, gen.n_layers, gen.dlatent_size) and w.flags.writeable
    assert all(np.array_equal(w[:, layer], rows) for layer in range(gen.n_layers))
    images = gen.images(w, labels=labels)
    assert images.shape == (3, *gen.image_shape) and images.dtype == np.float32
    assert np.isfinite(images).all() and np.ptp(images) > 0
    assert np.array_equal(gen.images(rows, labels=labels), images)


def test_a_seed_gives_the_same_latent_alone_and_among_others(gen):
    z = gen.z(seeds=[7, 0, 7])
    assert np.array_equal(z[0], z[2]) and not np.array_equal(z[0], z[1])
    assert np.array_equal(gen.z(seeds=0), z[1:2])
    assert np.array_equal(gen.w(seeds=[7, 0, 7]), gen.map(z))


@pytest.mark.parametrize("compat", [None, "ganspace"])
def test_a_row_of_a_stream_depends_on_seed_and_number_alone(gen, compat):
    many = gen.z(n=20, seed=0, compat=compat)
    assert np.array_equal(gen.z(n=5, seed=0, start=10, compat=compat), many[10:15])
    assert not np.array_equal(gen.z(n=20, seed=1, compat=compat), many)
    assert np.array_equal(gen.w(n=2, seed=0, start=3, compat=compat), gen.map(many[3:5]))


def test_one_legacy_seed_is_the_first_row_of_its_batch(gen):
    assert np.array_equal(gen.z(n=3, seed=5, compat="ganspace")[0], gen.z(seeds=[5])[0])


def test_a_sample_does_not_depend_on_its_batch(gen):
    w = some_w(gen, 5)
    one_by_one = np.concatenate([gen.images(w[i : i + 1]) for i in range(5)])
    assert np.abs(gen.images(w) - one_by_one).max() < SAME_SUM
    assert np.abs(gen.images(w, batch=2) - one_by_one).max() < SAME_SUM
    z = gen.z(n=5, seed=0)
    assert np.abs(gen.map_rows(z)[3] - gen.map_rows(z[3:4])[0]).max() < SAME_SUM


def test_threads_that_map_at_once_do_not_disturb_each_other(gen):
    if not gen.maps_in_threads:
        pytest.skip("it does not say that several threads may map")
    blocks = [gen.z(n=300, seed=seed) for seed in range(8)]
    with ThreadPoolExecutor(4) as pool:
        for map_rows in (gen.map_rows, gen.map_rows_fast):
            together = list(pool.map(map_rows, blocks))  # first: whatever is made once is made then
            for block, w in zip(blocks, together):
                np.testing.assert_array_equal(map_rows(block), w)


def test_every_endpoint_can_be_fetched_alone(gen):
    z, labels = gen.z(seeds=[0, 1]), some_labels(gen, 2)
    assert len(gen.endpoints) > 1
    for name, shape in gen.endpoints.items():
        value = gen.activations(z, name, labels)
        assert value.shape == (2, *shape) and value.dtype == np.float32, name
        assert np.isfinite(value).all() and np.ptp(value) > 0, name


def test_an_endpoint_fed_with_its_own_value_changes_nothing(gen):
    w = some_w(gen, 2)
    image = gen.images(w)
    inner = [
        name for name, shape in gen.endpoints.items() if shape != gen.image_shape and "mapping" not in name
    ]
    for name in inner[len(inner) // 2 :: 3] + inner[:1]:
        value = gen.activations(w, name, latent="w")
        assert np.abs(gen.images(w, feed={name: value}) - image).max() < SAME_SUM, name


def test_style_channels_are_an_endpoint_or_there_are_none(gen):
    if not gen.style_layers:
        assert "s" not in gen.aliases
        with pytest.raises(UsageError, match="has no style channels"):
            check_style_edits([StyleEdit(0, 0)], gen)
        return
    channels = sum(layer.channels for layer in gen.style_layers)
    assert gen.endpoints[gen.resolve_endpoint("s")] == (channels,)
    assert [layer.reads for layer in gen.style_layers] == sorted(layer.reads for layer in gen.style_layers)
    assert {layer.reads for layer in gen.style_layers} == set(range(gen.n_layers)) - unread(gen)
    weights = np.concatenate(gen.style_weights(), axis=1)
    w = gen.w(seeds=[0, 1], labels=some_labels(gen, 2))
    moved = np.diff(gen.activations(w, "s", latent="w"), axis=0)
    assert np.abs(moved - np.diff(w[:, 0], axis=0) @ weights).max() < SAME_SUM


def unread(gen):
    """Layers of w that nothing reads: without "skip" there is a ToRGB at the end alone, and it reads the
    last.
    """
    return set(range(gen.n_layers)) - {k for k, names in enumerate(gen.describe()["layers"]) if names}


def test_names_lead_to_endpoints(gen):
    for name in gen.endpoints:
        assert gen.resolve_endpoint(name) == name
    for alias, name in gen.aliases.items():
        assert gen.resolve_endpoint(alias) == name and name in gen.endpoints


def test_psi_of_one_and_none_are_the_same(gen):
    w = some_w(gen, 2)
    assert np.array_equal(gen.images(w, psi=1.0), gen.images(w)) and np.array_equal(gen.truncate(w, 1), w)
    assert np.abs(gen.images(w, psi=0.5) - gen.images(w)).max() > 1e-3


def test_noise_can_be_left_out(gen):
    w = some_w(gen, 2)
    quiet = gen.images(w, noise="none")
    assert np.array_equal(gen.images(w, noise="none"), quiet) and np.isfinite(quiet).all()
    if not gen.noise_shapes:
        assert np.array_equal(gen.images(w), quiet)
    elif isinstance(gen, NvlabsGenerator):
        maps = [np.zeros((1, 1, *shape), np.float32) for shape in gen.noise_shapes]
        assert np.array_equal(gen.images(w, noise=maps), quiet)
        assert np.abs(gen.images(w) - quiet).max() > 1e-3


def test_only_an_input_that_can_be_moved_takes_a_transform(gen):
    w, quarter = some_w(gen, 2), np.array([[0, 1, 0], [-1, 0, 0], [0, 0, 1]])
    if not gen.takes_transform:
        for run in (
            gen.images,
            lambda w, **given: gen.activations(w, list(gen.endpoints)[-1], latent="w", **given),
        ):
            with pytest.raises(UsageError, match="transform"):
                run(w, transform=np.eye(3))
        return
    still = gen.images(w)
    assert np.abs(gen.images(w, transform=np.eye(3)) - still).max() < SAME_SUM
    assert np.abs(gen.images(w, transform=quarter) - still).max() > 1e-2


def test_every_layer_of_w_reaches_the_image(gen):
    """A generator that ignored a layer would make edits of that layer silently do nothing."""
    w = some_w(gen, 1)
    image = gen.images(w)
    for layer in range(gen.n_layers):
        moved = w.copy()
        moved[:, layer] += 1
        assert np.abs(gen.images(moved) - image).max() > 1e-4, layer


def test_style_weights_have_a_matrix_for_every_layer(gen):
    if type(gen).style_weights is Generator.style_weights:
        pytest.skip("the closed-form generator has no styles")
    weights = gen.style_weights()
    assert len(weights) == gen.n_layers
    assert all(matrix.shape[0] == gen.dlatent_size and matrix.ndim == 2 for matrix in weights)


def test_a_description_is_ready_for_json(gen):
    facts = json.loads(json.dumps(gen.describe()))
    assert facts["family"] == gen.family and facts["image_shape"] == list(gen.image_shape)
    assert len(gen.fingerprint) == 64 and int(gen.fingerprint, 16) >= 0


MISTAKES = {
    "z of the wrong width": lambda g: g.map_rows(np.zeros((2, g.latent_size + 1))),
    "NaN in z": lambda g: g.map_rows(np.full((1, g.latent_size), np.nan)),
    "w with a layer too many": lambda g: g.images(np.zeros((1, g.n_layers + 1, g.dlatent_size))),
    "no w at all": lambda g: g.images(np.zeros((0, g.n_layers, g.dlatent_size))),
    "NaN in w": lambda g: g.images(np.full((1, g.dlatent_size), np.nan)),
    "psi of text": lambda g: g.images(np.zeros((1, g.dlatent_size)), psi="0.7"),
    "unknown noise": lambda g: g.images(np.zeros((1, g.dlatent_size)), noise="pink"),
    "a transform that is none": lambda g: g.images(np.zeros((1, g.dlatent_size)), transform=np.eye(2)),
    "unknown endpoint": lambda g: g.activations(np.zeros((1, g.latent_size)), "no/such/layer"),
    "unknown compat": lambda g: g.z(n=1, seed=0, compat="torch"),
    "no seed": lambda g: g.z(n=1),
    "negative seed": lambda g: g.z(seeds=[-1]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line(gen, mistake):
    with pytest.raises(UsageError) as caught:
        MISTAKES[mistake](gen)
    assert "\n" not in str(caught.value) and 10 < len(str(caught.value)) < 300
