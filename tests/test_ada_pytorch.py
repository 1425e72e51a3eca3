"""StyleGAN2-ADA-PyTorch networks on the graph of the TensorFlow edition, against an evaluation in NumPy."""

from __future__ import annotations

import numpy as np
import pytest

import ganspace_tf as gs
import nvlabs
from tests import ada_pytorch_recipe, numpy_pytorch
from tests.ada_pytorch_recipe import Design
from tests.persistent_writer import write

CLOSE = 1e-5  # float32 against float64; values are of the order of 1

DESIGNS = {
    "skip": Design(),
    "resnet": Design(architecture="resnet"),
    "orig, no noise": Design(architecture="orig", use_noise=False),
    "labels": Design(c_dim=3, resolution=8),
    "an active clamp, resnet, four channels": Design(architecture="resnet", clamp=0.6, channels=4),
    "an active clamp, skip, one channel": Design(clamp=0.5, channels=1),
    "swish": Design(activation="swish"),
    "three taps, resnet": Design(taps=[1, 3, 2], architecture="resnet", resolution=8),
    "five taps": Design(taps=[1, 2, 4, 1, 3], resolution=8),
    "nine taps, kept in one dimension": Design(taps=[1, 2, 3, 4, 5, 4, 2, 1, 1], resolution=8),
    "twelve taps": Design(taps=[1, 2, 3, 4, 5, 6, 5, 4, 2, 2, 1, 1], resolution=8),
    "a table of 4 x 3 taps": Design(
        taps=[[1, 2, 1], [2, 4, 1], [1, 3, 1], [0, 1, 2]], architecture="resnet", resolution=8
    ),
    "no filter": Design(taps=None, resolution=8),
    "widths that follow no power of two": Design(channel_base=100, channel_max=11),
}


@pytest.fixture(scope="module", params=sorted(DESIGNS))
def pair(request, tmp_path_factory):
    """A generator from its file, and the module that was written."""
    module = ada_pytorch_recipe.generator(DESIGNS[request.param], seed=2)
    gen = gs.load_generator(write(tmp_path_factory.mktemp("net") / "net.pkl", module))
    yield gen, module
    gen.close()


@pytest.fixture(scope="module")
def gen(tmp_path_factory):
    module = ada_pytorch_recipe.generator(Design(resolution=8))
    generator = gs.load_generator(write(tmp_path_factory.mktemp("net") / "net.pkl", module))
    yield generator
    generator.close()


def some_w(gen, n=2):
    w = gen.w(seeds=range(n), labels=[0] * n if gen.n_classes else None)
    return w + 0.4 * np.random.RandomState(1).standard_normal(w.shape).astype(np.float32)


def close(actual, expected, tolerance=CLOSE):
    assert actual.shape == expected.shape
    return float(np.abs(actual - expected).max()) <= tolerance * max(1.0, float(np.abs(expected).max()))


def test_w_is_that_of_the_formulas(pair):
    gen, module = pair
    z = gen.z(seeds=[1, 2, 3])
    labels = np.random.RandomState(0).rand(3, gen.n_classes) if gen.n_classes else None
    assert close(gen.map_rows(z, labels), numpy_pytorch.mapping(module.modules["mapping"], z, labels))


@pytest.mark.parametrize("noise", ["const", "none"])
def test_the_image_is_that_of_the_formulas(pair, noise):
    gen, module = pair
    w = some_w(gen)
    image, _ = numpy_pytorch.ada_synthesis(module.modules["synthesis"], w, noise)
    assert close(gen.images(w, noise="stored" if noise == "const" else "none"), image)


def test_every_value_that_the_original_shows_has_its_name(pair):
    gen, module = pair
    w = some_w(gen)
    _, seen = numpy_pytorch.ada_synthesis(module.modules["synthesis"], w)
    for name, expected in seen.items():
        assert close(gen.activations(w, name, latent="w"), expected), name


def test_an_endpoint_of_the_original_can_be_fed(pair):
    gen, _ = pair
    w = some_w(gen)
    image = gen.images(w)
    for name in ("b8.conv0", "b8.conv1", "b8.x"):
        value = gen.activations(w, name, latent="w")
        assert close(gen.images(w, feed={name: value}), image), name
        assert not close(gen.images(w, feed={name: value + 0.5}), image, 1e-3), name


def test_names_of_the_tensorflow_edition_and_of_ganspace_mean_the_same(gen):
    w = some_w(gen)
    value = gen.activations(w, "b8.conv0", latent="w")
    for name in ("8x8/Conv0_up", "convs.0"):
        assert np.array_equal(gen.activations(w, name, latent="w"), value)
    assert gen.resolve_endpoint("mapping.fc1") == "G_mapping/Dense1"


def test_truncation_is_off_and_noise_random_unless_asked_for(gen):
    Gs, z = gen.network, gen.z(seeds=[3])
    still = Gs.run(z, None, randomize_noise=False)
    assert close(still, gen.images(gen.map(z)))
    assert not close(Gs.run(z, None), still, 1e-3)
    assert close(Gs.run(z, None, truncation_psi=0.5, randomize_noise=False), gen.images(gen.map(z), psi=0.5))
    assert close(Gs.run(z, None, noise_mode="const"), still)
    assert close(Gs.run(z, None, noise_mode="none"), gen.images(gen.map(z), noise="none"))
    with pytest.raises(nvlabs.NetworkUsageError, match="noise_mode"):
        Gs.run(z, None, noise_mode="loud")


def test_a_negative_cutoff_counts_from_the_end(gen):
    z = gen.z(seeds=[3])
    run = lambda cutoff: gen.network.run(  # noqa: E731
        z, None, truncation_psi=0.3, truncation_cutoff=cutoff, randomize_noise=False
    )
    assert np.array_equal(run(-1), run(gen.n_layers - 1)) and not np.array_equal(run(-1), run(None))
    assert close(run(0), gen.images(gen.map(z)), 1e-6)


def test_without_an_average_w_there_is_no_truncation(tmp_path):
    module = ada_pytorch_recipe.generator(Design(resolution=8))
    mapping = module.modules["mapping"]._replace(buffers={})
    module = module._replace(modules=dict(module.modules, mapping=mapping))
    gen = gs.load_generator(write(tmp_path / "net.pkl", module))
    assert gen.dlatent_avg is None and not gen.truncates
    assert np.isfinite(gen.images(gen.w(seeds=[0]))).all()
    with pytest.raises(gs.GanspaceError, match="average"):
        gen.images(gen.w(seeds=[0]), psi=0.7)
    gen.close()
