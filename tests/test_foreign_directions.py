"""Directions and bases of other programs: every format by a written file, and what it does to latents."""

from __future__ import annotations

import os
import pickle
import sys
import types
from collections import OrderedDict

import numpy as np
import pytest

import ganspace_tf as gs
from ganspace_tf import cli
from ganspace_tf.decomposition import fitted
from ganspace_tf.directions import joined
from ganspace_tf.errors import BasisMismatch, FileError, UsageError
from ganspace_tf.foreign.shapes import vectors
from tests.linear_gan import LAYERS, WIDTH, LinearGAN
from tests.safetensors_writer import write as write_safetensors
from tests.torch_writer import Storage, write_legacy, write_zip

RANDOM = np.random.RandomState(3)
V = RANDOM.randn(WIDTH).astype(np.float32)
PER_LAYER = RANDOM.randn(LAYERS, WIDTH).astype(np.float32)
ORTHOGONAL = np.linalg.qr(RANDOM.randn(WIDTH, WIDTH))[0].astype(np.float32)


def moved(named, strength=1.0, layers=LAYERS):
    """What a direction adds to latents of zero, (L, D)."""
    w = np.zeros((1, layers, len(named.mean)), np.float32)
    return gs.apply_edits(w, named.components(), named.edits(strength))[0]


def npy(path, array):
    np.save(str(path), array)
    return path


WRITERS = {
    "npy": npy,
    "npz": lambda path, array: np.savez(str(path), array) or path.with_suffix(".npz"),
    "zip": write_zip,
    "legacy": write_legacy,
    "safetensors": lambda path, array: write_safetensors(path, {"direction": array}),
    "pickle": lambda path, array: path.write_bytes(pickle.dumps(array, 4)) and path,
    "dictionary": lambda path, array: path.write_bytes(pickle.dumps({"d": array, "n": 3}, 2)) and path,
    "objects": lambda path, array: npy(path, {"direction": array}),
}


# ------------------------------------------------------------------ arrays


@pytest.mark.parametrize("write", list(WRITERS))
@pytest.mark.parametrize("layers", [False, True])
def test_a_direction_moves_latents_by_the_array_that_was_saved(tmp_path, write, layers):
    array = PER_LAYER if layers else V
    path = WRITERS[write](tmp_path / ("age.npz" if write == "npz" else "age.npy"), array)
    named = gs.load_direction(path)
    for strength in (1.0, -2.5):
        np.testing.assert_allclose(
            moved(named, strength), strength * (array + np.zeros((LAYERS, 1))), rtol=1e-5
        )
    assert named.name == "age" and named.fingerprint == "" and named.sigma_range == (-3.0, 3.0)
    assert "strength 1 is the array as it is" in named.made["assumed"]
    comp = gs.load_components(path)
    np.testing.assert_allclose(comp.directions * comp.stdev[:, None], np.atleast_2d(array), rtol=1e-5)


@pytest.mark.parametrize(
    "array",
    [V, V[None], V[None, :, None], V[None, None], V.astype(np.float64), np.tile(V, (LAYERS, 1)), V[:, None]]
    + [np.tile(V, (1, LAYERS, 1)), V.astype(">f4"), np.asfortranarray(np.tile(V, (LAYERS, 1)))],
    ids=lambda array: "{} {}".format(array.shape, array.dtype.str),
)
def test_one_direction_in_every_shape_is_the_same(tmp_path, array):
    named = gs.load_direction(npy(tmp_path / "d.npy", array), LinearGAN())
    np.testing.assert_allclose(moved(named), np.tile(V, (LAYERS, 1)), rtol=1e-5)
    comp = gs.load_components(tmp_path / "d.npy")
    assert len(comp) == 1
    np.testing.assert_allclose(comp.directions[0] * comp.stdev[0], V, rtol=1e-5)


def test_rows_that_differ_move_every_layer_along_its_own(tmp_path):
    rows = PER_LAYER.copy()
    rows[2] = 0
    for array in (rows, rows[None]):
        named = gs.load_direction(npy(tmp_path / "d.npy", array), LinearGAN())
        np.testing.assert_allclose(moved(named, 2.0), 2 * rows, rtol=1e-5, atol=1e-7)
        assert len(named.edits()) == LAYERS - 1 and len(named.components()) == LAYERS - 1
        with pytest.raises(UsageError, match="one edit cannot"):
            named.edit()


