"""Files of the PyTorch editions: every legal way of writing a network gives the same record, and what is
written again keeps everything.
"""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import nvlabs
from ganspace_tf.ports.networks import is_checkpoint
from nvlabs.reading.unpickle import read_records
from nvlabs.writing import container
from tests import ada_pytorch_recipe
from tests.persistent_networks import (
    ADA,
    ADA_DESIGN,
    GENERATORS,
    STYLEGAN3,
    D,
    each_array,
    edited,
    flat,
    with_attributes,
)
from tests.persistent_writer import EasyDict, Module, Tensor, write


def assert_same(one, other):
    """The same network: arguments, variables, their order."""
    assert one.static_kwargs == other.static_kwargs and one.build_func_name == other.build_func_name
    first, second = one.all_variables(), other.all_variables()
    assert list(first) == list(second)
    for name, value in first.items():
        assert value.dtype == second[name].dtype == np.float32 and value.flags.c_contiguous
        assert np.array_equal(value, second[name]), name
    for key, part in one.components.items():
        assert part.static_kwargs == other.components[key].static_kwargs


# 1. Legal files.

WAYS = {
    "protocol 2": {"protocol": 2},
    "protocol 3": {"protocol": 3},
    "protocol 5": {"protocol": 5},
    "torch.save, zip": {"protocol": 2, "container": "zip"},
    "torch.save, older container": {"protocol": 2, "container": "legacy"},
}
SNAPSHOTS = {
    "bare": lambda G: G,
    "G_ema alone": lambda G: {"G_ema": G},
    "an EasyDict": lambda G: EasyDict(G_ema=G, D=None),
    "another order, more keys": lambda G: {"extra": [1, {"a": None}], "D": D, "G_ema": G, "G": G, 7: "x"},
    "frozen layers as buffers": lambda G: edited(
        G, "mapping.fc0", lambda m: m._replace(parameters={}, buffers=dict(m.parameters, **m.buffers))
    ),
    "more attributes": with_attributes(layers=["b8"], note=(1, {"x": 2.5}), step=np.int64(3)),
    "a GPU's tensors": lambda G: each_array(G, on_gpu),
    "doubles": lambda G: each_array(G, in_double),
    "channels last": lambda G: each_array(G, channels_last),
    "views into a larger storage": lambda G: each_array(G, within_more),
}


def in_double(array):
    return array.astype(np.float64)


def on_gpu(array):
    return flat(array)._replace(device="cuda:0")


def channels_last(array):
    if array.ndim != 4:
        return flat(array)
    _, inputs, height, width = array.shape
    strides = (inputs * height * width, 1, inputs * width, inputs)
    return Tensor(array.transpose(0, 2, 3, 1).ravel(), 0, array.shape, strides)


def within_more(array):
    tensor = flat(array)
    storage = np.concatenate([np.full(5, 9, array.dtype), tensor.storage, np.full(3, 9, array.dtype)])
    return tensor._replace(storage=storage, offset=5)


@pytest.mark.parametrize("kind", sorted(GENERATORS))
@pytest.mark.parametrize("way", sorted(WAYS))
def test_every_protocol_and_container_gives_the_same_network(kind, way, tmp_path):
    if WAYS[way].get("protocol", 0) > pickle.HIGHEST_PROTOCOL:
        pytest.skip("this Python does not write it; test_unpickle reads it")
    usual = read_records(write(tmp_path / "usual.pkl", GENERATORS[kind]))
    for value in (GENERATORS[kind], {"G": GENERATORS[kind], "D": D, "G_ema": GENERATORS[kind]}):
        path = write(tmp_path / "other.pt", value, **WAYS[way])
        assert_same(usual.Gs, read_records(path).Gs)
        assert not is_checkpoint(path)  # no state dictionary of a port


@pytest.mark.parametrize("kind", sorted(GENERATORS))
@pytest.mark.parametrize("way", sorted(SNAPSHOTS))
def test_every_way_of_keeping_a_network_gives_the_same_one(kind, way, tmp_path):
    usual = read_records(write(tmp_path / "usual.pkl", GENERATORS[kind]))
    other = read_records(write(tmp_path / "other.pkl", SNAPSHOTS[way](GENERATORS[kind])))
    assert_same(usual.Gs, other.Gs)


def test_a_snapshot_keeps_G_and_D_as_variables(tmp_path):
    other = ada_pytorch_recipe.generator(ADA_DESIGN, seed=9)
    nets = nvlabs.load(write(tmp_path / "net.pkl", {"G": other, "D": D, "G_ema": ADA}))
    expected = D.modules["b16"].modules["fromrgb"].parameters["weight"]
    assert np.array_equal(nets.D.get_var("b16.fromrgb.weight"), expected)
    name = "G_mapping/Dense0/weight"
    assert np.array_equal(
        nets.G.get_var(name), other.modules["mapping"].modules["fc0"].parameters["weight"].T
    )
    assert not np.array_equal(nets.G.get_var(name), nets.Gs.get_var(name))


