"""BigGAN-deep from its two kinds of folders, as data: the same network from both, and what is refused."""

from __future__ import annotations

import dataclasses
import json
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from ganspace_tf.biggan import files
from ganspace_tf.biggan.checkpoint import Checkpoint
from ganspace_tf.biggan.crc32c import crc32c
from ganspace_tf.biggan.errors import BigGANFileError
from ganspace_tf.biggan.graph_constants import GraphConstants
from ganspace_tf.biggan.inspection import inspect
from ganspace_tf.errors import FileError
from nvlabs.errors import NetworkFileError
from nvlabs.reading.budget import Budget
from tests import biggan_folders as folders
from tests import biggan_recipe as recipe
from tests.torch_writer import write_legacy, write_zip

CH = 4
SMALL = recipe.structure(16, CH, n_classes=5, z=6, embed=4)


@pytest.fixture(scope="module")
def arrays():
    return recipe.arrays(SMALL)


@pytest.fixture(scope="module")
def hub(tmp_path_factory, arrays):
    return folders.write_hub(tmp_path_factory.mktemp("hub") / "module", SMALL, arrays)


@pytest.fixture
def module(tmp_path, hub):
    """A copy of the module that a test may change."""
    return Path(shutil.copytree(str(hub), str(tmp_path / "module")))


def with_variables(module, values):
    """The module with another checkpoint."""
    folders.write_checkpoint(module / "variables" / "variables", values)
    return module


def refusal(path):
    """The message with which a folder is refused: one line that names it, in both error trees."""
    with pytest.raises((FileError, NetworkFileError)) as error:
        files.read(str(path))
    message = str(error.value)
    assert isinstance(error.value, FileError) and isinstance(error.value, NetworkFileError)
    assert message.startswith(str(path)) and "\n" not in message
    return message


# ---------------------------------------------------------------- what is read


def test_crc32c_gives_the_published_check_values():
    assert crc32c(np.frombuffer(b"123456789", np.uint8)) == 0xE3069283
    assert crc32c(np.zeros(32, np.uint8)) == 0x8A9136AA  # RFC 3720, B.4
    assert crc32c(np.full(32, 0xFF, np.uint8)) == 0x62A8AB43


@pytest.mark.parametrize("size", [0, 1, 3, 4, 5, 127, 128, 129, 5000])
def test_crc32c_of_any_length_is_the_bitwise_one(size):
    data = np.random.RandomState(size).randint(0, 256, size).astype(np.uint8)
    state = 0xFFFFFFFF
    for byte in data.tolist():
        state ^= byte
        for _ in range(8):
            state = (state >> 1) ^ (0x82F63B78 if state & 1 else 0)
    assert crc32c(data) == state ^ 0xFFFFFFFF


def test_a_checkpoint_is_what_tensorflow_wrote(tmp_path):
    random = np.random.RandomState(0)
    shapes = [(), (0,), (1,), (3, 4), (2, 3, 4, 5), (70000,)] + [(k + 1,) for k in range(300)]
    values = {
        "scope/{}/v{}".format(k % 7, k): np.asarray(random.standard_normal(s), np.float32)
        for k, s in enumerate(shapes)
    }
    folders.write_checkpoint(tmp_path / "model", values)
    checkpoint = Checkpoint(str(tmp_path / "model"), Budget(1 << 20))
    assert dict(checkpoint.shapes()) == {name: value.shape for name, value in values.items()}
    for name, value in values.items():
        np.testing.assert_array_equal(checkpoint.read(name), value)
    reader = tf.train.load_checkpoint(str(tmp_path / "model"))
    assert reader.get_variable_to_shape_map() == {n: list(v.shape) for n, v in values.items()}


