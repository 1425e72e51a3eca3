"""Reading network files as plain data: every legal way in which one may have been pickled."""

from __future__ import annotations

import pathlib
import pickle
from collections import OrderedDict

import numpy as np
import pytest

import nvlabs
from nvlabs.errors import UnsupportedNetwork
from nvlabs.reading.unpickle import read_records
from tests import pickled, tiny

GOLDENS = pathlib.Path(__file__).parent / "goldens" / "nvlabs"
ODD = sorted(path.name for path in (GOLDENS / "odd").glob("*.pkl"))


def assert_same_variables(record, other):
    ours, theirs = record.all_variables(), other.all_variables()
    assert list(ours) == list(theirs)
    for name in ours:
        np.testing.assert_array_equal(ours[name], theirs[name], err_msg=name)


@pytest.fixture(scope="module")
def reference():
    return read_records(GOLDENS / "sg2_tiny_8.pkl")


def test_a_file_of_the_original_code(reference):
    Gs = reference.Gs
    assert (Gs.version, Gs.name, Gs.build_func_name) == (4, "Gs", "G_main")
    assert Gs.static_kwargs["latent_size"] == 16
    assert list(Gs.components) == ["synthesis", "mapping"]
    assert Gs.components["mapping"].static_kwargs["dlatent_broadcast"] == 4
    assert list(Gs.variables) == ["lod", "dlatent_avg"]
    assert (reference.G.name, reference.D.name, reference.D.build_func_name) == ("G", "D", "D_stylegan2")
    assert "executed" in Gs.source


def test_variables_are_native_float32(reference):
    for name, value in reference.Gs.all_variables().items():
        assert value.dtype == np.float32 and value.dtype.isnative and value.flags.c_contiguous, name
    assert reference.Gs.variables["lod"].shape == ()


def test_combined_variables_carry_the_names_of_the_parts_in_the_original_order(reference):
    names = list(reference.Gs.all_variables())
    assert names[:3] == ["lod", "dlatent_avg", "G_synthesis/noise0"]
    assert names[-1] == "G_mapping/Dense1/bias"


def test_version_5_states_its_inputs_and_outputs():
    record = read_records(GOLDENS / "ada_tiny_8.pkl").Gs
    assert record.version == 5
    assert record.interface["input_shapes"] == [[None, 16], [None, 3]]
    assert record.interface["output_names"] == ["images_out"]


@pytest.mark.parametrize("name", ODD)
def test_other_legal_ways_to_pickle_the_same_networks(name, reference):
    records = read_records(GOLDENS / "odd" / name)
    assert_same_variables(records.Gs, reference.Gs)
    for key, value in reference.Gs.static_kwargs.items():
        assert records.Gs.static_kwargs[key] == value
    if "gsonly" in name:
        assert records.G is None and records.D is None
    else:
        assert_same_variables(records.G, reference.G)
        assert_same_variables(records.D, reference.D)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_what_this_python_and_numpy_pickle(protocol, tmp_path):
    made = tiny.tiny_records("stylegan2-skip", resolution=8)
    path = pickled.dump(tmp_path / "net.pkl", pickled.networks(made), protocol)
    records = read_records(path)
    assert_same_variables(records.Gs, made.Gs)
    assert_same_variables(records.D, made.D)
    assert records.Gs.static_kwargs == made.Gs.static_kwargs


@pytest.mark.parametrize("convert", [list, OrderedDict, tuple], ids=["list", "OrderedDict", "tuple"])
def test_containers_of_variables(convert, tmp_path):
    nets = pickled.networks(tiny.tiny_records("stylegan2-skip", resolution=8))
    state = nets[2].state["components"]["synthesis"].state
    expected = [name for name, _ in state["variables"]]
    state["variables"] = convert(state["variables"])
    assert (
        list(read_records(pickled.dump(tmp_path / "net.pkl", nets)).Gs.components["synthesis"].variables)
        == expected
    )


def test_numpy_values_among_the_static_arguments_become_plain(tmp_path):
    nets = pickled.networks(tiny.tiny_records("stylegan2-skip", resolution=8))
    nets[2].state["static_kwargs"].update(
        a=np.int64(3), b=np.float64(0.5), c=np.array([1.0, 3.0]), d=(True, None)
    )
    kwargs = read_records(pickled.dump(tmp_path / "net.pkl", nets)).Gs.static_kwargs
    assert {key: kwargs[key] for key in "abcd"} == {"a": 3, "b": 0.5, "c": [1.0, 3.0], "d": (True, None)}
    assert type(kwargs["a"]) is int


def test_networks_may_be_kept_by_name(tmp_path, reference):
    G, D, Gs = pickled.networks(tiny.tiny_records("stylegan2-skip", resolution=8))
    whole = read_records(pickled.dump(tmp_path / "all.pkl", {"G": G, "D": D, "Gs": Gs}))
    assert list(whole.by_name()) == ["G", "D", "Gs"]
    alone = read_records(pickled.dump(tmp_path / "one.pkl", {"G": G, "Gs": Gs, "step": 3}))
    assert list(alone.by_name()) == ["Gs"]
    assert_same_variables(alone.Gs, whole.Gs)
    with pytest.raises(UnsupportedNetwork, match=r"of TensorFlow networks \(G, D\) without Gs"):
        read_records(pickled.dump(tmp_path / "none.pkl", {"G": G, "D": D}))


def test_networks_that_share_arrays_share_them_in_memory(tmp_path):
    net = pickled.network(tiny.tiny_records("stylegan2-skip", resolution=8).Gs)
    records = read_records(pickled.dump(tmp_path / "net.pkl", (net, net, net)))
    assert records.G is records.Gs


def test_what_follows_the_pickle_is_ignored_as_by_the_originals(tmp_path, reference):
    path = tmp_path / "net.pkl"
    path.write_bytes((GOLDENS / "sg2_tiny_8.pkl").read_bytes() + b"trailing")
    assert_same_variables(read_records(path).Gs, reference.Gs)


def test_the_kind_of_file_goes_by_contents_not_by_name(tmp_path, reference):
    path = tmp_path / "net.npz"
    path.write_bytes((GOLDENS / "sg2_tiny_8.pkl").read_bytes())
    assert_same_variables(read_records(str(path)).Gs, reference.Gs)


def test_embedded_source_is_kept_as_text_and_never_run(tmp_path):
    nets = pickled.networks(tiny.tiny_records("stylegan2-skip", resolution=8))
    marker = tmp_path / "ran"
    code = "open(%r, 'w').write('x')\n" % str(marker)
    for net in nets:
        net.state["build_module_src"] = code
    assert read_records(pickled.dump(tmp_path / "net.pkl", nets)).Gs.source == code
    assert not marker.exists()


def test_a_path_that_is_no_path_is_a_mistake_of_the_caller():
    with pytest.raises(nvlabs.NetworkUsageError, match="path"):
        read_records(5)