def test_orthogonal_rows_are_directions_of_their_own(tmp_path):
    path = npy(tmp_path / "sefa.npy", ORTHOGONAL[:5] * 2)
    comp = gs.load_components(path)
    np.testing.assert_allclose(comp.directions, ORTHOGONAL[:5], atol=1e-6)
    np.testing.assert_allclose(comp.stdev, 2, rtol=1e-5)
    named = gs.load_direction("{}:3".format(path))
    np.testing.assert_allclose(moved(named)[0], 2 * ORTHOGONAL[3], atol=1e-6)
    assert named.name == "sefa v3" and "first of" not in named.made["assumed"]
    assert "the first of 5 directions (FILE:K is another)" in gs.load_direction(path).made["assumed"]
    for place, said in (
        (":5", "0 to 4; 5 is not there"),
        (":x", "as a number from 0"),
        (":²", "as a number from 0"),
    ):
        with pytest.raises(UsageError, match=said):
            gs.load_direction(str(path) + place)


@pytest.mark.parametrize(
    "array, rows, layers, basis",
    [
        (np.zeros((3, 1, 8)) + V, 3, None, True),
        (RANDOM.randn(80, 128), 80, None, True),
        (RANDOM.randn(18, 512), 18, 18, False),
        (np.tile(V, (18, 1)), 1, 18, False),
        (V[None], 1, None, False),
    ],
    ids=str,
)
def test_an_array_is_told_by_its_shape_and_rows(array, rows, layers, basis):
    found = vectors(array)
    assert (len(found.rows), found.layers, found.basis) == (rows, layers, basis)


@pytest.mark.parametrize(
    "array, said",
    [
        (np.zeros(WIDTH, np.float32), "not zero"),
        (np.array([np.nan] * WIDTH), "finite"),
        (np.array([1e39, 1.0]), "finite"),
        (RANDOM.randn(2, 3, 4), "no shape of directions"),
        (RANDOM.randn(1, 1, 2, 3), "no shape of directions"),
        (np.array(["a", "b"]), "arrays of numbers"),
        (np.float32(3), "arrays of numbers|no shape"),
    ],
    ids=str,
)
def test_arrays_that_are_no_direction_are_refused_in_one_line(tmp_path, array, said):
    path = npy(tmp_path / "d.npy", array)
    for load in (gs.load_direction, gs.load_components):
        with pytest.raises(FileError, match=said) as caught:
            load(path)
        assert str(path) in str(caught.value) and "\n" not in str(caught.value)


# ------------------------------------------------------------------ a network's width and layers


def test_another_width_or_number_of_layers_is_refused_by_name(tmp_path):
    gen = LinearGAN()
    wide, deep = npy(tmp_path / "wide.npy", np.ones(512)), npy(tmp_path / "deep.npy", RANDOM.randn(18, WIDTH))
    tiled = npy(tmp_path / "tiled.npy", np.tile(V, (1, 18, 1)))
    with pytest.raises(BasisMismatch, match="'wide' is 512 numbers wide, the w of linear0 has 8"):
        gs.load_direction(wide, gen)
    with pytest.raises(BasisMismatch, match="512 numbers wide, the w of linear0 has 8"):
        fitted(gs.load_components(wide), gen)
    for path in (deep, tiled):
        with pytest.raises(BasisMismatch, match="has 18 layers, this network has 4"):
            gs.load_direction(path, gen)
        with pytest.raises(BasisMismatch, match="18 layers, this network has 4"):
            fitted(gs.load_components(path), gen)


def test_a_mean_that_the_file_lacks_is_the_networks_average(tmp_path):
    gen, path = LinearGAN(), npy(tmp_path / "d.npy", V)
    np.testing.assert_allclose(gs.load_direction(path, gen).mean, gen.dlatent_avg, rtol=1e-6)
    np.testing.assert_array_equal(fitted(gs.load_components(path), gen).mean, gen.dlatent_avg)
    assert not np.any(gs.load_direction(path).mean)


def test_a_direction_of_others_is_saved_and_joined_as_one_of_ours(tmp_path):
    gen = LinearGAN()
    named = gs.load_direction(npy(tmp_path / "d.npy", PER_LAYER), gen)
    again = gs.load_direction(named.save(tmp_path / "d.json"), gen)
    assert isinstance(again, gs.NamedDirection) and again == named
    flat = gs.load_direction(npy(tmp_path / "v.npy", V), gen)
    basis, w = joined([flat, named]), gen.w(seeds=[1, 2])
    edits = [gs.Edit(1 + edit.component, edit.first_layer, edit.last_layer, 1.5) for edit in named.edits()]
    np.testing.assert_allclose(gs.apply_edits(w, basis, edits), w + np.float32(1.5) * PER_LAYER, atol=1e-5)


# ------------------------------------------------------------------ formats with names of their own


@pytest.mark.parametrize("write", [write_zip, write_legacy])
def test_factor_pt_is_a_basis_of_its_columns(tmp_path, write):
    path = write(tmp_path / "factor.pt", {"ckpt": "a.pt", "eigvec": ORTHOGONAL})
    comp = gs.load_components(path)
    np.testing.assert_allclose(comp.directions, ORTHOGONAL.T, atol=1e-6)
    np.testing.assert_allclose(comp.stdev, 1, rtol=1e-6)
    assert comp.settings["checkpoint"] == "a.pt" and "columns" in comp.settings["assumed"]
    np.testing.assert_allclose(moved(gs.load_direction("{}:2".format(path)))[0], ORTHOGONAL[:, 2], atol=1e-6)