@pytest.mark.parametrize("packed", [True, False])
def test_tables_are_read_from_the_graph_file_in_either_form(tmp_path, packed):
    tables = [np.random.RandomState(k).randn(51, 3).astype(np.float32) for k in range(4)]
    tables[2][:] = 0.25  # TensorFlow stores a constant of equal numbers as one number
    folders.write_graph(tmp_path / "saved_model.pb", tables, packed)
    constants = GraphConstants(str(tmp_path / "saved_model.pb"), Budget(1 << 20))
    for name, table in zip(("stack_1", "stack_3", "stack_6", "stack_8"), tables):
        np.testing.assert_array_equal(constants.value(name), table)


def test_a_hub_module_gives_every_array(hub, arrays):
    record = files.read(str(hub))
    assert record.structure == SMALL and record.file_format == "tfhub" and record.class_names is None
    assert set(record.arrays) == set(arrays)
    for name, array in arrays.items():
        np.testing.assert_array_equal(record.arrays[name], array)


@pytest.mark.parametrize("write", [write_legacy, write_zip])
def test_both_folders_of_a_network_are_the_same_network(tmp_path, hub, arrays, write):
    """Weights in the Hugging Face file are views in TensorFlow's memory order: strides count."""
    folder = folders.write_huggingface(tmp_path / "hf", SMALL, arrays, CH, write)
    ours, theirs = files.read(str(folder)), files.read(str(hub))
    assert ours.structure == theirs.structure and ours.file_format == "huggingface"
    for name in arrays:
        np.testing.assert_array_equal(ours.arrays[name], theirs.arrays[name])
    for module, sigma in theirs.sigmas.items():
        # one file stores the vectors before, the other after the iteration: float32 rounding
        assert ours.sigmas[module] == pytest.approx(sigma, rel=1e-6)
    assert ours.fingerprint() == theirs.fingerprint()


def test_the_fingerprint_changes_with_any_array(arrays):
    record = recipe.record(SMALL)
    known = {record.fingerprint()}
    for name in ("generator.gen_z.bias", "generator.bn.means", "generator.layers.2.gamma"):
        changed = dict(arrays, **{name: arrays[name] + np.float32(1e-3)})
        known.add(dataclasses.replace(record, arrays=changed).fingerprint())
    assert len(known) == 4


def test_the_published_sizes_come_out_of_the_shapes():
    for resolution, latents, gates in ((128, 11, 20_736), (256, 13, 24_320), (512, 15, 24_768)):
        s = recipe.structure(resolution, 128)
        assert (s.resolution, s.n_latents) == (resolution, latents)
        assert (s.attention_layer, s.attention.side) == (8, 64)
        assert s.condition_size == 256 and s.base_channels == 2048 and s.channels == 128
        assert sum(channels for _, channels in s.norms()) == gates


def test_a_hub_module_may_bring_class_names(module):
    folder = module
    (folder / "assets").mkdir()
    (folder / "assets" / "classes.txt").write_text("ant\nbee\nfly\nmoth\nwasp\n", encoding="utf-8")
    assert files.read(str(folder)).class_names == ("ant", "bee", "fly", "moth", "wasp")
    (folder / "assets" / "classes.txt").write_text("ant\nbee\n", encoding="utf-8")
    assert "2 class names for 5 classes" in refusal(folder)


def test_inspection_says_what_a_folder_is(hub):
    facts = inspect(str(hub))
    assert (facts["family"], facts["file_format"], facts["resolution"]) == ("biggan-deep", "tfhub", 16)
    assert (facts["n_classes"], facts["n_layers"], facts["latent_size"]) == (5, 5, 6)
    assert facts["blocks"]["generator.layers.2"] == {"kind": "attention", "shape": [8, 8, 8]}
    assert facts["blocks"]["generator.layers.4"] == {"kind": "block", "shape": [4, 16, 16], "latent": 4}
    json.dumps(facts)


def test_reading_starts_no_tensorflow(hub):
    code = "import sys; from ganspace_tf.biggan.inspection import inspect; inspect({!r});".format(str(hub))
    code += " print('tensorflow' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True)
    assert shown.stdout.decode().strip() == "False"


# ---------------------------------------------------------------- what is refused


