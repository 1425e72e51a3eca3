"""Intact pickles with wrong contents: states, arguments, variables; and neutral files gone wrong."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
from collections import OrderedDict

import numpy as np
import pytest

import nvlabs
from nvlabs.errors import DamagedFile, UnsafePickle, UnsupportedNetwork, VariableMismatch
from tests import pickled, tiny


@pytest.fixture
def refused(tmp_path, monkeypatch):
    """refused(data, kind): what `inspect` says about these bytes; fails if it lets them in or runs any."""
    monkeypatch.chdir(tmp_path)
    return pickled.Refusals(tmp_path / "net.pkl")


def dumped(nets):
    with pickled.official_modules():
        return pickle.dumps(nets, 4)


def parts(net):
    return [net.state] + [part.state for part in net.state["components"].values()]


def edit_kwargs(nets, **kwargs):
    for part in parts(nets[2]):
        part["static_kwargs"] = {**part["static_kwargs"], **kwargs}


def each_state(**changes):
    def edit(nets):
        for part in parts(nets[2]):
            part.update(changes)

    return edit


def synthesis(**changes):
    return lambda nets: nets[2].state["components"]["synthesis"].state.update(changes)


def drop(key):
    return lambda nets: nets[2].state.pop(key)


def variable(change):
    """Edits the list of (name, value) of the synthesis part."""
    return lambda nets: change(nets[2].state["components"]["synthesis"].state["variables"])


def first_as(value):
    return variable(lambda rows: rows.__setitem__(0, (rows[0][0], value)))


STATES = {
    "no version": (drop("version"), "version"),
    "version 0": (each_state(version=0), "version is 0"),
    "version 1": (each_state(version=1), "version is 1"),
    "version 2": (each_state(version=2), "Progressive GAN"),
    "version 6": (each_state(version=6), "version is 6"),
    "version 10^30": (each_state(version=10**30), "version is 1000"),
    "version of text": (each_state(version="4"), "version is '4'"),
    "version of a float": (each_state(version=4.0), "version is 4.0"),
    "version True": (each_state(version=True), "version is True"),
    "version None": (each_state(version=None), "version is None"),
    "Theano state": (each_state(param_values=[], build_func_spec={}), "Theano"),
    "no static arguments": (drop("static_kwargs"), "static_kwargs"),
    "static arguments None": (each_state(static_kwargs=None), "NoneType"),
    "static arguments list": (each_state(static_kwargs=[]), "list"),
    "no variables": (drop("variables"), "variables"),
    "variables None": (each_state(variables=None), "variables"),
    "name None": (each_state(name=None), "name"),
    "name of bytes": (each_state(name=b"G"), "name"),
    "function None": (synthesis(build_func_name=None), "build function"),
    "unknown function": (synthesis(build_func_name="G_foo"), "G_foo"),
    "discriminator": (lambda nets: nets[2].__setstate__(nets[1].state), "discriminator"),
    "mapping alone": (
        lambda nets: nets[2].__setstate__(nets[2].state["components"]["mapping"].state),
        "parts",
    ),
    "no components": (drop("components"), "parts"),
    "components None": (each_state(components=None), "components"),
    "components of numbers": (each_state(components={"synthesis": 1, "mapping": 2}), "not a network"),
    "without mapping": (lambda nets: nets[2].state["components"].pop("mapping"), "mapping"),
    "extra component": (lambda nets: nets[2].state["components"].update(more=nets[1]), "more"),
    "part is the whole": (lambda nets: nets[2].state["components"].update(synthesis=nets[2]), "itself"),
    "part under another name": (synthesis(name="G_mapping"), "G_synthesis"),
    "variable missing": (variable(lambda rows: rows.pop(5)), "missing: G_synthesis/"),
    "variable extra": (
        variable(lambda rows: rows.append(("extra/weight", pickled.float32(3)))),
        "G_synthesis/extra/weight",
    ),
    "variable twice": (variable(lambda rows: rows.append(rows[0])), "twice"),
    "variable twice, other value": (
        variable(lambda rows: rows.append((rows[0][0], pickled.float32(1)))),
        "twice",
    ),
    "wrong shape": (first_as(pickled.float32(7, 3)), "[7, 3]"),
    "scalar for an array": (first_as(np.float32(1)), "shape []"),
    "integers": (first_as(np.zeros((1, 1, 4, 4), np.int32)), "integers"),
    "complex numbers": (first_as(np.zeros((1, 1, 4, 4), np.complex64)), "complex"),
    "truth values": (first_as(np.zeros((1, 1, 4, 4), bool)), "truth"),
    "objects": (first_as(np.array([{}], object)), "objects"),
    "text": (first_as(np.array(["a"])), "text"),
    "byte strings": (first_as(np.array([b"a"])), "byte strings"),
    "records": (first_as(np.zeros(2, [("a", "f4")])), "fields"),
    "dates": (first_as(np.zeros(2, "M8[s]")), "layout"),
    "a number": (first_as(3), "int"),
    "a list": (first_as([1.0]), "list"),
    "a network": (
        variable(lambda rows: rows.__setitem__(0, (rows[0][0], pickled.Network({})))),
        "NetworkNode",
    ),
    "NaN": (first_as(np.full((1, 1, 4, 4), np.nan, np.float32)), "NaN"),
    "too large for float32": (first_as(np.full((1, 1, 4, 4), 1e300)), "infinity"),
    "noise of another size": (first_as(pickled.float32(1, 1, 8, 8)), "noise0"),
    "lod NaN": (lambda nets: nets[2].state["variables"].__setitem__(0, ("lod", np.float32("nan"))), "lod"),
    "name with :0": (variable(lambda rows: rows.__setitem__(0, (rows[0][0] + ":0", rows[0][1]))), "noise0:0"),
    "name with prefix": (
        variable(lambda rows: rows.__setitem__(0, ("G_synthesis/noise0", rows[0][1]))),
        "noise0",
    ),
    "name that is no text": (variable(lambda rows: rows.__setitem__(0, (5, rows[0][1]))), "variable name"),
    "name of Python 2 bytes": (
        variable(lambda rows: rows.__setitem__(0, (b"noise0", rows[0][1]))),
        "variable name",
    ),
    "name with a line break": (
        variable(lambda rows: rows.append(("a\n\x1b[31m\ud800", rows[0][1]))),
        "a ?[31m?",
    ),
    "not a pair": (variable(lambda rows: rows.append(("a",))), "pair"),
    "argument of bytes": (lambda nets: edit_kwargs(nets, thing=b"x"), "bytes"),
    "argument that is a network": (lambda nets: edit_kwargs(nets, thing=nets[1]), "network"),
    "too many arguments": (lambda nets: edit_kwargs(nets, thing=list(range(20000))), "too much"),
    "nested arguments": (lambda nets: edit_kwargs(nets, thing=[[[[[[[[[[[]]]]]]]]]]]), "deeply"),
    "label variable missing": (lambda nets: edit_kwargs(nets, label_size=5), "LabelConcat/weight"),
}


@pytest.mark.parametrize("name", sorted(STATES))
def test_states_that_are_wrong(name, refused):
    edit, said = STATES[name]
    nets = pickled.networks(tiny.tiny_records("stylegan2-skip", resolution=8))
    edit(nets)
    assert said in refused(dumped(nets))


@pytest.mark.parametrize("key", ["__class__", "__dict__", "__reduce__"])
def test_state_keys_that_reach_for_the_object(key, refused):
    nets = pickled.networks(tiny.tiny_records("stylegan2-skip", resolution=8))
    nets[2].state[key] = "x"
    refused(dumped(nets), UnsafePickle)


@pytest.mark.parametrize("kwargs", [{"resolution": 2**20}, {"mapping_layers": 10**9}, {"fmap_base": 10**12}])
def test_sizes_are_judged_before_anything_is_built(kwargs, refused):
    nets = pickled.networks(tiny.tiny_records("stylegan2-skip", resolution=8))
    edit_kwargs(nets, **kwargs)
    assert "allowed" in refused(dumped(nets), UnsupportedNetwork)


def test_code_in_the_embedded_source_is_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    nets = pickled.networks(tiny.tiny_records("stylegan2-skip", resolution=8))
    for net in nets:
        for part in parts(net):
            part["build_module_src"] = "open('marker', 'w')"
    assert nvlabs.inspect(pickled.dump(tmp_path / "net.pkl", nets))["family"] == "stylegan2"
    assert not (tmp_path / "marker").exists()


# The neutral form has its own ways to be wrong.


def neutral(tmp_path, change_text=None, change_entries=None, compression=zipfile.ZIP_STORED):
    """The bytes of a neutral file after its JSON or its entries were edited."""
    path = tiny.write_tiny(tmp_path / "good.npz", "stylegan2-skip", resolution=8)
    with zipfile.ZipFile(str(path)) as archive:
        entries = OrderedDict((name, archive.read(name)) for name in archive.namelist())
    path.unlink()
    if change_text:
        described = json.loads(entries["network.json"].decode())
        change_text(described)
        entries["network.json"] = json.dumps(described).encode()
    if change_entries:
        change_entries(entries)
    with io.BytesIO() as stream_:
        with zipfile.ZipFile(stream_, "w", compression) as archive:
            for name, data in entries.items():
                archive.writestr(name, data)
        return stream_.getvalue()


def header(dtype="<f4", shape="(2, 2)"):
    described = ("{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (dtype, shape)).ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(described)) + described.encode()


WEIGHT = "Gs/mapping/Dense0/weight.npy"
TEXTS = {
    "another format": (lambda t: t.update(format="other"), "does not say"),
    "later version": (lambda t: t.update(format_version=2), "version"),
    "no networks": (lambda t: t.update(networks={}), "networks"),
    "a list": (lambda t: t.update(networks=[]), "networks"),
    "no variables": (lambda t: t["networks"]["Gs"].pop("variables"), "described"),
    "unknown variable": (lambda t: t["networks"]["Gs"]["variables"].append("more"), "missing"),
    "variables twice": (lambda t: t["networks"]["Gs"]["variables"].append("lod"), "different"),
    "variables of numbers": (lambda t: t["networks"]["Gs"]["variables"].append(5), "different"),
    "wrong argument": (lambda t: t["networks"]["Gs"]["static_kwargs"].update(resolution=48), "resolution"),
    "no version": (lambda t: t["networks"]["Gs"].pop("version"), "version"),
}
ENTRIES = {
    "object array": (
        lambda e: e.update({WEIGHT: header("|O", "(2, 2)") + b"x" * 32}),
        "not an array of numbers",
    ),
    "too large a shape": (
        lambda e: e.update({WEIGHT: header(shape="(999999999, 999999999)") + b"x" * 4}),
        "shape",
    ),
    "code for a shape": (
        lambda e: e.update({WEIGHT: header(shape="(open('marker', 'w'),)") + b"x" * 4}),
        "not an array of numbers",
    ),
    "no array": (lambda e: e.update({WEIGHT: b""}), "not an array as NumPy saves them"),
    "short header": (lambda e: e.update({WEIGHT: b"\x93NUMPY\x01\x00\xff"}), "not an array as NumPy"),
    "nested JSON": (lambda e: e.update({"network.json": b"[" * 200000}), "levels deep"),
    "long number": (lambda e: e.update({"network.json": b"9" * 100000}), "a number of 100000 characters"),
    "no text": (lambda e: e.update({"network.json": b"\xff\xfe"}), "no UTF-8 text"),
    "array missing": (lambda e: e.pop(WEIGHT), "Dense0/weight is missing"),
}


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_neutral_files_that_say_something_wrong(name, tmp_path, refused):
    change, said = TEXTS[name]
    assert said in refused(neutral(tmp_path, change_text=change))


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_neutral_files_with_wrong_entries(name, tmp_path, refused):
    change, said = ENTRIES[name]
    assert said in refused(neutral(tmp_path, change_entries=change))


def test_neutral_files_that_were_packed_again(tmp_path, refused):
    """Uncompressed by rule: what is read can then never be larger than the file."""
    assert "packed again" in refused(neutral(tmp_path, compression=zipfile.ZIP_DEFLATED), DamagedFile)


def test_load_refuses_as_inspect_does(tmp_path):
    for number, edit in enumerate((each_state(version=2), first_as(pickled.float32(7, 3)))):
        nets = pickled.networks(tiny.tiny_records("stylegan2-skip", resolution=8))
        edit(nets)
        path = pickled.dump(tmp_path / ("%d.pkl" % number), nets)
        messages = []
        for opening in (nvlabs.inspect, nvlabs.load):
            with pytest.raises((UnsupportedNetwork, VariableMismatch)) as error:
                opening(path)
            messages.append(str(error.value))
        assert messages[0] == messages[1] and messages[0].startswith(str(path))
