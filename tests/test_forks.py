"""Networks of the non-square forks: their numbers, their files, and pictures of any aspect."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import ganspace_tf
import nvlabs
from ganspace_tf.cli import main
from ganspace_tf.render import layout
from nvlabs.describing.from_record import generator_spec
from nvlabs.errors import UnsupportedNetwork, VariableMismatch
from nvlabs.running.network import make_generator
from nvlabs.writing.container import save
from tests import numpy_ops as oracle
from tests import tiny
from tests.forked import FORKS, forked_records

STARTS = ((3, 5), (6, 4), (8, 8), (1, 7))


def with_synthesis(records, **changes):
    """The generator of a file with some fields of its synthesis part changed."""
    parts = OrderedDict(records.Gs.components)
    parts["synthesis"] = replace(parts["synthesis"], **changes)
    return replace(records.Gs, components=parts)


def stating(record, **kwargs):
    """The generator with other static arguments, in its parts too."""
    parts = OrderedDict((key, stating(part, **kwargs)) for key, part in record.components.items())
    return replace(record, static_kwargs={**record.static_kwargs, **kwargs}, components=parts)


def drawn(record, w):
    """Images (N, C, H, W) of w (N, L, D), literally and in float64: 'skip', stored noise, [1, 3, 3, 1]."""
    values = {name: np.float64(v) for name, v in record.components["synthesis"].variables.items()}
    blocks = list(OrderedDict.fromkeys(name.split("/")[0] for name in values if "/" in name))

    def conv(x, scope, layer, **kwargs):
        weight = values[scope + "/mod_weight"]
        style = w[:, layer] @ weight / np.sqrt(len(weight)) + values[scope + "/mod_bias"] + 1
        return oracle.modulated_conv(x, values[scope + "/weight"], style, **kwargs)

    def finished(x, scope, layer, **kwargs):
        x = conv(x, scope, layer, **kwargs) + values["noise%d" % layer] * values[scope + "/noise_strength"]
        return oracle.lrelu(x + values[scope + "/bias"][:, None, None]) * np.sqrt(2)

    x, images = np.repeat(values[blocks[0] + "/Const/const"], len(w), axis=0), 0
    for k, block in enumerate(blocks):
        if k:
            x = finished(x, block + "/Conv0_up", 2 * k - 1, taps=(1, 3, 3, 1))
            images = oracle.upsample(images, (1, 3, 3, 1))
        x = finished(x, block + ("/Conv1" if k else "/Conv"), 2 * k)
        rgb = conv(x, block + "/ToRGB", 2 * k + 1, demodulate=False)
        images = images + rgb + values[block + "/ToRGB/bias"][:, None, None]
    return images


@pytest.mark.parametrize("fork", FORKS)
@pytest.mark.parametrize("start", STARTS, ids=str)
def test_images_are_those_of_the_formulas(fork, start):
    record = forked_records(fork, start).Gs
    network = make_generator(record)
    w = np.random.RandomState(0).randn(2, *network.components.synthesis.input_shape[1:])
    images = network.components.synthesis.run(w, randomize_noise=False)
    expected = drawn(record, w)
    assert images.shape == (2, 3, 4 * start[0], 4 * start[1]) == (2, *network.output_shape[1:])
    assert expected.std() > 0.1
    np.testing.assert_allclose(images, expected, rtol=0, atol=5e-5)  # float32 against float64


@pytest.mark.parametrize("kind", ["stylegan2-resnet", "stylegan2-orig", "stylegan2-revised", "stylegan2-ada"])
def test_every_architecture_can_start_at_any_size(kind):
    network = make_generator(forked_records("min_h", (2, 3), 2, kind).Gs)
    z = np.random.RandomState(0).randn(2, *network.input_shape[1:])
    assert network.run(z, None).shape == (2, 3, 8, 12)


@pytest.mark.parametrize("fork", FORKS)
def test_an_official_network_stated_as_a_forks_is_the_same_network(fork):
    forked = make_generator(forked_records(fork, (4, 4), seed=3).Gs)
    official = make_generator(tiny.tiny_records("stylegan2-skip", 3).Gs)
    for name in forked.vars:
        official.set_var(name, forked.get_var(name))
    z = np.random.RandomState(0).randn(2, *official.input_shape[1:])
    images = [net.run(z, None, randomize_noise=False) for net in (forked, official)]
    assert np.array_equal(*images)


def test_channels_are_those_of_the_weights():
    """fmap_base means another thing in every fork, so the rule of the official networks is not asked for."""
    records = forked_records("min_h", (3, 5), fmap_base=40, fmap_max=8)
    record = stating(records.Gs, fmap_base=1000)
    assert list(generator_spec(record).synthesis.fmaps.values()) == [8, 8, 5]


@pytest.mark.parametrize("ending", [".pkl", ".npz"])
@pytest.mark.parametrize("fork", FORKS)
def test_files_of_forks_are_read_written_and_described(fork, ending, tmp_path):
    path = tmp_path / ("net" + ending)
    save(forked_records(fork, (3, 5)), path)
    summary = nvlabs.inspect(path)
    assert summary["image_shape"] == [3, 12, 20] and summary["layers"] == 6 and summary["resolution"] == 20
    assert summary["noise_maps"] == [[3, 5], [6, 10], [6, 10], [12, 20], [12, 20]]
    assert list(summary["feature_maps"]) == ["3 x 5", "6 x 10", "12 x 20"]
    again = tmp_path / "again.pkl"
    nvlabs.save(nvlabs.load(path), again)
    assert nvlabs.load(again).Gs.fingerprint == nvlabs.load(path).Gs.fingerprint


def test_a_square_network_that_starts_at_8_x_8_is_as_large_as_it_is():
    network = make_generator(forked_records("init_res", (8, 8), 3).Gs)
    assert network.output_shape == [None, 3, 64, 64]
    assert network.spec.synthesis.noise_sizes[0] == (8, 8)


def test_layers_and_the_names_of_other_tools_are_found(tmp_path):
    save(forked_records("min_h", (3, 5)), tmp_path / "net.pkl")
    gen = ganspace_tf.load_generator(tmp_path / "net.pkl")
    assert gen.image_shape == (3, 12, 20) and gen.noise_shapes[0] == (3, 5)
    assert gen.resolve_endpoint("conv1") == "G_synthesis/3x5/Conv"
    assert gen.resolve_endpoint("convs.1") == "G_synthesis/6x10/Conv1"
    assert gen.activations(gen.z(seeds=[1]), "convs.1").shape == (1, 8, 6, 10)
    assert [weights.shape[0] for weights in gen.style_weights()] == [12] * 6
    assert gen.images(gen.w(seeds=[1]), noise="numpy:3").shape == (1, 3, 12, 20)


# ------------------------------------------------------------------ pictures of any aspect


@pytest.mark.parametrize("start", [(3, 5), (7, 2), (1, 8)], ids=str)
def test_samples_sheets_strips_and_films_keep_the_aspect(start, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    save(forked_records("min_h", start), "net.pkl")
    H, W = 4 * start[0], 4 * start[1]

    def ganspace(*words):
        assert main([str(word) for word in words]) == 0, capsys.readouterr().err
        return tmp_path / words[-1]

    def size(path):
        with Image.open(str(path)) as image:
            return image.size

    gap = layout.frame_gap(W)
    assert size(ganspace("sample", "net.pkl", "--seeds", "0-3", "--raw", "--out", "grid.png")) == (
        2 * W + gap,
        2 * H + gap,
    )
    ganspace("pca", "net.pkl", "-n", 200, "-k", 3, "--out", "c.npz")
    edit = ("edit", "net.pkl", "--components", "c.npz", "--edit", "E(v0, 1-2)", "--frames", 5)
    assert size(ganspace(*edit, "--raw", "--out", "strip.png")) == (5 * W + 4 * gap, H)
    film = ganspace(*edit, "--cell", 8 * W, "--raw", "--out", "film.gif")
    assert size(film) == (8 * W, 8 * H)
    sheet = ("visualize", "net.pkl", "--components", "c.npz", "--frames", 3, "--out", "sheet.png")
    wide, high = size(ganspace(*sheet))
    assert wide >= 3 * W and high >= 3 * H


@pytest.mark.parametrize("shape", [(96, 16), (16, 96)], ids=str)
def test_labels_of_a_sheet_keep_apart_from_narrow_and_low_cells(shape):
    cells = np.zeros((2, 3, *shape, 3), np.uint8)
    sheet = layout.sheet(cells, [("v0", "12 %"), ("v1", "9 %")], ["−2σ", "0", "+2σ"], "a title")
    black = (sheet == 0).all(axis=2)
    assert black.sum() >= 6 * shape[0] * shape[1]  # no label covers a cell, no cell another
    assert sheet.shape[0] > 2 * shape[0] and sheet.shape[1] > 3 * shape[1]


# ------------------------------------------------------------------ what is not drawn


def altered(**kwargs):
    """A network of min_h x min_w whose arguments say something else."""
    return stating(forked_records("min_h", (3, 5)).Gs, **kwargs)


@pytest.mark.parametrize(
    "record, words",
    [
        (
            lambda: forked_records("min_h", (3, 5), kind="stylegan").Gs,
            ["fork with min_h", "first StyleGAN", "3 x 5"],
        ),
        (lambda: altered(min_h=4), ["fork with min_h", "4 x 5 to", "constant is 3 x 5"]),
        (lambda: altered(res_log2=3), ["fork with min_h", "24 x 40 pixels has 8 layers"]),
        (lambda: altered(init_res=[3, 6]), ["fork with init_res", "3 x 6 to", "constant is 3 x 5"]),
        (lambda: altered(init_res=[3]), ["init_res is [3]", "two integers from 1 to 64"]),
        (lambda: altered(min_w=0), ["min_w is 0", "from 1 to 64"]),
        (lambda: altered(res_log2=11), ["6144 x 10240", "up to 2048 x 2048"]),
        (lambda: altered(res_log2=99), ["res_log2 is 99"]),
        (lambda: altered(dlatent_broadcast=9), ["12 x 20 pixels has 6 layers"]),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_what_does_not_fit_is_refused_in_a_line_that_names_the_fork(record, words):
    with pytest.raises((UnsupportedNetwork, VariableMismatch)) as error:
        generator_spec(record())
    message = str(error.value)
    assert "\n" not in message and [word for word in words if word not in message] == []


@pytest.mark.parametrize("shape", [(1, 8, 0, 4), (1, 8, 65, 4)])
def test_a_constant_without_pixels_or_beyond_all_forks_is_refused(shape):
    records = tiny.tiny_records("stylegan2-skip")
    variables = OrderedDict(records.Gs.components["synthesis"].variables)
    variables["4x4/Const/const"] = np.zeros(shape, np.float32)
    with pytest.raises(UnsupportedNetwork, match="1 to 64 pixels"):
        generator_spec(with_synthesis(records, variables=variables))
