"""Hostile and broken files: each is refused with the file, the reason and a hint, and nothing in it is run.

Streams are written by hand or with Python's own pickle (see pickled.py).
"""

from __future__ import annotations

import gzip
import io
import os
import pickle
import struct
import zipfile

import numpy as np
import pytest

import nvlabs
from nvlabs.errors import DamagedFile, NetworkFileError, UnsafePickle, UnsupportedNetwork
from tests import pickled, tiny
from tests.pickled import EMPTY_ARRAY, NETWORK, array, state, stream, text


@pytest.fixture
def refused(tmp_path, monkeypatch):
    """refused(data, kind): what `inspect` says about these bytes; fails if it lets them in or runs any."""
    monkeypatch.chdir(tmp_path)
    return pickled.Refusals(tmp_path / "net.pkl")


def stack_global(module, name):
    """A name as protocol 4 writes it."""
    return b"".join(b"\x8c" + bytes([len(part)]) + part.encode() for part in (module, name)) + b"\x93"


# 1. Attempts to have code run. The marker file that they would make must not appear.

CALLS = {
    "os.system": b"cos\nsystem\n",
    "posix.system": b"cposix\nsystem\n",
    "subprocess": b"csubprocess\nPopen\n",
    "eval": b"cbuiltins\neval\n",
    "exec": b"cbuiltins\nexec\n",
    "eval of Python 2": b"c__builtin__\neval\n",
    "import": b"cbuiltins\n__import__\n",
    "open": b"cbuiltins\nopen\n",
    "getattr": b"cbuiltins\ngetattr\n",
    "importlib": b"cimportlib\nimport_module\n",
    "cPickle": b"ccPickle\nloads\n",
    "numpy.load": b"cnumpy\nload\n",
    "numpy.save": b"cnumpy\nsave\n",
    "numpy.memmap": b"cnumpy\nmemmap\n",
    "numpy.fromfile": b"cnumpy\nfromfile\n",
    "numpy.lib": b"cnumpy.lib.npyio\nsave\n",
    "numpy.f2py": b"cnumpy.f2py\ncompile\n",
    "numpy.testing": b"cnumpy.testing\nrundocs\n",
    "numpy.distutils": b"cnumpy.distutils.exec_command\nexec_command\n",
    "other dnnlib": b"cdnnlib.tflib.network\nos\n",
    "other dnnlib function": b"cdnnlib.util\nopen_url\n",
    "tensorflow": b"ctensorflow\nload_op_library\n",
    "training class": b"ctraining.networks_stylegan2\nSomething\n",
    "dotted name": stack_global("numpy", "ndarray.tofile"),
    "dotted function": stack_global("numpy", "core.multiarray._reconstruct.__globals__"),
    "dotted module": stack_global("numpy", "core.multiarray.os"),
    "module within": stack_global("dnnlib.tflib.network.os", "system"),
    "name of bytes": b"C\x05numpyC\x04load\x93",
}


@pytest.mark.parametrize("name", sorted(CALLS))
@pytest.mark.parametrize("protocol", [2, 4])
def test_names_outside_the_closed_list(name, protocol, refused):
    body = CALLS[name] + b"(" + text("touch marker") + b"tR."
    message = refused(b"\x80" + bytes([protocol]) + body, UnsafePickle)
    assert "nothing was run" in message


@pytest.mark.parametrize("stem", [b"cos\nsystem\n(S'touch marker'\ntR.", b"c__builtin__\neval\n(S'1'\ntR."])
def test_names_in_the_oldest_protocol(stem, refused):
    refused(stem, UnsafePickle)


def test_an_object_that_asks_for_a_call_when_unpickled(refused):
    class Evil:
        def __reduce__(self):
            return (os.system, ("touch marker",))

    nets = pickled.networks(tiny.tiny_records("stylegan2-skip", resolution=8))
    nets[2].state["static_kwargs"]["payload"] = Evil()
    with pickled.official_modules():
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            refused(pickle.dumps(nets, protocol), UnsafePickle)