def test_an_encoders_pca_has_sigmas_and_a_mean(tmp_path):
    std, mean = np.arange(3, 0, -1, dtype=np.float32), RANDOM.randn(1, WIDTH).astype(np.float32)
    value = {"mean": mean, "comp": ORTHOGONAL[:3, None], "std": std}
    path = write_zip(tmp_path / "ffhq_pca.pt", value)
    comp = fitted(gs.load_components(path), LinearGAN())
    np.testing.assert_allclose(comp.directions, ORTHOGONAL[:3], atol=1e-6)
    np.testing.assert_array_equal(comp.mean, mean[0])
    np.testing.assert_allclose(comp.stdev, std, rtol=1e-6)
    second = gs.load_direction("{}:1".format(path))
    np.testing.assert_allclose(moved(second, 2.0)[0], 4 * ORTHOGONAL[1], atol=1e-5)


SAVED = {
    "name": "Smile",
    "sigma_range": 2.5,
    "component_index": 3,
    "act_comp": V[None],
    "lat_comp": V[None] / np.linalg.norm(V),
    "latent_space": "W",
    "act_stdev": np.float32(3.0),
    "lat_stdev": np.float32(1.5),
    "model_name": "StyleGAN2-ffhq",
    "output_class": "ffhq",
    "decomposition": {"name": "ipca", "components": 80, "samples": 1000000, "layer": "style"},
    "edit_type": "latent",
    "truncation": 0.7,
    "edit_start": 1,
    "edit_end": 3,
    "example_seed": 1866827965,
}


@pytest.mark.parametrize("protocol", [2, 3, 4, pickle.HIGHEST_PROTOCOL])
def test_an_edit_that_ganspace_saved_keeps_its_name_layers_and_range(tmp_path, protocol):
    path = tmp_path / "edit.pkl"
    path.write_bytes(pickle.dumps(SAVED, protocol))
    named = gs.load_direction(path, LinearGAN())
    assert (named.name, named.layers, named.sigma_range, named.latent) == ("Smile", (1, 2), (-2.5, 2.5), "w")
    expected = np.zeros((LAYERS, WIDTH))
    expected[1:3] = 2 * 1.5 * SAVED["lat_comp"]
    np.testing.assert_allclose(moved(named, 2.0), expected, rtol=1e-5, atol=1e-7)
    assert named.made["model_name"] == "StyleGAN2-ffhq" and named.made["example_seed"] == 1866827965
    comp = gs.load_components(path)
    assert len(comp) == 1 and comp.stdev[0] == pytest.approx(1.5)


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"lat_comp": PER_LAYER}, "lat_comp is one direction"),
        ({"lat_stdev": "x"}, "lat_stdev is a number"),
        ({"lat_stdev": 10**35}, "lat_stdev is a number"),
        ({"edit_end": 1}, "no layers"),
        ({"lat_comp": None}, "arrays of numbers"),
    ],
    ids=lambda changes: next(iter(changes)) if isinstance(changes, dict) else "",
)
def test_a_saved_edit_that_cannot_be_right_is_refused(tmp_path, changes, said):
    (tmp_path / "edit.pkl").write_bytes(pickle.dumps(dict(SAVED, **changes), 4))
    with pytest.raises(FileError, match=said):
        gs.load_direction(tmp_path / "edit.pkl")


@pytest.mark.parametrize(
    "value, said",
    [
        ({"eigvec": V}, "eigvec is a matrix"),
        ({"eigvec": np.zeros((WIDTH, 2), np.float32)}, "no direction"),
        ({"comp": ORTHOGONAL[:, None], "mean": V[:3], "std": V}, "do not fit|each other"),
        ({"comp": ORTHOGONAL, "mean": V, "std": "x"}, "std is an array of floats"),
        ({"a": V, "b": V}, "holds no directions but a dictionary of a, b"),
        ([1, 2], "holds no directions but a list"),
    ],
    ids=str,
)
def test_dictionaries_that_hold_no_directions_say_what_they_hold(tmp_path, value, said):
    with pytest.raises(FileError, match=said):
        gs.load_components(write_zip(tmp_path / "x.pt", value))


# ------------------------------------------------------------------ pickles are data


