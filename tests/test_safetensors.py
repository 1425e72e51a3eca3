"""Safetensors files: the order of the header does not count, and what does not fit the bytes is refused."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest

import nvlabs
from ganspace_tf import cli
from ganspace_tf.ports.files import TorchFileError, read_checkpoint
from ganspace_tf.ports.networks import is_checkpoint, read_network
from tests import torch_recipe
from tests.safetensors_writer import write
from tests.torch_writer import write_zip

SMALL = {4: 8, 8: 8, 16: 4}
TENSORS = {
    "b": np.arange(6, dtype=np.float32).reshape(2, 3),
    "a": np.arange(4, dtype=np.float16),
    "none": np.zeros((0, 3), np.float32),
    "one": np.float32(2.5).reshape(()),
    "whole": np.array([1, -(2**40)], np.int64),
}


def test_tensors_are_found_by_their_offsets_whatever_the_order_of_the_header(tmp_path):
    first = read_checkpoint(write(tmp_path / "a.safetensors", TENSORS))
    other = read_checkpoint(write(tmp_path / "b.safetensors", TENSORS, byte_order=sorted(TENSORS)))
    assert set(first) == set(other) == set(TENSORS)
    for name, array in TENSORS.items():
        for found in (first[name], other[name]):
            assert found.shape == array.shape and found.dtype == array.dtype and found.dtype.isnative
            assert np.array_equal(found, array)


def test_bfloat16_is_the_upper_half_of_a_float32(tmp_path):
    values = np.array([1.0, -2.5, 3.0e38, 2.0e-38], np.float32)
    found = read_checkpoint(write(tmp_path / "x.safetensors", {"x": values}, bfloat16=["x"]))["x"]
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, values, rtol=2**-7)  # bfloat16 keeps 8 bits of a number
    assert np.array_equal(found.view(np.uint32) & 0xFFFF, np.zeros(4, np.uint32))


def test_a_generator_in_it_is_the_one_of_the_checkpoint(tmp_path):
    state = torch_recipe.stylegan2_state(3, SMALL, width=16)
    average = np.arange(16, dtype=np.float32)
    checkpoint = write_zip(tmp_path / "net.pt", {"state_dict": state, "latent_avg": average})
    tensors = dict(state, latent_avg=np.tile(average, (6, 1)))
    path = write(tmp_path / "net.safetensors", tensors, byte_order=sorted(tensors))
    assert is_checkpoint(path)
    ours, theirs = (read_network(name).Gs.all_variables() for name in (path, checkpoint))
    assert list(ours) == list(theirs)
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)
    assert np.array_equal(ours["dlatent_avg"], average)


def test_info_says_what_such_a_file_holds_and_all_that_is_read(tmp_path, capsys):
    tensors = {"lora.up": np.zeros((3, 2), np.float32), "lora.down": np.zeros((2, 3), np.float32)}
    path = write(tmp_path / "x.safetensors", tensors)
    assert cli.main(["info", str(path)]) == 1
    said = capsys.readouterr().err
    assert "it holds lora.up, lora.down" in said and said.count("\n") == 1
    for kind in (".pt and .safetensors of rosinality's", "pSp, e4e", "official .pkl", ".npz", "BigGAN-deep"):
        assert kind in said
    with pytest.raises(nvlabs.NetworkFileError, match="a safetensors file"):
        nvlabs.inspect(path)


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"b": {"dtype": "F32", "shape": [2, 4], "data_offsets": [0, 24]}}, "the size of its shape"),
        ({"b": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 16]}}, "a gap or an overlap"),
        ({"b": {"dtype": "F32", "shape": [2, 3], "data_offsets": [24, 0]}}, "without a proper place"),
        ({"b": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 2**70]}}, "without a proper place"),
        ({"b": {"dtype": "F8_E4M3", "shape": [24], "data_offsets": [0, 24]}}, "'F8_E4M3'"),
        ({"b": {"dtype": "F32", "shape": [-2, -3], "data_offsets": [0, 24]}}, "without type and shape"),
        ({"b": [1]}, "without a proper place"),
        ({"whole": None}, "16 bytes, where it holds|take 36 bytes, where it holds 52"),
    ],
    ids=str,
)
def test_a_header_that_does_not_fit_the_bytes_is_refused(tmp_path, changes, reason):
    tensors = {name: TENSORS[name] for name in ("b", "a", "one", "whole")}
    with pytest.raises(TorchFileError, match=reason):
        read_checkpoint(write(tmp_path / "x.safetensors", tensors, **changes))


@pytest.mark.parametrize(
    "text", [b"{}", b'{"a": 1', b"{" * 3000, b'{"x": NaN}'], ids=["empty", "cut", "deep", "nan"]
)
def test_a_header_that_is_no_description_is_refused_or_empty(tmp_path, text):
    path = tmp_path / "x.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text)
    if text == json.dumps({}).encode():
        assert read_checkpoint(path) == {}
        return
    with pytest.raises(TorchFileError):
        read_checkpoint(path)