def test_the_original_biggan_is_refused_by_name(module):
    values = {"Generator/G_Z/G_linear/w/ema_b999900": np.zeros((20, 8), np.float32)}
    folder = with_variables(module, values)
    assert "the original BigGAN, not BigGAN-deep; use biggan-deep-128" in refusal(folder)


def test_other_modules_and_folders_are_refused(tmp_path, module):
    with_variables(module, {"dense/w": np.zeros(3, np.float32)})
    assert "not BigGAN-deep; its checkpoint has 1 variables" in refusal(module)
    (tmp_path / "empty").mkdir()
    assert "it holds nothing, needed are saved_model.pb" in refusal(tmp_path / "empty")
    (tmp_path / "archive.tar.gz").write_bytes(b"")
    assert "unpack the .tar.gz first" in refusal(tmp_path / "archive.tar.gz")


@pytest.mark.parametrize(
    "name, shape, message",
    [
        ("Generator/GBlock_1/conv2/b/ema_0.9999", None, "GBlock_1/conv2/b/ema_0.9999 is missing"),
        ("Generator/GBlock_1/conv2/u0", None, "GBlock_1/conv2/u0 is missing"),
        ("Generator/GBlock_1/conv2/u0", (1, 3), "conv2/u0 has shape (1, 3), which does not fit"),
        (
            "Generator/GBlock_1/conv2/b/ema_0.9999",
            (7,),
            "layers.1.conv_2.bias has shape (7,); the network asks",
        ),
        ("Generator/BatchNorm/scale/ema_0.9999", (5,), "generator.bn.scale has shape (5,)"),
        (
            "Generator/GBlock_3/conv1/w/ema_0.9999",
            (3, 3, 9, 4),
            "which does not fit Generator/GBlock_3/conv1/w",
        ),
        ("linear/w/ema_0.9999", (20,), "embeddings.weight has shape (20,)"),
    ],
)
def test_missing_and_misshapen_variables_are_named(module, arrays, name, shape, message):
    values = folders.hub_variables(SMALL, arrays)
    if shape is None:
        del values[name]
    else:
        values[name] = np.ones(shape, np.float32)
    assert message in refusal(with_variables(module, values))


@pytest.mark.parametrize(
    "name, value, message",
    [
        ("generator.layers.1.conv_2.bias", np.nan, "layers.1.conv_2.bias holds NaN or infinity"),
        ("generator.bn.variances", 0, "generator.bn.variances holds variances that are not positive"),
        ("generator.layers.0.conv_0.weight", 0, "spectral norm of generator.layers.0.conv_0 is 0.0"),
    ],
)
def test_values_that_make_no_images_are_named(tmp_path, arrays, name, value, message):
    broken = dict(arrays, **{name: np.full_like(arrays[name], value)})
    assert message in refusal(folders.write_hub(tmp_path / "module", SMALL, broken))


def test_missing_statistics_are_named(module):
    folders.write_graph(module / "saved_model.pb", [np.zeros((51, 16), np.float32)] * 2)
    assert "saved_model.pb: the graph has no node stack_6" in refusal(module)


def test_statistics_that_are_no_constants_are_not_computed(module):
    graph = tf.Graph()
    with graph.as_default():
        tf.add(tf.zeros([51, 16]), 1.0, name="stack_1")
    model = folders.saved_model_pb2.SavedModel()
    model.meta_graphs.add().graph_def.CopyFrom(graph.as_graph_def())
    (module / "saved_model.pb").write_bytes(model.SerializeToString())
    assert "node stack_1 (Add" in refusal(module)


