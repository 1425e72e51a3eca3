"""Files of the PyTorch editions that are wrong, hostile or of another project: nothing is run, every refusal
is one line that says what it is, and a stranger beside a good generator does not keep it out.
"""

from __future__ import annotations

import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

import nvlabs
from nvlabs.reading.unpickle import read_records
from tests.persistent_networks import (
    ADA,
    GENERATORS,
    STYLEGAN3,
    D,
    edited,
    tensor_of,
    with_attributes,
    with_buffers,
    with_modules,
    with_parameters,
)
from tests.persistent_writer import Call, Module, New, Tensor, saved_storage, write


def refusal(tmp_path, value, **options):
    with pytest.raises(nvlabs.NetworkFileError) as caught:
        nvlabs.inspect(write(tmp_path / "bad.pkl", value, **options))
    return caught.value


# 1. Strangers and broken networks beside a good one.

BESIDE = {
    "a stranger's class": New("pg_modules.discriminator", "ProjectedDiscriminator", {"x": [1], "y": {}}),
    "a function of the system": Call("posix", "system", "true"),
    "another version": D._replace(version=5),
    "a tensor beyond its storage": with_buffers(x=Tensor(np.zeros(3, np.float32), 2, (2,), (1,)))(D),
    "storage bytes that are none": with_buffers(x=tensor_of(b"no"))(D),
    "not a network at all": 17,
}


@pytest.mark.parametrize("place", ["G", "D"])
@pytest.mark.parametrize("what", sorted(BESIDE))
def test_what_is_beside_G_ema_does_not_keep_it_out(what, place, tmp_path):
    snapshot = {place: BESIDE[what], "G_ema": ADA}
    path = write(tmp_path / "net.pkl", snapshot)
    records = read_records(path)
    usual, found = (
        read_records(write(tmp_path / "usual.pkl", ADA)).Gs.all_variables(),
        records.Gs.all_variables(),
    )
    assert all(np.array_equal(usual[name], found[name]) for name in usual) and len(usual) == len(found)
    assert getattr(records, place) is None
    assert nvlabs.inspect(path)["notes"][0].startswith(place + " is left out: ")
    assert getattr(nvlabs.load(path), place) is None


def test_a_G_that_does_not_fit_is_left_out(tmp_path):
    wrong = edited(
        ADA, "mapping.fc1", lambda m: m._replace(parameters=dict(m.parameters, bias=np.zeros(3, np.float32)))
    )
    path = write(tmp_path / "net.pkl", {"G": wrong, "D": D, "G_ema": ADA})
    assert nvlabs.load(path).G is None and nvlabs.load(path).D is not None
    assert "G is left out" in nvlabs.inspect(path)["notes"][0]


STORAGE = New("some.where", "Storage", None)
HOSTILE = {
    "an attribute": with_attributes(note=[Call("posix", "system", "true")]),
    "an attribute's class": with_attributes(note=New("some.where", "Thing", {"x": 1})),
    "a parameter": with_parameters(x=Call("builtins", "eval", "1")),
    "a module": with_modules(x=New("torch.nn.modules.linear", "Linear", {})),
    "a storage": with_buffers(x=Call("torch._utils", "_rebuild_tensor_v2", STORAGE, 0, (1,), (1,))),
}


@pytest.mark.parametrize("kind", sorted(GENERATORS))
@pytest.mark.parametrize("where", sorted(HOSTILE))
def test_a_name_that_is_not_on_the_list_is_refused_within_the_network(where, kind, tmp_path):
    error = refusal(tmp_path, {"G_ema": edited(GENERATORS[kind], "mapping", HOSTILE[where])})
    assert isinstance(error, nvlabs.UnsafePickle) and "nothing was run" in str(error)


def test_names_inside_the_bytes_of_a_storage_are_refused_too(tmp_path):
    data = saved_storage(np.zeros(1, np.float32)).replace(b"ctorch\nFloatStorage", b"cposix\nFloatStorag3")
    error = refusal(tmp_path, edited(ADA, "mapping", with_buffers(w_avg=tensor_of(data))))
    assert isinstance(error, nvlabs.UnsafePickle) and "posix" in str(error)


# 2. Networks of other projects, by name.