RECONSTRUCT = b"cnumpy.core.multiarray\n_reconstruct\n"
RECONSTRUCTOR = b"ccopy_reg\n_reconstructor\n"
FLOAT = b"cnumpy\ndtype\n" + text("f4") + b"\x89\x88\x87R"
ARGUMENTS = {
    "another codec": b"c_codecs\nencode\n" + text("x") + text("zip") + b"\x86R",
    "encode bytes": b"c_codecs\nencode\nC\x01x" + text("latin1") + b"\x86R",
    "reconstruct a Network": RECONSTRUCT + b"cdnnlib.tflib.network\nNetwork\nK\x00\x85C\x01b\x87R",
    "reconstruct with a shape": RECONSTRUCT + b"cnumpy\nndarray\nK\x05\x85C\x01b\x87R",
    "call ndarray": b"cnumpy\nndarray\nK\x05\x85R",
    "new ndarray": b"cnumpy\nndarray\n)\x81",
    "new dtype": b"cnumpy\ndtype\n)\x81",
    "dtype of a class": b"cnumpy\ndtype\ncnumpy\nndarray\n\x89\x88\x87R",
    "dtype of a long text": b"cnumpy\ndtype\n" + text("f4," * 1000) + b"\x89\x88\x87R",
    "dtype with metadata": FLOAT + b"(K\x04" + text("<") + b"NNNK\x00K\x00K\x00}tb",
    "dtype with fields": FLOAT + b"(K\x03" + text("|") + b"N(" + text("a") + b"t}K\x08K\x01K\x00tb",
    "scalar of a list": b"cnumpy.core.multiarray\nscalar\n" + pickled.DTYPE + b"]\x86R",
    "frombuffer of text": b"cnumpy.core.numeric\n_frombuffer\n("
    + text("abcd")
    + pickled.DTYPE
    + b"K\x01\x85"
    + text("C")
    + b"tR",
    "network with arguments": b"cdnnlib.tflib.network\nNetwork\nK\x01\x85\x81",
    "call of a network": NETWORK + b")R",
    "reconstructor of another class": RECONSTRUCTOR + b"(cnumpy\nndarray\nc__builtin__\nobject\nNtR",
    "state with slots": NETWORK + b"}}\x86b",
    "state that is no dictionary": NETWORK + b"K\x01b",
    "state twice": NETWORK + b"}b}b",
    "state of a list": b"]}" + text("a") + b"K\x01sb",
    "state of a name": b"cnumpy\nndarray\n}b",
    "keyword arguments": b"cdnnlib.tflib.network\nNetwork\n)}\x92",
    "INST": b"(idnnlib.tflib.network\nNetwork\n",
    "OBJ": b"(cdnnlib.tflib.network\nNetwork\nK\x01o",
    "persistent object": b"Pabc\n",
    "binary persistent object": text("abc") + b"Q",
    "extension code": b"\x82\x01",
    "wide extension code": b"\x84\x01\x00\x00\x00",
    "buffer outside": b"\x97",
    "read-only buffer": b"C\x01x\x98",
}


@pytest.mark.parametrize("name", sorted(ARGUMENTS))
def test_allowed_names_with_hostile_arguments(name, refused):
    refused(stream(ARGUMENTS[name]), (UnsafePickle, DamagedFile))


# 2. Attempts to use up memory or time. That these end at all, and soon, is the test.

BOMBS = {
    "10^12 elements": state(b"](" + text("w") + array([10**12], b"1234") + b"\x86e"),
    "dimensions that overflow": state(b"](" + text("w") + array([2**40, 2**40, 0, 7], b"1234") + b"\x86e"),
    "negative dimension": state(b"](" + text("w") + array([-1], b"1234") + b"\x86e"),
    "array without bytes": state(b"](" + text("w") + EMPTY_ARRAY + b"\x86e"),
    "long integer": b"\x8b\xff\xff\xff\x7f" + b"\xff" * 100,
    "negative length": b"\x8b\xfb\xff\xff\xff",
    "text beyond the end": b"\x8d" + struct.pack("<Q", 2**62),
    "bytes beyond the end": b"\x8e" + struct.pack("<Q", 2**40),
    "bytearray beyond the end": b"\x96" + struct.pack("<Q", 2**40),
    "frame beyond the end": b"\x95" + struct.pack("<Q", 2**40),
    "10,000 nested tuples": b")" + b"\x85" * 10000,
    "200,000 marks": b"(" * 200000 + b"t",
    "nested lists": b"]" * 10000 + b"a" * 9999,
    "list within itself": b"]\x94h\x00a",
    "network within itself": state(components=b"}" + text("synthesis") + b"h\x00s").replace(
        NETWORK, NETWORK + b"\x94"
    ),
    "doubling lists": state(
        kwargs=b"}" + text("a") + b"]\x94" + b"".join(b"](h%ch%ce\x94" % (i, i) for i in range(60)) + b"s"
    ),
    "copies of one text": text("x" * 100000)
    + b"\x94("
    + (b"c_codecs\nencode\nh\x00" + text("latin1") + b"\x86R") * 2000
    + b"t",
    "copies of one dictionary": b"]("
    + b"K\x01K\x01\x86" * 10000
    + b"e\x94("
    + b"ccollections\nOrderedDict\nh\x00\x85R" * 5000
    + b"t",
    "many instructions": b"(" + b"}" * 500000 + b"t",
    "many variables": state(b"](" + (text("w") + b"G" + b"\0" * 8 + b"\x86") * 30000 + b"e"),
    "long name": state().replace(text("Gs"), text("G" * 100000)),
    "long number": b"I" + b"9" * 100000 + b"\n",
    "unhashable key": b"}]K\x01s",
}