@pytest.mark.parametrize("part", ["saved_model.pb", "variables/variables.index", "data"])
def test_changed_and_cut_files_are_noticed(module, part):
    """A checkpoint carries checksums; a graph file does not, so there only a cut is certain to be seen."""
    path = module / (part if part != "data" else "variables/variables.data-00000-of-00001")
    good = path.read_bytes()
    path.write_bytes(good[: len(good) // 2])
    with pytest.raises(BigGANFileError):
        files.read(str(module))
    if part == "saved_model.pb":
        return
    random = np.random.RandomState(0)
    for _ in range(5):
        bad = bytearray(good)
        bad[random.randint(len(good) - 60)] ^= 1 << random.randint(8)  # the footer's padding may be anything
        path.write_bytes(bytes(bad))
        with pytest.raises(BigGANFileError):
            files.read(str(module))


def test_random_bytes_are_refused_and_nothing_else_happens(tmp_path, arrays):
    folder = folders.write_hub(tmp_path / "module", SMALL, arrays, packed=True)
    random = np.random.RandomState(1)
    for part in ("saved_model.pb", "variables/variables.index"):
        good = (folder / part).read_bytes()
        for _ in range(10):
            bad = bytearray(good)
            for at in random.randint(0, len(good), 8):
                bad[at] = random.randint(256)
            (folder / part).write_bytes(bytes(bad))
            try:
                files.read(str(folder))
            except BigGANFileError:
                continue
        (folder / part).write_bytes(good)
    assert files.read(str(folder)).structure == SMALL


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"num_classes": 7}, "config.json says num_classes = 7, but the weights have 5"),
        ({"z_dim": 7}, "config.json says z_dim = 7, but the weights have 6"),
        ({"attention_layer_position": 1}, "layers.2.bn_0.offset.weight_orig is missing"),
        ({"layers": [[False, 4, 2], [True, 2, 2], [False, 2, 1]]}, "does not belong"),
        ({"layers": "many"}, "not the configuration of BigGAN-deep"),
        ({"layers": [[True, 1, 1]] * 65}, "not the configuration of BigGAN-deep"),
        ({"layers": []}, "not the configuration of BigGAN-deep"),
        ({"attention_layer_position": 0.5}, "not the configuration of BigGAN-deep"),
        ({"num_classes": True}, "not the configuration of BigGAN-deep"),
        ({"z_dim": 10**90}, "an integer of 299 bits"),
        ({"eps": float("nan")}, "cannot be read as JSON (holds NaN"),
        ({"eps": None}, "not the configuration of BigGAN-deep"),
    ],
)
def test_a_configuration_that_does_not_fit_is_refused(tmp_path, arrays, changes, message):
    assert message in refusal(folders.write_huggingface(tmp_path / "hf", SMALL, arrays, CH, **changes))


def test_the_configuration_of_another_model_is_refused(tmp_path, arrays):
    folder = folders.write_huggingface(tmp_path / "hf", SMALL, arrays, CH)
    (folder / "config.json").write_text(json.dumps({"model_type": "bert", "layers": 12}))
    assert "not the configuration of BigGAN-deep, attention_layer_position, z_dim" in refusal(folder)
    (folder / "config.json").write_text("{")
    assert "cannot be read as JSON" in refusal(folder)


def test_a_missing_and_an_extra_entry_are_named(tmp_path, arrays):
    folder = folders.write_huggingface(tmp_path / "hf", SMALL, arrays, CH)
    state = folders.hf_state(SMALL, arrays)
    write_legacy(folder / "pytorch_model.bin", dict(state, extra=np.zeros(2, np.float32)))
    assert "entry extra does not belong" in refusal(folder)
    state = folders.hf_state(SMALL, arrays)
    del state["generator.layers.3.conv_1.weight_v"]
    write_legacy(folder / "pytorch_model.bin", state)
    assert "entry generator.layers.3.conv_1.weight_v is missing" in refusal(folder)


def test_code_in_the_weights_is_not_run(tmp_path, arrays):
    folder = folders.write_huggingface(tmp_path / "hf", SMALL, arrays, CH)
    mark = tmp_path / "ran"

    class Attack:
        def __reduce__(self):
            return open, (str(mark), "w")

    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Attack(), 2))
    refusal(folder)
    assert not mark.exists()
