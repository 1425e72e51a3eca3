"""Saving networks: the official container and the neutral form, exact, and the same bytes everywhere."""

from __future__ import annotations

import hashlib
import json
import pathlib
import pickletools
import zipfile
from collections import OrderedDict
from dataclasses import replace

import numpy as np
import pytest

import nvlabs
from nvlabs.errors import NetworkNotWritten, NetworkUsageError
from nvlabs.reading.records import FileRecords
from nvlabs.reading.unpickle import read_records
from nvlabs.writing.container import save
from tests import pickled, tiny

GOLDENS = pathlib.Path(__file__).parent / "goldens" / "nvlabs"
ORIGINALS = ("sg1_tiny_8", "sg2_tiny_8", "ada_tiny_8")
ENDINGS = (".pkl", ".npz")


def assert_same(record, other):
    for field in ("version", "name", "static_kwargs", "build_func_name", "source"):
        assert getattr(record, field) == getattr(other, field), field
    assert list(record.components) == list(other.components)
    assert list(record.variables) == list(other.variables)
    for name, value in record.variables.items():
        saved = other.variables[name]
        assert (saved.dtype, saved.shape, saved.tobytes()) == (np.float32, value.shape, value.tobytes()), name
    for key, part in record.components.items():
        assert_same(part, other.components[key])


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("name", sorted(tiny.FAMILIES))
def test_what_was_saved_is_read_back_exactly(name, ending, tmp_path):
    records = tiny.tiny_records(name)
    path = tmp_path / ("net" + ending)
    save(records, path)
    back = read_records(path)
    for ours, theirs in zip(records.by_name().values(), back.by_name().values()):
        assert_same(ours, theirs)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("case", ORIGINALS)
def test_files_of_the_originals_survive_saving(case, ending, tmp_path):
    records = read_records(GOLDENS / (case + ".pkl"))
    save(records, tmp_path / ("net" + ending))
    back = read_records(tmp_path / ("net" + ending))
    for ours, theirs in zip(records.by_name().values(), back.by_name().values()):
        assert_same(ours, theirs)
        assert ours.interface == theirs.interface


@pytest.mark.parametrize("case", ORIGINALS)
def test_states_are_those_that_the_original_code_writes(case, tmp_path):
    """Same keys in the same order, same types, scalars as NumPy scalars, the same pickle protocol."""
    original = GOLDENS / (case + ".pkl")
    save(read_records(original), tmp_path / "net.pkl")
    for theirs, ours in zip(pickled.load(original), pickled.load(tmp_path / "net.pkl")):
        assert_same_state(ours.state, theirs.state)
    assert (tmp_path / "net.pkl").read_bytes()[:2] == original.read_bytes()[:2]


def assert_same_state(ours, theirs):
    assert list(ours) == list(theirs)
    for key in set(ours) - {"components", "variables"}:
        assert ours[key] == theirs[key], key
    for (name, value), (their_name, their_value) in zip(ours["variables"], theirs["variables"]):
        assert name == their_name
        assert type(value) is type(their_value) and value.dtype == their_value.dtype
        np.testing.assert_array_equal(value, their_value)
    assert list(ours["components"]) == list(theirs["components"])
    for key, part in ours["components"].items():
        assert_same_state(part.state, theirs["components"][key].state)


def test_version_5_states_inputs_and_outputs_of_networks_made_here(tmp_path):
    save(tiny.tiny_records("stylegan2-ada-cond"), tmp_path / "net.pkl")
    G, D, Gs = (network.state for network in pickled.load(tmp_path / "net.pkl"))
    assert Gs["input_shapes"] == G["input_shapes"] == [[None, 16], [None, 3]]
    assert Gs["output_shapes"] == [[None, 3, 8, 8]]
    parts = Gs["components"]
    assert (
        parts["mapping"].state["output_shapes"] == parts["synthesis"].state["input_shapes"] == [[None, 4, 12]]
    )
    assert (D["input_names"], D["output_names"]) == (["images_in", "labels_in"], ["scores_out"])


def test_a_single_generator_is_saved_without_the_others(tmp_path):
    record = tiny.tiny_records("stylegan2-skip").Gs
    for ending in ENDINGS:
        save(FileRecords(None, None, record), tmp_path / ("net" + ending))
        back = read_records(tmp_path / ("net" + ending))
        assert back.G is None and back.D is None
        assert_same(record, back.Gs)
    G, D, Gs = pickled.load(tmp_path / "net.pkl")  # as official scripts unpack it
    assert (G, D) == (None, None) and Gs.state["name"] == "Gs"