def test_what_a_file_says_is_told_without_running_anything(tmp_path):
    pipe = Module("AugmentPipe", {"xflip": 1.0, "hue": 0}, buffers={"p": np.float32(0.25)})
    settings = EasyDict(class_name="training.dataset.ImageFolderDataset", path="/data/x.zip", use_labels=True)
    snapshot = {"G": None, "D": D, "G_ema": ADA, "augment_pipe": pipe, "training_set_kwargs": settings}
    facts = nvlabs.inspect(write(tmp_path / "net.pkl", snapshot), source=True)
    assert (facts["family"], facts["edition"], facts["labels"]) == ("stylegan2-ada", "pytorch", 2)
    assert facts["training_set_kwargs"] == dict(settings)
    assert facts["augment_pipe"] == {"class": "AugmentPipe", "p": 0.25, "on": ["xflip"]}
    assert facts["half_precision"] == ["b8"] and facts["truncation_psi"] is None
    assert list(facts["networks"]) == ["D", "Gs"] and "notes" not in facts
    assert facts["source"]["Gs"].startswith("raise RuntimeError")
    facts = nvlabs.inspect(write(tmp_path / "net.pkl", STYLEGAN3))
    assert (facts["family"], facts["architecture"], facts["layers"]) == ("stylegan3", "t", 6)
    assert facts["feature_maps"]["L4_16_3"] == 3 and facts["half_precision"][0] == "L0_36_5"


def test_a_file_with_only_G_is_read_with_a_note(tmp_path):
    path = write(tmp_path / "net.pkl", {"G": ADA, "D": D})
    assert_same(read_records(write(tmp_path / "usual.pkl", ADA)).Gs, read_records(path).Gs)
    assert "G is used" in nvlabs.inspect(path)["notes"][0]


# 2. Written again.


@pytest.mark.parametrize("kind", sorted(GENERATORS))
def test_a_neutral_file_holds_everything(kind, tmp_path):
    snapshot = {
        "G": GENERATORS[kind],
        "D": D,
        "G_ema": GENERATORS[kind],
        "training_set_kwargs": {"path": "x"},
    }
    path = write(tmp_path / "net.pkl", snapshot)
    records = read_records(path)
    container.save(records, tmp_path / "net.npz")
    again = read_records(tmp_path / "net.npz")
    for name, record in records.by_name().items():
        assert_same(record, again.by_name()[name])
        assert again.by_name()[name].source == record.source
    assert again.facts == records.facts == {"training_set_kwargs": {"path": "x"}}
    assert nvlabs.load(path).Gs.fingerprint == nvlabs.load(tmp_path / "net.npz").Gs.fingerprint
    container.save(again, tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "net.npz").read_bytes()


def test_a_neutral_file_keeps_a_G_whose_D_was_left_out(tmp_path):
    records = read_records(write(tmp_path / "net.pkl", {"G": STYLEGAN3, "D": 1, "G_ema": STYLEGAN3}))
    container.save(records, tmp_path / "net.npz")
    again = read_records(tmp_path / "net.npz")
    assert again.D is None and again.G is not None and again.facts == records.facts


def test_ada_networks_are_written_for_the_tensorflow_edition(tmp_path):
    """The same variables, the same fingerprint (components stay valid), the same image."""
    path = write(tmp_path / "net.pkl", {"G": ADA, "D": D, "G_ema": ADA})
    container.save(read_records(path), tmp_path / "tf.pkl")
    one, other = nvlabs.load(path), nvlabs.load(tmp_path / "tf.pkl")
    assert other.G is None and other.D is None and other.Gs.spec.edition == "tensorflow"
    assert one.Gs.fingerprint == other.Gs.fingerprint
    assert nvlabs.inspect(tmp_path / "tf.pkl", source=True)["source"]["Gs"] == ""
    w = np.random.RandomState(0).standard_normal((2, 4, 6))
    images = [Gs.components.synthesis.run(w, noise_mode="const") for Gs in (one.Gs, other.Gs)]
    assert np.allclose(*images, atol=1e-6)
    container.save(read_records(tmp_path / "tf.pkl"), tmp_path / "again.pkl")
    assert (tmp_path / "again.pkl").read_bytes() == (tmp_path / "tf.pkl").read_bytes()


TABLE = ada_pytorch_recipe.Design(resolution=8, taps=[[1, 2, 1], [1, 1, 1]])
NOT_FOR_TENSORFLOW = {
    "stylegan3": STYLEGAN3,
    "not square": ada_pytorch_recipe.generator(TABLE),
    "no average": edited(ADA, "mapping", lambda m: m._replace(buffers={})),
}


@pytest.mark.parametrize("said", sorted(NOT_FOR_TENSORFLOW))
def test_what_the_tensorflow_edition_does_not_have_is_not_written(said, tmp_path):
    records = read_records(write(tmp_path / "net.pkl", NOT_FOR_TENSORFLOW[said]))
    with pytest.raises(nvlabs.NetworkUsageError, match=said):
        container.save(records, tmp_path / "tf.pkl")
    assert not (tmp_path / "tf.pkl").exists()
    container.save(records, tmp_path / "net.npz")
