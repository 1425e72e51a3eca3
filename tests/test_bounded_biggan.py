"""Small BigGAN folders that ask for much: tables, shapes, keys and blocks are charged before they are made.

All inputs are harmless; the limits are made small by a parameter.
"""

from __future__ import annotations

import struct

import numpy as np
import pytest
import tensorflow.compat.v1 as tf

from ganspace_tf.biggan import checkpoint, files, hub_module, huggingface
from ganspace_tf.biggan.checkpoint import Checkpoint
from ganspace_tf.biggan.crc32c import crc32c, masked
from ganspace_tf.biggan.errors import BigGANFileError
from ganspace_tf.biggan.graph_constants import GraphConstants
from nvlabs.errors import NetworkFileError
from nvlabs.reading.budget import Budget
from tests import biggan_folders as folders
from tests import biggan_recipe as recipe

CH = 4
SMALL = recipe.structure(16, CH, n_classes=5, z=6, embed=4)


@pytest.fixture(scope="module")
def arrays():
    return recipe.arrays(SMALL)


def constant(name, shape, values=(1.0,)):
    node = tf.NodeDef(name=name, op="Const")
    tensor = node.attr["value"].tensor
    tensor.dtype = 1
    for size in shape:
        tensor.tensor_shape.dim.add().size = size
    tensor.float_val.extend(values)
    return node


def operation(kind, name, inputs):
    return tf.NodeDef(name=name, op=kind, input=inputs)


def packs(fan, depth):
    """Tables of tables: `stack_1` has fan ** depth rows."""
    nodes = [constant("level0", (2,))]
    for k in range(1, depth + 1):
        name = "level%d" % k if k < depth else "stack_1"
        nodes.append(operation("Pack", name, ["level%d" % (k - 1)] * fan))
    return nodes


def graph_of(path, nodes):
    model = folders.saved_model_pb2.SavedModel()
    model.meta_graphs.add().graph_def.node.extend(nodes)
    path.write_bytes(model.SerializeToString())
    return str(path)


@pytest.mark.parametrize(
    "nodes, said",
    [
        (packs(10, 5), "far more data"),
        (packs(2, 9), "not a table of constants"),
        ([constant("stack_1", (1000, 1000))], "far more data"),
        ([constant("c", (300,)), operation("Pack", "stack_1", ["c"] * 900)], "far more data"),
        ([operation("Pack", "stack_1", ["stack_1"] * 3)], "not a table of constants"),
        ([constant("stack_1", (2,) * 40)], "no array has"),
        ([constant("stack_1", (2**40, 2**40, 0), ())], "no array has"),
        ([constant("stack_1", (-1,))], "no array has"),
        ([constant("stack_1", (2,), ())], "0 numbers for shape"),
        ([constant("stack_1", (2,), (1.0,) * 3)], "3 numbers for shape"),
        ([constant("x" * 5000, (2,))], "a name of 5000 bytes"),
        ([constant("c%d" % k, ()) for k in range(3000)], "far more data"),
    ],
    ids=str,
)
def test_tables_of_any_size_are_not_made_of_small_graphs(tmp_path, nodes, said):
    path = graph_of(tmp_path / "saved_model.pb", nodes)
    with pytest.raises(NetworkFileError, match=said) as error:
        GraphConstants(path, Budget(500_000)).value("stack_1")
    assert len(str(error.value)) < 400


def test_a_node_that_many_ask_for_is_worked_out_once(tmp_path):
    nodes = packs(4, 6)
    path = graph_of(tmp_path / "saved_model.pb", nodes)
    budget = Budget(1 << 20)
    assert GraphConstants(path, budget).value("stack_1").shape == (4,) * 6 + (2,)
    assert (1 << 20) - budget.left < 3 * 4**7 * 2 + 100_000  # bytes of the table and of the one before, …


def varint(value):
    low, rest = bytes([value & 127]), value >> 7
    return low if not rest else bytes([low[0] | 128]) + varint(rest)