# Bytes do not depend on Python, NumPy or the clock; these were taken once and must never change by accident.
DIGESTS = {
    ".pkl": "304f31542a7be09f76ed9041392d6e56ed51735a5c8aff8f248af9249bacd0a2",
    ".npz": "8a6a92282681cfb4904bdfb02e8da0f1d0ce34c9e4c70d046cac62c494c9853b",
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_bytes_are_the_same_on_every_python_and_numpy(ending, tmp_path):
    save(read_records(GOLDENS / "sg2_tiny_8.pkl"), tmp_path / ("net" + ending))
    assert hashlib.sha256((tmp_path / ("net" + ending)).read_bytes()).hexdigest() == DIGESTS[ending]


def test_streams_name_only_what_old_and_new_numpy_have(tmp_path):
    save(tiny.tiny_records("stylegan"), tmp_path / "net.pkl")
    named = {
        argument
        for code, argument, _ in pickletools.genops((tmp_path / "net.pkl").read_bytes())
        if code.name == "GLOBAL"
    }
    assert named == {
        "dnnlib.tflib.network Network",
        "numpy.core.multiarray _reconstruct",
        "numpy.core.multiarray scalar",
        "numpy ndarray",
        "numpy dtype",
    }


def test_parts_are_written_in_the_order_of_the_originals(tmp_path):
    record = tiny.tiny_records("stylegan2-skip").Gs
    swapped = replace(record, components=OrderedDict(reversed(list(record.components.items()))))
    save(FileRecords(None, None, swapped), tmp_path / "net.pkl")
    assert list(read_records(tmp_path / "net.pkl").Gs.components) == ["synthesis", "mapping"]


def test_the_neutral_form_opens_with_numpy_and_json_alone(tmp_path):
    record = tiny.tiny_records("stylegan2-skip").Gs
    save(tiny.tiny_records("stylegan2-skip"), tmp_path / "net.npz")
    with np.load(str(tmp_path / "net.npz"), allow_pickle=False) as arrays:
        weight = arrays["Gs/synthesis/8x8/Conv1/weight"]
        np.testing.assert_array_equal(weight, record.components["synthesis"].variables["8x8/Conv1/weight"])
        assert arrays["Gs/lod"].shape == ()
    with zipfile.ZipFile(str(tmp_path / "net.npz")) as archive:
        text = json.loads(archive.read("network.json").decode())
    assert text["networks"]["Gs"]["static_kwargs"]["resolution"] == 16


def test_special_values_among_the_arguments_survive(tmp_path):
    record = tiny.tiny_records("stylegan2-skip").Gs
    extra = {
        "text": "ψ 🙂",
        "big": 2**70,
        "small": -5,
        "none": None,
        "pair": (1, [2.5, True]),
        "nested": {"a": {}},
    }
    record = replace(record, static_kwargs={**record.static_kwargs, **extra})
    save(FileRecords(None, None, record), tmp_path / "net.pkl")
    assert read_records(tmp_path / "net.pkl").Gs.static_kwargs == record.static_kwargs


# Mistakes and mishaps


def test_networks_that_no_loader_would_accept_are_not_saved(tmp_path):
    records = tiny.tiny_records("stylegan2-skip")
    wrong = replace(records.Gs, static_kwargs={**records.Gs.static_kwargs, "resolution": 64})
    odd = replace(records.Gs, static_kwargs={**records.Gs.static_kwargs, "thing": object()})
    for bad in (wrong, odd):
        with pytest.raises(NetworkUsageError):
            save(replace(records, Gs=bad), tmp_path / "net.pkl")
    with pytest.raises(NetworkUsageError, match="both"):
        save(replace(records, G=None), tmp_path / "net.pkl")
    assert not list(tmp_path.iterdir())


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, fill_disk):
    path = tmp_path / "net.pkl"
    tiny.write_tiny(path, "stylegan2-skip")
    before = path.read_bytes()
    fill_disk()
    with pytest.raises(NetworkNotWritten, match="No space left"):
        tiny.write_tiny(path, "stylegan")
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["net.pkl"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_places_where_no_file_can_be_written(tmp_path, ending):
    (tmp_path / ("folder" + ending)).mkdir()
    for path in (tmp_path / "missing" / ("net" + ending), tmp_path / ("folder" + ending)):
        with pytest.raises(NetworkNotWritten, match="cannot be written"):
            tiny.write_tiny(path, "stylegan2-skip")


def test_saved_networks_run(tmp_path):
    """The whole way round: read, save in both forms, load, same picture."""
    z = np.random.RandomState(1).standard_normal((1, 16)).astype(np.float32)
    save(read_records(GOLDENS / "sg2_tiny_8.pkl"), tmp_path / "net.npz")
    pictures = []
    for path in (GOLDENS / "sg2_tiny_8.pkl", tmp_path / "net.npz"):
        Gs = nvlabs.load(path).Gs
        pictures.append(Gs.run(z, None, randomize_noise=False))
        Gs.close()
    np.testing.assert_array_equal(*pictures)
