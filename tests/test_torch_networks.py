"""Checkpoints of the PyTorch ports become networks that give PyTorch's own images (tests/goldens/torch)."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pytest

import ganspace_tf as gs
from ganspace_tf import cli
from ganspace_tf.ports import average, stylegan1
from ganspace_tf.ports.files import TorchFileError
from ganspace_tf.ports.networks import read_network
from ganspace_tf.streams.noise import noise_maps
from nvlabs import load as load_networks
from nvlabs.describing.from_record import generator_spec
from nvlabs.errors import NetworkFileError
from nvlabs.reading.budget import Budget
from tests import port_writer, tiny, torch_recipe
from tests.torch_writer import write_zip

GOLDEN = np.load(str(pathlib.Path(__file__).parent / "goldens" / "torch" / "port_images.npz"))
SEED = int(GOLDEN["weight_seed"])
SMALL = {4: 8, 8: 8, 16: 4}


def small_stylegan2(**changes):
    return dict(torch_recipe.stylegan2_state(3, SMALL, width=16), **changes)


def small_stylegan(**changes):
    return dict(torch_recipe.stylegan_state(3, SMALL, width=16), **changes)


def refusal(path):
    with pytest.raises(TorchFileError) as error:
        read_network(path)
    assert str(error.value).startswith(str(path)) and "\n" not in str(error.value)
    return error.value.reason


@pytest.mark.parametrize("blocks", [10, 26])
def test_layers_with_nothing_in_them_do_not_stand_for_a_large_network(tmp_path, blocks):
    """Each resolution brings noise maps of its own size: 2 kB of entries could ask for 2**56 numbers."""
    small = small_stylegan2()
    layer = {n[len("convs.0") :]: value for n, value in small.items() if n.startswith("convs.0.")}
    rgb = {n[len("to_rgbs.0") :]: value for n, value in small.items() if n.startswith("to_rgbs.0.")}
    state = {n: value for n, value in small.items() if not n.startswith(("convs.", "to_rgbs."))}
    for block in range(blocks):
        state.update(("convs.%d%s" % (2 * block + k, n), value) for k in (0, 1) for n, value in layer.items())
        state.update(("to_rgbs.%d%s" % (block, n), value) for n, value in rgb.items())
    said = refusal(write_zip(tmp_path / "hollow.pt", state))
    assert "networks up to 2048 are known" in said


def test_what_a_conversion_adds_is_charged(tmp_path):
    """Unused RGB layers are as large as the product of two sizes that the file states."""
    state = small_stylegan()
    state["g_synthesis.torgb.bias"] = np.zeros(4000, np.float32)
    for name in list(state):
        if name.endswith("blocks.8x8.conv1.bias"):
            state[name] = np.zeros(8000, np.float32)
    with pytest.raises(NetworkFileError, match="far more data"):
        stylegan1.convert(state, Budget(1 << 20))
    converted = stylegan1.convert(small_stylegan(), Budget(1 << 20))
    assert converted.all_variables()


def test_a_small_part_of_a_mapping_network_at_a_time_gives_the_same_average(monkeypatch):
    mapping = {"Dense0/weight": np.eye(16, 8, dtype=np.float32), "Dense0/bias": np.ones(8, np.float32)}
    expected = average.average_latent(mapping, True)
    monkeypatch.setattr(average, "MOST_NUMBERS", 16 * 100)
    # float64 sums in another order, of which 16 bits are kept: one unit of these at the most
    np.testing.assert_allclose(average.average_latent(mapping, True), expected, rtol=2.0**-15)


@pytest.mark.parametrize("given", [np.array(1, "f4"), np.zeros((0, 16), "f4"), [1.0], "x" * 10**4])
def test_another_average_than_one_latent_is_refused(tmp_path, given):
    value = {"g_ema": small_stylegan2(), "latent_avg": given}
    assert "one latent" in refusal(write_zip(tmp_path / "odd.pt", value))


@pytest.fixture(scope="module")
def stylegan2(tmp_path_factory):
    return torch_recipe.load_stylegan2(tmp_path_factory.mktemp("pt"), SEED)


@pytest.fixture(scope="module")
def stylegan(tmp_path_factory):
    return torch_recipe.load_stylegan(tmp_path_factory.mktemp("pt"), SEED)


# The tolerances are twice what the official TensorFlow code differs by from PyTorch on the same networks:
# 1.3e-5 (values up to 11) and 1.6e-5 (up to 22) in w, 3.3e-6 and 5.0e-5 in the image. What differs is the
# order of float32 sums.


def test_stylegan2_images_are_those_of_pytorch(stylegan2):
    w = stylegan2.w(seeds=GOLDEN["z_seeds"].tolist())
    np.testing.assert_allclose(w[:, 0], GOLDEN["stylegan2_w"], rtol=0, atol=2.6e-5)
    for psi, name in ((1.0, "stylegan2_image"), (0.7, "stylegan2_truncated")):
        images = 0.5 * (stylegan2.images(w, psi=psi, noise="torch-cpu:0") + 1)
        np.testing.assert_allclose(images[:, :, ::4, ::4], GOLDEN[name], rtol=0, atol=7e-6)
    pixels = (np.clip(images[:1], 0, 1) * np.float32(255)).astype(np.uint8).transpose(0, 2, 3, 1)
    difference = np.abs(pixels.astype(int) - GOLDEN["stylegan2_uint8"])
    assert difference.max() <= 1 and (difference > 0).mean() < 1e-3


def test_stylegan_images_are_those_of_pytorch_with_its_own_epsilon(stylegan):
    assert stylegan.network.spec.synthesis.norm_epsilon == 1e-5
    w = stylegan.w(seeds=GOLDEN["z_seeds"].tolist())
    np.testing.assert_allclose(w[:, 0], GOLDEN["stylegan1_w"], rtol=0, atol=3.2e-5)
    images = 0.5 * (stylegan.images(w, noise="torch-cpu:0") + 1)
    np.testing.assert_allclose(images[:, :, ::8, ::8], GOLDEN["stylegan1_image"], rtol=0, atol=1e-4)


def test_stored_noise_of_a_file_without_any_is_what_ganspace_starts_with(stylegan2, stylegan):
    for gen, fill in ((stylegan2, "chain"), (stylegan, "reseed")):
        maps = noise_maps("torch-cpu:0", gen.noise_shapes, fill)
        stored = [gen.network.get_var("G_synthesis/noise%d" % index) for index in range(len(maps))]
        assert all(np.array_equal(a, b) for a, b in zip(stored, maps))


def test_an_estimated_average_latent_is_the_mean_of_w(stylegan):
    w = stylegan.map_rows(stylegan.z(n=4000, seed=1))
    # both are means of some thousand rows: their difference has the spread of such a mean
    spread = w.std(axis=0) * np.sqrt(1 / 4000 + 1 / 2048)
    assert (np.abs(stylegan.dlatent_avg - w.mean(axis=0)) < 5 * spread).all()


def test_every_axis_goes_where_it_belongs(tmp_path):
    state = small_stylegan2()
    variables = read_network(write_zip(tmp_path / "net.pt", {"g_ema": state})).Gs.all_variables()
    assert np.array_equal(variables["G_mapping/Dense2/weight"], state["style.3.weight"].T)
    weight = variables["G_synthesis/16x16/Conv0_up/weight"]
    for y, x in ((0, 0), (1, 2), (2, 1)):
        assert np.array_equal(weight[y, x], state["convs.2.conv.weight"][0, :, :, 2 - y, 2 - x].T)
    assert np.array_equal(
        variables["G_synthesis/16x16/Conv1/weight"][1, 2], state["convs.3.conv.weight"][0, :, :, 1, 2].T
    )
    assert np.array_equal(
        variables["G_synthesis/8x8/ToRGB/mod_bias"] + 1, state["to_rgbs.0.conv.modulation.bias"]
    )
    assert variables["G_synthesis/4x4/Conv/noise_strength"].shape == ()


def test_noise_buffers_of_the_file_are_kept(tmp_path):
    shapes = [(4, 4), (8, 8), (8, 8), (16, 16), (16, 16)]
    maps = noise_maps("numpy:5", shapes)
    noises = {"noises.noise_%d" % index: values for index, values in enumerate(maps)}
    variables = read_network(
        write_zip(tmp_path / "net.pt", {"g_ema": small_stylegan2(**noises)})
    ).Gs.all_variables()
    assert all(np.array_equal(variables["G_synthesis/noise%d" % i], values) for i, values in enumerate(maps))


def prefixed(prefix, state):
    return {prefix + name: value for name, value in state.items()}


ENCODER = {"encoder.input_layer.0.weight": np.zeros((4, 3, 3, 3), np.float32)}
WRAPS = {
    "alone": lambda state: state,
    "training": lambda state: {"g": small_stylegan2(other=np.zeros(1)), "g_ema": state, "args": None},
    "only g": lambda state: {"g": state, "g_optim": {"state": {}}},
    "another key": lambda state: {"iteration": 3, "generator": state},
    "parallel": lambda state: {"g_ema": prefixed("module.", state)},
    "encoder": lambda state: {
        "state_dict": dict(ENCODER, **prefixed("decoder.", state)),
        "opts": {"size": 16},
    },
    "encoder, parallel": lambda state: dict(ENCODER, **prefixed("module.decoder.", state)),
    "two in one": lambda state: dict(prefixed("g.", small_stylegan2(x=0)), **prefixed("g_ema.", state)),
}


@pytest.mark.parametrize("wrap", list(WRAPS))
def test_a_generator_is_found_wherever_checkpoints_keep_it(tmp_path, wrap):
    state = small_stylegan2()
    record = read_network(write_zip(tmp_path / "net.pt", WRAPS[wrap](state))).Gs
    spec = generator_spec(record)
    assert (spec.family, spec.synthesis.fmaps, spec.mapping.layers) == ("stylegan2", SMALL, 8)
    assert np.array_equal(record.all_variables()["G_mapping/Dense2/weight"], state["style.3.weight"].T)


def test_an_official_network_inside_an_encoders_checkpoint_is_the_same_network(tmp_path):
    """The way there is written anew in the tests: names, axes, turned filters, the 1 in the style bias."""
    record = tiny.tiny_records("stylegan2-skip", dlatent_size=16, mapping_fmaps=16).Gs
    state = port_writer.port_state(record)
    average = record.variables["dlatent_avg"]
    checkpoint = port_writer.encoder_checkpoint(state, average, layers=6)
    ours = read_network(write_zip(tmp_path / "psp.pt", checkpoint)).Gs.all_variables()
    theirs = record.all_variables()
    assert set(ours) == set(theirs)
    for name, value in theirs.items():  # 1 is added to the style biases and taken off again
        atol = 2e-7 * (1 + np.abs(value).max()) if name.endswith("mod_bias") else 0
        np.testing.assert_allclose(ours[name], value, rtol=0, atol=atol, err_msg=name)


@pytest.mark.parametrize("small", [small_stylegan2, small_stylegan])
@pytest.mark.parametrize("shape", [(16,), (1, 16), (6, 16), (1, 6, 16)], ids=str)
def test_an_average_latent_is_one_however_often_it_is_written(tmp_path, shape, small):
    average = np.arange(16, dtype=np.float32)
    states = (
        {"g_ema": small(), "latent_avg": np.broadcast_to(average, shape).copy()},
        {"state_dict": prefixed("decoder.", small()), "latent_avg": np.broadcast_to(average, shape).copy()},
    )
    for state in states:
        variables = read_network(write_zip(tmp_path / "net.pt", state)).Gs.variables
        assert np.array_equal(variables["dlatent_avg"], average)


def test_a_refused_checkpoint_says_what_is_in_it_and_inside_that(tmp_path):
    names = ["encoder.body.%d.weight" % index for index in range(5)]
    state = {"state_dict": {name: np.zeros(1, np.float32) for name in names}, "opts": {"size": 16}, "a": 1}
    said = refusal(write_zip(tmp_path / "net.pt", state))
    assert (
        "state_dict (encoder.body.0.weight, encoder.body.1.weight, encoder.body.2.weight and 2 more)" in said
    )
    assert "opts (size), a" in said and "pSp, e4e, ReStyle or HyperStyle" in said


@pytest.mark.parametrize(
    "channels", [{4: 512, 8: 512, 16: 256}, {4: 6, 8: 3}, {4: 64, 8: 32, 16: 16}, {4: 5, 8: 5}], ids=str
)
def test_channels_are_expressed_by_the_rule_of_the_official_files(tmp_path, channels):
    small = {size: max(1, count // 32) if count >= 256 else count for size, count in channels.items()}
    state = torch_recipe.stylegan2_state(0, small, width=4)
    assert generator_spec(read_network(write_zip(tmp_path / "net.pt", state)).Gs).synthesis.fmaps == small


@pytest.mark.parametrize(
    "state, reason",
    [
        (small_stylegan2(**{"convs.9.conv.weight": np.zeros((1, 4), np.float32)}), "not known: convs.9"),
        ({k: v for k, v in small_stylegan2().items() if k != "conv1.noise.weight"}, "noise.weight is miss"),
        (small_stylegan2(**{"conv1.noise.weight": np.zeros((1, 1), np.float32)}), "1 dimensions"),
        (small_stylegan2(**{"conv1.activate.bias": np.zeros(9, np.float32)}), "4x4/Conv/bias"),
        (small_stylegan2(**{"conv1.activate.bias": np.full(8, np.nan, np.float32)}), "NaN"),
        (small_stylegan2(**{"style.1.bias": np.zeros(16, np.int64)}), "floats"),
        (small_stylegan2(**{"to_rgbs.0.upsample.kernel": np.ones((4, 4), np.float32)}), "filter"),
        (small_stylegan2(**{"to_rgbs.0.upsample.kernel": "x"}), "filter"),
        (small_stylegan2(**{"conv1.conv.weight": np.zeros((0, 8, 8, 3, 3), np.float32)}), "1 comes first"),
        (small_stylegan2(**{"conv1.noise.weight": np.zeros(2, np.float32)}), "1 comes first"),
        (small_stylegan2(**{"style.2.weight": np.zeros((16, 5), np.float32)}), "Dense1/weight"),
        (small_stylegan2(latent_avg=np.eye(2, 16, dtype=np.float32)), "latent_avg has 2 different rows"),
        (small_stylegan2(latent_avg=np.zeros((0, 16), np.float32)), "latent_avg is not one latent"),
        (torch_recipe.stylegan2_state(3, {4: 4, 8: 8, 16: 4}, width=16), "no rule"),
        ({k: v for k, v in small_stylegan().items() if ".epi2.style_mod.lin.bias" not in k}, "is missing"),
        ({"weight": np.zeros(3, np.float32)}, "it holds weight"),
        ([1, 2], "it holds a list"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)  # fmt: skip
def test_what_is_no_generator_of_these_ports_is_refused_with_the_reason(tmp_path, state, reason):
    assert reason in refusal(write_zip(tmp_path / "net.pt", state))


def test_the_command_line_knows_checkpoints(tmp_path, capsys):
    path = write_zip(tmp_path / "net.pt", {"g_ema": small_stylegan2()})
    assert cli.main(["info", str(path), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["family"], facts["resolution"], facts["layers"]) == ("stylegan2", 16, 6)
    for name in ("net.npz", "net.pkl"):
        assert cli.main(["convert", str(path), str(tmp_path / name)]) == 0
        assert load_networks(tmp_path / name).Gs.fingerprint == gs.load_generator(path).fingerprint
