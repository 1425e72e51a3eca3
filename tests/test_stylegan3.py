"""StyleGAN3's synthesis against an evaluation in NumPy, and the properties that it is built for."""

from __future__ import annotations

import numpy as np
import pytest

import ganspace_tf as gs
import nvlabs
from ganspace_tf.errors import UsageError
from ganspace_tf.render.motion import input_transform
from tests import numpy_pytorch, stylegan3_recipe
from tests.layouts import NO_NCHW, nchw_runs
from tests.persistent_writer import write
from tests.stylegan3_recipe import Design, config_r, schedule

# float32 against float64 over some dozen layers; pictures have a standard deviation near 0.3
CLOSE = 3e-5

SMALL = {"channel_base": 32, "channel_max": 5, "num_layers": 5}
DESIGNS = {
    "t": Design(**SMALL),
    "r": config_r(**SMALL),
    "labels": Design(c_dim=3, **SMALL),
    "a stored transform": Design(**SMALL),
    "an odd margin, four channels": Design(margin=7, channels=4, **SMALL),
    "an active clamp": Design(clamp=0.5, **SMALL),
    "no clamp, one channel": Design(clamp=None, channels=1, **SMALL),
    "5 x 5 kernels, radial filters": Design(kernel=5, radial=True, **SMALL),
    "four times the rate": Design(lrelu_upsampling=4, filter_size=4, num_critical=3, **SMALL),
    "the rate as it is": Design(lrelu_upsampling=1, **SMALL),
    "three rates, one step of four": Design(resolution=64, **dict(SMALL, num_layers=4, channel_base=128)),
    "many tiles": Design(resolution=128, **dict(SMALL, num_layers=4, channel_base=256)),
}


def made(name):
    return stylegan3_recipe.generator(DESIGNS[name], seed=3, identity=name != "a stored transform")


@pytest.fixture(scope="module", params=sorted(DESIGNS))
def pair(request, tmp_path_factory):
    """A generator from its file, and the module that was written."""
    module = made(request.param)
    gen = gs.load_generator(write(tmp_path_factory.mktemp("net") / "net.pkl", module))
    yield gen, module
    gen.close()


@pytest.fixture(scope="module")
def gen(tmp_path_factory):
    generator = gs.load_generator(write(tmp_path_factory.mktemp("net") / "net.pkl", made("t")))
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
    expected = numpy_pytorch.mapping(module.modules["mapping"], z, labels)
    assert close(gen.map_rows(z, labels), expected, 1e-5)


def test_every_layer_and_the_image_are_those_of_the_formulas(pair):
    gen, module = pair
    w = some_w(gen)
    image, seen = numpy_pytorch.stylegan3_synthesis(module.modules["synthesis"], w)
    for name, expected in seen.items():
        assert close(gen.activations(w, name, latent="w"), expected), name
    assert close(gen.images(w), image)
    assert [name.split("/")[1] for name in gen.endpoints if "synthesis" in name] == list(seen)


def test_a_transform_stands_in_for_the_stored_one(pair):
    gen, module = pair
    w = some_w(gen)
    for matrix in (input_transform((0.3, -0.2), 50), np.diag([3.0, 3.0, 1.0])):  # the second fades waves out
        expected, _ = numpy_pytorch.stylegan3_synthesis(module.modules["synthesis"], w, matrix)
        assert close(gen.images(w, transform=matrix), expected)


def test_each_image_may_have_a_transform_of_its_own(gen):
    w = some_w(gen, 3)
    matrices = np.stack([input_transform((0.1 * i, 0), 30 * i) for i in range(3)])
    one_by_one = [gen.images(w[i : i + 1], transform=matrices[i]) for i in range(3)]
    assert close(gen.images(w, transform=matrices, batch=2), np.concatenate(one_by_one), 1e-5)
    moved = gen.activations(w, "input", latent="w", transform=matrices)
    assert close(moved[1:2], gen.activations(w[1:2], "input", latent="w", transform=matrices[1]), 1e-5)


@pytest.mark.parametrize("wrong", [np.eye(2), np.zeros((2, 3, 3)), np.full((3, 3), np.nan), "left"])
def test_a_transform_is_a_matrix_or_one_for_each_image(gen, wrong):
    with pytest.raises(UsageError, match="transform"):
        gen.images(some_w(gen, 3), transform=wrong)


def test_the_matrices_of_motions_are_those_of_the_scripts():
    """The scripts' matrix, inverted: a turn by 90 degrees brings what is right of the centre above it."""
    assert np.allclose(input_transform(), np.eye(3))
    assert np.allclose(input_transform((0.25, -0.5)) @ [0.25, -0.5, 1], [0, 0, 1])
    assert np.allclose(input_transform(rotate=90) @ [0, -0.5, 1], [0.5, 0, 1])
    assert np.allclose(input_transform((0.2, 0), 180) @ [-0.3, 0, 1], [0.5, 0, 1])