EMBEDDING = New("torch.nn.modules.sparse", "Embedding", {})
OTHERS = {
    "EG3D": Module("TriPlaneGenerator", modules={"backbone": ADA}),
    "StyleGAN-XL": Module("SuperresGenerator", {"head_layer_names": []}),
    "StyleGAN-XL ": edited(ADA, "mapping", with_modules(embed_proj=EMBEDDING)),
    "StyleGAN-XL  ": edited(ADA, "mapping", with_buffers(w_avg=np.zeros((2, 6), np.float32))),
    "StyleGAN-T": {"G_ema": New("networks.generator", "Generator", {})},
    "FastGAN": {"G_ema": New("pg_modules.networks_fastgan", "Generator", {}), "x": ADA},
    "not square": edited(ADA, "synthesis.b4", with_parameters(const=np.zeros((8, 4, 8), np.float32))),
    "not square ": edited(ADA, "synthesis", with_attributes(block_resolutions=[(4, 8), (8, 16)])),
    "version 5 of the persistence code": ADA._replace(version=5),
    "version 7": ADA._replace(version=7),
    "class Discriminator, with the parts b16, is no generator": D,
    "class InceptionV3Detector": Module("InceptionV3Detector", {"resize": True}),
    "StyleGAN-T ": New("networks.shared", "ResidualBlock", {}),
    "EG3D ": {"G": Module("TriPlaneGenerator"), "D": D, "G_ema": Module("TriPlaneGenerator")},
    "part of a Projected GAN": {"G_ema": New("pg_modules.blocks", "UpBlock", {}), "x": ADA},
    "without G_ema": {"weights": ADA},
    "TorchScript": {"G_ema": New("__torch__.Inception", "V3", {}), "x": ADA},
}


# What to do instead is said too.
ADVICE = (
    "run it with",
    "square networks of the PyTorch editions are read",
    "save the network with",
    "give a network",
    "it holds",
)


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_other_networks_are_refused_by_name(name, tmp_path):
    text = str(refusal(tmp_path, OTHERS[name]))
    assert name.strip() in text and "\n" not in text
    assert any(words in text for words in ADVICE)


@pytest.mark.parametrize("container", ["zip", "legacy"])
@pytest.mark.parametrize("name", ["EG3D", "StyleGAN-XL", "FastGAN", "version 7", "not square"])
def test_in_files_of_torch_save_too(name, container, tmp_path):
    assert name in str(refusal(tmp_path, OTHERS[name], protocol=2, container=container))


@pytest.mark.parametrize("container", ["zip", "legacy"])
def test_a_checkpoint_of_something_else_is_called_one(container, tmp_path):
    value = {"model": New("some.where", "Model", {"x": 1})}
    text = str(refusal(tmp_path, value, protocol=2, container=container))
    assert "a PyTorch checkpoint that holds no network; give" in text


def test_a_torchscript_file_is_refused_by_name(tmp_path):
    path = tmp_path / "inception.pt"
    with zipfile.ZipFile(str(path), "w") as archive:
        archive.writestr("inception/data.pkl", b"\x80\x02c__torch__\nInception\n)\x81}b.")
        archive.writestr("inception/code/__torch__.py", "x")
    with pytest.raises(nvlabs.NetworkFileError, match="TorchScript"):
        nvlabs.load(path)


# 3. Files that are wrong inside.


def meta(**given):
    return Call("torch_utils.persistence", "_reconstruct_persistent_obj", given)


def without(name):
    return lambda m: m._replace(modules={key: part for key, part in m.modules.items() if key != name})


CONV0, L1 = "synthesis.b8.conv0", "synthesis.L1_36_4"
# what is wrong: the network or the part of one that is changed, the change, what is said
WRONG = {
    "another type": (meta(type="function", version=6), None, "persistent class"),
    "no state": (meta(type="class", version=6, class_name="Generator"), None, "state"),
    "a number for a network": ({"G_ema": 3, "x": ADA}, None, "no persistent module"),
    "a list of networks": ([ADA], None, "neither a network nor a dictionary"),
    "a missing layer": ("synthesis.b8", without("conv0"), "lacks its part conv0"),
    "a missing mapping layer": ("mapping", with_attributes(num_layers=3), "lacks its part fc2"),
    "a wrong layer name": ("synthesis", with_attributes(layer_names=["L0_1_1"]), "lacks its part L0_1_1"),
    "a size of one number": ("synthesis.input", with_attributes(size=np.array([36])), "size"),
    "sizes that do not fit": (L1, with_attributes(in_size=np.array([37, 37])), "L1_36_4 takes"),
    "padding that does not fit": (L1, with_attributes(padding=[0, 0, 0, 0]), "padding and filters give"),
    "an endless filter": (L1, with_buffers(up_filter=np.ones(999, np.float32)), "up_filter"),
    "another gain": (CONV0, with_attributes(act_gain=2.0), "act_gain"),
    "another dense gain": ("mapping.fc0", with_attributes(weight_gain=2.0), "weight_gain"),
    "different clamps": (CONV0, with_attributes(conv_clamp=3.0), "conv_clamp"),
    "different filters": (CONV0, with_buffers(resample_filter=np.eye(4, dtype=np.float32)), "different"),
    "NaN": (L1, with_buffers(magnitude_ema=np.float32(np.nan)), "NaN"),
    "integers": ("mapping", with_buffers(w_avg=np.zeros(6, np.int64)), "w_avg"),
    "a tensor beyond its storage": (
        "mapping",
        with_buffers(w_avg=Tensor(np.zeros(6, np.float32), 1, (6,), (1,))),
        "beyond its storage",
    ),
}


