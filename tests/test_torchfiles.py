"""PyTorch checkpoints as data: both containers are read to the bit, what is hostile or damaged is refused."""

from __future__ import annotations

import argparse
import io
import pathlib
import pickle
import zipfile
from collections import OrderedDict

import numpy as np
import pytest

from ganspace_tf.errors import FileError
from ganspace_tf.ports.files import TorchFileError, read_state_dict, read_torch
from ganspace_tf.ports.networks import is_checkpoint
from nvlabs.errors import NetworkFileError
from nvlabs.reading.budget import Budget
from nvlabs.reading.torch_machine import TorchMachine
from tests.torch_writer import Global, Storage, Tensor, write_legacy, write_zip

GOLDENS = pathlib.Path(__file__).parent / "goldens" / "torch"
WRITERS = {"zip": write_zip, "legacy": write_legacy}
STATE = OrderedDict([("b", np.arange(3, dtype=np.float32)), ("a", np.ones((2, 2), np.float64))])


@pytest.fixture(params=sorted(WRITERS))
def write(request):
    return WRITERS[request.param]


def refusal(path):
    """The message with which a file is refused, as one line that names it; in both error trees."""
    with pytest.raises(TorchFileError) as error:
        read_torch(path)
    message = str(error.value)
    assert message.startswith(str(path)) and "\n" not in message
    assert isinstance(error.value, FileError) and isinstance(error.value, NetworkFileError)
    return message


@pytest.mark.parametrize("container", ["zip", "legacy"])
def test_what_pytorch_wrote_is_read(container):
    value = read_torch(GOLDENS / ("checkpoint_%s.pt" % container))
    weight = np.arange(24, dtype=np.float32).reshape(2, 3, 4) / 8
    expected = {
        "half": np.array([0.5, -1.25], np.float16),
        "bfloat16": np.array([1.0, -3.140625], np.float32),
        "double": np.float64(2 / 3),
        "long": np.arange(-2, 2),
        "bool": np.array([True, False]),
        "turned": weight[1].T,
        "every_other": weight.ravel()[1::2],
        "empty": np.zeros((0, 3), np.float32),
    }
    for name, array in expected.items():
        assert value[name].dtype == array.dtype and value[name].shape == array.shape, name
        assert np.array_equal(value[name], array) and value[name].flags.c_contiguous, name
    assert list(value["state"]) == ["weight", "bias"]
    assert np.array_equal(value["state"]["weight"], weight)
    assert np.array_equal(value["state"]["bias"], np.array([1.5, -2], np.float32))
    assert value["args"] == {"size": 64, "lr": 0.002}
    assert value["shape"] == (2, 3, 4) and value["steps"] == [1, 2.5, None, "x", True]


def test_a_state_dictionary_keeps_its_order_and_types(tmp_path, write):
    state = read_state_dict(write(tmp_path / "weights.pt", STATE))
    assert list(state) == ["b", "a"]
    assert all(np.array_equal(state[name], STATE[name]) for name in STATE)
    assert [state[name].dtype for name in state] == [np.float32, np.float64]


def test_arrays_are_copies_that_may_be_changed(tmp_path, write):
    value = read_torch(write(tmp_path / "weights.pt", STATE))
    value["b"][0] = 7
    assert value["b"][0] == 7


def test_tensors_may_share_a_storage(tmp_path, write):
    base = Storage(np.arange(6, dtype=np.float32))
    value = {"rows": Tensor(base, 0, (2, 3), (3, 1)), "columns": Tensor(base, 1, (3,), (2,))}
    read = read_torch(write(tmp_path / "shared.pt", value))
    assert read["rows"].tolist() == [[0, 1, 2], [3, 4, 5]] and read["columns"].tolist() == [1, 3, 5]


def test_big_endian_files_are_turned(tmp_path):
    state = read_state_dict(write_zip(tmp_path / "big.pt", STATE, byteorder="big"))
    assert np.array_equal(state["b"], STATE["b"]) and state["b"].dtype.isnative


def test_the_file_is_known_by_its_contents(tmp_path, write):
    assert is_checkpoint(write(tmp_path / "weights.anything", STATE))
    np.savez(str(tmp_path / "arrays.npz"), a=np.zeros(3))
    (tmp_path / "text.pt").write_text("no checkpoint")
    (tmp_path / "other.pkl").write_bytes(pickle.dumps((1, 2), 2))
    data = bytearray((GOLDENS / "checkpoint_zip.pt").read_bytes())
    data[data.rindex(b"PK\x01\x02")] = 0
    (tmp_path / "damaged.pt").write_bytes(bytes(data))
    for name in ("arrays.npz", "text.pt", "other.pkl", "damaged.pt", "missing.pt", "."):
        assert not is_checkpoint(tmp_path / name)


def test_another_value_than_a_state_dictionary_is_said_to_be_one(tmp_path, write):
    with pytest.raises(TorchFileError, match="one state dictionary"):
        read_state_dict(write(tmp_path / "nested.pt", {"g_ema": STATE}))