@pytest.mark.parametrize("module, name", [("os", "system"), ("builtins", "eval"), ("numpy", "load")])
def test_a_pickle_that_asks_for_anything_but_arrays_is_refused(tmp_path, monkeypatch, module, name):
    class Asks:
        def __reduce__(self):
            return getattr(sys.modules[module], name), ("1",)

    (tmp_path / "d.pkl").write_bytes(pickle.dumps({"lat_comp": Asks(), "edit_start": 0}, 2))
    monkeypatch.setattr(sys.modules[module], name, lambda *_: pytest.fail("was run"))
    for load in (gs.load_direction, gs.load_components):
        with pytest.raises(FileError, match=r"asks for .*nothing was run"):
            load(tmp_path / "d.pkl")


@pytest.fixture
def torch_names(monkeypatch):
    """`torch.storage` and `torch._utils` with the functions that a pickle of tensors names."""
    found = {}
    for module, name in (("torch.storage", "_load_from_bytes"), ("torch._utils", "_rebuild_tensor_v2")):
        monkeypatch.setitem(sys.modules, module, types.ModuleType(module))
        function = types.FunctionType((lambda *_: pytest.fail("was run")).__code__, globals(), name)
        function.__module__, function.__qualname__ = module, name
        setattr(sys.modules[module], name, function)
        found[name] = function
    monkeypatch.setitem(sys.modules, "torch", types.ModuleType("torch"))
    return found


class Reduced:
    """Pickles as the call of a function."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


def test_tensors_that_were_pickled_without_torch_save_are_arrays(tmp_path, torch_names):
    """Each carries a whole file of torch.save for its storage."""
    stored = Reduced(
        torch_names["_load_from_bytes"], write_legacy(tmp_path / "storage", Storage(V)).read_bytes()
    )
    view = (0, (1, WIDTH), (WIDTH, 1), False, OrderedDict())
    tensor = Reduced(torch_names["_rebuild_tensor_v2"], stored, *view)
    (tmp_path / "edit.pkl").write_bytes(pickle.dumps(dict(SAVED, lat_comp=tensor), 4))
    np.testing.assert_allclose(moved(gs.load_direction(tmp_path / "edit.pkl"))[1], 1.5 * V, rtol=1e-5)
    for function, args in (("_load_from_bytes", [b"no file"]), ("_rebuild_tensor_v2", [V, *view])):
        (tmp_path / "edit.pkl").write_bytes(pickle.dumps({"d": Reduced(torch_names[function], *args)}, 4))
        with pytest.raises(FileError, match=r"edit\.pkl: "):
            gs.load_direction(tmp_path / "edit.pkl")


def test_a_network_is_no_direction(tmp_path):
    module = types.ModuleType("dnnlib.tflib.network")
    module.Network = type("Network", (), {"__module__": module.__name__})
    for name in ("dnnlib", "dnnlib.tflib"):
        sys.modules[name] = types.ModuleType(name)
    sys.modules[module.__name__] = module
    try:
        data = pickle.dumps((None, None, module.Network()), 2)
    finally:
        for name in ("dnnlib", "dnnlib.tflib", module.__name__):
            del sys.modules[name]
    (tmp_path / "net.pkl").write_bytes(data)
    with pytest.raises(FileError, match=r"net.pkl: asks for 'dnnlib.tflib.network.Network'"):
        gs.load_direction(tmp_path / "net.pkl")


def test_what_holds_itself_or_nests_without_end_is_refused(tmp_path):
    own = []
    own.append(own)
    deep = V
    for _ in range(40):
        deep = [deep]
    for value in (own, deep):
        (tmp_path / "d.pkl").write_bytes(pickle.dumps(value, 2))
        with pytest.raises(FileError, match="nests more than"):
            gs.load_direction(tmp_path / "d.pkl")


@pytest.mark.parametrize("data", [b"", b"hello", b"\x93NUMPY\x01\x00\xff\xff{", b"\x80\x04", b"PK\x03\x04"])
def test_files_that_are_cut_or_something_else_are_refused(tmp_path, data):
    (tmp_path / "d.npy").write_bytes(data)
    with pytest.raises(FileError, match=r"d\.npy"):
        gs.load_direction(tmp_path / "d.npy")


def test_info_says_what_a_direction_is_with_every_option(tmp_path, capsys):
    """Where the facts of a network hold its source code, those of directions name their program."""
    np.save(str(tmp_path / "d.npy"), np.ones((1, 512), np.float32))
    assert cli.main(["info", str(tmp_path / "d.npy"), "--source", "--variables"]) == 0
    assert "directions" in capsys.readouterr().out


def test_what_is_no_file_is_refused(tmp_path):
    os.mkfifo(str(tmp_path / "pipe.npy"))
    for load in (gs.load_direction, gs.load_components, lambda path: gs.load_latents(path, LinearGAN())):
        for name, said in (("none.npy", "No such file"), ("pipe.npy", "no ordinary file"), (".", "ordinary")):
            with pytest.raises(FileError, match=said):
                load(tmp_path / name)