@pytest.mark.parametrize("name", sorted(BOMBS))
def test_bounds_of_time_and_memory(name, refused):
    refused(stream(BOMBS[name]))


# 3. Files that are something else, or half of something.

OTHERS = {
    "nothing": (b"", "empty"),
    "one byte": (b"\x80", "1 bytes long"),
    "web page": (b"<!DOCTYPE html><html>Quota exceeded</html>", "web page"),
    "web page after spaces": (b"\n  <html>Quota exceeded</html>", "web page"),
    "git-LFS pointer": (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
        "git lfs pull",
    ),
    "zip": (b"PK\x03\x04" + b"\0" * 100, "zip"),
    "HDF5": (b"\x89HDF\r\n\x1a\n" + b"\0" * 100, "HDF5"),
    "gzip": (gzip.compress(b"x" * 100), "gzip"),
    "xz": (b"\xfd7zXZ\x00" + b"\0" * 50, "xz"),
    "text": (b"hello", "not a pickle"),
    "JSON": (b'{"G": 1}', "JSON"),
    "picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "PNG"),
    "a later protocol": (b"\x80\x09N.", "protocol 9"),
    "PyTorch edition": (
        b"\x80\x04}" + text("G_ema") + b"ctorch_utils.persistence\n_reconstruct_persistent_obj\n}\x85Rs.",
        "no persistent class",
    ),
    "PyTorch edition without classes": (b"\x80\x04}" + text("G_ema") + b"Ns.", "PyTorch"),
    "PyTorch tensors": (b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n.", "PyTorch"),
    "Progressive GAN": (b"\x80\x02ctfutil\nNetwork\n)\x81.", "Progressive GAN"),
    "Theano era": (b"\x80\x02cnetwork\nNetwork\n)\x81.", "Theano"),
    "a number": (stream(b"K\x05"), "int"),
    "two things": (stream(b"NN\x86"), "2 things"),
    "four things": (stream(b"(NNNNt"), "4 things"),
    "None for networks": (stream(b"NNN\x87"), "NoneType in the place of the network G"),
}


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_other_files_are_named_for_what_they_are(name, refused):
    data, said = OTHERS[name]
    assert said in refused(data)


def test_archives_are_looked_into_by_name_only(refused):
    def zipped(name):
        with io.BytesIO() as stream_:
            with zipfile.ZipFile(stream_, "w") as archive:
                archive.writestr(name, b"x")
            return stream_.getvalue()

    assert "PyTorch checkpoint" in refused(zipped("archive/data.pkl"), UnsupportedNetwork)
    assert "unpack" in refused(zipped("net.pkl"), UnsupportedNetwork)
    assert "network.json" in refused(zipped("arr_0.npy"), UnsupportedNetwork)


def test_truncated_anywhere(refused, tmp_path):
    whole = tiny.write_tiny(tmp_path / "net.pkl", "stylegan2-skip", resolution=8).read_bytes()
    for length in list(range(1, 200, 7)) + list(range(200, len(whole), 997)) + [len(whole) - 1]:
        refused(whole[:length], DamagedFile)


def test_missing_files_and_folders(tmp_path):
    for path, said in ((tmp_path / "no.pkl", "No such file"), (tmp_path, "a folder"), ("a\0b", "null")):
        with pytest.raises(DamagedFile, match=said):
            nvlabs.inspect(path)


def test_unreadable_files(tmp_path, monkeypatch):
    path = tiny.write_tiny(tmp_path / "net.pkl", "stylegan2-skip")

    def denied(*arguments):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", denied)
    with pytest.raises(DamagedFile, match="Permission denied"):
        nvlabs.inspect(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(str(tmp_path / "pipe.pkl"))
    with pytest.raises(DamagedFile, match="not an ordinary file"):
        nvlabs.inspect(tmp_path / "pipe.pkl")


# 4. Damage at random: any outcome is fine but a crash, a raw exception or a run-away.


@pytest.mark.parametrize("name", ["stylegan", "stylegan2-ada-cond"])
@pytest.mark.parametrize("ending", [".pkl", ".npz"])
def test_random_damage(name, ending, tmp_path):
    path = tiny.write_tiny(tmp_path / ("net" + ending), name, resolution=8)
    whole = path.read_bytes()
    random = np.random.RandomState(0)
    outcomes = set()
    for _ in range(150):
        data = bytearray(whole)
        where = random.randint(min(len(data), 6000))
        for _ in range(random.randint(1, 6)):
            data[random.randint(where + 1)] = random.randint(256)
        if random.randint(3) == 0:
            del data[where : where + random.randint(1, 60)]
        path.write_bytes(bytes(data))
        try:
            nvlabs.inspect(path)
            outcomes.add("read")
        except NetworkFileError as error:
            outcomes.add("refused")
            assert str(error).startswith(str(path))
    assert "refused" in outcomes