@pytest.mark.parametrize(
    "name",
    [
        ("os", "system"),
        ("builtins", "eval"),
        ("torch.nn.modules.linear", "Linear"),
        ("torch", "FloatStorage.__init__"),
        ("torch._utils", "_rebuild"),
    ],
    ids=str,
)
def test_names_outside_the_closed_list_are_refused_by_name(tmp_path, write, name):
    assert "%s.%s" % name in refusal(write(tmp_path / "hostile.pt", {"a": Global(*name)}))


class Call:
    """Pickled as a call."""

    def __init__(self, function, *args):
        self.function, self.args = function, args

    def __reduce__(self):
        return self.function, self.args


def test_nothing_of_a_file_is_called(tmp_path, write):
    marker = tmp_path / "it-ran"
    refusal(write(tmp_path / "hostile.pt", {"a": Call(open, str(marker), "w")}))
    assert not marker.exists()


@pytest.mark.parametrize(
    "value, message",
    [
        (Tensor(Storage(np.zeros(4, np.float32)), 0, (5,), (1,)), "beyond its storage"),
        (Tensor(Storage(np.zeros(4, np.float32)), 3, (2,), (1,)), "beyond its storage"),
        (Tensor(Storage(np.zeros(4, np.float32)), 0, (10**6, 10**6), (0, 0)), "beyond its storage"),
        (Tensor(Storage(np.zeros(4, np.float32)), -1, (2,), (1,)), "something else"),
        (Tensor(Storage(np.zeros(4, np.float32)), 0, (2,), (-1,)), "proper sizes"),
        (Tensor(Storage(np.zeros(4, np.float32)), 0, (2, 2), (1,)), "2 sizes and 1 strides"),
        (Tensor("storage", 0, (2,), (1,)), "something else than a storage"),
        (
            Tensor(Storage(np.zeros(4, np.float32), class_name="ComplexFloatStorage"), 0, (2,), (1,)),
            "ComplexFloat",
        ),
        (
            {"a": Global("torch", "FloatStorage"), "b": Call(dict, [("a", 1)])},
            "calls something|dictionary|beyond",
        ),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_impossible_tensors_are_refused(tmp_path, write, value, message):
    with pytest.raises(TorchFileError, match=message):
        read_torch(write(tmp_path / "wrong.pt", value))


def test_many_tensors_of_one_storage_cannot_fill_the_memory(tmp_path, write):
    base = Storage(np.zeros(1 << 16, np.float32))
    value = [Tensor(base, 0, (1 << 16,), (1,)) for _ in range(64)]
    path = write(tmp_path / "bomb.pt", value)
    assert len(read_torch(path)) == 64  # 16 MB, which is no harm
    with pytest.raises(TorchFileError, match="far more data"):
        read_torch(path, Budget(8 << 20))


def flat(array, flags=None, class_name=None):
    return Tensor(Storage(array, class_name=class_name), 0, array.shape, (1,), flags)


@pytest.mark.parametrize("dtype", ["f4", "f8", "f2", "i8", "i4"])
def test_a_negative_tensor_has_the_sign_that_it_had_in_memory(tmp_path, write, dtype):
    """torch writes the storage as it is and notes that its values mean their opposites."""
    array = np.array([1, -2, 0, 3], dtype)
    value = {"a": flat(array, {"neg": True}), "b": flat(array, {"neg": False}), "c": flat(array, {})}
    read = read_torch(write(tmp_path / "negative.pt", value))
    assert np.array_equal(read["a"], -array) and read["a"].dtype == array.dtype
    assert np.array_equal(read["b"], array) and np.array_equal(read["c"], array)


def test_a_negative_tensor_of_bfloat16_as_well(tmp_path):
    upper = (np.array([1.5, -2], np.float32).view(np.uint32) >> 16).astype(np.uint16).view(np.int16)
    storage = Storage(upper, class_name="BFloat16Storage")
    value = Tensor(storage, 0, (2,), (1,), {"neg": True})
    assert read_torch(write_zip(tmp_path / "negative.pt", value)).tolist() == [-1.5, 2]


@pytest.mark.parametrize(
    "flags, dtype, said",
    [
        ({"conj": True}, "f4", "'conj'"),
        ({"neg": 1}, "f4", "unknown flag 'neg'"),
        ({"upside_down": True}, "f4", "unknown flag 'upside_down'"),
        ({"x" * 5000: True}, "f4", "unknown flag 'xxx"),
        ([1, 2], "f4", "flags are a list of 2"),
        ({"neg": True}, "b1", "negative sign"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_other_flags_are_refused_by_name(tmp_path, write, flags, dtype, said):
    message = refusal(write(tmp_path / "flags.pt", {"a": flat(np.zeros(3, dtype), flags)}))
    assert said in message and len(message) < 500


def test_the_step_of_an_axis_of_size_1_may_be_anything(tmp_path, write):
    storage = Storage(np.arange(8, dtype=np.float32))
    value = {
        "row": Tensor(storage, 0, (1, 4), (2**61, 1)),
        "many": Tensor(storage, 5, (1,) * 32, (2**61,) * 32),
        "none": Tensor(storage, 0, (0, 3), (2**61, 2**61)),
    }
    read = read_torch(write(tmp_path / "steps.pt", value))
    assert read["row"].tolist() == [[0, 1, 2, 3]] and read["many"].ravel().tolist() == [5]
    assert read["none"].shape == (0, 3)
    wide = Tensor(storage, 0, (2**61, 2**61, 0), (1, 1, 1))
    assert "which no array has" in refusal(write(tmp_path / "wide.pt", wide))


def doubled(levels):
    value = []
    for _ in range(levels):
        value = [value, value]
    return value


@pytest.mark.parametrize("protocol", [doubled(60), (doubled(60),), {"a": doubled(60)}, "x" * 10**5], ids=type)
def test_a_value_in_the_place_of_the_protocol_is_not_spelled_out(tmp_path, protocol):
    path = write_legacy(tmp_path / "odd.pt", STATE, protocol=protocol)
    assert "protocol" in refusal(path) and len(refusal(path)) < 400


DEVICE = b"ctorch\ndevice\n("
ATTRIBUTES = b"}(" + b"".join(pickle.dumps(str(k), 2)[2:-1] + b"N" for k in range(300)) + b"u"
STREAMS = {
    "attributes set again and again": (
        b"cargparse\nNamespace\n)\x81q\xff0" + ATTRIBUTES + b"q\xfe0h\xff" + b"h\xfeb" * 300,
        "far more data",
    ),
    "storages": (
        b"(" + b"(X\x07\0\0\0storagectorch\nFloatStorage\nU\x010U\x03cpuK\x01tQ" * 3000 + b"t",
        "far more data",
    ),
    "a device with a long name": (DEVICE + b"X\x88\x13\0\0" + b"x" * 5000 + b"tR", "a device that is none"),
    "a device of many names": (DEVICE + b"U\x01x" * 50 + b"tR", "a device that is none"),
}


@pytest.mark.parametrize("name", sorted(STREAMS))
def test_what_the_pickle_of_a_checkpoint_makes_is_charged(name):
    body, said = STREAMS[name]
    data = b"\x80\x02" + body + b"."
    with pytest.raises(NetworkFileError, match=said):
        TorchMachine(io.BytesIO(data), len(data), Budget(400_000)).run()


def test_a_storage_that_is_listed_twice_is_refused(tmp_path):
    path = write_legacy(tmp_path / "twice.pt", {"a": flat(np.zeros(2, np.float32))})
    data = path.read_bytes()
    keys = pickle.dumps(["0"], 2)
    path.write_bytes(data.replace(keys, pickle.dumps(["0", "0"], 2)) + data[-16:])
    assert "twice" in refusal(path)


def test_lists_of_lists_of_lists_end(tmp_path, write):
    value = []
    for _ in range(40):
        value = [value, value]  # 2^40 lists, if followed
    assert "far more data" in refusal(write(tmp_path / "bomb.pt", value))
    endless = []
    endless.append(endless)
    assert "levels deep" in refusal(write(tmp_path / "endless.pt", endless))


@pytest.mark.parametrize("kept", [0, 3, 14, 60, 0.5, 0.9, 0.999], ids=str)
def test_a_truncated_file_is_refused_wherever_it_ends(tmp_path, write, kept):
    path = write(tmp_path / "weights.pt", {"a": np.ones(1000, np.float32), "args": argparse.Namespace(n=1)})
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data)) if isinstance(kept, float) else kept])
    refusal(path)


def test_flipped_bytes_are_refused_or_read_as_other_values_and_never_anything_else(tmp_path, write):
    data = write(tmp_path / "weights.pt", STATE).read_bytes()
    broken = tmp_path / "broken.pt"
    random = np.random.RandomState(0)
    refused = 0
    for _ in range(150):
        damaged = bytearray(data)
        damaged[random.randint(len(data))] ^= 1 << random.randint(8)
        broken.write_bytes(bytes(damaged))
        try:
            read_torch(broken)
        except TorchFileError:
            refused += 1
    assert refused > 15


def test_compressed_entries_are_refused(tmp_path):
    # torch.save never compresses, and a small file could otherwise become a large one
    assert "compressed" in refusal(write_zip(tmp_path / "small.pt", STATE, compression=zipfile.ZIP_DEFLATED))


def test_other_zip_archives_and_protocols_are_named(tmp_path):
    with zipfile.ZipFile(str(tmp_path / "other.pt"), "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "data.pkl" in refusal(tmp_path / "other.pt")
    assert "protocol 1002" in refusal(write_legacy(tmp_path / "future.pt", STATE, protocol=1002))


def test_missing_files_and_folders_are_refused(tmp_path):
    assert "No such file" in refusal(tmp_path / "missing.pt")
    assert "ordinary file" in refusal(tmp_path)