def test_a_picture_moves_by_whole_pixels_as_if_it_were_cut_out_elsewhere(tmp_path):
    """What the network is for: where the filters are good enough, moving the input moves the picture."""
    d = Design(resolution=64, channel_base=512, channel_max=6, num_layers=6)
    gen = gs.load_generator(write(tmp_path / "net.pkl", stylegan3_recipe.generator(d, seed=5)))
    w = gen.w(seeds=[0])
    still, moved = gen.images(w)[0], gen.images(w, transform=input_transform((0.25, 0.125)))[0]
    here, there = still[:, 4:-12, 4:-20], moved[:, 12:-4, 20:-4]
    assert np.abs(here - there).mean() < 0.03 * still.std()
    assert np.abs(still[:, 12:-4, 20:-4] - there).mean() > 0.3 * still.std()
    gen.close()


@pytest.mark.parametrize("config, sticks", [("r", True), ("t", False)])
def test_with_an_edit_held_a_picture_of_configuration_r_turns_and_its_textures_with_it(
    config, sticks, tmp_path
):
    """Kernels of one sample and radial filters know no direction, so a quarter turn is one of the pixels."""
    sizes = {"resolution": 64, "channel_base": 512, "channel_max": 6, "num_layers": 6}
    design = config_r(**sizes) if config == "r" else Design(**sizes)
    gen = gs.load_generator(write(tmp_path / "net.pkl", stylegan3_recipe.generator(design, seed=5)))
    w = gen.w(seeds=[0])
    w[:, 2:5] += 0.5  # an edit of some layers
    still, turned = (gen.images(w, transform=input_transform(rotate=angle))[0] for angle in (0, 90))
    difference = np.abs(np.rot90(still, axes=(1, 2)) - turned).mean() / still.std()
    assert difference < 1e-4 if sticks else difference > 0.1
    gen.close()


def test_noise_is_accepted_and_means_nothing(gen):
    w = some_w(gen)
    image = gen.images(w)
    assert gen.noise_shapes == []
    for noise in ("none", "random", "numpy:3"):
        assert np.array_equal(gen.images(w, noise=noise), image)


def test_arguments_of_other_families_are_refused_rather_than_ignored(gen):
    for given in ({"conv_clamp": 1.0}, {"nonlinearity": "relu"}):
        with pytest.raises(nvlabs.NetworkUsageError, match="states it for every layer"):
            gen.network.run(gen.z(seeds=[0]), None, **given)


def test_truncation_is_off_unless_asked_for(gen):
    z = gen.z(seeds=[4])
    image = gen.network.run(z, None)
    # TensorFlow 1.15 sums in another order where the latent comes from the mapping in the same run
    assert close(image, gen.images(gen.map(z)), 1e-5)
    assert close(gen.network.run(z, None, truncation_psi=0.5), gen.images(gen.map(z), psi=0.5), 1e-5)


def test_both_layouts_give_the_same(tmp_path):
    """NCHW, as on a GPU, filters whole axes at once; NHWC works tile by tile."""
    if not nchw_runs():
        pytest.skip(NO_NCHW)
    for name in ("t", "r", "four times the rate"):
        path = write(tmp_path / "net.pkl", made(name))
        w = np.random.RandomState(0).standard_normal((2, 7, 6))
        images = [
            nvlabs.load(path, layout=layout).Gs.fetch(["images_out"], w=w) for layout in ("NHWC", "NCHW")
        ]
        assert close(images[0]["images_out"], images[1]["images_out"], 1e-5), name


def test_variables_can_be_read_and_set(gen):
    Gs = gen.network
    turned = np.array([[0, 1, 0], [-1, 0, 0], [0, 0, 1]], np.float32)
    w = some_w(gen, 1)
    expected = gen.images(w, transform=turned)
    Gs.set_var("G_synthesis/input/transform", turned)
    assert close(gen.images(w), expected, 1e-6)
    Gs.set_var("G_synthesis/input/transform", np.eye(3))
    names = [name for name, _, _ in Gs.components.synthesis.list_layers()]
    assert names == ["input", *(layer.name for layer in schedule(DESIGNS["t"]))]
    assert not {"magnitude_ema", "freqs", "phases", "transform"} & {n.split("/")[-1] for n in Gs.trainables}


def test_full_size_designs_have_the_published_sizes():
    """Sizes and channels of configuration t at 1024 and 256 pixels, as the paper's code lists them."""
    layers = schedule(Design(resolution=1024))
    sizes = [36, 36, 52, 52, 84, 148, 148, 276, 276, 532, 1044, 1044, 1044, 1024, 1024]
    assert [layer.size_out for layer in layers] == sizes
    assert [layer.channels_out for layer in layers] == [512] * 7 + [323, 203, 128, 81, 51, 32, 32, 3]
    assert [layer.size_out for layer in schedule(Design(resolution=256))][7:10] == [148, 148, 148]