@pytest.mark.parametrize("what", sorted(WRONG))
def test_what_is_wrong_is_said(what, tmp_path):
    value, change, said = WRONG[what]
    if change is not None:
        of_ada = value.startswith(("synthesis.b", "mapping"))
        value = edited(ADA if of_ada else STYLEGAN3, value, change)
    text = str(refusal(tmp_path, value))
    assert said in text and "\n" not in text and len(text) < 900


def test_storage_bytes_that_are_damaged_are_refused(tmp_path):
    good = saved_storage(np.zeros(6, np.float32))
    for data, said in (
        (good[:-3], "ends at byte"),
        (good.replace(b"\x8a\x0al\xfc", b"\x8a\x0am\xfc"), "is not a PyTorch checkpoint"),
        (b"", "ends too early"),
    ):
        module = edited(ADA, "mapping", with_buffers(w_avg=tensor_of(data, 6)))
        assert said in str(refusal(tmp_path, module))


@pytest.mark.parametrize("kind", sorted(GENERATORS))
def test_bytes_changed_at_random_are_read_or_refused_in_one_line(kind, tmp_path):
    """Of whatever instruction, length, name or number they are; nothing else comes out than a refusal."""
    path = tmp_path / "net.pkl"
    good = bytearray(Path(write(path, GENERATORS[kind])).read_bytes())
    rng, refusals = np.random.RandomState(17), 0
    for _ in range(150):
        data = bytearray(good)
        for place in rng.randint(len(data), size=rng.randint(1, 8)):
            data[place] = rng.randint(256)
        cut = rng.randint(len(data)) if rng.rand() < 0.2 else len(data)
        path.write_bytes(bytes(data[:cut]))
        try:
            nvlabs.inspect(path, source=True)
        except nvlabs.NetworkFileError as error:
            refusals += 1
            assert "\n" not in str(error) and len(str(error)) < 1100
    assert 30 < refusals < 150  # many changes are to weights


def test_a_source_text_is_not_needed(tmp_path):
    for source in (None, 5, ""):
        path = write(tmp_path / "net.pkl", ADA._replace(source=source))
        assert nvlabs.inspect(path)["family"] == "stylegan2-ada"


def test_modules_in_one_another_without_end_are_refused(tmp_path):
    """A part that stands in ten places of a part that stands in ten places…, and a chain that is too long."""
    shared = deep = Module("Layer", {"x": 1})
    for _ in range(8):
        shared = Module("Layer", modules=OrderedDict(("m%d" % i, shared) for i in range(10)))
    for _ in range(40):
        deep = Module("Layer", modules={"m": deep})
    with_both = [
        edited(ADA, "mapping", lambda m, x=x: m._replace(modules=dict(m.modules, x=x)))
        for x in (shared, deep)
    ]
    assert "more modules" in str(refusal(tmp_path, with_both[0]))
    assert "nested deeper" in str(refusal(tmp_path, with_both[1]))


def test_many_tensors_on_one_storage_cannot_take_more_than_the_file_allows(tmp_path):
    storage = np.zeros(1 << 22, np.float32)  # 16 MiB in the file, once
    views = OrderedDict(("x%d" % i, Tensor(storage, 0, storage.shape, (1,))) for i in range(40))
    module = edited(ADA, "mapping", with_buffers(**views))
    assert "more data than the file holds" in str(refusal(tmp_path, module, protocol=2, container="zip"))