def index_of(path, *blocks):
    """A checkpoint index whose blocks hold (shared, rest of the key, value); a number points to one of them
    again.
    """
    data, handles = b"", []
    for entries in blocks:
        if isinstance(entries, int):
            handles.append(handles[entries])
            continue
        block = b"".join(
            varint(shared) + varint(len(key)) + varint(len(value)) + key + value
            for shared, key, value in entries
        )
        handles.append((len(data), len(block) + 8))
        data += sealed(block + struct.pack("<II", 0, 1))
    meta = len(data)
    data += sealed(struct.pack("<II", 0, 1))
    top = b"".join(
        varint(0) + varint(1) + varint(len(handle)) + b"k" + handle
        for handle in (varint(at) + varint(size) for at, size in handles)
    )
    top += struct.pack("<II", 0, 1)
    foot = varint(meta) + varint(8) + varint(len(data)) + varint(len(top))
    data += sealed(top) + foot.ljust(40, b"\0") + struct.pack("<Q", 0xDB4775248B80FB57)
    path.write_bytes(data)
    return str(path)[: -len(".index")]


def sealed(block):
    return block + b"\0" + struct.pack("<I", masked(crc32c(np.frombuffer(block + b"\0", np.uint8))))


VARIABLE = b"\x08\x01\x12\x04\x12\x02\x08\x03"  # float32, shape (3,)


def shaped(*sizes):
    shape = b"".join(b"\x12" + varint(len(size) + 1) + b"\x08" + size for size in map(varint, sizes))
    return b"\x08\x01\x12" + varint(len(shape)) + shape


def test_an_index_by_hand_is_an_index(tmp_path):
    prefix = index_of(
        tmp_path / "v.index", [(0, b"ab", VARIABLE), (1, b"c", shaped())], [(0, b"d", VARIABLE)]
    )
    assert dict(Checkpoint(prefix, Budget(1 << 20)).shapes()) == {"ab": (3,), "ac": (), "d": (3,)}


@pytest.mark.parametrize(
    "blocks, said",
    [
        ([[(0, b"a" * 4000, b"")] + [(4000, b"%d" % k, b"") for k in range(500)]], "far more data"),
        ([[(0, b"a" * 5000, b"")]], "a name of 5000 bytes"),
        ([[(0, b"a", VARIABLE)], 0], "one after the other"),
        ([[(0, b"%04d" % k, b"") for k in range(3000)]], "far more data"),
        ([[(0, b"a", b"\x18\x00" * 30_000)]], "far more data"),
        ([[(0, b"a", shaped(*[1] * 33))]], "no array has"),
        ([[(0, b"a", shaped(2**64 - 1))]], "no array has"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_an_index_shares_or_repeats_is_charged_or_refused(tmp_path, blocks, said):
    prefix = index_of(tmp_path / "v.index", *blocks)
    with pytest.raises(NetworkFileError, match=said) as error:
        Checkpoint(prefix, Budget(800_000))
    assert len(str(error.value)) < 400


def test_variables_that_share_their_bytes_are_charged_each(tmp_path):
    folders.write_checkpoint(tmp_path / "model", {"a": np.zeros(10_000, np.float32)})
    variables = Checkpoint(str(tmp_path / "model"), Budget(100_000))
    assert variables.read("a").size == variables.read("a").size == 10_000
    with pytest.raises(NetworkFileError, match="far more data"):
        variables.read("a")


@pytest.mark.parametrize("part", ["assets/classes.txt", "config.json", "variables/variables.index"])
def test_texts_and_indices_have_a_longest_length(tmp_path, arrays, part, monkeypatch):
    if part == "config.json":
        folder = folders.write_huggingface(tmp_path / "module", SMALL, arrays, CH)
        monkeypatch.setattr(huggingface, "LONGEST_CONFIG", 100)
    else:
        folder = folders.write_hub(tmp_path / "module", SMALL, arrays)
        (folder / "assets").mkdir()
        (folder / "assets" / "classes.txt").write_text("ant\nbee\nfly\nmoth\nwasp\n")
        monkeypatch.setattr(hub_module, "LONGEST_NAMES", 10 if "classes" in part else 100)
        monkeypatch.setattr(checkpoint, "LONGEST_INDEX", 100 if "index" in part else 10**6)
    with pytest.raises(BigGANFileError) as error:
        files.read(str(folder))
    assert part in str(error.value) and "too long" in str(error.value)
